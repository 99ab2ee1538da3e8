//! Grants: an owner's permission to another organization to use its data.

use crate::organization::{OrganizationId, OrganizationKind};
use crate::purpose::Purpose;
use crate::random_id::random_id;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Of these classes only these columns; a class that is not here is given whole, with the columns that come to it later.
    /// Two classes may have columns of one name: a name says nothing of another class than its own.
    #[serde(default)]
    pub columns: BTreeMap<FieldClass, BTreeSet<String>>,
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
    /// again with it. In no answer: it counts what all organizations together change.
    #[serde(skip)]
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

    /// The columns of this class that it is narrowed to; none: all of them.
    #[must_use]
    pub fn columns_of(&self, class: FieldClass) -> Option<&BTreeSet<String>> {
        self.columns.get(&class)
    }
}

/// A grant that nobody may give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrantError {
    /// To oneself.
    #[error("`{0}` cannot give a grant to itself")]
    ToOneself(OrganizationId),
    /// To a vendor: it acts for an organization and is never a grantee by itself.
    #[error("`{grantee}` is {kind}: expected a grantee that may see voters; a vendor is engaged instead")]
    Grantee {
        /// To whom.
        grantee: OrganizationId,
        /// What that is.
        kind: OrganizationKind,
    },
    /// A class that is never granted, or not yet.
    #[error("class `{0}` cannot be granted: expected base, appended, proprietary or private")]
    Class(FieldClass),
    /// A purpose that is never granted.
    #[error("purpose `{0}` cannot be granted")]
    Purpose(Purpose),
    /// Nothing is given.
    #[error("a grant needs at least one of its {0}")]
    Empty(&'static str),
    /// Columns of a class that is not given.
    #[error("columns of class `{0}` are named: expected only those of the grant's classes")]
    ColumnsOf(FieldClass),
    /// A county that is not written as in the voter file.
    #[error("county `{0}` is not written as in the voter file: expected upper case")]
    County(String),
    /// It ends before it begins.
    #[error("a grant that begins {not_before} ends later than that, got {until}")]
    Ends {
        /// When it begins.
        not_before: Timestamp,
        /// When it would end.
        until: Timestamp,
    },
}

impl Grant {
    /// Whether an owner may give this grant to an organization of this kind. The policy refuses what slips through; this
    /// says why before it is given.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, grantee: OrganizationKind) -> Result<(), InvalidGrantError> {
        if self.owner == self.grantee {
            return Err(InvalidGrantError::ToOneself(self.owner.clone()));
        }
        if matches!(grantee, OrganizationKind::Vendor | OrganizationKind::Auditor) {
            return Err(InvalidGrantError::Grantee { grantee: self.grantee.clone(), kind: grantee });
        }
        let never = |class: &&FieldClass| matches!(class, FieldClass::Restricted | FieldClass::Exchange);
        if let Some(class) = self.classes.iter().find(never) {
            return Err(InvalidGrantError::Class(*class));
        }
        if self.purposes.contains(&Purpose::Commercial) {
            return Err(InvalidGrantError::Purpose(Purpose::Commercial));
        }
        let empty = |set: &Option<BTreeSet<String>>| set.as_ref().is_some_and(BTreeSet::is_empty);
        for (is_empty, what) in [
            (self.classes.is_empty(), "classes"),
            (self.purposes.is_empty(), "purposes"),
            (self.columns.values().any(BTreeSet::is_empty), "columns"),
            (empty(&self.counties), "counties"),
        ] {
            if is_empty {
                return Err(InvalidGrantError::Empty(what));
            }
        }
        if let Some(class) = self.columns.keys().find(|class| !self.classes.contains(class)) {
            return Err(InvalidGrantError::ColumnsOf(*class));
        }
        let unlike = |county: &&String| county.is_empty() || **county != county.to_uppercase();
        if let Some(county) = self.counties.iter().flatten().find(unlike) {
            return Err(InvalidGrantError::County(county.clone()));
        }
        if self.until <= self.not_before {
            return Err(InvalidGrantError::Ends { not_before: self.not_before, until: self.until });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{day, grant};
    use FieldClass::{Base, Exchange, Private, Restricted};

    #[test]
    fn a_grant_holds_from_its_beginning_to_just_before_its_end() {
        let given = grant(1, "nc-party", "rivera", &[Base]);
        assert!(!given.is_live_at(day(1) - jiff::SignedDuration::from_micros(1)));
        assert!(given.is_live_at(day(1)) && given.is_live_at(day(19)));
        assert!(given.is_live_at(day(20) - jiff::SignedDuration::from_micros(1)));
        assert!(!given.is_live_at(day(20)));
        assert!(!Grant { revoked_at: Some(day(25)), ..given }.is_live_at(day(10)));
    }

    #[test]
    fn what_nobody_may_give_is_refused_with_a_reason() {
        let given = grant(1, "rivera", "durham", &[Private]);
        assert_eq!(given.check(OrganizationKind::LocalCommittee), Ok(()));
        let refused = |grant: Grant, kind| grant.check(kind).unwrap_err().to_string();
        let committee = OrganizationKind::LocalCommittee;
        let set = |text: &str| BTreeSet::from([text.to_owned()]);
        for (grant, kind, expected) in [
            (grant(1, "rivera", "rivera", &[Private]), committee, "`rivera` cannot give a grant to itself"),
            (
                given.clone(),
                OrganizationKind::Vendor,
                "`durham` is vendor: expected a grantee that may see voters; a vendor is engaged instead",
            ),
            (
                grant(1, "nc-party", "durham", &[Base, Restricted]),
                committee,
                "class `restricted` cannot be granted: expected base, appended, proprietary or private",
            ),
            (
                grant(1, "nc-party", "durham", &[Exchange]),
                committee,
                "class `exchange` cannot be granted: expected base, appended, proprietary or private",
            ),
            (
                Grant { purposes: [Purpose::Commercial].into(), ..given.clone() },
                committee,
                "purpose `commercial` cannot be granted",
            ),
            (grant(1, "rivera", "durham", &[]), committee, "a grant needs at least one of its classes"),
            (
                Grant { columns: [(Private, BTreeSet::new())].into(), ..given.clone() },
                committee,
                "a grant needs at least one of its columns",
            ),
            (
                Grant { columns: [(Base, set("note"))].into(), ..given.clone() },
                committee,
                "columns of class `base` are named: expected only those of the grant's classes",
            ),
            (
                Grant { counties: Some(set("Durham")), ..given.clone() },
                committee,
                "county `Durham` is not written as in the voter file: expected upper case",
            ),
            (
                Grant { until: day(1), ..given.clone() },
                committee,
                "a grant that begins 2026-11-01T12:00:00Z ends later than that, got 2026-11-01T12:00:00Z",
            ),
        ] {
            assert_eq!(refused(grant, kind), expected);
        }
        let both = Grant { classes: [Base, Private].into(), ..given.clone() };
        assert_eq!(Grant { columns: [(Private, set("note"))].into(), ..both }.check(committee), Ok(()));
        assert_eq!(Grant { counties: Some(set("DURHAM")), ..given }.check(committee), Ok(()));
    }
}
