//! `hustings simulate`: proofs by trying, that anybody can rerun.

use super::Options;
use super::exit::CliError;
use super::output::print_json;
use super::progress::Bars;
use crate::out;
use crate::simulate::{self, Findings, Simulation, SimulationError};
use hustings_voterfile::gate::thousands;
use std::path::PathBuf;
use std::process::ExitCode;

/// Try to make the program break a promise, on the real listener over invented data
#[derive(Debug, clap::Args)]
pub struct Simulate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Two worlds that differ only in what one campaign has of its own; the other campaign asks both, byte for byte
    Isolation(Isolation),
}

#[derive(Debug, clap::Args)]
struct Isolation {
    /// Another seed, another state and other requests
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Requests to make of each world
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    steps: u64,
    /// Write both worlds' answers here, for anybody to compare; the folder must be empty or new
    #[arg(long, value_name = "DIR")]
    dump: Option<PathBuf>,
    /// Build in the fault of December 2015, a campaign's column in shared data: it must be found, with exit code 1
    #[arg(long)]
    plant_leak: bool,
}

/// Simulates in a temporary folder (`TMPDIR`); the data folder is not touched.
///
/// # Errors
/// The worlds cannot be made or served.
pub fn run(options: &Options, verb: &Simulate) -> Result<ExitCode, CliError> {
    let What::Isolation(isolation) = &verb.what;
    if let Some(folder) = &isolation.dump
        && std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(CliError::input(format!("`{}` is not empty: name a new folder", folder.display())));
    }
    let folder =
        tempfile::Builder::new().prefix("hustings-simulate-").tempdir().map_err(CliError::environment)?;
    let simulation = Simulation {
        seed: isolation.seed,
        steps: isolation.steps,
        dump: isolation.dump.clone(),
        plant_leak: isolation.plant_leak,
    };
    let bars = Bars::new();
    let findings = simulate::run(&simulation, folder.path(), &bars)?;
    bars.finish();
    if options.json {
        print_json(&findings)?;
    } else {
        print(&findings);
    }
    Ok(if findings.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(findings: &Findings) {
    let compared = thousands(findings.answers_compared);
    out!("{} requests to two worlds, {compared} pairs of answers compared", thousands(findings.requests));
    out!("{:>12} bytes differ", thousands(findings.differing_bytes));
    out!("{:>12} canary tokens seen", thousands(findings.canary_tokens_seen));
    out!(
        "{:>12} of {} answers about voters against the grants",
        thousands(findings.decisions_wrong),
        thousands(findings.decisions_checked)
    );
    for example in &findings.examples {
        out!("  {example}");
    }
}

impl From<SimulationError> for CliError {
    fn from(error: SimulationError) -> Self {
        Self::environment(error)
    }
}
