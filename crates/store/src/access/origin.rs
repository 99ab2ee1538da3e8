//! Of whom somebody came: who made them, who made those, and so on, to somebody who came of nobody that is known.
//!
//! Who came of a key shares its end. Accounts in another organization are that organization's own: what invited its first
//! person is no part of it.

use super::{Deed, instant};
use crate::database::Database;
use crate::error::StoreError;
use hustings_access::Principal;
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

/// From somebody up to whom they came of.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// Their own id and those of their makers, the first ones too.
    ids: BTreeSet<String>,
    /// When the first ends of the keys among them; none: there is no key.
    end: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    expires_at: Option<String>,
}

// `UNION` drops what it has seen: a circle ends.
const SQL: &str = "WITH RECURSIVE makers(id, organization_id, made_by, expires_at) AS NOT MATERIALIZED (\
     SELECT id, organization_id, made_by, expires_at FROM api_keys UNION ALL \
     SELECT id, organization_id, made_by, NULL FROM users), \
     origin(id, organization_id, made_by, expires_at) AS (\
     SELECT id, organization_id, made_by, expires_at FROM makers WHERE id = $1 UNION \
     SELECT makers.id, makers.organization_id, makers.made_by, makers.expires_at FROM origin \
     JOIN makers ON makers.id = origin.made_by \
     WHERE origin.expires_at IS NOT NULL OR makers.organization_id = origin.organization_id) \
     SELECT id, expires_at FROM origin";

impl Origin {
    /// As it stands within an act.
    pub(super) async fn of(deed: &Deed, principal: &Principal) -> Result<Self, StoreError> {
        Self::read(deed.transaction.all::<Row>(SQL, vec![principal.as_str().into()]).await?)
    }

    /// As it stands now.
    pub(super) async fn now(database: &Database, principal: &Principal) -> Result<Self, StoreError> {
        Self::read(database.all::<Row>("read makers", SQL, vec![principal.as_str().into()]).await?)
    }

    fn read(rows: Vec<Row>) -> Result<Self, StoreError> {
        let mut origin = Self::default();
        for row in rows {
            if let Some(text) = row.expires_at {
                let end = instant(&text)?;
                origin.end = Some(origin.end.map_or(end, |known| known.min(end)));
            }
            origin.ids.insert(row.id);
        }
        Ok(origin)
    }

    /// Whether somebody is among them.
    pub(super) fn includes(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// When they end with the keys that they came of; none: they came of no key.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.end
    }

    /// Whether they came of a key that is over.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.end.is_some_and(|end| end <= now)
    }
}
