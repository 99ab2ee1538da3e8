//! A row of the outbox as a record of a log.

use super::sequencer::damaged;
use crate::error::StoreError;
use hustings_audit::record::{CountBucket, Salt};
use hustings_audit::{Envelope, Record};
use hustings_core::digits::from_hex;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use std::path::Path;

/// Columns of [`LoggedRow`].
pub(super) const COLUMNS: &str = "sequence, record_id, at, organization_id, principal, action, about, classes, voters, \
     details, salt, logs";

/// A row of the outbox.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct LoggedRow {
    pub(super) sequence: i64,
    pub(super) record_id: String,
    pub(super) at: String,
    pub(super) organization_id: String,
    pub(super) principal: Option<String>,
    pub(super) action: String,
    pub(super) about: Option<String>,
    pub(super) classes: String,
    pub(super) voters: Option<i64>,
    pub(super) details: String,
    pub(super) salt: String,
    pub(super) logs: String,
}

impl LoggedRow {
    /// The logs that it goes to.
    pub(super) fn logs(&self) -> Result<Vec<String>, StoreError> {
        serde_json::from_str(&self.logs).map_err(|error| self.damaged("logs", &error))
    }

    /// The record with the details that it commits to, which stay here.
    pub(super) fn seal(&self) -> Result<(Record, String), StoreError> {
        let voters = self.voters.and_then(|voters| u64::try_from(voters).ok());
        let envelope = Envelope {
            id: self.record_id.parse().map_err(|error| self.damaged("record_id", &error))?,
            time: self.at.parse().map_err(|error| self.damaged("at", &error))?,
            organization: self.organization_id.clone(),
            action: self.action.clone(),
            classes: serde_json::from_str(&self.classes).map_err(|error| self.damaged("classes", &error))?,
            count: voters.map(CountBucket::of),
        };
        let salt = Salt::from_random(
            from_hex(&self.salt)
                .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
                .ok_or_else(|| self.damaged("salt", &"not 64 hex digits"))?,
        );
        let details: Value =
            serde_json::from_str(&self.details).map_err(|error| self.damaged("details", &error))?;
        let details = json!({
            "about": self.about,
            "at": self.at,
            "details": details,
            "logs": self.logs()?,
            "principal": self.principal,
            "voters": self.voters,
        });
        Record::seal(envelope, &details, &salt).map_err(|error| self.damaged("record", &error))
    }

    fn damaged(&self, field: &str, error: &dyn std::fmt::Display) -> StoreError {
        damaged(Path::new("audit_outbox"))(format!("row {}, {field}: {error}", self.sequence))
    }
}
