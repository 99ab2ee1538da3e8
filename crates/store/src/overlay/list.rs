//! Which overlays are there.

use super::{AppendRecord, AppendReport, AppendRequest, AppendRows, AppendStatus};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::keyring::{DataKey, WrappedKey};
use crate::store::Store;
use hustings_access::{Lineage, Scope};
use hustings_core::{FieldClass, StateCode};
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &str = "SELECT a.id, a.state, a.owner, a.class, a.snapshot_id, a.report, a.status, a.replaces, \
                       a.created_at, a.removed_at, a.key_id, a.lineage, k.wrapped, k.destroyed_at \
                       FROM appends a LEFT JOIN data_keys k ON k.id = a.key_id";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    state: String,
    owner: String,
    class: String,
    snapshot_id: String,
    report: String,
    status: String,
    replaces: Option<String>,
    created_at: String,
    removed_at: Option<String>,
    key_id: Option<String>,
    lineage: String,
    wrapped: Option<String>,
    destroyed_at: Option<String>,
}

/// One append as the database has it: what it is about lies open, what is in it does not.
pub(super) struct StoredAppend {
    /// With a report that is blank but for whose and of what it is.
    record: AppendRecord,
    /// The report, encrypted.
    sealed: String,
    /// None: release 0.1 wrote it, and it could not be encrypted.
    key: Option<WrappedKey>,
    /// What its rows found their voters by; empty where those were ids.
    lineage: Lineage,
}

impl StoredAppend {
    /// The report, blank but for whose and of what it is.
    pub(super) fn outline(&self) -> &AppendReport {
        &self.record.report
    }

    /// The record with its whole report, and its key; none when the key is destroyed.
    pub(super) fn open(self, store: &Store) -> Result<Option<(AppendRecord, DataKey)>, StoreError> {
        let Self { mut record, sealed, key, .. } = self;
        let id = &record.report.append;
        let key = key.ok_or_else(|| {
            StoreError::Key(format!(
                "append {id} is damaged and could not be encrypted: remove it with `hustings append remove {id}`"
            ))
        })?;
        if key.destroyed_at.is_some() {
            return Ok(None);
        }
        let key = store.unwrap_key(&key)?;
        let json = key.open(&report_place(id), &sealed);
        let mut report: AppendReport = json
            .and_then(|json| serde_json::from_str(&json).ok())
            .ok_or_else(|| StoreError::Connect(format!("table appends: the report of {id} is damaged")))?;
        // Removals of other appends may have changed it since.
        report.replaces = record.report.replaces;
        record.report = report;
        Ok(Some((record, key)))
    }

    /// The record with nothing of the file.
    pub(super) fn blank(&self) -> AppendRecord {
        let mut blank = self.record.clone();
        (blank.report.replaced, blank.report.replaces) = (false, None);
        blank
    }

    /// For a list: with the reason when it cannot be opened.
    pub(super) fn listed(self, store: &Store) -> AppendRecord {
        let outline = self.record.clone();
        let destroyed_at = self.key.as_ref().and_then(|key| key.destroyed_at.clone());
        let unreadable = match self.open(store) {
            Ok(Some((record, _))) => return record,
            Ok(None) => format!(
                "its key was destroyed on {}: nobody can read its values again",
                destroyed_at.as_deref().and_then(|time| time.get(..10)).unwrap_or("an unknown day")
            ),
            Err(error) => error.to_string(),
        };
        AppendRecord { unreadable: Some(unreadable), ..outline }
    }
}

impl Store {
    /// Overlays that exist for the scope, newest first, of one state or of all. Of its own, and of what is granted whole,
    /// removed ones too; of what is granted in part the current ones, with the columns and counts of that part.
    ///
    /// # Errors
    /// When the database or a file fails.
    pub async fn appends(
        &self,
        scope: &Scope<'_>,
        state: Option<StateCode>,
    ) -> Result<Vec<AppendRecord>, StoreError> {
        let mut seen = Vec::new();
        for stored in self.select_appends(None, "ORDER BY a.created_at DESC, a.id", Vec::new()).await? {
            let outline = stored.outline();
            if state.is_some_and(|state| outline.state != state) {
                continue;
            }
            let view = self.overlay_view(scope, outline);
            if !self.is_shown(scope, &stored).await? {
                if view.is_whole() {
                    let unreadable = Some("grant ended".to_owned());
                    seen.push(AppendRecord { unreadable, ..stored.blank() });
                }
            } else if view.is_whole() {
                seen.push(stored.listed(self));
            } else if view.exists() && stored.record.status == AppendStatus::Current {
                seen.extend(self.part_of(stored, &view).await?);
            }
        }
        Ok(seen)
    }

    /// The columns of an organization's own overlays that are shown, by state and class, as they are stored
    /// (`rivera__support`); without those that nobody can read any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_columns(
        &self,
        scope: &Scope<'_>,
    ) -> Result<BTreeMap<(StateCode, FieldClass), BTreeSet<String>>, StoreError> {
        let own = scope.organization().as_str();
        let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        let current = "WHERE a.owner = $1 AND a.status = 'current' ORDER BY a.created_at, a.id";
        for stored in self.select_appends(None, current, vec![own.into()]).await? {
            if !self.overlay_view(scope, stored.outline()).is_whole()
                || !self.is_shown(scope, &stored).await?
            {
                continue;
            }
            let report = stored.listed(self).report;
            if !report.columns.is_empty() {
                let columns = report.columns.into_iter().map(|column| column.name);
                found.entry((report.state, report.class)).or_default().extend(columns);
            }
        }
        Ok(found)
    }

    /// Whether what an append's rows found their voters by is still granted to its owner.
    pub(super) async fn is_shown(
        &self,
        scope: &Scope<'_>,
        stored: &StoredAppend,
    ) -> Result<bool, StoreError> {
        if stored.lineage.origins().next().is_none() {
            return Ok(true);
        }
        let owner = stored.outline().owner.parse();
        let owner =
            owner.map_err(|_| StoreError::Connect("table appends: column owner is damaged".to_owned()))?;
        Ok(self.cells_live(scope, &stored.lineage, &self.standing(&owner, None).await?))
    }

    /// Overlays of a state whose values are shown, newest first; as they stand `within` a transaction, if in one.
    pub(super) async fn current_appends(
        &self,
        within: Option<&Transaction>,
        state: StateCode,
    ) -> Result<Vec<StoredAppend>, StoreError> {
        self.select_appends(
            within,
            "WHERE a.state = $1 AND a.status = 'current' ORDER BY a.created_at DESC, a.id DESC",
            vec![state.as_str().into()],
        )
        .await
    }

    /// The append of exactly this file by the same id column, unless removed.
    pub(super) async fn known_append(
        &self,
        within: Option<&Transaction>,
        request: &AppendRequest,
        sha256: &str,
        key: &DataKey,
    ) -> Result<Option<AppendRecord>, StoreError> {
        let found = self
            .select_appends(
                within,
                "WHERE a.state = $1 AND a.owner = $2 AND a.class = $3 AND a.file_sha256 = $4 AND a.id_column = $5 \
                 AND a.status <> 'removed'",
                vec![
                    request.state.as_str().into(),
                    request.owner.as_str().into(),
                    request.class.as_str().into(),
                    key.digest("file", sha256).into(),
                    digest_of_column(key, &request.id_column).into(),
                ],
            )
            .await?;
        match found.into_iter().next() {
            Some(stored) => Ok(stored.open(self)?.map(|(record, _)| record)),
            None => Ok(None),
        }
    }

    /// Within a transaction by its own connection: all others may be taken by those who wait for it to end.
    pub(super) async fn select_appends(
        &self,
        within: Option<&Transaction>,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<StoredAppend>, StoreError> {
        let sql = format!("{COLUMNS} {condition}");
        let rows: Vec<Row> = match within {
            Some(transaction) => transaction.all(&sql, values).await?,
            None => self.database.all("read appends", &sql, values).await?,
        };
        rows.into_iter().map(stored).collect()
    }
}

/// An id column as the header is searched for it (the case of letters does not tell columns apart), as a digest.
pub(super) fn digest_of_column(key: &DataKey, id_column: &str) -> String {
    key.digest("id column", &id_column.trim().to_ascii_lowercase())
}

/// What an encrypted report belongs to.
pub(super) fn report_place(append: &str) -> String {
    format!("report of {append}")
}

fn stored(row: Row) -> Result<StoredAppend, StoreError> {
    let damaged = |what: &str| StoreError::Connect(format!("table appends: column {what} is damaged"));
    let status = match row.status.as_str() {
        "current" => AppendStatus::Current,
        "replaced" => AppendStatus::Replaced,
        "removed" => AppendStatus::Removed,
        _ => return Err(damaged("status")),
    };
    let class = row.class.parse().map_err(|_| damaged("class"))?;
    let lineage = serde_json::from_str(&row.lineage).map_err(|_| damaged("lineage"))?;
    let key = row.key_id.map(|id| WrappedKey {
        id,
        owner: row.owner.clone(),
        class,
        wrapped: row.wrapped.unwrap_or_default(),
        destroyed_at: row.destroyed_at,
    });
    let report = AppendReport {
        append: row.id,
        state: row.state.parse().map_err(|_| damaged("state"))?,
        owner: row.owner,
        class,
        id_column: String::new(),
        file: String::new(),
        sha256: String::new(),
        snapshot: row.snapshot_id,
        rows: AppendRows::default(),
        matching: None,
        columns: Vec::new(),
        replaced: row.replaces.is_some(),
        replaces: row.replaces,
        unchanged: false,
        run: None,
        removed_before: None,
    };
    let (created_at, removed_at) = (row.created_at, row.removed_at);
    let record = AppendRecord { status, created_at, removed_at, unreadable: None, report };
    Ok(StoredAppend { record, sealed: row.report, key, lineage })
}
