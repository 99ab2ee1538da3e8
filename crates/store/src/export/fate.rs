//! Which rows go out.

use crate::error::StoreError;
use crate::overlay::OverlayTable;
use crate::read::row_filter::{Places, RowFilter};
use crate::read::table::{Table, integer};
use crate::read::{Confidential, CountiesTold, View};
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use std::ops::Range;

/// Columns that decide whether a row goes out.
pub(crate) const DECIDING: [&str; 5] =
    ["dropped_at", "confidential", "county_name", "voter_id", "precinct_code"];
/// A table without these lets nothing out.
const REQUIRED: [&str; 4] = ["dropped_at", "confidential", "county_name", "voter_id"];

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It does not exist for the scope.
    Absent,
    /// It goes out.
    Goes,
    /// It goes out with an overlay's values and nothing of the list.
    OverlayAlone,
    /// Subtracted: no longer on the list.
    Dropped,
    /// Subtracted: confidential.
    Confidential,
}

/// What is told of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) fate: Fate,
    /// Its county, where the scope may know it.
    pub(crate) county: Option<&'a str>,
    /// Whether an overlay has values for it; not asked of rows that do not go out.
    pub(crate) laid: bool,
}

/// Decides about rows within a scope.
pub(crate) struct Decider<'a> {
    /// Rows that exist, were they not confidential.
    listed: Vec<RowFilter>,
    is_listed: bool,
    counties: CountiesTold,
    known: &'a Confidential,
    overlays: &'a [OverlayTable],
}

impl<'a> Decider<'a> {
    pub(crate) fn new(
        table: &Table,
        view: &View<'_>,
        known: &'a Confidential,
        overlays: &'a [OverlayTable],
    ) -> Result<Self, StoreError> {
        if let Some(missing) = REQUIRED.iter().find(|column| !table.has(column)) {
            let why = format!("column {missing} is missing, and without it nothing goes out");
            return Err(table.damaged(&why));
        }
        Ok(Self {
            listed: view.rows_but_confidential(),
            is_listed: view.exists(),
            counties: view.counties_told(),
            known,
            overlays,
        })
    }

    /// Ranges among which all rows lie that go out.
    pub(crate) fn ranges(&self, table: &Table) -> Result<Vec<Range<usize>>, StoreError> {
        if self.overlays.is_empty() { table.ranges(&self.listed) } else { table.ranges(&[]) }
    }

    /// Calls `take` with what is told of each row of a batch.
    pub(crate) fn each(
        &self,
        batch: &RecordBatch,
        table: &Table,
        mut take: impl FnMut(Told<'_>),
    ) -> Result<(), StoreError> {
        let column = |name: &str| {
            let array = batch.column_by_name(name).cloned();
            array.ok_or_else(|| table.damaged(&format!("column {name} is missing")))
        };
        if column("confidential")?.as_boolean_opt().is_none() {
            return Err(table.damaged("column confidential is not boolean"));
        }
        let places = Places::of(batch).map_err(|error| table.damaged(&error))?;
        let dropped = column("dropped_at")?;
        let voters = match self.overlays {
            [] => None,
            _ => Some(column("voter_id")?),
        };
        let listed = places.mask(&self.listed, batch.num_rows());
        for (row, listed) in listed.into_iter().enumerate() {
            let confidential = places.is_confidential(row, self.known);
            let (county, precinct) = (places.county(row), places.precinct(row));
            let lays = || {
                let voter = voters.as_ref().and_then(|voters| integer(voters, row));
                let shows = |overlay: &OverlayTable| {
                    voter.is_some_and(|voter| overlay.shows(voter, county, precinct))
                };
                self.overlays.iter().any(shows)
            };
            let fate = if listed && self.is_listed {
                match (dropped.is_valid(row), confidential) {
                    (true, _) => Fate::Dropped,
                    (false, true) => Fate::Confidential,
                    (false, false) => Fate::Goes,
                }
            } else if confidential {
                Fate::Absent
            } else if lays() {
                Fate::OverlayAlone
            } else {
                Fate::Absent
            };
            let is_told =
                !matches!(fate, Fate::Absent | Fate::OverlayAlone) && self.counties.of(county, precinct);
            let laid = fate == Fate::OverlayAlone || (fate == Fate::Goes && lays());
            take(Told { fate, county: is_told.then_some(county), laid });
        }
        Ok(())
    }
}
