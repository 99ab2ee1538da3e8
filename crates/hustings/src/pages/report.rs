//! `GET /{state}/snapshots/{id}`: the load report, verdict first. `POST …/accept`: a person accepts a held load.

use super::app::{App, state_of};
use super::chart::{self, Svg};
use super::county_view::{self, County, CountyOrder, Strip};
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Change, Count, Markup, Seconds, Size, day, instant, message, ratio, visible};
use super::frame::{Frame, Link, Place};
use super::report_view::{self, Breakdown, Column, Election, Eligible, NamedCount, Purge, Rows, RuleCount};
use super::security::FormToken;
use super::verdict::{self, Verdict};
use super::words;
use crate::load::prepare::UNREAD;
use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::Request;
use hustings_access::verb::Load;
use hustings_core::StateCode;
use hustings_store::{SnapshotRecord, SnapshotStatus};
use hustings_voterfile::report::{FileReport, GateStatus, LoadReport};

/// How many counties the report itself shows; the rest have their own page.
const COUNTIES_SHOWN: usize = 12;

/// `GET /{state}/snapshots/{id}`
///
/// # Errors
/// [`PageError::NotFound`] for an unknown snapshot, or when the store fails.
pub async fn get(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    shown(&app, state, snapshot, token, false).await
}

/// The page of a snapshot's report; with a word about the missing reason when an acceptance lacked it.
async fn shown(
    app: &App,
    state: StateCode,
    snapshot: SnapshotRecord,
    token: FormToken,
    lacks_reason: bool,
) -> Result<Response, PageError> {
    let report = app.report(&snapshot).await?;
    let current = app.current(state).await?.map(|current| current.id);
    let standing = Situation {
        state,
        decidable: snapshot.status == SnapshotStatus::Held && snapshot.predecessor == current,
        undone: snapshot.status == SnapshotStatus::Undone,
        held: snapshot.status == SnapshotStatus::Held,
        discarded: snapshot.status == SnapshotStatus::Discarded,
        current: snapshot.is_current,
        snapshot: snapshot.id,
        current_snapshot: current,
        form_token: token.0,
        lacks_reason,
    };
    page(&ReportPage::new(&report, &standing))
}

/// `POST /{state}/snapshots/{id}/accept`
///
/// # Errors
/// When the form is not ours, the load is not held any more, or the store fails. Without a reason the page comes again, with
/// the form and what it lacks.
pub async fn accept(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    app.demand_load(state_of(&state)?).await?;
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    let reason = sent.text("reason").trim();
    if reason.is_empty() {
        let page = shown(&app, state, snapshot, token, true).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let (held, reason) = (snapshot.id.clone(), reason.to_owned());
    app.act::<Load, _>(Request::voters_of(state), async move |store, act| {
        let lock = store.lock_state(act, state, "accept").await?;
        store.accept_held(act, &lock, &held, &reason).await
    })
    .await?;
    Ok(Redirect::to(&address(state, &snapshot.id)).into_response())
}

/// What the page needs to know beside the report.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The state.
    pub state: StateCode,
    /// The snapshot's id.
    pub snapshot: String,
    /// It is the current one.
    pub current: bool,
    /// It is held, and was compared with what is current now: a person may accept it.
    pub decidable: bool,
    /// It is held, whether or not it may still be accepted: a person may discard it.
    pub held: bool,
    /// It was held, and a person threw it away: of its rows nothing is left.
    pub discarded: bool,
    /// It was current, and a person took it back.
    pub undone: bool,
    /// The current snapshot, if any.
    pub current_snapshot: Option<String>,
    /// The token for forms on the page.
    pub form_token: String,
    /// The load was to be accepted without a reason.
    pub lacks_reason: bool,
}

/// The load report as a page.
#[derive(Template)]
#[template(path = "report.html")]
pub struct ReportPage {
    frame: Frame,
    tabs: Vec<Link>,
    base: String,
    first_load: bool,
    can_decide: bool,
    can_discard: bool,
    /// Rows, changes and quarantine can be looked at.
    has_rows: bool,
    form_token: String,
    lacks_reason: bool,
    /// Where the files of an undone or discarded list can be loaded again.
    load_again: Option<String>,
    verdict: Verdict,
    standing: String,
    leave_sentence: String,
    voters: Count,
    eligible: Option<Eligible>,
    voters_change: Option<Change>,
    before_day: String,
    before_day_short: String,
    households: Count,
    changes_total: Count,
    repaired_total: Count,
    quarantined_total: Count,
    quarantined_sum: String,
    warnings: Vec<Markup>,
    rows: Vec<Rows>,
    orphans: Option<String>,
    quarantine: Vec<RuleCount>,
    repairs: Vec<RuleCount>,
    changes: Vec<RuleCount>,
    purge_watch: Vec<Purge>,
    county_strip: Strip,
    counties: Vec<County>,
    counties_total: usize,
    breakdowns: Vec<Breakdown>,
    elections: Vec<Election>,
    columns: Vec<Column>,
    unusual_columns: Vec<Column>,
    columns_sentence: String,
    panels: Vec<(&'static str, Vec<NamedCount>)>,
    new_streets: Vec<(String, Count)>,
    files: Vec<File>,
    sizes: Vec<(String, Size, Svg)>,
    snapshot: String,
    layout: String,
    loaded_at: String,
    seconds: Seconds,
    memory: Size,
}

impl ReportPage {
    /// The page of a report.
    #[must_use]
    pub fn new(report: &LoadReport, standing: &Situation) -> Self {
        let summary = &report.summary;
        let before_day = report.predecessor.as_deref().map(report_view::snapshot_day).unwrap_or_default();
        let first_load = report.predecessor.is_none();
        let now: u64 = report.counties.iter().map(|county| county.now).sum();
        let before: u64 = report.counties.iter().map(|county| county.before).sum();
        let columns = report_view::columns(report);
        let mut counties =
            county_view::counties(report, if first_load { CountyOrder::Now } else { CountyOrder::Unusual });
        let counties_total = counties.len();
        counties.truncate(COUNTIES_SHOWN);
        let largest = report.sizes.values().copied().max().unwrap_or(0);
        Self {
            frame: Frame::of_state(
                standing.state,
                format!("List of {}", day(&summary.as_of)),
                Place::Snapshots,
                [],
            ),
            tabs: if standing.discarded {
                Vec::new()
            } else {
                tabs(standing.state, &standing.snapshot, "report")
            },
            can_discard: standing.held,
            has_rows: !standing.discarded,
            base: address(standing.state, &standing.snapshot),
            first_load,
            can_decide: standing.decidable,
            form_token: standing.form_token.clone(),
            lacks_reason: standing.lacks_reason,
            load_again: (standing.undone || standing.discarded)
                .then(|| format!("/{}/load#loaded", standing.state)),
            verdict: verdict::verdict(report, standing.discarded),
            standing: standing_sentence(report, standing),
            leave_sentence: leave_sentence(standing),
            voters: Count(now),
            eligible: report_view::eligible(report),
            voters_change: (!first_load).then(|| Change::between(before, now)),
            before_day_short: super::format::day_short(
                report.predecessor.as_deref().and_then(|id| id.get(..10)).unwrap_or_default(),
            ),
            before_day,
            households: Count(summary.households),
            changes_total: Count(summary.changes.values().sum()),
            repaired_total: Count(summary.rows.repaired + summary.votes.repaired),
            quarantined_total: Count(summary.quarantine.values().sum()),
            quarantined_sum: report_view::quarantined_sum(summary),
            warnings: report
                .warnings
                .iter()
                .map(|warning| message(&super::format::sentence_case(&words::with_column_words(warning))))
                .collect(),
            rows: report_view::rows(report),
            orphans: (summary.votes.orphan > 0).then(|| {
                format!(
                    "{} of somebody who is not on the list; kept, because the person may return.",
                    words::plural(summary.votes.orphan, "vote is", "votes are")
                )
            }),
            quarantine: report_view::by_rule(&summary.quarantine, words::quarantine_rule),
            repairs: report_view::by_rule(&summary.repairs, words::repair_rule),
            changes: report_view::by_rule(&summary.changes, words::change_kind),
            purge_watch: report_view::purge_watch(report),
            county_strip: county_view::county_strip(report),
            counties,
            counties_total,
            breakdowns: report_view::breakdowns(report),
            elections: report_view::elections(report),
            columns_sentence: columns_sentence(&columns),
            unusual_columns: columns.iter().filter(|column| column.unusual).cloned().collect(),
            columns,
            panels: vec![
                ("Kind of residence", report_view::address_kinds(&report.addresses)),
                ("Confidence of the address parser", report_view::address_quality(&report.addresses)),
                ("How rows found their voter", report_view::identity(&report.identity)),
            ],
            new_streets: report
                .addresses
                .new_streets
                .iter()
                .map(|street| (visible(&street.value), Count(street.now)))
                .collect(),
            files: summary.files.iter().map(File::new).collect(),
            sizes: report
                .sizes
                .iter()
                .map(|(name, &size)| (visible(name), Size(size), chart::bar(ratio(size, largest))))
                .collect(),
            snapshot: standing.snapshot.clone(),
            layout: visible(&summary.layout),
            loaded_at: instant(&report.loaded_at),
            seconds: Seconds(summary.seconds),
            memory: Size(summary.peak_memory_bytes),
        }
    }

    fn head(&self, order: &str, text: &str) -> String {
        if self.counties_total > self.counties.len() {
            format!(r#"<a href="{}/counties?sort={order}">{text}</a>"#, self.base)
        } else {
            text.to_owned()
        }
    }
}

fn standing_sentence(report: &LoadReport, standing: &Situation) -> String {
    let list = format!("The list of {}", day(&report.summary.as_of));
    if standing.discarded {
        return format!(
            "{list} was held back and then discarded: this report is all that is left of it. Loading its files again makes it anew."
        );
    }
    match (report.summary.gate.status, standing.current, &standing.current_snapshot) {
        (_, true, _) => format!("{list} is the current one."),
        (GateStatus::Held, false, Some(current)) => format!(
            "{list} is kept aside. The snapshot of {} stays current, and nothing that anyone works with has changed.",
            report_view::snapshot_day(current)
        ),
        (GateStatus::Held, false, None) => {
            format!("{list} is kept aside. There is no current snapshot yet.")
        }
        (_, false, _) if standing.undone => format!(
            "{list} was loaded, and taken back later. To make it current again, load its files again: they go through the gate once more."
        ),
        (_, false, Some(current)) => {
            format!("{list} has been followed by the one of {}.", report_view::snapshot_day(current))
        }
        (_, false, None) => format!("{list} is not the current one."),
    }
}

fn leave_sentence(standing: &Situation) -> String {
    match &standing.current_snapshot {
        Some(current) => {
            format!("the snapshot of {} stays current.", report_view::snapshot_day(current))
        }
        None => "there is still no current snapshot.".to_owned(),
    }
}

fn columns_sentence(columns: &[Column]) -> String {
    let unusual: u64 = columns.iter().filter(|column| column.unusual).map(|_| 1).sum();
    if unusual == 0 {
        return "No column behaves differently from before.".to_owned();
    }
    let columns = words::plural(unusual, "column is", "columns are");
    format!("{columns} worth a look: more empty values, codes that nobody knows, or another mix of values.")
}

/// One file of the delivery.
#[derive(Debug, Clone)]
pub struct File {
    name: String,
    sha256: String,
    digest: String,
    kind: String,
    layout: String,
    encoding: String,
    size: Size,
    lines: Count,
    records: Count,
    header: Count,
    blank: Count,
    continuation: Count,
    ignored: bool,
    adds_up: bool,
}

impl File {
    fn new(file: &FileReport) -> Self {
        Self {
            name: visible(&file.name),
            sha256: file.sha256.clone(),
            digest: file.sha256.chars().take(12).collect(),
            kind: super::format::sentence(&file.kind),
            layout: visible(&file.layout_version),
            encoding: file.encoding.clone(),
            size: Size(file.bytes),
            lines: Count(file.lines),
            records: Count(file.records),
            header: Count(file.header_lines),
            blank: Count(file.blank_lines),
            continuation: Count(file.continuation_lines),
            ignored: ["ignored", UNREAD].contains(&file.kind.as_str()),
            adds_up: file.lines
                == file.records + file.header_lines + file.blank_lines + file.continuation_lines,
        }
    }
}

/// Where a snapshot's own page is for the reader of the page that is being made: its load report, or, for who does not keep
/// the list, its changes.
#[must_use]
pub fn entrance(state: StateCode, snapshot: &str) -> String {
    let address = address(state, snapshot);
    if reader_keeps(state) { address } else { address + "/changes" }
}

fn reader_keeps(state: StateCode) -> bool {
    super::visitor::present().is_none_or(|visitor| visitor.keeps(state))
}

/// The address of a snapshot's pages.
#[must_use]
pub fn address(state: StateCode, snapshot: &str) -> String {
    format!("/{state}/snapshots/{snapshot}")
}

/// The pages of one snapshot.
#[must_use]
pub fn tabs(state: StateCode, snapshot: &str, current: &str) -> Vec<Link> {
    let keeps = reader_keeps(state);
    let base = address(state, snapshot);
    [
        ("report", base.clone(), "Load report"),
        ("changes", format!("{base}/changes"), "Changes"),
        ("quarantine", format!("{base}/quarantine"), "Quarantine"),
        ("counties", format!("{base}/counties"), "Counties"),
    ]
    .into_iter()
    // What a load had to do with rows of the whole state is of who keeps the list.
    .filter(|(name, ..)| keeps || *name == "changes")
    .map(|(name, href, text)| Link { href, text: text.to_owned(), current: name == current })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::fixture::held_report;

    fn standing() -> Situation {
        Situation {
            state: "nc".parse().unwrap(),
            snapshot: "2026-11-21-9c3e5a17f0b2".to_owned(),
            current: false,
            decidable: true,
            undone: false,
            held: true,
            discarded: false,
            current_snapshot: Some("2026-11-14-0f91ab77c2d4".to_owned()),
            form_token: "token".to_owned(),
            lacks_reason: false,
        }
    }

    #[test]
    fn a_held_load_says_so_first_and_offers_the_decision() {
        let page = ReportPage::new(&held_report(), &standing()).render().unwrap();
        let verdict = page.find("Held back: 3 rules failed").unwrap();
        assert!(verdict < page.find("Every row of the delivery").unwrap());
        assert!(page.contains("The snapshot of November 14, 2026 stays current"));
        assert!(page.contains(r#"action="/nc/snapshots/2026-11-21-9c3e5a17f0b2/accept""#));
    }

    #[test]
    fn the_number_of_quarantined_rows_is_told_as_a_sum() {
        let mut report = held_report();
        report.summary.votes.quarantined = 6;
        report.summary.quarantine.insert("broken_quotes".to_owned(), 6);
        report.summary.quarantine.insert("short_row".to_owned(), 37);
        report
            .summary
            .quarantine
            .retain(|rule, _| ["broken_quotes", "short_row", "duplicate_id"].contains(&&**rule));
        let page = ReportPage::new(&report, &standing()).render().unwrap();
        let sum = "47 rows in all: 37 damaged voter rows + 4 voter rows whose id stands twice + 6 damaged rows of the vote history.";
        assert!(page.contains(sum), "{page}");
        assert!(page.contains("The gate does not count what stands twice."));
    }

    #[test]
    fn a_sum_that_does_not_add_up_is_never_shown_as_right() {
        let mut report = held_report();
        report.summary.rows.accepted -= 1;
        let page = ReportPage::new(&report, &standing()).render().unwrap();
        assert!(page.contains("Does not add up"));
    }

    #[test]
    fn names_from_a_hostile_file_are_text() {
        let mut report = held_report();
        report.summary.files[0].name = "<script>alert(1)</script>\u{202e}.txt".to_owned();
        report.counties[0].county = "<img src=x onerror=alert(1)>".to_owned();
        let page = ReportPage::new(&report, &standing()).render().unwrap();
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains('\u{202e}')
        );
    }
}
