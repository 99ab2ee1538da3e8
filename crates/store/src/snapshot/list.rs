//! Which snapshots are there.

use super::{SnapshotRecord, SnapshotStatus};
use crate::error::StoreError;
use crate::read::{Confidential, View, VisibleCounts};
use crate::store::Store;
use hustings_access::verb::Load;
use hustings_access::{Act, Scope};
use hustings_core::StateCode;
use sea_orm::{FromQueryResult, Value};
use std::sync::Arc;

const COLUMNS: &str = "SELECT s.state, s.id, s.as_of, s.inputs_digest, s.status, s.predecessor, s.layout, \
     s.voters, s.households, s.gate_failed, s.accepted_reason, s.created_at, s.discarded_at, \
     CAST(CASE WHEN c.snapshot_id IS NULL THEN 0 ELSE 1 END AS bigint) AS is_current \
     FROM snapshots s LEFT JOIN current_snapshots c ON c.state = s.state AND c.snapshot_id = s.id";

#[derive(FromQueryResult)]
pub(super) struct Row {
    state: String,
    id: String,
    as_of: String,
    inputs_digest: String,
    status: String,
    predecessor: Option<String>,
    layout: String,
    voters: i64,
    households: i64,
    gate_failed: String,
    accepted_reason: Option<String>,
    created_at: String,
    discarded_at: Option<String>,
    is_current: i64,
}

#[derive(FromQueryResult)]
struct State {
    state: String,
}

#[derive(FromQueryResult)]
struct Current {
    state: String,
    snapshot_id: String,
}

impl Store {
    /// States with at least one snapshot that exists for the scope, in alphabetical order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn states(&self, scope: &Scope<'_>) -> Result<Vec<StateCode>, StoreError> {
        let rows: Vec<State> = self
            .database
            .all("list states", "SELECT DISTINCT state FROM snapshots ORDER BY state", Vec::new())
            .await?;
        let mut states = Vec::new();
        for state in rows.iter().filter_map(|row| row.state.parse().ok()) {
            let view = self.view(scope, state);
            if view.keeps() || (view.exists() && self.current_record(state).await?.is_some()) {
                states.push(state);
            }
        }
        Ok(states)
    }

    /// Every snapshot of a state, newest first: for who may load the list held and undone ones too, for others the
    /// published ones, with the voters and households that exist for the scope.
    ///
    /// # Errors
    /// When the database or a file fails.
    pub async fn snapshots(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
    ) -> Result<Vec<SnapshotRecord>, StoreError> {
        let view = self.view(scope, state);
        if !view.exists() {
            return Ok(Vec::new());
        }
        let records = self.records(state).await?;
        self.seen(&view, state, records).await
    }

    /// The snapshot that everybody reads.
    ///
    /// # Errors
    /// When the database or a file fails.
    pub async fn current(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let view = self.view(scope, state);
        if !view.exists() {
            return Ok(None);
        }
        let current = self.current_record(state).await?;
        Ok(self.seen(&view, state, current.into_iter().collect()).await?.pop())
    }

    /// One snapshot by its id.
    ///
    /// # Errors
    /// When the database or a file fails.
    pub async fn snapshot(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        id: &str,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let view = self.view(scope, state);
        if !view.exists() {
            return Ok(None);
        }
        let record = self.record(state, id).await?;
        Ok(self.seen(&view, state, record.into_iter().collect()).await?.pop())
    }

    /// The snapshots made of exactly these input files: the current one first, then the one written last.
    ///
    /// # Errors
    /// When the act may not load the state's list, or the database fails.
    pub async fn find_by_inputs(
        &self,
        act: &Act<'_, Load>,
        state: StateCode,
        inputs_digest: &str,
    ) -> Result<Vec<SnapshotRecord>, StoreError> {
        self.demand_load(act, state)?;
        self.select(
            state,
            "WHERE s.state = $1 AND s.inputs_digest = $2 ORDER BY is_current DESC, s.created_at DESC",
            vec![inputs_digest.into()],
        )
        .await
    }

    /// Every snapshot of a state, newest first, for whomever.
    pub(crate) async fn records(&self, state: StateCode) -> Result<Vec<SnapshotRecord>, StoreError> {
        self.select(state, "WHERE s.state = $1 ORDER BY s.as_of DESC, s.created_at DESC, s.id", Vec::new())
            .await
    }

    /// The states with a snapshot that everybody reads, and its id, for whomever.
    pub(crate) async fn all_current(&self) -> Result<Vec<(StateCode, String)>, StoreError> {
        let sql = "SELECT state, snapshot_id FROM current_snapshots ORDER BY state";
        let rows: Vec<Current> = self.database.all("list current snapshots", sql, Vec::new()).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.state.parse().ok()?, row.snapshot_id))).collect())
    }

    /// The snapshot that everybody reads, for whomever.
    pub(crate) async fn current_record(
        &self,
        state: StateCode,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let rows = self.select(state, "WHERE s.state = $1 AND c.snapshot_id IS NOT NULL", Vec::new()).await?;
        Ok(rows.into_iter().next())
    }

    /// One snapshot by its id, for whomever.
    pub(crate) async fn record(
        &self,
        state: StateCode,
        id: &str,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        let rows = self.select(state, "WHERE s.state = $1 AND s.id = $2", vec![id.into()]).await?;
        Ok(rows.into_iter().next())
    }

    /// What of these snapshots exists for a scope.
    async fn seen(
        &self,
        view: &View<'_>,
        state: StateCode,
        records: Vec<SnapshotRecord>,
    ) -> Result<Vec<SnapshotRecord>, StoreError> {
        if view.keeps() {
            return Ok(records);
        }
        visible(view, &self.confidential(state).await?, records)
    }

    /// `condition` has the state as `$1` and `values` from `$2` on.
    async fn select(
        &self,
        state: StateCode,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<SnapshotRecord>, StoreError> {
        let values = std::iter::once(state.as_str().into()).chain(values).collect();
        let rows: Vec<Row> =
            self.database.all("read snapshots", &format!("{COLUMNS} {condition}"), values).await?;
        rows.into_iter().map(|row| row.into_record(self)).collect()
    }
}

/// What of these snapshots exists for a scope that does not keep the list.
fn visible(
    view: &View<'_>,
    confidential: &Arc<Confidential>,
    mut records: Vec<SnapshotRecord>,
) -> Result<Vec<SnapshotRecord>, StoreError> {
    records.retain(|record| record.status == SnapshotStatus::Published);
    for record in &mut records {
        let counts = VisibleCounts::of(view, confidential, &record.folder)?;
        (record.voters, record.households) = (counts.voters, counts.households);
        // What is about the delivery is about the whole state.
        record.inputs_digest.clear();
        record.gate_failed.clear();
        record.accepted_reason = None;
    }
    Ok(records)
}

impl Row {
    fn into_record(self, store: &Store) -> Result<SnapshotRecord, StoreError> {
        let bad = |column: &str, value: &str| {
            StoreError::Connect(format!("table snapshots: `{value}` in column {column} is damaged"))
        };
        let state: StateCode = self.state.parse().map_err(|_| bad("state", &self.state))?;
        let status = SnapshotStatus::parse(&self.status, self.discarded_at.as_deref())?;
        let folder = match status {
            SnapshotStatus::Held | SnapshotStatus::Discarded => store.data.held(state, &self.id),
            SnapshotStatus::Published | SnapshotStatus::Undone => store.data.snapshot(state, &self.id),
        };
        Ok(SnapshotRecord {
            as_of: self.as_of.parse().map_err(|_| bad("as_of", &self.as_of))?,
            voters: self.voters.try_into().map_err(|_| bad("voters", &self.voters.to_string()))?,
            households: self
                .households
                .try_into()
                .map_err(|_| bad("households", &self.households.to_string()))?,
            gate_failed: serde_json::from_str(&self.gate_failed)
                .map_err(|_| bad("gate_failed", &self.gate_failed))?,
            id: self.id,
            state,
            inputs_digest: self.inputs_digest,
            status,
            is_current: self.is_current == 1,
            predecessor: self.predecessor,
            layout: self.layout,
            accepted_reason: self.accepted_reason,
            created_at: self.created_at,
            discarded_at: self.discarded_at,
            folder,
        })
    }
}
