//! A person discards a held load: its report stays in the list, its rows free the disk.

use super::event::{self, ListAct};
use super::{SnapshotRecord, SnapshotStatus, Step};
use crate::durable;
use crate::error::StoreError;
use crate::load_lock::{self, LoadLock, LoadOutcome};
use crate::read::confidential::{self, CONFIDENTIAL_FILE};
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Load;
use serde_json::json;
use std::path::Path;

/// What stays of a discarded load: what was found, which files and ids of ours it had used, and
/// whom it called confidential.
const KEPT: [&str; 3] = ["report.json", "manifest.json", CONFIDENTIAL_FILE];

impl Store {
    /// Discards a held load. What is current is not touched; loading the same files again makes the load anew.
    ///
    /// # Errors
    /// When it is not held, or when file system or database fail. Once it is marked as discarded, whoever locks the
    /// state next frees what a crash has left.
    pub async fn discard_held(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        id: &str,
    ) -> Result<SnapshotRecord, StoreError> {
        let state = lock.state();
        self.demand_load(act, state)?;
        let held = self.required(state, id).await?;
        if held.status != SnapshotStatus::Held {
            return Err(StoreError::Input(format!(
                "snapshot `{id}` of {state} is {}, not held: there is nothing to discard",
                held.status.as_str()
            )));
        }
        self.announce(lock, id).await?;
        confidential::keep(act, &held)?;
        self.reached(Step::Announced)?;
        let transaction = self.database.begin("discard held load").await?;
        transaction
            .execute(
                "UPDATE snapshots SET discarded_at = $1, updated_at = $1, updated_by = $2 \
                 WHERE state = $3 AND id = $4 AND status = 'held'",
                vec![self.now().into(), transaction.name().into(), state.as_str().into(), id.into()],
            )
            .await?;
        let list =
            ListAct { action: "list_discarded", state, id, voters: None, details: json!({ "state": state }) };
        event::write(self, &transaction, act, list).await?;
        transaction.commit().await?;
        self.reached(Step::Committed)?;
        strip(&held.folder)?;
        // Only now: as long as the load has no end, the next one looks after its folder.
        let transaction = self.database.begin("end discard").await?;
        load_lock::finish(self, &transaction, lock, LoadOutcome::Discarded).await?;
        transaction.commit().await?;
        self.required(state, id).await
    }
}

/// Removes everything from a held load's folder but [`KEPT`].
pub(super) fn strip(folder: &Path) -> Result<(), StoreError> {
    for path in durable::read_folder(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if KEPT.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            durable::remove_tree(&path)?;
        } else {
            std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    if folder.is_dir() { durable::sync_folder(folder) } else { Ok(()) }
}
