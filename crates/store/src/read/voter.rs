//! One voter: every value with where it came from, and the history over the snapshots.

use super::report::read_json;
use super::table::{Condition, Row, Rows, Table};
use super::visible::class_of;
use super::{ChangeRow, Confidential, View, VoterSeen};
use crate::error::StoreError;
use crate::household_key::HOUSEHOLD;
use crate::snapshot::{SnapshotRecord, SnapshotStatus};
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::{Place, Scope};
use hustings_core::{FieldClass, StateCode, VoterId};
use hustings_voterfile::schema::{Schema, Table as SchemaTable, parquet_name};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How a voter is named in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoterSelector<'a> {
    /// By the state's id.
    StateId(&'a str),
    /// By the key of the scope's organization.
    Key(&'a VoterKey),
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ValueSource {
    /// From the state's list as it stands.
    StateList {
        /// Name of the file in the delivery.
        file: Option<String>,
        /// Line on which the record begins, from 1.
        line: Option<u64>,
        /// The file's own name of the column, when the manifest tells it.
        header: Option<String>,
        /// The snapshot whose delivery it was.
        snapshot: String,
    },
    /// Computed from other columns of the same record.
    Derived {
        /// Their canonical names.
        from: Vec<String>,
        /// Name of the file in the delivery.
        file: Option<String>,
        /// Line on which the record begins, from 1.
        line: Option<u64>,
        /// The snapshot whose delivery it was.
        snapshot: String,
    },
    /// From an overlay.
    Overlay {
        /// Whose data it is.
        owner: String,
        /// The append that brought it.
        append: String,
        /// The snapshot with which it was joined.
        snapshot: String,
    },
}

/// One value of a voter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoterValue {
    /// Canonical name of the column, `owner.column` for an overlay.
    pub column: String,
    /// Words for people.
    pub label: String,
    /// Field class.
    pub class: FieldClass,
    /// The value; dates ISO.
    pub value: String,
    /// Where it came from.
    pub source: ValueSource,
}

/// One vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoterVote {
    /// Day of the election, ISO.
    pub election_date: Option<String>,
    /// The state's name of it.
    pub election_name: Option<String>,
    /// general, primary, …
    pub election_type: Option<String>,
    /// How it was cast.
    pub method: Option<String>,
    /// The state's own code.
    pub method_raw: Option<String>,
    /// Whose primary ballot was drawn.
    pub party: Option<String>,
    /// Where it was cast: county.
    pub county_name: Option<String>,
    /// Where it was cast: precinct.
    pub precinct: Option<String>,
    /// Whether it counted.
    pub counted: Option<bool>,
    /// The snapshot from which it was carried over, when a newer delivery with vote history does not have it.
    pub carried_from: Option<String>,
}

/// One absentee, mail or early ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoterBallot {
    /// Day of the election, ISO.
    pub election_date: Option<String>,
    /// The state's name of it.
    pub election_name: Option<String>,
    /// Where the ballot stands.
    pub status: Option<String>,
    /// How it is cast.
    pub method: Option<String>,
    /// When it was requested.
    pub requested_date: Option<String>,
    /// When it was sent.
    pub sent_date: Option<String>,
    /// When it came back.
    pub returned_date: Option<String>,
    /// Early-voting site.
    pub site: Option<String>,
}

/// A change and the snapshot in which it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoterChange {
    /// The snapshot.
    pub snapshot: String,
    /// Its date.
    pub as_of: Date,
    /// What changed.
    #[serde(flatten)]
    pub change: ChangeRow,
}

/// One voter as a snapshot has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoterRecord {
    /// The snapshot.
    pub snapshot: String,
    /// Its date.
    pub as_of: Date,
    /// The voter, as the organization knows them.
    pub voter_key: VoterKey,
    /// Confidential in this snapshot or the current one: neither address nor overlay is shown. None where it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidential: Option<bool>,
    /// Date of the first snapshot without this voter; none while on the list, and where the voter's status does not exist.
    pub dropped_at: Option<String>,
    /// Rules by which the record was repaired, if any.
    pub repair: Option<String>,
    /// Every value that there is, in the order of `columns.toml`, overlays last.
    pub values: Vec<VoterValue>,
    /// Votes, newest first.
    pub votes: Vec<VoterVote>,
    /// Ballots, newest election first.
    pub ballots: Vec<VoterBallot>,
    /// Changes over all published snapshots up to this one, newest first.
    pub changes: Vec<VoterChange>,
    /// What exists of all that for whoever asks.
    #[serde(default)]
    pub seen: VoterSeen,
}

/// Where a voter lives in one snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) county: String,
    pub(crate) precinct: String,
    pub(crate) confidential: bool,
}

impl Home {
    /// Of a row of voters, and by all that is known of its voter.
    pub(crate) fn of(row: Row<'_>, known: &Confidential) -> Self {
        Self {
            county: row.text("county_name").unwrap_or_default(),
            precinct: row.text("precinct_code").unwrap_or_default(),
            confidential: row.boolean("confidential").unwrap_or(false)
                || row.integer("voter_id").is_none_or(|voter| known.has(voter)),
        }
    }

    pub(crate) fn place(&self, state: StateCode) -> Place<'_> {
        Place { state, county: &self.county, precinct: &self.precinct }
    }
}

/// The current snapshot, or the newest up to a day.
fn chosen(published: &[SnapshotRecord], as_of: Option<Date>) -> Option<&SnapshotRecord> {
    let current = published.iter().find(|record| record.is_current);
    match as_of {
        None => current,
        // Several of one date: the current one, else the one written last.
        Some(date) => current
            .filter(|record| record.as_of <= date)
            .or_else(|| published.iter().find(|record| record.as_of <= date)),
    }
}

impl Store {
    /// One voter: in the current snapshot, or in the newest published one up to `as_of`. None when there is no such
    /// voter, no such key, or no snapshot; none of these can be told from a voter outside the scope. A voter of whom only
    /// overlays lie within the scope is known by key alone, with those overlays' values and nothing of the list.
    ///
    /// # Errors
    /// When the database or a file fails, or it cannot be recorded that the voter is shown.
    pub async fn voter(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        as_of: Option<Date>,
        selector: VoterSelector<'_>,
    ) -> Result<Option<VoterRecord>, StoreError> {
        let view = self.view(scope, state);
        let known = self.confidential(state).await?;
        let published = self.published(state).await?;
        let Some(record) = chosen(&published, as_of) else { return Ok(None) };
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let (condition, filters) = match selector {
            VoterSelector::StateId(id) if view.column(SchemaTable::Voters, "state_voter_id") => (
                Condition::Text("state_voter_id", id.trim().to_uppercase()),
                view.rows_with(&["state_voter_id"], &known),
            ),
            VoterSelector::StateId(_) => return Ok(None),
            VoterSelector::Key(key) => match self.voter_id(scope, state, key) {
                // Whether the row exists is decided below: an overlay's values may.
                Some(VoterId(id)) => (Condition::Integer("voter_id", id), Vec::new()),
                None => return Ok(None),
            },
        };
        let positions = table.first(&[condition], &filters, 8)?;
        let columns: Vec<_> = table.columns().collect();
        let batches = table.read(&positions, &columns)?;
        let rows = Rows::of(&batches);
        // Of several rows with one state id, the one that is on the list.
        let Some(row) = rows.iter().min_by_key(|row| row.text("dropped_at").is_some()) else {
            return Ok(None);
        };
        let voter = VoterId(row.integer("voter_id").unwrap_or(0));
        // Who has become confidential since is so in what older snapshots say, too.
        let home = Home::of(row, &known);
        let (place, confidential) = (home.place(state), home.confidential);
        let overlays = match confidential {
            true => Vec::new(),
            false => self.overlay_values(scope, voter, place).await?,
        };
        if !view.row(place, confidential) {
            let found = self.of_overlays_alone(scope, state, voter, overlays);
            if let Some(found) = &found {
                self.record_shown(scope, state, (voter, false), found).await?;
            }
            return Ok(found);
        }
        let mut values = self.values(scope, (&view, &home), record, &published, row, &columns)?;
        values.extend(overlays);
        let mut changes = Vec::new();
        for before in published.iter().filter(|before| before.as_of <= record.as_of) {
            for mut change in self.changes_of(scope, (&view, &known), before, &published, voter)? {
                if confidential
                    && change.column.as_deref().is_some_and(|name| tells_where(&parquet_name(name)))
                {
                    (change.old, change.new) = (None, None);
                }
                changes.push(VoterChange { snapshot: before.id.clone(), as_of: before.as_of, change });
            }
        }
        let found = VoterRecord {
            snapshot: record.id.clone(),
            as_of: record.as_of,
            voter_key: self.voter_key(scope, state, voter),
            confidential: view.tells_confidential(place).then_some(confidential),
            dropped_at: row.text("dropped_at").filter(|_| view.cell(place, SchemaTable::Voters, "status")),
            repair: row.text("repair").filter(|rules| !rules.is_empty() && view.keeps()),
            values,
            votes: votes(record, voter, |column| view.cell(place, SchemaTable::Votes, column))?,
            ballots: ballots(record, voter, |column| view.cell(place, SchemaTable::Ballots, column))?,
            changes,
            seen: VoterSeen::of(&view, place),
        };
        self.record_shown(scope, state, (voter, true), &found).await?;
        Ok(Some(found))
    }

    /// Records what is shown of a voter. `listed`: more than overlays.
    async fn record_shown(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        (voter, listed): (VoterId, bool),
        found: &VoterRecord,
    ) -> Result<(), StoreError> {
        let mut shown = self.showing(scope, state, "voter", &found.snapshot);
        if listed {
            shown.listed(voter, found.confidential == Some(true));
        }
        for value in &found.values {
            if let ValueSource::Overlay { owner, .. } = &value.source
                && let Ok(owner) = owner.parse()
            {
                shown.laid(voter, owner, value.class);
            }
        }
        shown.record().await
    }

    /// The key of the voter to whom the state gave an id, in the snapshot in which [`Store::voter`] would look: none where
    /// it would find nobody by it.
    ///
    /// # Errors
    /// When the database or a file fails.
    pub async fn voter_by_state_id(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        as_of: Option<Date>,
        id: &str,
    ) -> Result<Option<VoterKey>, StoreError> {
        const COLUMNS: [&str; 2] = ["voter_id", "dropped_at"];
        let view = self.view(scope, state);
        if !view.exists() || !view.column(SchemaTable::Voters, "state_voter_id") {
            return Ok(None);
        }
        let published = self.published(state).await?;
        let Some(record) = chosen(&published, as_of) else { return Ok(None) };
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let wanted = [Condition::Text("state_voter_id", id.trim().to_uppercase())];
        let known = self.confidential(state).await?;
        let positions = table.first(&wanted, &view.rows_with(&["state_voter_id"], &known), 8)?;
        let batches = table.read(&positions, &COLUMNS)?;
        let row = Rows::of(&batches).iter().min_by_key(|row| row.text("dropped_at").is_some());
        let voter = row.and_then(|row| row.integer("voter_id"));
        Ok(voter.map(|voter| self.voter_key(scope, state, VoterId(voter))))
    }

    /// The published snapshots, the newest first.
    async fn published(&self, state: StateCode) -> Result<Vec<SnapshotRecord>, StoreError> {
        let mut published = self.records(state).await?;
        published.retain(|record| record.status == SnapshotStatus::Published);
        Ok(published)
    }

    /// A voter whose row does not exist for the scope, while overlays do.
    fn of_overlays_alone(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        voter: VoterId,
        values: Vec<VoterValue>,
    ) -> Option<VoterRecord> {
        let joined = values.iter().find_map(|value| match &value.source {
            ValueSource::Overlay { snapshot, .. } => Some(snapshot.clone()),
            _ => None,
        })?;
        let as_of = joined.get(..10).and_then(|day| day.parse().ok())?;
        Some(VoterRecord {
            snapshot: joined,
            as_of,
            voter_key: self.voter_key(scope, state, voter),
            confidential: None,
            dropped_at: None,
            repair: None,
            values,
            votes: Vec::new(),
            ballots: Vec::new(),
            changes: Vec::new(),
            seen: VoterSeen::default(),
        })
    }

    fn values(
        &self,
        scope: &Scope<'_>,
        (view, home): (&View<'_>, &Home),
        record: &SnapshotRecord,
        published: &[SnapshotRecord],
        row: Row<'_>,
        columns: &[&str],
    ) -> Result<Vec<VoterValue>, StoreError> {
        // The snapshot's own manifest lists the files of its predecessors, too: a row that was carried over keeps its
        // file's number.
        let manifest: serde_json::Value = read_json(&record.folder.join("manifest.json"))?;
        let index = row.integer("source_file").and_then(|index| usize::try_from(index).ok());
        let file = index.and_then(|index| manifest["files"].get(index));
        let origin = match (row.text("last_seen"), index) {
            (Some(last_seen), Some(index)) => origin(record, published, &last_seen, index)?,
            _ => record,
        };
        let name = file.and_then(|file| file["name"].as_str()).map(str::to_owned);
        let line = row.integer("source_line").and_then(|line| u64::try_from(line).ok());
        let snapshot = origin.id.clone();
        // Files and lines are of the delivery, which is of the whole state.
        let (name, line) = if view.keeps() { (name, line) } else { (None, None) };
        let place = home.place(record.state);
        let schema = Schema::embedded();
        let mut values = Vec::new();
        for &parquet in columns
            .iter()
            .filter(|column| view.cell(place, SchemaTable::Voters, column))
            .filter(|column| !(home.confidential && tells_where(column)))
        {
            let value = if parquet == HOUSEHOLD {
                row.integer(parquet).map(|household| self.household_key(scope, record.state, household))
            } else {
                row.text(parquet).filter(|value| !value.is_empty())
            };
            let Some(value) = value else { continue };
            let Some(class) = class_of(SchemaTable::Voters, parquet) else { continue };
            let column = schema.by_parquet(SchemaTable::Voters, parquet);
            let canonical = column.map_or_else(|| parquet.to_owned(), |column| column.name.clone());
            let given = file.and_then(|file| file["columns"].as_object());
            let header = given.and_then(|given| header_of(given, &canonical, parquet));
            let derived = column.map(|column| column.derived_from.clone()).unwrap_or_default();
            // A value that some states give and others do not is derived only where the file lacks it.
            let parts = given.filter(|_| header.is_none()).map(|given| parts_of(given, &canonical));
            let parts: Vec<String> = parts
                .unwrap_or_default()
                .into_iter()
                .filter(|part| view.cell(place, SchemaTable::Voters, &parquet_name(part)))
                .collect();
            let source = if (derived.is_empty() && parts.is_empty()) || header.is_some() {
                let header = header.filter(|_| view.keeps());
                ValueSource::StateList { file: name.clone(), line, header, snapshot: snapshot.clone() }
            } else {
                let filled: Vec<String> = derived
                    .into_iter()
                    .filter(|source| view.cell(place, SchemaTable::Voters, &parquet_name(source)))
                    .filter(|source| row.text(&parquet_name(source)).is_some_and(|text| !text.is_empty()))
                    .collect();
                let from = if filled.is_empty() { parts } else { filled };
                ValueSource::Derived { from, file: name.clone(), line, snapshot: snapshot.clone() }
            };
            values.push(VoterValue { label: label(&canonical), column: canonical, class, value, source });
        }
        Ok(values)
    }
}

/// The snapshot in whose delivery a row of `record` stands that was last seen on `last_seen` in file `index`: `record`
/// itself, or a predecessor from which the row was carried over. `record` when no predecessor tells.
fn origin<'a>(
    record: &'a SnapshotRecord,
    published: &'a [SnapshotRecord],
    last_seen: &str,
    index: usize,
) -> Result<&'a SnapshotRecord, StoreError> {
    let predecessor =
        |of: &&'a SnapshotRecord| published.iter().find(|other| of.predecessor.as_ref() == Some(&other.id));
    // No chain is longer than the list; a circle in a damaged one ends as well.
    let chain = std::iter::successors(Some(record), predecessor).take(published.len());
    for candidate in chain.filter(|candidate| candidate.as_of.to_string() == last_seen) {
        let manifest: serde_json::Value = read_json(&candidate.folder.join("manifest.json"))?;
        let files = manifest["files"].as_array().map_or(0, Vec::len);
        let delivered = manifest["files_delivered"]
            .as_u64()
            .and_then(|delivered| usize::try_from(delivered).ok())
            .unwrap_or(files);
        // The delivery's own files stand last. Two lists may be of one day.
        if (files.saturating_sub(delivered)..files).contains(&index) {
            return Ok(candidate);
        }
    }
    Ok(record)
}

fn votes(
    record: &SnapshotRecord,
    voter: VoterId,
    seen: impl Fn(&str) -> bool,
) -> Result<Vec<VoterVote>, StoreError> {
    if !is_any_seen(SchemaTable::Votes, &seen) {
        return Ok(Vec::new());
    }
    let batches = rows_of(record, "votes.parquet", voter)?;
    let mut votes: Vec<_> = Rows::of(&batches)
        .iter()
        .map(|row| {
            let text = |column: &str| row.text(column).filter(|_| seen(column));
            VoterVote {
                election_date: text("election_date"),
                election_name: text("election_name"),
                election_type: text("election_type"),
                method: text("method"),
                method_raw: text("method_raw"),
                party: text("party"),
                county_name: text("county_name"),
                precinct: text("precinct"),
                counted: row.boolean("counted").filter(|_| seen("counted")),
                carried_from: row.text("carried_from"),
            }
        })
        .collect();
    votes.sort_by(|a, b| b.election_date.cmp(&a.election_date));
    Ok(votes)
}

fn ballots(
    record: &SnapshotRecord,
    voter: VoterId,
    seen: impl Fn(&str) -> bool,
) -> Result<Vec<VoterBallot>, StoreError> {
    if !is_any_seen(SchemaTable::Ballots, &seen) {
        return Ok(Vec::new());
    }
    let batches = rows_of(record, "ballots.parquet", voter)?;
    let mut ballots: Vec<_> = Rows::of(&batches)
        .iter()
        .map(|row| {
            let text = |column: &str| row.text(column).filter(|_| seen(column));
            VoterBallot {
                election_date: text("election_date"),
                election_name: text("election_name"),
                status: text("status"),
                method: text("method"),
                requested_date: text("requested_date"),
                sent_date: text("sent_date"),
                returned_date: text("returned_date"),
                site: text("site"),
            }
        })
        .collect();
    ballots.sort_by(|a, b| b.election_date.cmp(&a.election_date));
    Ok(ballots)
}

/// The file's own name of a column; of the state's own code, that of the column which it tells.
fn header_of(
    given: &serde_json::Map<String, serde_json::Value>,
    canonical: &str,
    parquet: &str,
) -> Option<String> {
    let named = |name: &str| given.get(name).and_then(|header| header.as_str());
    named(canonical)
        .or_else(|| canonical.strip_suffix("_raw").and_then(named))
        .or_else(|| {
            // A name that only a pattern allows, such as `district.other.ward`.
            let same = given.iter().find(|(name, _)| parquet_name(name) == parquet);
            same.and_then(|(_, header)| header.as_str())
        })
        .map(str::to_owned)
}

/// The columns of the file from which a part of a name, an address, a county or a telephone is taken.
fn parts_of(given: &serde_json::Map<String, serde_json::Value>, canonical: &str) -> Vec<String> {
    const PARTS: [(&str, &[&str]); 4] = [
        (
            "res.",
            &["res.line1", "res.line2", "res.full", "res.street_full", "res.house_number", "res.street_name"],
        ),
        ("name.", &["name.full", "name.last", "name.first", "name.middle"]),
        ("county_", &["county_name", "county_code"]),
        ("phone_", &["phone", "phone.area", "phone.number"]),
    ];
    let sources = PARTS.iter().find(|(start, _)| canonical.starts_with(start)).map(|(_, sources)| *sources);
    let sources = sources.unwrap_or_default().iter().filter(|name| **name != canonical);
    sources.filter(|name| given.contains_key(**name)).map(|name| (*name).to_owned()).collect()
}

/// A vote or ballot of which no column is seen does not exist.
fn is_any_seen(table: SchemaTable, seen: &impl Fn(&str) -> bool) -> bool {
    Schema::embedded().columns(table).any(|column| seen(&column.parquet()))
}

fn rows_of(
    record: &SnapshotRecord,
    file: &str,
    VoterId(id): VoterId,
) -> Result<Vec<arrow_array::RecordBatch>, StoreError> {
    let Some(table) = Table::open_if_there(&record.folder.join(file))? else { return Ok(Vec::new()) };
    let (_, positions) = table.matching(&[Condition::Integer("voter_id", id)], &[], 0, usize::MAX)?;
    let columns: Vec<_> = table.columns().collect();
    table.read(&positions, &columns)
}

/// Whether a column may tell where somebody lives or can be reached: never shown of a confidential voter, whatever a
/// delivery or an older snapshot held.
pub(super) fn tells_where(parquet: &str) -> bool {
    const STARTS: [&str; 9] =
        ["res_", "mail_", "household_id", "phone", "email", "fax", "raw_values", "extra_", "prev_address"];
    STARTS.iter().any(|start| parquet.starts_with(start))
}

/// `res.house_number` is `Residence house number`.
fn label(canonical: &str) -> String {
    const GROUPS: [(&str, &str); 5] = [
        ("res.", "Residence "),
        ("mail.", "Mailing "),
        ("name.", "Name "),
        ("district.", "District "),
        ("precinct.", "Precinct "),
    ];
    let (start, rest) = GROUPS
        .into_iter()
        .find_map(|(prefix, words)| canonical.strip_prefix(prefix).map(|rest| (words, rest)))
        .unwrap_or(("", canonical));
    let text = format!("{start}{}", rest.replace(['.', '_'], " "));
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
