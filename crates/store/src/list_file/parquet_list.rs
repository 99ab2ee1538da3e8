//! A Parquet file as texts: dates in ISO, numbers as they are written.

use super::BLOCK_ROWS;
use crate::error::{StoreError, one_line};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::{ArrowError, DataType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;

pub(super) fn headers(path: &Path) -> Result<Vec<String>, StoreError> {
    Ok(builder(path)?.schema().fields().iter().map(|field| field.name().trim().to_owned()).collect())
}

pub(super) fn each_block(
    path: &Path,
    take: &mut dyn FnMut(&[StringArray]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let reader =
        builder(path)?.with_batch_size(BLOCK_ROWS).build().map_err(|error| unreadable(path, &error))?;
    for batch in reader {
        let batch = batch.map_err(|error| unreadable(path, &error))?;
        let columns: Result<Vec<StringArray>, ArrowError> = batch.columns().iter().map(texts).collect();
        take(&columns.map_err(|error| unreadable(path, &error))?)?;
    }
    Ok(())
}

/// Lists and structures have no text: they are as if empty.
fn texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    if !arrow_cast::can_cast_types(column.data_type(), &DataType::Utf8) || column.data_type().is_nested() {
        return Ok(StringArray::new_null(column.len()));
    }
    Ok(arrow_cast::cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, StoreError> {
    let file = File::open(path).map_err(StoreError::io("read", path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> StoreError {
    StoreError::Input(format!(
        "`{}` is no Parquet file that can be read: {}",
        path.display(),
        one_line(&error.to_string())
    ))
}
