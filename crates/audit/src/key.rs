//! Keys that sign notes, and their texts (C2SP signed-note).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// What a signature says; each kind has a key id of its own, so that none can be taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519 over the note's text: a log signs its checkpoint.
    Log,
    /// Ed25519 over time and text (`cosignature/v1`): a witness confirms it.
    Witness,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// The public half of a key: who checks a log or a witness keeps it, from a source that is not the log itself.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

impl VerifierKey {
    /// The name: of a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a log's or a witness'.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The first four bytes of a hash of name, kind and key: tells which key signed, proves nothing.
    #[must_use]
    pub fn id(&self) -> u32 {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key.as_bytes())
            .finalize();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(crate) fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        // Strict: no key of small order, for which any message would do.
        self.key.verify_strict(message, &signature).is_ok()
    }
}

/// `name+id+base64`: what the ecosystem calls a vkey.
impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}+{:08x}+{}", self.name, self.id(), encode(self.kind, self.key.as_bytes()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// # Errors
    /// Not `name+id+base64` of a kind that we know, or the id is not that of the name and key.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
        let name = key_name(name)?;
        let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
        let (kind, bytes) = decode(key)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NoPoint)?;
        if key.is_weak() {
            return Err(KeyError::NoPoint);
        }
        let key = Self { name, kind, key };
        let expected = format!("{:08x}", key.id());
        if id == expected { Ok(key) } else { Err(KeyError::Id { expected }) }
    }
}

/// The private half of a key. Its `Debug` shows the public half.
pub struct Signer {
    secret: SigningKey,
    public: VerifierKey,
}

impl Signer {
    /// The key made from 32 random bytes.
    ///
    /// # Errors
    /// A name that is empty or holds a space, a plus sign or a control character.
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey { name: key_name(name)?, kind, key: secret.verifying_key() };
        Ok(Self { secret, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// `PRIVATE+KEY+name+id+base64`, as the Go tools write it. Whoever has it can sign as this log or witness.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let Self { secret, public } = self;
        format!("PRIVATE+KEY+{}+{:08x}+{}", public.name, public.id(), encode(public.kind, secret.as_bytes()))
    }

    /// Reads [`Self::to_secret_text`].
    ///
    /// # Errors
    /// Anything else. The text is not repeated.
    pub fn from_secret_text(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Form)?;
        let (name, rest) = rest.split_once('+').ok_or(KeyError::Form)?;
        let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
        let (kind, seed) = decode(key)?;
        let signer = Self::from_seed(name, kind, &seed)?;
        let expected = format!("{:08x}", signer.public.id());
        if id == expected { Ok(signer) } else { Err(KeyError::Id { expected }) }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.public)
    }
}

/// A key's text that is none. Never repeats the text: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Parts are missing, or what should be base64 is not.
    #[error("expected a key as `name+id+base64`, got something else")]
    Form,
    /// Not a name of the signed-note format.
    #[error("expected a key's name without spaces, plus signs and control characters, got `{0}`")]
    Name(String),
    /// Neither 1 (log) nor 4 (witness).
    #[error("expected a key of kind 1 (log) or 4 (witness), both Ed25519, got kind {0}")]
    Kind(u8),
    /// 32 bytes that are no public key.
    #[error("these 32 bytes are no Ed25519 key")]
    NoPoint,
    /// The id does not fit the name and key.
    #[error("expected the key's id `{expected}` by its name and bytes, got another")]
    Id {
        /// What it would have to be.
        expected: String,
    },
}

fn encode(kind: KeyKind, bytes: &[u8; 32]) -> String {
    let mut all = vec![kind.byte()];
    all.extend_from_slice(bytes);
    BASE64_STANDARD.encode(all)
}

fn decode(text: &str) -> Result<(KeyKind, [u8; 32]), KeyError> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| KeyError::Form)?;
    let (kind, key) = bytes.split_first().ok_or(KeyError::Form)?;
    let kind = match kind {
        1 => KeyKind::Log,
        4 => KeyKind::Witness,
        other => return Err(KeyError::Kind(*other)),
    };
    Ok((kind, key.try_into().map_err(|_| KeyError::Form)?))
}

/// The name, if it is one.
pub(crate) fn key_name(name: &str) -> Result<String, KeyError> {
    if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
        return Err(KeyError::Name(name.chars().take(80).flat_map(char::escape_default).collect()));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example key of `golang.org/x/mod/sumdb/note`.
    const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    #[test]
    fn keys_are_written_as_the_go_tools_write_them() {
        let signer = Signer::from_secret_text(SECRET).unwrap();
        assert_eq!(signer.public().to_string(), PUBLIC);
        assert_eq!(signer.to_secret_text(), SECRET);
        assert_eq!(PUBLIC.parse::<VerifierKey>().unwrap(), *signer.public());
        assert!(!format!("{signer:?}").contains("YEKFALVF"));
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_never_repeated() {
        let id = PUBLIC.replace("c74f20a3", "c74f20a4");
        assert_eq!(
            id.parse::<VerifierKey>().unwrap_err().to_string(),
            "expected the key's id `c74f20a3` by its name and bytes, got another"
        );
        for text in
            ["", "a", "a+b", "a+b+", "a+00000000+AA==", "a+c74f20a3+ARpc", &PUBLIC.replace("+AR", "+Ag")]
        {
            let error = text.parse::<VerifierKey>().unwrap_err();
            assert!(matches!(error, KeyError::Form | KeyError::Kind(_)), "{text}: {error}");
        }
        assert!(matches!(Signer::from_secret_text("PRIVATE+KEY+a+b+c"), Err(KeyError::Form)));
        for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", "a\u{1b}[2J"] {
            assert!(
                matches!(Signer::from_seed(name, KeyKind::Log, &[1; 32]), Err(KeyError::Name(_))),
                "{name:?}"
            );
        }
        // The neutral element: any message "verifies" under it where one does not look.
        let weak = [&[1u8, 1][..], &[0; 31]].concat();
        let text = format!("weak+00000000+{}", BASE64_STANDARD.encode(weak));
        assert_eq!(text.parse::<VerifierKey>(), Err(KeyError::NoPoint));
    }
}
