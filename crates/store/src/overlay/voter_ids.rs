//! From the state's voter id, as somebody's spreadsheet has mangled it, to the voter.

use crate::error::StoreError;
use crate::read::row_filter::{PLACE, RowFilter, mask};
use crate::read::table::{Table, integer, plain};
use arrow_array::Array;
use arrow_array::cast::AsArray;
use std::collections::HashMap;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// Voters of a snapshot by the digest of the state's id: 128 bits, so that no two ids of a state meet.
pub(super) struct VoterIds {
    exact: HashMap<u128, i64>,
    /// Ids of digits only which begin with zeros, without them; none where two voters would meet.
    without_zeros: HashMap<u128, Option<i64>>,
}

impl VoterIds {
    /// The voters of a snapshot's folder that pass the filters.
    pub(super) fn of(folder: &Path, filters: &[RowFilter]) -> Result<Self, StoreError> {
        let table = Table::open(&folder.join("voters.parquet"))?;
        let mut ids = Self {
            exact: HashMap::with_capacity(usize::try_from(table.rows()).unwrap_or(0)),
            without_zeros: HashMap::new(),
        };
        let mut columns = vec!["voter_id", "state_voter_id", "dropped_at"];
        if !filters.is_empty() {
            columns.extend(PLACE);
        }
        for batch in table.reader(&columns, Some(&table.ranges(filters)?))? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            let column = |name: &str| {
                let array = batch.column_by_name(name).cloned();
                array.ok_or_else(|| table.damaged(&format!("column {name} is missing")))
            };
            let voters = column("voter_id")?;
            let dropped = column("dropped_at")?;
            let states = plain(column("state_voter_id")?).map_err(|error| table.damaged(&error))?;
            let states = states
                .as_string_opt::<i32>()
                .ok_or_else(|| table.damaged("column state_voter_id is not text"))?;
            let exists = mask(&batch, filters, |detail| table.damaged(detail))?;
            for row in (0..batch.num_rows()).filter(|row| states.is_valid(*row) && exists[*row]) {
                if let Some(voter) = integer(&voters, row) {
                    ids.add(&normal(states.value(row)), voter, dropped.is_valid(row));
                }
            }
        }
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
    /// leading zeros that a spreadsheet took, if only one voter is meant.
    pub(super) fn find(&self, id: &str) -> Option<i64> {
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

    #[test]
    fn ids_are_found_as_spreadsheets_leave_them_and_never_guessed() {
        let mut ids = VoterIds { exact: HashMap::new(), without_zeros: HashMap::new() };
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
    }

    #[test]
    fn of_two_rows_with_one_id_the_one_on_the_list_counts() {
        let mut ids = VoterIds { exact: HashMap::new(), without_zeros: HashMap::new() };
        ids.add("AB12", 1, false);
        ids.add("AB12", 2, true);
        assert_eq!(ids.find("AB12"), Some(1));
    }
}
