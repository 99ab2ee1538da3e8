//! `hustings voter`: one voter, every value with its source, and the history over snapshots.

use super::Options;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::output::print_json;
use crate::out;
use hustings_access::Purpose;
use hustings_core::StateCode;
use hustings_store::{SnapshotStatus, ValueSource, VoterRecord, VoterSelector};
use jiff::civil::Date;
use std::process::ExitCode;

/// Show one voter: every value with its source, votes, and changes over snapshots
#[derive(Debug, clap::Args)]
pub struct Voter {
    /// The state's id of the voter
    #[arg(value_name = "STATE_VOTER_ID")]
    id: String,
    /// Whose list, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
    /// As the list of this day or the last one before it has the voter
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    as_of: Option<Date>,
}

/// Shows the voter.
///
/// # Errors
/// There is no such voter.
pub fn run(options: &Options, verb: &Voter) -> Result<ExitCode, CliError> {
    let found = block_on(async {
        let context = Context::open(options, Purpose::Read).await?;
        let selector = VoterSelector::StateId(&verb.id);
        if let Some(date) = verb.as_of {
            let snapshots = context.store.snapshots(&context.scope, verb.state).await?;
            let published = snapshots.iter().filter(|one| one.status == SnapshotStatus::Published);
            if let Some(first) = published.map(|one| one.as_of).min().filter(|first| date < *first) {
                return Err(CliError::input(format!(
                    "no list of {} is as old as {date}: the first is of {first}",
                    verb.state
                )));
            }
        }
        Ok(context.store.voter(&context.scope, verb.state, verb.as_of, selector).await?)
    })?;
    let voter = found.ok_or_else(|| CliError::input(format!("no voter `{}` in {}", verb.id, verb.state)))?;
    if options.json {
        print_json(&voter)?;
    } else {
        print_voter(&voter);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_voter(voter: &VoterRecord) {
    out!("Snapshot {} of {}", voter.snapshot, voter.as_of);
    if voter.confidential {
        out!("CONFIDENTIAL: no address is shown, and no list holds this voter");
    }
    if let Some(date) = &voter.dropped_at {
        out!("No longer on the list since {date}");
    }
    for value in &voter.values {
        out!("  {:28} {:36} {}", value.column, value.value, source(&value.source));
    }
    out!("{} votes", voter.votes.len());
    for vote in &voter.votes {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        out!(
            "  {:12} {:14} {:4} {}",
            text(&vote.election_date),
            text(&vote.method),
            text(&vote.party),
            text(&vote.election_name)
        );
    }
    out!("{} changes", voter.changes.len());
    for change in &voter.changes {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        out!(
            "  {} {:22} {} -> {}",
            change.as_of,
            change.change.kind,
            text(&change.change.old),
            text(&change.change.new)
        );
    }
}

fn source(source: &ValueSource) -> String {
    match source {
        ValueSource::StateList { file, line, header, .. } => format!(
            "{} line {}, column {}",
            file.as_deref().unwrap_or("the state's list"),
            line.unwrap_or(0),
            header.as_deref().unwrap_or("?")
        ),
        ValueSource::Derived { from, .. } => format!("from {}", from.join(", ")),
        ValueSource::Overlay { owner, append, .. } => format!("{owner}, append {append}"),
    }
}
