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
    /// Removes a run of the act's organization, also one that has ended, and what reviewers answered with it; false where
    /// there is none.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn remove_match_run(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        run: &str,
    ) -> Result<bool, StoreError> {
        if !self.may_match(act, state) {
            return Ok(false);
        }
        let (now, owner) = (self.now(), act.organization().as_str());
        let transaction = self.database.begin("remove match run").await?;
        let removed = transaction
            .execute(
                "UPDATE match_runs SET status = 'removed', removed_at = $1, updated_at = $1, updated_by = $2 \
                 WHERE id = $3 AND owner = $4 AND state = $5 AND status = 'current'",
                vec![
                    now.as_str().into(),
                    transaction.name().into(),
                    run.into(),
                    owner.into(),
                    state.as_str().into(),
                ],
            )
            .await?;
        if removed == 0 {
            drop(transaction);
            // One that was removed by a program that was killed then.
            self.sweep_matches_of(owner).await?;
            return Ok(false);
        }
        transaction.execute("DELETE FROM match_answers WHERE run_id = $1", vec![run.into()]).await?;
        let event = event(act, "matched_list_removed", run, json!({ "state": state }));
        outbox::write(&transaction, &now, &event).await?;
        transaction.commit().await?;
        self.match_pairs.forget(run);
        durable::remove_tree(&self.data.matches(owner).join(run))?;
        Ok(true)
    }
}
