//! Goal: voters are followed from week to week although the state changes ids or gives them again, and nothing of it is
//! silent. Method: two weeks of an invented state with their truth.

use crate::support::{Desk, Row};
use hustings_testkit::synth::nc::{NcOptions, Trouble};
use serde_json::Value;
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

    // One of them was wrong, a person says: the list is built anew without that link alone.
    let (old, new) = told.iter().next().unwrap();
    let folder = weeks[1].folder.to_str().unwrap();
    let unlink = ["load", folder, "--state", "nc", "--unlink", new, "--why", "the daughter, by the card"];
    let third = desk.json(&unlink, 0);
    let third_id = third["snapshot"].as_str().unwrap();
    assert_ne!(third_id, id);
    assert_eq!(desk.current().as_deref(), Some(third_id));
    assert_eq!(third["gate"]["accepted_reason"], Value::Null, "the gate had nothing to say");
    let now = desk.table("voters.parquet");
    let is_parted = |now: &[Row]| {
        let on_list = now.iter().find(|row| row["state_voter_id"] == *new).unwrap();
        assert!(!on_list.contains_key("dropped_at"));
        assert_ne!(on_list["voter_id"], before[old]["voter_id"], "somebody new");
        let left = now.iter().find(|row| row["voter_id"] == before[old]["voter_id"]).unwrap();
        assert!(left.contains_key("dropped_at"));
        assert_eq!((&left["state_voter_id"], &left["name_last"]), (old, &before[old]["name_last"]));
    };
    is_parted(&now);
    assert_eq!(now.len(), after.len() + 1, "nobody else");
    let others = |table: &[Row]| -> BTreeMap<String, String> {
        let of =
            |row: &Row| (row["state_voter_id"].clone(), row.get("name_last").cloned().unwrap_or_default());
        table.iter().map(of).filter(|(id, _)| id != old && id != new).collect()
    };
    assert_eq!(others(&now), others(&after));
    let count = |id: &str| {
        let report = desk.json(&["report", id, "--state", "nc"], 0);
        report["summary"]["changes"]["id_changed"].as_u64().unwrap()
    };
    assert_eq!(count(third_id) + 1, count(id));
    // It stays so: with the same files, after an undo, and in the week after.
    assert_eq!(desk.load(folder, 0)["snapshot"], third_id);
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    assert_eq!(desk.load(folder, 0)["snapshot"], third_id);
    is_parted(&desk.table("voters.parquet"));
    desk.json(&["load", folder, "--state", "nc", "--as-of", "2026-05-02"], 0);
    is_parted(&desk.table("voters.parquet"));
    // What cannot be undone is said: another delivery, an id to which nobody was followed, no reason.
    desk.refuses(&[&unlink[..6], &["--why", " "]].concat(), 2, "the reason given is empty");
    desk.refuses(&unlink, 2, "no voter was followed to the id");
}
