//! The command line: one verb, one file. Flags, exit codes and JSON fields are a contract (DESIGN §8).

pub mod append;
mod append_matched;
pub mod ask;
pub mod audit;
pub mod bench;
pub mod context;
pub mod dedupe;
pub mod demo;
mod demo_world;
pub mod exit;
pub mod export;
pub mod find;
pub mod form_body;
pub mod grant;
pub mod key;
pub mod layouts;
pub mod load;
pub mod matching;
pub mod organization;
pub mod output;
mod printable;
pub mod progress;
pub mod remote;
pub mod remote_append;
pub mod remote_export;
pub mod remote_load;
pub mod serve;
pub mod simulate;
pub mod snapshots;
pub mod synth;
pub mod user;
pub mod voter;
pub mod witness;

use clap::{Parser, Subcommand};
use exit::CliError;
use hustings_access::OrganizationId;
use std::path::PathBuf;
use std::process::ExitCode;

/// Open, self-hosted software for the voter file.
#[derive(Debug, Parser)]
#[command(name = "hustings", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    verb: Verb,
}

/// A date as a flag's value.
///
/// # Errors
/// One sentence, when it is none.
pub fn date(text: &str) -> Result<jiff::civil::Date, String> {
    text.trim().parse().map_err(|_| format!("expected a date as 2026-11-07, got `{text}`"))
}

/// Options that every verb takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder of all data; made when it is not there
    #[arg(long, global = true, env = "HUSTINGS_DATA", default_value = "./hustings-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Relational database; a SQLite file in the data folder when not given
    #[arg(long, global = true, env = "HUSTINGS_DATABASE", hide_env_values = true, value_name = "URL")]
    pub database: Option<String>,
    /// Folder of owners' keys, best on another disk; `keys` in the data folder when not given
    #[arg(long, global = true, env = "HUSTINGS_KEYS", value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// Organization for which to act; the owner of the data folder when not given
    #[arg(long = "as", global = true, env = "HUSTINGS_AS", value_name = "ORG")]
    pub organization: Option<OrganizationId>,
    /// Folder of layouts that replace or add to the built-in ones
    #[arg(long, global = true, env = "HUSTINGS_LAYOUTS", value_name = "DIR")]
    pub layouts: Option<PathBuf>,
    /// Ask this server over the network instead of the data folder here
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// API key for the server, as `key create` writes it
    #[arg(long, global = true, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Demo),
    Load(load::Load),
    Snapshots(snapshots::Snapshots),
    Report(snapshots::Report),
    Changes(snapshots::Changes),
    Quarantine(snapshots::Quarantine),
    Voter(voter::Voter),
    Find(find::Find),
    Append(append::Append),
    Export(export::Export),
    Match(matching::MatchVerb),
    Dedupe(dedupe::DedupeVerb),
    Org(organization::Org),
    User(user::User),
    Key(key::Key),
    Grant(grant::Grant),
    Audit(audit::Audit),
    Witness(witness::Witness),
    Layouts(layouts::LayoutsVerb),
    Serve(serve::Serve),
    Synth(synth::Synth),
    Bench(bench::Bench),
    Simulate(simulate::Simulate),
}

impl Verb {
    /// Whether it may leave records for the logs of the data folder. `serve` looks after them itself.
    fn acts(&self) -> bool {
        // A list linked to a list touches no data folder.
        if let Self::Match(verb) = self {
            return verb.acts();
        }
        if let Self::Dedupe(verb) = self {
            return verb.acts();
        }
        !matches!(
            self,
            Self::Layouts(_)
                | Self::Serve(_)
                | Self::Synth(_)
                | Self::Bench(_)
                | Self::Simulate(_)
                | Self::Witness(_)
        )
    }

    /// The name of a verb that cannot be asked of a server.
    fn only_here(&self) -> Option<&'static str> {
        match self {
            Self::Demo(_) => Some("demo"),
            Self::Append(verb) => verb.only_here(),
            Self::Match(_) => Some("match"),
            Self::Dedupe(_) => Some("dedupe"),
            Self::Layouts(_) => Some("layouts"),
            Self::Serve(_) => Some("serve"),
            Self::Synth(_) => Some("synth"),
            Self::Bench(_) => Some("bench"),
            Self::Audit(verb) => verb.only_here(),
            Self::Witness(_) => Some("witness"),
            Self::Simulate(_) => Some("simulate"),
            _ => None,
        }
    }
}

/// Parses the command line, runs the verb, prints an error as one sentence, and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
            if is_help || !error.use_stderr() {
                let _ = error.print();
                return ExitCode::from(if is_help { 2 } else { 0 });
            }
            eprintln!("hustings: {}", one_sentence(&error));
            return ExitCode::from(2);
        }
    };
    let result = run(&cli);
    // A server looks after its logs itself.
    if cli.verb.acts() && cli.options.server.is_none() {
        audit::settle(&cli.options);
    }
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hustings: {error}");
            ExitCode::from(error.code())
        }
    }
}

/// What is wrong with the command line, without the usage below it: `--help` tells that.
fn one_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let words: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

fn run(cli: &Cli) -> Result<ExitCode, CliError> {
    let options = &cli.options;
    if let (Some(_), Some(verb)) = (&options.server, cli.verb.only_here()) {
        return Err(CliError::input(format!(
            "`{verb}` works on the data folder of this machine: leave out --server"
        )));
    }
    match &cli.verb {
        Verb::Demo(verb) => demo::run(options, verb),
        Verb::Snapshots(verb) => snapshots::list(options, verb),
        Verb::Report(verb) => snapshots::report(options, verb),
        Verb::Changes(verb) => snapshots::changes(options, verb),
        Verb::Quarantine(verb) => snapshots::quarantine(options, verb),
        Verb::Voter(verb) => voter::run(options, verb),
        Verb::Find(verb) => find::run(options, verb),
        Verb::Org(verb) => organization::run(options, verb),
        Verb::User(verb) => user::run(options, verb),
        Verb::Key(verb) => key::run(options, verb),
        Verb::Grant(verb) => grant::run(options, verb),
        Verb::Audit(verb) => audit::run(options, verb),
        Verb::Witness(verb) => witness::run(options, verb),
        Verb::Layouts(verb) => layouts::run(options, verb),
        Verb::Append(verb) => append::run(options, verb),
        Verb::Export(verb) => export::run(options, verb),
        Verb::Match(verb) => matching::run(options, verb),
        Verb::Dedupe(verb) => dedupe::run(options, verb),
        Verb::Load(verb) => load::run(options, verb),
        Verb::Serve(verb) => serve::run(options, verb),
        Verb::Synth(verb) => synth::run(options, verb),
        Verb::Bench(verb) => bench::run(options, verb),
        Verb::Simulate(verb) => simulate::run(options, verb),
    }
}
