//! From a record in the state's own columns to a row in the canonical ones.
//!
//! [`VoterColumns`] is the schema of one snapshot's `voters.parquet`; [`VoterPlan`] says, once per file, which field
//! feeds which column; [`VoterBuilder`] takes record after record and gives an Arrow batch.

mod address;
mod builder;
mod cells;
mod codes;
mod columns;
mod confidential;
mod dates;
mod plan;
mod text;

pub use builder::{RowMeta, VoterBuilder, VoterTally};
pub use columns::VoterColumns;
pub use confidential::{Says, withhold};
pub use dates::DatePolicy;
pub use plan::VoterPlan;
pub(crate) use text::flag;

/// Columns that say where a row came from: not profiled, not compared.
pub const LINEAGE: [&str; 12] = [
    "voter_id",
    "household_id",
    "source_file",
    "source_line",
    "source_offset",
    "source_length",
    "raw_values",
    "first_seen",
    "last_seen",
    "dropped_at",
    "drop_guess",
    "fingerprint",
];
