//! Rows in the order of a key of each voter, which tells nothing of where they stand in the state's list: that order is of ids
//! and places which a scope may not show.

use super::table::{Table, integer};
use crate::error::StoreError;
use arrow_array::{Array, RecordBatch};
use std::collections::HashMap;
use std::ops::Range;

/// Cells held at once: about 300 MB.
const CELLS_MAX: usize = 24_000_000;
/// Rows of a batch.
const BATCH_ROWS: usize = 8192;

/// The key of a voter, by our id.
type KeyOf<'a> = Box<dyn Fn(i64) -> u64 + Send + Sync + 'a>;

/// Batches of rows in ascending order of their voters' keys. The table is read once for each part of the keys that fits into
/// memory.
pub(crate) struct InKeyOrder<'a> {
    table: &'a Table,
    /// With `voter_id`.
    columns: Vec<String>,
    ranges: Vec<Range<usize>>,
    key_of: KeyOf<'a>,
    /// Per row of the ranges the part of the keys in which it is; none: all are in one.
    parts: Option<Vec<u16>>,
    number: u16,
    next: u16,
    /// Rows of the part before the next one, and their places among them by key.
    held: Vec<RecordBatch>,
    order: Vec<(usize, usize)>,
    given: usize,
}

impl<'a> InKeyOrder<'a> {
    /// Of the rows in these ranges, with these columns, `voter_id` among them.
    pub(crate) fn new(
        table: &'a Table,
        columns: &[&str],
        ranges: Vec<Range<usize>>,
        key_of: impl Fn(i64) -> u64 + Send + Sync + 'a,
    ) -> Result<Self, StoreError> {
        let rows_max = (CELLS_MAX / columns.len().max(1)).max(BATCH_ROWS);
        Self::of_parts(table, columns, ranges, key_of, rows_max)
    }

    fn of_parts(
        table: &'a Table,
        columns: &[&str],
        ranges: Vec<Range<usize>>,
        key_of: impl Fn(i64) -> u64 + Send + Sync + 'a,
        rows_max: usize,
    ) -> Result<Self, StoreError> {
        let rows: usize = ranges.iter().map(Range::len).sum();
        let number = u16::try_from(rows.div_ceil(rows_max).max(1)).unwrap_or(u16::MAX);
        let mut parts = None;
        if number > 1 {
            let mut part_of = Vec::with_capacity(rows);
            for batch in table.reader(&["voter_id"], Some(&ranges))? {
                let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
                for key in keys(table, &batch, &key_of)? {
                    // Of as many parts of all 64 bits as there are, the one in which the key lies.
                    let part = (u128::from(key) * u128::from(number)) >> 64;
                    part_of.push(u16::try_from(part).unwrap_or(0));
                }
            }
            parts = Some(part_of);
        }
        Ok(Self {
            table,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            ranges,
            key_of: Box::new(key_of),
            parts,
            number,
            next: 0,
            held: Vec::new(),
            order: Vec::new(),
            given: 0,
        })
    }

    /// Reads the next part.
    fn read_part(&mut self) -> Result<(), StoreError> {
        let part = self.next;
        (self.next, self.given) = (self.next + 1, 0);
        self.held.clear();
        let ranges = match &self.parts {
            None => self.ranges.clone(),
            Some(parts) => {
                let mut ranges: Vec<Range<usize>> = Vec::new();
                for (row, of) in self.ranges.iter().cloned().flatten().zip(parts) {
                    match ranges.last_mut() {
                        _ if *of != part => {}
                        Some(last) if last.end == row => last.end += 1,
                        _ => ranges.push(row..row + 1),
                    }
                }
                ranges
            }
        };
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let mut order = Vec::new();
        for batch in self.table.reader(&columns, Some(&ranges))? {
            let batch = batch.map_err(|error| self.table.damaged(&error.to_string()))?;
            let keys = keys(self.table, &batch, &self.key_of)?;
            order.extend(keys.into_iter().enumerate().map(|(row, key)| (key, (self.held.len(), row))));
            self.held.push(batch);
        }
        order.sort_unstable();
        self.order = order.into_iter().map(|(_, place)| place).collect();
        Ok(())
    }
}

impl Iterator for InKeyOrder<'_> {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.given == self.order.len() {
            if self.next == self.number {
                return None;
            }
            if let Err(error) = self.read_part() {
                self.next = self.number;
                return Some(Err(error));
            }
        }
        let end = self.order.len().min(self.given + BATCH_ROWS);
        let held: Vec<&RecordBatch> = self.held.iter().collect();
        let batch = arrow_select::interleave::interleave_record_batch(&held, &self.order[self.given..end]);
        self.given = end;
        Some(batch.map_err(|error| self.table.damaged(&error.to_string())))
    }
}

fn keys(table: &Table, batch: &RecordBatch, key_of: &impl Fn(i64) -> u64) -> Result<Vec<u64>, StoreError> {
    let voters =
        batch.column_by_name("voter_id").ok_or_else(|| table.damaged("column voter_id is missing"))?;
    Ok((0..voters.len()).map(|row| key_of(integer(voters, row).unwrap_or(0))).collect())
}

/// As [`Table::read`] of positions in any order, in that order.
pub(crate) fn read_in_order(
    table: &Table,
    positions: &[usize],
    columns: &[&str],
) -> Result<Vec<RecordBatch>, StoreError> {
    let mut ascending = positions.to_vec();
    ascending.sort_unstable();
    let batches = table.read(&ascending, columns)?;
    if ascending == positions {
        return Ok(batches);
    }
    let places: HashMap<usize, (usize, usize)> = batches
        .iter()
        .enumerate()
        .flat_map(|(batch, rows)| (0..rows.num_rows()).map(move |row| (batch, row)))
        .zip(ascending)
        .map(|(place, position)| (position, place))
        .collect();
    let order: Vec<(usize, usize)> =
        positions.iter().filter_map(|position| places.get(position).copied()).collect();
    let batches: Vec<&RecordBatch> = batches.iter().collect();
    let one = arrow_select::interleave::interleave_record_batch(&batches, &order);
    one.map(|batch| vec![batch]).map_err(|error| table.damaged(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{folder, integers, texts, write_table};
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    #[test]
    fn rows_come_by_key_whether_they_are_read_at_once_or_in_parts() {
        let folder = folder();
        let path = folder.path().join("voters.parquet");
        let ids = std::array::from_fn::<_, 1000, _>(|row| i64::try_from(row).ok());
        let names: Vec<String> = (0..1000).map(|row| format!("NAME {row}")).collect();
        let names = std::array::from_fn::<_, 1000, _>(|row| Some(names[row].as_str()));
        write_table(&path, vec![("voter_id", integers(ids)), ("name_last", texts(names))]);
        let table = Table::open(&path).unwrap();
        let key_of = |voter: i64| xxhash_rust::xxh3::xxh3_64(&voter.to_be_bytes());
        let ranges = || vec![10..500, 600..1000];
        let mut expected: Vec<i64> = (10..500).chain(600..1000).collect();
        expected.sort_by_key(|voter| key_of(*voter));
        for rows_max in [5000, 300, 7] {
            let rows =
                InKeyOrder::of_parts(&table, &["name_last", "voter_id"], ranges(), key_of, rows_max).unwrap();
            let mut found = Vec::new();
            for batch in rows {
                let batch = batch.unwrap();
                let voters = batch.column_by_name("voter_id").unwrap().as_primitive::<Int64Type>();
                let names = batch.column_by_name("name_last").unwrap();
                for row in 0..batch.num_rows() {
                    let name = crate::read::table::value_text(names, row).unwrap();
                    assert_eq!(name, format!("NAME {}", voters.value(row)));
                    found.push(voters.value(row));
                }
            }
            assert_eq!(found, expected, "{rows_max}");
        }
    }
}
