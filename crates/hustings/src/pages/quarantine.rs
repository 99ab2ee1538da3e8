//! `GET /{state}/snapshots/{id}/quarantine?rule=&page=`: the rows that were kept aside, twenty at a time, with their bytes.
//! `…/quarantine/{row}/bytes`: one row as it came.

use super::app::App;
use super::error::{PageError, page};
use super::file_layout;
use super::format::{Count, Markup, Size, day, message, visible};
use super::frame::{Frame, Link, Place};
use super::paging::Paging;
use super::raw_row::{self, Field};
use super::shift;
use super::words::{self, Rule};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hustings_store::{QuarantineFilter, QuarantineRow};
use hustings_voterfile::layout::{FileLayout, Layout};
use hustings_voterfile::report::LoadReport;
use serde::Deserialize;

const ROWS: usize = 20;

#[derive(Template)]
#[template(path = "quarantine.html")]
struct QuarantinePage {
    frame: Frame,
    tabs: Vec<Link>,
    day: String,
    total: Count,
    rules: Vec<Filter>,
    chosen: Option<Rule>,
    rows: Vec<Row>,
    paging: Paging,
}

/// A rule as a filter.
struct Filter {
    href: String,
    title: String,
    count: Count,
    current: bool,
}

/// One row as shown.
struct Row {
    title: String,
    place: String,
    detail: Markup,
    who: String,
    size: Size,
    /// The first characters, for a glance.
    start: String,
    raw: String,
    /// What a shift of values looks like.
    shift: Option<String>,
    /// The fields that hold something, and those that the rule names.
    fields: Vec<Field>,
    /// Names of the empty ones.
    empty: Vec<String>,
    fields_note: String,
    /// Why nothing of the row is shown; empty when it is.
    withheld: String,
    download: String,
}

/// What to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    rule: String,
    page: Option<u64>,
}

/// `GET /{state}/snapshots/{id}/quarantine`
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
    let (snapshot_id, as_of) = (snapshot.id.clone(), snapshot.as_of.to_string());
    let number = choice.page.unwrap_or(1).max(1);
    let filter = QuarantineFilter {
        rule: (!choice.rule.is_empty()).then(|| choice.rule.clone()),
        ..Default::default()
    };
    let report = app.report(&snapshot).await?;
    let (manifest, found) = app
        .read(state, async move |store, act| {
            let manifest = store.manifest(act, &snapshot)?;
            let offset = Paging::offset(number, ROWS);
            Ok((manifest, store.quarantine(act, &snapshot, &filter, offset, ROWS).await?))
        })
        .await?;
    let rules = rules(&report, &choice.rule, &base);
    let here = address(&base, &choice.rule);
    page(&QuarantinePage {
        frame: Frame::of_state(
            state,
            "Quarantine",
            Place::Snapshots,
            [Link::to(base.clone(), format!("List of {}", day(&as_of)))],
        ),
        tabs: super::report::tabs(state, &snapshot_id, "quarantine"),
        day: day(&as_of),
        total: Count(report.summary.quarantine.values().sum()),
        rules,
        chosen: (!choice.rule.is_empty()).then(|| words::quarantine_rule(&choice.rule)),
        rows: found
            .rows
            .iter()
            .map(|row| {
                let file = file_layout::of(app.layouts(), state, &report, &row.file).map(|(file, _)| file);
                let layout = app.layouts().get(state).map(|layout| &**layout).zip(file);
                shown(row, &file_layout::header(&manifest, &row.file), layout, &base)
            })
            .collect(),
        paging: Paging::new(&here, number, ROWS, found.total),
    })
}

/// `GET /{state}/snapshots/{id}/quarantine/{row}/bytes`: the original bytes of one row, as a file.
///
/// # Errors
/// [`PageError::NotFound`] for an unknown row and for one whose bytes are withheld, or when the store fails.
pub async fn bytes(
    app: App,
    Path((state, id, row)): Path<(String, String, u64)>,
) -> Result<Response, PageError> {
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    let found = app
        .read(state, async move |store, act| {
            store.quarantine(act, &snapshot, &QuarantineFilter::default(), row, 1).await
        })
        .await?;
    let row = found.rows.into_iter().next().ok_or(PageError::NotFound)?;
    let name = format!("attachment; filename=\"line-{}.txt\"", row.line);
    let headers = [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, name)];
    // Withheld bytes are no page.
    Ok((headers, row.bytes.ok_or(PageError::NotFound)?).into_response())
}

fn address(base: &str, rule: &str) -> String {
    if rule.is_empty() {
        format!("{base}/quarantine?")
    } else {
        format!("{base}/quarantine?rule={}&", super::paging::encoded(rule))
    }
}

fn rules(report: &LoadReport, chosen: &str, base: &str) -> Vec<Filter> {
    let mut rules: Vec<Filter> = report
        .summary
        .quarantine
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(rule, &count)| Filter {
            href: address(base, rule),
            title: words::quarantine_rule(rule).title,
            count: Count(count),
            current: chosen == rule,
        })
        .collect();
    rules.sort_by_key(|one| std::cmp::Reverse(one.count.0));
    let all = Filter {
        href: address(base, ""),
        title: "All".to_owned(),
        count: Count(rules.iter().map(|rule| rule.count.0).sum()),
        current: chosen.is_empty(),
    };
    std::iter::once(all).chain(rules).collect()
}

/// `field 2 (COUNTY_DESC): expected …` names the second field: place 1.
fn bad_field(detail: &str) -> Option<usize> {
    let (number, _) = detail.strip_prefix("field ")?.split_once([' ', ':'])?;
    number.parse::<usize>().ok()?.checked_sub(1)
}

fn is_empty(field: &Field) -> bool {
    field.value.is_empty() && !field.bad
}

/// The rule's sentence for a reader who has the row before them: the value itself in place of its length. Examples of codes
/// are left out: they are the layout's, and a file may write them otherwise (`1` for `001`).
fn told(detail: &str, fields: &[Field]) -> Markup {
    let mut text = detail.to_owned();
    if let Some((before, rest)) = text.split_once("a county code (")
        && let Some((_, after)) = rest.split_once("), got ")
    {
        text = format!("{before}a county code, got {after}");
    }
    if let Some(field) = fields.iter().find(|field| field.bad)
        && let Some((before, rest)) = text.split_once(", got ")
        && let Some((_, after)) = rest.split_once(" characters")
    {
        const SHOWN: usize = 60;
        let value: String = field.value.chars().take(SHOWN).filter(|character| *character != '`').collect();
        let more = if field.value.chars().count() > SHOWN { "…" } else { "" };
        let got = if value.is_empty() { "nothing".to_owned() } else { format!("`{value}{more}`") };
        text = format!("{before}, got {got}{after}");
    }
    message(&super::format::sentence_case(&text))
}

fn shown(row: &QuarantineRow, header: &[String], layout: Option<(&Layout, &FileLayout)>, base: &str) -> Row {
    let text = row.bytes.as_deref().map(raw_row::text_of).unwrap_or_default();
    let detail = row.detail.clone().unwrap_or_default();
    let fields = raw_row::fields(&text, header, bad_field(&detail)).unwrap_or_default();
    let count = raw_row::count(&text, header);
    let fields_note = match (header.len(), count) {
        (_, 0 | 1) => String::new(),
        (0, _) => "The file's header is not kept: fields are numbered.".to_owned(),
        (width, count) if width == count => String::new(),
        (width, count) => {
            format!(
                "The row has {count} fields and the layout {width}: the names stand by position and need not fit."
            )
        }
    };
    let who: Vec<String> = [
        row.state_voter_id.as_deref().map(|id| format!("Voter id {}", visible(id))),
        row.county_name.as_deref().map(visible),
    ]
    .into_iter()
    .flatten()
    .collect();
    let lines = if row.lines > 1 {
        format!("lines {} to {}", Count(row.line), Count(row.line + row.lines - 1))
    } else {
        format!("line {}", Count(row.line))
    };
    Row {
        title: words::quarantine_rule(&row.rule).title,
        place: format!("{}, {lines}", visible(&row.file)),
        detail: told(&detail, &fields),
        shift: (row.rule == "shifted_row").then(|| shift::sentence(&detail, &fields, layout)).flatten(),
        who: who.join(" · "),
        size: Size(row.length),
        start: raw_row::start(&text),
        raw: raw_row::shown_whole(&text),
        empty: fields.iter().filter(|field| is_empty(field)).map(|field| field.name.clone()).collect(),
        fields: fields.into_iter().filter(|field| !is_empty(field)).collect(),
        fields_note,
        withheld: row.withheld.as_deref().unwrap_or_default().to_owned(),
        download: format!("{base}/quarantine/{}/bytes", row.id),
    }
}
