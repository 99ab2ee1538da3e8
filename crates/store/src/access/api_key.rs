//! API keys: a program's way in, bound to one organization, one role and, where wanted, one grant.

use super::maker::{self, Maker};
use super::origin::Origin;
use super::{Acting, Deed, Secret, checked_name, instant, later, no_epoch, parsed, secret, user};
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_access::{ApiKeyId, GrantId, OrganizationId, Principal, Role};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long a key may hold.
const KEY_MINUTES_MAX: i64 = 366 * 24 * 60;
/// How the text of a key begins, so that people and scanners of leaked secrets know it.
const PREFIX: &str = "hustings-key-";

/// An API key as known to its organization: without the secret, which was told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// Its id.
    pub id: ApiKeyId,
    /// For which organization it acts.
    pub organization: OrganizationId,
    /// What it is for.
    pub name: String,
    /// What it is in the organization.
    pub role: Role,
    /// The only grant that it may use; none: as its role.
    pub grant: Option<GrantId>,
    /// The first instant at which it no longer holds, RFC 3339.
    pub expires_at: String,
    /// When it was revoked, RFC 3339.
    pub revoked_at: Option<String>,
    /// When it was last used, to the minute, RFC 3339.
    pub last_used_at: Option<String>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// The access epoch when this was read; for this program alone.
    #[serde(skip)]
    pub epoch: u64,
}

impl ApiKeyRecord {
    /// The key, acting for its organization.
    #[must_use]
    pub fn acting(&self) -> Acting {
        Acting { organization: self.organization.clone(), principal: Principal::Key(self.id.clone()) }
    }
}

/// What a key is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it is in the organization.
    pub role: Role,
    /// The only grant that it may use; none: as its role.
    pub grant: Option<GrantId>,
    /// The first instant at which it no longer holds: at most a year ahead.
    pub until: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    organization_id: String,
    name: String,
    role: String,
    grant_id: Option<String>,
    expires_at: String,
    revoked_at: Option<String>,
    last_used_at: Option<String>,
    created_at: String,
    epoch: i64,
}

const SELECT: &str = "SELECT id, organization_id, name, role, grant_id, expires_at, revoked_at, last_used_at, \
     created_at, (SELECT epoch FROM access_epochs) AS epoch FROM api_keys";

impl Row {
    fn read(self) -> Result<ApiKeyRecord, StoreError> {
        let what = "an API key";
        Ok(ApiKeyRecord {
            id: parsed(what, &self.id)?,
            organization: parsed(what, &self.organization_id)?,
            name: self.name,
            role: parsed(what, &self.role)?,
            grant: self.grant_id.map(|id| parsed(what, &id)).transpose()?,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            last_used_at: self.last_used_at,
            created_at: self.created_at,
            epoch: u64::try_from(self.epoch).map_err(|_| no_epoch())?,
        })
    }
}

impl Store {
    /// Makes a key for an organization. The secret is told once. A key that a key makes ends with it at the latest, and has
    /// no rights beyond its own.
    ///
    /// # Errors
    /// When the name or role cannot be used or goes beyond the key that makes it, the grant is not one to the organization, the end is past or more than a year
    /// ahead, or the database fails.
    pub async fn create_api_key(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        new: &NewApiKey,
    ) -> Result<(ApiKeyRecord, Secret), StoreError> {
        let name = checked_name("the key's name", &new.name)?;
        let deed = Deed::begin(self, "create API key").await?;
        user::check_roles(&deed, organization, &[new.role].into()).await?;
        let now = instant(deed.now())?;
        if new.until <= now || new.until > later(now, KEY_MINUTES_MAX) {
            return Err(StoreError::Input(format!(
                "this key cannot end at {}: expected a time within a year from now",
                stamp(new.until)
            )));
        }
        if let Some(grant) = &new.grant {
            require_grant(&deed, organization, grant).await?;
        }
        let maker = Maker::of(&deed, by).await?;
        maker.demand(organization, &[new.role].into())?;
        let until = maker.end_of(new.until);
        let key = Secret::random(PREFIX)?;
        let record = ApiKeyRecord {
            id: ApiKeyId::from_random(random()?),
            organization: organization.clone(),
            name,
            role: new.role,
            grant: new.grant.clone(),
            expires_at: stamp(until),
            revoked_at: None,
            last_used_at: None,
            created_at: deed.now().to_owned(),
            // Before every other: asked for again at the first use.
            epoch: 0,
        };
        deed.execute(
            "INSERT INTO api_keys (id, organization_id, name, role, grant_id, secret_hash, expires_at, made_by, \
             created_at, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
            vec![
                record.id.as_str().into(),
                organization.as_str().into(),
                record.name.as_str().into(),
                record.role.as_str().into(),
                record.grant.as_ref().map(|id| id.as_str().to_owned()).into(),
                key.digest().into(),
                record.expires_at.as_str().into(),
                by.principal.to_string().into(),
                deed.now().into(),
                deed.name().into(),
            ],
        )
        .await?;
        deed.raise_epoch().await?;
        let mut event = by.event("api_key_created", record.id.as_str(), json!(record));
        event.owners.insert(organization.clone());
        deed.done(&event).await?;
        Ok((record, key))
    }

    /// The key of a text, if it holds now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_key(&self, text: &str) -> Result<Option<ApiKeyRecord>, StoreError> {
        // What is no key at all is not looked up: it tells nobody more than the form, which is no secret.
        if !text.starts_with(PREFIX) {
            return Ok(None);
        }
        let now = self.instant();
        let sql = format!("{SELECT} WHERE secret_hash = $1 AND revoked_at IS NULL AND expires_at > $2");
        let values = vec![secret::digest(text).into(), stamp(now).into()];
        let Some(row) = self.database.one::<Row>("read API key", &sql, values).await? else {
            return Ok(None);
        };
        let record = row.read()?;
        if record.last_used_at.as_ref().is_none_or(|seen| *seen < stamp(later(now, -1))) {
            let transaction = self.database.begin("see API key").await?;
            transaction
                .execute(
                    "UPDATE api_keys SET last_used_at = $1, updated_by = $2 WHERE id = $3",
                    vec![stamp(now).into(), transaction.name().into(), record.id.as_str().into()],
                )
                .await?;
            transaction.commit().await?;
        }
        Ok(Some(record))
    }

    /// A key by its id, if it holds now.
    pub(super) async fn live_api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let sql = format!("{SELECT} WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2");
        let values = vec![id.as_str().into(), self.now().into()];
        let row = self.database.one::<Row>("read API key", &sql, values).await?;
        row.map(Row::read).transpose()
    }

    /// Revokes a key of an organization at once, and what came of it: the keys that it made, the grants and engagements that
    /// it gave, its open invitations, and accounts of its organization that came of them, which are disabled until somebody
    /// enables them again: with them whoever revokes, if they came of it. The record names them. Revoking it again ends what came
    /// of it and is left.
    ///
    /// # Errors
    /// When the organization has no such key, a key does it or somebody who came of one and this one did not come of the same,
    /// or the database fails.
    pub async fn revoke_api_key(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &ApiKeyId,
    ) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "revoke API key").await?;
        let sql = format!("{SELECT} WHERE organization_id = $1 AND id = $2");
        let row = deed.one::<Row>(&sql, vec![organization.as_str().into(), id.as_str().into()]).await?;
        let row = row.ok_or_else(|| missing(organization, id))?;
        Origin::demand_made(&deed, by, Some(id.as_str())).await?;
        let ended = maker::end_what_came_of(&deed, by, organization, id).await?;
        if row.revoked_at.is_some() && ended.is_empty() {
            return Ok(());
        }
        deed.raise_epoch().await?;
        let mut event = by.event("api_key_revoked", id.as_str(), json!(ended));
        event.owners.insert(organization.clone());
        deed.done(&event).await
    }

    /// The keys of an organization, newest first; dead ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_keys(&self, organization: &OrganizationId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let sql = format!("{SELECT} WHERE organization_id = $1 ORDER BY created_at DESC, id");
        let rows =
            self.database.all::<Row>("list API keys", &sql, vec![organization.as_str().into()]).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// The refusal of a key that is not the organization's, or no longer.
pub(super) fn missing(organization: &OrganizationId, id: &ApiKeyId) -> StoreError {
    StoreError::Input(format!("`{organization}` has no API key `{id}`: see `hustings key list`"))
}

/// The same words whether the grant does not exist or is another's.
async fn require_grant(
    deed: &Deed,
    organization: &OrganizationId,
    grant: &GrantId,
) -> Result<(), StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        found: i64,
    }
    let sql = "SELECT count(*) AS found FROM grants WHERE id = $1 AND grantee_id = $2";
    let found = deed.one::<Found>(sql, vec![grant.as_str().into(), organization.as_str().into()]).await?;
    if found.is_some_and(|row| row.found == 1) {
        return Ok(());
    }
    Err(StoreError::Input(format!("`{organization}` has got no grant `{grant}`: see `hustings grant list`")))
}
