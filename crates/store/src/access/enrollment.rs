//! A second factor that is offered and not yet set up: a seed drawn for one person's form, which brings it back sealed.
//! Nothing of it is kept: whoever opens the same link earlier, later or elsewhere is shown another.

use super::second_factor::{TotpSecret, keyed};
use super::{instant, later};
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_core::digits::hex;

/// How long the picture on a form is good.
pub const ENROLLMENT_MINUTES_MAX: i64 = 60;

/// What an authenticator app is given, and what the form brings back with the app's first code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// What the app is given.
    pub totp: TotpSecret,
    /// The same for the form: sealed, so that no other seed can be brought, and worth nothing without the directory's
    /// secret.
    pub sealed: String,
}

/// A seed that came back in time, from the form for which it was drawn.
pub(super) struct Returned {
    pub(super) seed: String,
    pub(super) totp: TotpSecret,
}

/// A new seed for the form of whoever `bound_to` names.
pub(super) fn offer(store: &Store, bound_to: &[&str]) -> Result<Enrollment, StoreError> {
    let seed = hex(&random::<32>()?);
    let until = stamp(later(store.instant(), ENROLLMENT_MINUTES_MAX));
    let sealed = format!("{seed}/{until}/{}", seal(store, &seed, &until, bound_to));
    Ok(Enrollment { totp: TotpSecret::of(&store.secret, &seed), sealed })
}

/// The seed of a form, if it was offered to the same one and has not grown old.
pub(super) fn returned(store: &Store, sealed: &str, bound_to: &[&str]) -> Option<Returned> {
    let mut parts = sealed.split('/');
    let (seed, until, tag) = (parts.next()?, parts.next()?, parts.next()?);
    // Both are digests under a key that nobody has who could measure how long this takes.
    let same = keyed(&store.secret, &[tag]) == keyed(&store.secret, &[&seal(store, seed, until, bound_to)]);
    let in_time = instant(until).is_ok_and(|until| store.instant() < until);
    let totp = TotpSecret::of(&store.secret, seed);
    (same && in_time && parts.next().is_none()).then(|| Returned { seed: seed.to_owned(), totp })
}

fn seal(store: &Store, seed: &str, until: &str, bound_to: &[&str]) -> String {
    hex(&keyed(&store.secret, &[&["enrollment", seed, until], bound_to].concat()))
}

/// The refusal of a form whose picture is too old, or was for somebody else.
pub(super) fn grown_old() -> StoreError {
    StoreError::Refused(
        "this picture has grown old, or was made for another form: remove it from the app, read the one below, and type \
         its six digits"
            .to_owned(),
    )
}
