//! `hustings snapshots`, `report`, `changes`, `quarantine`: reading what loads have left.

use super::Options;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::load::print_summary;
use super::output::print_json;
use super::printable::{printable, shortened, terminal_width, text_of};
use crate::out;
use hustings_access::Purpose;
use hustings_core::StateCode;
use hustings_store::{ChangeFilter, QuarantineFilter, SnapshotStatus};
use hustings_voterfile::change::ChangeKind;
use hustings_voterfile::gate::{DUPLICATE_ID, thousands};
use hustings_voterfile::record::QuarantineRule;
use hustings_voterfile::report::LoadReport;
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
    block_on(async {
        let context = Context::open(options, Purpose::Read).await?;
        if !crate::pages::words::is_state(verb.state) {
            return Err(CliError::input(format!(
                "`{}` is no state: expected two letters such as nc",
                verb.state
            )));
        }
        let snapshots = context.store.snapshots(&context.scope, verb.state).await?;
        if options.json {
            return print_json(&serde_json::json!({ "state": verb.state, "snapshots": snapshots }));
        }
        if snapshots.is_empty() {
            out!(
                "No snapshot of {} yet. `hustings load PATH --state {}` makes the first.",
                verb.state,
                verb.state
            );
        }
        for snapshot in snapshots {
            let mark = match snapshot.status {
                _ if snapshot.is_current => "current",
                SnapshotStatus::Published => "",
                SnapshotStatus::Held => "held",
                SnapshotStatus::Discarded => "discarded",
                SnapshotStatus::Undone => "undone",
            };
            out!(
                "{:24} {:9} {:>12} voters  {}",
                snapshot.id,
                mark,
                thousands(snapshot.voters),
                snapshot.layout
            );
        }
        Ok(())
    })?;
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
    block_on(async {
        let context = Context::open(options, Purpose::Read).await?;
        let snapshot = context.snapshot(verb.state, verb.snapshot.as_deref()).await?;
        let report = context.store.report(&context.scope, &snapshot)?;
        if options.json {
            return print_json(&report);
        }
        print_summary(&report);
        Ok(())
    })?;
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
    block_on(async {
        let context = Context::open(options, Purpose::Read).await?;
        let snapshot = context.snapshot(verb.state, verb.snapshot.as_deref()).await?;
        let report = context.store.report(&context.scope, &snapshot)?;
        check_change_filter(verb, &report)?;
        let filter = ChangeFilter { kind: verb.kind.clone(), county: verb.county.clone(), voter: None };
        let confidential = context.store.confidential(&context.scope, verb.state).await?;
        let page = context.store.changes(
            &context.scope,
            &snapshot,
            &confidential,
            &filter,
            verb.offset,
            verb.limit,
        )?;
        if options.json {
            return print_json(&serde_json::json!({
                "snapshot": snapshot.id, "state": verb.state, "counts": report.summary.changes,
                "total": page.total, "offset": page.offset, "changes": page.rows,
            }));
        }
        for named in &page.rows {
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
        }
        out!("{} of {}", page.rows.len(), thousands(page.total));
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A misspelled kind or county must not look like a week in which nothing happened.
fn check_change_filter(verb: &Changes, report: &LoadReport) -> Result<(), CliError> {
    if let Some(kind) = &verb.kind
        && !ChangeKind::ALL.iter().any(|known| known.as_str() == kind)
    {
        let known: Vec<&str> = ChangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        return Err(CliError::input(format!(
            "unknown kind of change `{kind}`: expected one of {}",
            known.join(", ")
        )));
    }
    if let Some(county) = &verb.county
        && !report.counties.iter().any(|known| known.county.eq_ignore_ascii_case(county.trim()))
    {
        return Err(CliError::input(format!("no county `{county}` in snapshot {}", report.summary.snapshot)));
    }
    Ok(())
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
    let rules = || QuarantineRule::ALL.iter().map(|rule| rule.name()).chain([DUPLICATE_ID]);
    if let Some(rule) = verb.rule.as_ref().filter(|rule| !rules().any(|known| known == rule.as_str())) {
        let known: Vec<&str> = rules().collect();
        return Err(CliError::input(format!("unknown rule `{rule}`: expected one of {}", known.join(", "))));
    }
    block_on(async {
        let context = Context::open(options, Purpose::Read).await?;
        let snapshot = context.snapshot(verb.state, verb.snapshot.as_deref()).await?;
        let filter = QuarantineFilter { rule: verb.rule.clone(), kind: verb.kind.clone(), file: None };
        let confidential = context.store.confidential(&context.scope, verb.state).await?;
        let page = context.store.quarantine(
            &context.scope,
            &snapshot,
            &confidential,
            &filter,
            verb.offset,
            verb.limit,
        )?;
        if options.json {
            let counts = context.store.report(&context.scope, &snapshot)?.summary.quarantine;
            return print_json(&serde_json::json!({
                "snapshot": snapshot.id, "state": verb.state, "counts": counts,
                "total": page.total, "offset": page.offset, "rows": page.rows,
            }));
        }
        let width = terminal_width();
        for row in &page.rows {
            let said = format!(
                "{} line {}: {}: {}",
                row.file,
                row.line,
                row.rule,
                row.detail.as_deref().unwrap_or("")
            );
            out!("{}", printable(&said));
            let Some(bytes) = &row.bytes else {
                out!("  withheld: {}", row.withheld.unwrap_or_default());
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
        out!("{} of {}", page.rows.len(), thousands(page.total));
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
