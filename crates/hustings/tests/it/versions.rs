//! Voters keep their identity over the weeks, and loads can be repeated and undone.

use crate::support::{Desk, Voter, changes_of, number, voters};
use std::fs;

const GENERAL: [[&str; 3]; 3] = [
    ["AA1", "11/05/2024", "IN-PERSON"],
    ["AA2", "11/05/2024", "ABSENTEE BY MAIL"],
    ["AA2", "11/08/2022", "IN-PERSON"],
];

#[test]
fn the_same_files_again_change_nothing() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 20), &GENERAL);
    let first = desk.load("2026-02-07", 0);
    assert_eq!(first["gate"]["status"], "pass");
    let before = desk.state_folder();
    let again = desk.load("2026-02-07", 0);
    assert_eq!(again, first, "the report of the load that made it");
    // The same bytes under other names, in another order.
    fs::rename(desk.path("2026-02-07"), desk.path("another")).unwrap();
    fs::rename(desk.path("another/ncvoter_Statewide.txt"), desk.path("another/ncvoter.txt")).unwrap();
    let renamed =
        desk.json(&["load", "another/ncvoter.txt", "another/ncvhis_Statewide.txt", "--state", "nc"], 0);
    assert_eq!(renamed["snapshot"], first["snapshot"]);
    assert_eq!(desk.state_folder(), before, "no new folder");
    assert_eq!(desk.json(&["snapshots", "--state", "nc"], 0)["snapshots"].as_array().unwrap().len(), 1);
}

#[test]
fn undo_makes_the_previous_snapshot_current_and_loading_again_the_undone_one() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 300), &GENERAL);
    desk.deliver("2026-02-14", &voters(2, 301), &GENERAL);
    let first = desk.load("2026-02-07", 0)["snapshot"].clone();
    let second = desk.load("2026-02-14", 0);
    let ids = desk.voters();
    let undone = desk.json(&["load", "--undo", "--state", "nc"], 0);
    assert_eq!(undone["snapshot"], first);
    assert_eq!(undone["as_of"], "2026-02-07");
    assert_eq!(desk.current().as_deref(), first.as_str());
    let list = desk.json(&["snapshots", "--state", "nc"], 0);
    assert_eq!(list.pointer("/snapshots/0/status").unwrap(), "undone");
    desk.refuses(&["load", "--undo", "--state", "nc"], 1, "is the first of nc");

    let again = desk.load("2026-02-14", 0);
    assert_eq!(again["snapshot"], second["snapshot"]);
    assert_eq!(again["changes"], second["changes"]);
    let back = desk.voters();
    assert_eq!(
        back["AA301"]["voter_id"], ids["AA301"]["voter_id"],
        "the id which that voter had before the undo"
    );
    assert_eq!(back, ids);
}

#[test]
fn who_leaves_the_list_stays_in_the_file_and_comes_back_as_the_same_voter() {
    let desk = Desk::new();
    let all = voters(1, 300);
    desk.deliver("2026-02-07", &all, &GENERAL);
    desk.deliver("2026-02-14", &all[2..], &GENERAL[..1]);
    desk.deliver("2026-02-21", &all[1..], &GENERAL);
    for (week, name) in
        [("2026-02-07", "first.txt"), ("2026-02-14", "second.txt"), ("2026-02-21", "third.txt")]
    {
        fs::rename(
            desk.path(week).join("ncvoter_Statewide.txt"),
            desk.path(week).join(format!("ncvoter_{name}")),
        )
        .unwrap();
    }
    desk.load("2026-02-07", 0);
    let first = desk.voters();
    let source_of = |id: &str| {
        let voter = desk.json(&["voter", id, "--state", "nc"], 0);
        let values = voter["values"].as_array().unwrap();
        values.iter().find(|value| value["column"] == "name.last").unwrap()["source"].clone()
    };

    let second = desk
        .json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "two votes of dropped voters"], 0);
    assert_eq!(changes_of(&second), [("dropped".to_owned(), 2)]);
    assert_eq!(number(&second, "/rows/read"), 298);
    let voters = desk.voters();
    assert_eq!(voters.len(), 300);
    for id in ["AA1", "AA2"] {
        assert_eq!(voters[id]["dropped_at"], "2026-02-14");
        assert_eq!(voters[id]["last_seen"], "2026-02-07");
        assert_eq!(voters[id]["voter_id"], first[id]["voter_id"]);
    }
    assert!(!voters["AA3"].contains_key("dropped_at"));
    let votes = desk.json(&["voter", "AA2", "--state", "nc"], 0)["votes"].as_array().unwrap().len();
    assert_eq!(votes, 2, "the history that the state no longer gives");
    // Whoever is gone is still where the list last had them.
    let source = source_of("AA2");
    assert_eq!((&source["file"], &source["line"]), (&"ncvoter_first.txt".into(), &3.into()), "{source:#}");
    let source = source_of("AA3");
    assert_eq!((&source["file"], &source["line"]), (&"ncvoter_second.txt".into(), &2.into()), "{source:#}");

    let third = desk.load("2026-02-21", 0);
    assert_eq!(number(&third, "/changes/returned"), 1);
    assert_eq!(number(&third, "/changes/new"), 0);
    assert_eq!(number(&third, "/changes/dropped"), 0, "AA1 left a week before");
    let voters = desk.voters();
    assert_eq!(voters["AA2"]["voter_id"], first["AA2"]["voter_id"]);
    assert_eq!(voters["AA2"]["first_seen"], "2026-02-07");
    assert!(!voters["AA2"].contains_key("dropped_at"));
    assert_eq!(voters["AA1"]["dropped_at"], "2026-02-14");
    assert_eq!(source_of("AA1")["file"], "ncvoter_first.txt", "two weeks later, too");
    assert_eq!(source_of("AA2")["file"], "ncvoter_third.txt");
    // Numbers of files stay what they were, so that carried votes lead to their file as well.
    let manifest = fs::read_to_string(desk.current_folder().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    for vote in desk.table("votes.parquet") {
        let file: usize = vote["source_file"].parse().unwrap();
        assert_eq!(manifest["files"][file]["name"], "ncvhis_Statewide.txt", "{vote:?}");
    }
}

#[test]
fn a_voter_whose_row_is_held_back_is_not_dropped() {
    let desk = Desk::new();
    let all = voters(1, 300);
    desk.deliver("2026-02-07", &all, &[]);
    desk.load("2026-02-07", 0);
    let before = desk.voters();
    let text = fs::read_to_string(desk.path("2026-02-07/ncvoter_Statewide.txt")).unwrap();
    let cut: Vec<String> = text
        .split_inclusive("\r\n")
        .map(|line| match line.contains("\"AA7\"") {
            true => line.split('\t').take(20).collect::<Vec<_>>().join("\t") + "\r\n",
            false => line.to_owned(),
        })
        .collect();
    desk.write("2026-02-14", "ncvoter_Statewide.txt", cut.concat());
    let held = desk.load("2026-02-14", 1);
    assert_eq!(held["quarantine"], serde_json::json!({ "short_row": 1 }));
    let accepted = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "one row"], 0);
    assert_eq!(changes_of(&accepted), []);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(number(&report, "/identity/kept_from_predecessor"), 1);
    assert_eq!(number(&report, "/counties/0/now"), 300, "the voter is still on the list of the county");
    let voters = desk.voters();
    assert_eq!(voters["AA7"]["voter_id"], before["AA7"]["voter_id"]);
    assert_eq!(voters["AA7"]["last_seen"], "2026-02-07");
    assert!(!voters["AA7"].contains_key("dropped_at"));
    // The same list whole again: nothing has happened to anybody.
    desk.deliver("2026-02-21", &all, &[]);
    let third = desk.load("2026-02-21", 0);
    assert_eq!(changes_of(&third), []);
    assert_eq!(number(&third, "/households"), number(&accepted, "/households"));
}

#[test]
fn of_rows_with_one_id_the_newest_active_one_wins_and_the_others_are_kept_aside() {
    let desk = Desk::new();
    let mut rows = voters(1, 30);
    rows.push(Voter::new("AA5").with("last_name", "NEWEST").with("registr_dt", "01/14/2020"));
    rows.push(
        Voter::new("AA5")
            .with("last_name", "REMOVED")
            .with("registr_dt", "01/14/2025")
            .with("status_cd", "R")
            .with("voter_status_desc", "REMOVED")
            .with("reason_cd", "RD")
            .with("voter_status_reason_desc", "DECEASED"),
    );
    desk.deliver("2026-02-07", &rows, &[]);
    let summary = desk.load("2026-02-07", 0);
    assert_eq!(summary["gate"]["status"], "pass", "outside the gate's rate");
    assert_eq!(number(&summary, "/duplicate_ids"), 2);
    assert_eq!(summary["quarantine"], serde_json::json!({ "duplicate_id": 2 }));
    assert_eq!(
        summary["rows"],
        serde_json::json!({ "read": 32, "accepted": 30, "repaired": 0, "quarantined": 2 })
    );
    assert_eq!(number(&summary, "/changes/new"), 30);
    assert_eq!(desk.voters()["AA5"]["name_last"], "NEWEST");
    let quarantine = desk.json(&["quarantine", "--state", "nc"], 0);
    assert_eq!(number(&quarantine, "/total"), 2);
    for row in quarantine["rows"].as_array().unwrap() {
        assert_eq!(row["rule"], "duplicate_id");
        assert_eq!(row["state_voter_id"], "AA5");
        assert_eq!(row["county_name"], "DURHAM");
        assert!(row["bytes"].as_str().unwrap().contains("\"AA5\""), "{row:#}");
    }
    // The losers again next week: no change of the voter.
    let mut next = rows.clone();
    next.reverse();
    desk.deliver("2026-02-14", &next, &[]);
    assert_eq!(changes_of(&desk.load("2026-02-14", 0)), []);
}

#[test]
fn a_list_alone_carries_votes_and_ballots_over_without_an_alarm() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 300), &GENERAL);
    let ballot = [("ncid", "AA1"), ("election_dt", "11/03/2026"), ("ballot_req_dt", "09/01/2026")];
    desk.write("2026-02-07", "absentee_20261103.csv", crate::support::absentee(&[&ballot]));
    let first = desk.load("2026-02-07", 0);
    assert_eq!(first["as_of"], "2026-02-07", "not the election's date");
    desk.deliver("2026-02-14", &voters(1, 301), &[]);
    let second = desk.load("2026-02-14", 0);
    assert_eq!(second["gate"]["status"], "pass");
    assert_eq!(number(&second, "/votes/read"), 0);
    assert_eq!(changes_of(&second), [("new".to_owned(), 1)]);
    assert_eq!(desk.table("votes.parquet").len(), 3);
    assert_eq!(desk.table("ballots.parquet").len(), 1);
    let voter = desk.json(&["voter", "AA1", "--state", "nc"], 0);
    assert_eq!(voter["votes"].as_array().unwrap().len(), 1);
    assert_eq!(voter["ballots"].as_array().unwrap().len(), 1);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(report["history"]["delivered"], false);
    assert_eq!(number(&report, "/elections/0/now"), 2, "the elections of the votes carried over");
}

#[test]
fn a_list_that_is_read_twice_for_its_placeholder_leaves_the_previous_snapshot_whole() {
    let desk = Desk::new();
    let plain = voters(1, 1_200);
    let spread =
        |number: usize| format!("{:02}/{:02}/{}", number % 12 + 1, number % 28 + 1, 1980 + number % 40);
    let dated: Vec<Voter> =
        plain.iter().enumerate().map(|(at, voter)| voter.clone().with("registr_dt", &spread(at))).collect();
    desk.deliver("2026-02-07", &dated, &GENERAL);
    desk.load("2026-02-07", 0);
    let first = desk.current_folder();
    let votes = fs::read(first.join("votes.parquet")).unwrap();
    // A clerk's tool writes one day into a third of the rows.
    let masked: Vec<Voter> = dated
        .iter()
        .enumerate()
        .map(
            |(at, voter)| {
                if at % 3 == 0 { voter.clone().with("registr_dt", "01/01/1901") } else { voter.clone() }
            },
        )
        .collect();
    desk.deliver("2026-02-14", &masked, &[]);
    let second = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "known"], 0);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert!(
        report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|text| text.as_str().unwrap().contains("not known")),
        "a placeholder was found: {:#}",
        report["warnings"]
    );
    assert_eq!(number(&second, "/rows/accepted"), 1_200);
    assert_eq!(fs::read(first.join("votes.parquet")).unwrap(), votes, "a snapshot never changes");
    assert_eq!(desk.table("votes.parquet").len(), 3);
}

#[test]
fn an_older_list_is_refused_and_so_is_one_that_was_replaced_on_its_own_day() {
    let desk = Desk::new();
    desk.deliver("2026-02-14", &voters(1, 300), &[]);
    desk.deliver("2026-02-07", &voters(1, 299), &[]);
    desk.deliver("corrected", &voters(1, 301), &[]);
    let first = desk.load("2026-02-14", 0);
    desk.refuses(&["load", "2026-02-07", "--state", "nc"], 2, "is older than the current snapshot");
    desk.refuses(
        &["load", "corrected", "--state", "nc", "--as-of", "2026-02-13"],
        2,
        "the list of 2026-02-13 is older",
    );
    let corrected = desk.json(&["load", "corrected", "--state", "nc", "--as-of", "2026-02-14"], 0);
    assert_ne!(corrected["snapshot"], first["snapshot"]);
    // The first one is what the correction came after: only undo brings it back.
    desk.refuses(&["load", "2026-02-14", "--state", "nc"], 2, "`hustings load --undo --state nc`");
    assert_eq!(desk.current().as_deref(), corrected["snapshot"].as_str());
}

#[test]
fn a_voter_whose_id_the_state_changes_stays_the_same_voter() {
    let desk = Desk::new();
    let layouts = desk.path("layouts");
    fs::create_dir(&layouts).unwrap();
    fs::write(layouts.join("ZZ.toml"), LEGACY_LAYOUT).unwrap();
    let file = |rows: &[[&str; 4]]| {
        let mut text = "id|old_id|last|county\n".to_owned();
        for row in rows {
            text += &(row.join("|") + "\n");
        }
        text
    };
    let load = |delivery: &str| {
        desk.json(
            &[
                "load",
                delivery,
                "--state",
                "oh",
                "--layouts",
                layouts.to_str().unwrap(),
                "--accept-held",
                "x",
            ],
            0,
        )
    };
    desk.write(
        "2026-02-07",
        "list.txt",
        file(&[["1001", "", "ADAMS", "ADAMS"], ["1002", "", "BOYD", "ADAMS"], ["1003", "", "CASE", "ADAMS"]]),
    );
    load("2026-02-07");
    let folder = |summary: &serde_json::Value| {
        desk.data().join("voterfile/oh").join(summary["snapshot"].as_str().unwrap())
    };
    let first = load("2026-02-07");
    let id_of = |summary: &serde_json::Value, id: &str| {
        let rows = crate::support::table(&folder(summary).join("voters.parquet"));
        let row = rows.iter().find(|row| row["state_voter_id"] == id).unwrap();
        row["voter_id"].clone()
    };
    desk.write(
        "2026-02-14",
        "list.txt",
        file(&[
            ["1001", "", "ADAMS", "ADAMS"],
            ["2002", "1002", "BOYD", "ADAMS"],
            ["1003", "", "CASE", "ADAMS"],
        ]),
    );
    let second = load("2026-02-14");
    assert_eq!(changes_of(&second), [("id_changed".to_owned(), 1)]);
    assert_eq!(id_of(&second, "2002"), id_of(&first, "1002"));
    let rows = crate::support::table(&folder(&second).join("changes.parquet"));
    assert_eq!((rows[0]["old"].as_str(), rows[0]["new"].as_str()), ("1002", "2002"));
    // The state gives the old id on and on: the change has happened once.
    desk.write(
        "2026-02-21",
        "list.txt",
        file(&[
            ["1001", "", "ADAMS", "ADAMS"],
            ["2002", "1002", "BOYD", "ADAMS"],
            ["1003", "", "KASE", "ADAMS"],
        ]),
    );
    let third = load("2026-02-21");
    assert_eq!(changes_of(&third), [("name_corrected".to_owned(), 1)]);
}

pub const LEGACY_LAYOUT: &str = r#"
state = "OH"
name = "Ohio"
layout = "test"
certainty = "official"
refresh = "weekly"
access = "free"
sources = ["a test"]

[id]
digits = [4, 4]

[[file]]
kind = "voters"
version = "test"
names = ["list*.txt"]
format = "delimited"
delimiters = ["|"]
header = true
dates = ["%m/%d/%Y"]
key = ["id"]
columns = [
  { name = "id", to = "state_voter_id" },
  { name = "old_id", to = "legacy_voter_id" },
  { name = "last", to = "name.last" },
  { name = "county", to = "county_name" },
]
"#;

/// Every file of a folder with its bytes; without what look-ups ask, which is made of the others where they are current.
fn bytes_of(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        (name, bytes)
    };
    let names = crate::support::names(folder).into_iter().filter(|name| name != "match.base");
    names.map(read).collect()
}

#[test]
fn an_undone_snapshot_stays_as_it_is_whatever_is_loaded_onto_what() {
    let desk = Desk::new();
    for (day, last) in [("2026-02-07", 200), ("2026-02-14", 201), ("2026-02-21", 203)] {
        desk.deliver(day, &voters(1, last), &[]);
    }
    let first = desk.load("2026-02-07", 0);
    let second = desk.load("2026-02-14", 0);
    let third = desk.load("2026-02-21", 0);
    let folder = desk.current_folder();
    let before = bytes_of(&folder);
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    // Onto another predecessor: another snapshot, beside the undone one.
    let other = desk.load("2026-02-21", 0);
    assert_ne!(other["snapshot"], third["snapshot"]);
    assert_eq!((&other["changes"]["new"], &third["changes"]["new"]), (&3.into(), &2.into()));
    assert_eq!(bytes_of(&folder), before);
    let listed = desk.json(&["snapshots", "--state", "nc"], 0);
    let of = |id: &serde_json::Value| {
        let mut rows = listed["snapshots"].as_array().unwrap().iter();
        rows.find(|row| row["id"] == *id).unwrap().clone()
    };
    assert_eq!(of(&third["snapshot"])["status"], "undone");
    assert_eq!(of(&third["snapshot"])["predecessor"], second["snapshot"]);
    assert_eq!(of(&other["snapshot"])["predecessor"], first["snapshot"]);
    assert_eq!(desk.current().as_deref(), other["snapshot"].as_str());
    assert_eq!(desk.load("2026-02-21", 0), other, "once more changes nothing");
    // Back to the first, and the same way as the first time: each is current again as it was.
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    assert_eq!(desk.load("2026-02-14", 0), second);
    assert_eq!(desk.load("2026-02-21", 0), third);
    assert_eq!(bytes_of(&folder), before);
    assert_eq!(desk.current().as_deref(), third["snapshot"].as_str());
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    assert_eq!(desk.load("2026-02-21", 0), other, "and the other one onto its own predecessor");
}
