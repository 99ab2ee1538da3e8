//! Removing an overlay: marked first, then its files are deleted.

use super::append::event;
use super::list::StoredAppend;
use super::{AppendRecord, AppendReport, AppendStatus};
use crate::audit::outbox;
use crate::database::Transaction;
use crate::durable;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::verb::Append;
use hustings_access::{Act, OrganizationId};

impl Store {
    /// Removes an overlay and deletes its files; what it had replaced is shown again. Removing it a second time deletes
    /// what a crash may have left.
    ///
    /// # Errors
    /// When the act may write no such append, or database or disk fail.
    pub async fn remove_append(&self, act: &Act<'_, Append>, id: &str) -> Result<AppendRecord, StoreError> {
        // Nobody else writes from here on: of two removals at once the later finds it removed.
        let transaction = self.database.begin("remove append").await?;
        let report = self.remove_in(&transaction, act, id).await?;
        transaction.commit().await?;
        durable::remove_tree(&self.place_of(&report))?;
        let after = self.append_by_id(None, act, id).await?;
        Ok(after.listed(self))
    }

    /// Marks an append as removed, with its record; its files go after the transaction.
    pub(super) async fn remove_in(
        &self,
        transaction: &Transaction,
        act: &Act<'_, Append>,
        id: &str,
    ) -> Result<AppendReport, StoreError> {
        let now = self.now();
        let known = self.append_by_id(Some(transaction), act, id).await?.listed(self);
        if known.status != AppendStatus::Removed {
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
            // Whoever replaced the removed append now replaces what that one had replaced.
            transaction
                .execute(
                    "UPDATE appends SET replaces = $1, updated_at = $2, updated_by = $3 WHERE replaces = $4",
                    vec![before.into(), now.as_str().into(), transaction.name().into(), id.into()],
                )
                .await?;
            let removed = event(act, "append_removed", &known.report);
            outbox::write(transaction, &now, &removed).await?;
        }
        Ok(known.report)
    }

    async fn append_by_id(
        &self,
        within: Option<&Transaction>,
        act: &Act<'_, Append>,
        id: &str,
    ) -> Result<StoredAppend, StoreError> {
        let found = self.select_appends(within, "WHERE a.id = $1", vec![id.into()]).await?;
        // What nobody can read any more can still be removed.
        let found = found.into_iter().find(|stored| self.may_write(act, stored.outline()));
        found.ok_or_else(|| {
            StoreError::Input(format!("there is no append `{id}`: see `hustings append list`"))
        })
    }

    /// Whether the act may write the data that an append is of.
    fn may_write(&self, act: &Act<'_, Append>, append: &AppendReport) -> bool {
        let owner = append.owner.parse::<OrganizationId>();
        self.is_live(act) && owner.is_ok_and(|owner| act.may_write(&owner, append.class, append.state))
    }
}
