//! `/keys`: programs' ways in. A key is shown once.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, instant, visible};
use super::frame::Frame;
use super::invitation::sayable;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit, words};
use crate::ask::until::until;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManageKeys;
use hustings_access::{ApiKeyId, Role};
use hustings_store::ErrorKind;
use hustings_store::access::api_key::{ApiKeyRecord, NewApiKey};
use jiff::Timestamp;
use std::collections::BTreeSet;
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
    /// Whether something that came of it holds still.
    left: bool,
    /// Whether the reader came of it, and ends with it.
    is_readers: bool,
}

impl Row {
    fn of(
        record: ApiKeyRecord,
        grants: &[(String, String)],
        left: &BTreeSet<ApiKeyId>,
        readers: &BTreeSet<ApiKeyId>,
    ) -> Self {
        let ends: Option<Timestamp> = record.expires_at.parse().ok();
        Self {
            holds: record.revoked_at.is_none() && ends.is_some_and(|end| super::visitor::now() < end),
            left: left.contains(&record.id),
            is_readers: readers.contains(&record.id),
            id: record.id.to_string(),
            name: visible(&record.name),
            role: access_words::role(record.role).name,
            grant: record.grant.map_or_else(
                || "All that the role may".to_owned(),
                |grant| {
                    let known = grants.iter().find(|(id, _)| *id == grant.as_str());
                    known.map_or_else(|| "A grant that has ended".to_owned(), |(_, what)| what.clone())
                },
            ),
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
    let keys = app.store().api_keys(own).await?;
    let left = app.store().keys_with_something_left(own).await?;
    let readers = app.store().keys_behind(&visitor.session.acting().principal).await?;
    let known = app.store().known_to(own).await?;
    let live = app.store().grants_to(own).await?.into_iter().filter(|grant| grant.is_live_at(now));
    let grants: Vec<(String, String)> = live
        .map(|grant| {
            let what = format!(
                "{} of {}, by {}",
                access_words::classes(&grant.classes),
                words::state(grant.state),
                visible(&neighbors::name(&known, &grant.owner))
            );
            (grant.id.to_string(), what)
        })
        .collect();
    let shown = page(&KeysPage {
        frame: Frame::of_access("API keys", []),
        rows: keys.into_iter().map(|key| Row::of(key, &grants, &left, &readers)).collect(),
        roles: [Role::DataDirector, Role::Organizer].into_iter().map(access_words::role).collect(),
        grants,
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
    match app.store().revoke_api_key(&by, &by.organization, &id).await {
        Ok(()) => Ok(Redirect::to("/keys").into_response()),
        Err(error) if error.kind() == ErrorKind::Input => Err(PageError::NotFound),
        Err(error) => Err(error.into()),
    }
}
