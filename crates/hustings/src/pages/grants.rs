//! `/grants`: who sees what of ours, in one table; a grant given, revoked, restored. `/grants/ours`: what we may see.

use super::access_words::{self, Whose};
use super::app::App;
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{day_short, instant, visible};
use super::frame::{Frame, Link};
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit, words};
use crate::ask::until::last_day;
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManageGrants;
use hustings_access::{Grant, GrantId, Organization};
use hustings_core::FieldClass;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "grants.html")]
struct GrantsPage {
    frame: Frame,
    organization: String,
    /// The grant that was given, revoked or restored just now, and which of these.
    done: Option<(Row, Done)>,
    /// What else shows some of what was revoked just now.
    others: Vec<Row>,
    alive: Vec<Row>,
    dead: Vec<Row>,
    form_token: String,
}

/// What was done just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// A grant was given.
    Given,
    /// A grant was revoked.
    Revoked,
    /// A revoked grant holds again.
    Restored,
}

/// What was done just now, and with which grant: the page shows of it what the grant is, whoever wrote the address.
#[derive(Debug, Default, Deserialize)]
pub struct Just {
    #[serde(default)]
    done: Option<Done>,
    #[serde(default)]
    grant: String,
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
#[template(path = "grant_revoke.html")]
struct RevokePage {
    frame: Frame,
    row: Row,
    /// What else shows some of it.
    others: Vec<Row>,
    form_token: String,
}

/// A grant in a table.
#[derive(Clone)]
struct Row {
    id: String,
    other: String,
    other_id: String,
    state: String,
    classes: String,
    columns: String,
    counties: String,
    /// What it gives, within a sentence.
    said: String,
    purposes: String,
    exportable: bool,
    custody: bool,
    until: String,
    /// When it was revoked.
    revoked: Option<String>,
    standing: Phase,
}

/// Where a grant is between its beginning and its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
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
    query: Result<Query<Just>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(just) = query?;
    let by = permit::own::<ManageGrants>(&app, &visitor).await?;
    let known = app.store().organizations().await?;
    let grants = app.store().grants_by(&by.organization).await?;
    let others = others(&grants, &just.grant, &known);
    let (alive, dead) = rows(grants, &known, Whose::Ours);
    let row = alive.iter().chain(&dead).find(|row| row.id == just.grant);
    // Said only while it is so.
    let is_so = |(row, done): &(Row, Done)| (row.standing == Phase::Revoked) == (*done == Done::Revoked);
    page(&GrantsPage {
        frame: Frame::of_access("Who sees what of ours", []),
        organization: visible(&visitor.organization().name),
        done: row.cloned().zip(just.done).filter(is_so),
        others,
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
    let (alive, dead) = rows(grants, &known, Whose::Theirs);
    let bases = app.store().base_owners().await?;
    let mut owns: Vec<String> = bases
        .iter()
        .filter(|(_, owner)| **owner == own.id)
        .map(|(state, _)| format!("The voter list of {}", words::state(*state)))
        .collect();
    if app.store().directory_owner().await?.id == own.id {
        owns.push("The voter list of every state that has no state party here".to_owned());
    }
    owns.push("The columns that we add ourselves".to_owned());
    page(&OursPage {
        frame: Frame::of_access("What we may see", []),
        organization: visible(&own.name),
        owns,
        alive,
        dead,
    })
}

/// Those that hold or will, and those that are over.
fn rows(grants: Vec<Grant>, known: &[Organization], whose: Whose) -> (Vec<Row>, Vec<Row>) {
    let rows = grants.into_iter().map(|grant| row(&grant, known, whose));
    rows.partition(|row| matches!(row.standing, Phase::Holds | Phase::ToCome))
}

/// What else shows its grantee some of what this grant shows, or will; of an owner's grants.
fn others(grants: &[Grant], id: &str, known: &[Organization]) -> Vec<Row> {
    let Some(grant) = grants.iter().find(|grant| grant.id.as_str() == id) else { return Vec::new() };
    let shared = grants.iter().filter(|other| other.id != grant.id && shares(grant, other));
    let rows = shared.map(|other| row(other, known, Whose::Ours));
    rows.filter(|row| matches!(row.standing, Phase::Holds | Phase::ToCome)).collect()
}

/// Whether some cell is given by both.
fn shares(one: &Grant, other: &Grant) -> bool {
    // None of them: all.
    let meet = |one: Option<&BTreeSet<String>>, other: Option<&BTreeSet<String>>| match (one, other) {
        (Some(one), Some(other)) => !one.is_disjoint(other),
        _ => true,
    };
    let both = |class: &&FieldClass| meet(one.columns.get(class), other.columns.get(class));
    (&one.grantee, one.state) == (&other.grantee, other.state)
        && meet(one.counties.as_ref(), other.counties.as_ref())
        && one.classes.intersection(&other.classes).any(|class| both(&class))
}

fn row(grant: &Grant, known: &[Organization], whose: Whose) -> Row {
    let now = super::visitor::now();
    let other = match whose {
        Whose::Ours => &grant.grantee,
        Whose::Theirs => &grant.owner,
    };
    Row {
        id: grant.id.to_string(),
        other: visible(&neighbors::name(known, other)),
        other_id: other.to_string(),
        state: words::state(grant.state),
        classes: access_words::classes(&grant.classes),
        columns: access_words::columns(grant),
        counties: access_words::reach(grant, whose),
        said: access_words::given(grant, whose),
        purposes: access_words::purposes(&grant.purposes),
        exportable: grant.exportable,
        custody: grant.custody,
        until: until_day(grant.until),
        revoked: grant.revoked_at.map(|at| instant(&at.to_string())),
        standing: match grant {
            grant if grant.revoked_at.is_some() => Phase::Revoked,
            grant if now >= grant.until => Phase::Ended,
            grant if now < grant.not_before => Phase::ToCome,
            _ => Phase::Holds,
        },
    }
}

/// The last day of a grant.
pub(super) fn until_day(end: Timestamp) -> String {
    let last = last_day(end);
    // As the database keeps what has no end.
    if last.year() >= 9999 { "it is revoked".to_owned() } else { day_short(&last.to_string()) }
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
        row: row(grant, &known, Whose::Ours),
        others: others(&grants, &id, &known),
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
    Ok(Redirect::to(&format!("/grants?done=revoked&grant={id}")).into_response())
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
    Ok(Redirect::to(&format!("/grants?done=restored&grant={id}")).into_response())
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
    use crate::ask::until::until;

    #[test]
    fn the_last_day_is_shown_as_it_was_chosen() {
        assert_eq!(until_day(until("2026-11-03").unwrap()), "Nov 3, 2026");
        assert_eq!(until_day(Timestamp::MAX), "it is revoked");
    }
}
