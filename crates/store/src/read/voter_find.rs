//! Finding a voter by the state's id or by name.

use super::View;
use super::key_order::read_in_order;
use super::row_filter::RowFilter;
use super::table::{Condition, Row, Rows, Table, integer};
use super::voter::Home;
use crate::error::StoreError;
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};
use hustings_voterfile::schema::Table as SchemaTable;
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;

/// A voter found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoterHit {
    /// The voter, as the organization knows them.
    pub voter_key: VoterKey,
    /// The state's id.
    pub state_voter_id: Option<String>,
    /// Last name, with suffix.
    pub last: Option<String>,
    /// First and middle names.
    pub first: Option<String>,
    /// City of residence; none of a confidential voter.
    pub city: Option<String>,
    /// County.
    pub county_name: Option<String>,
    /// Registration status.
    pub status: Option<String>,
    /// The date of the first snapshot without this voter; none where the voter's status does not exist.
    pub dropped_at: Option<String>,
}

pub(super) const COLUMNS: &[&str] = &[
    "voter_id",
    "state_voter_id",
    "name_last",
    "name_suffix",
    "name_first",
    "name_middle",
    "res_city",
    "county_name",
    "status",
    "dropped_at",
    "precinct_code",
    "confidential",
];

impl Store {
    /// Voters of the current snapshot whose state id is `query`, else those whose name begins as in `last[, first]`; at
    /// most `limit`, and whether there are more: the first of the list where every column of them exists for the scope, else
    /// those with the first keys, by key. Only voters within the scope, and only by what the scope shows of them.
    ///
    /// # Errors
    /// When the database or the file fails, or it cannot be recorded who is shown.
    pub async fn find_voters(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        query: &str,
        limit: usize,
    ) -> Result<(Vec<VoterHit>, bool), StoreError> {
        let query = query.trim();
        let view = self.view(scope, state);
        if query.is_empty() || !view.exists() {
            return Ok((Vec::new(), false));
        }
        let Some(record) = self.current_record(state).await? else { return Ok((Vec::new(), false)) };
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let known = self.confidential(state).await?;
        let (mut positions, wished) = (Vec::new(), limit.saturating_add(1));
        if view.column(SchemaTable::Voters, "state_voter_id") {
            let wanted = [Condition::Text("state_voter_id", query.to_uppercase())];
            positions = table.first(&wanted, &view.rows_with(&["state_voter_id"], &known), wished)?;
        }
        if positions.is_empty() {
            let (last, first) = query.split_once(',').unwrap_or((query, ""));
            let mut conditions = vec![Condition::Prefix("name_last", last.trim().to_owned())];
            if !first.trim().is_empty() {
                conditions.push(Condition::Prefix("name_first", first.trim().to_owned()));
            }
            // What a voter's row does not show here does not find it either.
            let filters = view.rows_with(&["name_last", "name_first"], &known);
            positions = if view.shows_order() {
                table.first(&conditions, &filters, wished)?
            } else {
                let key = |voter| self.voter_order(scope, state, voter);
                first_by_key(&table, &conditions, &filters, key, wished)?
            };
        }
        let more = positions.len() > limit;
        positions.truncate(limit);
        let batches = read_in_order(&table, &positions, COLUMNS)?;
        let mut shown = self.showing(scope, state, "found", &record.id);
        let hits = Rows::of(&batches)
            .iter()
            .map(|row| {
                let home = Home::of(row, &known);
                shown.listed(VoterId(row.integer("voter_id").unwrap_or(0)), home.confidential);
                hit(self, scope, (&view, state), row, &home)
            })
            .collect();
        shown.record().await?;
        Ok((hits, more))
    }
}

/// What of a row's voter, who lives there, is told to whoever looks for somebody.
pub(super) fn hit(
    store: &Store,
    scope: &Scope<'_>,
    (view, state): (&View<'_>, StateCode),
    row: Row<'_>,
    home: &Home,
) -> VoterHit {
    let seen = |column: &str| view.cell(home.place(state), SchemaTable::Voters, column);
    let value = |column: &str| row.text(column).filter(|text| !text.is_empty() && seen(column));
    let both = |one: &str, two: &str| {
        let words: Vec<_> = [value(one), value(two)].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    VoterHit {
        voter_key: store.voter_key(scope, state, VoterId(row.integer("voter_id").unwrap_or(0))),
        state_voter_id: value("state_voter_id"),
        last: both("name_last", "name_suffix"),
        first: both("name_first", "name_middle"),
        city: value("res_city").filter(|_| !home.confidential),
        county_name: value("county_name"),
        status: value("status"),
        dropped_at: row.text("dropped_at").filter(|_| seen("status")),
    }
}

/// As [`Table::first`], of all rows that satisfy the conditions those with the smallest keys, by key.
fn first_by_key(
    table: &Table,
    conditions: &[Condition],
    filters: &[RowFilter],
    key: impl Fn(i64) -> u64,
    limit: usize,
) -> Result<Vec<usize>, StoreError> {
    let (_, positions) = table.matching(conditions, filters, 0, usize::MAX)?;
    let ranges: Vec<_> = positions.iter().map(|&position| position..position + 1).collect();
    let mut first = BinaryHeap::new();
    let mut at = positions.iter();
    for batch in table.reader(&["voter_id"], Some(&ranges))? {
        let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
        let voters =
            batch.column_by_name("voter_id").ok_or_else(|| table.damaged("column voter_id is missing"))?;
        for (row, position) in (0..batch.num_rows()).zip(&mut at) {
            first.push((integer(voters, row).map(&key), *position));
            if first.len() > limit {
                first.pop();
            }
        }
    }
    Ok(first.into_sorted_vec().into_iter().map(|(_, position)| position).collect())
}
