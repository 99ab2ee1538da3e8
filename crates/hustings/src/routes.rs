//! The one table of what the program answers to: every route of the pages and of the API with its guard. What is not in it
//! is not there.

use crate::pages::app::App;
use crate::pages::error::PageError;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use hustings_access::{Action, Actor};

/// Who gets as far as the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anybody. The list of these may only become shorter.
    Public,
    /// Whoever has signed in with a second factor, or shows an API key.
    SignedIn,
    /// As [`Guard::SignedIn`], and the handler asks the policy for leave to do this.
    Action(Action),
}

impl Guard {
    /// As the reference names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::SignedIn => "signed in",
            Self::Action(action) => action.as_str(),
        }
    }
}

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path with its variables in braces.
    pub path: &'static str,
    /// Who gets as far as the handler.
    pub guard: Guard,
    /// What it does, in a few words; for the API's document.
    pub does: &'static str,
    /// What the request holds beside the path, as (name, what it is); a name that ends in `?` may be left out.
    pub takes: &'static [(&'static str, &'static str)],
    /// In what form the request holds it, when that is not JSON.
    pub accepts: &'static str,
    /// What it answers with, when that is not JSON.
    pub media: &'static str,
}

/// Routes and the router made of them.
#[derive(Debug, Default)]
pub struct Table {
    routes: Vec<Route>,
    router: Router<App>,
}

impl Table {
    /// No route yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A route for looking.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, guard: Guard, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("GET", path, guard, get(handler))
    }

    /// A route for changing.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, guard: Guard, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("POST", path, guard, post(handler))
    }

    /// A route for ending.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, guard: Guard, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("DELETE", path, guard, delete(handler))
    }

    /// A route whose handler has layers of its own.
    #[must_use]
    pub fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        guard: Guard,
        handler: MethodRouter<App>,
    ) -> Self {
        let handler = match guard {
            Guard::Public => handler,
            Guard::SignedIn | Guard::Action(_) => handler.layer(from_fn(demand_actor)),
        };
        self.router = self.router.route(path, handler);
        let (accepts, media) = ("application/json", "application/json");
        self.routes.push(Route { method, path, guard, does: "", takes: &[], accepts, media });
        self
    }

    /// What the last route does and takes, for the API's document.
    #[must_use]
    pub fn says(mut self, does: &'static str, takes: &'static [(&'static str, &'static str)]) -> Self {
        if let Some(route) = self.routes.last_mut() {
            (route.does, route.takes) = (does, takes);
        }
        self
    }

    /// In what form the last route takes what it takes, when that is not JSON.
    #[must_use]
    pub fn accepts(mut self, media: &'static str) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.accepts = media;
        }
        self
    }

    /// What the last route answers with, when that is not JSON.
    #[must_use]
    pub fn sends(mut self, media: &'static str) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.media = media;
        }
        self
    }

    /// The routes.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The router.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}

/// Every route of the program.
#[must_use]
pub fn all() -> Vec<Route> {
    [crate::pages::table(), crate::api::table()].iter().flat_map(|table| table.routes().to_vec()).collect()
}

/// Middleware of every route that is not public: nobody gets by without having been recognized, whatever came before.
async fn demand_actor(request: Request, next: Next) -> Response {
    if request.extensions().get::<Actor>().is_none() {
        return PageError::SignedOut.into_response();
    }
    next.run(request).await
}
