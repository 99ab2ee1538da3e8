//! Behaviors and attacks, each on both databases, with a clock that the test moves.

mod attacks;
mod demo;
mod devices;
mod grants;
mod leaked_key;
mod log_trouble;
mod makers;
mod organizations;
mod origins;
mod people;
mod running;
mod sign_in;

use super::enrollment::Enrollment;
use super::invitation::{Acceptance, NewInvitation};
use super::second_factor::TotpSecret;
use super::session::NewSession;
use super::sign_in::{PasswordAnswer, SecondFactorAnswer, TriedFrom};
use super::user::PrecinctPair;
use super::{Acting, Secret};
use crate::store::Store;
use crate::testing::World;
use hustings_access::{Organization, OrganizationId, OrganizationKind, Role, UserId};
use hustings_core::Clock;
use jiff::{SignedDuration, Timestamp};
use sea_orm::FromQueryResult;
use std::sync::{Arc, Mutex};

pub(super) const PASSWORD: &str = "four quite unusual words";
/// The browser in which links are opened.
pub(super) const MARK: &str = "a browser";
pub(super) const SOURCE: &str = "192.0.2.1";
/// A browser there that nobody knows.
pub(super) const FROM: TriedFrom<'static> = TriedFrom { source: SOURCE, device: None };

/// A clock that stands until the test moves it.
#[derive(Clone)]
pub(super) struct HandClock(Arc<Mutex<Timestamp>>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A store with its clock.
pub(super) struct Office {
    pub(super) store: Store,
    pub(super) clock: HandClock,
}

/// Somebody with an account, and all that they know.
pub(super) struct Person {
    pub(super) user: UserId,
    pub(super) email: String,
    pub(super) totp: TotpSecret,
    pub(super) session: NewSession,
    pub(super) codes: Vec<Secret>,
}

impl Office {
    pub(super) async fn open(world: &World) -> Self {
        let clock = HandClock(Arc::new(Mutex::new("2026-09-01T12:00:00Z".parse().unwrap())));
        let store =
            Store::open_at(world.folder.path(), world.database.as_deref(), Arc::new(clock.clone())).await;
        Self { store: store.unwrap(), clock }
    }

    /// Another program at the same time.
    pub(super) async fn again(&self, world: &World) -> Store {
        let clock = Arc::new(self.clock.clone());
        Store::open_at(world.folder.path(), world.database.as_deref(), clock).await.unwrap()
    }

    pub(super) fn wait_seconds(&self, seconds: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    pub(super) fn wait_minutes(&self, minutes: i64) {
        self.wait_seconds(minutes * 60);
    }

    pub(super) fn in_minutes(&self, minutes: i64) -> Timestamp {
        super::later(self.clock.now(), minutes)
    }

    pub(super) async fn organization(&self, id: &str, kind: OrganizationKind) -> OrganizationId {
        let new = organization(id, kind);
        self.store.create_organization(&local(), &new).await.unwrap().id
    }

    /// Invites somebody, who accepts.
    pub(super) async fn hire(&self, organization: &OrganizationId, email: &str, roles: &[Role]) -> Person {
        self.hire_for(organization, email, roles, &[]).await
    }

    pub(super) async fn hire_for(
        &self,
        organization: &OrganizationId,
        email: &str,
        roles: &[Role],
        precincts: &[PrecinctPair],
    ) -> Person {
        let new = invitation(organization, email, roles, precincts);
        let (_, code) = self.store.invite(&Acting::local(organization.clone()), &new).await.unwrap();
        self.accept(code.expose(), "").await
    }

    pub(super) async fn accept(&self, code: &str, email: &str) -> Person {
        let open = self.store.open_invitation(code, MARK).await.unwrap().unwrap();
        let Enrollment { totp, sealed } = open.second_factor;
        let digits = totp.code_at(self.clock.now());
        let second_factor = sealed.as_str();
        let name = "Ann Miller";
        let acceptance =
            Acceptance { email, name, password: PASSWORD, second_factor, code: &digits, device: None };
        let accepted = self.store.accept_invitation(code, MARK, &acceptance).await.unwrap();
        Person {
            user: accepted.session.user.clone(),
            email: open.invitation.email.unwrap_or_else(|| email.to_owned()),
            totp,
            session: accepted.session,
            codes: accepted.recovery_codes,
        }
    }

    /// The token of a right password, at the organization where the address has its first account.
    pub(super) async fn password(&self, email: &str, password: &str) -> Option<Secret> {
        #[derive(FromQueryResult)]
        struct Of {
            organization_id: String,
        }
        let sql =
            "SELECT organization_id FROM users WHERE email = $1 ORDER BY status, created_at, id LIMIT 1";
        let known = self.store.database.one::<Of>("test", sql, vec![email.into()]).await.unwrap();
        let of = known.map_or_else(OrganizationId::local, |known| id(&known.organization_id));
        self.password_at(&of, email, password, SOURCE).await
    }

    /// The token of a right password at an organization, from somewhere.
    pub(super) async fn password_at(
        &self,
        organization: &OrganizationId,
        email: &str,
        password: &str,
        source: &str,
    ) -> Option<Secret> {
        let from = TriedFrom { source, device: None };
        match self.store.sign_in_password(email, password, organization, from).await.unwrap() {
            PasswordAnswer::SecondFactorPending { token, .. } => Some(token),
            PasswordAnswer::Refused => None,
        }
    }

    pub(super) async fn second_factor(&self, token: &Secret, code: &str) -> Option<NewSession> {
        match self.store.sign_in_second_factor(token.expose(), code, FROM).await.unwrap() {
            SecondFactorAnswer::SignedIn(session) => Some(session),
            SecondFactorAnswer::Refused => None,
        }
    }

    /// Signs in with both, when the app shows its next code.
    pub(super) async fn sign_in(&self, person: &Person) -> Option<NewSession> {
        self.wait_seconds(30);
        let half = self.password(&person.email, PASSWORD).await?;
        self.second_factor(&half, &person.totp.code_at(self.clock.now())).await
    }

    pub(super) async fn is_signed_in(&self, token: &Secret) -> bool {
        self.store.session(token.expose()).await.unwrap().is_some()
    }

    /// The records of one kind: about what, in which logs, details.
    pub(super) async fn records(&self, action: &str) -> Vec<Record> {
        let sql = "SELECT organization_id, principal, about, logs, details FROM audit_outbox WHERE action = $1 \
             ORDER BY sequence";
        self.store.database.all("test", sql, vec![action.into()]).await.unwrap()
    }

    pub(super) async fn count(&self, table: &str) -> i64 {
        #[derive(FromQueryResult)]
        struct Count {
            count: i64,
        }
        let sql = format!("SELECT count(*) AS count FROM {table}");
        self.store.database.one::<Count>("test", &sql, Vec::new()).await.unwrap().unwrap().count
    }
}

#[derive(FromQueryResult, Debug)]
pub(super) struct Record {
    pub(super) organization_id: String,
    pub(super) principal: Option<String>,
    pub(super) about: Option<String>,
    pub(super) logs: String,
    pub(super) details: String,
}

pub(super) fn local() -> Acting {
    Acting::local(OrganizationId::local())
}

pub(super) fn id(text: &str) -> OrganizationId {
    text.parse().unwrap()
}

pub(super) fn organization(id: &str, kind: OrganizationKind) -> Organization {
    Organization {
        id: id.parse().unwrap(),
        kind,
        name: format!("The {id}"),
        state: kind.owns_base().then(|| "nc".parse().unwrap()),
        counties: None,
        registered_by: None,
    }
}

pub(super) fn invitation(
    organization: &OrganizationId,
    email: &str,
    roles: &[Role],
    precincts: &[PrecinctPair],
) -> NewInvitation {
    NewInvitation {
        organization: organization.clone(),
        email: email.to_owned(),
        roles: roles.iter().copied().collect(),
        precincts: precincts.iter().cloned().collect(),
    }
}
