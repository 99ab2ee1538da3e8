//! What a block held, by count.

use super::rule::{QuarantineRule, Repair, RepairSet};
use std::ops::AddAssign;

/// Counts of one block; those of a file are the sum over its blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlockCounts {
    /// Physical lines.
    pub lines: u64,
    /// Lines equal to the header, wherever they stand.
    pub header_lines: u64,
    /// Lines with nothing but white space and padding.
    pub blank_lines: u64,
    /// Lines after the first of a record that runs over several.
    pub continuation_lines: u64,
    /// Records: accepted, repaired and quarantined.
    pub records: u64,
    /// Taken as they stand.
    pub accepted: u64,
    /// Taken after a repair.
    pub repaired: u64,
    /// Held back.
    pub quarantined: u64,
    repairs: [u64; Repair::ALL.len()],
    quarantine: [u64; QuarantineRule::ALL.len()],
}

impl BlockCounts {
    /// Whether every line and every record is accounted for: the invariant of reading.
    pub fn adds_up(&self) -> bool {
        self.records == self.accepted + self.repaired + self.quarantined
            && self.lines == self.records + self.header_lines + self.blank_lines + self.continuation_lines
            && self.quarantined == self.quarantine.iter().sum::<u64>()
    }

    /// Repairs by rule, those that happened; a row repaired in two ways counts under both.
    pub fn repairs(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Repair::ALL.into_iter().map(Repair::name).zip(self.repairs).filter(|(_, count)| *count > 0)
    }

    /// Quarantined rows by rule, those that happened.
    pub fn quarantine(&self) -> impl Iterator<Item = (&'static str, u64)> {
        QuarantineRule::ALL
            .into_iter()
            .map(QuarantineRule::name)
            .zip(self.quarantine)
            .filter(|(_, count)| *count > 0)
    }

    /// A row over `lines` physical lines which was taken.
    pub(crate) fn add_record(&mut self, lines: u32, repairs: RepairSet) {
        self.add_lines(lines);
        if repairs.is_empty() {
            self.accepted += 1;
            return;
        }
        self.repaired += 1;
        for repair in repairs.iter() {
            self.repairs[repair as usize] += 1;
        }
    }

    /// A line which was held back.
    pub(crate) fn add_quarantined(&mut self, rule: QuarantineRule) {
        self.add_lines(1);
        self.quarantined += 1;
        self.quarantine[rule as usize] += 1;
    }

    /// A row that the reader took is held back after all, for what other rows and files say.
    pub fn reject(&mut self, rule: QuarantineRule, is_repaired: bool) {
        let taken = if is_repaired { &mut self.repaired } else { &mut self.accepted };
        *taken = taken.saturating_sub(1);
        self.quarantined += 1;
        self.quarantine[rule as usize] += 1;
    }

    fn add_lines(&mut self, lines: u32) {
        self.lines += u64::from(lines);
        self.continuation_lines += u64::from(lines.saturating_sub(1));
        self.records += 1;
    }
}

impl AddAssign for BlockCounts {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.header_lines += other.header_lines;
        self.blank_lines += other.blank_lines;
        self.continuation_lines += other.continuation_lines;
        self.records += other.records;
        self.accepted += other.accepted;
        self.repaired += other.repaired;
        self.quarantined += other.quarantined;
        for (sum, count) in self.repairs.iter_mut().zip(other.repairs) {
            *sum += count;
        }
        for (sum, count) in self.quarantine.iter_mut().zip(other.quarantine) {
            *sum += count;
        }
    }
}
