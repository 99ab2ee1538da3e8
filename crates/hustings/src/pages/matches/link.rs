//! Matches a list with a state's voters, as a job of its organization's own.

use super::draft::Draft;
use crate::ask::append::PRECISION;
use crate::matching::{Columns, MatchError, NewList};
use crate::pages::app::App;
use crate::pages::error::PageError;
use crate::pages::job::Job;
use hustings_access::verb::Append;
use hustings_access::{Act, Request};
use hustings_matching::field::Field;
use hustings_store::{Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What the visitor has chosen.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// What each column is taken for.
    pub fields: Vec<Option<Field>>,
    /// Places of the columns that are to be appended.
    pub appended: BTreeSet<usize>,
}

/// Begins to match in the background; the job ends on the result's page, whose address the task gives.
pub fn start(app: App, job: Arc<Job>, draft: Arc<Draft>, chosen: Chosen) -> JoinHandle<Option<String>> {
    tokio::spawn(async move {
        let state = draft.state();
        let worker = Arc::clone(&job);
        let work =
            async move |store: &Store, act: &Act<'_, Append>| run(store, act, &worker, &draft, &chosen).await;
        let done = app.act(Request::voters_of(state), work).await;
        let ended = match done {
            Ok(run) => Ok(super::run::address(state, &run)),
            Err(PageError::Environment(cause)) => {
                eprintln!(
                    "hustings: match.failed state={state} error=`{}`",
                    crate::pages::format::visible(&cause)
                );
                Err("the machine could not do it: try again, and report it if it happens again".to_owned())
            }
            Err(error) => Err(error.to_string()),
        };
        let result = ended.clone().ok();
        job.end(ended);
        result
    })
}

async fn run(
    store: &Store,
    act: &Act<'_, Append>,
    job: &Job,
    draft: &Draft,
    chosen: &Chosen,
) -> Result<String, StoreError> {
    let new = NewList {
        state: draft.state(),
        rows: draft.rows.clone(),
        file: draft.about.file.clone(),
        sha256: draft.about.sha256.clone(),
        columns: Columns::Chosen { fields: chosen.fields.clone(), appended: chosen.appended.clone() },
        precision: PRECISION,
    };
    let run = match new.keep(store, act, job).await {
        Ok(run) => run,
        Err(MatchError::Store(error)) => return Err(error),
        Err(other) => return Err(StoreError::Input(other.to_string())),
    };
    // Only now: what is matched is kept.
    store.remove_draft(act, draft.state(), &draft.about.id).await?;
    Ok(run.id)
}
