//! `hustings grant`: grants given, listed, revoked by the owner of the data.

use super::Options;
use super::ask::ask;
use super::exit::CliError;
use super::organization::words;
use super::output::print_json;
use crate::ask::grant::{CreateGrant, ListGrants, RevokeGrant};
use crate::ask::until::until;
use crate::out;
use hustings_access::{Addressee, Grant as Given, GrantId, Purpose};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use std::process::ExitCode;

/// Give, list and revoke grants of your organization's data
#[derive(Debug, clap::Args)]
pub struct Grant {
    #[command(subcommand)]
    verb: Subverb,
}

#[derive(Debug, clap::Subcommand)]
enum Subverb {
    /// Give a grant
    Create(Create),
    /// List the grants given and got
    List,
    /// Revoke a grant: nothing more leaves under it
    Revoke {
        /// As `grant list` shows it
        #[arg(value_name = "ID")]
        id: GrantId,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Who gets: an organization that you know of, or the contact code of another
    #[arg(long, value_name = "ORG")]
    to: Addressee,
    /// Whose voters, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
    /// base, appended, proprietary, private
    #[arg(long, required = true, value_name = "CLASSES", value_delimiter = ',')]
    classes: Vec<FieldClass>,
    /// Only these columns of the classes they are of, with the class where two have one of the name, as private:phone; a class of which
    /// none is named is given whole
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Only these counties; the whole state when not given
    #[arg(long, value_name = "COUNTIES", value_delimiter = ',')]
    counties: Option<Vec<String>>,
    /// voter_contact, hygiene, modeling, compliance
    #[arg(long, value_name = "PURPOSES", value_delimiter = ',', default_value = "voter_contact")]
    purpose: Vec<Purpose>,
    /// Copies may leave the system; what has left cannot be called back
    #[arg(long)]
    export: bool,
    /// Copies may not leave the system: as when neither is given
    #[arg(long, conflicts_with = "export")]
    no_export: bool,
    /// The last day, or the instant at which it ends
    #[arg(long, value_name = "DATE", value_parser = until)]
    until: Timestamp,
}

/// Runs the subverb.
///
/// # Errors
/// As the policy and the store.
pub fn run(options: &Options, verb: &Grant) -> Result<ExitCode, CliError> {
    match &verb.verb {
        Subverb::Create(create) => {
            let grant = ask(options, &question(create))?;
            if options.json {
                print_json(&grant)?;
            } else {
                out!("Gave {} to {}", grant.id, grant.grantee);
                print_grant(&grant);
                if grant.until < create.until {
                    out!("  It ends with the API key that gave it, sooner than was asked.");
                }
            }
        }
        Subverb::List => list(options)?,
        Subverb::Revoke { id } => {
            let grant = ask(options, &RevokeGrant { id: id.clone() })?;
            if options.json {
                print_json(&grant)?;
            } else {
                out!("Revoked {}: nothing more leaves under it", grant.id);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn question(verb: &Create) -> CreateGrant {
    CreateGrant {
        to: verb.to.clone(),
        state: verb.state,
        classes: verb.classes.iter().copied().collect(),
        columns: verb.columns.as_ref().map(|columns| columns.iter().cloned().collect()),
        counties: verb.counties.as_ref().map(|counties| counties.iter().cloned().collect()),
        purposes: verb.purpose.iter().copied().collect(),
        exportable: verb.export && !verb.no_export,
        not_before: None,
        until: verb.until,
    }
}

fn list(options: &Options) -> Result<(), CliError> {
    let list = ask(options, &ListGrants {})?;
    if options.json {
        return print_json(&list);
    }
    if list.given.is_empty() && list.received.is_empty() {
        out!("{} has neither given nor got a grant.", list.organization);
    }
    for grant in &list.given {
        out!("{} to {}", grant.id, grant.grantee);
        print_grant(grant);
    }
    for grant in &list.received {
        out!("{} from {}", grant.id, grant.owner);
        print_grant(grant);
    }
    Ok(())
}

fn print_grant(grant: &Given) {
    let narrowed = |class: &FieldClass| match grant.columns.get(class) {
        None => format!("all columns of {class}"),
        Some(columns) => format!("of {class} {}", words(columns)),
    };
    let columns = match grant.columns.is_empty() {
        true => "all columns".to_owned(),
        false => grant.classes.iter().map(narrowed).collect::<Vec<_>>().join(", "),
    };
    let counties = grant.counties.as_ref().map(words).unwrap_or_else(|| "all counties".to_owned());
    out!("  {}: {}; {columns}; {counties}", grant.state, words(&grant.classes));
    let export = if grant.exportable { "copies may leave" } else { "no copies" };
    let end = match grant.revoked_at {
        Some(at) => format!("revoked {at}"),
        None => format!("until {}", grant.until),
    };
    out!("  for {}; {export}; {end}", words(&grant.purposes));
}
