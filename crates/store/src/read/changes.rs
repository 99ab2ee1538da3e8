//! What changed against the predecessor.

use super::key_order::read_in_order;
use super::table::{Condition, Row, Rows, Table};
use super::visible_change::{Homes, exists, names_a_candidate, restrict, visible_changes};
use super::voter::{Home, tells_where};
use super::{Confidential, Page, View, rows_are_kept};
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};
use hustings_voterfile::schema::{Table as SchemaTable, parquet_name};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Why the voter is taken for the same as before, or for another, where not the state's id says so.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A change, and who it is about as the list has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedChange {
    /// What changed.
    #[serde(flatten)]
    pub change: ChangeRow,
    /// Last name, first and middle names.
    pub name: Option<String>,
    /// City of residence; none of a confidential voter.
    pub city: Option<String>,
}

const COLUMNS: &[&str] =
    &["voter_id", "state_voter_id", "kind", "county_name", "column", "old", "new", "reason"];

const WHO: &[&str] = &[
    "voter_id",
    "name_last",
    "name_suffix",
    "name_first",
    "name_middle",
    "res_city",
    "county_name",
    "precinct_code",
    "confidential",
];

impl Store {
    /// The changes of a snapshot against its predecessor, with their number: in the file's order where every column of a voter
    /// exists for the scope, else in that of the voters' keys. Where somebody lives
    /// or lived is not shown of those who are confidential by all that is known of the state: who became confidential is
    /// subtracted from what older snapshots say, too. A change exists where its voter does in this
    /// snapshot; what was before is shown where that lies within the scope as well.
    ///
    /// # Errors
    /// When the database fails, the file is missing or damaged, or it cannot be recorded who is shown.
    pub async fn changes(
        &self,
        scope: &Scope<'_>,
        record: &SnapshotRecord,
        filter: &ChangeFilter,
        offset: u64,
        limit: usize,
    ) -> Result<Page<NamedChange>, StoreError> {
        let view = self.view(scope, record.state);
        let none = Page { rows: Vec::new(), total: 0, offset, limit };
        if !view.exists() {
            return Ok(none);
        }
        let mut conditions = Vec::new();
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
        rows_are_kept(record)?;
        let table = Table::open(&record.folder.join("changes.parquet"))?;
        let known = self.confidential(record.state).await?.with(record)?;
        let (total, positions) = if view.is_whole() {
            table.matching(&conditions, &[], offset, limit)?
        } else {
            let mut visible = visible_changes(&view, record, &table, &conditions, &known)?;
            // Nobody is found by a county that is not told of them.
            visible.retain(|change| change.county_told || filter.county.is_none());
            if !view.shows_order() {
                let key = |voter| self.voter_order(scope, record.state, voter);
                visible.sort_by_cached_key(|change| (key(change.voter), change.position));
            }
            let page = visible.iter().skip(usize::try_from(offset).unwrap_or(usize::MAX)).take(limit);
            let positions = page.map(|change| change.position).collect();
            (u64::try_from(visible.len()).unwrap_or(u64::MAX), positions)
        };
        let batches = read_in_order(&table, &positions, COLUMNS)?;
        let voters: BTreeSet<i64> =
            Rows::of(&batches).iter().filter_map(|row| row.integer("voter_id")).collect();
        let homes =
            if view.is_whole() { Homes::default() } else { Homes::of(&record.folder, &voters, &known)? };
        let before = match &record.predecessor {
            Some(id) if !view.is_whole() => {
                Homes::of(&self.data.snapshot(record.state, id), &voters, &known)?
            }
            _ => Homes::default(),
        };
        let mut shown = self.showing(scope, record.state, "changes", &record.id);
        voters.iter().for_each(|voter| shown.listed(VoterId(*voter), known.has(*voter)));
        let who = who(&view, &known, record, voters)?;
        let rows = Rows::of(&batches)
            .iter()
            .map(|row| {
                let voter = row.integer("voter_id").unwrap_or(0);
                let mut change = self.change(scope, record.state, row);
                restrict(&view, record.state, &mut change, homes.get(voter), before.get(voter));
                let (name, city) = who.get(&voter).cloned().unwrap_or_default();
                let tells = change.column.as_deref().is_some_and(|name| tells_where(&parquet_name(name)));
                if tells && known.has(voter) {
                    (change.old, change.new) = (None, None);
                }
                NamedChange { change, name, city }
            })
            .collect();
        shown.record().await?;
        Ok(Page { rows, total, offset, limit })
    }

    /// All changes of one voter in one snapshot that exist for the scope.
    pub(super) fn changes_of(
        &self,
        scope: &Scope<'_>,
        (view, known): (&View<'_>, &Confidential),
        record: &SnapshotRecord,
        published: &[SnapshotRecord],
        VoterId(id): VoterId,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        let Some(table) = Table::open_if_there(&record.folder.join("changes.parquet"))? else {
            return Ok(Vec::new());
        };
        let (_, positions) = table.matching(&[Condition::Integer("voter_id", id)], &[], 0, usize::MAX)?;
        let batches = table.read(&positions, COLUMNS)?;
        let mut changes: Vec<_> =
            Rows::of(&batches).iter().map(|row| self.change(scope, record.state, row)).collect();
        if view.is_whole() || changes.is_empty() {
            return Ok(changes);
        }
        let voters = BTreeSet::from([id]);
        let homes = Homes::of(&record.folder, &voters, known)?;
        let predecessor = published.iter().find(|other| record.predecessor.as_ref() == Some(&other.id));
        let before = match predecessor {
            Some(predecessor) => Homes::of(&predecessor.folder, &voters, known)?,
            None => Homes::default(),
        };
        changes.retain(|change| {
            if names_a_candidate(&change.kind, change.old.as_deref()) {
                return false;
            }
            let value = change.new.as_deref().or(change.old.as_deref());
            exists(view, record.state, homes.get(id), change.column.as_deref(), value)
        });
        for change in &mut changes {
            restrict(view, record.state, change, homes.get(id), before.get(id));
        }
        Ok(changes)
    }

    fn change(&self, scope: &Scope<'_>, state: StateCode, row: Row<'_>) -> ChangeRow {
        let filled = |column| row.text(column).filter(|text| !text.is_empty());
        ChangeRow {
            voter_key: self.voter_key(scope, state, VoterId(row.integer("voter_id").unwrap_or(0))),
            state_voter_id: filled("state_voter_id"),
            kind: row.text("kind").unwrap_or_default(),
            county_name: filled("county_name"),
            column: filled("column"),
            old: filled("old"),
            new: filled("new"),
            reason: filled("reason"),
        }
    }
}

/// A voter's name and city, as far as they may be seen.
type NameAndCity = (Option<String>, Option<String>);

/// Names and cities of these voters in a snapshot, as far as the scope may see them.
fn who(
    view: &View<'_>,
    known: &Confidential,
    record: &SnapshotRecord,
    voters: BTreeSet<i64>,
) -> Result<HashMap<i64, NameAndCity>, StoreError> {
    let Some(table) = Table::open_if_there(&record.folder.join("voters.parquet"))? else {
        return Ok(HashMap::new());
    };
    let wanted = voters.len();
    let positions = table.first(&[Condition::IntegerIn("voter_id", voters)], &[], wanted)?;
    let batches = table.read(&positions, WHO)?;
    let found = Rows::of(&batches).iter().filter_map(|row| {
        let home = Home::of(row, known);
        let seen = |column: &str| view.cell(home.place(record.state), SchemaTable::Voters, column);
        let value = |column: &str| row.text(column).filter(|text| !text.is_empty() && seen(column));
        let words =
            |columns: &[&str]| columns.iter().filter_map(|name| value(name)).collect::<Vec<_>>().join(" ");
        let (last, first) = (words(&["name_last", "name_suffix"]), words(&["name_first", "name_middle"]));
        let name = [last, first].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let city = value("res_city").filter(|_| !home.confidential);
        Some((row.integer("voter_id")?, ((!name.is_empty()).then_some(name), city)))
    });
    Ok(found.collect())
}
