//! Snapshots and their life: staged, then published or held; accepted or discarded; undone.
//!
//! The files are put in place first; then one database transaction moves the pointer, and that is the moment at which a
//! load counts. Whatever a crash leaves before that moment is removed by whoever locks the state next.

mod accept;
mod discard;
mod event;
mod list;
mod publish;
pub use publish::InsteadOf;
mod recover;
#[cfg(test)]
mod tests;
mod undo;

pub(crate) use recover::recover;

use crate::error::StoreError;
use crate::store::Store;
use hustings_core::StateCode;
use hustings_voterfile::report::GateFailure;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where a snapshot is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotStatus {
    /// In place; it is or was current.
    Published,
    /// Kept aside by the gate.
    Held,
    /// Was kept aside until a person discarded it; only its report and manifest are left.
    Discarded,
    /// Was current until `load --undo`; it stays as it is, and loading its files again onto the same predecessor makes it
    /// current again.
    Undone,
}

impl SnapshotStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Held => "held",
            Self::Discarded => "discarded",
            Self::Undone => "undone",
        }
    }

    /// From the columns `status` and `discarded_at`.
    fn parse(text: &str, discarded_at: Option<&str>) -> Result<Self, StoreError> {
        if text == Self::Held.as_str() && discarded_at.is_some() {
            return Ok(Self::Discarded);
        }
        [Self::Published, Self::Held, Self::Undone]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| {
                StoreError::Connect(format!("snapshot status `{text}` is unknown: use a newer hustings"))
            })
    }
}

/// One file of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadFile {
    /// Name inside the delivery.
    pub name: String,
    /// Digest of the file's bytes, unpacked, lower-case hex.
    pub sha256: String,
    /// Size unpacked, in bytes.
    pub bytes: u64,
}

/// What a load knows about the snapshot that it has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotMeta {
    /// The list's own date.
    pub as_of: Date,
    /// SHA-256 over the digests of all input files, 64 hex digits.
    pub inputs_digest: String,
    /// The snapshot which was current when the load began, and against which changes were computed.
    pub predecessor: Option<String>,
    /// Layout name and version.
    pub layout: String,
    /// Voters on the list, dropped ones not counted.
    pub voters: u64,
    /// Households on the list.
    pub households: u64,
    /// Rules of the gate that failed.
    pub gate_failed: Vec<GateFailure>,
    /// Why a person accepted the load although the gate failed, in the same call.
    pub accepted_reason: Option<String>,
    /// The input files, in the order of the manifest.
    pub files: Vec<LoadFile>,
}

/// One snapshot as known to the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// `<date>-<digest12>`.
    pub id: String,
    /// The state.
    pub state: StateCode,
    /// The list's own date.
    pub as_of: Date,
    /// SHA-256 over the digests of all input files, 64 hex digits.
    pub inputs_digest: String,
    /// Where it is in its life.
    pub status: SnapshotStatus,
    /// Whether it is the one that everybody reads.
    pub is_current: bool,
    /// The snapshot which was current when this one was made.
    pub predecessor: Option<String>,
    /// Layout name and version.
    pub layout: String,
    /// Voters on the list, dropped ones not counted.
    pub voters: u64,
    /// Households on the list.
    pub households: u64,
    /// Rules of the gate that failed, also after acceptance.
    pub gate_failed: Vec<GateFailure>,
    /// Why a person accepted it although the gate failed.
    pub accepted_reason: Option<String>,
    /// When it was first written, RFC 3339.
    pub created_at: String,
    /// When a person discarded it, RFC 3339.
    pub discarded_at: Option<String>,
    /// Its folder. Over the network it is empty and left out: where the server's disk has it is nobody's business.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub folder: PathBuf,
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// The folder in which a load writes before it counts.
#[derive(Debug)]
pub struct StagingFolder {
    path: PathBuf,
}

impl StagingFolder {
    /// The folder. Files directly in it become the snapshot's files.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The id of a snapshot: its date and the first twelve digits of its inputs' digest.
#[must_use]
pub fn snapshot_id(as_of: Date, inputs_digest: &str) -> String {
    format!("{as_of}-{}", inputs_digest.get(..12).unwrap_or(inputs_digest))
}

/// The id of a snapshot of the same inputs when `id` is an undone one onto another predecessor, which stays as it is.
fn snapshot_id_onto(as_of: Date, inputs_digest: &str, predecessor: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(inputs_digest.to_ascii_lowercase());
    hash.update(predecessor.unwrap_or_default());
    snapshot_id(as_of, &hustings_core::digits::hex(&hash.finalize()))
}

/// Moments between the steps of a publication, at which tests pull the plug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Files are on the disk.
    Synced,
    /// The database knows which folder will be put in place.
    Announced,
    /// What was in its place has been moved away.
    Cleared,
    /// The report of a held load says `accepted`.
    Reported,
    /// The folder is in its place.
    Placed,
    /// The transaction is through.
    Committed,
}

impl Store {
    /// Fails in tests that pull the plug here.
    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only tests fail here")
    )]
    pub(crate) fn reached(&self, step: Step) -> Result<(), StoreError> {
        #[cfg(test)]
        if self.fault == Some(step) {
            return Err(StoreError::Refused(format!("the plug was pulled at {step:?}")));
        }
        let _ = step;
        Ok(())
    }
}
