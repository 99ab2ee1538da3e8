//! Confidentiality where the ordinary way of a row does not go: in rows that were held back, and in rows that are
//! already cleaned when another row of the same voter says so.

use super::columns::VoterColumns;
use super::plan::{Slot, VoterPlan};
use super::text::flag;
use crate::change::fingerprints;
use crate::format::{RecordFormat, RecordShape};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use std::sync::Arc;

/// What a row that was held back says of its voter's confidentiality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// Nothing, or that there is none.
    Nothing,
    /// A set flag stands where the flag may have moved to.
    Perhaps,
    /// A set flag stands in the flag's place, counted from the row's beginning or from its end.
    Confidential,
}

impl VoterPlan {
    /// Whether a raw row says confidential, as far as the flag's place can be told. Of several lines that the reader took
    /// for one record, the one that says most counts.
    #[must_use]
    pub fn says_confidential(&self, row: &[u8], format: &RecordFormat) -> Says {
        let fields = &self.slots[Slot::Confidential as usize];
        let lines = row.split(|byte| matches!(byte, b'\n' | b'\r')).chain([row]);
        let answers = lines.flat_map(|line| fields.iter().map(move |field| says(line, *field, format)));
        answers.max().unwrap_or(Says::Nothing)
    }
}

fn says(line: &[u8], field: usize, format: &RecordFormat) -> Says {
    let delimiter = match &format.shape {
        RecordShape::Delimited { delimiter, .. } => *delimiter,
        RecordShape::Fixed { fields, .. } => {
            let cell = fields.get(field).and_then(|range| line.get(range.start..range.end.min(line.len())));
            return if cell.is_some_and(is_set) { Says::Confidential } else { Says::Nothing };
        }
    };
    let cells: Vec<&[u8]> = line.split(|byte| *byte == delimiter).collect();
    let is_set = |place: usize| cells.get(place).is_some_and(|cell| is_set(cell));
    let from_end = (field + cells.len()).checked_sub(format.width);
    if is_set(field) || from_end.is_some_and(is_set) {
        return Says::Confidential;
    }
    // Fields were lost or won before the flag or behind it; in a row of the right width, one each.
    let (first, last) = match cells.len().cmp(&format.width) {
        std::cmp::Ordering::Equal => (field.saturating_sub(1), field + 1),
        std::cmp::Ordering::Less => (from_end.unwrap_or(0), field),
        std::cmp::Ordering::Greater => (field, from_end.unwrap_or(field)),
    };
    if (first..=last).any(is_set) { Says::Perhaps } else { Says::Nothing }
}

fn is_set(cell: &[u8]) -> bool {
    let text: String =
        cell.iter().filter(|byte| !matches!(byte, 0 | b'"')).map(|byte| char::from(*byte)).collect();
    flag(&text) == Some(true)
}

/// The batch of `voters.parquet` in which the rows at `hidden` are those of confidential voters: nothing tells where they
/// live or can be reached.
#[must_use]
pub fn withhold(batch: &RecordBatch, hidden: &BooleanArray) -> RecordBatch {
    if hidden.true_count() == 0 {
        return batch.clone();
    }
    let schema = batch.schema();
    let is_hidden = |row: usize| hidden.is_valid(row) && hidden.value(row);
    let texts = |array: &ArrayRef, instead: Option<&str>| -> ArrayRef {
        let texts = array.as_string::<i32>().iter().enumerate();
        let texts = texts.map(|(row, text)| if is_hidden(row) { instead } else { text });
        Arc::new(texts.collect::<StringArray>())
    };
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| -> ArrayRef {
        match field.name().as_str() {
            "confidential" => {
                let flags = array.as_boolean().iter().enumerate();
                Arc::new(
                    flags
                        .map(|(row, flag)| if is_hidden(row) { Some(true) } else { flag })
                        .collect::<BooleanArray>(),
                )
            }
            "res_kind" => texts(array, Some("withheld")),
            "res_quality" => texts(array, Some("none")),
            // May hold any value, as it came.
            "raw_values" => texts(array, None),
            "household_id" => blank(array, hidden),
            name if shows_whereabouts(name) => blank(array, hidden),
            _ => array.clone(),
        }
    });
    let columns: Vec<ArrayRef> = columns.collect();
    let told = RecordBatch::try_new(schema.clone(), columns).expect("the same columns, as long as before");
    let mut columns = told.columns().to_vec();
    if let Some((at, _)) = schema.column_with_name("fingerprint") {
        columns[at] = Arc::new(Int64Array::from(fingerprints(&told)));
    }
    RecordBatch::try_new(schema, columns).expect("the same columns, as long as before")
}

fn blank(array: &ArrayRef, hidden: &BooleanArray) -> ArrayRef {
    arrow_select::nullif::nullif(array, hidden).expect("as many flags as rows")
}

/// Whether a column of this batch would tell where a confidential voter lives or can be reached.
pub(super) fn column_shows_whereabouts(columns: &VoterColumns, column: usize) -> bool {
    shows_whereabouts(columns.schema().field(column).name())
}

fn shows_whereabouts(name: &str) -> bool {
    ["res_", "mail_", "phone", "email", "fax", "prev_address", "extra_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{LineEnd, TextEncoding};

    fn format(width: usize) -> RecordFormat {
        RecordFormat {
            shape: RecordShape::Delimited { delimiter: b'\t', quote: Some(b'"') },
            width,
            header: None,
            encoding: TextEncoding::Utf8,
            line_end: LineEnd::LineFeed,
            checks: Vec::new(),
            runs: Vec::new(),
            contact: crate::format::ContactFields::default(),
            suffix: None,
            census: None,
        }
    }

    #[test]
    fn a_flag_is_found_where_damage_has_moved_it() {
        // Five fields, the flag is the third.
        for (row, expected) in [
            ("id\tname\tY\tx\tx", Says::Confidential),
            ("id\tname\t\"y\"\tx", Says::Confidential),
            ("id\tY\tx\tx", Says::Confidential),
            ("id\tname\tname\tY\tx\tx", Says::Confidential),
            ("id\tname\tname\tY\tx\tx\tx", Says::Perhaps),
            ("id\tname\tname\tY\tx", Says::Perhaps),
            ("id\tname\tN\tx\tY", Says::Nothing),
            ("id\tname\tN", Says::Nothing),
            ("id", Says::Nothing),
            ("", Says::Nothing),
            ("id\tname\tN\tx\tx\nid\tname\tY\tx\tx", Says::Confidential),
        ] {
            let lines = row.split('\n').map(|line| says(line.as_bytes(), 2, &format(5)));
            assert_eq!(lines.max().unwrap(), expected, "{row:?}");
        }
    }

    #[test]
    fn a_flag_at_its_bytes_counts_and_a_line_that_ends_before_it_does_not() {
        let fixed = RecordFormat {
            shape: RecordShape::Fixed { fields: vec![0..3, 3..4, 4..6], line_length_max: 6 },
            ..format(3)
        };
        assert_eq!(says(b"123Y56", 1, &fixed), Says::Confidential);
        assert_eq!(says(b"123N56", 1, &fixed), Says::Nothing);
        assert_eq!(says(b"12", 1, &fixed), Says::Nothing);
    }
}
