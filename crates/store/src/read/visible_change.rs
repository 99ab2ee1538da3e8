//! Which changes exist for a scope, and what of them: decided by where their voters live, now and before.

use super::row_filter::PLACE;
use super::table::{Condition, Rows, Table};
use super::voter::Home;
use super::{ChangeRow, Confidential, View};
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use hustings_core::StateCode;
use hustings_voterfile::change::{ChangeKind, columns_told};
use hustings_voterfile::schema::{Table as SchemaTable, parquet_name};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Where some voters live in one snapshot.
#[derive(Default)]
pub(super) struct Homes(HashMap<i64, Home>);

impl Homes {
    /// As the snapshot in this folder has them.
    pub(super) fn of(
        folder: &Path,
        voters: &BTreeSet<i64>,
        known: &Confidential,
    ) -> Result<Self, StoreError> {
        let Some(table) = Table::open_if_there(&folder.join("voters.parquet"))? else {
            return Ok(Self::default());
        };
        let positions =
            table.first(&[Condition::IntegerIn("voter_id", voters.clone())], &[], voters.len())?;
        let batches = table.read(&positions, &PLACE)?;
        let rows = Rows::of(&batches);
        let homes = rows.iter().filter_map(|row| Some((row.integer("voter_id")?, Home::of(row, known))));
        Ok(Self(homes.collect()))
    }

    pub(super) fn get(&self, voter: i64) -> Option<&Home> {
        self.0.get(&voter)
    }
}

/// Whether a change tells that somebody new may be somebody who left, whom it names: who left may have lived outside.
pub(super) fn names_a_candidate(kind: &str, old: Option<&str>) -> bool {
    kind == ChangeKind::IdDoubtful.as_str() && old.is_some_and(|old| !old.is_empty())
}

/// What identity is decided by.
const IDENTITY: [&str; 12] = [
    "name_first",
    "name_middle",
    "name_last",
    "name_suffix",
    "birth_date",
    "birth_year",
    "gender",
    "res_std_line",
    "res_city",
    "res_zip5",
    "phone",
    "registration_date",
];

/// Whether a change of a voter who lives there exists: the voter does, and the column does. `value` is what is now, else
/// what was before.
pub(super) fn exists(
    view: &View<'_>,
    state: StateCode,
    home: Option<&Home>,
    column: Option<&str>,
    value: Option<&str>,
) -> bool {
    home.is_some_and(|home| {
        view.row(home.place(state), home.confidential)
            && column.is_none_or(|column| {
                column.is_empty() || tells_what_is_seen(view, state, home, column, value)
            })
    })
}

/// Whether every column whose values a change of this one tells is seen there: a new name is told whole, and of a district
/// the one that is meant.
fn tells_what_is_seen(
    view: &View<'_>,
    state: StateCode,
    home: &Home,
    column: &str,
    value: Option<&str>,
) -> bool {
    columns_told(&parquet_name(column), value)
        .iter()
        .all(|column| view.cell(home.place(state), SchemaTable::Voters, column))
}

/// A change that exists for a scope.
pub(super) struct VisibleChange {
    pub(super) position: usize,
    pub(super) voter: i64,
    /// Whether it may be told in which county the voter lives.
    pub(super) county_told: bool,
}

/// The changes that exist for a scope which does not see all, in the file's order.
pub(super) fn visible_changes(
    view: &View<'_>,
    record: &SnapshotRecord,
    table: &Table,
    conditions: &[Condition],
    known: &Confidential,
) -> Result<Vec<VisibleChange>, StoreError> {
    let (_, all) = table.matching(conditions, &[], 0, usize::MAX)?;
    let batches = table.read(&all, &["voter_id", "kind", "column", "old", "new"])?;
    let voters = Rows::of(&batches).iter().filter_map(|row| row.integer("voter_id")).collect();
    let homes = Homes::of(&record.folder, &voters, known)?;
    let counties = view.counties_told();
    let visible = Rows::of(&batches).iter().zip(&all).filter_map(|(row, &position)| {
        let voter = row.integer("voter_id")?;
        let home = homes.get(voter)?;
        if names_a_candidate(&row.text("kind").unwrap_or_default(), row.text("old").as_deref()) {
            return None;
        }
        let value = row.text("new").or_else(|| row.text("old"));
        let county_told = counties.of(&home.county, &home.precinct);
        exists(view, record.state, Some(home), row.text("column").as_deref(), value.as_deref())
            .then_some(VisibleChange { position, voter, county_told })
    });
    Ok(visible.collect())
}

/// Takes away what does not exist for the scope: columns of the voter that are not granted, and what was where the voter
/// lived before, outside.
pub(super) fn restrict(
    view: &View<'_>,
    state: StateCode,
    change: &mut ChangeRow,
    home: Option<&Home>,
    before: Option<&Home>,
) {
    if view.is_whole() {
        return;
    }
    let seen = |home: Option<&Home>, column: &str| {
        home.is_some_and(|home| view.cell(home.place(state), SchemaTable::Voters, column))
    };
    if !seen(home, "state_voter_id") {
        change.state_voter_id = None;
    }
    if !seen(home, "county_name") {
        change.county_name = None;
    }
    if !IDENTITY.iter().all(|column| seen(home, column) && seen(before, column)) {
        change.reason = None;
    }
    let value = change.new.as_deref().or(change.old.as_deref());
    if let Some(column) = change.column.as_deref()
        && !before.is_some_and(|before| tells_what_is_seen(view, state, before, column, value))
    {
        change.old = None;
    }
}
