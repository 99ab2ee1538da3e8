//! `/organizations`: those that the visitor's organization registered, and one more.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, visible};
use super::frame::{Frame, Link};
use super::invitation::sayable;
use super::neighbors;
use super::people::{InviteForm, first_person, invite_form};
use super::permit;
use super::security::FormToken;
use super::visitor::Visitor;
use super::words;
use crate::ask::organization::counties;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::{ManageOrganizations, ManagePeople};
use hustings_access::{Organization, OrganizationId, Request};
use hustings_core::StateCode;
use hustings_store::access::registers::Registers;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "organizations.html")]
struct OrganizationsPage {
    frame: Frame,
    rows: Vec<Row>,
    own: String,
    contact: String,
    /// Those that the visitor may register; none: nothing.
    kinds: Vec<Word>,
    states: Vec<(&'static str, &'static str)>,
    /// What was typed, or is usual.
    typed: Typed,
    error: Option<Markup>,
    form_token: String,
}

/// What a form for a new organization holds when it is shown.
struct Typed {
    name: String,
    id: String,
    kind: String,
    state: String,
    counties: String,
}

impl Typed {
    fn of(sent: Option<&Sent>, own: &Organization) -> Self {
        let text = |name: &str| sent.map_or("", |sent| sent.text(name)).to_owned();
        let usual = || own.state.map(|state| state.to_string()).unwrap_or_default();
        Self {
            name: text("name"),
            id: text("id"),
            kind: text("kind"),
            state: sent.map_or_else(usual, |_| text("state")),
            counties: text("counties"),
        }
    }
}

struct Row {
    id: String,
    name: String,
    kind: &'static str,
    place: String,
    registered_by_us: bool,
}

#[derive(Template)]
#[template(path = "organization.html")]
struct OrganizationPage {
    frame: Frame,
    row: Row,
    meaning: &'static str,
    has_people: bool,
    invite: InviteForm,
    form_token: String,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /organizations`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    permit::own::<ManageOrganizations>(&app, &visitor).await?;
    show(&app, &visitor, token, None, None).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    sent: Option<&Sent>,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let own = &visitor.organization().id;
    let known = neighbors::of(app, visitor).await?;
    let registers = registers(app, visitor).await?;
    let offered = |code: &str| registers.states.iter().any(|state| state.as_str() == code);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&OrganizationsPage {
        frame: Frame::of_access("Organizations", []),
        rows: known.iter().map(|organization| row(organization, own)).collect(),
        own: visible(&visitor.organization().name),
        contact: app.store().contact(own).to_string(),
        kinds: registers.kinds.iter().map(|kind| access_words::kind(*kind)).collect(),
        states: states().iter().copied().filter(|(code, _)| offered(code)).collect(),
        typed: Typed::of(sent, visitor.organization()),
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

async fn registers(app: &App, visitor: &Visitor) -> Result<Registers, PageError> {
    let all: Vec<StateCode> = states().iter().filter_map(|(code, _)| code.parse().ok()).collect();
    Ok(app.store().registers(&visitor.actor, &all).await?)
}

/// The states as a form offers them: code and name.
#[must_use]
pub fn states() -> &'static [(&'static str, &'static str)] {
    words::states()
}

fn row(organization: &Organization, own: &OrganizationId) -> Row {
    let state = organization.state.map(words::state);
    let counties = organization
        .counties
        .as_ref()
        .zip(organization.state)
        .map(|(counties, state)| access_words::counties(state, Some(counties)));
    Row {
        id: organization.id.to_string(),
        name: visible(&organization.name),
        kind: access_words::kind(organization.kind).name,
        place: [counties, state].into_iter().flatten().collect::<Vec<_>>().join(", "),
        registered_by_us: organization.registered_by.as_ref() == Some(own),
    }
}

/// `POST /organizations`: registers one.
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn post(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let new = match organization(&visitor, &sent) {
        Ok(new) => new,
        Err(PageError::Input(why)) => {
            // Asked of the policy, as whatever is in order is.
            permit::own::<ManageOrganizations>(&app, &visitor).await?;
            if registers(&app, &visitor).await?.kinds.is_empty() {
                return Err(PageError::NotFound);
            }
            let error = super::format::message(&super::format::sentence_case(&why));
            return show(&app, &visitor, token, Some(&sent), Some(error)).await;
        }
        Err(error) => return Err(error),
    };
    let request = Request::organization_without_people(new.clone());
    let by = match permit::of::<ManageOrganizations>(&app, &visitor, request).await {
        // Somebody who may register some, and not this one.
        Err(PageError::NotFound) if !registers(&app, &visitor).await?.kinds.is_empty() => {
            let error = super::format::message(&may_not(&new));
            return show(&app, &visitor, token, Some(&sent), Some(error)).await;
        }
        other => other?,
    };
    match app.store().create_organization(&by, &new).await {
        Ok(made) => Ok(Redirect::to(&format!("/organizations/{}", made.id)).into_response()),
        Err(error) => show(&app, &visitor, token, Some(&sent), Some(sayable(error)?)).await,
    }
}

fn may_not(new: &Organization) -> String {
    let place = new.state.map(|state| format!(" of {}", words::state(state))).unwrap_or_default();
    format!(
        "Your organization does not register this kind of organization{place}: {}. Ask the owner of this system.",
        access_words::kind(new.kind).name
    )
}

fn organization(visitor: &Visitor, sent: &Sent) -> Result<Organization, PageError> {
    let state: Option<StateCode> = sent.word("state")?;
    if let Some(state) = state
        && !words::is_state(state)
    {
        return Err(PageError::Input(format!("`{state}` is no state")));
    }
    let named = sent.list("counties");
    let counties = (!named.is_empty()).then(|| counties(state, &named)).transpose().map_err(input)?;
    Ok(Organization {
        id: sent.text("id").trim().parse().map_err(input)?,
        kind: sent.word("kind")?.ok_or_else(|| input("choose what kind of organization it is"))?,
        name: sent.text("name").to_owned(),
        state,
        counties,
        registered_by: Some(visitor.organization().id.clone()),
    })
}

/// `GET /organizations/{id}`: one that the visitor's organization registered, and its first person.
///
/// # Errors
/// [`PageError::NotFound`] for any other; or when the store fails.
pub async fn one(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let id: OrganizationId = id.parse().map_err(|_| PageError::NotFound)?;
    let (_, organization) = permit::with::<ManageOrganizations>(&app, &visitor, &id).await?;
    let has_people = !app.store().users(&id).await?.is_empty();
    page(&OrganizationPage {
        frame: Frame::of_access(visible(&organization.name), [Link::to("/organizations", "Organizations")]),
        meaning: access_words::kind(organization.kind).meaning,
        row: row(&organization, &visitor.organization().id),
        has_people,
        invite: invite_form(
            &organization,
            format!("/organizations/{id}/invite"),
            None,
            &first_person(organization.kind),
        ),
        form_token: token.0,
    })
}

/// `POST /organizations/{id}/invite`: its first person.
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn invite(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    headers: axum::http::HeaderMap,
    sent: Sent,
) -> Result<Response, PageError> {
    let id: OrganizationId = id.parse().map_err(|_| PageError::NotFound)?;
    let (by, organization) = permit::with::<ManagePeople>(&app, &visitor, &id).await?;
    super::people::invited(&app, &by, &organization, &headers, &sent, "/organizations").await
}
