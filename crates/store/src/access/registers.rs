//! Which organizations somebody may register: what a form offers.

use super::authorize::policy;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{Actor, OrganizationKind};
use hustings_core::StateCode;

/// The kinds of organization that somebody may register, and for which of the states asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registers {
    /// The kinds; none where nothing may be registered.
    pub kinds: Vec<OrganizationKind>,
    /// The states to which it may belong.
    pub states: Vec<StateCode>,
}

impl Store {
    /// Which kinds of organization the actor may register, and for which of `states`. By the policy; the act itself is
    /// decided again, and recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn registers(&self, actor: &Actor, states: &[StateCode]) -> Result<Registers, StoreError> {
        let policy = policy()?;
        let acts_for = actor.acts_for.as_ref().map(|organization| &organization.id);
        let standing = self.standing(&actor.works_in.id, acts_for).await?;
        let may = |kind, state| policy.registers(actor, kind, state, &standing);
        let of_any_state = |kind: &OrganizationKind| {
            may(*kind, None) || actor.organization().state.is_some_and(|state| may(*kind, Some(state)))
        };
        let kinds: Vec<_> = OrganizationKind::ALL.iter().copied().filter(of_any_state).collect();
        let states = states.iter().copied();
        Ok(Registers {
            states: states.filter(|state| kinds.iter().any(|kind| may(*kind, Some(*state)))).collect(),
            kinds,
        })
    }
}
