//! `/recover/{code}`: another password for a forgotten one. The second factor stays; nobody is signed in by it.

use super::app::App;
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Markup, message};
use super::frame::Frame;
use super::invitation::sayable;
use super::security::FormToken;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "recover.html")]
struct RecoverPage {
    frame: Frame,
    error: Option<Markup>,
    form_token: String,
}

#[derive(Template)]
#[template(path = "recovered.html")]
struct RecoveredPage {
    frame: Frame,
    /// The id of the organization at which to sign in now.
    organization: String,
}

#[derive(Template)]
#[template(path = "forgotten.html")]
struct ForgottenPage {
    frame: Frame,
}

/// `GET /sign-in/forgotten`: what to do.
///
/// # Errors
/// When the template fails.
pub async fn forgotten() -> Result<Response, PageError> {
    page(&ForgottenPage { frame: Frame::bare("Forgotten password") })
}

/// `GET /recover/{code}`: the form, whatever the code, so that asking tells nothing.
///
/// # Errors
/// When the template fails.
pub async fn get(Extension(token): Extension<FormToken>) -> Result<Response, PageError> {
    page(&RecoverPage { frame: Frame::bare("New password"), error: None, form_token: token.0 })
}

/// `POST /recover/{code}`
///
/// # Errors
/// When the form is not ours, or the store fails.
pub async fn post(
    State(app): State<App>,
    Path(code): Path<String>,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let error = if sent.text("password") != sent.text("again") {
        message("The two passwords are not the same.")
    } else {
        match app.store().recover(&code, sent.text("password")).await {
            Ok(organization) => {
                let (frame, organization) = (Frame::bare("New password"), organization.to_string());
                return page(&RecoveredPage { frame, organization });
            }
            Err(error) => sayable(error)?,
        }
    };
    let shown =
        page(&RecoverPage { frame: Frame::bare("New password"), error: Some(error), form_token: token.0 })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}
