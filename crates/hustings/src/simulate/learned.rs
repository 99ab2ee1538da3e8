//! What A learns from the answers: the addresses that pages lead to, and ids, so that what A makes in a world is then asked
//! for, changed and ended.

use super::client::Answer;
use crate::routes::Route;
use std::collections::{BTreeMap, VecDeque};

/// Ids of one kind that are remembered.
const REMEMBERED_MAX: usize = 24;
/// No id of ours is longer.
const ID_BYTES_MAX: usize = 80;

/// Ids by their kind, the newest last.
#[derive(Debug, Default)]
pub struct Learned(BTreeMap<&'static str, VecDeque<String>>);

impl Learned {
    /// The ids of a kind.
    #[must_use]
    pub fn of(&self, kind: &str) -> Option<&VecDeque<String>> {
        self.0.get(kind).filter(|ids| !ids.is_empty())
    }

    /// Looks through an answer to a request of `path`.
    pub fn see(&mut self, routes: &[Route], path: &str, answer: &Answer) {
        for mark in ["href=\"", "action=\""] {
            for link in after(&answer.body, mark.as_bytes(), b'"') {
                self.follow(routes, link);
            }
        }
        // Where somebody is led on.
        for link in after(&answer.head, b"location: ", b'\r') {
            self.follow(routes, link);
        }
        let kind = kind_of(path, "id");
        for mark in ["\"id\":\"", "\"record\":\""] {
            let kind = if mark.contains("record") { "records" } else { kind };
            for id in after(&answer.body, mark.as_bytes(), b'"') {
                self.remember(kind, id);
            }
        }
    }

    /// Takes the variables out of an address.
    fn follow(&mut self, routes: &[Route], link: &str) {
        let link = link.split(['?', '#']).next().unwrap_or_default();
        let parts: Vec<&str> = link.split('/').collect();
        for route in routes {
            let wanted: Vec<&str> = route.path.split('/').collect();
            let fits = |(want, part): (&&str, &&str)| want.starts_with('{') || want == part;
            if wanted.len() != parts.len() || !wanted.iter().zip(&parts).all(fits) {
                continue;
            }
            for (want, part) in wanted.iter().zip(&parts) {
                if let Some(name) = variable(want).filter(|name| *name != "state") {
                    self.remember(kind_of(route.path, name), part);
                }
            }
        }
    }

    fn remember(&mut self, kind: &'static str, id: &str) {
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !plain || id.is_empty() || id.len() > ID_BYTES_MAX {
            return;
        }
        let ids = self.0.entry(kind).or_default();
        if ids.iter().any(|known| known == id) {
            return;
        }
        if ids.len() >= REMEMBERED_MAX {
            ids.pop_front();
        }
        ids.push_back(id.to_owned());
    }
}

/// The name of a variable part of a path.
#[must_use]
pub fn variable(part: &str) -> Option<&str> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.trim_start_matches('*'))
}

/// Of what kind the ids at a variable of a path are, so that pages and API share what was learned.
#[must_use]
pub fn kind_of(path: &str, variable: &str) -> &'static str {
    match variable {
        "key" => return "voters",
        "log" => return "logs",
        "record" => return "records",
        "run" => return "runs",
        "pair" => return "pairs",
        "draft" => return "drafts",
        "act" | "file" | "row" | "line" | "name" | "digest" => return "words",
        _ => {}
    }
    for (word, kind) in [
        ("invitations", "invitations"),
        ("grants", "grants"),
        ("keys", "keys"),
        ("people", "people"),
        ("users", "people"),
        ("columns", "appends"),
        ("appends", "appends"),
        ("snapshots", "snapshots"),
        ("incidents", "incidents"),
        ("records", "records"),
        ("organizations", "organizations"),
        ("vendors", "organizations"),
    ] {
        if path.contains(word) {
            return kind;
        }
    }
    "other"
}

/// The texts between a mark and an end.
fn after<'a>(body: &'a [u8], mark: &'a [u8], end: u8) -> impl Iterator<Item = &'a str> {
    memchr::memmem::find_iter(body, mark).filter_map(move |at| {
        let text = &body[at + mark.len()..];
        let end = memchr::memchr(end, text)?;
        std::str::from_utf8(&text[..end]).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;

    #[test]
    fn what_a_page_leads_to_is_asked_for_by_its_kind() {
        let answer = |body: &str| Answer { status: 200, head: Vec::new(), body: body.into() };
        let mut learned = Learned::default();
        let routes = routes::all();
        learned.see(
            &routes,
            "/nc/find",
            &answer(r#"<a href="/nc/voters/k7"><form action="/grants/g-1/revoke">"#),
        );
        learned.see(&routes, "/api/v1/keys", &answer(r#"{"id":"k-2","name":"x"}"#));
        learned.see(
            &routes,
            "/log",
            &answer(r#"<a href="/log/rivera/r-9/proof?x=1"> <a href="/nc/voters/%00">"#),
        );
        let of = |kind: &str| learned.of(kind).map(|ids| ids.iter().cloned().collect::<Vec<_>>());
        assert_eq!(of("voters").unwrap(), ["k7"]);
        assert_eq!(of("grants").unwrap(), ["g-1"]);
        assert_eq!(of("keys").unwrap(), ["k-2"]);
        assert_eq!(of("records").unwrap(), ["r-9"]);
        assert_eq!(of("appends"), None);
    }
}
