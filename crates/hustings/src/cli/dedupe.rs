//! `hustings dedupe`: the doubles of a list.

use super::Options;
use super::exit::CliError;
use super::matching::{column, expected, print_notes, share, under_a_scope};
use super::output::print_json;
use crate::matching::{Dedupe, DedupeReport, Place, Source, Under, run_dedupe};
use crate::out;
use hustings_voterfile::gate::thousands;
use std::path::PathBuf;
use std::process::ExitCode;

/// Find which rows of a list are one person
#[derive(Debug, clap::Args)]
pub struct DedupeVerb {
    /// The list: csv, parquet, xlsx, or a snapshot as nc or nc@2026-11-14 (a file of that name: ./nc)
    #[arg(value_name = "FILE")]
    file: Place,
    /// The file of clusters to write: csv or parquet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Column that names the rows; the number of the row, from 0, or the voter's key when not given
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Sheet of a spreadsheet; the first when not given
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// A file of pairs to write as well
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// The clusters of an earlier run: clusters keep their ids
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// A file of what changed since then to write, by which it can be undone
    #[arg(long, value_name = "FILE", requires = "previous")]
    events: Option<PathBuf>,
    /// What columns are, where their headers do not say it, such as `last_name=maiden`; `ignore=note` leaves one out
    #[arg(long, value_delimiter = ',', value_parser = column, value_name = "CANONICAL=HEADER")]
    columns: Vec<(String, String)>,
    /// The share of pairs within clusters that is to be right
    #[arg(long, default_value_t = 0.99, value_parser = share, value_name = "SHARE")]
    precision: f64,
}

/// Finds doubles.
///
/// # Errors
/// A file cannot be read or written, or its columns cannot be compared.
pub fn run(options: &Options, verb: &DedupeVerb) -> Result<ExitCode, CliError> {
    let question = Dedupe {
        list: Source { place: verb.file.clone(), id: verb.id.clone(), sheet: verb.sheet.clone() },
        columns: verb.columns.clone(),
        precision: verb.precision,
        out: verb.out.clone(),
        pairs: verb.pairs.clone(),
        previous: verb.previous.clone(),
        events: verb.events.clone(),
    };
    let search = async |under: Option<Under<'_, '_>>| run_dedupe(&question, under).await;
    let report = under_a_scope(options, &[&question.list], search)?;
    if options.json {
        print_json(&report)?;
    } else {
        print_report(&report);
    }
    Ok(ExitCode::SUCCESS)
}

impl DedupeVerb {
    /// Whether it reads voters of the data folder, which leaves records.
    #[must_use]
    pub fn acts(&self) -> bool {
        self.file.is_snapshot()
    }
}

fn print_report(report: &DedupeReport) {
    out!(
        "{} rows are {} people: {} have several rows (at most {}), in {:.1} s",
        thousands(report.rows),
        thousands(report.clusters),
        thousands(report.clusters_of_several),
        thousands(report.largest_cluster),
        report.seconds
    );
    out!(
        "  expected: {}; {} pairs for review",
        expected(
            (report.accepted, "the pairs within clusters", "in clusters"),
            report.estimated_precision,
            report.estimated_recall
        ),
        thousands(report.review)
    );
    print_notes(&report.notes);
    out!("  compared: {}", report.columns.compared.join(", "));
    let taken: Vec<String> =
        report.columns.left.iter().map(|(header, role)| format!("{header} = {role}")).collect();
    out!("  {}", taken.join(", "));
    out!("  {}", report.out.display());
}
