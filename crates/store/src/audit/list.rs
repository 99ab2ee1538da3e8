//! Who saw, changed and exported: an organization's records, with their details, and their proofs.

use super::held::{Found, Held};
use super::logged_row::{COLUMNS, LoggedRow};
use super::sequencer::damaged;
use crate::error::StoreError;
use crate::read::table::{Condition, Rows, Table};
use crate::store::Store;
use crate::voter_key::VOTER;
use hustings_access::verb::ReadLog;
use hustings_access::{Act, OrganizationId};
use hustings_audit::log::CHECKPOINT;
use hustings_audit::tlog_proof::read_entry;
use hustings_audit::{Checkpoint, Files as _, Record, TlogProof, VerifierKey};
use hustings_core::{StateCode, VoterId};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Voters whom a record names in a list of records.
const NAMED_MAX: usize = 100;
/// Records that one page of a list holds at most.
pub const RECORDS_MAX: u32 = 1_000;

/// A record with its details.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its id, as in the log.
    pub record: String,
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
    /// Of an export, when a voter was asked about: whether it held the voter. None of any other record: it names the voter.
    #[serde(default)]
    pub held: Option<Held>,
    /// The rest.
    pub details: serde_json::Value,
}

impl AuditRecord {
    fn of(row: LoggedRow, held: Option<Held>) -> Result<Self, StoreError> {
        let table = Path::new("audit_outbox");
        let mut details: serde_json::Value = serde_json::from_str(&row.details).map_err(damaged(table))?;
        if let Some(details) = details.as_object_mut() {
            // Older records have this count of what all organizations together do.
            details.remove("epoch");
            // Of many voters the proof's details tell all.
            if details
                .get("voters")
                .and_then(|voters| voters.as_array())
                .is_some_and(|all| all.len() > NAMED_MAX)
            {
                details.remove("voters");
            }
        }
        Ok(Self {
            classes: serde_json::from_str(&row.classes).map_err(damaged(table))?,
            details,
            held,
            record: row.record_id,
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

#[derive(FromQueryResult)]
struct Listed {
    state: String,
}

impl Store {
    /// The records of the log of the organization that was asked about, newest first: what it did, and what was done with
    /// its data. `about`: only those about one of these names, of a voter, an export, a grant or an organization; of a voter
    /// also those that show the voter among others; all when there are none. `before`: only those before this record.
    ///
    /// # Errors
    /// When that log has no record `before`, a list that went out cannot be read, or the database fails.
    pub async fn audit_list(
        &self,
        act: &Act<'_, ReadLog>,
        about: &[String],
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let limit = usize::try_from(limit.min(RECORDS_MAX)).unwrap_or(usize::MAX);
        let mut place = match before {
            Some(record) => self.logged_row(act.target(), record).await?.sequence,
            None => i64::MAX,
        };
        let names = self.names_of(about).await?;
        let is_voter = names.iter().any(|name| name.starts_with(VOTER));
        let only = match names.len() {
            0 => String::new(),
            count => format!("AND sequence IN ({})", found_by(count, is_voter)),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_outbox WHERE sequence < $1 AND logs LIKE $2 {only} \
             ORDER BY sequence DESC LIMIT {limit}"
        );
        let (mut records, mut found) = (Vec::new(), Found::new());
        while records.len() < limit {
            let mut values: Vec<sea_orm::Value> = vec![place.into(), in_log(act.target()).into()];
            values.extend(names.iter().map(|name| name.as_str().into()));
            let rows = self.database.all::<LoggedRow>("list records", &sql, values).await?;
            let is_last = rows.len() < limit;
            for row in rows {
                place = row.sequence;
                let is_named = row.about.as_ref().is_some_and(|about| names.contains(about));
                let held = match is_voter && row.action == "exported" && !is_named {
                    true => match self.held(&row, &names, &mut found).await? {
                        Some(held) => Some(held),
                        None => continue,
                    },
                    false => None,
                };
                records.push(AuditRecord::of(row, held)?);
                if records.len() == limit {
                    break;
                }
            }
            if is_last {
                break;
            }
        }
        Ok(records)
    }

    /// The names under which records have what was asked about: of a voter also the one of the state's id of the voter.
    async fn names_of(&self, about: &[String]) -> Result<Vec<String>, StoreError> {
        let mut names = about.to_vec();
        for name in about.iter().filter(|name| name.starts_with(VOTER)) {
            for state in self.listed_states().await? {
                let Some(VoterId(voter)) = self.voter_of_log_name(state, name) else { continue };
                let Some(current) = self.current_record(state).await? else { continue };
                let Some(table) = Table::open_if_there(&current.folder.join("voters.parquet"))? else {
                    continue;
                };
                let positions = table.first(&[Condition::Integer("voter_id", voter)], &[], 1)?;
                let batches = table.read(&positions, &["state_voter_id"])?;
                let ids = Rows::of(&batches).iter().filter_map(|row| row.text("state_voter_id"));
                names.extend(ids.map(|id| self.state_id_log_name(state, &id)));
            }
        }
        Ok(names)
    }

    /// The states of which there are lists.
    async fn listed_states(&self) -> Result<Vec<StateCode>, StoreError> {
        let sql = "SELECT DISTINCT state FROM snapshots ORDER BY state";
        let rows = self.database.all::<Listed>("list states", sql, Vec::new()).await?;
        rows.into_iter().map(|row| row.state.parse().map_err(damaged(Path::new("snapshots")))).collect()
    }

    /// A record of an organization's log.
    async fn logged_row(&self, log: &OrganizationId, record: &str) -> Result<LoggedRow, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM audit_outbox WHERE record_id = $1 AND logs LIKE $2");
        let found = self.database.one("read record", &sql, vec![record.into(), in_log(log).into()]).await?;
        found.ok_or_else(|| no_record(log.as_str(), record))
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
        let missing = || no_record(&log, record);
        let row = self.logged_row(act.target(), record).await?;
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

fn no_record(log: &str, record: &str) -> StoreError {
    StoreError::Input(format!("the log of `{log}` has no record `{record}`"))
}

/// The places of records that these names lead to, which stand from `$3` on. `is_voter`: and of every export, of which its
/// record tells whether it held the voter.
fn found_by(names: usize, is_voter: bool) -> String {
    let names = (0..names).map(|place| format!("${}", place + 3)).collect::<Vec<_>>().join(", ");
    let outbox = "SELECT sequence FROM audit_outbox WHERE";
    let exports = if is_voter { format!(" UNION {outbox} action = 'exported'") } else { String::new() };
    format!(
        "{outbox} about IN ({names}) UNION {outbox} organization_id IN ({names}) \
         UNION SELECT sequence FROM audit_voters WHERE name IN ({names}){exports}"
    )
}

/// A pattern of the JSON list of logs. An organization's id has no character that a pattern or JSON knows.
fn in_log(organization: &OrganizationId) -> String {
    format!("%\"{organization}\"%")
}
