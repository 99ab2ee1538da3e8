//! Cookies: named `__Host-…`, so that a browser takes them only over TLS (or from this very machine), for this host alone
//! and for all its pages; and hidden from scripts.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

/// The session's.
pub const SESSION: &str = "__Host-hustings";
/// What waits for its second factor.
pub const STEP: &str = "__Host-hustings-step";
/// The visitor's mark, to which forms are bound before anybody has signed in.
pub const MARK: &str = "__Host-hustings-form";
/// What a browser brings along at tries to sign in, from an earlier sign-in with both factors: with it they count by
/// themselves. It opens nothing.
pub const DEVICE: &str = "__Host-hustings-device";
/// For which organization a vendor's people act. Says nothing by itself: the policy looks at the engagement.
pub const ACTS_FOR: &str = "__Host-hustings-for";

/// No token of ours is longer.
const LENGTH_MAX: usize = 100;

/// A cookie's value, when it could be one of ours: letters, digits and hyphens. Where a name comes several times, none
/// counts: somebody else has set one of them.
#[must_use]
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='));
    let value = found.next()?;
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (found.next().is_none() && plain && !value.is_empty() && value.len() <= LENGTH_MAX)
        .then(|| value.to_owned())
}

/// Sets a cookie for as long as the browser runs.
pub fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    append(headers, &format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite={}", same_site(name)));
}

/// Sets a cookie that stays when the browser is closed, for so many days.
pub fn set_for(headers: &mut HeaderMap, name: &str, value: &str, days: i64) {
    let (same_site, seconds) = (same_site(name), days.saturating_mul(24 * 60 * 60));
    append(
        headers,
        &format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age={seconds}"),
    );
}

/// Takes a cookie away.
pub fn clear(headers: &mut HeaderMap, name: &str) {
    append(headers, &format!("{name}=; Path=/; Secure; HttpOnly; SameSite={}; Max-Age=0", same_site(name)));
}

/// A link from elsewhere to one of our pages finds its reader signed in; forms from elsewhere never do.
fn same_site(name: &str) -> &'static str {
    if matches!(name, SESSION | ACTS_FOR) { "Lax" } else { "Strict" }
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    // Names are ours and values are tokens: they always fit.
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &str) -> HeaderMap {
        [(COOKIE, HeaderValue::from_str(cookies).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = sent("a=1; __Host-hustings-step=step; __Host-hustings=token; x__Host-hustings=no");
        assert_eq!(value(&headers, SESSION).as_deref(), Some("token"));
        assert_eq!(value(&headers, STEP).as_deref(), Some("step"));
        assert_eq!(value(&headers, MARK), None);
    }

    #[test]
    fn what_cannot_be_ours_counts_for_nothing() {
        let long = format!("{SESSION}={}", "a".repeat(101));
        for cookies in
            ["__Host-hustings=", "__Host-hustings=a b", "__Host-hustings=\"a\"", "__host-hustings=a", &long]
        {
            assert_eq!(value(&sent(cookies), SESSION), None, "{cookies}");
        }
        let tossed = sent("__Host-hustings=evil; __Host-hustings=good");
        assert_eq!(value(&tossed, SESSION), None, "of two with one name somebody else has set one");
    }

    #[test]
    fn cookies_keep_to_this_host_and_away_from_scripts() {
        let mut headers = HeaderMap::new();
        set(&mut headers, SESSION, "token");
        clear(&mut headers, STEP);
        set_for(&mut headers, DEVICE, "token", 180);
        let set: Vec<_> = headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(
            set,
            [
                "__Host-hustings=token; Path=/; Secure; HttpOnly; SameSite=Lax",
                "__Host-hustings-step=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0",
                "__Host-hustings-device=token; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=15552000",
            ]
        );
    }
}
