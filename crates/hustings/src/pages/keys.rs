//! `/keys`: programs' ways in. A key is shown once.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, instant, visible};
use super::frame::Frame;
use super::invitation::sayable;
use super::permit;
use super::security::FormToken;
use super::visitor::Visitor;
use crate::ask::until::until;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManageKeys;
use hustings_access::{ApiKeyId, Role};
use hustings_store::access::api_key::{ApiKeyRecord, NewApiKey};
use hustings_store::{ErrorKind, StoreError};
use jiff::Timestamp;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    frame: Frame,
    rows: Vec<Row>,
    roles: Vec<Word>,
    grants: Vec<(String, String)>,
    fresh: Option<(String, String)>,
    error: Option<Markup>,
    form_token: String,
}

struct Row {
    id: String,
    name: String,
    role: &'static str,
    grant: String,
    until: String,
    seen: String,
    holds: bool,
}

impl From<ApiKeyRecord> for Row {
    fn from(record: ApiKeyRecord) -> Self {
        let ends: Option<Timestamp> = record.expires_at.parse().ok();
        Self {
            holds: record.revoked_at.is_none() && ends.is_some_and(|end| super::visitor::now() < end),
            id: record.id.to_string(),
            name: visible(&record.name),
            role: access_words::role(record.role).name,
            grant: record.grant.map_or_else(|| "as the role".to_owned(), |grant| grant.to_string()),
            until: instant(&record.expires_at),
            seen: record.last_used_at.map_or_else(|| "never".to_owned(), |seen| instant(&seen)),
        }
    }
}

type Known = Extension<Arc<Visitor>>;

/// `GET /keys`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    permit::own::<ManageKeys>(&app, &visitor).await?;
    show(&app, &visitor, token, None, None).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    fresh: Option<(String, String)>,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let own = &visitor.organization().id;
    let now = super::visitor::now();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&KeysPage {
        frame: Frame::of_access("API keys", []),
        rows: app.store().api_keys(own).await?.into_iter().map(Row::from).collect(),
        roles: [Role::DataDirector, Role::Organizer].into_iter().map(access_words::role).collect(),
        grants: app
            .store()
            .grants_to(own)
            .await?
            .into_iter()
            .filter(|grant| grant.is_live_at(now))
            .map(|grant| {
                let what =
                    format!("{} of {}, {}", access_words::classes(&grant.classes), grant.owner, grant.state);
                (grant.id.to_string(), what)
            })
            .collect(),
        fresh,
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

/// `POST /keys`: makes one, and shows it once.
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn post(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageKeys>(&app, &visitor).await?;
    let new = match wanted(&sent) {
        Ok(new) => new,
        Err(PageError::Input(why)) => {
            let error = super::format::message(&super::format::sentence_case(&why));
            return show(&app, &visitor, token, None, Some(error)).await;
        }
        Err(error) => return Err(error),
    };
    match app.store().create_api_key(&by, &by.organization, &new).await {
        Ok((record, secret)) => {
            let fresh = (visible(&record.name), secret.expose().to_owned());
            show(&app, &visitor, token, Some(fresh), None).await
        }
        Err(error) => show(&app, &visitor, token, None, Some(sayable(error)?)).await,
    }
}

fn wanted(sent: &Sent) -> Result<NewApiKey, PageError> {
    Ok(NewApiKey {
        name: sent.text("name").to_owned(),
        role: sent.word("role")?.ok_or_else(|| input("choose a role"))?,
        grant: sent.word("grant")?,
        until: until(sent.text("until")).map_err(input)?,
    })
}

/// `POST /keys/{id}/revoke`
///
/// # Errors
/// [`PageError::NotFound`] when the organization has no such key; or when the form is not ours.
pub async fn revoke(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, PageError> {
    let id: ApiKeyId = id.parse().map_err(|_| PageError::NotFound)?;
    let by = permit::own::<ManageKeys>(&app, &visitor).await?;
    let unknown = |error: StoreError| match error.kind() {
        ErrorKind::Input => PageError::NotFound,
        _ => error.into(),
    };
    app.store().revoke_api_key(&by, &by.organization, &id).await.map_err(unknown)?;
    Ok(Redirect::to("/keys").into_response())
}
