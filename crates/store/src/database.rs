//! The relational state on SQLite and on PostgreSQL by one code path: the same SQL text with `$1` placeholders, which
//! both engines take, and named transactions.

use crate::data_dir::DataDir;
use crate::error::{StoreError, is_full, one_line};
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, FromQueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use std::time::Duration;

/// The schema that holds our tables on PostgreSQL.
pub(crate) const POSTGRES_SCHEMA: &str = "hustings";
/// Key of the advisory lock that makes PostgreSQL have one writer at a time, as SQLite has.
const POSTGRES_WRITER_LOCK: i64 = 0x6875_7374_696e_6773;

/// How long a database may take to take a connection.
const ANSWER_SECONDS_MAX: u64 = 10;

/// A pool of connections to one database.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: DatabaseConnection,
}

impl Database {
    /// Opens the database at `url`, or `platform.db` in the data directory.
    pub(crate) async fn connect(data: &DataDir, url: Option<&str>) -> Result<Self, StoreError> {
        let mut options = match url {
            // The path itself is set below: a URL could not hold every path.
            None => ConnectOptions::new("sqlite://platform.db"),
            Some(url)
                if ["postgres://", "postgresql://", "sqlite:"]
                    .iter()
                    .any(|scheme| url.starts_with(scheme)) =>
            {
                ConnectOptions::new(url)
            }
            Some(_) => {
                return Err(StoreError::Input(
                    "the database URL is not understood: expected postgres://user@host/name or sqlite://path"
                        .to_owned(),
                ));
            }
        };
        options
            .sqlx_logging(false)
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(ANSWER_SECONDS_MAX))
            .set_schema_search_path(POSTGRES_SCHEMA)
            .map_sqlx_postgres_opts(|postgres| postgres.application_name("hustings"));
        let named = url.is_some();
        let path = data.database();
        options.map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = if named { sqlite } else { sqlite.filename(&path) };
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                // What is deleted leaves no trace in the file: a destroyed key, a column name of before.
                .pragma("secure_delete", "ON")
                .busy_timeout(Duration::from_secs(30))
        });
        // When the disk is full, SQLite undoes a transaction by itself, and the library goes on counting it as begun: what
        // came next on that connection would be savepoints within nothing, whose commits commit nothing.
        options.map_sqlx_sqlite_pool_opts(|pool| {
            pool.before_acquire(|connection, _| {
                let is_clean = !connection.is_in_transaction();
                Box::pin(std::future::ready(Ok(is_clean)))
            })
        });
        let pool = sea_orm::Database::connect(options).await.map_err(|error| {
            let text = one_line(&error.to_string());
            // The library's own message would repeat the URL with its password.
            StoreError::Connect(if text.contains("connection string") {
                "its URL cannot be parsed".to_owned()
            } else if text.contains("timed out") {
                format!("it does not answer within {ANSWER_SECONDS_MAX} seconds: see that it runs, and its host and port")
            } else if is_full(&text) {
                "no space left for it: free some space and run the same command again".to_owned()
            } else {
                text
            })
        })?;
        Ok(Self { pool })
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    /// Begins a write transaction. One writer at a time on either engine: `BEGIN IMMEDIATE`, or an advisory lock, so
    /// that what a transaction has read still holds when it writes.
    pub(crate) async fn begin(&self, name: &'static str) -> Result<Transaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.pool.begin_with_options(options).await.map_err(StoreError::database(name))?;
        let transaction = Transaction { inner, name };
        if self.backend() == DbBackend::Postgres {
            // A server or role may be set not to wait for the disk, and what we have told to be durable would not be. Asked
            // in each transaction: between us and the server something may share out its connections.
            let sql = format!(
                "SELECT set_config('synchronous_commit', 'on', true) \
                 WHERE current_setting('synchronous_commit') = 'off'; \
                 SELECT pg_advisory_xact_lock({POSTGRES_WRITER_LOCK})"
            );
            transaction.inner.execute_unprepared(&sql).await.map_err(StoreError::database(name))?;
        }
        Ok(transaction)
    }

    /// Leaves nothing in SQLite's write-ahead log of what has been overwritten, as far as no reader still needs it.
    pub(crate) async fn forget_old_pages(&self) -> Result<(), StoreError> {
        match self.backend() {
            DbBackend::Sqlite => self.unprepared("truncate the log", "PRAGMA wal_checkpoint(TRUNCATE)").await,
            _ => Ok(()),
        }
    }

    /// Rewrites the database without what was once in it.
    pub(crate) async fn forget_old_rows(&self) -> Result<(), StoreError> {
        match self.backend() {
            DbBackend::Sqlite => self.unprepared("compact", "VACUUM").await?,
            _ => self.unprepared("compact", "VACUUM (FULL) appends, exports").await?,
        }
        self.forget_old_pages().await
    }

    /// Rewrites the settings without what was once among them.
    pub(crate) async fn forget_old_settings(&self) -> Result<(), StoreError> {
        match self.backend() {
            // Deleted rows are overwritten there.
            DbBackend::Sqlite => {}
            _ => self.unprepared("compact", "VACUUM (FULL) settings").await?,
        }
        self.forget_old_pages().await
    }

    async fn unprepared(&self, name: &'static str, sql: &str) -> Result<(), StoreError> {
        self.pool.execute_unprepared(sql).await.map(|_| ()).map_err(StoreError::database(name))
    }

    /// Rows of a query outside any transaction. `name` says what for in errors.
    pub(crate) async fn all<T: FromQueryResult>(
        &self,
        name: &'static str,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        all(&self.pool, name, sql, values).await
    }

    /// The first row of a query outside any transaction.
    pub(crate) async fn one<T: FromQueryResult>(
        &self,
        name: &'static str,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(name, sql, values).await?.into_iter().next())
    }
}

/// A named write transaction; undone when dropped without [`Transaction::commit`].
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    name: &'static str,
}

impl Transaction {
    /// The name, which goes into `updated_by`.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Runs a statement; the number of rows it changed.
    pub(crate) async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(self.inner.get_database_backend(), sql, values);
        let done = self.inner.execute_raw(statement).await.map_err(StoreError::database(self.name))?;
        Ok(done.rows_affected())
    }

    /// Runs several statements without values.
    pub(crate) async fn script(&self, sql: &str) -> Result<(), StoreError> {
        self.inner.execute_unprepared(sql).await.map_err(StoreError::database(self.name))?;
        Ok(())
    }

    pub(crate) async fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        all(&self.inner, self.name, sql, values).await
    }

    pub(crate) async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// Makes it durable.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await.map_err(StoreError::database(self.name))
    }
}

async fn all<T: FromQueryResult>(
    connection: &impl ConnectionTrait,
    name: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    let rows = connection.query_all_raw(statement).await.map_err(StoreError::database(name))?;
    rows.iter().map(|row| T::from_query_result(row, "").map_err(StoreError::database(name))).collect()
}

#[cfg(test)]
mod tests {
    //! What is committed is durable, whatever became of the transactions before it.

    use super::*;
    use crate::audit::AuditEvent;
    use crate::testing::{World, on_each_database};
    use hustings_access::OrganizationId;

    #[derive(FromQueryResult)]
    struct About {
        about: String,
    }

    #[derive(FromQueryResult)]
    struct Text {
        text: String,
    }

    #[tokio::test]
    async fn a_server_that_does_not_wait_for_the_disk_is_made_to_wait() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            if store.database.backend() == DbBackend::Sqlite {
                return;
            }
            let current = "SELECT current_setting('synchronous_commit') AS text";
            for (set, expected) in [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")] {
                let sql = format!(
                    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = {set}', \
                     current_database()); END $$"
                );
                store.database.unprepared("test", &sql).await.unwrap();
                // Connections of from now on have it.
                let other = world.open().await;
                let outside = other.database.one::<Text>("test", current, Vec::new()).await.unwrap().unwrap();
                assert_eq!(outside.text, set, "the test has set what it says");
                let transaction = other.database.begin("test").await.unwrap();
                let within = transaction.one::<Text>(current, Vec::new()).await.unwrap().unwrap();
                assert_eq!(within.text, expected);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_committed_after_the_engine_gave_up_a_transaction_is_durable() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let event = |about: &str| AuditEvent {
                organization: OrganizationId::local(),
                principal: None,
                action: "export",
                about: Some(about.to_owned()),
                classes: std::collections::BTreeSet::new(),
                voters: None,
                details: serde_json::json!({}),
                owners: std::collections::BTreeSet::new(),
            };
            // As SQLite does on a full disk, on every connection that there is.
            let mut given_up = Vec::new();
            for _ in 0..4 {
                let transaction = store.database.begin("test").await.unwrap();
                transaction.script("ROLLBACK").await.unwrap();
                given_up.push(transaction);
            }
            drop(given_up);
            for number in 0..8 {
                let undone = store.database.begin("test").await.unwrap();
                let about = format!("undone-{number}");
                crate::audit::outbox::write(&undone, &store.now(), &event(&about)).await.unwrap();
                drop(undone);
                store.log_event(&event(&format!("done-{number}"))).await.unwrap();
            }
            // As another process sees it.
            let sql = "SELECT about FROM audit_outbox WHERE about LIKE '%done-%' ORDER BY sequence";
            let rows = world.open().await.database.all::<About>("test", sql, Vec::new()).await.unwrap();
            let durable: Vec<String> = rows.into_iter().map(|row| row.about).collect();
            assert_eq!(durable, (0..8).map(|number| format!("done-{number}")).collect::<Vec<_>>());
        })
        .await;
    }
}
