//! The damaged sample: 300 invented voters, 33 of them damaged in ten ways that were not made for this reader.

use super::nc::{NCID, column, format, sample};
use super::{Row, read, read_in_steps};
use std::collections::BTreeMap;

fn truth() -> BTreeMap<&'static str, u32> {
    let table = include_str!("../../data/synthetic_ncvoter_300.truth.tsv");
    table
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, kind)| (id, kind.parse().unwrap()))
        .collect()
}

/// The row's id, also of a row held back: none of the damages touches it.
fn id(row: &Row) -> String {
    match row {
        Row::Taken { fields, .. } => fields[NCID].clone(),
        Row::Held { bytes, .. } => {
            let text = String::from_utf8_lossy(bytes);
            text.split('\t').nth(NCID).unwrap().trim_matches('"').to_owned()
        }
    }
}

#[test]
fn every_damaged_row_of_the_sample_has_the_outcome_it_should_have() {
    let (rows, counts) = read(&format(), sample());
    let truth = truth();
    assert_eq!((truth.len(), rows.len()), (33, 300));
    for row in &rows {
        let id = id(row);
        let kind = truth.get(id.as_str());
        let (repairs, value) = match row {
            Row::Held { rule, .. } => {
                let expected = match kind {
                    Some(5) => "short_row",
                    // `TATE`, `DE LA`, `JEREMIAH`, `RONALD`: nobody can say which of the blanks was a delimiter.
                    Some(9) => "ambiguous_shift",
                    _ => panic!("{id} of kind {kind:?} held back: {row:?}"),
                };
                assert_eq!(*rule, expected, "{id}");
                continue;
            }
            Row::Taken { repairs, fields, .. } => {
                (repairs.as_slice(), |name: &str| fields[column(name)].as_str())
            }
        };
        match kind {
            None => assert!(repairs.is_empty(), "{id}: {repairs:?}"),
            Some(0) => {
                assert_eq!(repairs, ["embedded_quotes"]);
                assert!(value("LAST_NAME").ends_with("\"BUD\""), "{id}");
            }
            Some(1) => {
                assert!(repairs.is_empty());
                assert!(value("RES_STREET_ADDRESS").ends_with("\tLOT 4"), "{id}");
            }
            Some(2) => {
                assert_eq!(repairs, ["joined_lines"]);
                assert_eq!(value("MAIL_ADDR1"), "123 MAIN ST REAR");
            }
            Some(3) => {
                assert!(repairs.is_empty());
                assert_eq!(value("LAST_NAME"), "NUÑEZ");
            }
            Some(4) => {
                assert_eq!(repairs, ["nul_stripped"]);
                assert_eq!(value("FIRST_NAME"), "JOSÉ");
            }
            Some(6) => assert_eq!(repairs, ["trailing_empty_fields"]),
            // Values that a later stage judges: the row is in its place.
            Some(7) => assert_eq!((repairs.len(), value("BIRTH_YEAR")), (0, "1800")),
            Some(8) => assert_eq!((repairs.len(), value("REGISTR_DT")), (0, "01/01/1900")),
            Some(kind) => panic!("{id} of kind {kind} was taken"),
        }
    }
    assert_eq!((counts.lines, counts.header_lines, counts.continuation_lines), (302, 1, 1));
    assert_eq!((counts.records, counts.quarantined), (300, 6));
}

#[test]
fn the_sample_reads_the_same_in_blocks_of_any_size() {
    let whole = read(&format(), sample());
    for step in [1, 7, 100, 513, 1000, 4096, 100_000] {
        assert_eq!(read_in_steps(&format(), sample(), step), whole, "in steps of {step}");
    }
}

#[test]
fn every_row_can_be_found_again_by_its_offset() {
    let (rows, _) = read(&format(), sample());
    for row in rows {
        let (offset, length) = match row {
            Row::Taken { offset, length, .. } | Row::Held { offset, length, .. } => (offset, length),
        };
        let start = usize::try_from(offset).unwrap();
        let bytes = &sample()[start..start + length as usize];
        assert!(start > 0 && sample()[start - 1] == b'\n');
        assert!(bytes.starts_with(b"\"") && !bytes.ends_with(b"\r"));
        assert!(sample()[start + length as usize..].starts_with(b"\r\n"));
    }
}
