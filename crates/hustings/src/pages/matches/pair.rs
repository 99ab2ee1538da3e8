//! `/{state}/matches/{run}/pairs/{pair}`: one pair, why it weighs what it weighs, who answered what, and the way to take its
//! cells back.

use super::reviewed::Reviewed;
use super::side::{self, Line};
use super::waterfall::{self, Shown};
use super::{beside, review, run};
use crate::pages::app::{App, state_of};
use crate::pages::error::{PageError, page};
use crate::pages::format::{Count, instant, visible};
use crate::pages::frame::{Frame, Link, Place};
use crate::pages::security::FormToken;
use crate::pages::visitor::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::Response;
use hustings_access::Role;
use hustings_matching::compare::Pattern;
use hustings_matching::explain::{ModelRecord, Waterfall};
use hustings_matching::review::Standing;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "match_pair.html")]
struct PairPage {
    frame: Frame,
    address: String,
    number: u32,
    line: u64,
    verdict: &'static str,
    doubt: String,
    lines: Vec<Line>,
    voter: String,
    steps: Vec<Shown>,
    answers: Vec<String>,
    hidden: bool,
    holds: bool,
    /// Whether its cells are with the voter now.
    is_added: bool,
    /// Whether they were taken back just now.
    is_taken: bool,
    thinks: String,
    may_append: bool,
    form_token: String,
}

/// What was done just now: the page shows of it what is so, whoever wrote the address.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    taken: String,
}

/// Whether the one answer about a pair is not told the visitor, who has yet to answer without it.
fn is_hidden(reviewed: &Reviewed, visitor: &Visitor, number: u32) -> bool {
    let me = visitor.actor.principal.to_string();
    reviewed.holding(number).count() == 1
        && reviewed.answer_of(&me, number).is_none()
        && !reviewed.holding(number).any(|answer| answer.answer.settles)
        && !visitor.actor.roles.contains(&Role::DataDirector)
}

/// How it stands with a pair, as far as the visitor may know.
#[must_use]
pub fn verdict(reviewed: &Reviewed, visitor: &Visitor, number: u32) -> &'static str {
    let is_accepted = reviewed.pair(number).is_some_and(|pair| pair.is_accepted);
    match (reviewed.standing(number), is_accepted) {
        _ if is_hidden(reviewed, visitor, number) => "waits for a second answer",
        (Standing::Same, _) => "confirmed by people",
        (Standing::Different, _) => "two people, as reviewers say",
        (Standing::Disputed, _) => "reviewers differ",
        (Standing::Open, true) => "accepted",
        (Standing::Open, false) => match reviewed.holding(number).next() {
            Some(_) => "undecided",
            None => "waits for an answer",
        },
    }
}

/// `GET /{state}/matches/{run}/pairs/{pair}`
///
/// # Errors
/// [`PageError::NotFound`] where there is no such pair for the visitor; or when the store fails.
pub async fn get(
    app: App,
    Path((state, id, number)): Path<(String, String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
    query: Result<Query<Done>, QueryRejection>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let Query(done) = query?;
    let number: u32 = number.parse().map_err(|_| PageError::NotFound)?;
    let (reviewed, looks) = Reviewed::looking(&app, state, &id, move |_| vec![number]).await?;
    let run_id = id.clone();
    let added = app
        .read(state, async move |store, act| store.added_pairs(act, state, &run_id, &[number]).await)
        .await?;
    let is_added = !added.is_empty();
    let look = looks.first().ok_or(PageError::NotFound)?;
    let model: Option<ModelRecord> = serde_json::from_value(reviewed.report.model.clone()).ok();
    let steps = model.as_ref().map(|model| {
        let pair = &look.pair;
        waterfall::shown(&Waterfall::rebuild(model, Pattern(pair.levels), &pair.rarity, pair.bits))
    });
    let people = app.store().users(&visitor.organization().id).await?;
    let called = |id: &str| {
        people
            .iter()
            .find(|user| user.id.as_str() == id)
            .map_or_else(|| visible(id), |user| visible(&user.name))
    };
    let all: Vec<_> = reviewed.answers().iter().filter(|answer| answer.answer.pair == number).collect();
    // Who has yet to answer is told nothing of what the other said.
    let hidden = is_hidden(&reviewed, &visitor, number);
    let holds = reviewed.holds().contains(&number);
    let address = run::address(state, &id);
    page(&PairPage {
        frame: Frame::of_state(
            state,
            format!("Line {}", Count(look.row.line)),
            Place::Columns,
            [
                Link::to(format!("/{state}/matches"), "Lists without ids"),
                Link::to(address.clone(), visible(&reviewed.report.file)),
            ],
        ),
        number,
        line: look.row.line,
        verdict: verdict(&reviewed, &visitor, number),
        doubt: look.pair.doubt.clone(),
        lines: side::lines(look, &reviewed.report.columns, model.as_ref()),
        voter: format!("/{state}/voters/{}", look.voter.key),
        steps: steps.unwrap_or_default(),
        answers: match hidden {
            true => Vec::new(),
            false => all
                .iter()
                .map(|answer| {
                    let why = match answer.answer.why.as_str() {
                        "" => String::new(),
                        why => format!(" ({})", visible(why)),
                    };
                    let said = review::said(answer.answer.verdict);
                    format!("{}: {said}{why}, {}", called(&answer.reviewer), instant(&answer.at))
                })
                .collect(),
        },
        hidden,
        holds,
        is_added,
        is_taken: !done.taken.is_empty() && !is_added && !holds,
        thinks: format!("The program: {} that this is one person.", beside::odds(look.pair.chance)),
        may_append: visitor.appends(),
        address,
        form_token: token.0,
    })
}
