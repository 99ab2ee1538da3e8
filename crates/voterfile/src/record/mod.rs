//! The record reader: from the bytes of a state list to records in which every field is in its place.
//!
//! The physical line is the base unit. Every line ends up in exactly one of four counts (record, header line, blank line,
//! continuation line of a record), and every record in one of three (accepted, repaired, quarantined): see
//! [`BlockCounts::adds_up`].
//!
//! A row is *right* when its quoting is sound, it has as many fields as the layout, all anchors hold and at most one other
//! check fails (that value is a later stage's matter). A line that is right by itself is one record, whatever stands around
//! it. A broken line is joined with broken lines after it, or repaired, when exactly one reading makes it right; otherwise
//! it is quarantined. Because a right line never depends on its neighbors, a file may be read in blocks of any size, and
//! in parallel, with the same outcome.
//!
//! Where values have no form of their own (districts, precincts), a [`Census`] of the file says what stands beside what.
//! It is taken before the first record is read and is part of the format, so the outcome still depends on no neighbor.
//!
//! What no reader can see: damage between two values that no check tells apart (a delimiter that moved from the first name
//! into the last one), damage that comes the same way in many rows of a census, and a line end inside the very first, unquoted value of a row whose rest is a right row again.

mod block;
mod census;
mod census_take;
mod check;
mod clean;
mod contact;
mod counts;
mod date;
mod inspect;
mod judge;
mod line;
mod moves;
mod places;
mod quotes;
mod repair;
mod rule;
mod split;

pub(crate) use check::Checks;

pub use block::{BlockReader, BlockStart};
pub use census::Census;
pub use census_take::CensusTaker;
pub use counts::BlockCounts;
pub use inspect::{Inspection, Inspector, KeyPlace, ScanKey, key_hash, line_hash};
pub use line::{LINE_LENGTH_MAX, count_lines};
pub use quotes::readings_of_broken_quotes;
pub use rule::{QuarantineRule, Repair, RepairSet};

use split::Fields;

/// Longest record, in bytes; longer ones are quarantined as `oversize`.
pub const RECORD_LENGTH_MAX: usize = 1 << 20;

/// How far into a line, in bytes, the prescan for ids that may occur twice looks. A longer record may have an id that it
/// did not see.
pub const PRESCAN_REACH: u32 = 4096;

/// Most physical lines that are joined to one record.
pub const JOINED_LINES_MAX: usize = 8;

/// Longest joined record, in bytes.
pub const JOINED_LENGTH_MAX: usize = 64 << 10;

/// Where records go, in the order of the file.
pub trait RecordSink {
    /// A row that was accepted or repaired.
    fn record(&mut self, record: &Record<'_>);
    /// A row that was held back.
    fn quarantined(&mut self, row: QuarantinedRow<'_>);
}

/// A row with every field in its place, borrowed until the sink returns.
pub struct Record<'a> {
    /// 1-based number of its first physical line.
    pub line: u64,
    /// Physical lines that it runs over.
    pub lines: u32,
    /// Byte offset in the file.
    pub offset: u64,
    /// Bytes from there to its end, without the last line end.
    pub length: u32,
    /// What was mended; empty for an accepted row.
    pub repairs: RepairSet,
    fields: Fields<'a>,
}

impl<'a> Record<'a> {
    /// The raw value of a field (padding kept); empty when the row has no such field.
    pub fn field(&self, index: usize) -> &'a str {
        self.fields.get(index)
    }

    /// How many fields it has: always the format's width.
    #[expect(clippy::len_without_is_empty, reason = "a record has as many fields as the layout, never none")]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.fields.iter()
    }
}

/// A row held back, with why and with its bytes.
pub struct QuarantinedRow<'a> {
    /// 1-based number of its first physical line.
    pub line: u64,
    /// Physical lines that it runs over.
    pub lines: u32,
    /// Byte offset in the file.
    pub offset: u64,
    /// Bytes from there to its end, without the last line end.
    pub length: u32,
    /// Why.
    pub rule: QuarantineRule,
    /// One sentence: field and what was expected there; never a value of the row.
    pub detail: String,
    /// The row as it stands in the file.
    pub bytes: &'a [u8],
}
