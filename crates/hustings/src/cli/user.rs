//! `hustings user`: people invited, listed, disabled.

use super::Options;
use super::ask::ask;
use super::exit::CliError;
use super::organization::words;
use super::output::print_json;
use super::printable::printable;
use crate::ask::user::{DisableUser, InviteUser, ListUsers};
use crate::out;
use hustings_access::{OrganizationId, Role};
use std::process::ExitCode;

/// Invite, list and disable people
#[derive(Debug, clap::Args)]
pub struct User {
    #[command(subcommand)]
    verb: Subverb,
}

#[derive(Debug, clap::Subcommand)]
enum Subverb {
    /// Invite somebody; the code is shown once
    Invite(Invite),
    /// List people and open invitations
    List {
        /// Of which organization; the one you act for when not given
        #[arg(long, value_name = "ORG")]
        org: Option<OrganizationId>,
    },
    /// Disable somebody: their sessions end at once
    Disable {
        /// E-mail address or id
        #[arg(value_name = "USER")]
        user: String,
        /// Of which organization; the one you act for when not given
        #[arg(long, value_name = "ORG")]
        org: Option<OrganizationId>,
    },
}

#[derive(Debug, clap::Args)]
struct Invite {
    /// Whom
    #[arg(value_name = "EMAIL")]
    email: String,
    /// To which organization; the one you act for when not given
    #[arg(long, value_name = "ORG")]
    org: Option<OrganizationId>,
    /// As what: chair, data_director, organizer, canvasser, precinct_captain, vendor_operator, auditor_reader, operator
    #[arg(long, alias = "role", required = true, value_name = "ROLES", value_delimiter = ',')]
    roles: Vec<Role>,
    /// Precincts of a canvasser or captain, such as DURHAM:12,DURHAM:13
    #[arg(long, value_name = "PRECINCTS", value_delimiter = ',', value_parser = precinct)]
    precincts: Vec<(String, String)>,
}

fn precinct(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once(':').filter(|(county, precinct)| !county.is_empty() && !precinct.is_empty());
    let (county, precinct) =
        pair.ok_or_else(|| format!("expected county and precinct as DURHAM:12, got `{text}`"))?;
    Ok((county.to_uppercase(), precinct.to_owned()))
}

/// Runs the subverb.
///
/// # Errors
/// As the policy and the store.
pub fn run(options: &Options, verb: &User) -> Result<ExitCode, CliError> {
    match &verb.verb {
        Subverb::Invite(invite) => self::invite(options, invite)?,
        Subverb::List { org } => list(options, org.clone())?,
        Subverb::Disable { user, org } => {
            let user = ask(options, &DisableUser { user: user.clone(), organization: org.clone() })?;
            if options.json {
                print_json(&user)?;
            } else {
                out!("Disabled {} in {}", printable(&user.email), user.organization);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn invite(options: &Options, verb: &Invite) -> Result<(), CliError> {
    let question = InviteUser {
        email: verb.email.clone(),
        organization: verb.org.clone(),
        roles: verb.roles.iter().copied().collect(),
        precincts: verb.precincts.iter().cloned().collect(),
    };
    let invited = ask(options, &question)?;
    if options.json {
        return print_json(&invited);
    }
    let invitation = &invited.invitation;
    let email = invitation.email.as_deref().unwrap_or("");
    out!("Invited {} to {} as {}", printable(email), invitation.organization, words(&invitation.roles));
    out!("  code, shown once, good until {}: {}", invitation.expires_at, invited.code);
    Ok(())
}

fn list(options: &Options, organization: Option<OrganizationId>) -> Result<(), CliError> {
    let list = ask(options, &ListUsers { organization })?;
    if options.json {
        return print_json(&list);
    }
    if list.users.is_empty() && list.invitations.is_empty() {
        out!("{} has no people yet. `hustings user invite EMAIL` invites one.", list.organization);
    }
    for user in &list.users {
        let mark = if user.disabled { "disabled" } else { "" };
        out!("{:26} {:32} {:8} {}", user.id, printable(&user.email), mark, words(&user.roles));
    }
    for invitation in &list.invitations {
        let email = invitation.email.as_deref().unwrap_or("(the first user)");
        out!("{:26} {:32} {:8} {}", "", printable(email), "invited", words(&invitation.roles));
    }
    Ok(())
}
