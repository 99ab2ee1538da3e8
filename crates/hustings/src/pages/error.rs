//! What went wrong, as a friendly page with one sentence and what to do, or as `application/problem+json` for programs.

use super::format::{Markup, message};
use super::frame::{Frame, Place};
use askama::Template;
use axum::extract::Request;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use hustings_store::{ErrorKind, StoreError, entropy};

/// Why a page cannot be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PageError {
    /// Nothing is there, or nothing that this scope may know of.
    #[error("there is nothing at this address")]
    NotFound,
    /// The form or the address cannot be understood.
    #[error("{0}")]
    Input(String),
    /// The request did not come from a page of this program.
    #[error("{0}")]
    Forbidden(String),
    /// The reader has not signed in, or no longer is.
    #[error("you are not signed in, or your session has ended")]
    SignedOut,
    /// The policy says no.
    #[error("{0}")]
    Refused(String),
    /// More was sent than any form of ours holds.
    #[error("the form that was sent is larger than any of ours")]
    TooLarge,
    /// Somebody else is at it.
    #[error("{0}")]
    Busy(String),
    /// The disk has no room for what was sent.
    #[error("{0}")]
    NoRoom(String),
    /// The machine failed: disk, database. The cause is for whoever runs it: it may name folders and hosts, and readers get a
    /// reference under which the server's own output has it.
    #[error("{0}")]
    Environment(String),
}

/// What readers are told of a failure of the machine.
fn told(reference: &str) -> String {
    format!(
        "the machine that serves this page failed: whoever runs it finds the cause under the reference {reference}"
    )
}

/// A short name for one failure, which says nothing of it.
fn reference() -> String {
    const BYTES: usize = 4;
    let mut bytes = [0; BYTES];
    match entropy::fill(&mut bytes) {
        Ok(()) => hustings_core::digits::hex(&bytes),
        // Even so the reader is answered.
        Err(_) => "00000000".to_owned(),
    }
}

impl PageError {
    /// The machine failed; the log gets the cause, the reader one sentence.
    pub fn environment(error: impl std::fmt::Display) -> Self {
        Self::Environment(error.to_string())
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Input(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy(_) => StatusCode::CONFLICT,
            Self::NoRoom(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Environment(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Input(_) => "bad_input",
            Self::Forbidden(_) => "forbidden",
            Self::SignedOut => "signed_out",
            Self::Refused(_) => "refused",
            Self::TooLarge => "too_large",
            Self::Busy(_) => "busy",
            Self::NoRoom(_) => "no_room",
            Self::Environment(_) => "environment",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::NotFound => "Nothing here",
            Self::Input(_) => "That did not work",
            Self::Forbidden(_) => "Not from this page",
            Self::SignedOut => "Sign in first",
            Self::Refused(_) => "Not permitted",
            Self::TooLarge => "Too much at once",
            Self::Busy(_) => "Somebody is at it already",
            Self::NoRoom(_) => "No room for it",
            Self::Environment(_) => "The machine could not do it",
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Self::NotFound => "Check the address, or start again from the overview.",
            Self::Input(_) => "Go back, change what the sentence above names, and send it again.",
            Self::Forbidden(_) => "Open the page again in this browser and send the form from there.",
            Self::SignedOut => "Sign in again, then repeat what you did. Nothing of it was kept.",
            Self::Refused(_) => {
                "If it is your role that does not reach so far, a chair or data director of your organization can change it."
            }
            Self::TooLarge => "Send less, or load files from the inbox folder.",
            Self::Busy(_) => "Wait until that is finished, then try again.",
            Self::NoRoom(_) => "Nothing was kept of it. Free some space on that disk, then send it again.",
            Self::Environment(_) => {
                "Nothing was lost: the last good snapshot is still current. Try again in a moment; if it says the same, tell whoever runs this server the reference."
            }
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match (&error, error.kind()) {
            _ if error.is_busy() => Self::Busy(error.to_string()),
            (_, ErrorKind::Input | ErrorKind::No) => Self::Input(error.to_string()),
            (_, ErrorKind::Environment) => Self::Environment(error.to_string()),
        }
    }
}

impl From<FormRejection> for PageError {
    fn from(rejection: FormRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::TooLarge;
        }
        Self::Input("the form lacks a field that it should have".to_owned())
    }
}

impl From<QueryRejection> for PageError {
    fn from(_: QueryRejection) -> Self {
        Self::Input("the part of the address after the question mark cannot be understood".to_owned())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        // The body is made by `render`, which knows what the reader accepts.
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: &'static str,
    sentence: Markup,
    remedy: &'static str,
    /// Where the form was: address and words.
    back: Option<(String, &'static str)>,
}

/// Middleware: gives an error its body, in the form that the reader accepts.
pub async fn render(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let back = back(request.method(), request.uri().path());
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<PageError>() {
        Some(error) => error,
        // The router's own refusals: a path or a method that is not there, a form that cannot be read.
        None if is_bare(&response) => {
            let status = response.status();
            let error = match status {
                StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST => {
                    PageError::NotFound
                }
                _ => PageError::Input("the form that was sent cannot be understood".to_owned()),
            };
            return with_body(&error, status, (&headers, None));
        }
        None => return response,
    };
    let error = match error {
        PageError::Environment(cause) => {
            let reference = reference();
            eprintln!(
                "hustings: page.failed reference={reference} error=`{}`",
                super::format::visible(&cause)
            );
            PageError::Environment(told(&reference))
        }
        error => error,
    };
    let is_of_form = matches!(
        error,
        PageError::Input(_) | PageError::TooLarge | PageError::Busy(_) | PageError::NoRoom(_)
    );
    with_body(&error, error.status(), (&headers, back.filter(|_| is_of_form)))
}

/// The page with the form that was sent to an address, where that is one about a list without ids.
fn back(method: &Method, path: &str) -> Option<(String, &'static str)> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let (length, words) = match parts.as_slice() {
        [_, "lists", _] => (3, "Back to the columns"),
        [_, "matches"] => (2, "Back to the lists"),
        [_, "matches", _, "pairs", _, ..] => (5, "Back to the row"),
        [_, "matches", _, ..] => (3, "Back to the result"),
        _ => return None,
    };
    (method == Method::POST).then(|| (format!("/{}", parts[..length].join("/")), words))
}

fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    response.status().is_client_error() && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn with_body(
    error: &PageError,
    status: StatusCode,
    (headers, back): (&HeaderMap, Option<(String, &'static str)>),
) -> Response {
    if wants_json(headers) {
        let body = serde_json::json!({
            "type": "about:blank",
            "title": error.title(),
            "status": status.as_u16(),
            "detail": error.to_string(),
            "code": error.code(),
        });
        let mut response = (status, body.to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        return response;
    }
    let page = ErrorPage {
        frame: Frame::new(error.title(), Place::Elsewhere),
        title: error.title(),
        sentence: message(&capitalized(&error.to_string())),
        remedy: error.remedy(),
        back,
    };
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => (status, error.title()).into_response(),
    }
}

/// Whether the reader is a program.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("json") && !accept.contains("text/html")
}

fn capitalized(sentence: &str) -> String {
    let mut text = super::format::sentence_case(sentence);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// Renders a template as the answer.
///
/// # Errors
/// [`PageError::Environment`] when the template fails, which only a failing `Display` can cause.
pub fn page(template: &impl Template) -> Result<Response, PageError> {
    let text = template.render().map_err(PageError::environment)?;
    Ok(Html(text).into_response())
}
