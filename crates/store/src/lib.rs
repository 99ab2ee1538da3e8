#![doc = include_str!("../README.md")]

pub mod data_dir;
mod database;
mod durable;
pub mod error;
pub mod load_lock;
mod migrate;
mod settings;
pub mod snapshot;
pub mod snapshot_scan;
pub mod snapshot_writer;
pub mod store;
#[cfg(test)]
mod testing;

pub use data_dir::DataDir;
pub use error::{ErrorKind, StoreError};
pub use load_lock::{LoadLock, LoadOutcome};
pub use snapshot::{LoadFile, SnapshotMeta, SnapshotRecord, SnapshotStatus, StagingFolder, snapshot_id};
pub use store::Store;
