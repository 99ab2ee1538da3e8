//! Recognition and record reader together, on the damaged sample of 300 invented voters.

use crate::record::{Row, nc, read};
use hustings_voterfile::format::TextEncoding;
use hustings_voterfile::layout::{FileKind, Layouts, recognize};

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
