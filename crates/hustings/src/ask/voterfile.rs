//! What loads have left: snapshots, reports, changes, held-back rows, and single voters, within the asker's scope.

use super::{Ask, AskError, Call, hidden, reading};
use crate::pages::words::is_state;
use hustings_access::verb::Read;
use hustings_access::{Act, Actor, Request};
use hustings_core::StateCode;
use hustings_store::{
    ChangeCounts, ChangeFilter, NamedChange, QuarantineFilter, QuarantineRow, SnapshotRecord, SnapshotStatus,
    Store, VoterRecord, VoterSelector,
};
use hustings_voterfile::change::ChangeKind;
use hustings_voterfile::gate::DUPLICATE_ID;
use hustings_voterfile::record::QuarantineRule;
use hustings_voterfile::report::LoadReport;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// Rows of one answer over the network at most: more are asked for by `offset`.
const NETWORK_ROWS_MAX: usize = 10_000;
/// Rows of an answer, unless a number is named.
pub const ROWS: usize = 1_000;

/// To list the snapshots of a state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSnapshots {
    /// Whose.
    pub state: StateCode,
}

/// The snapshots of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotList {
    /// Whose.
    pub state: StateCode,
    /// Newest first.
    pub snapshots: Vec<SnapshotRecord>,
}

impl Ask for ListSnapshots {
    type Answer = SnapshotList;

    fn call(&self) -> Call {
        Call::get(&["states", self.state.as_str(), "snapshots"])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let state = self.state;
        if !is_state(state) {
            return Err(AskError::Input(format!("`{state}` is no state: expected two letters such as nc")));
        }
        let read = async |act: &Act<'_, Read>| Ok(store.snapshots(act, state).await?);
        let mut snapshots = reading(store, actor, Request::voters_of(state), read).await?;
        if actor.network {
            snapshots.iter_mut().for_each(|snapshot| snapshot.folder.clear());
        }
        Ok(SnapshotList { state, snapshots })
    }
}

/// To show the report of a load.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowReport {
    /// Whose.
    pub state: StateCode,
    /// The snapshot; the current one when not given.
    #[serde(default)]
    pub snapshot: Option<String>,
}

impl Ask for ShowReport {
    type Answer = LoadReport;

    fn call(&self) -> Call {
        Call::get(&["states", self.state.as_str(), "report"]).with("snapshot", self.snapshot.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let read = async |act: &Act<'_, Read>| {
            let snapshot = snapshot(store, act, self.state, self.snapshot.as_deref()).await?;
            store.report(act, &snapshot).map_err(hidden)
        };
        reading(store, actor, Request::voters_of(self.state), read).await
    }
}

/// To list what changed against the snapshot before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListChanges {
    /// Whose.
    pub state: StateCode,
    /// The snapshot; the current one when not given.
    #[serde(default)]
    pub snapshot: Option<String>,
    /// Only this kind.
    #[serde(default)]
    pub kind: Option<String>,
    /// Only this county.
    #[serde(default)]
    pub county: Option<String>,
    /// Leave out so many first.
    #[serde(default, deserialize_with = "of_text")]
    pub offset: u64,
    /// At most so many.
    #[serde(default = "rows", deserialize_with = "of_text")]
    pub limit: usize,
}

/// Changes of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeList {
    /// The snapshot.
    pub snapshot: String,
    /// Whose.
    pub state: StateCode,
    /// All changes by kind.
    pub counts: BTreeMap<String, u64>,
    /// Changes that satisfy the filter.
    pub total: u64,
    /// Left out before the first.
    pub offset: u64,
    /// The changes.
    pub changes: Vec<NamedChange>,
}

impl Ask for ListChanges {
    type Answer = ChangeList;

    fn call(&self) -> Call {
        Call::get(&["states", self.state.as_str(), "changes"])
            .with("snapshot", self.snapshot.as_ref())
            .with("kind", self.kind.as_ref())
            .with("county", self.county.as_ref())
            .with("offset", Some(self.offset))
            .with("limit", Some(self.limit))
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let read = async |act: &Act<'_, Read>| {
            let snapshot = snapshot(store, act, self.state, self.snapshot.as_deref()).await?;
            let counts = store.change_counts(act, &snapshot).await?;
            self.check(&counts, &snapshot.id)?;
            let filter = ChangeFilter { kind: self.kind.clone(), county: self.county.clone(), voter: None };
            let limit = limit(self.limit, actor);
            let page = store.changes(act, &snapshot, &filter, self.offset, limit).await?;
            Ok(ChangeList {
                snapshot: snapshot.id,
                state: self.state,
                counts: counts.by_kind().clone(),
                total: page.total,
                offset: page.offset,
                changes: page.rows,
            })
        };
        reading(store, actor, Request::voters_of(self.state), read).await
    }
}

impl ListChanges {
    /// A misspelled kind or county must not look like a week in which nothing happened.
    fn check(&self, counts: &ChangeCounts, snapshot: &str) -> Result<(), AskError> {
        if let Some(kind) = &self.kind
            && !ChangeKind::ALL.iter().any(|known| known.as_str() == kind)
        {
            let known: Vec<&str> = ChangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err(AskError::Input(format!(
                "unknown kind of change `{kind}`: expected one of {}",
                known.join(", ")
            )));
        }
        if let Some(county) = &self.county
            && !counts.counties.iter().any(|known| known.eq_ignore_ascii_case(county.trim()))
        {
            return Err(AskError::Input(format!("no county `{county}` in snapshot {snapshot}")));
        }
        Ok(())
    }
}

/// To list the rows that were held back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuarantine {
    /// Whose.
    pub state: StateCode,
    /// The snapshot; the current one when not given.
    #[serde(default)]
    pub snapshot: Option<String>,
    /// Only this rule.
    #[serde(default)]
    pub rule: Option<String>,
    /// Only from this kind of file.
    #[serde(default)]
    pub kind: Option<String>,
    /// Leave out so many first.
    #[serde(default, deserialize_with = "of_text")]
    pub offset: u64,
    /// At most so many.
    #[serde(default = "rows", deserialize_with = "of_text")]
    pub limit: usize,
}

/// Rows held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineList {
    /// The snapshot.
    pub snapshot: String,
    /// Whose.
    pub state: StateCode,
    /// All held-back rows by rule.
    pub counts: BTreeMap<String, u64>,
    /// Rows that satisfy the filter.
    pub total: u64,
    /// Left out before the first.
    pub offset: u64,
    /// The rows.
    pub rows: Vec<QuarantineRow>,
}

impl Ask for ListQuarantine {
    type Answer = QuarantineList;

    fn call(&self) -> Call {
        Call::get(&["states", self.state.as_str(), "quarantine"])
            .with("snapshot", self.snapshot.as_ref())
            .with("rule", self.rule.as_ref())
            .with("kind", self.kind.as_ref())
            .with("offset", Some(self.offset))
            .with("limit", Some(self.limit))
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let rules = || QuarantineRule::ALL.iter().map(|rule| rule.name()).chain([DUPLICATE_ID]);
        if let Some(rule) = self.rule.as_ref().filter(|rule| !rules().any(|known| known == rule.as_str())) {
            let known: Vec<&str> = rules().collect();
            return Err(AskError::Input(format!(
                "unknown rule `{rule}`: expected one of {}",
                known.join(", ")
            )));
        }
        let filter = QuarantineFilter { rule: self.rule.clone(), kind: self.kind.clone(), file: None };
        let read = async |act: &Act<'_, Read>| {
            let snapshot = snapshot(store, act, self.state, self.snapshot.as_deref()).await?;
            let counts = store.report(act, &snapshot).map_err(hidden)?.summary.quarantine;
            let page =
                store.quarantine(act, &snapshot, &filter, self.offset, limit(self.limit, actor)).await?;
            Ok(QuarantineList {
                snapshot: snapshot.id,
                state: self.state,
                counts,
                total: page.total,
                offset: page.offset,
                rows: page.rows,
            })
        };
        reading(store, actor, Request::voters_of(self.state), read).await
    }
}

/// To show one voter. Over the network the id stays out of the address, which proxies keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowVoter {
    /// Whose list.
    pub state: StateCode,
    /// The state's id of the voter.
    pub id: String,
    /// As the list of this day or the last one before it has the voter.
    #[serde(default)]
    pub as_of: Option<Date>,
}

impl Ask for ShowVoter {
    type Answer = VoterRecord;

    fn call(&self) -> Call {
        Call::post(&["voters", "find"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let find = async |act: &Act<'_, Read>| {
            if let Some(date) = self.as_of {
                let snapshots = store.snapshots(act, self.state).await?;
                let published = snapshots.iter().filter(|one| one.status == SnapshotStatus::Published);
                if let Some(first) = published.map(|one| one.as_of).min().filter(|first| date < *first) {
                    return Err(AskError::Input(format!(
                        "no list of {} is as old as {date}: the first is of {first}",
                        self.state
                    )));
                }
            }
            Ok(store.voter_by_state_id(act, self.state, self.as_of, &self.id).await?)
        };
        let missing = || AskError::NotFound(format!("no voter `{}` in {}", self.id, self.state));
        let key = reading(store, actor, Request::voters_of(self.state), find).await?.ok_or_else(missing)?;
        // Nothing of the voter leaves before the log has them by the name by which its owner finds all who saw them.
        let name = store.voter_log_name(actor.organization_id(), self.state, &key).ok_or_else(missing)?;
        let selector = VoterSelector::Key(&key);
        let read = async |act: &Act<'_, Read>| Ok(store.voter(act, self.state, self.as_of, selector).await?);
        let request = Request::voters_of(self.state).about(name);
        reading(store, actor, request, read).await?.ok_or_else(missing)
    }
}

/// The snapshot named, else the current one.
async fn snapshot(
    store: &Store,
    act: &Act<'_, Read>,
    state: StateCode,
    id: Option<&str>,
) -> Result<SnapshotRecord, AskError> {
    let found = match id {
        Some(id) => store.snapshot(act, state, id).await?,
        None => store.current(act, state).await?,
    };
    found.ok_or_else(|| {
        AskError::NotFound(match id {
            Some(id) => {
                format!("no snapshot `{id}` of {state}: `hustings snapshots --state {state}` lists them")
            }
            None => {
                format!("no snapshot of {state} yet: `hustings load PATH --state {state}` makes the first")
            }
        })
    })
}

fn limit(asked: usize, actor: &Actor) -> usize {
    if actor.network { asked.min(NETWORK_ROWS_MAX) } else { asked }
}

fn rows() -> usize {
    ROWS
}

/// A number as it stands in an address.
pub(super) fn of_text<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(
    deserializer: D,
) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
