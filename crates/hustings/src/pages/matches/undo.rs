//! Taking back what was appended from a list: all of it, or the cells of one pair.

use super::reviewed::Reviewed;
use super::run;
use crate::pages::app::{App, state_of};
use crate::pages::error::PageError;
use crate::pages::form::Sent;
use crate::pages::visitor::Visitor;
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Append;
use hustings_access::{Act, Request};
use hustings_core::StateCode;
use hustings_store::Store;
use hustings_store::match_run::{MatchVerdict, NewAnswer};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Longer reasons are cut.
const WHY_MAX: usize = 200;

/// `POST /{state}/matches/{run}/undo`: every cell that came of the list goes.
///
/// # Errors
/// When the form is not ours, the policy says no, or there is no such run.
pub async fn all(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    _: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(crate::pages::permit::refused)?);
    Reviewed::demand(&app, state, &id).await?;
    remove_all(&app, &visitor, state, &id).await?;
    Ok(Redirect::to(&run::address(state, &id)).into_response())
}

/// Removes the appends of a run, the oldest first: so none that was replaced is shown again.
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn remove_all(app: &App, visitor: &Visitor, state: StateCode, id: &str) -> Result<(), PageError> {
    let mut appends = run::appended(app, visitor, state, id).await?;
    appends.sort_by(|a, b| a.created_at.cmp(&b.created_at));
    let ids: Vec<String> = appends.into_iter().map(|append| append.report.append).collect();
    let away = async move |store: &Store, act: &Act<'_, Append>| {
        for id in &ids {
            store.remove_append(act, id).await?;
        }
        Ok(())
    };
    app.act(Request::voters_of(state), away).await
}

/// `POST /{state}/matches/{run}/pairs/{pair}/take-back`: the pair is two people; its cells go, and the log says why.
///
/// # Errors
/// When the form is not ours or gives no reason, the policy says no, or there is no such pair.
pub async fn one(
    app: App,
    Path((state, id, pair)): Path<(String, String, String)>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(crate::pages::permit::refused)?);
    let pair: u32 = pair.parse().map_err(|_| PageError::NotFound)?;
    let reviewed = Reviewed::demand(&app, state, &id).await?;
    reviewed.pair(pair).ok_or(PageError::NotFound)?;
    let why: String = sent.text("why").trim().chars().take(WHY_MAX).collect();
    if why.is_empty() {
        return Err(PageError::Input("say in a few words why: the log keeps it".to_owned()));
    }
    let no = NewAnswer { pair, verdict: MatchVerdict::Different, from_queue: false, settles: true, why };
    renew(&app, state, &id, Some(no)).await?;
    Ok(Redirect::to(&format!("{}/pairs/{pair}?taken=yes", run::address(state, &id))).into_response())
}

/// Gives what was added the answers of now, with this one: no voter keeps a cell of a pair that does not hold.
async fn renew(app: &App, state: StateCode, id: &str, answer: Option<NewAnswer>) -> Result<(), PageError> {
    let run = id.to_owned();
    let work = async move |store: &Store, act: &Act<'_, Append>| {
        store.renew_appends(act, state, &run, answer.as_ref()).await
    };
    app.act(Request::voters_of(state), work).await
}

/// After an answer about these pairs: where one of them does not hold any more and its cells were added, they go at once.
///
/// # Errors
/// When the policy says no, or the store fails: the answer is kept all the same.
pub async fn follow(
    app: &App,
    _: &Visitor,
    state: StateCode,
    id: &str,
    pairs: &[u32],
) -> Result<(), PageError> {
    let (run, asked) = (id.to_owned(), pairs.to_vec());
    let added =
        app.read(state, async move |store, act| store.added_pairs(act, state, &run, &asked).await).await?;
    if added.is_empty() {
        return Ok(());
    }
    let holds: BTreeSet<u32> = Reviewed::demand(app, state, id).await?.holds().into_iter().collect();
    if added.is_subset(&holds) { Ok(()) } else { renew(app, state, id, None).await }
}
