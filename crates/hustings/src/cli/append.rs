//! `hustings append`: somebody's columns joined to the voter file as an overlay; listed; removed.

use super::Options;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::output::print_json;
use crate::out;
use hustings_access::{Act, OrganizationId, OrganizationKind, Request, verb};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::Acting;
use hustings_store::{AppendRecord, AppendReport, AppendRequest, AppendStatus};
use hustings_voterfile::gate::thousands;
use std::path::PathBuf;
use std::process::ExitCode;

/// Join a vendor's or party's columns to the voter file by voter id
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Append {
    #[command(subcommand)]
    subverb: Option<Subverb>,
    /// Delimited text with a header
    #[arg(required = true, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Whose voters they are, such as nc
    #[arg(long, required = true, value_name = "STATE")]
    state: Option<StateCode>,
    /// Organization whose data it is
    #[arg(long, required = true, value_name = "ORG")]
    owner: Option<String>,
    /// appended, proprietary or private
    #[arg(long, required = true, value_name = "CLASS")]
    class: Option<FieldClass>,
    /// Column that holds the state's voter id
    #[arg(long, required = true, value_name = "COLUMN")]
    id: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Subverb {
    /// Show every append, removed ones too
    List {
        /// Only of this state
        #[arg(long, value_name = "STATE")]
        state: Option<StateCode>,
    },
    /// Remove an append and delete its files
    Remove {
        /// As `append list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Appends, lists or removes.
///
/// # Errors
/// As the store.
pub fn run(options: &Options, verb: &Append) -> Result<ExitCode, CliError> {
    match &verb.subverb {
        Some(Subverb::List { state }) => list(options, *state)?,
        Some(Subverb::Remove { id }) => remove(options, id)?,
        None => append(options, verb)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn append(options: &Options, verb: &Append) -> Result<(), CliError> {
    let (Some(file), Some(state), Some(owner), Some(class), Some(id_column)) =
        (&verb.file, verb.state, &verb.owner, verb.class, &verb.id)
    else {
        return Err(CliError::input("expected FILE, --state, --owner, --class and --id"));
    };
    let request = AppendRequest {
        state,
        owner: owner.clone(),
        class,
        file: file.clone(),
        id_column: id_column.clone(),
    };
    let report = block_on(async {
        let context = Context::open(options).await?;
        let run = async |act: &Act<'_, verb::Append>| Ok(context.store.append(act, &request).await?);
        if options.organization.is_some() {
            return context.act(Request::voters_of(state), run).await;
        }
        // A file that cannot be used registers nobody.
        context.store.check_append(&request)?;
        let (owner, new) = owner_of(&context, &request).await?;
        let actor = context.actor(Some(&owner)).await?;
        let report = context.act_as(actor, Request::voters_of(state), run).await?;
        context.store.share_unregistered(&owner, class, state).await?;
        if let Some(kind) = new {
            eprintln!("hustings: `{owner}` is new: registered as an organization of kind {kind}");
        }
        Ok(report)
    })?;
    if options.json { print_json(&with_id(&report)?) } else { print_report(&report) }
}

/// As JSON, with what `append remove` takes under its name there, too.
fn with_id(append: &impl serde::Serialize) -> Result<serde_json::Value, CliError> {
    let mut value = serde_json::to_value(append).map_err(CliError::environment)?;
    value["id"] = value["append"].clone();
    Ok(value)
}

/// The owner named, registered when nobody has done so, and then its kind. Whoever opened the data folder acts for it.
async fn owner_of(
    context: &Context,
    request: &AppendRequest,
) -> Result<(OrganizationId, Option<OrganizationKind>), CliError> {
    let owner: OrganizationId = request
        .owner
        .parse()
        .map_err(|error| CliError::input(format!("owner `{}` cannot be used: {error}", request.owner)))?;
    let directory_owner = context.actor(None).await?.organization_id().clone();
    let by = Acting::local(directory_owner);
    let (organization, is_new) = context.store.register_owner(&by, &owner, request.class).await?;
    Ok((owner, is_new.then_some(organization.kind)))
}

fn print_report(report: &AppendReport) -> Result<(), CliError> {
    let verdict = if report.unchanged { "Unchanged: the same file is there as" } else { "Appended as" };
    out!("{verdict} {}", report.append);
    if let Some(replaced) = &report.replaces {
        out!("It takes the place of {replaced}, which has the same columns.");
    }
    let rows = &report.rows;
    out!(
        "{} rows: {} matched, {} unmatched, {} duplicate, {} held back",
        thousands(rows.read),
        thousands(rows.matched),
        thousands(rows.unmatched),
        thousands(rows.duplicate),
        thousands(rows.quarantined)
    );
    for column in &report.columns {
        let kind = serde_json::to_value(column.kind).map_err(CliError::environment)?;
        print!("  {} ({}): {} values", column.name, kind.as_str().unwrap_or(""), thousands(column.filled));
        if column.out_of_domain > 0 {
            print!(", {} out of domain", thousands(column.out_of_domain));
        }
        out!();
    }
    Ok(())
}

fn list(options: &Options, state: Option<StateCode>) -> Result<(), CliError> {
    let appends = block_on(async {
        let context = Context::open(options).await?;
        seen(&context, state).await
    })?;
    if options.json {
        let appends = appends.iter().map(with_id).collect::<Result<Vec<_>, _>>()?;
        return print_json(&serde_json::json!({ "appends": appends }));
    }
    if appends.is_empty() {
        out!("No appends.");
    }
    for append in &appends {
        print_line(append);
    }
    Ok(())
}

/// The appends that exist for whoever asks.
async fn seen(context: &Context, state: Option<StateCode>) -> Result<Vec<AppendRecord>, CliError> {
    let request = match state {
        Some(state) => Request::voters_of(state),
        None if context.store.is_empty().await? => return Ok(Vec::new()),
        None => Request::all_voters(),
    };
    let list = async |act: &Act<'_, verb::Read>| Ok(context.store.appends(act, state).await?);
    context.act(request, list).await
}

fn print_line(append: &AppendRecord) {
    let report = &append.report;
    let status = match append.status {
        AppendStatus::Current => "current",
        AppendStatus::Replaced => "replaced",
        AppendStatus::Removed => "removed",
    };
    let what = format!("{}  {}  {}/{}  {status}", report.append, report.state, report.owner, report.class);
    match &append.unreadable {
        None => out!("{what}  {} matched  {}", thousands(report.rows.matched), report.file),
        Some(why) => out!("{what}  unreadable: {why}"),
    }
}

fn remove(options: &Options, id: &str) -> Result<(), CliError> {
    let removed = block_on(async {
        let context = Context::open(options).await?;
        let found = seen(&context, None).await?.into_iter().find(|known| known.report.append == id);
        let found = found.ok_or_else(|| {
            CliError::input(format!("there is no append `{id}`: see `hustings append list`"))
        })?;
        // As appending does: without `--as`, for the owner.
        let owner = match options.organization {
            Some(_) => None,
            None => Some(found.report.owner.parse().map_err(CliError::input)?),
        };
        let actor = context.actor(owner.as_ref().or(context.organization.as_ref())).await?;
        let run = async |act: &Act<'_, verb::Append>| Ok(context.store.remove_append(act, id).await?);
        context.act_as(actor, Request::voters_of(found.report.state), run).await
    })?;
    if options.json {
        return print_json(&with_id(&removed)?);
    }
    out!("Removed {id}, and its files are deleted.");
    if let Some(before) = &removed.report.replaces {
        out!("{before}, whose place it had taken, is shown again.");
    }
    Ok(())
}
