//! What `hustings bench access` measures in here: what it costs that columns lie encrypted.

use crate::error::StoreError;
use crate::keyring::SecretKey;
use crate::overlay::TableFile;
use crate::read::table::Table;
use crate::verified_file::Written;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Reading of one table plain, and of the same encrypted and compared with what was written, in turns.
#[derive(Debug, Clone)]
pub struct EncryptedReading {
    /// Seconds of each round, plain.
    pub plain_seconds: Vec<f64>,
    /// Seconds of each round, encrypted.
    pub encrypted_seconds: Vec<f64>,
}

/// Reads a table of two columns and `rows` rows `rounds` times each way.
///
/// # Errors
/// When `folder` cannot be written.
pub fn encrypted_reading(folder: &Path, rows: i64, rounds: usize) -> Result<EncryptedReading, StoreError> {
    let (plain, encrypted) = (folder.join("plain.parquet"), folder.join("encrypted.parquet"));
    write_plain(&plain, rows)?;
    let key = SecretKey::random()?;
    TableFile::copy(&Table::open(&plain)?, &encrypted, &key)?;
    let written = Written::of(&encrypted)?;
    let mut reading = EncryptedReading { plain_seconds: Vec::new(), encrypted_seconds: Vec::new() };
    for _ in 0..rounds {
        reading.plain_seconds.push(seconds(|| Table::open(&plain))?);
        reading.encrypted_seconds.push(seconds(|| Table::open_encrypted(&encrypted, &key, written.clone()))?);
    }
    Ok(reading)
}

fn seconds(open: impl Fn() -> Result<Table, StoreError>) -> Result<f64, StoreError> {
    let begun = Instant::now();
    let table = open()?;
    for batch in table.reader(&["voter_id", "score"], None)? {
        std::hint::black_box(batch.map_err(|error| table.damaged(&error.to_string()))?.num_rows());
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn write_plain(path: &Path, rows: i64) -> Result<(), StoreError> {
    let damaged = StoreError::damaged(path);
    (|| {
        let level = ZstdLevel::try_new(3)?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let voters: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
        let scores = (0..rows).map(|row| (row.wrapping_mul(0x9E37_79B9) % 101).to_string());
        let scores: ArrayRef = Arc::new(StringArray::from_iter_values(scores));
        let batch = RecordBatch::try_from_iter([("voter_id", voters), ("score", scores)])?;
        let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        writer.close().map(drop)
    })()
    .map_err(damaged)
}
