//! `hustings key`: API keys made, listed, revoked.

use super::Options;
use super::ask::ask;
use super::exit::CliError;
use super::output::print_json;
use super::printable::printable;
use crate::ask::key::{CreateKey, ListKeys, RevokeKey};
use crate::ask::until::until;
use crate::out;
use hustings_access::{ApiKeyId, GrantId, OrganizationId, Role};
use hustings_store::access::api_key::ApiKeyRecord;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const DAYS: i64 = 90;

/// Make, list and revoke API keys: a program's way in over the network
#[derive(Debug, clap::Args)]
pub struct Key {
    #[command(subcommand)]
    verb: Subverb,
}

#[derive(Debug, clap::Subcommand)]
enum Subverb {
    /// Make a key; its secret goes into a file that only you can read
    Create(Create),
    /// List keys
    List {
        /// Of which organization; the one you act for when not given
        #[arg(long, value_name = "ORG")]
        org: Option<OrganizationId>,
    },
    /// Revoke a key at once
    Revoke {
        /// As `key list` shows it
        #[arg(value_name = "ID")]
        id: ApiKeyId,
        /// Of which organization; the one you act for when not given
        #[arg(long, value_name = "ORG")]
        org: Option<OrganizationId>,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// For which organization; the one you act for when not given
    #[arg(long, value_name = "ORG")]
    org: Option<OrganizationId>,
    /// What it is in the organization
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// The only grant that it may use
    #[arg(long, value_name = "ID")]
    grant: Option<GrantId>,
    /// The last day, or the instant at which it ends; 90 days when not given, at most a year
    #[arg(long, value_name = "DATE", value_parser = until)]
    until: Option<Timestamp>,
    /// What it is for; the file's name when not given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The file to write; there must be none
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    key: &'a ApiKeyRecord,
    file: &'a Path,
}

/// Runs the subverb.
///
/// # Errors
/// As the policy and the store; the file is there or cannot be written.
pub fn run(options: &Options, verb: &Key) -> Result<ExitCode, CliError> {
    match &verb.verb {
        Subverb::Create(create) => self::create(options, create)?,
        Subverb::List { org } => list(options, org.clone())?,
        Subverb::Revoke { id, org } => {
            let key = ask(options, &RevokeKey { id: id.clone(), organization: org.clone() })?;
            if options.json {
                print_json(&key)?;
            } else {
                out!("Revoked {} ({})", key.id, printable(&key.name));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(options: &Options, verb: &Create) -> Result<(), CliError> {
    let file_name = || verb.out.file_name().map(|name| name.to_string_lossy().into_owned());
    let question = CreateKey {
        organization: verb.org.clone(),
        name: verb.name.clone().or_else(file_name).unwrap_or_default(),
        role: verb.role,
        grant: verb.grant.clone(),
        until: verb.until.unwrap_or_else(|| {
            let end = Timestamp::now().checked_add(SignedDuration::from_hours(24 * DAYS));
            end.unwrap_or(Timestamp::MAX)
        }),
    };
    // First the file, then the key: a secret that cannot be kept is never made.
    let mut file = private_file(&verb.out)?;
    let written = ask(options, &question).and_then(|new| {
        file.write_all(format!("{}\n", new.secret).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|error| unwritable(&verb.out, &error))?;
        Ok(new.key)
    });
    let key = match written {
        Ok(key) => key,
        Err(error) => {
            // Nothing is in it; if it stays, the next try says so.
            let _ = std::fs::remove_file(&verb.out);
            return Err(error);
        }
    };
    if options.json {
        return print_json(&Written { key: &key, file: &verb.out });
    }
    out!("Made {} for {} as {}, until {}", key.id, key.organization, key.role, key.expires_at);
    out!("  its secret is in {}", verb.out.display());
    Ok(())
}

/// A new file that nobody but its owner reads.
fn private_file(path: &Path) -> Result<File, CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            CliError::input(format!("`{}` is there already: name another file", path.display()))
        }
        _ => unwritable(path, &error),
    })
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::environment(format!("cannot write `{}`: {error}", path.display()))
}

fn list(options: &Options, organization: Option<OrganizationId>) -> Result<(), CliError> {
    let list = ask(options, &ListKeys { organization })?;
    if options.json {
        return print_json(&list);
    }
    if list.keys.is_empty() {
        out!("{} has no API key. `hustings key create` makes one.", list.organization);
    }
    for key in &list.keys {
        let end = match &key.revoked_at {
            Some(at) => format!("revoked {at}"),
            None => format!("until {}", key.expires_at),
        };
        let grant = key.grant.as_ref().map(|grant| format!("only grant {grant}")).unwrap_or_default();
        out!("{:26} {:16} {end:32} {} {grant}", key.id, key.role, printable(&key.name));
    }
    Ok(())
}
