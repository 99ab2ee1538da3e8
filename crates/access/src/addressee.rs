//! Addressees: how somebody names the organization with which they want to share or work.

use crate::organization::{InvalidOrganizationIdError, OrganizationId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An organization's id, and behind a point the code that it hands to those who do not know of it yet:
/// `rivera`, `rivera.0k7w2m5x9d3ha`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Addressee {
    /// Who is meant.
    pub id: OrganizationId,
    /// What that organization handed out; whether it is right, the store says.
    pub code: Option<String>,
}

impl From<OrganizationId> for Addressee {
    fn from(id: OrganizationId) -> Self {
        Self { id, code: None }
    }
}

impl fmt::Display for Addressee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            None => self.id.fmt(formatter),
            Some(code) => write!(formatter, "{}.{code}", self.id),
        }
    }
}

impl FromStr for Addressee {
    type Err = InvalidOrganizationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().split_once('.') {
            None => Ok(Self { id: text.trim().parse()?, code: None }),
            Some((id, code)) => Ok(Self { id: id.parse()?, code: Some(code.to_ascii_lowercase()) }),
        }
    }
}

impl TryFrom<String> for Addressee {
    type Error = InvalidOrganizationIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Addressee> for String {
    fn from(addressee: Addressee) -> Self {
        addressee.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_behind_a_point() {
        let bare: Addressee = "rivera".parse().unwrap();
        assert_eq!((bare.id.as_str(), &bare.code), ("rivera", &None));
        let coded: Addressee = " rivera.0K7W ".parse().unwrap();
        assert_eq!((coded.id.as_str(), coded.code.as_deref()), ("rivera", Some("0k7w")));
        assert_eq!(coded.to_string(), "rivera.0k7w");
        assert_eq!(String::from(coded), "rivera.0k7w");
        for wrong in ["", ".", ".code", "Rivera", "r"] {
            assert!(wrong.parse::<Addressee>().is_err(), "{wrong}");
        }
    }
}
