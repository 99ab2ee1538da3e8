//! `/{state}/matches/{run}/pairs`: one's own answers, the accepted rows with the least sure first, and any row by a name or
//! number: so a mistake is found again. Names do not belong in addresses: the look-up is a form that is sent.

use super::reviewed::Reviewed;
use super::{beside, pair, review, run};
use crate::pages::app::{App, state_of};
use crate::pages::error::{PageError, page};
use crate::pages::form::Sent;
use crate::pages::format::{Count, visible};
use crate::pages::frame::{Frame, Link, Place};
use crate::pages::security::FormToken;
use crate::pages::visitor::Visitor;
use crate::pages::words;
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::Response;
use hustings_core::StateCode;
use serde::Deserialize;
use std::sync::Arc;

/// So many are shown.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "match_pairs.html")]
struct PairsPage {
    frame: Frame,
    address: String,
    heading: &'static str,
    which: Which,
    query: String,
    rows: Vec<Row>,
    note: String,
    form_token: String,
}

struct Row {
    href: String,
    line: Count,
    list: String,
    voter: String,
    odds: String,
    verdict: &'static str,
    mine: &'static str,
}

/// What a list of pairs shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Mine,
    Accepted,
    Found,
}

/// Which pairs.
#[derive(Debug, Default, Deserialize)]
pub struct Choice {
    /// `accepted`; else one's own answers.
    #[serde(default)]
    show: String,
}

/// `GET /{state}/matches/{run}/pairs`
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
    let reviewed = Reviewed::demand(&app, state, &id).await?;
    let (which, numbers) = match choice.show.as_str() {
        "accepted" => (Which::Accepted, least_sure(&reviewed)),
        _ => (Which::Mine, answered_by(&reviewed, &visitor)),
    };
    show(&app, &visitor, (state, &reviewed), token, (which, String::new(), numbers)).await
}

/// `POST /{state}/matches/{run}/pairs`: looks rows up by what stands in them.
///
/// # Errors
/// When the form is not ours; [`PageError::NotFound`] where there is no such run for the visitor; or when the store fails.
pub async fn find(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Extension(token): Extension<FormToken>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let query = sent.text("query").trim().to_owned();
    let reviewed = Reviewed::demand(&app, state, &id).await?;
    let asked = query.clone();
    let rows =
        app.read(state, async move |store, act| store.find_match_rows(act, state, &id, &asked).await).await?;
    let of_rows = reviewed.numbered().filter(|(_, pair)| rows.contains(&pair.row));
    let numbers = of_rows.map(|(number, _)| number).collect();
    show(&app, &visitor, (state, &reviewed), token, (Which::Found, query, numbers)).await
}

/// The accepted pairs, the least sure first.
fn least_sure(reviewed: &Reviewed) -> Vec<u32> {
    let mut accepted: Vec<(f64, u32)> = reviewed
        .numbered()
        .filter(|(_, pair)| pair.is_accepted)
        .map(|(number, pair)| (pair.chance, number))
        .collect();
    accepted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    accepted.into_iter().map(|(_, number)| number).collect()
}

/// The pairs that the visitor has answered, the newest answer first.
fn answered_by(reviewed: &Reviewed, visitor: &Visitor) -> Vec<u32> {
    let me = visitor.actor.principal.to_string();
    let mut mine: Vec<(u64, u32)> = reviewed
        .answered()
        .filter_map(|pair| reviewed.answer_of(&me, pair).map(|answer| (answer.sequence, pair)))
        .collect();
    mine.sort_unstable_by(|a, b| b.cmp(a));
    mine.into_iter().map(|(_, pair)| pair).collect()
}

async fn show(
    app: &App,
    visitor: &Visitor,
    (state, reviewed): (StateCode, &Reviewed),
    token: FormToken,
    (which, query, numbers): (Which, String, Vec<u32>),
) -> Result<Response, PageError> {
    let all = numbers.len();
    let (run_id, shown) = (reviewed.record.id.clone(), numbers.into_iter().take(SHOWN).collect::<Vec<_>>());
    let looks = app
        .read(state, async move |store, act| match store.open_match(act, state, &run_id).await? {
            Some(open) => store.look_at_pairs(act, &open, &shown).await,
            None => Ok(Vec::new()),
        })
        .await?;
    let address = run::address(state, &reviewed.record.id);
    let me = visitor.actor.principal.to_string();
    let rows = looks.iter().map(|look| Row {
        href: format!("{address}/pairs/{}", look.number),
        line: Count(look.row.line),
        list: run::list_line(look, &reviewed.report.columns),
        voter: run::voter_line(look),
        odds: beside::odds(look.pair.chance),
        verdict: pair::verdict(reviewed, visitor, look.number),
        mine: reviewed.answer_of(&me, look.number).map_or("", |one| review::said(one.answer.verdict)),
    });
    page(&PairsPage {
        frame: Frame::of_state(
            state,
            "Rows and answers",
            Place::Columns,
            [
                Link::to(format!("/{state}/matches"), "Lists without ids"),
                Link::to(address.clone(), visible(&reviewed.report.file)),
            ],
        ),
        heading: match which {
            Which::Mine => "Your answers",
            Which::Accepted => "Accepted rows, the least sure first",
            Which::Found => "Rows found",
        },
        note: match (all, which) {
            (0, Which::Mine) => "You have answered nothing yet.".to_owned(),
            (0, Which::Accepted) => "No row was accepted.".to_owned(),
            (0, Which::Found) => {
                "No row with this name or number has a voter. Only rows that fit somebody are looked through."
                    .to_owned()
            }
            (all, _) if all > SHOWN => {
                format!("The first {SHOWN} of {}.", words::plural_of(all, "row", "rows"))
            }
            _ => String::new(),
        },
        rows: rows.collect(),
        which,
        query,
        address,
        form_token: token.0,
    })
}
