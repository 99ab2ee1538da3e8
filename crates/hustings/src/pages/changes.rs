//! `GET /{state}/snapshots/{id}/changes?kind=&county=&page=`: what changed, voter by voter.

use super::app::App;
use super::error::{PageError, page};
use super::format::{Count, day, visible};
use super::frame::{Frame, Link, Place};
use super::paging::Paging;
use super::report_view;
use super::words;
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::Response;
use hustings_store::SnapshotStatus;
use hustings_store::{ChangeCounts, ChangeFilter, NamedChange};
use hustings_voterfile::report::Counts;
use serde::Deserialize;

const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage {
    frame: Frame,
    tabs: Vec<Link>,
    base: String,
    day: String,
    before_day: Option<String>,
    kinds: Vec<Filter>,
    counties: Vec<String>,
    county: String,
    kind: String,
    meaning: &'static str,
    rows: Vec<Row>,
    /// The list waits for a decision.
    is_held: bool,
    /// Some row has a value before or now; of new voters there is none.
    shows_values: bool,
    paging: Paging,
}

/// A kind of change as a filter.
struct Filter {
    href: String,
    title: String,
    count: Count,
    current: bool,
}

/// One change as shown.
struct Row {
    href: String,
    voter: String,
    name: Option<String>,
    city: Option<String>,
    county: String,
    kind: String,
    column: String,
    old: Option<String>,
    new: Option<String>,
    reason: Option<String>,
    is_whole: bool,
}

impl Row {
    /// The name, and where none is known the state's id.
    fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.voter)
    }
}

/// What to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    kind: String,
    county: String,
    page: Option<u64>,
}

/// `GET /{state}/snapshots/{id}/changes`
///
/// # Errors
/// [`PageError::NotFound`] for an unknown snapshot, or when the store fails.
pub async fn get(
    app: App,
    Path((state, id)): Path<(String, String)>,
    query: Result<Query<Choice>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(choice) = query?;
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    let base = super::report::address(state, &snapshot.id);
    let as_of = snapshot.as_of.to_string();
    let is_held = snapshot.status == SnapshotStatus::Held;
    let filter = ChangeFilter {
        kind: (!choice.kind.is_empty()).then(|| choice.kind.clone()),
        county: (!choice.county.is_empty()).then(|| choice.county.clone()),
        ..ChangeFilter::default()
    };
    let number = choice.page.unwrap_or(1).max(1);
    let snapshot_id = snapshot.id.clone();
    let predecessor = snapshot.predecessor.clone();
    let (counts, found) = app
        .read(state, async move |store, act| {
            let counts = store.change_counts(act, &snapshot).await?;
            let offset = Paging::offset(number, ROWS);
            Ok((counts, store.changes(act, &snapshot, &filter, offset, ROWS).await?))
        })
        .await?;
    let address = |kind: &str, county: &str| address(&base, kind, county);
    let here = address(&choice.kind, &choice.county);
    let rows: Vec<Row> = found
        .rows
        .iter()
        .map(|named| {
            // Who is new in a held load is not in any current list yet: there is no page to lead to.
            let is_known = !(is_held && named.change.kind == "new");
            row(named, is_known.then(|| format!("/{state}/voters/{}", named.change.voter_key)))
        })
        .collect();
    page(&ChangesPage {
        frame: Frame::of_state(
            state,
            "Changes",
            Place::Snapshots,
            [Link::to(super::report::entrance(state, &snapshot_id), format!("List of {}", day(&as_of)))],
        ),
        tabs: super::report::tabs(state, &snapshot_id, "changes"),
        day: day(&as_of),
        before_day: predecessor.as_deref().map(report_view::snapshot_day),
        kinds: kinds(&counts, &choice, &address),
        counties: counts.counties.iter().map(|county| visible(county)).collect(),
        county: choice.county.to_uppercase(),
        meaning: if choice.kind.is_empty() { "" } else { words::change_kind(&choice.kind).meaning },
        kind: choice.kind,
        shows_values: rows.iter().any(|row| row.old.is_some() || row.new.is_some() || row.reason.is_some()),
        rows,
        is_held,
        paging: Paging::new(&here, number, ROWS, found.total),
        base,
    })
}

fn address(base: &str, kind: &str, county: &str) -> String {
    let mut address = format!("{base}/changes?");
    if !kind.is_empty() {
        address.push_str(&format!("kind={}&", super::paging::encoded(kind)));
    }
    if !county.is_empty() {
        address.push_str(&format!("county={}&", super::paging::encoded(county)));
    }
    address
}

/// The kinds that occur, with their counts in the chosen county; all of them first.
fn kinds(counted: &ChangeCounts, choice: &Choice, address: &dyn Fn(&str, &str) -> String) -> Vec<Filter> {
    let county = choice.county.trim().to_uppercase();
    let in_county = |kind: &str| counted.by_county.get(kind).and_then(|by: &Counts| by.get(&county)).copied();
    let counts = counted.kinds.iter().filter(|(_, count)| **count > 0).map(|(kind, &count)| {
        let count = if county.is_empty() { count } else { in_county(kind).unwrap_or(0) };
        (kind, count)
    });
    let mut filters: Vec<Filter> = counts
        .map(|(kind, count)| Filter {
            href: address(kind, &choice.county),
            title: words::change_kind(kind).title,
            count: Count(count),
            current: choice.kind == *kind,
        })
        .collect();
    filters.sort_by_key(|one| std::cmp::Reverse(one.count.0));
    let all = Filter {
        href: address("", &choice.county),
        title: "All".to_owned(),
        count: Count(filters.iter().map(|filter| filter.count.0).sum()),
        current: choice.kind.is_empty(),
    };
    std::iter::once(all).chain(filters).collect()
}

fn row(named: &NamedChange, href: Option<String>) -> Row {
    let change = &named.change;
    let column = change.column.as_deref().unwrap_or_default();
    let shown = |value: &Option<String>| {
        value.as_deref().filter(|value| !value.is_empty()).map(|value| words::value(column, value))
    };
    let is_whole = matches!(change.kind.as_str(), "new" | "dropped" | "returned");
    // Where one kind covers several columns, the column is told; a move or a new name tells it itself.
    let says_column = !column.is_empty()
        && matches!(
            change.kind.as_str(),
            "district_changed" | "contact_changed" | "demographics_changed" | "status_changed"
        );
    Row {
        href: href.unwrap_or_default(),
        voter: change.state_voter_id.as_deref().map_or_else(|| "without id".to_owned(), visible),
        name: named.name.as_deref().map(visible),
        city: named.city.as_deref().map(visible),
        county: change.county_name.as_deref().map(visible).unwrap_or_default(),
        kind: words::change_kind(&change.kind).title,
        column: if says_column { words::column(column) } else { String::new() },
        old: shown(&change.old),
        new: shown(&change.new),
        reason: change.reason.as_deref().map(visible),
        is_whole,
    }
}
