//! The record reader on hand-written bytes, on the damaged sample, and under properties.

mod dirt;
mod inspect;
mod mutation;
pub mod nc;
mod property;
mod sample;
mod shift;
mod slide;

use hustings_voterfile::format::{
    Check, ContactFields, FieldCheck, LineEnd, RecordFormat, RecordShape, TextEncoding,
};
use hustings_voterfile::record::{BlockCounts, BlockReader, BlockStart, QuarantinedRow, Record, RecordSink};

/// One thing that the reader handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Taken {
        line: u64,
        lines: u32,
        offset: u64,
        length: u32,
        repairs: Vec<&'static str>,
        fields: Vec<String>,
    },
    Held {
        line: u64,
        lines: u32,
        offset: u64,
        length: u32,
        rule: &'static str,
        detail: String,
        bytes: Vec<u8>,
    },
}

/// Everything that the reader handed over, in order.
#[derive(Default)]
pub struct Rows(pub Vec<Row>);

impl RecordSink for Rows {
    fn record(&mut self, record: &Record<'_>) {
        assert_eq!(record.len(), record.iter().count());
        self.0.push(Row::Taken {
            line: record.line,
            lines: record.lines,
            offset: record.offset,
            length: record.length,
            repairs: record.repairs.iter().map(|repair| repair.name()).collect(),
            fields: record.iter().map(str::to_owned).collect(),
        });
    }

    fn quarantined(&mut self, row: QuarantinedRow<'_>) {
        self.0.push(Row::Held {
            line: row.line,
            lines: row.lines,
            offset: row.offset,
            length: row.length,
            rule: row.rule.name(),
            detail: row.detail,
            bytes: row.bytes.to_vec(),
        });
    }
}

/// Reads a whole file as one block.
pub fn read(format: &RecordFormat, file: &[u8]) -> (Vec<Row>, BlockCounts) {
    let mut rows = Rows::default();
    let counts = BlockReader::new(format).read(file, BlockStart::FILE, &mut rows);
    assert!(counts.adds_up(), "{counts:?}");
    (rows.0, counts)
}

/// Reads a file as a pipeline does that gets `step` bytes at a time.
pub fn read_in_steps(format: &RecordFormat, file: &[u8], step: usize) -> (Vec<Row>, BlockCounts) {
    let mut rows = Rows::default();
    let mut reader = BlockReader::new(format);
    let mut counts = BlockCounts::default();
    let mut start = BlockStart::FILE;
    let (mut done, mut filled) = (0, 0);
    while done < file.len() {
        filled = (filled + step).min(file.len());
        let buffer = &file[done..filled];
        if let Some(length) = reader.cut(buffer, filled == file.len()) {
            let block = &buffer[..length];
            counts += reader.read(block, start, &mut rows);
            start = start.after(block, format);
            assert_eq!(start.line, counts.lines + 1);
            done += length;
        }
    }
    assert!(counts.adds_up(), "{counts:?}");
    (rows.0, counts)
}

/// A small list with every kind of check: id, county, name, street, city, state, ZIP, registered on, party.
pub fn small(delimiter: u8, quote: Option<u8>) -> RecordFormat {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let soft = |field, check| FieldCheck { field, check, anchor: false, required: false };
    RecordFormat {
        shape: RecordShape::Delimited { delimiter, quote },
        width: 9,
        header: Some(
            ["ID", "COUNTY", "NAME", "STREET", "CITY", "STATE", "ZIP", "REGISTERED", "PARTY"]
                .map(str::to_owned)
                .to_vec(),
        ),
        encoding: TextEncoding::Utf8,
        line_end: LineEnd::LineFeed,
        checks: vec![
            FieldCheck {
                field: 0,
                check: Check::Id { letters: 1..3, digits: 1..9, punctuation: vec![] },
                anchor: true,
                required: true,
            },
            FieldCheck {
                field: 1,
                check: Check::OneOf { what: "a county name", words: words(&["ADAMS", "BUTLER", "CLAY"]) },
                anchor: true,
                required: false,
            },
            soft(2, Check::Width(30)),
            soft(3, Check::Width(40)),
            soft(4, Check::Width(20)),
            soft(5, Check::StateAbbreviation),
            soft(6, Check::Zip),
            soft(7, Check::Date { formats: vec!["%m/%d/%Y".into()], null_dates: vec!["##/##/####".into()] }),
            soft(8, Check::Code { known: words(&["DEM", "REP"]), width_max: 3 }),
        ],
        runs: vec![],
        contact: ContactFields::default(),
        suffix: None,
        census: None,
    }
}
