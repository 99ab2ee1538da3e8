//! A list without voter ids: matched with the voters that exist for the asker, kept as a run, and the pairs that hold appended.

use super::AskError;
use crate::matching::{Columns, MatchError, NewList, Watch};
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_store::match_run::MatchRunRecord;
use hustings_store::{AppendPairs, AppendReport, AppendRequest, ListBefore, ListRows, Store};

/// How rows are matched.
#[derive(Debug, Clone, PartialEq)]
pub struct How {
    /// What columns are, where the user says it.
    pub columns: Vec<(String, String)>,
    /// The share of matched rows that is to be right.
    pub precision: f64,
}

/// Matches a list to the current snapshot and appends it; the same list a second time changes nothing. Between the two a run
/// stands that is whole: a program that ends there goes on with it when it is asked again.
///
/// # Errors
/// As [`Store::append`], or nothing of the list can be compared.
pub async fn append(
    store: &Store,
    act: &Act<'_, Append>,
    request: &AppendRequest,
    list: ListRows,
    how: &How,
    watch: &dyn Watch,
) -> Result<AppendReport, MatchError> {
    let before = store.list_before(act, request, &list).await?;
    if let Some(unchanged) = before.unchanged {
        return Ok(unchanged);
    }
    let run = match known_run(store, act, request, (&list, &before), how).await? {
        Some(run) => run,
        None => {
            let file = request.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let new = NewList {
                state: request.state,
                rows: list,
                file,
                sha256: before.sha256,
                columns: Columns::Recognized(how.columns.clone()),
                precision: how.precision,
            };
            new.keep(store, act, watch).await?
        }
    };
    watch.stage("append");
    let wanted =
        AppendPairs { state: request.state, run: run.id, class: request.class, columns: None, once: true };
    Ok(store.append_pairs(act, &wanted).await?)
}

/// A run of the same list, with the same snapshot and by the same choice, with all that was answered of it.
async fn known_run(
    store: &Store,
    act: &Act<'_, Append>,
    request: &AppendRequest,
    (list, before): (&ListRows, &ListBefore),
    how: &How,
) -> Result<Option<MatchRunRecord>, MatchError> {
    // What the user says of columns may differ in ways that the run does not tell.
    if !how.columns.is_empty() {
        return Ok(None);
    }
    let Some(current) = store.current(act, request.state).await? else { return Ok(None) };
    let runs = store.match_runs(act, request.state).await?;
    let is_same = |run: &MatchRunRecord| {
        let Some(report) = &run.report else { return false };
        run.snapshot == current.id
            && report.sha256 == before.sha256
            && report.precision.total_cmp(&how.precision).is_eq()
            && report.columns.iter().all(|column| column.is_appended)
            && report.columns.iter().map(|column| &column.header).eq(list.headers())
    };
    Ok(runs.into_iter().find(is_same))
}

impl From<MatchError> for AskError {
    fn from(error: MatchError) -> Self {
        match error {
            MatchError::Store(error) => error.into(),
            MatchError::Columns { .. } | MatchError::Input(_) => Self::Input(error.to_string()),
        }
    }
}
