//! `hustings voter`: one voter, every value with its source, and the history over snapshots.

use super::Options;
use super::ask::ask;
use super::exit::CliError;
use super::output::print_json;
use crate::ask::voterfile::ShowVoter;
use crate::out;
use hustings_core::StateCode;
use hustings_store::{ValueSource, VoterRecord};
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
    let question = ShowVoter { state: verb.state, id: verb.id.clone(), as_of: verb.as_of };
    let voter = ask(options, &question)?;
    if options.json {
        print_json(&voter)?;
    } else {
        print_voter(&voter);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_voter(voter: &VoterRecord) {
    out!("Snapshot {} of {}", voter.snapshot, voter.as_of);
    if voter.confidential == Some(true) {
        out!("CONFIDENTIAL: no address is shown, and no list holds this voter");
    }
    if let Some(date) = &voter.dropped_at {
        out!("No longer on the list since {date}");
    }
    for value in &voter.values {
        out!("  {:28} {:36} {}", value.column, value.value, source(&value.source));
    }
    if !voter.seen.list {
        out!("Nothing of the state's list is granted: only columns of overlays");
        return;
    }
    if voter.seen.votes {
        out!("{} votes", voter.votes.len());
    } else {
        out!("votes are not granted");
    }
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
    let seen = if voter.seen.all_columns { "" } else { " of what is granted" };
    out!("{} changes{seen}", voter.changes.len());
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
