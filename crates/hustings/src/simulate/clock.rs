//! A clock that stands still until it is told of the next step: both worlds read the same time from it.

use hustings_core::Clock;
use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-09-01T12:00:00Z: the worlds are made at this instant.
const BEGIN_MS: i64 = 1_788_264_000_000;
/// From one step to the next: sessions grow idle and limits are counted as at a busy desk.
const STEP_MS: i64 = 250;

/// The time of a world.
#[derive(Debug)]
pub struct StepClock(AtomicI64);

impl Default for StepClock {
    fn default() -> Self {
        Self(AtomicI64::new(BEGIN_MS))
    }
}

impl StepClock {
    /// From now on it is the time of this step of a round.
    pub fn set(&self, step: u64) {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.0.store(BEGIN_MS.saturating_add(step.saturating_mul(STEP_MS)), Ordering::SeqCst);
    }
}

impl Clock for StepClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
