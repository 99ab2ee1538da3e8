//! The outbox: an audited act's row, written in the act's own transaction, so that there is no effect without its record
//! and no record without its effect. The sequencer copies rows into the logs concerned.

use crate::database::Transaction;
use crate::error::StoreError;
use crate::settings::{hex, random};
use hustings_access::{OrganizationId, Principal};
use hustings_core::FieldClass;
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

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
    /// The field class, when one is concerned.
    pub class: Option<FieldClass>,
    /// How many voters, when voters are concerned. The log's clear part says it only roughly.
    pub voters: Option<u64>,
    /// The rest. Never a secret: who may read the log reads it.
    pub details: serde_json::Value,
    /// The data owners concerned, into whose logs it goes beside the platform's.
    pub owners: BTreeSet<OrganizationId>,
}

#[derive(FromQueryResult)]
struct Written {
    sequence: i64,
}

/// Writes the event's row; its sequence number. It is durable once the transaction is.
pub(crate) async fn write(
    transaction: &Transaction,
    now: &str,
    event: &AuditEvent,
) -> Result<i64, StoreError> {
    let mut logs: Vec<&str> = event.owners.iter().map(OrganizationId::as_str).collect();
    logs.push(PLATFORM_LOG);
    // The commitment in the log is to these bytes: they must not depend on how a library orders keys.
    let mut details = event.details.clone();
    details.sort_all_objects();
    let written = transaction
        .one::<Written>(
            "INSERT INTO audit_outbox (record_id, at, organization_id, principal, action, about, class, \
             count_bucket, details, salt, logs, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING sequence",
            vec![
                record_id()?.into(),
                now.into(),
                event.organization.as_str().into(),
                event.principal.as_ref().map(|principal| principal.as_str().to_owned()).into(),
                event.action.into(),
                event.about.clone().into(),
                event.class.map(|class| class.as_str().to_owned()).into(),
                event.voters.map(count_bucket).into(),
                details.to_string().into(),
                hex(&random::<32>()?).into(),
                serde_json::json!(logs).to_string().into(),
                transaction.name().into(),
            ],
        )
        .await?;
    written.map(|row| row.sequence).ok_or_else(|| {
        StoreError::Connect("the audit row was not written: the database gave no sequence number".to_owned())
    })
}

/// A record's id, such as `r-0123456789abcdef01234567`: random, so that its order says nothing.
fn record_id() -> Result<String, StoreError> {
    Ok(format!("r-{}", hex(&random::<12>()?)))
}

/// A count to the power of ten: `0`, `1-9`, `10-99` and so on.
fn count_bucket(count: u64) -> String {
    match count.checked_ilog10() {
        None => "0".to_owned(),
        Some(digits) => {
            let low = 10_u64.pow(digits);
            format!("{low}-{}", low.saturating_mul(9).saturating_add(low - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    //! A count is told only to the power of ten, and a row that is not committed is not there.

    use super::*;
    use crate::testing::{World, on_each_database};

    #[test]
    fn counts_are_told_roughly() {
        let buckets: [String; 7] = [0, 1, 9, 10, 99, 12_345, u64::MAX].map(count_bucket);
        assert_eq!(buckets[..6], ["0", "1-9", "1-9", "10-99", "10-99", "10000-99999"]);
        assert_eq!(buckets[6], format!("10000000000000000000-{}", u64::MAX));
    }

    #[tokio::test]
    async fn an_act_that_is_undone_leaves_no_record_and_records_count_up() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let event = AuditEvent {
                organization: OrganizationId::local(),
                principal: Some(Principal::Local),
                action: "export",
                about: Some("export-1".to_owned()),
                class: Some(FieldClass::Base),
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
                count_bucket: String,
                details: String,
                logs: String,
            }
            let sql = "SELECT sequence, count_bucket, details, logs FROM audit_outbox ORDER BY sequence";
            let rows = store.database.all::<Row>("test", sql, Vec::new()).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), sequences);
            assert_eq!(rows[0].count_bucket, "10-99");
            assert_eq!(rows[0].details, r#"{"a":2,"b":1}"#);
            assert_eq!(rows[0].logs, r#"["local","platform"]"#);
        })
        .await;
    }
}
