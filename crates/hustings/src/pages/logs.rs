//! `/logs/{log}/…`: a log's files as C2SP tlog-tiles serves them, for witnesses and for other people's tools, under an id
//! that nobody guesses. They hold no voter and no name: times, kinds of acts, and commitments. `/log/{of}/copy.tar`: all
//! of them at once, with what checks them.

use super::app::App;
use super::error::PageError;
use super::tar;
use super::verifier::SOURCES;
use super::visitor::Visitor;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use hustings_access::verb::ReadLog;
use hustings_access::{OrganizationId, Request};
use jiff::Timestamp;
use serde::Deserialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// `GET /logs/{log}/{*file}`
///
/// # Errors
/// [`PageError::NotFound`] for anything but a file of a log, the same whether there is no such log or no such file.
pub async fn get(
    State(app): State<App>,
    Path((log, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let folder = app.store().log_folder_by_id(&log).await?.ok_or(PageError::NotFound)?;
    let is_tile = file.starts_with("tile/");
    let read = spawn_blocking(move || folder.public_file(&file));
    let bytes = read.await.map_err(PageError::environment)?.ok_or(PageError::NotFound)?;
    let (content, kept) = if is_tile {
        // A tile never changes.
        ("application/octet-stream", "public, max-age=31536000, immutable")
    } else {
        ("text/plain; charset=utf-8", "no-store")
    };
    Ok(([(CONTENT_TYPE, content), (CACHE_CONTROL, kept)], bytes).into_response())
}

/// A time as it stands in the name of a download: 2026-11-22-140512, in Greenwich time.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d-%H%M%S").to_string()
}

/// How the download of a log is called, without `.tar`: no two alike, so that what is checked is never an older one.
pub(super) fn copy_name(of: &OrganizationId, stamp: &str) -> String {
    format!("{of}-log-{stamp}")
}

/// When the page was made whose commands name the download.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    at: String,
}

impl Asked {
    /// The time as the page wrote it; the present one where it wrote none that could be ours.
    fn stamp(&self) -> String {
        let fits = self.at.len() == "2026-11-22-140512".len()
            && self.at.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 | 10 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if fits { self.at.clone() } else { stamp(super::visitor::now()) }
    }
}

/// `GET /log/{of}/copy.tar?at=`: a folder with what checks a log, and the log below it in `log`, as tools that are not ours
/// take it.
///
/// # Errors
/// [`PageError::NotFound`] when there is no such organization, or nothing in its log; or when the policy says no.
pub async fn copy(
    State(app): State<App>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Path(of): Path<String>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(asked) = query?;
    let organization = super::log::chosen(&app, &visitor, &of).await?;
    let id = organization.id.clone();
    let request = Request::organization(organization);
    super::permit::of::<ReadLog>(&app, &visitor, request).await?;
    // What was just done is in it.
    app.store().sequence_logs().await?;
    let folder = app.store().log_folder(id.as_str());
    let files = spawn_blocking(move || folder.copy()).await.map_err(PageError::environment)?;
    let files = files.ok_or(PageError::NotFound)?;
    let (give, given) = mpsc::channel(4);
    let top = format!("{id}-log");
    spawn_blocking(move || {
        let sources = SOURCES.iter().map(|(name, bytes)| tar::file(&top, name, bytes));
        let below = format!("{top}/log");
        let log = files.map(|file| tar::file(&below, &file.path, &file.bytes));
        for entry in sources.chain(log) {
            // Whoever reads has gone.
            if give.blocking_send(entry).is_err() {
                return;
            }
        }
        let _ = give.blocking_send(tar::end());
    });
    let name = copy_name(&id, &asked.stamp());
    let headers = [
        (CONTENT_TYPE, "application/x-tar".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.tar\"")),
    ];
    Ok((headers, Body::from_stream(Files(given))).into_response())
}

/// Files of an archive, one after the other.
struct Files(mpsc::Receiver<Vec<u8>>);

impl Stream for Files {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|file| file.map(|file| Ok(file.into())))
    }
}
