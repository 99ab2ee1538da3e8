//! `/{state}/matches`: the lists of an organization that were matched, and a new one.

use super::draft::{self, Draft};
use super::reviewed::RowCounts;
use crate::pages::app::{App, state_of};
use crate::pages::error::{PageError, page};
use crate::pages::form::Sent;
use crate::pages::format::{Count, instant, visible};
use crate::pages::frame::{Frame, Link, Place};
use crate::pages::security::FormToken;
use crate::pages::visitor::Visitor;
use crate::pages::{columns, ended, permit, upload, words};
use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Append;
use hustings_access::{Act, Request};
use hustings_store::Store;
use hustings_store::match_run::{MatchDraft, MatchRunRecord};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A list is at most so large; it is held in memory until it is matched.
pub const LIST_BYTES_MAX: usize = 64 << 20;
/// With the fields around it.
pub const FORM_BYTES_MAX: usize = LIST_BYTES_MAX + (1 << 16);

#[derive(Template)]
#[template(path = "matches.html")]
struct MatchesPage {
    frame: Frame,
    name: String,
    base: String,
    rows: Vec<Row>,
    waiting: Option<Waiting>,
    may_match: bool,
    has_list: bool,
    keeps: bool,
    ended: Vec<String>,
    has_sample: bool,
    home: String,
    form_token: String,
}

/// A list that was sent, of which it was not yet said what its columns are.
struct Waiting {
    address: String,
    file: String,
    at: String,
}

struct Row {
    /// None: it has ended.
    shown: Option<Figures>,
    id: String,
    at: String,
}

struct Figures {
    address: String,
    file: String,
    rows: Count,
    found: Count,
    doubtful: Count,
}

fn row(run: &MatchRunRecord, counts: &BTreeMap<String, RowCounts>) -> Row {
    let now = counts.get(&run.id).copied().unwrap_or_default();
    let figures = |report: &hustings_store::match_run::MatchReport| Figures {
        address: super::run::address(run.state, &run.id),
        file: visible(&report.file),
        rows: Count(report.rows),
        found: Count(now.found),
        doubtful: Count(now.doubtful),
    };
    Row { shown: run.report.as_ref().map(figures), id: run.id.clone(), at: instant(&run.created_at) }
}

/// `GET /{state}/matches`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let (runs, draft) = app
        .read(state, async move |store, act| {
            Ok((store.match_runs(act, state).await?, store.draft(act, state).await?))
        })
        .await?;
    let counts = super::present::counts(&app, state, &runs).await?;
    let has_list = app.current(state).await?.is_some();
    let ended = match has_list {
        true => Vec::new(),
        false => ended::of(&app, &visitor, Some(state)).await?,
    };
    page(&MatchesPage {
        frame: Frame::of_state(
            state,
            "Lists without ids",
            Place::Columns,
            [Link::to(format!("/{state}/columns"), "Our columns")],
        ),
        name: words::state(state),
        base: format!("/{state}/matches"),
        rows: runs.iter().map(|run| row(run, &counts)).collect(),
        waiting: draft.filter(|_| visitor.appends()).map(|draft| Waiting {
            address: draft::address(&draft),
            file: visible(&draft.file),
            at: instant(&draft.sent_at),
        }),
        may_match: visitor.appends(),
        has_list,
        keeps: visitor.keeps(state),
        ended,
        has_sample: sample_path(&app).is_file(),
        home: format!("/{state}"),
        form_token: token.0,
    })
}

/// `POST /{state}/matches`: takes a list in, and leads to what its columns were taken for.
///
/// # Errors
/// When the form is not ours, holds no file, or one that is no list; or when the policy says no.
pub async fn post(
    app: App,
    Path(state): Path<String>,
    Extension(token): Extension<FormToken>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    // Asked before a byte is taken in.
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(permit::refused)?);
    let mut form = form.map_err(upload::no_files)?;
    let mut is_ours = false;
    let mut list = None;
    while let Some(mut field) = form.next_field().await.map_err(columns::unreadable)? {
        match field.name() {
            Some("form_token") => {
                token.demand(&columns::text(field).await?)?;
                is_ours = true;
            }
            Some("file") => {
                if !is_ours {
                    token.demand("")?;
                }
                let name = upload::file_name(field.file_name().unwrap_or_default(), &[])?;
                let mut bytes = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(columns::unreadable)? {
                    if bytes.len() + chunk.len() > LIST_BYTES_MAX {
                        return Err(PageError::TooLarge);
                    }
                    bytes.extend_from_slice(&chunk);
                }
                list = Some((name, bytes.into()));
            }
            _ => {}
        }
    }
    if !is_ours {
        token.demand("")?;
    }
    let (name, bytes): (String, Bytes) =
        list.ok_or_else(|| PageError::Input("no file was chosen".to_owned()))?;
    if app.current(state).await?.is_none() {
        return Err(PageError::Input(
            "a list is matched with voters whom your organization may see: there are none here now"
                .to_owned(),
        ));
    }
    let keep = async move |store: &Store, act: &Act<'_, Append>| {
        // What cannot be read is not kept.
        let none = String::new;
        let about = MatchDraft { id: none(), state, file: name.clone(), sha256: none(), sent_at: none() };
        drop(Draft::read(about, &bytes, None)?);
        store.keep_draft(act, state, (&name, &bytes)).await
    };
    let draft = app.act(Request::voters_of(state), keep).await?;
    Ok(Redirect::to(&draft::address(&draft)).into_response())
}

/// `POST /{state}/matches/{run}/remove`
///
/// # Errors
/// When the form is not ours, the policy says no, or there is no such run.
pub async fn remove(
    app: App,
    Path((state, run)): Path<(String, String)>,
    _: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let work = async move |store: &hustings_store::Store, act: &hustings_access::Act<'_, Append>| {
        // One that has ended is removed as well: nothing of it is to stay.
        store.remove_match_run(act, state, &run).await
    };
    if !app.act(Request::voters_of(state), work).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to(&format!("/{state}/matches")).into_response())
}

/// The invented list that a demo writes.
pub const SAMPLE: &str = "vendor-list.csv";

fn sample_path(app: &App) -> std::path::PathBuf {
    app.store().data().root().join("demo").join(SAMPLE)
}

/// `GET /{state}/matches/sample.csv`: the demo's invented vendor list.
///
/// # Errors
/// [`PageError::NotFound`] outside of a demo.
pub async fn sample(app: App, Path(state): Path<String>) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(permit::refused)?);
    let bytes = tokio::fs::read(sample_path(&app)).await.map_err(|_| PageError::NotFound)?;
    let name = format!("attachment; filename=\"{SAMPLE}\"");
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}
