//! Looking into a run's list: rows by what stands in them, and what lies around a pair.

use super::MatchRow;
use crate::error::StoreError;
use crate::read::Home;
use crate::read::row_filter::PLACE;
use crate::read::table::{Condition, Rows, Table};
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::StateCode;
use std::collections::{BTreeMap, BTreeSet};

/// So many voters of one name are counted.
pub const NAMED_MAX: usize = 100;
/// So many who live in a city are looked at: not all of them are confidential.
const LIVING_MAX: usize = 50;

/// What lies around a doubtful pair, of the voters that exist for the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MatchSurroundings {
    /// How many have the voter's first and last name, [`NAMED_MAX`] at most.
    pub named: usize,
    /// Whether any of them lives in the city that the list says; none where that is not known.
    pub is_city_there: Option<bool>,
}

impl Store {
    /// Rows of a run's list by their numbers; none where there is no such run.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn match_rows(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        run: &str,
        rows: BTreeSet<u32>,
    ) -> Result<BTreeMap<u32, MatchRow>, StoreError> {
        match self.open_run(scope, state, run).await? {
            Some(open) if !rows.is_empty() => Ok(self.rows_of(&open, rows)?.into_iter().collect()),
            _ => Ok(BTreeMap::new()),
        }
    }

    /// Numbers of the rows in which every word of a query stands in some cell, by letters and digits alone.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn find_match_rows(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        run: &str,
        query: &str,
    ) -> Result<BTreeSet<u32>, StoreError> {
        let words = words(query);
        let mut found = BTreeSet::new();
        let Some(open) = self.open_run(scope, state, run).await?.filter(|_| !words.is_empty()) else {
            return Ok(found);
        };
        self.each_row(&open, |number, _, cells| {
            let cells: Vec<String> = cells.iter().map(|cell| bare(cell)).collect();
            if words.iter().all(|word| cells.iter().any(|cell| cell.contains(word))) {
                found.insert(number);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// What lies around a pair: the voter's first and last name as the record has them, and the city that the list says.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn match_surroundings(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        (first, last): (&str, &str),
        city: &str,
    ) -> Result<MatchSurroundings, StoreError> {
        let view = self.view(scope, state);
        let mut around = MatchSurroundings::default();
        let Some(record) = self.current_record(state).await?.filter(|_| view.exists()) else {
            return Ok(around);
        };
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let known = self.confidential(state).await?;
        if !first.is_empty() && !last.is_empty() {
            let name = [
                Condition::Text("name_last", last.to_owned()),
                Condition::Text("name_first", first.to_owned()),
            ];
            let filters = view.rows_with(&["name_last", "name_first"], &known);
            around.named = table.first(&name, &filters, NAMED_MAX)?.len();
        }
        if !city.is_empty() {
            let there = [Condition::Prefix("res_city", city.to_owned())];
            let positions = table.first(&there, &view.rows_with(&["res_city"], &known), LIVING_MAX)?;
            let batches = table.read(&positions, &PLACE)?;
            // Where a confidential voter lives, nobody is said to live.
            around.is_city_there =
                Some(Rows::of(&batches).iter().any(|row| !Home::of(row, &known).confidential));
        }
        Ok(around)
    }
}

/// The words of a query; a telephone number is one word, however it is written.
fn words(query: &str) -> Vec<String> {
    let is_number = query.chars().all(|letter| !letter.is_alphabetic());
    let words: Vec<String> = match is_number {
        true => vec![bare(query)],
        false => query.split_whitespace().map(bare).collect(),
    };
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

fn bare(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_word_and_names_are_several() {
        assert_eq!(words(" (919) 555-01 23 "), ["9195550123"]);
        assert_eq!(words("O'Neil  Zoë"), ["oneil", "zoë"]);
        assert!(words(" - ").is_empty());
    }
}
