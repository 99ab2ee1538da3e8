//! What killed programs have left of runs: folders of removed ones, and of those that were never written down. Whoever was told
//! that a list is gone shall not find it in a backup.

use crate::data_dir::STAGING_PREFIX;
use crate::durable;
use crate::error::StoreError;
use crate::store::Store;
use sea_orm::FromQueryResult;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Lies in a run's folder until the run is written down. A folder without it that the database does not know is another
/// database's, and stays.
const MARK: &str = "unrecorded";
/// What has been written to for so long is no living program's.
const DEAD_AFTER: Duration = Duration::from_secs(3600);

#[derive(FromQueryResult)]
struct Row {
    id: String,
    status: String,
}

/// Marks a folder whose run has yet to be written down.
pub(super) fn mark(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(MARK);
    std::fs::write(&path, []).map_err(StoreError::io("write", &path))
}

/// The run is written down.
pub(super) fn unmark(folder: &Path) {
    // One that stays says nothing against a run that the database has.
    let _ = std::fs::remove_file(folder.join(MARK));
}

impl Store {
    /// Removes what killed programs have left of the runs of every organization.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn sweep_matches(&self) -> Result<(), StoreError> {
        let owners: Vec<String> = durable::read_folder(&self.data.root().join("matches"))?
            .iter()
            .filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
            .collect();
        for owner in owners {
            self.sweep_matches_of(&owner).await?;
        }
        Ok(())
    }

    /// As [`Store::sweep_matches`], of one organization.
    pub(super) async fn sweep_matches_of(&self, owner: &str) -> Result<(), StoreError> {
        let folders = durable::read_folder(&self.data.matches(owner))?;
        if folders.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id, status FROM match_runs WHERE owner = $1";
        let rows: Vec<Row> = self.database.all("read match runs", sql, vec![owner.into()]).await?;
        if !folders.iter().any(|folder| is_left(folder, &rows)) {
            return Ok(());
        }
        // A run gets its folder and its row within one: whoever is about to finish is waited for.
        let transaction = self.database.begin("sweep match runs").await?;
        let rows: Vec<Row> = transaction.all(sql, vec![owner.into()]).await?;
        for folder in folders.iter().filter(|folder| is_left(folder, &rows)) {
            durable::remove_tree(folder)?;
        }
        Ok(())
    }
}

/// Whether nothing will come of a folder any more.
fn is_left(folder: &Path, rows: &[Row]) -> bool {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return false };
    if name.starts_with(STAGING_PREFIX) {
        return is_dead(folder);
    }
    match rows.iter().find(|row| row.id == name) {
        Some(row) => row.status == "removed",
        None => folder.join(MARK).exists(),
    }
}

fn is_dead(folder: &Path) -> bool {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let entries = durable::read_folder(folder).unwrap_or_default();
    let last = entries.iter().map(PathBuf::as_path).map(changed).chain([changed(folder)]).flatten().max();
    let age = last.and_then(|last| SystemTime::now().duration_since(last).ok());
    age.is_some_and(|age| age > DEAD_AFTER)
}
