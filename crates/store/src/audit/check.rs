//! Verification of the directory's logs: each hashed again, compared with what was signed before, and with the details in
//! the database to which its entries commit.

use super::logged_row::{COLUMNS, LoggedRow};
use super::sequencer::{LogHead, damaged};
use crate::error::StoreError;
use crate::store::Store;
use hustings_audit::{Checkpoint, Head, Record, Report, TreeHash, VerifierKey, verify};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows that are read at once.
const PAGE_ROWS: usize = 10_000;
/// Records told of those that are missing.
const MISSING_MAX: usize = 10;

/// What verifying one of the directory's logs found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogVerified {
    /// Whose log: an organization or `platform`.
    pub log: String,
    /// Where it is.
    pub folder: String,
    /// Under which path of the pages' address its files are served, to whoever knows it.
    pub address: String,
    /// What hashing everything again found.
    #[serde(flatten)]
    pub report: Report,
    /// The entries among which the first bad one is: from, to (exclusive), counted from 0.
    pub first_bad: Option<(u64, u64)>,
    /// Entries whose details the database does not have.
    pub without_details: u64,
    /// Records of the database that the log should hold and does not: their number.
    pub missing: u64,
    /// The first ten of them.
    pub missing_records: Vec<String>,
}

impl LogVerified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.report.is_good() && self.missing == 0
    }
}

/// What the database says that a log's entries are.
type Expected = BTreeMap<String, TreeHash>;

impl Store {
    /// Verifies every log of the directory. `kept` are signed checkpoints that somebody kept, each of one of the logs;
    /// what the database last signed counts as kept, too.
    ///
    /// # Errors
    /// When a kept checkpoint is of no log here, or the database fails. What is wrong with a log is in its report.
    pub async fn verify_logs(&self, kept: &[Vec<u8>]) -> Result<Vec<LogVerified>, StoreError> {
        let heads = self.log_heads().await?;
        let mut keys = Vec::with_capacity(heads.len());
        for head in heads.into_values() {
            let key: VerifierKey = head.vkey.parse().map_err(damaged(Path::new("log_heads")))?;
            keys.push((head, key));
        }
        let mut opened: Vec<(String, Head)> = Vec::new();
        for bytes in kept {
            let found = keys.iter().find_map(|(head, key)| {
                let (checkpoint, _) = Checkpoint::open(bytes, key).ok()?;
                Some((head.log.clone(), checkpoint.head))
            });
            opened.push(found.ok_or_else(|| {
                StoreError::Input(
                    "the kept checkpoint is of no log here: expected one that the key of a log here signed"
                        .to_owned(),
                )
            })?);
        }
        let mut expected = self.expected_entries(&keys).await?;
        let mut verified = Vec::with_capacity(keys.len());
        for (head, key) in &keys {
            let mut since = vec![head.head()?];
            since.extend(opened.iter().filter(|(log, _)| *log == head.log).map(|(_, kept)| *kept));
            let expected = expected.remove(&head.log).unwrap_or_default();
            verified.push(self.verify_log(head, key, &since, expected)?);
        }
        Ok(verified)
    }

    fn verify_log(
        &self,
        head: &LogHead,
        key: &VerifierKey,
        since: &[Head],
        mut expected: Expected,
    ) -> Result<LogVerified, StoreError> {
        let folder = self.log_folder(&head.log);
        let mut without_details = 0;
        let mut report = verify(&folder, key, since, |_, entry| {
            let id = Record::parse(entry).map_err(|error| error.to_string())?.envelope().id.to_string();
            match expected.remove(&id) {
                None => without_details += 1,
                Some(hash) if hash == TreeHash::leaf(entry) => {}
                Some(_) => return Err(format!("the database says something else about record {id}")),
            }
            Ok(())
        });
        report.compare_superseded(&folder, folder.tiles()?);
        Ok(LogVerified {
            log: head.log.clone(),
            address: self.log_address(&head.log),
            folder: folder.path().display().to_string(),
            first_bad: report.first_bad().map(|entries| (entries.start, entries.end)),
            report,
            without_details,
            missing: u64::try_from(expected.len()).unwrap_or(u64::MAX),
            missing_records: expected.into_keys().take(MISSING_MAX).collect(),
        })
    }

    /// What each log should hold, by the database.
    async fn expected_entries(
        &self,
        keys: &[(LogHead, VerifierKey)],
    ) -> Result<BTreeMap<String, Expected>, StoreError> {
        let sequences: BTreeMap<&str, i64> =
            keys.iter().map(|(head, _)| (head.log.as_str(), head.sequence)).collect();
        let mut expected: BTreeMap<String, Expected> = BTreeMap::new();
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_outbox WHERE sequence > $1 ORDER BY sequence LIMIT {PAGE_ROWS}"
        );
        let mut after = 0;
        loop {
            let rows = self.database.all::<LoggedRow>("read audit outbox", &sql, vec![after.into()]).await?;
            let Some(last) = rows.last() else { return Ok(expected) };
            after = last.sequence;
            for row in &rows {
                // A row that cannot be a record any more was changed; its entry will not be as expected.
                let hash = row.seal().map_or_else(
                    |_| TreeHash::of_empty_tree(),
                    |(record, _)| TreeHash::leaf(&record.to_entry()),
                );
                for log in row.logs()? {
                    if sequences.get(log.as_str()).is_some_and(|sequence| row.sequence <= *sequence) {
                        expected.entry(log).or_default().insert(row.record_id.clone(), hash);
                    }
                }
            }
        }
    }
}
