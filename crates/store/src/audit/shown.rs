//! What an answer held of voters: recorded durably once the answer is known and before any of it leaves, so that a log says
//! who saw a voter, and in which classes, and not only who asked.

use super::outbox::{AuditEvent, Row};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{OrganizationId, Scope};
use hustings_core::{FieldClass, StateCode, VoterId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What was done: `shown`, after the `read` that asked for it.
const ACTION: &str = "shown";
/// Voters whom one record names at most. An answer with more leaves several records.
const VOTERS_MAX: usize = 10_000;

/// Whose data of what class.
type Part = (OrganizationId, FieldClass);

/// The voters of an answer, and whose data of them it holds.
pub(crate) struct Shown<'a, 'id> {
    store: &'a Store,
    scope: &'a Scope<'id>,
    state: StateCode,
    place: &'static str,
    snapshot: String,
    base_owner: OrganizationId,
    seen: BTreeMap<Part, BTreeSet<String>>,
}

/// Classes of data, and the voters of whom they were shown: what one record tells.
type Told = (BTreeSet<FieldClass>, BTreeSet<String>);

impl Shown<'_, '_> {
    /// Base data of a voter, and that the voter is confidential where so.
    pub(crate) fn listed(&mut self, voter: VoterId, confidential: bool) {
        self.named(&self.store.log_name(self.state, voter), confidential);
    }

    /// As [`Shown::listed`], of a record of a delivery that names a state's id and may belong to no voter.
    pub(crate) fn held_back(&mut self, state_voter_id: &str, confidential: bool) {
        self.named(&self.store.state_id_log_name(self.state, state_voter_id), confidential);
    }

    /// Data of an overlay about a voter.
    pub(crate) fn laid(&mut self, voter: VoterId, owner: OrganizationId, class: FieldClass) {
        self.seen.entry((owner, class)).or_default().insert(self.store.log_name(self.state, voter));
    }

    fn named(&mut self, name: &str, confidential: bool) {
        let classes = [Some(FieldClass::Base), confidential.then_some(FieldClass::Restricted)];
        for class in classes.into_iter().flatten() {
            self.seen.entry((self.base_owner.clone(), class)).or_default().insert(name.to_owned());
        }
    }

    /// What each organization's log tells: that of whoever looked all of it, an owner's what was seen of its own data.
    fn told(&self) -> Vec<(Told, BTreeSet<OrganizationId>)> {
        let actor = self.scope.organization();
        let of = |reader: &OrganizationId| {
            let (mut classes, mut voters) = Told::default();
            let seen = self.seen.iter().filter(|((owner, _), _)| reader == actor || owner == reader);
            for ((_, class), names) in seen {
                classes.insert(*class);
                voters.extend(names.iter().cloned());
            }
            (classes, voters)
        };
        by_reader(actor, self.seen.keys().map(|(owner, _)| owner), of)
    }

    /// Writes it down. Nothing may leave before; an answer that holds no voter leaves no record.
    ///
    /// # Errors
    /// [`StoreError::Unlogged`] when it is not known to be durable: then the answer must not leave.
    pub(crate) async fn record(self) -> Result<(), StoreError> {
        if self.seen.is_empty() {
            return Ok(());
        }
        let (now, mut rows) = (self.store.now(), Vec::new());
        for ((classes, voters), owners) in self.told() {
            let voters: Vec<String> = voters.into_iter().collect();
            for some in voters.chunks(VOTERS_MAX) {
                rows.push(self.row(&now, &classes, some, &owners)?);
            }
        }
        self.store.outbox.write(rows).await.map(drop)
    }

    fn row(
        &self,
        now: &str,
        classes: &BTreeSet<FieldClass>,
        voters: &[String],
        owners: &BTreeSet<OrganizationId>,
    ) -> Result<Row, StoreError> {
        let (actor, one) = (self.scope.actor(), <&[String; 1]>::try_from(voters).ok());
        let event = AuditEvent {
            organization: self.scope.organization().clone(),
            principal: Some(self.scope.principal().clone()),
            action: ACTION,
            about: one.map(|[name]| name.clone()),
            classes: classes.clone(),
            voters: u64::try_from(voters.len()).ok(),
            details: json!({
                "place": self.place,
                "purpose": self.scope.purpose(),
                "snapshot": self.snapshot,
                "state": self.state,
                "vendor": actor.acts_for.is_some().then(|| actor.works_in.id.clone()),
                "voters": if one.is_some() { &[] } else { voters },
            }),
            owners: owners.clone(),
        };
        // One voter is what the record is about, and is found by that.
        Row::naming(now, &event, if one.is_some() { Vec::new() } else { voters.to_vec() })
    }
}

/// What is told to whom: to whoever acts, and to each owner of what was seen. They share a record where it tells both the
/// same; never two owners, who need not know of each other.
pub(crate) fn by_reader<'a, T: PartialEq>(
    actor: &OrganizationId,
    owners: impl Iterator<Item = &'a OrganizationId>,
    told_to: impl Fn(&OrganizationId) -> T,
) -> Vec<(T, BTreeSet<OrganizationId>)> {
    let owners: BTreeSet<&OrganizationId> = owners.filter(|owner| *owner != actor).collect();
    let mut told = vec![(told_to(actor), BTreeSet::from([actor.clone()]))];
    for owner in &owners {
        let to_owner = told_to(owner);
        match told.first_mut() {
            Some((to_actor, readers)) if owners.len() == 1 && *to_actor == to_owner => {
                readers.insert((*owner).clone());
            }
            _ => told.push((to_owner, BTreeSet::from([(*owner).clone()]))),
        }
    }
    told
}

impl Store {
    /// What an answer of this kind out of a snapshot will hold: `voter`, `found`, `changes` or `quarantine`.
    pub(crate) fn showing<'a, 'id>(
        &'a self,
        scope: &'a Scope<'id>,
        state: StateCode,
        place: &'static str,
        snapshot: &str,
    ) -> Shown<'a, 'id> {
        let of_list =
            |class| scope.rights().iter().find(|right| right.state == state && right.class == class);
        let right = of_list(FieldClass::Base).or_else(|| of_list(FieldClass::Restricted));
        Shown {
            store: self,
            scope,
            state,
            place,
            snapshot: snapshot.to_owned(),
            base_owner: right.map_or(scope.organization(), |right| &right.owner).clone(),
            seen: BTreeMap::new(),
        }
    }
}
