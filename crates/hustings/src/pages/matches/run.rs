//! `/{state}/matches/{run}`: what came of a list: who was found, how sure that is, what waits, and what to do next.

use super::asked::Look;
use super::beside;
use super::checked::of_hundred;
use super::reviewed::{Reviewed, RowCounts};
use crate::matching::PLAIN;
use crate::pages::app::{App, state_of};
use crate::pages::columns::{classes_of, own, own_ever};
use crate::pages::error::{PageError, page};
use crate::pages::format::{Count, day, instant, visible};
use crate::pages::frame::{Frame, Link, Place};
use crate::pages::security::FormToken;
use crate::pages::visitor::Visitor;
use crate::pages::{access_words, overview, words};
use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::response::Response;
use hustings_core::{FieldClass, StateCode};
use hustings_matching::review::Standing;
use hustings_store::match_run::{MatchLook, MatchRunRecord};
use hustings_store::{AppendRecord, AppendStatus};
use std::sync::Arc;

/// So many accepted pairs are shown.
const SAMPLE: usize = 6;

#[derive(Template)]
#[template(path = "match_run.html")]
struct RunPage {
    frame: Frame,
    address: String,
    file: String,
    lead: String,
    rows: Count,
    counts: RowCounts,
    found_share: String,
    checked: String,
    expected: String,
    likely: String,
    told: usize,
    to_review: usize,
    undecided: usize,
    unchecked: usize,
    is_checked: bool,
    to_second: usize,
    disputed: usize,
    appended: Vec<Appended>,
    since: usize,
    columns: Vec<Column>,
    classes: Vec<access_words::Word>,
    sample: Vec<Sampled>,
    notices: Vec<Notice>,
    may_append: bool,
    form_token: String,
}

/// What of an earlier time stands in the way of this list.
struct Notice {
    text: String,
    address: String,
}

struct Column {
    at: usize,
    header: String,
    taken_for: String,
    is_appended: bool,
}

/// Columns that were added from this run.
struct Appended {
    columns: String,
    voters: Count,
    /// Of which of the columns how many have a value, where not all have.
    filled: String,
    at: String,
}

struct Sampled {
    address: String,
    list: String,
    voter: String,
    odds: String,
}

/// Where a run's page is.
#[must_use]
pub fn address(state: StateCode, run: &str) -> String {
    format!("/{state}/matches/{run}")
}

/// The appends that were made of a run and are shown.
///
/// # Errors
/// When the store fails.
pub async fn appended(
    app: &App,
    visitor: &Visitor,
    state: StateCode,
    run: &str,
) -> Result<Vec<AppendRecord>, PageError> {
    let mut appends = own(app, visitor, Some(state)).await?;
    appends.retain(|append| append.report.run.as_deref() == Some(run));
    Ok(appends)
}

/// `GET /{state}/matches/{run}`
///
/// # Errors
/// [`PageError::NotFound`] where there is no such run for the visitor; or when the store fails.
pub async fn get(
    app: App,
    Path((state, run)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let choose = |reviewed: &Reviewed| {
        let accepted = |number: &u32| reviewed.pair(*number).is_some_and(|pair| pair.is_accepted);
        let queue = reviewed.queue().iter().copied();
        let kept = queue.filter(|number| reviewed.standing(*number) != Standing::Different);
        kept.filter(accepted).take(SAMPLE).collect()
    };
    let (reviewed, looks) = Reviewed::looking(&app, state, &run, choose).await?;
    let report = &reviewed.report;
    let me = visitor.actor.principal.to_string();
    let ever = own_ever(&app, &visitor, Some(state)).await?;
    let of_run = |append: &&AppendRecord| append.report.run.as_deref() == Some(run.as_str());
    let current: Vec<&AppendRecord> =
        ever.iter().filter(of_run).filter(|append| append.status == AppendStatus::Current).collect();
    let notices = notices(&app, state, &reviewed, &ever, current.is_empty()).await?;
    let newest = current.iter().map(|append| append.created_at.as_str()).max().unwrap_or("9");
    let since = reviewed.answers().iter().filter(|answer| answer.at.as_str() > newest).count();
    let address = address(state, &run);
    let grants = app.store().grants_to(&visitor.organization().id).await?;
    let places = match visitor.keeps(state) {
        true => Some("The whole state".to_owned()),
        false => overview::places(state, &grants, crate::pages::visitor::now()),
    };
    let counts = reviewed.rows();
    let headers: Vec<String> = report.columns.iter().map(|column| column.header.clone()).collect();
    let added = current.first().map(|append| hustings_store::appended_places(&headers, &append.report));
    // What was added stays chosen.
    let chosen =
        |at: usize, is_appended: bool| added.as_ref().map_or(is_appended, |added| added.contains(&at));
    page(&RunPage {
        frame: Frame::of_state(
            state,
            visible(&report.file),
            Place::Columns,
            [Link::to(format!("/{state}/matches"), "Lists without ids")],
        ),
        file: visible(&report.file),
        lead: lead(&reviewed, places),
        rows: Count(report.rows),
        counts,
        found_share: crate::pages::format::Share::of(counts.found, report.rows).to_string(),
        checked: checked(&reviewed),
        expected: expected(&reviewed),
        likely: likely(&reviewed),
        told: reviewed.told(),
        to_review: reviewed.waiting(&me, Look::Doubtful).left,
        undecided: reviewed.waiting(&me, Look::Undecided).left,
        unchecked: reviewed.waiting(&me, Look::Accepted).left,
        is_checked: reviewed.checked().is_some(),
        to_second: reviewed.waiting(&me, Look::Second).left,
        disputed: reviewed.disputed().len(),
        since,
        columns: report
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| Column {
                at,
                header: visible(&column.header),
                taken_for: super::draft::FIELDS
                    .iter()
                    .find(|(field, _)| field.as_str() == column.taken_for)
                    .map_or_else(
                        || not_a_field(&column.taken_for).to_owned(),
                        |(_, name)| (*name).to_owned(),
                    ),
                is_appended: chosen(at, column.is_appended),
            })
            .collect(),
        appended: current
            .iter()
            .map(|append| Appended {
                columns: access_words::said(
                    &append.report.columns.iter().map(|column| visible(&column.header)).collect::<Vec<_>>(),
                ),
                voters: Count(append.report.rows.matched),
                filled: filled(append),
                at: instant(&append.created_at),
            })
            .collect(),
        classes: classes(&visitor).into_iter().map(access_words::class).collect(),
        sample: looks
            .iter()
            .map(|look| Sampled {
                address: format!("{address}/pairs/{}", look.number),
                list: list_line(look, &report.columns),
                voter: voter_line(look),
                odds: beside::odds(look.pair.chance),
            })
            .collect(),
        notices,
        may_append: visitor.appends(),
        address,
        form_token: token.0,
    })
}

/// What was undone before and does not come back by itself, and where the same list was matched.
async fn notices(
    app: &App,
    state: StateCode,
    reviewed: &Reviewed,
    ever: &[AppendRecord],
    is_not_added: bool,
) -> Result<Vec<Notice>, PageError> {
    let report = &reviewed.report;
    let mut notices = Vec::new();
    let plain = |text: String| Notice { text, address: String::new() };
    let of_list =
        |append: &&AppendRecord| append.report.run.is_some() && append.report.sha256 == report.sha256;
    let removed = ever.iter().filter(of_list).filter_map(|append| append.removed_at.as_deref()).max();
    if let Some(removed) = removed.filter(|_| is_not_added) {
        notices.push(plain(format!(
            "What was added from this list was taken back ({}). It stays away until you add it once more.",
            instant(removed)
        )));
    }
    if report.kept_apart > 0 {
        notices.push(plain(format!(
            "{} not accepted again, because reviewers of an earlier list said of the same row and voter that they are two people.",
            words::plural(report.kept_apart, "pair was", "pairs were")
        )));
    }
    let runs = app.read(state, async move |store, act| store.match_runs(act, state).await).await?;
    let is_same = |run: &&MatchRunRecord| {
        run.id != reviewed.record.id
            && run.created_at <= reviewed.record.created_at
            && run.report.as_ref().is_some_and(|earlier| earlier.sha256 == report.sha256)
    };
    if let Some(run) = runs.iter().find(is_same) {
        notices.push(Notice {
            text: format!(
                "The same file was matched before ({}). What was answered then stands there.",
                instant(&run.created_at)
            ),
            address: address(state, &run.id),
        });
    }
    Ok(notices)
}

/// What a column is that was taken for no field.
fn not_a_field(taken_for: &str) -> &'static str {
    if taken_for == PLAIN { "compared as it is" } else { "not compared" }
}

/// What columns of a list may be, the usual first: what a vendor or an ally knows was not made by us.
#[must_use]
pub fn classes(visitor: &Visitor) -> Vec<FieldClass> {
    let mut classes = classes_of(visitor.organization().kind).to_vec();
    classes.sort_by_key(|class| *class != FieldClass::Appended);
    classes
}

/// Of which columns of an append not every voter has a value.
fn filled(append: &AppendRecord) -> String {
    let voters = append.report.rows.matched;
    let lacking = append.report.columns.iter().filter(|column| column.filled < voters);
    let said: Vec<String> = lacking
        .map(|column| format!("{} of them have a {}", Count(column.filled), visible(&column.header)))
        .collect();
    access_words::said(&said)
}

fn lead(reviewed: &Reviewed, places: Option<String>) -> String {
    let (record, report) = (&reviewed.record, &reviewed.report);
    format!(
        "Matched on {} with the list of {}, among the {} whom your organization sees{}.",
        instant(&record.created_at),
        day(record.snapshot.get(..10).unwrap_or_default()),
        words::plural(report.voters, "voter", "voters"),
        places.map_or(String::new(), |places| format!(" ({places})"))
    )
}

/// What people have checked, in one sentence.
#[must_use]
pub fn checked(reviewed: &Reviewed) -> String {
    reviewed.checked().map_or_else(
        || {
            "Nobody has checked an accepted row yet. While you review, one in three that you are shown is an accepted one, \
             drawn at random, so that this can be said."
                .to_owned()
        },
        |checked| checked.said(),
    )
}

fn expected(reviewed: &Reviewed) -> String {
    let Some(estimate) = reviewed.estimate() else { return String::new() };
    let by =
        if reviewed.told() > 0 { "The program expects, with your answers" } else { "The program expects" };
    format!(
        "{by}: {} of 100 found rows have the right voter, and of 100 rows whose voter is among those that you see, {} are found.",
        of_hundred(estimate.precision),
        of_hundred(estimate.recall)
    )
}

fn likely(reviewed: &Reviewed) -> String {
    reviewed.estimate().map_or_else(String::new, |estimate| {
        format!(
            "Of the doubtful rows, {} expected to have their voter here.",
            words::plural(estimate.likely, "is", "are")
        )
    })
}

/// What the list says of a row, in one line.
pub fn list_line(look: &MatchLook, columns: &[hustings_store::match_run::MatchColumn]) -> String {
    let compared = columns.iter().zip(&look.row.cells);
    let cells = compared.filter(|(column, cell)| !column.taken_for.is_empty() && !cell.is_empty());
    cells.map(|(_, cell)| visible(cell)).collect::<Vec<_>>().join(" ")
}

/// What the record says of a voter, in one line.
pub fn voter_line(look: &MatchLook) -> String {
    let words =
        hustings_store::match_run::MATCHED_COLUMNS.iter().filter_map(|(word, _)| look.voter.values.get(word));
    words.map(|value| visible(value)).collect::<Vec<_>>().join(" ")
}
