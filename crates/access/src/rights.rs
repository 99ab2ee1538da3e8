//! Rights: grants and ownership, compiled once per request to column sets and row filters.

use crate::actor::Precinct;
use crate::grant::GrantId;
use crate::organization::OrganizationId;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All of something, or only some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span<T: Ord> {
    /// All, unknown ones too.
    All,
    /// Only these.
    Only(BTreeSet<T>),
}

impl<T: Ord> Span<T> {
    /// Whether it covers this one.
    #[must_use]
    pub fn covers<Q: Ord + ?Sized>(&self, one: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        match self {
            Self::All => true,
            Self::Only(some) => some.contains(one),
        }
    }
}

impl<T: Ord + Clone> From<Option<&BTreeSet<T>>> for Span<T> {
    fn from(some: Option<&BTreeSet<T>>) -> Self {
        some.map_or(Self::All, |some| Self::Only(some.clone()))
    }
}

/// Where a voter's cell lies: what a row filter asks about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The voter's state.
    pub state: StateCode,
    /// The voter's county, in upper case; empty where unknown.
    pub county: &'a str,
    /// The voter's precinct; empty where unknown.
    pub precinct: &'a str,
}

/// Cells of one owner, class and state that exist for a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Right {
    /// Whose data.
    pub owner: OrganizationId,
    /// Their class.
    pub class: FieldClass,
    /// The state of the voters.
    pub state: StateCode,
    /// The counties of the voters.
    pub counties: Span<String>,
    /// The precincts of the voters.
    pub precincts: Span<Precinct>,
    /// The columns.
    pub columns: Span<String>,
    /// The grant that gives it, and that grant's epoch; none for one's own.
    pub grant: Option<(GrantId, u64)>,
    /// The first instant at which it no longer holds.
    pub until: Option<Timestamp>,
}

impl Right {
    /// Whether it covers data of this owner and class in this state, somewhere.
    #[must_use]
    pub fn is_of(&self, owner: &OrganizationId, class: FieldClass, state: StateCode) -> bool {
        self.owner == *owner && self.class == class && self.state == state
    }

    /// Whether it covers a voter there.
    #[must_use]
    pub fn covers_row(&self, place: Place<'_>) -> bool {
        self.state == place.state
            && self.counties.covers(place.county)
            && match &self.precincts {
                Span::All => true,
                Span::Only(some) => {
                    some.iter().any(|one| one.county == place.county && one.precinct == place.precinct)
                }
            }
    }

    /// Whether it covers this column of a voter there.
    #[must_use]
    pub fn covers_cell(&self, place: Place<'_>, column: &str) -> bool {
        self.columns.covers(column) && self.covers_row(place)
    }
}

/// Whose cell: the owner, class and column of an overlay or of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    /// Whose data.
    pub owner: &'a OrganizationId,
    /// Their class.
    pub class: FieldClass,
    /// The column's name.
    pub name: &'a str,
}

/// All rights of one request. What none of them covers does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Rights(Vec<Right>);

impl Rights {
    pub(crate) fn new(rights: Vec<Right>) -> Self {
        Self(rights)
    }

    /// Every right, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Right> {
        self.0.iter()
    }

    /// The rights to data of this owner and class in this state: a store opens such a file only when there is one, and
    /// filters its rows by them.
    pub fn of<'a>(
        &'a self,
        owner: &'a OrganizationId,
        class: FieldClass,
        state: StateCode,
    ) -> impl Iterator<Item = &'a Right> {
        self.0.iter().filter(move |right| right.is_of(owner, class, state))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this cell exists.
    #[must_use]
    pub fn covers(&self, place: Place<'_>, column: Column<'_>) -> bool {
        self.of(column.owner, column.class, place.state).any(|right| right.covers_cell(place, column.name))
    }

    /// Whether every right of `other` is here, too.
    pub(crate) fn contains_all(&self, other: &Self) -> bool {
        other.0.iter().all(|right| self.0.contains(right))
    }
}
