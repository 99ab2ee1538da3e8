//! Copies that leave the system: the base file and what an owner's overlay adds, computed from field classes and lineage.
//!
//! Internal columns never go out; voters dropped from the list and confidential voters are subtracted last and always.

mod rows;
mod sink;
#[cfg(test)]
mod tests;
mod xlsx;

use crate::durable;
use crate::error::StoreError;
use crate::read::Confidential;
use crate::read::table::Table;
use crate::settings::{hex, random};
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::{FieldClass, StateCode};
use jiff::civil::Date;
use rows::{Census, Extract, census_by_county};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Rows of a sheet below its header.
pub const XLSX_ROWS_MAX: u64 = 1_048_575;

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// written); a disk that fails.
    pub async fn export(&self, scope: &Scope, request: &ExportRequest) -> Result<ExportReport, StoreError> {
        let state = request.state;
        self.demand(scope, state)?;
        let record = self
            .current(scope, state)
            .await?
            .ok_or_else(|| StoreError::Input(format!("there is no voter file of {state} here")))?;
        let overlays = self.overlays_for(scope, request).await?;
        check_out(&request.out, request.force)?;
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let confidential = self.confidential(scope, state).await?;
        let census = Census::take(&table, state, request.county.as_deref(), &confidential)?;
        if request.format == ExportFormat::Xlsx && census.rows > XLSX_ROWS_MAX {
            return Err(StoreError::Input(format!(
                "{} voters do not fit into a sheet of {XLSX_ROWS_MAX} rows: export one county with --county, or \
                 use --format csv",
                census.rows
            )));
        }
        let export = hex(&random::<8>()?);
        let extract = Extract::new(self, scope, &table, &confidential, request, &overlays, &export)?;
        let temporary = temporary_name(&request.out, &export);
        let written =
            sink::write(&temporary, request.format, &extract, &census).and_then(|()| digest(&temporary));
        let (sha256, bytes) = match written {
            Ok(written) => written,
            Err(error) => {
                let _ = std::fs::remove_file(&temporary);
                return Err(error);
            }
        };
        let columns = extract.columns();
        let report = ExportReport {
            export,
            state,
            snapshot: record.id,
            class: request.class,
            owner: request.owner.clone(),
            county: census.county.clone(),
            format: request.format,
            file: request.out.clone(),
            rows: census.rows,
            columns,
            bytes,
            sha256,
            confidential_subtracted: census.confidential,
            dropped_subtracted: census.dropped,
        };
        let placed = match self.record_export(scope, &report).await {
            Ok(()) => check_out(&request.out, request.force)
                .and_then(|()| durable::rename(&temporary, &request.out)),
            Err(error) => Err(error),
        };
        if let Err(error) = placed {
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        Ok(report)
    }

    /// How many voters of a snapshot an export would hold, by county; those without a county under the empty name.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn exportable_by_county(
        &self,
        scope: &Scope,
        record: &SnapshotRecord,
        confidential: &Confidential,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.demand(scope, record.state)?;
        if !scope.allows_class(FieldClass::Base) {
            return Ok(BTreeMap::new());
        }
        census_by_county(&Table::open(&record.folder.join("voters.parquet"))?, confidential)
    }

    async fn record_export(&self, scope: &Scope, report: &ExportReport) -> Result<(), StoreError> {
        let count = |value: u64| {
            i64::try_from(value).map_err(|_| StoreError::Input(format!("count {value} is too large")))
        };
        let transaction = self.database.begin("record export").await?;
        transaction
            .execute(
                "INSERT INTO exports (id, state, snapshot_id, organization_id, principal, class, owner, county, \
                 format, file, row_count, columns, bytes, sha256, created_at, updated_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
                vec![
                    report.export.as_str().into(),
                    report.state.as_str().into(),
                    report.snapshot.as_str().into(),
                    scope.organization().as_str().into(),
                    scope.principal().as_str().into(),
                    report.class.as_str().into(),
                    report.owner.clone().into(),
                    report.county.clone().into(),
                    report.format.as_str().into(),
                    report.file.display().to_string().into(),
                    count(report.rows)?.into(),
                    serde_json::json!(report.columns).to_string().into(),
                    count(report.bytes)?.into(),
                    report.sha256.as_str().into(),
                    self.now().into(),
                    transaction.name().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        self.log(scope, "export", report)
    }
}

/// Refuses a file that is there, and a folder that is not, before any work is done.
fn check_out(out: &Path, force: bool) -> Result<(), StoreError> {
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
fn digest(path: &Path) -> Result<(String, u64), StoreError> {
    let mut file = std::fs::File::open(path).map_err(StoreError::io("read", path))?;
    file.sync_all().map_err(StoreError::io("write", path))?;
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
