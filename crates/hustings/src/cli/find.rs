//! `hustings find`: voters by id or name, and where nobody is, who may be meant.

use super::Options;
use super::ask::ask;
use super::exit::CliError;
use super::output::print_json;
use super::printable::printable;
use crate::ask::find::{FindVoters, LIKELY};
use crate::out;
use hustings_core::StateCode;
use hustings_store::VoterHit;
use std::process::ExitCode;

/// Find voters by id or name, or by likeness where nobody is exactly so called
#[derive(Debug, clap::Args)]
pub struct Find {
    /// The state's id, a name as `Smith, Anna`, or all that is known: `Jon Smyth, 1961, Raleigh`
    #[arg(value_name = "QUERY", default_value = "")]
    query: String,
    /// Whose list, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
    /// At most so many by likeness
    #[arg(long, default_value_t = LIKELY, value_name = "N")]
    limit: usize,
    /// Given name
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    first_name: String,
    /// Middle name or initial
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    middle_name: String,
    /// Last name
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    last_name: String,
    /// JR, III
    #[arg(long, default_value = "", hide_default_value = true, value_name = "SUFFIX")]
    suffix: String,
    /// Birth date, or the year alone
    #[arg(long, default_value = "", hide_default_value = true, value_name = "DATE")]
    dob: String,
    /// F or M
    #[arg(long, default_value = "", hide_default_value = true, value_name = "SEX")]
    sex: String,
    /// House number and street
    #[arg(long, default_value = "", hide_default_value = true, value_name = "LINE")]
    street: String,
    /// City
    #[arg(long, default_value = "", hide_default_value = true, value_name = "CITY")]
    city: String,
    /// ZIP
    #[arg(long, default_value = "", hide_default_value = true, value_name = "ZIP")]
    zip: String,
    /// Telephone
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NUMBER")]
    phone: String,
    /// E-mail address
    #[arg(long, default_value = "", hide_default_value = true, value_name = "ADDRESS")]
    email: String,
}

/// Finds them.
///
/// # Errors
/// Nothing is said of the voter, or there is no such list.
pub fn run(options: &Options, verb: &Find) -> Result<ExitCode, CliError> {
    let question = FindVoters {
        state: verb.state,
        limit: verb.limit,
        query: verb.query.clone(),
        first_name: verb.first_name.clone(),
        middle_name: verb.middle_name.clone(),
        last_name: verb.last_name.clone(),
        suffix: verb.suffix.clone(),
        dob: verb.dob.clone(),
        sex: verb.sex.clone(),
        street: verb.street.clone(),
        city: verb.city.clone(),
        zip: verb.zip.clone(),
        phone: verb.phone.clone(),
        email: verb.email.clone(),
    };
    let found = ask(options, &question)?;
    let code =
        if found.exact.is_empty() && found.likely.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if options.json {
        print_json(&found)?;
        return Ok(code);
    }
    for hit in &found.exact {
        out!("{}", line(hit));
    }
    if !found.likely.is_empty() {
        out!("nobody is exactly so called; perhaps:");
    }
    for likely in &found.likely {
        out!("{:5.1} %  {}", likely.probability * 100.0, line(&likely.voter));
        out!("         {}", printable(&likely.reasons.join("; ")));
    }
    if found.more {
        out!("there are more: say more of the voter");
    }
    if code == ExitCode::FAILURE {
        out!("nobody found");
    }
    Ok(code)
}

fn line(hit: &VoterHit) -> String {
    let text = |value: &Option<String>| printable(value.as_deref().unwrap_or_default());
    let dropped =
        hit.dropped_at.as_ref().map_or_else(String::new, |day| format!("  (left the list by {day})"));
    format!(
        "{:12} {}, {}  {} {}{dropped}",
        text(&hit.state_voter_id),
        text(&hit.last),
        text(&hit.first),
        text(&hit.city),
        text(&hit.county_name)
    )
}
