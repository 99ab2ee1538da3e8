//! Voters' ids shown outside: opaque, per organization, so that two organizations cannot join on them, and never a row
//! number.

use crate::audit::PLATFORM_LOG;
use crate::store::Store;
use hmac::{Hmac, KeyInit, Mac};
use hustings_access::{OrganizationId, Scope};
use hustings_core::digits::{DIGITS_AND_LETTERS as ALPHABET, base32};
use hustings_core::{StateCode, VoterId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{fmt, str::FromStr};

/// Four rounds make a permutation that cannot be told from a random one, asked forwards or backwards (Luby and Rackoff).
const ROUNDS: [u8; 4] = [1, 2, 3, 4];
/// Characters of a voter key: 64 bits in base 32.
const KEY_LENGTH: usize = 13;
/// How the names begin under which logs know voters.
pub(crate) const VOTER: &str = "v-";
/// How the names begin under which logs know states' ids of voters.
pub(crate) const STATE_ID: &str = "n-";

/// A voter as one organization knows it, such as `3f9k2m0r7ta4c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoterKey(String);

impl VoterKey {
    /// As somebody has copied it.
    pub(crate) fn of_text(text: &str) -> Self {
        Self(text.trim().to_ascii_lowercase())
    }

    /// The key as written in addresses and files.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VoterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Never: any text is a key, of somebody or of nobody.
impl FromStr for VoterKey {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::of_text(text))
    }
}

impl Store {
    /// The key under which the scope's organization knows a voter.
    #[must_use]
    pub fn voter_key(&self, scope: &Scope<'_>, state: StateCode, voter: VoterId) -> VoterKey {
        let block = u64::from_ne_bytes(voter.0.to_ne_bytes());
        VoterKey(encode(self.permute(scope.organization().as_str(), state, block, false)))
    }

    /// Where a voter stands among others by key: what is not sorted by something that a scope shows is sorted so.
    pub(crate) fn voter_order(&self, scope: &Scope<'_>, state: StateCode, voter: i64) -> u64 {
        self.permute(scope.organization().as_str(), state, u64::from_ne_bytes(voter.to_ne_bytes()), false)
    }

    /// The voter behind a key; any other text, and another organization's key, give none or a voter who does not exist.
    #[must_use]
    pub fn voter_id(&self, scope: &Scope<'_>, state: StateCode, key: &VoterKey) -> Option<VoterId> {
        let block = decode(&key.0)?;
        let plain = self.permute(scope.organization().as_str(), state, block, true);
        Some(VoterId(i64::from_ne_bytes(plain.to_ne_bytes())))
    }

    /// The name under which logs know the voter behind an organization's key: the same whoever saw them, and no
    /// organization's key. So an owner finds in its log who saw a voter, though everybody calls them otherwise.
    #[must_use]
    pub fn voter_log_name(
        &self,
        organization: &OrganizationId,
        state: StateCode,
        key: &VoterKey,
    ) -> Option<String> {
        Some(self.log_name_of(state, self.permute(organization.as_str(), state, decode(&key.0)?, true)))
    }

    /// As [`Store::voter_log_name`], of a voter whose id is known.
    pub(crate) fn log_name(&self, state: StateCode, voter: VoterId) -> String {
        self.log_name_of(state, u64::from_ne_bytes(voter.0.to_ne_bytes()))
    }

    fn log_name_of(&self, state: StateCode, voter: u64) -> String {
        format!("{VOTER}{}", encode(self.permute(PLATFORM_LOG, state, voter, false)))
    }

    /// The voter of a state whom logs know by a name: of a name of another state's, a voter who does not exist; none of what
    /// is no such name.
    pub(crate) fn voter_of_log_name(&self, state: StateCode, name: &str) -> Option<VoterId> {
        let block = decode(name.strip_prefix(VOTER)?)?;
        let voter = self.permute(PLATFORM_LOG, state, block, true);
        Some(VoterId(i64::from_ne_bytes(voter.to_ne_bytes())))
    }

    /// The key under which the scope's organization knows the voter behind a log's name; of any other text none, or the key
    /// of a voter who does not exist.
    #[must_use]
    pub fn voter_key_of_log_name(&self, scope: &Scope<'_>, state: StateCode, name: &str) -> Option<VoterKey> {
        Some(self.voter_key(scope, state, self.voter_of_log_name(state, name)?))
    }

    /// The name under which logs know a state's id of a voter: of records of a delivery, which may belong to no voter.
    /// Zeros before an id are what a spreadsheet takes away, and do not count.
    #[must_use]
    pub fn state_id_log_name(&self, state: StateCode, id: &str) -> String {
        let mut mac = self.mac(b"log name of state id");
        mac.update(state.as_str().as_bytes());
        mac.update(id.trim().to_ascii_uppercase().trim_start_matches('0').as_bytes());
        format!("{STATE_ID}{}", short_digest(&mac.finalize().into_bytes()))
    }

    /// A Feistel network over two halves of 32 bits.
    fn permute(&self, organization: &str, state: StateCode, block: u64, backwards: bool) -> u64 {
        let bytes = block.to_be_bytes();
        let mut left = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let mut right = u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        if backwards {
            for round in ROUNDS.into_iter().rev() {
                (left, right) = (right ^ self.round(organization, state, round, left), left);
            }
        } else {
            for round in ROUNDS {
                (left, right) = (right, left ^ self.round(organization, state, round, right));
            }
        }
        (u64::from(left) << 32) | u64::from(right)
    }

    fn round(&self, organization: &str, state: StateCode, round: u8, half: u32) -> u32 {
        let mut mac = self.mac(b"voter key");
        mac.update(state.as_str().as_bytes());
        mac.update(&[round]);
        mac.update(&half.to_be_bytes());
        mac.update(organization.as_bytes());
        let digest = mac.finalize().into_bytes();
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    }

    /// A keyed digest whose use is told apart by `purpose`.
    pub(crate) fn mac(&self, purpose: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.as_slice()).expect("HMAC takes a key of any length");
        mac.update(purpose);
        mac.update(&[0]);
        mac
    }
}

/// Whether a text looks like a voter's key, of somebody or of nobody.
pub(crate) fn is_key(text: &str) -> bool {
    decode(&VoterKey::of_text(text).0).is_some()
}

/// 64 bits in 13 characters, the first of which holds four bits.
pub(crate) fn encode(block: u64) -> String {
    (0..KEY_LENGTH)
        .rev()
        .map(|place| {
            let digit = (block >> (5 * place)) & 31;
            char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)])
        })
        .collect()
}

fn decode(text: &str) -> Option<u64> {
    if text.len() != KEY_LENGTH {
        return None;
    }
    let mut block = 0_u64;
    for (place, byte) in text.bytes().enumerate() {
        let digit = u64::try_from(ALPHABET.iter().position(|letter| *letter == byte)?).ok()?;
        if place == 0 && digit > 15 {
            return None;
        }
        block = (block << 5) | digit;
    }
    Some(block)
}

/// Base 32 of a digest's first ten bytes: 16 characters.
pub(crate) fn short_digest(bytes: &[u8]) -> String {
    base32(bytes.get(..10).unwrap_or(bytes), ALPHABET)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, nc, on_each_database};
    use hustings_access::verb::Read;

    #[tokio::test]
    async fn a_key_leads_back_to_its_voter_and_to_no_other() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            store
                .local()
                .act::<Read, _>(async |scope| {
                    check(&store, scope);
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;

        fn check(store: &Store, scope: &Scope<'_>) {
            let mut seen = std::collections::BTreeSet::new();
            for id in [i64::MIN, -1, 0, 1, 2, 3, 4_000_000_000, i64::MAX] {
                let key = store.voter_key(scope, nc(), VoterId(id));
                assert_eq!(key.as_str().len(), 13);
                assert_eq!(store.voter_id(scope, nc(), &key), Some(VoterId(id)));
                assert_ne!(store.voter_id(scope, "va".parse().unwrap(), &key), Some(VoterId(id)));
                assert!(seen.insert(key));
            }
            for text in ["", "1", "zzzzzzzzzzzzz", "0000000000000000", "3f9k2m0r7ta4u"] {
                let key: VoterKey = text.parse().unwrap();
                assert_eq!(store.voter_id(scope, nc(), &key), None, "{text}");
            }
        }
    }

    #[tokio::test]
    async fn another_data_directory_gives_other_keys() {
        on_each_database(async |world: World| {
            let one = world.open().await;
            let folder = crate::testing::folder();
            let two = Store::open(folder.path(), None).await.unwrap();
            let voter = VoterId(1);
            assert_ne!(one.local().voter_key(nc(), voter).await, two.local().voter_key(nc(), voter).await);
        })
        .await;
    }
}
