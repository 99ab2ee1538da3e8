//! Who asks: the session's cookie becomes the actor of the request; whoever has none reaches only the public pages.

use super::app::App;
use super::cookie;
use super::error::PageError;
use super::security::FormToken;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::{Actor, Organization, OrganizationKind, Role, Standing};
use hustings_core::StateCode;
use hustings_store::StoreError;
use hustings_store::access::Acting;
use hustings_store::access::session::SessionInfo;
use jiff::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;

/// Whom anybody may ask for without having signed in: what comes before a session can be, the files of the pages, and the
/// logs, which hold no voter and no name, so that witnesses anywhere can keep them. This list may only become shorter.
pub const PUBLIC: [&str; 7] =
    ["/sign-in", "/first/", "/invitations/", "/recover/", "/demo/", "/assets/", "/logs/"];

const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");

tokio::task_local! {
    /// The visitor of the page that is being made, for what every page has around its content.
    static PRESENT: (Option<Arc<Visitor>>, String);
}

/// Somebody who has signed in with both factors.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Their session.
    pub session: SessionInfo,
    /// What the policy decides about.
    pub actor: Actor,
    /// The session's token.
    pub token: String,
    /// The address from which the request came, as the listener saw it.
    pub source: String,
    /// When they asked, by the store's clock.
    at: Timestamp,
    /// What their organization has; none of those who load nothing.
    standing: Option<Standing>,
    /// The state whose pages are one click away on every page: the only one that they have anything of, or their own.
    pub home: Option<StateCode>,
}

impl Visitor {
    /// Who they act as in the records.
    #[must_use]
    pub fn acting(&self) -> Acting {
        Acting { organization: self.organization().id.clone(), principal: self.actor.principal.clone() }
    }

    /// For which organization.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        self.actor.organization()
    }

    /// Whether they change organizations, people, keys and grants. Only what the pages offer follows from it; what is
    /// permitted says the policy.
    #[must_use]
    pub fn manages(&self) -> bool {
        self.has(&[Role::Chair, Role::DataDirector])
    }

    /// Whether they read logs.
    #[must_use]
    pub fn reads_log(&self) -> bool {
        self.has(&[Role::Chair, Role::DataDirector, Role::AuditorReader])
    }

    /// Whether they add columns.
    #[must_use]
    pub fn appends(&self) -> bool {
        self.has(&[Role::DataDirector, Role::Organizer, Role::VendorOperator])
    }

    /// Whether their organization is of a kind that has data, which vendors then may help with.
    #[must_use]
    pub fn has_data(&self) -> bool {
        !matches!(self.organization().kind, OrganizationKind::Vendor | OrganizationKind::Auditor)
    }

    /// Whether they take copies of what may leave.
    #[must_use]
    pub fn exports(&self) -> bool {
        self.has(&[Role::Chair, Role::DataDirector, Role::Organizer, Role::VendorOperator])
    }

    /// Whether their organization is a party body, for which lists are loaded.
    #[must_use]
    pub fn heads_a_party(&self) -> bool {
        use OrganizationKind::{ExternalState, National, State};
        self.manages() && matches!(self.organization().kind, National | State | ExternalState)
    }

    /// Whether they keep a state's list: load it, and read of its deliveries, reports and jobs. Only what the pages offer
    /// follows from it.
    #[must_use]
    pub fn keeps(&self, state: StateCode) -> bool {
        let Some(standing) = &self.standing else { return false };
        *standing.base_owner(state) == standing.organization
            || standing
                .grants
                .iter()
                .any(|grant| grant.custody && grant.state == state && grant.is_live_at(self.at))
    }

    fn has(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.actor.roles.contains(role))
    }
}

/// The visitor of the page that is being made.
#[must_use]
pub fn present() -> Option<Arc<Visitor>> {
    PRESENT.try_with(|(visitor, _)| visitor.clone()).ok().flatten()
}

/// When the page that is being made was asked for.
#[must_use]
pub fn now() -> Timestamp {
    present().map_or_else(Timestamp::now, |visitor| visitor.at)
}

/// The path of the page that is being made.
#[must_use]
pub fn present_path() -> String {
    PRESENT.try_with(|(_, path)| path.clone()).unwrap_or_default()
}

/// From where a request comes, as the listener saw it; never from what the request says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source(pub IpAddr);

impl Source {
    /// By what tries to sign in are counted: the address, of IPv6 the network, of which a single machine has all.
    #[must_use]
    pub fn counted(self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

/// The source of a request.
#[must_use]
pub fn source(request: &Request) -> String {
    request.extensions().get::<Source>().map_or_else(|| "unknown".to_owned(), |source| source.counted())
}

/// Whether anybody may ask for a path.
#[must_use]
pub fn is_public(path: &str) -> bool {
    PUBLIC.iter().any(|public| match path.strip_prefix(public) {
        Some(rest) => public.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
        None => false,
    })
}

/// Middleware: turns the cookie into the visitor and the actor of the request. Whoever has no session is led to sign in
/// where a page was asked for, and refused everywhere else.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (headers, from) = (request.headers().clone(), source(&request));
    let visitor = match visitor(&app, &headers, from).await {
        Ok(visitor) => visitor.map(Arc::new),
        Err(error) => return PageError::from(error).into_response(),
    };
    match &visitor {
        Some(visitor) => {
            // Forms belong to the session: one that was filled in before it is worth nothing in it.
            request.extensions_mut().insert(FormToken(app.form_key().token(&visitor.token)));
            request.extensions_mut().insert(visitor.actor.clone());
            request.extensions_mut().insert(Arc::clone(visitor));
        }
        None if is_public(request.uri().path()) => {}
        None => return stranger(&request),
    }
    let path = request.uri().path().to_owned();
    PRESENT.scope((visitor, path), next.run(request)).await
}

async fn visitor(app: &App, headers: &HeaderMap, source: String) -> Result<Option<Visitor>, StoreError> {
    let Some(token) = cookie::value(headers, cookie::SESSION) else { return Ok(None) };
    let Some(session) = app.store().session(&token).await? else { return Ok(None) };
    let actor = actor(app, headers, &session).await?;
    let standing = match actor.roles.contains(&Role::DataDirector) && actor.acts_for.is_none() {
        true => Some(app.store().standing(&actor.works_in.id, None).await?),
        false => None,
    };
    let footing = app.store().footing(actor.organization_id()).await?;
    let own = actor.organization().state.filter(|own| footing.contains(own));
    let home = own.or(footing.first().copied().filter(|_| footing.len() == 1));
    let at = app.store().instant();
    Ok(Some(Visitor { session, actor, token, source, at, standing, home }))
}

async fn actor(app: &App, headers: &HeaderMap, session: &SessionInfo) -> Result<Actor, StoreError> {
    let actor = app.store().actor_of_session(session, None).await?;
    if actor.works_in.kind != OrganizationKind::Vendor {
        return Ok(actor);
    }
    match cookie::value(headers, cookie::ACTS_FOR).and_then(|id| id.parse().ok()) {
        Some(id) => match app.store().actor_of_session(session, Some(&id)).await {
            // A cookie is whatever its sender says: without an engagement it says nothing.
            Err(StoreError::Input(_)) => Ok(actor),
            other => other,
        },
        None => Ok(actor),
    }
}

/// Pages lead to the sign-in and back; forms and parts of pages are refused.
fn stranger(request: &Request) -> Response {
    let is_page = *request.method() == Method::GET
        && !request.headers().contains_key(HX_REQUEST)
        && !super::error::wants_json(request.headers());
    if !is_page {
        return PageError::SignedOut.into_response();
    }
    let path = request.uri().path();
    if path == "/" {
        return Redirect::to("/sign-in").into_response();
    }
    Redirect::to(&format!("/sign-in?next={}", super::paging::encoded(path))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_pages_are_these_and_no_others() {
        for path in
            ["/sign-in", "/sign-in/code", "/first/abc", "/assets/x/hustings.css", "/logs/nc/checkpoint"]
        {
            assert!(is_public(path), "{path}");
        }
        for path in [
            "/",
            "/nc",
            "/sign-inn",
            "/sign-out",
            "/account",
            "/log",
            "/logs",
            "/demo",
            "/first",
            "//sign-in",
        ] {
            assert!(!is_public(path), "{path}");
        }
    }

    #[test]
    fn a_machine_has_one_source_whatever_address_it_chooses() {
        let counted = |text: &str| Source(text.parse().unwrap()).counted();
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("2001:db8:1:2::7"), counted("2001:db8:1:2:ffff::9"));
        assert_ne!(counted("2001:db8:1:2::7"), counted("2001:db8:1:3::7"));
    }
}
