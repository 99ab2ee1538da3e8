//! Standing: the facts on which the policy decides, chosen here and never by the request.

use super::{epoch, parsed};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{OrganizationId, Standing};
use hustings_core::StateCode;
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

#[derive(FromQueryResult)]
struct StateRow {
    state: String,
}

impl Store {
    /// The standing of an organization, or, for a vendor, of the organization for which it acts: with the engagements
    /// under which it does.
    ///
    /// The epoch is read first: if something changes while the rest is read, the standing counts as older than it is, and
    /// is asked for again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing(
        &self,
        organization: &OrganizationId,
        acts_for: Option<&OrganizationId>,
    ) -> Result<Standing, StoreError> {
        let epoch = epoch(&self.database).await?;
        let whose = acts_for.unwrap_or(organization);
        Ok(Standing {
            organization: whose.clone(),
            directory_owner: self.directory_owner().await?.id,
            base_owners: self.base_owners().await?,
            states: self.states_here().await?,
            grants: self.grants_to(whose).await?,
            engagements: self.engagements_of(whose).await?,
            epoch,
        })
    }

    /// The states of which an organization has anything to look at: the list, its own or granted to it now, or columns of its
    /// own. What of them exists for somebody in it, the policy says.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn footing(&self, organization: &OrganizationId) -> Result<BTreeSet<StateCode>, StoreError> {
        let sql = "SELECT s.state FROM snapshots s LEFT JOIN base_owners b ON b.state = s.state \
                   WHERE COALESCE(b.organization_id, (SELECT value FROM settings WHERE name = 'directory_owner')) = $1 \
                   UNION SELECT g.state FROM grants g JOIN snapshots s ON s.state = g.state WHERE g.grantee_id = $1 \
                   AND g.revoked_at IS NULL AND g.not_before <= $2 AND g.until > $2 \
                   UNION SELECT state FROM appends WHERE owner = $1 AND status <> 'removed'";
        let values = vec![organization.as_str().into(), self.now().into()];
        let rows = self.database.all::<StateRow>("read footing", sql, values).await?;
        rows.into_iter().map(|row| parsed("a state", &row.state)).collect()
    }

    /// Whether this data directory holds no voters of any state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.states_here().await?.is_empty())
    }

    /// The states of which this data directory holds anything.
    async fn states_here(&self) -> Result<BTreeSet<StateCode>, StoreError> {
        let sql = "SELECT DISTINCT state FROM snapshots UNION SELECT DISTINCT state FROM appends";
        let rows = self.database.all::<StateRow>("list states", sql, Vec::new()).await?;
        rows.into_iter().map(|row| parsed("a state", &row.state)).collect()
    }
}
