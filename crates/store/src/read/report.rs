//! A snapshot's report and manifest.

use crate::error::StoreError;
use crate::snapshot::{SnapshotRecord, SnapshotStatus};
use crate::store::Store;
use hustings_access::Scope;
use hustings_voterfile::report::{GateStatus, LoadReport};
use serde::de::DeserializeOwned;
use std::path::Path;

impl Store {
    /// The load report of a snapshot, held ones too. It is of the whole state: it exists only for who may load the list.
    ///
    /// # Errors
    /// When there is none for the scope, or the file is missing or damaged.
    pub fn report(&self, scope: &Scope<'_>, record: &SnapshotRecord) -> Result<LoadReport, StoreError> {
        self.demand_kept(scope, record)?;
        let mut report: LoadReport = read_json(&record.folder.join("report.json"))?;
        // The database decides what is held and what was accepted.
        let gate = &mut report.summary.gate;
        if matches!(record.status, SnapshotStatus::Held | SnapshotStatus::Discarded) {
            gate.status = GateStatus::Held;
            gate.accepted_reason = None;
        } else if record.accepted_reason.is_some() {
            gate.status = GateStatus::Accepted;
            gate.accepted_reason.clone_from(&record.accepted_reason);
        }
        Ok(report)
    }

    /// The manifest of a snapshot: every input with its digest, layout version, encoding and counts.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn manifest(
        &self,
        scope: &Scope<'_>,
        record: &SnapshotRecord,
    ) -> Result<serde_json::Value, StoreError> {
        self.demand_kept(scope, record)?;
        read_json(&record.folder.join("manifest.json"))
    }

    fn demand_kept(&self, scope: &Scope<'_>, record: &SnapshotRecord) -> Result<(), StoreError> {
        if self.keeps_list(scope, record.state) {
            return Ok(());
        }
        Err(StoreError::Input(format!("there is no load report of {} here", record.state)))
    }
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Damaged { path: path.to_path_buf(), detail: error.to_string() })
}
