//! The load report: what one load read, kept, repaired, held back and changed. Its JSON is a contract
//! (`hustings load --json` prints [`LoadSummary`], `hustings report --json` prints [`LoadReport`]).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts under a name, in the name's order, so that two equal reports are equal bytes.
pub type Counts = BTreeMap<String, u64>;

/// One file of a delivery, as read. Lines add up: `lines = records + header_lines + blank_lines + continuation_lines`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileReport {
    /// Name inside the delivery (`folder/ncvoter32.txt`, `ncvoter_Statewide.zip/ncvoter_Statewide.txt`).
    pub name: String,
    /// Digest of the file's bytes, unpacked, lower-case hex.
    pub sha256: String,
    /// Size unpacked, in bytes.
    pub bytes: u64,
    /// `utf-8` or `cp1252`.
    pub encoding: String,
    /// Physical lines.
    pub lines: u64,
    /// Header lines, wherever they stand.
    pub header_lines: u64,
    /// Lines with nothing but white space.
    pub blank_lines: u64,
    /// Lines after the first of a record that runs over several.
    pub continuation_lines: u64,
    /// Records: accepted + repaired + quarantined.
    pub records: u64,
    /// `voters`, `history`, `ballots`, … as the layout calls it; `ignored` for files that no layout knows; `unread` for
    /// those that look like a part of the list and could not be read, which holds the load.
    pub kind: String,
    /// Why a file was ignored or not read; empty for one that was read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Version of the layout chosen by header or width, such as `2026-02 (70 columns)`.
    pub layout_version: String,
    /// Columns of the layout which this file lacks.
    pub missing_columns: Vec<String>,
    /// Columns which the layout does not know; kept under `extra_…`.
    pub unknown_columns: Vec<String>,
}

/// Rows of one kind. `read = accepted + repaired + quarantined`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowCounts {
    /// Records read.
    pub read: u64,
    /// Taken as they stand.
    pub accepted: u64,
    /// Taken after a repair by a named rule.
    pub repaired: u64,
    /// Kept aside with rule and bytes.
    pub quarantined: u64,
}

/// Rows of the vote history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoteCounts {
    /// Records read.
    pub read: u64,
    /// Taken as they stand.
    pub accepted: u64,
    /// Taken after a repair.
    pub repaired: u64,
    /// Kept aside.
    pub quarantined: u64,
    /// Among those taken: votes of somebody who is not on the list; kept.
    pub orphan: u64,
}

/// Whether a load may become current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateStatus {
    /// No rule failed.
    #[default]
    Pass,
    /// A rule failed: the load is kept aside, and the previous snapshot stays current.
    Held,
    /// A rule failed, and a person accepted the load with a reason.
    Accepted,
}

/// One rule of the gate that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateFailure {
    /// The rule's name: `county_missing`, `county_change`, `total_drop`, `null_rate`, `quarantine_rate`,
    /// `unknown_status`, `history_loss`, `purge_watch`, ….
    pub rule: String,
    /// One sentence with the figures.
    pub detail: String,
}

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Gate {
    /// The answer.
    pub status: GateStatus,
    /// What failed, also after acceptance.
    pub failed: Vec<GateFailure>,
    /// The reason given by whoever accepted a held load.
    pub accepted_reason: Option<String>,
}

/// What `hustings load --json` prints, also on exit 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LoadSummary {
    /// `<date>-<digest>`.
    pub snapshot: String,
    /// `nc`.
    pub state: String,
    /// The list's own date, ISO.
    pub as_of: String,
    /// Layout name and version.
    pub layout: String,
    /// Every file of the delivery.
    pub files: Vec<FileReport>,
    /// Voter rows only.
    pub rows: RowCounts,
    /// Losing rows among those with one id.
    pub duplicate_ids: u64,
    /// Repairs of voter and vote rows by rule.
    pub repairs: Counts,
    /// Quarantined voter and vote rows by rule.
    pub quarantine: Counts,
    /// Vote history.
    pub votes: VoteCounts,
    /// The gate.
    pub gate: Gate,
    /// Changes against the predecessor, by kind; every kind present.
    pub changes: Counts,
    /// Households.
    pub households: u64,
    /// Wall time of the load.
    pub seconds: f64,
    /// Peak resident memory of the process.
    pub peak_memory_bytes: u64,
}

/// The whole load report (`report.json`): the summary and the nine parts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LoadReport {
    /// Version of this form.
    pub version: u32,
    /// When the load ended, RFC 3339.
    pub loaded_at: String,
    /// The snapshot compared with, if any.
    pub predecessor: Option<String>,
    /// What of the program and the layout changed since the predecessor, such as `the program changed since the snapshot
    /// before`: differences may come from how the list is read. None when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading_changed: Option<String>,
    /// What `load --json` prints.
    pub summary: LoadSummary,
    /// What is doubtful about the delivery before a row of it is read, each a rule of the gate that fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<GateFailure>,
    /// Sentences a reader must see: unconfirmed layout, missing or unknown columns, placeholder dates found.
    pub warnings: Vec<String>,
    /// Part 2: examples of quarantined rows by rule, masked: no names, no street.
    pub quarantine_samples: BTreeMap<String, Vec<String>>,
    /// Part 3: per county.
    pub counties: Vec<CountyReport>,
    /// Part 3: voters on the list by value, for `status`, `party`, `race`, `ethnicity`, `gender`, `age_band`.
    pub breakdowns: BTreeMap<String, Vec<ValueCount>>,
    /// Part 4: per column.
    pub columns: Vec<ColumnReport>,
    /// Part 5: changes by kind and county: `changes_by_county[kind][county]`.
    pub changes_by_county: BTreeMap<String, Counts>,
    /// Part 5: counties and groups in which an unusual number left the list or became inactive.
    pub purge_watch: Vec<PurgeAlarm>,
    /// Part 5: votes which voters still on the list gained and lost.
    pub history: HistoryReport,
    /// Part 5: votes now and before, by election.
    pub elections: Vec<ElectionReport>,
    /// Part 6: addresses.
    pub addresses: AddressReport,
    /// Part 7: how rows found their voter.
    pub identity: IdentityReport,
    /// Part 8: universes and turfs whose size moves; empty until they exist.
    pub downstream: Vec<String>,
    /// On-disk size of the snapshot by file, in bytes.
    pub sizes: Counts,
}

/// Part 3: one county now and before.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CountyReport {
    /// Upper-case name.
    pub county: String,
    /// Voters on the list now (dropped ones not counted).
    pub now: u64,
    /// Voters in the predecessor.
    pub before: u64,
    /// Robust z-score of the relative change among the counties of this load; 0 on a first load.
    pub z: f64,
    /// New voters.
    pub new: u64,
    /// Dropped voters.
    pub dropped: u64,
    /// Active to inactive.
    pub became_inactive: u64,
    /// Rows held back whose county could be read.
    pub quarantined: u64,
}

/// A value and how many voters have it now and had it before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ValueCount {
    /// The canonical value; empty for none.
    pub value: String,
    /// Now.
    pub now: u64,
    /// In the predecessor.
    pub before: u64,
}

/// Part 4: one column of `voters.parquet`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ColumnReport {
    /// Canonical name.
    pub column: String,
    /// Rows without a value.
    pub nulls: u64,
    /// Rows without a value in the predecessor.
    pub nulls_before: u64,
    /// Distinct values: exact to 4,096, estimated above.
    pub distinct: u64,
    /// Longest value in characters.
    pub length_max: u64,
    /// The most frequent values of columns with few values.
    pub top: Vec<ValueCount>,
    /// Codes which no code map knows, with their counts.
    pub unknown_codes: Counts,
    /// Values that do not fit the column's type; kept raw.
    pub invalid: u64,
    /// Population stability index against the predecessor, for columns with few values.
    pub drift: f64,
}

/// Part 5: one alarm of the purge watch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PurgeAlarm {
    /// The county.
    pub county: String,
    /// `dropped`, `became_inactive` or `removed`.
    pub kind: String,
    /// Voters concerned.
    pub count: u64,
    /// Share of the county's voters before, 0 to 1.
    pub share: f64,
    /// Robust z-score against the county's own weeks and the other counties.
    pub z: f64,
    /// Inside the 90 days before a federal election (NVRA quiet period).
    pub quiet_period: bool,
    /// Who: counts by `party:DEM`, `age_band:18-24`, `race:black`, `last_vote:2024`.
    pub split: Counts,
}

/// Part 5: the vote history of voters who are on both lists.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryReport {
    /// The delivery had vote history; otherwise votes were carried over.
    pub delivered: bool,
    /// Votes in the predecessor, orphans included.
    pub votes_before: u64,
    /// Votes that were not there before.
    pub votes_gained: u64,
    /// Votes that were there before and are missing now, those not counted which damaged rows may have told.
    pub votes_lost: u64,
    /// Votes that stay as they were, because a damaged row of the history may have told them.
    #[serde(default)]
    pub votes_kept: u64,
}

/// Part 5: one election.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ElectionReport {
    /// ISO date.
    pub date: String,
    /// The state's name of it.
    pub name: String,
    /// Votes now.
    pub now: u64,
    /// Votes in the predecessor.
    pub before: u64,
}

/// Part 6.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AddressReport {
    /// Voters by kind of residence address.
    pub kinds: Counts,
    /// Voters by the parser's confidence.
    pub quality: Counts,
    /// Street names not seen in the predecessor, the most frequent ones.
    pub new_streets: Vec<ValueCount>,
}

/// Part 7.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IdentityReport {
    /// Linked by the state's id.
    pub by_state_id: u64,
    /// Linked by a legacy or county id.
    pub by_legacy_id: u64,
    /// Under another id of the state's than before, and linked by what else is known: name, address, birth date.
    pub by_match: u64,
    /// Of these, by what: `ADGN`, `ADN`, `DGN`, `ADG` (exactly equal address, birth date, gender, name) or `model`.
    #[serde(default)]
    pub by_match_rules: Counts,
    /// New ones who may be somebody who left under another id: not linked, and told among the changes.
    #[serde(default)]
    pub possible: u64,
    /// Ids that name another person than before, an alarm: the one before has left, and the one now is new.
    #[serde(default)]
    pub id_reused: u64,
    /// Voters under the same id of whom name and birth date make it doubtful: an alarm.
    #[serde(default)]
    pub id_doubtful: u64,
    /// Seen for the first time.
    pub new: u64,
    /// Back after having been dropped.
    pub returned: u64,
    /// Voters whose state id changed.
    pub id_changed: u64,
    /// Voters whose row was held back this time: kept as they were in the predecessor, not dropped.
    pub kept_from_predecessor: u64,
}
