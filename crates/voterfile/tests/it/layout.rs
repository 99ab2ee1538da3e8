//! Recognition and record reader together, on the damaged sample of 300 invented voters.

use crate::record::{Row, nc, read};
use hustings_voterfile::format::TextEncoding;
use hustings_voterfile::history::{MapFiles, VotePlan};
use hustings_voterfile::layout::{FileKind, Layouts, check_text, recognize};

#[test]
fn the_sample_is_recognized_and_every_row_has_the_same_outcome_as_under_a_hand_written_format() {
    let layout = Layouts::embedded().get("nc".parse().unwrap()).unwrap();
    let file = recognize(layout, "some list.txt", nc::sample(), TextEncoding::Cp1252).unwrap();
    assert_eq!((file.kind, file.version.as_str()), (FileKind::Voters, "2026-02 (70 columns)"));
    assert_eq!(file.warnings, Vec::<String>::new());
    let (rows, counts) = read(&file.format, nc::sample());
    let (expected, expected_counts) = read(&nc::format(), nc::sample());
    assert_eq!(counts, expected_counts);
    for (row, expected) in rows.iter().zip(&expected) {
        match (row, expected) {
            (
                Row::Taken { fields, repairs, .. },
                Row::Taken { fields: right, repairs: right_repairs, .. },
            ) => {
                assert_eq!((fields, repairs), (right, right_repairs));
            }
            (Row::Held { rule, .. }, Row::Held { rule: right, .. }) => assert_eq!(rule, right),
            _ => panic!("{row:?} instead of {expected:?}"),
        }
    }
}

/// Pieces that headers and rows of several states are made of, so that random bytes often come close to a file.
const PIECES: [&[u8]; 20] = [
    b"ncid",
    b"county_id",
    b"election_lbl",
    b"SOS_VOTERID",
    b"GENERAL-11/05/2024",
    b"REGN_NUM",
    b"\t",
    b",",
    b"|",
    b"\n",
    b"\r\n",
    b"\"",
    b"AB1234",
    b"32",
    b"11/05/2024",
    b"\xef\xbb\xbf",
    b"\xd1",
    b"\0",
    b" ",
    b"DOE",
];

#[test]
fn no_bytes_make_recognition_or_a_vote_plan_panic() {
    const STATES: [&str; 7] = ["nc", "fl", "pa", "tx", "oh", "ia", "ny"];
    bolero::check!().with_type::<(bool, bool, u8, Vec<u8>)>().with_iterations(400).for_each(
        |(raw, utf8, state, bytes)| {
            let pieces = || bytes.iter().flat_map(|byte| PIECES[usize::from(*byte) % PIECES.len()]).copied();
            let file: Vec<u8> = if *raw { bytes.clone() } else { pieces().collect() };
            let state = STATES[usize::from(*state) % STATES.len()];
            let layout = Layouts::embedded().get(state.parse().unwrap()).unwrap();
            let encoding = if *utf8 { TextEncoding::Utf8 } else { TextEncoding::Cp1252 };
            let Ok(found) = recognize(layout, "file", &file, encoding) else { return };
            for (at, column) in found.columns.iter().enumerate() {
                assert_eq!(column.field, at, "a column's index is its field");
            }
            assert!(found.columns.len() <= found.format.width);
            let plan = VotePlan::new(&found, &MapFiles::default());
            plan.votes(&|_| "11/05/2024", |vote| assert!(!vote.method.is_empty()));
        },
    );
}

#[test]
fn no_damage_makes_a_layouts_check_panic_or_point_outside_of_its_text() {
    let text = include_str!("../../../../layouts/NV.toml");
    bolero::check!().with_type::<(u16, u8, Vec<u8>)>().with_iterations(300).for_each(
        |(at, length, insert)| {
            let mut bytes = text.as_bytes().to_vec();
            let start = usize::from(*at) % bytes.len();
            let end = (start + usize::from(*length)).min(bytes.len());
            bytes.splice(start..end, insert.iter().copied());
            let damaged = String::from_utf8_lossy(&bytes);
            let lines = damaged.matches('\n').count() + 1;
            for finding in check_text(&damaged, "NV.toml") {
                assert!((1..=lines).contains(&finding.line) && finding.column >= 1, "{finding:?}");
                assert!(!finding.message.contains('\n'), "{finding:?}");
            }
        },
    );
}
