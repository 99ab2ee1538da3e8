//! A synthetic North Carolina, week by week.
//!
//! Every voter is a pure function of (seed, number, week), so lists of any size are written as a stream, and what changed
//! from one week to the next is found by comparing the voter's two rows.
//!
//! Folders: `<out>/<date>/` is the delivery (`ncvoter_Statewide.txt`, `ncvhis_Statewide.txt`, `absentee_YYYYMMDD.csv`), and
//! `<out>/truth/<date>.…` says what is true of it: `changes.tsv`, `dirt.tsv`, `duplicates.tsv`, `history-dirt.tsv`,
//! `summary.json`. The changes are those of the undamaged rows: to compare a load with them, leave out the ids that
//! `dirt.tsv` of either week names.

mod address;
mod ballots;
mod county;
pub mod dirt;
mod geography;
mod history;
mod household;
mod lines;
pub(super) mod names;
mod population;
mod render;
pub mod row;
pub mod truth;
mod voter;
mod week;

use jiff::civil::Date;
use std::io;
use std::path::{Path, PathBuf};

/// What to write.
#[derive(Debug, Clone, PartialEq)]
pub struct NcOptions {
    /// Voters on the first list. From 100 on every county has at least one.
    pub voters: u64,
    /// Another seed, another state.
    pub seed: u64,
    /// Weekly lists to write; the second has the changes since the first, and so on.
    pub weeks: u32,
    /// Share of rows that are damaged, 0 to 1, spread evenly over the kinds of [`dirt::Damage`].
    pub dirt: f64,
    /// Date of the first list.
    pub first_as_of: Date,
    /// What goes wrong in the last of several weeks.
    pub trouble: Trouble,
}

/// Things that a load gate must notice; they happen in the last week and only if it is not the first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trouble {
    /// County name, and the share of its voters who vanish or are marked removed, half and half.
    pub purge: Option<(String, f64)>,
    /// Share of the votes of earlier weeks that are missing.
    pub history_loss: f64,
    /// County name that is missing altogether.
    pub drop_county: Option<String>,
    /// Voters who carry a status code that no document knows.
    pub unknown_status: u64,
    /// Share of the voters to whom the state gives another id.
    pub new_ids: f64,
    /// Ids of voters who have left that the state gives to as many newcomers.
    pub reused_ids: u64,
}

impl Default for NcOptions {
    fn default() -> Self {
        Self {
            voters: 100_000,
            seed: 1,
            weeks: 2,
            dirt: 0.0,
            first_as_of: jiff::civil::date(2026, 4, 4),
            trouble: Trouble::default(),
        }
    }
}

/// What was written for one week.
#[derive(Debug, Clone)]
pub struct WeekFiles {
    /// The list's date.
    pub as_of: Date,
    /// The delivery: what a data director would receive.
    pub folder: PathBuf,
    /// `ncvoter_Statewide.txt`.
    pub voters: PathBuf,
    /// `ncvhis_Statewide.txt`.
    pub history: PathBuf,
    /// `absentee_YYYYMMDD.csv`.
    pub ballots: PathBuf,
    /// Beside the delivery.
    pub truth: TruthFiles,
    /// The figures of `summary.json`.
    pub summary: truth::Summary,
}

/// Paths of the truth.
#[derive(Debug, Clone)]
pub struct TruthFiles {
    /// `ncid, kind, old, new`.
    pub changes: PathBuf,
    /// `kind, before, now`: `new_id` with a voter's two ids, and `reused` with the id and no other person's.
    pub identity: PathBuf,
    /// `ncid, line, kind, expected`; the line is the physical one, counted from 1, on which the damage begins.
    pub dirt: PathBuf,
    /// `ncid, kept_line, losing_line, kind`.
    pub duplicates: PathBuf,
    /// As `dirt`, of the history file.
    pub history_dirt: PathBuf,
    /// [`truth::Summary`] as JSON.
    pub summary: PathBuf,
}

/// Writes all weeks under `out_dir`, and reports voters done and to be done.
///
/// # Errors
/// When a folder or file cannot be written, and when an option names a county that North Carolina does not have.
pub fn write_weeks(
    options: &NcOptions,
    out_dir: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> io::Result<Vec<WeekFiles>> {
    let state = week::State::new(options)?;
    let total = state.total();
    let mut done = 0;
    (0..options.weeks)
        .map(|week| {
            state.write(week, out_dir, &mut |more| {
                done += more;
                progress(done.min(total), total);
            })
        })
        .collect()
}
