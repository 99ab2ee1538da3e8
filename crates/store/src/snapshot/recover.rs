//! What a crash left behind, mended by whoever locks the state next.

use super::{SnapshotStatus, accept::set_gate, discard::strip};
use crate::data_dir::STAGING_PREFIX;
use crate::database::Transaction;
use crate::durable;
use crate::error::StoreError;
use crate::match_base;
use crate::store::Store;
use hustings_core::StateCode;
use hustings_voterfile::report::GateStatus;
use sea_orm::FromQueryResult;
use std::path::Path;

#[derive(FromQueryResult)]
struct Row {
    status: String,
    discarded_at: Option<String>,
}

/// Mends the snapshots that dead loads had announced. Only what they announced is touched: a folder which this database
/// does not know for another reason (a lost database, say) stays.
pub(crate) async fn recover(
    store: &Store,
    transaction: &Transaction,
    state: StateCode,
    announced: impl Iterator<Item = String>,
) -> Result<(), StoreError> {
    for id in announced {
        let row = transaction
            .one::<Row>(
                "SELECT status, discarded_at FROM snapshots WHERE state = $1 AND id = $2",
                vec![state.as_str().into(), id.as_str().into()],
            )
            .await?;
        let status =
            row.map(|row| SnapshotStatus::parse(&row.status, row.discarded_at.as_deref())).transpose()?;
        let place = store.data.snapshot(state, &id);
        let held = store.data.held(state, &id);
        match status {
            // Put in place and never counted.
            None => {
                discard(store, state, &place)?;
                discard(store, state, &held)?;
            }
            Some(SnapshotStatus::Published) => discard(store, state, &held)?,
            Some(SnapshotStatus::Held) => {
                if held.is_dir() {
                    discard(store, state, &place)?;
                } else if place.is_dir() {
                    durable::rename(&place, &held)?;
                }
                if held.is_dir() {
                    set_gate(&held, GateStatus::Held, None)?;
                } else {
                    forget(transaction, state, &id).await?;
                }
            }
            Some(SnapshotStatus::Discarded) => {
                // The same files, loaded again, may have come as far as their place.
                discard(store, state, &place)?;
                if held.is_dir() {
                    strip(&held)?;
                } else {
                    forget(transaction, state, &id).await?;
                }
            }
            Some(SnapshotStatus::Undone) => {
                discard(store, state, &held)?;
                if !place.is_dir() {
                    forget(transaction, state, &id).await?;
                }
            }
        }
    }
    store.clear_litter(state)
}

impl Store {
    /// Removes staging folders, and what was left of bases of look-ups. Only for the holder of the state's lock: every one of
    /// the folders is dead.
    pub(crate) fn clear_litter(&self, state: StateCode) -> Result<(), StoreError> {
        for path in durable::read_folder(&self.data.state(state))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(STAGING_PREFIX) {
                durable::remove_tree(&path)?;
            } else if path.is_dir() {
                // Whoever makes the next one tries again.
                let _ = match_base::sweep(&path);
            }
        }
        Ok(())
    }
}

/// Moves a folder away at once, to be removed as litter: a crash halfway through a removal must not leave half a folder
/// under a name that counts.
fn discard(store: &Store, state: StateCode, folder: &Path) -> Result<(), StoreError> {
    if !folder.exists() {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let litter = store.data.staging(state, &format!("discarded-{name}"));
    durable::remove_tree(&litter)?;
    durable::rename(folder, &litter)
}

/// Forgets a snapshot which never was, or no longer is, current and whose folder a crash has taken: its files can be
/// loaded again.
async fn forget(transaction: &Transaction, state: StateCode, id: &str) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM load_files WHERE state = $1 AND snapshot_id = $2",
        "DELETE FROM snapshots WHERE state = $1 AND id = $2",
    ] {
        transaction.execute(sql, vec![state.as_str().into(), id.into()]).await?;
    }
    Ok(())
}
