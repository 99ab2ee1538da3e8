//! A Parquet file as texts: dates in ISO, numbers as they are written.

use super::{BLOCK_ROWS, Content, ListBlock};
use crate::error::{StoreError, one_line};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::{ArrowError, DataType};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The headers, and what to say of columns that have no text.
pub(super) fn headers(path: &Path, content: &Content) -> Result<(Vec<String>, Option<String>), StoreError> {
    let builder = builder(path, content)?;
    let fields = builder.schema().fields();
    let without: Vec<String> = fields
        .iter()
        .filter(|field| has_no_text(field.data_type()))
        .map(|field| format!("`{}`", field.name().trim()))
        .collect();
    let note = (!without.is_empty()).then(|| {
        format!(
            "`{}`: what is no single value a row is left empty, in {}",
            path.display(),
            without.join(", ")
        )
    });
    Ok((fields.iter().map(|field| field.name().trim().to_owned()).collect(), note))
}

pub(super) fn each_block(
    path: &Path,
    content: &Content,
    take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let reader = builder(path, content)?
        .with_batch_size(BLOCK_ROWS)
        .build()
        .map_err(|error| unreadable(path, &error))?;
    let mut line = 0;
    for batch in reader {
        let batch = batch.map_err(|error| unreadable(path, &error))?;
        let columns: Result<Vec<StringArray>, ArrowError> = batch.columns().iter().map(texts).collect();
        let lines: Vec<u64> = (line + 1..).take(batch.num_rows()).collect();
        line = lines.last().copied().unwrap_or(line);
        let columns = columns.map_err(|error| unreadable(path, &error))?;
        take(ListBlock { columns: &columns, lines: &lines })?;
    }
    Ok(())
}

/// Lists and structures have none.
fn has_no_text(kind: &DataType) -> bool {
    kind.is_nested() || !arrow_cast::can_cast_types(kind, &DataType::Utf8)
}

fn texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    if has_no_text(column.data_type()) {
        return Ok(StringArray::new_null(column.len()));
    }
    Ok(arrow_cast::cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn builder(path: &Path, content: &Content) -> Result<ParquetRecordBatchReaderBuilder<Source>, StoreError> {
    let source = match content {
        Content::File => Source::File(File::open(path).map_err(StoreError::io("read", path))?),
        Content::Sent(_) | Content::Bytes(_) => Source::Bytes(content.bytes(path)?),
    };
    ParquetRecordBatchReaderBuilder::try_new(source).map_err(|error| unreadable(path, &error))
}

/// What was sent is encrypted on the disk and never large: it is held in memory.
enum Source {
    File(File),
    Bytes(Bytes),
}

impl Length for Source {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.len(),
            Self::Bytes(bytes) => Length::len(bytes),
        }
    }
}

impl ChunkReader for Source {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Bytes(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Bytes(bytes) => bytes.get_bytes(start, length),
        }
    }
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> StoreError {
    StoreError::Input(format!(
        "`{}` is no Parquet file that can be read: {}",
        path.display(),
        one_line(&error.to_string())
    ))
}
