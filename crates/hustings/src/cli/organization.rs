//! `hustings org`: organizations registered, listed, shown; vendors engaged.

use super::Options;
use super::ask::{ask, ask_as};
use super::exit::CliError;
use super::output::print_json;
use super::printable::printable;
use crate::ask::organization::{
    CreateOrganization, EngageVendor, ListOrganizations, OrganizationEntry, ShowOrganization,
};
use crate::ask::until::until;
use crate::out;
use hustings_access::{Addressee, OrganizationId, OrganizationKind};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::user::Conflict;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Register and show organizations, and engage vendors
#[derive(Debug, clap::Args)]
pub struct Org {
    #[command(subcommand)]
    verb: Subverb,
}

#[derive(Debug, clap::Subcommand)]
enum Subverb {
    /// Register an organization
    Create(Create),
    /// List the organizations that you may know of
    List,
    /// Show one organization
    Show {
        /// Its id
        #[arg(value_name = "ID")]
        id: OrganizationId,
    },
    /// Let a vendor act for an organization, or end it
    Engage(Engage),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Its id for ever: 2 to 40 of a-z, 0-9 and -
    #[arg(value_name = "ID")]
    id: OrganizationId,
    /// national, state, local_committee, campaign, ally, vendor, auditor or external_state
    #[arg(long, value_name = "KIND")]
    kind: OrganizationKind,
    /// As people write it; the id when not given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its state, such as nc; a state party owns that state's list from then on
    #[arg(long, value_name = "STATE")]
    state: Option<StateCode>,
    /// A local committee's counties; the whole state when not given
    #[arg(long, value_name = "COUNTIES", value_delimiter = ',')]
    counties: Option<Vec<String>>,
    /// The data folder belongs to it from now on
    #[arg(long)]
    directory_owner: bool,
}

#[derive(Debug, clap::Args)]
struct Engage {
    /// Who acts: a vendor that you know of, or the contact code of another
    #[arg(value_name = "VENDOR")]
    vendor: Addressee,
    /// For whom
    #[arg(id = "for", long = "for", value_name = "ORG")]
    organization: OrganizationId,
    /// The last day, or the instant at which it ends
    #[arg(long, value_name = "DATE", value_parser = until, required_unless_present = "end")]
    until: Option<Timestamp>,
    /// In which classes
    #[arg(
        long,
        value_name = "CLASSES",
        value_delimiter = ',',
        default_value = "base,appended,proprietary,private"
    )]
    classes: Vec<FieldClass>,
    /// It may take copies out of the system
    #[arg(long)]
    export: bool,
    /// End the engagement now
    #[arg(long, conflicts_with_all = ["until", "export"])]
    end: bool,
}

/// Runs the subverb.
///
/// # Errors
/// As the policy and the store.
pub fn run(options: &Options, verb: &Org) -> Result<ExitCode, CliError> {
    match &verb.verb {
        Subverb::Create(create) => self::create(options, create)?,
        Subverb::List => list(options)?,
        Subverb::Show { id } => show(options, id)?,
        Subverb::Engage(engage) => self::engage(options, engage)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn create(options: &Options, verb: &Create) -> Result<(), CliError> {
    let question = CreateOrganization {
        id: verb.id.clone(),
        kind: verb.kind,
        name: verb.name.clone(),
        state: verb.state,
        counties: verb.counties.as_ref().map(|counties| counties.iter().cloned().collect()),
        directory_owner: verb.directory_owner,
    };
    let entry = ask(options, &question)?;
    if options.json {
        return print_json(&entry);
    }
    out!("Registered {} ({})", entry.organization.id, entry.organization.kind);
    for state in &entry.base_of {
        out!("  It owns the list of {state}.");
    }
    if entry.is_directory_owner {
        out!("  The data folder belongs to it.");
    }
    Ok(())
}

fn list(options: &Options) -> Result<(), CliError> {
    let list = ask(options, &ListOrganizations {})?;
    if options.json {
        return print_json(&list);
    }
    list.organizations.iter().for_each(print_entry);
    Ok(())
}

fn print_entry(entry: &OrganizationEntry) {
    let organization = &entry.organization;
    let mut notes: Vec<String> = Vec::new();
    notes.extend(entry.is_directory_owner.then(|| "owns the data folder".to_owned()));
    notes.extend(entry.base_of.iter().map(|state| format!("owns the list of {state}")));
    let id = organization.id.as_str();
    out!("{id:20} {:16} {:32} {}", organization.kind, printable(&organization.name), notes.join(", "));
}

fn show(options: &Options, id: &OrganizationId) -> Result<(), CliError> {
    let view = ask(options, &ShowOrganization { id: id.clone() })?;
    if options.json {
        return print_json(&view);
    }
    print_entry(&view.entry);
    let organization = &view.entry.organization;
    if let Some(state) = organization.state {
        out!("  state: {state}");
    }
    if let Some(counties) = &organization.counties {
        out!("  counties: {}", words(counties));
    }
    if let Some(by) = &organization.registered_by {
        out!("  registered by: {by}");
    }
    if let Some(contact) = &view.contact {
        out!("  contact code, for those who do not know of it: {contact}");
    }
    for engagement in &view.engagements {
        let end = engagement.revoked_at.map_or_else(|| engagement.until, |at| at.min(engagement.until));
        out!("  vendor {} until {end}: {}", engagement.vendor, words(&engagement.classes));
    }
    for conflict in &view.conflicts {
        match conflict {
            Conflict::User { user } => out!("  user {user} also has an account with another campaign here"),
            Conflict::Vendor { vendor } => out!("  vendor {vendor} also works for another campaign here"),
        }
    }
    Ok(())
}

fn engage(options: &Options, verb: &Engage) -> Result<(), CliError> {
    let question = EngageVendor {
        vendor: verb.vendor.clone(),
        organization: verb.organization.clone(),
        classes: verb.classes.iter().copied().collect(),
        exportable: verb.export,
        until: verb.until,
    };
    let engagement = ask_as(options, Some(&verb.organization), &question)?;
    if options.json {
        return print_json(&engagement);
    }
    match engagement.revoked_at {
        Some(at) => out!("{} no longer acts for {} (since {at})", engagement.vendor, engagement.organization),
        None => out!(
            "{} acts for {} until {}: {}",
            engagement.vendor,
            engagement.organization,
            engagement.until,
            words(&engagement.classes)
        ),
    }
    if verb.until.is_some_and(|asked| engagement.until < asked) {
        out!("It ends with the API key that engaged it, sooner than was asked.");
    }
    Ok(())
}

/// Words in one line.
pub fn words<T: ToString>(words: &BTreeSet<T>) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
