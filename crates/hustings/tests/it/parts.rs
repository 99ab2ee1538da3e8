//! Deliveries in parts of which one cannot be read: nobody who stands in it may count as dropped.

use crate::support::{Desk, Voter, failed_rules, list, voters};
use hustings_testkit::synth::nc::row::HEADER;
use std::io::Write;

const MAIN: &str = "ncvoter1.txt";

/// A desk with a hundred voters, of whom the first sixty come in the first part of the next delivery; and the rest.
fn desk() -> (Desk, String, Vec<Voter>) {
    let desk = Desk::new();
    let people = voters(1, 1_000);
    desk.write("2026-02-07", MAIN, list(&HEADER, &people));
    desk.load("2026-02-07", 0);
    (desk, list(&HEADER, &people[..995]), people[995..].to_vec())
}

#[track_caller]
fn held_for(desk: &Desk, delivery: &str, part: &str, words: &str) {
    let current = desk.current();
    let held = desk.load(delivery, 1);
    assert!(failed_rules(&held).contains(&"part_unread".to_owned()), "{held:#}");
    assert_eq!(desk.current(), current);
    let detail = held["gate"]["failed"].to_string();
    assert!(detail.contains(part) && detail.contains(words), "{detail}");
    let files = held["files"].as_array().unwrap();
    let file = files.iter().find(|file| file["name"].as_str().unwrap().ends_with(part)).unwrap();
    assert_eq!(file["kind"], "unread");
    assert!(file["reason"].as_str().unwrap().contains(words), "{file:#}");
    let manifests = desk.data().join("voterfile/nc/held");
    let folder = std::fs::read_dir(manifests).unwrap().last().unwrap().unwrap().path();
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert!(manifest["left_out"].to_string().contains(words), "{manifest:#}");
}

#[test]
fn a_member_that_leads_out_of_its_archive() {
    let (desk, main, rest) = desk();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [(MAIN, &main), ("../ncvoter2.txt", &list(&HEADER, &rest))] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    desk.write("in", "2026-02-14.zip", bytes);
    held_for(&desk, "in/2026-02-14.zip", "../ncvoter2.txt", "leads out of the archive");
    // The part that could be read alone is another delivery: what was held is not what is current.
    desk.write("2026-02-14", MAIN, &main);
    assert_eq!(desk.load("2026-02-14", 0)["gate"]["status"], "pass");
    desk.load("in/2026-02-14.zip", 1);
}

#[test]
fn a_part_whose_header_is_not_that_of_its_rows() {
    let (desk, main, rest) = desk();
    desk.write("2026-02-14", MAIN, &main);
    let wide = list(&HEADER, &rest).replacen("\r\n", "\t\"new\"\r\n", 1);
    desk.write("2026-02-14", "ncvoter2.txt", wide);
    held_for(&desk, "2026-02-14", "ncvoter2.txt", "the header has 71 fields");
}

#[test]
fn a_part_without_its_key_or_without_a_byte_or_packed_as_nobody_can_unpack() {
    let (_, main, rest) = desk();
    let renamed = list(&HEADER, &rest).replacen("\"ncid\"", "\"voter_unique\"", 1);
    for (name, text, words) in [
        ("other.txt", renamed.as_str(), "it lacks `ncid`"),
        ("ncvoter2.txt", "", "is empty"),
        ("ncvoter2.txt.7z", "7z\u{bc}\u{af}", "no file that the layout of NC knows"),
        ("ncvhis2.txt", "no votes\n", "no file that the layout of NC knows"),
    ] {
        let desk = Desk::new();
        desk.write("2026-02-14", MAIN, &main);
        desk.write("2026-02-14", name, text);
        held_for(&desk, "2026-02-14", name, words);
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_to_folders() {
    use std::os::unix::fs::symlink;
    for (name, target, words) in
        [("ncvoter2.txt", "/nowhere/ncvoter2.txt", "leads nowhere"), ("more", "/tmp", "a link to a folder")]
    {
        let (desk, main, _) = desk();
        desk.write("2026-02-14", MAIN, &main);
        symlink(target, desk.path("2026-02-14").join(name)).unwrap();
        held_for(&desk, "2026-02-14", name, words);
    }
}

#[test]
fn hidden_files_are_told_and_hold_nothing() {
    let (desk, main, rest) = desk();
    desk.write("2026-02-14", MAIN, &main);
    desk.write("2026-02-14", ".ncvoter2.txt", list(&HEADER, &rest));
    desk.write("2026-02-14", ".DS_Store", "left over");
    desk.write("2026-02-14", "._ncvoter1.txt", "left over");
    let summary = desk.load("2026-02-14", 0);
    assert_eq!(summary["files"].as_array().unwrap().len(), 2, "{summary:#}");
    assert_eq!(summary["files"][1]["reason"], "`.ncvoter2.txt` was not read: it is hidden");
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert!(report["warnings"].to_string().contains(".ncvoter2.txt"), "{report:#}");
}

/// First and last name change places in header and rows.
fn swapped() -> Vec<&'static str> {
    let mut header = HEADER.to_vec();
    let place = |name: &str| HEADER.iter().position(|known| *known == name).unwrap();
    header.swap(place("last_name"), place("first_name"));
    header
}

#[test]
fn a_header_with_other_names_is_never_taken_by_place() {
    let text = list(&swapped(), &voters(1, 60));
    let (names, rows) = text.split_once("\r\n").unwrap();
    let another = |name: &str| format!("\"x_{name}\"");
    let all_other = swapped().into_iter().map(another).collect::<Vec<_>>().join("\t");
    for (case, header, words) in [
        ("the key is renamed", names.replace("\"ncid\"", "\"voter_unique\""), "it lacks `ncid`"),
        ("all are renamed", all_other, "none of the layout's names"),
    ] {
        let desk = Desk::new();
        let file = desk.write("2026-02-07", MAIN, format!("{header}\r\n{rows}"));
        desk.refuses(&["load", file.to_str().unwrap(), "--state", "nc"], 2, words);
        desk.refuses(&["load", "2026-02-07", "--state", "nc"], 2, words);
        assert_eq!(desk.current(), None, "{case}");
    }
    let desk = Desk::new();
    let header = names.replace('_', " ").to_uppercase();
    desk.write("2026-02-07", MAIN, format!("{header}\r\n{rows}"));
    desk.load("2026-02-07", 0);
    let voter = &desk.voters()["AA1"];
    assert_eq!((voter["name_first"].as_str(), voter["name_last"].as_str()), ("DARRELL", "WINDOM"));
}
