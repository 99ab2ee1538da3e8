//! The outbox: an audited act's row, written in the act's own transaction, so that there is no effect without its record
//! and no record without its effect. The sequencer copies rows into the logs concerned.

use super::shown::by_reader;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_access::{Action, GrantId, Intent, OrganizationId, Part, Principal, Receipt};
use hustings_audit::canonical;
use hustings_audit::record::RecordId;
use hustings_core::FieldClass;
use hustings_core::digits::hex;
use sea_orm::{FromQueryResult, Value};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The log that every act goes to, beside those of the data's owners.
pub const PLATFORM_LOG: &str = "platform";

/// One audited act: who, for whom, what, about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// For whom it was done.
    pub organization: OrganizationId,
    /// By whom; none: kept back, to protect who reports an incident.
    pub principal: Option<Principal>,
    /// What was done, in snake_case, such as `grant_revoked` or `export`.
    pub action: &'static str,
    /// To what: an organization, a user, a grant, an export, a voter's key.
    pub about: Option<String>,
    /// The field classes concerned.
    pub classes: BTreeSet<FieldClass>,
    /// How many voters, when voters are concerned. The log's clear part says it only roughly.
    pub voters: Option<u64>,
    /// The rest: text, integers, lists and objects. Never a secret: who may read the log reads it.
    pub details: serde_json::Value,
    /// The data owners concerned, into whose logs it goes beside the platform's.
    pub owners: BTreeSet<OrganizationId>,
}

/// A row to be written.
#[derive(Debug)]
pub(super) struct Row {
    record_id: String,
    at: String,
    organization: String,
    principal: Option<String>,
    action: String,
    about: Option<String>,
    classes: String,
    voters: Option<i64>,
    details: String,
    salt: String,
    logs: String,
    /// Names by which the record is found besides what it is about.
    voters_named: Vec<String>,
}

impl Row {
    /// A record that speaks of these voters, as logs know them.
    pub(super) fn naming(
        now: &str,
        event: &AuditEvent,
        voters_named: Vec<String>,
    ) -> Result<Self, StoreError> {
        Ok(Self { voters_named, ..Self::of_event(now, event)? })
    }

    fn of_event(now: &str, event: &AuditEvent) -> Result<Self, StoreError> {
        let details =
            canonical::to_string(&event.details).map_err(|error| StoreError::Unlogged(error.to_string()))?;
        let logs = event.owners.iter().map(OrganizationId::as_str).chain([PLATFORM_LOG]);
        Ok(Self {
            record_id: RecordId::from_random(random()?).to_string(),
            at: now.to_owned(),
            organization: event.organization.to_string(),
            principal: event.principal.as_ref().map(ToString::to_string),
            action: event.action.to_owned(),
            about: event.about.clone(),
            classes: json!(event.classes).to_string(),
            voters: event.voters.map(|voters| i64::try_from(voters).unwrap_or(i64::MAX)),
            details,
            salt: hex(&random::<32>()?),
            logs: json!(logs.collect::<Vec<_>>()).to_string(),
            voters_named: Vec::new(),
        })
    }

    /// What is about to be done: `read`; or was refused: `read_refused`. The first record is that of whoever acts.
    fn of_intent(intent: &Intent) -> Result<Vec<Self>, StoreError> {
        let actor = &intent.organization;
        let part_of = |owner: &OrganizationId| match intent.parts.get(owner) {
            Some(part) if owner != actor => part.clone(),
            None if owner != actor => Part::default(),
            _ => Part { classes: intent.classes.clone(), grants: intent.grants.clone() },
        };
        let told = by_reader(actor, intent.owners.iter(), part_of);
        told.into_iter().map(|(part, readers)| Self::of_part(intent, part, readers)).collect()
    }

    /// What an intent's record tells these readers.
    fn of_part(intent: &Intent, part: Part, owners: BTreeSet<OrganizationId>) -> Result<Self, StoreError> {
        let event = AuditEvent {
            organization: intent.organization.clone(),
            // Who reports is known to nobody but the keeper of the report.
            principal: Some(intent.principal.clone()).filter(|_| intent.action != Action::ReportIncident),
            action: intent.action.as_str(),
            about: intent.about.clone(),
            classes: part.classes,
            voters: None,
            details: details(intent, &part.grants),
            owners,
        };
        let mut row = Self::of_event(&stamp(intent.time), &event)?;
        if !intent.allowed {
            row.action.push_str("_refused");
        }
        Ok(row)
    }

    fn values(&self, by: &str) -> [Value; COLUMNS] {
        [
            self.record_id.as_str().into(),
            self.at.as_str().into(),
            self.organization.as_str().into(),
            self.principal.clone().into(),
            self.action.as_str().into(),
            self.about.clone().into(),
            self.classes.as_str().into(),
            self.voters.into(),
            self.details.as_str().into(),
            self.salt.as_str().into(),
            self.logs.as_str().into(),
            by.into(),
        ]
    }
}

/// What of an intent has no column of its own.
fn details(intent: &Intent, grants: &BTreeSet<GrantId>) -> serde_json::Value {
    json!({
        "alarm": intent.alarm,
        "grants": grants,
        "purpose": intent.purpose,
        "refused_by": intent.refused_by,
        "state": intent.state,
        "target": intent.target,
        "vendor": intent.vendor,
    })
}

impl Store {
    /// Writes what is about to be done, and gives the receipt without which it cannot be.
    pub(crate) async fn log_intent(&self, intent: &Intent) -> Result<Receipt, StoreError> {
        let sequences = self.outbox.write(Row::of_intent(intent)?).await?;
        let sequence = sequences.first().copied().ok_or_else(unwritten)?;
        Ok(Receipt::of_durable_row(intent.digest(), sequence))
    }

    /// Writes a record of its own, such as how an act ended, durably; its sequence number. An act that changes the
    /// database writes its record in its own transaction instead.
    ///
    /// # Errors
    /// [`StoreError::Unlogged`] when the record cannot be written.
    pub async fn log_event(&self, event: &AuditEvent) -> Result<u64, StoreError> {
        self.write_row(Row::of_event(&self.now(), event)?).await
    }

    async fn write_row(&self, row: Row) -> Result<u64, StoreError> {
        self.outbox.write(vec![row]).await?.first().copied().ok_or_else(unwritten)
    }
}

#[derive(FromQueryResult)]
struct Written {
    record_id: String,
    sequence: i64,
}

/// Values of a row.
const COLUMNS: usize = 12;
/// Rows of one statement. Few sizes, so that the engines keep each statement prepared.
const STATEMENT_ROWS: [usize; 4] = [256, 64, 8, 1];

/// Writes the event's row; its sequence number. It is durable once the transaction is.
pub(crate) async fn write(
    transaction: &Transaction,
    now: &str,
    event: &AuditEvent,
) -> Result<u64, StoreError> {
    let sequences = insert(transaction, &[Row::of_event(now, event)?]).await?;
    sequences.first().copied().ok_or_else(unwritten)
}

/// Writes rows in their order; their sequence numbers.
pub(super) async fn insert(transaction: &Transaction, rows: &[Row]) -> Result<Vec<u64>, StoreError> {
    let mut sequences = BTreeMap::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let size = STATEMENT_ROWS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (now, later) = rest.split_at(size);
        rest = later;
        let values = now.iter().flat_map(|row| row.values(transaction.name())).collect();
        let written = transaction.all::<Written>(&statement(size), values).await?;
        sequences.extend(written.into_iter().map(|row| (row.record_id, row.sequence)));
    }
    // The engines do not promise to name rows in the order in which they were given.
    let sequence = |row: &Row| sequences.get(&row.record_id).copied().ok_or_else(unwritten);
    for row in rows.iter().filter(|row| !row.voters_named.is_empty()) {
        name_voters(transaction, sequence(row)?, &row.voters_named).await?;
    }
    rows.iter().map(|row| u64::try_from(sequence(row)?).map_err(|_| unwritten())).collect()
}

/// Makes a record findable by the voters of whom it speaks.
async fn name_voters(transaction: &Transaction, sequence: i64, voters: &[String]) -> Result<(), StoreError> {
    let mut rest = voters;
    while !rest.is_empty() {
        let size = STATEMENT_ROWS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (now, later) = rest.split_at(size);
        rest = later;
        let places: Vec<String> = (0..size).map(|place| format!("(${}, $1)", place + 2)).collect();
        let sql = format!("INSERT INTO audit_voters (name, sequence) VALUES {}", places.join(", "));
        let names = now.iter().map(|name| Value::from(name.as_str()));
        transaction.execute(&sql, std::iter::once(sequence.into()).chain(names).collect()).await?;
    }
    Ok(())
}

fn statement(rows: usize) -> String {
    let mut sql =
        "INSERT INTO audit_outbox (record_id, at, organization_id, principal, action, about, classes, \
         voters, details, salt, logs, updated_by) VALUES "
            .to_owned();
    for row in 0..rows {
        let numbers: Vec<String> =
            (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        let comma = if row > 0 { ", " } else { "" };
        // Writing to a string does not fail.
        let _ = write!(sql, "{comma}({})", numbers.join(", "));
    }
    sql.push_str(" RETURNING record_id, sequence");
    sql
}

fn unwritten() -> StoreError {
    StoreError::Unlogged("the database gave no sequence number".to_owned())
}

#[cfg(test)]
mod tests {
    //! A row that is not committed is not there; many rows keep their order.

    use super::*;
    use crate::testing::{World, on_each_database};

    #[tokio::test]
    async fn an_act_that_is_undone_leaves_no_record_and_records_count_up() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let event = AuditEvent {
                organization: OrganizationId::local(),
                principal: Some(Principal::Local),
                action: "export",
                about: Some("export-1".to_owned()),
                classes: [FieldClass::Base].into(),
                voters: Some(42),
                details: serde_json::json!({"b": 1, "a": 2}),
                owners: [OrganizationId::local()].into(),
            };
            let undone = store.database.begin("test").await.unwrap();
            write(&undone, &store.now(), &event).await.unwrap();
            drop(undone);
            let mut sequences = Vec::new();
            for _ in 0..2 {
                let transaction = store.database.begin("test").await.unwrap();
                sequences.push(write(&transaction, &store.now(), &event).await.unwrap());
                transaction.commit().await.unwrap();
            }
            assert!(sequences[0] < sequences[1], "{sequences:?}");

            #[derive(FromQueryResult, Debug, PartialEq)]
            struct Row {
                sequence: i64,
                voters: i64,
                details: String,
                logs: String,
            }
            let sql = "SELECT sequence, voters, details, logs FROM audit_outbox ORDER BY sequence";
            let rows = store.database.all::<Row>("test", sql, Vec::new()).await.unwrap();
            let found: Vec<_> = rows.iter().map(|row| u64::try_from(row.sequence).unwrap()).collect();
            assert_eq!(found, sequences);
            assert_eq!(rows[0].voters, 42);
            assert_eq!(rows[0].details, r#"{"a":2,"b":1}"#);
            assert_eq!(rows[0].logs, r#"["local","platform"]"#);
        })
        .await;
    }
}
