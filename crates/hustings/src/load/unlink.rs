//! One followed voter undone alone: the current snapshot is built anew from its own files, without that link.
//!
//! What a person has said of two ids stands in the manifest of the snapshot that was built so, and in those after it: no
//! load follows the one to the other again, also when the snapshot itself is undone.

use super::manifest::Manifest;
use super::prepare::Prepared;
use super::tally::text;
use super::{LoadError, manifest};
use arrow_array::Array;
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_store::snapshot_scan::TableScan;
use hustings_store::{SnapshotRecord, StoreError};
use hustings_voterfile::identity::{IdKey, PriorVoters};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// Which voter was followed wrongly, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlink {
    /// The state's id that the voter has on the current list.
    pub id: String,
    /// Why the two are not one person.
    pub why: String,
}

/// Two ids of the state's of which a person has said that they are two people's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Parted {
    /// The id before.
    pub before: String,
    /// The id now.
    pub now: String,
    /// Why.
    pub why: String,
}

/// What has been said of ids of a state so far.
#[must_use]
pub fn known(manifests: &[(String, Manifest)]) -> BTreeSet<Parted> {
    manifests.iter().flat_map(|(_, manifest)| manifest.parted.iter().cloned()).collect()
}

/// The link that is to be undone: the voter must have been followed by the load of the current snapshot, and the delivery
/// must be that load's.
///
/// # Errors
/// It is not so, or the snapshot cannot be read.
pub fn parted(
    act: &Act<'_, Load>,
    unlink: &Unlink,
    current: &SnapshotRecord,
    prepared: &Prepared,
) -> Result<Parted, LoadError> {
    let input = |sentence: String| LoadError::Store(StoreError::Input(sentence));
    let (id, why) = (unlink.id.trim(), unlink.why.trim());
    if why.is_empty() {
        return Err(input(
            "to undo a followed voter needs a reason, and the reason given is empty".to_owned(),
        ));
    }
    let before = before(act, current, id)?.ok_or_else(|| {
        input(format!(
            "no voter was followed to the id `{id}` by the load of the current snapshot {}: `hustings changes --kind id_changed --state {}` shows who was",
            current.id, current.state
        ))
    })?;
    let own = own_files(current)?;
    let delivered: BTreeSet<&str> = prepared.files.iter().map(|file| file.report.sha256.as_str()).collect();
    if own.iter().map(String::as_str).collect::<BTreeSet<_>>() != delivered {
        return Err(input(format!(
            "these are not the files of the current snapshot {}: expected the delivery by whose load the voter was followed",
            current.id
        )));
    }
    Ok(Parted { before, now: id.to_owned(), why: why.to_owned() })
}

/// The id before of a voter who was followed to this one.
fn before(act: &Act<'_, Load>, current: &SnapshotRecord, id: &str) -> Result<Option<String>, LoadError> {
    let scan = TableScan::open(act, &current.folder.join("changes.parquet"))?;
    for batch in scan.all(&["kind", "state_voter_id", "old", "reason"])? {
        let batch = batch.map_err(hustings_store::ParquetError::from)?;
        let value = |name: &str, row: usize| {
            text(&batch, name).filter(|array| array.is_valid(row)).map_or("", |array| array.value(row))
        };
        // A voter whom an older id of the state's told was not followed: there the state says so.
        let found = (0..batch.num_rows()).find(|row| {
            value("kind", *row) == "id_changed"
                && value("state_voter_id", *row) == id
                && !value("reason", *row).is_empty()
        });
        if let Some(row) = found {
            return Ok(Some(value("old", row).to_owned()));
        }
    }
    Ok(None)
}

/// Digests of the files that a snapshot was made of.
fn own_files(current: &SnapshotRecord) -> Result<BTreeSet<String>, LoadError> {
    let manifest = manifest::Manifest::read(&current.folder)?.unwrap_or_default();
    let before = manifest.files.len().saturating_sub(manifest.files_delivered);
    Ok(manifest.files.into_iter().skip(before).map(|file| file.file.sha256).collect())
}

/// The links that no load makes: the key of the id now, and the predecessor's row of the id before.
#[must_use]
pub fn forbidden(parted: &BTreeSet<Parted>, prior: &PriorVoters) -> HashSet<(IdKey, u32)> {
    let link = |parted: &Parted| Some((IdKey::new(&parted.now), prior.find(IdKey::new(&parted.before))?));
    parted.iter().filter_map(link).collect()
}
