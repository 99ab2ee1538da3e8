//! From the state's voter id, as somebody's spreadsheet has mangled it, or from the organization's own key, to the voter.

use crate::error::StoreError;
use crate::read::row_filter::{PLACE, mask};
use crate::read::table::{Table, integer, plain};
use crate::read::{Confidential, View};
use arrow_array::Array;
use arrow_array::cast::AsArray;
use hustings_core::VoterId;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

const STATE_ID: &str = "state_voter_id";

/// The voter behind a key of the organization's own.
type OfKey<'a> = Box<dyn Fn(&str) -> Option<VoterId> + Send + Sync + 'a>;

/// Voters of a snapshot by the digest of the state's id: 128 bits, so that no two ids of a state meet.
pub(super) struct VoterIds<'a> {
    exact: HashMap<u128, i64>,
    /// Ids of digits only which begin with zeros, without them; none where two voters would meet.
    without_zeros: HashMap<u128, Option<i64>>,
    /// All voters that exist, ascending: found by key.
    existing: Vec<i64>,
    of_key: OfKey<'a>,
}

impl<'a> VoterIds<'a> {
    /// The voters of a snapshot's folder that exist for a view: by the state's id where the view has that column.
    pub(super) fn of(
        folder: &Path,
        view: &View<'_>,
        confidential: &Arc<Confidential>,
        of_key: impl Fn(&str) -> Option<VoterId> + Send + Sync + 'a,
    ) -> Result<Self, StoreError> {
        let (filters, with_id) = (view.rows(confidential), view.rows_with(&[STATE_ID], confidential));
        let table = Table::open(&folder.join("voters.parquet"))?;
        let mut ids = Self {
            exact: HashMap::with_capacity(usize::try_from(table.rows()).unwrap_or(0)),
            without_zeros: HashMap::new(),
            existing: Vec::new(),
            of_key: Box::new(of_key),
        };
        let mut columns = vec!["voter_id", STATE_ID, "dropped_at"];
        if !filters.is_empty() {
            columns.extend(PLACE);
        }
        for batch in table.reader(&columns, Some(&table.ranges(&filters)?))? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            let column = |name: &str| {
                let array = batch.column_by_name(name).cloned();
                array.ok_or_else(|| table.damaged(&format!("column {name} is missing")))
            };
            let voters = column("voter_id")?;
            let dropped = column("dropped_at")?;
            let states = plain(column(STATE_ID)?).map_err(|error| table.damaged(&error))?;
            let states = states
                .as_string_opt::<i32>()
                .ok_or_else(|| table.damaged("column state_voter_id is not text"))?;
            let exists = mask(&batch, &filters, |detail| table.damaged(detail))?;
            let has_id = mask(&batch, &with_id, |detail| table.damaged(detail))?;
            for row in (0..batch.num_rows()).filter(|row| exists[*row]) {
                let Some(voter) = integer(&voters, row) else { continue };
                ids.existing.push(voter);
                if states.is_valid(row) && has_id[row] {
                    ids.add(&normal(states.value(row)), voter, dropped.is_valid(row));
                }
            }
        }
        ids.existing.sort_unstable();
        Ok(ids)
    }

    fn add(&mut self, id: &str, voter: i64, dropped: bool) {
        if id.is_empty() {
            return;
        }
        let key = xxh3_128(id.as_bytes());
        // Of two rows with one id, the one that is on the list.
        if !dropped || !self.exact.contains_key(&key) {
            self.exact.insert(key, voter);
        }
        if id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit()) {
            let short = xxh3_128(id.trim_start_matches('0').as_bytes());
            self.without_zeros
                .entry(short)
                .and_modify(|known| {
                    if *known != Some(voter) {
                        *known = None;
                    }
                })
                .or_insert(Some(voter));
        }
    }

    /// The voter: by the id as it stands but for blanks and case; else without the `.0` of a spreadsheet; else with the
    /// leading zeros that a spreadsheet took, if only one voter is meant; else by the organization's own key.
    pub(super) fn find(&self, id: &str) -> Option<i64> {
        self.by_state_id(id).or_else(|| {
            let VoterId(voter) = (self.of_key)(id)?;
            self.existing.binary_search(&voter).is_ok().then_some(voter)
        })
    }

    fn by_state_id(&self, id: &str) -> Option<i64> {
        let id = normal(id);
        let exact = |id: &str| self.exact.get(&xxh3_128(id.as_bytes())).copied();
        if let Some(voter) = exact(&id) {
            return Some(voter);
        }
        let digits = match id.split_once('.') {
            Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
            _ => id.as_str(),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        exact(digits).or_else(|| {
            let short = digits.trim_start_matches('0');
            self.without_zeros.get(&xxh3_128(short.as_bytes())).copied().flatten()
        })
    }
}

/// Upper case, without blanks around.
fn normal(id: &str) -> String {
    id.trim().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_nobody() -> VoterIds<'static> {
        VoterIds {
            exact: HashMap::new(),
            without_zeros: HashMap::new(),
            existing: vec![1, 2],
            of_key: Box::new(|key| match key {
                "one" => Some(VoterId(1)),
                "three" => Some(VoterId(3)),
                _ => None,
            }),
        }
    }

    #[test]
    fn ids_are_found_as_spreadsheets_leave_them_and_never_guessed() {
        let mut ids = of_nobody();
        for (id, voter) in
            [("AB12", 1), ("00012345", 2), ("777", 3), ("0042", 4), ("00042", 5), ("009", 6), ("9", 7)]
        {
            ids.add(id, voter, false);
        }
        let check = |id: &str, expected: Option<i64>| assert_eq!(ids.find(id), expected, "{id}");
        check(" ab12 ", Some(1));
        check("AB12.0", None);
        check("12345", Some(2));
        check("12345.0", Some(2));
        check("0012345", Some(2));
        check("777.00", Some(3));
        // Two voters would be meant.
        check("42", None);
        check("0042", Some(4));
        // The id as it stands comes first.
        check("9", Some(7));
        check("12346", None);
        check("", None);
        check("0", None);
        // By key, who exists.
        check("one", Some(1));
        check("three", None);
    }

    #[test]
    fn of_two_rows_with_one_id_the_one_on_the_list_counts() {
        let mut ids = of_nobody();
        ids.add("AB12", 1, false);
        ids.add("AB12", 2, true);
        assert_eq!(ids.find("AB12"), Some(1));
    }
}
