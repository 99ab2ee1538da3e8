//! `/account`: one's own sessions, password and second factor.

use super::access_words;
use super::app::App;
use super::cookie;
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Markup, instant, message};
use super::frame::{Frame, Place};
use super::invitation::{codes, sayable};
use super::qr::{self, Picture};
use super::security::FormToken;
use super::sign_in;
use super::visitor::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::{OrganizationId, OrganizationKind};
use hustings_store::access::enrollment::Enrollment;
use hustings_store::access::session::SessionRecord;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    email: String,
    organization: String,
    roles: String,
    sessions: Vec<Session>,
    acts_for: Vec<(String, String, bool)>,
    error: Option<Markup>,
    form_token: String,
}

struct Session {
    since: String,
    seen: String,
    ends: String,
    is_this: bool,
}

impl From<SessionRecord> for Session {
    fn from(record: SessionRecord) -> Self {
        Self {
            since: instant(&record.created_at),
            seen: instant(&record.last_seen_at),
            ends: instant(&record.expires_at),
            is_this: record.is_this,
        }
    }
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    frame: Frame,
    picture: Option<Picture>,
    url: String,
    key: String,
    bare_key: String,
    sealed: String,
    error: Option<Markup>,
    form_token: String,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /account`
///
/// # Errors
/// When the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    show(&app, &visitor, token, None).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let session = &visitor.session;
    let sessions = app.store().sessions(&visitor.token).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&AccountPage {
        frame: Frame::new("Account", Place::Account),
        name: session.name.clone(),
        email: session.email.clone(),
        organization: visitor.actor.works_in.name.clone(),
        roles: access_words::roles(&session.roles),
        sessions: sessions.into_iter().map(Session::from).collect(),
        acts_for: engaged_by(app, visitor).await?,
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

/// The organizations that engage the vendor for which the visitor works, and which of them is chosen.
async fn engaged_by(app: &App, visitor: &Visitor) -> Result<Vec<(String, String, bool)>, PageError> {
    let works_in = &visitor.actor.works_in;
    if works_in.kind != OrganizationKind::Vendor {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for engagement in app.store().engagements_as(&works_in.id).await? {
        if let (None, Some(engaging)) =
            (engagement.revoked_at, app.store().organization(&engagement.organization).await?)
        {
            let chosen = visitor.organization().id == engaging.id;
            found.push((engaging.id.to_string(), engaging.name, chosen));
        }
    }
    Ok(found)
}

/// `POST /account/acts-for`: a vendor's people choose for whom they work now. What they may do for it the policy says.
///
/// # Errors
/// When the form is not ours, or no such organization engages the vendor.
pub async fn acts_for(
    State(app): State<App>,
    Extension(visitor): Known,
    sent: Sent,
) -> Result<Response, PageError> {
    let mut response = Redirect::to("/account").into_response();
    match sent.word::<OrganizationId>("organization")? {
        None => cookie::clear(response.headers_mut(), cookie::ACTS_FOR),
        Some(id) => {
            let engaged = engaged_by(&app, &visitor).await?;
            if !engaged.iter().any(|(known, _, _)| known == id.as_str()) {
                return Err(PageError::Input(format!("`{id}` does not engage your organization")));
            }
            cookie::set(response.headers_mut(), cookie::ACTS_FOR, id.as_str());
        }
    }
    Ok(response)
}

/// `POST /account/password`
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn password(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    if sent.text("password") != sent.text("again") {
        return show(&app, &visitor, token, Some(message("The two new passwords are not the same."))).await;
    }
    match app.store().change_password(&visitor.token, sent.text("old"), sent.text("password")).await {
        Ok(session) => Ok(sign_in::begun(&session, "/account")),
        Err(error) => show(&app, &visitor, token, Some(sayable(error)?)).await,
    }
}

/// `POST /account/second-factor`: shows what the new app is given.
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn second_factor(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    match app.store().begin_second_factor_change(&visitor.token, sent.text("old")).await {
        Ok(offered) => enroll(&visitor, &offered, token, None),
        Err(error) => show(&app, &visitor, token, Some(sayable(error)?)).await,
    }
}

fn enroll(
    visitor: &Visitor,
    offered: &Enrollment,
    token: FormToken,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let url = offered.totp.url(visitor.session.organization.as_str(), &visitor.session.email);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&SecondFactorPage {
        frame: Frame::new("Set up another app", Place::Account),
        picture: qr::picture(&url),
        key: access_words::in_fours(&offered.totp.base32()),
        bare_key: offered.totp.base32(),
        sealed: offered.sealed.clone(),
        url,
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

/// `POST /account/second-factor/confirm`
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn confirm(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let sealed = sent.text("second_factor");
    match app.store().finish_second_factor_change(&visitor.token, sealed, sent.text("code")).await {
        Ok((session, fresh)) => {
            let mut response = codes("From now on only the new app counts.", "/account", &fresh)?;
            sign_in::begin(response.headers_mut(), &session);
            Ok(response)
        }
        Err(error) => {
            let error = Some(sayable(error)?);
            match app.store().offered_second_factor(&visitor.token, sealed).await? {
                Some(offered) => enroll(&visitor, &offered, token, error),
                None => show(&app, &visitor, token, error).await,
            }
        }
    }
}

/// `POST /account/recovery-codes`
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn recovery_codes(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    match app.store().new_recovery_codes(&visitor.token, sent.text("old")).await {
        Ok(fresh) => codes("The codes that you had before are worth nothing any more.", "/account", &fresh),
        Err(error) => show(&app, &visitor, token, Some(sayable(error)?)).await,
    }
}
