//! Invitations: the only way to an account. The invited set up password and second factor together, so that no account
//! ever exists without one; the code works once. The first run's code is the invitation of the first user.

use super::account::wrong_code;
use super::second_factor::TotpSecret;
use super::session::{self, NewSession};
use super::user::{self, Precinct, normal_email};
use super::{
    Acting, Deed, Secret, checked_name, instant, later, organization, parsed, parsed_json, password,
};
use super::{recovery, secret};
use crate::error::StoreError;
use crate::settings::{hex, random};
use crate::store::{Store, stamp};
use hustings_access::{OrganizationId, Principal, Role, UserId};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// How long an invitation holds.
pub const INVITATION_MINUTES_MAX: i64 = 7 * 24 * 60;

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
    pub precincts: BTreeSet<Precinct>,
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
    pub precincts: BTreeSet<Precinct>,
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
    /// What the authenticator app is given.
    pub totp: TotpSecret,
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
    /// Six digits of the authenticator app.
    pub code: &'a str,
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
    totp_seed: String,
    created_at: String,
    expires_at: String,
}

const SELECT: &str = "SELECT id, organization_id, email, roles, precincts, totp_seed, created_at, expires_at \
     FROM invitations";

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
    /// withdrawn.
    ///
    /// # Errors
    /// When the address is not understood or has an account there that may sign in, a role does not fit the organization,
    /// there is no such organization, or the database fails.
    pub async fn invite(
        &self,
        by: &Acting,
        new: &NewInvitation,
    ) -> Result<(InvitationRecord, Secret), StoreError> {
        let email = normal_email(&new.email)?;
        let precincts = user::checked_precincts(&new.precincts)?;
        let deed = Deed::begin(self, "invite").await?;
        user::check_roles(&deed, &new.organization, &new.roles).await?;
        refuse_known(&deed, &new.organization, &email).await?;
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
        let record = InvitationRecord {
            id: format!("i-{}", hex(&random::<12>()?)),
            organization: new.organization.clone(),
            email: Some(email),
            roles: new.roles.clone(),
            precincts,
            created_at: deed.now().to_owned(),
            expires_at: stamp(later(instant(deed.now())?, INVITATION_MINUTES_MAX)),
        };
        let code = insert(&deed, &record, false).await?;
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
        let code = insert(&deed, &record, true).await?;
        deed.done(&Acting::local(owner).event("first_run_code_made", &record.id, json!({}))).await?;
        Ok(Some(code))
    }

    /// What the bearer of a code is invited to; none when it is wrong, used or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_invitation(&self, code: &str) -> Result<Option<OpenInvitation>, StoreError> {
        let sql = format!("{SELECT} WHERE code_hash = $1 AND status = 'open' AND expires_at > $2");
        let values = vec![secret::digest(code).into(), self.now().into()];
        let Some(row) = self.database.one::<Row>("find invitation", &sql, values).await? else {
            return Ok(None);
        };
        let totp = TotpSecret::of(&self.secret, &row.totp_seed);
        Ok(Some(OpenInvitation { invitation: row.read()?, totp }))
    }

    /// Accepts an invitation: makes the account with password and second factor, and signs in. The code works once. A
    /// disabled account of the same address there is taken up again, with the new password and second factor.
    ///
    /// # Errors
    /// When the code is wrong, used or over (in the same words), the six digits are wrong, name, address or password
    /// cannot be used, or the database fails; except in the first case the invitation stays open.
    pub async fn accept_invitation(
        &self,
        code: &str,
        acceptance: &Acceptance<'_>,
    ) -> Result<Accepted, StoreError> {
        let open = self.open_invitation(code).await?.ok_or_else(refused)?;
        let organization = &open.invitation.organization;
        let email = match &open.invitation.email {
            Some(email) => email.clone(),
            None => normal_email(acceptance.email)?,
        };
        let name = checked_name("the name", acceptance.name)?;
        password::check(acceptance.password, &email, organization)?;
        let step = open.totp.accept(acceptance.code, self.instant(), 0).ok_or_else(wrong_code)?;
        let hash = password::hash(acceptance.password).await?;

        let deed = Deed::begin(self, "accept invitation").await?;
        let taken = deed
            .execute(
                "UPDATE invitations SET status = 'accepted', updated_at = $1, updated_by = $2 \
                 WHERE id = $3 AND status = 'open' AND expires_at > $1",
                vec![deed.now().into(), deed.name().into(), open.invitation.id.as_str().into()],
            )
            .await?;
        if taken != 1 {
            return Err(refused());
        }
        refuse_known(&deed, organization, &email).await?;
        withdraw_first_run(&deed, Some(organization)).await?;
        // The directory may have got another owner since the invitation.
        user::check_roles(&deed, organization, &open.invitation.roles).await?;
        let id = write_user(&deed, &open.invitation, &email, &name, &hash, step).await?;
        user::write_roles(&deed, &id, &open.invitation.roles, &open.invitation.precincts).await?;
        let recovery_codes = recovery::replace_codes(&deed, &id).await?;
        let session = session::begin(&deed, &id).await?;
        deed.raise_epoch().await?;
        let by = Acting { organization: organization.clone(), principal: Principal::User(id.clone()) };
        let details = json!({"invitation": open.invitation.id, "roles": open.invitation.roles});
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
    /// When there is no such open invitation, or the database fails.
    pub async fn withdraw_invitation(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &str,
    ) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "withdraw invitation").await?;
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

async fn insert(deed: &Deed, record: &InvitationRecord, first_run: bool) -> Result<Secret, StoreError> {
    let code = Secret::random("")?;
    deed.execute(
        "INSERT INTO invitations (code_hash, id, organization_id, email, roles, precincts, totp_seed, first_run, \
         status, created_at, expires_at, updated_at, updated_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $9, $11)",
        vec![
            code.digest().into(),
            record.id.as_str().into(),
            record.organization.as_str().into(),
            record.email.clone().into(),
            json!(record.roles).to_string().into(),
            json!(record.precincts).to_string().into(),
            hex(&random::<32>()?).into(),
            i64::from(first_run).into(),
            record.created_at.as_str().into(),
            record.expires_at.as_str().into(),
            deed.name().into(),
        ],
    )
    .await?;
    Ok(code)
}

/// Writes the account; or takes up the disabled one of that address.
async fn write_user(
    deed: &Deed,
    invitation: &InvitationRecord,
    email: &str,
    name: &str,
    password_hash: &str,
    step: i64,
) -> Result<UserId, StoreError> {
    #[derive(FromQueryResult)]
    struct Id {
        id: String,
    }
    let id = UserId::from_random(random()?);
    let row = deed
        .one::<Id>(
            "INSERT INTO users (id, organization_id, email, name, password_hash, totp_seed, totp_step_used, \
             status, created_at, updated_at, updated_by) \
             SELECT $1, $2, $3, $4, $5, totp_seed, $6, 'active', $7, $7, $8 FROM invitations WHERE id = $9 \
             ON CONFLICT (organization_id, email) DO UPDATE SET name = $4, password_hash = $5, \
             totp_seed = excluded.totp_seed, totp_seed_next = NULL, totp_step_used = $6, status = 'active', \
             updated_at = $7, updated_by = $8 RETURNING id",
            vec![
                id.as_str().into(),
                invitation.organization.as_str().into(),
                email.into(),
                name.into(),
                password_hash.into(),
                step.into(),
                deed.now().into(),
                deed.name().into(),
                invitation.id.as_str().into(),
            ],
        )
        .await?;
    let row = row.ok_or_else(refused)?;
    parsed("a user", &row.id)
}
