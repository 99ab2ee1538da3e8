//! What `hustings bench` measures in here: what it costs that columns lie encrypted, and how long one row takes to be found.

use crate::error::StoreError;
use crate::keyring::SecretKey;
use crate::match_base;
use crate::overlay::TableFile;
use crate::read::table::{Rows, Table};
use crate::store::Store;
use crate::verified_file::Written;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use hustings_access::Scope;
use hustings_core::StateCode;
use hustings_matching::lookup::COLUMNS;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::collections::BTreeSet;
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

/// Rows looked for among a state's voters.
#[derive(Debug, Clone)]
pub struct LookedUp {
    /// Bytes of what was prepared.
    pub bytes: u64,
    /// Milliseconds to open it.
    pub open_ms: f64,
    /// Microseconds of each row.
    pub micros: Vec<f64>,
    /// Rows of somebody who is there.
    pub there: usize,
    /// Rows for which one voter was likelier than not.
    pub told: usize,
    /// Of these, the right one.
    pub right: usize,
}

/// Looks once for each row (cells as [`COLUMNS`], and the state's id of whose row it is) among the voters of the current
/// snapshot of a scope to which the whole base is open.
///
/// # Errors
/// When there is no such snapshot, or database or disk fail.
pub async fn looked_up(
    store: &Store,
    scope: &Scope<'_>,
    state: StateCode,
    rows: &[([String; COLUMNS.len()], Option<String>)],
) -> Result<LookedUp, StoreError> {
    let missing = || StoreError::Input(format!("the voters of {state} are not prepared"));
    let record = store.current(scope, state).await?.ok_or_else(missing)?;
    if !store.opens_whole_base(scope, state) {
        return Err(missing());
    }
    let path = record.folder.join(match_base::FILE);
    let voters = store.confidential(state).await?.but_these(&record.id);
    let begun = Instant::now();
    let base = match_base::open(&record.folder, &voters).ok_or_else(missing)?;
    let open_ms = begun.elapsed().as_secs_f64() * 1e3;
    let bytes = std::fs::metadata(&path).map_err(StoreError::io("read", &path))?.len();
    let table = Table::open(&record.folder.join("voters.parquet"))?;
    let mut looked = LookedUp { bytes, open_ms, micros: Vec::new(), there: 0, told: 0, right: 0 };
    let mut best = Vec::new();
    for (cells, _) in rows {
        let cells = cells.each_ref().map(String::as_str);
        let begun = Instant::now();
        let found = base.find(&cells, 10).map_err(StoreError::io("read", &path))?;
        looked.micros.push(begun.elapsed().as_secs_f64() * 1e6);
        best.push(found.candidates.first().filter(|one| one.chance > 0.5).map(|one| one.row as usize));
    }
    let positions: Vec<usize> = best.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let batches = table.read(&positions, &["state_voter_id"])?;
    let rows_read = Rows::of(&batches);
    let ids: Vec<String> =
        rows_read.iter().map(|row| row.text("state_voter_id").unwrap_or_default()).collect();
    for (best, (_, truth)) in best.iter().zip(rows) {
        looked.there += usize::from(truth.is_some());
        looked.told += usize::from(best.is_some());
        let id = best.and_then(|best| ids.get(positions.binary_search(&best).ok()?));
        looked.right += usize::from(id.is_some() && id == truth.as_ref());
    }
    Ok(looked)
}
