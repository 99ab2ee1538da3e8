//! Enumerations whose variants are the same snake_case words in flags, files, JSON, the policy and the log.

/// Not one of the words expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {noun} `{word}`: expected {expected}")]
pub struct UnknownWordError {
    noun: &'static str,
    word: String,
    expected: String,
}

impl UnknownWordError {
    pub(crate) fn new(noun: &'static str, word: &str, expected: &[&str]) -> Self {
        Self { noun, word: word.to_owned(), expected: expected.join(", ") }
    }
}

/// An enumeration with `ALL`, `as_str`, `Display`, `FromStr` and serde, all in the words given.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $noun:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as written in flags, files, JSON and the log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::word::UnknownWordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
                    .ok_or_else(|| $crate::word::UnknownWordError::new($noun, text, &[$($word),+]))
            }
        }
    };
}
pub(crate) use words;
