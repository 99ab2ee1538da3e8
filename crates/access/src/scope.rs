//! What one request may touch. Every store function that reads or writes voter data takes a `&Scope`.

use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::Serialize;
use std::{collections::BTreeSet, fmt};

/// The organization for which an act is done: the boundary of isolation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OrganizationId(String);

impl OrganizationId {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as written in folders, logs and tables.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Principal {
    /// Whoever can open the data directory; logged as such.
    Local,
}

impl Principal {
    /// The principal as written in logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Local => "local",
        }
    }
}

/// Where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Geography {
    /// Every state of the data directory.
    All,
    /// These states whole.
    States(BTreeSet<StateCode>),
}

/// What for. Logged with every act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To load a state list, to accept a held one, or to undo.
    Load,
    /// To read on a page or the command line.
    Read,
    /// To add or remove an overlay.
    Append,
    /// To take a copy out of the system.
    Export,
}

impl Purpose {
    /// The purpose as written in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Read => "read",
            Self::Append => "append",
            Self::Export => "export",
        }
    }
}

/// The permission of one request: organization, principal, geography, field classes, purpose, expiry and grant epoch.
///
/// INVARIANT: made only in this crate, from a decision; never copied and never read back from bytes.
#[derive(Debug)]
pub struct Scope {
    pub(crate) organization: OrganizationId,
    pub(crate) principal: Principal,
    pub(crate) geography: Geography,
    pub(crate) classes: BTreeSet<FieldClass>,
    pub(crate) purpose: Purpose,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) epoch: u64,
}

impl Scope {
    /// For whom the act is done.
    #[must_use]
    pub fn organization(&self) -> &OrganizationId {
        &self.organization
    }

    /// Who acts.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Where.
    #[must_use]
    pub fn geography(&self) -> &Geography {
        &self.geography
    }

    /// The field classes that exist for this request.
    #[must_use]
    pub fn classes(&self) -> &BTreeSet<FieldClass> {
        &self.classes
    }

    /// What for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// When the permission ends; none for the local owner.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The grant epoch under which it was decided; rises with every change of grants.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether columns of this class exist for this request.
    #[must_use]
    pub fn allows_class(&self, class: FieldClass) -> bool {
        self.classes.contains(&class)
    }

    /// Whether this state exists for this request.
    #[must_use]
    pub fn allows_state(&self, state: StateCode) -> bool {
        match &self.geography {
            Geography::All => true,
            Geography::States(states) => states.contains(&state),
        }
    }

    /// Whether the permission still holds at `now`.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
