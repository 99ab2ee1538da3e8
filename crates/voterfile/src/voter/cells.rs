//! The cells of the rows gathered, column by column: a row sets the columns for which it has a value, in any order, and
//! all others are empty.

use super::columns::VoterColumns;
use crate::schema::{ColumnType, arrow_type};
use arrow_array::builder::{BooleanBuilder, Date32Builder, Int32Builder, Int64Builder};
use arrow_array::{ArrayRef, StringArray, new_null_array};
use arrow_buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use std::sync::Arc;

/// Columns being filled, row by row.
pub(super) struct Cells {
    columns: VoterColumns,
    builders: Vec<Builder>,
    /// Rows that a column has cells for.
    lengths: Vec<usize>,
    rows: usize,
}

enum Builder {
    Text(TextBuilder),
    Int(Int32Builder),
    Int64(Int64Builder),
    Date(Date32Builder),
    Bool(BooleanBuilder),
    /// No such column is built here.
    Untouched,
}

/// Text of which empty means absent: what is absent need not be noted row by row.
#[derive(Default)]
struct TextBuilder {
    text: String,
    /// Where each row's text ends.
    ends: Vec<i32>,
}

impl Cells {
    pub fn new(columns: &VoterColumns) -> Self {
        let builders = (0..columns.len())
            .map(|index| match columns.kind(index) {
                ColumnType::Text => Builder::Text(TextBuilder::default()),
                ColumnType::Int => Builder::Int(Int32Builder::new()),
                ColumnType::Int64 => Builder::Int64(Int64Builder::new()),
                ColumnType::Date => Builder::Date(Date32Builder::new()),
                ColumnType::Bool => Builder::Bool(BooleanBuilder::new()),
                ColumnType::Timestamp | ColumnType::Bytes => Builder::Untouched,
            })
            .collect();
        Self { columns: columns.clone(), builders, lengths: vec![0; columns.len()], rows: 0 }
    }

    /// Complete rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Completes a row.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Empty text is no value.
    #[inline]
    pub fn set_text(&mut self, column: usize, value: &str) {
        if value.is_empty() {
            return;
        }
        debug_assert!(self.lengths[column] <= self.rows, "a column is set once a row");
        if let Builder::Text(builder) = &mut self.builders[column] {
            builder.push(self.rows, value);
            self.lengths[column] = self.rows + 1;
        }
    }

    pub fn set_int(&mut self, column: usize, value: i32) {
        let missing = self.missing(column);
        if let Builder::Int(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(value);
        }
    }

    pub fn set_int64(&mut self, column: usize, value: i64) {
        let missing = self.missing(column);
        if let Builder::Int64(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(value);
        }
    }

    pub fn set_date(&mut self, column: usize, days: i32) {
        let missing = self.missing(column);
        if let Builder::Date(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(days);
        }
    }

    pub fn set_bool(&mut self, column: usize, value: bool) {
        let missing = self.missing(column);
        if let Builder::Bool(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(value);
        }
    }

    /// How many rows before this one have no value yet in a column, which is then counted as filled up to this row.
    fn missing(&mut self, column: usize) -> usize {
        debug_assert!(self.lengths[column] <= self.rows, "a column is set once a row");
        let missing = self.rows - self.lengths[column];
        self.lengths[column] = self.rows + 1;
        missing
    }

    /// One array a column, as long as there are rows; the next rows start anew.
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        let rows = self.rows;
        let arrays = self
            .builders
            .iter_mut()
            .enumerate()
            .map(|(index, builder)| {
                let missing = rows - self.lengths[index];
                if missing == rows {
                    return new_null_array(&arrow_type(self.columns.kind(index)), rows);
                }
                builder.finish(rows, missing)
            })
            .collect();
        self.lengths.fill(0);
        self.rows = 0;
        arrays
    }
}

impl Builder {
    /// The array; the builder starts anew with room for as many rows, since the next block will have about as many.
    fn finish(&mut self, rows: usize, missing: usize) -> ArrayRef {
        match self {
            Self::Text(builder) => builder.finish(rows),
            Self::Int(builder) => {
                builder.append_nulls(missing);
                Arc::new(std::mem::replace(builder, Int32Builder::with_capacity(rows)).finish())
            }
            Self::Int64(builder) => {
                builder.append_nulls(missing);
                Arc::new(std::mem::replace(builder, Int64Builder::with_capacity(rows)).finish())
            }
            Self::Date(builder) => {
                builder.append_nulls(missing);
                Arc::new(std::mem::replace(builder, Date32Builder::with_capacity(rows)).finish())
            }
            Self::Bool(builder) => {
                builder.append_nulls(missing);
                Arc::new(std::mem::replace(builder, BooleanBuilder::with_capacity(rows)).finish())
            }
            // Never set, so its whole column is absent.
            Self::Untouched => new_null_array(&arrow_schema::DataType::Null, rows),
        }
    }
}

impl TextBuilder {
    fn push(&mut self, row: usize, value: &str) {
        if self.ends.len() < row {
            self.pad(row);
        }
        self.text.push_str(value);
        self.ends.push(self.end());
    }

    /// Rows without text end where the one before them does.
    fn pad(&mut self, rows: usize) {
        let end = self.end();
        self.ends.resize(rows, end);
    }

    fn end(&self) -> i32 {
        i32::try_from(self.text.len()).expect("a column of one block is far below 2 GiB")
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.pad(rows);
        let room = Self {
            text: String::with_capacity(self.text.len() + self.text.len() / 16),
            ends: Vec::with_capacity(rows),
        };
        let Self { text, ends } = std::mem::replace(self, room);
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        offsets.extend_from_slice(&ends);
        let is_set = BooleanBuffer::collect_bool(rows, |row| offsets[row + 1] > offsets[row]);
        let nulls = Some(NullBuffer::new(is_set)).filter(|nulls| nulls.null_count() > 0);
        let offsets = OffsetBuffer::new(offsets.into());
        let array = StringArray::try_new(offsets, text.into_bytes().into(), nulls);
        Arc::new(array.expect("offsets rise and fall between characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    #[test]
    fn rows_set_what_they_have_and_blocks_do_not_mix() {
        let columns = VoterColumns::new([]);
        let (first, last) = (columns.index("name_first").unwrap(), columns.index("name_last").unwrap());
        let mut cells = Cells::new(&columns);
        for names in [("", "PEÑA"), ("ANA", ""), ("", ""), ("LI", "X")] {
            cells.set_text(last, names.1);
            cells.set_text(first, names.0);
            cells.end_row();
        }
        let arrays = cells.finish();
        let values = |index: usize| -> Vec<Option<String>> {
            arrays[index].as_string::<i32>().iter().map(|value| value.map(str::to_owned)).collect()
        };
        let some = |value: &str| Some(value.to_owned());
        assert_eq!(values(first), [None, some("ANA"), None, some("LI")]);
        assert_eq!(values(last), [some("PEÑA"), None, None, some("X")]);
        cells.set_text(first, "EVE");
        cells.end_row();
        let arrays = cells.finish();
        assert_eq!(arrays[first].as_string::<i32>().value(0), "EVE");
        assert_eq!((arrays[last].len(), arrays[last].null_count()), (1, 1));
    }
}
