//! `hustings witness`: confirms a log's checkpoints, and never two that are not one log's past and future.

use super::Options;
use super::audit::key;
use super::exit::CliError;
use super::output::print_json;
use super::printable::printable;
use crate::out;
use hustings_audit::log::{CHECKPOINT, VKEY};
use hustings_audit::{Files, VerifierKey};
use hustings_store::audit::{LogFolder, WitnessFile};
use jiff::Timestamp;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Larger than any honest file of a log: 256 entries of 64 kB.
const FILE_BYTES_MAX: u64 = 17 << 20;
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// Confirm a log's newest checkpoint with a signature of your own (cosignature/v1), if it has grown from the last
#[derive(Debug, clap::Args)]
pub struct Witness {
    /// The log: a folder, or the address under which its files are served
    #[arg(long, value_name = "URL|DIR")]
    log: String,
    /// The witness' memory: its key and what it has confirmed. Made when it is not there; never confirm with an old copy
    #[arg(long, value_name = "FILE")]
    db: PathBuf,
    /// The log's public key, or a file that holds it; what the log shows when it is first seen, when not given
    #[arg(long, value_name = "KEY|FILE")]
    vkey: Option<String>,
    /// The name of a witness that is new
    #[arg(long, default_value = "", value_name = "NAME")]
    name: String,
    /// Write the checkpoint with the new signature here
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Where a log's files are.
enum Source {
    Folder(LogFolder),
    Web { agent: ureq::Agent, url: String },
}

impl Files for Source {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Self::Folder(folder) => folder.read(path),
            Self::Web { agent, url } => get(agent, &format!("{url}/{path}")).ok(),
        }
    }
}

/// Confirms once.
///
/// # Errors
/// Why the checkpoint is not confirmed (exit 1), or the log or the memory cannot be read.
pub fn run(options: &Options, verb: &Witness) -> Result<ExitCode, CliError> {
    let source = source(&verb.log)?;
    let log_key = match &verb.vkey {
        Some(text) => key(text)?,
        None => shown_key(&source, &verb.log)?,
    };
    let mut witness = WitnessFile::open(&verb.db, &verb.name)?;
    let confirmed = witness.confirm(&source, &log_key, Timestamp::now())?;
    if let Some(out) = &verb.out {
        std::fs::write(out, &confirmed.checkpoint)
            .map_err(|error| CliError::environment(format!("cannot write `{}`: {error}", out.display())))?;
    }
    if options.json {
        print_json(&json!({
            "origin": confirmed.origin,
            "before": confirmed.before,
            "head": confirmed.head,
            "cosignature": confirmed.line,
            "witness": witness.public().to_string(),
        }))?;
    } else {
        let origin = printable(&confirmed.origin);
        match confirmed.before {
            Some(before) => out!("{origin}: {} entries, grown from {}", confirmed.head.size, before.size),
            None => out!("{origin}: {} entries, seen for the first time", confirmed.head.size),
        }
        out!("{}", confirmed.line);
        out!("confirmed by {}", witness.public());
    }
    Ok(ExitCode::SUCCESS)
}

fn source(log: &str) -> Result<Source, CliError> {
    if !log.starts_with("http://") && !log.starts_with("https://") {
        let folder = LogFolder::at(log);
        return match folder.read(CHECKPOINT) {
            Some(_) => Ok(Source::Folder(folder)),
            None => Err(CliError::input(format!(
                "`{}` holds no log: expected a file `checkpoint` in it",
                printable(log)
            ))),
        };
    }
    let config = ureq::Agent::config_builder().timeout_global(Some(ANSWER_TIME_MAX)).max_redirects(0).build();
    let (agent, url) = (ureq::Agent::new_with_config(config), log.trim_end_matches('/').to_owned());
    // Told here: later, a file that cannot be got counts as missing.
    get(&agent, &format!("{url}/{CHECKPOINT}"))?;
    Ok(Source::Web { agent, url })
}

fn get(agent: &ureq::Agent, url: &str) -> Result<Vec<u8>, CliError> {
    let failed =
        |error: ureq::Error| CliError::environment(format!("cannot get `{}`: {error}", printable(url)));
    let mut answer = agent.get(url).call().map_err(failed)?;
    answer.body_mut().with_config().limit(FILE_BYTES_MAX).read_to_vec().map_err(failed)
}

fn shown_key(source: &Source, log: &str) -> Result<VerifierKey, CliError> {
    let bytes = source.read(VKEY).ok_or_else(|| {
        CliError::input(format!("`{}` shows no key in a file `vkey`: name it with --vkey", printable(log)))
    })?;
    let text = String::from_utf8_lossy(&bytes);
    text.trim().parse().map_err(|error| CliError::input(format!("the key of `{}`: {error}", printable(log))))
}
