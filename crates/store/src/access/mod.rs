//! Organizations, people, sign-in, keys and grants: the relational state of who may do what.
//!
//! What each may do is policy (crate `access`); here are the facts on which it decides, and the acts that change them.
//! Every act is one transaction and leaves its audit row in it.

pub mod account;
pub mod address_book;
pub mod api_key;
mod attempt;
pub mod authorize;
pub mod base_owner;
pub mod demo;
pub mod device;
pub mod engagement;
pub mod enrollment;
pub mod first_share;
pub mod grant;
pub mod incident;
pub mod invitation;
pub mod keep;
pub mod left;
mod maker;
pub mod organization;
mod origin;
mod password;
pub mod recovery;
pub mod registers;
pub mod second_factor;
mod secret;
pub mod session;
pub mod sign_in;
pub mod standing;
#[cfg(test)]
mod tests;
pub mod user;

pub use secret::Secret;

use crate::audit::{AuditEvent, outbox};
use crate::database::{Database, Transaction};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{OrganizationId, Principal};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

/// For whom, and by whom, something is done: what the policy has decided about before the store is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// For whom.
    pub organization: OrganizationId,
    /// By whom.
    pub principal: Principal,
}

impl Acting {
    /// Whoever can open the data directory, for an organization.
    #[must_use]
    pub fn local(organization: OrganizationId) -> Self {
        Self { organization, principal: Principal::Local }
    }

    /// The record of an act of theirs, which goes into the platform's log and their own organization's.
    fn event(&self, action: &'static str, about: &str, details: serde_json::Value) -> AuditEvent {
        AuditEvent {
            organization: self.organization.clone(),
            principal: Some(self.principal.clone()),
            action,
            about: Some(about.to_owned()),
            classes: BTreeSet::new(),
            voters: None,
            details,
            owners: BTreeSet::from([self.organization.clone()]),
        }
    }
}

/// One act in its one transaction, at one instant.
struct Deed {
    transaction: Transaction,
    now: String,
}

impl Deed {
    async fn begin(store: &Store, name: &'static str) -> Result<Self, StoreError> {
        let transaction = store.database.begin(name).await?;
        // The instant is taken with the lock in hand, so that times rise with the order of acts.
        Ok(Self { transaction, now: store.now() })
    }

    /// Writes the record and makes the act durable.
    async fn done(self, event: &AuditEvent) -> Result<(), StoreError> {
        self.record(event).await?;
        self.transaction.commit().await
    }

    /// Writes the record of what is done besides.
    async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        outbox::write(&self.transaction, &self.now, event).await.map(drop)
    }

    /// As [`Deed::done`], with a record of its own in the log of the actor's organization and of each of `readers`: a record
    /// says into whose logs it went, and none of these need know of the others.
    async fn done_apart(
        self,
        event: &AuditEvent,
        readers: impl IntoIterator<Item = OrganizationId>,
    ) -> Result<(), StoreError> {
        let own = event.organization.clone();
        let others: BTreeSet<OrganizationId> = readers.into_iter().filter(|reader| *reader != own).collect();
        for reader in std::iter::once(own).chain(others) {
            let event = AuditEvent { owners: BTreeSet::from([reader]), ..event.clone() };
            self.record(&event).await?;
        }
        self.transaction.commit().await
    }

    async fn execute(&self, sql: &str, values: Vec<sea_orm::Value>) -> Result<u64, StoreError> {
        self.transaction.execute(sql, values).await
    }

    async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<sea_orm::Value>,
    ) -> Result<Option<T>, StoreError> {
        self.transaction.one(sql, values).await
    }

    fn now(&self) -> &str {
        &self.now
    }

    fn name(&self) -> &'static str {
        self.transaction.name()
    }

    /// Raises the access epoch: whatever was decided before must be decided again.
    async fn raise_epoch(&self) -> Result<i64, StoreError> {
        let row = self
            .one::<EpochRow>(
                "UPDATE access_epochs SET epoch = epoch + 1, updated_at = $1, updated_by = $2 RETURNING epoch",
                vec![self.now().into(), self.name().into()],
            )
            .await?;
        row.map(|row| row.epoch).ok_or_else(no_epoch)
    }
}

#[derive(FromQueryResult)]
struct EpochRow {
    epoch: i64,
}

fn no_epoch() -> StoreError {
    StoreError::Connect("the access epoch is missing: restore the database from a backup".to_owned())
}

async fn epoch(database: &Database) -> Result<u64, StoreError> {
    let row =
        database.one::<EpochRow>("read access epoch", "SELECT epoch FROM access_epochs", Vec::new()).await?;
    row.and_then(|row| u64::try_from(row.epoch).ok()).ok_or_else(no_epoch)
}

#[cfg(test)]
impl Store {
    /// The access epoch: it rises with every change of organizations, people, keys, grants and engagements. A scope
    /// decided under an older one must be decided again.
    pub(crate) async fn access_epoch(&self) -> Result<u64, StoreError> {
        epoch(&self.database).await
    }
}

/// A word or id in the database that this program does not know.
fn unknown(what: &'static str) -> impl FnOnce(&dyn std::fmt::Display) -> StoreError {
    move |text| {
        StoreError::Connect(format!(
            "{what} in the database is not understood ({text}): use a newer hustings"
        ))
    }
}

/// Reads back what was written as text.
fn parsed<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| unknown(what)(&error))
}

/// Reads back what was written as JSON.
fn parsed_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unknown(what)(&error))
}

/// So many minutes later, or earlier when negative.
fn later(now: Timestamp, minutes: i64) -> Timestamp {
    let end = if minutes < 0 { Timestamp::MIN } else { Timestamp::MAX };
    now.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap_or(end)
}

fn instant(text: &str) -> Result<Timestamp, StoreError> {
    parsed("a time", text)
}

/// A name as people write it: one line, not empty, at most 100 characters.
fn checked_name(what: &str, name: &str) -> Result<String, StoreError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(StoreError::Input(format!(
            "{what} cannot be used: expected 1 to 100 characters in one line"
        )));
    }
    Ok(name.to_owned())
}

/// Upper-case county names, as in `county_name`.
fn checked_counties(counties: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    if counties.is_empty() {
        return Err(StoreError::Input(
            "the list of counties is empty: name one, or none at all for the whole state".to_owned(),
        ));
    }
    counties.iter().map(|county| checked_name("a county", county).map(|name| name.to_uppercase())).collect()
}
