//! While the logs cannot be written, no voter leaves: what is only in the database could still be taken out of it unseen.

use super::outbox::PLATFORM_LOG;
use super::sequencer::damaged;
use crate::error::StoreError;
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use sea_orm::FromQueryResult;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// How long a record may wait for its log while that fails: long enough for a disk that hiccups.
const PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// Since when records wait for logs that cannot be written.
#[derive(Debug, Default)]
pub(crate) struct LogTrouble(Mutex<Option<Timestamp>>);

impl LogTrouble {
    pub(super) fn begins(&self, at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(at);
    }

    pub(super) fn ends(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn since(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Refuses while records have waited for their logs too long.
    pub(crate) fn demand_logs(&self) -> Result<(), StoreError> {
        match self.log_trouble.since() {
            Some(since) if self.instant().duration_since(since) > PATIENCE => {
                Err(StoreError::Unlogged(format!(
                    "the logs cannot be written since {since:.0}, and nothing leaves until they can: see that `{}` \
                     and the folder of keys can be written",
                    self.data.logs("").display()
                )))
            }
            _ => Ok(()),
        }
    }

    /// Copies what an earlier program has left waiting for its log; where that fails, it is as if this one had failed.
    pub(crate) async fn take_up_logs(&self) -> Result<(), StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            at: String,
        }
        let sql = "SELECT at FROM audit_outbox WHERE sequence > \
                   COALESCE((SELECT sequence FROM log_heads WHERE log = $1), 0) ORDER BY sequence LIMIT 1";
        let oldest = self.database.one::<Row>("find waiting records", sql, vec![PLATFORM_LOG.into()]).await?;
        let Some(oldest) = oldest else { return Ok(()) };
        let since: Timestamp = oldest.at.parse().map_err(damaged(Path::new("audit_outbox")))?;
        if self.instant().duration_since(since) > PATIENCE && self.sequence_logs().await.is_err() {
            self.log_trouble.ends();
            self.log_trouble.begins(since);
        }
        Ok(())
    }
}
