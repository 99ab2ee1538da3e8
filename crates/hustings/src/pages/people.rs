//! `/people`: who works in the visitor's organization, as what; invitations by a link to hand over.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, day_short, instant, visible};
use super::frame::{Frame, Link};
use super::invitation::sayable;
use super::link_once::{self, Once};
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManagePeople;
use hustings_access::{Organization, OrganizationKind, Role, UserId};
use hustings_store::access::Acting;
use hustings_store::access::invitation::{InvitationRecord, NewInvitation};
use hustings_store::access::user::{Conflict, PrecinctPair, UserRecord};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    organization: String,
    /// Its id, under which they sign in.
    id: String,
    rows: Vec<Row>,
    invitations: Vec<Open>,
    vendors_in_conflict: Vec<String>,
    invite: InviteForm,
    form_token: String,
}

struct Row {
    id: String,
    name: String,
    email: String,
    roles: String,
    precincts: String,
    since: String,
    disabled: bool,
    /// When the account ends with the API key that it came of.
    ends: Option<String>,
    in_conflict: bool,
    is_oneself: bool,
}

struct Open {
    id: String,
    email: String,
    roles: String,
    until: String,
}

/// The form of an invitation.
#[derive(Debug, Clone)]
pub struct InviteForm {
    /// Where it is sent.
    pub action: String,
    /// The roles that the organization may give, and whether each is chosen.
    pub roles: Vec<(Word, bool)>,
    /// What was wrong with what was typed.
    pub error: Option<Markup>,
    /// The address as typed.
    pub email: String,
    /// The precincts as typed.
    pub precincts: String,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    row: Row,
    /// Whether the reader may keep the account beyond its key: they came of none themselves.
    keeps: bool,
    roles: Vec<(Word, bool)>,
    precincts: String,
    error: Option<Markup>,
    form_token: String,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /people`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    permit::own::<ManagePeople>(&app, &visitor).await?;
    let form = invite_form(visitor.organization(), "/people/invite".to_owned(), None, &Default::default());
    show(&app, &visitor, token, form).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    invite: InviteForm,
) -> Result<Response, PageError> {
    let organization = visitor.organization();
    let users = app.store().users(&organization.id).await?;
    let invitations = app.store().invitations(&organization.id).await?;
    let conflicts = app.store().conflicts(&organization.id).await?;
    let ends = app.store().account_ends(&organization.id).await?;
    let known = app.store().known_to(&organization.id).await?;
    let status = if invite.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&PeoplePage {
        frame: Frame::of_access("People", []),
        organization: visible(&organization.name),
        id: organization.id.to_string(),
        rows: users.into_iter().map(|user| row(user, visitor, &conflicts, &ends)).collect(),
        invitations: invitations.into_iter().map(open).collect(),
        vendors_in_conflict: conflicts
            .iter()
            .filter_map(|conflict| match conflict {
                Conflict::Vendor { vendor } => Some(visible(&neighbors::name(&known, vendor))),
                Conflict::User { .. } => None,
            })
            .collect(),
        invite,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

fn row(
    user: UserRecord,
    visitor: &Visitor,
    conflicts: &[Conflict],
    ends: &BTreeMap<UserId, Timestamp>,
) -> Row {
    Row {
        ends: ends.get(&user.id).map(|end| instant(&end.to_string())),
        in_conflict: conflicts
            .iter()
            .any(|conflict| matches!(conflict, Conflict::User { user: id } if *id == user.id)),
        is_oneself: user.id == visitor.session.user,
        id: user.id.to_string(),
        name: visible(&user.name),
        email: visible(&user.email),
        roles: access_words::roles(&user.roles),
        precincts: precinct_lines(&user.precincts, "; "),
        since: day_short(user.created_at.get(..10).unwrap_or_default()),
        disabled: user.disabled,
    }
}

fn open(record: InvitationRecord) -> Open {
    Open {
        id: record.id,
        email: record.email.map_or_else(|| "the first user".to_owned(), |email| visible(&email)),
        roles: access_words::roles(&record.roles),
        until: instant(&record.expires_at),
    }
}

/// The form that invites somebody into an organization.
#[must_use]
pub fn invite_form(
    organization: &Organization,
    action: String,
    error: Option<Markup>,
    typed: &Typed,
) -> InviteForm {
    InviteForm {
        action,
        roles: offered(organization, &typed.roles),
        error,
        email: typed.email.clone(),
        precincts: typed.precincts.clone(),
    }
}

/// What was typed into an invitation.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    email: String,
    roles: BTreeSet<Role>,
    precincts: String,
}

/// What is usual for the first person of an organization: who manages it.
#[must_use]
pub fn first_person(kind: OrganizationKind) -> Typed {
    let role = match kind {
        OrganizationKind::Auditor => Role::AuditorReader,
        _ => Role::DataDirector,
    };
    Typed { roles: [role].into(), ..Typed::default() }
}

/// The roles that fit an organization, and whether each is chosen.
fn offered(organization: &Organization, chosen: &BTreeSet<Role>) -> Vec<(Word, bool)> {
    let fits = |role: &Role| match organization.kind {
        OrganizationKind::Vendor => matches!(role, Role::Chair | Role::DataDirector | Role::VendorOperator),
        OrganizationKind::Auditor => matches!(role, Role::Chair | Role::DataDirector | Role::AuditorReader),
        OrganizationKind::National => *role != Role::VendorOperator,
        _ => !matches!(role, Role::VendorOperator | Role::Operator),
    };
    Role::ALL
        .iter()
        .filter(|role| fits(role))
        .map(|role| (access_words::role(*role), chosen.contains(role)))
        .collect()
}

/// `POST /people/invite`
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn invite(
    State(app): State<App>,
    Extension(visitor): Known,
    headers: HeaderMap,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManagePeople>(&app, &visitor).await?;
    let organization = visitor.organization().clone();
    invited(&app, &by, &organization, &headers, &sent, "/people").await
}

/// Invites somebody, and shows the link once.
///
/// # Errors
/// When what was typed cannot be understood, or the store fails.
pub async fn invited(
    app: &App,
    by: &Acting,
    organization: &Organization,
    headers: &HeaderMap,
    sent: &Sent,
    back: &str,
) -> Result<Response, PageError> {
    let new = NewInvitation {
        organization: organization.id.clone(),
        email: sent.text("email").to_owned(),
        roles: sent.words("roles")?,
        precincts: precincts(sent.text("precincts"))?,
    };
    let (record, code) = app.store().invite(by, &new).await?;
    let email = record.email.unwrap_or_default();
    let above = if back == "/people" { "People" } else { "Organizations" };
    let once = Once {
        frame: Frame::of_access("Invitation", [Link::to(back.to_owned(), above)]),
        title: format!("Invitation for {}", visible(&email)),
        lead: format!(
            "Give them this link, best by phone or in person: whoever opens it first becomes {} of {}. Later they sign in at \
             /sign-in?organization={}.",
            access_words::roles(&record.roles).to_lowercase(),
            visible(&organization.name),
            organization.id
        ),
        path: format!("/invitations/{}", code.expose()),
        until: instant(&record.expires_at),
        next: (back != "/people").then(|| {
            let next = format!("/grants/new?to={}", organization.id);
            (next, format!("Give {} a grant", visible(&organization.name)))
        }),
        back: back.to_owned(),
    };
    link_once::show(app, headers, once)
}

/// `POST /people/invitations/{id}/withdraw`
///
/// # Errors
/// When the form is not ours, the policy says no, or there is no such invitation.
pub async fn withdraw(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManagePeople>(&app, &visitor).await?;
    app.store().withdraw_invitation(&by, &by.organization, &id).await?;
    Ok(Redirect::to("/people").into_response())
}

/// `GET /people/{id}`
///
/// # Errors
/// [`PageError::NotFound`] when the organization has no such user; or when the policy says no.
pub async fn one(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let by = permit::own::<ManagePeople>(&app, &visitor).await?;
    show_one(&app, &visitor, &by, &id, token, None).await
}

async fn show_one(
    app: &App,
    visitor: &Visitor,
    by: &Acting,
    id: &str,
    token: FormToken,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let id: UserId = id.parse().map_err(|_| PageError::NotFound)?;
    let user = app.store().user(&by.organization, &id).await?.ok_or(PageError::NotFound)?;
    let conflicts = app.store().conflicts(&by.organization).await?;
    let ends = app.store().account_ends(&by.organization).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&PersonPage {
        frame: Frame::of_access(visible(&user.name), [Link::to("/people", "People")]),
        roles: offered(visitor.organization(), &user.roles),
        precincts: precinct_lines(&user.precincts, "\n"),
        keeps: !ends.contains_key(&visitor.session.user),
        row: row(user, visitor, &conflicts, &ends),
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

/// `POST /people/{id}/{act}`: `roles`, `disable`, `enable`, `keep` or `recovery`.
///
/// # Errors
/// When the form is not ours, the policy says no, or the organization has no such user.
pub async fn act(
    State(app): State<App>,
    Extension(visitor): Known,
    Path((id, act)): Path<(String, String)>,
    headers: HeaderMap,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManagePeople>(&app, &visitor).await?;
    let user: UserId = id.parse().map_err(|_| PageError::NotFound)?;
    let organization = &by.organization;
    let known = app.store().user(organization, &user).await?.ok_or(PageError::NotFound)?;
    let store = app.store();
    let done = match act.as_str() {
        "roles" => {
            let (roles, precincts) = (sent.words("roles")?, precincts(sent.text("precincts"))?);
            store.set_roles(&by, organization, &user, &roles, &precincts).await
        }
        "disable" => store.disable_user(&by, organization, &user).await,
        "keep" => store.keep_user(&by, organization, &user).await,
        "enable" => store.enable_user(&by, organization, &user).await,
        "recovery" => {
            let code = store.create_recovery(&by, organization, &user).await?;
            let once = Once {
                frame: Frame::of_access("New password", [Link::to("/people", "People")]),
                title: format!("A new password for {}", visible(&known.name)),
                lead: "Give them this link in person or by phone, when you are sure that it is them. Their second \
                       factor stays as it is."
                    .to_owned(),
                path: format!("/recover/{}", code.expose()),
                until: "one hour from now".to_owned(),
                next: None,
                back: format!("/people/{user}"),
            };
            return link_once::show(&app, &headers, once);
        }
        _ => return Err(PageError::NotFound),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/people/{user}")).into_response()),
        Err(error) => show_one(&app, &visitor, &by, &id, token, Some(sayable(error)?)).await,
    }
}

/// Precincts as typed, one a line: `DURHAM: 12`.
fn precincts(typed: &str) -> Result<BTreeSet<PrecinctPair>, PageError> {
    typed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (county, precinct) = line
                .split_once(':')
                .ok_or_else(|| input(format!("`{line}` is no precinct: expected one such as DURHAM: 12")))?;
            Ok((county.trim().to_uppercase(), precinct.trim().to_owned()))
        })
        .collect()
}

fn precinct_lines(precincts: &BTreeSet<PrecinctPair>, between: &str) -> String {
    let lines: Vec<String> = precincts
        .iter()
        .map(|(county, precinct)| format!("{}: {}", visible(county), visible(precinct)))
        .collect();
    lines.join(between)
}
