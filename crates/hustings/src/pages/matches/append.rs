//! `POST /{state}/matches/{run}/append`: the chosen columns of the pairs that hold go to their voters.

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
use hustings_core::{FieldClass, StateCode};
use hustings_store::{AppendPairs, Store};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `POST /{state}/matches/{run}/append`
///
/// # Errors
/// When the form is not ours, the policy says no, there is no such run, no column was chosen, or the disk is full.
pub async fn post(
    app: App,
    Path((state, id)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    drop(app.permit::<Append>(Request::voters_of(state)).await.map_err(crate::pages::permit::refused)?);
    let reviewed = Reviewed::demand(&app, state, &id).await?;
    let classes = run::classes(&visitor);
    let class = match sent.text("class") {
        "" => classes[0],
        word => *classes
            .iter()
            .find(|class| class.as_str() == word)
            .ok_or_else(|| PageError::Input("the columns cannot be of that kind".to_owned()))?,
    };
    let columns: BTreeSet<usize> = sent.all("columns").filter_map(|at| at.parse().ok()).collect();
    if columns.is_empty() {
        return Err(PageError::Input("choose at least one column of the list to be added".to_owned()));
    }
    again(&app, state, &reviewed, (class, columns)).await?;
    Ok(Redirect::to(&format!("{}#added", run::address(state, &id))).into_response())
}

/// Appends the pairs that hold now, in the place of an earlier append of the same columns.
///
/// # Errors
/// When the policy says no, nobody was found, or the store fails.
pub async fn again(
    app: &App,
    state: StateCode,
    reviewed: &Reviewed,
    (class, columns): (FieldClass, BTreeSet<usize>),
) -> Result<(), PageError> {
    if reviewed.holds().is_empty() {
        return Err(PageError::Input("nobody was found for sure: there is nothing to add".to_owned()));
    }
    let run = reviewed.record.id.clone();
    let wanted = AppendPairs { state, run, class, columns: Some(columns), once: false };
    let join = async move |store: &Store, act: &Act<'_, Append>| store.append_pairs(act, &wanted).await;
    app.act(Request::voters_of(state), join).await.map(drop)
}
