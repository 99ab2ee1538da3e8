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
    let kind = kind(&file).ok_or(PageError::NotFound)?;
    let path = app.store().data().root().join("logs").join(owner.as_str()).join(&file);
    let read = spawn_blocking(move || {
        // A link in the folder would lead elsewhere.
        let is_file = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        is_file.then(|| std::fs::read(&path).ok()).flatten()
    });
    let bytes = read.await.map_err(PageError::environment)?.ok_or(PageError::NotFound)?;
    let kept = match kind {
        Kind::Text => "no-store",
        // A tile never changes.
        Kind::Tile => "public, max-age=31536000, immutable",
    };
    let content = match kind {
        Kind::Text => "text/plain; charset=utf-8",
        Kind::Tile => "application/octet-stream",
    };
    Ok(([(CONTENT_TYPE, content), (CACHE_CONTROL, kept)], bytes).into_response())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Tile,
}

/// What a file of a log is by its path; none when it is no such path: `checkpoint`, `vkey`, `tile/0/x001/234`,
/// `tile/entries/000.p/7`.
fn kind(path: &str) -> Option<Kind> {
    if matches!(path, "checkpoint" | "vkey") {
        return Some(Kind::Text);
    }
    let mut parts: Vec<&str> = path.strip_prefix("tile/")?.split('/').collect();
    let level = parts.remove(0);
    let is_level = level == "entries"
        || level.parse::<u8>().is_ok_and(|number| number < 64 && level == number.to_string());
    if let [.., folder, width] = parts.as_slice()
        && let Some(whole) = folder.strip_suffix(".p")
    {
        let fits = width.parse::<u8>().is_ok_and(|number| number > 0 && *width == number.to_string());
        if !fits {
            return None;
        }
        let at = parts.len() - 2;
        parts.truncate(at + 1);
        parts[at] = whole;
    }
    let (last, above) = parts.split_last()?;
    let three = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits =
        three(last) && above.iter().all(|part| part.strip_prefix('x').is_some_and(three)) && above.len() < 7;
    (is_level && fits).then_some(Kind::Tile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_logs_own_paths_are_files() {
        for text in ["checkpoint", "vkey"] {
            assert_eq!(kind(text), Some(Kind::Text));
        }
        for tile in [
            "tile/0/000",
            "tile/1/x001/234",
            "tile/entries/000.p/7",
            "tile/entries/x012/x345/678",
            "tile/0/000.p/255",
        ] {
            assert_eq!(kind(tile), Some(Kind::Tile), "{tile}");
        }
        for bad in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/../000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/64/000",
            "tile/00/000",
            "tile/entries/../../platform.db",
            "../platform.db",
            "checkpoint/..",
            "tile/0/000.p",
            "tile/0/x001",
            "tile/-1/000",
            "signing-key",
            "tile/0/x../000",
            "Checkpoint",
            "checkpoint\0",
        ] {
            assert_eq!(kind(bad), None, "{bad:?}");
        }
    }
}
