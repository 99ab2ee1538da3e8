//! The gate: whether a load may become current. A load that fails a rule is kept aside, and the previous snapshot stays
//! current until a person accepts the load with a reason. The rules are those of a data director's own checks after a
//! weekly refresh; each failure is one sentence with its figures.

use crate::report::{CountyReport, GateFailure, LoadReport};

/// A county's list may not grow or shrink by more than this share.
const COUNTY_CHANGE_MAX: f64 = 0.05;
/// In a small county a few rows are many per cent: fewer rows than this never fail it.
const COUNTY_ROWS_MIN: u64 = 10;
/// From this size on, a county also fails on a change of [`LARGE_COUNTY_ROWS_MAX`] rows that is unusual (z above 6).
const LARGE_COUNTY: u64 = 50_000;
const LARGE_COUNTY_ROWS_MAX: u64 = 500;
const Z_MAX: f64 = 6.0;
/// The whole list may not shrink by more than this share.
const TOTAL_DROP_MAX: f64 = 0.01;
/// A key column may not lose values in more than this many points of its rows.
const NULL_RATE_RISE_MAX: f64 = 0.02;
/// Share of rows that may be held back (rows that lose to another of the same id not counted).
const QUARANTINE_RATE_MAX: f64 = 0.0001;
/// Share of the predecessor's votes that may be missing.
const HISTORY_LOSS_MAX: f64 = 0.001;
/// Confidential voters may not become fewer by more than this share, from some rows on; nor may all of them be gone.
const CONFIDENTIAL_FALL_MAX: f64 = 0.1;
const CONFIDENTIAL_ROWS_MIN: u64 = 5;
/// Of the voters who stay, not more than this share may change name, birth date or party, from some voters on.
const CHANGED_MAX: f64 = 0.1;
const CHANGED_ROWS_MIN: u64 = 10;
/// The changes of which many at once are rather columns mixed up.
const RARE_CHANGES: [(&str, &str); 3] =
    [("name_changed", "name"), ("birth_date_changed", "birth date"), ("party_changed", "party")];
/// Not more than this share of the ids may name another person than before, from some on.
const ID_REUSE_MAX: f64 = 0.001;
const ID_REUSE_ROWS_MIN: u64 = 10;
/// More than this share of voters without a vital value is a list read wrongly.
const VITAL_NULLS_MAX: f64 = 0.5;
const VITAL_COLUMNS: [&str; 3] = ["name_last", "county_name", "res_std_line"];
/// Columns without which a voter cannot be found or counted.
const KEY_COLUMNS: [&str; 11] = [
    "state_voter_id",
    "name_last",
    "name_first",
    "res_std_line",
    "res_city",
    "res_zip5",
    "county_name",
    "party",
    "status",
    "birth_year",
    "precinct_code",
];
/// The rule of rows that lose to another row with the same id.
pub const DUPLICATE_ID: &str = "duplicate_id";

/// The rule of votes that are told twice.
const DUPLICATE_VOTE: &str = "duplicate_vote";

/// All rules that fail. `before` is the predecessor's report; without one (a first load) only the rules that need no
/// comparison apply.
#[must_use]
pub fn evaluate(report: &LoadReport, before: Option<&LoadReport>) -> Vec<GateFailure> {
    let mut failed = Vec::new();
    empty(report, &mut failed);
    if before.is_some() {
        confidential(report, before, &mut failed);
        counties(report, &mut failed);
        total(report, &mut failed);
        null_rates(report, before, &mut failed);
        history(report, &mut failed);
        id_reuse(report, &mut failed);
        // Where the list is read otherwise than before, values change without the list; the report says so.
        if report.reading_changed.is_none() {
            changed(report, &mut failed);
        }
    }
    let compared = failed.len();
    failed.extend(report.doubts.iter().cloned());
    quarantine(report, &mut failed);
    unknown_status(report, &mut failed);
    for alarm in &report.purge_watch {
        let quiet = if alarm.quiet_period { ", inside the 90 days before a federal election" } else { "" };
        fail(
            &mut failed,
            "purge_watch",
            format!(
                "{}: {} voters {} ({} of the county){quiet}",
                alarm.county,
                thousands(alarm.count),
                alarm.kind.replace('_', " "),
                percent(alarm.share)
            ),
        );
    }
    if let Some(changed) = report.reading_changed.as_deref().filter(|_| before.is_some()) {
        // What is read of this list alone fails or not whatever was before.
        for (index, failure) in failed.iter_mut().enumerate() {
            if index < compared || failure.rule == "purge_watch" {
                failure.detail = format!("{}; {changed}", failure.detail);
            }
        }
    }
    failed
}

/// A file of the delivery that looks like a part of the list and was not read: who stands in it would count as dropped.
#[must_use]
pub fn part_unread(reason: &str) -> GateFailure {
    GateFailure { rule: "part_unread".to_owned(), detail: reason.to_owned() }
}

/// A voter file without the column that tells whose address is confidential, though the state's layout knows one: every
/// protected address would be published. `unknown` are its columns that nobody knows, of which one may be the renamed one.
#[must_use]
pub fn confidential_missing(file: &str, unknown: &[String]) -> GateFailure {
    let hint = match unknown {
        [] => String::new(),
        names => format!(
            "; one of its unknown columns may be it under a new name, which goes under `aliases` in the layout: `{}`",
            names.join("`, `")
        ),
    };
    let detail = format!(
        "`{file}` lacks the column that tells confidential voters, so that no address in it would be withheld{hint}"
    );
    GateFailure { rule: "confidential_missing".to_owned(), detail }
}

/// A list without voters is no list, and one in which hardly anybody has a name, a county or a residence was read wrongly.
fn empty(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let voters = voters(report);
    if voters == 0 {
        fail(failed, "empty_list", "no voter in this list".to_owned());
        return;
    }
    for column in report.columns.iter().filter(|column| VITAL_COLUMNS.contains(&column.column.as_str())) {
        let share = ratio(column.nulls, voters);
        if share > VITAL_NULLS_MAX {
            let detail = format!("{}: {} of the voters have no value", column.column, percent(share));
            fail(failed, "vital_column_empty", detail);
        }
    }
}

/// Names, birth dates or parties that change for many voters at once.
fn changed(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let stayed = voters(report).saturating_sub(report.counties.iter().map(|county| county.new).sum());
    for (kind, what) in RARE_CHANGES {
        let count = report.summary.changes.get(kind).copied().unwrap_or(0);
        let share = ratio(count, stayed);
        if count >= CHANGED_ROWS_MIN && share > CHANGED_MAX {
            let detail = format!(
                "{} of {} voters who stayed have another {what} ({}, {} allowed)",
                thousands(count),
                thousands(stayed),
                percent(share),
                percent(CHANGED_MAX)
            );
            fail(failed, "mass_change", detail);
        }
    }
}

/// Confidential voters who are so no longer, many at once: a lost or renamed column would publish their addresses.
fn confidential(report: &LoadReport, before: Option<&LoadReport>, failed: &mut Vec<GateFailure>) {
    let count = |report: &LoadReport| {
        let column = report.columns.iter().find(|column| column.column == "confidential");
        let value = column.and_then(|column| column.top.iter().find(|value| value.value == "true"));
        value.map_or(0, |value| value.now)
    };
    let (now, then) = (count(report), before.map_or(0, count));
    if now < then
        && (now == 0 || then - now > CONFIDENTIAL_ROWS_MIN && ratio(then - now, then) > CONFIDENTIAL_FALL_MAX)
    {
        let detail = format!("{} confidential voters, {} before", thousands(now), thousands(then));
        fail(failed, "confidential_fall", detail);
    }
}

fn fail(failed: &mut Vec<GateFailure>, rule: &str, detail: String) {
    failed.push(GateFailure { rule: rule.to_owned(), detail });
}

fn counties(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    for county in report.counties.iter().filter(|county| county.before > 0) {
        if county.now == 0 {
            let detail =
                format!("{}: no voter in this list, {} before", county.county, thousands(county.before));
            fail(failed, "county_missing", detail);
        } else if is_county_change_unusual(county) {
            let share = ratio(county.now.abs_diff(county.before), county.before);
            let word = if county.now > county.before { "more" } else { "fewer" };
            let detail = format!(
                "{}: {} voters, {} before ({} {word})",
                county.county,
                thousands(county.now),
                thousands(county.before),
                percent(share)
            );
            fail(failed, "county_change", detail);
        }
    }
}

fn is_county_change_unusual(county: &CountyReport) -> bool {
    let rows = county.now.abs_diff(county.before);
    let by_share = rows >= COUNTY_ROWS_MIN && ratio(rows, county.before) > COUNTY_CHANGE_MAX;
    let by_rows = county.before >= LARGE_COUNTY && rows > LARGE_COUNTY_ROWS_MAX && county.z.abs() > Z_MAX;
    by_share || by_rows
}

fn total(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let now: u64 = report.counties.iter().map(|county| county.now).sum();
    let before: u64 = report.counties.iter().map(|county| county.before).sum();
    if now < before && ratio(before - now, before) > TOTAL_DROP_MAX {
        let detail = format!(
            "{} voters on the list, {} before ({} fewer, {} allowed)",
            thousands(now),
            thousands(before),
            percent(ratio(before - now, before)),
            percent(TOTAL_DROP_MAX)
        );
        fail(failed, "total_drop", detail);
    }
}

fn null_rates(report: &LoadReport, before: Option<&LoadReport>, failed: &mut Vec<GateFailure>) {
    let (Some(before), now_total) = (before, voters(report)) else { return };
    let before_total = voters(before);
    for column in report.columns.iter().filter(|column| KEY_COLUMNS.contains(&column.column.as_str())) {
        let (now, then) = (ratio(column.nulls, now_total), ratio(column.nulls_before, before_total));
        if now - then > NULL_RATE_RISE_MAX {
            let detail = format!(
                "{}: {} of the voters have no value, {} before",
                column.column,
                percent(now),
                percent(then)
            );
            fail(failed, "null_rate", detail);
        }
    }
}

fn voters(report: &LoadReport) -> u64 {
    report.counties.iter().map(|county| county.now).sum()
}

fn quarantine(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let rows = &report.summary.rows;
    let held = rows.quarantined.saturating_sub(report.summary.duplicate_ids);
    let votes = &report.summary.votes;
    let twice = report.summary.quarantine.get(DUPLICATE_VOTE).copied().unwrap_or(0);
    let votes_held = votes.quarantined.saturating_sub(twice);
    for (what, held, read) in [("voter", held, rows.read), ("vote", votes_held, votes.read)] {
        let rate = ratio(held, read);
        if rate > QUARANTINE_RATE_MAX {
            let detail = format!(
                "{} of {} {what} rows held back ({}, {} allowed)",
                thousands(held),
                thousands(read),
                percent(rate),
                percent(QUARANTINE_RATE_MAX)
            );
            fail(failed, "quarantine_rate", detail);
        }
    }
}

fn unknown_status(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let Some(column) = report.columns.iter().find(|column| column.column == "status") else { return };
    for (code, rows) in &column.unknown_codes {
        let detail = format!("status code `{code}` is not in the layout ({} rows)", thousands(*rows));
        fail(failed, "unknown_status", detail);
    }
}

fn history(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let history = &report.history;
    // Votes that damaged rows may have told are not among the lost ones: the rate of held rows answers for them.
    let lost = history.votes_lost;
    let share = ratio(lost, history.votes_before);
    if history.delivered && share > HISTORY_LOSS_MAX {
        let detail = format!(
            "{} of {} votes are missing from this list ({}, {} allowed)",
            thousands(lost),
            thousands(history.votes_before),
            percent(share),
            percent(HISTORY_LOSS_MAX)
        );
        fail(failed, "history_loss", detail);
    }
}

fn id_reuse(report: &LoadReport, failed: &mut Vec<GateFailure>) {
    let (reused, voters) = (report.identity.id_reused, voters(report));
    let share = ratio(reused, voters);
    if reused >= ID_REUSE_ROWS_MIN && share > ID_REUSE_MAX {
        let detail = format!(
            "{} of {} voters have an id that was somebody else's before ({}, {} allowed)",
            thousands(reused),
            thousands(voters),
            percent(share),
            percent(ID_REUSE_MAX)
        );
        fail(failed, "id_reuse", detail);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of voters are far below 2^52")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 0.1 { format!("{percent:.3}%") } else { format!("{percent:.1}%") }
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ColumnReport, PurgeAlarm, ValueCount};

    fn county(name: &str, now: u64, before: u64) -> CountyReport {
        CountyReport { county: name.to_owned(), now, before, ..CountyReport::default() }
    }

    fn report(counties: Vec<CountyReport>) -> LoadReport {
        LoadReport { counties, ..LoadReport::default() }
    }

    #[track_caller]
    fn check(report: &LoadReport, expected: &[(&str, &str)]) {
        let before = LoadReport { counties: vec![county("WAKE", 1_000_000, 0)], ..LoadReport::default() };
        let failed = evaluate(report, Some(&before));
        let found: Vec<_> =
            failed.iter().map(|failure| (failure.rule.as_str(), failure.detail.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_usual_week_passes() {
        check(&report(vec![county("WAKE", 1_000_400, 1_000_000), county("HYDE", 305, 300)]), &[]);
    }

    #[test]
    fn a_county_that_is_gone() {
        check(
            &report(vec![county("WAKE", 1_000_000, 1_000_000), county("HYDE", 0, 3_200)]),
            &[("county_missing", "HYDE: no voter in this list, 3,200 before")],
        );
    }

    #[test]
    fn a_county_that_shrinks_or_grows_too_much() {
        check(
            &report(vec![county("WAKE", 1_000_000, 1_000_000), county("HYDE", 900, 1_000)]),
            &[("county_change", "HYDE: 900 voters, 1,000 before (10.0% fewer)")],
        );
        check(
            &report(vec![county("HYDE", 91, 100)]),
            &[("total_drop", "91 voters on the list, 100 before (9.0% fewer, 1.0% allowed)")],
        );
        let unusual = CountyReport { z: 7.5, ..county("WAKE", 1_001_000, 1_000_000) };
        check(
            &report(vec![unusual]),
            &[("county_change", "WAKE: 1,001,000 voters, 1,000,000 before (0.1% more)")],
        );
    }

    #[test]
    fn a_rate_of_held_rows_above_one_in_ten_thousand_without_lost_duplicates() {
        let mut held = report(vec![county("WAKE", 1_000_000, 1_000_000)]);
        held.summary.rows.read = 100_000;
        held.summary.rows.quarantined = 60;
        held.summary.duplicate_ids = 50;
        check(&held, &[]);
        held.summary.duplicate_ids = 49;
        held.summary.votes.quarantined = 70;
        held.summary.votes.read = 100_000;
        held.summary.quarantine.insert(DUPLICATE_VOTE.to_owned(), 60);
        check(&held, &[("quarantine_rate", "11 of 100,000 voter rows held back (0.011%, 0.010% allowed)")]);
    }

    #[test]
    fn a_key_column_that_loses_its_values() {
        let mut report = report(vec![county("WAKE", 1_000_000, 1_000_000)]);
        report.columns = vec![
            ColumnReport {
                column: "res_zip5".into(),
                nulls: 30_000,
                nulls_before: 1_000,
                ..ColumnReport::default()
            },
            ColumnReport { column: "email".into(), nulls: 900_000, ..ColumnReport::default() },
        ];
        check(&report, &[("null_rate", "res_zip5: 3.0% of the voters have no value, 0.1% before")]);
    }

    #[test]
    fn a_comparison_with_a_list_that_was_read_otherwise_says_so() {
        let mut report = report(vec![county("WAKE", 1_000_000, 1_000_000), county("HYDE", 0, 3_200)]);
        report.summary.rows.read = 100;
        report.summary.rows.quarantined = 1;
        report.reading_changed = Some("the layout changed since the snapshot before".to_owned());
        check(
            &report,
            &[
                (
                    "county_missing",
                    "HYDE: no voter in this list, 3,200 before; the layout changed since the snapshot before",
                ),
                ("quarantine_rate", "1 of 100 voter rows held back (1.0%, 0.010% allowed)"),
            ],
        );
    }

    #[test]
    fn many_voters_who_stayed_and_have_another_name() {
        let mut report = report(vec![CountyReport { new: 10, ..county("WAKE", 1_010, 1_000) }]);
        for (count, fails) in [(100, false), (101, true)] {
            report.summary.changes.insert("name_changed".to_owned(), count);
            let expected =
                [("mass_change", "101 of 1,000 voters who stayed have another name (10.1%, 10.0% allowed)")];
            check(&report, if fails { &expected } else { &[] });
        }
        report.reading_changed = Some("the layout changed since the snapshot before".to_owned());
        check(&report, &[]);
    }

    #[test]
    fn a_list_without_voters_and_one_without_names() {
        let failed = evaluate(&report(vec![]), None);
        assert_eq!(failed[0].rule, "empty_list");
        let mut nameless = report(vec![county("WAKE", 100, 0)]);
        nameless.columns =
            vec![ColumnReport { column: "name_last".into(), nulls: 60, ..ColumnReport::default() }];
        let failed = evaluate(&nameless, None);
        assert_eq!(failed[0].detail, "name_last: 60.0% of the voters have no value");
        nameless.columns[0].nulls = 50;
        assert_eq!(evaluate(&nameless, None), vec![]);
    }

    #[test]
    fn confidential_voters_who_are_so_no_longer() {
        let with = |confidential: u64| {
            let mut report = report(vec![county("WAKE", 1_000_000, 1_000_000)]);
            let top = vec![ValueCount { value: "true".into(), now: confidential, before: 0 }];
            report.columns =
                vec![ColumnReport { column: "confidential".into(), top, ..ColumnReport::default() }];
            report
        };
        let rules = |now: u64, then: u64| -> Vec<String> {
            evaluate(&with(now), Some(&with(then))).into_iter().map(|failure| failure.detail).collect()
        };
        assert_eq!(rules(0, 2), vec!["0 confidential voters, 2 before"]);
        assert_eq!(rules(80, 100), vec!["80 confidential voters, 100 before"]);
        assert_eq!(rules(95, 100), Vec::<String>::new());
        assert_eq!(rules(120, 100), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_status_and_lost_votes_and_a_purge() {
        let mut report = report(vec![county("WAKE", 1_000_000, 1_000_000)]);
        report.columns = vec![ColumnReport {
            column: "status".into(),
            unknown_codes: [("Z".to_owned(), 3)].into(),
            ..ColumnReport::default()
        }];
        report.history = crate::report::HistoryReport {
            delivered: true,
            votes_before: 3_000,
            votes_gained: 9,
            votes_lost: 4,
            votes_kept: 2,
        };
        report.purge_watch = vec![PurgeAlarm {
            county: "HYDE".into(),
            kind: "became_inactive".into(),
            count: 60,
            share: 0.02,
            quiet_period: true,
            ..PurgeAlarm::default()
        }];
        check(
            &report,
            &[
                ("history_loss", "4 of 3,000 votes are missing from this list (0.1%, 0.1% allowed)"),
                ("unknown_status", "status code `Z` is not in the layout (3 rows)"),
                (
                    "purge_watch",
                    "HYDE: 60 voters became inactive (2.0% of the county), inside the 90 days before a federal election",
                ),
            ],
        );
        report.history.delivered = false;
        assert!(
            !evaluate(&report, Some(&LoadReport::default()))
                .iter()
                .any(|failure| failure.rule == "history_loss")
        );
    }
}
