//! `/demo/{token}`: the demo's people, each behind a link that holds while the demo runs, on this machine alone. Whoever
//! has the links has the data folder, and that is the second factor; the log says so.

use super::app::App;
use super::error::{PageError, page};
use super::form::Sent;
use super::frame::Frame;
use super::security::FormToken;
use super::sign_in;
use super::visitor::Source;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use hustings_access::UserId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// One of the demo's people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPerson {
    /// Their account.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// What they are, and where.
    pub role: String,
    /// What they will see.
    pub sees: &'static str,
}

/// The links by which the demo's people sign in.
#[derive(Debug, Default)]
pub struct DemoLinks(Mutex<BTreeMap<String, DemoPerson>>);

impl DemoLinks {
    /// Makes a link for a person; the last part of its address.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn add(&self, person: DemoPerson) -> Result<String, getrandom::Error> {
        let mut bytes = [0; 16];
        hustings_store::entropy::fill(&mut bytes)?;
        let token = hustings_core::digits::hex(&bytes);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), person);
        Ok(token)
    }

    /// Whether a demo runs.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn person(&self, token: &str) -> Option<DemoPerson> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }
}

#[derive(Template)]
#[template(path = "demo_link.html")]
struct DemoPage {
    frame: Frame,
    person: DemoPerson,
    form_token: String,
}

/// `GET /demo/{token}`: who it is, and the button.
///
/// # Errors
/// [`PageError::NotFound`] where no demo runs, or for a wrong link.
pub async fn get(
    State(app): State<App>,
    Path(token): Path<String>,
    source: Option<Extension<Source>>,
    Extension(form_token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let person = person(&app, &token, source)?;
    page(&DemoPage { frame: Frame::bare(person.name.clone()), person, form_token: form_token.0 })
}

/// `POST /demo/{token}`: signs in.
///
/// # Errors
/// [`PageError::NotFound`] where no demo runs, or for a wrong link; or when the store fails.
pub async fn post(
    State(app): State<App>,
    Path(token): Path<String>,
    source: Option<Extension<Source>>,
    _: Sent,
) -> Result<Response, PageError> {
    let person = person(&app, &token, source)?;
    let session = app.store().begin_demo_session(&person.user).await?;
    Ok(sign_in::begun(&session, "/"))
}

fn person(app: &App, token: &str, source: Option<Extension<Source>>) -> Result<DemoPerson, PageError> {
    let here = app.place().bound_to.is_loopback()
        && source.is_some_and(|Extension(source)| source.0.to_canonical().is_loopback());
    if !here {
        return Err(PageError::NotFound);
    }
    app.demo_links().person(token).ok_or(PageError::NotFound)
}
