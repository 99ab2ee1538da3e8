//! Intents: what is about to be done, as the log gets it, and the receipt that it got it.

use crate::action::Action;
use crate::grant::GrantId;
use crate::organization::OrganizationId;
use crate::principal::Principal;
use crate::purpose::Purpose;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What somebody is about to do, or was refused. It holds no voter's data but what the caller put into `about`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intent {
    /// When it was decided.
    pub time: Timestamp,
    /// Who acts.
    pub principal: Principal,
    /// For whom.
    pub organization: OrganizationId,
    /// A vendor's own organization; none where nobody stands in.
    pub vendor: Option<OrganizationId>,
    /// What is done.
    pub action: Action,
    /// What the data are used for.
    pub purpose: Purpose,
    /// The state asked for; none: all of them, or no voters.
    pub state: Option<StateCode>,
    /// The organization that is managed, or whose log is read.
    pub target: Option<OrganizationId>,
    /// What it is about, in the caller's words.
    pub about: Option<String>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The policies that refused it.
    pub refused_by: BTreeSet<String>,
    /// Why the policy could not be evaluated: refused, and somebody must look at it.
    pub alarm: Option<String>,
    /// The classes that may be seen.
    pub classes: BTreeSet<FieldClass>,
    /// The owners of what may be seen or written: each gets the record in its log.
    pub owners: BTreeSet<OrganizationId>,
    /// The grants used.
    pub grants: BTreeSet<GrantId>,
    /// The same for each owner: what its own log is told, which need not know of the others.
    pub parts: BTreeMap<OrganizationId, Part>,
    /// The epoch of the standing under which it was decided.
    pub epoch: u64,
}

/// What of an intent concerns one owner's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The classes that may be seen.
    pub classes: BTreeSet<FieldClass>,
    /// The grants used.
    pub grants: BTreeSet<GrantId>,
}

/// The digest of an intent, as written in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntentDigest([u8; 32]);

impl fmt::Display for IntentDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Intent {
    /// SHA-256 over its JSON, whose keys and sets have one order.
    #[must_use]
    pub fn digest(&self) -> IntentDigest {
        let json = serde_json::to_vec(self).expect("an intent has only text, numbers and lists");
        IntentDigest(Sha256::digest(json).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_written_in_hexadecimal() {
        let mut bytes = [0; 32];
        (bytes[0], bytes[31]) = (0x0a, 0xff);
        assert_eq!(IntentDigest(bytes).to_string(), format!("0a{}ff", "0".repeat(60)));
    }
}

/// Proof that an intent is durable in the log's outbox.
///
/// INVARIANT: made only by the store's audit code, after the row is durable; used once.
#[derive(Debug)]
pub struct Receipt {
    pub(crate) intent: IntentDigest,
    pub(crate) sequence: u64,
}

impl Receipt {
    /// For an intent whose outbox row, with this sequence number, is durable.
    #[must_use]
    pub fn of_durable_row(intent: IntentDigest, sequence: u64) -> Self {
        Self { intent, sequence }
    }
}

/// The receipt is another intent's.
#[derive(Debug, thiserror::Error)]
#[error("the log's receipt is for another intent: expected {expected}, got {got}")]
pub struct WrongReceiptError {
    pub(crate) expected: IntentDigest,
    pub(crate) got: IntentDigest,
}
