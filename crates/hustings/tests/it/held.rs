//! The gate: what it holds back, and what a person accepts.

use crate::support::{Desk, Voter, changes_of, failed_rules, number, voters};
use hustings_testkit::synth::nc::{NcOptions, Trouble};

/// Loads a good first week and a second one with trouble, and expects it to be held by a rule with words.
#[track_caller]
fn holds(voters: u64, trouble: Trouble, rule: &str, words: &str) -> (Desk, serde_json::Value) {
    let desk = Desk::new();
    let weeks = desk.weeks(&NcOptions { voters, weeks: 2, trouble, ..NcOptions::default() });
    let folders: Vec<&str> = weeks.iter().map(|week| week.folder.to_str().unwrap()).collect();
    let first = desk.load(folders[0], 0);
    assert_eq!(first["gate"]["status"], "pass");
    let held = desk.load(folders[1], 1);
    assert_eq!(held["gate"]["status"], "held");
    let failed = held["gate"]["failed"].as_array().unwrap();
    assert!(
        failed
            .iter()
            .any(|failure| failure["rule"] == rule && failure["detail"].as_str().unwrap().contains(words)),
        "{rule} with `{words}`: {failed:#?}"
    );
    assert_eq!(desk.current().as_deref(), first["snapshot"].as_str(), "the previous one stays current");
    (desk, held)
}

#[test]
fn a_purge_is_held_and_says_where_and_whom() {
    let trouble = Trouble { purge: Some(("DURHAM".to_owned(), 0.5)), ..Trouble::default() };
    let (desk, held) = holds(4_000, trouble, "purge_watch", "DURHAM");
    let report = desk.json(&["report", held["snapshot"].as_str().unwrap(), "--state", "nc"], 0);
    let alarms = report["purge_watch"].as_array().unwrap();
    let durham: Vec<_> = alarms.iter().filter(|alarm| alarm["county"] == "DURHAM").collect();
    assert!(!durham.is_empty());
    for alarm in durham {
        let split = alarm["split"].as_object().unwrap();
        for group in ["party:", "race:", "age_band:", "last_vote:"] {
            let of = split
                .iter()
                .filter(|(name, _)| name.starts_with(group))
                .map(|(_, count)| count.as_u64().unwrap());
            assert_eq!(of.sum::<u64>(), number(alarm, "/count"), "{group} names everybody: {alarm:#}");
        }
    }
}

#[test]
fn lost_vote_history_is_held() {
    let trouble = Trouble { history_loss: 0.05, ..Trouble::default() };
    let (desk, held) = holds(1_500, trouble, "history_loss", "votes are missing from this list");
    let id = held["snapshot"].as_str().unwrap();
    let report = desk.json(&["report", id, "--state", "nc"], 0);
    assert!(number(&report, "/history/votes_lost") > 50);
    let lost = desk.json(&["changes", id, "--state", "nc", "--kind", "history_lost"], 0);
    assert_eq!(number(&lost, "/total"), number(&held, "/changes/history_lost"));
}

#[test]
fn a_load_held_after_a_change_of_program_or_layout_says_so() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 300), &[]);
    desk.deliver("2026-02-14", &voters(1, 200), &[]);
    desk.deliver("2026-02-21", &voters(1, 201), &[]);
    desk.load("2026-02-07", 0);
    let path = desk.current_folder().join("manifest.json");
    let mut manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    manifest["program"] = "hustings 0.0.1".into();
    manifest["layout_sha256"] = "ab".into();
    std::fs::write(&path, manifest.to_string()).unwrap();
    let held = desk.load("2026-02-14", 1);
    let words = format!(
        "the program (hustings 0.0.1, now hustings {}) and the layout changed since the snapshot before",
        env!("CARGO_PKG_VERSION")
    );
    let failed = held["gate"]["failed"].as_array().unwrap();
    let drop = failed.iter().find(|failure| failure["rule"] == "total_drop").unwrap();
    assert!(drop["detail"].as_str().unwrap().ends_with(&words), "{drop}");
    let report = desk.json(&["report", held["snapshot"].as_str().unwrap(), "--state", "nc"], 0);
    let first = report["warnings"][0].as_str().unwrap();
    assert!(first.starts_with(&words), "{first}");
    // From here on nothing has changed.
    desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "known"], 0);
    desk.load("2026-02-21", 0);
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(report["warnings"], serde_json::json!([]));
}

#[test]
fn a_county_that_is_missing_is_held() {
    let trouble = Trouble { drop_county: Some("YANCEY".to_owned()), ..Trouble::default() };
    holds(1_500, trouble, "county_missing", "YANCEY: no voter in this list");
}

#[test]
fn an_unknown_status_code_is_held() {
    let trouble = Trouble { unknown_status: 3, ..Trouble::default() };
    holds(1_500, trouble, "unknown_status", "(3 rows)");
}

#[test]
fn too_many_rows_held_back_are_held_and_accepted_when_the_same_files_come_again() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 20), &[]);
    let first = desk.load("2026-02-07", 0);
    let text = std::fs::read_to_string(desk.path("2026-02-07/ncvoter_Statewide.txt")).unwrap();
    desk.write(
        "2026-02-14",
        "ncvoter_Statewide.txt",
        text + "\"32\"\t\"DURHAM\"\t\"000000000021\"\t\"AA21\"\r\n",
    );
    let held = desk.load("2026-02-14", 1);
    assert_eq!(failed_rules(&held), ["quarantine_rate"]);
    let id = held["snapshot"].as_str().unwrap();
    assert_eq!(crate::support::names(&desk.data().join("voterfile/nc/held")), [id]);
    let again = desk.load("2026-02-14", 1);
    assert_eq!(again, held, "held as before, and nothing is loaded a second time");
    assert_eq!(desk.json(&["snapshots", "--state", "nc"], 0)["snapshots"].as_array().unwrap().len(), 2);

    let accepted = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "a cut last line"], 0);
    assert_eq!(accepted["snapshot"], held["snapshot"]);
    assert_eq!(accepted["gate"]["status"], "accepted");
    assert_eq!(accepted["gate"]["failed"], held["gate"]["failed"], "what failed stays written down");
    assert_eq!(desk.current().as_deref(), Some(id));
    assert_eq!(crate::support::names(&desk.data().join("voterfile/nc/held")), Vec::<String>::new());
    let listed = desk.json(&["snapshots", "--state", "nc"], 0);
    assert_eq!(listed["snapshots"][0]["accepted_reason"], "a cut last line");
    assert_eq!(listed["snapshots"][0]["predecessor"], first["snapshot"]);

    // Undone and loaded again: current as it was, with the reason that it was given.
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    let again = desk.load("2026-02-14", 0);
    assert_eq!(again, accepted, "the snapshot as it was");
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "again"], 0);
    let listed = desk.json(&["snapshots", "--state", "nc"], 0);
    assert_eq!(listed["snapshots"][0]["accepted_reason"], "a cut last line");
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(report["summary"]["gate"]["accepted_reason"], "a cut last line");
}

#[test]
fn a_held_load_compared_with_a_snapshot_that_is_no_longer_current_is_compared_anew() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 200), &[]);
    desk.deliver("2026-02-14", &voters(1, 150), &[]);
    desk.deliver("2026-02-13", &voters(1, 201), &[]);
    desk.load("2026-02-07", 0);
    let held = desk.load("2026-02-14", 1);
    assert_eq!(changes_of(&held), [("dropped".to_owned(), 50)]);
    assert!(failed_rules(&held).contains(&"total_drop".to_owned()), "{held:#}");
    desk.load("2026-02-13", 0);
    let accepted =
        desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "a purge by court order"], 0);
    assert_eq!(changes_of(&accepted), [("dropped".to_owned(), 51)], "against what is current now");
    assert_eq!(desk.voters().len(), 201);
}

#[test]
fn a_reason_in_the_same_call_publishes_and_a_good_load_needs_none() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 20), &[]);
    let good = desk.json(&["load", "2026-02-07", "--state", "nc", "--accept-held", "whatever comes"], 0);
    assert_eq!(good["gate"]["status"], "pass");
    assert_eq!(good["gate"]["accepted_reason"], serde_json::Value::Null, "there was nothing to accept");
    desk.deliver("2026-02-14", &voters(1, 3), &[]);
    let accepted = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "whatever comes"], 0);
    assert_eq!(accepted["gate"]["status"], "accepted");
    assert_eq!(accepted["gate"]["accepted_reason"], "whatever comes");
}

/// Confidential voters have no address, no household and no telephone in anything that comes out.
#[test]
fn of_confidential_voters_nothing_tells_where_they_live() {
    let desk = Desk::new();
    let secrets = ["4711", "SECRET", "GARNER", "27529", "9195550199", "19195550199"];
    let exposed = Voter::new("AA7")
        .with("res_street_address", "4711  SECRET LN")
        .with("res_city_desc", "GARNER")
        .with("zip_code", "27529")
        .with("mail_addr1", "PO BOX 4711")
        .with("mail_city", "GARNER")
        .with("mail_zipcode", "27529")
        .with("full_phone_number", "9195550199");
    let mut first = voters(1, 120);
    first[7 - 1] = exposed.clone();
    desk.deliver("2026-02-07", &first, &[["AA7", "11/05/2024", "IN-PERSON"]]);
    desk.load("2026-02-07", 0);
    // The state marks the voter and, by a mistake, still gives the address.
    first[7 - 1] = exposed.confidential();
    desk.deliver("2026-02-14", &first, &[["AA7", "11/05/2024", "IN-PERSON"]]);
    let ballot = [
        ("ncid", "AA7"),
        ("county_desc", "DURHAM"),
        ("election_dt", "11/03/2026"),
        ("voter_street_address", "4711  SECRET LN"),
        ("ballot_mail_street_address", "4711  SECRET LN"),
        ("ballot_mail_city", "GARNER"),
        ("ballot_mail_zip", "27529"),
    ];
    desk.write("2026-02-14", "absentee_20261103.csv", crate::support::absentee(&[&ballot]));
    let summary = desk.load("2026-02-14", 0);
    assert_eq!(changes_of(&summary), [("became_confidential".to_owned(), 1)]);
    let row = &desk.voters()["AA7"];
    assert_eq!(row["confidential"], "true");
    for (column, value) in row {
        let tells = ["res_", "mail_", "household", "phone", "email", "raw_values"];
        let tells_nothing = ["withheld", "none"].contains(&value.as_str());
        assert!(tells_nothing || !tells.iter().any(|start| column.starts_with(start)), "{column} = {value}");
    }
    let silent = |what: &str, text: &str| {
        // Whole words: long numbers of ours may hold any four digits.
        let told =
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).find(|word| secrets.contains(word));
        assert_eq!(told, None, "{what}: {text:.2000}");
    };
    silent("voters.parquet", &format!("{row:?}"));
    silent("ballots.parquet", &format!("{:?}", desk.table("ballots.parquet")));
    silent("changes.parquet", &format!("{:?}", desk.table("changes.parquet")));
    silent("voter", &desk.json(&["voter", "AA7", "--state", "nc"], 0).to_string());
    silent("voter", &desk.run(&["voter", "AA7", "--state", "nc"]).stdout);
    silent("changes", &desk.json(&["changes", "--state", "nc"], 0).to_string());
    // Cities and ZIPs are counted in the report; lines and telephones are nowhere in it.
    let report = desk.json(&["report", "--state", "nc"], 0).to_string();
    assert!(
        ["4711", "SECRET", "5550199", "MAIN"].iter().all(|secret| !report.contains(secret)),
        "{report:.2000}"
    );
    let out = desk.path("base.csv");
    let exported = desk.json(
        &["export", "--state", "nc", "--class", "base", "--format", "csv", "--out", out.to_str().unwrap()],
        0,
    );
    assert_eq!((number(&exported, "/rows"), number(&exported, "/confidential_subtracted")), (119, 1));
    let text = std::fs::read_to_string(&out).unwrap();
    silent("export", &text);
    assert!(!text.contains("AA7,"), "not even the id");
    silent("manifest", &std::fs::read_to_string(desk.current_folder().join("manifest.json")).unwrap());
    // A later list without the voter keeps the silence.
    first.remove(6);
    desk.deliver("2026-02-21", &first, &[]);
    desk.json(&["load", "2026-02-21", "--state", "nc", "--accept-held", "one of twenty"], 0);
    let row = &desk.voters()["AA7"];
    assert_eq!(row["dropped_at"], "2026-02-21");
    silent("voters.parquet", &format!("{row:?}"));
    silent("changes.parquet", &format!("{:?}", desk.table("changes.parquet")));
}

#[test]
fn ballots_that_are_carried_over_forget_the_address_of_who_becomes_confidential() {
    let desk = Desk::new();
    let mut list = voters(1, 120);
    let ballot = |id| {
        crate::support::absentee(&[&[
            ("ncid", id),
            ("election_dt", "11/03/2026"),
            ("ballot_mail_street_address", "4711  SECRET LN"),
        ]])
    };
    desk.deliver("2026-02-07", &list, &[]);
    desk.write("2026-02-07", "absentee_20261103.csv", ballot("AA7"));
    desk.load("2026-02-07", 0);
    assert_eq!(desk.table("ballots.parquet")[0]["mail_line1"], "4711  SECRET LN");
    list[6] = list[6].clone().confidential();
    desk.deliver("2026-02-14", &list, &[]);
    desk.load("2026-02-14", 0);
    let ballots = desk.table("ballots.parquet");
    assert_eq!(ballots.len(), 1);
    assert_eq!(ballots[0]["election_date"], "2026-11-03");
    assert!(!ballots[0].contains_key("mail_line1"), "{ballots:?}");
}

#[test]
fn a_held_load_is_discarded_and_only_its_report_stays() {
    let desk = Desk::new();
    let discard = ["load", "--discard-held", "--state", "nc"];
    desk.refuses(&discard, 1, "nothing to discard");
    desk.deliver("2026-02-07", &voters(1, 200), &[]);
    desk.deliver("2026-02-14", &voters(1, 150), &[]);
    desk.deliver("2026-02-15", &voters(1, 140), &[]);
    let first = desk.load("2026-02-07", 0);
    desk.refuses(&discard, 1, "nothing to discard");
    let before = desk.table("voters.parquet");
    let held = desk.load("2026-02-14", 1);
    let id = held["snapshot"].as_str().unwrap();
    let other = desk.load("2026-02-15", 1);
    desk.refuses(&discard, 2, "2 loads of nc are held");
    desk.json(&["load", "--discard-held", other["snapshot"].as_str().unwrap(), "--state", "nc"], 0);
    let discarded = desk.json(&discard, 0);
    assert_eq!((&discarded["id"], &discarded["status"]), (&held["snapshot"], &"discarded".into()));

    let folder = desk.data().join("voterfile/nc/held").join(id);
    assert_eq!(crate::support::names(&folder), ["manifest.json", "report.json"]);
    assert_eq!(desk.current().as_deref(), first["snapshot"].as_str());
    assert_eq!(desk.table("voters.parquet"), before);
    let list = desk.json(&["snapshots", "--state", "nc"], 0);
    let status = |at: usize| list["snapshots"][at]["status"].as_str().unwrap();
    assert_eq!([status(0), status(1), status(2)], ["discarded", "discarded", "published"]);
    assert_eq!(desk.json(&["report", id, "--state", "nc"], 0)["summary"], held, "as it was held");
    desk.refuses(&["quarantine", id, "--state", "nc"], 1, "was discarded");
    desk.refuses(&["changes", id, "--state", "nc"], 1, "was discarded");
    for wrong in [id, first["snapshot"].as_str().unwrap(), "2026-01-01-000000000000"] {
        desk.refuses(&["load", "--discard-held", wrong, "--state", "nc"], 2, wrong);
    }
    // The same files make the same load again, and a person may still accept it.
    assert_eq!(desk.load("2026-02-14", 1)["changes"], held["changes"]);
    let accepted = desk.json(&["load", "2026-02-14", "--state", "nc", "--accept-held", "by court order"], 0);
    assert_eq!(desk.current().as_deref(), accepted["snapshot"].as_str());
    assert_eq!(desk.voters().len(), 200);
}
