//! Rows of the history that are told twice, byte for byte: one vote, not two.

use super::tables::QuarantineRow;
use std::collections::HashSet;

/// A row that another row may equal.
#[derive(Debug)]
pub struct Twin {
    /// Hash of its bytes, white space around them left out; 128 bits, so that equal means equal.
    pub key: u128,
    /// Its first vote's row in the block's batch.
    pub first: usize,
    /// Day and name of the elections whose votes it tells.
    pub votes: Vec<(Option<i32>, String)>,
    /// Its voter in the predecessor.
    pub prior_row: Option<u32>,
    /// Its voter is not on the list.
    pub is_orphan: bool,
    /// It was repaired.
    pub is_repaired: bool,
    /// The row as it would be quarantined.
    pub source: QuarantineRow,
}

/// What was told so far, in the order of the files.
#[derive(Debug, Default)]
pub struct Twins(HashSet<u128>);

impl Twins {
    /// Those of a block's rows that were told before.
    pub fn seen_before(&mut self, rows: Vec<Twin>) -> Vec<Twin> {
        rows.into_iter().filter(|row| !self.0.insert(row.key)).collect()
    }
}
