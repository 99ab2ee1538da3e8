//! Passwords: Argon2id with the parameters that OWASP names (19 MiB, two passes, one lane).
//!
//! It stands in the store because nothing but the store sees a password's hash.

use crate::error::StoreError;
use crate::settings::random;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use hustings_access::OrganizationId;
use std::collections::BTreeSet;
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const CHARACTERS_MIN: usize = 12;
const BYTES_MAX: usize = 1024;
const DIFFERENT_MIN: usize = 6;

/// As many hashes at once as cores on the smallest machine: who sends a thousand passwords waits, and takes no memory.
static HASHING: Semaphore = Semaphore::const_new(2);

/// The hash of a password that nobody has (of random bytes thrown away): for accounts that do not exist the same work
/// is done.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses what is guessed first.
pub(super) fn check(password: &str, email: &str, organization: &OrganizationId) -> Result<(), StoreError> {
    let refuse = |why: &str| Err(StoreError::Input(format!("this password cannot be used: {why}")));
    if password.chars().count() < CHARACTERS_MIN || password.len() > BYTES_MAX {
        return refuse("expected at least 12 characters, such as four unusual words");
    }
    if password.chars().collect::<BTreeSet<char>>().len() < DIFFERENT_MIN {
        return refuse("it has too few different characters");
    }
    let lower = password.to_lowercase();
    let person = email.split('@').next().unwrap_or_default();
    // What is left without names that everybody knows must still be a password.
    let mut rest = lower;
    for known in [email, person, organization.as_str(), "hustings", "password"] {
        if known.len() >= 3 {
            rest = rest.replace(known, "");
        }
    }
    if rest.chars().filter(|letter| letter.is_alphanumeric()).count() < CHARACTERS_MIN / 2 {
        return refuse("it is made of the e-mail address, the organization's id or the word password");
    }
    Ok(())
}

/// The hash to keep, with parameters and salt.
pub(super) async fn hash(password: &str) -> Result<String, StoreError> {
    let salt = random::<16>()?;
    let password = password.to_owned();
    run(move || {
        argon2()
            .and_then(|argon2| argon2.hash_password_with_salt(password.as_bytes(), &salt))
            .map(|hash| hash.to_string())
    })
    .await?
    .map_err(|error| StoreError::Connect(format!("the password cannot be hashed: {error}")))
}

/// Whether it is the password of `kept`. Without `kept` it takes as long, and the answer is no.
pub(super) async fn verify(password: &str, kept: Option<String>) -> Result<bool, StoreError> {
    let password = if password.len() > BYTES_MAX { String::new() } else { password.to_owned() };
    let known = kept.is_some();
    let kept = kept.unwrap_or_else(|| NOBODY.to_owned());
    let right = run(move || {
        argon2().is_ok_and(|argon2| {
            PasswordHash::new(&kept)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        })
    })
    .await?;
    Ok(right && known)
}

fn argon2() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let closed =
        |error: &dyn std::fmt::Display| StoreError::Connect(format!("a password cannot be hashed: {error}"));
    let turn = HASHING.acquire().await.map_err(|error| closed(&error))?;
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| closed(&error));
    drop(turn);
    done
}

#[cfg(test)]
mod tests {
    //! The right password and no other, kept as Argon2id; guessable ones refused.

    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let kept = hash("correct horse battery").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("correct horse battery").await.unwrap(), "salted");
        assert!(verify("correct horse battery", Some(kept.clone())).await.unwrap());
        assert!(!verify("correct horse batterz", Some(kept.clone())).await.unwrap());
        assert!(!verify("", Some(kept)).await.unwrap());
        assert!(!verify("correct horse battery", None).await.unwrap());
        assert!(PasswordHash::new(NOBODY).is_ok(), "the same work is done for nobody");
    }

    #[test]
    fn guessable_passwords_are_refused() {
        let campaign: OrganizationId = "smith-campaign".parse().unwrap();
        let check = |password: &str| check(password, "ann.miller@example.org", &campaign);
        assert!(check("correct horse battery").is_ok());
        assert!(check("päßwörter-im-zug").is_ok());
        for bad in [
            "short",
            "elevenchars",
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            "ann.miller@example.org",
            "Smith-Campaign1",
            "passwordpassword1",
        ] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.starts_with("this password cannot be used: "), "{error}");
            assert!(!error.contains(bad), "{error}");
        }
        assert!(check(&"long".repeat(300)).is_err());
    }
}
