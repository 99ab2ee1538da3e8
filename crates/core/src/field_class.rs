//! Field classes: who supplied a column, and so who may see it (DESIGN §5).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The six classes, the same words everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// The state's public list, and hygiene on it.
    Base,
    /// National and vendors' data.
    Appended,
    /// A state party's own.
    Proprietary,
    /// A campaign's or group's own.
    Private,
    /// Drawn from the exchange.
    Exchange,
    /// Confidential voters, legal bars, common do-not-contact marks.
    Restricted,
}

impl FieldClass {
    /// All classes, in the order of the glossary.
    pub const ALL: [Self; 6] =
        [Self::Base, Self::Appended, Self::Proprietary, Self::Private, Self::Exchange, Self::Restricted];

    /// The class as it is written in files, flags and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Appended => "appended",
            Self::Proprietary => "proprietary",
            Self::Private => "private",
            Self::Exchange => "exchange",
            Self::Restricted => "restricted",
        }
    }
}

impl fmt::Display for FieldClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Not one of the six words.
#[derive(Debug, thiserror::Error)]
#[error("unknown field class `{0}`: expected base, appended, proprietary, private, exchange or restricted")]
pub struct UnknownFieldClassError(String);

impl FromStr for FieldClass {
    type Err = UnknownFieldClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| UnknownFieldClassError(text.to_owned()))
    }
}
