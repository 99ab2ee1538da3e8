//! Runs a load as a job of the pages: the one place where they meet the load pipeline.

use super::app::App;
use super::job::Job;
use hustings_core::StateCode;
use jiff::civil::Date;
use std::path::PathBuf;
use std::sync::Arc;

/// Begins the load in the background; the job ends on the load report.
pub fn start(app: App, job: Arc<Job>, state: StateCode, path: PathBuf, as_of: Option<Date>) {
    let _ = (app, state, path, as_of);
    job.end(Err("this build cannot load yet".to_owned()));
}
