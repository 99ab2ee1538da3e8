//! `/invitations/{code}` and `/first/{code}`: how an account begins. Password and second factor are set up together; ten
//! recovery codes are shown once.

use super::app::App;
use super::error::{PageError, page};
use super::form::Sent;
use super::format::message;
use super::frame::Frame;
use super::paging::encoded;
use super::qr::{self, Picture};
use super::security::FormToken;
use super::{access_words, cookie, sign_in};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hustings_store::access::Secret;
use hustings_store::access::invitation::{Acceptance, OpenInvitation};
use hustings_store::{ErrorKind, StoreError};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    frame: Frame,
    organization: String,
    /// The organization's id, under which they sign in.
    id: String,
    roles: String,
    invited: Option<String>,
    until: String,
    picture: Option<Picture>,
    url: String,
    key: String,
    bare_key: String,
    sealed: String,
    error: Option<super::format::Markup>,
    /// Whether the error is put into the page as it is typed: never here.
    within: bool,
    name: String,
    email: String,
    address: String,
    form_token: String,
}

/// What was wrong, for a page that stays: what was typed stays in it, passwords too, which are never sent back.
#[derive(Template)]
#[template(path = "invitation_error.html")]
struct WrongPart {
    error: Option<super::format::Markup>,
    within: bool,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    lead: &'static str,
    codes: Vec<String>,
    /// All of them, one a line.
    text: String,
    /// The same as a file within an address: nothing is asked of the server again, which does not know them any more.
    file: String,
    next: &'static str,
}

/// `GET /invitations/{code}`, `GET /first/{code}`
///
/// # Errors
/// [`PageError::Input`] when the code is wrong, used or over; or when the store fails.
pub async fn get(
    State(app): State<App>,
    Path(code): Path<String>,
    uri: Uri,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    // The second factor is this browser's: nobody who opened the link elsewhere has seen it.
    let open = app.store().open_invitation(&code, &token.0).await?.ok_or_else(over)?;
    form(&app, &open, None, ("", ""), &uri, token).await
}

/// `POST /invitations/{code}`, `POST /first/{code}`
///
/// # Errors
/// When the form is not ours, the code is wrong, used or over, or the store fails.
pub async fn post(
    State(app): State<App>,
    Path(code): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let device = cookie::value(&headers, cookie::DEVICE);
    let (mark, sealed) = (token.0.clone(), sent.text("second_factor"));
    let open = app.store().reopen_invitation(&code, &mark, sealed).await?.ok_or_else(over)?;
    let (name, email) = (sent.text("name"), sent.text("email"));
    // The browser's script asks while the page stays, as long as its second factor holds.
    let is_script = headers.contains_key("hx-request");
    let stays = is_script && open.second_factor.sealed == sealed;
    let refused = async |error: String| match stays {
        true => {
            page(&WrongPart { error: Some(message(&super::format::sentence_case(&error))), within: true })
        }
        false => form(&app, &open, Some(error), (name, email), &uri, token).await,
    };
    if sent.text("password") != sent.text("again") {
        return refused("the two passwords are not the same".to_owned()).await;
    }
    let (password, digits) = (sent.text("password"), sent.text("code"));
    let acceptance =
        Acceptance { email, name, password, second_factor: sealed, code: digits, device: device.as_deref() };
    match app.store().accept_invitation(&code, &mark, &acceptance).await {
        Ok(accepted) => {
            let lead = "You are signed in, and your account is ready.";
            let mut response = codes(lead, "/", &accepted.recovery_codes)?;
            if is_script {
                response.headers_mut().insert("hx-retarget", HeaderValue::from_static("body"));
                response.headers_mut().insert("hx-reswap", HeaderValue::from_static("innerHTML"));
            }
            sign_in::begin(response.headers_mut(), &accepted.session);
            Ok(response)
        }
        Err(error) if error.kind() == ErrorKind::Environment => Err(error.into()),
        Err(error) => refused(error.to_string()).await,
    }
}

/// Recovery codes, shown once.
///
/// # Errors
/// When the template fails.
pub fn codes(lead: &'static str, next: &'static str, codes: &[Secret]) -> Result<Response, PageError> {
    let codes: Vec<String> = codes.iter().map(|code| code.expose().to_owned()).collect();
    let text = codes.join("\n");
    let title = "Recovery codes of Hustings: each stands once for the six digits of a lost phone.";
    page(&CodesPage {
        frame: Frame::bare("Recovery codes"),
        lead,
        file: format!("data:text/plain;charset=utf-8,{}", encoded(&format!("{title}\n\n{text}\n"))),
        text,
        codes,
        next,
    })
}

async fn form(
    app: &App,
    open: &OpenInvitation,
    error: Option<String>,
    (name, email): (&str, &str),
    uri: &Uri,
    token: FormToken,
) -> Result<Response, PageError> {
    let invitation = &open.invitation;
    let organization = app.store().organization(&invitation.organization).await?;
    // The label that the app shows; the first user's address is not known yet.
    let label = invitation.email.as_deref().unwrap_or("first user");
    let totp = &open.second_factor.totp;
    let url = totp.url(invitation.organization.as_str(), label);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&InvitationPage {
        frame: Frame::bare("Set up your account"),
        organization: organization.map_or_else(|| invitation.organization.to_string(), |found| found.name),
        id: invitation.organization.to_string(),
        roles: access_words::roles(&invitation.roles),
        invited: invitation.email.clone(),
        until: super::format::instant(&invitation.expires_at),
        picture: qr::picture(&url),
        key: access_words::in_fours(&totp.base32()),
        bare_key: totp.base32(),
        sealed: open.second_factor.sealed.clone(),
        url,
        error: error.map(|error| message(&super::format::sentence_case(&error))),
        within: false,
        name: name.to_owned(),
        email: email.to_owned(),
        address: uri.path().to_owned(),
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

fn over() -> PageError {
    // The same words for a code that never was.
    PageError::Input("this link is wrong, used or over: ask whoever sent it for another".to_owned())
}

/// What a person can put right by typing again is said above the form; the rest is an error's page.
///
/// # Errors
/// The error, when the machine failed.
pub fn sayable(error: StoreError) -> Result<super::format::Markup, PageError> {
    match error.kind() {
        ErrorKind::Environment => Err(error.into()),
        _ => Ok(message(&super::format::sentence_case(&error.to_string()))),
    }
}
