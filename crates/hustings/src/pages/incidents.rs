//! `/incidents`: "I can see something I should not". What was seen is frozen as a record that both organizations read at
//! the same time; nobody reads who reported.

use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, instant, visible};
use super::frame::Frame;
use super::invitation::sayable;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit};
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::{ManageOrganizations, ReadLog, ReportIncident};
use hustings_access::{Organization, OrganizationId};
use hustings_store::access::incident::IncidentRecord;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// An address of ours is no longer.
const PAGE_MAX: usize = 300;

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    frame: Frame,
    rows: Vec<Row>,
    form_token: String,
}

struct Row {
    id: String,
    seen_in: String,
    about: String,
    what: String,
    evidence: Vec<(String, String)>,
    sha256: String,
    opened: String,
    closed: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "incident_new.html")]
struct NewPage {
    frame: Frame,
    page: String,
    known: Vec<(String, String)>,
    what: String,
    error: Option<Markup>,
    form_token: String,
}

#[derive(Template)]
#[template(path = "incident_made.html")]
struct MadePage {
    frame: Frame,
    row: Row,
}

/// On which page it was seen.
#[derive(Debug, Default, Deserialize)]
pub struct Seen {
    #[serde(default)]
    page: String,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /incidents`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let by = permit::own::<ReadLog>(&app, &visitor).await?;
    let known = app.store().organizations().await?;
    let records = app.store().incidents(&by.organization).await?;
    page(&IncidentsPage {
        frame: Frame::of_access("Incidents", []),
        rows: records.into_iter().map(|record| row(record, &known)).collect(),
        form_token: token.0,
    })
}

fn row(record: IncidentRecord, known: &[Organization]) -> Row {
    let evidence = record.evidence.as_object().cloned().unwrap_or_default();
    Row {
        seen_in: visible(&neighbors::name(known, &record.organization)),
        about: visible(&neighbors::name(known, &record.about)),
        what: visible(&record.what),
        evidence: evidence
            .into_iter()
            .filter(|(_, value)| value.as_array().is_none_or(|list| !list.is_empty()))
            .map(|(name, value)| (super::format::sentence(&name), visible(&text(&value))))
            .collect(),
        sha256: record.sha256,
        opened: instant(&record.opened_at),
        closed: record.closed_at.map(|at| (instant(&at), visible(&record.closing_note.unwrap_or_default()))),
        id: record.id,
    }
}

/// What was frozen, for people.
fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// `GET /incidents/new?page=`
///
/// # Errors
/// When the store fails.
pub async fn new(
    State(app): State<App>,
    Extension(visitor): Known,
    query: Result<Query<Seen>, QueryRejection>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let Query(seen) = query?;
    show_new(&app, &visitor, &seen.page, "", None, token).await
}

async fn show_new(
    app: &App,
    visitor: &Visitor,
    seen_on: &str,
    what: &str,
    error: Option<Markup>,
    token: FormToken,
) -> Result<Response, PageError> {
    let known = neighbors::of(app, visitor).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&NewPage {
        frame: Frame::of_access("I can see something I should not", []),
        page: shortened(seen_on),
        known: known.iter().map(|known| (known.id.to_string(), visible(&known.name))).collect(),
        what: what.to_owned(),
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

fn shortened(address: &str) -> String {
    visible(&address.chars().take(PAGE_MAX).collect::<String>())
}

/// `POST /incidents`
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn post(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ReportIncident>(&app, &visitor).await?;
    let named = match sent.text("about") {
        "" => sent.text("other").trim(),
        chosen => chosen,
    };
    let about: OrganizationId = match named {
        "" => app.store().directory_owner().await?.id,
        id => id.parse().map_err(input)?,
    };
    // By what of theirs the reporter's organization saw anything at all. The same for all its people: it tells of none.
    let now = app.store().instant();
    let grants = app.store().grants_to(&by.organization).await?;
    let grants = grants.iter().filter(|grant| grant.owner == about && grant.is_live_at(now));
    let evidence = json!({
        "grants": grants.map(|grant| grant.id.as_str()).collect::<Vec<_>>(),
        "page": shortened(sent.text("page")),
        "program": env!("CARGO_PKG_VERSION"),
    });
    match app.store().report_incident(&by, &about, sent.text("what"), &evidence).await {
        Ok(record) => {
            let known = app.store().organizations().await?;
            page(&MadePage { frame: Frame::of_access("Reported", []), row: row(record, &known) })
        }
        Err(error) => {
            let error = Some(sayable(error)?);
            show_new(&app, &visitor, sent.text("page"), sent.text("what"), error, token).await
        }
    }
}

/// `POST /incidents/{id}/close`
///
/// # Errors
/// When the form is not ours, the policy says no, or no open incident of that id concerns the organization.
pub async fn close(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageOrganizations>(&app, &visitor).await?;
    let open = app.store().incidents(&by.organization).await?;
    if !open.iter().any(|incident| incident.id == id) {
        return Err(PageError::NotFound);
    }
    app.store().close_incident(&by, &id, sent.text("note")).await?;
    Ok(Redirect::to("/incidents").into_response())
}
