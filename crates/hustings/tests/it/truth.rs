//! Three damaged weeks of an invented state, loaded and measured against what is true of them.

use crate::support::{Desk, number, table};
use hustings_testkit::synth::nc::{NcOptions, WeekFiles};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Lines of a truth file below its header.
fn truth(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// What became of every record of the voter file, by the line on which it begins.
fn outcomes(folder: &Path, as_of: &str) -> BTreeMap<u64, &'static str> {
    let mut outcomes = BTreeMap::new();
    let mut add = |line: &str, outcome| {
        let before = outcomes.insert(line.parse().unwrap(), outcome);
        assert_eq!(before, None, "line {line} has one outcome");
    };
    for row in table(&folder.join("voters.parquet")) {
        if row["last_seen"] == as_of {
            let repaired = row.get("repair").is_some_and(|rules| !rules.is_empty());
            add(&row["source_line"], if repaired { "repaired" } else { "accepted" });
        }
    }
    for row in table(&folder.join("quarantine.parquet")) {
        if row["kind"] == "voters" {
            add(&row["source_line"], "quarantined");
        }
    }
    outcomes
}

#[track_caller]
fn check_outcomes(week: &WeekFiles, summary: &serde_json::Value, folder: &Path) {
    let as_of = week.as_of.to_string();
    let mut outcomes = outcomes(folder, &as_of);
    assert_eq!(outcomes.len() as u64, week.summary.records, "no record is lost");
    for row in truth(&week.truth.duplicates) {
        let [_, kept, losing, _] = row.as_slice() else { panic!("{row:?}") };
        let [kept, losing] = [kept, losing].map(|line| line.parse::<u64>().unwrap());
        assert_eq!(outcomes.remove(&losing), Some("quarantined"), "{as_of} {row:?}");
        assert_ne!(outcomes.get(&kept), Some(&"quarantined"), "{as_of} {row:?}");
    }
    for row in truth(&week.truth.dirt) {
        let [_, line, kind, expected] = row.as_slice() else { panic!("{row:?}") };
        if kind.starts_with("duplicate") {
            continue;
        }
        let outcome = outcomes.remove(&line.parse().unwrap());
        match expected.as_str() {
            "blank_line" | "header_line" => assert_eq!(outcome, None, "{as_of} {row:?} is no record"),
            expected => {
                let outcome = outcome.unwrap_or_else(|| panic!("{as_of} {row:?} has no outcome"));
                assert!(expected.split('|').any(|word| word == outcome), "{as_of} {row:?}: {outcome}");
            }
        }
    }
    let wrong: Vec<_> = outcomes.iter().filter(|(_, outcome)| **outcome != "accepted").collect();
    assert_eq!(wrong, Vec::<(&u64, &&str)>::new(), "{as_of}: rows that nobody damaged");
    assert_eq!(number(summary, "/duplicate_ids"), week.summary.duplicates);
    assert_eq!(number(summary, "/votes/read"), week.summary.votes);
    assert_eq!(number(summary, "/votes/quarantined"), week.summary.votes_truncated);
    // Votes of voters whose own row was held back are nobody's, too, until the row comes in whole.
    let dirty: BTreeSet<String> = truth(&week.truth.dirt).into_iter().map(|row| row[0].clone()).collect();
    let votes = table(&folder.join("votes.parquet"));
    let orphans: Vec<_> = votes.iter().filter(|vote| !vote.contains_key("voter_id")).collect();
    assert_eq!(number(summary, "/votes/orphan"), orphans.len() as u64);
    let strangers = orphans.iter().filter(|vote| !dirty.contains(&vote["state_voter_id"])).count();
    assert_eq!(strangers as u64, week.summary.votes_orphan);
    let file = |name: &str| {
        let files = summary["files"].as_array().unwrap();
        files.iter().find(|file| file["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    let voters = file("ncvoter_Statewide.txt");
    assert_eq!(number(&voters, "/lines"), week.summary.lines);
    assert_eq!(number(&voters, "/header_lines"), week.summary.header_lines);
    assert_eq!(number(&voters, "/blank_lines"), week.summary.blank_lines);
    assert_eq!(number(&voters, "/continuation_lines"), week.summary.continuation_lines);
    assert_eq!(number(&voters, "/records"), week.summary.records);
}

type Changes = BTreeSet<(String, String)>;

fn found(folder: &Path, damaged: &BTreeSet<String>) -> Changes {
    let rows = table(&folder.join("changes.parquet"));
    let rows = rows.into_iter().filter(|row| !damaged.contains(&row["state_voter_id"]));
    rows.map(|row| (row["state_voter_id"].clone(), row["kind"].clone())).collect()
}

fn said(week: &WeekFiles, damaged: &BTreeSet<String>) -> Changes {
    let rows = truth(&week.truth.changes).into_iter().filter(|row| !damaged.contains(&row[0]));
    rows.map(|row| (row[0].clone(), row[1].clone())).collect()
}

#[test]
fn three_damaged_weeks_come_out_as_the_truth_files_say() {
    let desk = Desk::new();
    let weeks =
        desk.weeks(&NcOptions { voters: 4_000, weeks: 3, dirt: 0.02, seed: 11, ..NcOptions::default() });
    let mut damaged = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for (number_of_week, week) in weeks.iter().enumerate() {
        let files = [&week.truth.dirt, &week.truth.duplicates, &week.truth.history_dirt];
        damaged.extend(files.into_iter().flat_map(|path| truth(path)).map(|row| row[0].clone()));
        let delivery = week.folder.to_str().unwrap();
        let summary =
            desk.json(&["load", delivery, "--state", "nc", "--accept-held", "the dirt is known"], 0);
        assert_eq!(summary["gate"]["status"], "accepted");
        let folder = desk.current_folder();
        check_outcomes(week, &summary, &folder);
        if number_of_week == 0 {
            assert_eq!(
                number(&summary, "/changes/new"),
                number(&summary, "/rows/accepted") + number(&summary, "/rows/repaired")
            );
            continue;
        }
        let (found, said) = (found(&folder, &damaged), said(week, &damaged));
        let found_only: Vec<_> = found.difference(&said).collect();
        let said_only: Vec<_> = said.difference(&found).collect();
        assert!(
            found_only.is_empty() && said_only.is_empty(),
            "{}: found and not true: {found_only:?}\ntrue and not found: {said_only:?}",
            week.as_of
        );
        kinds.extend(said.into_iter().map(|(_, kind)| kind));
    }
    assert!(kinds.len() >= 10, "weeks in which little happens prove little: {kinds:?}");
    assert!(damaged.len() > 150, "{}", damaged.len());
}
