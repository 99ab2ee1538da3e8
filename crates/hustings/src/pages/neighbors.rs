//! The organizations that another one knows of: party bodies, whom it registered or was registered by, and with whom it
//! shares. A rival campaign is none of them.

use super::app::App;
use super::error::PageError;
use super::visitor::Visitor;
use hustings_access::{Organization, OrganizationId, OrganizationKind};
use std::collections::BTreeSet;

/// The organizations that the visitor's knows of, without itself, by name.
///
/// # Errors
/// When the store fails.
pub async fn of(app: &App, visitor: &Visitor) -> Result<Vec<Organization>, PageError> {
    let own = visitor.organization();
    let store = app.store();
    let owns_directory = store.directory_owner().await?.id == own.id;
    let mut near: BTreeSet<OrganizationId> = BTreeSet::new();
    near.extend(store.grants_by(&own.id).await?.into_iter().map(|grant| grant.grantee));
    near.extend(store.grants_to(&own.id).await?.into_iter().map(|grant| grant.owner));
    near.extend(store.engagements_of(&own.id).await?.into_iter().map(|engagement| engagement.vendor));
    near.extend(own.registered_by.clone());
    let is_body = |known: &Organization| {
        use OrganizationKind::{ExternalState, LocalCommittee, National, State};
        match known.kind {
            National | State | ExternalState => true,
            LocalCommittee => own.state.is_none() || known.state == own.state,
            _ => false,
        }
    };
    let mut found: Vec<Organization> = store
        .organizations()
        .await?
        .into_iter()
        .filter(|known| known.id != own.id)
        .filter(|known| {
            owns_directory
                || is_body(known)
                || known.registered_by.as_ref() == Some(&own.id)
                || near.contains(&known.id)
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.id.cmp(&other.id)));
    Ok(found)
}

/// The name of an organization by its id; the id itself where it is gone.
#[must_use]
pub fn name(known: &[Organization], id: &OrganizationId) -> String {
    known.iter().find(|found| found.id == *id).map_or_else(|| id.to_string(), |found| found.name.clone())
}
