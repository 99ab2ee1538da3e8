//! Numbered migrations, never edited once released. The program refuses a schema newer than it knows.

use crate::database::{Database, POSTGRES_SCHEMA};
use crate::error::StoreError;
use sea_orm::{DbBackend, FromQueryResult};

struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "voterfile",
    sqlite: include_str!("../migrations/sqlite/0001_voterfile.sql"),
    postgres: include_str!("../migrations/postgres/0001_voterfile.sql"),
}];

#[derive(FromQueryResult)]
struct Version {
    version: Option<i64>,
}

/// Brings the schema to the newest version. Two processes that start at once wait for each other: all of it happens in
/// one write transaction.
pub(crate) async fn run(database: &Database, now: &str) -> Result<(), StoreError> {
    let transaction = database.begin("migrate").await?;
    let postgres = database.backend() == DbBackend::Postgres;
    if postgres {
        transaction.script(&format!("CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}")).await?;
    }
    let (integer, strict) = if postgres { ("bigint", "") } else { ("INTEGER", " STRICT") };
    transaction
        .script(&format!(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version {integer} NOT NULL PRIMARY KEY, \
             name TEXT NOT NULL, applied_at TEXT NOT NULL, updated_by TEXT NOT NULL){strict}"
        ))
        .await?;
    let found = transaction
        .one::<Version>("SELECT max(version) AS version FROM schema_migrations", Vec::new())
        .await?
        .and_then(|row| row.version)
        .unwrap_or(0);
    let known = MIGRATIONS.last().map_or(0, |last| last.version);
    if found > known {
        return Err(StoreError::SchemaTooNew { found, known });
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
        transaction.script(if postgres { migration.postgres } else { migration.sqlite }).await?;
        transaction
            .execute(
                "INSERT INTO schema_migrations (version, name, applied_at, updated_by) VALUES ($1, $2, $3, $4)",
                vec![
                    migration.version.into(),
                    migration.name.into(),
                    now.into(),
                    transaction.name().into(),
                ],
            )
            .await?;
    }
    transaction.commit().await
}
