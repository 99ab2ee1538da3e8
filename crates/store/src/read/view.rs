//! What of a state's list exists for a scope: rows by county and precinct, columns by class and list, confidential voters
//! only where the scope holds `restricted`.

use super::Confidential;
use super::row_filter::{Area, RowFilter};
use super::visible::{class_of, is_within};
use hustings_access::{Place, Right, Scope, Span};
use hustings_core::{FieldClass, StateCode};
use hustings_voterfile::schema::{Schema, Table, parquet_name};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rights of a scope to one state's list.
#[derive(Default)]
pub(crate) struct View<'a> {
    rights: Vec<&'a Right>,
    keeps: bool,
}

impl<'a> View<'a> {
    pub(crate) fn of(scope: &'a Scope<'_>, state: StateCode) -> Self {
        let of_list =
            |right: &&Right| right.state == state && (right.class != FieldClass::Base || names_any(right));
        let rights = scope.rights().iter().filter(of_list).collect();
        Self { rights, keeps: scope.keeps_list(state) }
    }

    /// As [`View::of`] of what the organization itself may see. What only whoever opens the data directory sees counts where
    /// the organization sees none of the list: what is made of both would be granted to nobody.
    pub(crate) fn of_own(scope: &'a Scope<'_>, state: StateCode) -> Self {
        let mut view = Self::of(scope, state);
        let is_own = |right: &Right| right.grant.is_some() || right.owner == *scope.organization();
        if view.of_class(FieldClass::Base).any(is_own) {
            view.rights.retain(|right| is_own(right));
        }
        view
    }

    /// The rights to the list's public columns.
    pub(crate) fn base(&self) -> impl Iterator<Item = &'a Right> {
        self.of_class(FieldClass::Base)
    }

    fn of_class(&self, class: FieldClass) -> impl Iterator<Item = &'a Right> {
        self.rights.iter().copied().filter(move |right| right.class == class)
    }

    /// Whether there is such a list at all. Who may only add to a list that somebody else keeps does not see it.
    pub(crate) fn exists(&self) -> bool {
        self.of_class(FieldClass::Base).next().is_some()
    }

    /// Whether the actor may load the list: what is about all of it exists.
    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Whether every row and every column exists, so that nothing needs to be asked row by row.
    pub(crate) fn is_whole(&self) -> bool {
        let whole =
            |class| self.of_class(class).any(|right| is_everywhere(right) && right.columns == Span::All);
        whole(FieldClass::Base) && whole(FieldClass::Restricted)
    }

    /// Whether every voter who is not confidential exists with all these columns, by one right.
    pub(crate) fn opens_base(&self, columns: &[&str]) -> bool {
        self.of_class(FieldClass::Base).any(|right| {
            is_everywhere(right) && columns.iter().all(|column| names(right, Table::Voters, column))
        }) && columns.iter().all(|column| self.column(Table::Voters, column))
    }

    /// Whether a voter there exists.
    pub(crate) fn row(&self, place: Place<'_>, confidential: bool) -> bool {
        let covered = |class| self.of_class(class).any(|right| right.covers_row(place));
        covered(FieldClass::Base) && (!confidential || covered(FieldClass::Restricted))
    }

    /// Whether a column of a voter there exists: granted there, and of a class that exists with all that it is computed
    /// from.
    pub(crate) fn cell(&self, place: Place<'_>, table: Table, parquet: &str) -> bool {
        self.column_in(table, parquet, |right| right.covers_row(place))
    }

    /// Whether it is told of a voter there that they are confidential, or are not.
    pub(crate) fn tells_confidential(&self, place: Place<'_>) -> bool {
        self.cell(place, Table::Voters, "confidential") || self.row(place, true)
    }

    /// Whether every public column of a voter there exists.
    pub(crate) fn every_column(&self, place: Place<'_>) -> bool {
        self.of_class(FieldClass::Base).any(|right| right.columns == Span::All && right.covers_row(place))
    }

    /// Whether a column exists anywhere.
    pub(crate) fn column(&self, table: Table, parquet: &str) -> bool {
        self.column_in(table, parquet, |_| true)
    }

    fn column_in(&self, table: Table, parquet: &str, there: impl Fn(&Right) -> bool) -> bool {
        let allowed = |class| self.of_class(class).next().is_some();
        let Some(class @ (FieldClass::Base | FieldClass::Restricted)) = class_of(table, parquet) else {
            return false;
        };
        is_within(table, parquet, &allowed)
            && self.of_class(class).any(|right| names(right, table, parquet) && there(right))
    }

    /// Which rows exist.
    pub(crate) fn rows(&self, confidential: &Arc<Confidential>) -> Vec<RowFilter> {
        if self.is_whole() {
            return Vec::new();
        }
        let areas = |class| self.of_class(class).map(Area::of).collect();
        vec![RowFilter::new(areas(FieldClass::Base), areas(FieldClass::Restricted), confidential)]
    }

    /// Which rows exist and have these columns of voters.
    pub(crate) fn rows_with(&self, columns: &[&str], confidential: &Arc<Confidential>) -> Vec<RowFilter> {
        if self.is_whole() {
            return Vec::new();
        }
        let restricted: Vec<Area> = self.of_class(FieldClass::Restricted).map(Area::of).collect();
        columns
            .iter()
            .map(|column| {
                let with =
                    self.of_class(FieldClass::Base).filter(|right| names(right, Table::Voters, column));
                RowFilter::new(with.map(Area::of).collect(), restricted.clone(), confidential)
            })
            .collect()
    }

    /// Which rows exist, were nobody confidential.
    pub(crate) fn rows_but_confidential(&self) -> Vec<RowFilter> {
        let areas: Vec<Area> = self.of_class(FieldClass::Base).map(Area::of).collect();
        if areas.iter().any(Area::is_everywhere) {
            return Vec::new();
        }
        vec![RowFilter::new(areas.clone(), areas, &Arc::default())]
    }

    /// Where voters exist who are not confidential.
    pub(crate) fn areas(&self) -> Vec<Area> {
        self.of_class(FieldClass::Base).map(Area::of).collect()
    }

    /// Where it may be told in which county a voter lives: where that column exists, and everywhere where all voters that
    /// exist are of one county. By a county outside of it nothing is chosen, counted or completed.
    pub(crate) fn counties_told(&self) -> CountiesTold {
        let Some(areas) = self.part_with("county_name") else { return CountiesTold(None) };
        let mut counties = BTreeSet::new();
        for right in self.of_class(FieldClass::Base) {
            match Area::of(right).counties() {
                Some(some) => counties.extend(some),
                None => return CountiesTold(Some(areas)),
            }
        }
        CountiesTold(Some(areas).filter(|_| counties.len() > 1))
    }

    /// Whether the order in which the list stands tells nothing new: it may be that of any column, so every column must exist
    /// wherever a voter does.
    pub(crate) fn shows_order(&self) -> bool {
        let all = |right: &&Right| right.columns == Span::All;
        let everywhere = self.of_class(FieldClass::Base).filter(all).any(is_everywhere);
        everywhere || self.of_class(FieldClass::Base).all(|right| all(&right))
    }

    /// Where voters have a column, when not all voters that exist have it.
    pub(crate) fn part_with(&self, parquet: &str) -> Option<Vec<Area>> {
        let with: Vec<&Right> =
            self.of_class(FieldClass::Base).filter(|right| names(right, Table::Voters, parquet)).collect();
        if with.iter().any(|right| is_everywhere(right))
            || with.len() == self.of_class(FieldClass::Base).count()
        {
            return None;
        }
        Some(with.into_iter().map(Area::of).collect())
    }
}

/// Where it may be told in which county a voter lives; none: wherever a voter exists.
pub(crate) struct CountiesTold(Option<Vec<Area>>);

impl CountiesTold {
    /// Whether it may be told of a voter who lives there.
    pub(crate) fn of(&self, county: &str, precinct: &str) -> bool {
        self.0.as_ref().is_none_or(|areas| areas.iter().any(|area| area.covers(county, precinct)))
    }
}

/// Whether it covers voters wherever they are.
pub(crate) fn is_everywhere(right: &Right) -> bool {
    right.counties == Span::All && right.precincts == Span::All
}

/// Whether a right to the base names any of its columns. One that lists only overlays' columns shows no row of the list.
fn names_any(right: &Right) -> bool {
    let Span::Only(columns) = &right.columns else { return true };
    let is_of_list = |column: &String| {
        let parquet = parquet_name(column);
        let stored = column.split_once('.');
        class_of(Table::Voters, &parquet).is_some()
            || matches!(stored, Some(("vote", name)) if class_of(Table::Votes, &parquet_name(name)).is_some())
            || matches!(stored, Some(("ballot", name)) if class_of(Table::Ballots, &parquet_name(name)).is_some())
    };
    columns.iter().any(is_of_list)
}

/// Whether a right names a column of the base: as the Parquet file does, or as layouts do (`name.last`, `vote.method`).
fn names(right: &Right, table: Table, parquet: &str) -> bool {
    let Span::Only(columns) = &right.columns else { return true };
    let canonical = Schema::embedded().by_parquet(table, parquet).map(|column| column.name.as_str());
    let canonical = canonical.unwrap_or(parquet);
    match table {
        Table::Votes => columns.contains(&format!("vote.{canonical}")),
        Table::Ballots => columns.contains(&format!("ballot.{canonical}")),
        _ => columns.contains(parquet) || columns.contains(canonical),
    }
}
