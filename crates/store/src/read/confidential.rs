//! Who is confidential by all that is known of a state.
//!
//! What the current snapshot says binds, and so does what any other list said that came later than the voter's own row:
//! a list that is held, undone or discarded need not be a good list, but an address published by mistake cannot be
//! called back. A later list that is published and gives the voter a row without the flag lifts it.

use super::confidential_rows::{Bits, ConfidentialRows};
use super::report::read_json;
use super::table::{Condition, Rows, Table};
use crate::durable;
use crate::error::StoreError;
use crate::snapshot::{SnapshotRecord, SnapshotStatus};
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::{StateCode, VoterId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use xxhash_rust::xxh3::Xxh3;

/// Confidential voters whom `voters.parquet` does not tell: of a discarded load, all; of another, those of whom a row
/// that was held back says so.
pub(crate) const CONFIDENTIAL_FILE: &str = "confidential.json";

/// A voter whom a list called confidential.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Flagged {
    /// Our id; none of a voter whom no list that was read has.
    pub voter_id: Option<i64>,
    /// The state's id.
    pub state_voter_id: String,
}

impl Flagged {
    /// Writes them into a snapshot's folder, beside its tables. Nobody flagged, no file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(_act: &Act<'_, Load>, folder: &Path, flagged: &BTreeSet<Self>) -> Result<(), StoreError> {
        if flagged.is_empty() {
            return Ok(());
        }
        let path = folder.join(CONFIDENTIAL_FILE);
        let bytes = serde_json::to_vec(flagged)
            .map_err(|error| StoreError::Damaged { path: path.clone(), detail: error.to_string() })?;
        durable::write_file(&path, &bytes)
    }
}

/// Who is confidential by all that is known of a state, now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confidential {
    /// Our ids are dense, and every row of a scan asks.
    voters: Bits,
    ids: HashSet<String>,
    lengths: BTreeSet<usize>,
    rows: ConfidentialRows,
    /// Of voters and ids, once somebody has asked for it.
    digest: OnceLock<u64>,
}

/// What a state's snapshots were when they were asked.
type Version = Vec<(String, SnapshotStatus, bool)>;

/// Who is confidential, kept for as long as a state's snapshots are the same.
#[derive(Default)]
pub(crate) struct KnownConfidential(Mutex<HashMap<StateCode, (Version, Arc<Confidential>)>>);

impl KnownConfidential {
    fn get(&self, state: StateCode, version: &Version) -> Option<Arc<Confidential>> {
        let kept = self.0.lock().ok()?;
        kept.get(&state).filter(|(of, _)| of == version).map(|(_, known)| Arc::clone(known))
    }

    fn put(&self, state: StateCode, version: Version, known: &Arc<Confidential>) {
        if let Ok(mut kept) = self.0.lock() {
            kept.insert(state, (version, Arc::clone(known)));
        }
    }
}

/// Ids this long are found in a row wherever they stand; shorter ones only between other characters.
const LONG: usize = 8;

impl Confidential {
    /// Whether this voter is.
    pub(crate) fn has(&self, voter_id: i64) -> bool {
        usize::try_from(voter_id).is_ok_and(|voter| self.voters.has(voter))
    }

    /// Some voters by our ids.
    #[cfg(test)]
    pub(crate) fn of_voters(ids: &[usize]) -> Self {
        let mut known = Self::default();
        ids.iter().for_each(|id| known.voters.add(*id));
        known
    }

    /// A name for the voters of a snapshot who are not confidential by this: what is made of them is made anew when it changes.
    pub(crate) fn but_these(&self, snapshot: &str) -> String {
        let digest = self.digest.get_or_init(|| {
            let mut ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
            ids.sort_unstable();
            let mut hash = Xxh3::new();
            self.voters.words().for_each(|word| hash.update(&word.to_le_bytes()));
            ids.iter().for_each(|id| hash.update(&[id.as_bytes(), b"\n"].concat()));
            hash.digest()
        });
        format!("{snapshot} but {digest:016x}")
    }

    /// Their rows in tables.
    pub(super) fn rows(&self) -> &ConfidentialRows {
        &self.rows
    }

    /// Whether the state's id of one of them stands in a raw row.
    pub(crate) fn is_named_in(&self, row: &[u8]) -> bool {
        let row: Vec<u8> = row.iter().filter(|byte| **byte != 0).map(u8::to_ascii_uppercase).collect();
        let is_known = |piece: &[u8]| std::str::from_utf8(piece).is_ok_and(|id| self.ids.contains(key(id)));
        row.split(|byte| !byte.is_ascii_alphanumeric()).any(is_known)
            || self.lengths.iter().any(|length| row.windows(*length).any(is_known))
    }

    fn add(&mut self, flagged: Flagged) {
        self.digest = OnceLock::new();
        if let Some(voter) = flagged.voter_id.and_then(|voter| usize::try_from(voter).ok()) {
            self.voters.add(voter);
        }
        let id = flagged.state_voter_id.trim().to_ascii_uppercase();
        let id = key(&id);
        if id.len() >= LONG {
            self.lengths.insert(id.len());
        }
        if !id.is_empty() {
            self.ids.insert(id.to_owned());
        }
    }

    /// With the confidential voters of this snapshot, too.
    pub(crate) fn with(&self, record: &SnapshotRecord) -> Result<Self, StoreError> {
        let mut all = self.clone();
        flagged_in(record, true)?.into_iter().for_each(|flagged| all.add(flagged));
        Ok(all)
    }
}

/// An id as it is compared: zeros before it are what a spreadsheet takes away.
fn key(id: &str) -> &str {
    id.trim_start_matches('0')
}

impl Store {
    /// Who is confidential by all that is known of a state, for whomever. Reads from files on the calling thread when a
    /// snapshot has come, gone or changed its status since.
    pub(crate) async fn confidential(&self, state: StateCode) -> Result<Arc<Confidential>, StoreError> {
        let snapshots = self.records(state).await?;
        let version: Version =
            snapshots.iter().map(|record| (record.id.clone(), record.status, record.is_current)).collect();
        if let Some(known) = self.confidential.get(state, &version) {
            return Ok(known);
        }
        let known = Arc::new(known(&snapshots)?);
        self.confidential.put(state, version, &known);
        Ok(known)
    }
}

/// Who is confidential by all snapshots of a state.
fn known(snapshots: &[SnapshotRecord]) -> Result<Confidential, StoreError> {
    let mut known = Confidential::default();
    let mut flags: HashMap<Flagged, (String, String)> = HashMap::new();
    let mut current = None;
    for record in snapshots {
        if record.is_current {
            current = Some(record);
            flagged_in(record, true)?.into_iter().for_each(|flagged| known.add(flagged));
            continue;
        }
        // Of an earlier list all that still counts stands in its successors; but not what its own rows held back.
        let whole = record.status != SnapshotStatus::Published;
        for flagged in flagged_in(record, whole)? {
            let when = (record.as_of.to_string(), record.created_at.clone());
            let latest = flags.entry(flagged).or_default();
            *latest = when.max(std::mem::take(latest));
        }
    }
    if let Some(current) = current
        && !flags.is_empty()
    {
        lifted(current, &mut flags)?;
    }
    flags.into_keys().for_each(|flagged| known.add(flagged));
    Ok(known)
}

/// Takes away the flags of those who have a row of a later list in the current snapshot.
fn lifted(
    current: &SnapshotRecord,
    flags: &mut HashMap<Flagged, (String, String)>,
) -> Result<(), StoreError> {
    let Some(table) = Table::open_if_there(&current.folder.join("voters.parquet"))? else { return Ok(()) };
    let voters: BTreeSet<i64> = flags.keys().filter_map(|flagged| flagged.voter_id).collect();
    let ids: BTreeSet<String> = flags.keys().map(|flagged| flagged.state_voter_id.clone()).collect();
    let mut seen_by_voter: HashMap<i64, String> = HashMap::new();
    let mut seen_by_id: HashMap<String, (i64, String)> = HashMap::new();
    for condition in [Condition::IntegerIn("voter_id", voters), Condition::TextIn("state_voter_id", ids)] {
        let (_, positions) = table.matching(&[condition], &[], 0, usize::MAX)?;
        let batches = table.read(&positions, &["voter_id", "state_voter_id", "last_seen"])?;
        for row in Rows::of(&batches).iter() {
            let Some(voter) = row.integer("voter_id") else { continue };
            // Without a date nothing tells that the row is newer.
            let seen = row.text("last_seen").unwrap_or_default();
            if let Some(id) = row.text("state_voter_id") {
                seen_by_id.insert(id, (voter, seen.clone()));
            }
            seen_by_voter.insert(voter, seen);
        }
    }
    let is_lifted = |seen: &str, (as_of, created_at): &(String, String)| {
        seen > as_of.as_str()
            || (seen == as_of && seen == current.as_of.to_string() && current.created_at > *created_at)
    };
    let mut more = Vec::new();
    flags.retain(|flagged, when| {
        let by_id = seen_by_id.get(&flagged.state_voter_id);
        let by_voter = flagged.voter_id.and_then(|voter| seen_by_voter.get(&voter));
        if let Some((voter, seen)) = by_id {
            if is_lifted(seen, when) {
                return false;
            }
            // The same person may have another id of ours since.
            more.push((Flagged { voter_id: Some(*voter), ..flagged.clone() }, when.clone()));
        }
        by_voter.is_none_or(|seen| !is_lifted(seen, when))
    });
    flags.extend(more);
    Ok(())
}

/// Whether a snapshot calls a voter confidential in a way that counts beside the current one: see [`known`].
pub(crate) fn flags(record: &SnapshotRecord, VoterId(voter): VoterId) -> Result<bool, StoreError> {
    if flagged_in(record, false)?.iter().any(|flagged| flagged.voter_id == Some(voter)) {
        return Ok(true);
    }
    if record.status == SnapshotStatus::Published {
        return Ok(false);
    }
    let Some(table) = Table::open_if_there(&record.folder.join("voters.parquet"))? else { return Ok(false) };
    let wanted = [Condition::Integer("voter_id", voter), Condition::True("confidential")];
    Ok(table.matching(&wanted, &[], 0, 1)?.0 > 0)
}

/// Those of a snapshot: of its file beside the tables, and of its voters if `whole`.
fn flagged_in(record: &SnapshotRecord, whole: bool) -> Result<BTreeSet<Flagged>, StoreError> {
    let path = record.folder.join(CONFIDENTIAL_FILE);
    let mut found: BTreeSet<Flagged> = if path.exists() { read_json(&path)? } else { BTreeSet::new() };
    if whole {
        found.extend(of_table(&record.folder)?);
    }
    Ok(found)
}

fn of_table(folder: &Path) -> Result<BTreeSet<Flagged>, StoreError> {
    let Some(table) = Table::open_if_there(&folder.join("voters.parquet"))? else {
        return Ok(BTreeSet::new());
    };
    let (_, positions) = table.matching(&[Condition::True("confidential")], &[], 0, usize::MAX)?;
    let batches = table.read(&positions, &["voter_id", "state_voter_id"])?;
    let flagged = Rows::of(&batches).iter().map(|row| Flagged {
        voter_id: row.integer("voter_id"),
        state_voter_id: row.text("state_voter_id").unwrap_or_default(),
    });
    Ok(flagged.collect())
}

/// Keeps who is confidential in a load of which only its report will be left. A table that is damaged tells nobody.
pub(crate) fn keep(act: &Act<'_, Load>, record: &SnapshotRecord) -> Result<(), StoreError> {
    let mut flagged = flagged_in(record, false)?;
    if let Ok(of_table) = of_table(&record.folder) {
        flagged.extend(of_table);
    }
    Flagged::write(act, &record.folder, &flagged)
}
