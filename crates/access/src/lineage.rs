//! Lineage: what an artefact (a list, a count, an export) was made from. It lives only as long as all of that is granted.

use crate::grant::GrantId;
use crate::organization::OrganizationId;
use crate::rights::Right;
use crate::standing::Standing;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One thing that an artefact was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// Whose data.
    pub owner: OrganizationId,
    /// Their class.
    pub class: FieldClass,
    /// The state of the voters.
    pub state: StateCode,
    /// The grant under which they were seen, with its epoch; none for one's own.
    pub grant: Option<(GrantId, u64)>,
}

/// Everything that an artefact was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lineage(BTreeSet<Origin>);

/// What the artefact was made from is no longer granted. What it held is not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("grant ended")]
pub struct GrantEndedError;

impl Lineage {
    /// Everything that it was made from.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter()
    }

    /// Made from this one's origins and the other's.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The class of what was made: no lower than any of what it was made from; base where it was made from nothing.
    #[must_use]
    pub fn class(&self) -> FieldClass {
        self.0.iter().map(|origin| origin.class).fold(FieldClass::Base, join)
    }

    /// Whether all that it was made from may still be seen by the organization whose standing it is.
    ///
    /// # Errors
    /// A grant has ended, was revoked, or covers something else than when the artefact was made.
    pub fn check(&self, standing: &Standing, now: Timestamp) -> Result<(), GrantEndedError> {
        let lives = |origin: &Origin| match &origin.grant {
            None => {
                let base = matches!(origin.class, FieldClass::Base | FieldClass::Restricted);
                // A base may have got another owner since.
                origin.owner == standing.organization
                    && (!base || *standing.base_owner(origin.state) == origin.owner)
            }
            Some((id, epoch)) => standing.grant(id).is_some_and(|grant| {
                grant.epoch == *epoch
                    && grant.grantee == standing.organization
                    && grant.owner == origin.owner
                    && grant.is_live_at(now)
            }),
        };
        if self.0.iter().all(lives) { Ok(()) } else { Err(GrantEndedError) }
    }

    /// Whether the organization whose standing it is may still see data of the same owners and classes, by these grants or by
    /// others: enough for what was only found by them, such as to which voters an organization's own cells belong.
    #[must_use]
    pub fn is_granted(&self, standing: &Standing, now: Timestamp) -> bool {
        let by_grant = |origin: &Origin| {
            standing.grants.iter().any(|grant| {
                grant.grantee == standing.organization
                    && grant.owner == origin.owner
                    && grant.state == origin.state
                    && grant.classes.contains(&origin.class)
                    && grant.is_live_at(now)
            })
        };
        let is_own = |origin: &Origin| Self([origin.clone()].into()).is_alive(standing, now);
        self.0.iter().all(|origin| by_grant(origin) || is_own(origin))
    }

    /// As [`Lineage::check`].
    #[must_use]
    pub fn is_alive(&self, standing: &Standing, now: Timestamp) -> bool {
        self.check(standing, now).is_ok()
    }
}

impl<'a> FromIterator<&'a Right> for Lineage {
    fn from_iter<I: IntoIterator<Item = &'a Right>>(rights: I) -> Self {
        let origin = |right: &Right| Origin {
            owner: right.owner.clone(),
            class: right.class,
            state: right.state,
            grant: right.grant.clone(),
        };
        Self(rights.into_iter().map(origin).collect())
    }
}

/// The class of what is made from two classes. Base lies below all, restricted above all; what mixes others' classes is the
/// private work of whoever mixed them.
#[must_use]
pub fn join(one: FieldClass, other: FieldClass) -> FieldClass {
    use FieldClass::{Base, Private, Restricted};
    match (one, other) {
        (one, other) if one == other => one,
        (Base, other) | (other, Base) => other,
        (Restricted, _) | (_, Restricted) => Restricted,
        _ => Private,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{day, grant, id, nc, now, standing};
    use crate::{Grant, Standing};
    use FieldClass::{Appended, Base, Exchange, Private, Proprietary, Restricted};

    fn made_of(owner: &str, class: FieldClass, grant: Option<&Grant>) -> Lineage {
        let grant = grant.map(|grant| (grant.id.clone(), grant.epoch));
        Lineage([Origin { owner: id(owner), class, state: nc(), grant }].into())
    }

    #[test]
    fn a_list_dies_with_the_grant_and_lives_again_with_it() {
        let given = grant(1, "nc-party", "rivera", &[Base]);
        let list = made_of("nc-party", Base, Some(&given)).joined(made_of("rivera", Private, None));
        let alive = |grant: Grant, at| list.is_alive(&standing("rivera", &[grant]), at);
        assert!(alive(given.clone(), now()));
        assert!(!alive(Grant { revoked_at: Some(day(9)), ..given.clone() }, now()));
        assert!(alive(Grant { revoked_at: None, ..given.clone() }, now()), "restored");
        assert!(!alive(given.clone(), day(20)));
        assert!(!alive(Grant { epoch: 2, ..given.clone() }, now()), "covers something else now");
        assert!(!alive(Grant { grantee: id("chen"), ..given.clone() }, now()));
        let none = standing("rivera", &[]);
        assert_eq!(list.check(&none, now()).unwrap_err().to_string(), "grant ended");
        let read_back: Lineage = serde_json::from_value(serde_json::to_value(&list).unwrap()).unwrap();
        assert_eq!(read_back, list);
    }

    #[test]
    fn ones_own_lives_for_ever_but_a_base_with_its_owner() {
        let own = made_of("rivera", Private, None);
        assert!(own.is_alive(&standing("rivera", &[]), day(28)));
        assert!(!own.is_alive(&standing("chen", &[]), now()));
        let base = made_of("local", Base, None);
        let lost = standing("local", &[]);
        assert!(!base.is_alive(&lost, now()));
        assert!(base.is_alive(&Standing { base_owners: std::collections::BTreeMap::new(), ..lost }, now()));
    }

    #[test]
    fn what_is_made_has_no_lower_class_than_what_it_is_made_from() {
        for one in FieldClass::ALL {
            assert_eq!(join(one, one), one);
            assert_eq!((join(Base, one), join(Restricted, one)), (one, Restricted));
            for other in FieldClass::ALL {
                assert_eq!(join(one, other), join(other, one));
                assert_eq!(join(one, join(one, other)), join(one, other), "no lower than either");
                for third in FieldClass::ALL {
                    assert_eq!(join(join(one, other), third), join(one, join(other, third)));
                }
            }
        }
        assert_eq!(join(Appended, Proprietary), Private);
        assert_eq!(join(Exchange, Private), Private);
        assert_eq!(made_of("a1", Base, None).joined(made_of("a1", Appended, None)).class(), Appended);
        assert_eq!(Lineage::default().class(), Base);
    }
}
