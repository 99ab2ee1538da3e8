//! AES-256-GCM of small things, and keys made from keys.

use crate::error::StoreError;
use crate::settings::random;
use hmac::{Hmac, KeyInit, Mac};
use hustings_core::digits::{from_hex, hex};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;

/// 256 bits that nobody else may know.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretKey([u8; 32]);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    pub(crate) fn random() -> Result<Self, StoreError> {
        random::<32>().map(Self)
    }

    /// From 64 hex digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::of_bytes(&from_hex(&text.to_ascii_lowercase())?)
    }

    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Another secret, for this purpose and nothing else (HMAC-SHA256). The parts are told apart by their lengths.
    pub(crate) fn derive(&self, parts: &[&str]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Self(mac.finalize().into_bytes().into())
    }

    /// Encrypts: nonce, ciphertext, tag. Only who knows the secret and gives the same `place` can open it.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = nonce.to_vec();
        let mut body = plain.to_vec();
        self.cipher()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut body,
            )
            .map_err(|_| StoreError::Key("too much to encrypt at once".to_owned()))?;
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// What was sealed; none when it was by another secret, for another place, or has been changed.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = body.to_vec();
        let plain = self.cipher().open_in_place(nonce, Aad::from(place.as_bytes()), &mut body).ok()?.len();
        body.truncate(plain);
        Some(body)
    }

    fn cipher(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0).expect("AES-256 takes 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_secret_opens_at_the_same_place_what_was_not_touched() {
        let secret = SecretKey::random().unwrap();
        let sealed = secret.seal("here", b"words").unwrap();
        assert_eq!(secret.open("here", &sealed).as_deref(), Some(b"words".as_slice()));
        assert_eq!(secret.open("there", &sealed), None);
        assert_eq!(SecretKey::random().unwrap().open("here", &sealed), None);
        for length in 0..sealed.len() {
            assert_eq!(secret.open("here", &sealed[..length]), None);
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(secret.open("here", &changed), None);
        }
        assert_ne!(secret.seal("here", b"words").unwrap(), sealed);
    }

    #[test]
    fn derived_secrets_differ_by_every_part() {
        let secret = SecretKey::parse(&"5a".repeat(32)).unwrap();
        let made = [
            secret.derive(&["file", "ab", "c"]),
            secret.derive(&["file", "a", "bc"]),
            secret.derive(&["file", "abc"]),
            secret.derive(&["report", "ab", "c"]),
            SecretKey::parse(&"5b".repeat(32)).unwrap().derive(&["file", "ab", "c"]),
        ];
        for (at, one) in made.iter().enumerate() {
            assert!(made.iter().skip(at + 1).all(|other| other != one));
        }
        assert_eq!(format!("{secret:?}"), "SecretKey(…)");
    }
}
