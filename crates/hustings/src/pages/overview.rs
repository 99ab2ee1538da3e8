//! `GET /`: every state at a glance, and what wants a person.

use super::access_words;
use super::app::{App, state_of};
use super::chart::{self, Svg};
use super::error::{PageError, page};
use super::format::{Change, Count, day};
use super::frame::{Frame, Place};
use super::inbox::{self, Delivery};
use super::report_view::{self, Eligible};
use super::visitor::Visitor;
use super::words;
use askama::Template;
use axum::Extension;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Read;
use hustings_access::{Act, Grant, Request, Role};
use hustings_core::{FieldClass, StateCode};
use hustings_store::{SnapshotRecord, SnapshotStatus, Store, StoreError};
use hustings_voterfile::layout::Layouts;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    states: Vec<StateCard>,
    waiting: Vec<Delivery>,
    inbox: String,
    keeps: bool,
    reads_log: bool,
    /// Grants that hold no more, in words.
    ended: Vec<String>,
    choices: StateChoices,
}

/// A state at a glance.
struct StateCard {
    name: String,
    address: String,
    current: Option<Current>,
    held: Option<Held>,
    job: Option<(String, String)>,
    keeps: bool,
    /// Which counties the organization sees, in one line.
    places: Option<String>,
}

/// The current snapshot's figures.
struct Current {
    address: String,
    day: String,
    voters: Count,
    eligible: Option<Eligible>,
    households: Count,
    change: Option<(Change, String)>,
    sparkline: Option<Svg>,
    accepted_by_hand: bool,
}

/// A load that the gate holds back.
pub(super) struct Held {
    pub(super) address: String,
    pub(super) day: String,
    pub(super) sentence: String,
}

/// `GET /`
///
/// # Errors
/// When the store fails.
pub async fn get(app: App, Extension(visitor): Extension<Arc<Visitor>>) -> Result<Response, PageError> {
    let mut states = Vec::new();
    let known = match app.store().is_empty().await? {
        true => Vec::new(),
        false => match app.act(Request::all_voters(), known_states).await {
            // Who sees no voters has other pages.
            Err(PageError::NotFound | PageError::Refused(_)) => Vec::new(),
            known => known?,
        },
    };
    let mut frame = Frame::new("Overview", Place::Overview);
    // With one state its pages are one click away from here too.
    if let [only] = known.as_slice() {
        frame.state = Some(*only);
    }
    let grants = app.store().grants_to(&visitor.organization().id).await?;
    for &state in &known {
        let snapshots = app.snapshots(state).await?;
        let eligible = match snapshots.iter().find(|snapshot| snapshot.is_current) {
            Some(current) => app.report_if_kept(current).await?.as_ref().and_then(report_view::eligible),
            None => None,
        };
        let keeps = app.keeps(state).await?;
        let mut card = card(&app, state, &snapshots, eligible);
        card.keeps = keeps;
        card.places = match keeps {
            true => Some("The whole state".to_owned()),
            false => places(state, &grants, super::visitor::now()),
        };
        card.job = card.job.filter(|_| keeps);
        states.push(card);
    }
    let keeps = match known.first() {
        Some(state) => app.keeps(*state).await?,
        None => visitor.actor.roles.contains(&Role::DataDirector) && visitor.heads_a_party(),
    };
    let deliveries = if keeps { inbox::list(&app.inbox().await?)? } else { Vec::new() };
    page(&OverviewPage {
        frame,
        states,
        waiting: deliveries.into_iter().filter(Delivery::is_waiting).collect(),
        inbox: app.inbox().await?.folder().display().to_string(),
        choices: StateChoices::of(app.layouts()),
        keeps,
        reads_log: visitor.reads_log(),
        ended: super::ended::of(&app, &visitor, None).await?,
    })
}

/// The states of which a first list can be loaded, and those that lack a layout yet.
struct StateChoices {
    with_layout: Vec<(&'static str, &'static str)>,
    without: Vec<(&'static str, &'static str)>,
}

impl StateChoices {
    fn of(layouts: &Layouts) -> Self {
        let is_known = |(code, _): &(&str, &str)| layouts.iter().any(|layout| layout.state.as_str() == *code);
        let (with_layout, without) = words::states().iter().copied().partition(is_known);
        Self { with_layout, without }
    }
}

async fn known_states(store: &Store, act: &Act<'_, Read>) -> Result<Vec<StateCode>, StoreError> {
    store.states(act).await
}

/// Which state a first load is for.
#[derive(Debug, Deserialize)]
pub struct Start {
    state: String,
}

/// `GET /start?state=nc`: to the load page of a state which has nothing yet.
///
/// # Errors
/// [`PageError::NotFound`] when it is no state.
pub async fn start(Query(start): Query<Start>) -> Result<Response, PageError> {
    let state = state_of(&start.state)?;
    Ok(Redirect::to(&format!("/{state}/load")).into_response())
}

fn card(app: &App, state: StateCode, snapshots: &[SnapshotRecord], eligible: Option<Eligible>) -> StateCard {
    StateCard {
        name: words::state(state),
        address: format!("/{state}"),
        current: snapshots.iter().find(|snapshot| snapshot.is_current).map(|current| {
            let before =
                current.predecessor.as_ref().and_then(|id| snapshots.iter().find(|known| known.id == *id));
            Current {
                address: super::report::address(state, &current.id),
                day: day(&current.as_of.to_string()),
                voters: Count(current.voters),
                eligible,
                households: Count(current.households),
                change: before.map(|before| {
                    (Change::between(before.voters, current.voters), day(&before.as_of.to_string()))
                }),
                sparkline: sparkline(snapshots),
                accepted_by_hand: current.accepted_reason.is_some(),
            }
        }),
        held: held(snapshots).map(|held| held_alert(state, held)),
        job: app.jobs().running(state).map(|job| (job.address(), job.title().to_owned())),
        keeps: false,
        places: None,
    }
}

/// Which counties of a state's list an organization sees by these grants, in one line; none where it sees none of it.
pub(super) fn places(state: StateCode, grants: &[Grant], now: Timestamp) -> Option<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let holds = |grant: &&Grant| {
        grant.state == state && grant.classes.contains(&FieldClass::Base) && grant.is_live_at(now)
    };
    for grant in grants.iter().filter(holds) {
        match &grant.counties {
            None => return Some("The whole state".to_owned()),
            Some(counties) => seen.extend(counties.iter().map(|name| access_words::county(state, name))),
        }
    }
    let title = if seen.len() == 1 { "County" } else { "Counties" };
    let seen: Vec<String> = seen.into_iter().collect();
    (!seen.is_empty()).then(|| format!("{title}: {}", seen.join(", ")))
}

/// The newest held load that still waits for a decision: one compared with the snapshot that is current.
pub(super) fn held(snapshots: &[SnapshotRecord]) -> Option<&SnapshotRecord> {
    let current = snapshots.iter().find(|snapshot| snapshot.is_current).map(|current| &current.id);
    snapshots
        .iter()
        .find(|snapshot| snapshot.status == SnapshotStatus::Held && snapshot.predecessor.as_ref() == current)
}

pub(super) fn held_alert(state: StateCode, held: &SnapshotRecord) -> Held {
    let mut rules: Vec<String> = Vec::new();
    for failure in &held.gate_failed {
        let title = words::gate_rule(&failure.rule).title;
        let title = title.to_lowercase();
        if !rules.contains(&title) {
            rules.push(title);
        }
    }
    let sentence = rules.join("; ");
    Held {
        address: super::report::entrance(state, &held.id),
        day: day(&held.as_of.to_string()),
        sentence: super::format::sentence_case(&sentence),
    }
}

/// Voters over the published snapshots, oldest first; a line of fewer than three points tells nothing.
pub(super) fn sparkline(snapshots: &[SnapshotRecord]) -> Option<Svg> {
    const WEEKS_SHOWN: usize = 26;
    const POINTS_MIN: usize = 3;
    let published: Vec<&SnapshotRecord> = snapshots
        .iter()
        .filter(|snapshot| snapshot.status == SnapshotStatus::Published)
        .take(WEEKS_SHOWN)
        .collect();
    let (last, first) = (published.first()?, published.last()?);
    if published.len() < POINTS_MIN {
        return None;
    }
    let voters: Vec<u64> = published.iter().rev().map(|snapshot| snapshot.voters).collect();
    let label = format!(
        "Voters over {} snapshots, from {} on {} to {} on {}",
        voters.len(),
        Count(first.voters),
        day(&first.as_of.to_string()),
        Count(last.voters),
        day(&last.as_of.to_string())
    );
    Some(chart::sparkline(&voters, &label))
}
