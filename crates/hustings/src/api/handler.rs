//! Handlers: a question in the body or in the address, put to the store for whoever shows the key.

use super::problem::Problem;
use crate::ask::{Ask, AskError};
use crate::pages::app::App;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hustings_access::Actor;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// A question that is the JSON of the body.
///
/// # Errors
/// What is sent is not the question, or as its answer.
pub async fn in_body<A: Ask + DeserializeOwned + Send + 'static>(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    question: Result<Json<A>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(question) = question.map_err(Problem::of_body)?;
    answer(&app, actor, question).await
}

/// A question in the path and behind the question mark. What is not expected there is refused.
///
/// # Errors
/// The address is not the question, or as its answer.
pub async fn in_address<A: Ask + DeserializeOwned + Send + 'static>(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Path(path): Path<BTreeMap<String, String>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let mut parts = Map::new();
    for (name, value) in path.into_iter().chain(query) {
        if parts.insert(name.clone(), Value::String(value)).is_some() {
            return Err(Problem::Input(format!("`{name}` is there twice")));
        }
    }
    let question = serde_json::from_value::<A>(Value::Object(parts))
        .map_err(|error| Problem::Input(format!("the address cannot be understood: {error}")))?;
    answer(&app, actor, question).await
}

/// Reading the disk would hold up others: it is done where blocking is allowed.
async fn answer<A: Ask + Send + 'static>(app: &App, actor: Actor, question: A) -> Result<Response, Problem> {
    let (store, runtime) = (app.store().clone(), Handle::current());
    let work = move || {
        let answer = runtime.block_on(question.answer(&store, &actor))?;
        serde_json::to_vec(&answer).map_err(|error| AskError::Environment(error.to_string()))
    };
    let done = spawn_blocking(work).await;
    let bytes = done.map_err(|_| Problem::Environment("the answer broke off".to_owned()))??;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}
