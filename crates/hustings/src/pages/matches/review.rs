//! `/{state}/matches/{run}/review`: one pair at a time. Each answer is durable before the next pair shows; without script
//! the keys are buttons. `…/disagreements`: where two reviewers differ.

use super::reviewed::Reviewed;
use super::run;
use super::side::{self, Line};
use crate::pages::app::{App, state_of};
use crate::pages::error::{PageError, page};
use crate::pages::form::Sent;
use crate::pages::format::{instant, visible};
use crate::pages::frame::{Frame, Link, Place};
use crate::pages::security::FormToken;
use crate::pages::visitor::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Append;
use hustings_access::{Act, Request, Role};
use hustings_core::StateCode;
use hustings_store::Store;
use hustings_store::match_run::{MatchVerdict, NewAnswer};
use serde::Deserialize;
use std::sync::Arc;

/// After so many answers nobody needs to go on.
const ENOUGH: usize = 30;

#[derive(Template)]
#[template(path = "match_review.html")]
struct ReviewPage {
    frame: Frame,
    address: String,
    shown: Option<Shown>,
    second: bool,
    answered: usize,
    enough: usize,
    left: usize,
    can_undo: bool,
    may_answer: bool,
    form_token: String,
}

struct Shown {
    number: u32,
    why: String,
    lines: Vec<Line>,
    before: Option<&'static str>,
    pair: String,
}

/// Which pair, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// A pair to be shown once more.
    pair: Option<u32>,
    /// `second`: pairs that another has answered.
    look: String,
}

/// What an answer is called.
#[must_use]
pub fn said(verdict: MatchVerdict) -> &'static str {
    match verdict {
        MatchVerdict::Same => "same person",
        MatchVerdict::Different => "two people",
        MatchVerdict::Undecided => "undecided",
        MatchVerdict::TakenBack => "taken back",
    }
}

/// `GET /{state}/matches/{run}/review`
///
/// # Errors
/// [`PageError::NotFound`] where there is no such run for the visitor; or when the store fails.
pub async fn get(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
    query: Result<Query<Choice>, QueryRejection>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let Query(choice) = query?;
    let (me, second) = (visitor.actor.principal.to_string(), choice.look == "second");
    let asker = me.clone();
    let choose = move |reviewed: &Reviewed| -> Vec<u32> {
        let number = choice.pair.filter(|number| reviewed.pair(*number).is_some());
        number.or_else(|| reviewed.next(&asker, second)).into_iter().collect()
    };
    let (reviewed, looks) = Reviewed::looking(&app, state, &id, choose).await?;
    let address = run::address(state, &id);
    let model = serde_json::from_value(reviewed.report.model.clone()).ok();
    let shown = looks.first().map(|look| Shown {
        number: look.number,
        why: look.pair.doubt.clone(),
        lines: side::lines(look, &reviewed.report.columns, model.as_ref()),
        before: reviewed.answer_of(&me, look.number).map(|answer| said(answer.answer.verdict)),
        pair: format!("{address}/pairs/{}", look.number),
    });
    let mine = |pair: &u32| reviewed.answer_of(&me, *pair).is_some();
    page(&ReviewPage {
        frame: Frame::of_state(
            state,
            "Review",
            Place::Columns,
            [
                Link::to(format!("/{state}/matches"), "Lists without ids"),
                Link::to(address.clone(), visible(&reviewed.report.file)),
            ],
        ),
        shown,
        second,
        answered: reviewed.queue().iter().filter(|pair| mine(pair)).count(),
        enough: ENOUGH,
        left: reviewed.left(&me, second),
        can_undo: reviewed.last_of(&me).is_some(),
        may_answer: visitor.appends(),
        address,
        form_token: token.0,
    })
}

/// `POST /{state}/matches/{run}/review`: keeps an answer, or takes the visitor's last one back, and leads to the next pair.
///
/// # Errors
/// When the form is not ours, the policy says no, or there is no such run or pair.
pub async fn post(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let second = if sent.text("look") == "second" { "?look=second" } else { "" };
    let review = format!("{}/review{second}", run::address(state, &id));
    let me = visitor.actor.principal.to_string();
    if sent.text("answer") == "undo" {
        let reviewed = read_to_answer(&app, state, &id).await?;
        let Some(last) = reviewed.last_of(&me) else { return Ok(Redirect::to(&review).into_response()) };
        let pair = last.answer.pair;
        let back = NewAnswer { verdict: MatchVerdict::TakenBack, why: String::new(), ..last.answer.clone() };
        keep(&app, state, &id, back).await?;
        let joined = if second.is_empty() { '?' } else { '&' };
        return Ok(Redirect::to(&format!("{review}{joined}pair={pair}")).into_response());
    }
    let new = match answer(&sent, sent.text("settles") == "yes") {
        Ok(new) => new,
        Err(error) => {
            // Who may not answer is not told what the form lacks.
            read_to_answer(&app, state, &id).await?;
            return Err(error);
        }
    };
    let settles = new.settles;
    if settles {
        let reviewed = read_to_answer(&app, state, &id).await?;
        let is_third = reviewed.answer_of(&me, new.pair).is_none();
        if !is_third && !visitor.actor.roles.contains(&Role::DataDirector) {
            return Err(PageError::Refused(
                "you are one of the two: a third reviewer or a data director settles it".to_owned(),
            ));
        }
    }
    keep(&app, state, &id, new).await?;
    let next = if settles { format!("{}/disagreements", run::address(state, &id)) } else { review };
    Ok(Redirect::to(&next).into_response())
}

/// The run, for who may answer: whoever may not is refused before anything is told.
async fn read_to_answer(app: &App, state: StateCode, id: &str) -> Result<Reviewed, PageError> {
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(crate::pages::permit::refused)?);
    Reviewed::demand(app, state, id).await
}

/// The answer of a form.
fn answer(sent: &Sent, settles: bool) -> Result<NewAnswer, PageError> {
    let verdict = match sent.text("answer") {
        "same" => MatchVerdict::Same,
        "different" => MatchVerdict::Different,
        "undecided" => MatchVerdict::Undecided,
        _ => return Err(PageError::Input("choose an answer".to_owned())),
    };
    let pair =
        sent.text("pair").parse().map_err(|_| PageError::Input("the form names no pair".to_owned()))?;
    Ok(NewAnswer { pair, verdict, from_queue: !settles, settles, why: String::new() })
}

/// Keeps an answer; on return it is durable.
///
/// # Errors
/// When the policy says no, there is no such run or pair, or the store fails.
pub async fn keep(app: &App, state: StateCode, run: &str, new: NewAnswer) -> Result<(), PageError> {
    let run = run.to_owned();
    let work =
        async move |store: &Store, act: &Act<'_, Append>| store.answer_pair(act, state, &run, &new).await;
    app.act(Request::voters_of(state), work).await?.map(drop).ok_or(PageError::NotFound)
}

#[derive(Template)]
#[template(path = "match_disagreements.html")]
struct DisagreementsPage {
    frame: Frame,
    address: String,
    pairs: Vec<Disputed>,
    may_settle: bool,
    form_token: String,
}

struct Disputed {
    number: u32,
    lines: Vec<Line>,
    answers: Vec<String>,
    may_settle: bool,
}

/// So many are shown at once.
const DISPUTED: usize = 20;

/// `GET /{state}/matches/{run}/disagreements`
///
/// # Errors
/// [`PageError::NotFound`] where there is no such run for the visitor; or when the store fails.
pub async fn disagreements(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let me = visitor.actor.principal.to_string();
    let choose = |reviewed: &Reviewed| reviewed.disputed().into_iter().take(DISPUTED).collect();
    let (reviewed, looks) = Reviewed::looking(&app, state, &id, choose).await?;
    let people = app.store().users(&visitor.organization().id).await?;
    let called = |id: &str| {
        people
            .iter()
            .find(|user| user.id.as_str() == id)
            .map_or_else(|| visible(id), |user| visible(&user.name))
    };
    let is_director = visitor.actor.roles.contains(&Role::DataDirector);
    let model = serde_json::from_value(reviewed.report.model.clone()).ok();
    let pairs = looks.iter().map(|look| Disputed {
        number: look.number,
        lines: side::lines(look, &reviewed.report.columns, model.as_ref()),
        answers: reviewed
            .holding(look.number)
            .map(|answer| {
                format!(
                    "{}: {}, {}",
                    called(&answer.reviewer),
                    said(answer.answer.verdict),
                    instant(&answer.at)
                )
            })
            .collect(),
        may_settle: visitor.appends() && (is_director || reviewed.answer_of(&me, look.number).is_none()),
    });
    let address = run::address(state, &id);
    page(&DisagreementsPage {
        frame: Frame::of_state(
            state,
            "Disagreements",
            Place::Columns,
            [
                Link::to(format!("/{state}/matches"), "Lists without ids"),
                Link::to(address.clone(), visible(&reviewed.report.file)),
            ],
        ),
        pairs: pairs.collect(),
        may_settle: visitor.appends(),
        address,
        form_token: token.0,
    })
}
