//! `/{state}/columns`: an organization's own columns, joined to the voters that it may see; a file of more, and away with
//! one.

use super::access_words;
use super::app::{App, state_of};
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Count, Markup, instant, message, visible};
use super::frame::{Frame, Link, Place};
use super::invitation::sayable;
use super::security::FormToken;
use super::visitor::Visitor;
use super::words;
use askama::Template;
use axum::Extension;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Multipart, Path, Query};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::{Append, Read};
use hustings_access::{Act, OrganizationKind, Request};
use hustings_core::{FieldClass, StateCode};
use hustings_store::transit::{TransitFile, TransitWriter};
use hustings_store::{AppendRecord, AppendRequest, AppendStatus, Store, StoreError, no_list};
use serde::Deserialize;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A file of columns is at most so large.
pub const FILE_BYTES_MAX: usize = 1 << 30;
const TEXT_MAX: usize = 200;

#[derive(Template)]
#[template(path = "columns.html")]
struct ColumnsPage {
    frame: Frame,
    name: String,
    base: String,
    organization: String,
    may_share: bool,
    may_append: bool,
    class: access_words::Word,
    /// What the columns of a file may be; where that is one kind alone, nothing is asked.
    classes: Vec<access_words::Word>,
    code: String,
    rows: Vec<Row>,
    /// The lists without ids, in a line; empty: none was matched.
    lists: String,
    /// The columns of the file that was added just now, or the same file before.
    added: Option<Added>,
    /// Whether there is a list here to which columns can be joined.
    has_list: bool,
    /// Whether there is a file to try with: in the demo.
    has_sample: bool,
    keeps: bool,
    /// Why there is none, where that was otherwise before.
    ended: Vec<String>,
    error: Option<Markup>,
    form_token: String,
}

/// `GET /{state}/columns/sample.csv`: a file to try with, in the demo: ids of some voters whom the visitor sees, with invented
/// columns. To be shown them is an act like any other, and on record.
///
/// # Errors
/// [`PageError::NotFound`] outside of a demo, or where no ids are seen; or when the policy says no, or the store fails.
pub async fn sample(app: App, Path(state): Path<String>) -> Result<Response, PageError> {
    const VOTERS: usize = 10;
    const ANSWERS: [&str; 3] = ["yes", "no", "maybe"];
    let state = state_of(&state)?;
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(super::permit::refused)?);
    if !app.demo_links().is_demo() {
        return Err(PageError::NotFound);
    }
    // A name that begins with anything.
    let anybody =
        async move |store: &Store, act: &Act<'_, Read>| store.find_voters(act, state, ",", VOTERS).await;
    let (voters, _) = app.read(state, anybody).await?;
    let ids: Vec<String> = voters.into_iter().filter_map(|voter| voter.state_voter_id).collect();
    if ids.is_empty() {
        return Err(PageError::NotFound);
    }
    let mut csv = "ncid,support,volunteer,yard_sign\n".to_owned();
    for (at, id) in ids.iter().enumerate() {
        let (support, volunteer) = (1 + at % 5, ANSWERS[at % ANSWERS.len()]);
        let sign = if at % 4 == 0 { "yes" } else { "no" };
        csv.push_str(&format!("{id},{support},{volunteer},{sign}\n"));
    }
    let name = "attachment; filename=\"columns-to-try.csv\"";
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, name)];
    Ok((headers, csv).into_response())
}

/// What was done with a file.
struct Added {
    columns: String,
    voters: Count,
    one: bool,
    rest: u64,
    is_private: bool,
}

/// What was added just now: the page shows of it what is there, whoever wrote the address.
#[derive(Debug, Default, Deserialize)]
pub struct Just {
    #[serde(default)]
    added: String,
}

struct Row {
    id: String,
    file: String,
    class: &'static str,
    columns: String,
    matched: Count,
    unmatched: Count,
    held_back: Count,
    at: String,
    is_current: bool,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /{state}/columns`
///
/// # Errors
/// [`PageError::NotFound`] where the visitor sees no voters; or when the store fails.
pub async fn get(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    query: Result<Query<Just>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(just) = query?;
    show(&app, state_of(&state)?, &visitor, token, Shown::Added(just.added)).await
}

/// What a page says was done.
enum Shown {
    /// This append was added; or nothing, where there is none of that name.
    Added(String),
    /// Nothing was added, and why.
    Error(Markup),
}

async fn show(
    app: &App,
    state: StateCode,
    visitor: &Visitor,
    token: FormToken,
    done: Shown,
) -> Result<Response, PageError> {
    let organization = visitor.organization();
    let appends = own(app, visitor, Some(state)).await?;
    let has_list = app.current(state).await?.is_some();
    let ended = match has_list {
        true => Vec::new(),
        false => super::ended::of(app, visitor, Some(state)).await?,
    };
    let (status, added, error) = match done {
        Shown::Added(id) => {
            let added = appends.iter().find(|append| append.report.append == id).map(added);
            (StatusCode::OK, added, None)
        }
        Shown::Error(error) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(error)),
    };
    let shown = page(&ColumnsPage {
        frame: Frame::of_state(state, "Our columns", Place::Columns, Vec::<Link>::new()),
        name: words::state(state),
        base: format!("/{state}/columns"),
        organization: visible(&organization.name),
        may_share: visitor.manages(),
        may_append: visitor.appends(),
        class: access_words::class(classes_of(organization.kind)[0]),
        classes: classes_of(organization.kind).iter().map(|class| access_words::class(*class)).collect(),
        code: state.to_string(),
        rows: appends.iter().map(row).collect(),
        lists: super::matches::present::said(app, state).await?,
        added,
        has_list,
        has_sample: app.demo_links().is_demo(),
        keeps: visitor.keeps(state),
        ended,
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

/// The appends of the visitor's organization, without removed ones.
///
/// # Errors
/// When the store fails.
pub async fn own(
    app: &App,
    visitor: &Visitor,
    state: Option<StateCode>,
) -> Result<Vec<AppendRecord>, PageError> {
    let mut appends = own_ever(app, visitor, state).await?;
    appends.retain(|append| append.status != AppendStatus::Removed);
    Ok(appends)
}

/// As [`own`], with those that were removed.
///
/// # Errors
/// As [`own`].
pub async fn own_ever(
    app: &App,
    visitor: &Visitor,
    state: Option<StateCode>,
) -> Result<Vec<AppendRecord>, PageError> {
    let request = state.map_or_else(Request::all_voters, Request::voters_of);
    let list = async move |store: &Store, act: &Act<'_, Read>| store.appends(act, state).await;
    let mut appends = app.act(request, list).await?;
    appends.retain(|append| append.report.owner == visitor.organization().id.as_str());
    Ok(appends)
}

/// The names of an append's columns: whose they are goes without saying here.
fn columns(append: &AppendRecord) -> Vec<String> {
    let name = |name: &str| visible(name.split_once("__").map_or(name, |(_, name)| name));
    append.report.columns.iter().map(|column| name(&column.name)).collect()
}

fn added(append: &AppendRecord) -> Added {
    let rows = &append.report.rows;
    Added {
        columns: access_words::said(&columns(append)),
        voters: Count(rows.matched),
        one: rows.matched == 1,
        rest: rows.unmatched + rows.quarantined + rows.duplicate,
        is_private: append.report.class == FieldClass::Private,
    }
}

fn row(append: &AppendRecord) -> Row {
    let report = &append.report;
    Row {
        id: report.append.clone(),
        file: visible(&report.file),
        class: access_words::class(report.class).name,
        columns: columns(append).join(", "),
        matched: Count(report.rows.matched),
        unmatched: Count(report.rows.unmatched),
        held_back: Count(report.rows.quarantined + report.rows.duplicate),
        at: instant(&append.created_at),
        is_current: append.status == AppendStatus::Current,
    }
}

/// What an organization's own columns may be, the usual first.
pub(super) fn classes_of(kind: OrganizationKind) -> &'static [FieldClass] {
    match kind {
        OrganizationKind::National => &[FieldClass::Appended, FieldClass::Proprietary],
        OrganizationKind::State | OrganizationKind::ExternalState => {
            &[FieldClass::Proprietary, FieldClass::Appended]
        }
        _ => &[FieldClass::Private],
    }
}

/// `POST /{state}/columns`: takes a file in and joins it.
///
/// # Errors
/// When the form is not ours, holds no file, the policy says no, or the disk is full.
pub async fn post(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    // Asked before a byte is taken in, and once more when it is joined.
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(super::permit::refused)?);
    let mut form = form.map_err(super::upload::no_files)?;
    let received = receive(&app, &token, &mut form).await?;
    let classes = classes_of(visitor.organization().kind);
    let class = match received.class.as_str() {
        "" => classes[0],
        word => *classes
            .iter()
            .find(|class| class.as_str() == word)
            .ok_or_else(|| PageError::Input("the columns cannot be of that kind".to_owned()))?,
    };
    let request = AppendRequest {
        state,
        owner: visitor.organization().id.to_string(),
        class,
        file: received.file,
        id_column: received.id_column,
    };
    let sent = received.sent;
    let join = async move |store: &Store, act: &Act<'_, Append>| -> Result<_, StoreError> {
        store.append_sent(act, &request, &sent).await
    };
    let joined = app.try_act(Request::voters_of(state), join).await?;
    // Until here the file must be there.
    drop(received.folder);
    match joined {
        Ok(report) => Ok(Redirect::to(&format!("/{state}/columns?added={}", report.append)).into_response()),
        // The page says why there is no list, which may be here for others.
        Err(error) if error.to_string() == no_list(state).to_string() => {
            let why = "A file is joined to voters whom your organization may see: there are none here now.";
            let error = message(why);
            show(&app, state, &visitor, token, Shown::Error(error)).await
        }
        Err(error) => show(&app, state, &visitor, token, Shown::Error(sayable(error)?)).await,
    }
}

struct Received {
    /// Goes with what is in it.
    folder: TempDir,
    /// What its sender calls it.
    file: PathBuf,
    sent: TransitFile,
    id_column: String,
    class: String,
}

async fn receive(app: &App, token: &FormToken, form: &mut Multipart) -> Result<Received, PageError> {
    let (mut id_column, mut class) = (String::new(), String::new());
    let mut is_ours = false;
    let mut file = None;
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("form_token") => {
                token.demand(&text(field).await?)?;
                is_ours = true;
            }
            Some("id_column") => id_column = text(field).await?,
            Some("class") => class = text(field).await?,
            Some("file") => {
                // Not a byte is written for a form that is not ours.
                if !is_ours {
                    token.demand("")?;
                }
                let name = super::upload::file_name(field.file_name().unwrap_or_default(), &[])?;
                let root = app.store().data().root();
                let folder = super::upload::arriving_in(root).map_err(PageError::environment)?;
                // Encrypted from its first byte: it is its owner's alone.
                let part = folder.path().join("part");
                let mut taken = TransitWriter::create(&part).map_err(PageError::environment)?;
                while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                    taken.write_all(&chunk).map_err(|error| match error.kind() {
                        std::io::ErrorKind::StorageFull => {
                            PageError::NoRoom("no space left to take the file in".to_owned())
                        }
                        _ => PageError::environment(error),
                    })?;
                }
                let sent = taken.finish().map_err(PageError::environment)?;
                file = Some((folder, PathBuf::from(name), sent));
            }
            _ => {}
        }
    }
    if !is_ours {
        token.demand("")?;
    }
    let (folder, file, sent) = file.ok_or_else(|| PageError::Input("no file was chosen".to_owned()))?;
    if id_column.trim().is_empty() {
        return Err(PageError::Input("name the column that holds the state's voter id".to_owned()));
    }
    Ok(Received { folder, file, sent, id_column: id_column.trim().to_owned(), class })
}

pub(super) async fn text(mut field: Field<'_>) -> Result<String, PageError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > TEXT_MAX {
            return Err(PageError::Input("a field of the form is too long".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| PageError::Input("a field of the form is not text".to_owned()))
}

pub(super) fn unreadable(error: MultipartError) -> PageError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return PageError::TooLarge;
    }
    PageError::Input("the upload broke off before it was complete".to_owned())
}

/// `POST /{state}/columns/{id}/remove`
///
/// # Errors
/// When the form is not ours, the policy says no, or there is no such append.
pub async fn remove(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Known,
    _: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(super::permit::refused)?);
    let own = own(&app, &visitor, Some(state)).await?;
    let append = own.iter().find(|append| append.report.append == id).ok_or(PageError::NotFound)?;
    if let Some(run) = &append.report.run {
        // Of a matched list all of it: what was taken back of it must not come again.
        super::matches::undo::remove_all(&app, &visitor, state, run).await?;
        return Ok(Redirect::to(&format!("/{state}/columns")).into_response());
    }
    let away = async move |store: &Store, act: &Act<'_, Append>| store.remove_append(act, &id).await;
    app.act(Request::voters_of(state), away).await?;
    Ok(Redirect::to(&format!("/{state}/columns")).into_response())
}
