//! A person accepts a held load with a reason.

use super::event::{self, ListAct};
use super::{SnapshotRecord, SnapshotStatus, Step, publish::point};
use crate::durable;
use crate::error::StoreError;
use crate::load_lock::{self, LoadLock, LoadOutcome};
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_voterfile::report::{GateStatus, LoadReport};
use serde_json::json;
use std::path::Path;

impl Store {
    /// Makes a held load current, with the reason in its report.
    ///
    /// # Errors
    /// When it is not held, when another snapshot has become current since it was compared (it must be loaded again),
    /// when the reason is empty, or when file system or database fail.
    pub async fn accept_held(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        id: &str,
        reason: &str,
    ) -> Result<SnapshotRecord, StoreError> {
        let state = lock.state();
        self.demand_load(act, state)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(StoreError::Input("accepting a held load needs a reason".to_owned()));
        }
        let held = self.required(state, id).await?;
        if held.status != SnapshotStatus::Held {
            return Err(StoreError::Input(format!(
                "snapshot `{id}` of {state} is {}, not held: there is nothing to accept",
                held.status.as_str()
            )));
        }
        let current = self.current_record(state).await?.map(|current| current.id);
        if held.predecessor != current {
            return Err(StoreError::Refused(format!(
                "held load `{id}` was compared with snapshot {}, but {} is current now: load its files again",
                held.predecessor.as_deref().unwrap_or("none"),
                current.as_deref().unwrap_or("none")
            )));
        }
        // Announced before the report changes, so that recovery knows which report to set back.
        self.announce(lock, id).await?;
        set_gate(&held.folder, GateStatus::Accepted, Some(reason))?;
        self.reached(Step::Reported)?;
        self.place(lock, &held.folder, &self.data.snapshot(state, id), id).await?;
        let transaction = self.database.begin("accept held load").await?;
        transaction
            .execute(
                "UPDATE snapshots SET status = 'published', accepted_reason = $1, updated_at = $2, updated_by = $3 \
                 WHERE state = $4 AND id = $5",
                vec![
                    reason.into(),
                    self.now().into(),
                    transaction.name().into(),
                    state.as_str().into(),
                    id.into(),
                ],
            )
            .await?;
        point(self, &transaction, state, id).await?;
        let details = json!({ "state": state, "instead_of": held.predecessor, "reason": reason });
        let list = ListAct { action: "list_accepted", state, id, voters: Some(held.voters), details };
        event::write(self, &transaction, act, list).await?;
        load_lock::finish(self, &transaction, lock, LoadOutcome::Accepted).await?;
        transaction.commit().await?;
        self.reached(Step::Committed)?;
        self.clear_litter(state)?;
        self.required(state, id).await
    }
}

/// Writes the gate's answer into a snapshot's `report.json`.
pub(super) fn set_gate(folder: &Path, status: GateStatus, reason: Option<&str>) -> Result<(), StoreError> {
    let path = folder.join("report.json");
    let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
    let damaged =
        |error: serde_json::Error| StoreError::Damaged { path: path.clone(), detail: error.to_string() };
    let mut report: LoadReport = serde_json::from_slice(&bytes).map_err(damaged)?;
    let gate = &mut report.summary.gate;
    if gate.status == status && gate.accepted_reason.as_deref() == reason {
        return Ok(());
    }
    gate.status = status;
    gate.accepted_reason = reason.map(str::to_owned);
    durable::write_file(&path, &serde_json::to_vec_pretty(&report).map_err(damaged)?)
}
