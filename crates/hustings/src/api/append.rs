//! `POST /api/v1/appends`: a file of columns is taken in whole and joined before it is acknowledged.

use super::problem::Problem;
use crate::ask::append::{JoinColumns, Named, PRECISION, PRECISIONS};
use crate::ask::append_list::{self, How};
use crate::ask::{hidden, hidden_list};
use crate::matching::MatchError;
use crate::pages::app::App;
use crate::pages::error::PageError;
use crate::pages::job::Job;
use crate::pages::room::Room;
use crate::pages::upload;
use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use hustings_access::{Act, Actor, Request, verb};
use hustings_store::transit::{TransitFile, TransitWriter};
use hustings_store::{AppendReport, AppendRequest, ListFile, ListRows};
use serde::de::DeserializeOwned;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// A file of columns is at most so large.
pub const FILE_BYTES_MAX: usize = crate::pages::columns::FILE_BYTES_MAX;
/// The part of the form that says what it is, which comes first.
pub const QUESTION: &str = "append";
/// The part of the form that is the file.
pub const FILE: &str = "file";
/// A list of files is the longest question.
const QUESTION_BYTES_MAX: usize = 1024 * 1024;

/// `POST /api/v1/appends`: a form of `append`, which is JSON, and `file`.
///
/// # Errors
/// When the form is not complete, the policy refuses it, the file cannot be used, or the disk is full.
pub async fn join(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<Named<AppendReport>>, Problem> {
    let mut form = form.map_err(|_| Problem::Input("the body is no `multipart/form-data`".to_owned()))?;
    let joined = take(&app, &actor, &headers, &mut form).await;
    if joined.is_err() {
        // Who is hung up on while still sending reads no answer.
        upload::drain(&mut form).await;
    }
    joined
}

async fn take(
    app: &App,
    actor: &Actor,
    headers: &HeaderMap,
    form: &mut Multipart,
) -> Result<Json<Named<AppendReport>>, Problem> {
    let mut question: Option<JoinColumns> = None;
    while let Some(field) = form.next_field().await.map_err(broken_off)? {
        match (field.name().unwrap_or_default(), &question) {
            (QUESTION, None) => question = Some(part_of_json(field, QUESTION).await?),
            (FILE, Some(question)) => {
                let announced =
                    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
                return receive(app, actor, question, field, announced).await;
            }
            _ => return Err(Problem::Input(format!("expected the parts `{QUESTION}` and then `{FILE}`"))),
        }
    }
    Err(Problem::Input(format!("the part `{FILE}` is missing")))
}

/// A part of a form that is JSON.
///
/// # Errors
/// When it is not what is expected, or too long.
pub(super) async fn part_of_json<T: DeserializeOwned>(
    mut field: Field<'_>,
    name: &str,
) -> Result<T, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken_off)? {
        if bytes.len() + chunk.len() > QUESTION_BYTES_MAX {
            return Err(Problem::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let why = crate::pages::format::visible(&error.to_string());
        Problem::Input(format!("the part `{name}` is not the question: {why}"))
    })
}

async fn receive(
    app: &App,
    actor: &Actor,
    question: &JoinColumns,
    file: Field<'_>,
    announced: Option<u64>,
) -> Result<Json<Named<AppendReport>>, Problem> {
    let store = app.store();
    if question.precision.is_some_and(|precision| !PRECISIONS.contains(&precision)) {
        return Err(Problem::Input("`precision`: expected a share from 0.5 to 1".to_owned()));
    }
    let permit = || store.permit::<verb::Append>(actor, Request::voters_of(question.state));
    // Asked before a byte is taken in, and once more when it is joined: that may be long after.
    drop(permit().await.map_err(hidden)?);
    let name = upload::file_name(&question.file, &[]).map_err(of_page)?;
    let folder = upload::arriving_in(store.data().root()).map_err(failed)?;
    let sent = write(folder.path(), file, announced).await?;
    let request = AppendRequest {
        state: question.state,
        owner: question.owner.clone(),
        class: question.class,
        // Where the file lay here is nobody's business: it is called as whoever sent it calls it.
        file: name.into(),
        id_column: question.id_column.clone().unwrap_or_default(),
    };
    let is_matched = question.id_column.is_none();
    // Matching takes its time and its memory: one list of an organization at once, here and on the pages.
    let job = match is_matched {
        true => {
            let title = format!("Match {}", crate::pages::format::visible(&question.file));
            Some(
                app.jobs()
                    .begin_own(question.state, title, actor.organization_id().clone())
                    .map_err(of_page)?,
            )
        }
        false => None,
    };
    let running = Running(app.clone(), job);
    let permit = permit().await.map_err(hidden)?;
    let (runtime, store, sheet) = (Handle::current(), store.clone(), question.sheet.clone());
    let (columns, job) = (question.columns.clone(), running.1.clone());
    let precision = question.precision.unwrap_or(PRECISION);
    let join = async move |act: &Act<'_, verb::Append>| {
        if !is_matched && sheet.is_none() {
            return store.append_sent(act, &request, &sent).await.map_err(MatchError::from);
        }
        let rows = ListRows::read(&ListFile::open_sent(&request.file, &sent, sheet.as_deref())?)?;
        match job {
            Some(job) => {
                let how = How { columns, precision };
                append_list::append(&store, act, &request, rows, &how, &*job).await
            }
            None => Ok(store.append_rows(act, &request, &rows).await?),
        }
    };
    // Also when whoever asked has hung up: what was begun is ended, and only then makes room.
    let joined = spawn_blocking(move || {
        let joined = runtime.block_on(permit.enter_async(join));
        gone(folder);
        drop(running);
        joined
    });
    let joined = joined.await;
    let joined = joined.map_err(|_| Problem::Environment("an append broke off".to_owned()))?;
    let append = joined.map_err(|error| match error {
        MatchError::Store(error) => Problem::from(hidden_list(error, question.state)),
        other => Problem::Input(other.to_string()),
    })?;
    Ok(Json(Named { id: append.append.clone(), append }))
}

/// A job that holds back others like it for as long as its work goes on, however that ends.
struct Running(App, Option<Arc<Job>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(job) = &self.1 {
            self.0.jobs().forget(job);
        }
    }
}

/// Takes a file in, encrypted from its first byte: it is its owner's alone.
async fn write(folder: &Path, mut field: Field<'_>, announced: Option<u64>) -> Result<TransitFile, Problem> {
    let mut room = Room::for_upload(folder, announced).map_err(of_page)?;
    let mut file = TransitWriter::create(&folder.join("part")).map_err(failed)?;
    while let Some(chunk) = field.chunk().await.map_err(broken_off)? {
        room.take(folder, chunk.len()).map_err(of_page)?;
        // A chunk is some kilobytes: writing it in place costs less than handing it to another thread.
        file.write_all(&chunk).map_err(failed)?;
    }
    file.finish().map_err(failed)
}

/// What was sent cannot be written.
pub(super) fn failed(error: std::io::Error) -> Problem {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            Problem::NoRoom("no space left to take the file in".to_owned())
        }
        _ => Problem::Environment(error.to_string()),
    }
}

/// Takes away what was sent: it is joined, or refused.
fn gone(folder: TempDir) {
    if let Err(error) = folder.close() {
        eprintln!("hustings: upload.cleanup_failed error=`{error}`");
    }
}

pub(super) fn of_page(error: PageError) -> Problem {
    match error {
        PageError::NoRoom(text) => Problem::NoRoom(text),
        PageError::Environment(text) => Problem::Environment(text),
        PageError::Busy(_) => Problem::Busy,
        other => Problem::Input(other.to_string()),
    }
}

pub(super) fn broken_off(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge;
    }
    Problem::Input("the upload broke off before it was complete".to_owned())
}
