//! `hustings export`: the base file, alone or with an owner's overlay.

use super::Options;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::output::print_json;
use super::remote::Remote;
use crate::ask::export::{MakeExport, why_not};
use crate::out;
use hustings_access::{Act, Request, verb};
use hustings_core::{FieldClass, StateCode};
use hustings_store::{ExportFormat, ExportReport, ExportRequest};
use hustings_voterfile::gate::thousands;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write voters to a file; columns are computed from field classes
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Whose voters, such as nc
    #[arg(long, value_name = "STATE")]
    state: StateCode,
    /// base, or the class of an overlay that goes out with the base columns
    #[arg(long, value_name = "CLASS")]
    class: FieldClass,
    /// Owner of the overlay
    #[arg(long, value_name = "ORG")]
    owner: Option<String>,
    /// Only this county
    #[arg(long, value_name = "COUNTY")]
    county: Option<String>,
    /// csv, parquet or xlsx
    #[arg(long, value_name = "FORMAT")]
    format: ExportFormat,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

/// Exports.
///
/// # Errors
/// As the store.
pub fn run(options: &Options, verb: &Export) -> Result<ExitCode, CliError> {
    let question = MakeExport {
        state: verb.state,
        class: verb.class,
        owner: verb.owner.clone(),
        county: verb.county.clone(),
        format: verb.format,
    };
    let report = match Remote::of(options)? {
        Some(remote) => remote.export(&question, &verb.out, verb.force)?,
        None => here(options, question.into(verb.out.clone(), verb.force))?,
    };
    if options.json {
        print_json(&report)?;
    } else {
        print_report(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn here(options: &Options, request: ExportRequest) -> Result<ExportReport, CliError> {
    block_on(async {
        let context = Context::open(options).await?;
        let actor = context.actor(context.organization.as_ref()).await?;
        let run = async |act: &Act<'_, verb::Export>| Ok(context.store.export(act, &request).await);
        match context.act_as(actor.clone(), Request::voters_of(request.state), run).await? {
            Ok(report) => Ok(report),
            Err(error) => Err(why_not(&context.store, &actor, request.state, error).await.into()),
        }
    })
}

fn print_report(report: &ExportReport) {
    out!("Wrote {} voters to {}", thousands(report.rows), report.file.display());
    out!("  {} columns, {} bytes, sha256 {}", report.columns.len(), thousands(report.bytes), report.sha256);
    out!(
        "  subtracted: {} confidential, {} no longer on the list",
        thousands(report.confidential_subtracted),
        thousands(report.dropped_subtracted)
    );
}
