//! `/{state}/load`: choose a delivery from the inbox, or upload one; the load itself runs as a job.

use super::app::{App, state_of};
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{day, visible};
use super::frame::{Frame, Link, Place};
use super::inbox::{self, Delivery};
use super::loading;
use super::security::FormToken;
use super::upload;
use super::words;
use askama::Template;
use axum::Extension;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_core::StateCode;
use hustings_store::{SnapshotRecord, SnapshotStatus};
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Template)]
#[template(path = "load.html")]
struct LoadPage {
    frame: Frame,
    name: String,
    base: String,
    inbox: String,
    waiting: Vec<Delivery>,
    again: Vec<Again>,
    /// Of some list that is not in use, the inbox has no files any more.
    lacks_files: bool,
    loaded: Vec<Delivery>,
    /// A layout tells how this state's files are read.
    has_layout: bool,
    code: String,
    current_day: Option<String>,
    job: Option<(String, String)>,
    form_token: String,
}

/// A delivery whose list was loaded and is not in use: it can be loaded again.
struct Again {
    delivery: Delivery,
    /// The snapshot that was made of it, and its report.
    snapshot: String,
    address: String,
    day: String,
    /// The date that the list had then, so that it gets the same one again.
    as_of: String,
    standing: &'static str,
}

/// The delivery as one to be loaded again, if its list was taken back, discarded, or held until another became current.
fn again(state: StateCode, delivery: &Delivery, snapshots: &[SnapshotRecord]) -> Option<Again> {
    let loaded = delivery.loaded.as_ref().filter(|loaded| loaded.state == state.as_str())?;
    let snapshot = snapshots.iter().find(|snapshot| snapshot.id == loaded.snapshot)?;
    let current = snapshots.iter().find(|snapshot| snapshot.is_current).map(|current| &current.id);
    let standing = match snapshot.status {
        SnapshotStatus::Undone => "taken back",
        SnapshotStatus::Discarded => "discarded",
        SnapshotStatus::Held if snapshot.predecessor.as_ref() != current => {
            "held back, and another list has become current since"
        }
        SnapshotStatus::Held | SnapshotStatus::Published => return None,
    };
    let as_of = snapshot.as_of.to_string();
    Some(Again {
        delivery: delivery.clone(),
        snapshot: snapshot.id.clone(),
        address: super::report::address(state, &snapshot.id),
        day: day(&as_of),
        as_of,
        standing,
    })
}

/// `GET /{state}/load`
///
/// # Errors
/// [`PageError::NotFound`] when it is no state, or when the store fails.
pub async fn get(
    app: App,
    Path(state): Path<String>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    app.demand_load(state).await?;
    let snapshots = app.snapshots(state).await?;
    let current = snapshots.iter().find(|snapshot| snapshot.is_current);
    let inbox = app.inbox().await?;
    let (waiting, mut loaded): (Vec<_>, Vec<_>) =
        inbox::list(&inbox)?.into_iter().partition(Delivery::is_waiting);
    let again: Vec<Again> = loaded.iter().filter_map(|delivery| again(state, delivery, &snapshots)).collect();
    loaded.retain(|delivery| again.iter().all(|one| one.delivery.name != delivery.name));
    page(&LoadPage {
        frame: Frame::of_state(state, "Load a delivery", Place::Load, Vec::<Link>::new()),
        name: words::state(state),
        has_layout: app.layouts().get(state).is_some(),
        code: state.upper(),
        base: format!("/{state}"),
        inbox: inbox.shown(),
        waiting,
        lacks_files: snapshots.iter().any(|snapshot| {
            matches!(snapshot.status, SnapshotStatus::Undone | SnapshotStatus::Discarded)
                && again.iter().all(|one| one.snapshot != snapshot.id)
        }),
        again,
        loaded,
        current_day: current.map(|current| day(&current.as_of.to_string())),
        job: app.jobs().running(state).map(|job| (job.address(), job.title().to_owned())),
        form_token: token.0,
    })
}

/// `POST /{state}/load`: begins the load of a delivery from the inbox.
///
/// # Errors
/// When the form is not ours or not complete, or a job of this state is under way.
pub async fn post(app: App, Path(state): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    app.demand_load(state).await?;
    if sent.text("delivery").is_empty() {
        return Err(PageError::Input("no delivery was chosen".to_owned()));
    }
    let path = inbox::find(&app.inbox().await?, sent.text("delivery"))?;
    begin(&app, state, path, sent.text("as_of")).await
}

/// `POST /{state}/load/upload`: takes files in and begins their load.
///
/// # Errors
/// When the form is not ours, holds no file, the disk is too full, or a job of this state is under way.
pub async fn post_upload(
    app: App,
    Path(state): Path<String>,
    Extension(token): Extension<FormToken>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    app.demand_load(state).await?;
    let mut form = form.map_err(upload::no_files)?;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let received = match upload::receive(&app.inbox().await?, &token, announced, &mut form).await {
        Err(refused @ PageError::NoRoom(_)) => {
            upload::drain(&mut form).await;
            return Err(refused);
        }
        received => received?,
    };
    begin(&app, state, received.path, &received.as_of).await
}

async fn begin(app: &App, state: StateCode, path: PathBuf, as_of: &str) -> Result<Response, PageError> {
    let as_of: Option<Date> = match as_of.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            PageError::Input(format!("`{}` is not a date: expected one such as 2026-11-21", visible(text)))
        })?),
    };
    let name = path.file_name().map(|name| visible(&name.to_string_lossy())).unwrap_or_default();
    let inbox = app.inbox().await?;
    let job = app.jobs().begin(state, format!("Loading {name}"))?;
    let address = job.address();
    loading::start(app.clone(), job, state, (inbox, path), as_of);
    Ok(Redirect::to(&address).into_response())
}
