//! The second factor: codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), each of which counts once.
//!
//! The app's secret is not in the database: it is computed of a seed there and of the directory's secret, which lies in a
//! file of the keys' folder (`settings`), so that one without the other makes no code. Written out here rather than taken from a crate, since we must know which step a code belongs
//! to (against replay), and the rest is ten lines above `hmac`, held to the RFC's own examples.

use hmac::{Hmac, KeyInit, Mac};
use hustings_core::digits::{LETTERS_FIRST, base32};
use jiff::Timestamp;
use sha1::Sha1;
use sha2::Sha256;

const STEP_SECONDS: i64 = 30;
/// Clocks of phones may be off by one step.
const STEPS_OFF: i64 = 1;
const MODULUS: u32 = 1_000_000;
const SECRET_BYTES: usize = 20;

/// The secret that an authenticator app holds. Shown once, when it is set up.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; SECRET_BYTES]);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TotpSecret(hidden)")
    }
}

impl TotpSecret {
    pub(super) fn of(store_secret: &[u8; 32], seed: &str) -> Self {
        let mut secret = [0; SECRET_BYTES];
        let made = keyed(store_secret, &["second factor", seed]);
        secret.copy_from_slice(&made[..SECRET_BYTES]);
        Self(secret)
    }

    /// The secret in base 32, as typed into an app that cannot read a picture.
    #[must_use]
    pub fn base32(&self) -> String {
        base32(&self.0, LETTERS_FIRST)
    }

    /// The address that apps read, as text or as a picture: `otpauth://totp/…`.
    #[must_use]
    pub fn url(&self, organization: &str, email: &str) -> String {
        let escaped = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                        char::from(byte).to_string()
                    }
                    other => format!("%{other:02X}"),
                })
                .collect()
        };
        format!(
            "otpauth://totp/Hustings%20{}:{}?secret={}&issuer=Hustings%20{}",
            escaped(organization),
            escaped(email),
            self.base32(),
            escaped(organization)
        )
    }

    /// The step to which the code belongs, if it is right now and newer than the newest one used.
    pub(super) fn accept(&self, code: &str, now: Timestamp, step_used: i64) -> Option<i64> {
        let code = typed(code)?;
        let step = now.as_second().div_euclid(STEP_SECONDS);
        // All steps are looked at whatever the first says.
        (step - STEPS_OFF..=step + STEPS_OFF).fold(None, |found, step| {
            if (self.code(step) == code) & (step > step_used) { Some(step) } else { found }
        })
    }

    /// The code that the app shows at `now`, six digits.
    #[cfg(test)]
    pub(crate) fn code_at(&self, now: Timestamp) -> String {
        format!("{:06}", self.code(now.as_second().div_euclid(STEP_SECONDS)))
    }

    fn code(&self, step: i64) -> u32 {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else {
            // A key of any length is taken.
            return u32::MAX;
        };
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest[19] & 15);
        let word = [digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]];
        u32::from_be_bytes(word) % MODULUS
    }
}

/// Six digits as typed, with or without a space between.
fn typed(code: &str) -> Option<u32> {
    let digits: String = code.chars().filter(|character| *character != ' ').collect();
    let plain = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// A digest of `parts` that nobody computes without the store's secret.
pub(super) fn keyed(store_secret: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(store_secret) else {
        // A key of any length is taken.
        return [0; 32];
    };
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    //! The examples of RFC 6238, and that a code counts once and only near its time.

    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret(*b"12345678901234567890")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Appendix B, the last six of eight digits.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().code_at(at(second)), code);
        }
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret().url("smith-campaign", "a+b@example.org"),
            "otpauth://totp/Hustings%20smith-campaign:a%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Hustings%20smith-campaign"
        );
    }

    #[test]
    fn a_code_counts_once_and_only_near_its_time() {
        let secret = secret();
        let code = secret.code_at(at(3000));
        assert_eq!(secret.accept(&code, at(3000), 0), Some(100));
        assert_eq!(secret.accept("28 70 82", at(59), 0), Some(1));
        for late in [2970, 3030, 3059] {
            assert_eq!(secret.accept(&code, at(late), 0), Some(100), "one step off at {late}");
        }
        assert_eq!(secret.accept(&code, at(3060), 0), None);
        assert_eq!(secret.accept(&code, at(2969), 0), None);
        assert_eq!(secret.accept(&code, at(3000), 100), None, "used");
        assert_eq!(secret.accept(&code, at(3000), 101), None, "an older code than the one used");
        for bad in ["", "12345", "1234567", "-12345", "+12345", "12345a", "\u{661}23456"] {
            assert_eq!(secret.accept(bad, at(3000), 0), None, "{bad}");
        }
    }

    #[test]
    fn the_seed_alone_makes_no_code() {
        let one = TotpSecret::of(&[1; 32], "seed");
        assert_ne!(one, TotpSecret::of(&[2; 32], "seed"));
        assert_ne!(one, TotpSecret::of(&[1; 32], "seeds"));
        assert_ne!(keyed(&[1; 32], &["ab", "c"]), keyed(&[1; 32], &["a", "bc"]));
        assert_eq!(format!("{one:?}"), "TotpSecret(hidden)");
    }
}
