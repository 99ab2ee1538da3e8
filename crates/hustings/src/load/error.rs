//! Why a load failed.

use hustings_core::StateCode;
use hustings_store::{ErrorKind, ParquetError, StoreError};
use jiff::civil::Date;

/// Why a load failed. Nothing is half-current: the last good snapshot stays.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A path or archive cannot be read.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// The path, or the name inside an archive.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// No layout for this state.
    #[error(
        "no layout for `{state}`: `hustings layouts list` shows the states, and `--layouts DIR` adds one"
    )]
    NoLayout {
        /// The state.
        state: StateCode,
    },
    /// A file that no layout knows.
    #[error("{0}")]
    Unrecognized(String),
    /// The delivery has no voter file.
    #[error("no voter file in {delivery}: {detail}")]
    NoVoters {
        /// The paths given.
        delivery: String,
        /// What was found instead.
        detail: String,
    },
    /// The list is older than what is current.
    #[error(
        "the list of {as_of} is older than the current snapshot {current} of {current_as_of}: a newer list replaces an older one, not the other way around"
    )]
    Older {
        /// The list's date.
        as_of: Date,
        /// The current snapshot.
        current: String,
        /// Its date.
        current_as_of: Date,
    },
    /// The list's date lies far in the future.
    #[error(
        "the list is dated {as_of}, and today is {today}: give its date with --as-of, since no later list could replace it"
    )]
    Future {
        /// The list's date.
        as_of: Date,
        /// Today.
        today: Date,
    },
    /// The list was current and another one of the same day came after it.
    #[error(
        "these files are snapshot {snapshot} already, and {current} of the same day has taken its place: `hustings load --undo --state {state}` goes back to it"
    )]
    Replaced {
        /// The snapshot made of these files.
        snapshot: String,
        /// The current snapshot.
        current: String,
        /// The state.
        state: StateCode,
    },
    /// Too many rows share an id.
    #[error("{rows} rows share their id with another row: is the same list twice in the delivery?")]
    TooManyDuplicates {
        /// Rows concerned.
        rows: usize,
    },
    /// The database or the data folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table cannot be written or read.
    #[error("a table of the snapshot cannot be written or read: {0}")]
    Table(ParquetError),
    /// The disk is full.
    #[error(
        "no space left to write the snapshot: free some space on the disk of the data folder and run the same command again"
    )]
    DiskFull,
    /// A file of the snapshot cannot be written.
    #[error("`{path}` cannot be written: {reason}")]
    Unwritable {
        /// The path.
        path: String,
        /// What the system said.
        reason: String,
    },
}

impl From<ParquetError> for LoadError {
    fn from(error: ParquetError) -> Self {
        let full = matches!(&error, ParquetError::External(cause)
            if cause.downcast_ref::<std::io::Error>().is_some_and(is_full));
        if full { Self::DiskFull } else { Self::Table(error) }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

impl LoadError {
    /// A file of the snapshot that cannot be written.
    #[must_use]
    pub fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Self {
        if is_full(error) {
            return Self::DiskFull;
        }
        Self::Unwritable { path: path.display().to_string(), reason: error.to_string() }
    }

    /// What kind of failure it is, which decides the exit code.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Table(_) | Self::DiskFull | Self::Unwritable { .. } => ErrorKind::Environment,
            _ => ErrorKind::Input,
        }
    }
}
