//! Grants: an owner's permission to another organization to use its data.

use crate::organization::OrganizationId;
use crate::purpose::Purpose;
use crate::random_id::random_id;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

random_id! {
    /// A grant's id, such as `g-000g40r40m30e209zbxzszfz`.
    GrantId, "a grant id", "g"
}

/// A permission that `owner` gives to `grantee`. It covers data that `owner` owns and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who gives: the owner of the data.
    pub owner: OrganizationId,
    /// Who gets.
    pub grantee: OrganizationId,
    /// The state of the voters.
    pub state: StateCode,
    /// The classes given.
    pub classes: BTreeSet<FieldClass>,
    /// Only these columns of the classes; none: all of them.
    pub columns: Option<BTreeSet<String>>,
    /// Only voters of these counties, in upper case as in `county_name`; none: the whole state.
    pub counties: Option<BTreeSet<String>>,
    /// What the data may be used for.
    pub purposes: BTreeSet<Purpose>,
    /// Whether copies may leave the system.
    pub exportable: bool,
    /// The first instant at which it holds.
    pub not_before: Timestamp,
    /// The first instant at which it no longer holds.
    pub until: Timestamp,
    /// Rises when what the grant covers changes; not when it is revoked or restored, so that what was made under it lives
    /// again with it.
    pub epoch: u64,
    /// When it was revoked; taken away again when it is restored.
    pub revoked_at: Option<Timestamp>,
    /// Given when a state party took over its list from the owner of the data directory, who may go on to load it.
    pub custody: bool,
}

impl Grant {
    /// Whether it holds at `now`: begun, not ended, not revoked.
    #[must_use]
    pub fn is_live_at(&self, now: Timestamp) -> bool {
        let micros = Timestamp::as_microsecond;
        self.revoked_at.is_none()
            && micros(self.not_before) <= micros(now)
            && micros(now) < micros(self.until)
    }
}
