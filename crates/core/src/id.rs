//! Ids as newtypes, so that one cannot stand where another is meant.

use serde::{Deserialize, Serialize};

/// A voter's id inside one state, stable across snapshots. Ours; never shown outside (pages and exports use opaque keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoterId(pub i64);

/// Voters at one standardized residence address. A hash of the standard form, so that it is the same in every snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HouseholdId(pub i64);
