//! Which runs there are for a scope: its organization's own, for who may see all of that organization's private data of
//! the state, while all that they were made from is granted.

use super::{MatchRunRecord, Sealed, no_run, report_place};
use crate::error::StoreError;
use crate::keyring::{DataKey, WrappedKey};
use crate::read::is_everywhere;
use crate::store::Store;
use hustings_access::lineage::Origin;
use hustings_access::verb::Append;
use hustings_access::{Act, Lineage, Principal, Scope, Span, Standing};
use hustings_core::{FieldClass, StateCode};
use sea_orm::FromQueryResult;

const COLUMNS: &str = "SELECT r.id, r.state, r.owner, r.snapshot_id, r.key_id, r.report, r.lineage, r.made_by, \
                       r.created_at, k.wrapped, k.destroyed_at \
                       FROM match_runs r JOIN data_keys k ON k.id = r.key_id";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    state: String,
    owner: String,
    snapshot_id: String,
    key_id: String,
    report: String,
    lineage: String,
    made_by: String,
    created_at: String,
    wrapped: String,
    destroyed_at: Option<String>,
}

/// A run that is there for a scope.
pub(crate) struct OpenRun {
    pub(crate) record: MatchRunRecord,
    pub(crate) owner: String,
    pub(crate) key: DataKey,
    /// What it was made from.
    pub(crate) lineage: Lineage,
    pub(super) sealed: Sealed,
}

impl Store {
    /// The runs of the scope's organization with a state's voters, the newest first; of those that have ended only that
    /// they were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn match_runs(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
    ) -> Result<Vec<MatchRunRecord>, StoreError> {
        let mut runs = Vec::new();
        for row in self.run_rows(scope, state).await? {
            let ended = outline(&row, state);
            runs.push(self.open_row(scope, row, state).await?.map_or(ended, |open| open.record));
        }
        Ok(runs)
    }

    /// The runs that have not ended, the newest first.
    pub(super) async fn open_runs(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
    ) -> Result<Vec<OpenRun>, StoreError> {
        let mut open = Vec::new();
        for row in self.run_rows(scope, state).await? {
            open.extend(self.open_row(scope, row, state).await?);
        }
        Ok(open)
    }

    async fn run_rows(&self, scope: &Scope<'_>, state: StateCode) -> Result<Vec<Row>, StoreError> {
        if !self.sees_matches(scope, state) {
            return Ok(Vec::new());
        }
        let sql = format!(
            "{COLUMNS} WHERE r.owner = $1 AND r.state = $2 AND r.status = 'current' ORDER BY r.created_at DESC, r.id"
        );
        let values = vec![scope.organization().as_str().into(), state.as_str().into()];
        self.database.all("list match runs", &sql, values).await
    }

    /// One run; none where it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn match_run(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        run: &str,
    ) -> Result<Option<MatchRunRecord>, StoreError> {
        Ok(self.open_run(scope, state, run).await?.map(|open| open.record))
    }

    /// Whether the act's organization keeps runs of its own in a state.
    pub(super) fn may_match(&self, act: &Act<'_, Append>, state: StateCode) -> bool {
        self.sees_matches(act, state) && act.may_write(act.organization(), FieldClass::Private, state)
    }

    /// Whether the scope sees all private data of its own organization in a state.
    pub(super) fn sees_matches(&self, scope: &Scope<'_>, state: StateCode) -> bool {
        self.is_live(scope)
            && scope
                .rights()
                .of(scope.organization(), FieldClass::Private, state)
                .any(|right| is_everywhere(right) && right.columns == Span::All)
    }

    /// Whether all that a run was made from is granted; or was seen by whoever opens the data directory, and they ask.
    pub(super) fn run_lives(&self, scope: &Scope<'_>, lineage: &Lineage, standing: &Standing) -> bool {
        lineage.is_alive(standing, self.instant()) || was_opened(scope, lineage, standing)
    }

    /// Whether cells that found their voters by this are shown: while the owner, whose standing it is, is granted as much, were
    /// it by another grant; else to whoever opens the data directory, where they did.
    pub(crate) fn cells_live(&self, scope: &Scope<'_>, lineage: &Lineage, standing: &Standing) -> bool {
        lineage.is_granted(standing, self.instant()) || was_opened(scope, lineage, standing)
    }

    /// A run with its key, as long as all that it was made from is granted.
    pub(crate) async fn open_run(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        run: &str,
    ) -> Result<Option<OpenRun>, StoreError> {
        if !self.sees_matches(scope, state) {
            return Ok(None);
        }
        let sql =
            format!("{COLUMNS} WHERE r.id = $1 AND r.owner = $2 AND r.state = $3 AND r.status = 'current'");
        let values = vec![run.into(), scope.organization().as_str().into(), state.as_str().into()];
        match self.database.one::<Row>("read match run", &sql, values).await? {
            Some(row) => self.open_row(scope, row, state).await,
            None => Ok(None),
        }
    }

    /// As [`Store::open_run`], for what is to be changed.
    pub(crate) async fn demand_run(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        run: &str,
    ) -> Result<OpenRun, StoreError> {
        let open = self.open_run(act, state, run).await?;
        open.filter(|_| self.may_match(act, state)).ok_or_else(|| no_run(run))
    }

    async fn open_row(
        &self,
        scope: &Scope<'_>,
        row: Row,
        state: StateCode,
    ) -> Result<Option<OpenRun>, StoreError> {
        let damaged =
            |what: &str| StoreError::Connect(format!("table match_runs: {what} of {} is damaged", row.id));
        let lineage: Lineage = serde_json::from_str(&row.lineage).map_err(|_| damaged("the lineage"))?;
        let standing = self.standing(scope.organization(), None).await?;
        if row.destroyed_at.is_some() || !self.run_lives(scope, &lineage, &standing) {
            return Ok(None);
        }
        let mut record = outline(&row, state);
        let key = self.unwrap_key(&WrappedKey {
            id: row.key_id.clone(),
            owner: row.owner.clone(),
            class: FieldClass::Private,
            wrapped: row.wrapped.clone(),
            destroyed_at: None,
        })?;
        let sealed = key.open(&report_place(&row.id), &row.report);
        let sealed: Sealed =
            sealed.and_then(|json| serde_json::from_str(&json).ok()).ok_or_else(|| damaged("the report"))?;
        record.report = Some(sealed.report.clone());
        Ok(Some(OpenRun { record, owner: row.owner, key, lineage, sealed }))
    }
}

/// Whether it was made from lists that whoever opens the data directory sees there, and they ask.
fn was_opened(scope: &Scope<'_>, lineage: &Lineage, standing: &Standing) -> bool {
    let opened = |origin: &Origin| {
        origin.class == FieldClass::Base
            && origin.grant.is_none()
            && origin.owner == *standing.base_owner(origin.state)
    };
    *scope.principal() == Principal::Local && lineage.origins().all(opened)
}

fn outline(row: &Row, state: StateCode) -> MatchRunRecord {
    // The state was asked for by its very name.
    debug_assert_eq!(row.state, state.as_str());
    MatchRunRecord {
        id: row.id.clone(),
        state,
        snapshot: row.snapshot_id.clone(),
        made_by: row.made_by.clone(),
        created_at: row.created_at.clone(),
        report: None,
    }
}
