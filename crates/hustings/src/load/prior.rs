//! The predecessor's voters, read back from its `voters.parquet`.

use super::LoadError;
use super::arrivals::{GLIMPSED, Glimpses};
use super::tally::{Streets, for_each_street, text};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use hustings_store::snapshot_scan::TableScan;
use hustings_voterfile::change::{fingerprints, is_compared};
use hustings_voterfile::identity::{IdKey, PriorVoter, PriorVoters};

/// What is read of every voter, beside [`GLIMPSED`]; county and street for [`for_each_street`].
const INDEXED: [&str; 8] = [
    "voter_id",
    "state_voter_id",
    "legacy_voter_id",
    "first_seen",
    "dropped_at",
    "fingerprint",
    "county_name",
    "res_street_name",
];

/// Reads the index of all voters and their streets, on all threads.
///
/// # Errors
/// The table cannot be read.
pub fn read(table: &TableScan) -> Result<(PriorVoters, Streets), LoadError> {
    // A snapshot of an older program has no fingerprints: they are computed from its columns.
    let has_fingerprints = table.columns().iter().any(|name| name == "fingerprint");
    let columns: Vec<String> = table
        .columns()
        .into_iter()
        .filter(|name| {
            INDEXED.contains(&name.as_str())
                || GLIMPSED.contains(&name.as_str())
                || (!has_fingerprints && is_compared(name))
        })
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut prior = PriorVoters::with_capacity(usize::try_from(table.rows()).unwrap_or(0));
    let mut streets = Streets::default();
    table.for_each_group(
        &columns,
        super::blocks::threads(),
        |batches| {
            let mut streets = Streets::default();
            for batch in &batches {
                for_each_street(batch, |hash, _, _| {
                    streets.insert(hash);
                });
            }
            (batches.iter().map(voters).collect::<Vec<_>>(), streets)
        },
        |(groups, more)| {
            streets.extend(more);
            for (key, legacy, voter) in groups.into_iter().flatten() {
                prior.push(key, legacy, voter);
            }
        },
    )?;
    Ok((prior, streets))
}

fn voters(batch: &RecordBatch) -> Vec<(IdKey, Option<IdKey>, PriorVoter)> {
    let prints = match batch.column_by_name("fingerprint") {
        Some(stored) => stored.as_primitive::<Int64Type>().values().to_vec(),
        None => fingerprints(batch),
    };
    let ids = text(batch, "state_voter_id");
    let legacy = text(batch, "legacy_voter_id");
    let voter_ids = batch.column_by_name("voter_id").map(|array| array.as_primitive::<Int64Type>());
    let first_seen = batch.column_by_name("first_seen").map(|array| array.as_primitive::<Date32Type>());
    let dropped_at = batch.column_by_name("dropped_at");
    let glimpses = Glimpses::of(batch);
    prints
        .into_iter()
        .enumerate()
        .map(|(row, fingerprint)| {
            let voter = PriorVoter {
                voter_id: voter_ids.map_or(0, |array| array.value(row)),
                fingerprint,
                first_seen: first_seen.map_or(0, |array| array.value(row)),
                dropped: dropped_at.is_some_and(|array| array.is_valid(row)),
                glimpse: glimpses.get(row),
            };
            let key = IdKey::new(ids.map_or("", |array| array.value(row)));
            let legacy = legacy.filter(|array| array.is_valid(row)).map(|array| IdKey::new(array.value(row)));
            (key, legacy, voter)
        })
        .collect()
}
