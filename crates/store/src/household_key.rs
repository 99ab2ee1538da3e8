//! Households shown outside. In a snapshot a household is a plain hash of its address, which anybody with the address can
//! compute: two organizations could join their lists on it. Outside it is a keyed digest, per organization.

use crate::store::Store;
use crate::voter_key::encode;
use hmac::Mac;
use hustings_access::Scope;
use hustings_core::StateCode;

/// The column of households in snapshots, exports and on the voter's page.
pub(crate) const HOUSEHOLD: &str = "household_id";

impl Store {
    /// The key under which the scope's organization knows a household, such as `3f9k2m0r7ta4c`: the same in every
    /// snapshot and export, and another one for every other organization.
    pub(crate) fn household_key(&self, scope: &Scope<'_>, state: StateCode, household: i64) -> String {
        self.household_key_of(scope.organization().as_str(), state, household)
    }

    pub(crate) fn household_key_of(&self, organization: &str, state: StateCode, household: i64) -> String {
        let mut mac = self.mac(b"household key");
        mac.update(state.as_str().as_bytes());
        mac.update(&household.to_be_bytes());
        mac.update(organization.as_bytes());
        let digest = mac.finalize().into_bytes();
        encode(digest.iter().take(8).fold(0, |block, byte| (block << 8) | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {

    use crate::testing::{World, nc, on_each_database};

    #[tokio::test]
    async fn a_household_has_one_key_in_an_organization_and_another_in_the_next() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let key = store.household_key_of("one", nc(), -7);
            assert_eq!(key.len(), 13);
            assert_eq!(store.household_key_of("one", nc(), -7), key);
            assert_ne!(store.household_key_of("two", nc(), -7), key);
            assert_ne!(store.household_key_of("one", "va".parse().unwrap(), -7), key);
            assert_ne!(store.household_key_of("one", nc(), 7), key);
            let other = world.open().await;
            assert_eq!(store.household_key_of("one", nc(), 7), other.household_key_of("one", nc(), 7));
        })
        .await;
    }
}
