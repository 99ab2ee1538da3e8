//! Who has which number in which county: the second key of a vote, with which the first one is checked.

use super::LoadError;
use super::tally::text;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use hustings_store::snapshot_scan::TableScan;
use hustings_voterfile::identity::IdMap;
use xxhash_rust::xxh3::xxh3_64;

/// Voters on the list by county and number: about 24 bytes a voter.
#[derive(Debug, Default)]
pub struct CountyKeys(IdMap<u64, i64>);

/// Two voters have the number: it names nobody.
const SEVERAL: i64 = i64::MIN;

impl CountyKeys {
    /// Reads the keys of all voters who are on the list.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn read(voters: &TableScan) -> Result<Self, LoadError> {
        let mut keys: IdMap<u64, i64> = IdMap::default();
        keys.reserve(usize::try_from(voters.rows()).unwrap_or(0));
        voters.for_each_group(
            &["voter_id", "county_code", "county_voter_id", "dropped_at"],
            super::blocks::threads(),
            |batches| batches.iter().flat_map(keys_of).collect::<Vec<_>>(),
            |group| {
                for (hash, voter_id) in group {
                    keys.entry(hash).and_modify(|owner| *owner = SEVERAL).or_insert(voter_id);
                }
            },
        )?;
        Ok(Self(keys))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of a county's code and a number in it, whatever zeros stand before them.
    #[must_use]
    pub fn hash(county: &str, number: &str) -> u64 {
        let plain = |text: &str| text.trim().trim_start_matches('0').to_ascii_uppercase();
        xxh3_64(format!("{}\t{}", plain(county), plain(number)).as_bytes())
    }

    /// Our id of the one voter who has this county and number.
    #[must_use]
    pub fn owner(&self, hash: u64) -> Option<i64> {
        self.0.get(&hash).copied().filter(|owner| *owner != SEVERAL)
    }
}

fn keys_of(batch: &RecordBatch) -> Vec<(u64, i64)> {
    let voter_ids = batch.column_by_name("voter_id").and_then(|array| array.as_primitive_opt::<Int64Type>());
    let (Some(voter_ids), Some(counties), Some(numbers)) =
        (voter_ids, text(batch, "county_code"), text(batch, "county_voter_id"))
    else {
        return Vec::new();
    };
    let dropped = batch.column_by_name("dropped_at");
    (0..batch.num_rows())
        .filter(|row| counties.is_valid(*row) && numbers.is_valid(*row))
        .filter(|row| dropped.is_none_or(|dropped| dropped.is_null(*row)))
        .map(|row| (CountyKeys::hash(counties.value(row), numbers.value(row)), voter_ids.value(row)))
        .collect()
}
