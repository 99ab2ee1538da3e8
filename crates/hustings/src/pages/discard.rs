//! `/{state}/snapshots/{id}/discard`: throw a held load away, once it has been confirmed.

use super::app::{App, state_of};
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Count, Size, day};
use super::frame::{Frame, Link, Place};
use super::report::address;
use super::security::FormToken;
use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::Request;
use hustings_access::verb::Load;
use hustings_store::SnapshotStatus;

#[derive(Template)]
#[template(path = "discard.html")]
struct DiscardPage {
    frame: Frame,
    base: String,
    day: String,
    voters: Count,
    size: Size,
    current_day: Option<String>,
    form_token: String,
}

/// `GET /{state}/snapshots/{id}/discard`: what it means, and the button.
///
/// # Errors
/// [`PageError::NotFound`] for an unknown snapshot, [`PageError::Input`] when it is not held, or when the store fails.
pub async fn confirm(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    app.demand_load(state_of(&state)?).await?;
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    if snapshot.status != SnapshotStatus::Held {
        return Err(PageError::Input("this load is not held back: there is nothing to discard".to_owned()));
    }
    let current = app.current(state).await?;
    let day = day(&snapshot.as_of.to_string());
    let size = app.report(&snapshot).await?.sizes.values().sum();
    let base = address(state, &snapshot.id);
    page(&DiscardPage {
        frame: Frame::of_state(
            state,
            "Discard the held load",
            Place::Snapshots,
            [Link::to(base.clone(), format!("List of {day}"))],
        ),
        base,
        day,
        voters: Count(snapshot.voters),
        size: Size(size),
        current_day: current.map(|current| super::format::day(&current.as_of.to_string())),
        form_token: token.0,
    })
}

/// `POST /{state}/snapshots/{id}/discard`
///
/// # Errors
/// When the form is not ours, the load is not held any more, somebody else is at it, or the store fails.
pub async fn post(
    app: App,
    Path((state, id)): Path<(String, String)>,
    _: Sent,
) -> Result<Response, PageError> {
    app.demand_load(state_of(&state)?).await?;
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    app.act::<Load, _>(Request::voters_of(state), async move |store, act| {
        let lock = store.lock_state(act, state, "discard").await?;
        store.discard_held(act, &lock, &snapshot.id).await
    })
    .await?;
    Ok(Redirect::to(&format!("/{state}")).into_response())
}
