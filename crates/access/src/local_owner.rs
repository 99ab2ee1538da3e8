//! The local owner: whoever can open the data directory. The file system has decided; the log says so.

use crate::scope::{Geography, OrganizationId, Principal, Purpose, Scope};
use hustings_core::{FieldClass, StateCode};
use std::path::{Path, PathBuf};

/// The organization id of a data directory's local owner, until organizations are registered.
const LOCAL_ORGANIZATION: &str = "local";

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
    pub fn scope(&self, purpose: Purpose) -> Scope {
        self.mint(Geography::All, FieldClass::ALL, purpose)
    }

    /// Only these states and classes: what a page or a job needs and no more.
    #[must_use]
    pub fn scope_of(
        &self,
        states: impl IntoIterator<Item = StateCode>,
        classes: impl IntoIterator<Item = FieldClass>,
        purpose: Purpose,
    ) -> Scope {
        self.mint(Geography::States(states.into_iter().collect()), classes, purpose)
    }

    #[expect(clippy::unused_self, reason = "the owner in hand is what entitles to a scope")]
    fn mint(
        &self,
        geography: Geography,
        classes: impl IntoIterator<Item = FieldClass>,
        purpose: Purpose,
    ) -> Scope {
        Scope {
            organization: OrganizationId::new(LOCAL_ORGANIZATION),
            principal: Principal::Local,
            geography,
            classes: classes.into_iter().collect(),
            purpose,
            expires_at: None,
            epoch: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_owner_may_touch_everything() {
        let scope = LocalOwner::of_data_directory("data").scope(Purpose::Read);
        assert!(FieldClass::ALL.into_iter().all(|class| scope.allows_class(class)));
        assert!(scope.allows_state("nc".parse().unwrap()));
        assert!(scope.is_valid_at(jiff::Timestamp::MAX));
    }

    #[test]
    fn a_narrow_scope_names_what_it_allows() {
        let nc: StateCode = "nc".parse().unwrap();
        let scope = LocalOwner::of_data_directory("data").scope_of([nc], [FieldClass::Base], Purpose::Export);
        assert!(scope.allows_state(nc) && !scope.allows_state("va".parse().unwrap()));
        assert!(scope.allows_class(FieldClass::Base) && !scope.allows_class(FieldClass::Proprietary));
    }
}
