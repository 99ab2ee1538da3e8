//! What a visitor may change: asked of the policy and recorded before anything happens.

use super::app::App;
use super::error::PageError;
use super::visitor::Visitor;
use crate::ask::called;
use hustings_access::{Organization, OrganizationId, Request, Verb};
use hustings_store::StoreError;
use hustings_store::access::Acting;

/// Asks whether the visitor may do this with their own organization; as whom they do it then.
///
/// # Errors
/// [`PageError::Refused`] when the policy says no; or when its answer cannot be recorded.
pub async fn own<V: Verb>(app: &App, visitor: &Visitor) -> Result<Acting, PageError> {
    of::<V>(app, visitor, Request::organization(visitor.organization().clone())).await
}

/// Asks whether the visitor may do this with an organization: their own or another.
///
/// # Errors
/// [`PageError::NotFound`] when there is none that they may know of; [`PageError::Refused`] when the policy says no; or
/// when its answer cannot be recorded.
pub async fn with<V: Verb>(
    app: &App,
    visitor: &Visitor,
    id: &OrganizationId,
) -> Result<(Acting, Organization), PageError> {
    let organization = there(app, visitor, id).await?;
    let has_people = !app.store().users(id).await?.is_empty();
    let request = if has_people {
        Request::organization(organization.clone())
    } else {
        Request::organization_without_people(organization.clone())
    };
    Ok((of::<V>(app, visitor, request).await?, organization))
}

/// The organization of an id, whom the policy is then asked about: also where there is none, see [`called`].
///
/// # Errors
/// [`PageError::NotFound`] for who may know of all, when there is none; or when the store fails.
pub async fn there(app: &App, visitor: &Visitor, id: &OrganizationId) -> Result<Organization, PageError> {
    called(app.store(), &visitor.actor, id).await?.ok_or(PageError::NotFound)
}

/// Asks about any request.
///
/// # Errors
/// As [`with`].
pub async fn of<V: Verb>(app: &App, visitor: &Visitor, request: Request) -> Result<Acting, PageError> {
    let permit = app.store().permit::<V>(&visitor.actor, request).await.map_err(refused)?;
    // What follows is one act, done at once: nothing is kept that could be used again.
    drop(permit);
    Ok(visitor.acting())
}

/// What is refused, and what is not there or may not be known of.
#[must_use]
pub fn refused(error: StoreError) -> PageError {
    match error {
        StoreError::Refused(why) => PageError::Refused(why),
        StoreError::Input(_) => PageError::NotFound,
        error => error.into(),
    }
}
