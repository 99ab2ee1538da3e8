//! Accounts that end with the API key that they came of, and who keeps one of them beyond it.

use super::origin::Origin;
use super::{Acting, Deed, instant, user};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{OrganizationId, Principal, UserId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeMap;

impl Store {
    /// When accounts of an organization end, or ended, with the API key that they came of; the others are not in it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_ends(
        &self,
        organization: &OrganizationId,
    ) -> Result<BTreeMap<UserId, Timestamp>, StoreError> {
        let mut ends = BTreeMap::new();
        for known in self.users(organization).await? {
            let origin = Origin::now(&self.database, &Principal::User(known.id.clone())).await?;
            if let Some(end) = origin.end() {
                ends.insert(known.id, end);
            }
        }
        Ok(ends)
    }

    /// Lets an account stay beyond the API key that it came of, before that key is over: from then on whoever does it
    /// answers for it. It stays signed in. Of an account that came of no key nothing changes.
    ///
    /// # Errors
    /// When the organization has no such user, a key does it or somebody who came of one, the account is disabled or its
    /// key is over, or the database fails.
    pub async fn keep_user(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<(), StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            status: String,
        }
        let deed = Deed::begin(self, "keep user").await?;
        let sql = "SELECT status FROM users WHERE organization_id = $1 AND id = $2";
        let row = deed.one::<Row>(sql, vec![organization.as_str().into(), id.as_str().into()]).await?;
        let row = row.ok_or_else(|| user::missing(organization, id))?;
        let keeper = Origin::of(&deed, &by.principal).await?;
        if matches!(by.principal, Principal::Key(_)) || keeper.end().is_some() {
            // Or a key in the wrong hands would keep what it made.
            return Err(StoreError::Refused(
                "an account is kept beyond its API key by somebody who has signed in and came of no key"
                    .to_owned(),
            ));
        }
        let origin = Origin::of(&deed, &Principal::User(id.clone())).await?;
        let Some(end) = origin.end() else { return Ok(()) };
        if row.status != "active" || end <= instant(deed.now())? {
            return Err(StoreError::Refused(format!(
                "user `{id}` is disabled: let them sign in again instead"
            )));
        }
        deed.execute(
            "UPDATE users SET kept_by = $1, updated_at = $2, updated_by = $3 WHERE id = $4",
            vec![by.principal.as_str().into(), deed.now().into(), deed.name().into(), id.as_str().into()],
        )
        .await?;
        let mut event = by.event("user_kept", id.as_str(), json!({ "was_to_end_at": end.to_string() }));
        event.owners.insert(organization.clone());
        deed.done(&event).await
    }
}
