//! `hustings snapshots`, `report`, `changes`, `quarantine`: reading what loads have left.

use super::Options;
use super::ask::ask;
use super::exit::CliError;
use super::load::print_summary;
use super::output::print_json;
use super::printable::{printable, shortened, terminal_width, text_of};
use crate::ask::voterfile::{ListChanges, ListQuarantine, ListSnapshots, ShowReport};
use crate::out;
use hustings_core::StateCode;
use hustings_store::SnapshotStatus;
use hustings_voterfile::gate::thousands;
use std::process::ExitCode;

/// List the snapshots of a state, the newest first
#[derive(Debug, clap::Args)]
pub struct Snapshots {
    /// Whose snapshots, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
}

/// Lists them.
///
/// # Errors
/// The data folder cannot be read.
pub fn list(options: &Options, verb: &Snapshots) -> Result<ExitCode, CliError> {
    let list = ask(options, &ListSnapshots { state: verb.state })?;
    if options.json {
        print_json(&list)?;
        return Ok(ExitCode::SUCCESS);
    }
    if list.snapshots.is_empty() {
        out!(
            "No snapshot of {} yet. `hustings load PATH --state {}` makes the first.",
            verb.state,
            verb.state
        );
    }
    for snapshot in list.snapshots {
        let mark = match snapshot.status {
            _ if snapshot.is_current => "current",
            SnapshotStatus::Published => "",
            SnapshotStatus::Held => "held",
            SnapshotStatus::Discarded => "discarded",
            SnapshotStatus::Undone => "undone",
        };
        out!("{:24} {:9} {:>12} voters  {}", snapshot.id, mark, thousands(snapshot.voters), snapshot.layout);
    }
    Ok(ExitCode::SUCCESS)
}

/// Show the report of a load
#[derive(Debug, clap::Args)]
pub struct Report {
    /// The snapshot; the current one when not given
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    /// Whose, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
}

/// Shows it.
///
/// # Errors
/// There is no such snapshot.
pub fn report(options: &Options, verb: &Report) -> Result<ExitCode, CliError> {
    let report = ask(options, &ShowReport { state: verb.state, snapshot: verb.snapshot.clone() })?;
    if options.json {
        print_json(&report)?;
        return Ok(ExitCode::SUCCESS);
    }
    print_summary(&report);
    Ok(ExitCode::SUCCESS)
}

/// Show what changed against the snapshot before
#[derive(Debug, clap::Args)]
pub struct Changes {
    /// The snapshot; the current one when not given
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    /// Whose, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
    /// Only this kind, such as moved_county
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only this county
    #[arg(long, value_name = "COUNTY")]
    county: Option<String>,
    /// Leave out so many first
    #[arg(long, default_value_t = 0, value_name = "N")]
    offset: u64,
    /// At most so many
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    limit: usize,
}

/// Shows them.
///
/// # Errors
/// There is no such snapshot.
pub fn changes(options: &Options, verb: &Changes) -> Result<ExitCode, CliError> {
    let question = ListChanges {
        state: verb.state,
        snapshot: verb.snapshot.clone(),
        kind: verb.kind.clone(),
        county: verb.county.clone(),
        offset: verb.offset,
        limit: verb.limit,
    };
    let list = ask(options, &question)?;
    if options.json {
        print_json(&list)?;
        return Ok(ExitCode::SUCCESS);
    }
    for named in &list.changes {
        let row = &named.change;
        out!(
            "{:12} {:24} {:22} {:14} {} -> {}",
            row.state_voter_id.as_deref().unwrap_or(""),
            printable(named.name.as_deref().unwrap_or("")),
            row.kind,
            row.county_name.as_deref().unwrap_or(""),
            printable(row.old.as_deref().unwrap_or("")),
            printable(row.new.as_deref().unwrap_or(""))
        );
        if let Some(reason) = &row.reason {
            out!("{:12} {}", "", printable(reason));
        }
    }
    out!("{} of {}", list.changes.len(), thousands(list.total));
    Ok(ExitCode::SUCCESS)
}

/// Show the rows that were held back, and why
#[derive(Debug, clap::Args)]
pub struct Quarantine {
    /// The snapshot; the current one when not given
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    /// Whose, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
    /// Only this rule, such as short_row
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Only from this kind of file
    #[arg(long, value_name = "KIND", value_parser = ["voters", "voters_and_history", "history", "ballots"])]
    kind: Option<String>,
    /// Leave out so many first
    #[arg(long, default_value_t = 0, value_name = "N")]
    offset: u64,
    /// At most so many
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    limit: usize,
}

/// Shows them.
///
/// # Errors
/// There is no such snapshot.
pub fn quarantine(options: &Options, verb: &Quarantine) -> Result<ExitCode, CliError> {
    let question = ListQuarantine {
        state: verb.state,
        snapshot: verb.snapshot.clone(),
        rule: verb.rule.clone(),
        kind: verb.kind.clone(),
        offset: verb.offset,
        limit: verb.limit,
    };
    let list = ask(options, &question)?;
    if options.json {
        print_json(&list)?;
        return Ok(ExitCode::SUCCESS);
    }
    let width = terminal_width();
    for row in &list.rows {
        let said =
            format!("{} line {}: {}: {}", row.file, row.line, row.rule, row.detail.as_deref().unwrap_or(""));
        out!("{}", printable(&said));
        let Some(bytes) = &row.bytes else {
            out!("  withheld: {}", row.withheld.as_deref().unwrap_or_default());
            continue;
        };
        out!(
            "  {}",
            shortened(
                printable(&text_of(bytes)).trim_end_matches('↵'),
                width.map(|width| width.saturating_sub(2))
            )
        );
    }
    out!("{} of {}", list.rows.len(), thousands(list.total));
    Ok(ExitCode::SUCCESS)
}
