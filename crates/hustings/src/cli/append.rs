//! `hustings append`: somebody's columns joined to the voter file as an overlay; listed; removed; made unreadable.

use super::Options;
use super::append_matched;
use super::ask::ask;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::matching::{column, share};
use super::output::print_json;
use super::remote::Remote;
use crate::ask::append::{JoinColumns, ListAppends, Named, PRECISION, RemoveAppend, find};
use crate::ask::append_list::{self, How};
use crate::matching::demand_pairs_writable;
use crate::out;
use hustings_access::{Act, OrganizationId, OrganizationKind, Request, verb};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::Acting;
use hustings_store::{AppendRecord, AppendReport, AppendRequest, AppendStatus, ListFile};
use hustings_voterfile::gate::thousands;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Join a vendor's or party's columns to the voter file, by voter id or by matching
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Append {
    #[command(subcommand)]
    subverb: Option<Subverb>,
    /// The list, with a header: csv, parquet or xlsx
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
    /// Column that holds the state's voter id; without it, a column `state_voter_id`, else the rows are matched
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Match the rows to voters even where a column holds ids
    #[arg(long = "match", conflicts_with = "id")]
    matched: bool,
    /// What columns are, for matching, as `last_name=maiden`; `ignore=note` leaves one out
    #[arg(long, value_delimiter = ',', value_parser = column, value_name = "CANONICAL=HEADER")]
    columns: Vec<(String, String)>,
    /// The share of matched rows that is to be right
    #[arg(long, default_value_t = PRECISION, value_parser = share, value_name = "SHARE")]
    precision: f64,
    /// A file of the pairs of a matched list, the doubtful ones too
    #[arg(long, conflicts_with = "id", value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Sheet of a spreadsheet; the first when not given
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
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
    /// Show why a row of a matched list found its voter
    Explain {
        /// As `append list` shows it
        #[arg(value_name = "ID")]
        id: String,
        /// Line on which the row begins; in a spreadsheet its number
        #[arg(value_name = "LINE")]
        line: u64,
    },
    /// Destroy the key of an owner's class: nobody can read its values again
    Destroy {
        /// Organization whose data it is
        #[arg(long, value_name = "ORG")]
        owner: OrganizationId,
        /// appended, proprietary or private; of all states
        #[arg(long, value_name = "CLASS")]
        class: FieldClass,
        /// Do it: it cannot be undone
        #[arg(long)]
        yes: bool,
    },
}

impl Append {
    /// What of it cannot be asked of a server: keys are destroyed where they lie.
    #[must_use]
    pub fn only_here(&self) -> Option<&'static str> {
        match self.subverb {
            Some(Subverb::Destroy { .. }) => Some("append destroy"),
            _ => None,
        }
    }
}

/// Appends, lists, removes, or destroys a key.
///
/// # Errors
/// As the store.
pub fn run(options: &Options, verb: &Append) -> Result<ExitCode, CliError> {
    match &verb.subverb {
        Some(Subverb::List { state }) => list(options, *state)?,
        Some(Subverb::Remove { id }) => remove(options, id)?,
        Some(Subverb::Explain { id, line }) => append_matched::explain(options, id, *line)?,
        Some(Subverb::Destroy { owner, class, yes }) => destroy(options, owner, *class, *yes)?,
        None => append(options, verb)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn append(options: &Options, verb: &Append) -> Result<(), CliError> {
    let (Some(file), Some(state), Some(owner), Some(class)) =
        (&verb.file, verb.state, &verb.owner, verb.class)
    else {
        return Err(CliError::input("expected FILE, --state, --owner and --class"));
    };
    if let Some(out) = &verb.pairs {
        demand_pairs_writable([file.as_path()], out)?;
    }
    let id = verb.id_column(file)?;
    let request = AppendRequest {
        state,
        owner: owner.clone(),
        class,
        file: file.clone(),
        id_column: id.clone().unwrap_or_default(),
    };
    let is_matched = id.is_none();
    let joined = match Remote::of(options)? {
        Some(remote) => {
            let question = JoinColumns {
                state,
                owner: owner.clone(),
                class,
                id_column: id,
                file: request.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                sheet: verb.sheet.clone(),
                columns: verb.columns.clone(),
                precision: is_matched.then_some(verb.precision),
            };
            remote.append(&request.file, &question)?
        }
        None => {
            let append = here(options, &request, verb, is_matched)?;
            Named { id: append.append.clone(), append }
        }
    };
    if let Some(removed) = joined.append.removed_before.as_ref().filter(|_| !joined.append.unchanged) {
        eprintln!(
            "hustings: the same list was appended as {removed} and removed since: it is there again now"
        );
    }
    if let Some(out) = verb.pairs.as_deref().filter(|_| is_matched) {
        append_matched::write_pairs(options, &joined.append, out)?;
    }
    if options.json { print_value(&joined) } else { print_report(&joined.append) }
}

impl Append {
    /// The column of voter ids: as named, or by the name that it has in exports; none when the rows are to be matched.
    fn id_column(&self, file: &Path) -> Result<Option<String>, CliError> {
        if self.matched || self.id.is_some() {
            return Ok(self.id.clone());
        }
        let list = ListFile::open_sheet(file, self.sheet.as_deref())?;
        let found = list.headers().iter().find(|header| header.eq_ignore_ascii_case("state_voter_id"));
        Ok(found.cloned())
    }
}

fn here(
    options: &Options,
    request: &AppendRequest,
    verb: &Append,
    matched: bool,
) -> Result<AppendReport, CliError> {
    let (class, state) = (request.class, request.state);
    block_on(async {
        let context = Context::open(options).await?;
        let run = async |act: &Act<'_, verb::Append>| {
            if matched {
                let how = How { columns: verb.columns.clone(), precision: verb.precision };
                let rows = append_matched::rows(request, verb.sheet.as_deref())?;
                return Ok(append_list::append(&context.store, act, request, rows, &how, &()).await?);
            }
            if verb.sheet.is_some() {
                let rows = append_matched::rows(request, verb.sheet.as_deref())?;
                return Ok(context.store.append_rows(act, request, &rows).await?);
            }
            Ok(context.store.append(act, request).await?)
        };
        if options.organization.is_some() {
            return context.act(Request::voters_of(state), run).await;
        }
        // A file that cannot be used registers nobody.
        context.store.check_append(request)?;
        let (owner, new) = owner_of(&context, request).await?;
        let actor = context.actor(Some(&owner)).await?;
        let report = context.act_as(actor, Request::voters_of(state), run).await?;
        context.store.share_unregistered(&owner, class, state).await?;
        if let Some(kind) = new {
            eprintln!("hustings: `{owner}` is new: registered as an organization of kind {kind}");
        }
        Ok(report)
    })
}

/// As JSON with the names in order.
fn print_value(value: &impl serde::Serialize) -> Result<(), CliError> {
    print_json(&serde_json::to_value(value).map_err(CliError::environment)?)
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
    let review = match report.matching {
        Some(_) => format!(" {} for review,", thousands(rows.review)),
        None => String::new(),
    };
    out!(
        "{} rows: {} matched,{review} {} unmatched, {} duplicate, {} held back",
        thousands(rows.read),
        thousands(rows.matched),
        thousands(rows.unmatched),
        thousands(rows.duplicate),
        thousands(rows.quarantined)
    );
    if let Some(matching) = &report.matching {
        out!(
            "  expected: {:.2} % of the matched rows are of their voter; `hustings append explain {} LINE` shows why",
            matching.estimated_precision * 100.0,
            report.append
        );
    }
    if let Some(apart) = report.matching.map(|matching| matching.kept_apart).filter(|apart| *apart > 0) {
        let pairs = if apart == 1 { "pair".to_owned() } else { format!("{} pairs", thousands(apart)) };
        out!("  {pairs} that reviewers of an earlier list took apart: not accepted again, for review");
    }
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
    let list = ask(options, &ListAppends { state })?;
    if options.json {
        return print_value(&list);
    }
    if list.appends.is_empty() {
        out!("No appends.");
    }
    for named in &list.appends {
        print_line(&named.append);
    }
    Ok(())
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
    let question = RemoveAppend { id: id.to_owned() };
    let removed = match Remote::of(options)? {
        Some(remote) => remote.ask(&question)?,
        None => block_on(async {
            let context = Context::open(options).await?;
            let actor = context.actor(context.organization.as_ref()).await?;
            let found = find(&context.store, &actor, id).await?;
            // As appending does: without `--as`, for the owner.
            let actor = match options.organization {
                Some(_) => actor,
                None => context.actor(Some(&found.report.owner.parse().map_err(CliError::input)?)).await?,
            };
            Ok(question.remove(&context.store, &actor, &found).await?)
        })?,
    };
    if options.json {
        return print_value(&removed);
    }
    out!("Removed {id}, and its files are deleted.");
    if let Some(before) = &removed.append.report.replaces {
        out!("{before}, whose place it had taken, is shown again.");
    }
    Ok(())
}

fn destroy(options: &Options, owner: &OrganizationId, class: FieldClass, yes: bool) -> Result<(), CliError> {
    if !yes {
        return Err(CliError::input(format!(
            "all {class} data of `{owner}`, of every state, would be unreadable for ever: say --yes if that is meant"
        )));
    }
    let destroyed = block_on(async {
        let context = Context::open(options).await?;
        let actor = context.actor(Some(options.organization.as_ref().unwrap_or(owner))).await?;
        let run = async |act: &Act<'_, verb::Append>| {
            Ok(context.store.destroy_key(act, owner.as_str(), class).await?)
        };
        context.act_as(actor, Request::all_voters().about(owner.as_str()), run).await
    })?;
    if options.json {
        return print_json(&destroyed);
    }
    let appends = if destroyed.appends == 1 { "append" } else { "appends" };
    out!(
        "The key of the {class} data of {owner} is destroyed: {} {appends} can be read by nobody any more.",
        thousands(destroyed.appends)
    );
    out!("Copies of the owner's key file that you made, such as backups, can undo it: destroy them as well.");
    Ok(())
}
