//! A vote is told once and is one voter's; a damaged row that says "confidential" is believed; many names that change at
//! once hold a load.

use crate::support::{Desk, Voter, changes_of, failed_rules, history, list, number, voters};
use hustings_testkit::synth::nc::row::HEADER;

const DAY: &str = "11/05/2024";

fn votes(from: u32, to: u32) -> Vec<[String; 3]> {
    (from..=to).map(|id| [format!("AA{id}"), DAY.to_owned(), "IN-PERSON".to_owned()]).collect()
}

fn told(votes: &[[String; 3]]) -> String {
    let rows: Vec<[&str; 3]> = votes.iter().map(|vote| vote.each_ref().map(String::as_str)).collect();
    history(&rows)
}

fn deliver(desk: &Desk, date: &str, history: &str) {
    desk.write(date, "ncvoter_Statewide.txt", list(&HEADER, &voters(1, 60)));
    desk.write(date, "ncvhis_Statewide.txt", history);
}

#[test]
fn a_vote_that_is_told_twice_is_one_vote() {
    let desk = Desk::new();
    deliver(&desk, "2026-02-07", &told(&votes(1, 30)));
    desk.load("2026-02-07", 0);
    // Ten rows again in the same file, of them one of nobody on the list, and twenty in another file.
    let mut rows = votes(1, 30);
    rows.push(["ZZ9".to_owned(), DAY.to_owned(), "IN-PERSON".to_owned()]);
    let again: Vec<_> = rows[21..].to_vec();
    rows.extend(again);
    deliver(&desk, "2026-02-14", &told(&rows));
    desk.write("2026-02-14", "ncvhis32.txt", told(&votes(1, 20)));
    let summary = desk.load("2026-02-14", 0);
    assert_eq!(number(&summary, "/votes/read"), 61);
    assert_eq!(number(&summary, "/votes/accepted"), 31);
    assert_eq!(number(&summary, "/votes/quarantined"), 30);
    assert_eq!(number(&summary, "/votes/orphan"), 1);
    assert_eq!(number(&summary, "/quarantine/duplicate_vote"), 30);
    assert_eq!(changes_of(&summary), [], "nobody gained a vote");
    assert_eq!(desk.table("votes.parquet").len(), 31);
    let held = desk.table("quarantine.parquet");
    assert_eq!(held.iter().filter(|row| row["rule"] == "duplicate_vote").count(), 30);
    assert!(held.iter().all(|row| row["bytes"].contains(DAY)), "{held:?}");
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(number(&report, "/elections/0/now"), 31);
    let voter = desk.json(&["voter", "AA25", "--state", "nc"], 0);
    assert_eq!(voter["votes"].as_array().unwrap().len(), 1, "{voter:#}");
}

#[test]
fn a_vote_with_the_ids_of_two_voters_moves_to_neither() {
    let desk = Desk::new();
    deliver(&desk, "2026-02-07", &told(&votes(1, 30)));
    desk.load("2026-02-07", 0);
    // Voter 5's vote under the id of voter 40; voter 6's with a number that nobody has, as of who moved here.
    let text =
        told(&votes(1, 30)).replace("\"AA5\"", "\"AA40\"").replace("\"000000000006\"", "\"000000000777\"");
    deliver(&desk, "2026-02-14", &text);
    let held = desk.load("2026-02-14", 1);
    assert_eq!(number(&held, "/quarantine/key_conflict"), 1);
    assert_eq!(number(&held, "/votes/accepted"), 29);
    assert_eq!(number(&held, "/votes/quarantined"), 1);
    assert_eq!(changes_of(&held), [], "nobody gained or lost a vote");
    assert_eq!(failed_rules(&held), ["quarantine_rate"]);
    desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "seen"], 0);
    let mut ids: Vec<String> =
        desk.table("votes.parquet").iter().map(|row| row["state_voter_id"].clone()).collect();
    ids.sort();
    let mut expected: Vec<String> = (1..=30).map(|id| format!("AA{id}")).collect();
    expected.sort();
    assert_eq!(ids, expected, "voter 5's vote stays as it was");
}

#[test]
fn a_damaged_row_that_says_confidential_is_believed() {
    let desk = Desk::new();
    let mut people = voters(1, 60);
    desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &people));
    desk.load("2026-02-07", 0);
    people[4] = people[4].clone().confidential().with("county_id", "999").with("registr_dt", "no day");
    people[5] = people[5].clone().with("county_id", "999").with("registr_dt", "no day");
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&HEADER, &people));
    let held = desk.load("2026-02-14", 1);
    assert_eq!(number(&held, "/rows/quarantined"), 2, "{held:#}");
    assert_eq!(changes_of(&held), [("became_confidential".to_owned(), 1)]);
    desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "seen"], 0);
    let found = desk.voters();
    let (hidden, shown) = (&found["AA5"], &found["AA6"]);
    assert_eq!((hidden["confidential"].as_str(), shown["confidential"].as_str()), ("true", "false"));
    for column in ["res_std_line", "res_line1", "mail_line1", "phone", "household_id"] {
        assert!(!hidden.contains_key(column), "{column}: {hidden:?}");
    }
    assert!(shown.contains_key("res_std_line") && shown.contains_key("phone"), "{shown:?}");
    let changes = desk.json(&["changes", "--state", "nc"], 0).to_string();
    assert!(changes.contains("became_confidential") && !changes.contains("MAIN"), "{changes}");
}

#[test]
fn many_names_that_change_places_hold_a_load() {
    let desk = Desk::new();
    desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &voters(1, 100)));
    let first = desk.load("2026-02-07", 0);
    let swap = |count: usize| -> Vec<Voter> {
        let swapped = |voter: Voter| voter.with("last_name", "DARRELL").with("first_name", "WINDOM");
        let people = voters(1, 100).into_iter().enumerate();
        people.map(|(at, voter)| if at < count { swapped(voter) } else { voter }).collect()
    };
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&HEADER, &swap(11)));
    let held = desk.load("2026-02-14", 1);
    assert_eq!(failed_rules(&held), ["mass_change"]);
    assert_eq!(desk.current().as_deref(), first["snapshot"].as_str());
    desk.write("2026-02-21", "ncvoter_Statewide.txt", list(&HEADER, &swap(10)));
    assert_eq!(desk.load("2026-02-21", 0)["gate"]["status"], "pass");
}
