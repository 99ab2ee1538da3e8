//! Who asks: the key that a request shows becomes the actor. Cookies count for nothing here, so no page elsewhere can make
//! a browser ask.

use super::problem::Problem;
use super::rate::{Limits, Subject};
use crate::ask::hidden;
use crate::pages::app::App;
use crate::pages::security;
use crate::pages::visitor;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hustings_access::Actor;
use std::sync::Arc;

/// For which organization a vendor's key acts.
pub const ACTS_FOR: HeaderName = HeaderName::from_static("hustings-as");

/// What anybody may ask for without a key. The list may only become shorter.
pub const PUBLIC: [&str; 1] = ["/api/v1/openapi.json"];

/// Middleware: refuses what asks another host's name, as the pages do, and keys that came over a network in the clear.
pub async fn check_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let place = app.place();
    if !place.bound_to.is_loopback() && place.public_host.is_none() {
        return Problem::Refused(
            "this server takes no keys without TLS: name its address with --public-url".to_owned(),
        )
        .into_response();
    }
    match security::check_host(app.place(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Middleware: turns the key into the actor of the request. Whoever shows none that holds learns nothing, not even which
/// addresses there are.
pub async fn identify(
    State((app, limits)): State<(App, Arc<Limits>)>,
    mut request: Request,
    next: Next,
) -> Response {
    if PUBLIC.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let source = Subject::Source(visitor::source(&request));
    match actor(&app, &limits, source, request.headers()).await {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn actor(app: &App, limits: &Limits, source: Subject, headers: &HeaderMap) -> Result<Actor, Problem> {
    let now = app.store().instant();
    // The key is looked up before anything is counted: who shows a right one never waits for what others have shown from the
    // same address. The look-up is by the digest of the whole text, so that how long it takes tells nothing.
    let failed = |error: hustings_store::StoreError| Problem::Environment(error.to_string());
    let secret = bearer(headers);
    let key = match secret {
        Some(secret) => app.store().api_key(secret).await.map_err(failed)?,
        None => None,
    };
    let Some(key) = key else {
        limits.check(&source, now).map_err(Problem::TooMany)?;
        limits.count(source, now);
        if secret.is_some() {
            // As often as one place may be wrong.
            app.store().record_refused_key().await.map_err(failed)?;
        }
        return Err(Problem::Unauthenticated);
    };
    let requests = Subject::Key(key.id.to_string());
    limits.check(&requests, now).map_err(Problem::TooMany)?;
    limits.count(requests, now);
    let acts_for = match headers.get(ACTS_FOR) {
        None => None,
        Some(id) => {
            let id = id.to_str().ok().and_then(|id| id.parse().ok());
            Some(id.ok_or_else(|| Problem::Input("`hustings-as` is not an organization's id".to_owned()))?)
        }
    };
    let acts_for = acts_for.filter(|id| *id != key.organization);
    let actor = app.store().actor_of_key(&key, acts_for.as_ref()).await;
    actor.map_err(|error| Problem::from(hidden(error)))
}

/// The token of `Authorization: Bearer …`, where it stands once.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (all.next()?, all.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_key_is_shown_once_and_in_one_way() {
        let sent = |values: &[&'static str]| {
            let values = values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value)));
            let mut headers = HeaderMap::new();
            values.for_each(|(name, value)| _ = headers.append(name, value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(sent(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(sent(&["bearer abc"]).as_deref(), Some("abc"));
        for wrong in
            [&[] as &[_], &["Basic abc"], &["Bearer"], &["Bearer "], &["abc"], &["Bearer a", "Bearer b"]]
        {
            assert_eq!(sent(wrong), None, "{wrong:?}");
        }
    }
}
