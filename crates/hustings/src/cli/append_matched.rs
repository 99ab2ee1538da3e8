//! `hustings append` of a list without voter ids: its rows are matched, and each says why.

use super::Options;
use super::context::{Context, block_on};
use super::exit::CliError;
use super::matching::print_waterfall;
use super::output::print_json;
use crate::matching::{LinkQuestion, link_to_snapshot};
use crate::out;
use hustings_access::verb::Read;
use hustings_access::{Act, Request, verb};
use hustings_matching::compare::Pattern;
use hustings_matching::decide::{DecisionOptions, OneToOne};
use hustings_matching::explain::{ModelRecord, Waterfall};
use hustings_store::{AppendReport, AppendRequest, ListFile, ListRows, Store};
use serde::Serialize;
use std::path::Path;

/// How rows are matched.
pub struct How<'a> {
    /// What columns are, where the user says it.
    pub columns: &'a [(String, String)],
    /// The share of matched rows that is to be right.
    pub precision: f64,
    /// The file of pairs to write.
    pub pairs: Option<&'a Path>,
}

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

/// Matches a list to the current snapshot and joins it.
///
/// # Errors
/// It cannot be read, compared or joined, or its pairs not be written.
pub async fn append(
    store: &Store,
    act: &Act<'_, verb::Append>,
    request: &AppendRequest,
    sheet: Option<&str>,
    how: &How<'_>,
) -> Result<AppendReport, CliError> {
    let question = LinkQuestion {
        state: request.state,
        as_of: None,
        id: None,
        columns: how.columns.to_vec(),
        options: DecisionOptions { one_to_one: OneToOne::Left, precision: how.precision },
    };
    let linked = link_to_snapshot(store, act, rows(request, sheet)?, &question).await?;
    let matched = linked.matched()?;
    if let Some(pairs) = how.pairs {
        linked.record(store, act, &linked.decisions).await?;
        linked.write_pairs(pairs)?;
    }
    Ok(store.append_rows(act, request, &linked.list, Some(&matched)).await?)
}

#[derive(Serialize)]
struct Explained {
    append: String,
    line: u64,
    voter_key: String,
    fate: String,
    #[serde(flatten)]
    waterfall: Waterfall,
}

/// Shows by which pair a row found its voter.
///
/// # Errors
/// There is no such row, or it was joined by an id.
pub fn explain(options: &Options, append: &str, line: u64) -> Result<(), CliError> {
    let found = block_on(async {
        let context = Context::open(options).await?;
        let look = async |act: &Act<'_, Read>| Ok(context.store.append_match(act, append, line).await?);
        context.act(Request::all_voters(), look).await
    })?;
    let found = found.ok_or_else(|| {
        CliError::input(format!("append `{append}` has no row on line {line} that was matched to a voter"))
    })?;
    let model: ModelRecord = serde_json::from_str(&found.model).map_err(CliError::environment)?;
    let pair = &found.pair;
    let waterfall = Waterfall::rebuild(&model, Pattern(pair.levels), &pair.rarity_bits, pair.weight_bits);
    if options.json {
        return print_json(&Explained {
            append: append.to_owned(),
            line,
            voter_key: found.voter_key.to_string(),
            fate: found.fate,
            waterfall,
        });
    }
    out!("line {line} and voter {}: {}", found.voter_key, found.fate);
    print_waterfall(&waterfall);
    Ok(())
}
