//! `/grants/new`: a grant is put together from what is there: classes that hold data, their columns, the state's counties.

use super::access_words::{self, Word};
use super::app::App;
use super::error::{PageError, page};
use super::form::{Sent, input};
use super::format::{Markup, day, message, sentence_case, visible};
use super::frame::{Frame, Link};
use super::grants::until_day;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit, voter_words, words};
use crate::ask::AskError;
use crate::ask::grant::CreateGrant;
use crate::ask::offer::{Offer, offers};
use crate::ask::until::{next_elections, until};
use askama::Template;
use axum::Extension;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ManageGrants;
use hustings_access::{Grant, GrantId, OrganizationId, OrganizationKind, Purpose};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::grant::NewGrant;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is chosen where the day is none of the elections offered.
const ANOTHER_DAY: &str = "another";
/// What is chosen where it is the whole state, not counties.
const WHOLE_STATE: &str = "state";

/// More columns of a class than this are folded away: the form is to be short on a phone.
const COLUMNS_OPEN_MAX: usize = 8;

/// What is sent for it, what people read, and whether it is chosen.
type Choice = (String, String, bool);

/// A purpose, and whether it is chosen.
type Purposed = (Word, bool);

/// Columns that belong together, under their title.
type Columns = (&'static str, Vec<Choice>);

#[derive(Template)]
#[template(path = "grant_new.html")]
struct NewPage {
    frame: Frame,
    known: Vec<Choice>,
    other: String,
    /// None: there is nothing to give.
    offer: Option<Offered>,
    /// Where there is something to give in other states: those.
    states: Vec<Link>,
    /// The usual purpose, and the others.
    purposes: (Vec<Purposed>, Vec<Purposed>),
    /// Whether one of the others is chosen: else they are folded away.
    purposes_open: bool,
    exportable: bool,
    elections: Vec<Choice>,
    another_day: bool,
    until: String,
    error: Option<Markup>,
    /// The same is given already: by these grants.
    alike: Vec<String>,
    form_token: String,
}

/// What can be given of a state.
struct Offered {
    code: String,
    name: String,
    classes: Vec<Class>,
    /// What is called the whole: the state, or what the organization itself sees of it.
    whole: String,
    /// Whether the whole is chosen.
    everywhere: bool,
    /// Whether counties are: of a state's list they are, unless somebody says so.
    by_county: bool,
    /// Those that are chosen first.
    counties: Vec<Choice>,
    chosen_counties: String,
}

struct Class {
    word: Word,
    chosen: bool,
    /// The field that holds the columns chosen of it.
    field: String,
    /// Long lists are folded away until one of them is chosen.
    folded: bool,
    open: bool,
    groups: Vec<Columns>,
}

/// What was chosen before the form was opened.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    state: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    to: String,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /grants/new?state=&class=&to=`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    app: App,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    query: Result<Query<Chosen>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(chosen) = query?;
    permit::own::<ManageGrants>(&app, &visitor).await?;
    let Chosen { state, class, to } = chosen;
    let fields = [("state", state), ("classes", class), ("to", to), ("purposes", "voter_contact".to_owned())];
    let sent = Sent::of(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    show(&app, &visitor, token, &sent, Refusal::None).await
}

/// Why a grant was not given.
enum Refusal {
    None,
    Error(Markup),
    /// There are such, in words.
    Alike(Vec<String>),
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: FormToken,
    sent: &Sent,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let (error, alike) = match refusal {
        Refusal::None => (None, Vec::new()),
        Refusal::Error(error) => (Some(error), Vec::new()),
        Refusal::Alike(grants) => (None, grants),
    };
    let offers = offers(app.store(), &visitor.actor).await.map_err(failed)?;
    let asked = sent.text("state");
    let offer = offers.iter().find(|offer| offer.state.as_str() == asked).or(offers.first());
    let here = offer.map(|offer| offer.state);
    let states = offers.iter().map(|offer| Link {
        current: Some(offer.state) == here,
        ..Link::to(format!("/grants/new?state={}", offer.state), words::state(offer.state))
    });
    let takes =
        |kind: OrganizationKind| !matches!(kind, OrganizationKind::Vendor | OrganizationKind::Auditor);
    let known = neighbors::of(app, visitor).await?;
    let today = super::visitor::now().to_zoned(TimeZone::UTC).date();
    let elections = next_elections(today).into_iter().map(|date| {
        let what = if date.year() % 2 == 0 { "" } else { " (states and towns)" };
        let date = date.to_string();
        (date.clone(), format!("Election day, {}{what}", day(&date)), sent.text("until") == date)
    });
    let purposes: (Vec<Purposed>, Vec<Purposed>) = Purpose::ALL
        .iter()
        .filter(|purpose| **purpose != Purpose::Commercial)
        .map(|purpose| (access_words::purpose(*purpose), sent.has("purposes", purpose.as_str())))
        .partition(|(word, _)| word.word == Purpose::VoterContact.as_str());
    let status = match (&error, alike.is_empty()) {
        (None, true) => StatusCode::OK,
        (None, false) => StatusCode::CONFLICT,
        (Some(_), _) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = page(&NewPage {
        frame: Frame::of_access("Give a grant", [Link::to("/grants", "Who sees what of ours")]),
        known: known
            .into_iter()
            .filter(|known| takes(known.kind))
            .map(|known| (known.id.to_string(), visible(&known.name), sent.text("to") == known.id.as_str()))
            .collect(),
        other: sent.text("other").to_owned(),
        offer: offer.map(|offer| offered(offer, &visitor.organization().id, sent)),
        states: if offers.len() > 1 { states.collect() } else { Vec::new() },
        purposes_open: purposes.1.iter().any(|(_, chosen)| *chosen),
        purposes,
        exportable: sent.is_checked("exportable"),
        elections: elections.collect(),
        another_day: sent.text("until") == ANOTHER_DAY,
        until: sent.text("day").to_owned(),
        error,
        alike,
        form_token: token.0,
    })?;
    Ok((status, shown).into_response())
}

fn offered(offer: &Offer, own: &OrganizationId, sent: &Sent) -> Offered {
    let class = |(class, columns): (&FieldClass, &Vec<String>)| {
        let field = field_of(*class);
        let is_base = *class == FieldClass::Base;
        let mut groups: Vec<Columns> = Vec::new();
        for column in columns {
            let (group, label) = if is_base { of_list(column) } else { ("", of_overlay(own, column)) };
            let chosen = sent.has(&field, column);
            let entry = (column.clone(), label, chosen);
            match groups.iter_mut().find(|(title, _)| *title == group) {
                Some((_, entries)) => entries.push(entry),
                None => groups.push((group, vec![entry])),
            }
        }
        let open = groups.iter().flat_map(|(_, entries)| entries).any(|(.., chosen)| *chosen);
        Class {
            word: access_words::class(*class),
            chosen: sent.has("classes", class.as_str()),
            folded: is_base || columns.len() > COLUMNS_OPEN_MAX,
            open,
            groups,
            field,
        }
    };
    let mut counties: Vec<Choice> = offer
        .counties
        .iter()
        .map(|name| (name.clone(), access_words::county(offer.state, name), sent.has("counties", name)))
        .collect();
    let chosen: Vec<&str> =
        counties.iter().filter(|(.., chosen)| *chosen).map(|(_, label, _)| label.as_str()).collect();
    let chosen_counties = chosen.join(", ");
    let is_list_owner = offer.classes.contains_key(&FieldClass::Base);
    counties.sort_by_key(|(.., chosen)| !*chosen);
    Offered {
        code: offer.state.to_string(),
        name: words::state(offer.state),
        classes: offer.classes.iter().map(class).collect(),
        whole: match is_list_owner {
            true => format!("The whole state of {}", words::state(offer.state)),
            false => ALL_OWN.to_owned(),
        },
        everywhere: sent.text("where") == WHOLE_STATE,
        by_county: match sent.text("where") {
            "" => is_list_owner,
            chosen => chosen != WHOLE_STATE,
        },
        counties,
        chosen_counties,
    }
}

/// Of columns of one's own: wherever there are values, also when one's own sight of the list changes.
const ALL_OWN: &str = "All voters for whom we have them";

fn field_of(class: FieldClass) -> String {
    format!("columns-{class}")
}

/// Group and label of a column of the state's list.
fn of_list(column: &str) -> (&'static str, String) {
    match column.split_once('.') {
        Some(("vote", name)) => ("Vote history", voter_words::label(name)),
        Some(("ballot", name)) => ("Ballots", voter_words::label(name)),
        _ => (voter_words::group_of_column(column), voter_words::label(column)),
    }
}

fn of_overlay(own: &OrganizationId, column: &str) -> String {
    visible(access_words::column(own, column))
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
    let given = match wanted(&sent) {
        Ok(wanted) => give(&app, &visitor, &wanted, sent.is_checked("replace")).await,
        Err(error) => {
            // Asked of the policy, as whatever is in order is.
            permit::own::<ManageGrants>(&app, &visitor).await?;
            Err(error)
        }
    };
    match given {
        Ok(Given::Alike(grants)) => show(&app, &visitor, token, &sent, Refusal::Alike(grants)).await,
        Ok(Given::Grant(id)) => Ok(Redirect::to(&format!("/grants?done=given&grant={id}")).into_response()),
        Err(error @ (AskError::Input(_) | AskError::NotFound(_) | AskError::Refused(_))) => {
            if !visitor.manages() {
                return Err(failed(error));
            }
            let error = message(&sentence_case(&error.to_string()));
            show(&app, &visitor, token, &sent, Refusal::Error(error)).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// What came of it.
enum Given {
    Grant(GrantId),
    /// Nothing: the same is given already, by these.
    Alike(Vec<String>),
}

/// Gives it, unless the same is given already: then only where it is to replace that. A second one would go on after the
/// first is revoked, and nobody would expect it to.
async fn give(app: &App, visitor: &Visitor, wanted: &CreateGrant, replace: bool) -> Result<Given, AskError> {
    let store = app.store();
    let (by, new) = wanted.prepared(store, &visitor.actor).await?;
    let now = super::visitor::now();
    let grants = store.grants_by(&by.organization).await?;
    let alike: Vec<&Grant> = grants.iter().filter(|grant| is_alike(grant, &new, now)).collect();
    if !alike.is_empty() && !replace {
        let name = store.organization(&new.grantee).await?;
        let name = visible(name.as_ref().map_or(new.grantee.as_str(), |known| &known.name));
        return Ok(Given::Alike(alike.into_iter().map(|grant| told(&name, grant)).collect()));
    }
    // Never without one of the two.
    let given = store.create_grant(&by, &new).await?;
    for grant in alike {
        store.revoke_grant(&by, &grant.id).await?;
    }
    Ok(Given::Grant(given.id))
}

fn is_alike(grant: &Grant, new: &NewGrant, now: Timestamp) -> bool {
    let holds = grant.revoked_at.is_none() && grant.until > now && !grant.custody;
    holds
        && (&grant.grantee, grant.state, &grant.classes) == (&new.grantee, new.state, &new.classes)
        && (&grant.columns, &grant.counties) == (&new.columns, &new.counties)
}

fn told(to: &str, grant: &Grant) -> String {
    let copies = if grant.exportable { "copies may leave" } else { "copies may not leave" };
    let purposes = access_words::purposes(&grant.purposes).to_lowercase();
    format!(
        "{to} may see {}, until {}; for {purposes}; {copies}.",
        access_words::given(grant, access_words::Whose::Ours),
        until_day(grant.until)
    )
}

fn failed(error: AskError) -> PageError {
    match error {
        AskError::NotFound(_) => PageError::NotFound,
        AskError::Input(text) => PageError::Input(text),
        AskError::Refused(text) => PageError::Refused(text),
        AskError::Busy(text) => PageError::Busy(text),
        AskError::Environment(text) => PageError::Environment(text),
    }
}

/// The grant that the form is about.
fn wanted(sent: &Sent) -> Result<CreateGrant, AskError> {
    let said = |error: PageError| AskError::Input(error.to_string());
    let to = match sent.text("to") {
        "" => sent.text("other").trim(),
        chosen => chosen,
    };
    if to.is_empty() {
        return Err(said(input("choose to whom, or write their contact code")));
    }
    let state: StateCode =
        sent.word("state").map_err(said)?.ok_or_else(|| said(input("choose the state")))?;
    let (classes, columns) = chosen_columns(sent)?;
    let purposes: BTreeSet<Purpose> = sent.words("purposes").map_err(said)?;
    let missing: Vec<String> = [("What", classes.is_empty()), ("For what", purposes.is_empty())]
        .into_iter()
        .filter(|(_, is_empty)| *is_empty)
        .map(|(title, _)| format!("“{title}”"))
        .collect();
    if !missing.is_empty() {
        let missing = access_words::said(&missing);
        return Err(AskError::Input(format!("nothing is checked under {missing}: check at least one there")));
    }
    let counties: BTreeSet<String> = sent.all("counties").map(str::to_owned).collect();
    let counties = match (sent.text("where") == WHOLE_STATE, counties.is_empty()) {
        (true, true) => None,
        (false, false) => Some(counties),
        (true, false) => {
            return Err(said(input(
                "the whole state is chosen and counties are checked: choose one of the two",
            )));
        }
        (false, true) => {
            return Err(said(input(
                "no county is checked: check those that are meant, or choose the whole state",
            )));
        }
    };
    let last = match sent.text("until") {
        ANOTHER_DAY => sent.text("day"),
        election => election,
    };
    if last.is_empty() {
        return Err(said(input("choose the last day")));
    }
    Ok(CreateGrant {
        to: to.parse().map_err(|error| said(input(error)))?,
        state,
        classes,
        columns,
        counties,
        purposes,
        exportable: sent.is_checked("exportable"),
        not_before: None,
        until: until(last).map_err(AskError::Input)?,
    })
}

/// The classes chosen, and the columns: none where all of each are given. A column of a class that is not chosen is refused:
/// it may be left from a change of mind.
fn chosen_columns(sent: &Sent) -> Result<(BTreeSet<FieldClass>, Option<BTreeSet<String>>), AskError> {
    let classes: BTreeSet<FieldClass> =
        sent.words("classes").map_err(|error| AskError::Input(error.to_string()))?;
    let picked = |class: FieldClass| {
        sent.all(&field_of(class)).map(|name| format!("{class}:{name}")).collect::<Vec<_>>()
    };
    let unchosen: Vec<String> = FieldClass::ALL
        .iter()
        .filter(|class| !picked(**class).is_empty() && !classes.contains(class))
        .map(|class| format!("“{}”", access_words::class(*class).name))
        .collect();
    if !unchosen.is_empty() {
        let names = access_words::said(&unchosen);
        return Err(AskError::Input(format!(
            "columns of {names} are checked and {names} is not: check it, or uncheck its columns"
        )));
    }
    let columns: BTreeSet<String> = classes.iter().flat_map(|class| picked(*class)).collect();
    Ok((classes, (!columns.is_empty()).then_some(columns)))
}
