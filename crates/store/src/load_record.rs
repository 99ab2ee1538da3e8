//! How a load went, from the store's own record: also for whoever asks after its process has ended.

use crate::error::StoreError;
use crate::load_lock::LoadOutcome;
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::StateCode;
use sea_orm::FromQueryResult;
use std::fs::{File, TryLockError};

/// One load as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadRecord {
    /// Its random id.
    pub id: String,
    /// The state.
    pub state: StateCode,
    /// What held the lock: `load`, `accept`, `discard` or `undo`.
    pub verb: String,
    /// The snapshot that it put in place, if it came to that.
    pub snapshot: Option<String>,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// How it ended; none while it runs.
    pub outcome: Option<LoadOutcome>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    state: String,
    verb: String,
    snapshot_id: Option<String>,
    started_at: String,
    outcome: Option<String>,
}

impl Store {
    /// The record of a load. A load whose process has died without a word is told as interrupted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_record(&self, scope: &Scope<'_>, id: &str) -> Result<Option<LoadRecord>, StoreError> {
        let rows: Vec<Row> = self
            .database
            .all(
                "read load",
                "SELECT id, state, verb, snapshot_id, started_at, outcome FROM loads WHERE id = $1",
                vec![id.into()],
            )
            .await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let Ok(state) = row.state.parse::<StateCode>() else { return Ok(None) };
        if !self.keeps_list(scope, state) {
            return Ok(None);
        }
        let outcome = match row.outcome.as_deref() {
            Some(word) => Some(LoadOutcome::parse(word)?),
            None if self.is_locked(state)? => None,
            None => Some(LoadOutcome::Interrupted),
        };
        Ok(Some(LoadRecord {
            id: row.id,
            state,
            verb: row.verb,
            snapshot: row.snapshot_id,
            started_at: row.started_at,
            outcome,
        }))
    }

    /// Whether a living process holds the state's lock.
    fn is_locked(&self, state: StateCode) -> Result<bool, StoreError> {
        let path = self.data.state(state).join(".lock");
        let Ok(file) = File::open(&path) else { return Ok(false) };
        // Shared, so that two who ask do not see each other; freed at once.
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
        }
    }
}
