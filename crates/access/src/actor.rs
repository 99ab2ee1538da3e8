//! Actors: a principal in an organization, with what a decision needs to know of it. All of it is the server's knowledge,
//! none of it the request's.

use crate::grant::GrantId;
use crate::organization::{Organization, OrganizationId};
use crate::principal::Principal;
use crate::role::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A precinct of a county.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Precinct {
    /// The county, in upper case as in `county_name`.
    pub county: String,
    /// The precinct, as in `precinct`.
    pub precinct: String,
}

impl Precinct {
    /// A precinct of a county.
    #[must_use]
    pub fn new(county: impl Into<String>, precinct: impl Into<String>) -> Self {
        Self { county: county.into(), precinct: precinct.into() }
    }
}

/// Who acts, where, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who acts.
    pub principal: Principal,
    /// Where the roles are held.
    pub works_in: Organization,
    /// A vendor's: the organization for which it acts.
    pub acts_for: Option<Organization>,
    /// What the principal is in `works_in`.
    pub roles: BTreeSet<Role>,
    /// The precincts to which canvassers and precinct captains are limited.
    pub precincts: BTreeSet<Precinct>,
    /// An API key's: the only grant that it may use.
    pub only_grant: Option<GrantId>,
    /// Whether the request came over the network.
    pub network: bool,
    /// Whether a second factor was shown in this session; for an API key, by the person who made it.
    pub second_factor: bool,
    /// The digest of the session in which they signed in; none of keys and of whoever opened the data directory.
    pub session: Option<String>,
    /// When the session or the key ends, whatever happens; none when nothing of them does.
    pub until: Option<Timestamp>,
    /// The access epoch before which all of this was read: what was decided by it is asked for again once another has
    /// come. None where nobody can take it away.
    pub known_at: Option<u64>,
}

impl Actor {
    /// Whoever can open the data directory, acting as `organization`: in every role but the operator's.
    #[must_use]
    pub fn local(organization: Organization) -> Self {
        Self {
            principal: Principal::Local,
            works_in: organization,
            acts_for: None,
            roles: Role::ALL.iter().copied().filter(|role| *role != Role::Operator).collect(),
            precincts: BTreeSet::new(),
            only_grant: None,
            network: false,
            second_factor: false,
            session: None,
            until: None,
            known_at: None,
        }
    }

    /// Somebody who signed in over the network with a second factor.
    #[must_use]
    pub fn over_network(
        principal: Principal,
        works_in: Organization,
        roles: impl IntoIterator<Item = Role>,
    ) -> Self {
        Self {
            principal,
            works_in,
            acts_for: None,
            roles: roles.into_iter().collect(),
            precincts: BTreeSet::new(),
            only_grant: None,
            network: true,
            second_factor: true,
            session: None,
            until: None,
            known_at: None,
        }
    }

    /// For whom the act is done: the boundary of isolation, whose eyes the actor sees with.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        self.acts_for.as_ref().unwrap_or(&self.works_in)
    }

    /// The id of [`Actor::organization`].
    #[must_use]
    pub fn organization_id(&self) -> &OrganizationId {
        &self.organization().id
    }
}
