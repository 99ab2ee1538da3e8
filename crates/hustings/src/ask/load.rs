//! Loads: a delivery sent, what became of it; the last list taken back, a held one thrown away.

use super::{Ask, AskError, Call, hidden, hidden_list};
use hustings_access::verb::Load;
use hustings_access::{Act, Actor, Permit, Request};
use hustings_core::StateCode;
use hustings_store::{LoadOutcome, SnapshotRecord, SnapshotStatus, Store};
use hustings_voterfile::report::LoadReport;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A delivery to load, but for its files, which come behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadDelivery {
    /// Whose list it is.
    pub state: StateCode,
    /// The list's date; from its name, else today, when not given.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// Why to publish it although the gate would hold it.
    #[serde(default)]
    pub accept_held: Option<String>,
    /// The files, in the order in which they come.
    pub files: Vec<SentFile>,
}

/// A file of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentFile {
    /// Of which of the files, folders and archives that were named, counted from 0.
    pub named: usize,
    /// Its name, with the folders in which it lies, from the one that was named on.
    pub path: String,
}

/// How far a load is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadState {
    /// The load's random id.
    pub id: String,
    /// Whose list it is.
    pub state: StateCode,
    /// What is being done.
    pub stage: String,
    /// Of how much, where that is known.
    pub total: Option<u64>,
    /// So much of it is done.
    pub done: u64,
    /// The report, once it is done.
    pub report: Option<Box<LoadReport>>,
}

/// To make the previous snapshot current again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoLoad {
    /// Whose.
    pub state: StateCode,
}

/// What is current after an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Whose.
    pub state: StateCode,
    /// The snapshot that is current again.
    pub snapshot: String,
    /// Its list's date.
    pub as_of: Date,
}

impl Ask for UndoLoad {
    type Answer = Undone;

    fn call(&self) -> Call {
        Call::post(&["loads", "undo"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let undo = async |act: &Act<'_, Load>| {
            let lock = store.lock_state(act, self.state, "undo").await?;
            store.undo(act, &lock).await
        };
        let current = permit(store, actor, self.state).await?.enter_async(undo).await;
        let current = current.map_err(|error| hidden_list(error, self.state))?;
        Ok(Undone { state: self.state, snapshot: current.id, as_of: current.as_of })
    }
}

/// To throw a held load away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscardHeld {
    /// Whose.
    pub state: StateCode,
    /// Which; the only one when not given.
    #[serde(default)]
    pub snapshot: Option<String>,
}

impl Ask for DiscardHeld {
    type Answer = SnapshotRecord;

    fn call(&self) -> Call {
        Call::post(&["loads", "discard"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let state = self.state;
        let discard = async |act: &Act<'_, Load>| {
            let hide = |error| hidden_list(error, state);
            let lock = store.lock_state(act, state, "discard").await.map_err(hide)?;
            let found = match &self.snapshot {
                None => the_held_one(&store.snapshots(act, state).await?, state).map(|held| held.id.clone()),
                Some(id) => Ok(id.clone()),
            };
            let discarded = match found {
                Ok(id) => store.discard_held(act, &lock, &id).await.map_err(hide),
                Err(error) => Err(error),
            };
            if discarded.is_err() {
                // The first error is the one to tell.
                let _ = store.release(lock, LoadOutcome::Failed).await;
            }
            discarded
        };
        permit(store, actor, state).await?.enter_async(discard).await
    }
}

/// Leave to load a state's list.
///
/// # Errors
/// When it is refused, or the record of it cannot be written.
pub async fn permit(store: &Store, actor: &Actor, state: StateCode) -> Result<Permit<Load>, AskError> {
    store.permit::<Load>(actor, Request::voters_of(state)).await.map_err(hidden)
}

/// The only held load of a state.
fn the_held_one(snapshots: &[SnapshotRecord], state: StateCode) -> Result<&SnapshotRecord, AskError> {
    let held: Vec<_> = snapshots.iter().filter(|snapshot| snapshot.status == SnapshotStatus::Held).collect();
    match held.as_slice() {
        [only] => Ok(only),
        [] => Err(AskError::Refused(format!("nothing to discard: no load of {state} is held"))),
        several => {
            let ids: Vec<&str> = several.iter().map(|held| held.id.as_str()).collect();
            Err(AskError::Input(format!(
                "{} loads of {state} are held: name the one to discard, such as `--discard-held {}` ({})",
                several.len(),
                ids[0],
                ids.join(", ")
            )))
        }
    }
}
