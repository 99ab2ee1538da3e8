//! The organizations that the visitor's knows of, as the address book has them. A rival campaign is none of them.

use super::app::App;
use super::error::PageError;
use super::visitor::Visitor;
use hustings_access::{Organization, OrganizationId};

/// The organizations that the visitor's knows of, without itself, by name.
///
/// # Errors
/// When the store fails.
pub async fn of(app: &App, visitor: &Visitor) -> Result<Vec<Organization>, PageError> {
    let own = &visitor.organization().id;
    let mut known = app.store().known_to(own).await?;
    known.retain(|known| known.id != *own);
    known.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.id.cmp(&other.id)));
    Ok(known)
}

/// The name of an organization by its id; the id itself where it is gone.
#[must_use]
pub fn name(known: &[Organization], id: &OrganizationId) -> String {
    known.iter().find(|found| found.id == *id).map_or_else(|| id.to_string(), |found| found.name.clone())
}
