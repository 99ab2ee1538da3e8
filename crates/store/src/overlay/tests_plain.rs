//! What release 0.1 left plain is encrypted on opening, whatever a crash leaves behind in between.

use super::source::digest;
use super::{AppendRequest, AppendStatus};
use crate::data_dir::DataDir;
use crate::database::Database;
use crate::error::ErrorKind;
use crate::keyring::tests::{holding, values};
use crate::list_file::Content;
use crate::migrate;
use crate::store::Store;
use crate::testing::{World, integers, nc, on_each_database, publish_voters, texts, write_table};
use hustings_core::FieldClass;
use std::path::{Path, PathBuf};

const CANARIES: [&str; 5] =
    ["xylophonecolumn", "zebraidheader", "quokkavalue", "okapiunmatched", "pangolinfile"];
const NOW: &str = "2026-11-14T00:00:00.000Z";

/// A data directory as release 0.1 left it, at this version of its schema: two appends of one owner, the first of them
/// removed.
async fn world_of_release(world: &World, version: i64) -> (PathBuf, tempfile::TempDir) {
    let data = DataDir::open(world.folder.path()).unwrap();
    let database = Database::connect(&data, world.database.as_deref()).await.unwrap();
    migrate::run_to(&database, NOW, version).await.unwrap();
    let folder = crate::testing::folder();
    let file = folder.path().join("pangolinfile.csv");
    std::fs::write(&file, "zebraidheader,xylophonecolumn\nAA1,quokkavalue\nZZ9,okapiunmatched\n").unwrap();
    let transaction = database.begin("test").await.unwrap();
    for (append, status, removed_at) in
        [("2026-11-07-000000000001", "removed", Some(NOW)), ("2026-11-14-000000000002", "current", None)]
    {
        let report = serde_json::json!({
            "append": append, "state": "nc", "owner": "acme", "class": "private",
            "id_column": "ZebraIdHeader", "file": "pangolinfile.csv", "sha256": digest(&file, &Content::File).unwrap(),
            "snapshot": "2026-11-07-aaaaaaaaaaaa",
            "rows": {"read": 2, "matched": 1, "unmatched": 1, "duplicate": 0, "quarantined": 0},
            "columns": [{"name": "acme__xylophonecolumn", "header": "xylophonecolumn", "type": "text",
                         "filled": 1, "out_of_domain": 0}],
            "replaced": false, "replaces": null, "unchanged": false
        });
        let mut values: Vec<sea_orm::Value> = vec![
            append.into(),
            digest(&file, &Content::File).unwrap().into(),
            report.to_string().into(),
            status.into(),
            removed_at.into(),
            NOW.into(),
        ];
        let (column, place) = if version > 1 { (", id_column", ", $7") } else { ("", "") };
        if version > 1 {
            values.push("zebraidheader".into());
        }
        let sql = format!(
            "INSERT INTO appends (id, state, owner, class, file_name, file_sha256, snapshot_id, report, status, \
             removed_at, created_at, updated_at, updated_by{column}) VALUES ($1, 'nc', 'acme', 'private', \
             'pangolinfile.csv', $2, '2026-11-07-aaaaaaaaaaaa', $3, $4, $5, $6, $6, 'test'{place})"
        );
        transaction.execute(&sql, values).await.unwrap();
    }
    let export = "INSERT INTO exports (id, state, snapshot_id, organization_id, principal, class, owner, format, \
                  file, row_count, columns, bytes, sha256, created_at, updated_by) VALUES ('e', 'nc', 's', 'data', \
                  'local', $1, $2, 'csv', 'f', 1, $3, 1, $4, $5, 'test')";
    let columns = r#"["voter_key","acme__xylophonecolumn"]"#;
    let values = vec!["private".into(), "acme".into(), columns.into(), "a".repeat(64).into(), NOW.into()];
    transaction.execute(export, values).await.unwrap();
    transaction.commit().await.unwrap();
    let lies = data.overlays("acme", FieldClass::Private).join("2026-11-14-000000000002");
    write_plain(&lies);
    (lies, folder)
}

/// The files of an append of release 0.1.
fn write_plain(lies: &Path) {
    std::fs::create_dir_all(lies).unwrap();
    write_table(
        &lies.join("values.parquet"),
        vec![
            ("voter_id", integers([Some(11)])),
            ("source_line", integers([Some(2)])),
            ("acme__xylophonecolumn", texts([Some("quokkavalue")])),
        ],
    );
    let rejected = texts([Some("[\"ZZ9\",\"okapiunmatched\"]")]);
    write_table(&lies.join("rejected.parquet"), vec![("line", integers([Some(3)])), ("record", rejected)]);
    write_table(
        &lies.join("out_of_domain.parquet"),
        vec![("line", integers([None])), ("value", texts([None]))],
    );
    std::fs::write(lies.join("manifest.json"), r#"{"columns": ["xylophonecolumn"]}"#).unwrap();
}

async fn check(world: &World, store: &Store, lies: &Path, folder: &Path) {
    assert_eq!(holding(world.folder.path(), &CANARIES), []);
    let names: Vec<_> = crate::durable::read_folder(lies).unwrap();
    assert_eq!(names.len(), 4, "{names:?}");
    publish_voters(store).await;
    assert_eq!(values(store, "AA1").await.unwrap(), ["acme__xylophonecolumn=quokkavalue"]);
    let listed = store.local().appends(None).await.unwrap();
    assert_eq!(
        listed.iter().map(|record| (record.status, record.unreadable.is_none())).collect::<Vec<_>>(),
        [(AppendStatus::Removed, true), (AppendStatus::Current, true)]
    );
    assert_eq!((listed[1].report.file.as_str(), listed[1].report.rows.read), ("pangolinfile.csv", 2));
    // The same file by the same column is still known.
    let request = AppendRequest {
        state: nc(),
        owner: "acme".to_owned(),
        class: FieldClass::Private,
        file: folder.join("pangolinfile.csv"),
        id_column: "zebraidheader".to_owned(),
    };
    let again = store.local().append(&request).await.unwrap();
    assert_eq!((again.unchanged, again.append.as_str()), (true, "2026-11-14-000000000002"));
}

#[tokio::test]
async fn plain_overlays_of_each_older_schema_are_encrypted_on_opening() {
    on_each_database(async |world: World| {
        let (lies, folder) = world_of_release(&world, 2).await;
        assert!(!holding(world.folder.path(), &CANARIES).is_empty());
        let store = world.open().await;
        check(&world, &store, &lies, folder.path()).await;
    })
    .await;
    on_each_database(async |world: World| {
        let (lies, folder) = world_of_release(&world, 1).await;
        let store = world.open().await;
        check(&world, &store, &lies, folder.path()).await;
    })
    .await;
}

#[tokio::test]
async fn a_crash_while_encrypting_loses_nothing_and_leaves_nothing_plain() {
    on_each_database(async |world: World| {
        let (lies, folder) = world_of_release(&world, 2).await;
        // Half of a copy lies there.
        std::fs::write(lies.join("values.encrypted.parquet"), b"PAR").unwrap();
        std::fs::write(lies.join("manifest.encrypted"), b"half").unwrap();
        drop(world.open().await);
        // It counts already; the plain files were not yet gone, nor the setting.
        write_plain(&lies);
        let data = DataDir::open(world.folder.path()).unwrap();
        let database = Database::connect(&data, world.database.as_deref()).await.unwrap();
        let transaction = database.begin("test").await.unwrap();
        transaction
            .script("INSERT INTO settings VALUES ('overlays_plain', 'yes', '2026-11-14', 'test')")
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        drop(database);
        let store = world.open().await;
        check(&world, &store, &lies, folder.path()).await;
    })
    .await;
}

#[tokio::test]
async fn a_plain_overlay_that_is_damaged_bars_nobody_and_is_encrypted_once_mended() {
    on_each_database(async |world: World| {
        let (lies, _folder) = world_of_release(&world, 2).await;
        let whole = std::fs::read(lies.join("values.parquet")).unwrap();
        std::fs::write(lies.join("values.parquet"), &whole[..whole.len() / 2]).unwrap();
        let store = world.open().await;
        publish_voters(&store).await;
        let error = values(&store, "AA1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Environment);
        assert!(error.to_string().contains("hustings append remove 2026-11-14-000000000002"), "{error}");
        drop(store);
        // Somebody restores the file.
        std::fs::write(lies.join("values.parquet"), &whole).unwrap();
        let store = world.open().await;
        assert_eq!(values(&store, "AA1").await.unwrap().len(), 1);
        store.local().remove_append("2026-11-14-000000000002").await.unwrap();
        assert_eq!(values(&store, "AA1").await.unwrap(), [""; 0]);
        assert_eq!(holding(world.folder.path(), &CANARIES), []);
    })
    .await;
}
