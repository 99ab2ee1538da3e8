//! `hustings bench`: what the program takes on this machine, against what a user would otherwise pick.

use super::Options;
use super::exit::CliError;
use super::output::print_json;
use super::progress::Bars;
use crate::bench::BenchError;
use crate::bench::access::{self, AccessBench};
use crate::bench::follow::{self, FollowBench};
use crate::bench::load::{LoadBench, LoadFigures, run as run_load};
use crate::bench::matching::{self, MatchBench};
use hustings_voterfile::gate::thousands;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure the program on this machine
#[derive(Debug, clap::Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A second week's load onto a first one, against DuckDB's bare copy of the same file from CSV to Parquet
    Load(Load),
    /// Decisions, scopes, durable records and their verification
    Access(Access),
    /// A noisy list linked to a base, both synthetic, against Splink on the same files
    Match(Match),
    /// Voters followed from one week to the next although their ids change, and single rows found among them
    Follow(Follow),
}

#[derive(Debug, clap::Args)]
struct Load {
    /// Voters on the list
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    voters: u64,
    /// Times that each side works, in turns; the figures are medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..), value_name = "N")]
    rounds: u8,
    /// With the vote history, on both sides
    #[arg(long)]
    history: bool,
    /// The Python that has DuckDB
    #[arg(long, env = "HUSTINGS_PYTHON", default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Match {
    /// Rows of the base
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    base: u64,
    /// Rows of the list
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    list: u64,
    /// The Python that has Splink
    #[arg(long, env = "HUSTINGS_PYTHON", default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Follow {
    /// Voters on the first list
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    voters: u64,
    /// Rows looked for, each once
    #[arg(long, default_value_t = 5_000, value_name = "N")]
    lookups: usize,
}

#[derive(Debug, clap::Args)]
struct Access {
    /// Records that are written, logged and verified
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    records: u64,
    /// Voters of the list that is looked through
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    voters: u64,
    /// Requests at one time
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=10_000), value_name = "N")]
    writers: u64,
    /// The verifier that is not ours, as `tests/verifier/run.sh` builds it
    #[arg(long, value_name = "PROGRAM")]
    verifier: Option<PathBuf>,
}

/// Measures in a temporary folder (`TMPDIR`); the data folder is not touched.
///
/// # Errors
/// The folder cannot be written, or what is measured fails.
pub fn run(options: &Options, verb: &Bench) -> Result<ExitCode, CliError> {
    let load = match &verb.what {
        What::Load(load) => load,
        What::Access(access) => return run_access(options, access),
        What::Match(verb) => return run_match(options, verb),
        What::Follow(verb) => return run_follow(options, verb),
    };
    let folder =
        tempfile::Builder::new().prefix("hustings-bench-").tempdir().map_err(CliError::environment)?;
    let bench = LoadBench {
        voters: load.voters,
        rounds: usize::from(load.rounds),
        history: load.history,
        python: load.python.clone(),
        program: std::env::current_exe().map_err(CliError::environment)?,
    };
    let bars = Bars::new();
    let figures = run_load(&bench, folder.path(), &bars)?;
    bars.finish();
    if let Some(reason) = &figures.peer_missing {
        eprintln!(
            "note: no DuckDB to compare with ({reason}); `pip install duckdb`, or name a Python with --python"
        );
    }
    warn_of_debug_build();
    if options.json {
        print_json(&figures)?;
    } else {
        print_figures(&figures);
    }
    Ok(ExitCode::SUCCESS)
}

fn run_match(options: &Options, verb: &Match) -> Result<ExitCode, CliError> {
    let folder =
        tempfile::Builder::new().prefix("hustings-bench-").tempdir().map_err(CliError::environment)?;
    let bench = MatchBench {
        base: verb.base,
        list: verb.list,
        python: verb.python.clone(),
        program: std::env::current_exe().map_err(CliError::environment)?,
    };
    let figures = matching::run(&bench, folder.path())?;
    if let Some(reason) = &figures.splink_missing {
        eprintln!(
            "note: no Splink to compare with ({reason}); `pip install splink`, or name a Python with --python"
        );
    }
    warn_of_debug_build();
    if options.json {
        print_json(&figures)?;
        return Ok(ExitCode::SUCCESS);
    }
    let sides = [("hustings", Some(&figures.hustings)), ("Splink", figures.splink.as_ref())];
    for (name, linked) in sides.into_iter().filter_map(|(name, linked)| Some((name, linked?))) {
        crate::out!(
            "{name:<9} {:<6} precision {:.4}, recall {:.4}, {:.2} s of CPU, {:.2} s, {} MB",
            linked.version,
            linked.precision,
            linked.recall,
            linked.cpu_seconds,
            linked.wall_seconds,
            linked.peak_memory_bytes >> 20
        );
    }
    if let Some(ratio) = figures.ratio_cpu {
        crate::out!("{ratio:.2} times Splink's CPU time");
    }
    Ok(ExitCode::SUCCESS)
}

fn run_follow(options: &Options, verb: &Follow) -> Result<ExitCode, CliError> {
    let folder =
        tempfile::Builder::new().prefix("hustings-bench-").tempdir().map_err(CliError::environment)?;
    let bench = FollowBench { voters: verb.voters, lookups: verb.lookups };
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::environment)?;
    let figures = runtime.block_on(follow::run(bench, folder.path()))?;
    warn_of_debug_build();
    if options.json {
        print_json(&figures)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (following, lookups) = (&figures.following, &figures.lookups);
    let cpu = |seconds: Option<f64>| seconds.map_or_else(|| "?".to_owned(), |cpu| format!("{cpu:.2}"));
    crate::out!(
        "followed   {} of {} with another id, {} wrong, {} told as doubtful, {} told as new alone",
        thousands(following.followed),
        thousands(following.new_ids),
        following.wrong,
        following.missed_and_told,
        following.missed_silently
    );
    crate::out!(
        "           {} of {} ids given to somebody else raised the alarm, {} false alarms",
        following.alarms,
        following.reused_ids,
        following.false_alarms
    );
    crate::out!(
        "           {} s of CPU of {} in the whole load, {:.2} s",
        cpu(following.cpu_seconds),
        cpu(following.load_cpu_seconds),
        following.wall_seconds
    );
    crate::out!(
        "prepared   {} s of CPU, {:.2} s, {} MB, opened in {:.1} ms",
        cpu(lookups.prepare_cpu_seconds),
        lookups.prepare_wall_seconds,
        lookups.bytes >> 20,
        lookups.open_ms
    );
    crate::out!(
        "one row    {:.0} µs median, {:.0} µs at p99, {:.0} µs at most, of {}; precision {:.4}, recall {:.4}",
        lookups.p50_us,
        lookups.p99_us,
        lookups.max_us,
        lookups.asked,
        lookups.precision,
        lookups.recall
    );
    crate::out!(
        "question   {:.1} ms median, {:.1} ms at p99, with its decision and its record",
        lookups.question_p50_ms,
        lookups.question_p99_ms
    );
    Ok(ExitCode::SUCCESS)
}

fn warn_of_debug_build() {
    if cfg!(debug_assertions) {
        eprintln!("note: this is a debug build; its figures say nothing about a release build");
    }
}

fn run_access(options: &Options, access: &Access) -> Result<ExitCode, CliError> {
    let folder =
        tempfile::Builder::new().prefix("hustings-bench-").tempdir().map_err(CliError::environment)?;
    let bench = AccessBench {
        records: access.records,
        writers: access.writers,
        voters: access.voters,
        verifier: access.verifier.clone(),
    };
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::environment)?;
    let figures = runtime.block_on(access::run(&bench, folder.path()))?;
    warn_of_debug_build();
    if options.json {
        print_json(&figures)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, micros) in
        [("decision", &figures.decision), ("scope", &figures.scope), ("permit", &figures.permit)]
    {
        crate::out!("{name:<10} {:>10.1} µs median, {:.1} µs at p99", micros.p50_us, micros.p99_us);
    }
    let scan = &figures.scan;
    for (name, compared, against) in [
        ("scan", &scan.nobody_found, "without a scope, nobody found"),
        ("scan", &scan.many_found, "without a scope, many found"),
        ("encrypted", &scan.encrypted, "plain"),
    ] {
        crate::out!("{name:<10} {:>10.1} ms, {:.3} times {against}", compared.seconds * 1e3, compared.ratio);
    }
    let rates = [
        ("permits", Some(&figures.permits)),
        ("append", Some(&figures.append)),
        ("sequence", Some(&figures.sequence)),
        ("verify", Some(&figures.verify)),
        ("verifier", figures.verifier.as_ref()),
    ];
    for (name, rate) in rates {
        match rate {
            Some(rate) => crate::out!(
                "{name:<10} {:>10} in {:.2} s, {:.0} a second",
                thousands(rate.count),
                rate.seconds,
                rate.per_second
            ),
            None => {
                crate::out!("{name:<10} not there: tests/verifier/run.sh builds it; name it with --verifier")
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_figures(figures: &LoadFigures) {
    let cpu = |seconds: Option<f64>| seconds.map_or_else(String::new, |cpu| format!(", {cpu:.2} s of CPU"));
    let ours = &figures.hustings;
    crate::out!(
        "{} voters, {} MB, {} threads, median of {}",
        thousands(figures.rows),
        thousands(figures.bytes / 1_000_000),
        figures.threads,
        figures.rounds
    );
    crate::out!("hustings load  {:>8.2} s{}", ours.wall_seconds, cpu(ours.cpu_seconds));
    if let Some(peer) = &figures.peer {
        crate::out!("DuckDB {:<8}{:>8.2} s{}", peer.version, peer.wall_seconds, cpu(Some(peer.cpu_seconds)));
    }
    if let Some(ratio) = figures.ratio_wall {
        crate::out!("{ratio:.2} times DuckDB's bare copy");
    }
    crate::out!(
        "{:.0} rows a second, {} MB of memory at most, {:.1} bytes a voter in voters.parquet, {:.1} in all",
        ours.rows_per_second,
        ours.peak_memory_bytes >> 20,
        figures.disk.voters_bytes_per_voter,
        figures.disk.folder_bytes_per_voter
    );
}

impl From<BenchError> for CliError {
    fn from(error: BenchError) -> Self {
        Self::environment(error)
    }
}
