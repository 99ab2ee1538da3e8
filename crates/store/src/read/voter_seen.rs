//! Which parts of a voter exist for a scope, so that an empty part is not taken for an answer.

use super::View;
use hustings_access::Place;
use hustings_voterfile::schema::{Schema, Table};
use serde::{Deserialize, Serialize};

/// Which parts of a voter exist for the scope. Where one does not, nothing follows from its being empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoterSeen {
    /// The state's list has this voter for the scope: more than the overlays' values is known.
    pub list: bool,
    /// Some part of the name.
    pub name: bool,
    /// Votes.
    pub votes: bool,
    /// Every public column, so that a change of any would be told.
    pub all_columns: bool,
}

impl VoterSeen {
    /// Of a voter there whose row exists.
    pub(super) fn of(view: &View<'_>, place: Place<'_>) -> Self {
        let cell = |table, column: &str| view.cell(place, table, column);
        Self {
            list: true,
            name: ["name_first", "name_last", "name_full"]
                .into_iter()
                .any(|column| cell(Table::Voters, column)),
            votes: Schema::embedded()
                .columns(Table::Votes)
                .any(|column| cell(Table::Votes, &column.parquet())),
            all_columns: view.every_column(place),
        }
    }
}
