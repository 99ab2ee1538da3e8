//! What this crate's tests share: the same suite on SQLite and on PostgreSQL.

use crate::snapshot::{LoadFile, SnapshotMeta, StagingFolder};
use crate::store::Store;
use hustings_access::{LocalOwner, Purpose, Scope};
use hustings_core::StateCode;
use hustings_voterfile::report::LoadReport;
use std::path::Path;

/// An empty data directory and a database for it.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) database: Option<String>,
}

impl World {
    /// Another process's view of the same data directory.
    pub(crate) async fn open(&self) -> Store {
        Store::open(self.folder.path(), self.database.as_deref()).await.unwrap()
    }
}

/// Runs `test` in a fresh world on each database.
pub(crate) async fn on_each_database<F: Future<Output = ()>>(test: impl Fn(World) -> F) {
    test(World { folder: tempfile::tempdir().unwrap(), database: None }).await;
}

pub(crate) fn nc() -> StateCode {
    "nc".parse().unwrap()
}

pub(crate) fn scope() -> Scope {
    LocalOwner::of_data_directory("data").scope(Purpose::Load)
}

/// What a load of one invented file would say; `seed` makes another file.
pub(crate) fn meta(as_of: &str, seed: char, predecessor: Option<&str>) -> SnapshotMeta {
    SnapshotMeta {
        as_of: as_of.parse().unwrap(),
        inputs_digest: seed.to_string().repeat(64),
        predecessor: predecessor.map(str::to_owned),
        layout: "nc 2026-02".to_owned(),
        voters: 3,
        households: 2,
        gate_failed: Vec::new(),
        accepted_reason: None,
        files: vec![LoadFile {
            name: "ncvoter_Statewide.txt".to_owned(),
            sha256: seed.to_string().repeat(64),
            bytes: 1000,
        }],
    }
}

/// Writes a snapshot's folder: a report and one file that tells which load wrote it.
pub(crate) fn fill(staging: &StagingFolder, mark: &str) {
    let report = serde_json::to_vec(&LoadReport::default()).unwrap();
    std::fs::write(staging.path().join("report.json"), report).unwrap();
    std::fs::write(staging.path().join("voters.parquet"), mark).unwrap();
}

/// Which load wrote the folder.
pub(crate) fn mark(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("voters.parquet")).unwrap()
}
