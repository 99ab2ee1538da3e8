//! `hustings load`: a delivery in, a snapshot out; or the last one undone.

use super::Options;
use super::ask::ask;
use super::context::{Context, block_on, layouts};
use super::exit::CliError;
use super::output::print_json;
use super::progress::Bars;
use super::remote::Remote;
use crate::ask::load::{DiscardHeld, UndoLoad};
use crate::load::unlink::Unlink;
use crate::load::{LoadRequest, load_without, prepare_lookups};
use crate::out;
use hustings_access::{Act, Request, verb};
use hustings_core::{StateCode, SystemClock};
use hustings_voterfile::gate::thousands;
use hustings_voterfile::report::{GateStatus, LoadReport};
use jiff::civil::Date;
use std::path::PathBuf;
use std::process::ExitCode;

/// Load a state's delivery: files, folders, zip or gz
#[derive(Debug, clap::Args)]
pub struct Load {
    /// Files, folders or archives of one delivery
    #[arg(required_unless_present_any = ["undo", "discard_held"], value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Whose list it is, such as nc
    #[arg(long, value_name = "STATE")]
    pub state: StateCode,
    /// The list's date; from its name, else today, when not given
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    pub as_of: Option<Date>,
    /// Publish although the gate would hold the load, and say why
    #[arg(long, value_name = "REASON")]
    pub accept_held: Option<String>,
    /// Make the previous snapshot current again
    #[arg(long, conflicts_with_all = ["paths", "as_of", "accept_held"])]
    pub undo: bool,
    /// Throw a held load away: its report stays, its rows free the disk; the one held load when no SNAPSHOT is named
    #[arg(long, value_name = "SNAPSHOT", num_args = 0..=1, default_missing_value = "",
        conflicts_with_all = ["paths", "as_of", "accept_held", "undo"])]
    pub discard_held: Option<String>,
    /// Leave the preparation of look-ups by likeness to the server, or to the first of them
    #[arg(long)]
    pub lookups_later: bool,
    /// Build the current snapshot anew from its own files without the link by which a voter was followed to the id ID
    #[arg(long, value_name = "ID", requires_all = ["paths", "why"],
        conflicts_with_all = ["as_of", "accept_held", "undo", "discard_held"])]
    pub unlink: Option<String>,
    /// Why the two ids are not one person's
    #[arg(long, value_name = "REASON", requires = "unlink")]
    pub why: Option<String>,
}

/// Loads or undoes.
///
/// # Errors
/// As the load.
pub fn run(options: &Options, verb: &Load) -> Result<ExitCode, CliError> {
    if verb.accept_held.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        return Err(CliError::input("--accept-held needs a reason, and the reason given is empty"));
    }
    if let Some(id) = &verb.discard_held {
        return discard_held(options, verb.state, id);
    }
    if verb.undo { undo(options, verb) } else { load_delivery(options, verb) }
}

fn load_delivery(options: &Options, verb: &Load) -> Result<ExitCode, CliError> {
    let told = |report: &LoadReport| -> Result<(), CliError> {
        if options.json {
            print_json(&report.summary)
        } else {
            print_summary(report);
            Ok(())
        }
    };
    let report = match Remote::of(options)? {
        Some(_) if verb.unlink.is_some() => {
            return Err(CliError::input(
                "--unlink builds a snapshot anew and works where the data folder is, not over --server",
            ));
        }
        Some(remote) => {
            let bars = Bars::new();
            let loaded = remote.load(verb.state, &verb.paths, verb.as_of, verb.accept_held.clone(), &bars);
            bars.finish();
            let report = loaded?;
            told(&report)?;
            report
        }
        None => load_here(options, verb, told)?,
    };
    let held = report.summary.gate.status == GateStatus::Held;
    Ok(ExitCode::from(u8::from(held)))
}

/// Loads, and tells of it before look-ups are prepared: the list counts then.
fn load_here(
    options: &Options,
    verb: &Load,
    told: impl Fn(&LoadReport) -> Result<(), CliError>,
) -> Result<LoadReport, CliError> {
    let layouts = layouts(options.layouts.as_deref())?;
    let request = LoadRequest {
        paths: verb.paths.clone(),
        state: verb.state,
        as_of: verb.as_of,
        accept_held: verb.accept_held.clone(),
        id: None,
    };
    let why = verb.why.clone().unwrap_or_default();
    let unlink = verb.unlink.clone().map(|id| Unlink { id, why });
    block_on(async {
        let context = Context::open(options).await?;
        let bars = Bars::new();
        let run = async |act: &Act<'_, verb::Load>| {
            let (store, unlink) = (&context.store, unlink.as_ref());
            let report = load_without(store, &layouts, act, &request, unlink, &bars, &SystemClock).await?;
            bars.finish();
            told(&report)?;
            if !verb.lookups_later {
                prepare_lookups(store, act, verb.state, &bars).await;
            }
            Ok(report)
        };
        let report = context.act(Request::voters_of(verb.state), run).await?;
        bars.finish();
        Ok(report)
    })
}

fn undo(options: &Options, verb: &Load) -> Result<ExitCode, CliError> {
    let current = ask(options, &UndoLoad { state: verb.state })?;
    if options.json {
        print_json(&serde_json::to_value(&current).map_err(CliError::environment)?)?;
    } else {
        out!("The snapshot of {} is current again: {}", current.as_of, current.snapshot);
    }
    Ok(ExitCode::SUCCESS)
}

fn discard_held(options: &Options, state: StateCode, id: &str) -> Result<ExitCode, CliError> {
    let snapshot = Some(id.to_owned()).filter(|id| !id.is_empty());
    let discarded = ask(options, &DiscardHeld { state, snapshot })?;
    if options.json {
        print_json(&discarded)?;
    } else {
        out!(
            "Discarded: {}; its report stays in the list, and what is current has not changed",
            discarded.id
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The load in a few lines, the verdict first.
pub fn print_summary(report: &LoadReport) {
    let summary = &report.summary;
    let rows = &summary.rows;
    match summary.gate.status {
        GateStatus::Pass => out!("Passed: snapshot {}", summary.snapshot),
        GateStatus::Accepted => out!("Accepted: snapshot {}", summary.snapshot),
        GateStatus::Held => {
            out!(
                "Held back: snapshot {} is kept aside, and the previous one stays current",
                summary.snapshot
            );
        }
    }
    for failure in &summary.gate.failed {
        out!("  {}: {}", failure.rule, failure.detail);
    }
    out!(
        "{} voter rows: {} accepted, {} repaired, {} held back; {} households",
        thousands(rows.read),
        thousands(rows.accepted),
        thousands(rows.repaired),
        thousands(rows.quarantined),
        thousands(summary.households)
    );
    if let Some(eligible) = crate::pages::report_view::eligible(report) {
        let others = eligible.others.map(|others| format!("; {others}")).unwrap_or_default();
        out!("{} voters on the list are active or inactive{others}", eligible.count);
    }
    print_counts("repaired", &summary.repairs);
    print_counts("held back", &summary.quarantine);
    let votes = &summary.votes;
    out!("{} votes, {} of nobody on the list", thousands(votes.read), thousands(votes.orphan));
    print_counts("changes", &summary.changes);
    for warning in &report.warnings {
        out!("note: {warning}");
    }
    out!("{:.1} seconds, {} MB of memory at most", summary.seconds, summary.peak_memory_bytes >> 20);
    if summary.gate.status == GateStatus::Held {
        out!("Load the same files again with --accept-held REASON to publish it all the same,");
        out!("or throw it away with `hustings load --discard-held --state {}`.", summary.state);
    }
}

fn print_counts(title: &str, counts: &hustings_voterfile::report::Counts) {
    let counts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| format!("{} {}", thousands(*count), name.replace('_', " ")))
        .collect();
    if !counts.is_empty() {
        out!("  {title}: {}", counts.join(", "));
    }
}
