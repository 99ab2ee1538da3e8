#![doc = include_str!("../README.md")]

pub mod access;
pub mod audit;
pub mod bench;
mod compile_fail;
pub mod data_dir;
mod database;
mod durable;
pub mod entropy;
pub mod error;
pub mod export;
mod household_key;
mod keyring;
mod list_file;
pub mod load_lock;
mod load_record;
mod match_base;
pub mod match_run;
mod migrate;
pub mod overlay;
pub mod read;
mod settings;
pub mod snapshot;
pub mod snapshot_scan;
pub mod snapshot_writer;
pub mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_scope;
pub mod transit;
mod verified_file;
pub mod voter_key;

pub use data_dir::DataDir;
pub use error::{ErrorKind, StoreError};
pub use export::{ExportFormat, ExportReport, ExportRequest, ExportRows, check_out};
pub use keyring::KeyDestroyed;
pub use list_file::{CompleteFile, ListBlock, ListFile, ListRows, Mended, ResultFile};
pub use load_lock::{LoadLock, LoadOutcome};
pub use load_record::LoadRecord;
pub use overlay::{
    AppendColumn, AppendMatching, AppendPairs, AppendRecord, AppendReport, AppendRequest, AppendRows,
    AppendStatus, CellOrigin, ListBefore, OverlayType, appended_places,
};
/// A table cannot be written or read.
pub use parquet::errors::ParquetError;
pub use read::{
    ChangeCounts, ChangeFilter, ChangeRow, Flagged, LikelyVoter, LikelyVoters, LinkableVoters, NamedChange,
    Page, QuarantineFilter, QuarantineRow, ValueSource, VoterBallot, VoterBlock, VoterChange, VoterHit,
    VoterRecord, VoterSeen, VoterSelector, VoterValue, VoterVote, is_list_column,
};
pub use snapshot::{
    InsteadOf, LoadFile, SnapshotMeta, SnapshotRecord, SnapshotStatus, StagingFolder, snapshot_id,
};
pub use store::{Store, StoreBuilder, no_list};
pub use voter_key::VoterKey;
