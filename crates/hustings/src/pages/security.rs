//! What every request must show and every answer carries: a host that is really this program's, forms that come from its
//! own pages, and headers that leave a browser nothing to run but our own files.

use super::app::App;
use super::cookie;
use super::error::PageError;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hustings_store::entropy;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Bytes of a visitor's random mark, in hex twice as many.
const MARK_BYTES: usize = 16;

/// Where the pages are served.
#[derive(Debug, Clone)]
pub struct WhereServed {
    /// The address that answers.
    pub bound_to: IpAddr,
    /// Host and port under which readers reach it over TLS, which something in front of this program ends. Said by whoever
    /// started the program, never by a request.
    pub public_host: Option<String>,
}

/// Makes the tokens which prove that a form was filled in on one of our pages.
#[derive(Debug)]
pub struct FormKey([u8; 32]);

impl FormKey {
    /// A key for the life of this process.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        entropy::fill(&mut key)?;
        Ok(Self(key))
    }

    /// A key made of these bytes, for a server whose answers are to be compared with another's.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token of the forms of a visitor's mark or session. The key stands at both ends, so that nobody makes one by
    /// writing something behind another.
    #[must_use]
    pub fn token(&self, mark: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(mark.as_bytes());
        hash.update(self.0);
        hustings_core::digits::hex(&hash.finalize())
    }
}

/// The token of the visitor who asks: pages put it into their forms. Set by [`guard`].
#[derive(Debug, Clone)]
pub struct FormToken(pub String);

impl FormToken {
    /// Whether a form carries the token of the visitor who sends it.
    ///
    /// # Errors
    /// [`PageError::Forbidden`] when it does not.
    pub fn demand(&self, sent: &str) -> Result<(), PageError> {
        // Compared through a digest, so that the time taken tells nothing.
        if Sha256::digest(self.0.as_bytes()) == Sha256::digest(sent.as_bytes()) {
            return Ok(());
        }
        Err(PageError::Forbidden(
            "this form was opened before the program was last started, or in another browser".to_owned(),
        ))
    }
}

/// Middleware: refuses what does not come to us or from us, and hands the visitor's token on.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let refusal = check_host(app.place(), request.headers())
        .and_then(|()| check_origin(app.place(), request.method(), request.headers()));
    if let Err(error) = refusal {
        return error.into_response();
    }
    let known = mark(request.headers());
    let (mark, is_new) = match known {
        Some(mark) => (mark, false),
        None => match new_mark() {
            Ok(mark) => (mark, true),
            Err(error) => return PageError::environment(error).into_response(),
        },
    };
    request.extensions_mut().insert(FormToken(app.form_key().token(&mark)));
    let mut response = next.run(request).await;
    let replaced = response.headers().contains_key(SET_COOKIE);
    if is_new
        && !replaced
        && !response.headers().get(CACHE_CONTROL).is_some_and(|kept| kept.as_bytes().starts_with(b"public"))
    {
        cookie::set(response.headers_mut(), cookie::MARK, &mark);
    }
    response
}

/// Middleware: the headers that every answer carries, errors and refusals too.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("x-robots-tag", "noindex"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // Only where we know that the way to the reader is encrypted: there it must stay so.
    if app.place().public_host.is_some() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
    // Pages hold personal data: neither a proxy nor the browser's disk keeps them.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// On a loopback address only names of this machine are answered: a foreign name that was made to resolve to it (DNS
/// rebinding) would give a foreign page our answers.
///
/// # Errors
/// [`PageError::Forbidden`] for a host that is not ours.
pub fn check_host(place: &WhereServed, headers: &HeaderMap) -> Result<(), PageError> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if host.is_empty() || headers.get_all(HOST).iter().count() != 1 {
        return Err(PageError::Forbidden("the request names no host, or several".to_owned()));
    }
    let name = host_name(host);
    let is_loopback = is_this_machine(host);
    let is_ours = match &place.public_host {
        Some(public) => public.eq_ignore_ascii_case(host) || (place.bound_to.is_loopback() && is_loopback),
        None => !place.bound_to.is_loopback() || is_loopback,
    };
    if is_ours {
        return Ok(());
    }
    let ours = place.public_host.as_deref().unwrap_or("localhost");
    Err(PageError::Forbidden(format!(
        "this program answers only as {ours}, and was asked as `{}`",
        super::format::visible(name)
    )))
}

/// Whether a host, with a port or without, is a name that every machine has for itself.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let name = host_name(host);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `[::1]:8080` → `::1`, `localhost:8080` → `localhost`.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    }
}

/// What changes something must come from our own pages. A browser says so itself in `Sec-Fetch-Site`; an older one by
/// `Origin`, which our own referrer policy makes `null`, so that then, and for a program that says neither, the form's
/// token alone decides.
fn check_origin(place: &WhereServed, method: &Method, headers: &HeaderMap) -> Result<(), PageError> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(&HOST).unwrap_or_default();
    let is_ours = match (text(&SEC_FETCH_SITE), text(&ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, None | Some("null")) => true,
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(scheme, from)| {
            // Behind TLS a page that came without it is not ours.
            let right = place.public_host.as_deref() != Some(from) || scheme == "https";
            right && from.eq_ignore_ascii_case(host)
        }),
    };
    if is_ours {
        return Ok(());
    }
    Err(PageError::Forbidden("the form was sent from another site".to_owned()))
}

fn mark(headers: &HeaderMap) -> Option<String> {
    cookie::value(headers, cookie::MARK)
        .filter(|mark| mark.len() == MARK_BYTES * 2 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn new_mark() -> Result<String, getrandom::Error> {
    let mut bytes = [0; MARK_BYTES];
    entropy::fill(&mut bytes)?;
    Ok(hustings_core::digits::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_rebound_name_is_refused_on_loopback_only() {
        let at = |address: &str, public: Option<&str>| WhereServed {
            bound_to: address.parse().unwrap(),
            public_host: public.map(str::to_owned),
        };
        let loopback = at("127.0.0.1", None);
        for good in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"] {
            let headers: HeaderMap = [(HOST, HeaderValue::from_static(good))].into_iter().collect();
            assert!(check_host(&loopback, &headers).is_ok(), "{good}");
        }
        for bad in ["evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.3"] {
            let headers: HeaderMap = [(HOST, HeaderValue::from_static(bad))].into_iter().collect();
            assert!(check_host(&loopback, &headers).is_err(), "{bad}");
            assert!(check_host(&at("0.0.0.0", None), &headers).is_ok(), "{bad}");
            assert!(check_host(&at("0.0.0.0", Some("voters.example.org")), &headers).is_err(), "{bad}");
        }
        let public: HeaderMap =
            [(HOST, HeaderValue::from_static("voters.example.org"))].into_iter().collect();
        assert!(check_host(&at("127.0.0.1", Some("voters.example.org")), &public).is_ok());
        assert!(check_host(&loopback, &public).is_err());
        assert!(check_host(&loopback, &HeaderMap::new()).is_err());
    }

    #[test]
    fn a_form_from_elsewhere_is_refused() {
        let post = Method::POST;
        let local = WhereServed { bound_to: "127.0.0.1".parse().unwrap(), public_host: None };
        let public = WhereServed { public_host: Some("localhost:8080".to_owned()), ..local.clone() };
        let check_origin = |method: &Method, headers: &HeaderMap| check_origin(&local, method, headers);
        let host = ("host", "localhost:8080");
        assert!(check_origin(&post, &sent(&[host])).is_ok());
        assert!(check_origin(&post, &sent(&[host, ("origin", "http://localhost:8080")])).is_ok());
        for bad in ["http://evil.example", "http://localhost:9999", "http://localhost:8080.evil.example"] {
            assert!(check_origin(&post, &sent(&[host, ("origin", bad)])).is_err(), "{bad}");
        }
        for bad in ["cross-site", "same-site", "none"] {
            assert!(check_origin(&post, &sent(&[host, ("sec-fetch-site", bad)])).is_err(), "{bad}");
        }
        let plain = sent(&[host, ("origin", "http://localhost:8080")]);
        assert!(super::check_origin(&public, &post, &plain).is_err(), "without TLS where there is TLS");
        let null = ("origin", "null");
        assert!(check_origin(&post, &sent(&[host, null, ("sec-fetch-site", "same-origin")])).is_ok());
        assert!(check_origin(&post, &sent(&[host, null, ("sec-fetch-site", "cross-site")])).is_err());
        assert!(check_origin(&Method::GET, &sent(&[host, ("sec-fetch-site", "cross-site")])).is_ok());
    }

    #[test]
    fn a_token_belongs_to_one_visitor_and_one_run() {
        let (key, other) = (FormKey::random().unwrap(), FormKey::random().unwrap());
        let (mark, stranger) = (new_mark().unwrap(), new_mark().unwrap());
        let token = FormToken(key.token(&mark));
        assert!(token.demand(&key.token(&mark)).is_ok());
        for bad in [key.token(&stranger), other.token(&mark), String::new(), mark] {
            assert!(token.demand(&bad).is_err());
        }
    }
}
