//! Long work in the background, and the page that shows how far it is. Jobs live as long as the process; of a job of an
//! earlier one the store's record of loads tells how it ended.

use super::app::App;
use super::error::{PageError, page};
use super::format::{Seconds, sentence};
use super::frame::{Frame, Place};
use crate::ask::AskError;
use crate::matching::Watch;
use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Read;
use hustings_access::{Act, OrganizationId, Principal, Request};
use hustings_core::StateCode;
use hustings_store::{LoadOutcome, Store};
use hustings_voterfile::report::LoadReport;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// The jobs of this process.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<HashMap<String, Arc<Job>>>);

/// One job.
#[derive(Debug)]
pub struct Job {
    id: String,
    state: StateCode,
    title: String,
    started: Instant,
    /// The program that began it; none: a page did.
    by: Option<Principal>,
    /// Whose alone it is: nobody else learns that it runs. None: it is about the state's list.
    own: Option<OrganizationId>,
    standing: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    /// For the program that began it.
    loaded: Option<Loaded>,
    stages: Vec<String>,
    total: Option<u64>,
    done: u64,
    ended: Option<Result<String, String>>,
}

/// How a load ended.
pub type Loaded = Result<Box<LoadReport>, AskError>;

impl Jobs {
    /// Begins a job for a state.
    ///
    /// # Errors
    /// [`PageError::Busy`] when one is under way for the same state.
    pub fn begin(&self, state: StateCode, title: String) -> Result<Arc<Job>, PageError> {
        self.begin_by(state, title, None)
    }

    /// As [`Jobs::begin`], for a program that will ask how it went.
    ///
    /// # Errors
    /// As [`Jobs::begin`].
    pub fn begin_by(
        &self,
        state: StateCode,
        title: String,
        by: Option<Principal>,
    ) -> Result<Arc<Job>, PageError> {
        self.add(state, title, (by, None))
    }

    /// Begins a job of an organization's own, which stands in nobody else's way.
    ///
    /// # Errors
    /// [`PageError::Busy`] when one of theirs is under way for the same state.
    pub fn begin_own(
        &self,
        state: StateCode,
        title: String,
        organization: OrganizationId,
    ) -> Result<Arc<Job>, PageError> {
        self.add(state, title, (None, Some(organization)))
    }

    fn add(
        &self,
        state: StateCode,
        title: String,
        (by, own): (Option<Principal>, Option<OrganizationId>),
    ) -> Result<Arc<Job>, PageError> {
        let mut jobs = lock(&self.0);
        let in_the_way = |job: &&Arc<Job>| job.state == state && job.own == own && job.is_running();
        if let Some(running) = jobs.values().find(in_the_way) {
            return Err(PageError::Busy(format!(
                "{}: {} has been running for {}",
                state.upper(),
                running.title,
                Seconds(running.started.elapsed().as_secs_f64())
            )));
        }
        let mut id = [0; 8];
        hustings_store::entropy::fill(&mut id).map_err(PageError::environment)?;
        let id = hustings_core::digits::hex(&id);
        let job = Arc::new(Job {
            id: id.clone(),
            state,
            title,
            started: Instant::now(),
            by,
            own,
            standing: Mutex::default(),
        });
        jobs.insert(id, Arc::clone(&job));
        Ok(job)
    }

    /// The running job of a state.
    #[must_use]
    pub fn running(&self, state: StateCode) -> Option<Arc<Job>> {
        lock(&self.0)
            .values()
            .find(|job| job.state == state && job.own.is_none() && job.is_running())
            .cloned()
    }

    /// A running job of any state.
    #[must_use]
    pub fn any_running(&self) -> Option<Arc<Job>> {
        lock(&self.0).values().find(|job| job.own.is_none() && job.is_running()).cloned()
    }

    /// A job that a program began.
    #[must_use]
    pub fn of(&self, by: &Principal, id: &str) -> Option<Arc<Job>> {
        self.get(id).filter(|job| job.by.as_ref() == Some(by))
    }

    /// A job is over of which nobody will ask how it went.
    pub fn forget(&self, job: &Job) {
        lock(&self.0).remove(&job.id);
    }

    fn get(&self, id: &str) -> Option<Arc<Job>> {
        lock(&self.0).get(id).cloned()
    }
}

impl Job {
    /// Its random id, under which the store records its load as well.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its page is.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/jobs/{}", self.id)
    }

    /// What it does.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// A new stage begins; `total` is how much there is to do in it, where that is known.
    pub fn stage(&self, name: &str, total: Option<u64>) {
        let mut standing = lock(&self.standing);
        if standing.stages.last().is_none_or(|last| last != name) {
            standing.stages.push(name.to_owned());
        }
        standing.total = total;
        standing.done = 0;
    }

    /// So much more of the stage is done.
    pub fn advance(&self, amount: u64) {
        let mut standing = lock(&self.standing);
        standing.done = standing.done.saturating_add(amount);
    }

    /// How far it is: stage, how much there is to do in it, how much is done.
    #[must_use]
    pub fn progress(&self) -> (String, Option<u64>, u64) {
        let standing = lock(&self.standing);
        (standing.stages.last().cloned().unwrap_or_default(), standing.total, standing.done)
    }

    /// How it ended, for the program that began it.
    #[must_use]
    pub fn loaded(&self) -> Option<Loaded> {
        lock(&self.standing).loaded.clone()
    }

    /// Tells the program that began it how it ended.
    pub fn tell(&self, loaded: Loaded) {
        lock(&self.standing).loaded = Some(loaded);
    }

    /// The state whose list it loads.
    #[must_use]
    pub fn state(&self) -> StateCode {
        self.state
    }

    /// It is over: where to read the result, or one sentence of what went wrong.
    pub fn end(&self, result: Result<String, String>) {
        lock(&self.standing).ended = Some(result);
    }

    fn is_running(&self) -> bool {
        lock(&self.standing).ended.is_none()
    }
}

impl Watch for Job {
    fn stage(&self, name: &str) {
        Self::stage(self, name, None);
    }

    fn advance(&self, voters: u64) {
        Self::advance(self, voters);
    }
}

/// A panic in a job leaves only its figures behind, and these are shown as they are.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How far a job is, as shown.
#[derive(Debug, Clone)]
struct Shown {
    stages_done: Vec<String>,
    stage: String,
    /// Per cent of the stage, where known.
    percent: Option<u64>,
    elapsed: Seconds,
    failure: Option<String>,
    /// Else it is an organization's own.
    is_load: bool,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    address: String,
    title: String,
    back: String,
    shown: Shown,
}

#[derive(Template)]
#[template(path = "job_progress.html")]
struct JobFragment {
    address: String,
    shown: Shown,
}

/// `GET /jobs/{id}`: the page; for a polling page only the part that moves; when done, on to the result.
///
/// # Errors
/// [`PageError::NotFound`] for an unknown job.
pub async fn get(app: App, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, PageError> {
    let Some(job) = app.jobs().get(&id) else { return ended(&app, &id).await };
    match &job.own {
        Some(own) if super::visitor::present().is_some_and(|visitor| visitor.organization().id == *own) => {}
        Some(_) => return Err(PageError::NotFound),
        None => app.demand_keeper(job.state).await?,
    }
    let polls = headers.contains_key(HX_REQUEST);
    let (shown, result) = shown(&job);
    if let Some(address) = result {
        if polls {
            return Ok(([(HX_REDIRECT, address)], "").into_response());
        }
        return Ok(Redirect::to(&address).into_response());
    }
    if polls {
        return page(&JobFragment { address: job.address(), shown });
    }
    page(&JobPage {
        frame: Frame::of_state(
            job.state,
            job.title.clone(),
            if shown.is_load { Place::Load } else { Place::Columns },
            [],
        ),
        address: job.address(),
        title: job.title.clone(),
        back: if shown.is_load { format!("/{}/load", job.state) } else { format!("/{}/matches", job.state) },
        shown,
    })
}

/// A job that this process does not know, as the store's record of loads tells it.
#[derive(Template)]
#[template(path = "job_ended.html")]
struct EndedPage {
    frame: Frame,
    title: &'static str,
    sentence: String,
    load: String,
    runs: bool,
    failed: bool,
}

async fn ended(app: &App, id: &str) -> Result<Response, PageError> {
    if app.store().is_empty().await? {
        return Err(PageError::NotFound);
    }
    let load = id.to_owned();
    let find = async move |store: &Store, act: &Act<'_, Read>| store.load_record(act, &load).await;
    let record = app.act(Request::all_voters(), find).await?.ok_or(PageError::NotFound)?;
    let state = record.state;
    app.demand_keeper(state).await?;
    if let (Some(LoadOutcome::Published | LoadOutcome::Held | LoadOutcome::Accepted), Some(snapshot)) =
        (record.outcome, &record.snapshot)
    {
        return Ok(Redirect::to(&super::report::address(state, snapshot)).into_response());
    }
    let begun = super::format::instant(&record.started_at);
    let (title, sentence, failed) = match record.outcome {
        None => ("A load is under way", format!("It began {begun}, in another process of Hustings."), false),
        Some(LoadOutcome::Interrupted) => (
            "The load was interrupted",
            format!(
                "It began {begun}, and Hustings was ended before it was done. Nothing of it counts: the last good \
                 snapshot is still current. Load the delivery again."
            ),
            true,
        ),
        Some(LoadOutcome::Failed) => (
            "The load did not finish",
            format!(
                "It began {begun} and could not be completed. Nothing of it counts: the last good snapshot is still \
                 current. Load the delivery again to see why."
            ),
            true,
        ),
        Some(LoadOutcome::Unchanged) => (
            "Nothing was left to do",
            format!(
                "The load began {begun}. The same files had been loaded before, so that nothing changed."
            ),
            false,
        ),
        Some(_) => ("The load is done", format!("It began {begun}."), false),
    };
    page(&EndedPage {
        frame: Frame::of_state(state, title, Place::Load, []),
        title,
        sentence,
        load: format!("/{state}"),
        runs: record.outcome.is_none(),
        failed,
    })
}

fn shown(job: &Job) -> (Shown, Option<String>) {
    let standing = lock(&job.standing);
    let (result, failure) = match &standing.ended {
        Some(Ok(address)) => (Some(address.clone()), None),
        Some(Err(sentence)) => (None, Some(super::format::sentence_case(sentence))),
        None => (None, None),
    };
    let mut stages: Vec<String> = standing.stages.iter().map(|stage| sentence(stage)).collect();
    let stage = stages.pop().unwrap_or_else(|| "Starting".to_owned());
    let percent = standing
        .total
        .filter(|total| *total > 0)
        .map(|total| (standing.done.min(total).saturating_mul(100)) / total);
    let elapsed = Seconds(job.started.elapsed().as_secs_f64());
    (Shown { stages_done: stages, stage, percent, elapsed, failure, is_load: job.own.is_none() }, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_job_for_a_state_is_told_of_the_first() {
        let (nc, va) = ("nc".parse().unwrap(), "va".parse().unwrap());
        let jobs = Jobs::default();
        let first = jobs.begin(nc, "Load the list of Nov 21".to_owned()).unwrap();
        let refusal = jobs.begin(nc, "Load another".to_owned()).unwrap_err();
        assert!(refusal.to_string().contains("Load the list of Nov 21 has been running"), "{refusal}");
        assert!(jobs.begin(va, "Load".to_owned()).is_ok());
        first.end(Ok("/nc".to_owned()));
        assert!(jobs.begin(nc, "Load another".to_owned()).is_ok());
    }

    #[test]
    fn what_is_ones_own_stands_in_nobody_elses_way() {
        let nc = "nc".parse().unwrap();
        let organization = |id: &str| id.parse::<OrganizationId>().unwrap();
        let jobs = Jobs::default();
        jobs.begin_own(nc, "Match phones.csv".to_owned(), organization("rivera")).unwrap();
        assert!(jobs.running(nc).is_none() && jobs.any_running().is_none(), "nobody learns of it");
        assert!(jobs.begin_own(nc, "Match mine.csv".to_owned(), organization("chen")).is_ok());
        assert!(jobs.begin(nc, "Load the list".to_owned()).is_ok());
        let again = jobs.begin_own(nc, "Match more.csv".to_owned(), organization("rivera")).unwrap_err();
        assert!(again.to_string().contains("Match phones.csv"), "{again}");
    }

    #[test]
    fn progress_is_shown_by_stage() {
        let jobs = Jobs::default();
        let job = jobs.begin("nc".parse().unwrap(), "Load".to_owned()).unwrap();
        job.stage("read_rows", Some(200));
        job.advance(50);
        job.stage("compare", Some(10));
        job.advance(11);
        let (shown, result) = shown(&job);
        assert_eq!(shown.stages_done, ["Read rows"]);
        assert_eq!((shown.stage.as_str(), shown.percent), ("Compare", Some(100)));
        assert_eq!(result, None);
    }
}
