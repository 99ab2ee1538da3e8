//! Organizations: the boundary of isolation.

use crate::word::words;
use hustings_core::StateCode;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

const LENGTH_MAX: usize = 40;

/// The organization that owns a data directory until another is named.
const LOCAL: &str = "local";

/// An organization as written in folders, flags and logs: 2 to 40 of `a`–`z`, `0`–`9` and `-`, not beginning with `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationId(String);

impl OrganizationId {
    /// The owner of a data directory until another is named.
    #[must_use]
    pub fn local() -> Self {
        Self(LOCAL.to_owned())
    }

    /// The id as written in folders, logs and tables.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Not an organization's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an organization's id: expected 2 to 40 of the characters a-z, 0-9 and -, not beginning with -"
)]
pub struct InvalidOrganizationIdError(String);

impl FromStr for OrganizationId {
    type Err = InvalidOrganizationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (2..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(known) && !text.starts_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidOrganizationIdError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for OrganizationId {
    type Error = InvalidOrganizationIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OrganizationId> for String {
    fn from(id: OrganizationId) -> Self {
        id.0
    }
}

words! {
    /// What an organization is.
    OrganizationKind, "kind of organization" {
        /// The national party, or an association above the states.
        National = "national",
        /// A state or territory party; owns the base of its state.
        State = "state",
        /// A county or other local party committee.
        LocalCommittee = "local_committee",
        /// A candidate's campaign.
        Campaign = "campaign",
        /// A group that gives data to others and gets data from them.
        Ally = "ally",
        /// Acts for another organization; never a grantee by itself.
        Vendor = "vendor",
        /// Reads logs, never voters.
        Auditor = "auditor",
        /// A state party that runs its own platform, seen from this one.
        ExternalState = "external_state",
    }
}

impl OrganizationKind {
    /// Whether an organization of this kind, registered for a state, owns the base of that state.
    #[must_use]
    pub const fn owns_base(self) -> bool {
        matches!(self, Self::State | Self::ExternalState)
    }
}

/// An organization as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name as people write it.
    pub name: String,
    /// Its state, if it belongs to one.
    pub state: Option<StateCode>,
    /// A local committee's counties, in upper case as in `county_name`; none: the whole state.
    pub counties: Option<BTreeSet<String>>,
    /// The organization that registered it, and may invite its first people; none: the owner of the data directory by
    /// the command line.
    pub registered_by: Option<OrganizationId>,
}

impl Organization {
    /// One of an id that nobody has: what the policy is asked about it is refused and recorded as for one that is there.
    #[must_use]
    pub fn nobody(id: OrganizationId) -> Self {
        let (kind, name) = (OrganizationKind::Campaign, id.to_string());
        Self { id, kind, name, state: None, counties: None, registered_by: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_of_states_own_bases_and_nobody_else() {
        for kind in OrganizationKind::ALL {
            let owns = matches!(kind.as_str(), "state" | "external_state");
            assert_eq!(kind.owns_base(), owns, "{kind}");
        }
    }

    #[test]
    fn ids_are_plain_slugs() {
        for text in ["nc", "local", "nc-dem", "4th-ward", "a-", &"a".repeat(40)] {
            let id: OrganizationId = text.parse().unwrap();
            assert_eq!(id.as_str(), text);
            assert_eq!(serde_json::to_value(&id).unwrap(), text);
        }
        assert_eq!(OrganizationId::local().as_str().parse(), Ok(OrganizationId::local()));
    }

    #[test]
    fn look_alikes_and_paths_are_refused() {
        let long = "a".repeat(41);
        for text in [
            "",
            "a",
            "-nc",
            "NC",
            "nc dem",
            "nc_dem",
            "..",
            "../nc",
            "nc/dem",
            "nc\\dem",
            "nc.dem",
            "nc\0",
            "nc\n",
            // Cyrillic а, fullwidth n, a zero-width space, a hyphen that is none.
            "c\u{430}mpaign",
            "\u{ff4e}c",
            "n\u{200b}c",
            "nc\u{2010}dem",
            &long,
        ] {
            assert!(text.parse::<OrganizationId>().is_err(), "{text:?}");
            assert!(serde_json::from_value::<OrganizationId>(text.into()).is_err(), "{text:?}");
        }
        assert_eq!(
            "NC".parse::<OrganizationId>().unwrap_err().to_string(),
            "`NC` is not an organization's id: expected 2 to 40 of the characters a-z, 0-9 and -, not beginning with -"
        );
    }

    #[test]
    fn kinds_are_words() {
        assert_eq!("local_committee".parse(), Ok(OrganizationKind::LocalCommittee));
        assert_eq!(serde_json::to_value(OrganizationKind::ExternalState).unwrap(), "external_state");
        assert_eq!(
            "party".parse::<OrganizationKind>().unwrap_err().to_string(),
            "unknown kind of organization `party`: expected national, state, local_committee, campaign, ally, vendor, \
             auditor, external_state"
        );
    }
}
