//! Votes stay on file when the row that told them is damaged, and only then.

use crate::support::{Desk, changes_of, history, number, voters};
use std::collections::BTreeMap;

const VOTES: [[&str; 3]; 6] = [
    ["AA1", "11/05/2024", "IN-PERSON"],
    ["AA2", "11/05/2024", "IN-PERSON"],
    ["AA2", "03/05/2024", "IN-PERSON"],
    ["AA3", "11/05/2024", "IN-PERSON"],
    ["AA4", "11/05/2024", "IN-PERSON"],
    ["AA5", "11/05/2024", "IN-PERSON"],
];

/// Two weeks of the same voters; the history of the second one goes through `damage`, line by line.
fn second_week(votes: &[[&str; 3]], damage: impl Fn(&str) -> String) -> (Desk, serde_json::Value) {
    let desk = Desk::new();
    let all = voters(1, 300);
    desk.deliver("2026-02-07", &all, &VOTES);
    desk.load("2026-02-07", 0);
    desk.deliver("2026-02-14", &all, &[]);
    let text: String = history(votes).split_inclusive("\r\n").map(damage).collect();
    desk.write("2026-02-14", "ncvhis_Statewide.txt", text);
    let loaded = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "damage"], 0);
    (desk, loaded)
}

/// The votes on file by id and day, with the snapshot they were carried from.
fn on_file(desk: &Desk) -> BTreeMap<(String, String), Option<String>> {
    let votes = desk.table("votes.parquet");
    let count = votes.len();
    let found: BTreeMap<_, _> = votes
        .into_iter()
        .map(|vote| {
            let key = (vote["state_voter_id"].clone(), vote["election_date"].clone());
            (key, vote.get("carried_from").cloned())
        })
        .collect();
    assert_eq!(found.len(), count, "every vote stands once");
    found
}

fn lost(desk: &Desk) -> Vec<String> {
    let changes = desk.json(&["changes", "--state", "nc", "--kind", "history_lost"], 0);
    let rows = changes["changes"].as_array().unwrap();
    rows.iter().map(|row| format!("{} {}", row["state_voter_id"], row["old"]).replace('"', "")).collect()
}

#[track_caller]
fn warns(desk: &Desk, words: &str) {
    let report = desk.json(&["report", "--state", "nc"], 0);
    let warnings = report["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|text| text.as_str().unwrap().contains(words)), "{words}: {warnings:#?}");
}

#[test]
fn a_vote_in_a_damaged_row_that_names_its_voter_stays_and_says_from_where() {
    // The last fields are cut off; id and day can be read. AA3's vote is really gone.
    let without: Vec<_> = VOTES.into_iter().filter(|vote| vote[0] != "AA3").collect();
    let (desk, loaded) = second_week(&without, |line| match line.contains("\"AA1\"") {
        true => line.split('\t').take(12).collect::<Vec<_>>().join("\t") + "\r\n",
        false => line.to_owned(),
    });
    assert_eq!(number(&loaded, "/votes/quarantined"), 1);
    assert_eq!(changes_of(&loaded), [("history_lost".to_owned(), 1)]);
    assert_eq!(lost(&desk), ["AA3 2024-11-05"]);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(number(&report, "/history/votes_kept"), 1);
    assert_eq!(number(&report, "/history/votes_lost"), 1);
    assert_eq!(number(&report, "/elections/0/now"), 4, "the kept vote is on file");
    warns(
        &desk,
        "1 vote stayed on file as before, because 1 damaged row of the vote history may stand for it",
    );
    let snapshots = desk.json(&["snapshots", "--state", "nc"], 0);
    let first = snapshots.pointer("/snapshots/1/id").unwrap();
    let votes = on_file(&desk);
    assert_eq!(votes.len(), 5);
    for ((id, _), carried) in &votes {
        assert_eq!(carried.as_deref(), first.as_str().filter(|_| id == "AA1"), "{id}");
    }
    let voter = desk.json(&["voter", "AA1", "--state", "nc"], 0);
    assert_eq!(voter.pointer("/votes/0/carried_from"), Some(first));

    // Damaged once more: the vote still says where it was last read. Whole again: it is read.
    let manifest = std::fs::read_to_string(desk.current_folder().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let carried =
        desk.table("votes.parquet").into_iter().find(|vote| vote["state_voter_id"] == "AA1").unwrap();
    let file: usize = carried["source_file"].parse().unwrap();
    assert_eq!(manifest["files"][file]["sha256"], snapshots_history(&desk, first.as_str().unwrap()));
    desk.deliver("2026-02-21", &voters(1, 300), &without);
    let third = desk.load("2026-02-21", 0);
    assert_eq!(changes_of(&third), []);
    assert!(on_file(&desk).values().all(Option::is_none));
}

/// Digest of the history file of a snapshot.
fn snapshots_history(desk: &Desk, id: &str) -> serde_json::Value {
    let report = desk.json(&["report", id, "--state", "nc"], 0);
    let files = report["summary"]["files"].as_array().unwrap();
    files.iter().find(|file| file["kind"] == "history").unwrap()["sha256"].clone()
}

/// Cuts AA1's row before the id.
fn cut_before_the_id(line: &str) -> String {
    match line.contains("\"AA1\"") {
        true => line.split('\t').take(6).collect::<Vec<_>>().join("\t") + "\r\n",
        false => line.to_owned(),
    }
}

/// As [`cut_before_the_id`], and the county's number of the voter is garbled.
fn cut_and_garbled(line: &str) -> String {
    cut_before_the_id(line).replace("000000000001", "00000#00")
}

#[test]
fn a_voter_is_told_by_the_countys_number_too() {
    let without: Vec<_> = VOTES.into_iter().filter(|vote| vote[0] != "AA3").collect();
    let (desk, _) = second_week(&without, cut_before_the_id);
    assert_eq!(lost(&desk), ["AA3 2024-11-05"]);
    assert_eq!(on_file(&desk).len(), 5);
}

#[test]
fn a_damaged_row_that_names_nobody_takes_no_vote_of_its_day_off() {
    let (desk, loaded) = second_week(&VOTES, cut_and_garbled);
    assert_eq!(changes_of(&loaded), []);
    assert_eq!(on_file(&desk).len(), 6);
}

#[test]
fn votes_beyond_the_damaged_rows_are_missing_though_none_is_taken_off() {
    // One row names nobody, and three votes of its day are gone, with one of another day.
    let without: Vec<_> = VOTES.into_iter().filter(|vote| !matches!(vote[0], "AA2" | "AA3")).collect();
    let (desk, loaded) = second_week(&without, cut_and_garbled);
    assert_eq!(lost(&desk), ["AA2 2024-03-05"], "a vote of another day cannot stand in that row");
    assert_eq!(on_file(&desk).len(), 5);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(number(&report, "/history/votes_kept"), 3);
    assert_eq!(
        number(&report, "/history/votes_lost"),
        3,
        "one that is known, two of three of which nobody knows"
    );
    warns(&desk, "; 2 votes more than so many rows can stand for");
    assert!(crate::support::failed_rules(&loaded).contains(&"history_loss".to_owned()), "{loaded:#}");
}

#[test]
fn a_damaged_row_of_a_vote_that_was_never_on_file_keeps_and_invents_nothing() {
    let mut votes: Vec<_> = VOTES.into_iter().filter(|vote| vote[0] != "AA3").collect();
    votes.push(["AA9", "11/05/2024", "IN-PERSON"]);
    let (desk, loaded) = second_week(&votes, |line| match line.contains("\"AA9\"") {
        true => line.split('\t').take(12).collect::<Vec<_>>().join("\t") + "\r\n",
        false => line.to_owned(),
    });
    assert_eq!(changes_of(&loaded), [("history_lost".to_owned(), 1)]);
    assert_eq!(lost(&desk), ["AA3 2024-11-05"]);
    assert_eq!(on_file(&desk).len(), 5);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(number(&report, "/history/votes_kept"), 0);
}
