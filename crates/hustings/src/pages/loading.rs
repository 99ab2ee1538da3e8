//! Runs a load as a job of the pages: the one place where they meet the load pipeline.

use super::app::App;
use super::inbox::{self, Inbox};
use super::job::Job;
use crate::load::{LoadError, LoadRequest, Progress, load};
use hustings_access::verb::Load;
use hustings_access::{Act, Request};
use hustings_core::{StateCode, SystemClock};
use hustings_voterfile::report::LoadReport;
use jiff::civil::Date;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Begins the load of what lies in an inbox, in the background; the job ends on the load report.
pub fn start(
    app: App,
    job: Arc<Job>,
    state: StateCode,
    (inbox, path): (Inbox, PathBuf),
    as_of: Option<Date>,
) {
    let request = LoadRequest {
        paths: vec![path.clone()],
        state,
        as_of,
        accept_held: None,
        id: Some(job.id().to_owned()),
    };
    let worker = (app.clone(), Arc::clone(&job));
    let runtime = Handle::current();
    // A load blocks its thread for as long as it takes.
    let done = tokio::task::spawn_blocking(move || {
        let (app, job) = worker;
        runtime.block_on(run(&app, &request, &JobProgress(job)))
    });
    tokio::spawn(async move {
        let result = match done.await {
            Ok(Ok(report)) => {
                inbox::mark_loaded(&inbox, &path, state.as_str(), &report.summary.snapshot);
                Ok(super::report::address(state, &report.summary.snapshot))
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the load broke off because of a fault in Hustings: please report it".to_owned()),
        };
        if let Err(sentence) = &result {
            eprintln!("hustings: load.failed state={state} error=`{}`", super::format::visible(sentence));
        }
        job.end(result);
    });
}

/// Loads a delivery for whoever asks, telling the job how far it is.
///
/// # Errors
/// As [`load`].
pub(crate) async fn run(
    app: &App,
    request: &LoadRequest,
    progress: &JobProgress,
) -> Result<LoadReport, LoadError> {
    let run = async |act: &Act<'_, Load>| {
        load(app.store(), app.layouts(), act, request, progress, &SystemClock).await
    };
    app.permit(Request::voters_of(request.state)).await?.enter_async(run).await
}

/// Hands the load's progress to the job's page.
pub(crate) struct JobProgress(pub(crate) Arc<Job>);

impl Progress for JobProgress {
    fn stage(&self, name: &str, total: Option<u64>) {
        self.0.stage(name, total);
    }

    fn advance(&self, amount: u64) {
        self.0.advance(amount);
    }
}
