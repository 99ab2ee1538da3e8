//! Damage is where the truth says, and what it says.

use crate::read::{truth, write};
use hustings_testkit::synth::nc::NcOptions;
use hustings_testkit::synth::nc::dirt::Damage;
use std::collections::{BTreeMap, BTreeSet};

fn physical_lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}

#[test]
fn every_kind_of_damage_stands_on_its_line() {
    let options = NcOptions { voters: 8000, weeks: 2, dirt: 0.05, ..NcOptions::default() };
    let written = write(&options);
    for week in &written.weeks {
        let bytes = std::fs::read(&week.voters).unwrap();
        let lines = physical_lines(&bytes);
        assert_eq!(lines.len() as u64, week.summary.lines);
        let dirt = truth(&week.truth.dirt);
        let mut kinds = BTreeMap::new();
        for row in &dirt {
            let [ncid, line, kind, expected] = row.as_slice() else { panic!("{row:?}") };
            let at: usize = line.parse().unwrap();
            let line = lines[at - 1];
            let tabs = line.iter().filter(|byte| **byte == b'\t').count();
            let whole = || assert_eq!(tabs, 69, "{row:?}");
            let says =
                |part: &str| assert!(contains(line, part.as_bytes()), "{row:?}: {}", line.escape_ascii());
            if !ncid.is_empty() && kind != "truncated_in_field" {
                says(&format!("\"{ncid}\""));
            }
            match kind.as_str() {
                "nested_quotes" => (whole(), says("\"\"")).1,
                "tab_in_quotes" => (assert_eq!(tabs, 70), says("\tLOT 4\"")).1,
                "newline_in_quotes" => {
                    assert!(tabs < 69);
                    assert!(contains(lines[at], b"REAR\""), "{row:?}");
                }
                "cp1252_letter" => (whole(), assert!(line.iter().any(|byte| *byte >= 0x80))).1,
                "nul_byte" => (whole(), assert!(line.contains(&0))).1,
                "truncated" | "truncated_in_field" => assert!(tabs < 68, "{row:?}"),
                "extra_fields" => (assert_eq!(tabs, 71), says("\t\"\"\t\"\"\r\n")).1,
                "birth_year_1800" => (whole(), says("\"1800\"\t\"226\"")).1,
                "placeholder_date" => (whole(), says("\"01/01/1900\"")).1,
                "name_split" => (assert_eq!(tabs, 70), says("\"DE LA\"")).1,
                "missing_county" => assert_eq!(tabs, 68),
                "shifted" => {
                    whole();
                    let first = line.split(|byte| *byte == b'\t').next().unwrap();
                    assert!(first == b"\"\"" || first.len() > 5, "{row:?}");
                }
                "blank_line" => assert!(line.iter().all(u8::is_ascii_whitespace), "{row:?}"),
                "repeated_header" => assert_eq!(line, lines[0]),
                "duplicate_exact" | "duplicate_status" => whole(),
                "unknown_party" => (whole(), says("\"nlb\"")).1,
                other => panic!("{other}"),
            }
            *kinds.entry(kind.clone()).or_insert(0_u64) += 1;
            let known = Damage::ALL.into_iter().find(|damage| damage.as_str() == kind).unwrap();
            assert_eq!(known.expected(), expected);
        }
        assert_eq!(kinds.len(), Damage::ALL.len(), "every kind occurs: {kinds:?}");
        assert_eq!(kinds, week.summary.damage);
        let share = dirt.len() as f64 / 8000.0;
        assert!((0.04..0.06).contains(&share), "{share}");
    }
}

#[test]
fn an_open_quote_swallows_nothing_but_its_own_row() {
    let written = write(&NcOptions { voters: 8000, weeks: 1, dirt: 0.05, ..NcOptions::default() });
    let week = &written.weeks[0];
    let bytes = std::fs::read(&week.voters).unwrap();
    let lines = physical_lines(&bytes);
    let cut: Vec<_> =
        truth(&week.truth.dirt).into_iter().filter(|row| row[2] == "truncated_in_field").collect();
    assert!(!cut.is_empty());
    for row in cut {
        let line = lines[row[1].parse::<usize>().unwrap() - 1];
        assert!(line.iter().filter(|byte| **byte == b'"').count() % 2 == 1, "{}", line.escape_ascii());
        assert!(line.ends_with(b"\r\n"));
    }
}

#[test]
fn lines_and_records_add_up_and_duplicates_are_the_same_voter_twice() {
    let written = write(&NcOptions { voters: 8000, weeks: 2, dirt: 0.05, ..NcOptions::default() });
    for week in &written.weeks {
        let summary = &week.summary;
        assert_eq!(
            summary.lines,
            summary.records + summary.header_lines + summary.blank_lines + summary.continuation_lines
        );
        assert_eq!(summary.records, summary.voters + summary.duplicates);
        let bytes = std::fs::read(&week.voters).unwrap();
        let lines = physical_lines(&bytes);
        let duplicates = truth(&week.truth.duplicates);
        assert_eq!(duplicates.len() as u64, summary.duplicates);
        let mut before_and_after = BTreeSet::new();
        for row in duplicates {
            let (kept, losing): (usize, usize) = (row[1].parse().unwrap(), row[2].parse().unwrap());
            let (kept_line, losing_line) = (lines[kept - 1], lines[losing - 1]);
            assert!(contains(kept_line, row[0].as_bytes()) && contains(losing_line, row[0].as_bytes()));
            assert_eq!(kept_line == losing_line, row[3] == "duplicate_exact");
            if row[3] == "duplicate_status" {
                assert!(contains(losing_line, b"\"R\"\t\"REMOVED\""));
            }
            before_and_after.insert(kept < losing);
        }
        assert_eq!(before_and_after.len(), 2, "the row that is kept stands first here and last there");
        let read_back: hustings_testkit::synth::nc::truth::Summary =
            serde_json::from_slice(&std::fs::read(&week.truth.summary).unwrap()).unwrap();
        assert_eq!(read_back, *summary);
    }
}

#[test]
fn damage_of_the_states_own_values_comes_back_the_same_every_week() {
    let written = write(&NcOptions { voters: 8000, weeks: 2, dirt: 0.05, ..NcOptions::default() });
    // Last and first name as they stand in the damaged rows.
    let damaged = |week: usize, kind: &str| -> BTreeMap<String, Vec<u8>> {
        let bytes = std::fs::read(&written.weeks[week].voters).unwrap();
        let lines = physical_lines(&bytes);
        let dirt = truth(&written.weeks[week].truth.dirt).into_iter().filter(|row| row[2] == kind);
        let name =
            |line: &[u8]| line.split(|byte| *byte == b'\t').skip(4).take(2).collect::<Vec<_>>().join(&b'\t');
        dirt.map(|row| (row[0].clone(), name(lines[row[1].parse::<usize>().unwrap() - 1]))).collect()
    };
    for kind in ["nested_quotes", "cp1252_letter", "nul_byte"] {
        let (first, second) = (damaged(0, kind), damaged(1, kind));
        assert!(first.len() > 10);
        let same = first.iter().filter(|(ncid, name)| second.get(*ncid) == Some(name)).count();
        assert!(same * 100 > first.len() * 95, "{kind}: {same} of {} are as they were", first.len());
    }
}
