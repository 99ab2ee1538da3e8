//! How it stands with an organization's lists now, for the pages that lead to them.

use super::reviewed::{Reviewed, RowCounts};
use crate::pages::app::App;
use crate::pages::error::PageError;
use crate::pages::words;
use hustings_core::StateCode;
use hustings_store::match_run::MatchRunRecord;
use std::collections::BTreeMap;

/// By run how many rows are where.
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn counts(
    app: &App,
    state: StateCode,
    runs: &[MatchRunRecord],
) -> Result<BTreeMap<String, RowCounts>, PageError> {
    let mut counts = BTreeMap::new();
    for run in runs.iter().filter(|run| run.report.is_some()) {
        if let Some(reviewed) = Reviewed::read(app, state, &run.id).await? {
            counts.insert(run.id.clone(), reviewed.rows());
        }
    }
    Ok(counts)
}

/// A state's matched lists in one line; empty where there are none.
///
/// # Errors
/// As [`counts`].
pub async fn said(app: &App, state: StateCode) -> Result<String, PageError> {
    let runs = app.read(state, async move |store, act| store.match_runs(act, state).await).await?;
    let counts = counts(app, state, &runs).await?;
    if counts.is_empty() {
        return Ok(String::new());
    }
    let doubtful: u64 = counts.values().map(|rows| rows.doubtful).sum();
    let waiting = match doubtful {
        0 => String::new(),
        doubtful => format!(", {} waiting", words::plural(doubtful, "doubtful row", "doubtful rows")),
    };
    Ok(format!("{}{waiting}", words::plural_of(counts.len(), "list", "lists")))
}
