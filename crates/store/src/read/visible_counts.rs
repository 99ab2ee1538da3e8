//! How many voters and households of a snapshot exist for a scope.

use super::row_filter::{Area, PLACE, Places};
use super::table::{Table, integer};
use super::{Confidential, View};
use crate::error::StoreError;
use crate::household_key::HOUSEHOLD;
use arrow_array::Array;
use hustings_voterfile::schema::Table as SchemaTable;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// Counts of those on the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VisibleCounts {
    /// Voters.
    pub(crate) voters: u64,
    /// Households; none where that column does not exist.
    pub(crate) households: u64,
}

impl VisibleCounts {
    /// Counts them in a snapshot's folder.
    pub(crate) fn of(
        view: &View<'_>,
        confidential: &Arc<Confidential>,
        folder: &Path,
    ) -> Result<Self, StoreError> {
        let Some(table) = Table::open_if_there(&folder.join("voters.parquet"))? else {
            return Ok(Self::default());
        };
        let filters = view.rows(confidential);
        let counted = view.column(SchemaTable::Voters, HOUSEHOLD).then(|| view.part_with(HOUSEHOLD));
        let mut columns = PLACE.to_vec();
        columns.extend(["dropped_at", HOUSEHOLD]);
        let mut voters = 0;
        let mut households = HashSet::new();
        for batch in table.reader(&columns, Some(&table.ranges(&filters)?))? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            let places = Places::of(&batch).map_err(|error| table.damaged(&error))?;
            let exists = places.mask(&filters, batch.num_rows());
            let dropped = batch.column_by_name("dropped_at");
            let household = batch.column_by_name(HOUSEHOLD).zip(counted.as_ref());
            for row in (0..batch.num_rows()).filter(|row| exists[*row]) {
                if dropped.is_some_and(|dropped| dropped.is_valid(row)) {
                    continue;
                }
                voters += 1;
                let seen = |areas: &Option<Vec<Area>>| {
                    let covers = |area: &Area| area.covers(places.county(row), places.precinct(row));
                    areas.as_ref().is_none_or(|areas| areas.iter().any(covers))
                };
                let household = household.filter(|(_, areas)| seen(areas));
                households.extend(household.and_then(|(array, _)| integer(array, row)));
            }
        }
        Ok(Self { voters, households: u64::try_from(households.len()).unwrap_or(u64::MAX) })
    }
}
