//! Invitations: the only way to an account. The invited set up password and second factor together, so that no account
//! ever exists without one; the code works once. The first run's code is the invitation of the first user.

use super::account::wrong_code;
use super::enrollment::{self, Enrollment};
use super::maker::Maker;
use super::origin::Origin;
use super::session::{self, NewSession};
use super::user::{self, PrecinctPair, normal_email};
use super::{
    Acting, Deed, Secret, checked_name, device, instant, later, organization, parsed, parsed_json, password,
};
use super::{recovery, secret};
use crate::audit::AuditEvent;
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_access::{OrganizationId, Principal, Role, UserId};
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// How long an invitation holds.
pub const INVITATION_MINUTES_MAX: i64 = 7 * 24 * 60;
/// So many openings of one link are recorded.
const OPENINGS_RECORDED_MAX: i64 = 20;

/// Who is invited, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// To which organization.
    pub organization: OrganizationId,
    /// Whom.
    pub email: String,
    /// As what.
    pub roles: BTreeSet<Role>,
    /// For which precincts: county and precinct.
    pub precincts: BTreeSet<PrecinctPair>,
}

/// An open invitation as known to the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRecord {
    /// Names it in lists; not the code.
    pub id: String,
    /// To which organization.
    pub organization: OrganizationId,
    /// Whom; none: the first user, who says it.
    pub email: Option<String>,
    /// As what.
    pub roles: BTreeSet<Role>,
    /// For which precincts: county and precinct.
    pub precincts: BTreeSet<PrecinctPair>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// The first instant at which it no longer holds, RFC 3339.
    pub expires_at: String,
}

/// What the invited sees: where to, as what, and the second factor to set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInvitation {
    /// To which organization, and as what.
    pub invitation: InvitationRecord,
    /// What the authenticator app is given: another at each opening, so that nobody who saw the link before knows it.
    pub second_factor: Enrollment,
}

/// What the invited bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance<'a> {
    /// Their e-mail address: looked at only where the invitation names none.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// The password they choose.
    pub password: &'a str,
    /// [`Enrollment::sealed`] of the form.
    pub second_factor: &'a str,
    /// Six digits of the authenticator app.
    pub code: &'a str,
    /// What their browser brings along, if accounts were signed in to in it before.
    pub device: Option<&'a str>,
}

/// What the invited get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// They are signed in.
    pub session: NewSession,
    /// Ten codes that stand once each for the second factor, told once.
    pub recovery_codes: Vec<Secret>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    organization_id: String,
    email: Option<String>,
    roles: String,
    precincts: String,
    made_by: Option<String>,
    created_at: String,
    expires_at: String,
}

const SELECT: &str =
    "SELECT id, organization_id, email, roles, precincts, made_by, created_at, expires_at FROM invitations";

impl Row {
    fn read(self) -> Result<InvitationRecord, StoreError> {
        let what = "an invitation";
        Ok(InvitationRecord {
            organization: parsed(what, &self.organization_id)?,
            roles: parsed_json(what, &self.roles)?,
            precincts: parsed_json(what, &self.precincts)?,
            id: self.id,
            email: self.email,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

impl Store {
    /// Invites somebody. The code is told once; an open invitation of the same address to the same organization is
    /// withdrawn. The first person of another organization is invited by a key, or by who came of one, only where that key
    /// registered it.
    ///
    /// # Errors
    /// When the address is not understood or has an account there that may sign in, a role does not fit the organization or
    /// goes beyond the key, what the key would change did not come of it, there is no such organization, or the database fails.
    pub async fn invite(
        &self,
        by: &Acting,
        new: &NewInvitation,
    ) -> Result<(InvitationRecord, Secret), StoreError> {
        let email = normal_email(&new.email)?;
        let precincts = user::checked_precincts(&new.precincts)?;
        let deed = Deed::begin(self, "invite").await?;
        user::check_roles(&deed, &new.organization, &new.roles).await?;
        if by.organization != new.organization {
            if has_users(&deed, &new.organization).await? {
                return Err(organization::missing(&new.organization));
            }
            organization::demand_made(&deed, by, &new.organization).await?;
        }
        refuse_known(&deed, &new.organization, &email).await?;
        demand_displaced(&deed, by, &new.organization, &email).await?;
        deed.execute(
            "UPDATE invitations SET status = 'withdrawn', updated_at = $1, updated_by = $2 \
             WHERE organization_id = $3 AND email = $4 AND status = 'open'",
            vec![
                deed.now().into(),
                deed.name().into(),
                new.organization.as_str().into(),
                email.as_str().into(),
            ],
        )
        .await?;
        let maker = Maker::of(&deed, by).await?;
        maker.demand(&new.organization, &new.roles)?;
        let until = maker.end_of(later(instant(deed.now())?, INVITATION_MINUTES_MAX));
        let record = InvitationRecord {
            id: format!("i-{}", hex(&random::<12>()?)),
            organization: new.organization.clone(),
            email: Some(email),
            roles: new.roles.clone(),
            precincts,
            created_at: deed.now().to_owned(),
            expires_at: stamp(until),
        };
        let code = insert(&deed, &record, by, false).await?;
        let mut event = by.event("user_invited", &record.id, json!(record));
        event.owners.insert(new.organization.clone());
        deed.done(&event).await?;
        Ok((record, code))
    }

    /// The code of the first user, as long as the directory's owner has none: printed when the server starts. The one
    /// printed before is worth nothing any more. There is no account before somebody uses it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_run_code(&self) -> Result<Option<Secret>, StoreError> {
        let deed = Deed::begin(self, "first-run code").await?;
        let owner = organization::directory_owner(&deed.transaction).await?;
        withdraw_first_run(&deed, None).await?;
        if has_users(&deed, &owner).await? {
            deed.transaction.commit().await?;
            return Ok(None);
        }
        let record = InvitationRecord {
            id: format!("i-{}", hex(&random::<12>()?)),
            organization: owner.clone(),
            email: None,
            roles: [Role::Chair, Role::DataDirector].into(),
            precincts: BTreeSet::new(),
            created_at: deed.now().to_owned(),
            expires_at: stamp(later(instant(deed.now())?, INVITATION_MINUTES_MAX)),
        };
        let by = Acting::local(owner);
        let code = insert(&deed, &record, &by, true).await?;
        deed.done(&by.event("first_run_code_made", &record.id, json!({}))).await?;
        Ok(Some(code))
    }

    /// What the bearer of a code is invited to, with a second factor for the form in the browser that `mark` names; none
    /// when the code is wrong, used or over. That it was opened is recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_invitation(
        &self,
        code: &str,
        mark: &str,
    ) -> Result<Option<OpenInvitation>, StoreError> {
        let Some(invitation) = self.invitation(code).await? else { return Ok(None) };
        self.record_opening(&invitation).await?;
        let second_factor = enrollment::offer(self, &bound_to(code, mark))?;
        Ok(Some(OpenInvitation { invitation, second_factor }))
    }

    /// The same invitation for the same form once more, which was sent and refused: with the second factor that it showed,
    /// as long as that is good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reopen_invitation(
        &self,
        code: &str,
        mark: &str,
        sealed: &str,
    ) -> Result<Option<OpenInvitation>, StoreError> {
        let Some(invitation) = self.invitation(code).await? else { return Ok(None) };
        let bound_to = bound_to(code, mark);
        let second_factor = match enrollment::returned(self, sealed, &bound_to) {
            Some(known) => Enrollment { totp: known.totp, sealed: sealed.to_owned() },
            None => enrollment::offer(self, &bound_to)?,
        };
        Ok(Some(OpenInvitation { invitation, second_factor }))
    }

    async fn invitation(&self, code: &str) -> Result<Option<InvitationRecord>, StoreError> {
        let sql = format!("{SELECT} WHERE code_hash = $1 AND status = 'open' AND expires_at > $2");
        let values = vec![secret::digest(code).into(), self.now().into()];
        let row = self.database.one::<Row>("find invitation", &sql, values).await?;
        let Some(row) = row else { return Ok(None) };
        // A link ends with the key that whoever made it came of.
        if let Some(maker) = row.made_by.as_deref()
            && Origin::now_of_maker(&self.database, maker).await?.is_over(self.instant())
        {
            return Ok(None);
        }
        row.read().map(Some)
    }

    /// Records that a link was opened, by whomever: a few times, so that nobody fills the log by it.
    async fn record_opening(&self, invitation: &InvitationRecord) -> Result<(), StoreError> {
        #[derive(FromQueryResult)]
        struct Openings {
            openings: i64,
        }
        let deed = Deed::begin(self, "open invitation").await?;
        let sql =
            "SELECT count(*) AS openings FROM audit_outbox WHERE about = $1 AND action = 'invitation_opened'";
        let known = deed.one::<Openings>(sql, vec![invitation.id.as_str().into()]).await?;
        if known.is_some_and(|row| row.openings >= OPENINGS_RECORDED_MAX) {
            return deed.transaction.commit().await;
        }
        let by = Acting::local(invitation.organization.clone());
        let event = by.event("invitation_opened", &invitation.id, json!({}));
        deed.done(&AuditEvent { principal: None, ..event }).await
    }

    /// Accepts an invitation: makes the account with password and second factor, and signs in. The code works once. It is
    /// always a new account: a disabled one of the same address stays what it was, under another name.
    ///
    /// # Errors
    /// When the code is wrong, used or over (in the same words), the second factor is not the form's or the six digits are
    /// wrong, name, address or password cannot be used, or the database fails; except in the first case the invitation
    /// stays open.
    pub async fn accept_invitation(
        &self,
        code: &str,
        mark: &str,
        acceptance: &Acceptance<'_>,
    ) -> Result<Accepted, StoreError> {
        let invitation = self.invitation(code).await?.ok_or_else(refused)?;
        let organization = &invitation.organization;
        let email = match &invitation.email {
            Some(email) => email.clone(),
            None => normal_email(acceptance.email)?,
        };
        let name = checked_name("the name", acceptance.name)?;
        password::check(acceptance.password, &email, organization)?;
        let known = enrollment::returned(self, acceptance.second_factor, &bound_to(code, mark))
            .ok_or_else(enrollment::grown_old)?;
        let step = known.totp.accept(acceptance.code, self.instant(), 0).ok_or_else(wrong_code)?;
        let hash = password::hash(acceptance.password).await?;

        let deed = Deed::begin(self, "accept invitation").await?;
        let taken = deed
            .execute(
                "UPDATE invitations SET status = 'accepted', updated_at = $1, updated_by = $2 \
                 WHERE id = $3 AND status = 'open' AND expires_at > $1",
                vec![deed.now().into(), deed.name().into(), invitation.id.as_str().into()],
            )
            .await?;
        if taken != 1 {
            return Err(refused());
        }
        let is_first = !has_users(&deed, organization).await?;
        let (own, made_by) = invited_by(&deed, &invitation).await?;
        if !own && !is_first {
            // Who registered it invites its first people, and nobody after them.
            return Err(refused());
        }
        refuse_known(&deed, organization, &email).await?;
        let maker = Origin::of_maker(&deed, made_by.as_deref()).await?;
        let former = former(&deed, organization, &email).await?;
        if maker.is_over(instant(deed.now())?)
            || former.is_some() && !maker.may_change(&Origin::of_maker(&deed, former.as_deref()).await?)
        {
            return Err(refused());
        }
        withdraw_first_run(&deed, Some(organization)).await?;
        if is_first {
            withdraw_others(&deed, organization).await?;
        }
        // The directory may have got another owner since the invitation.
        user::check_roles(&deed, organization, &invitation.roles).await?;
        if let Some(former) = &former {
            retire(&deed, former).await?;
        }
        let id = UserId::from_random(random()?);
        deed.execute(
            "INSERT INTO users (id, organization_id, email, name, password_hash, totp_seed, totp_step_used, \
             status, made_by, created_at, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9, $9, $10)",
            vec![
                id.as_str().into(),
                organization.as_str().into(),
                email.into(),
                name.into(),
                hash.into(),
                known.seed.into(),
                step.into(),
                made_by.into(),
                deed.now().into(),
                deed.name().into(),
            ],
        )
        .await?;
        user::write_roles(&deed, &id, &invitation.roles, &invitation.precincts).await?;
        let recovery_codes = recovery::replace_codes(&deed, &id).await?;
        let mut session = session::begin(&deed, &id).await?;
        session.device = Some(device::renew(&deed, acceptance.device, &id).await?);
        deed.raise_epoch().await?;
        let by = Acting { organization: organization.clone(), principal: Principal::User(id.clone()) };
        let details = json!({"invitation": invitation.id, "roles": invitation.roles, "in_place_of": former});
        deed.done(&by.event("invitation_accepted", id.as_str(), details)).await?;
        Ok(Accepted { session, recovery_codes })
    }

    /// The open invitations to an organization, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations(
        &self,
        organization: &OrganizationId,
    ) -> Result<Vec<InvitationRecord>, StoreError> {
        let sql = format!(
            "{SELECT} WHERE organization_id = $1 AND status = 'open' AND expires_at > $2 \
             ORDER BY created_at DESC, id"
        );
        let values = vec![organization.as_str().into(), self.now().into()];
        let rows = self.database.all::<Row>("list invitations", &sql, values).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Withdraws an open invitation to an organization.
    ///
    /// # Errors
    /// When there is no such open invitation, a key does it or somebody who came of one and the invitation did not come of the
    /// same, or the database fails.
    pub async fn withdraw_invitation(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &str,
    ) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "withdraw invitation").await?;
        let sql = format!("{SELECT} WHERE organization_id = $1 AND id = $2 AND status = 'open'");
        if let Some(row) = deed.one::<Row>(&sql, vec![organization.as_str().into(), id.into()]).await? {
            Origin::demand_made(&deed, by, row.made_by.as_deref()).await?;
        }
        let done = deed
            .execute(
                "UPDATE invitations SET status = 'withdrawn', updated_at = $1, updated_by = $2 \
                 WHERE organization_id = $3 AND id = $4 AND status = 'open'",
                vec![deed.now().into(), deed.name().into(), organization.as_str().into(), id.into()],
            )
            .await?;
        if done != 1 {
            return Err(StoreError::Input(format!("`{organization}` has no open invitation `{id}`")));
        }
        let mut event = by.event("invitation_withdrawn", id, json!({}));
        event.owners.insert(organization.clone());
        deed.done(&event).await
    }
}

fn refused() -> StoreError {
    StoreError::Refused("this invitation is wrong, used or over: ask for another".to_owned())
}

/// Refuses an address that has an account in the organization already, whose people may know that.
async fn refuse_known(deed: &Deed, organization: &OrganizationId, email: &str) -> Result<(), StoreError> {
    #[derive(FromQueryResult)]
    struct Known {
        known: i64,
    }
    let sql =
        "SELECT count(*) AS known FROM users WHERE organization_id = $1 AND email = $2 AND status = 'active'";
    let known = deed.one::<Known>(sql, vec![organization.as_str().into(), email.into()]).await?;
    if known.is_some_and(|row| row.known > 0) {
        return Err(StoreError::Refused(format!(
            "this e-mail address has an account with `{organization}` already: sign in, or ask for a recovery code"
        )));
    }
    Ok(())
}

/// Refuses a key, and who came of one, what an invitation of this address would push aside and did not come of the same key:
/// another's open invitation, or the disabled account that would lose the address.
async fn demand_displaced(
    deed: &Deed,
    by: &Acting,
    organization: &OrganizationId,
    email: &str,
) -> Result<(), StoreError> {
    let sql =
        format!("{SELECT} WHERE organization_id = $1 AND email = $2 AND status = 'open' AND expires_at > $3");
    let values = vec![organization.as_str().into(), email.into(), deed.now().into()];
    for row in deed.transaction.all::<Row>(&sql, values).await? {
        Origin::demand_made(deed, by, row.made_by.as_deref()).await?;
    }
    match former(deed, organization, email).await? {
        Some(former) => Origin::demand_made(deed, by, Some(&former)).await,
        None => Ok(()),
    }
}

/// The disabled account that has an address.
async fn former(
    deed: &Deed,
    organization: &OrganizationId,
    email: &str,
) -> Result<Option<String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Id {
        id: String,
    }
    let sql = "SELECT id FROM users WHERE organization_id = $1 AND email = $2 AND status <> 'active'";
    let values = vec![organization.as_str().into(), email.into()];
    Ok(deed.one::<Id>(sql, values).await?.map(|row| row.id))
}

/// Withdraws the first run's code, of one organization or whichever it was for: once there is a first user, it is worth
/// nothing any more.
async fn withdraw_first_run(deed: &Deed, of: Option<&OrganizationId>) -> Result<(), StoreError> {
    deed.execute(
        "UPDATE invitations SET status = 'withdrawn', updated_at = $1, updated_by = $2 \
         WHERE first_run = 1 AND status = 'open' AND ($3 = '' OR organization_id = $3)",
        vec![deed.now().into(), deed.name().into(), of.map_or("", OrganizationId::as_str).into()],
    )
    .await?;
    Ok(())
}

async fn has_users(deed: &Deed, organization: &OrganizationId) -> Result<bool, StoreError> {
    #[derive(FromQueryResult)]
    struct Users {
        users: i64,
    }
    let sql = "SELECT count(*) AS users FROM users WHERE organization_id = $1";
    let row = deed.one::<Users>(sql, vec![organization.as_str().into()]).await?;
    Ok(row.is_some_and(|row| row.users > 0))
}

async fn insert(
    deed: &Deed,
    record: &InvitationRecord,
    by: &Acting,
    first_run: bool,
) -> Result<Secret, StoreError> {
    let code = Secret::random("")?;
    deed.execute(
        "INSERT INTO invitations (code_hash, id, organization_id, email, roles, precincts, inviter_id, made_by, \
         first_run, status, created_at, expires_at, updated_at, updated_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $10, $12)",
        vec![
            code.digest().into(),
            record.id.as_str().into(),
            record.organization.as_str().into(),
            record.email.clone().into(),
            json!(record.roles).to_string().into(),
            json!(record.precincts).to_string().into(),
            by.organization.as_str().into(),
            by.principal.to_string().into(),
            i64::from(first_run).into(),
            record.created_at.as_str().into(),
            record.expires_at.as_str().into(),
            deed.name().into(),
        ],
    )
    .await?;
    Ok(code)
}

/// For what a second factor on the form of an invitation is good: this code, in the browser of this mark.
fn bound_to<'a>(code: &'a str, mark: &'a str) -> [&'a str; 3] {
    ["invitation", code, mark]
}

/// Whether an invitation was made for the organization itself, and the principal that made it.
async fn invited_by(
    deed: &Deed,
    invitation: &InvitationRecord,
) -> Result<(bool, Option<String>), StoreError> {
    #[derive(FromQueryResult)]
    struct By {
        inviter_id: Option<String>,
        made_by: Option<String>,
    }
    let sql = "SELECT inviter_id, made_by FROM invitations WHERE id = $1";
    let by = deed.one::<By>(sql, vec![invitation.id.as_str().into()]).await?.ok_or_else(refused)?;
    Ok((by.inviter_id.as_deref() == Some(invitation.organization.as_str()), by.made_by))
}

/// Withdraws what others than the organization itself have sent out: it has somebody of its own now.
async fn withdraw_others(deed: &Deed, organization: &OrganizationId) -> Result<(), StoreError> {
    deed.execute(
        "UPDATE invitations SET status = 'withdrawn', updated_at = $1, updated_by = $2 \
         WHERE organization_id = $3 AND status = 'open' AND coalesce(inviter_id, '') <> $3",
        vec![deed.now().into(), deed.name().into(), organization.as_str().into()],
    )
    .await?;
    Ok(())
}

/// Frees an address from the disabled account that had it, which keeps its id and its acts for itself: whoever is invited
/// under that address now is somebody else until they prove otherwise.
async fn retire(deed: &Deed, former: &str) -> Result<(), StoreError> {
    // No address of anybody's has a space.
    let sql = "UPDATE users SET email = substr(email, 1, 200) || ' (former ' || id || ')', updated_at = $1, \
               updated_by = $2 WHERE id = $3";
    deed.execute(sql, vec![deed.now().into(), deed.name().into(), former.into()]).await?;
    Ok(())
}
