//! Removing a run: marked first, then its files are deleted. What was appended from it stays, and is removed by itself.

use super::keep::event;
use crate::audit::outbox;
use crate::durable;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::StateCode;
use serde_json::json;

impl Store {
    /// Removes a run, and what reviewers answered with it.
    ///
    /// # Errors
    /// When there is no such run for the act, or database or disk fail.
    pub async fn remove_match_run(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        run: &str,
    ) -> Result<(), StoreError> {
        let open = self.demand_run(act, state, run).await?;
        let now = self.now();
        let transaction = self.database.begin("remove match run").await?;
        transaction
            .execute(
                "UPDATE match_runs SET status = 'removed', removed_at = $1, updated_at = $1, updated_by = $2 \
                 WHERE id = $3 AND status = 'current'",
                vec![now.as_str().into(), transaction.name().into(), run.into()],
            )
            .await?;
        transaction.execute("DELETE FROM match_answers WHERE run_id = $1", vec![run.into()]).await?;
        let removed = event(act, "matched_list_removed", run, json!({ "state": state }));
        outbox::write(&transaction, &now, &removed).await?;
        transaction.commit().await?;
        self.match_pairs.forget(run);
        durable::remove_tree(&self.data.matches(&open.owner).join(run))
    }
}
