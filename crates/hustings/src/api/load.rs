//! `/api/v1/loads`: a delivery is taken in and loaded as a job; whoever began it asks how far it is. Its files go when it
//! is done: what was loaded is in the snapshot.

use super::append::{broken_off, failed, of_page, part_of_json};
use super::problem::Problem;
use crate::ask::AskError;
use crate::ask::load::{LoadDelivery, LoadState, SentFile, permit};
use crate::load::{LoadError, LoadRequest};
use crate::pages::app::App;
use crate::pages::job::Job;
use crate::pages::loading::{JobProgress, run};
use crate::pages::room::Room;
use crate::pages::upload;
use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::extract::{Extension, Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use hustings_access::Actor;
use hustings_store::ErrorKind;
use hustings_voterfile::report::LoadReport;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// The part of the form that says what it is, which comes first.
pub const QUESTION: &str = "load";
/// The parts of the form that are files.
pub const FILE: &str = "file";
/// Files of one delivery.
pub const FILES_MAX: usize = 1_000;
const PATH_BYTES_MAX: usize = 500;

/// `POST /api/v1/loads`: a form of `load`, which is JSON, and the files that it names, in that order.
///
/// # Errors
/// When the form is not complete, the policy refuses it, the disk is full, or a load of the state is under way.
pub async fn begin(
    app: App,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<LoadState>, Problem> {
    let mut form = form.map_err(|_| Problem::Input("the body is no `multipart/form-data`".to_owned()))?;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let begun = take(&app, &actor, announced, &mut form).await;
    if begun.is_err() {
        // Who is hung up on while still sending reads no answer.
        upload::drain(&mut form).await;
    }
    begun
}

/// `GET /api/v1/loads/{id}`
///
/// # Errors
/// As the load ended; or when the key has begun no such load.
pub async fn ask(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<LoadState>, Problem> {
    let missing = || Problem::NotFound(format!("there is no load `{}`", crate::pages::format::visible(&id)));
    let job = app.jobs().of(&actor.principal, &id).ok_or_else(missing)?;
    let Some(loaded) = job.loaded() else { return Ok(Json(state_of(&job, None))) };
    let report = loaded?;
    // The report tells of voters: whoever may load no more reads none.
    drop(permit(app.store(), &actor, job.state()).await?);
    Ok(Json(state_of(&job, Some(report))))
}

fn state_of(job: &Job, report: Option<Box<LoadReport>>) -> LoadState {
    let (stage, total, done) = job.progress();
    LoadState { id: job.id().to_owned(), state: job.state(), stage, total, done, report }
}

async fn take(
    app: &App,
    actor: &Actor,
    announced: Option<u64>,
    form: &mut Multipart,
) -> Result<Json<LoadState>, Problem> {
    let incomplete = || Problem::Input(format!("expected the parts `{QUESTION}` and then each `{FILE}`"));
    let first = form.next_field().await.map_err(broken_off)?.filter(|field| field.name() == Some(QUESTION));
    let question: LoadDelivery = part_of_json(first.ok_or_else(incomplete)?, QUESTION).await?;
    let store = app.store();
    // Asked before a byte is taken in, and once more when it is loaded.
    drop(permit(store, actor, question.state).await?);
    if question.accept_held.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Problem::Input("`accept_held` needs a reason, and the reason given is empty".to_owned()));
    }
    let places = places(&question.files)?;
    fs::create_dir_all(store.data().inbox()).map_err(failed)?;
    let folder = upload::arriving_in(&store.data().inbox()).map_err(failed)?;
    let mut room = Room::for_upload(folder.path(), announced).map_err(of_page)?;
    for place in &places {
        let field = form.next_field().await.map_err(broken_off)?.filter(|field| field.name() == Some(FILE));
        write(&folder, place, field.ok_or_else(incomplete)?, &mut room).await?;
    }
    if form.next_field().await.map_err(broken_off)?.is_some() {
        return Err(incomplete());
    }
    let named: BTreeSet<PathBuf> =
        places.iter().map(|place| folder.path().join(place.iter().take(2).collect::<PathBuf>())).collect();
    let title = "Loading a delivery that was sent".to_owned();
    let job = app.jobs().begin_by(question.state, title, Some(actor.principal.clone()));
    let job = job.map_err(|_| Problem::Busy)?;
    let request = LoadRequest {
        paths: named.into_iter().collect(),
        state: question.state,
        as_of: question.as_of,
        accept_held: question.accept_held,
        id: Some(job.id().to_owned()),
    };
    start(app.clone(), Arc::clone(&job), request, folder);
    Ok(Json(state_of(&job, None)))
}

/// Where the files go below the folder of the delivery: nowhere else, and no two to one place.
fn places(files: &[SentFile]) -> Result<Vec<PathBuf>, Problem> {
    if files.is_empty() || files.len() > FILES_MAX {
        return Err(Problem::Input(format!("expected 1 to {FILES_MAX} files, got {}", files.len())));
    }
    let mut places = Vec::with_capacity(files.len());
    for file in files {
        let shown = crate::pages::format::visible(&file.path);
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.contains(['\\', ':'])
                && !part.contains(char::is_control)
        };
        if file.named >= FILES_MAX || file.path.len() > PATH_BYTES_MAX || !file.path.split('/').all(plain) {
            return Err(Problem::Input(format!("`{shown}` cannot be the name of a file")));
        }
        let place = PathBuf::from(file.named.to_string()).join(&file.path);
        if places.contains(&place) {
            return Err(Problem::Input(format!("two files are named `{shown}`")));
        }
        places.push(place);
    }
    Ok(places)
}

async fn write(
    folder: &TempDir,
    place: &std::path::Path,
    mut field: Field<'_>,
    room: &mut Room,
) -> Result<(), Problem> {
    let path = folder.path().join(place);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut file = File::create_new(&path).map_err(failed)?;
    while let Some(chunk) = field.chunk().await.map_err(broken_off)? {
        room.take(folder.path(), chunk.len()).map_err(of_page)?;
        // A chunk is some kilobytes: writing it in place costs less than handing it to another thread.
        file.write_all(&chunk).map_err(failed)?;
    }
    Ok(())
}

fn start(app: App, job: Arc<Job>, request: LoadRequest, folder: TempDir) {
    let runtime = Handle::current();
    let worker = Arc::clone(&job);
    // A load blocks its thread for as long as it takes.
    let done = spawn_blocking(move || {
        let loaded = runtime.block_on(run(&app, &request, &JobProgress(worker)));
        let own = folder.path().display().to_string();
        if let Err(error) = folder.close() {
            eprintln!("hustings: load.cleanup_failed error=`{error}`");
        }
        loaded.map_err(|error| (error.to_string(), told(&error, &own)))
    });
    tokio::spawn(async move {
        let (page, program) = match done.await {
            Ok(Ok(report)) => {
                let address = crate::pages::report::address(job.state(), &report.summary.snapshot);
                (Ok(address), Ok(Box::new(report)))
            }
            Ok(Err((sentence, error))) => {
                let shown = crate::pages::format::visible(&sentence);
                eprintln!("hustings: load.failed state={} error=`{shown}`", job.state());
                (Err(error.to_string()), Err(error))
            }
            Err(_) => {
                let why = "the load broke off because of a fault in Hustings: please report it".to_owned();
                (Err(why.clone()), Err(AskError::Environment(why)))
            }
        };
        job.tell(program);
        job.end(page);
    });
}

/// Where the files lay here is nobody's business: they are called as whoever sent them calls them.
fn told(error: &LoadError, own: &str) -> AskError {
    let text = error.to_string();
    let mut said = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(own) {
        said.push_str(&rest[..at]);
        rest = rest[at + own.len()..]
            .trim_start_matches('/')
            .trim_start_matches(|digit: char| digit.is_ascii_digit());
        rest = rest.trim_start_matches('/');
    }
    said.push_str(rest);
    match (error, error.kind()) {
        (LoadError::Store(hustings_store::StoreError::Locked { .. }), _) => AskError::Busy(said),
        (_, ErrorKind::Input) => AskError::Input(said),
        (_, ErrorKind::No) => AskError::Refused(said),
        (_, ErrorKind::Environment) => AskError::Environment(text),
    }
}
