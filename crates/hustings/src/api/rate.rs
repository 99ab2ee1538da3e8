//! How often somebody may ask, and how often a wrong key may be shown, before they must wait.

use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const WINDOW: Duration = Duration::from_mins(1);
/// Requests of one key in a window.
const REQUESTS_MAX: u32 = 1_200;
/// Keys from one source in a window that do not hold.
const WRONG_KEYS_MAX: u32 = 30;
/// Counters that are kept at all; beyond that the old ones go first.
const COUNTERS_MAX: usize = 10_000;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Requests of a key, by its id.
    Key(String),
    /// Wrong keys of a source.
    Source(String),
}

#[derive(Debug)]
struct Counter {
    since: Timestamp,
    count: u32,
}

/// The counters of this process.
#[derive(Debug, Default)]
pub struct Limits(Mutex<HashMap<Subject, Counter>>);

impl Limits {
    /// Counts one of `subject` at `now`.
    pub fn count(&self, subject: Subject, now: Timestamp) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= COUNTERS_MAX {
            counters.retain(|_, counter| passed(counter.since, now) < WINDOW);
        }
        let counter = counters.entry(subject).or_insert(Counter { since: now, count: 0 });
        if passed(counter.since, now) >= WINDOW {
            *counter = Counter { since: now, count: 0 };
        }
        counter.count = counter.count.saturating_add(1);
    }

    /// Whether `subject` may go on at `now`.
    ///
    /// # Errors
    /// How many seconds to wait, when it has used up what it may.
    pub fn check(&self, subject: &Subject, now: Timestamp) -> Result<(), u64> {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(counter) = counters.get(subject) else { return Ok(()) };
        let max = match subject {
            Subject::Key(_) => REQUESTS_MAX,
            Subject::Source(_) => WRONG_KEYS_MAX,
        };
        let passed = passed(counter.since, now);
        if counter.count < max || passed >= WINDOW {
            return Ok(());
        }
        Err((WINDOW - passed).as_secs().saturating_add(1))
    }
}

/// A clock that was set back ends the window: nobody waits for an hour that never comes.
fn passed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or(WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shows_wrong_keys_waits_and_others_do_not() {
        let (limits, start) = (Limits::default(), Timestamp::UNIX_EPOCH);
        let (bad, good) = (Subject::Source("192.0.2.7".to_owned()), Subject::Source("192.0.2.8".to_owned()));
        for _ in 0..WRONG_KEYS_MAX {
            assert_eq!(limits.check(&bad, start), Ok(()));
            limits.count(bad.clone(), start);
        }
        assert_eq!(limits.check(&bad, start + Duration::from_secs(20)), Err(41));
        assert_eq!(limits.check(&good, start), Ok(()));
        assert_eq!(limits.check(&bad, start + WINDOW), Ok(()));
        limits.count(bad.clone(), start + WINDOW);
        assert_eq!(limits.check(&bad, start + WINDOW), Ok(()), "counting began anew");
        assert_eq!(limits.check(&bad, start), Ok(()), "a clock set back shuts nobody out");
    }
}
