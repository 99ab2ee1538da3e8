//! A state or territory by its two-letter code, lower case.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Two lower-case ASCII letters, such as `nc`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StateCode([u8; 2]);

impl StateCode {
    /// The code as written in folders, flags and JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters, checked when parsed")
    }

    /// The code as people write it: `NC`.
    #[must_use]
    pub fn upper(&self) -> String {
        self.as_str().to_ascii_uppercase()
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for StateCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Not two letters.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a state: expected two letters such as nc")]
pub struct InvalidStateError(String);

impl FromStr for StateCode {
    type Err = InvalidStateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_lowercase(), b.to_ascii_lowercase()]))
            }
            _ => Err(InvalidStateError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for StateCode {
    type Error = InvalidStateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<StateCode> for String {
    fn from(code: StateCode) -> Self {
        code.as_str().to_owned()
    }
}
