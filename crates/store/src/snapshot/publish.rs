//! From the staging folder into place: published, or held by the gate.

use super::event::{self, ListAct};
use super::{
    SnapshotMeta, SnapshotRecord, SnapshotStatus, StagingFolder, Step, snapshot_id, snapshot_id_onto,
};
use crate::database::Transaction;
use crate::durable;
use crate::error::StoreError;
use crate::load_lock::{self, LoadLock, LoadOutcome};
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::StateCode;
use jiff::civil::Date;
use serde_json::json;
use std::path::Path;

/// The snapshot whose place another one takes, and the link that the other is without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsteadOf {
    /// The snapshot.
    pub snapshot: String,
    /// The voter's id before.
    pub before: String,
    /// The id to which the voter had been followed.
    pub now: String,
    /// Why not.
    pub why: String,
}

impl Store {
    /// An empty folder in which this load writes its files.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn staging(&self, lock: &LoadLock) -> Result<StagingFolder, StoreError> {
        let path = self.data.staging(lock.state(), lock.id());
        durable::remove_tree(&path)?;
        durable::create_folder(&path)?;
        Ok(StagingFolder { path })
    }

    /// Makes the staged snapshot current. A crash at any earlier moment than its one transaction leaves the last good
    /// snapshot current. A snapshot that is published already stays as it is.
    ///
    /// # Errors
    /// When another snapshot has become current since the load began, or file system or database fail.
    pub async fn publish(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        staging: StagingFolder,
        meta: SnapshotMeta,
    ) -> Result<SnapshotRecord, StoreError> {
        self.publish_as(act, lock, staging, meta, None).await
    }

    /// As [`Store::publish`], in the place of the current snapshot, which was made of the same files onto the same
    /// predecessor and is undone in the same transaction.
    ///
    /// # Errors
    /// As [`Store::publish`].
    pub async fn publish_instead(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        staging: StagingFolder,
        meta: SnapshotMeta,
        instead: &InsteadOf,
    ) -> Result<SnapshotRecord, StoreError> {
        self.publish_as(act, lock, staging, meta, Some(instead)).await
    }

    async fn publish_as(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        staging: StagingFolder,
        meta: SnapshotMeta,
        instead: Option<&InsteadOf>,
    ) -> Result<SnapshotRecord, StoreError> {
        let state = lock.state();
        let expected = instead.map(|instead| instead.snapshot.clone()).or(meta.predecessor.clone());
        let id = self.check(act, state, &meta, expected).await?;
        let target = self.data.snapshot(state, &id);
        let known = self.record(state, &id).await?;
        match known.as_ref().map(|known| known.status) {
            Some(SnapshotStatus::Published) => {
                durable::remove_tree(staging.path())?;
                return self.required(state, &id).await;
            }
            // The same inputs against the same predecessor: what lies there is what was staged.
            Some(SnapshotStatus::Undone) if target.is_dir() => {
                durable::remove_tree(staging.path())?;
                return self.redo(act, lock, &id).await;
            }
            _ => self.place(lock, staging.path(), &target, &id).await?,
        }
        let transaction = self.database.begin("publish snapshot").await?;
        write_row(self, &transaction, state, &id, SnapshotStatus::Published, &meta).await?;
        point(self, &transaction, state, &id).await?;
        let mut list = staged("list_published", state, &id, &meta);
        if let Some(instead) = instead {
            set_undone(self, &transaction, state, &instead.snapshot).await?;
            list.details["instead_of"] = json!(instead.snapshot);
            list.details["reason"] = json!(instead.why);
            list.details["not_followed"] = json!({ "before": instead.before, "now": instead.now });
        }
        event::write(self, &transaction, act, list).await?;
        load_lock::finish(self, &transaction, lock, LoadOutcome::Published).await?;
        transaction.commit().await?;
        self.reached(Step::Committed)?;
        durable::remove_tree(staging.path())?;
        durable::remove_tree(&self.data.held(state, &id))?;
        self.clear_litter(state)?;
        self.required(state, &id).await
    }

    /// Keeps the staged snapshot aside; the current one stays current.
    ///
    /// # Errors
    /// When the same snapshot is published already, or file system or database fail.
    pub async fn hold(
        &self,
        act: &Act<'_, Load>,
        lock: &LoadLock,
        staging: StagingFolder,
        meta: SnapshotMeta,
    ) -> Result<SnapshotRecord, StoreError> {
        let state = lock.state();
        let id = self.check(act, state, &meta, meta.predecessor.clone()).await?;
        let known = self.record(state, &id).await?;
        // An undone snapshot stays as it is, too.
        let stays = [SnapshotStatus::Published, SnapshotStatus::Undone];
        if known.is_some_and(|known| stays.contains(&known.status) && known.folder.is_dir()) {
            durable::remove_tree(staging.path())?;
            return self.required(state, &id).await;
        }
        self.place(lock, staging.path(), &self.data.held(state, &id), &id).await?;
        let transaction = self.database.begin("hold snapshot").await?;
        write_row(self, &transaction, state, &id, SnapshotStatus::Held, &meta).await?;
        let list = staged("list_held", state, &id, &meta);
        event::write(self, &transaction, act, list).await?;
        load_lock::finish(self, &transaction, lock, LoadOutcome::Held).await?;
        transaction.commit().await?;
        self.reached(Step::Committed)?;
        self.clear_litter(state)?;
        self.required(state, &id).await
    }

    /// The id, if the load still fits what is current: `expected`.
    async fn check(
        &self,
        act: &Act<'_, Load>,
        state: StateCode,
        meta: &SnapshotMeta,
        expected: Option<String>,
    ) -> Result<String, StoreError> {
        self.demand_load(act, state)?;
        // A load takes its time: what was decided when it began may have ended.
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        if meta.inputs_digest.len() != 64 || !meta.inputs_digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(StoreError::Input(format!(
                "inputs digest `{}` is not a SHA-256: expected 64 hex digits",
                meta.inputs_digest
            )));
        }
        let current = self.current_record(state).await?.map(|current| current.id);
        if current != expected {
            let name = |id: &Option<String>| id.clone().unwrap_or_else(|| "none".to_owned());
            return Err(StoreError::Refused(format!(
                "the load was compared with snapshot {}, but {} is current now: load the files again",
                name(&expected),
                name(&current)
            )));
        }
        self.next_id(act, state, meta.as_of, &meta.inputs_digest, meta.predecessor.as_deref()).await
    }

    /// The id of the snapshot that these inputs make onto this predecessor: date and digest of the inputs; where an undone
    /// snapshot onto another predecessor has that id, the digest tells the predecessor, too.
    ///
    /// # Errors
    /// When the act may not load the state's list, or the database fails.
    pub async fn next_id(
        &self,
        act: &Act<'_, Load>,
        state: StateCode,
        as_of: Date,
        inputs_digest: &str,
        predecessor: Option<&str>,
    ) -> Result<String, StoreError> {
        self.demand_load(act, state)?;
        let id = snapshot_id(as_of, inputs_digest);
        let known = self.record(state, &id).await?;
        let is_other = known.is_some_and(|known| {
            known.status == SnapshotStatus::Undone && known.predecessor.as_deref() != predecessor
        });
        Ok(if is_other { snapshot_id_onto(as_of, inputs_digest, predecessor) } else { id })
    }

    /// Puts `from` at `to`, whatever lies there, so that a crash between the steps can be mended.
    pub(super) async fn place(
        &self,
        lock: &LoadLock,
        from: &Path,
        to: &Path,
        id: &str,
    ) -> Result<(), StoreError> {
        durable::sync_tree(from)?;
        self.reached(Step::Synced)?;
        self.announce(lock, id).await?;
        self.reached(Step::Announced)?;
        if to.exists() {
            durable::rename(to, &self.data.staging(lock.state(), &format!("{}-old", lock.id())))?;
        }
        self.reached(Step::Cleared)?;
        durable::rename(from, to)?;
        self.reached(Step::Placed)
    }

    /// Writes down which snapshot is about to be put in place, so that whoever comes after a crash knows where to look.
    pub(super) async fn announce(&self, lock: &LoadLock, id: &str) -> Result<(), StoreError> {
        let transaction = self.database.begin("announce snapshot").await?;
        transaction
            .execute(
                "UPDATE loads SET snapshot_id = $1, finished_at = NULL, outcome = NULL, updated_at = $2, \
                 updated_by = $3 WHERE id = $4",
                vec![id.into(), self.now().into(), transaction.name().into(), lock.id().into()],
            )
            .await?;
        transaction.commit().await
    }

    pub(super) async fn required(&self, state: StateCode, id: &str) -> Result<SnapshotRecord, StoreError> {
        self.record(state, id)
            .await?
            .ok_or_else(|| StoreError::Input(format!("there is no snapshot `{id}` of {state}")))
    }
}

/// What the log is told of a load that brings a snapshot.
fn staged<'a>(action: &'static str, state: StateCode, id: &'a str, meta: &SnapshotMeta) -> ListAct<'a> {
    let details = json!({
        "state": state,
        "as_of": meta.as_of,
        "inputs": meta.inputs_digest.to_ascii_lowercase(),
        "layout": meta.layout,
        "instead_of": meta.predecessor,
        "reason": meta.accepted_reason,
        "gate": meta.gate_failed,
    });
    ListAct { action, state, id, voters: Some(meta.voters), details }
}

async fn write_row(
    store: &Store,
    transaction: &Transaction,
    state: StateCode,
    id: &str,
    status: SnapshotStatus,
    meta: &SnapshotMeta,
) -> Result<(), StoreError> {
    let now = store.now();
    let by = transaction.name();
    transaction
        .execute(
            "INSERT INTO snapshots (state, id, as_of, inputs_digest, status, predecessor, layout, voters, \
             households, gate_failed, accepted_reason, created_at, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13) \
             ON CONFLICT (state, id) DO UPDATE SET status = $5, predecessor = $6, layout = $7, voters = $8, \
             households = $9, gate_failed = $10, accepted_reason = $11, created_at = $12, discarded_at = NULL, \
             updated_at = $12, updated_by = $13",
            vec![
                state.as_str().into(),
                id.into(),
                meta.as_of.to_string().into(),
                meta.inputs_digest.to_ascii_lowercase().into(),
                status.as_str().into(),
                meta.predecessor.clone().into(),
                meta.layout.as_str().into(),
                count(meta.voters)?.into(),
                count(meta.households)?.into(),
                gate_failed(meta)?.into(),
                meta.accepted_reason.clone().into(),
                now.as_str().into(),
                by.into(),
            ],
        )
        .await?;
    transaction
        .execute(
            "DELETE FROM load_files WHERE state = $1 AND snapshot_id = $2",
            vec![state.as_str().into(), id.into()],
        )
        .await?;
    for (position, file) in (0_i64..).zip(&meta.files) {
        transaction
            .execute(
                "INSERT INTO load_files (state, snapshot_id, position, name, sha256, bytes, updated_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                vec![
                    state.as_str().into(),
                    id.into(),
                    position.into(),
                    file.name.as_str().into(),
                    file.sha256.as_str().into(),
                    count(file.bytes)?.into(),
                    by.into(),
                ],
            )
            .await?;
    }
    Ok(())
}

/// A snapshot that was current is no longer.
pub(super) async fn set_undone(
    store: &Store,
    transaction: &Transaction,
    state: StateCode,
    id: &str,
) -> Result<(), StoreError> {
    transaction
        .execute(
            "UPDATE snapshots SET status = 'undone', updated_at = $1, updated_by = $2 WHERE state = $3 AND id = $4",
            vec![store.now().into(), transaction.name().into(), state.as_str().into(), id.into()],
        )
        .await?;
    Ok(())
}

/// Moves the pointer.
pub(super) async fn point(
    store: &Store,
    transaction: &Transaction,
    state: StateCode,
    id: &str,
) -> Result<(), StoreError> {
    transaction
        .execute(
            "INSERT INTO current_snapshots (state, snapshot_id, updated_at, updated_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (state) DO UPDATE SET snapshot_id = $2, updated_at = $3, updated_by = $4",
            vec![state.as_str().into(), id.into(), store.now().into(), transaction.name().into()],
        )
        .await?;
    Ok(())
}

fn gate_failed(meta: &SnapshotMeta) -> Result<String, StoreError> {
    serde_json::to_string(&meta.gate_failed)
        .map_err(|error| StoreError::Input(format!("the gate's failures cannot be written: {error}")))
}

fn count(value: u64) -> Result<i64, StoreError> {
    value.try_into().map_err(|_| StoreError::Input(format!("count {value} is too large for the database")))
}
