//! `/grants`: who sees what of ours, in one table; a grant given, revoked, restored. `/grants/ours`: what we may see.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, day_short, visible};
use super::frame::{Frame, Link};
use super::invitation::sayable;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{columns, neighbors, organizations, permit, words};
use crate::ask::organization::counties;
use crate::ask::until::{last_day, until};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManageGrants;
use hustings_access::{Grant, GrantId, Organization, OrganizationId, OrganizationKind, Purpose};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::grant::NewGrant;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "grants.html")]
struct GrantsPage {
    frame: Frame,
    organization: String,
    alive: Vec<Row>,
    dead: Vec<Row>,
    form_token: String,
}

#[derive(Template)]
#[template(path = "grants_ours.html")]
struct OursPage {
    frame: Frame,
    organization: String,
    owns: Vec<String>,
    alive: Vec<Row>,
    dead: Vec<Row>,
}

#[derive(Template)]
#[template(path = "grant_new.html")]
struct NewPage {
    frame: Frame,
    known: Vec<(String, String, bool)>,
    other: String,
    states: Vec<(&'static str, &'static str, bool)>,
    classes: Vec<(Word, bool)>,
    purposes: Vec<(Word, bool)>,
    own_columns: Vec<(String, bool)>,
    columns: String,
    counties: String,
    exportable: bool,
    until: String,
    error: Option<Markup>,
    form_token: String,
}

#[derive(Template)]
#[template(path = "grant_revoke.html")]
struct RevokePage {
    frame: Frame,
    row: Row,
    form_token: String,
}

/// A grant in a table.
struct Row {
    id: String,
    other: String,
    other_id: String,
    state: String,
    classes: String,
    columns: String,
    counties: String,
    purposes: String,
    exportable: bool,
    custody: bool,
    until: String,
    standing: Standing,
}

/// Whether a grant holds now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Holds,
    ToCome,
    Ended,
    Revoked,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /grants`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    let known = app.store().organizations().await?;
    let grants = app.store().grants_by(&by.organization).await?;
    let (alive, dead) = rows(grants, &known, |grant| &grant.grantee);
    page(&GrantsPage {
        frame: Frame::of_access("Who sees what of ours", []),
        organization: visible(&visitor.organization().name),
        alive,
        dead,
        form_token: token.0,
    })
}

/// `GET /grants/ours`: for everybody of the organization.
///
/// # Errors
/// When the store fails.
pub async fn ours(State(app): State<App>, Extension(visitor): Known) -> Result<Response, PageError> {
    let own = visitor.organization();
    let known = app.store().organizations().await?;
    let grants = app.store().grants_to(&own.id).await?;
    let (alive, dead) = rows(grants, &known, |grant| &grant.owner);
    let bases = app.store().base_owners().await?;
    let mut owns: Vec<String> = bases
        .iter()
        .filter(|(_, owner)| **owner == own.id)
        .map(|(state, _)| format!("the voter list of {}", words::state(*state)))
        .collect();
    if app.store().directory_owner().await?.id == own.id {
        owns.push("the voter list of every state that has no state party here".to_owned());
    }
    owns.push("the columns that it appends itself".to_owned());
    page(&OursPage {
        frame: Frame::of_access("What we may see", []),
        organization: visible(&own.name),
        owns,
        alive,
        dead,
    })
}

/// Those that hold or will, and those that are over.
fn rows(
    grants: Vec<Grant>,
    known: &[Organization],
    other: impl Fn(&Grant) -> &OrganizationId,
) -> (Vec<Row>, Vec<Row>) {
    grants
        .into_iter()
        .map(|grant| {
            let id = other(&grant).clone();
            row(&grant, known, &id)
        })
        .partition(|row| matches!(row.standing, Standing::Holds | Standing::ToCome))
}

fn row(grant: &Grant, known: &[Organization], other: &OrganizationId) -> Row {
    let now = super::visitor::now();
    Row {
        id: grant.id.to_string(),
        other: visible(&neighbors::name(known, other)),
        other_id: other.to_string(),
        state: words::state(grant.state),
        classes: access_words::classes(&grant.classes),
        columns: access_words::only(grant.columns.as_ref(), "all columns"),
        counties: access_words::only(grant.counties.as_ref(), "the whole state"),
        purposes: access_words::purposes(&grant.purposes),
        exportable: grant.exportable,
        custody: grant.custody,
        until: until_day(grant.until),
        standing: match grant {
            grant if grant.revoked_at.is_some() => Standing::Revoked,
            grant if now >= grant.until => Standing::Ended,
            grant if now < grant.not_before => Standing::ToCome,
            _ => Standing::Holds,
        },
    }
}

/// The last day of a grant.
pub(super) fn until_day(end: Timestamp) -> String {
    let last = last_day(end);
    // As the database keeps what has no end.
    if last.year() >= 9999 { "it is revoked".to_owned() } else { day_short(&last.to_string()) }
}

/// `GET /grants/new`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn new(
    app: App,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    permit::own::<ManageGrants>(&app, &visitor).await?;
    show_new(&app, &visitor, token, None, None).await
}

async fn show_new(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    sent: Option<&Sent>,
    error: Option<Markup>,
) -> Result<Response, PageError> {
    let text = |name: &str| sent.map_or("", |sent| sent.text(name));
    let chosen = |name: &str, word: &str| sent.is_some_and(|sent| sent.all(name).any(|value| value == word));
    let own = visitor.organization();
    let state = match sent {
        Some(sent) => sent.text("state").to_owned(),
        None => own.state.map(|state| state.to_string()).unwrap_or_default(),
    };
    let takes =
        |kind: OrganizationKind| !matches!(kind, OrganizationKind::Vendor | OrganizationKind::Auditor);
    let known = neighbors::of(app, visitor).await?;
    let own_columns: BTreeSet<String> = match columns::own(app, visitor, None).await {
        Ok(appends) => appends
            .into_iter()
            .flat_map(|append| append.report.columns.into_iter().map(|column| column.name))
            .collect(),
        // Who sees no voters has no columns of theirs.
        Err(PageError::NotFound | PageError::Refused(_)) => BTreeSet::new(),
        Err(error) => return Err(error),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = page(&NewPage {
        frame: Frame::of_access("Give a grant", [Link::to("/grants", "Who sees what of ours")]),
        known: known
            .into_iter()
            .filter(|known| takes(known.kind))
            .map(|known| (known.id.to_string(), visible(&known.name), text("to") == known.id.as_str()))
            .collect(),
        other: text("other").to_owned(),
        states: organizations::states().iter().map(|(code, name)| (*code, *name, *code == state)).collect(),
        classes: [FieldClass::Base, FieldClass::Appended, FieldClass::Proprietary, FieldClass::Private]
            .into_iter()
            .map(|class| (access_words::class(class), chosen("classes", class.as_str())))
            .collect(),
        purposes: Purpose::ALL
            .iter()
            .filter(|purpose| **purpose != Purpose::Commercial)
            .map(|purpose| {
                let checked = match sent {
                    None => *purpose == Purpose::VoterContact,
                    Some(_) => chosen("purposes", purpose.as_str()),
                };
                (access_words::purpose(*purpose), checked)
            })
            .collect(),
        own_columns: own_columns
            .into_iter()
            .map(|column| {
                let checked = chosen("column", &column);
                (column, checked)
            })
            .collect(),
        columns: text("columns").to_owned(),
        counties: text("counties").to_owned(),
        exportable: sent.is_some_and(|sent| sent.is_checked("exportable")),
        until: text("until").to_owned(),
        error,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

/// `POST /grants`
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn post(
    app: App,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    let error = match wanted(&sent) {
        Ok(new) => match app.store().create_grant(&by, &new).await {
            Ok(_) => return Ok(Redirect::to("/grants").into_response()),
            Err(error) => sayable(error)?,
        },
        Err(PageError::Input(why)) => super::format::message(&super::format::sentence_case(&why)),
        Err(error) => return Err(error),
    };
    show_new(&app, &visitor, token, Some(&sent), Some(error)).await
}

fn wanted(sent: &Sent) -> Result<NewGrant, PageError> {
    let to = match sent.text("to") {
        "" => sent.text("other").trim(),
        chosen => chosen,
    };
    if to.is_empty() {
        return Err(input("choose to whom, or write their short name"));
    }
    let state: StateCode = sent.word("state")?.ok_or_else(|| input("choose the state"))?;
    let some = |list: BTreeSet<String>| (!list.is_empty()).then_some(list);
    // A misspelled county would be a grant of nobody.
    let counties = some(sent.list("counties")).map(|names| counties(Some(state), &names));
    Ok(NewGrant {
        grantee: to.parse().map_err(input)?,
        state,
        classes: sent.words("classes")?,
        columns: some(
            sent.list("columns").into_iter().chain(sent.all("column").map(str::to_owned)).collect(),
        ),
        counties: counties.transpose().map_err(input)?,
        purposes: sent.words("purposes")?,
        exportable: sent.is_checked("exportable"),
        not_before: None,
        until: until(sent.text("until")).map_err(input)?,
    })
}

/// `GET /grants/{id}/revoke`: what it means, and the button.
///
/// # Errors
/// [`PageError::NotFound`] when the organization has given no such grant.
pub async fn confirm(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    let grants = app.store().grants_by(&by.organization).await?;
    let grant = grants.iter().find(|grant| grant.id.as_str() == id).ok_or(PageError::NotFound)?;
    let known = app.store().organizations().await?;
    page(&RevokePage {
        frame: Frame::of_access("Revoke a grant", [Link::to("/grants", "Who sees what of ours")]),
        row: row(grant, &known, &grant.grantee),
        form_token: token.0,
    })
}

/// `POST /grants/{id}/revoke`
///
/// # Errors
/// [`PageError::NotFound`] when the organization has given no such grant; or when the form is not ours.
pub async fn revoke(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, PageError> {
    let id: GrantId = id.parse().map_err(|_| PageError::NotFound)?;
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    app.store().revoke_grant(&by, &id).await.map_err(unknown)?;
    Ok(Redirect::to("/grants").into_response())
}

/// `POST /grants/{id}/restore`
///
/// # Errors
/// As [`revoke`].
pub async fn restore(
    State(app): State<App>,
    Extension(visitor): Known,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, PageError> {
    let id: GrantId = id.parse().map_err(|_| PageError::NotFound)?;
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    app.store().restore_grant(&by, &id).await.map_err(unknown)?;
    Ok(Redirect::to("/grants").into_response())
}

/// What belongs to others is as if it were not there.
fn unknown(error: hustings_store::StoreError) -> PageError {
    match error {
        hustings_store::StoreError::Input(_) => PageError::NotFound,
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_shown_as_it_was_chosen() {
        assert_eq!(until_day(until("2026-11-03").unwrap()), "Nov 3, 2026");
        assert_eq!(until_day(Timestamp::MAX), "it is revoked");
    }
}
