//! `hustings append` of a list without voter ids: its rows, its pairs, and why each found its voter.

use super::Options;
use super::ask::ask;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::matching::print_waterfall;
use super::output::print_json;
use super::remote::Remote;
use crate::ask::Ask;
use crate::ask::append::{ExplainRow, ListPairs, find};
use crate::matching::run_pairs;
use crate::out;
use hustings_store::{AppendReport, AppendRequest, ListFile, ListRows};
use std::path::Path;

/// Reads a list, and says what there is to say of it.
///
/// # Errors
/// It cannot be read.
pub fn rows(request: &AppendRequest, sheet: Option<&str>) -> Result<ListRows, CliError> {
    let list = ListFile::open_sheet(&request.file, sheet)?;
    let rows = ListRows::read(&list)?;
    for note in list.note().into_iter().chain(rows.mended().note(list.path())) {
        eprintln!("hustings: {note}");
    }
    Ok(rows)
}

/// Writes the pairs of a matched list, the doubtful ones too.
///
/// # Errors
/// There are none, or a file cannot be written.
pub fn write_pairs(options: &Options, append: &AppendReport, out: &Path) -> Result<(), CliError> {
    let question = ListPairs { id: append.append.clone() };
    let found = match Remote::of(options)? {
        Some(remote) => remote.ask(&question)?,
        None => block_on(async {
            let context = Context::open(options).await?;
            let owner = append.owner.parse().map_err(CliError::input)?;
            let actor = context.actor(Some(&owner)).await?;
            Ok(question.answer(&context.store, &actor).await?)
        })?,
    };
    Ok(run_pairs::write(&found.pairs, &found.model, out)?)
}

/// Shows by which pair a row found its voter.
///
/// # Errors
/// There is no such row, or it was joined by an id.
pub fn explain(options: &Options, append: &str, line: u64) -> Result<(), CliError> {
    let found = as_owner(options, append, &ExplainRow { id: append.to_owned(), line })?;
    if options.json {
        return print_json(&found);
    }
    out!("line {line} and voter {}: {}", found.voter_key, found.fate);
    print_waterfall(&found.waterfall);
    Ok(())
}

/// Asks about an append, here without `--as` for its owner, as appending does: a matched list is its owner's alone.
fn as_owner<A: Ask>(options: &Options, append: &str, question: &A) -> Result<A::Answer, CliError> {
    if options.organization.is_some() || Remote::of(options)?.is_some() {
        return ask(options, question);
    }
    block_on(async {
        let context = Context::open(options).await?;
        let actor = context.actor(None).await?;
        let actor = match find(&context.store, &actor, append).await {
            Ok(found) => context.actor(Some(&found.report.owner.parse().map_err(CliError::input)?)).await?,
            Err(_) => actor,
        };
        Ok(question.answer(&context.store, &actor).await?)
    })
}
