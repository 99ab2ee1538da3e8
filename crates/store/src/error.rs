//! What can go wrong, each with one sentence for the person at the keyboard and a kind for the exit code.

use hustings_core::StateCode;
use std::{io, path::PathBuf};

/// Which exit code an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The answer is no: exit 1.
    No,
    /// Usage or bad input: exit 2.
    Input,
    /// The environment failed: exit 3.
    Environment,
}

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refused.
    #[error("{}", io_sentence(action, path, source))]
    Io {
        /// What was attempted, such as `write`.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The database refused.
    #[error("{}", database_sentence(transaction, source))]
    Database {
        /// Name of the transaction or query.
        transaction: &'static str,
        /// The engine's reason.
        source: sea_orm::DbErr,
    },
    /// The database cannot be reached or its URL not understood. The URL may hold a password and is never shown.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// The database was written by a newer program.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}: use a newer hustings"
    )]
    SchemaTooNew {
        /// Version in the database.
        found: i64,
        /// Newest version of this program.
        known: i64,
    },
    /// Another process works on this state.
    #[error("the voter file of {state} is locked by {holder}: wait until it ends, or end it")]
    Locked {
        /// The state.
        state: StateCode,
        /// Process, machine, verb and since when.
        holder: String,
    },
    /// A file of ours does not hold what it must.
    #[error("`{path}` is damaged: {detail}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        detail: String,
    },
    /// A key that is needed to read or write is not there or is not the right one, in one sentence.
    #[error("{0}")]
    Key(String),
    /// The record of an act cannot be written: nothing was done or released.
    #[error("nothing was released, for the log cannot be written: {0}")]
    Unlogged(String),
    /// Bad input, in one sentence.
    #[error("{0}")]
    Input(String),
    /// The answer is no, in one sentence.
    #[error("{0}")]
    Refused(String),
}

impl StoreError {
    /// Which exit code it means.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. }
            | Self::Database { .. }
            | Self::Connect(_)
            | Self::SchemaTooNew { .. }
            | Self::Locked { .. }
            | Self::Damaged { .. }
            | Self::Key(_)
            | Self::Unlogged(_) => ErrorKind::Environment,
            Self::Input(_) => ErrorKind::Input,
            Self::Refused(_) => ErrorKind::No,
        }
    }

    /// Whether somebody else is at it, and the same may be tried again soon.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Locked { .. } => true,
            Self::Database { source, .. } => is_busy(&source.to_string()),
            _ => false,
        }
    }

    /// Wraps an error of the file system.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Wraps an error of the Parquet or Arrow libraries about `path`.
    pub fn damaged(path: impl Into<PathBuf>) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.into();
        move |error| Self::Damaged { path, detail: one_line(&error.to_string()) }
    }

    pub(crate) fn database(transaction: &'static str) -> impl FnOnce(sea_orm::DbErr) -> Self {
        move |source| Self::Database { transaction, source }
    }
}

fn io_sentence(action: &str, path: &std::path::Path, source: &io::Error) -> String {
    let path = path.display();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!(
            "no space left to {action} `{path}`: free some space on that disk and run the same command again"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "not permitted to {action} `{path}`: give this user permission there, or choose another folder with --data"
        ),
        io::ErrorKind::ReadOnlyFilesystem => {
            format!(
                "cannot {action} `{path}`: the file system is read-only; choose another folder with --data"
            )
        }
        io::ErrorKind::NotFound => format!("cannot {action} `{path}`: there is no such file or folder"),
        _ => format!("cannot {action} `{path}`: {}", one_line(&source.to_string())),
    }
}

fn database_sentence(transaction: &str, source: &sea_orm::DbErr) -> String {
    let text = one_line(&source.to_string());
    if is_busy(&text) {
        format!("the database is busy (while trying to {transaction}): run the same command again")
    } else if is_full(&text) {
        format!(
            "no space left for the database (while trying to {transaction}): free some space and run the same command again"
        )
    } else {
        format!("the database failed while trying to {transaction}: {text}")
    }
}

/// Whether a database says that others write or read so much that there was no turn.
fn is_busy(text: &str) -> bool {
    text.contains("database is locked") || text.contains("Connection pool timed out")
}

/// Whether SQLite says that the disk is full: in words, or as the shared memory beside the database that cannot grow
/// (`SQLITE_IOERR_SHMSIZE`).
pub(crate) fn is_full(text: &str) -> bool {
    text.contains("database or disk is full") || text.contains("code: 4874")
}

/// A library's message without its line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
