//! What keys have left: until it is ended, a key that is over may be revoked once more.

use super::origin::Origin;
use super::parsed;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{ApiKeyId, OrganizationId, Principal};
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

impl Store {
    /// The keys of an organization of which something came that holds still: an account that is not disabled, a key, an open
    /// invitation or recovery link, a grant or an engagement. Revoking the key, also once more, ends it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_with_something_left(
        &self,
        organization: &OrganizationId,
    ) -> Result<BTreeSet<ApiKeyId>, StoreError> {
        // As far as revoking goes: accounts of the organization, and whatever these made.
        let sql = "WITH RECURSIVE made(id, made_by) AS NOT MATERIALIZED (SELECT id, made_by FROM api_keys UNION ALL \
             SELECT id, coalesce(kept_by, made_by) FROM users WHERE organization_id = $1), \
             came(root, id) AS (SELECT id, id FROM api_keys WHERE organization_id = $1 UNION \
             SELECT came.root, made.id FROM came JOIN made ON made.made_by = came.id), \
             live(id, made_by) AS (\
             SELECT id, made_by FROM api_keys WHERE revoked_at IS NULL AND expires_at > $2 UNION ALL \
             SELECT id, coalesce(kept_by, made_by) FROM users WHERE organization_id = $1 AND status = 'active' UNION ALL \
             SELECT id, made_by FROM invitations WHERE status = 'open' AND expires_at > $2 UNION ALL \
             SELECT user_id, made_by FROM recoveries WHERE expires_at > $2 UNION ALL \
             SELECT id, made_by FROM grants WHERE revoked_at IS NULL AND until > $2 UNION ALL \
             SELECT vendor_id, made_by FROM engagements WHERE revoked_at IS NULL AND until > $2) \
             SELECT DISTINCT came.root AS id FROM came JOIN live ON live.made_by = came.id";
        let values = vec![organization.as_str().into(), self.now().into()];
        let rows = self.database.all::<Id>("find what keys left", sql, values).await?;
        rows.into_iter().map(|row| parsed("an API key", &row.id)).collect()
    }

    /// The keys of which somebody came: with any of them they end, too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_behind(&self, principal: &Principal) -> Result<BTreeSet<ApiKeyId>, StoreError> {
        let origin = Origin::now(&self.database, principal).await?;
        origin.keys().map(|id| parsed("an API key", id)).collect()
    }
}
