//! Copies that leave the system: the base file and what an owner's overlay adds, computed from field classes and lineage.
//!
//! Internal columns never go out; voters dropped from the list and confidential voters are subtracted last and always.

mod census;
mod fate;
mod record;
mod rows;
mod sink;
#[cfg(test)]
mod tests;
mod told;
mod xlsx;

use crate::audit::held::Membership;
use crate::audit::outbox;
use crate::durable;
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::overlay::OverlayTable;
use crate::read::table::Table;
use crate::settings::random;
use crate::snapshot::SnapshotRecord;
use crate::store::{Store, no_list};
use census::{Census, census_by_county};
pub(crate) use fate::{DECIDING, Decider, Fate, Told};
use hustings_access::verb::Export;
use hustings_access::{Act, Lineage, Right, Scope};
use hustings_core::digits::hex;
use hustings_core::{FieldClass, StateCode};
use jiff::civil::Date;
pub use rows::ExportRows;
use rows::Part;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sink::Sink;
pub(crate) use sink::write_batch;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Rows of a sheet below its header.
pub const XLSX_ROWS_MAX: u64 = 1_048_575;

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// RFC 4180 in UTF-8, with a header.
    Csv,
    /// Apache Parquet, zstd.
    Parquet,
    /// One sheet with a frozen header; text stays text.
    Xlsx,
}

impl ExportFormat {
    /// The word in flags and JSON, which is also the file's extension.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
        }
    }
}

impl FromStr for ExportFormat {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Csv, Self::Parquet, Self::Xlsx].into_iter().find(|format| format.as_str() == text).ok_or_else(
            || StoreError::Input(format!("unknown format `{text}`: expected csv, parquet or xlsx")),
        )
    }
}

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// The state; its current snapshot goes out.
    pub state: StateCode,
    /// `base`, or the class of an overlay that goes out with the base columns.
    pub class: FieldClass,
    /// Owner of the overlay; none for `base`.
    pub owner: Option<String>,
    /// Only this county, in any case.
    pub county: Option<String>,
    /// Kind of file.
    pub format: ExportFormat,
    /// The file to write.
    pub out: PathBuf,
    /// Whether a file that is there may be replaced.
    pub force: bool,
}

/// What was exported: the JSON of `hustings export --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportReport {
    /// Random id of the export; voters' keys in the file depend on it.
    pub export: String,
    /// The state.
    pub state: StateCode,
    /// The snapshot.
    pub snapshot: String,
    /// The class asked for.
    pub class: FieldClass,
    /// Owner of the overlay, if any.
    pub owner: Option<String>,
    /// The county, upper case, if only one.
    pub county: Option<String>,
    /// Kind of file.
    pub format: ExportFormat,
    /// The file.
    pub file: PathBuf,
    /// Voters in it.
    pub rows: u64,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Its size.
    pub bytes: u64,
    /// Its digest, lower-case hex.
    pub sha256: String,
    /// Confidential voters who would have been in it.
    pub confidential_subtracted: u64,
    /// Voters who are no longer on the list and would have been in it.
    pub dropped_subtracted: u64,
}

impl Store {
    /// Writes the current snapshot's voters to a file, whole or not at all, and records it before the file appears.
    ///
    /// # Errors
    /// Unknown state, county or overlay; a file that is there already; too many rows for a sheet (said before anything is
    /// written); a grant that ends meanwhile; a disk that fails.
    pub async fn export(
        &self,
        act: &Act<'_, Export>,
        request: &ExportRequest,
    ) -> Result<ExportReport, StoreError> {
        let rows = self.open_export(act, request).await?;
        self.write_export(act, rows).await
    }

    /// As [`Store::export`], for a file that is sent and kept nowhere: it never has a name on the disk, so nothing of it
    /// stays whatever ends the program. `out` of the request is what the report calls it.
    ///
    /// # Errors
    /// As [`Store::export`], except that no file is in the way.
    pub async fn export_unnamed(
        &self,
        act: &Act<'_, Export>,
        request: &ExportRequest,
    ) -> Result<(ExportReport, File), StoreError> {
        let rows = self.open_rows(act, request).await?;
        let folder = self.data.exports();
        durable::create_folder(&folder)?;
        let mut file = tempfile::tempfile_in(&folder).map_err(StoreError::io("write into", &folder))?;
        let report =
            self.write_and_record(act, &rows, (&mut file, &folder.join(&request.out), &folder)).await?;
        file.rewind().map_err(StoreError::io("read", &folder))?;
        Ok((report, file))
    }

    /// Opens and counts the rows of an export. They can be written only under the scope under which they were read.
    ///
    /// # Errors
    /// As [`Store::export`].
    pub async fn open_export<'id>(
        &self,
        act: &Act<'id, Export>,
        request: &ExportRequest,
    ) -> Result<ExportRows<'id>, StoreError> {
        let rows = self.open_rows(act, request).await?;
        check_out(&request.out, request.force)?;
        Ok(rows)
    }

    async fn open_rows<'id>(
        &self,
        act: &Act<'id, Export>,
        request: &ExportRequest,
    ) -> Result<ExportRows<'id>, StoreError> {
        let state = request.state;
        let view = self.view(act, state);
        let overlays = match request.class {
            FieldClass::Base if !view.exists() => return Err(no_list(state)),
            _ => self.overlays_for(act, request).await?,
        };
        let record = self.current_record(state).await?.ok_or_else(|| no_list(state))?;
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let known = self.confidential(state).await?;
        let place = (state, request.county.as_deref());
        let census = Census::take(&table, &view, &known, &overlays, place, act.knows_of_confidential(state))?;
        if request.format == ExportFormat::Xlsx && census.rows > XLSX_ROWS_MAX {
            return Err(StoreError::Input(format!(
                "{} voters do not fit into a sheet of {XLSX_ROWS_MAX} rows: export one county with --county, or \
                 use --format csv",
                census.rows
            )));
        }
        let export = hex(&random::<8>()?);
        ExportRows::new(self, act, (&view, known), request, record.id, export, (table, census), overlays)
    }

    /// Writes the rows of an export, whole or not at all, and records it before the file appears.
    ///
    /// # Errors
    /// As [`Store::export`].
    pub async fn write_export<'id>(
        &self,
        act: &Act<'id, Export>,
        rows: ExportRows<'id>,
    ) -> Result<ExportReport, StoreError> {
        let request = &rows.request;
        let temporary = temporary_name(&request.out, &rows.export);
        let made = File::options().read(true).write(true).create(true).truncate(true).open(&temporary);
        let mut file = made.map_err(StoreError::io("write", &temporary))?;
        let folder = request.out.parent().filter(|folder| !folder.as_os_str().is_empty());
        let place = (&mut file, temporary.as_path(), folder.unwrap_or(Path::new(".")));
        let placed = match self.write_and_record(act, &rows, place).await {
            Ok(report) => check_out(&request.out, request.force)
                .and_then(|()| durable::rename(&temporary, &request.out))
                .map(|()| report),
            Err(error) => Err(error),
        };
        if placed.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        placed
    }

    async fn write_and_record<'id>(
        &self,
        act: &Act<'id, Export>,
        rows: &ExportRows<'id>,
        (file, path, folder): (&mut File, &Path, &Path),
    ) -> Result<ExportReport, StoreError> {
        let (request, census) = (&rows.request, &rows.census);
        let view = self.view(act, request.state);
        let mut sink = Sink::create((file, path, folder), rows, &view, self.instant())?;
        for batch in rows.batches(&view)? {
            // Nothing that was read after the end of a grant is released.
            self.demand_grant(act).await?;
            sink.push(&batch?)?;
        }
        sink.finish()?;
        let (sha256, bytes) = digest(file, path)?;
        let report = ExportReport {
            export: rows.export.clone(),
            state: request.state,
            snapshot: rows.snapshot.clone(),
            class: request.class,
            owner: request.owner.clone(),
            county: census.county.clone(),
            format: request.format,
            file: request.out.clone(),
            rows: census.rows,
            columns: rows.columns(),
            bytes,
            sha256,
            confidential_subtracted: census.confidential,
            dropped_subtracted: census.dropped,
        };
        self.demand_grant(act).await?;
        let key = rows.overlays.first().map(OverlayTable::key);
        self.record_export(act, &report, key, (&told::membership(rows, &view), rows.parts())).await?;
        Ok(report)
    }

    /// How many voters of a snapshot an export would hold, by county; those without a county, and those of whom the scope may
    /// not know it, under the empty name.
    ///
    /// # Errors
    /// When the database fails, or the file is missing or damaged.
    pub async fn exportable_by_county(
        &self,
        scope: &Scope<'_>,
        record: &SnapshotRecord,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let view = self.view(scope, record.state);
        if !view.exists() {
            return Ok(BTreeMap::new());
        }
        let known = self.confidential(record.state).await?;
        census_by_county(&Table::open(&record.folder.join("voters.parquet"))?, &view, &known)
    }

    async fn record_export(
        &self,
        act: &Act<'_, Export>,
        report: &ExportReport,
        key: Option<&DataKey>,
        held: (&Membership, [Part; 2]),
    ) -> Result<(), StoreError> {
        let count = |value: u64| {
            i64::try_from(value).map_err(|_| StoreError::Input(format!("count {value} is too large")))
        };
        // The names of an owner's columns are the owner's: they are kept under the key of its data.
        let mut columns = serde_json::json!(report.columns).to_string();
        if let Some(key) = key {
            columns = key.seal(&format!("export {}", report.export), &columns)?;
        }
        let lineage = lineage_of(act, report);
        let events = told::events(act, report, &lineage, held);
        let lineage = serde_json::json!(lineage).to_string();
        let transaction = self.database.begin("record export").await?;
        // Nothing goes out under a key that was destroyed while the file was written.
        if let Some(key) = key {
            self.demand_key(&transaction, key).await?;
        }
        transaction
            .execute(
                "INSERT INTO exports (id, state, snapshot_id, organization_id, principal, class, owner, county, \
                 format, file, row_count, columns, bytes, sha256, created_at, updated_by, key_id, lineage) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
                vec![
                    report.export.as_str().into(),
                    report.state.as_str().into(),
                    report.snapshot.as_str().into(),
                    act.organization().as_str().into(),
                    act.principal().as_str().into(),
                    report.class.as_str().into(),
                    report.owner.clone().into(),
                    report.county.clone().into(),
                    report.format.as_str().into(),
                    report.file.display().to_string().into(),
                    count(report.rows)?.into(),
                    columns.into(),
                    count(report.bytes)?.into(),
                    report.sha256.as_str().into(),
                    self.now().into(),
                    transaction.name().into(),
                    key.map(|key| key.id.clone()).into(),
                    lineage.into(),
                ],
            )
            .await?;
        for event in &events {
            outbox::write(&transaction, &self.now(), event).await?;
        }
        transaction.commit().await
    }
}

/// What an export was made from: the list, and the overlay that went out with it.
fn lineage_of(act: &Act<'_, Export>, report: &ExportReport) -> Lineage {
    let of_overlay =
        |right: &Right| right.class == report.class && Some(right.owner.as_str()) == report.owner.as_deref();
    let used = act.rights().iter().filter(|right| right.state == report.state);
    used.filter(|right| right.class == FieldClass::Base || of_overlay(right)).collect()
}

/// Refuses a file that is there (unless `force`), and a folder that is not, before any work is done.
///
/// # Errors
/// [`StoreError::Input`], in one sentence.
pub fn check_out(out: &Path, force: bool) -> Result<(), StoreError> {
    if out.is_dir() || out.file_name().is_none() {
        return Err(StoreError::Input(format!(
            "`{}` is a folder: expected the name of a file",
            out.display()
        )));
    }
    if out.exists() && !force {
        return Err(StoreError::Input(format!(
            "`{}` is there already: choose another name, or replace it with --force",
            out.display()
        )));
    }
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(StoreError::Input(
            format!("there is no folder `{}` for the export: make it first", folder.display()),
        )),
        _ => Ok(()),
    }
}

fn temporary_name(out: &Path, export: &str) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!(".{name}.{export}.part"))
}

/// The file's digest and size, after it has been forced to the disk.
fn digest(file: &mut File, path: &Path) -> Result<(String, u64), StoreError> {
    file.sync_all().map_err(StoreError::io("write", path))?;
    file.rewind().map_err(StoreError::io("read", path))?;
    let mut hasher = Sha256::new();
    let mut bytes = 0_u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(StoreError::io("read", path))?;
        if read == 0 {
            return Ok((hex(&hasher.finalize()), bytes));
        }
        hasher.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or(0);
    }
}

/// Days from 1970-01-01, as Parquet counts dates.
pub(crate) fn days_since_epoch(date: Date) -> i32 {
    let days = Date::constant(1970, 1, 1).until(date).map(|span| span.get_days());
    days.unwrap_or(0)
}
