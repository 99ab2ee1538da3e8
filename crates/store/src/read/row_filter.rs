//! Rows of voters that exist for a scope, told from the columns that say where a voter lives.

use super::Confidential;
use super::table::{integer, plain};
use crate::error::StoreError;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use hustings_access::{Precinct, Right, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The columns that decide.
pub(crate) const PLACE: [&str; 4] = ["county_name", "precinct_code", "confidential", "voter_id"];

/// Where: some counties, and of them some precincts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Area {
    counties: Span<String>,
    precincts: Span<Precinct>,
}

impl Area {
    pub(crate) fn of(right: &Right) -> Self {
        Self { counties: right.counties.clone(), precincts: right.precincts.clone() }
    }

    pub(crate) fn is_everywhere(&self) -> bool {
        self.counties == Span::All && self.precincts == Span::All
    }

    pub(crate) fn covers(&self, county: &str, precinct: &str) -> bool {
        self.counties.covers(county)
            && match &self.precincts {
                Span::All => true,
                Span::Only(some) => some.iter().any(|one| one.county == county && one.precinct == precinct),
            }
    }

    /// The counties in which it lies; none: anywhere.
    fn counties(&self) -> Option<BTreeSet<String>> {
        match (&self.counties, &self.precincts) {
            (Span::Only(counties), _) => Some(counties.clone()),
            (Span::All, Span::Only(precincts)) => {
                Some(precincts.iter().map(|one| one.county.clone()).collect())
            }
            (Span::All, Span::All) => None,
        }
    }
}

/// Rows within some areas, and confidential ones within others besides.
#[derive(Debug, Clone)]
pub(crate) struct RowFilter {
    areas: Vec<Area>,
    confidential: Vec<Area>,
    known: Arc<Confidential>,
}

impl RowFilter {
    /// `known`: who is confidential besides those of whom the row itself says so.
    pub(crate) fn new(areas: Vec<Area>, confidential: Vec<Area>, known: &Arc<Confidential>) -> Self {
        Self { areas, confidential, known: Arc::clone(known) }
    }

    /// The counties outside which there is no row; none: there may be anywhere.
    pub(crate) fn counties(&self) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for area in &self.areas {
            all.extend(area.counties()?);
        }
        Some(all)
    }

    /// The columns by which these filters decide: where nobody asks for the place of a voter, it is not read.
    pub(crate) fn columns(filters: &[Self]) -> impl Iterator<Item = &'static str> {
        let areas = || filters.iter().flat_map(|filter| filter.areas.iter().chain(&filter.confidential));
        let by_precinct = areas().any(|area| area.precincts != Span::All);
        let by_county = by_precinct || areas().any(|area| area.counties != Span::All);
        let [county, precinct, confidential, voter] = PLACE;
        [(by_county, county), (by_precinct, precinct), (true, confidential), (true, voter)]
            .into_iter()
            .filter_map(|(asks, column)| asks.then_some(column))
    }

    fn covers(&self, county: &str, precinct: &str, confidential: bool) -> bool {
        let within = |areas: &[Area]| areas.iter().any(|area| area.covers(county, precinct));
        within(&self.areas) && (!confidential || within(&self.confidential))
    }
}

/// Where the voters of a batch live. What a table does not say is as if it were empty; a voter of whom it does not say
/// who they are, or whether they are confidential, is.
pub(crate) struct Places {
    county: Option<StringArray>,
    precinct: Option<StringArray>,
    confidential: Option<BooleanArray>,
    voter: Option<ArrayRef>,
}

impl Places {
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self, String> {
        let text = |name: &str| -> Result<Option<StringArray>, String> {
            let Some(array) = batch.column_by_name(name).cloned() else { return Ok(None) };
            Ok(plain(array)?.as_string_opt::<i32>().cloned())
        };
        let flag = |array: &ArrayRef| array.as_boolean_opt().cloned();
        Ok(Self {
            county: text("county_name")?,
            precinct: text("precinct_code")?,
            confidential: batch.column_by_name("confidential").and_then(flag),
            voter: batch.column_by_name("voter_id").cloned(),
        })
    }

    pub(crate) fn county(&self, row: usize) -> &str {
        value(self.county.as_ref(), row)
    }

    pub(crate) fn precinct(&self, row: usize) -> &str {
        value(self.precinct.as_ref(), row)
    }

    /// Whether the row says so, or all that is known of the voter.
    pub(crate) fn is_confidential(&self, row: usize, known: &Confidential) -> bool {
        self.confidential.as_ref().is_none_or(|flags| flags.is_valid(row) && flags.value(row))
            || self
                .voter
                .as_ref()
                .and_then(|voters| integer(voters, row))
                .is_none_or(|voter| known.has(voter))
    }

    /// Which rows of the batch, which has this many, pass all filters. Neighbors in a list live near one another: what
    /// was answered for the row before is not asked again.
    pub(crate) fn mask(&self, filters: &[RowFilter], rows: usize) -> Vec<bool> {
        let mut mask = Vec::with_capacity(rows);
        let Some(known) = filters.first().map(|filter| &filter.known) else { return vec![true; rows] };
        let mut last: Option<((&str, &str, bool), bool)> = None;
        for row in 0..rows {
            let place = (self.county(row), self.precinct(row), self.is_confidential(row, known));
            let passes = match last {
                Some((known, passes)) if known == place => passes,
                _ => filters.iter().all(|filter| filter.covers(place.0, place.1, place.2)),
            };
            last = Some((place, passes));
            mask.push(passes);
        }
        mask
    }
}

fn value(array: Option<&StringArray>, row: usize) -> &str {
    array.filter(|array| array.is_valid(row)).map_or("", |array| array.value(row))
}

/// As [`Places::mask`] for a batch of a table.
pub(crate) fn mask(
    batch: &RecordBatch,
    filters: &[RowFilter],
    damaged: impl Fn(&str) -> StoreError,
) -> Result<Vec<bool>, StoreError> {
    let places = Places::of(batch).map_err(|error| damaged(&error))?;
    Ok(places.mask(filters, batch.num_rows()))
}
