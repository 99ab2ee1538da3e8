//! Of whom somebody came: who made them, who made those, and so on, to somebody who came of nobody that is known.
//!
//! Who came of a key shares its end, and changes only what came of the same key: what the key in the wrong hands has turned
//! would not end with it, and what is not the key's would. Accounts in another organization are that organization's own: what
//! invited its first person is no part of it.

use super::{Acting, Deed, instant, parsed};
use crate::database::Database;
use crate::error::StoreError;
use hustings_access::{Principal, Role};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;

/// What a key, and who came of one, reads who would change what did not come of the same key.
pub const OF_ONE_KEY: &str = "a key, and who came of it, changes only accounts, invitations, keys, grants and engagements that came of the same key";

/// From somebody up to whom they came of.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// The keys among them, and themselves, with what each is.
    keys: BTreeMap<String, Role>,
    /// When the first ends of the keys among them; none: there is no key.
    end: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    role: Option<String>,
    expires_at: Option<String>,
}

// `UNION` drops what it has seen: a circle ends.
const SQL: &str = "WITH RECURSIVE makers(id, organization_id, made_by, role, expires_at) AS NOT MATERIALIZED (\
     SELECT id, organization_id, made_by, role, expires_at FROM api_keys UNION ALL \
     SELECT id, organization_id, coalesce(kept_by, made_by), NULL, NULL FROM users), \
     origin(id, organization_id, made_by, role, expires_at) AS (\
     SELECT id, organization_id, made_by, role, expires_at FROM makers WHERE id = $1 UNION \
     SELECT makers.id, makers.organization_id, makers.made_by, makers.role, makers.expires_at FROM origin \
     JOIN makers ON makers.id = origin.made_by \
     WHERE origin.expires_at IS NOT NULL OR makers.organization_id = origin.organization_id) \
     SELECT id, role, expires_at FROM origin WHERE role IS NOT NULL";

impl Origin {
    /// As it stands within an act.
    pub(super) async fn of(deed: &Deed, principal: &Principal) -> Result<Self, StoreError> {
        Self::of_maker(deed, Some(principal.as_str())).await
    }

    /// Of what somebody made, or is, by the id that is kept of them; none: nobody is known to have made it.
    pub(super) async fn of_maker(deed: &Deed, id: Option<&str>) -> Result<Self, StoreError> {
        match id {
            Some(id) => Self::read(deed.transaction.all::<Row>(SQL, vec![id.into()]).await?),
            None => Ok(Self::default()),
        }
    }

    /// As it stands now.
    pub(super) async fn now(database: &Database, principal: &Principal) -> Result<Self, StoreError> {
        Self::now_of_maker(database, principal.as_str()).await
    }

    /// As it stands now, by the id that is kept of a maker.
    pub(super) async fn now_of_maker(database: &Database, id: &str) -> Result<Self, StoreError> {
        Self::read(database.all::<Row>("read makers", SQL, vec![id.into()]).await?)
    }

    fn read(rows: Vec<Row>) -> Result<Self, StoreError> {
        let mut origin = Self::default();
        for row in rows {
            if let (Some(role), Some(text)) = (row.role, row.expires_at) {
                let end = instant(&text)?;
                origin.end = Some(origin.end.map_or(end, |known| known.min(end)));
                origin.keys.insert(row.id, parsed("an API key", &role)?);
            }
        }
        Ok(origin)
    }

    /// The ids of the keys among them.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// What the keys among them are: nobody makes anybody more.
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> {
        self.keys.values().copied()
    }

    /// Whether who came of these may change what came of the others.
    pub(super) fn may_change(&self, other: &Self) -> bool {
        self.keys.keys().all(|key| other.keys.contains_key(key))
    }

    /// Refuses what a key, or who came of one, would do to what did not come of the same key.
    pub(super) async fn demand(deed: &Deed, by: &Acting, whom: &Self) -> Result<Self, StoreError> {
        let actor = Self::of(deed, &by.principal).await?;
        let unknown = matches!(by.principal, Principal::Key(_)) && actor.keys.is_empty();
        if unknown || !actor.may_change(whom) {
            return Err(StoreError::Refused(OF_ONE_KEY.to_owned()));
        }
        Ok(actor)
    }

    /// The same for what somebody made, by the id that is kept of them.
    pub(super) async fn demand_made(deed: &Deed, by: &Acting, maker: Option<&str>) -> Result<(), StoreError> {
        Self::demand(deed, by, &Self::of_maker(deed, maker).await?).await.map(drop)
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
