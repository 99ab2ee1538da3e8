//! What changed against the predecessor.

use super::table::{Condition, Row, Rows, Table};
use super::voter::tells_where;
use super::{Page, is_visible};
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::Scope;
use hustings_core::{FieldClass, StateCode, VoterId};
use hustings_voterfile::schema::{Schema, Table as SchemaTable, parquet_name};
use serde::Serialize;
use std::collections::HashSet;

/// Which changes; an empty filter means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Only of this kind, such as `moved_county`.
    pub kind: Option<String>,
    /// Only of this county, in any case.
    pub county: Option<String>,
    /// Only of this voter.
    pub voter: Option<VoterKey>,
}

/// One changed column of one voter, or a whole voter new or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeRow {
    /// The voter, as the organization knows them.
    pub voter_key: VoterKey,
    /// The state's id.
    pub state_voter_id: Option<String>,
    /// What kind of change, such as `moved_county`.
    pub kind: String,
    /// County now, else before.
    pub county_name: Option<String>,
    /// The column that decided, as the snapshot names it; none when the whole voter is meant.
    pub column: Option<String>,
    /// Value before.
    pub old: Option<String>,
    /// Value now.
    pub new: Option<String>,
}

const COLUMNS: &[&str] = &["voter_id", "state_voter_id", "kind", "county_name", "column", "old", "new"];

impl Store {
    /// The changes of a snapshot against its predecessor, in the file's order, with their number. Where somebody lives
    /// or lived is not shown of those who are confidential in `current`, the newest that is known of the state: who
    /// became confidential is subtracted from what older snapshots say, too.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn changes(
        &self,
        scope: &Scope,
        record: &SnapshotRecord,
        current: &SnapshotRecord,
        filter: &ChangeFilter,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ChangeRow>, StoreError> {
        self.demand(scope, record.state)?;
        let none = Page { rows: Vec::new(), total: 0, offset, limit };
        if !scope.allows_class(FieldClass::Base) {
            return Ok(none);
        }
        let mut conditions = visible_columns(scope);
        if let Some(kind) = &filter.kind {
            conditions.push(Condition::Text("kind", kind.clone()));
        }
        if let Some(county) = &filter.county {
            conditions.push(Condition::Text("county_name", county.trim().to_uppercase()));
        }
        if let Some(key) = &filter.voter {
            let Some(VoterId(id)) = self.voter_id(scope, record.state, key) else { return Ok(none) };
            conditions.push(Condition::Integer("voter_id", id));
        }
        let table = Table::open(&record.folder.join("changes.parquet"))?;
        let (total, positions) = table.matching(&conditions, offset, limit)?;
        let batches = table.read(&positions, COLUMNS)?;
        let mut hidden = confidential(record)?;
        hidden.extend(confidential(current)?);
        let rows = Rows::of(&batches)
            .iter()
            .map(|row| {
                let mut change = self.change(scope, record.state, row);
                let tells = change.column.as_deref().is_some_and(|name| tells_where(&parquet_name(name)));
                if tells && row.integer("voter_id").is_some_and(|voter| hidden.contains(&voter)) {
                    (change.old, change.new) = (None, None);
                }
                change
            })
            .collect();
        Ok(Page { rows, total, offset, limit })
    }

    /// All changes of one voter in one snapshot.
    pub(super) fn changes_of(
        &self,
        scope: &Scope,
        record: &SnapshotRecord,
        VoterId(id): VoterId,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        let Some(table) = Table::open_if_there(&record.folder.join("changes.parquet"))? else {
            return Ok(Vec::new());
        };
        let mut conditions = visible_columns(scope);
        conditions.push(Condition::Integer("voter_id", id));
        let (_, positions) = table.matching(&conditions, 0, usize::MAX)?;
        let batches = table.read(&positions, COLUMNS)?;
        Ok(Rows::of(&batches).iter().map(|row| self.change(scope, record.state, row)).collect())
    }

    fn change(&self, scope: &Scope, state: StateCode, row: Row<'_>) -> ChangeRow {
        let filled = |column| row.text(column).filter(|text| !text.is_empty());
        ChangeRow {
            voter_key: self.voter_key(scope, state, VoterId(row.integer("voter_id").unwrap_or(0))),
            state_voter_id: filled("state_voter_id"),
            kind: row.text("kind").unwrap_or_default(),
            county_name: filled("county_name"),
            column: filled("column"),
            old: filled("old"),
            new: filled("new"),
        }
    }
}

/// Our ids of the confidential voters of a snapshot.
fn confidential(record: &SnapshotRecord) -> Result<HashSet<i64>, StoreError> {
    let Some(table) = Table::open_if_there(&record.folder.join("voters.parquet"))? else {
        return Ok(HashSet::new());
    };
    let (_, positions) = table.matching(&[Condition::True("confidential")], 0, usize::MAX)?;
    let batches = table.read(&positions, &["voter_id"])?;
    Ok(Rows::of(&batches).iter().filter_map(|row| row.integer("voter_id")).collect())
}

/// A change of a column that the scope lacks never happened.
fn visible_columns(scope: &Scope) -> Vec<Condition> {
    if FieldClass::ALL.into_iter().all(|class| scope.allows_class(class)) {
        return Vec::new();
    }
    let columns = Schema::embedded()
        .columns(SchemaTable::Voters)
        .filter(|column| is_visible(scope, SchemaTable::Voters, &column.parquet()))
        .flat_map(|column| [column.name.clone(), column.parquet()])
        .collect();
    vec![Condition::EmptyOrIn("column", columns)]
}
