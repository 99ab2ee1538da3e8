//! Reading snapshots within a scope: reports, changes, quarantine, voters. A column whose class the scope lacks does not
//! exist.
//!
//! These functions read files on the calling thread; a server calls them where blocking is allowed.

mod change_counts;
mod changes;
pub(crate) mod confidential;
mod confidential_rows;
mod footer;
pub(crate) mod key_order;
mod likely;
mod linkable;
mod list_columns;
mod quarantine;
mod report;
pub(crate) mod row_filter;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) mod tests_granted;
#[cfg(test)]
mod tests_ungranted;
mod view;
mod visible;
mod visible_change;
mod visible_counts;
mod voter;
mod voter_find;
mod voter_seen;

pub use change_counts::ChangeCounts;
pub use changes::{ChangeFilter, ChangeRow, NamedChange};
pub use confidential::Flagged;
pub use likely::{LikelyVoter, LikelyVoters};
pub use linkable::{LinkableVoters, VoterBlock};
pub use list_columns::is_list_column;
pub use quarantine::{QuarantineFilter, QuarantineRow};
pub use voter::{ValueSource, VoterBallot, VoterChange, VoterRecord, VoterSelector, VoterValue, VoterVote};
pub use voter_find::VoterHit;
pub use voter_seen::VoterSeen;

pub(crate) use confidential::Confidential;
pub(crate) use view::{CountiesTold, View, is_everywhere};
pub(crate) use visible::is_within;
pub(crate) use visible_counts::VisibleCounts;
pub(crate) use voter::Home;

use crate::error::StoreError;
use crate::snapshot::{SnapshotRecord, SnapshotStatus};
use serde::Serialize;

/// Some rows of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// All rows that satisfy the filter.
    pub total: u64,
    /// Rows before this page.
    pub offset: u64,
    /// Rows of a page at most.
    pub limit: usize,
}

/// Of a discarded load there is a report and nothing more.
fn rows_are_kept(record: &SnapshotRecord) -> Result<(), StoreError> {
    if record.status == SnapshotStatus::Discarded {
        return Err(StoreError::Refused(format!(
            "held load `{}` was discarded: its report is kept, its rows are not; load its files again to see them",
            record.id
        )));
    }
    Ok(())
}
