//! What went wrong, as `application/problem+json` (RFC 9457) with a `code` that programs can rely on.

use crate::ask::AskError;
use crate::pages::error::PageError;
use axum::extract::Request;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No key is shown, or none that holds: the same words for all of these.
    Unauthenticated,
    /// Nothing is there, or nothing that the key may know of.
    NotFound(String),
    /// What was sent cannot be understood.
    Input(String),
    /// The answer is no.
    Refused(String),
    /// Somebody else is at it.
    Busy,
    /// More was sent than is taken.
    TooLarge,
    /// The disk has no room for what was sent.
    NoRoom(String),
    /// Too many requests: wait so many seconds.
    TooMany(u64),
    /// The machine failed; the cause is in the server's own log.
    Environment(String),
}

/// A problem as sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Body {
    /// Always `about:blank`: `code` says what it is.
    pub r#type: String,
    /// In a few words.
    pub title: String,
    /// The status of HTTP.
    pub status: u16,
    /// One sentence for a person.
    pub detail: String,
    /// The word for programs.
    pub code: String,
}

impl Problem {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "No key that holds"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found", "Nothing here"),
            Self::Input(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_input", "Not understood"),
            Self::Refused(_) => (StatusCode::FORBIDDEN, "refused", "The answer is no"),
            Self::Busy => (StatusCode::CONFLICT, "busy", "Somebody is at it already"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too much was sent"),
            Self::NoRoom(_) => (StatusCode::INSUFFICIENT_STORAGE, "no_room", "No room for it"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests"),
            Self::Environment(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "environment", "The machine could not do it")
            }
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unauthenticated => {
                "show an API key that holds, as `Authorization: Bearer hustings-key-…`".to_owned()
            }
            Self::NotFound(text) | Self::Input(text) | Self::Refused(text) | Self::NoRoom(text) => {
                text.clone()
            }
            Self::Busy => "somebody else is at it: wait until they have finished, then try again".to_owned(),
            Self::TooLarge => "more was sent than is taken".to_owned(),
            Self::TooMany(seconds) => format!("too many requests: wait {seconds} seconds, then try again"),
            // Paths and causes are for who runs the machine.
            Self::Environment(_) => {
                "the server's machine could not do it: who runs it finds the cause in its log".to_owned()
            }
        }
    }

    /// As sent. The cause of what the machine could not do is told to who runs it.
    #[must_use]
    pub fn to_json(&self) -> String {
        if let Self::Environment(cause) = self {
            eprintln!("hustings: api.failed error=`{}`", crate::pages::format::visible(cause));
        }
        let (status, code, title) = self.parts();
        let body = Body {
            r#type: "about:blank".to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail(),
            code: code.to_owned(),
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// A body that is not the question.
    #[must_use]
    pub fn of_body(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::TooLarge;
        }
        Self::Input(match rejection {
            JsonRejection::JsonDataError(error) => of_source(&error),
            JsonRejection::JsonSyntaxError(error) => of_source(&error),
            JsonRejection::MissingJsonContentType(_) => "the body is no `application/json`".to_owned(),
            _ => "the body cannot be read".to_owned(),
        })
    }
}

fn of_source(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("the body is not the question: {}", crate::pages::format::visible(&cause))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NotFound(text) => Self::NotFound(text),
            AskError::Input(text) => Self::Input(text),
            AskError::Refused(text) => Self::Refused(text),
            AskError::Busy(_) => Self::Busy,
            AskError::Environment(text) => Self::Environment(text),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, ..) = self.parts();
        let mut response = (status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Self::Unauthenticated => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooMany(seconds) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            _ => {}
        }
        response
    }
}

/// What is not in the table.
pub async fn nothing_here() -> Problem {
    Problem::NotFound("there is nothing at this address".to_owned())
}

/// Middleware: what the router or a page's part refuses gets the API's form, too.
pub async fn render(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        return match error {
            PageError::SignedOut => Problem::Unauthenticated,
            PageError::NotFound => Problem::NotFound("there is nothing at this address".to_owned()),
            PageError::Environment(text) => Problem::Environment(text),
            other => Problem::Refused(other.to_string()),
        }
        .into_response();
    }
    let kind = response.headers().get(CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        status if !bare || !(status.is_client_error() || status.is_server_error()) => response,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => nothing_here().await.into_response(),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge.into_response(),
        status if status.is_server_error() => Problem::Environment(status.to_string()).into_response(),
        _ => Problem::Input("the request cannot be understood".to_owned()).into_response(),
    }
}
