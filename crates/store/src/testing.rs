//! What this crate's tests share: the same suite on SQLite and on PostgreSQL.

use crate::snapshot::{LoadFile, SnapshotMeta, SnapshotRecord, StagingFolder};
use crate::store::Store;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use hustings_core::StateCode;
use hustings_testkit::postgres::Postgres;
use hustings_voterfile::report::LoadReport;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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

/// A folder for one test: in memory where the system has such a place, for every commit waits for its disk.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Runs `test` in a fresh world on SQLite, and on PostgreSQL when its programs are on the machine.
pub(crate) async fn on_each_database<F: Future<Output = ()>>(test: impl Fn(World) -> F) {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    test(World { folder: folder(), database: None }).await;
    let thread = std::thread::current();
    if let Some(server) = Postgres::shared(thread.name().unwrap_or("store")) {
        let name = format!("store_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let database = Some(server.create_database(&name).unwrap());
        test(World { folder: folder(), database }).await;
    }
}

/// Undoes the migration `access`, but for its row in `schema_migrations`.
pub(crate) const UNDO_ACCESS: &str = "DROP TABLE same_people; DROP TABLE devices; DROP TABLE match_answers; DROP TABLE match_runs; DROP TABLE audit_voters; DROP TABLE audit_outbox; DROP TABLE log_heads; DROP TABLE access_epochs; DROP TABLE incidents; \
     DROP TABLE sign_in_attempts; DROP TABLE api_keys; DROP TABLE grants; DROP TABLE recovery_codes; \
     DROP TABLE recoveries; DROP TABLE invitations; DROP TABLE sessions; DROP TABLE user_precincts; \
     DROP TABLE user_roles; DROP TABLE users; DROP TABLE engagements; DROP TABLE base_owners; \
     DROP TABLE organizations; DELETE FROM settings WHERE name = 'directory_owner'";

pub(crate) fn nc() -> StateCode {
    "nc".parse().unwrap()
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

/// A column of a small table.
pub(crate) fn texts<const N: usize>(values: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// A column of a small table.
pub(crate) fn integers<const N: usize>(values: [Option<i64>; N]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

/// A column of dates, ISO.
pub(crate) fn dates<const N: usize>(values: [Option<&str>; N]) -> ArrayRef {
    let days = values.map(|value| value.map(|text| crate::export::days_since_epoch(text.parse().unwrap())));
    Arc::new(Date32Array::from(days.to_vec()))
}

/// A column of booleans.
pub(crate) fn booleans<const N: usize>(values: [Option<bool>; N]) -> ArrayRef {
    Arc::new(BooleanArray::from(values.to_vec()))
}

/// Writes a Parquet file with two rows a row group, so that pruning has something to prune.
pub(crate) fn write_table(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Five invented voters: two in Durham, one of them named with a comma; one in Wake; one dropped; one confidential.
pub(crate) fn write_voters(folder: &Path) {
    write_table(
        &folder.join("voters.parquet"),
        vec![
            ("voter_id", integers([Some(11), Some(12), Some(13), Some(14), Some(15)])),
            ("state_voter_id", texts([Some("AA1"), Some("AA2"), Some("AA3"), Some("AA4"), Some("AA05")])),
            (
                "name_last",
                texts([
                    Some("SMITH"),
                    Some("O'NEIL, \"KIT\""),
                    Some("SMITHERS"),
                    Some("GONE"),
                    Some("HIDDEN"),
                ]),
            ),
            ("name_first", texts([Some("ANN"), Some("BO"), Some("CY"), Some("DEE"), Some("EVE")])),
            (
                "res_line1",
                texts([Some("1 ELM ST"), Some("2 OAK ST"), None, Some("4 ASH ST"), Some("LEAKED")]),
            ),
            ("res_zip5", texts([Some("02701"), Some("27701"), Some("27601"), Some("27701"), None])),
            ("res_std_line", texts([Some("1 ELM ST"), Some("2 OAK ST"), None, Some("4 ASH ST"), None])),
            ("household_id", integers([Some(770_001), Some(770_001), Some(770_002), Some(770_001), None])),
            ("birth_date", dates([Some("1980-02-29"), None, Some("1850-12-31"), Some("1990-01-01"), None])),
            ("confidential", booleans([Some(false), None, Some(false), Some(false), Some(true)])),
            (
                "county_name",
                texts([Some("DURHAM"), Some("DURHAM"), Some("WAKE"), Some("DURHAM"), Some("DURHAM")]),
            ),
            ("source_file", Arc::new(Int32Array::from(vec![0, 0, 0, 0, 0]))),
            ("source_line", integers([Some(2), Some(3), Some(4), Some(5), Some(6)])),
            ("last_seen", dates([Some("2026-11-07"); 5])),
            ("dropped_at", dates([None, None, None, Some("2026-11-07"), None])),
            ("extra_note", texts([Some("left-handed"), None, None, None, None])),
            ("support_score", texts([Some("SECRET"), None, None, None, None])),
        ],
    );
}

/// Publishes the five voters with votes, changes, quarantine, manifest and report.
pub(crate) async fn publish_voters(store: &Store) -> SnapshotRecord {
    let lock = store.local().lock_state(nc(), "load").await.unwrap();
    let staging = store.staging(&lock).unwrap();
    let folder = staging.path();
    fill(&staging, "");
    write_voters(folder);
    write_table(
        &folder.join("votes.parquet"),
        vec![
            ("voter_id", integers([Some(11), None, Some(11)])),
            ("state_voter_id", texts([Some("AA1"), Some("ZZ9"), Some("AA1")])),
            ("election_date", dates([Some("2022-11-08"), Some("2022-11-08"), Some("2024-11-05")])),
            ("method", texts([Some("early"), Some("mail"), Some("election_day")])),
        ],
    );
    write_table(
        &folder.join("changes.parquet"),
        vec![
            ("voter_id", integers([Some(11), Some(12), Some(13), Some(11)])),
            ("state_voter_id", texts([Some("AA1"), Some("AA2"), Some("AA3"), Some("AA1")])),
            ("kind", texts([Some("new"), Some("new"), Some("party_changed"), Some("name_changed")])),
            ("county_name", texts([Some("DURHAM"), Some("DURHAM"), Some("WAKE"), Some("DURHAM")])),
            ("column", texts([None, None, Some("party"), Some("name.last")])),
            ("old", texts([None, None, Some("UNA"), Some("SMYTH")])),
            ("new", texts([None, None, Some("DEM"), Some("SMITH")])),
        ],
    );
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![b"bad\trow".as_slice(), b"caf\xe9".as_slice()]));
    write_table(
        &folder.join("quarantine.parquet"),
        vec![
            ("kind", texts([Some("voters"), Some("history")])),
            ("source_name", texts([Some("ncvoter32.txt"), Some("ncvhis32.txt")])),
            ("source_line", integers([Some(7), Some(9)])),
            ("source_lines", integers([Some(1), Some(2)])),
            ("source_offset", integers([Some(700), Some(900)])),
            ("source_length", integers([Some(7), Some(4)])),
            ("rule", texts([Some("short_row"), Some("bad_date")])),
            ("detail", texts([Some("expected 70 fields, got 2"), None])),
            ("bytes", bytes),
            ("state_voter_id", texts([None, Some("AA1")])),
            ("county_name", texts([None, Some("DURHAM")])),
            ("withheld", booleans([Some(false), Some(false)])),
        ],
    );
    let manifest = serde_json::json!({
        "files": [{"name": "ncvoter32.txt", "columns": {"name.last": "last_name", "res.zip5": "zip_code"}}]
    });
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    store.local().publish(&lock, staging, meta("2026-11-07", 'a', None)).await.unwrap()
}
