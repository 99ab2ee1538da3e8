//! Principals: who acts.

use crate::random_id::random_id;
use serde::{Deserialize, Serialize};
use std::fmt;

random_id! {
    /// A user's id, such as `u-000g40r40m30e209zbxzszfz`.
    UserId, "a user id", "u"
}

random_id! {
    /// An API key's id, such as `k-000g40r40m30e209zbxzszfz`. It is not the key's secret.
    ApiKeyId, "an API key id", "k"
}

/// Who acts. Written `local`, or as the user's or key's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Principal {
    /// Whoever can open the data directory: the file system has decided, and the log says so.
    Local,
    /// Somebody who signed in.
    User(UserId),
    /// A program with an API key.
    Key(ApiKeyId),
}

impl Principal {
    /// The principal as written in the log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::User(id) => id.as_str(),
            Self::Key(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Not a principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a principal: expected local, a user id or an API key id")]
pub struct InvalidPrincipalError(String);

impl std::str::FromStr for Principal {
    type Err = InvalidPrincipalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "local" {
            return Ok(Self::Local);
        }
        text.parse()
            .map(Self::User)
            .or_else(|_| text.parse().map(Self::Key))
            .map_err(|_| InvalidPrincipalError(text.to_owned()))
    }
}

impl TryFrom<String> for Principal {
    type Error = InvalidPrincipalError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> Self {
        principal.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read_back_as_written() {
        let user = Principal::User(UserId::from_random([7; 15]));
        let key = Principal::Key(ApiKeyId::from_random([7; 15]));
        for principal in [Principal::Local, user, key] {
            assert_eq!(principal.to_string().parse(), Ok(principal.clone()));
            let json = serde_json::to_string(&principal).unwrap();
            assert_eq!(serde_json::from_str::<Principal>(&json).unwrap(), principal);
        }
        assert_eq!(
            "Local".parse::<Principal>().unwrap_err().to_string(),
            "`Local` is not a principal: expected local, a user id or an API key id"
        );
    }
}
