//! `/logs/{owner}/…`: the log's files as C2SP tlog-tiles serves them, for witnesses and for other people's tools. They
//! hold no voter and no name: times, kinds of acts, and commitments.

use super::app::App;
use super::error::PageError;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hustings_access::OrganizationId;
use tokio::task::spawn_blocking;

/// `GET /logs/{owner}/{*file}`
///
/// # Errors
/// [`PageError::NotFound`] for anything but a file of a log.
pub async fn get(
    State(app): State<App>,
    Path((owner, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let owner: OrganizationId = owner.parse().map_err(|_| PageError::NotFound)?;
    let folder = app.store().log_folder(owner.as_str());
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
