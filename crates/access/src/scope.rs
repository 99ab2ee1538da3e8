//! What one request may touch. Every store function that reads or writes voter data takes a `&Scope`, or an `&Act` where
//! the action matters.

use crate::action::Action;
use crate::actor::Actor;
use crate::decision::Ground;
use crate::lineage::Lineage;
use crate::organization::OrganizationId;
use crate::principal::Principal;
use crate::purpose::Purpose;
use crate::request::Resource;
use crate::rights::Rights;
use crate::verb::Verb;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use std::{marker::PhantomData, ops::Deref};

/// Ties a value to the one scope under which it was read: what is branded `'id` fits no other scope.
pub type Brand<'id> = PhantomData<fn(&'id ()) -> &'id ()>;

/// A logged decision, to be entered once. It may move to another thread; it cannot be copied, stored or read back.
#[derive(Debug)]
pub struct Permit<V: Verb> {
    ground: Ground,
    sequence: u64,
    verb: PhantomData<fn() -> V>,
}

impl<V: Verb> Permit<V> {
    pub(crate) fn new(ground: Ground, sequence: u64) -> Self {
        Self { ground, sequence, verb: PhantomData }
    }

    /// Does the work within a scope that exists nowhere else.
    pub fn enter<R>(self, work: impl for<'id> FnOnce(&Act<'id, V>) -> R) -> R {
        work(&self.into_act())
    }

    /// As [`Permit::enter`] for work that waits in between.
    pub async fn enter_async<R>(self, work: impl for<'id> AsyncFnOnce(&Act<'id, V>) -> R) -> R {
        work(&self.into_act()).await
    }

    fn into_act<'id>(self) -> Act<'id, V> {
        let scope = Scope { ground: self.ground, sequence: self.sequence, brand: PhantomData };
        Act { scope, verb: PhantomData }
    }
}

/// A scope for one action. Exporting takes `&Act<Export>`; whatever only reads takes the [`Scope`] that every act is.
#[derive(Debug)]
pub struct Act<'id, V: Verb> {
    scope: Scope<'id>,
    verb: PhantomData<fn() -> V>,
}

impl<'id, V: Verb> Deref for Act<'id, V> {
    type Target = Scope<'id>;

    fn deref(&self) -> &Scope<'id> {
        &self.scope
    }
}

/// The permission of one request: organization, principal, rights, purpose, expiry and epoch.
///
/// INVARIANT: made only here, from a decision that is in the log; never owned by a caller, copied, or read back from bytes.
#[derive(Debug)]
pub struct Scope<'id> {
    ground: Ground,
    sequence: u64,
    brand: Brand<'id>,
}

impl Scope<'_> {
    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }

    /// For whom the act is done: the boundary of isolation, under whose keys voters are known.
    #[must_use]
    pub fn organization(&self) -> &OrganizationId {
        self.ground.actor.organization_id()
    }

    /// The organization that the decision was about: whose log is read, whose people are managed. Its own where voters are
    /// concerned.
    #[must_use]
    pub fn target(&self) -> &OrganizationId {
        match &self.ground.request.resource {
            Resource::Organization { organization, .. } => &organization.id,
            Resource::Voters { .. } | Resource::Platform => self.organization(),
        }
    }

    /// Who acts.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.ground.actor.principal
    }

    /// What is done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.ground.action
    }

    /// What the data are used for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.ground.request.purpose
    }

    /// The cells that exist for this request.
    #[must_use]
    pub fn rights(&self) -> &Rights {
        &self.ground.compiled.visible
    }

    /// Whether files of this owner, class and state may be written. Never for reading and exporting.
    #[must_use]
    pub fn may_write(&self, owner: &OrganizationId, class: FieldClass, state: StateCode) -> bool {
        self.ground.compiled.writable.of(owner, class, state).next().is_some()
    }

    /// Whether any data of this state exist for this request.
    #[must_use]
    pub fn allows_state(&self, state: StateCode) -> bool {
        self.rights().iter().any(|right| right.state == state)
    }

    /// Whether it may be told how many confidential voters of the state were subtracted. Whether they exist as rows, the
    /// rights say.
    #[must_use]
    pub fn knows_of_confidential(&self, state: StateCode) -> bool {
        self.ground.compiled.confidential.contains(&state)
    }

    /// Whether the actor keeps the state's list, that is, may load it: only then are there reports of loads and records held
    /// back, which are of the whole state.
    #[must_use]
    pub fn keeps_list(&self, state: StateCode) -> bool {
        self.ground.compiled.kept.contains(&state)
    }

    /// Who acts, as known when it was decided.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.ground.actor
    }

    /// When the first of its rights ends, or the session or key by which it was asked for; none where nothing ends.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.ground.expires_at
    }

    /// The epoch of the facts on which it was decided, of the oldest of them.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.ground.epoch
    }

    /// The place of its intent in the log's outbox.
    #[must_use]
    pub fn outbox_sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether nothing has changed since the decision: the present epoch is the decision's, and no right has ended. Where
    /// not, [`crate::Policy::still_holds`] asks anew.
    #[must_use]
    pub fn is_fresh(&self, epoch: u64, now: Timestamp) -> bool {
        epoch == self.ground.epoch
            && self.ground.expires_at.is_none_or(|end| now.as_microsecond() < end.as_microsecond())
    }

    /// What an artefact is made from that used every right to data of these classes; with all classes, all that the scope
    /// could have seen.
    #[must_use]
    pub fn lineage(&self, classes: impl IntoIterator<Item = FieldClass>) -> Lineage {
        let classes: Vec<FieldClass> = classes.into_iter().collect();
        self.rights().iter().filter(|right| classes.contains(&right.class)).collect()
    }
}
