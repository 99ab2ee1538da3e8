//! Two rows that claim one voter: exactly one of them gets the voter, and what the other one said is kept.

use crate::support::{Desk, Voter, changes_of, list, number, table, voters};
use crate::versions::LEGACY_LAYOUT;
use hustings_testkit::synth::nc::row::HEADER;
use std::collections::BTreeMap;

/// Loads weeks of rows `id|old_id|last|county` and gives our ids by the state's after each.
#[track_caller]
fn weeks(weeks: &[&[[&str; 3]]]) -> Vec<BTreeMap<String, String>> {
    let desk = Desk::new();
    desk.write("layouts", "ZZ.toml", LEGACY_LAYOUT);
    let layouts = desk.path("layouts").display().to_string();
    let load = |(at, rows): (usize, &&[[&str; 3]])| {
        let delivery = format!("2026-02-{:02}", at + 7);
        let lines = rows.iter().map(|[id, old, last]| format!("{id}|{old}|{last}|ADAMS\n"));
        desk.write(&delivery, "list.txt", "id|old_id|last|county\n".to_owned() + &lines.collect::<String>());
        let loaded = desk
            .json(&["load", &delivery, "--state", "oh", "--layouts", &layouts, "--accept-held", "known"], 0);
        let folder = desk.data().join("voterfile/oh").join(loaded["snapshot"].as_str().unwrap());
        let rows = table(&folder.join("voters.parquet"));
        let ids: BTreeMap<String, String> =
            rows.iter().map(|row| (row["state_voter_id"].clone(), row["voter_id"].clone())).collect();
        assert_eq!(ids.len(), rows.len(), "every state id stands once: {rows:#?}");
        let ours: std::collections::BTreeSet<&String> = ids.values().collect();
        assert_eq!(ours.len(), rows.len(), "no two voters have one id of ours: {rows:#?}");
        ids
    };
    weeks.iter().enumerate().map(load).collect()
}

const FIRST: [[&str; 3]; 3] = [["1001", "", "ADAMS"], ["1002", "", "BOYD"], ["1003", "", "CASE"]];

#[test]
fn of_two_rows_that_name_one_old_id_one_is_that_voter_and_the_other_is_new() {
    let found = weeks(&[&FIRST, &[FIRST[0], ["2002", "1002", "BOYD"], ["3002", "1002", "BOYD"], FIRST[2]]]);
    let heirs = ["2002", "3002"].map(|id| found[1][id] == found[0]["1002"]);
    assert!(heirs[0] ^ heirs[1], "{found:#?}");
}

#[test]
fn who_still_has_an_id_keeps_it_against_a_row_that_names_it_as_the_old_one() {
    // Whatever the order, and also when the id stands twice and its owner is known only at the end.
    let heir = ["2002", "1002", "BOYD"];
    let cases: [&[[&str; 3]]; 4] = [
        &[FIRST[0], heir, FIRST[1], FIRST[2]],
        &[FIRST[0], FIRST[1], heir, FIRST[2]],
        &[FIRST[0], heir, FIRST[1], FIRST[1], FIRST[2]],
        &[FIRST[0], FIRST[1], FIRST[1], heir, FIRST[2]],
    ];
    for second in cases {
        let found = weeks(&[&FIRST, second]);
        assert_eq!(found[1]["1002"], found[0]["1002"], "{second:?}");
        assert!(!found[0].values().any(|ours| *ours == found[1]["2002"]), "{second:?}: somebody new");
    }
}

#[test]
fn a_row_whose_repair_moved_its_fields_never_takes_the_voter_of_a_clean_row() {
    // Quotes within the quoted name: the row can be mended, and until then nobody knows which field its id is.
    let dirty = |id: &str| Voter::new(id).with("last_name", "WINDOM \"BUD\" JR").row(&HEADER) + "\r\n";
    let people = voters(1, 60);
    for with_predecessor in [false, true] {
        for dirty_first in [true, false] {
            let case = format!("with predecessor {with_predecessor}, dirty first {dirty_first}");
            let desk = Desk::new();
            if with_predecessor {
                desk.deliver("2026-02-07", &people, &[]);
                desk.load("2026-02-07", 0);
            }
            let clean = list(&HEADER, &people);
            let (head, rows) = clean.split_at(clean.find('\n').unwrap() + 1);
            let text = if dirty_first {
                format!("{head}{}{rows}", dirty("AA5"))
            } else {
                format!("{head}{rows}{}", dirty("AA5"))
            };
            desk.write("2026-02-14", "ncvoter_Statewide.txt", text);
            let summary = desk.load("2026-02-14", 0);
            assert_eq!(number(&summary, "/duplicate_ids"), 1, "{case}");
            assert_eq!(
                summary["rows"],
                serde_json::json!({ "read": 61, "accepted": 60, "repaired": 0, "quarantined": 1 }),
                "{case}"
            );
            assert_eq!(desk.voters()["AA5"]["name_last"], "WINDOM", "{case}");
            if with_predecessor {
                assert_eq!(changes_of(&summary), [], "{case}");
            }
            let kept = desk.json(&["quarantine", "--state", "nc"], 0);
            assert!(kept.pointer("/rows/0/bytes").unwrap().as_str().unwrap().contains("BUD"), "{case}");
        }
    }
}

#[test]
fn alone_a_repaired_row_is_its_voter() {
    let desk = Desk::new();
    let mut people = voters(1, 60);
    desk.deliver("2026-02-07", &people, &[]);
    desk.load("2026-02-07", 0);
    let before = desk.voters();
    people[4] = Voter::new("AA5").with("last_name", "WINDOM \"BUD\" JR");
    desk.deliver("2026-02-14", &people, &[]);
    let summary = desk.load("2026-02-14", 0);
    assert_eq!(number(&summary, "/rows/repaired"), 1);
    let after = desk.voters();
    assert_eq!(after.len(), 60);
    assert_eq!(after["AA5"]["voter_id"], before["AA5"]["voter_id"]);
}
