//! What was found, written as CSV or Parquet: whole or not at all.

use crate::durable::{csv_failed, parquet_failed, rename};
use crate::error::StoreError;
use crate::export::write_batch;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// A file that is being written beside its name; it gets the name when it is complete, and is gone when it is not.
pub struct ResultFile {
    path: PathBuf,
    temporary: PathBuf,
    kind: Option<Kind>,
}

enum Kind {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
}

impl ResultFile {
    /// Creates the file with its header; a name that ends with `.parquet` is Parquet, any other CSV.
    ///
    /// # Errors
    /// The folder is not there or may not be written.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self, StoreError> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".new");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                StoreError::Input(format!("cannot write `{}`: there is no such folder", path.display()))
            }
            _ => StoreError::io("write", path)(error),
        })?;
        let file = BufWriter::with_capacity(1 << 18, file);
        let kind = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
            let failed = parquet_failed(&temporary);
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(&failed)?))
                .set_created_by(format!("hustings {}", env!("CARGO_PKG_VERSION")))
                .build();
            Kind::Parquet(Box::new(ArrowWriter::try_new(file, schema, Some(properties)).map_err(failed)?))
        } else {
            let mut writer = csv::WriterBuilder::new().from_writer(file);
            let names = schema.fields().iter().map(|field| field.name().as_str());
            writer.write_record(names).map_err(csv_failed(&temporary))?;
            Kind::Csv(Box::new(writer))
        };
        Ok(Self { path: path.to_path_buf(), temporary, kind: Some(kind) })
    }

    /// Writes more rows.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        match &mut self.kind {
            Some(Kind::Csv(writer)) => write_batch(writer, batch, &self.temporary),
            Some(Kind::Parquet(writer)) => writer.write(batch).map_err(parquet_failed(&self.temporary)),
            None => Ok(()),
        }
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<(), StoreError> {
        match self.kind.take() {
            Some(Kind::Csv(mut writer)) => {
                writer.flush().map_err(StoreError::io("write", &self.temporary))?
            }
            Some(Kind::Parquet(writer)) => {
                writer.close().map_err(parquet_failed(&self.temporary))?;
            }
            None => {}
        }
        rename(&self.temporary, &self.path)
    }
}

impl Drop for ResultFile {
    fn drop(&mut self) {
        if self.kind.take().is_some() {
            // Half a file would be taken for a whole one; that it cannot be removed is no news beside the failure.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

impl std::fmt::Debug for ResultFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ResultFile").field("path", &self.path).finish_non_exhaustive()
    }
}
