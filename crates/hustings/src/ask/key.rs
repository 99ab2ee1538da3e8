//! API keys: made, listed, revoked.

use super::until::instant;
use super::{Ask, AskError, Call, allowed, organization_or_own};
use hustings_access::verb::ManageKeys;
use hustings_access::{Actor, ApiKeyId, GrantId, OrganizationId, Request, Role};
use hustings_store::Store;
use hustings_store::access::api_key::{ApiKeyRecord, NewApiKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// To make a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// For which organization; the asker's own when not given.
    #[serde(default)]
    pub organization: Option<OrganizationId>,
    /// What it is for.
    pub name: String,
    /// What it is in the organization.
    pub role: Role,
    /// The only grant that it may use; none: as its role.
    #[serde(default)]
    pub grant: Option<GrantId>,
    /// The first instant at which it no longer holds.
    #[serde(deserialize_with = "instant")]
    pub until: Timestamp,
}

/// A key with its secret, which is told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKeyRecord,
    /// What the program that uses it shows.
    pub secret: String,
}

impl Ask for CreateKey {
    type Answer = NewKey;

    fn call(&self) -> Call {
        Call::post(&["keys"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let target = organization_or_own(store, actor, self.organization.as_ref()).await?;
        let request = Request::organization(target.clone()).about(self.name.as_str());
        let by = allowed::<ManageKeys>(store, actor, request).await?;
        let new = NewApiKey {
            name: self.name.clone(),
            role: self.role,
            grant: self.grant.clone(),
            until: self.until,
        };
        let (key, secret) = store.create_api_key(&by, &target.id, &new).await?;
        Ok(NewKey { key, secret: secret.expose().to_owned() })
    }
}

/// To list keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListKeys {
    /// Of which organization; the asker's own when not given.
    #[serde(default)]
    pub organization: Option<OrganizationId>,
}

/// The keys of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    /// Whose.
    pub organization: OrganizationId,
    /// Newest first, dead ones too.
    pub keys: Vec<ApiKeyRecord>,
}

impl Ask for ListKeys {
    type Answer = KeyList;

    fn call(&self) -> Call {
        Call::get(&["keys"]).with("organization", self.organization.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let target = organization_or_own(store, actor, self.organization.as_ref()).await?;
        allowed::<ManageKeys>(store, actor, Request::organization(target.clone())).await?;
        Ok(KeyList { keys: store.api_keys(&target.id).await?, organization: target.id })
    }
}

/// To revoke a key at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// Which.
    pub id: ApiKeyId,
    /// Of which organization; the asker's own when not given.
    pub organization: Option<OrganizationId>,
}

impl Ask for RevokeKey {
    type Answer = ApiKeyRecord;

    fn call(&self) -> Call {
        Call::delete(&["keys", self.id.as_str()]).with("organization", self.organization.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let target = organization_or_own(store, actor, self.organization.as_ref()).await?;
        let request = Request::organization(target.clone()).about(self.id.as_str());
        let by = allowed::<ManageKeys>(store, actor, request).await?;
        store.revoke_api_key(&by, &target.id, &self.id).await.map_err(super::hidden)?;
        let keys = store.api_keys(&target.id).await?;
        let missing = || AskError::NotFound(format!("`{}` has no API key `{}`", target.id, self.id));
        keys.into_iter().find(|key| key.id == self.id).ok_or_else(missing)
    }
}
