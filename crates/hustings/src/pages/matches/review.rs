//! `/{state}/matches/{run}/review`: one pair at a time. Each answer is durable before the next pair shows; without script
//! the keys are buttons. `…/disagreements`: where two reviewers differ.

use super::asked::Look;
use super::reviewed::Reviewed;
use super::side::{self, Line};
use super::{beside, run, undo};
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
use hustings_matching::review::Standing;
use hustings_store::Store;
use hustings_store::match_run::{MatchSurroundings, MatchVerdict, NewAnswer};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "match_review.html")]
struct ReviewPage {
    frame: Frame,
    address: String,
    look: Look,
    shown: Option<Shown>,
    answered: usize,
    left: usize,
    /// What else could be gone through, once this is done.
    undecided: usize,
    unchecked: usize,
    second: usize,
    last: Option<String>,
    may_answer: bool,
    form_token: String,
}

struct Shown {
    number: u32,
    is_accepted: bool,
    thinks: String,
    hints: Vec<String>,
    lines: Vec<Line>,
    others: Vec<Other>,
    /// To whom the row was given before.
    given: bool,
    is_drawn: bool,
    before: Option<&'static str>,
    was_taken_back: bool,
    pair: String,
}

/// Another voter whom the row fits.
struct Other {
    number: u32,
    key: &'static str,
    name: &'static str,
}

const OTHERS: [(&str, &str); 2] = [("o", "The second"), ("p", "The third")];

/// Which pair, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// A pair to be shown once more.
    pair: Option<u32>,
    /// Which pairs, by a word of [`Look`].
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
    let (me, look) = (visitor.actor.principal.to_string(), Look::of(&choice.look));
    let asker = me.clone();
    let choose = move |reviewed: &Reviewed| -> Vec<u32> {
        let chosen = choice.pair.filter(|number| reviewed.pair(*number).is_some());
        let rivals = |number| match reviewed.pair(number) {
            Some(pair) if !pair.is_accepted => reviewed.rivals(number),
            _ => Vec::new(),
        };
        match chosen.or_else(|| reviewed.waiting(&asker, look).next) {
            Some(number) => std::iter::once(number).chain(rivals(number)).collect(),
            None => Vec::new(),
        }
    };
    let (reviewed, looks) = Reviewed::looking(&app, state, &id, choose).await?;
    let chosen = choice.pair.filter(|number| reviewed.pair(*number).is_some());
    let waiting = reviewed.waiting(&me, look);
    let last = reviewed.last_of(&me).filter(|_| chosen.is_none());
    let last_row = last.and_then(|last| reviewed.pair(last.answer.pair)).map(|pair| pair.row);
    let doubtful = looks.first().filter(|look| !look.pair.is_accepted);
    let around = doubtful.map(|look| beside::asked_around(look, &reviewed.report.columns));
    let run_id = id.clone();
    let (rows, around) = app
        .read(state, async move |store, act| {
            let rows = store.match_rows(act, state, &run_id, last_row.into_iter().collect()).await?;
            let around = match &around {
                Some(((first, last), city)) => {
                    store.match_surroundings(act, state, (first, last), city).await?
                }
                None => MatchSurroundings::default(),
            };
            Ok((rows, around))
        })
        .await?;
    let address = run::address(state, &id);
    let columns = &reviewed.report.columns;
    let model = serde_json::from_value(reviewed.report.model.clone()).ok();
    let shown = looks.split_first().map(|(look, rivals)| Shown {
        number: look.number,
        is_accepted: look.pair.is_accepted,
        thinks: beside::thinks(look, rivals),
        hints: beside::hints(look, columns, &around),
        lines: side::beside(look, rivals, columns, model.as_ref()),
        others: rivals
            .iter()
            .zip(OTHERS)
            .map(|(rival, (key, name))| Other { number: rival.number, key, name })
            .collect(),
        given: rivals.iter().any(|rival| reviewed.standing(rival.number) == Standing::Same),
        is_drawn: chosen.is_none() || reviewed.was_drawn(look.number),
        before: reviewed.answer_of(&me, look.number).map(|answer| said(answer.answer.verdict)),
        was_taken_back: reviewed.answers().iter().any(|one| {
            one.answer.pair == look.number
                && one.reviewer == me
                && one.answer.verdict == MatchVerdict::TakenBack
        }),
        pair: format!("{address}/pairs/{}", look.number),
    });
    let mine = reviewed.answered().filter(|pair| reviewed.answer_of(&me, *pair).is_some());
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
        answered: reviewed.rows_of(mine).len(),
        left: waiting.left,
        undecided: reviewed.waiting(&me, Look::Undecided).left,
        unchecked: reviewed.waiting(&me, Look::Accepted).left,
        second: reviewed.waiting(&me, Look::Second).left,
        last: last.zip(last_row).and_then(|(last, row)| {
            Some(format!("{}, {}", beside::name(rows.get(&row)?, columns), said(last.answer.verdict)))
        }),
        shown,
        look,
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
    let review = Look::of(sent.text("look")).address(&run::address(state, &id));
    let me = visitor.actor.principal.to_string();
    if sent.text("answer") == "undo" {
        let reviewed = read_to_answer(&app, state, &id).await?;
        let Some(last) = reviewed.last_of(&me) else { return Ok(Redirect::to(&review).into_response()) };
        let pair = last.answer.pair;
        let mut pairs = Vec::new();
        for one in reviewed.with_linked(last) {
            let back =
                NewAnswer { verdict: MatchVerdict::TakenBack, why: String::new(), ..one.answer.clone() };
            pairs.push(back.pair);
            keep(&app, state, &id, back).await?;
        }
        undo::follow(&app, &visitor, state, &id, &pairs).await?;
        let joined = if review.contains('?') { '&' } else { '?' };
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
    let mut others: BTreeSet<u32> =
        sent.all("other").chain([sent.text("pair")]).filter_map(|pair| pair.parse().ok()).collect();
    others.remove(&new.pair);
    let settles = new.settles;
    if settles || !others.is_empty() {
        let reviewed = read_to_answer(&app, state, &id).await?;
        let row = |pair: u32| reviewed.pair(pair).map(|pair| pair.row);
        others.retain(|other| !settles && row(*other) == row(new.pair));
        let is_third = reviewed.answer_of(&me, new.pair).is_none();
        if settles && !is_third && !visitor.actor.roles.contains(&Role::DataDirector) {
            return Err(PageError::Refused(
                "you are one of the two: a third reviewer or a data director settles it".to_owned(),
            ));
        }
    }
    let of_others = match new.verdict {
        MatchVerdict::Same => MatchVerdict::Different,
        verdict => verdict,
    };
    let may_end = new.verdict != MatchVerdict::Same || !others.is_empty();
    let mut pairs: Vec<u32> = others.into_iter().collect();
    for other in &pairs {
        let linked = NewAnswer {
            pair: *other,
            verdict: of_others,
            from_queue: false,
            settles: false,
            why: beside::LINKED.to_owned(),
        };
        keep(&app, state, &id, linked).await?;
    }
    pairs.push(new.pair);
    keep(&app, state, &id, new).await?;
    if may_end {
        undo::follow(&app, &visitor, state, &id, &pairs).await?;
    }
    let next = if settles { format!("{}/disagreements", run::address(state, &id)) } else { review };
    Ok(Redirect::to(&next).into_response())
}

/// The run, for who may answer: whoever may not is refused before anything is told.
async fn read_to_answer(app: &App, state: StateCode, id: &str) -> Result<Reviewed, PageError> {
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(crate::pages::permit::refused)?);
    Reviewed::demand(app, state, id).await
}

/// The answer of a form: about its pair, or by `other-N` about another of the row's.
fn answer(sent: &Sent, settles: bool) -> Result<NewAnswer, PageError> {
    let (verdict, pair) = match sent.text("answer") {
        "same" => (MatchVerdict::Same, sent.text("pair")),
        "different" => (MatchVerdict::Different, sent.text("pair")),
        "undecided" => (MatchVerdict::Undecided, sent.text("pair")),
        other => match other.strip_prefix("other-") {
            Some(pair) => (MatchVerdict::Same, pair),
            None => return Err(PageError::Input("choose an answer".to_owned())),
        },
    };
    let pair = pair.parse().map_err(|_| PageError::Input("the form names no pair".to_owned()))?;
    let from_queue = !settles && sent.is_checked("drawn");
    Ok(NewAnswer { pair, verdict, from_queue, settles, why: String::new() })
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
    line: u64,
    lines: Vec<Line>,
    answers: Vec<String>,
    is_added: bool,
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
    let run_id = id.clone();
    let numbers: Vec<u32> = looks.iter().map(|look| look.number).collect();
    let added = app
        .read(state, async move |store, act| store.added_pairs(act, state, &run_id, &numbers).await)
        .await?;
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
        line: look.row.line,
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
        is_added: added.contains(&look.number),
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
