//! What the log is told of a list: in the transaction in which it became current, or stopped to be.

use crate::audit::{AuditEvent, outbox};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::{FieldClass, StateCode};

/// An act on a state's list.
pub(super) struct ListAct<'a> {
    /// In snake_case, such as `list_published`.
    pub(super) action: &'static str,
    pub(super) state: StateCode,
    /// The snapshot.
    pub(super) id: &'a str,
    /// How many voters are on the list, where the act brings it.
    pub(super) voters: Option<u64>,
    /// The rest.
    pub(super) details: serde_json::Value,
}

/// Writes the record of an act, durable with the transaction. It goes to the log of whose base it is, and of who acts.
pub(super) async fn write(
    store: &Store,
    transaction: &Transaction,
    act: &Act<'_, Load>,
    list: ListAct<'_>,
) -> Result<(), StoreError> {
    let base = |right: &&hustings_access::Right| right.class == FieldClass::Base && right.state == list.state;
    let owners = act.rights().iter().filter(base).map(|right| right.owner.clone());
    let event = AuditEvent {
        organization: act.organization().clone(),
        principal: Some(act.principal().clone()),
        action: list.action,
        about: Some(list.id.to_owned()),
        classes: [FieldClass::Base].into(),
        voters: list.voters,
        details: list.details,
        owners: owners.chain([act.organization().clone()]).collect(),
    };
    outbox::write(transaction, &store.now(), &event).await.map(drop)
}
