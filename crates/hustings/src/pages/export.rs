//! `/{state}/export`: take the current list, or one county of it, as a file. The export is recorded before it leaves.

use super::app::{App, state_of};
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Count, day, visible};
use super::frame::{Frame, Link, Place};
use super::outgoing::NotMade;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{permit, words};
use crate::ask::export::why_not;
use crate::line::Cord;
use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hustings_access::{Request, verb};
use hustings_core::{FieldClass, StateCode};
use hustings_store::{ExportFormat, ExportRequest, StoreError};
use std::sync::Arc;

/// More rows than this do not fit into a sheet.
const SHEET_ROWS: u64 = 1_048_575;

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage {
    frame: Frame,
    name: String,
    base: String,
    day: Option<String>,
    keeps: bool,
    /// Why nothing can be taken away, where that was otherwise before.
    ended: Vec<String>,
    /// By its owner or a grant, copies of the list may leave.
    may_leave: bool,
    counties: Vec<(String, Count)>,
    voters: Count,
    fits_a_sheet: bool,
    form_token: String,
}

/// `GET /{state}/export`
///
/// # Errors
/// [`PageError::NotFound`] when it is no state, or when the store fails.
pub async fn get(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let current = app.current(state).await?;
    let may_leave = may_leave(&app, &visitor, state).await?;
    let (counties, voters) = match &current {
        Some(current) if may_leave => {
            // Counted as the export counts: confidential voters and those who have left are not in it.
            let snapshot = current.clone();
            let counts = app
                .read(state, async move |store, act| store.exportable_by_county(act, &snapshot).await)
                .await?;
            let all = counts.values().sum();
            let named = counts.into_iter().filter(|(county, _)| !county.is_empty());
            (named.map(|(county, count)| (visible(&county), Count(count))).collect(), all)
        }
        _ => (Vec::new(), 0),
    };
    let ended = match current {
        Some(_) => Vec::new(),
        None => super::ended::of(&app, &visitor, Some(state)).await?,
    };
    page(&ExportPage {
        frame: Frame::of_state(state, "Export", Place::Export, Vec::<Link>::new()),
        name: words::state(state),
        base: format!("/{state}"),
        day: current.map(|current| day(&current.as_of.to_string())),
        keeps: visitor.keeps(state),
        ended,
        may_leave,
        counties,
        voters: Count(voters),
        fits_a_sheet: voters <= SHEET_ROWS,
        form_token: token.0,
    })
}

/// Whether copies of a state's list may leave for the visitor's organization. Only what the page offers follows from it.
async fn may_leave(app: &App, visitor: &Visitor, state: StateCode) -> Result<bool, PageError> {
    let standing = app.store().standing(&visitor.organization().id, None).await?;
    let now = super::visitor::now();
    Ok(*standing.base_owner(state) == standing.organization
        || standing.grants.iter().any(|grant| {
            grant.state == state
                && grant.exportable
                && grant.classes.contains(&FieldClass::Base)
                && grant.is_live_at(now)
        }))
}

/// `POST /{state}/export`: writes the file, records the export, and sends it.
///
/// # Errors
/// When the form is not ours, county or format are unknown, a sheet cannot hold the rows, or the disk is full.
pub async fn post(
    app: App,
    Path(state): Path<String>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(cord): Extension<Cord>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let permit = app.permit::<verb::Export>(Request::voters_of(state)).await.map_err(permit::refused)?;
    let format: ExportFormat = sent.text("format").parse().map_err(PageError::from)?;
    let county = Some(sent.text("county").trim().to_owned()).filter(|county| !county.is_empty());
    let request = ExportRequest {
        state,
        class: FieldClass::Base,
        owner: None,
        county: county.clone(),
        format,
        out: format!("{state}-base.{}", format.as_str()).into(),
        force: false,
    };
    let organization = visitor.organization().id.clone();
    let made = app.outgoing().export(app.store(), permit, request, &organization, cord).await;
    let (report, pieces) = match made {
        Ok(made) => made,
        Err(NotMade::TooMany) => {
            return Err(PageError::Busy("as many copies as may leave at once are on their way".to_owned()));
        }
        Err(NotMade::Failed(error)) => {
            return Err(match why_not(app.store(), &visitor.actor, state, error).await {
                StoreError::Refused(why) => PageError::Refused(why),
                error => error.into(),
            });
        }
    };
    let as_of = report.snapshot.get(..10).unwrap_or_default().to_owned();
    let name = file_name(state, county.as_deref(), &as_of, format);
    let headers = [
        (CONTENT_TYPE, media_type(format).to_owned()),
        (CONTENT_LENGTH, report.bytes.to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// `nc-base-new-hanover-2026-11-21.xlsx`: only letters, digits and hyphens, so that it needs no quoting anywhere.
fn file_name(state: StateCode, county: Option<&str>, as_of: &str, format: ExportFormat) -> String {
    let place: String = county
        .map(|county| format!("-{}", county.to_lowercase()))
        .unwrap_or_default()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .collect();
    format!("{state}-base{place}-{as_of}.{}", format.as_str())
}

/// The media type of a kind of file.
pub(crate) fn media_type(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Parquet => "application/vnd.apache.parquet",
        ExportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_exports_are_plain() {
        let nc = "nc".parse().unwrap();
        assert_eq!(
            file_name(nc, Some("NEW HANOVER"), "2026-11-21", ExportFormat::Xlsx),
            "nc-base-new-hanover-2026-11-21.xlsx"
        );
        assert_eq!(file_name(nc, None, "2026-11-21", ExportFormat::Csv), "nc-base-2026-11-21.csv");
        assert_eq!(
            file_name(nc, Some("a\"\r\nX: y"), "2026-11-21", ExportFormat::Csv),
            "nc-base-a---x--y-2026-11-21.csv"
        );
    }
}
