//! Group commit: records that are written at the same time share one transaction, so that each waits for the disk once
//! and all of them together wait hardly longer than one.

use super::outbox::{self, Row};
use crate::database::Database;
use crate::error::StoreError;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

/// Writers in one transaction: enough for the disk not to matter, few enough that other writers get their turn.
const BATCH_MAX: usize = 2_000;

/// The outbox's queue. Whoever finds nobody writing writes for all who wait.
#[derive(Debug)]
pub(crate) struct GroupCommit {
    database: Database,
    waiting: Mutex<Vec<Waiting>>,
    writing: Arc<AsyncMutex<()>>,
}

#[derive(Debug)]
struct Waiting {
    rows: Vec<Row>,
    written: oneshot::Sender<Result<Vec<u64>, String>>,
}

impl GroupCommit {
    pub(crate) fn of(database: Database) -> Self {
        Self { database, waiting: Mutex::default(), writing: Arc::default() }
    }

    /// Writes records durably, all or none; their sequence numbers.
    ///
    /// # Errors
    /// [`StoreError::Unlogged`] when they are not known to be durable: then whatever they speak of must not happen.
    pub(super) async fn write(&self, rows: Vec<Row>) -> Result<Vec<u64>, StoreError> {
        let (written, mut answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { rows, written });
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            turn = Arc::clone(&self.writing).lock_owned() => {
                let batch = self.take();
                if !batch.is_empty() {
                    let database = self.database.clone();
                    // On its own, for the others wait for it, too, and whoever began it may go away.
                    tokio::spawn(async move {
                        write_batch(&database, batch).await;
                        drop(turn);
                    });
                } else {
                    drop(turn);
                }
                answer.await
            }
        };
        match answer {
            Ok(result) => result.map_err(StoreError::Unlogged),
            Err(_) => Err(StoreError::Unlogged("the program is ending".to_owned())),
        }
    }

    /// The oldest that wait.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(BATCH_MAX);
        waiting.drain(..count).collect()
    }
}

async fn write_batch(database: &Database, batch: Vec<Waiting>) {
    let (rows, waiting): (Vec<Vec<Row>>, Vec<_>) =
        batch.into_iter().map(|one| (one.rows, one.written)).unzip();
    let counts: Vec<usize> = rows.iter().map(Vec::len).collect();
    let result = commit(database, rows.into_iter().flatten().collect()).await;
    let mut result = result.map(Vec::into_iter).map_err(|error| error.to_string());
    for (count, written) in counts.into_iter().zip(waiting) {
        let answer = match &mut result {
            Ok(sequences) => Ok(sequences.take(count).collect()),
            Err(error) => Err(error.clone()),
        };
        // Who no longer waits has done nothing, and the record says what they were allowed to do.
        let _ = written.send(answer);
    }
}

async fn commit(database: &Database, rows: Vec<Row>) -> Result<Vec<u64>, StoreError> {
    let transaction = database.begin("log").await?;
    let sequences = outbox::insert(&transaction, &rows).await?;
    transaction.commit().await?;
    Ok(sequences)
}
