//! Ids that tell nothing: random, so that neither their order nor their number says what others do.

use hustings_core::digits::{DIGITS_AND_LETTERS as ALPHABET, base32};

/// Bytes of randomness in an id: 120 bits, which nobody guesses.
pub const RANDOM_BYTES: usize = 15;
const LETTERS: usize = 24;

/// Not an id of the kind expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {noun}: expected `{prefix}-` and 24 digits and lower-case letters")]
pub struct InvalidIdError {
    text: String,
    noun: &'static str,
    prefix: &'static str,
}

/// The prefix, a hyphen, and 15 bytes in base 32.
pub(crate) fn written(prefix: &str, bytes: [u8; RANDOM_BYTES]) -> String {
    format!("{prefix}-{}", base32(&bytes, ALPHABET))
}

pub(crate) fn checked(
    text: &str,
    noun: &'static str,
    prefix: &'static str,
) -> Result<String, InvalidIdError> {
    let letters = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
    match letters {
        Some(letters) if letters.len() == LETTERS && letters.bytes().all(|byte| ALPHABET.contains(&byte)) => {
            Ok(text.to_owned())
        }
        _ => Err(InvalidIdError { text: text.to_owned(), noun, prefix }),
    }
}

/// An id as text: made from randomness that the caller brings, parsed strictly.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $noun:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new id of 15 random bytes.
            #[must_use]
            pub fn from_random(bytes: [u8; $crate::random_id::RANDOM_BYTES]) -> Self {
                Self($crate::random_id::written($prefix, bytes))
            }

            /// The id as written in flags, tables and the log.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::random_id::InvalidIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::random_id::checked(text, $noun, $prefix).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::random_id::InvalidIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}
pub(crate) use random_id;

#[cfg(test)]
mod tests {
    use crate::{GrantId, UserId};

    #[test]
    fn an_id_is_read_back_as_written_and_as_no_other_kind() {
        let id = GrantId::from_random([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252, 253, 255]);
        assert_eq!(id.as_str(), "g-000g40r40m30e209zbxzszfz");
        assert_eq!(id.as_str().parse::<GrantId>().unwrap(), id);
        assert_eq!(
            id.as_str().parse::<UserId>().unwrap_err().to_string(),
            "`g-000g40r40m30e209zbxzszfz` is not a user id: expected `u-` and 24 digits and lower-case letters"
        );
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<GrantId>(&json).unwrap(), id);
    }

    #[test]
    fn what_only_looks_like_an_id_is_refused() {
        for text in [
            "",
            "g-",
            "000g40r40m30e209zbxzszfz",
            "g-000g40r40m30e209zbxzszf",
            "g-000g40r40m30e209zbxzszfzz",
            "g-000G40R40M30E209ZBXFQZFZ",
            "g-000g40r40m30e209zbxzszfo",
            "g-000g40r40m30e209zbxzszf\u{ff5a}",
            "g-000g40r40m30e209zbxzszfz\n",
        ] {
            assert!(text.parse::<GrantId>().is_err(), "{text}");
            assert!(serde_json::from_value::<GrantId>(text.into()).is_err(), "{text}");
        }
    }
}
