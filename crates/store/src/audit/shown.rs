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
    /// Logs that tell the same share a record.
    fn told(&self) -> BTreeMap<Told, BTreeSet<OrganizationId>> {
        let actor = self.scope.organization();
        let readers: BTreeSet<&OrganizationId> =
            self.seen.keys().map(|(owner, _)| owner).chain([actor]).collect();
        let mut told: BTreeMap<Told, BTreeSet<OrganizationId>> = BTreeMap::new();
        for reader in readers {
            let (mut classes, mut voters) = Told::default();
            for ((_, class), names) in
                self.seen.iter().filter(|((owner, _), _)| reader == actor || owner == reader)
            {
                classes.insert(*class);
                voters.extend(names.iter().cloned());
            }
            told.entry((classes, voters)).or_default().insert(reader.clone());
        }
        told
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
