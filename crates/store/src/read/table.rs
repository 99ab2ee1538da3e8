//! Reading chosen rows of a Parquet table without reading the whole: statistics of row groups and pages rule most of it
//! out, the conditions' columns are scanned for the rest, and only the rows wanted are decoded.

use super::Confidential;
use super::confidential_rows::Bits;
use super::footer;
use super::row_filter::{Places, RowFilter, mask};
use crate::error::StoreError;
use crate::keyring::SecretKey;
use crate::verified_file::{VerifiedFile, Written};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection,
};
use parquet::encryption::decrypt::FileDecryptionProperties;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::ChunkReader;
use std::collections::BTreeSet;
use std::fs::File;
use std::ops::{Bound, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows decoded at once.
const BATCH_ROWS: usize = 8192;

/// Rows that meet the conditions of a scan before it is first asked whether they exist.
const FIRST_ROWS: usize = 64;

/// Rows asked about whether they are of confidential voters, from which on it is looked up for the whole table and kept.
const MANY_ROWS: usize = 1024;

/// What a row must satisfy. A column which the table lacks is satisfied by no row.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// The integer column has this value.
    Integer(&'static str, i64),
    /// The integer column has one of these values.
    IntegerIn(&'static str, BTreeSet<i64>),
    /// The text column has exactly this value.
    Text(&'static str, String),
    /// The text column has one of these values.
    TextIn(&'static str, BTreeSet<String>),
    /// The text column starts with this, ASCII letters compared without case.
    Prefix(&'static str, String),
    /// The flag is set.
    True(&'static str),
}

impl Condition {
    fn column(&self) -> &'static str {
        match self {
            Self::Integer(column, _)
            | Self::IntegerIn(column, _)
            | Self::Text(column, _)
            | Self::TextIn(column, _)
            | Self::Prefix(column, _)
            | Self::True(column) => column,
        }
    }

    /// Whether a page with these bounds can hold a row that satisfies it.
    fn can_match(&self, min: &ArrayRef, max: &ArrayRef, page: usize) -> bool {
        match self {
            Self::Integer(_, value) => {
                let bounds = integer(min, page).zip(integer(max, page));
                bounds.is_none_or(|(min, max)| (min..=max).contains(value))
            }
            Self::IntegerIn(_, values) => {
                let bounds = integer(min, page).zip(integer(max, page));
                bounds.is_none_or(|(min, max)| min <= max && values.range(min..=max).next().is_some())
            }
            Self::Text(_, value) => {
                let bounds = text(min, page).zip(text(max, page));
                bounds.is_none_or(|(min, max)| min <= value.as_str() && value.as_str() <= max)
            }
            Self::TextIn(_, values) => {
                let bounds = text(min, page).zip(text(max, page));
                bounds.is_none_or(|(min, max)| {
                    min <= max
                        && values
                            .range::<str, _>((Bound::Included(min), Bound::Included(max)))
                            .next()
                            .is_some()
                })
            }
            Self::Prefix(..) | Self::True(_) => true,
        }
    }

    fn is_met(&self, array: &ArrayRef, row: usize) -> bool {
        match self {
            Self::Integer(_, value) => integer(array, row) == Some(*value),
            Self::IntegerIn(_, values) => integer(array, row).is_some_and(|value| values.contains(&value)),
            Self::Text(_, value) => text(array, row) == Some(value.as_str()),
            Self::TextIn(_, values) => text(array, row).is_some_and(|text| values.contains(text)),
            Self::Prefix(_, prefix) => text(array, row)
                .and_then(|text| text.as_bytes().get(..prefix.len()))
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes())),
            Self::True(_) => {
                array.as_boolean_opt().is_some_and(|array| array.is_valid(row) && array.value(row))
            }
        }
    }
}

/// An open Parquet file.
pub(crate) struct Table {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// Tells a plain file from another in its place.
    plain: Option<footer::Identity>,
    /// What an encrypted file was when it was written.
    written: Option<Arc<Written>>,
}

impl Table {
    /// Opens a file and reads its footer.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("read", path))?;
        let of = footer::Identity::of(&file).map_err(StoreError::io("read", path))?;
        let metadata = match footer::kept(path, of) {
            Some(metadata) => metadata,
            None => {
                let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
                let metadata =
                    ArrowReaderMetadata::load(&file, options).map_err(StoreError::damaged(path))?;
                footer::keep(path, of, &metadata);
                metadata
            }
        };
        Ok(Self { path: path.to_path_buf(), metadata, plain: Some(of), written: None })
    }

    /// Opens an encrypted file and reads its footer.
    pub(crate) fn open_encrypted(path: &Path, key: &SecretKey, written: Written) -> Result<Self, StoreError> {
        let written = Arc::new(written);
        let file = VerifiedFile::open(path, written.clone())?;
        let metadata = FileDecryptionProperties::builder(key.bytes().to_vec())
            .build()
            .and_then(|keys| {
                let options = ArrowReaderOptions::new()
                    .with_page_index_policy(PageIndexPolicy::Optional)
                    .with_file_decryption_properties(keys);
                ArrowReaderMetadata::load(&file, options)
            })
            .map_err(StoreError::damaged(path))?;
        Ok(Self { path: path.to_path_buf(), metadata, plain: None, written: Some(written) })
    }

    /// As [`Table::open`]; none when there is no such file (a snapshot without ballots, say).
    pub(crate) fn open_if_there(path: &Path) -> Result<Option<Self>, StoreError> {
        if path.exists() { Self::open(path).map(Some) } else { Ok(None) }
    }

    pub(crate) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Names of the columns in the file's order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.metadata.schema().fields().iter().map(|field| field.name().as_str())
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.metadata.schema().column_with_name(column).is_some()
    }

    pub(crate) fn kind(&self, column: &str) -> Option<&DataType> {
        self.metadata.schema().column_with_name(column).map(|(_, field)| field.data_type())
    }

    /// Whether no row has a value in this column, as far as the footer tells.
    pub(crate) fn is_empty(&self, column: &str) -> bool {
        let metadata = self.metadata.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let Some(index) = (0..schema.num_columns()).find(|index| schema.column(*index).name() == column)
        else {
            return true;
        };
        metadata.row_groups().iter().all(|group| {
            let nulls = group.column(index).statistics().and_then(|statistics| statistics.null_count_opt());
            nulls.is_some_and(|nulls| i64::try_from(nulls) == Ok(group.num_rows()))
        })
    }

    /// How many rows satisfy all conditions and pass the filters, and the positions of those from the `offset`th on, at most `limit`.
    pub(crate) fn matching(
        &self,
        conditions: &[Condition],
        filters: &[RowFilter],
        offset: u64,
        limit: usize,
    ) -> Result<(u64, Vec<usize>), StoreError> {
        let mut total = 0_u64;
        let mut found = Vec::new();
        self.for_each_match(conditions, filters, |row| {
            if total >= offset && found.len() < limit {
                found.push(row);
            }
            total += 1;
            true
        })?;
        Ok((total, found))
    }

    /// The positions of the first rows that satisfy all conditions and pass the filters, at most `limit`; stops when it has them.
    pub(crate) fn first(
        &self,
        conditions: &[Condition],
        filters: &[RowFilter],
        limit: usize,
    ) -> Result<Vec<usize>, StoreError> {
        let mut found = Vec::new();
        self.for_each_match(conditions, filters, |row| {
            if found.len() < limit {
                found.push(row);
            }
            found.len() < limit
        })?;
        Ok(found)
    }

    /// Calls `visit` with the position of each row that satisfies all conditions until it returns false.
    fn for_each_match(
        &self,
        conditions: &[Condition],
        filters: &[RowFilter],
        mut visit: impl FnMut(usize) -> bool,
    ) -> Result<(), StoreError> {
        if conditions.iter().any(|condition| !self.has(condition.column())) {
            return Ok(());
        }
        let total = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        if conditions.is_empty() && filters.is_empty() {
            (0..total).all(visit);
            return Ok(());
        }
        let mut ranges = self.ranges(filters)?;
        for condition in conditions {
            ranges = intersect(&ranges, &self.candidates(condition, total)?);
        }
        if conditions.is_empty() {
            return self.existing(&ranges, filters, &mut visit).map(|_| ());
        }
        let columns: Vec<_> = conditions.iter().map(Condition::column).collect();
        let mut positions = ranges.iter().cloned().flatten();
        // Where a voter lives is asked of those alone whom the conditions leave: first of few, since few may be wanted.
        let (mut met, mut enough) = (Vec::new(), FIRST_ROWS);
        for batch in self.reader(&columns, Some(&ranges))? {
            let batch = batch.map_err(|error| self.damaged(&error.to_string()))?;
            let arrays = conditions
                .iter()
                .map(|condition| {
                    let array = batch.column_by_name(condition.column());
                    array.cloned().ok_or_else(|| self.damaged("a column is missing in a batch"))
                })
                .map(|array| array.and_then(|array| plain(array).map_err(|error| self.damaged(&error))))
                .collect::<Result<Vec<_>, _>>()?;
            for row in 0..batch.num_rows() {
                let Some(position) = positions.next() else { break };
                if !conditions.iter().zip(&arrays).all(|(condition, array)| condition.is_met(array, row)) {
                    continue;
                }
                if !filters.is_empty() {
                    met.push(position..position + 1);
                } else if !visit(position) {
                    return Ok(());
                }
            }
            if met.len() >= enough {
                if !self.existing(&met, filters, &mut visit)? {
                    return Ok(());
                }
                met.clear();
                enough = (enough * 4).min(BATCH_ROWS);
            }
        }
        self.existing(&met, filters, &mut visit).map(|_| ())
    }

    /// Calls `visit` with the position of each row in these ranges that passes the filters, until it returns false: then
    /// false.
    fn existing(
        &self,
        ranges: &[Range<usize>],
        filters: &[RowFilter],
        visit: &mut impl FnMut(usize) -> bool,
    ) -> Result<bool, StoreError> {
        if ranges.is_empty() {
            return Ok(true);
        }
        let mut positions = ranges.iter().cloned().flatten();
        if let Some((known, [passes, confidential_passes])) = RowFilter::by_confidential_alone(filters)
            && let Some(rows) = self.confidential_rows(known, ranges)?
        {
            let mut exists = |row: &usize| if rows.has(*row) { confidential_passes } else { passes };
            return Ok(positions.filter(&mut exists).all(visit));
        }
        let columns: Vec<_> = RowFilter::columns(filters).collect();
        for batch in self.reader(&columns, Some(ranges))? {
            let batch = batch.map_err(|error| self.damaged(&error.to_string()))?;
            let exists = mask(&batch, filters, |detail| self.damaged(detail))?;
            for (exists, position) in exists.into_iter().zip(&mut positions) {
                if exists && !visit(position) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The rows of confidential voters, if they are kept or it is worth it to look for all of them, because many are asked
    /// about. Not of encrypted tables, of which nothing stays behind in memory.
    fn confidential_rows(
        &self,
        known: &Confidential,
        asked: &[Range<usize>],
    ) -> Result<Option<Arc<Bits>>, StoreError> {
        let Some(of) = self.plain else { return Ok(None) };
        if let Some(rows) = known.rows().kept(&self.path, of) {
            return Ok(Some(rows));
        }
        if asked.iter().map(Range::len).sum::<usize>() < MANY_ROWS {
            return Ok(None);
        }
        let (mut rows, mut position) = (Bits::default(), 0);
        for batch in self.reader(&["confidential", "voter_id"], None)? {
            let batch = batch.map_err(|error| self.damaged(&error.to_string()))?;
            let places = Places::of(&batch).map_err(|error| self.damaged(&error))?;
            for row in 0..batch.num_rows() {
                if places.is_confidential(row, known) {
                    rows.add(position);
                }
                position += 1;
            }
        }
        let rows = Arc::new(rows);
        known.rows().keep(&self.path, of, &rows);
        Ok(Some(rows))
    }

    /// Ranges of rows among which are all that pass the filters.
    pub(crate) fn ranges(&self, filters: &[RowFilter]) -> Result<Vec<Range<usize>>, StoreError> {
        let total = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        let mut ranges = one(0..total);
        for counties in filters.iter().filter_map(RowFilter::counties) {
            if self.has("county_name") {
                let condition = Condition::TextIn("county_name", counties);
                ranges = intersect(&ranges, &self.candidates(&condition, total)?);
            }
        }
        Ok(ranges)
    }

    /// Ranges of rows which statistics do not rule out.
    fn candidates(&self, condition: &Condition, total: usize) -> Result<Vec<Range<usize>>, StoreError> {
        let whole = one(0..total);
        let metadata = self.metadata.metadata();
        let (Some(index), Some(offsets)) = (metadata.column_index(), metadata.offset_index()) else {
            return Ok(whole);
        };
        let Ok(statistics) = StatisticsConverter::try_new(
            condition.column(),
            self.metadata.schema(),
            self.metadata.parquet_schema(),
        ) else {
            return Ok(whole);
        };
        let damaged = StoreError::damaged(&self.path);
        let groups: Vec<usize> = (0..metadata.num_row_groups()).collect();
        let pages = (|| {
            Ok((
                statistics.data_page_mins(index, offsets, &groups)?,
                statistics.data_page_maxes(index, offsets, &groups)?,
                statistics.data_page_row_counts(offsets, metadata.row_groups(), &groups)?,
            ))
        })();
        let (min, max, counts) = pages.map_err(damaged)?;
        let Some(counts) = counts else { return Ok(whole) };
        let (Ok(min), Ok(max)) = (plain(min), plain(max)) else { return Ok(whole) };
        let mut ranges = Vec::new();
        let mut start = 0;
        for page in 0..counts.len() {
            let end = start + usize::try_from(counts.value(page)).unwrap_or(0);
            if condition.can_match(&min, &max, page) {
                ranges.push(start..end);
            }
            start = end;
        }
        Ok(ranges)
    }

    /// The rows at these ascending positions, with these columns (those that the table has).
    pub(crate) fn read(&self, positions: &[usize], columns: &[&str]) -> Result<Vec<RecordBatch>, StoreError> {
        let ranges: Vec<_> = positions.iter().map(|&position| position..position + 1).collect();
        self.reader(columns, Some(&ranges))?
            .map(|batch| batch.map_err(|error| self.damaged(&error.to_string())))
            .collect()
    }

    /// Batches of these columns (those that the table has) over these ranges of rows, or over all.
    pub(crate) fn reader(
        &self,
        columns: &[&str],
        ranges: Option<&[Range<usize>]>,
    ) -> Result<ParquetRecordBatchReader, StoreError> {
        // Opened anew: clones of one open file share its position.
        match &self.written {
            Some(written) => {
                self.read_from(VerifiedFile::open(&self.path, written.clone())?, columns, ranges)
            }
            None => {
                let file = File::open(&self.path).map_err(StoreError::io("read", &self.path))?;
                self.read_from(file, columns, ranges)
            }
        }
    }

    fn read_from(
        &self,
        file: impl ChunkReader + 'static,
        columns: &[&str],
        ranges: Option<&[Range<usize>]>,
    ) -> Result<ParquetRecordBatchReader, StoreError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let wanted = self.columns().enumerate().filter(|(_, name)| columns.contains(name)).map(|(at, _)| at);
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let mut builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
        if let Some(ranges) = ranges {
            let (groups, selection) = self.selected(ranges);
            builder = builder.with_row_groups(groups).with_row_selection(selection);
        }
        builder.build().map_err(StoreError::damaged(&self.path))
    }

    /// The row groups in which these ranges lie, and where they lie in them. The library makes its decoders for every group
    /// that it is not told to leave out.
    fn selected(&self, ranges: &[Range<usize>]) -> (Vec<usize>, RowSelection) {
        let (mut groups, mut selected) = (Vec::new(), Vec::new());
        let (mut first, mut rows) = (0, 0);
        for (group, metadata) in self.metadata.metadata().row_groups().iter().enumerate() {
            let end = first + usize::try_from(metadata.num_rows()).unwrap_or(0);
            let before = selected.len();
            let begin = ranges.partition_point(|range| range.end <= first);
            for range in ranges[begin..].iter().take_while(|range| range.start < end) {
                selected.push(range.start.max(first) - first + rows..range.end.min(end) - first + rows);
            }
            if selected.len() > before {
                groups.push(group);
                rows += end - first;
            }
            first = end;
        }
        (groups, RowSelection::from_consecutive_ranges(selected.into_iter(), rows))
    }

    /// An error about this file.
    pub(crate) fn damaged(&self, detail: &str) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), detail: crate::error::one_line(detail) }
    }
}

/// The rows of a few batches, by column name.
pub(crate) struct Rows<'a> {
    batches: &'a [RecordBatch],
}

impl<'a> Rows<'a> {
    pub(crate) fn of(batches: &'a [RecordBatch]) -> Self {
        Self { batches }
    }

    /// Each row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| Row { batch, row }))
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl Row<'_> {
    /// The value as text: dates ISO, booleans `true` and `false`; none when there is none.
    pub(crate) fn text(&self, column: &str) -> Option<String> {
        let array = self.batch.column_by_name(column)?;
        value_text(array, self.row)
    }

    /// The value as an integer, of any width.
    pub(crate) fn integer(&self, column: &str) -> Option<i64> {
        integer(self.batch.column_by_name(column)?, self.row)
    }

    /// The value as a boolean.
    pub(crate) fn boolean(&self, column: &str) -> Option<bool> {
        let array = self.batch.column_by_name(column)?.as_boolean_opt()?;
        array.is_valid(self.row).then(|| array.value(self.row))
    }

    /// The value as bytes.
    pub(crate) fn bytes(&self, column: &str) -> Option<Vec<u8>> {
        let array = self.batch.column_by_name(column)?;
        let array = array.as_binary_opt::<i32>()?;
        array.is_valid(self.row).then(|| array.value(self.row).to_vec())
    }
}

/// A value as text: dates ISO, booleans `true` and `false`; none when there is none.
pub(crate) fn value_text(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    if let Some(text) = text(array, row) {
        return Some(text.to_owned());
    }
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).ok()?;
    formatter.value(row).try_to_string().ok()
}

/// A dictionary or view unpacked, so that values can be looked at without a cast each.
pub(crate) fn plain(array: ArrayRef) -> Result<ArrayRef, String> {
    match array.data_type() {
        DataType::Dictionary(_, _) | DataType::Utf8View | DataType::LargeUtf8 => {
            arrow_cast::cast(&array, &DataType::Utf8).map_err(|error| error.to_string())
        }
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => arrow_cast::cast(&array, &DataType::Int64).map_err(|error| error.to_string()),
        _ => Ok(array),
    }
}

fn text(array: &ArrayRef, row: usize) -> Option<&str> {
    let array = array.as_string_opt::<i32>()?;
    array.is_valid(row).then(|| array.value(row))
}

/// An integer of the widths that our tables have.
pub(crate) fn integer(array: &ArrayRef, row: usize) -> Option<i64> {
    fn at<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<T::Native> {
        let array = array.as_primitive_opt::<T>()?;
        array.is_valid(row).then(|| array.value(row))
    }
    at::<Int64Type>(array, row)
        .or_else(|| at::<arrow_array::types::Int32Type>(array, row).map(i64::from))
        .or_else(|| at::<arrow_array::types::Date32Type>(array, row).map(i64::from))
}

/// A list of one range.
fn one(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

/// Rows in both of two ascending lists of ranges.
fn intersect(left: &[Range<usize>], right: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut both = Vec::new();
    let (mut l, mut r) = (0, 0);
    while let (Some(a), Some(b)) = (left.get(l), right.get(r)) {
        let range = a.start.max(b.start)..a.end.min(b.end);
        if !range.is_empty() {
            both.push(range);
        }
        if a.end < b.end { l += 1 } else { r += 1 }
    }
    both
}
