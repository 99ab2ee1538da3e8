//! Overlays.

use crate::error::StoreError;
use crate::read::VoterValue;
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};

impl Store {
    pub(crate) async fn overlay_values(
        &self,
        _: &Scope,
        _: StateCode,
        _: VoterId,
    ) -> Result<Vec<VoterValue>, StoreError> {
        Ok(Vec::new())
    }
}
