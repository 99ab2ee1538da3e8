//! What is doubtful is held, refused or kept silent: a list that lost its confidentiality, a list without voters, a date
//! that is a slip of the pen; and which date and which layout a snapshot was made by.

use crate::support::{Desk, Voter, failed_rules, list, number, voters};
use hustings_testkit::synth::nc::row::HEADER;
use serde_json::Value;
use std::fs;

#[test]
fn a_first_list_without_voters_is_held() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &[], &[]);
    let held = desk.load("2026-02-07", 1);
    assert_eq!(failed_rules(&held), ["empty_list"]);
    assert_eq!(number(&held, "/rows/read"), 0);
    assert_eq!(desk.current(), None);
    let nothing = desk.write("nothing", "ncvoter_Statewide.txt", "");
    desk.refuses(&["load", nothing.to_str().unwrap(), "--state", "nc"], 2, "empty");
}

/// Two hundred voters, the first `confidential` of them confidential.
fn protected(confidential: usize) -> Vec<Voter> {
    let people = voters(1, 200).into_iter().enumerate();
    people.map(|(at, voter)| if at < confidential { voter.confidential() } else { voter }).collect()
}

#[test]
fn a_list_that_lost_its_confidentiality_is_held() {
    let without: Vec<&str> = HEADER.into_iter().filter(|name| *name != "confidential_ind").collect();
    let renamed = |people: &[Voter]| list(&HEADER, people).replacen("confidential_ind", "address_flag", 1);
    let cases: [(&str, String, usize); 4] = [
        ("the column is gone", list(&without, &protected(12)), 12),
        ("the column has another name", renamed(&protected(12)), 12),
        ("the column is gone, and there was one such voter", list(&without, &protected(1)), 1),
        ("most of them are marked no more", list(&HEADER, &protected(3)), 12),
    ];
    for (case, second, confidential) in cases {
        let desk = Desk::new();
        desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &protected(confidential)));
        let first = desk.load("2026-02-07", 0);
        desk.write("2026-02-14", "ncvoter_Statewide.txt", second);
        let held = desk.load("2026-02-14", 1);
        assert!(failed_rules(&held).contains(&"confidential_fall".to_owned()), "{case}: {held:#}");
        assert_eq!(desk.current().as_deref(), first["snapshot"].as_str(), "{case}");
        let shown = desk.json(&["voter", "AA1", "--state", "nc"], 0).to_string();
        assert!(!shown.contains("MAIN"), "{case}: {shown}");
    }
}

#[test]
fn a_first_list_that_cannot_tell_who_is_confidential_is_held() {
    let without: Vec<&str> = HEADER.into_iter().filter(|name| *name != "confidential_ind").collect();
    let renamed = list(&HEADER, &protected(12)).replacen("confidential_ind", "protected_flag", 1);
    for (case, text) in [("gone", list(&without, &protected(12))), ("renamed", renamed)] {
        let desk = Desk::new();
        desk.write("2026-02-07", "ncvoter_Statewide.txt", text);
        let held = desk.load("2026-02-07", 1);
        assert_eq!(failed_rules(&held), ["confidential_missing"], "{case}");
        let detail = held["gate"]["failed"][0]["detail"].as_str().unwrap();
        assert_eq!(detail.contains("`protected_flag`"), case == "renamed", "{detail}");
        assert_eq!(desk.current(), None, "{case}");
        let load = ["load", "2026-02-07", "--state", "nc", "--accept-held", "they have none"];
        assert_eq!(desk.json(&load, 0)["gate"]["status"], "accepted", "{case}");
        let warnings = desk.json(&["report", "--state", "nc"], 0)["warnings"].to_string();
        assert!(warnings.contains("lacks the column that tells confidential voters"), "{case}: {warnings}");
    }
}

#[test]
fn a_few_confidential_voters_less_is_an_ordinary_week() {
    let desk = Desk::new();
    desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &protected(12)));
    desk.load("2026-02-07", 0);
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&HEADER, &protected(9)));
    assert_eq!(desk.load("2026-02-14", 0)["gate"]["status"], "pass");
}

#[test]
fn a_confidentiality_flag_that_nobody_knows_counts_as_yes() {
    let cases = [("Y", "true"), ("y", "true"), ("Q", "true"), ("9", "true"), ("N", "false"), ("", "false")];
    let desk = Desk::new();
    let people: Vec<Voter> = (1..)
        .zip(cases)
        .map(|(id, (flag, _))| Voter::new(&format!("AA{id}")).with("confidential_ind", flag))
        // A list in which most have no address would be held.
        .chain(voters(11, 30))
        .collect();
    desk.deliver("2026-02-07", &people, &[]);
    desk.load("2026-02-07", 0);
    let found = desk.voters();
    for (id, (flag, expected)) in (1..).zip(cases) {
        let row = &found[&format!("AA{id}")];
        assert_eq!(row["confidential"], expected, "`{flag}`");
        assert_eq!(row.contains_key("res_std_line"), expected == "false", "`{flag}`: {row:?}");
        assert_eq!(row.contains_key("phone"), expected == "false", "`{flag}`: {row:?}");
    }
    let report = desk.json(&["report", "--state", "nc"], 0);
    let column = |column: &&Value| column["column"] == "confidential";
    let confidential = report["columns"].as_array().unwrap().iter().find(column).unwrap();
    assert_eq!(confidential["unknown_codes"], serde_json::json!({ "9": 1, "Q": 1 }), "and it is told");
}

#[test]
fn a_date_far_ahead_is_refused_wherever_it_stands() {
    let desk = Desk::new();
    let ahead = |days: i32| {
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        // A day to spare on either side of the limit of 366 days: it may be midnight while this runs.
        today.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
    };
    let (near, far) = (ahead(365), ahead(368));
    desk.deliver("list", &voters(1, 30), &[]);
    desk.deliver(&far, &voters(1, 30), &[]);
    let words = format!("the list is dated {far}");
    desk.refuses(&["load", "list", "--state", "nc", "--as-of", &far], 2, &words);
    desk.refuses(&["load", &far, "--state", "nc"], 2, &words);
    assert_eq!(desk.current(), None);
    let loaded = desk.json(&["load", "list", "--state", "nc", "--as-of", &near], 0);
    assert_eq!(loaded["as_of"], near.as_str());
}

#[test]
fn the_date_of_a_list_is_the_nearest_one_that_a_name_gives() {
    for (folder, file, argument, expected) in [
        ("2026-02-07", "ncvoter_Statewide.txt", "2026-02-07/ncvoter_Statewide.txt", "2026-02-07"),
        ("2026-02-07", "ncvoter_20260205.txt", "2026-02-07/ncvoter_20260205.txt", "2026-02-05"),
        ("2026-02-07", "ncvoter_20260205.txt", "2026-02-07", "2026-02-07"),
        ("week of 20260207", "ncvoter_Statewide.txt", "week of 20260207", "2026-02-07"),
        ("week", "ncvoter_20260205.txt", "week", "2026-02-05"),
    ] {
        let desk = Desk::new();
        desk.write(folder, file, list(&HEADER, &voters(1, 30)));
        assert_eq!(desk.load(argument, 0)["as_of"], expected, "{argument} with {file}");
    }
}

#[test]
fn an_amended_layout_makes_another_snapshot_of_the_same_files() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 30), &[]);
    let first = desk.load("2026-02-07", 0);
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../../layouts/NC.toml");
    let text = fs::read_to_string(built_in).unwrap();
    let folder = |name: &str, text: &str| {
        desk.write(name, "NC.toml", text);
        desk.path(name).display().to_string()
    };
    let (same, amended) = (folder("same", &text), folder("amended", &amend(&text)));
    let load = |layouts: &str| desk.json(&["load", "2026-02-07", "--state", "nc", "--layouts", layouts], 0);
    assert_eq!(load(&same)["snapshot"], first["snapshot"], "the same layout, from a file");
    let second = load(&amended);
    assert_ne!(second["snapshot"], first["snapshot"]);
    assert_eq!(second["as_of"], first["as_of"]);
    assert_eq!(desk.current().as_deref(), second["snapshot"].as_str());
    assert_eq!(desk.voters()["AA1"]["party"], "GRE", "read by the new layout");
    assert_eq!(load(&amended)["snapshot"], second["snapshot"], "once more changes nothing");
}

/// North Carolina's layout in which the code of voters without a party means the Green party.
fn amend(layout: &str) -> String {
    let amended = layout.replacen("\"UNA\" = \"UNA\"", "\"UNA\" = \"GRE\"", 1);
    assert_ne!(amended, layout, "the layout maps the code UNA");
    amended
}

#[test]
fn a_file_of_very_short_lines_is_read_in_several_blocks_and_whole() {
    const BLANK: usize = 200_000;
    let desk = Desk::new();
    let text = list(&HEADER, &voters(1, 60));
    let mut lines = text.split_inclusive("\r\n");
    let mut padded = lines.next().unwrap().to_owned();
    for (at, line) in lines.enumerate() {
        padded += line;
        if at % 30 == 10 {
            padded += &"\r\n".repeat(BLANK);
        }
    }
    desk.write("2026-02-07", "ncvoter_Statewide.txt", &padded);
    let summary = desk.load("2026-02-07", 0);
    let file = &summary["files"][0];
    assert_eq!(number(file, "/blank_lines"), 2 * BLANK as u64);
    assert_eq!(number(file, "/lines"), 2 * BLANK as u64 + 61);
    assert_eq!(number(file, "/records"), 60);
    let found = desk.voters();
    assert_eq!(found.len(), 60);
    assert_eq!(found["AA60"]["source_line"], (2 * BLANK + 61).to_string(), "lines count across blocks");
}
