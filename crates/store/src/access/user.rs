//! Users: one account a person and organization, with roles and precincts.

use super::maker::{self, Maker};
use super::origin::Origin;
use super::{Acting, Deed, device, organization, parsed};
use crate::database::Database;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{Organization, OrganizationId, OrganizationKind, Principal, Role, UserId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// A precinct as it is written in accounts, invitations and questions: county in upper case as in `county_name`, and the precinct as in the voter file.
pub type PrecinctPair = (String, String);

/// A user as known to their organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// Their id.
    pub id: UserId,
    /// Their organization: a person with two has two accounts.
    pub organization: OrganizationId,
    /// Their e-mail address, lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are in the organization.
    pub roles: BTreeSet<Role>,
    /// The precincts assigned to them.
    pub precincts: BTreeSet<PrecinctPair>,
    /// Whether they are disabled, or the API key is over that they came of, and cannot sign in.
    pub disabled: bool,
    /// When they accepted their invitation, RFC 3339.
    pub created_at: String,
}

/// That a person of an organization serves a rival too. It names no rival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Conflict {
    /// The user has an account with another campaign here.
    User {
        /// Who, in the organization that asks.
        user: UserId,
    },
    /// The vendor works for another campaign here.
    Vendor {
        /// Which vendor of the organization that asks.
        vendor: OrganizationId,
    },
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    organization_id: String,
    email: String,
    name: String,
    status: String,
    created_at: String,
}

const SELECT: &str = "SELECT id, organization_id, email, name, status, created_at FROM users";

impl Store {
    /// The users of an organization, by e-mail address; disabled ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self, organization: &OrganizationId) -> Result<Vec<UserRecord>, StoreError> {
        let sql = format!("{SELECT} WHERE organization_id = $1 ORDER BY email");
        let rows = self.database.all::<Row>("list users", &sql, vec![organization.as_str().into()]).await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            users.push(read(&self.database, row, self.instant()).await?);
        }
        Ok(users)
    }

    /// One user of an organization.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<Option<UserRecord>, StoreError> {
        let sql = format!("{SELECT} WHERE organization_id = $1 AND id = $2");
        let values = vec![organization.as_str().into(), id.as_str().into()];
        match self.database.one::<Row>("read user", &sql, values).await? {
            Some(row) => read(&self.database, row, self.instant()).await.map(Some),
            None => Ok(None),
        }
    }

    /// Gives a user these roles and precincts in place of those they had, and signs them out everywhere, so that no
    /// session outlives the rights it was made with.
    ///
    /// # Errors
    /// When the organization has no such user, a role does not fit the organization, a key does it or somebody who came of
    /// one and the user did not come of the same, or a role goes beyond that key, or the database fails.
    pub async fn set_roles(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &UserId,
        roles: &BTreeSet<Role>,
        precincts: &BTreeSet<PrecinctPair>,
    ) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "set roles").await?;
        require(&deed, organization, id).await?;
        Origin::demand_made(&deed, by, Some(id.as_str())).await?;
        check_roles(&deed, organization, roles).await?;
        Maker::of(&deed, by).await?.demand(organization, roles)?;
        write_roles(&deed, id, roles, precincts).await?;
        end_sessions(&deed, id).await?;
        let mut event = by.event("roles_set", id.as_str(), json!({"roles": roles, "precincts": precincts}));
        event.owners.insert(organization.clone());
        deed.done(&event).await
    }

    /// Disables a user: their sessions end at once, and they cannot sign in.
    ///
    /// # Errors
    /// When the organization has no such user, a key does it or somebody who came of one and the user did not come of the
    /// same, or the database fails.
    pub async fn disable_user(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<(), StoreError> {
        self.set_status(by, organization, id, "disabled").await
    }

    /// Lets a user sign in again who was disabled or came of an API key that is over, with password and second factor as
    /// before. Whoever does it and came of no key lets them stay beyond theirs. Who made the account stays what it was.
    ///
    /// # Errors
    /// When the organization has no such user, a key does it or somebody who came of one and the user did not come of the
    /// same, or the database fails.
    pub async fn enable_user(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<(), StoreError> {
        self.set_status(by, organization, id, "active").await
    }

    async fn set_status(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &UserId,
        status: &str,
    ) -> Result<(), StoreError> {
        let disable = status == "disabled";
        let (name, action) =
            if disable { ("disable user", "user_disabled") } else { ("enable user", "user_enabled") };
        let deed = Deed::begin(self, name).await?;
        let known = require(&deed, organization, id).await?;
        let whom = Origin::of(&deed, &Principal::User(id.clone())).await?;
        let actor = Origin::demand(&deed, by, &whom).await?;
        // An account that ends with the key that it came of stays by whoever came of none.
        let keeps = !disable && actor.end().is_none() && whom.end().is_some();
        if known.status == status && !keeps {
            return Ok(());
        }
        if !disable && known.email.contains(' ') {
            return Err(StoreError::Refused(format!(
                "user `{id}` stays disabled: its e-mail address was given to another account since"
            )));
        }
        let kept_by = keeps.then(|| by.principal.to_string());
        deed.execute(
            "UPDATE users SET status = $1, updated_at = $2, updated_by = $3, kept_by = coalesce($5, kept_by) \
             WHERE id = $4",
            vec![status.into(), deed.now().into(), deed.name().into(), id.as_str().into(), kept_by.into()],
        )
        .await?;
        end_sessions(&deed, id).await?;
        device::forget(&deed, id).await?;
        deed.execute("DELETE FROM recoveries WHERE user_id = $1", vec![id.as_str().into()]).await?;
        let ended = if disable { Some(maker::end_keys_of(&deed, by, organization, id).await?) } else { None };
        let mut event = by.event(action, id.as_str(), json!({ "ended": ended }));
        event.owners.insert(organization.clone());
        deed.done(&event).await
    }

    /// Who of a campaign's users, and which of its vendors, also serves another campaign here. Each side is told about its
    /// own account and that there is another, and nothing more. An address proves nobody: anybody makes an account under
    /// anybody's. Two accounts are one person's who has signed in to both, with both factors, in one browser.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn conflicts(&self, organization: &OrganizationId) -> Result<Vec<Conflict>, StoreError> {
        #[derive(FromQueryResult)]
        struct Id {
            id: String,
        }
        let users = self
            .database
            .all::<Id>(
                "find conflicts",
                "SELECT mine.id AS id FROM users mine JOIN organizations me ON me.id = mine.organization_id \
                 WHERE mine.organization_id = $1 AND me.kind = 'campaign' AND mine.status = 'active' AND EXISTS \
                 (SELECT 1 FROM same_people same JOIN users other ON other.id = same.other_id \
                 JOIN organizations rival ON rival.id = other.organization_id \
                 WHERE same.user_id = mine.id AND other.organization_id <> $1 AND rival.kind = 'campaign' \
                 AND other.status = 'active') ORDER BY mine.email",
                vec![organization.as_str().into()],
            )
            .await?;
        let vendors = self
            .database
            .all::<Id>(
                "find conflicts",
                "SELECT mine.vendor_id AS id FROM engagements mine JOIN organizations me \
                 ON me.id = mine.organization_id WHERE mine.organization_id = $1 AND me.kind = 'campaign' \
                 AND mine.revoked_at IS NULL AND mine.until > $2 AND EXISTS \
                 (SELECT 1 FROM engagements other JOIN organizations rival ON rival.id = other.organization_id \
                 WHERE other.vendor_id = mine.vendor_id AND other.organization_id <> $1 \
                 AND rival.kind = 'campaign' AND other.revoked_at IS NULL AND other.until > $2) \
                 ORDER BY mine.vendor_id",
                vec![organization.as_str().into(), self.now().into()],
            )
            .await?;
        let users = users.into_iter().map(|row| Ok(Conflict::User { user: parsed("a user", &row.id)? }));
        let vendors =
            vendors.into_iter().map(|row| Ok(Conflict::Vendor { vendor: parsed("a vendor", &row.id)? }));
        users.chain(vendors).collect()
    }
}

async fn read(database: &Database, row: Row, now: Timestamp) -> Result<UserRecord, StoreError> {
    let what = "a user";
    let id: UserId = parsed(what, &row.id)?;
    let is_over = Origin::now(database, &Principal::User(id.clone())).await?.is_over(now);
    let (roles, precincts) = rights(database, &id).await?;
    Ok(UserRecord {
        organization: parsed(what, &row.organization_id)?,
        email: row.email,
        name: row.name,
        disabled: row.status != "active" || is_over,
        created_at: row.created_at,
        id,
        roles,
        precincts,
    })
}

/// Where a user works; none when they are disabled, or the key is over that they came of.
pub(super) async fn active_in(
    database: &Database,
    id: &UserId,
    now: Timestamp,
) -> Result<Option<OrganizationId>, StoreError> {
    let sql = format!("{SELECT} WHERE id = $1 AND status = 'active'");
    let row = database.one::<Row>("read user", &sql, vec![id.as_str().into()]).await?;
    let Some(row) = row else { return Ok(None) };
    if Origin::now(database, &Principal::User(id.clone())).await?.is_over(now) {
        return Ok(None);
    }
    parsed("a user", &row.organization_id).map(Some)
}

/// A user's roles and precincts.
pub(super) async fn rights(
    database: &Database,
    id: &UserId,
) -> Result<(BTreeSet<Role>, BTreeSet<PrecinctPair>), StoreError> {
    #[derive(FromQueryResult)]
    struct RoleRow {
        role: String,
    }
    #[derive(FromQueryResult)]
    struct PrecinctRow {
        county: String,
        precinct: String,
    }
    let sql = "SELECT role FROM user_roles WHERE user_id = $1";
    let roles = database.all::<RoleRow>("read roles", sql, vec![id.as_str().into()]).await?;
    let sql = "SELECT county, precinct FROM user_precincts WHERE user_id = $1";
    let precincts = database.all::<PrecinctRow>("read precincts", sql, vec![id.as_str().into()]).await?;
    let roles: Result<BTreeSet<Role>, StoreError> =
        roles.into_iter().map(|row| parsed("a role", &row.role)).collect();
    Ok((roles?, precincts.into_iter().map(|row| (row.county, row.precinct)).collect()))
}

/// The user of that organization, or the refusal, which is the same for other organizations' users.
async fn require(deed: &Deed, organization: &OrganizationId, id: &UserId) -> Result<Row, StoreError> {
    let sql = format!("{SELECT} WHERE organization_id = $1 AND id = $2");
    let row = deed.one::<Row>(&sql, vec![organization.as_str().into(), id.as_str().into()]).await?;
    row.ok_or_else(|| missing(organization, id))
}

pub(super) fn missing(organization: &OrganizationId, id: &UserId) -> StoreError {
    StoreError::Input(format!("`{organization}` has no user `{id}`: see `hustings user list`"))
}

/// Refuses roles that the organization cannot have.
pub(super) async fn check_roles(
    deed: &Deed,
    organization: &OrganizationId,
    roles: &BTreeSet<Role>,
) -> Result<Organization, StoreError> {
    let known = organization::required(&deed.transaction, organization).await?;
    if roles.is_empty() {
        return Err(StoreError::Input("no role is named: expected at least one".to_owned()));
    }
    if roles.contains(&Role::VendorOperator) && known.kind != OrganizationKind::Vendor {
        return Err(StoreError::Input(format!(
            "role `{}` is for vendors: `{organization}` is of kind {}",
            Role::VendorOperator,
            known.kind
        )));
    }
    if roles.contains(&Role::Operator) {
        let owner = organization::directory_owner(&deed.transaction).await?;
        if owner != *organization {
            return Err(StoreError::Input(format!(
                "role `{}` is for people of the data directory's owner, `{owner}`",
                Role::Operator
            )));
        }
        if roles.len() > 1 {
            return Err(StoreError::Input(format!(
                "role `{}` goes with no other: who runs the system reads no voters",
                Role::Operator
            )));
        }
    }
    Ok(known)
}

/// Precincts with the county in upper case.
pub(super) fn checked_precincts(
    precincts: &BTreeSet<PrecinctPair>,
) -> Result<BTreeSet<PrecinctPair>, StoreError> {
    precincts
        .iter()
        .map(|(county, precinct)| {
            let county = super::checked_name("a county", county)?.to_uppercase();
            Ok((county, super::checked_name("a precinct", precinct)?))
        })
        .collect()
}

/// Puts roles and precincts in place of those that were.
pub(super) async fn write_roles(
    deed: &Deed,
    id: &UserId,
    roles: &BTreeSet<Role>,
    precincts: &BTreeSet<PrecinctPair>,
) -> Result<(), StoreError> {
    deed.execute("DELETE FROM user_roles WHERE user_id = $1", vec![id.as_str().into()]).await?;
    deed.execute("DELETE FROM user_precincts WHERE user_id = $1", vec![id.as_str().into()]).await?;
    for role in roles {
        deed.execute(
            "INSERT INTO user_roles (user_id, role, updated_at, updated_by) VALUES ($1, $2, $3, $4)",
            vec![id.as_str().into(), role.as_str().into(), deed.now().into(), deed.name().into()],
        )
        .await?;
    }
    for (county, precinct) in checked_precincts(precincts)? {
        deed.execute(
            "INSERT INTO user_precincts (user_id, county, precinct, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5)",
            vec![id.as_str().into(), county.into(), precinct.into(), deed.now().into(), deed.name().into()],
        )
        .await?;
    }
    Ok(())
}

/// Signs a user out everywhere, what their sessions still read included; how many sessions ended.
pub(super) async fn end_sessions(deed: &Deed, id: &UserId) -> Result<u64, StoreError> {
    deed.raise_epoch().await?;
    deed.execute("DELETE FROM sessions WHERE user_id = $1", vec![id.as_str().into()]).await
}

/// An e-mail address as it is kept: trimmed, lower case, plain ASCII, so that no look-alike passes for another.
pub(super) fn normal_email(email: &str) -> Result<String, StoreError> {
    let email = email.trim().to_ascii_lowercase();
    let plain = email.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),:;<>[\\]`".contains(&byte));
    match email.split_once('@') {
        Some((person, host))
            if plain
                && !person.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && email.len() <= 254 =>
        {
            Ok(email)
        }
        _ => Err(StoreError::Input(
            "the e-mail address is not understood: expected one such as name@example.org".to_owned(),
        )),
    }
}
