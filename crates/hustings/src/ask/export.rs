//! Exports: made within the asker's scope. The file comes in pieces, see [`crate::pages::sending`].

use super::Call;
use hustings_core::{FieldClass, StateCode};
use hustings_store::{ExportFormat, ExportRequest};
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
