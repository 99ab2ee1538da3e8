//! Overlays: an owner's columns over the base record, joined by the state's voter id, each (owner, class) in files of
//! its own, encrypted under its own key. Nothing is overwritten; the view is computed.

mod append;
mod append_pairs;
mod encrypt_plain;
mod guess;
mod list;
mod list_before;
mod matched_cells;
mod part;
mod remove;
mod renew_pairs;
mod row_fate;
mod source;
mod table;
mod table_file;
mod tables;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_plain;
mod value;
mod vault;
mod view;
mod voter_ids;

#[cfg(test)]
pub(crate) use append::write_report as rewrite_report;
pub use append_pairs::{AppendPairs, appended_places};
pub(crate) use encrypt_plain::encrypt_plain;
pub(crate) use guess::Typed;
pub use list_before::ListBefore;
pub use matched_cells::CellOrigin;
pub(crate) use row_fate::RowFate;
pub(crate) use table::OverlayTable;
pub(crate) use table_file::TableFile;
pub(crate) use view::OverlayView;

use hustings_core::{FieldClass, StateCode};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendRequest {
    /// The state whose current snapshot it is joined with.
    pub state: StateCode,
    /// Whose data it is: lower-case letters, digits and hyphens.
    pub owner: String,
    /// `appended`, `proprietary` or `private`.
    pub class: FieldClass,
    /// A file of delimited text with a header, where it is not given as rows.
    pub file: PathBuf,
    /// The column that holds the state's voter id; empty when the rows are matched.
    pub id_column: String,
}

/// Rows of an appended file: `read = matched + review + unmatched + duplicate + quarantined`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AppendRows {
    /// Records below the header.
    pub read: u64,
    /// Joined to a voter.
    pub matched: u64,
    /// Of a matched list: doubtful, joined to nobody.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub review: u64,
    /// With an id that no voter has, or like no voter.
    pub unmatched: u64,
    /// Of a voter who has an earlier row in the file.
    pub duplicate: u64,
    /// Without an id, or with another number of fields than the header.
    pub quarantined: u64,
}

/// What matching found in an appended list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AppendMatching {
    /// Rows whose voter got their columns.
    pub matched: u64,
    /// Rows with a pair that holds, doubles of another row included.
    pub accepted: u64,
    /// Rows with doubtful pairs alone.
    pub review: u64,
    /// Rows like no voter.
    pub unmatched: u64,
    /// Pairs that reviewers of an earlier list took apart, and which were therefore not accepted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kept_apart: u64,
    /// Share of the accepted pairs that is expected to be right.
    pub estimated_precision: f64,
    /// Share of the true pairs that is expected to be accepted.
    pub estimated_recall: f64,
    /// Share of the true pairs that is expected to have been compared.
    pub pair_completeness: f64,
}

/// Type of an overlay's column, guessed from its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlayType {
    /// Whole numbers.
    Int,
    /// Numbers with a decimal point.
    Decimal,
    /// Days.
    Date,
    /// Telephone numbers, kept in E.164.
    Phone,
    /// Anything else.
    Text,
}

/// One column of an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendColumn {
    /// `<owner>__<column>`: no base column is named so.
    pub name: String,
    /// The file's own name of it.
    pub header: String,
    /// Type guessed.
    #[serde(rename = "type")]
    pub kind: OverlayType,
    /// Voters with a value.
    pub filled: u64,
    /// Values that are not of the type; kept apart.
    pub out_of_domain: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What an append did: the JSON of `hustings append --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppendReport {
    /// Id of the append.
    pub append: String,
    /// The state.
    pub state: StateCode,
    /// Whose data it is.
    pub owner: String,
    /// Field class.
    pub class: FieldClass,
    /// The column that held the state's voter id; empty when the rows were matched.
    pub id_column: String,
    /// Name of the file.
    pub file: String,
    /// Its digest, lower-case hex.
    pub sha256: String,
    /// The snapshot with which it was joined.
    pub snapshot: String,
    /// Rows.
    pub rows: AppendRows,
    /// What matching found, where no id column told whose row it is.
    #[serde(flatten)]
    pub matching: Option<AppendMatching>,
    /// Columns.
    pub columns: Vec<AppendColumn>,
    /// Whether it took the place of an earlier append with the same columns.
    pub replaced: bool,
    /// That append.
    pub replaces: Option<String>,
    /// Whether the same file was there already, joined by the same column, so that nothing was done.
    pub unchanged: bool,
    /// The matched list whose pairs it came of; none where rows were joined by the state's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The same list's append that was removed before this one was made, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_before: Option<String>,
}

impl AppendReport {
    /// What the log may hold of it: no name of a column or file, no count of values.
    pub(crate) fn for_log(&self) -> serde_json::Value {
        serde_json::json!({
            "append": self.append,
            "state": self.state,
            "owner": self.owner,
            "class": self.class,
            "snapshot": self.snapshot,
            "replaces": self.replaces,
            "run": self.run,
        })
    }
}

/// Whether an append's values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppendStatus {
    /// Shown.
    Current,
    /// A newer append has its columns; it comes back when that one is removed.
    Replaced,
    /// Removed, its files deleted.
    Removed,
}

/// One append as known to the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppendRecord {
    /// Whether its values are shown.
    pub status: AppendStatus,
    /// When it was added, RFC 3339.
    pub created_at: String,
    /// When it was removed.
    pub removed_at: Option<String>,
    /// Why nobody can read its values (its key was destroyed, or is not here); none when they can be read. What the
    /// report would tell of them is blank then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// What it did.
    #[serde(flatten)]
    pub report: AppendReport,
}
