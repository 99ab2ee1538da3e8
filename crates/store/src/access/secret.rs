//! Secrets that are shown once: 256 random bits, of which only a digest stays.

use crate::error::StoreError;
use crate::settings::random;
use hustings_core::digits::hex;
use sha2::{Digest, Sha256};
use std::fmt;

/// A cookie's token, a code or a key's secret. Its text is never in logs: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits in hex, after `prefix`.
    pub(super) fn random(prefix: &str) -> Result<Self, StoreError> {
        Ok(Self(format!("{prefix}{}", hex(&random::<32>()?))))
    }

    /// 80 random bits in groups that a person can copy from paper.
    pub(super) fn code() -> Result<Self, StoreError> {
        let text = hex(&random::<10>()?);
        let groups: Vec<&str> = [0, 5, 10, 15].iter().map(|at| &text[*at..at + 5]).collect();
        Ok(Self(groups.join("-")))
    }

    /// The text, to be shown once to whom it is for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn digest(&self) -> String {
        digest(&self.0)
    }
}

/// SHA-256 in hex, under which a secret is kept and found. What it is made of has at least 80 random bits, so that nobody
/// finds it by trying; rows are found by digest, so that no comparison takes longer the nearer a guess is.
pub(super) fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.trim().as_bytes()))
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}
