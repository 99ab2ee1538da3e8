//! What a visitor may change: asked of the policy and recorded before anything happens.

use super::app::App;
use super::error::PageError;
use super::visitor::Visitor;
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
    let organization = app.store().organization(id).await?.ok_or(PageError::NotFound)?;
    let has_people = !app.store().users(id).await?.is_empty();
    let request = if has_people {
        Request::organization(organization.clone())
    } else {
        Request::organization_without_people(organization.clone())
    };
    Ok((of::<V>(app, visitor, request).await?, organization))
}

/// Asks about any request.
///
/// # Errors
/// As [`with`].
pub async fn of<V: Verb>(app: &App, visitor: &Visitor, request: Request) -> Result<Acting, PageError> {
    match app.store().permit::<V>(&visitor.actor, request).await {
        // What follows is one act, done at once: nothing is kept that could be used again.
        Ok(permit) => drop(permit),
        Err(StoreError::Refused(why)) => return Err(PageError::Refused(why)),
        Err(StoreError::Input(_)) => return Err(PageError::NotFound),
        Err(error) => return Err(error.into()),
    }
    Ok(visitor.acting())
}
