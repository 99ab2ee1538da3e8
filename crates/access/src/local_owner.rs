//! The local owner and its owned scope, as the store uses them until it is switched over to [`crate::scope`].

use crate::action::Action;
use crate::organization::OrganizationId;
use crate::principal::Principal;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Mints scopes for whoever can open a data directory.
#[derive(Debug)]
pub struct LocalOwner {
    directory: PathBuf,
}

impl LocalOwner {
    /// The owner of the data directory at `directory`.
    #[must_use]
    pub fn of_data_directory(directory: impl AsRef<Path>) -> Self {
        Self { directory: directory.as_ref().to_path_buf() }
    }

    /// The data directory whose opening is the permission.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All states and all classes of the directory, without end.
    #[must_use]
    pub fn scope(&self, action: Action) -> Scope {
        self.mint(Geography::All, FieldClass::ALL, action)
    }

    /// Only these states and classes: what a page or a job needs and no more.
    #[must_use]
    pub fn scope_of(
        &self,
        states: impl IntoIterator<Item = StateCode>,
        classes: impl IntoIterator<Item = FieldClass>,
        action: Action,
    ) -> Scope {
        self.mint(Geography::States(states.into_iter().collect()), classes, action)
    }

    #[expect(clippy::unused_self, reason = "the owner in hand is what entitles to a scope")]
    fn mint(
        &self,
        geography: Geography,
        classes: impl IntoIterator<Item = FieldClass>,
        action: Action,
    ) -> Scope {
        Scope {
            organization: OrganizationId::local(),
            principal: Principal::Local,
            geography,
            classes: classes.into_iter().collect(),
            action,
            expires_at: None,
            epoch: 0,
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

/// The permission of one request: organization, principal, geography, field classes, action, expiry and grant epoch.
///
/// INVARIANT: made only in this crate, from a decision; never copied and never read back from bytes.
#[derive(Debug)]
pub struct Scope {
    pub(crate) organization: OrganizationId,
    pub(crate) principal: Principal,
    pub(crate) geography: Geography,
    pub(crate) classes: BTreeSet<FieldClass>,
    pub(crate) action: Action,
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

    /// What it does.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_owner_may_touch_everything() {
        let scope = LocalOwner::of_data_directory("data").scope(Action::Read);
        assert!(FieldClass::ALL.into_iter().all(|class| scope.allows_class(class)));
        assert!(scope.allows_state("nc".parse().unwrap()));
        assert!(scope.is_valid_at(jiff::Timestamp::MAX));
    }

    #[test]
    fn a_narrow_scope_names_what_it_allows() {
        let nc: StateCode = "nc".parse().unwrap();
        let scope = LocalOwner::of_data_directory("data").scope_of([nc], [FieldClass::Base], Action::Export);
        assert!(scope.allows_state(nc) && !scope.allows_state("va".parse().unwrap()));
        assert!(scope.allows_class(FieldClass::Base) && !scope.allows_class(FieldClass::Proprietary));
    }
}
