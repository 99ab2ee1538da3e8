//! `hustings synth voterfile`: deliveries of an invented state, with the truth about them.

use super::Options;
use super::exit::CliError;
use super::output::print_json;
use super::progress::Bars;
use crate::load::Progress;
use crate::out;
use hustings_core::StateCode;
use hustings_testkit::synth::nc::{NcOptions, Trouble, write_weeks};
use jiff::civil::Date;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write deliveries of an invented state
#[derive(Debug, clap::Args)]
pub struct Synth {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Weekly voter files in a state's official format, and what is true of them
    Voterfile(Voterfile),
}

#[derive(Debug, clap::Args)]
struct Voterfile {
    /// In whose format; nc for now
    #[arg(long, default_value = "nc", value_name = "STATE")]
    state: StateCode,
    /// Voters on the first list
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    voters: u64,
    /// Another seed, another state
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Weekly deliveries
    #[arg(long, default_value_t = 1, value_name = "K")]
    weeks: u32,
    /// Share of rows that are damaged, 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    dirt: f64,
    /// Date of the first list
    #[arg(long, default_value = "2026-02-07", value_name = "DATE", value_parser = super::date)]
    first: Date,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Take voters of a county off the last list, as COUNTY=SHARE
    #[arg(long, value_name = "COUNTY=SHARE")]
    purge: Option<String>,
    /// Leave this share of earlier votes out of the last history
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    history_loss: f64,
    /// Leave a county out of the last list
    #[arg(long, value_name = "COUNTY")]
    drop_county: Option<String>,
    /// Give so many voters of the last list a status code that no document knows
    #[arg(long, default_value_t = 0, value_name = "N")]
    unknown_status: u64,
    /// Give this share of the voters of the last list another id
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    new_ids: f64,
    /// Give so many newcomers of the last list the id of somebody who left
    #[arg(long, default_value_t = 0, value_name = "N")]
    reused_ids: u64,
}

/// Writes the deliveries.
///
/// # Errors
/// Bad options, or the folder cannot be written.
pub fn run(options: &Options, verb: &Synth) -> Result<ExitCode, CliError> {
    let What::Voterfile(voterfile) = &verb.what;
    if voterfile.state.as_str() != "nc" {
        return Err(CliError::input(format!(
            "synthetic deliveries of `{}` do not exist yet: expected nc",
            voterfile.state
        )));
    }
    let shares = [voterfile.dirt, voterfile.history_loss, voterfile.new_ids];
    if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
        return Err(CliError::input("--dirt, --history-loss and --new-ids are shares: expected 0 to 1"));
    }
    let bars = Bars::new();
    bars.stage("Writing an invented state", None);
    let nc = NcOptions {
        voters: voterfile.voters,
        seed: voterfile.seed,
        weeks: voterfile.weeks,
        dirt: voterfile.dirt,
        first_as_of: voterfile.first,
        trouble: trouble(voterfile)?,
    };
    let weeks = write_weeks(&nc, &voterfile.out, &mut |_, _| {})
        .map_err(|error| CliError::environment(format!("`{}`: {error}", voterfile.out.display())))?;
    bars.finish();
    if options.json {
        let weeks: Vec<_> = weeks
            .iter()
            .map(|week| serde_json::json!({ "as_of": week.as_of, "folder": week.folder }))
            .collect();
        print_json(&serde_json::json!({ "state": "nc", "voters": voterfile.voters, "weeks": weeks }))?;
    } else {
        for week in &weeks {
            out!("{}", week.folder.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn trouble(voterfile: &Voterfile) -> Result<Trouble, CliError> {
    let purge = voterfile
        .purge
        .as_ref()
        .map(|text| {
            text.split_once('=')
                .and_then(|(county, share)| Some((county.to_uppercase(), share.parse().ok()?)))
                .filter(|(_, share)| (0.0..=1.0).contains(share))
                .ok_or_else(|| {
                    CliError::input(format!("--purge `{text}`: expected COUNTY=SHARE, such as HYDE=0.05"))
                })
        })
        .transpose()?;
    Ok(Trouble {
        purge,
        history_loss: voterfile.history_loss,
        drop_county: voterfile.drop_county.as_ref().map(|county| county.to_uppercase()),
        unknown_status: voterfile.unknown_status,
        new_ids: voterfile.new_ids,
        reused_ids: voterfile.reused_ids,
    })
}
