//! `/sign-in`: e-mail address and password, then the second factor. `/sign-out`.

use super::app::App;
use super::cookie;
use super::error::{PageError, page};
use super::form::Sent;
use super::frame::Frame;
use super::security::FormToken;
use super::visitor::{self, Visitor};
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::OrganizationId;
use hustings_store::access::device::DEVICE_DAYS_MAX;
use hustings_store::access::session::NewSession;
use hustings_store::access::sign_in::{PasswordAnswer, SecondFactorAnswer, TriedFrom};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    refused: bool,
    email: String,
    organization: String,
    next: String,
    signed_out: bool,
    form_token: String,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    frame: Frame,
    refused: bool,
    next: String,
    form_token: String,
}

/// Where to go once signed in, and why the page is shown.
#[derive(Debug, Default, Deserialize)]
pub struct Way {
    #[serde(default)]
    next: String,
    #[serde(default)]
    signed_out: Option<String>,
    #[serde(default)]
    organization: String,
}

impl Way {
    /// Only to a page of our own.
    fn target(next: &str) -> &str {
        let ours = next.starts_with('/')
            && !next.starts_with("//")
            && next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
        if ours && !visitor::is_public(next) { next } else { "/" }
    }
}

/// `GET /sign-in`. The organization is filled in that the link names, or else the one at which this browser last signed in.
///
/// # Errors
/// When the store or the template fails.
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<Way>, QueryRejection>,
    visitor: Option<Extension<Arc<Visitor>>>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let Query(way) = query?;
    if visitor.is_some() {
        return Ok(Redirect::to(Way::target(&way.next)).into_response());
    }
    let named: Option<OrganizationId> = way.organization.parse().ok();
    let organization = match (named, cookie::value(&headers, cookie::DEVICE)) {
        (None, Some(device)) => app.store().organization_of_device(&device).await?,
        (named, _) => named,
    };
    page(&SignInPage {
        frame: Frame::bare("Sign in"),
        refused: false,
        email: String::new(),
        organization: organization.map_or_else(String::new, |id| id.to_string()),
        next: Way::target(&way.next).to_owned(),
        signed_out: way.signed_out.is_some(),
        form_token: token.0,
    })
}

/// `POST /sign-in`: the password.
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn post(State(app): State<App>, request: Request) -> Result<Response, PageError> {
    let source = visitor::source(&request);
    let token = form_token(&request)?;
    let device = cookie::value(request.headers(), cookie::DEVICE);
    let sent = Sent::from_request(request, &()).await?;
    let (email, typed) = (sent.text("email"), sent.text("organization").trim().to_ascii_lowercase());
    // An id that cannot be one, or none, is a wrong one like any other: the answer takes as long.
    let (known, organization) = match typed.parse::<OrganizationId>() {
        Ok(organization) => (email, organization),
        Err(_) => ("", OrganizationId::local()),
    };
    let from = TriedFrom { source: &source, device: device.as_deref() };
    let answer = app.store().sign_in_password(known, sent.text("password"), &organization, from).await?;
    match answer {
        PasswordAnswer::SecondFactorPending { token, .. } => {
            let next = super::paging::encoded(Way::target(sent.text("next")));
            let mut response = Redirect::to(&format!("/sign-in/code?next={next}")).into_response();
            cookie::set(response.headers_mut(), cookie::STEP, token.expose());
            Ok(response)
        }
        PasswordAnswer::Refused => {
            let shown = page(&SignInPage {
                frame: Frame::bare("Sign in"),
                refused: true,
                email: email.chars().take(254).collect(),
                organization: typed.chars().take(40).collect(),
                next: Way::target(sent.text("next")).to_owned(),
                signed_out: false,
                form_token: token.0,
            })?;
            Ok((StatusCode::UNAUTHORIZED, shown).into_response())
        }
    }
}

/// `GET /sign-in/code`
///
/// # Errors
/// When the template fails.
pub async fn code(
    headers: HeaderMap,
    query: Result<Query<Way>, QueryRejection>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let Query(way) = query?;
    if cookie::value(&headers, cookie::STEP).is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    page(&CodePage {
        frame: Frame::bare("Second factor"),
        refused: false,
        next: Way::target(&way.next).to_owned(),
        form_token: token.0,
    })
}

/// `POST /sign-in/code`: the second factor. The session begins under a token that nobody had before.
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn post_code(State(app): State<App>, request: Request) -> Result<Response, PageError> {
    let source = visitor::source(&request);
    let token = form_token(&request)?;
    let half = cookie::value(request.headers(), cookie::STEP).unwrap_or_default();
    let device = cookie::value(request.headers(), cookie::DEVICE);
    let sent = Sent::from_request(request, &()).await?;
    let next = Way::target(sent.text("next"));
    let from = TriedFrom { source: &source, device: device.as_deref() };
    match app.store().sign_in_second_factor(&half, sent.text("code"), from).await? {
        SecondFactorAnswer::SignedIn(session) => Ok(begun(&session, next)),
        SecondFactorAnswer::Refused => {
            let shown = page(&CodePage {
                frame: Frame::bare("Second factor"),
                refused: true,
                next: next.to_owned(),
                form_token: token.0,
            })?;
            Ok((StatusCode::UNAUTHORIZED, shown).into_response())
        }
    }
}

/// `POST /sign-out`
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn sign_out(
    State(app): State<App>,
    Extension(visitor): Extension<Arc<Visitor>>,
    _: Sent,
) -> Result<Response, PageError> {
    app.store().sign_out(&visitor.token).await?;
    Ok(ended(&visitor))
}

/// `POST /sign-out/everywhere`
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn sign_out_everywhere(
    State(app): State<App>,
    Extension(visitor): Extension<Arc<Visitor>>,
    _: Sent,
) -> Result<Response, PageError> {
    app.store().sign_out_everywhere(&visitor.token).await?;
    Ok(ended(&visitor))
}

/// To a page, with the cookies of a session that has just begun.
#[must_use]
pub fn begun(session: &NewSession, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    begin(response.headers_mut(), session);
    response
}

/// The cookies of a session that has just begun, under a mark that nobody had before either; after a sign-in with both factors
/// the browser's own, too.
pub fn begin(headers: &mut HeaderMap, session: &NewSession) {
    cookie::set(headers, cookie::SESSION, session.token.expose());
    if let Some(device) = &session.device {
        cookie::set_for(headers, cookie::DEVICE, device.expose(), DEVICE_DAYS_MAX);
    }
    for name in [cookie::STEP, cookie::MARK, cookie::ACTS_FOR] {
        cookie::clear(headers, name);
    }
}

fn ended(visitor: &Visitor) -> Response {
    let organization = &visitor.session.organization;
    let again = format!("/sign-in?signed_out=yes&organization={organization}");
    let mut response = Redirect::to(&again).into_response();
    for name in [cookie::SESSION, cookie::STEP, cookie::ACTS_FOR] {
        cookie::clear(response.headers_mut(), name);
    }
    // Pages are not kept anyhow; this also ends what a browser shows again on a step back.
    let (name, value) = ("clear-site-data", "\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    response
}

/// The token of the forms of a request.
///
/// # Errors
/// When the middleware did not see the request.
pub fn form_token(request: &Request) -> Result<FormToken, PageError> {
    let token = request.extensions().get::<FormToken>().cloned();
    token.ok_or_else(|| PageError::environment("a form has no token to be compared with"))
}
