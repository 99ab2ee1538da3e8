//! Hashes of RFC 6962: a leaf and a node never hash to the same value, since each has its own first byte.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// A SHA-256 hash in a log's tree; written in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash([u8; Self::LENGTH]);

impl TreeHash {
    /// Bytes of a hash.
    pub const LENGTH: usize = 32;

    /// The root of a tree without entries: the hash of nothing.
    #[must_use]
    pub fn of_empty_tree() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The hash of an entry.
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// The hash of two subtrees.
    #[must_use]
    pub fn node(left: Self, right: Self) -> Self {
        let mut bytes = [1; 1 + 2 * Self::LENGTH];
        bytes[1..=Self::LENGTH].copy_from_slice(&left.0);
        bytes[1 + Self::LENGTH..].copy_from_slice(&right.0);
        Self(Sha256::digest(bytes).into())
    }

    /// The root of a complete subtree over these hashes, whose number is a power of two.
    #[must_use]
    pub fn of_complete(hashes: &[Self]) -> Self {
        debug_assert!(hashes.len().is_power_of_two());
        match hashes {
            [] => Self::of_empty_tree(),
            [one] => *one,
            [left, right] => Self::node(*left, *right),
            many => {
                let (left, right) = many.split_at(many.len() / 2);
                Self::node(Self::of_complete(left), Self::of_complete(right))
            }
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The hash with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TreeHash({self})")
    }
}

impl serde::Serialize for TreeHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Not the base64 of 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a hash of 32 bytes in base64, got `{0}`")]
pub struct HashError(String);

impl FromStr for TreeHash {
    type Err = HashError;

    /// # Errors
    /// Anything but the one spelling of 32 bytes in base64, with padding.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| HashError(text.chars().take(64).flat_map(char::escape_default).collect()))
    }
}
