//! Tries to sign in, counted before they are judged, so that tries at the same time count too; for accounts that do not
//! exist as for those that do.

use super::{Deed, later};
use crate::error::StoreError;
use crate::store::{Store, stamp};
use hustings_access::OrganizationId;
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;

/// What is tried, and how often before a wait.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    /// An e-mail address, with an account or without, at whichever organization: so that nobody has the tries of one
    /// organization at each. Addresses are nobody's proof: others may have accounts under it.
    Account(&'a str),
    /// An e-mail address at one organization, with an account there or without.
    AccountOf(&'a str, &'a OrganizationId),
    /// A user's second factor.
    SecondFactor(&'a str),
    /// Where the tries come from.
    Source(&'a str),
    /// Where the tries come from that go ahead although the source must wait, each the first at an account.
    Crowd(&'a str),
    /// A browser in which the account was signed in to before: its tries of a password are its own, so that no stranger's keep
    /// anybody out.
    Device(&'a str),
    /// The same of a second factor.
    DeviceCode(&'a str),
    /// A session, in which the present password or another app is confirmed.
    Session(&'a str),
}

const FREE_TRIES: i64 = 5;
/// Four times as many as at one organization: who is locked out at one by another's guesses signs in at the next.
const FREE_TRIES_OF_ADDRESS: i64 = 20;
const FREE_TRIES_OF_SOURCE: i64 = 30;
const FREE_TRIES_OF_CROWD: i64 = 100;
const LOCK_MINUTES_MAX: i64 = 15;
/// After so long without a try, counting begins anew.
const QUIET_MINUTES: i64 = 60;

#[derive(FromQueryResult)]
struct Row {
    failures: i64,
    locked_until: String,
}

/// Counts a try; which it is since counting began, from 1, when it may go ahead. After the free tries each one locks for twice as long as the one before.
pub(super) async fn begin(
    store: &Store,
    deed: &Deed,
    subject: Subject<'_>,
) -> Result<Option<i64>, StoreError> {
    let key = key(store, subject);
    let quiet_since = stamp(later(store.instant(), -QUIET_MINUTES));
    deed.execute("DELETE FROM sign_in_attempts WHERE updated_at < $1", vec![quiet_since.into()]).await?;
    let sql = "SELECT failures, locked_until FROM sign_in_attempts WHERE subject_hash = $1";
    let known = deed.one::<Row>(sql, vec![key.as_str().into()]).await?;
    // A lock longer than any lock is one of a clock that was set back since; the count stays.
    let longest = stamp(later(store.instant(), LOCK_MINUTES_MAX));
    let holds = |until: &str| deed.now() < until && until <= longest.as_str();
    if known.as_ref().is_some_and(|row| holds(&row.locked_until)) {
        return Ok(None);
    }
    let failures = known.map_or(0, |row| row.failures) + 1;
    let free = match subject {
        Subject::AccountOf(..)
        | Subject::SecondFactor(_)
        | Subject::Device(_)
        | Subject::DeviceCode(_)
        | Subject::Session(_) => FREE_TRIES,
        Subject::Account(_) => FREE_TRIES_OF_ADDRESS,
        Subject::Source(_) => FREE_TRIES_OF_SOURCE,
        Subject::Crowd(_) => FREE_TRIES_OF_CROWD,
    };
    let minutes = match failures - free {
        under if under < 0 => 0,
        over => (1_i64 << over.min(4)).min(LOCK_MINUTES_MAX),
    };
    let locked_until = stamp(later(store.instant(), minutes));
    deed.execute(
        "INSERT INTO sign_in_attempts (subject_hash, failures, locked_until, updated_at, updated_by) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (subject_hash) DO UPDATE SET failures = $2, locked_until = $3, \
         updated_at = $4, updated_by = $5",
        vec![key.into(), failures.into(), locked_until.into(), deed.now().into(), deed.name().into()],
    )
    .await?;
    Ok(Some(failures))
}

/// The try was right: at that organization counting begins anew; elsewhere it takes itself back.
pub(super) async fn right(store: &Store, deed: &Deed, subjects: &[Subject<'_>]) -> Result<(), StoreError> {
    for subject in subjects {
        match subject {
            Subject::Account(_) | Subject::Source(_) | Subject::Crowd(_) => {
                forgive(store, deed, *subject).await?
            }
            _ => succeeded(store, deed, *subject).await?,
        }
    }
    Ok(())
}

/// The try was right: counting begins anew.
pub(super) async fn succeeded(store: &Store, deed: &Deed, subject: Subject<'_>) -> Result<(), StoreError> {
    let key = key(store, subject);
    deed.execute("DELETE FROM sign_in_attempts WHERE subject_hash = $1", vec![key.into()]).await?;
    Ok(())
}

/// The try was right, and takes itself back without the others: who has an account of their own cannot use it to go on
/// trying others', and many people behind one address do not lock one another out.
pub(super) async fn forgive(store: &Store, deed: &Deed, subject: Subject<'_>) -> Result<(), StoreError> {
    deed.execute(
        "UPDATE sign_in_attempts SET failures = failures - 1, locked_until = $1 \
         WHERE subject_hash = $2 AND failures > 0",
        vec![deed.now().into(), key(store, subject).into()],
    )
    .await?;
    Ok(())
}

/// Keyed, so that the table tells nobody which addresses were tried.
fn key(store: &Store, subject: Subject<'_>) -> String {
    let (kind, text, of) = match subject {
        Subject::Account(email) => ("sign-in account", email, ""),
        Subject::AccountOf(email, of) => ("sign-in account of", email, of.as_str()),
        Subject::SecondFactor(user) => ("sign-in second factor", user, ""),
        Subject::Source(source) => ("sign-in source", source, ""),
        Subject::Crowd(source) => ("sign-in crowd", source, ""),
        Subject::Device(device) => ("sign-in device", device, ""),
        Subject::DeviceCode(device) => ("sign-in device second factor", device, ""),
        Subject::Session(session) => ("confirmation in session", session, ""),
    };
    hex(&super::second_factor::keyed(&store.secret, &[kind, text, of]))
}
