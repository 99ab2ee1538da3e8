//! `GET /{state}/voters/{key}`: one voter, every value with where it came from. `/{state}/find`: look one up.

use super::app::{App, state_of};
use super::error::{PageError, page};
use super::file_layout;
use super::form::Sent;
use super::format::{Count, day, day_short, visible};
use super::frame::{Frame, Link, Place};
use super::matches;
use super::overview;
use super::security::FormToken;
use super::visitor::Visitor;
use super::voter_view::{self, Ballot, Change, Group, Vote};
use super::words;
use crate::ask::find::{FindVoters, FoundVoters};
use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Read;
use hustings_access::{Act, Request};
use hustings_core::StateCode;
use hustings_store::{ChangeFilter, Store, StoreError, VoterHit, VoterKey, VoterSeen, VoterSelector};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "voter.html")]
struct VoterPage {
    frame: Frame,
    name: String,
    id: String,
    lead: String,
    confidential: bool,
    dropped_at: Option<String>,
    repairs: Vec<String>,
    origin: String,
    groups: Vec<Group>,
    votes: Vec<Vote>,
    ballots: Vec<Ballot>,
    changes: Vec<Change>,
    log: Option<String>,
    seen: VoterSeen,
    /// Why nothing of the state's list is seen, where that was otherwise before.
    ended: Vec<String>,
    held: Option<HeldChanges>,
}

/// What a held list says about this voter.
struct HeldChanges {
    address: String,
    day: String,
    changes: Vec<Change>,
}

/// What the list that waits for a decision says otherwise about a voter; nothing where none waits, or says the same.
async fn held_changes(
    store: &Store,
    act: &Act<'_, Read>,
    state: StateCode,
    key: VoterKey,
) -> Result<Option<HeldChanges>, StoreError> {
    const SHOWN: usize = 50;
    let snapshots = store.snapshots(act, state).await?;
    let Some(held) = overview::held(&snapshots) else { return Ok(None) };
    let (address, date) = (super::report::entrance(state, &held.id), held.as_of);
    let filter = ChangeFilter { voter: Some(key), ..ChangeFilter::default() };
    let found = store.changes(act, held, &filter, 0, SHOWN).await?;
    let changes: Vec<Change> = found
        .rows
        .iter()
        .map(|named| voter_view::change(day_short(&date.to_string()), address.clone(), &named.change))
        .collect();
    Ok((!changes.is_empty()).then(|| HeldChanges { address, day: day(&date.to_string()), changes }))
}

/// `GET /{state}/voters/{key}`
///
/// # Errors
/// [`PageError::NotFound`] when no such voter is in the current snapshot, or when the store fails.
pub async fn get(app: App, Path((state, key)): Path<(String, String)>) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let key: VoterKey = key.parse().map_err(|_| PageError::NotFound)?;
    let visitor = super::visitor::present().ok_or(PageError::SignedOut)?;
    // The log can be asked who saw this voter.
    let about =
        app.store().voter_log_name(&visitor.organization().id, state, &key).ok_or(PageError::NotFound)?;
    let request = Request::voters_of(state).about(about.clone());
    let (voter, report, held, origins) = app
        .act::<Read, _>(request, async move |store, act| {
            let voter = store.voter(act, state, None, VoterSelector::Key(&key)).await?;
            let Some(voter) = voter else { return Ok(None) };
            // How the delivery called its columns, for who may know of the delivery.
            let delivery = match act.keeps_list(state) {
                true => store.snapshot(act, state, voter_view::delivery_of(&voter)).await?,
                false => None,
            };
            let report = delivery.map(|snapshot| store.report(act, &snapshot)).transpose()?;
            let held = held_changes(store, act, state, voter.voter_key.clone()).await?;
            let origins = store.cell_origins(act, state, &voter).await?;
            Ok(Some((voter, report, held, origins)))
        })
        .await?
        .ok_or(PageError::NotFound)?;
    let names = voter_view::file_of(&voter)
        .zip(report.as_ref())
        .and_then(|(file, report)| file_layout::of(app.layouts(), state, report, file))
        .map(|(layout, _)| layout);
    let value = |column: &str| {
        voter.values.iter().find(|value| value.column == column).map(|value| visible(&value.value))
    };
    let name = voter_view::name(&voter);
    let ended = match voter.seen.list {
        true => Vec::new(),
        false => super::ended::of(&app, &visitor, Some(state)).await?,
    };
    let pairs = origins
        .into_iter()
        .map(|origin| {
            let words = format!("from {}, line {}", visible(&origin.file), Count(origin.line));
            let address = format!("{}/pairs/{}", matches::run::address(state, &origin.run), origin.pair);
            (origin.append, (address, words))
        })
        .collect();
    let owners = app.store().known_to(&visitor.organization().id).await?;
    let lead: Vec<String> = [
        value("status").map(|status| words::value("status", &status)),
        value("party").map(|party| words::value("party", &party)),
        value("county_name"),
    ]
    .into_iter()
    .flatten()
    .collect();
    page(&VoterPage {
        // The title stands in the browser's history: it holds no name.
        frame: Frame::of_state(
            state,
            "Voter",
            Place::Find,
            [Link::to(format!("/{state}/find"), "Find a voter")],
        ),
        name,
        id: value("state_voter_id").unwrap_or_default(),
        lead: lead.join(" · "),
        confidential: voter.confidential == Some(true),
        dropped_at: voter.dropped_at.as_deref().map(day),
        repairs: voter_view::repairs(&voter),
        origin: voter_view::origin(&voter),
        groups: voter_view::groups(&voter, names, &owners, &pairs),
        votes: voter_view::votes(&voter),
        ballots: voter_view::ballots(&voter),
        changes: voter_view::changes(state, &voter),
        log: visitor.reads_log().then(|| format!("/log?about={about}")),
        seen: voter.seen,
        ended,
        held,
    })
}

#[derive(Template)]
#[template(path = "find.html")]
struct FindPage {
    frame: Frame,
    base: String,
    query: String,
    found: Option<Vec<Hit>>,
    more: bool,
    day: Option<String>,
    name: String,
    keeps: bool,
    /// Why nobody is found who was found before.
    ended: Vec<String>,
    form_token: String,
}

/// One voter found.
struct Hit {
    href: String,
    name: String,
    id: String,
    place: String,
    status: String,
    dropped_at: Option<String>,
    /// How likely this one is meant, where nobody is exactly so called.
    likely: Option<String>,
    /// And why.
    reasons: String,
}

/// `GET /{state}/find`: the empty form.
///
/// # Errors
/// [`PageError::NotFound`] when it is no state, or when the store fails.
pub async fn find_form(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    show_found(&app, &visitor, state_of(&state)?, token, (String::new(), None, false)).await
}

/// The page, with whom was looked for and the voters found, if anybody was: all, or the first.
async fn show_found(
    app: &App,
    visitor: &Visitor,
    state: StateCode,
    token: FormToken,
    (query, found, more): (String, Option<Vec<Hit>>, bool),
) -> Result<Response, PageError> {
    let current = app.current(state).await?;
    let ended = match current.is_none() || found.as_ref().is_some_and(Vec::is_empty) {
        true => super::ended::of(app, visitor, Some(state)).await?,
        false => Vec::new(),
    };
    page(&FindPage {
        frame: Frame::of_state(state, "Find a voter", Place::Find, Vec::<Link>::new()),
        base: format!("/{state}"),
        query,
        found,
        more,
        day: current.map(|current| day(&current.as_of.to_string())),
        name: words::state(state),
        keeps: visitor.keeps(state),
        ended,
        form_token: token.0,
    })
}

/// `POST /{state}/find`: names do not belong in addresses, which browsers keep; so the look-up is a form that is sent.
///
/// # Errors
/// When the form is not ours, it is no state, or the store fails.
pub async fn find(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let query = sent.text("query").trim().to_owned();
    let asked = FindVoters::of_query(state, &query);
    let found = app.read(state, async move |store, act| FoundVoters::of(store, act, &asked).await).await?;
    let (hits, more) = (found.exact, found.more);
    if let [only] = hits.as_slice() {
        return Ok(Redirect::to(&format!("/{state}/voters/{}", only.voter_key)).into_response());
    }
    let mut shown_hits: Vec<Hit> = hits.iter().map(|hit| shown(state, hit)).collect();
    shown_hits.sort_by_cached_key(|hit| (hit.name.to_lowercase(), hit.id.clone()));
    shown_hits.extend(found.likely.iter().map(|likely| Hit {
        likely: Some(format!("{:.0} %", likely.probability * 100.0)),
        reasons: likely.reasons.join("; "),
        ..shown(state, &likely.voter)
    }));
    show_found(&app, &visitor, state, token, (query, Some(shown_hits), more)).await
}

fn shown(state: StateCode, hit: &VoterHit) -> Hit {
    let text = |value: &Option<String>| value.as_deref().map(visible).unwrap_or_default();
    let parts = |values: [String; 2]| {
        values.into_iter().filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
    };
    Hit {
        href: format!("/{state}/voters/{}", hit.voter_key),
        name: parts([text(&hit.last), text(&hit.first)]),
        id: text(&hit.state_voter_id),
        place: parts([text(&hit.city), text(&hit.county_name)]),
        status: hit.status.as_deref().map(|status| words::value("status", status)).unwrap_or_default(),
        dropped_at: hit.dropped_at.as_deref().map(day_short),
        likely: None,
        reasons: String::new(),
    }
}
