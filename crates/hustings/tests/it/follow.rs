//! Goal: voters are followed from week to week although the state changes ids or gives them again, and nothing of it is
//! silent. Method: two weeks of an invented state with their truth.

use crate::support::Desk;
use hustings_testkit::synth::nc::{NcOptions, Trouble};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn new_ids_keep_their_voter_and_reused_ids_raise_an_alarm() {
    let desk = Desk::new();
    let trouble = Trouble { new_ids: 0.03, reused_ids: 8, ..Trouble::default() };
    let weeks = desk.weeks(&NcOptions { voters: 20_000, weeks: 2, trouble, ..NcOptions::default() });
    let truth = std::fs::read_to_string(&weeks[1].truth.identity).unwrap();
    let truth: Vec<Vec<&str>> = truth.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let of = |kind: &str| -> Vec<(String, String)> {
        let rows = truth.iter().filter(|row| row[0] == kind);
        rows.map(|row| (row[1].to_owned(), row[2].to_owned())).collect()
    };
    let (renewed, reused) = (of("new_id"), of("reused"));
    assert!(renewed.len() > 400 && reused.len() == 8, "{} {}", renewed.len(), reused.len());

    desk.load(weeks[0].folder.to_str().unwrap(), 0);
    let before = desk.voters();
    let second = desk.load(weeks[1].folder.to_str().unwrap(), 0);
    let id = second["snapshot"].as_str().unwrap();
    let report = desk.json(&["report", id, "--state", "nc"], 0);
    let identity = &report["identity"];
    assert_eq!(identity["id_reused"], 8, "{identity:#}");
    assert_eq!(second["changes"]["id_reused"], 8);
    assert!(
        report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|said| said.as_str().unwrap().starts_with("8 voter ids name")),
        "{:#}",
        report["warnings"]
    );

    // Every voter with a new id is told as the same one, with the id before; whoever is not is told as doubtful.
    let changes = desk.json(&["changes", id, "--state", "nc", "--kind", "id_changed", "--limit", "10000"], 0);
    let changes = changes["changes"].as_array().unwrap();
    let told: BTreeSet<(String, String)> = changes
        .iter()
        .map(|row| (row["old"].as_str().unwrap().to_owned(), row["new"].as_str().unwrap().to_owned()))
        .collect();
    let truth: BTreeSet<(String, String)> = renewed.iter().cloned().collect();
    let wrong: Vec<_> = told.difference(&truth).collect();
    let missed: Vec<_> = truth.difference(&told).collect();
    println!("{} followed, wrong {wrong:?}, missed {missed:?}, {identity:#}", told.len());
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(missed.len() <= 1, "{missed:?}");
    assert!(changes.iter().all(|row| row["reason"].as_str().is_some_and(|reason| reason.len() > 20)));

    // Our ids, by which overlays hang on voters, go with the person and not with the state's id.
    let after = desk.table("voters.parquet");
    let with = |id: &str, dropped: bool| -> Vec<&String> {
        let rows = after
            .iter()
            .filter(|row| row["state_voter_id"] == id && row.contains_key("dropped_at") == dropped);
        rows.map(|row| &row["voter_id"]).collect()
    };
    let of_id: BTreeMap<&str, &String> = after
        .iter()
        .filter(|row| !row.contains_key("dropped_at"))
        .map(|row| (row["state_voter_id"].as_str(), &row["voter_id"]))
        .collect();
    for (old, new) in &told {
        assert_eq!(of_id[new.as_str()], &before[old]["voter_id"], "{old} -> {new}");
    }
    for (id, _) in &reused {
        assert_ne!(of_id[id.as_str()], &before[id]["voter_id"], "{id} is another person");
        assert_eq!(with(id, true), [&before[id]["voter_id"]], "who had {id} has left");
    }
}
