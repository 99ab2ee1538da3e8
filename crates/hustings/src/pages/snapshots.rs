//! `GET /{state}`: the snapshots of a state. `/{state}/undo`: take the last load back.

use super::app::{App, state_of};
use super::chart::Svg;
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Change, Count, day, day_short, instant};
use super::frame::{Frame, Link, Place};
use super::inbox;
use super::overview::{Held, held, held_alert, sparkline};
use super::report_view::{self, Eligible};
use super::security::FormToken;
use super::visitor::Visitor;
use super::words;
use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::{Load, Read};
use hustings_access::{Act, Request};
use hustings_core::StateCode;
use hustings_store::{SnapshotRecord, SnapshotStatus, Store};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "snapshots.html")]
struct SnapshotsPage {
    frame: Frame,
    name: String,
    base: String,
    current: Option<Row>,
    eligible: Option<Eligible>,
    sparkline: Option<Svg>,
    held: Option<Held>,
    job: Option<(String, String)>,
    waiting: Option<String>,
    can_undo: bool,
    keeps: bool,
    exports: bool,
    /// Grants of this list that hold no more, in words.
    ended: Vec<String>,
    rows: Vec<Row>,
}

/// One snapshot in the list.
struct Row {
    address: String,
    day: String,
    day_short: String,
    status: &'static str,
    /// A class of the stylesheet.
    class: &'static str,
    voters: Count,
    households: Count,
    change: Option<Change>,
    gate: String,
    loaded_at: String,
    reason: Option<String>,
}

/// `GET /{state}`
///
/// # Errors
/// [`PageError::NotFound`] when it is no state, or when the store fails.
pub async fn get(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Extension<Arc<Visitor>>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let snapshots = app.snapshots(state).await?;
    let rows: Vec<Row> = snapshots.iter().map(|snapshot| row(state, snapshot, &snapshots)).collect();
    let current = snapshots.iter().find(|snapshot| snapshot.is_current);
    let eligible = match current {
        Some(current) => app.report_if_kept(current).await?.as_ref().and_then(report_view::eligible),
        None => None,
    };
    let keeps = app.keeps(state).await?;
    let waiting = match keeps {
        true => inbox::list(&app.inbox().await?)?.iter().filter(|delivery| delivery.is_waiting()).count(),
        false => 0,
    };
    let ended = match keeps {
        true => Vec::new(),
        false => super::ended::of(&app, &visitor, Some(state)).await?,
    };
    page(&SnapshotsPage {
        frame: Frame::state_home(state),
        name: words::state(state),
        base: format!("/{state}"),
        current: current.map(|current| row(state, current, &snapshots)),
        eligible,
        sparkline: sparkline(&snapshots),
        held: held(&snapshots).map(|held| held_alert(state, held)),
        keeps,
        exports: visitor.exports(),
        ended,
        job: app.jobs().running(state).filter(|_| keeps).map(|job| (job.address(), job.title().to_owned())),
        waiting: (waiting > 0).then(|| words::plural_of(waiting, "delivery waits", "deliveries wait")),
        can_undo: keeps && current.is_some_and(|current| current.predecessor.is_some()),
        rows,
    })
}

fn row(state: StateCode, snapshot: &SnapshotRecord, all: &[SnapshotRecord]) -> Row {
    let (status, class) = match (snapshot.status, snapshot.is_current) {
        (_, true) => ("Current", "now"),
        (SnapshotStatus::Published, false) => ("Earlier", ""),
        (SnapshotStatus::Held, false) => ("Held back", "alarm"),
        (SnapshotStatus::Discarded, false) => ("Discarded", ""),
        (SnapshotStatus::Undone, false) => ("Undone", ""),
    };
    let mut rules: Vec<&str> = snapshot.gate_failed.iter().map(|failed| failed.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let failed = u64::try_from(rules.len()).unwrap_or(u64::MAX);
    let gate = match (failed, &snapshot.accepted_reason) {
        (0, _) => "Passed".to_owned(),
        (_, Some(_)) => format!("Accepted by hand, {}", words::plural(failed, "rule failed", "rules failed")),
        (_, None) => words::plural(failed, "rule failed", "rules failed"),
    };
    let before = snapshot.predecessor.as_ref().and_then(|id| all.iter().find(|known| known.id == *id));
    let as_of = snapshot.as_of.to_string();
    Row {
        address: super::report::entrance(state, &snapshot.id),
        day: day(&as_of),
        day_short: day_short(&as_of),
        status,
        class,
        voters: Count(snapshot.voters),
        households: Count(snapshot.households),
        change: before.map(|before| Change::between(before.voters, snapshot.voters)),
        gate,
        loaded_at: instant(&snapshot.created_at),
        reason: snapshot.accepted_reason.as_deref().map(super::format::visible),
    }
}

#[derive(Template)]
#[template(path = "undo.html")]
struct UndoPage {
    frame: Frame,
    base: String,
    current_day: String,
    current_voters: Count,
    before_day: String,
    before_voters: Count,
    form_token: String,
    current: String,
}

/// `GET /{state}/undo`: what undoing means, and the button.
///
/// # Errors
/// [`PageError::Input`] when there is nothing to undo, or when the store fails.
pub async fn confirm_undo(
    app: App,
    Path(state): Path<String>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    app.demand_load(state).await?;
    let nothing = || PageError::Input("there is nothing to undo: no earlier snapshot is there".to_owned());
    let current = app.current(state).await?.ok_or_else(nothing)?;
    let before = current.predecessor.clone().ok_or_else(nothing)?;
    let earlier = async move |store: &Store, act: &Act<'_, Read>| store.snapshot(act, state, &before).await;
    let before = app.read(state, earlier).await?.ok_or_else(nothing)?;
    page(&UndoPage {
        frame: Frame::of_state(state, "Undo the last load", Place::Snapshots, Vec::<Link>::new()),
        base: format!("/{state}"),
        current_day: day(&current.as_of.to_string()),
        current_voters: Count(current.voters),
        before_day: day(&before.as_of.to_string()),
        before_voters: Count(before.voters),
        form_token: token.0,
        current: current.id,
    })
}

/// `POST /{state}/undo`
///
/// # Errors
/// When the form is not ours, when another snapshot has become current since it was opened, or when the store fails.
pub async fn undo(app: App, Path(state): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    // The snapshot that the person saw as the current one.
    let seen = sent.text("current").to_owned();
    let undo = async move |store: &Store, act: &Act<'_, Load>| {
        let lock = store.lock_state(act, state, "undo").await?;
        let current = store.current(act, state).await?;
        if current.is_none_or(|current| current.id != seen) {
            return Ok(false);
        }
        store.undo(act, &lock).await.map(|_| true)
    };
    if !app.act(Request::voters_of(state), undo).await? {
        return Err(PageError::Input(
            "another snapshot has become current since this page was opened: look again before you undo"
                .to_owned(),
        ));
    }
    Ok(Redirect::to(&format!("/{state}")).into_response())
}
