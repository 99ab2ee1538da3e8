//! Exports: made within the asker's scope. The file comes in pieces, see [`crate::pages::sending`].

use super::Call;
use hustings_access::verb::Read;
use hustings_access::{Act, Actor, Request};
use hustings_core::{FieldClass, StateCode};
use hustings_store::{ExportFormat, ExportRequest, Store, StoreError, no_list};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeExport {
    /// Whose voters.
    pub state: StateCode,
    /// `base`, or the class of an overlay that goes out with the base columns.
    pub class: FieldClass,
    /// Owner of the overlay.
    #[serde(default)]
    pub owner: Option<String>,
    /// Only this county.
    #[serde(default)]
    pub county: Option<String>,
    /// Kind of file.
    pub format: ExportFormat,
}

impl MakeExport {
    /// How it is asked over the network.
    #[must_use]
    pub fn call(&self) -> Call {
        Call::post(&["exports"], self)
    }

    /// For the store, which writes this file.
    #[must_use]
    pub fn into(self, out: PathBuf, force: bool) -> ExportRequest {
        let Self { state, class, owner, county, format } = self;
        ExportRequest { state, class, owner, county, format, out, force }
    }
}

/// Why an export failed, as it is for whoever asked: who looks at a list of which no copy may leave is told that, and not that
/// there is none.
pub async fn why_not(store: &Store, actor: &Actor, state: StateCode, error: StoreError) -> StoreError {
    if error.to_string() != no_list(state).to_string() {
        return error;
    }
    let Ok(permit) = store.permit::<Read>(actor, Request::voters_of(state)).await else { return error };
    let current = async |act: &Act<'_, Read>| store.current(act, state).await;
    match permit.enter_async(current).await {
        Ok(Some(_)) => StoreError::Refused(format!(
            "`{}` may look at the list of {state}, but by no grant may copies of it leave the system",
            actor.organization_id()
        )),
        Ok(None) => error,
        Err(failed) => failed,
    }
}
