//! What an address is, and how sure the parser is of it, in the words of the vocabulary.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `res_kind`: what kind of address a residence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// Number and street, highways included.
    Street,
    /// A post office box.
    PoBox,
    /// `RR 3 BOX 9`.
    RuralRoute,
    /// `HC 1 BOX 9`.
    HighwayContract,
    /// Coordinates in place of a number or a name: `N6W23001 BLUEMOUND RD`, `195 N 500 W`.
    Grid,
    /// Overseas military mail: `PSC 7500 BOX 2471`.
    Military,
    /// A box at a private receiving agency: `123 MAIN ST PMB 45`.
    PrivateMailbox,
    /// Words in place of an address: `1 MI N OF STORE`.
    Descriptive,
    /// Where two streets meet.
    Intersection,
    /// In another country.
    Foreign,
    /// Called for at the post office.
    GeneralDelivery,
    /// Not given: confidential, removed or blank.
    Withheld,
}

impl AddressKind {
    /// All kinds, in the order of the vocabulary.
    pub const ALL: [Self; 12] = [
        Self::Street,
        Self::PoBox,
        Self::RuralRoute,
        Self::HighwayContract,
        Self::Grid,
        Self::Military,
        Self::PrivateMailbox,
        Self::Descriptive,
        Self::Intersection,
        Self::Foreign,
        Self::GeneralDelivery,
        Self::Withheld,
    ];

    /// The word as it is written in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::PoBox => "po_box",
            Self::RuralRoute => "rural_route",
            Self::HighwayContract => "highway_contract",
            Self::Grid => "grid",
            Self::Military => "military",
            Self::PrivateMailbox => "private_mailbox",
            Self::Descriptive => "descriptive",
            Self::Intersection => "intersection",
            Self::Foreign => "foreign",
            Self::GeneralDelivery => "general_delivery",
            Self::Withheld => "withheld",
        }
    }
}

impl fmt::Display for AddressKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `res_quality`: how sure the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressQuality {
    /// A complete form of Publication 28.
    High,
    /// Understood, with one thing unusual: no street type, a unit without a designator, words left over.
    Medium,
    /// A part is missing or the reading is a guess: no house number, a description.
    Low,
    /// No address.
    None,
}

impl AddressQuality {
    /// All qualities, in the order of the vocabulary.
    pub const ALL: [Self; 4] = [Self::High, Self::Medium, Self::Low, Self::None];

    /// The word as it is written in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::None => "none",
        }
    }
}

impl fmt::Display for AddressQuality {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{ADDRESS_KINDS, ADDRESS_QUALITIES};

    #[test]
    fn kinds_and_qualities_are_the_words_of_the_vocabulary() {
        assert_eq!(AddressKind::ALL.map(AddressKind::as_str), ADDRESS_KINDS);
        assert_eq!(AddressQuality::ALL.map(AddressQuality::as_str), ADDRESS_QUALITIES);
    }
}
