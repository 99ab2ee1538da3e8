//! What release 0.1 wrote plain is encrypted when the directory is next opened.
//!
//! The order survives a crash at any point: encrypted copies are durable, then one transaction makes them count, then the
//! plain files go; the setting that asks for it goes last, so that a next opening goes on where this one ended.

use super::AppendReport;
use super::append::write_report;
use super::table_file::TableFile;
use super::vault::{TABLES, Vault};
use crate::durable;
use crate::error::StoreError;
use crate::read::table::Table;
use crate::store::Store;
use sea_orm::FromQueryResult;
use std::path::Path;

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

#[derive(FromQueryResult)]
struct AppendRow {
    id: String,
    owner: String,
    class: String,
    report: String,
    key_id: Option<String>,
}

#[derive(FromQueryResult)]
struct ExportRow {
    id: String,
    owner: String,
    class: String,
    columns: String,
}

/// Encrypts plain overlays, and what the database holds plain about them. For who opens the directory, while nobody else
/// does.
pub(crate) async fn encrypt_plain(store: &Store) -> Result<(), StoreError> {
    const ASKED: &str = "SELECT count(*) AS count FROM settings WHERE name = 'overlays_plain'";
    let asked = store.database.one::<Count>("read settings", ASKED, Vec::new()).await?;
    if asked.is_none_or(|row| row.count == 0) {
        return Ok(());
    }
    let appends: Vec<AppendRow> = store
        .database
        .all(
            "read appends",
            "SELECT id, owner, class, report, key_id FROM appends ORDER BY created_at, id",
            Vec::new(),
        )
        .await?;
    let mut complete = true;
    for append in appends {
        match encrypt_append(store, append).await {
            // Whoever asks for its values is told; everybody else goes on. The next opening tries again.
            Err(StoreError::Damaged { .. }) => complete = false,
            done => done?,
        }
    }
    let exports: Vec<ExportRow> = store
        .database
        .all(
            "read exports",
            "SELECT id, owner, class, columns FROM exports \
             WHERE key_id IS NULL AND owner IS NOT NULL AND class IN ('appended', 'proprietary', 'private')",
            Vec::new(),
        )
        .await?;
    for export in exports {
        encrypt_export(store, export).await?;
    }
    // Deleted text lingers in the database's free pages.
    store.database.forget_old_rows().await?;
    if !complete {
        return Ok(());
    }
    let transaction = store.database.begin("overlays encrypted").await?;
    transaction.execute("DELETE FROM settings WHERE name = 'overlays_plain'", Vec::new()).await?;
    transaction.commit().await
}

async fn encrypt_append(store: &Store, row: AppendRow) -> Result<(), StoreError> {
    let class = row.class.parse().map_err(|_| damaged("class"))?;
    let folder = store.data.overlays(&row.owner, class).join(&row.id);
    if row.key_id.is_none() {
        let report: AppendReport = serde_json::from_str(&row.report).map_err(|_| damaged("report"))?;
        let key = store.key_to_write(&row.owner, class).await?;
        // A removed append has no files any more.
        if folder.is_dir() {
            let vault = Vault::new(&folder, &row.id, &key);
            for table in TABLES {
                let plain = Table::open(&plain_path(&folder, table))?;
                TableFile::copy(&plain, &vault.path(table), &vault.key(table))?;
            }
            vault.close(&report)?;
        }
        let transaction = store.database.begin("encrypt append").await?;
        write_report(store, &transaction, &key, &report).await?;
        transaction.commit().await?;
    }
    for table in TABLES {
        remove_file(&plain_path(&folder, table))?;
    }
    remove_file(&folder.join("manifest.json"))?;
    if folder.is_dir() { durable::sync_folder(&folder) } else { Ok(()) }
}

async fn encrypt_export(store: &Store, row: ExportRow) -> Result<(), StoreError> {
    let class = row.class.parse().map_err(|_| damaged("class"))?;
    let key = store.key_to_write(&row.owner, class).await?;
    let transaction = store.database.begin("encrypt export").await?;
    transaction
        .execute(
            "UPDATE exports SET columns = $1, key_id = $2, updated_by = $3 WHERE id = $4",
            vec![
                key.seal(&format!("export {}", row.id), &row.columns)?.into(),
                key.id.as_str().into(),
                transaction.name().into(),
                row.id.as_str().into(),
            ],
        )
        .await?;
    transaction.commit().await
}

fn plain_path(folder: &Path, table: &str) -> std::path::PathBuf {
    folder.join(format!("{table}.parquet"))
}

/// Removes a file; one that is not there is fine.
fn remove_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn damaged(column: &str) -> StoreError {
    StoreError::Connect(format!("table appends: column {column} is damaged"))
}
