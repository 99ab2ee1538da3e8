//! `/{state}/load/remove`: take a delivery out of the inbox, once it has been confirmed.

use super::app::{App, state_of};
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Size, visible};
use super::frame::{Frame, Link, Place};
use super::inbox;
use super::security::FormToken;
use super::words;
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "remove.html")]
struct RemovePage {
    frame: Frame,
    base: String,
    delivery: String,
    shown: String,
    files: String,
    size: Size,
    is_loaded: bool,
    form_token: String,
}

/// Which delivery.
#[derive(Debug, Deserialize)]
pub struct Choice {
    #[serde(default)]
    delivery: String,
}

/// `GET /{state}/load/remove?delivery=`: what it means, and the button.
///
/// # Errors
/// [`PageError::Input`] when it is not there any more.
pub async fn confirm(
    app: App,
    Path(state): Path<String>,
    query: Result<Query<Choice>, QueryRejection>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let Query(choice) = query?;
    let state = state_of(&state)?;
    app.demand_load(state).await?;
    let deliveries = inbox::list(&app.inbox().await?)?;
    let delivery = deliveries.into_iter().find(|delivery| delivery.name == choice.delivery);
    let delivery = delivery.ok_or_else(|| inbox::missing(&choice.delivery))?;
    let base = format!("/{state}/load");
    page(&RemovePage {
        frame: Frame::of_state(
            state,
            "Remove a delivery",
            Place::Load,
            [Link::to(base.clone(), "Load a delivery")],
        ),
        base,
        files: words::plural_of(delivery.files, "file", "files"),
        size: delivery.size,
        is_loaded: !delivery.is_waiting(),
        shown: delivery.shown,
        delivery: delivery.name,
        form_token: token.0,
    })
}

/// `POST /{state}/load/remove`
///
/// # Errors
/// When the form is not ours, the delivery is not there any more, a load is under way, or the disk refuses.
pub async fn post(app: App, Path(state): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    app.demand_load(state).await?;
    // It may be the very delivery that is being read.
    if let Some(job) = app.jobs().any_running() {
        return Err(PageError::Busy(format!(
            "{} is under way, and nothing is removed from the inbox meanwhile",
            visible(job.title())
        )));
    }
    inbox::remove(&app.inbox().await?, sent.text("delivery"))?;
    Ok(Redirect::to(&format!("/{state}/load")).into_response())
}
