//! Standing: the facts about an organization that a decision rests on. The store chooses them, never the request.

use crate::actor::Actor;
use crate::engagement::Engagement;
use crate::grant::{Grant, GrantId};
use crate::organization::OrganizationId;
use hustings_core::StateCode;
use std::collections::{BTreeMap, BTreeSet};

/// What an organization stands on: who owns which base, what was granted to it, who works for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose standing.
    pub organization: OrganizationId,
    /// The owner of the data directory, who owns the base of every state that has no owner of its own.
    pub directory_owner: OrganizationId,
    /// The registered owners of states' bases.
    pub base_owners: BTreeMap<StateCode, OrganizationId>,
    /// The states of which the data directory holds anything: what a request that names no state is about.
    pub states: BTreeSet<StateCode>,
    /// The grants to the organization, dead ones too: the policy decides.
    pub grants: Vec<Grant>,
    /// The engagements of vendors by the organization, dead ones too.
    pub engagements: Vec<Engagement>,
    /// Rises with every change of organizations, people, grants or engagements.
    pub epoch: u64,
}

impl Standing {
    /// The owner of a state's base.
    #[must_use]
    pub fn base_owner(&self, state: StateCode) -> &OrganizationId {
        self.base_owners.get(&state).unwrap_or(&self.directory_owner)
    }

    /// The engagement by which a vendor acts for the organization, dead or alive.
    pub(crate) fn engagement_of(&self, actor: &Actor) -> Option<&Engagement> {
        let acts_for = &actor.acts_for.as_ref()?.id;
        self.engagements.iter().find(|one| one.vendor == actor.works_in.id && one.organization == *acts_for)
    }

    /// A grant to the organization, dead or alive.
    #[must_use]
    pub fn grant(&self, id: &GrantId) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{engagement, standing, vendor_for};
    use crate::{Engagement, OrganizationId};

    #[test]
    fn a_vendor_acts_by_the_engagement_of_whom_it_acts_for() {
        let of = |organization: &str| engagement(organization);
        let others: Engagement = Engagement { vendor: "watch".parse().unwrap(), ..of("rivera") };
        let mut standing = standing("rivera", &[]);
        standing.engagements = vec![of("chen"), others, of("rivera")];
        let rivera: OrganizationId = "rivera".parse().unwrap();
        let found = standing.engagement_of(&vendor_for("rivera")).unwrap();
        assert_eq!((&found.organization, &found.vendor), (&rivera, &vendor_for("rivera").works_in.id));
    }
}
