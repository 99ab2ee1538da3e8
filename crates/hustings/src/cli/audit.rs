//! `hustings audit`: the logs verified, an entry proved, a proof checked, and who saw, changed and exported.

use super::Options;
use super::ask::ask;
use super::context::{block_on, open_store};
use super::exit::CliError;
use super::output::print_json;
use super::printable::printable;
use crate::ask::audit::{ListRecords, ProveRecord, RECORDS};
use crate::out;
use hustings_access::OrganizationId;
use hustings_audit::{Policy, Record, Report, TlogProof, VerifierKey, verify};
use hustings_store::audit::{Held, LogFolder, LogVerified, RECORDS_MAX};
use hustings_voterfile::gate::thousands;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Verify the logs, prove entries, and see who saw, changed and exported
#[derive(Debug, clap::Args)]
pub struct Audit {
    #[command(subcommand)]
    verb: Subverb,
}

#[derive(Debug, clap::Subcommand)]
enum Subverb {
    /// Hash every log again; exit 1 with the first bad entry if one was rewritten
    Verify(Verify),
    /// Write the proof that a record is in a log
    Prove {
        /// Whose log; the organization's own when not given
        #[arg(long, value_name = "ORG")]
        of: Option<OrganizationId>,
        /// As `audit list` shows it
        #[arg(value_name = "RECORD")]
        record: String,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check a proof's file, offline
    Check(Check),
    /// List who saw, changed and exported, newest first
    List {
        /// Whose log; the organization's own when not given
        #[arg(long, value_name = "ORG")]
        of: Option<OrganizationId>,
        /// Only about this voter, organization, grant or export
        #[arg(long, value_name = "VOTER|ORG|EXPORT")]
        about: Option<String>,
        /// So many records at most
        #[arg(long, default_value_t = RECORDS, value_parser = clap::value_parser!(u32).range(1..=i64::from(RECORDS_MAX)), value_name = "N")]
        limit: u32,
        /// Only those before this record: the last one of a list goes on with the next
        #[arg(long, value_name = "RECORD")]
        before: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// Only the log in this folder, such as a copy of another organization's; all of the data folder when not given
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
    /// With --log: the log's public key, or a file that holds it; the folder's own `vkey` when not given
    #[arg(long, requires = "log", value_name = "KEY|FILE")]
    vkey: Option<String>,
    /// A checkpoint that you kept: the log must have grown from it
    #[arg(long, value_name = "CHECKPOINT")]
    since: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Check {
    /// The proof
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// Public key of a log that is believed, or a file that holds it; those of the data folder when not given
    #[arg(long, value_name = "KEY|FILE")]
    vkey: Vec<String>,
    /// Which logs and how many witnesses are believed (C2SP tlog-policy)
    #[arg(long, conflicts_with = "vkey", value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// A log that was verified in a folder.
#[derive(Serialize)]
struct Folder {
    folder: String,
    #[serde(flatten)]
    report: Report,
    first_bad: Option<(u64, u64)>,
}

impl Audit {
    /// What of it cannot be asked of a server: what a server says of its own log proves nothing.
    #[must_use]
    pub fn only_here(&self) -> Option<&'static str> {
        match self.verb {
            Subverb::Verify(_) => Some("audit verify"),
            Subverb::Check(_) => Some("audit check"),
            Subverb::Prove { .. } | Subverb::List { .. } => None,
        }
    }
}

/// Runs the subverb.
///
/// # Errors
/// As the policy, the store and the files.
pub fn run(options: &Options, verb: &Audit) -> Result<ExitCode, CliError> {
    match &verb.verb {
        Subverb::Verify(verb) => match &verb.log {
            Some(folder) => verify_folder(options, verb, folder),
            None => verify_all(options, verb),
        },
        Subverb::Prove { of, record, out } => prove(options, of.as_ref(), record, out),
        Subverb::Check(verb) => check(options, verb),
        Subverb::List { of, about, limit, before } => {
            let (of, about, before) = (of.clone(), about.clone(), before.clone());
            list(options, &ListRecords { of, about, before, limit: *limit })
        }
    }
}

/// Copies into the logs what a verb has left in the outbox. What stands in the way is told and tried again by the next.
pub fn settle(options: &Options) {
    if options.database.is_none() && !options.data.join("platform.db").is_file() {
        return;
    }
    let settled = block_on(async {
        // Why it cannot be opened, the verb itself has told.
        let Ok(store) = open_store(options).await else { return Ok(()) };
        Ok(store.sequence_logs().await.map(drop)?)
    });
    if let Err(error) = settled {
        eprintln!("hustings: warning: the logs wait: {error}");
    }
}

fn verify_all(options: &Options, verb: &Verify) -> Result<ExitCode, CliError> {
    let kept = verb.since.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let logs = block_on(async {
        let store = open_store(options).await?;
        // What a crash has left is put in order; what has been rewritten stays as it is and is told below.
        let settled = store.sequence_logs().await;
        let logs = store.verify_logs(&kept).await?;
        if logs.iter().all(LogVerified::is_good) {
            settled?;
        }
        Ok(logs)
    })?;
    let is_good = logs.iter().all(LogVerified::is_good);
    if options.json {
        print_json(&json!({ "verified": is_good, "logs": logs }))?;
    } else {
        for log in &logs {
            print_report(&format!("log of {}", log.log), &log.report, log.is_good());
            out!("  served under {}", log.address);
            if log.missing > 0 {
                out!(
                    "  {} records of the database are not in it: {}",
                    log.missing,
                    log.missing_records.join(", ")
                );
            }
        }
        if logs.is_empty() {
            out!("no log yet: nothing has been done here");
        }
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn verify_folder(options: &Options, verb: &Verify, path: &Path) -> Result<ExitCode, CliError> {
    let folder = LogFolder::at(path);
    let key = match &verb.vkey {
        Some(text) => key(text)?,
        None => {
            eprintln!("hustings: note: the key is the folder's own; with --vkey, one that you got elsewhere");
            key(&path.join("vkey").to_string_lossy())?
        }
    };
    let mut kept = Vec::with_capacity(verb.since.len());
    for path in &verb.since {
        let opened = hustings_audit::Checkpoint::open(&read(path)?, &key);
        kept.push(opened.map_err(|error| CliError::input(format!("`{}`: {error}", path.display())))?.0.head);
    }
    let mut report = verify(&folder, &key, &kept, |_, entry| {
        Record::parse(entry).map(drop).map_err(|error| error.to_string())
    });
    report.compare_superseded(&folder, folder.tiles()?);
    let is_good = report.is_good();
    if options.json {
        let first_bad = report.first_bad().map(|entries| (entries.start, entries.end));
        let log = Folder { folder: path.display().to_string(), report, first_bad };
        print_json(&json!({ "verified": is_good, "logs": [log] }))?;
    } else {
        print_report(&format!("log {}", report.origin), &report, is_good);
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print_report(name: &str, report: &Report, is_good: bool) {
    let entries = if report.entries == 1 { "entry" } else { "entries" };
    let verdict = if is_good { "verified" } else { "NOT VERIFIED" };
    out!("{name}: {} {entries}, {verdict}", thousands(report.entries));
    for problem in &report.problems {
        out!("  {}", printable(&problem.to_string()));
    }
    if report.more_problems > 0 {
        out!("  and {} problems more", report.more_problems);
    }
    if let Some(first) = report.first_bad() {
        match first.end - first.start {
            1 => out!("  first bad entry: {}", first.start),
            _ => out!("  first bad entry: one of {} to {}", first.start, first.end - 1),
        }
    }
}

fn prove(
    options: &Options,
    of: Option<&OrganizationId>,
    record: &str,
    out: &Path,
) -> Result<ExitCode, CliError> {
    let proved = ask(options, &ProveRecord { record: record.to_owned(), of: of.cloned() })?;
    std::fs::write(out, &proved.proof)
        .map_err(|error| CliError::environment(format!("cannot write `{}`: {error}", out.display())))?;
    if options.json {
        print_json(&proved)?;
    } else {
        out!(
            "record {record} is entry {} of the log of {}; its proof is in {}",
            proved.index,
            proved.log,
            out.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn check(options: &Options, verb: &Check) -> Result<ExitCode, CliError> {
    let policy = policy(options, verb)?;
    let no = |error: &dyn std::fmt::Display| {
        CliError::No(anyhow::anyhow!("`{}` proves nothing: {error}", verb.proof.display()))
    };
    let proof = TlogProof::parse(&read(&verb.proof)?).map_err(|error| no(&error))?;
    let (entry, approved) = proof.check_own(&policy).map_err(|error| no(&error))?;
    let entry = String::from_utf8_lossy(entry);
    if options.json {
        let witnesses: Vec<_> = approved
            .witnesses
            .iter()
            .map(|(name, at_seconds)| json!({ "name": name, "at_seconds": at_seconds }))
            .collect();
        print_json(&json!({
            "verified": true,
            "origin": approved.origin,
            "index": proof.index,
            "head": approved.head,
            "witnesses": witnesses,
            "entry": entry,
        }))?;
    } else {
        out!(
            "entry {} of the log {} ({} entries):",
            proof.index,
            printable(&approved.origin),
            approved.head.size
        );
        out!("{}", printable(&entry));
        for (name, _) in &approved.witnesses {
            out!("confirmed by {}", printable(name));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is believed: what the flags say, else the logs of the data folder.
fn policy(options: &Options, verb: &Check) -> Result<Policy, CliError> {
    if let Some(path) = &verb.policy {
        let text = String::from_utf8(read(path)?).map_err(CliError::input)?;
        return Policy::parse(&text)
            .map_err(|error| CliError::input(format!("`{}`: {error}", path.display())));
    }
    let mut keys = verb.vkey.iter().map(|text| key(text)).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        let logs = options.data.join("logs");
        let folders = std::fs::read_dir(&logs).into_iter().flatten().flatten();
        let files = folders.map(|folder| folder.path().join("vkey")).filter(|file| file.is_file());
        keys = files.map(|file| key(&file.to_string_lossy())).collect::<Result<Vec<_>, _>>()?;
    }
    let mut keys = keys.into_iter();
    let first = keys.next().ok_or_else(|| {
        CliError::input("no log is believed: name its public key with --vkey, or the data folder with --data")
    })?;
    let policy = Policy::of_log(first).map_err(CliError::input)?;
    keys.try_fold(policy, |policy, key| policy.with_log(key).map_err(CliError::input))
}

fn list(options: &Options, question: &ListRecords) -> Result<ExitCode, CliError> {
    let list = ask(options, question)?;
    if options.json {
        print_json(&serde_json::to_value(&list).map_err(CliError::environment)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let records = list.records;
    for record in &records {
        let principal = record.principal.as_deref().unwrap_or("-");
        let about = record.about.as_deref().unwrap_or("-");
        let voters = record.voters.map_or_else(String::new, |voters| format!("  {voters} voters"));
        let action = match record.details["place"].as_str() {
            Some(place) => format!("{} ({place})", record.action),
            None => record.action.clone(),
        };
        let held = match record.held {
            Some(Held::Yes) => "  held the voter",
            Some(Held::Maybe) => "  may have held the voter",
            None => "",
        };
        out!(
            "{}  {}  {:<16} {:<28} {:<24} {}{voters}{held}",
            record.at,
            record.record,
            record.organization,
            principal,
            action,
            printable(about)
        );
    }
    if records.is_empty() {
        out!("no record");
    }
    Ok(ExitCode::SUCCESS)
}

/// A public key, or the file that holds it.
pub fn key(text: &str) -> Result<VerifierKey, CliError> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let content = String::from_utf8_lossy(&read(Path::new(text))?).trim().to_owned();
    content.parse().map_err(|error| CliError::input(format!("`{}`: {error}", printable(text))))
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path)
        .map_err(|error| CliError::input(format!("`{}` cannot be read: {error}", path.display())))
}
