//! Removing an overlay: marked first, then its files are deleted.

use super::{AppendRecord, AppendStatus};
use crate::durable;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Scope;

impl Store {
    /// Removes an overlay and deletes its files; what it had replaced is shown again. Removing it a second time deletes
    /// what a crash may have left.
    ///
    /// # Errors
    /// When there is no such append, or database or disk fail.
    pub async fn remove_append(&self, scope: &Scope, id: &str) -> Result<AppendRecord, StoreError> {
        let known = self.append_by_id(scope, id).await?;
        let now = self.now();
        if known.status != AppendStatus::Removed {
            let transaction = self.database.begin("remove append").await?;
            transaction
                .execute(
                    "UPDATE appends SET status = 'removed', removed_at = $1, updated_at = $1, updated_by = $2 \
                     WHERE id = $3",
                    vec![now.as_str().into(), transaction.name().into(), id.into()],
                )
                .await?;
            let before = known.report.replaces.clone();
            if known.status == AppendStatus::Current
                && let Some(before) = &before
            {
                transaction
                    .execute(
                        "UPDATE appends SET status = 'current', updated_at = $1, updated_by = $2 \
                         WHERE id = $3 AND status = 'replaced'",
                        vec![now.as_str().into(), transaction.name().into(), before.as_str().into()],
                    )
                    .await?;
            }
            self.relink(&transaction, id, before).await?;
            transaction.commit().await?;
            self.log(scope, "append remove", &known.report)?;
        }
        let folder = self.data.overlays(&known.report.owner, known.report.class).join(id);
        durable::remove_tree(&folder)?;
        self.append_by_id(scope, id).await
    }

    /// Whoever replaced the removed append now replaces what that one had replaced.
    async fn relink(
        &self,
        transaction: &crate::database::Transaction,
        id: &str,
        before: Option<String>,
    ) -> Result<(), StoreError> {
        let followers = self.select_appends("WHERE replaces = $1", vec![id.into()]).await?;
        for follower in followers {
            let mut report = follower.report;
            report.replaces.clone_from(&before);
            transaction
                .execute(
                    "UPDATE appends SET replaces = $1, report = $2, updated_at = $3, updated_by = $4 WHERE id = $5",
                    vec![
                        before.clone().into(),
                        serde_json::json!(report).to_string().into(),
                        self.now().into(),
                        transaction.name().into(),
                        report.append.as_str().into(),
                    ],
                )
                .await?;
        }
        Ok(())
    }

    async fn append_by_id(&self, scope: &Scope, id: &str) -> Result<AppendRecord, StoreError> {
        let found = self.select_appends("WHERE id = $1", vec![id.into()]).await?;
        found.into_iter().find(|record| self.shows(scope, &record.report)).ok_or_else(|| {
            StoreError::Input(format!("there is no append `{id}`: see `hustings append list`"))
        })
    }
}
