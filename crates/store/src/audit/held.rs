//! Whether an export held a voter. Exports are of millions: their records do not name voters, but say what decided who went
//! out, and that is asked again of the list that went out.

use super::logged_row::LoggedRow;
use crate::error::StoreError;
use crate::read::confidential::flags;
use crate::read::row_filter::Area;
use crate::read::table::{Condition, Rows, Table};
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use hustings_core::{FieldClass, StateCode, VoterId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Whether a record's export held the voter who was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It did.
    Yes,
    /// It may have: the list, or the overlay, that would tell is gone, or another list called the voter confidential then.
    Maybe,
}

/// What decided which voters went out, in the details of an export's record. Each log is told what concerns its owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) state: StateCode,
    pub(crate) snapshot: String,
    /// Only this county.
    pub(crate) county: Option<String>,
    /// Where voters of the list went out; none: not told in this log.
    pub(crate) listed: Option<Vec<Area>>,
    /// What was laid beside them, or went out alone.
    pub(crate) laid: Vec<Laid>,
}

/// An overlay that went out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Laid {
    pub(crate) owner: String,
    pub(crate) class: FieldClass,
    pub(crate) append: String,
    /// Where.
    pub(crate) areas: Vec<Area>,
}

/// Voters of lists that went out, as one look-up has found them: many exports are of one list.
pub(super) type Found = HashMap<(String, VoterId), Option<Row>>;

/// A voter as the list has them that went out.
#[derive(Debug, Clone)]
pub(super) struct Row {
    county: String,
    precinct: String,
    confidential: bool,
    dropped: bool,
}

impl Store {
    /// Whether an export held one of the voters whom logs know by these names; none when it did not.
    pub(super) async fn held(
        &self,
        row: &LoggedRow,
        names: &[String],
        found: &mut Found,
    ) -> Result<Option<Held>, StoreError> {
        let details: serde_json::Value = serde_json::from_str(&row.details).unwrap_or_default();
        // An older program's records do not tell.
        let Ok(membership) = Membership::deserialize(&details["rows"]) else { return Ok(Some(Held::Maybe)) };
        let mut held = None;
        for voter in names.iter().filter_map(|name| self.voter_of_log_name(membership.state, name)) {
            match self.held_voter(&membership, &row.at, voter, found).await? {
                Some(Held::Yes) => return Ok(Some(Held::Yes)),
                perhaps => held = held.or(perhaps),
            }
        }
        Ok(held)
    }

    async fn held_voter(
        &self,
        membership: &Membership,
        at: &str,
        voter: VoterId,
        found: &mut Found,
    ) -> Result<Option<Held>, StoreError> {
        let snapshots = self.records(membership.state).await?;
        let key = (membership.snapshot.clone(), voter);
        if !found.contains_key(&key) {
            let list = snapshots.iter().find(|snapshot| snapshot.id == membership.snapshot);
            let Some(table) = list.and_then(|list| Table::open(&list.folder.join("voters.parquet")).ok())
            else {
                return Ok(Some(Held::Maybe));
            };
            found.insert(key.clone(), row_of(&table, voter)?);
        }
        let Some(row) = found.get(&key).cloned().flatten() else { return Ok(None) };
        let in_county = membership.county.as_ref().is_none_or(|county| *county == row.county);
        if row.confidential || !in_county {
            return Ok(None);
        }
        let covers = |areas: &[Area]| areas.iter().any(|area| area.covers(&row.county, &row.precinct));
        let listed = membership.listed.as_deref().map(covers);
        let mut held = match listed {
            Some(true) if row.dropped => return Ok(None),
            Some(true) => Some(Held::Yes),
            // Without its row of the list, a voter goes out only where no county was asked for.
            Some(false) if membership.county.is_some() => return Ok(None),
            _ => self.laid(membership, voter, covers).await?,
        };
        // Whether the row of the list went out is not told here, and by it goes out who was dropped, or lives in a county.
        if listed.is_none() && (row.dropped || membership.county.is_some()) {
            held = held.and(Some(Held::Maybe));
        }
        if held == Some(Held::Yes) {
            // Whom another list that was there then calls confidential was subtracted, or was not: that is recorded nowhere.
            let then = |one: &&SnapshotRecord| one.created_at.as_str() <= at && one.id != membership.snapshot;
            for snapshot in snapshots.iter().filter(then) {
                if flags(snapshot, voter)? {
                    return Ok(Some(Held::Maybe));
                }
            }
        }
        Ok(held)
    }

    /// Whether one of the overlays that went out there has a row of the voter.
    async fn laid(
        &self,
        membership: &Membership,
        VoterId(voter): VoterId,
        covers: impl Fn(&[Area]) -> bool,
    ) -> Result<Option<Held>, StoreError> {
        let mut held = None;
        for laid in membership.laid.iter().filter(|laid| covers(&laid.areas)) {
            let Some(table) = self.values_of_append(&laid.append).await? else {
                held = Some(Held::Maybe);
                continue;
            };
            if table.matching(&[Condition::Integer("voter_id", voter)], &[], 0, 1)?.0 > 0 {
                return Ok(Some(Held::Yes));
            }
        }
        Ok(held)
    }
}

fn row_of(table: &Table, VoterId(voter): VoterId) -> Result<Option<Row>, StoreError> {
    const COLUMNS: [&str; 4] = ["county_name", "precinct_code", "confidential", "dropped_at"];
    let positions = table.first(&[Condition::Integer("voter_id", voter)], &[], 1)?;
    let batches = table.read(&positions, &COLUMNS)?;
    Ok(Rows::of(&batches).iter().next().map(|row| Row {
        county: row.text("county_name").unwrap_or_default(),
        precinct: row.text("precinct_code").unwrap_or_default(),
        confidential: !table.has("confidential") || row.boolean("confidential") == Some(true),
        dropped: row.text("dropped_at").is_some(),
    }))
}
