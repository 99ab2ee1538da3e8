//! The folder of one append: encrypted tables, and an encrypted manifest that says what they must be.

use super::AppendReport;
use crate::durable;
use crate::error::StoreError;
use crate::keyring::{DataKey, SecretKey};
use crate::read::table::Table;
use crate::verified_file::Written;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The voters' values.
pub(super) const VALUES: &str = "values";
/// Rows that no voter got.
pub(super) const REJECTED: &str = "rejected";
/// Values that are not of their column's type.
pub(super) const OUT_OF_DOMAIN: &str = "out_of_domain";
/// Every table of an append.
pub(super) const TABLES: [&str; 3] = [VALUES, REJECTED, OUT_OF_DOMAIN];

const MANIFEST: &str = "manifest.encrypted";

#[derive(Serialize, Deserialize)]
struct Manifest {
    report: AppendReport,
    tables: BTreeMap<String, Written>,
}

/// The folder of one append with its key.
pub(super) struct Vault<'a> {
    folder: PathBuf,
    append: &'a str,
    key: &'a DataKey,
}

impl<'a> Vault<'a> {
    pub(super) fn new(folder: &Path, append: &'a str, key: &'a DataKey) -> Self {
        Self { folder: folder.to_path_buf(), append, key }
    }

    /// Where a table lies. The plain files of release 0.1 had other names.
    pub(super) fn path(&self, table: &str) -> PathBuf {
        self.folder.join(format!("{table}.encrypted.parquet"))
    }

    /// The key of a table.
    pub(super) fn key(&self, table: &str) -> SecretKey {
        self.key.file(self.append, table)
    }

    /// Opens a table, every byte of which must be what was written.
    pub(super) fn table(&self, table: &str) -> Result<Table, StoreError> {
        let written = self.manifest()?.tables.remove(table).ok_or_else(|| StoreError::Damaged {
            path: self.folder.join(MANIFEST),
            detail: format!("expected the table {table}, got none"),
        })?;
        Table::open_encrypted(&self.path(table), &self.key(table), written)
    }

    fn manifest(&self) -> Result<Manifest, StoreError> {
        let path = self.folder.join(MANIFEST);
        let damaged = |detail: &str| StoreError::Damaged { path: path.clone(), detail: detail.to_owned() };
        let sealed = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
        let plain = self
            .key(MANIFEST)
            .open(self.append, &sealed)
            .ok_or_else(|| damaged("its bytes are not those that were written"))?;
        serde_json::from_slice(&plain).map_err(|_| damaged("it is of another version"))
    }

    /// Where the tables lie.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the manifest once the tables are complete, and forces all of it to the disk.
    pub(super) fn close(&self, report: &AppendReport) -> Result<(), StoreError> {
        let tables = TABLES
            .into_iter()
            .map(|table| Ok((table.to_owned(), Written::of(&self.path(table))?)))
            .collect::<Result<_, StoreError>>()?;
        let manifest = Manifest { report: report.clone(), tables };
        let plain = serde_json::to_vec(&manifest)
            .map_err(|error| StoreError::Input(format!("the report cannot be written: {error}")))?;
        let sealed = self.key(MANIFEST).seal(self.append, &plain)?;
        durable::write_file(&self.folder.join(MANIFEST), &sealed)?;
        durable::sync_tree(&self.folder)
    }
}
