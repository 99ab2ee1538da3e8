//! Standing: the facts on which the policy decides, chosen here and never by the request.

use super::{epoch, parsed};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{OrganizationId, Standing};
use hustings_core::StateCode;
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

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

    /// Whether this data directory holds no voters of any state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.states_here().await?.is_empty())
    }

    /// The states of which this data directory holds anything.
    async fn states_here(&self) -> Result<BTreeSet<StateCode>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            state: String,
        }
        let sql = "SELECT DISTINCT state FROM snapshots UNION SELECT DISTINCT state FROM appends";
        let rows = self.database.all::<Row>("list states", sql, Vec::new()).await?;
        rows.into_iter().map(|row| parsed("a state", &row.state)).collect()
    }
}
