//! `hustings match`: links a list to another, and explains a pair.

use super::Options;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::output::print_json;
use crate::matching::explain::{Explanation, explain};
use crate::matching::{Match, MatchError, MatchReport, Place, Source, Under, run_match};
use crate::out;
use hustings_access::verb::Read;
use hustings_access::{Act, Request};
use hustings_core::StateCode;
use hustings_matching::decide::OneToOne;
use hustings_matching::explain::Waterfall;
use hustings_voterfile::gate::thousands;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Find for each row of a list its row in another, with reasons
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct MatchVerb {
    /// The list whose rows look for their match: csv, parquet, xlsx, or a snapshot as nc or nc@2026-11-14 (a file of that name: ./nc)
    #[arg(required = true, value_name = "LEFT")]
    left: Option<Place>,
    /// The list in which they look
    #[arg(required = true, value_name = "RIGHT")]
    right: Option<Place>,
    /// The file of pairs to write: csv or parquet
    #[arg(long, required = true, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Which rows are used once: none, left, right or both
    #[arg(long, default_value = "none", value_parser = one_to_one, value_name = "SIDE")]
    one_to_one: OneToOne,
    /// Column that names the rows of LEFT; the number of the row, from 0, or a voter's key when not given
    #[arg(long, value_name = "COLUMN")]
    left_id: Option<String>,
    /// Column that names the rows of RIGHT
    #[arg(long, value_name = "COLUMN")]
    right_id: Option<String>,
    /// Sheet of LEFT, a spreadsheet; the first when not given
    #[arg(long, value_name = "NAME")]
    left_sheet: Option<String>,
    /// Sheet of RIGHT
    #[arg(long, value_name = "NAME")]
    right_sheet: Option<String>,
    /// What columns are, where their headers do not say it, such as `last_name=maiden`; `ignore=note` leaves one out
    #[arg(long, value_delimiter = ',', value_parser = column, value_name = "CANONICAL=HEADER")]
    columns: Vec<(String, String)>,
    /// The share of accepted pairs that is to be right
    #[arg(long, default_value_t = 0.99, value_parser = share, value_name = "SHARE")]
    precision: f64,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show why a pair of an earlier run weighs what it weighs
    Explain(Explain),
}

#[derive(Debug, clap::Args)]
struct Explain {
    /// Id of the left row
    left_id: String,
    /// Id of the right row
    right_id: String,
    /// The file that the run wrote
    #[arg(long, value_name = "OUT")]
    run: PathBuf,
}

/// Links, or explains.
///
/// # Errors
/// A file cannot be read or written, its columns cannot be compared, or there is no such pair.
pub fn run(options: &Options, verb: &MatchVerb) -> Result<ExitCode, CliError> {
    if let Some(What::Explain(pair)) = &verb.what {
        let explanation = explain(&pair.run, &pair.left_id, &pair.right_id)?;
        print_notes(&explanation.notes);
        if options.json {
            print_json(&explanation)?;
        } else {
            print_explanation(&explanation);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(left), Some(right), Some(out)) = (&verb.left, &verb.right, &verb.out) else {
        return Err(CliError::input("expected two lists and --out"));
    };
    let question = Match {
        left: Source { place: left.clone(), id: verb.left_id.clone(), sheet: verb.left_sheet.clone() },
        right: Source { place: right.clone(), id: verb.right_id.clone(), sheet: verb.right_sheet.clone() },
        columns: verb.columns.clone(),
        one_to_one: verb.one_to_one,
        precision: verb.precision,
        out: out.clone(),
    };
    let link = async |under: Option<Under<'_, '_>>| run_match(&question, under).await;
    let report = under_a_scope(options, &[&question.left, &question.right], link)?;
    if options.json {
        print_json(&report)?;
    } else {
        print_report(&report);
    }
    Ok(ExitCode::SUCCESS)
}

/// Does something with lists: within a scope when one of them is a snapshot.
///
/// # Errors
/// It is refused, or what is done fails.
pub(super) fn under_a_scope<R>(
    options: &Options,
    lists: &[&Source],
    work: impl AsyncFn(Option<Under<'_, '_>>) -> Result<R, MatchError>,
) -> Result<R, CliError> {
    let states: BTreeSet<StateCode> = lists.iter().filter_map(|list| list.state()).collect();
    let request = match states.first() {
        None => return block_on(async { Ok(work(None).await?) }),
        Some(state) if states.len() == 1 => Request::voters_of(*state),
        Some(_) => Request::all_voters(),
    };
    block_on(async {
        let context = Context::open(options).await?;
        let work =
            async |act: &Act<'_, Read>| Ok(work(Some(Under { store: &context.store, scope: act })).await?);
        context.act(request, work).await
    })
}

impl MatchVerb {
    /// Whether it reads voters of the data folder, which leaves records.
    #[must_use]
    pub fn acts(&self) -> bool {
        [&self.left, &self.right].into_iter().flatten().any(Place::is_snapshot)
    }
}

fn print_report(report: &MatchReport) {
    let pairs = match report.accepted == report.left_rows_linked {
        true => String::new(),
        false => format!(" in {} pairs", thousands(report.accepted)),
    };
    out!(
        "{} of {} rows linked{pairs}, {} pairs for review, {} compared, in {:.1} s",
        thousands(report.left_rows_linked),
        thousands(report.left_rows),
        thousands(report.review),
        thousands(report.pairs),
        report.seconds
    );
    out!(
        "  expected: {}",
        expected(
            (report.accepted, "the accepted pairs", "accepted"),
            report.estimated_precision,
            report.estimated_recall
        )
    );
    out!("  compared: {}", report.columns.compared.join(", "));
    for (side, columns) in [("left", &report.columns.left), ("right", &report.columns.right)] {
        let taken: Vec<String> = columns.iter().map(|(header, role)| format!("{header} = {role}")).collect();
        out!("  {side:<5} {}", taken.join(", "));
    }
    print_notes(&report.notes);
    if report.duplicate_ids > 0 {
        out!("  {} rows have an id that an earlier row of their list has", thousands(report.duplicate_ids));
    }
    if report.rows_at_candidate_limit > 0 {
        out!(
            "  {} rows share keys with more rows than were compared",
            thousands(report.rows_at_candidate_limit)
        );
    }
    if report.lists_cut > 0 {
        out!(
            "  {} times more rows share a key than are looked through; 200 of them were",
            thousands(report.lists_cut)
        );
    }
    out!("  {}", report.out.display());
}

/// What is expected of pairs, which are so called and in such a place; nothing of none.
pub(super) fn expected((pairs, which, place): (u64, &str, &str), precision: f64, recall: f64) -> String {
    let recall = recall * 100.0;
    match pairs {
        0 => format!("{recall:.1} % of the true pairs are {place}"),
        _ => format!(
            "{:.2} % of {which} are right, {recall:.1} % of the true pairs are {place}",
            precision * 100.0
        ),
    }
}

/// What the user should know of how lists were read.
pub(super) fn print_notes(notes: &[String]) {
    for note in notes {
        eprintln!("hustings: {note}");
    }
}

fn print_explanation(explanation: &Explanation) {
    out!("{} and {}", explanation.left_id, explanation.right_id);
    print_waterfall(&explanation.waterfall);
}

/// The waterfall as text: a bar a comparison, four bits a mark.
pub(super) fn print_waterfall(waterfall: &Waterfall) {
    for step in &waterfall.steps {
        let marks = (step.bits.abs() / 2.0).round().min(20.0);
        let bar: String =
            std::iter::repeat_n(if step.bits < 0.0 { '-' } else { '+' }, whole(marks)).collect();
        out!("  {:14} {:32} {:>8.2}  {bar}", step.comparison, step.level, step.bits);
    }
    out!("  {:14} {:32} {:>8.2}  probability {:.4}", "sum", "", waterfall.bits, waterfall.probability);
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 20")]
fn whole(marks: f64) -> usize {
    marks as usize
}

fn one_to_one(text: &str) -> Result<OneToOne, String> {
    Ok(match text {
        "none" => OneToOne::None,
        "left" => OneToOne::Left,
        "right" => OneToOne::Right,
        "both" => OneToOne::Both,
        _ => return Err(format!("expected none, left, right or both, got `{text}`")),
    })
}

/// `canonical=header`.
pub(super) fn column(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((word, header)) if !word.trim().is_empty() && !header.trim().is_empty() => {
            Ok((word.trim().to_owned(), header.trim().to_owned()))
        }
        _ => Err(format!("expected CANONICAL=HEADER, got `{text}`")),
    }
}

/// A share of pairs.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.5..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("expected a share from 0.5 to 1, got `{text}`")),
    }
}

impl From<MatchError> for CliError {
    fn from(error: MatchError) -> Self {
        match error {
            MatchError::Store(error) => error.into(),
            MatchError::Columns { .. } | MatchError::Input(_) => Self::input(error),
        }
    }
}
