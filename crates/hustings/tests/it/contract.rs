//! The contract: JSON keys, exit codes, sentences. Scripts are run against it.

use crate::support::{Desk, Voter, list, number, voters};
use hustings_testkit::synth::nc::NcOptions;
use hustings_testkit::synth::nc::row::HEADER;
use serde_json::Value;
use std::fs;

/// Checks that a JSON document has exactly these keys with these types: `n` count, `x` number, `t` text, `b` boolean,
/// `a` array, `o` object, and `?` behind for what may be null.
#[track_caller]
pub fn has(json: &Value, keys: &[(&str, &str)]) {
    let object = json.as_object().unwrap_or_else(|| panic!("no object: {json:#}"));
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    for (key, kind) in keys {
        let value = object.get(*key).unwrap_or_else(|| panic!("no key `{key}`: {names:?}"));
        let fits = match kind.trim_end_matches('?') {
            "n" => value.is_u64(),
            "x" => value.is_number(),
            "t" => value.is_string(),
            "b" => value.is_boolean(),
            "a" => value.is_array(),
            "o" => value.is_object(),
            other => panic!("`{other}`"),
        };
        assert!(fits || (kind.ends_with('?') && value.is_null()), "`{key}` is no {kind}: {value:#}");
    }
    for name in names {
        assert!(
            keys.iter().any(|(key, _)| *key == name),
            "`{name}` is in no contract: add it here with its type"
        );
    }
}

#[track_caller]
fn counts(json: &Value) -> u64 {
    let object = json.as_object().unwrap_or_else(|| panic!("no object: {json:#}"));
    object.values().map(|count| count.as_u64().unwrap_or_else(|| panic!("no counts: {json:#}"))).sum()
}

#[track_caller]
fn check_summary(summary: &Value) {
    has(
        summary,
        &[
            ("snapshot", "t"),
            ("state", "t"),
            ("as_of", "t"),
            ("layout", "t"),
            ("files", "a"),
            ("rows", "o"),
            ("duplicate_ids", "n"),
            ("repairs", "o"),
            ("quarantine", "o"),
            ("votes", "o"),
            ("gate", "o"),
            ("changes", "o"),
            ("households", "n"),
            ("seconds", "x"),
            ("peak_memory_bytes", "n"),
        ],
    );
    assert_eq!(summary["state"], "nc");
    let rows = [("read", "n"), ("accepted", "n"), ("repaired", "n"), ("quarantined", "n")];
    has(&summary["rows"], &rows);
    has(&summary["votes"], &[rows.as_slice(), &[("orphan", "n")]].concat());
    for part in ["rows", "votes"] {
        let of = |name: &str| number(&summary[part], &format!("/{name}"));
        assert_eq!(of("read"), of("accepted") + of("repaired") + of("quarantined"), "{part}: {summary:#}");
    }
    has(&summary["gate"], &[("status", "t"), ("failed", "a"), ("accepted_reason", "t?")]);
    for failure in summary["gate"]["failed"].as_array().unwrap() {
        has(failure, &[("rule", "t"), ("detail", "t")]);
    }
    counts(&summary["repairs"]);
    assert!(counts(&summary["quarantine"]) >= number(summary, "/rows/quarantined"));
    let kinds = summary["changes"].as_object().unwrap();
    for kind in [
        "new",
        "dropped",
        "returned",
        "moved_within_county",
        "moved_county",
        "name_changed",
        "party_changed",
        "status_changed",
        "precinct_changed",
        "birth_date_changed",
        "history_gained",
        "history_lost",
        "id_changed",
        "became_confidential",
    ] {
        assert!(kinds.contains_key(kind), "every kind is there, also with 0: {kind}");
    }
    counts(&summary["changes"]);
    let mut of_voters = 0;
    for file in summary["files"].as_array().unwrap() {
        has(
            file,
            &[
                ("name", "t"),
                ("sha256", "t"),
                ("bytes", "n"),
                ("encoding", "t"),
                ("lines", "n"),
                ("header_lines", "n"),
                ("blank_lines", "n"),
                ("continuation_lines", "n"),
                ("records", "n"),
                ("kind", "t"),
                ("layout_version", "t"),
                ("missing_columns", "a"),
                ("unknown_columns", "a"),
            ],
        );
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
        let of = |name: &str| number(file, &format!("/{name}"));
        if file["kind"] != "ignored" {
            assert_eq!(
                of("lines"),
                of("records") + of("header_lines") + of("blank_lines") + of("continuation_lines"),
                "{file:#}"
            );
        }
        of_voters += if file["kind"] == "voters" { of("records") } else { 0 };
    }
    assert_eq!(of_voters, number(summary, "/rows/read"));
}

fn dirty(desk: &Desk) -> String {
    let weeks = desk.weeks(&NcOptions { voters: 1_500, weeks: 1, dirt: 0.03, ..NcOptions::default() });
    weeks[0].folder.to_str().unwrap().to_owned()
}

#[test]
fn load_says_all_that_the_contract_names_and_its_sums_hold_also_when_held() {
    let desk = Desk::new();
    let delivery = dirty(&desk);
    let held = desk.json(&["load", &delivery, "--state", "nc"], 1);
    check_summary(&held);
    assert_eq!(held["gate"]["status"], "held");
    assert!(number(&held, "/rows/repaired") > 0 && number(&held, "/rows/quarantined") > 0);
    assert!(held["seconds"].as_f64().unwrap() > 0.0);
    assert!(number(&held, "/peak_memory_bytes") > 1 << 20);
    assert_eq!(desk.current(), None, "nothing is current yet");
    let accepted = desk.json(&["load", &delivery, "--state", "nc", "--accept-held", "first list"], 0);
    check_summary(&accepted);
    assert_eq!(accepted["gate"]["status"], "accepted");
    assert_eq!(accepted["gate"]["accepted_reason"], "first list");
    assert_eq!(accepted["rows"], held["rows"]);
    assert_eq!(desk.current().as_deref(), accepted["snapshot"].as_str());

    let snapshots = desk.json(&["snapshots", "--state", "nc"], 0);
    has(&snapshots, &[("state", "t"), ("snapshots", "a")]);
    has(
        &snapshots["snapshots"][0],
        &[
            ("id", "t"),
            ("state", "t"),
            ("as_of", "t"),
            ("inputs_digest", "t"),
            ("status", "t"),
            ("is_current", "b"),
            ("predecessor", "t?"),
            ("layout", "t"),
            ("voters", "n"),
            ("households", "n"),
            ("gate_failed", "a"),
            ("accepted_reason", "t?"),
            ("created_at", "t"),
            ("discarded_at", "t?"),
            ("folder", "t"),
        ],
    );
    let report = desk.json(&["report", "--state", "nc"], 0);
    check_summary(&report["summary"]);
    assert_eq!(report["summary"], accepted);
    has(
        &report,
        &[
            ("version", "n"),
            ("loaded_at", "t"),
            ("predecessor", "t?"),
            ("summary", "o"),
            ("warnings", "a"),
            ("quarantine_samples", "o"),
            ("counties", "a"),
            ("breakdowns", "o"),
            ("columns", "a"),
            ("changes_by_county", "o"),
            ("purge_watch", "a"),
            ("history", "o"),
            ("elections", "a"),
            ("addresses", "o"),
            ("identity", "o"),
            ("downstream", "a"),
            ("sizes", "o"),
        ],
    );
    let quarantine = desk.json(&["quarantine", "--state", "nc"], 0);
    has(
        &quarantine,
        &[("snapshot", "t"), ("state", "t"), ("counts", "o"), ("total", "n"), ("offset", "n"), ("rows", "a")],
    );
    assert_eq!(number(&quarantine, "/total"), counts(&accepted["quarantine"]));
    let delivered = fs::read(desk.path(&delivery).join("ncvoter_Statewide.txt")).unwrap();
    for row in quarantine["rows"].as_array().unwrap() {
        has(
            row,
            &[
                ("id", "n"),
                ("kind", "t"),
                ("file", "t"),
                ("line", "n"),
                ("lines", "n"),
                ("offset", "n"),
                ("length", "n"),
                ("rule", "t"),
                ("detail", "t?"),
                ("bytes", "t?"),
                ("withheld", "t?"),
                ("state_voter_id", "t?"),
                ("county_name", "t?"),
            ],
        );
        assert_eq!(row["bytes"].is_null(), row["withheld"].is_string());
        if row["kind"] == "voters" && row["withheld"].is_null() {
            let from = usize::try_from(number(row, "/offset")).unwrap();
            let length = usize::try_from(number(row, "/length")).unwrap();
            let bytes = &delivered[from..from + length];
            let text = std::str::from_utf8(bytes)
                .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
            assert_eq!(row["bytes"], text, "the bytes that stand in the file");
            let line = delivered[..from].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            assert_eq!(number(row, "/line"), line);
        }
    }
}

#[test]
fn changes_and_voter_say_all_that_the_contract_names() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 20), &[["AA1", "11/05/2024", "IN-PERSON"]]);
    desk.load("2026-02-07", 0);
    let mut next = voters(1, 20);
    next[0] = next[0].clone().with("party_cd", "REP");
    next[1] = next[1].clone().with("last_name", "O'CONNOR-ÁLVAREZ");
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&HEADER, &next));
    let summary = desk.load("2026-02-14", 0);
    let changes = desk.json(&["changes", "--state", "nc"], 0);
    has(
        &changes,
        &[
            ("snapshot", "t"),
            ("state", "t"),
            ("counts", "o"),
            ("total", "n"),
            ("offset", "n"),
            ("changes", "a"),
        ],
    );
    assert_eq!(changes["counts"], summary["changes"]);
    assert_eq!(number(&changes, "/total"), 2);
    for change in changes["changes"].as_array().unwrap() {
        has(
            change,
            &[
                ("voter_key", "t"),
                ("state_voter_id", "t?"),
                ("kind", "t"),
                ("reason", "t?"),
                ("county_name", "t?"),
                ("column", "t?"),
                ("old", "t?"),
                ("new", "t?"),
                ("name", "t?"),
                ("city", "t?"),
            ],
        );
    }
    assert_eq!(changes["changes"][0]["name"], "WINDOM, DARRELL");
    assert_eq!(changes["changes"][0]["city"], "DURHAM");
    let only = desk.json(&["changes", "--state", "nc", "--kind", "party_changed", "--county", "durham"], 0);
    assert_eq!(number(&only, "/total"), 1);
    assert_eq!((&only["changes"][0]["old"], &only["changes"][0]["new"]), (&"UNA".into(), &"REP".into()));
    let first = desk.json(&["snapshots", "--state", "nc"], 0)["snapshots"][1]["id"].clone();
    let earlier = desk.json(&["changes", first.as_str().unwrap(), "--state", "nc"], 0);
    assert_eq!(number(&earlier, "/total"), 20);

    let voter = desk.json(&["voter", "AA1", "--state", "nc"], 0);
    has(
        &voter,
        &[
            ("snapshot", "t"),
            ("as_of", "t"),
            ("voter_key", "t"),
            ("confidential", "b"),
            ("dropped_at", "t?"),
            ("repair", "t?"),
            ("values", "a"),
            ("votes", "a"),
            ("ballots", "a"),
            ("seen", "o"),
            ("changes", "a"),
        ],
    );
    for value in voter["values"].as_array().unwrap() {
        has(value, &[("column", "t"), ("label", "t"), ("class", "t"), ("value", "t"), ("source", "o")]);
        assert!(value["source"]["kind"].is_string(), "every value has a source: {value:#}");
        assert_eq!(value["source"]["line"], 2, "{value:#}");
    }
    let kinds: Vec<_> = voter["changes"].as_array().unwrap().iter().map(|change| &change["kind"]).collect();
    assert_eq!(kinds, ["party_changed", "new"], "newest first");
    let party = |json: &Value| {
        let values = json["values"].as_array().unwrap();
        values.iter().find(|value| value["column"] == "party").unwrap()["value"].clone()
    };
    assert_eq!(party(&voter), "REP");
    assert_eq!(party(&desk.json(&["voter", "AA1", "--state", "nc", "--as-of", "2026-02-10"], 0)), "UNA");
    assert_eq!(party(&desk.json(&["voter", "aa1", "--state", "nc"], 0)), "REP");
}

#[test]
fn append_and_export_say_all_that_the_contract_names() {
    let desk = Desk::new();
    let mut list = voters(1, 20);
    list[4] = list[4].clone().confidential();
    list[5] = list[5].clone().with("county_id", "92").with("county_desc", "WAKE");
    desk.deliver("2026-02-07", &list, &[]);
    desk.load("2026-02-07", 0);
    let scores = desk.write("vendor", "scores.csv", "id,score\nAA1,10\nAA2,20\nAA999,30\nAA1,40\n,50\n");
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
    let append_keys = [
        ("append", "t"),
        ("id", "t"),
        ("state", "t"),
        ("owner", "t"),
        ("class", "t"),
        ("id_column", "t"),
        ("file", "t"),
        ("sha256", "t"),
        ("snapshot", "t"),
        ("rows", "o"),
        ("columns", "a"),
        ("replaced", "b"),
        ("replaces", "t?"),
        ("unchanged", "b"),
    ];
    has(&report, &append_keys);
    let rows = &report["rows"];
    assert_eq!(
        rows,
        &serde_json::json!({ "read": 5, "matched": 2, "unmatched": 1, "duplicate": 1, "quarantined": 1 })
    );
    has(
        &report["columns"][0],
        &[("name", "t"), ("header", "t"), ("type", "t"), ("filled", "n"), ("out_of_domain", "n")],
    );
    assert_eq!(desk.json(&append, 0)["unchanged"], true);
    let appends = desk.json(&["append", "list"], 0);
    has(&appends, &[("appends", "a")]);
    let record_keys =
        [append_keys.as_slice(), &[("status", "t"), ("created_at", "t"), ("removed_at", "t?")]].concat();
    has(&appends["appends"][0], &record_keys);

    let out = desk.path("durham.csv");
    let export = [
        "export",
        "--state",
        "nc",
        "--class",
        "base",
        "--county",
        "DURHAM",
        "--format",
        "csv",
        "--out",
        out.to_str().unwrap(),
    ];
    let exported = desk.json(&export, 0);
    has(
        &exported,
        &[
            ("export", "t"),
            ("state", "t"),
            ("snapshot", "t"),
            ("class", "t"),
            ("owner", "t?"),
            ("county", "t?"),
            ("format", "t"),
            ("file", "t"),
            ("rows", "n"),
            ("columns", "a"),
            ("bytes", "n"),
            ("sha256", "t"),
            ("confidential_subtracted", "n"),
            ("dropped_subtracted", "n"),
        ],
    );
    assert_eq!((number(&exported, "/rows"), number(&exported, "/confidential_subtracted")), (18, 1));
    assert!(!fs::read_to_string(&out).unwrap().contains("acme"), "base columns only");
    desk.refuses(&export, 2, "is there already");
    let removed = desk.json(&["append", "remove", report["append"].as_str().unwrap()], 0);
    has(&removed, &record_keys);
    assert_eq!(removed["status"], "removed");
    desk.refuses(&["append", "remove", "nothing"], 2, "`nothing`");
}

#[test]
fn layouts_and_synth_say_all_that_the_contract_names() {
    let desk = Desk::new();
    let layouts = desk.json(&["layouts", "list"], 0);
    has(&layouts, &[("layouts", "a")]);
    assert_eq!(layouts["layouts"].as_array().unwrap().len(), 21);
    has(
        &layouts["layouts"][0],
        &[("state", "t"), ("name", "t"), ("title", "t"), ("certainty", "t"), ("files", "n")],
    );
    let shown = desk.json(&["layouts", "show", "nc"], 0);
    assert_eq!(shown["state"], "nc");
    assert!(shown["files"].as_array().unwrap().len() >= 4, "{shown:#}");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../layouts");
    for name in crate::support::names(folder.as_ref()) {
        let file = format!("{folder}/{name}");
        let checked = desk.json(&["layouts", "check", &file], 0);
        has(&checked, &[("file", "t"), ("ok", "b"), ("findings", "a")]);
        assert_eq!(checked["ok"], true, "{name}");
    }
    let broken = desk.write("layouts", "broken.toml", "state = \"NC\"\nname = 7\n");
    let checked = desk.json(&["layouts", "check", broken.to_str().unwrap()], 1);
    assert_eq!(checked["ok"], false);
    assert!(
        checked["findings"].as_array().unwrap().iter().any(|finding| finding["line"] == 2),
        "{checked:#}"
    );

    let out = desk.path("synth");
    let arguments = [
        "synth",
        "voterfile",
        "--state",
        "nc",
        "--voters",
        "200",
        "--seed",
        "3",
        "--weeks",
        "2",
        "--dirt",
        "0.1",
    ];
    let written = desk.json(&[arguments.as_slice(), &["--out", out.to_str().unwrap()]].concat(), 0);
    has(&written, &[("state", "t"), ("voters", "n"), ("weeks", "a")]);
    for week in written["weeks"].as_array().unwrap() {
        has(week, &[("as_of", "t"), ("folder", "t")]);
        let folder = desk.path(week["folder"].as_str().unwrap());
        assert!(folder.join("ncvoter_Statewide.txt").is_file());
    }
    assert!(out.join("truth").is_dir());
}

#[test]
fn bad_input_is_said_in_one_sentence_with_exit_code_2() {
    let desk = Desk::new();
    desk.deliver("2026-02-14", &[Voter::new("AA1")], &[]);
    let text = desk.write("letters", "letter.txt", "Dear director,\nhere is the list.\n");
    let history =
        desk.write("votes", "ncvhis_Statewide.txt", crate::support::history(&[["AA1", "11/05/2024", "X"]]));
    let broken_zip = desk.write("zips", "list.zip", "PK nothing");
    for (arguments, words) in [
        (&["load", "nowhere", "--state", "nc"] as &[&str], "`nowhere`"),
        (&["load", "2026-02-14", "--state", "wy"], "no layout for `wy`"),
        (&["load", text.to_str().unwrap(), "--state", "nc"], "letter.txt"),
        (&["load", "letters", "--state", "nc"], "no voter file"),
        (&["load", history.to_str().unwrap(), "--state", "nc"], "no voter file"),
        (&["load", broken_zip.to_str().unwrap(), "--state", "nc"], "list.zip"),
        (&["load", "2026-02-14", "--state", "nc", "--accept-held", " "], "--accept-held needs a reason"),
        (&["report", "--state", "nc"], "no snapshot of nc yet"),
        (&["changes", "--state", "nc"], "no snapshot of nc yet"),
        (&["quarantine", "2026-01-01-abc", "--state", "nc"], "no snapshot `2026-01-01-abc` of nc"),
        (&["voter", "AA1", "--state", "nc"], "AA1"),
        (
            &["export", "--state", "nc", "--class", "base", "--format", "csv", "--out", "x.csv"],
            "no voter file of nc",
        ),
        (&["layouts", "show", "wy"], "no layout for `wy`"),
        (&["layouts", "check", "nowhere.toml"], "`nowhere.toml`"),
        (&["synth", "voterfile", "--state", "va", "--out", "x"], "`va`"),
        (&["synth", "voterfile", "--dirt", "2", "--out", "x"], "expected 0 to 1"),
    ] {
        desk.refuses(arguments, 2, words);
    }
    desk.refuses(&["load", "--undo", "--state", "nc"], 1, "nothing to undo");
    desk.load("2026-02-14", 0);
    for (arguments, words) in [
        (
            &["load", "2026-02-14", "--state", "nc", "--as-of", "2026-02-01"] as &[&str],
            "is older than the current snapshot",
        ),
        (&["voter", "AA2", "--state", "nc"], "no voter `AA2` in nc"),
        (
            &[
                "export", "--state", "nc", "--class", "base", "--county", "ATLANTIS", "--format", "csv",
                "--out", "x.csv",
            ],
            "ATLANTIS",
        ),
        (
            &[
                "append",
                "nowhere.csv",
                "--state",
                "nc",
                "--owner",
                "acme",
                "--class",
                "appended",
                "--id",
                "id",
            ],
            "`nowhere.csv`",
        ),
        (
            &[
                "append",
                text.to_str().unwrap(),
                "--state",
                "nc",
                "--owner",
                "acme",
                "--class",
                "appended",
                "--id",
                "id",
            ],
            "`id`",
        ),
        (
            &[
                "append",
                text.to_str().unwrap(),
                "--state",
                "nc",
                "--owner",
                "acme",
                "--class",
                "base",
                "--id",
                "id",
            ],
            "`base`",
        ),
        (&["changes", "--state", "nc", "--county", "ATLANTIS"], "ATLANTIS"),
        (&["changes", "--state", "nc", "--kind", "vanished"], "`vanished`"),
        (&["quarantine", "--state", "nc", "--rule", "dust"], "`dust`"),
    ] {
        desk.refuses(arguments, 2, words);
    }
}
