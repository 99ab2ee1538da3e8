//! `/vendors`: whom the visitor's organization has engaged to act for it; one engaged, an engagement ended.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, visible};
use super::frame::{Frame, Link};
use super::grants::until_day;
use super::invitation::sayable;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit};
use crate::ask::until::until;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManageGrants;
use hustings_access::{Engagement, Organization, OrganizationId, OrganizationKind};
use hustings_core::FieldClass;
use hustings_store::StoreError;
use std::sync::Arc;

/// What a vendor may be given: all that an organization may see but what the law protects.
const CLASSES: [FieldClass; 4] =
    [FieldClass::Base, FieldClass::Appended, FieldClass::Proprietary, FieldClass::Private];

#[derive(Template)]
#[template(path = "vendors.html")]
struct VendorsPage {
    frame: Frame,
    organization: String,
    rows: Vec<Row>,
    known: Vec<(String, String, bool)>,
    other: String,
    classes: Vec<(Word, bool)>,
    exportable: bool,
    until: String,
    error: Option<Markup>,
    form_token: String,
}

#[derive(Template)]
#[template(path = "vendor_end.html")]
struct EndPage {
    frame: Frame,
    row: Row,
    form_token: String,
}

/// An engagement in a table.
struct Row {
    vendor: String,
    id: String,
    classes: String,
    exportable: bool,
    until: String,
    /// Why it no longer holds; empty while it does.
    over: &'static str,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /vendors`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    permit::own::<ManageGrants>(&app, &visitor).await?;
    show(&app, &visitor, token, None, None).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    sent: Option<&Sent>,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let text = |name: &str| sent.map_or("", |sent| sent.text(name));
    let own = visitor.organization();
    let all = app.store().organizations().await?;
    let engaged = app.store().engagements_of(&own.id).await?;
    let known = neighbors::of(app, visitor).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&VendorsPage {
        frame: Frame::of_access("Vendors", []),
        organization: visible(&own.name),
        rows: engaged.iter().map(|engagement| row(engagement, &all)).collect(),
        known: known
            .into_iter()
            .filter(|known| known.kind == OrganizationKind::Vendor)
            .map(|known| (known.id.to_string(), visible(&known.name), text("vendor") == known.id.as_str()))
            .collect(),
        other: text("other").to_owned(),
        classes: CLASSES
            .into_iter()
            .map(|class| {
                let chosen =
                    sent.is_some_and(|sent| sent.all("classes").any(|value| value == class.as_str()));
                (access_words::class(class), chosen)
            })
            .collect(),
        exportable: sent.is_some_and(|sent| sent.is_checked("exportable")),
        until: text("until").to_owned(),
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

fn row(engagement: &Engagement, all: &[Organization]) -> Row {
    Row {
        vendor: visible(&neighbors::name(all, &engagement.vendor)),
        id: engagement.vendor.to_string(),
        classes: access_words::classes(&engagement.classes),
        exportable: engagement.exportable,
        until: until_day(engagement.until),
        over: match engagement {
            engagement if engagement.revoked_at.is_some() => "Ended",
            engagement if super::visitor::now() >= engagement.until => "Over",
            _ => "",
        },
    }
}

/// `POST /vendors`: engages one, or changes how it is engaged.
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn post(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    let error = match wanted(&by.organization, &sent) {
        Ok(new) => match app.store().engage(&by, &new).await {
            Ok(_) => return Ok(Redirect::to("/vendors").into_response()),
            Err(error) => sayable(error)?,
        },
        Err(PageError::Input(why)) => super::format::message(&super::format::sentence_case(&why)),
        Err(error) => return Err(error),
    };
    show(&app, &visitor, token, Some(&sent), Some(error)).await
}

fn wanted(own: &OrganizationId, sent: &Sent) -> Result<Engagement, PageError> {
    let vendor = match sent.text("vendor") {
        "" => sent.text("other").trim(),
        chosen => chosen,
    };
    if vendor.is_empty() {
        return Err(input("choose a vendor, or write its short name"));
    }
    Ok(Engagement {
        vendor: vendor.parse().map_err(input)?,
        organization: own.clone(),
        classes: sent.words("classes")?,
        exportable: sent.is_checked("exportable"),
        not_before: super::visitor::now(),
        until: until(sent.text("until")).map_err(input)?,
        revoked_at: None,
    })
}

/// `GET /vendors/{id}/end`: what it means, and the button.
///
/// # Errors
/// [`PageError::NotFound`] when the organization has not engaged that vendor, or no longer does.
pub async fn confirm(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    let all = app.store().organizations().await?;
    let engaged = app.store().engagements_of(&by.organization).await?;
    let row = engaged
        .iter()
        .map(|engagement| row(engagement, &all))
        .find(|row| row.id == id && row.over.is_empty())
        .ok_or(PageError::NotFound)?;
    page(&EndPage {
        frame: Frame::of_access("End an engagement", [Link::to("/vendors", "Vendors")]),
        row,
        form_token: token.0,
    })
}

/// `POST /vendors/{id}/end`
///
/// # Errors
/// [`PageError::NotFound`] when the organization has not engaged that vendor; or when the form is not ours.
pub async fn end(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, PageError> {
    let id: OrganizationId = id.parse().map_err(|_| PageError::NotFound)?;
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    app.store().end_engagement(&by, &id).await.map_err(|error| match error {
        StoreError::Input(_) => PageError::NotFound,
        error => error.into(),
    })?;
    Ok(Redirect::to("/vendors").into_response())
}
