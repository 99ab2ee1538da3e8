//! Lists that were matched with a state's voters: kept with their rows, pairs and answers, encrypted under their
//! organization's private key, for as long as what they were made from is granted.

mod answer;
mod apart;
mod draft;
mod explain;
mod keep;
mod list;
mod look;
mod pair;
mod remove;
mod search;
mod standing;
mod sweep;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_kept;

pub use answer::{MatchAnswer, MatchVerdict, NewAnswer};
pub use draft::MatchDraft;
pub use explain::{AppendMatch, PairOfLine};
pub(crate) use list::OpenRun;
pub use look::{MATCHED_COLUMNS, MatchLook, MatchVoter, OpenMatch};
pub(crate) use pair::KnownPairs;
pub use pair::MatchPairs;
pub use search::{MatchSurroundings, NAMED_MAX};
pub use standing::Standings;

use crate::list_file::ListRows;
use crate::verified_file::Written;
use hustings_core::{StateCode, VoterId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One column of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchColumn {
    /// As the list has it.
    pub header: String,
    /// The canonical column that it was taken for; empty: it was not compared.
    pub taken_for: String,
    /// Whether it is to be appended to the voters found.
    pub is_appended: bool,
}

/// What is said of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchReport {
    /// Name of the file.
    pub file: String,
    /// Its digest, lower-case hex.
    pub sha256: String,
    /// Its columns.
    pub columns: Vec<MatchColumn>,
    /// Rows below its header.
    pub rows: u64,
    /// Voters among whom they were looked for.
    pub voters: u64,
    /// Pairs taken for one person.
    pub accepted: u64,
    /// Pairs to be looked at.
    pub review: u64,
    /// Share of accepted pairs that the model expects to be right.
    pub estimated_precision: f64,
    /// Share of the true pairs that the model expects to be accepted.
    pub estimated_recall: f64,
    /// Share of the true pairs that is expected to have been compared.
    pub pair_completeness: f64,
    /// The share of accepted pairs that was to be right.
    #[serde(default = "default_precision")]
    pub precision: f64,
    /// Pairs that reviewers of an earlier list took apart, and which were therefore not accepted.
    #[serde(default)]
    pub kept_apart: u64,
    /// The estimated model, as the crate `matching` writes it.
    pub model: serde_json::Value,
    /// Wall time.
    pub seconds: f64,
}

fn default_precision() -> f64 {
    0.99
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchRow {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Its cells, as many as there are columns.
    pub cells: Vec<String>,
}

/// A pair of a row and a voter.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchPair {
    /// The row, from 0.
    pub row: u32,
    /// The voter.
    pub voter: VoterId,
    /// Log-odds that the two are one person, in bits.
    pub bits: f64,
    /// Chance of it, rivals considered.
    pub chance: f64,
    /// Whether it was accepted; else it is for review.
    pub is_accepted: bool,
    /// Why it was not accepted.
    pub doubt: String,
    /// The levels of the comparisons, four bits each.
    pub levels: u64,
    /// The bits of the values' rarity, comparison by comparison.
    pub rarity: Vec<f64>,
    /// Of the rarity, the bits of values that household mates do not share.
    pub rarity_of_mates: f64,
}

/// A run to be kept.
#[derive(Debug, Clone)]
pub struct NewMatchRun {
    /// The state.
    pub state: StateCode,
    /// The snapshot with which it was matched.
    pub snapshot: String,
    /// What is said of it.
    pub report: MatchReport,
    /// The list, with all of its columns.
    pub rows: ListRows,
    /// The pairs, by row.
    pub pairs: Vec<MatchPair>,
}

/// A run as known to the database.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchRunRecord {
    /// Its id.
    pub id: String,
    /// The state.
    pub state: StateCode,
    /// The snapshot with which it was matched.
    pub snapshot: String,
    /// Who made it.
    pub made_by: String,
    /// When, RFC 3339.
    pub created_at: String,
    /// What is said of it; none: a grant that it came of has ended, or its key was destroyed.
    pub report: Option<MatchReport>,
}

/// What lies encrypted in the run's row.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sealed {
    report: MatchReport,
    tables: BTreeMap<String, Written>,
}

const ROWS: &str = "rows";
const PAIRS: &str = "pairs";

/// What a run's report is sealed for.
fn report_place(run: &str) -> String {
    format!("report of match run {run}")
}

/// There is none, or none that may be known of.
fn no_run(run: &str) -> crate::error::StoreError {
    crate::error::StoreError::Input(format!("there is no matched list `{run}` here"))
}
