//! Writing a snapshot's Parquet tables: row groups are encoded by many threads and appended by one, in order, so that
//! the file's bytes do not depend on how many threads there were.

use crate::snapshot_scan::TableScan;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use hustings_access::Act;
use hustings_access::verb::Load;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, ParquetMetaDataBuilder};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many rows a data page holds at most: small enough that one voter is found without reading a whole column.
const PAGE_ROWS_MAX: usize = 20_000;

/// A Parquet file being written, row group by row group.
pub struct TableWriter {
    writer: SerializedFileWriter<File>,
    encoder: RowGroupEncoder,
    path: PathBuf,
    rows: u64,
}

/// Encodes row groups of one table; cheap to clone, used from many threads.
#[derive(Clone)]
pub struct RowGroupEncoder {
    schema: SchemaRef,
    factory: Arc<ArrowRowGroupWriterFactory>,
}

/// A row group, encoded and compressed, not yet in the file.
pub struct EncodedRowGroup {
    chunks: Vec<ArrowColumnChunk>,
    rows: u64,
}

impl TableWriter {
    /// Creates `path` for rows of `schema`. Columns in `unique` are written without a dictionary, which would be built
    /// only to be thrown away; numbers among them as differences, since they rise from row to row.
    ///
    /// # Errors
    /// The file cannot be created or written.
    pub fn create(
        _act: &Act<'_, Load>,
        path: &Path,
        schema: SchemaRef,
        unique: &[&str],
    ) -> Result<Self, ParquetError> {
        let properties = properties(&schema, unique)?;
        let parquet_schema = ArrowSchemaConverter::new().convert(&schema)?;
        let file = File::create(path)?;
        let writer = SerializedFileWriter::new(file, parquet_schema.root_schema_ptr(), properties)?;
        let factory = Arc::new(ArrowRowGroupWriterFactory::new(&writer, schema.clone()));
        Ok(Self { writer, encoder: RowGroupEncoder { schema, factory }, path: path.to_owned(), rows: 0 })
    }

    /// The encoder of this table's row groups.
    #[must_use]
    pub fn encoder(&self) -> RowGroupEncoder {
        self.encoder.clone()
    }

    /// Rows written so far: the position of the next row group's first row.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Appends an encoded row group. An empty one leaves no trace.
    ///
    /// # Errors
    /// The file cannot be written (disk full).
    pub fn append(&mut self, group: EncodedRowGroup) -> Result<(), ParquetError> {
        if group.rows == 0 {
            return Ok(());
        }
        let mut row_group = self.writer.next_row_group()?;
        for chunk in group.chunks {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        self.rows += group.rows;
        Ok(())
    }

    /// Encodes and appends a batch on this thread.
    ///
    /// # Errors
    /// As [`RowGroupEncoder::encode`] and [`TableWriter::append`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let group = self.encoder.encode(batch)?;
        self.append(group)
    }

    /// What has been written so far, to be read while more is to come.
    ///
    /// # Errors
    /// The file cannot be written (disk full).
    pub fn so_far(&mut self, _act: &Act<'_, Load>) -> Result<TableScan, ParquetError> {
        self.writer.flush()?;
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let schema = Arc::new(self.writer.schema_descr().clone());
        let file = FileMetaData::new(1, rows, None, None, schema, None);
        let groups = self.writer.flushed_row_groups().to_vec();
        let metadata = ParquetMetaDataBuilder::new(file).set_row_groups(groups).build();
        TableScan::of_metadata(&self.path, metadata)
    }

    /// Writes the footer and makes the file durable. Returns the number of rows.
    ///
    /// # Errors
    /// The file cannot be written or synced (disk full).
    pub fn finish(mut self) -> Result<u64, ParquetError> {
        self.writer.finish()?;
        self.writer.inner().sync_all()?;
        Ok(self.rows)
    }
}

impl RowGroupEncoder {
    /// The table's schema.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Encodes and compresses one row group.
    ///
    /// # Errors
    /// The batch does not have the table's schema.
    pub fn encode(&self, batch: &RecordBatch) -> Result<EncodedRowGroup, ParquetError> {
        let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        if rows == 0 {
            return Ok(EncodedRowGroup { chunks: Vec::new(), rows });
        }
        // The index only matters to encrypted files, whose keys are bound to it.
        let writers = self.factory.create_column_writers(0)?;
        let mut chunks = Vec::with_capacity(writers.len());
        for ((field, array), mut writer) in self.schema.fields().iter().zip(batch.columns()).zip(writers) {
            for leaf in compute_leaves(field, array)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(EncodedRowGroup { chunks, rows })
    }
}

fn properties(schema: &SchemaRef, unique: &[&str]) -> Result<WriterPropertiesPtr, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        .set_created_by(format!("hustings {}", env!("CARGO_PKG_VERSION")));
    for column in unique {
        let path = ColumnPath::from(*column);
        builder = builder.set_column_dictionary_enabled(path.clone(), false);
        if schema.field_with_name(column).is_ok_and(|field| field.data_type().is_integer()) {
            builder = builder.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(Arc::new(builder.build()))
}
