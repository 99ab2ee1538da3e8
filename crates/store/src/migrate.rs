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

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "voterfile",
        sqlite: include_str!("../migrations/sqlite/0001_voterfile.sql"),
        postgres: include_str!("../migrations/postgres/0001_voterfile.sql"),
    },
    Migration {
        version: 2,
        name: "append_id_column",
        sqlite: include_str!("../migrations/sqlite/0002_append_id_column.sql"),
        postgres: include_str!("../migrations/postgres/0002_append_id_column.sql"),
    },
    Migration {
        version: 3,
        name: "discard",
        sqlite: include_str!("../migrations/sqlite/0003_discard.sql"),
        postgres: include_str!("../migrations/postgres/0003_discard.sql"),
    },
    Migration {
        version: 4,
        name: "keys",
        sqlite: include_str!("../migrations/sqlite/0004_keys.sql"),
        postgres: include_str!("../migrations/postgres/0004_keys.sql"),
    },
    Migration {
        version: 5,
        name: "access",
        sqlite: include_str!("../migrations/sqlite/0005_access.sql"),
        postgres: include_str!("../migrations/postgres/0005_access.sql"),
    },
    Migration {
        version: 6,
        name: "lineage",
        sqlite: include_str!("../migrations/sqlite/0006_lineage.sql"),
        postgres: include_str!("../migrations/postgres/0006_lineage.sql"),
    },
    Migration {
        version: 7,
        name: "shown",
        sqlite: include_str!("../migrations/sqlite/0007_shown.sql"),
        postgres: include_str!("../migrations/postgres/0007_shown.sql"),
    },
    Migration {
        version: 8,
        name: "incidents",
        sqlite: include_str!("../migrations/sqlite/0008_incidents.sql"),
        postgres: include_str!("../migrations/postgres/0008_incidents.sql"),
    },
    Migration {
        version: 9,
        name: "made_by",
        sqlite: include_str!("../migrations/sqlite/0009_made_by.sql"),
        postgres: include_str!("../migrations/postgres/0009_made_by.sql"),
    },
    Migration {
        version: 10,
        name: "given_by",
        sqlite: include_str!("../migrations/sqlite/0010_given_by.sql"),
        postgres: include_str!("../migrations/postgres/0010_given_by.sql"),
    },
    Migration {
        version: 11,
        name: "match_runs",
        sqlite: include_str!("../migrations/sqlite/0011_match_runs.sql"),
        postgres: include_str!("../migrations/postgres/0011_match_runs.sql"),
    },
    Migration {
        version: 12,
        name: "ends_with_keys",
        sqlite: include_str!("../migrations/sqlite/0012_ends_with_keys.sql"),
        postgres: include_str!("../migrations/postgres/0012_ends_with_keys.sql"),
    },
    Migration {
        version: 13,
        name: "append_lineage",
        sqlite: include_str!("../migrations/sqlite/0013_append_lineage.sql"),
        postgres: include_str!("../migrations/postgres/0013_append_lineage.sql"),
    },
];

#[derive(FromQueryResult)]
struct Version {
    version: Option<i64>,
}

/// Brings the schema to the newest version. Two processes that start at once wait for each other: all of it happens in
/// one write transaction.
pub(crate) async fn run(database: &Database, now: &str) -> Result<(), StoreError> {
    run_to(database, now, i64::MAX).await
}

/// As [`run`], up to a version: tests begin with what an older program has left.
pub(crate) async fn run_to(database: &Database, now: &str, last: i64) -> Result<(), StoreError> {
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
    for migration in MIGRATIONS.iter().filter(|migration| (found + 1..=last).contains(&migration.version)) {
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

#[cfg(test)]
mod tests {
    //! The schema itself: every column commented, the same on both engines, newer schemas refused.

    use super::*;
    use crate::store::Store;
    use crate::testing::{World, on_each_database};

    #[test]
    fn versions_count_up_from_one() {
        let versions: Vec<_> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..).take(versions.len()).collect::<Vec<_>>());
    }

    #[test]
    fn both_engines_have_the_same_columns_and_each_is_commented() {
        for migration in MIGRATIONS {
            let mut table = String::new();
            let mut sqlite = Vec::new();
            for line in migration.sqlite.lines() {
                if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                    table = rest.trim_end_matches(" (").to_owned();
                }
                if let Some(rest) = line.strip_prefix("ALTER TABLE ") {
                    table = rest.trim_end_matches(" ADD COLUMN").to_owned();
                }
                let mut words = line.split_whitespace();
                let kind = |word: &str| matches!(word.trim_end_matches(','), "TEXT" | "INTEGER");
                if let (Some(column), true) = (words.next(), words.next().is_some_and(kind)) {
                    let (_, comment) = line.split_once("-- ").unwrap_or_default();
                    assert!(comment.len() > 2, "{table}.{column} has no comment");
                    sqlite.push(format!(
                        "COMMENT ON COLUMN {table}.{column} IS '{}'",
                        comment.replace('\'', "''")
                    ));
                }
            }
            let postgres: Vec<_> = migration
                .postgres
                .lines()
                .filter(|line| line.starts_with("COMMENT ON COLUMN"))
                .map(|line| line.trim_end_matches(';').to_owned())
                .collect();
            assert_eq!(postgres, sqlite);
        }
    }

    #[tokio::test]
    async fn a_schema_from_the_future_is_refused_and_left_alone() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let transaction = store.database.begin("test").await.unwrap();
            transaction
                .script("INSERT INTO schema_migrations VALUES (999, 'future', '2030-01-01', 'test')")
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            let error = Store::open(world.folder.path(), world.database.as_deref()).await.unwrap_err();
            assert!(matches!(error, StoreError::SchemaTooNew { found: 999, .. }));
            assert!(error.to_string().contains("use a newer hustings"));
        })
        .await;
    }

    #[tokio::test]
    async fn a_database_url_that_is_not_understood_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        for url in ["mysql://me:secret@host/db", "postgres://me:secret@host:port:/db"] {
            let error = Store::open(folder.path(), Some(url)).await.unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
