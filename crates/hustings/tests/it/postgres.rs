//! The whole walk with the relational state in PostgreSQL.

use crate::support::{Desk, changes_of, number, voters};
use hustings_testkit::postgres::Postgres;

#[test]
fn load_hold_accept_undo_append_and_export_on_postgresql() {
    let Some(server) = Postgres::for_test("the walk on PostgreSQL") else { return };
    let mut desk = Desk::new();
    desk.extra = vec!["--database".to_owned(), server.url()];
    desk.deliver("2026-02-07", &voters(1, 200), &[["AA1", "11/05/2024", "IN-PERSON"]]);
    desk.deliver("2026-02-14", &voters(1, 150), &[]);
    let first = desk.load("2026-02-07", 0);
    assert_eq!(desk.load("2026-02-07", 0), first, "the same files again");
    let held = desk.load("2026-02-14", 1);
    assert_eq!(held["gate"]["status"], "held");
    assert_eq!(desk.current().as_deref(), first["snapshot"].as_str());
    let accepted = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "fewer counties"], 0);
    assert_eq!(changes_of(&accepted), [("dropped".to_owned(), 50)]);
    assert_eq!(desk.current(), accepted["snapshot"].as_str().map(str::to_owned));
    assert_eq!(desk.json(&["load", "--undo", "--state", "nc"], 0)["snapshot"], first["snapshot"]);
    desk.refuses(&["load", "--undo", "--state", "nc"], 1, "is the first of nc");

    let scores = desk.write("vendor", "scores.csv", "id,score\nAA1,10\nAA2,20\nZZ1,30\n");
    let append = [
        "append",
        scores.to_str().unwrap(),
        "--state",
        "nc",
        "--owner",
        "acme",
        "--class",
        "appended",
        "--id",
        "id",
    ];
    let report = desk.json(&append, 0);
    assert_eq!((number(&report, "/rows/matched"), number(&report, "/rows/unmatched")), (2, 1));
    let voter = desk.json(&["voter", "AA1", "--state", "nc"], 0);
    assert!(
        voter["values"].as_array().unwrap().iter().any(|value| value["source"]["owner"] == "acme"),
        "{voter:#}"
    );

    let out = desk.path("base.csv");
    let export =
        ["export", "--state", "nc", "--class", "base", "--format", "csv", "--out", out.to_str().unwrap()];
    assert_eq!(number(&desk.json(&export, 0), "/rows"), 200);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 201);
    desk.json(&["append", "remove", report["append"].as_str().unwrap()], 0);
    assert_eq!(desk.json(&["append", "list"], 0)["appends"][0]["status"], "removed");
    assert!(!desk.data().join("platform.db").exists(), "no second database beside it");
    let rows = server.execute("SELECT status FROM snapshots ORDER BY as_of").unwrap();
    assert_eq!(rows, [["published"], ["undone"]]);
}

#[test]
fn a_database_that_cannot_be_reached_is_said_without_its_password() {
    let mut desk = Desk::new();
    desk.extra = vec!["--database".to_owned(), "postgres://hustings:geheim@127.0.0.1:1/none".to_owned()];
    let answer = desk.run(&["snapshots", "--state", "nc"]);
    assert_eq!(answer.code, 3, "{answer:#?}");
    assert!(!answer.stderr.contains("geheim"), "{answer:#?}");
    desk.refuses(&["snapshots", "--state", "nc"], 3, "cannot open the database");
}
