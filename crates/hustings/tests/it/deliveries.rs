//! Deliveries in all the shapes in which they come: archives, parts, old and new headers, files that lie twice.

use crate::support::{Desk, Voter, absentee, changes_of, history, list, number, voters};
use flate2::Compression;
use flate2::write::GzEncoder;
use hustings_testkit::synth::nc::row::HEADER;
use serde_json::Value;
use std::io::Write;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[track_caller]
fn warned(desk: &Desk, words: &str) {
    let report = desk.json(&["report", "--state", "nc"], 0);
    let warnings = report["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|text| text.as_str().unwrap().contains(words)), "`{words}`: {warnings:#?}");
}

fn kinds(summary: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    summary["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (text(&file["name"]), text(&file["kind"])))
        .collect()
}

#[test]
fn packed_or_not_it_is_the_same_delivery() {
    let desk = Desk::new();
    let votes = history(&[["AA1", "11/05/2024", "IN-PERSON"]]);
    let people = list(&HEADER, &voters(1, 30));
    desk.write("2026-02-07", "ncvoter_Statewide.txt", &people);
    desk.write("2026-02-07", "ncvhis_Statewide.txt", &votes);
    let plain = desk.load("2026-02-07", 0);
    let packed = desk.write(
        "packed",
        "2026-02-07.zip",
        zipped(&[
            ("nc/ncvoter_Statewide.txt", people.as_bytes()),
            ("nc/ncvhis_Statewide.txt", votes.as_bytes()),
        ]),
    );
    let from_zip = desk.json(&["load", packed.to_str().unwrap(), "--state", "nc"], 0);
    assert_eq!(from_zip, plain, "nothing new");
    desk.write("parts", "a/ncvoter_Statewide.txt.gz", gz(people.as_bytes()));
    desk.write("parts", "b/ncvhis_Statewide.zip", zipped(&[("ncvhis_Statewide.txt", votes.as_bytes())]));
    desk.write("parts", ".DS_Store", "left over");
    assert_eq!(desk.load("parts", 0), plain);

    let other = Desk::new();
    let packed = packed.to_str().unwrap();
    let first = other.json(&["load", packed, "--state", "nc"], 0);
    assert_eq!(first["as_of"], "2026-02-07", "the archive's own name has the date");
    assert_eq!(first["snapshot"], plain["snapshot"]);
    assert_eq!(first["files"][1]["name"], "2026-02-07.zip/nc/ncvoter_Statewide.txt");
    assert_eq!(first["files"][1]["sha256"], plain["files"][1]["sha256"], "of the bytes unpacked");
}

#[test]
fn county_parts_are_one_list_and_what_does_not_belong_is_named() {
    let desk = Desk::new();
    let wake =
        |number: u32| Voter::new(&format!("BB{number}")).with("county_id", "92").with("county_desc", "WAKE");
    desk.write("2026-02-07", "ncvoter32.txt", list(&HEADER, &voters(1, 20)));
    desk.write("2026-02-07", "ncvoter92.txt", list(&HEADER, &(1..=10).map(wake).collect::<Vec<_>>()));
    desk.write("2026-02-07", "copy/ncvoter92.txt", list(&HEADER, &(1..=10).map(wake).collect::<Vec<_>>()));
    desk.write("2026-02-07", "readme.txt", "Dear director,\nhere is the list.\n");
    desk.write("2026-02-07", "empty.txt", "");
    let summary = desk.load("2026-02-07", 0);
    assert_eq!(number(&summary, "/rows/accepted"), 30);
    assert_eq!(number(&summary, "/duplicate_ids"), 0, "a file that lies twice is read once");
    let ignored: Vec<String> =
        kinds(&summary).into_iter().filter(|(_, kind)| kind == "ignored").map(|(name, _)| name).collect();
    assert_eq!(ignored.len(), 3, "{ignored:?}");
    warned(&desk, "is in the delivery twice, byte for byte: read once");
    warned(&desk, "readme.txt");
    warned(&desk, "empty.txt");
    assert_eq!(desk.voters()["BB3"]["county_name"], "WAKE");
    let report = desk.json(&["report", "--state", "nc"], 0);
    let counties: Vec<_> = report["counties"]
        .as_array()
        .unwrap()
        .iter()
        .map(|county| (county["county"].as_str().unwrap(), number(county, "/now")))
        .collect();
    assert_eq!(counties, [("DURHAM", 20), ("WAKE", 10)]);
}

#[test]
fn a_gz_of_several_members_and_with_bytes_behind_them() {
    let text = list(&HEADER, &voters(1, 60));
    let (first, second) = text.split_at(text.len() / 2);
    let members = [gz(first.as_bytes()), gz(second.as_bytes())].concat();
    for (case, behind) in [("nothing", &b""[..]), ("zeros", &[0; 512]), ("words", b"signed by nobody")] {
        let desk = Desk::new();
        let file = desk.write("2026-02-07", "ncvoter.txt.gz", [&members, behind].concat());
        let summary = desk.json(&["load", file.to_str().unwrap(), "--state", "nc"], 0);
        assert_eq!(number(&summary, "/rows/accepted"), 60, "{case}");
        let warnings = desk.json(&["report", "--state", "nc"], 0)["warnings"].to_string();
        assert_eq!(
            warnings.contains("bytes behind its packed data"),
            case != "nothing",
            "{case}: {warnings}"
        );
    }
    let desk = Desk::new();
    let cut = desk.write("cut", "ncvoter.txt.gz", &members[..members.len() - 9]);
    desk.refuses(&["load", cut.to_str().unwrap(), "--state", "nc"], 2, "ncvoter.txt.gz");
}

#[test]
fn a_damaged_archive_loads_nothing() {
    let desk = Desk::new();
    let people = list(&HEADER, &voters(1, 2_000));
    let packed = gz(people.as_bytes());
    let cut = desk.write("cut", "ncvoter.txt.gz", &packed[..packed.len() / 2]);
    desk.refuses(&["load", cut.to_str().unwrap(), "--state", "nc"], 2, "ncvoter.txt.gz");
    let mut broken = zipped(&[("ncvoter.txt", people.as_bytes())]);
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    let broken = desk.write("broken", "list.zip", broken);
    desk.refuses(&["load", broken.to_str().unwrap(), "--state", "nc"], 2, "list.zip");
    assert_eq!(desk.current(), None);
    assert_eq!(desk.state_folder(), Vec::<String>::new(), "and leaves nothing behind");
}

#[test]
fn headers_of_2022_and_2026_in_any_order_are_the_same_voters() {
    let desk = Desk::new();
    let people = voters(1, 120);
    let of_2022: Vec<&str> =
        HEADER.into_iter().filter(|name| !["ssn", "no_dl_ssn_chkbx", "hava_id_req"].contains(name)).collect();
    desk.write("2026-01-31", "ncvoter_Statewide.txt", list(&of_2022, &people));
    let old = desk.load("2026-01-31", 0);
    assert_eq!(old["layout"], "NC 2022-02 (67 columns)");
    assert!(!desk.voters()["AA1"].contains_key("has_ssn_flag"));

    desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &people));
    let new = desk.load("2026-02-07", 0);
    assert_eq!(new["layout"], "NC 2026-02 (70 columns)");
    assert_eq!(changes_of(&new), [], "three columns more are nobody's change");
    assert_eq!(desk.voters()["AA1"]["has_ssn_flag"], "true");

    let reversed: Vec<&str> = HEADER.into_iter().rev().collect();
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&reversed, &people));
    let summary = desk.load("2026-02-14", 0);
    assert_eq!(changes_of(&summary), []);
    assert_eq!(number(&summary, "/rows/accepted"), 120);

    // Upper case, LF, a byte order mark, and no quotes.
    let text = list(&HEADER, &people).replace("\r\n", "\n").replace('"', "");
    let (header, rows) = text.split_once('\n').unwrap();
    desk.write("2026-02-21", "ncvoter.txt", format!("\u{feff}{}\n{rows}", header.to_uppercase()));
    let summary = desk.load("2026-02-21", 0);
    assert_eq!(changes_of(&summary), []);
    assert_eq!(summary["files"][0]["encoding"], "utf-8");
}

#[test]
fn renamed_unknown_and_missing_columns() {
    let desk = Desk::new();
    let people: Vec<Voter> = voters(1, 120)
        .into_iter()
        .map(|voter| voter.with("middle_name", "ANN").with("reg_channel", "DMV"))
        .collect();
    let renamed = |text: String| text.replacen("\"middle_name\"", "\"midl_name\"", 1);
    let header: Vec<&str> =
        HEADER.into_iter().filter(|name| *name != "fire_dist_desc").chain(["reg_channel"]).collect();
    desk.write("2026-02-07", "ncvoter_Statewide.txt", renamed(list(&header, &people)));
    let summary = desk.load("2026-02-07", 0);
    assert_eq!(summary["files"][0]["unknown_columns"], serde_json::json!(["reg_channel"]));
    assert_eq!(summary["files"][0]["missing_columns"], serde_json::json!(["fire_dist_desc"]));
    warned(&desk, "`reg_channel` is not in the layout");
    warned(&desk, "missing: fire_dist_desc");
    let voter = &desk.voters()["AA1"];
    assert_eq!((voter["extra_reg_channel"].as_str(), voter["name_middle"].as_str()), ("DMV", "ANN"));
    // It is gone a week later, and stays with whoever has left meanwhile.
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&HEADER, &people[1..]));
    desk.load("2026-02-14", 0);
    let voters = desk.voters();
    assert_eq!(voters["AA1"]["extra_reg_channel"], "DMV");
    assert!(!voters["AA2"].contains_key("extra_reg_channel"));

    let without_id: Vec<&str> = HEADER.into_iter().filter(|name| *name != "ncid").collect();
    let file = desk.write("2026-02-21", "ncvoter_Statewide.txt", list(&without_id, &people));
    desk.refuses(&["load", file.to_str().unwrap(), "--state", "nc"], 2, "ncid");
}

#[test]
fn a_column_that_a_list_lacks_is_no_change_of_its_voters() {
    let desk = Desk::new();
    let people: Vec<Voter> = voters(1, 60)
        .into_iter()
        .map(|voter| voter.with("dist_1_abbrv", "38").with("race_code", "W"))
        .collect();
    desk.deliver("2026-02-07", &people, &[]);
    desk.load("2026-02-07", 0);
    let header: Vec<&str> = HEADER
        .into_iter()
        .map(|name| if name == "dist_1_abbrv" { "judge_dist" } else { name })
        .filter(|name| *name != "race_code")
        .collect();
    let mut people = people;
    people[0] = people[0].clone().with("party_cd", "LIB");
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&header, &people));
    let summary = desk.load("2026-02-14", 0);
    assert_eq!(changes_of(&summary), [("party_changed".to_owned(), 1)]);
    warned(&desk, "missing: race_code, dist_1_abbrv");
}

#[test]
fn an_empty_list_never_replaces_a_full_one() {
    let desk = Desk::new();
    let empty = desk.write("nothing", "ncvoter_Statewide.txt", "");
    desk.refuses(&["load", empty.to_str().unwrap(), "--state", "nc"], 2, "empty");
    desk.deliver("2026-02-07", &voters(1, 30), &[]);
    let full = desk.load("2026-02-07", 0);
    desk.deliver("2026-02-14", &[], &[]);
    let held = desk.load("2026-02-14", 1);
    assert_eq!(changes_of(&held), [("dropped".to_owned(), 30)]);
    assert_eq!(desk.current().as_deref(), full["snapshot"].as_str());
}

#[test]
fn ballots_come_with_their_cures() {
    let desk = Desk::new();
    desk.deliver("2026-02-07", &voters(1, 30), &[]);
    let ballot = |id: &'static str, status: &'static str, returned: &'static str| {
        vec![
            ("ncid", id),
            ("county_desc", "DURHAM"),
            ("election_dt", "03/03/2026"),
            ("ballot_req_type", "MAIL"),
            ("ballot_req_dt", "01/12/2026"),
            ("ballot_send_dt", "01/20/2026"),
            ("ballot_rtn_dt", returned),
            ("ballot_rtn_status", status),
        ]
    };
    let ballots = [
        ballot("AA1", "", ""),
        ballot("AA2", "ACCEPTED", "01/29/2026"),
        ballot("AA3", "ACCEPTED - CURED", "01/30/2026"),
        ballot("AA4", "PENDING CURE", "01/30/2026"),
        ballot("AA5", "SPOILED", "01/30/2026"),
        ballot("AA5", "ACCEPTED", "02/02/2026"),
        ballot("ZZ9", "ACCEPTED", "02/02/2026"),
    ];
    let rows: Vec<&[(&str, &str)]> = ballots.iter().map(Vec::as_slice).collect();
    desk.write("2026-02-07", "absentee_20260303.csv", absentee(&rows));
    let summary = desk.load("2026-02-07", 0);
    assert_eq!(number(&summary, "/rows/read"), 30, "`rows` counts voters only");
    assert_eq!(number(&summary, "/files/0/records"), 7);
    let ballots = desk.table("ballots.parquet");
    let found: Vec<_> =
        ballots.iter().map(|row| (row["state_voter_id"].as_str(), row["status"].as_str())).collect();
    assert_eq!(
        found,
        [
            ("AA1", "sent"),
            ("AA2", "accepted"),
            ("AA3", "accepted"),
            ("AA4", "needs_cure"),
            ("AA5", "spoiled"),
            ("AA5", "accepted"),
            ("ZZ9", "accepted"),
        ]
    );
    assert!(!ballots[6].contains_key("voter_id"), "of nobody on the list, and kept");
}
