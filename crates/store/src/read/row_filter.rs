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
    pub(super) fn counties(&self) -> Option<BTreeSet<String>> {
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

    /// Where nothing is asked of a row but whether its voter is confidential: who is, whether a row passes of one who is
    /// not, and of one who is.
    pub(super) fn by_confidential_alone(filters: &[Self]) -> Option<(&Confidential, [bool; 2])> {
        let known = &filters.first()?.known;
        let asks_where =
            Self::columns(filters).any(|column| ["county_name", "precinct_code"].contains(&column));
        let passes = |confidential| filters.iter().all(|filter| filter.covers("", "", confidential));
        (!asks_where).then(|| (known.as_ref(), [passes(false), passes(true)]))
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

#[cfg(test)]
mod tests {
    use super::super::table::{Condition, Table};
    use super::*;
    use crate::testing::folder;
    use arrow_array::Int64Array;
    use parquet::arrow::ArrowWriter;
    use std::fs::File;
    use std::path::Path;

    const ROWS: i64 = 3000;

    /// Every hundredth row from `first` on says itself that the voter is confidential.
    fn write(path: &Path, first: i64) {
        let flags: BooleanArray = (0..ROWS).map(|row| Some(row % 100 == first)).collect();
        let names: StringArray =
            (0..ROWS).map(|row| Some(if row % 3 == 0 { "STONE" } else { "Reed" })).collect();
        let ids: Int64Array = (0..ROWS).map(|row| Some(row + 10)).collect();
        let columns: [(&str, ArrayRef); 3] =
            [("voter_id", Arc::new(ids)), ("name_last", Arc::new(names)), ("confidential", Arc::new(flags))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn found(
        table: &Table,
        conditions: &[Condition],
        areas: [&[Area]; 2],
        known: &Arc<Confidential>,
    ) -> Vec<usize> {
        let filter = RowFilter::new(areas[0].to_vec(), areas[1].to_vec(), known);
        table.matching(conditions, &[filter], 0, usize::MAX).unwrap().1
    }

    #[test]
    fn who_is_confidential_is_the_same_asked_of_few_rows_and_of_many_and_again() {
        let folder = folder();
        let path = folder.path().join("voters.parquet");
        write(&path, 0);
        let everywhere = [Area { counties: Span::All, precincts: Span::All }];
        let known = Arc::new(Confidential::of_voters(&[17, 18]));
        let stone = [Condition::Prefix("name_last", "st".to_owned())];
        let plain = |first: i64, hidden: &[i64]| -> Vec<usize> {
            let rows = (0..ROWS).filter(|row| row % 3 == 0 && row % 100 != first);
            rows.filter(|row| !hidden.contains(&(row + 10)))
                .map(|row| usize::try_from(row).unwrap())
                .collect()
        };
        let table = Table::open(&path).unwrap();
        // Few rows: asked of each. All rows: looked up for the whole table. Then it is kept.
        assert_eq!(found(&table, &stone, [&everywhere, &[]], &known), plain(0, &[17, 18]));
        assert_eq!(found(&table, &[], [&everywhere, &[]], &known).len(), 3000 - 30 - 2);
        assert_eq!(found(&table, &stone, [&everywhere, &[]], &known), plain(0, &[17, 18]));
        assert_eq!(found(&table, &stone, [&everywhere, &everywhere], &known).len(), 1000);
        assert_eq!(found(&table, &stone, [&[], &everywhere], &known), Vec::<usize>::new());
        // Somebody is known besides, by what another list said: the rows that were kept are not those of before.
        let more = Arc::new(Confidential::of_voters(&[17, 18, 19]));
        assert_eq!(found(&table, &stone, [&everywhere, &[]], &more), plain(0, &[17, 18, 19]));
        // Another file in the same place.
        write(&path, 3);
        let table = Table::open(&path).unwrap();
        assert_eq!(found(&table, &stone, [&everywhere, &[]], &known), plain(3, &[17, 18]));
    }
}
