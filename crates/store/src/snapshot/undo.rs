//! `load --undo`: the previous snapshot becomes current again; and back.

use super::event::{self, ListAct};
use super::{SnapshotRecord, SnapshotStatus, Step, publish::point, publish::set_undone};
use crate::error::StoreError;
use crate::load_lock::{self, LoadLock, LoadOutcome};
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Load;
use serde_json::json;

impl Store {
    /// Makes the current snapshot's predecessor current. The undone one stays on the disk as it is; loading its files
    /// again makes it current again. Returns the snapshot that is current now.
    ///
    /// # Errors
    /// When there is no current snapshot or none before it, or when file system or database fail.
    pub async fn undo(&self, act: &Act<'_, Load>, lock: &LoadLock) -> Result<SnapshotRecord, StoreError> {
        let state = lock.state();
        self.demand_load(act, state)?;
        let Some(current) = self.current_record(state).await? else {
            return Err(StoreError::Refused(format!("nothing to undo: {state} has no snapshot")));
        };
        let Some(before) = current.predecessor else {
            return Err(StoreError::Refused(format!(
                "nothing to undo: snapshot {} is the first of {state}",
                current.id
            )));
        };
        let folder = self.data.snapshot(state, &before);
        if !folder.is_dir() {
            return Err(StoreError::Damaged {
                path: folder,
                detail: "the snapshot before the current one is not there: restore it from a backup"
                    .to_owned(),
            });
        }
        let transaction = self.database.begin("undo load").await?;
        point(self, &transaction, state, &before).await?;
        set_undone(self, &transaction, state, &current.id).await?;
        let details = json!({ "state": state, "current_again": before });
        let list = ListAct { action: "list_undone", state, id: &current.id, voters: None, details };
        event::write(self, &transaction, act, list).await?;
        load_lock::finish(self, &transaction, lock, LoadOutcome::Undone).await?;
        transaction.commit().await?;
        self.required(state, &before).await
    }

    /// Makes an undone snapshot current again as it was, with the reason for which it was once accepted.
    ///
    /// # Errors
    /// When it is not undone, when another snapshot than its predecessor is current, or when file system or database fail.
    pub async fn redo(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        id: &str,
    ) -> Result<SnapshotRecord, StoreError> {
        let state = lock.state();
        self.demand_load(act, state)?;
        let undone = self.required(state, id).await?;
        if undone.status != SnapshotStatus::Undone {
            return Err(StoreError::Input(format!("snapshot `{id}` of {state} is not undone")));
        }
        let current = self.current_record(state).await?.map(|current| current.id);
        if undone.predecessor != current {
            return Err(StoreError::Refused(format!(
                "snapshot `{id}` was made onto {}, but {} is current now: load its files again",
                undone.predecessor.as_deref().unwrap_or("none"),
                current.as_deref().unwrap_or("none")
            )));
        }
        let transaction = self.database.begin("publish undone snapshot").await?;
        transaction
            .execute(
                "UPDATE snapshots SET status = 'published', updated_at = $1, updated_by = $2 \
                 WHERE state = $3 AND id = $4",
                vec![self.now().into(), transaction.name().into(), state.as_str().into(), id.into()],
            )
            .await?;
        point(self, &transaction, state, id).await?;
        let details = json!({ "state": state, "instead_of": undone.predecessor, "was_undone": true });
        let list = ListAct { action: "list_published", state, id, voters: Some(undone.voters), details };
        event::write(self, &transaction, act, list).await?;
        load_lock::finish(self, &transaction, lock, LoadOutcome::Published).await?;
        transaction.commit().await?;
        self.reached(Step::Committed)?;
        self.clear_litter(state)?;
        self.required(state, id).await
    }
}
