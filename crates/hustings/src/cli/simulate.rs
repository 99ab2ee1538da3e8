//! `hustings simulate`: proofs by trying, that anybody can rerun.

use super::Options;
use super::exit::CliError;
use super::output::print_json;
use crate::load::Progress;
use crate::out;
use crate::simulate::{self, Findings, Simulation, SimulationError};
use hustings_voterfile::gate::thousands;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often it is told how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// A folder in memory, where there is one: the worlds are small, and nothing of them is to outlast a crash.
const IN_MEMORY: &str = "/dev/shm";

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

/// Simulates in a temporary folder (`TMPDIR`; else in memory where the system has a folder there); the data folder is not
/// touched.
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
    let mut temporary = tempfile::Builder::new();
    temporary.prefix("hustings-simulate-");
    let in_memory =
        std::env::var_os("TMPDIR").is_none().then(|| temporary.tempdir_in(IN_MEMORY).ok()).flatten();
    let folder = match in_memory {
        Some(folder) => folder,
        None => temporary.tempdir().map_err(CliError::environment)?,
    };
    let simulation = Simulation {
        seed: isolation.seed,
        steps: isolation.steps,
        dump: isolation.dump.clone(),
        plant_leak: isolation.plant_leak,
    };
    let findings = simulate::run(&simulation, folder.path(), &Told::new())?;
    if options.json {
        print_json(&findings)?;
    } else {
        print(&findings);
    }
    Ok(if findings.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Tells standard error how far it is: a line for each stage, and one every ten seconds.
struct Told(Mutex<Far>);

struct Far {
    stage: String,
    total: Option<u64>,
    done: u64,
    begun: Instant,
    told: Instant,
}

impl Told {
    fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(Far { stage: String::new(), total: None, done: 0, begun: now, told: now }))
    }

    fn far(&self) -> std::sync::MutexGuard<'_, Far> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Told {
    fn stage(&self, name: &str, total: Option<u64>) {
        eprintln!("{name} ...");
        let now = Instant::now();
        *self.far() = Far { stage: name.to_owned(), total, done: 0, begun: now, told: now };
    }

    fn advance(&self, amount: u64) {
        let mut far = self.far();
        far.done += amount;
        if far.told.elapsed() < TOLD_EVERY {
            return;
        }
        far.told = Instant::now();
        let total = far.total.map(|total| format!(" of {}", thousands(total))).unwrap_or_default();
        eprintln!(
            "{}: {}{total} steps in {} seconds",
            far.stage,
            thousands(far.done),
            thousands(far.begun.elapsed().as_secs())
        );
    }
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
    out!("{:>12} of {} routes asked", thousands(findings.routes_asked), thousands(findings.routes));
    out!("{:>12} requests changed something", thousands(findings.acts_done));
    for example in &findings.examples {
        out!("  {example}");
    }
}

impl From<SimulationError> for CliError {
    fn from(error: SimulationError) -> Self {
        Self::environment(error)
    }
}
