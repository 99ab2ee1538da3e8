//! What a form may offer to whoever registers organizations, as the policy answers it.

use super::{Answer, Policy};
use crate::action::Action;
use crate::actor::Actor;
use crate::organization::{Organization, OrganizationId, OrganizationKind};
use crate::request::Resource;
use crate::standing::Standing;
use hustings_core::StateCode;

impl Policy {
    /// Whether the actor may register an organization of this kind for this state. Nothing is permitted by it: the act
    /// itself is decided and recorded when it is done.
    #[must_use]
    pub fn registers(
        &self,
        actor: &Actor,
        kind: OrganizationKind,
        state: Option<StateCode>,
        standing: &Standing,
    ) -> bool {
        let by = actor.organization_id();
        let Some(id) = another(by) else { return false };
        let new = Organization {
            id,
            kind,
            name: String::new(),
            state,
            counties: None,
            registered_by: Some(by.clone()),
        };
        let resource = Resource::Organization { organization: new, has_people: false };
        self.manages(actor, Action::ManageOrganizations, &resource, standing) == Answer::Allowed
    }
}

/// An id that is not this one.
fn another(id: &OrganizationId) -> Option<OrganizationId> {
    ["new-one", "another"].into_iter().filter_map(|text| text.parse().ok()).find(|another| another != id)
}
