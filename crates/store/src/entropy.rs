//! Randomness: the system's. Only `hustings simulate`, which compares the answers of two servers byte by byte, gives the
//! threads of its servers a stream that it can begin anew; `xtask tidy` sees that nobody else does.

use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    static STREAM: RefCell<Option<Arc<Seeded>>> = const { RefCell::new(None) };
}

/// Bytes that depend on a seed, a label and how many were drawn before: never for a server that anybody is to trust.
#[derive(Debug)]
pub struct Seeded {
    seed: u64,
    /// The label, and the blocks drawn under it.
    at: Mutex<(u64, u64)>,
}

impl Seeded {
    /// The stream of a seed, at its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, at: Mutex::default() }
    }

    /// Goes on at the beginning of what this label gives: what was drawn before no longer matters.
    pub fn begin(&self, label: u64) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = (label, 0);
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        for block in bytes.chunks_mut(32) {
            let mut hash = Sha256::new();
            for word in [self.seed, at.0, at.1] {
                hash.update(word.to_le_bytes());
            }
            at.1 += 1;
            block.copy_from_slice(&hash.finalize()[..block.len()]);
        }
    }
}

/// From now on this thread draws from `stream` instead of from the system. For simulations only.
pub fn simulate_this_thread(stream: Arc<Seeded>) {
    STREAM.with_borrow_mut(|own| *own = Some(stream));
}

/// Fills `bytes` with random ones.
///
/// # Errors
/// When the system gives none.
pub fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    STREAM.with_borrow(|stream| match stream {
        None => getrandom::fill(bytes),
        Some(stream) => {
            stream.fill(bytes);
            Ok(())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> [u8; 40] {
        let mut bytes = [0; 40];
        fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_drawn_never_comes_again() {
        let drawn: std::collections::BTreeSet<[u8; 40]> = (0..10_000).map(|_| drawn()).collect();
        assert_eq!(drawn.len(), 10_000);
        // Each bit is set about half of the time: 400,000 bytes with a part that stays zero would be seen.
        let ones: u32 = drawn.iter().flatten().map(|byte| byte.count_ones()).sum();
        assert!((1_595_000..1_605_000).contains(&ones), "{ones} of 3,200,000 bits");
    }

    #[test]
    fn a_simulated_thread_draws_the_same_again_and_no_other_thread_does() {
        let stream = Arc::new(Seeded::new(7));
        let of_thread = |stream: Arc<Seeded>| {
            std::thread::spawn(move || {
                simulate_this_thread(Arc::clone(&stream));
                stream.begin(1);
                let first = drawn();
                let second = drawn();
                assert_ne!(first, second);
                stream.begin(1);
                assert_eq!(drawn(), first);
                stream.begin(2);
                assert_ne!(drawn(), first);
                first
            })
            .join()
            .unwrap()
        };
        assert_eq!(of_thread(Arc::clone(&stream)), of_thread(Arc::new(Seeded::new(7))));
        assert_ne!(of_thread(Arc::clone(&stream)), of_thread(Arc::new(Seeded::new(8))));
        assert_ne!(drawn(), drawn());
    }
}
