//! One worker a state: the operating system's file lock, which dies with its process, and a row in `loads` for people.

use crate::error::StoreError;
use crate::settings::random;
use crate::store::Store;
use crate::{durable, snapshot};
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::StateCode;
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// How a load ended, as written in `loads`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadOutcome {
    /// A new current snapshot.
    Published,
    /// Kept aside by the gate.
    Held,
    /// A held one became current.
    Accepted,
    /// A held one was discarded.
    Discarded,
    /// The predecessor became current again.
    Undone,
    /// The same files were known already.
    Unchanged,
    /// It gave up; the last good snapshot stayed current.
    Failed,
    /// Its process died before it ended.
    Interrupted,
}

impl LoadOutcome {
    /// The word in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Held => "held",
            Self::Accepted => "accepted",
            Self::Discarded => "discarded",
            Self::Undone => "undone",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        [
            Self::Published,
            Self::Held,
            Self::Accepted,
            Self::Discarded,
            Self::Undone,
            Self::Unchanged,
            Self::Failed,
            Self::Interrupted,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
        .ok_or_else(|| StoreError::Connect(format!("load outcome `{text}` is unknown: use a newer hustings")))
    }
}

/// The right to change one state's voter file. Freed when dropped and when the process dies.
#[derive(Debug)]
pub struct LoadLock {
    state: StateCode,
    id: String,
    /// Holds the operating system's lock until it is closed.
    _file: File,
}

impl LoadLock {
    /// The state that is locked.
    #[must_use]
    pub fn state(&self) -> StateCode {
        self.state
    }

    /// The load's random id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

#[derive(FromQueryResult)]
struct Interrupted {
    snapshot_id: Option<String>,
}

impl Store {
    /// Locks a state for `verb` (`load`, `accept`, `discard`, `undo`), and cleans up what a dead holder left behind.
    ///
    /// # Errors
    /// [`StoreError::Locked`] with a sentence about the holder when another process has it.
    pub async fn lock_state(
        &self,
        act: &Act<'_, Load>,
        state: StateCode,
        verb: &str,
    ) -> Result<LoadLock, StoreError> {
        self.lock_state_as(act, state, verb, &hex(&random::<8>()?)).await
    }

    /// As [`Store::lock_state`] under an id that the caller has chosen, by which [`Store::load_record`] finds it: random
    /// and never used before.
    ///
    /// # Errors
    /// As [`Store::lock_state`], or the id has been used before.
    pub async fn lock_state_as(
        &self,
        act: &Act<'_, Load>,
        state: StateCode,
        verb: &str,
        id: &str,
    ) -> Result<LoadLock, StoreError> {
        self.demand_load(act, state)?;
        let folder = self.data.state(state);
        durable::create_folder(&folder)?;
        let path = folder.join(".lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { state, holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
        }
        let now = self.now();
        write_holder(&mut file, &path, verb, &now)?;
        let transaction = self.database.begin("begin load").await?;
        // Whoever has a row without an end here is dead: we hold the lock.
        let dead = transaction
            .all::<Interrupted>(
                "SELECT snapshot_id FROM loads WHERE state = $1 AND finished_at IS NULL ORDER BY started_at",
                vec![state.as_str().into()],
            )
            .await?;
        snapshot::recover(self, &transaction, state, dead.into_iter().filter_map(|row| row.snapshot_id))
            .await?;
        transaction
            .execute(
                "UPDATE loads SET finished_at = $1, outcome = 'interrupted', updated_at = $1, updated_by = $2 \
                 WHERE state = $3 AND finished_at IS NULL",
                vec![now.as_str().into(), transaction.name().into(), state.as_str().into()],
            )
            .await?;
        transaction
            .execute(
                "INSERT INTO loads (id, state, verb, holder, pid, host, started_at, updated_at, updated_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
                vec![
                    id.into(),
                    state.as_str().into(),
                    verb.into(),
                    act.principal().as_str().into(),
                    i64::from(std::process::id()).into(),
                    host().into(),
                    now.as_str().into(),
                    transaction.name().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(LoadLock { state, id: id.to_owned(), _file: file })
    }

    /// Gives the lock back with how it ended, for ends that write nothing else (`Unchanged`, `Failed`). What a failed
    /// load has staged is removed first: on a full disk the room is needed.
    ///
    /// # Errors
    /// When the file system or the database fail. The lock is free in any case.
    pub async fn release(&self, lock: LoadLock, outcome: LoadOutcome) -> Result<(), StoreError> {
        if outcome == LoadOutcome::Failed {
            self.clear_litter(lock.state())?;
        }
        let transaction = self.database.begin("end load").await?;
        finish(self, &transaction, &lock, outcome).await?;
        transaction.commit().await
    }
}

/// Writes the end of the load inside the transaction that makes it true.
pub(crate) async fn finish(
    store: &Store,
    transaction: &crate::database::Transaction,
    lock: &LoadLock,
    outcome: LoadOutcome,
) -> Result<(), StoreError> {
    transaction
        .execute(
            "UPDATE loads SET finished_at = $1, outcome = $2, updated_at = $1, updated_by = $3 \
             WHERE id = $4 AND finished_at IS NULL",
            vec![
                store.now().into(),
                outcome.as_str().into(),
                transaction.name().into(),
                lock.id.as_str().into(),
            ],
        )
        .await?;
    Ok(())
}

fn write_holder(file: &mut File, path: &Path, verb: &str, now: &str) -> Result<(), StoreError> {
    let sentence = format!("process {} on {}, which runs `{verb}` since {now}", std::process::id(), host());
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(sentence.as_bytes()))
        .map_err(StoreError::io("write", path))
}

/// What the holder wrote about itself.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => text,
        _ => "another process".to_owned(),
    }
}

/// The machine's name.
fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this machine".to_owned())
}
