//! The sequencer: copies rows of the outbox, in their order, into the logs concerned, and signs.
//!
//! It may be stopped at any point. New files come first; then the database says what is about to be signed, in one
//! transaction for all logs of the round; then the checkpoints. So no two trees of one size are ever signed, no row is
//! copied twice, and none is left out.

use super::log_folder::LogFolder;
use super::logged_row::{COLUMNS, LoggedRow};
use super::outbox::PLATFORM_LOG;
use crate::database::Transaction;
use crate::durable;
use crate::error::StoreError;
use crate::store::Store;
use hmac::Mac;
use hustings_audit::log::{Batch, CHECKPOINT};
use hustings_audit::tlog_proof::read_entry;
use hustings_audit::{Files as _, Head, Log, Record};
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Rows of one round, so that its memory is bounded.
const ROUND_ROWS: usize = 4_096;

/// The logs as they were left by this process.
#[derive(Debug, Default)]
pub(crate) struct Sequencer {
    logs: BTreeMap<String, OpenLog>,
    /// Whether what a crash may have left behind has been put in order.
    is_recovered: bool,
}

#[derive(Debug)]
struct OpenLog {
    folder: LogFolder,
    log: Log,
    /// Records that are in the log, though the database does not know: it was put back from a backup.
    ahead: BTreeSet<String>,
}

/// What the database knows of a log.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct LogHead {
    pub(super) log: String,
    pub(super) vkey: String,
    size: i64,
    root: String,
    pub(super) sequence: i64,
}

impl LogHead {
    pub(super) fn head(&self) -> Result<Head, StoreError> {
        let table = Path::new("log_heads");
        Ok(Head {
            size: u64::try_from(self.size).map_err(damaged(table))?,
            root: self.root.parse().map_err(damaged(table))?,
        })
    }
}

impl Store {
    /// A log's folder: an organization's or `platform`.
    #[must_use]
    pub fn log_folder(&self, log: &str) -> LogFolder {
        LogFolder::at(self.data.logs(log))
    }

    /// The path under which a log's files are served, such as `/logs/5f0c…`: nobody guesses it, so that only those learn
    /// whose log there is, and when something is done there, to whom it was given.
    #[must_use]
    pub fn log_address(&self, log: &str) -> String {
        format!("/logs/{}", self.log_id(log))
    }

    /// 128 bits of a keyed digest.
    fn log_id(&self, log: &str) -> String {
        let mut mac = self.mac(b"log id");
        mac.update(log.as_bytes());
        hex(&mac.finalize().into_bytes()[..16])
    }

    /// The folder of the log that is served under an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_folder_by_id(&self, id: &str) -> Result<Option<LogFolder>, StoreError> {
        let heads = self.log_heads().await?;
        let found = heads.into_keys().find(|log| is_same(&self.log_id(log), id));
        Ok(found.map(|log| self.log_folder(&log)))
    }

    /// Copies what is new in the outbox into the logs and signs them; the number of records. Does nothing when nothing
    /// is new. After an error everything is still in the outbox, and the next call goes on where this one stopped.
    ///
    /// # Errors
    /// When the logs or the database cannot be written, or a log is not as it was signed.
    pub async fn sequence_logs(&self) -> Result<u64, StoreError> {
        let store = self.clone();
        // On its own: whoever asked for it may go away in the middle.
        let sequenced = tokio::spawn(async move { store.sequence().await });
        let sequenced = sequenced.await.map_err(|error| StoreError::Unlogged(error.to_string()))?;
        match &sequenced {
            Ok(_) => self.log_trouble.ends(),
            Err(_) => self.log_trouble.begins(self.instant()),
        }
        sequenced
    }

    async fn sequence(&self) -> Result<u64, StoreError> {
        let mut sequencer = self.sequencer.lock().await;
        let guard = Arc::new(self.lock_logs().await?);
        let mut copied = 0;
        loop {
            match sequencer.round(self, &guard).await {
                Ok(0) => return Ok(copied),
                Ok(rows) => copied += rows,
                Err(error) => {
                    // What is in memory may be ahead of the disk.
                    *sequencer = Sequencer::default();
                    return Err(error);
                }
            }
        }
    }

    /// Copies what is new into the logs every half second, and once more when `stop` comes. `failed` is told what went
    /// wrong; it is tried again.
    pub async fn keep_logs(&self, stop: impl Future<Output = ()>, failed: impl Fn(&StoreError)) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let mut pause = Duration::from_millis(500);
            if let Err(error) = self.sequence_logs().await {
                failed(&error);
                pause = Duration::from_secs(5);
            }
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Err(error) = self.sequence_logs().await {
            failed(&error);
        }
    }

    /// One sequencer at a time, in whichever process.
    async fn lock_logs(&self) -> Result<File, StoreError> {
        let path = self.data.logs(".lock");
        if let Some(folder) = path.parent() {
            durable::create_folder(folder)?;
        }
        let file = File::create(&path).map_err(StoreError::io("write", &path))?;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::WouldBlock => tokio::time::sleep(Duration::from_millis(10)).await,
                TryLockError::Error(error) => return Err(StoreError::io("lock", &path)(error)),
            }
        }
        Ok(file)
    }

    pub(super) async fn log_heads(&self) -> Result<BTreeMap<String, LogHead>, StoreError> {
        let sql = "SELECT log, vkey, size, root, sequence FROM log_heads";
        let heads = self.database.all::<LogHead>("read log heads", sql, Vec::new()).await?;
        Ok(heads.into_iter().map(|head| (head.log.clone(), head)).collect())
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |all, (one, other)| all | (one ^ other)) == 0
}

/// New entries of one log.
struct Addition {
    name: String,
    open: OpenLog,
    batch: Batch,
    sequence: i64,
}

impl Sequencer {
    /// One round; the number of rows looked at.
    async fn round(&mut self, store: &Store, guard: &Arc<File>) -> Result<u64, StoreError> {
        let heads = store.log_heads().await?;
        if !std::mem::take(&mut self.is_recovered) {
            for head in heads.values() {
                let open = self.open(store, &head.log, Some(head))?;
                self.logs.insert(head.log.clone(), open);
            }
        }
        // Every row goes to the platform's log, so that its place is how far all have come.
        let sequence_of = |log: &str| heads.get(log).map_or(0, |head| head.sequence);
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_outbox WHERE sequence > $1 ORDER BY sequence LIMIT {ROUND_ROWS}"
        );
        let after = vec![sequence_of(PLATFORM_LOG).into()];
        let rows = store.database.all::<LoggedRow>("read audit outbox", &sql, after).await?;
        let Some(sequence) = rows.last().map(|row| row.sequence) else {
            self.is_recovered = true;
            return Ok(0);
        };

        let mut records: BTreeMap<String, Vec<(&str, Vec<u8>)>> = BTreeMap::new();
        for row in &rows {
            let entry = row.seal()?.0.to_entry();
            for log in row.logs()? {
                if row.sequence > sequence_of(&log) {
                    records.entry(log).or_default().push((&row.record_id, entry.clone()));
                }
            }
        }
        let mut additions = Vec::with_capacity(records.len());
        for (name, records) in records {
            let open = self.open(store, &name, heads.get(&name))?;
            let new = records.into_iter().filter(|(id, _)| !open.ahead.contains(*id));
            let entries: Vec<Vec<u8>> = new.map(|(_, entry)| entry).collect();
            let batch = open.log.append(&entries).map_err(damaged(open.folder.path()))?;
            additions.push(Addition { name, open, batch, sequence });
        }
        let additions =
            on_disk(guard, additions, |addition| addition.open.folder.write(addition.batch.files())).await?;

        let transaction = store.database.begin("advance logs").await?;
        for addition in &additions {
            write_head(&transaction, &store.now(), addition).await?;
        }
        transaction.commit().await?;

        let mut sealed = Vec::with_capacity(additions.len());
        for Addition { name, mut open, batch, .. } in additions {
            let left = open.log.seal(batch).map_err(damaged(open.folder.path()))?;
            sealed.push((name, open, left));
        }
        let sealed = on_disk(guard, sealed, |(_, open, left)| {
            open.folder.replace(&left.checkpoint)?;
            open.folder.remove(&left.superseded);
            Ok(())
        })
        .await?;
        self.is_recovered = true;
        self.logs.extend(sealed.into_iter().map(|(name, open, _)| (name, open)));
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }

    /// The log as this process left it, unless another has gone on since: then as it is on the disk, with what a crash
    /// may have left undone.
    fn open(&mut self, store: &Store, name: &str, head: Option<&LogHead>) -> Result<OpenLog, StoreError> {
        let known = head.map(LogHead::head).transpose()?;
        if let Some(open) = self.logs.remove(name)
            && known == Some(open.log.head())
        {
            return Ok(open);
        }
        let folder = store.log_folder(name);
        let is_there = folder.path().join(CHECKPOINT).exists();
        let path = folder.path().to_path_buf();
        if head.is_none() && !is_there {
            let log = Log::create(store.new_log_key(name)?).map_err(damaged(&path))?;
            folder.write(&[log.vkey()])?;
            folder.replace(&log.checkpoint().map_err(damaged(&path))?)?;
            // The folder's own name must outlast a crash, too.
            path.parent().map_or(Ok(()), durable::sync_folder)?;
            return Ok(OpenLog { folder, log, ahead: BTreeSet::new() });
        }
        let log = Log::resume(&folder, store.log_key(name)?, known).map_err(damaged(&path))?;
        let checkpoint = log.checkpoint().map_err(damaged(&path))?;
        let ahead = ahead(&folder, known.map_or(0, |known| known.size), log.head().size)?;
        if folder.read(CHECKPOINT).as_deref() != Some(checkpoint.bytes.as_slice()) {
            folder.replace(&checkpoint)?;
        }
        Ok(OpenLog { folder, log, ahead })
    }
}

/// The records from entry `from` to `to`.
fn ahead(folder: &LogFolder, from: u64, to: u64) -> Result<BTreeSet<String>, StoreError> {
    let record = |index| {
        let entry = read_entry(folder, index, to).map_err(damaged(folder.path()))?;
        let record = Record::parse(&entry).map_err(damaged(folder.path()))?;
        Ok(record.envelope().id.to_string())
    };
    (from..to).map(record).collect()
}

/// Does file work for each of them where it holds nobody up. Nobody else writes before it has ended, even if it is no
/// longer waited for.
async fn on_disk<T: Send + 'static>(
    guard: &Arc<File>,
    things: Vec<T>,
    work: impl Fn(&T) -> Result<(), StoreError> + Send + 'static,
) -> Result<Vec<T>, StoreError> {
    let guard = Arc::clone(guard);
    let done = tokio::task::spawn_blocking(move || {
        let _guard = guard;
        things.iter().try_for_each(&work)?;
        Ok(things)
    });
    done.await.map_err(|error| StoreError::Unlogged(error.to_string()))?
}

async fn write_head(transaction: &Transaction, now: &str, addition: &Addition) -> Result<(), StoreError> {
    let head = addition.batch.head();
    transaction
        .execute(
            "INSERT INTO log_heads (log, vkey, size, root, sequence, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (log) DO UPDATE SET size = excluded.size, \
             root = excluded.root, sequence = excluded.sequence, updated_at = excluded.updated_at, \
             updated_by = excluded.updated_by",
            vec![
                addition.name.as_str().into(),
                addition.open.log.verifier_key().to_string().into(),
                i64::try_from(head.size).unwrap_or(i64::MAX).into(),
                head.root.to_string().into(),
                addition.sequence.into(),
                now.into(),
                transaction.name().into(),
            ],
        )
        .await?;
    Ok(())
}

/// Says of a log, or of a table about logs, that it is not as it must be.
pub(super) fn damaged<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Damaged { path: path.to_path_buf(), detail: error.to_string() }
}
