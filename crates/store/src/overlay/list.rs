//! Which overlays are there.

use super::{AppendRecord, AppendReport, AppendRequest, AppendStatus};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{Principal, Scope};
use hustings_core::StateCode;
use sea_orm::{FromQueryResult, Value};

const COLUMNS: &str = "SELECT report, status, replaces, created_at, removed_at FROM appends";

#[derive(FromQueryResult)]
struct Row {
    report: String,
    status: String,
    replaces: Option<String>,
    created_at: String,
    removed_at: Option<String>,
}

impl Store {
    /// Overlays that the scope may see, newest first, removed ones too; of one state or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn appends(
        &self,
        scope: &Scope,
        state: Option<StateCode>,
    ) -> Result<Vec<AppendRecord>, StoreError> {
        let records = self.select_appends("ORDER BY created_at DESC, id", Vec::new()).await?;
        Ok(records
            .into_iter()
            .filter(|record| state.is_none_or(|state| record.report.state == state))
            .filter(|record| self.shows(scope, &record.report))
            .collect())
    }

    /// Whether an overlay exists for a scope: an owner shows its own to whom it chooses, and today only the local owner of
    /// the data directory, who can open every file, is somebody else.
    pub(super) fn shows(&self, scope: &Scope, report: &AppendReport) -> bool {
        self.allows(scope, report.state)
            && scope.allows_class(report.class)
            && match scope.principal() {
                Principal::Local => true,
                _ => scope.organization().as_str() == report.owner,
            }
    }

    /// Overlays of a state whose values are shown, newest first.
    pub(super) async fn current_appends(&self, state: StateCode) -> Result<Vec<AppendRecord>, StoreError> {
        self.select_appends(
            "WHERE state = $1 AND status = 'current' ORDER BY created_at DESC, id DESC",
            vec![state.as_str().into()],
        )
        .await
    }

    /// The append of exactly this file by the same id column, unless removed.
    pub(super) async fn known_append(
        &self,
        request: &AppendRequest,
        sha256: &str,
    ) -> Result<Option<AppendRecord>, StoreError> {
        let found = self
            .select_appends(
                "WHERE state = $1 AND owner = $2 AND class = $3 AND file_sha256 = $4 AND id_column = $5 \
                 AND status <> 'removed'",
                vec![
                    request.state.as_str().into(),
                    request.owner.as_str().into(),
                    request.class.as_str().into(),
                    sha256.into(),
                    id_key(&request.id_column).into(),
                ],
            )
            .await?;
        Ok(found.into_iter().next())
    }

    pub(super) async fn select_appends(
        &self,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<AppendRecord>, StoreError> {
        let rows: Vec<Row> =
            self.database.all("read appends", &format!("{COLUMNS} {condition}"), values).await?;
        rows.into_iter().map(record).collect()
    }
}

/// An id column as the header is searched for it: the case of letters does not tell columns apart.
pub(super) fn id_key(id_column: &str) -> String {
    id_column.trim().to_ascii_lowercase()
}

fn record(row: Row) -> Result<AppendRecord, StoreError> {
    let damaged = |what: &str| StoreError::Connect(format!("table appends: column {what} is damaged"));
    let status = match row.status.as_str() {
        "current" => AppendStatus::Current,
        "replaced" => AppendStatus::Replaced,
        "removed" => AppendStatus::Removed,
        _ => return Err(damaged("status")),
    };
    let mut report: AppendReport = serde_json::from_str(&row.report).map_err(|_| damaged("report"))?;
    // Removals of other appends may have changed it since.
    report.replaces = row.replaces;
    Ok(AppendRecord { status, created_at: row.created_at, removed_at: row.removed_at, report })
}
