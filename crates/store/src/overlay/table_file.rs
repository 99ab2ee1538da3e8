//! An encrypted Parquet file, written row by row.

use super::guess::Typed;
use crate::durable::parquet_failed;
use crate::error::StoreError;
use crate::export::days_since_epoch;
use crate::keyring::SecretKey;
use crate::read::table::Table;
use arrow_array::builder::{Date32Builder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a batch while writing.
const BATCH_ROWS: usize = 16_384;

/// A Parquet file being written.
pub(crate) struct TableFile {
    path: PathBuf,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    builders: Vec<CellBuilder>,
    rows: usize,
}

impl TableFile {
    /// The footer is encrypted, too: without the key nobody learns the names of the columns.
    pub(crate) fn create(path: &Path, schema: SchemaRef, key: &SecretKey) -> Result<Self, StoreError> {
        let file = File::create(path).map_err(StoreError::io("write", path))?;
        let level = ZstdLevel::try_new(3).map_err(StoreError::damaged(path))?;
        let encryption = FileEncryptionProperties::builder(key.bytes().to_vec())
            .build()
            .map_err(StoreError::damaged(path))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .with_file_encryption_properties(encryption)
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))
            .map_err(StoreError::damaged(path))?;
        let builders = schema.fields().iter().map(|field| CellBuilder::of(field.data_type())).collect();
        Ok(Self { path: path.to_path_buf(), writer, schema, builders, rows: 0 })
    }

    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = Option<Typed>>) -> Result<(), StoreError> {
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            builder.push(cell);
        }
        self.rows += 1;
        if self.rows >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let arrays = self.builders.iter_mut().map(CellBuilder::finish).collect();
        self.rows = 0;
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(|error| StoreError::Damaged { path: self.path.clone(), detail: error.to_string() })?;
        self.writer.write(&batch).map_err(parquet_failed(&self.path))
    }

    /// Writes a plain table anew, encrypted.
    pub(crate) fn copy(plain: &Table, path: &Path, key: &SecretKey) -> Result<(), StoreError> {
        let columns: Vec<_> = plain.columns().collect();
        let reader = plain.reader(&columns, None)?;
        let mut file = Self::create(path, reader.schema(), key)?;
        for batch in reader {
            let batch = batch.map_err(|error| plain.damaged(&error.to_string()))?;
            file.writer.write(&batch).map_err(parquet_failed(path))?;
        }
        file.finish()
    }

    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        self.flush()?;
        self.writer.close().map_err(parquet_failed(&self.path))?;
        Ok(())
    }
}

enum CellBuilder {
    Int(Int64Builder),
    Decimal(Float64Builder),
    Date(Date32Builder),
    Text(StringBuilder),
}

impl CellBuilder {
    fn of(kind: &DataType) -> Self {
        match kind {
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::Float64 => Self::Decimal(Float64Builder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn push(&mut self, cell: Option<Typed>) {
        match (self, cell) {
            (Self::Int(builder), Some(Typed::Int(value))) => builder.append_value(value),
            (Self::Decimal(builder), Some(Typed::Decimal(value))) => builder.append_value(value),
            (Self::Date(builder), Some(Typed::Date(value))) => builder.append_value(days_since_epoch(value)),
            (Self::Text(builder), Some(Typed::Text(value))) => builder.append_value(value),
            (Self::Int(builder), _) => builder.append_null(),
            (Self::Decimal(builder), _) => builder.append_null(),
            (Self::Date(builder), _) => builder.append_null(),
            (Self::Text(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}
