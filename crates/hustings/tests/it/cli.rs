//! What the program says of itself, and how it answers what it does not understand: `tests/it/cli/*.txt`.

use crate::support::{Desk, Voter, program, same_as_file, voters};

#[test]
fn help_of_every_verb() {
    for (name, arguments) in [
        ("hustings", &[] as &[&str]),
        ("demo", &["demo"]),
        ("load", &["load"]),
        ("snapshots", &["snapshots"]),
        ("report", &["report"]),
        ("changes", &["changes"]),
        ("quarantine", &["quarantine"]),
        ("voter", &["voter"]),
        ("append", &["append"]),
        ("append-list", &["append", "list"]),
        ("append-remove", &["append", "remove"]),
        ("append-explain", &["append", "explain"]),
        ("export", &["export"]),
        ("match", &["match"]),
        ("match-explain", &["match", "explain"]),
        ("dedupe", &["dedupe"]),
        ("org", &["org"]),
        ("org-create", &["org", "create"]),
        ("org-engage", &["org", "engage"]),
        ("user", &["user"]),
        ("user-invite", &["user", "invite"]),
        ("user-disable", &["user", "disable"]),
        ("key", &["key"]),
        ("key-create", &["key", "create"]),
        ("grant", &["grant"]),
        ("grant-create", &["grant", "create"]),
        ("layouts", &["layouts"]),
        ("layouts-show", &["layouts", "show"]),
        ("layouts-check", &["layouts", "check"]),
        ("serve", &["serve"]),
        ("synth-voterfile", &["synth", "voterfile"]),
    ] {
        let output = program().args(arguments).arg("--help").output().unwrap();
        assert!(output.status.success(), "{name}");
        same_as_file(&String::from_utf8(output.stdout).unwrap(), &format!("it/cli/help-{name}.txt"));
    }
}

#[test]
fn what_is_not_understood_ends_with_code_2_and_a_hint() {
    let mut said = String::new();
    for arguments in [
        "",
        "frobnicate",
        "load",
        "load list.txt",
        "load list.txt --state carolina",
        "load list.txt --state nc --as-of yesterday",
        "load list.txt --state nc --as-of 2026-02-30",
        "load list.txt --state nc --undo",
        "load --undo --state nc --accept-held x",
        "load list.txt --state nc --accept-held",
        "load list.txt --stat nc",
        "voter --state nc",
        "quarantine --state nc --kind letters",
        "append list.csv --state nc",
        "append list.csv --state nc --owner acme --class secret --id id",
        "export --state nc --class base --format pdf --out x",
        "synth voterfile --voters many --out x",
        "changes --state nc --limit -1",
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let output = program().args(&words).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        // Without a verb the help is the answer.
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(output.stdout.is_empty(), "{arguments}");
        let first =
            if arguments.is_empty() { text.lines().next().unwrap_or_default() } else { text.trim_end() };
        said += &format!("$ hustings {arguments}\n{first}\n\n");
    }
    same_as_file(&said, "it/cli/not-understood.txt");
}

#[test]
fn a_wrong_command_line_is_told_in_one_sentence_and_help_stays() {
    let desk = Desk::new();
    desk.refuses(&["voter", "AA1"], 2, "--state");
    desk.refuses(&["snapshots", "--state", "nc", "--colour"], 2, "--colour");
    desk.refuses(&["changes", "--state", "nc", "--limit", "many"], 2, "many");
    desk.refuses(&["snapshots", "--state", "zz"], 2, "`zz` is no state");
    desk.refuses(&["snapshots", "--state", "zz", "--json"], 2, "`zz` is no state");
    let help = desk.run(&["voter", "--help"]);
    assert!(help.code == 0 && help.stdout.contains("Usage:"), "{help:?}");
}

#[test]
fn a_day_before_the_first_list_is_said_to_be_so() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 20), &[]);
    desk.load("2026-02-07", 0);
    let words = "no list of nc is as old as 2026-01-01: the first is of 2026-02-07";
    desk.refuses(&["voter", "AA1", "--state", "nc", "--as-of", "2026-01-01"], 2, words);
}

#[test]
fn a_voters_value_tells_the_column_or_the_columns_it_came_from() {
    let desk = Desk::new();
    let voter = Voter::new("AA1").with("municipality_desc", "DURHAM CITY").with("ward_abbrv", "W1");
    desk.deliver("2026-02-07", &[vec![voter], voters(2, 20)].concat(), &[]);
    desk.load("2026-02-07", 0);
    let voter = desk.json(&["voter", "AA1", "--state", "nc"], 0);
    for value in voter["values"].as_array().unwrap() {
        let source = &value["source"];
        if source["kind"] == "derived" {
            assert_ne!(source["from"], serde_json::json!([]), "{value:#}");
        } else {
            assert!(source["header"].is_string(), "{value:#}");
        }
    }
    let source = |column: &str| {
        let mut values = voter["values"].as_array().unwrap().iter();
        values.find(|value| value["column"] == column).unwrap()["source"].clone()
    };
    assert_eq!(source("gender_raw")["header"], "gender_code");
    assert_eq!(source("phone_quality")["from"], serde_json::json!(["phone"]));
    assert_eq!(source("res.house_number")["from"], serde_json::json!(["res.line1"]));
}
