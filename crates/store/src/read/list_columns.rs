//! Which columns the current list has for a scope, under the names by which grants take them.

use super::table::Table;
use super::visible::class_of;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::{FieldClass, StateCode};
use hustings_voterfile::schema::{Schema, Table as SchemaTable, parquet_name};

const FILES: [(&str, SchemaTable, &str); 3] = [
    ("voters.parquet", SchemaTable::Voters, ""),
    ("votes.parquet", SchemaTable::Votes, "vote."),
    ("ballots.parquet", SchemaTable::Ballots, "ballot."),
];

impl Store {
    /// The public columns of the current list that hold anything and exist for the scope: `name.last`, `vote.method`. None where
    /// there is no such list.
    ///
    /// # Errors
    /// When the database or a file fails.
    pub async fn list_columns(&self, scope: &Scope<'_>, state: StateCode) -> Result<Vec<String>, StoreError> {
        let view = self.view(scope, state);
        if !view.exists() {
            return Ok(Vec::new());
        }
        let Some(record) = self.current_record(state).await? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for (file, table, prefix) in FILES {
            let Some(open) = Table::open_if_there(&record.folder.join(file))? else { continue };
            let columns = open.columns().filter(|column| {
                class_of(table, column) == Some(FieldClass::Base)
                    && view.column(table, column)
                    && !open.is_empty(column)
            });
            names.extend(columns.map(|column| {
                let canonical = Schema::embedded().by_parquet(table, column);
                format!("{prefix}{}", canonical.map_or(column, |column| column.name.as_str()))
            }));
        }
        Ok(names)
    }
}

/// Whether a state's public list may have a column of this name: as layouts write it (`name.last`, `vote.method`) or as the
/// snapshot's file does (`name_last`).
#[must_use]
pub fn is_list_column(name: &str) -> bool {
    let is_base = |table, name: &str| class_of(table, &parquet_name(name)) == Some(FieldClass::Base);
    match name.split_once('.') {
        Some(("vote", name)) => is_base(SchemaTable::Votes, name),
        Some(("ballot", name)) => is_base(SchemaTable::Ballots, name),
        _ => is_base(SchemaTable::Voters, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_either_name_and_misspelled_ones_are_not() {
        for name in ["name.last", "name_last", "vote.method", "county_name", "extra.note"] {
            assert!(is_list_column(name), "{name}");
        }
        for name in ["name.lats", "vote.voter_id", "voter_id", "method", "", "rivera__support"] {
            assert!(!is_list_column(name), "{name}");
        }
    }
}
