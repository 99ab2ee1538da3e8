//! Who saw, changed and exported: an organization's records, with their details, and their proofs.

use super::logged_row::{COLUMNS, LoggedRow};
use super::sequencer::damaged;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::verb::ReadLog;
use hustings_access::{Act, OrganizationId};
use hustings_audit::log::CHECKPOINT;
use hustings_audit::tlog_proof::read_entry;
use hustings_audit::{Checkpoint, Files as _, Record, TlogProof, VerifierKey};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Records that one page of a list holds at most.
pub const RECORDS_MAX: u32 = 1_000;

/// A record with its details.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its id, as in the log.
    pub record: String,
    /// Its place in the order of acts: lists are newest first.
    pub sequence: i64,
    /// When, RFC 3339.
    pub at: String,
    /// For whom it was done.
    pub organization: String,
    /// By whom; none: kept back, to protect who reported.
    pub principal: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub about: Option<String>,
    /// The field classes concerned.
    pub classes: Vec<String>,
    /// How many voters, when voters are concerned.
    pub voters: Option<i64>,
    /// The rest.
    pub details: serde_json::Value,
}

impl AuditRecord {
    fn of(row: LoggedRow) -> Result<Self, StoreError> {
        let table = Path::new("audit_outbox");
        Ok(Self {
            classes: serde_json::from_str(&row.classes).map_err(damaged(table))?,
            details: serde_json::from_str(&row.details).map_err(damaged(table))?,
            record: row.record_id,
            sequence: row.sequence,
            at: row.at,
            organization: row.organization_id,
            principal: row.principal,
            action: row.action,
            about: row.about,
            voters: row.voters,
        })
    }
}

/// The proof that a record is in a log, with what opens its commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedRecord {
    /// Whose log.
    pub log: String,
    /// The place in the log, from 0.
    pub index: u64,
    /// The file of the proof (C2SP tlog-proof), which anybody may check.
    pub proof: String,
    /// What the record commits to: shown only to who may know it.
    pub details: String,
    /// The salt of the commitment, hex.
    pub salt: String,
}

#[derive(FromQueryResult)]
struct Place {
    sequence: i64,
}

impl Store {
    /// The records of the log of the organization that was asked about, newest first: what it did, and what was done with
    /// its data. `about`: only those about one of these names, of a voter, an export, a grant or an organization; all when
    /// there are none. `before`: only those before this place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_list(
        &self,
        act: &Act<'_, ReadLog>,
        about: &[String],
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let mut values: Vec<sea_orm::Value> =
            vec![before.unwrap_or(i64::MAX).into(), in_log(act.target()).into()];
        let names: Vec<String> = (0..about.len()).map(|place| format!("${}", place + 3)).collect();
        let only = match names.join(", ") {
            names if names.is_empty() => String::new(),
            names => format!("AND (about IN ({names}) OR organization_id IN ({names}))"),
        };
        values.extend(about.iter().map(|name| name.as_str().into()));
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_outbox WHERE sequence < $1 AND logs LIKE $2 {only} \
             ORDER BY sequence DESC LIMIT {}",
            limit.min(RECORDS_MAX)
        );
        let rows = self.database.all::<LoggedRow>("list records", &sql, values).await?;
        rows.into_iter().map(AuditRecord::of).collect()
    }

    /// Proves that a record is in the log of the organization that was asked about.
    ///
    /// # Errors
    /// When that log holds no such record, the log is damaged, or the database fails.
    pub async fn prove_record(
        &self,
        act: &Act<'_, ReadLog>,
        record: &str,
    ) -> Result<ProvedRecord, StoreError> {
        let log = act.target().to_string();
        let missing = || StoreError::Input(format!("the log of `{log}` has no record `{record}`"));
        let sql = format!("SELECT {COLUMNS} FROM audit_outbox WHERE record_id = $1 AND logs LIKE $2");
        let values = vec![record.into(), in_log(act.target()).into()];
        let row = self.database.one::<LoggedRow>("read record", &sql, values).await?.ok_or_else(missing)?;
        let head = self.log_heads().await?.remove(&log).ok_or_else(missing)?;
        let key: VerifierKey = head.vkey.parse().map_err(damaged(Path::new("log_heads")))?;
        let folder = self.log_folder(&log);
        let bytes = folder.read(CHECKPOINT).ok_or_else(missing)?;
        let (checkpoint, _) = Checkpoint::open(&bytes, &key).map_err(damaged(folder.path()))?;
        let size = checkpoint.head.size;
        // Entries stand in the order of the outbox.
        let (mut low, mut high) = (0, size);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = read_entry(&folder, middle, size).map_err(damaged(folder.path()))?;
            let id = Record::parse(&entry).map_err(damaged(folder.path()))?.envelope().id.to_string();
            let sql = "SELECT sequence FROM audit_outbox WHERE record_id = $1";
            let place = self.database.one::<Place>("find record", sql, vec![id.into()]).await?;
            if place.is_some_and(|place| place.sequence < row.sequence) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        let proof = TlogProof::prove(&folder, &key, low).map_err(damaged(folder.path()))?;
        let (sealed, details) = row.seal()?;
        if proof.extra.as_deref() != Some(sealed.to_entry().as_slice()) {
            return Err(damaged(folder.path())(format!(
                "entry {low} is not record `{record}`: see `hustings audit verify`"
            )));
        }
        Ok(ProvedRecord { log, index: low, proof: proof.to_string(), details, salt: row.salt })
    }
}

/// A pattern of the JSON list of logs. An organization's id has no character that a pattern or JSON knows.
fn in_log(organization: &OrganizationId) -> String {
    format!("%\"{organization}\"%")
}
