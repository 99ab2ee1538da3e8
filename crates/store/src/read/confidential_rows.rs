//! Which rows of a list are of confidential voters, one bit each and kept: a scan of a whole list asks it of every row
//! that it finds, and where nothing else is asked of them they need not be read for it.

use super::footer::Identity;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Lists of which it is kept at most: the current one of a state, and those that are compared with it.
const TABLES_MAX: usize = 8;

/// A set of small numbers, one bit each.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits & (1 << (number % 64)) != 0)
    }

    /// All bits, the lowest first, up to the highest that is set.
    pub(super) fn words(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }

    pub(super) fn add(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }
}

/// Rows of confidential voters, by table.
#[derive(Debug, Default)]
pub(super) struct ConfidentialRows(Mutex<HashMap<PathBuf, (Identity, Arc<Bits>)>>);

/// A copy is made to add voters to it, whose rows are others then.
impl Clone for ConfidentialRows {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl ConfidentialRows {
    /// Those of this very file, if they are kept.
    pub(super) fn kept(&self, path: &Path, of: Identity) -> Option<Arc<Bits>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(path).filter(|(file, _)| *file == of).map(|(_, rows)| Arc::clone(rows))
    }

    pub(super) fn keep(&self, path: &Path, of: Identity, rows: &Arc<Bits>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TABLES_MAX {
            kept.clear();
        }
        kept.insert(path.to_path_buf(), (of, Arc::clone(rows)));
    }
}
