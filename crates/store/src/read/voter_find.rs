//! Finding a voter by the state's id or by name.

use super::table::{Condition, Rows, Table};
use super::{Confidential, is_visible};
use crate::error::StoreError;
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};
use hustings_voterfile::schema::Table as SchemaTable;
use serde::Serialize;

/// A voter found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// The date of the first snapshot without this voter.
    pub dropped_at: Option<String>,
}

const COLUMNS: &[&str] = &[
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
    "confidential",
];

impl Store {
    /// Voters of the current snapshot whose state id is `query`, else those whose name begins as in `last[, first]`; at
    /// most `limit`.
    ///
    /// # Errors
    /// When the database or the file fails.
    pub async fn find_voters(
        &self,
        scope: &Scope,
        state: StateCode,
        query: &str,
        limit: usize,
    ) -> Result<Vec<VoterHit>, StoreError> {
        let query = query.trim();
        let Some(record) = self.current(scope, state).await? else { return Ok(Vec::new()) };
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let seen = |column: &str| is_visible(scope, SchemaTable::Voters, column);
        let mut positions = Vec::new();
        if seen("state_voter_id") {
            positions = table.first(&[Condition::Text("state_voter_id", query.to_uppercase())], limit)?;
        }
        if positions.is_empty() && seen("name_last") && seen("name_first") {
            let (last, first) = query.split_once(',').unwrap_or((query, ""));
            let mut conditions = vec![Condition::Prefix("name_last", last.trim().to_owned())];
            if !first.trim().is_empty() {
                conditions.push(Condition::Prefix("name_first", first.trim().to_owned()));
            }
            positions = table.first(&conditions, limit)?;
        }
        let batches = table.read(&positions, COLUMNS)?;
        let confidential = if batches.is_empty() {
            Confidential::default()
        } else {
            self.confidential(scope, state).await?
        };
        Ok(Rows::of(&batches)
            .iter()
            .map(|row| {
                let value = |column: &str| row.text(column).filter(|text| !text.is_empty() && seen(column));
                let voter = row.integer("voter_id").unwrap_or(0);
                let is_hidden = row.boolean("confidential") == Some(true) || confidential.has(voter);
                let both = |one: &str, two: &str| {
                    let words: Vec<_> = [value(one), value(two)].into_iter().flatten().collect();
                    (!words.is_empty()).then(|| words.join(" "))
                };
                VoterHit {
                    voter_key: self.voter_key(scope, state, VoterId(voter)),
                    state_voter_id: value("state_voter_id"),
                    last: both("name_last", "name_suffix"),
                    first: both("name_first", "name_middle"),
                    city: value("res_city").filter(|_| !is_hidden),
                    county_name: value("county_name"),
                    status: value("status"),
                    dropped_at: row.text("dropped_at"),
                }
            })
            .collect())
    }
}
