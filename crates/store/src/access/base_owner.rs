//! Base owners: to whom each state's base belongs. A state without one belongs to the directory's owner.

use super::{Deed, parsed};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::OrganizationId;
use hustings_core::StateCode;
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;

#[derive(FromQueryResult)]
struct Row {
    state: String,
    organization_id: String,
}

impl Store {
    /// The registered owners of states' bases.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn base_owners(&self) -> Result<BTreeMap<StateCode, OrganizationId>, StoreError> {
        let sql = "SELECT state, organization_id FROM base_owners";
        let rows = self.database.all::<Row>("read base owners", sql, Vec::new()).await?;
        rows.into_iter()
            .map(|row| {
                Ok((parsed("a base owner", &row.state)?, parsed("a base owner", &row.organization_id)?))
            })
            .collect()
    }
}

/// The owner of a state's base, within a transaction.
pub(super) async fn of(deed: &Deed, state: StateCode) -> Result<Option<OrganizationId>, StoreError> {
    let sql = "SELECT state, organization_id FROM base_owners WHERE state = $1";
    let row = deed.one::<Row>(sql, vec![state.as_str().into()]).await?;
    row.map(|row| parsed("a base owner", &row.organization_id)).transpose()
}

/// Makes an organization the owner of a state's base.
pub(super) async fn claim(
    deed: &Deed,
    state: StateCode,
    organization: &OrganizationId,
) -> Result<(), StoreError> {
    if let Some(owner) = of(deed, state).await? {
        return Err(StoreError::Refused(format!(
            "the base of {state} belongs to `{owner}` already: a state has one owner; `{organization}` was not registered"
        )));
    }
    deed.execute(
        "INSERT INTO base_owners (state, organization_id, updated_at, updated_by) VALUES ($1, $2, $3, $4)",
        vec![state.as_str().into(), organization.as_str().into(), deed.now().into(), deed.name().into()],
    )
    .await?;
    Ok(())
}
