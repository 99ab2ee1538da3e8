//! The demo as each of its people: every link on every page that they come to leads somewhere, and every form is sent to
//! something that is there.

use crate::network::Serving;
use crate::support::Desk;
use crate::visit::Visit;
use hustings::routes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Pages of one kind, which differ in ids and numbers alone, of which no more are looked at.
const ALIKE_MAX: usize = 3;

/// A path by the route that answers it.
fn route(method: &str, path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
        let rest = pattern.last().is_some_and(|last| last.starts_with("{*"));
        (parts.len() == pattern.len() || rest && parts.len() >= pattern.len())
            && pattern.iter().zip(&parts).all(|(pattern, part)| pattern.starts_with('{') || pattern == part)
    };
    let mut found: Vec<&'static str> = routes::all()
        .iter()
        .filter(|route| route.method == method && fits(route.path))
        .map(|route| route.path)
        .collect();
    // As the router does: what is written out before what is not.
    found.sort_by_key(|path| path.matches('{').count());
    found.first().copied()
}

/// From a page's address to another's, as a browser goes.
fn resolve(from: &str, link: &str) -> Option<String> {
    let link = link.split('#').next().unwrap_or_default();
    if link.is_empty() || link.starts_with("http") || link.starts_with("data:") {
        return None;
    }
    let path = from.split('?').next().unwrap();
    Some(match link {
        link if link.starts_with('/') => link.to_owned(),
        link if link.starts_with('?') => format!("{path}{link}"),
        link => format!("{}/{link}", path.rsplit_once('/').unwrap().0),
    })
}

/// What is wrong with the links that somebody comes to.
fn wrong(visit: &Visit<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let mut open: VecDeque<(String, String)> = [("/".to_owned(), "the start".to_owned())].into();
    while let Some((path, from)) = open.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
        let Some(known) = route("GET", bare) else {
            wrong.push(format!("{from} links to {path}: no such route"));
            continue;
        };
        let asked: Vec<&str> = query.split('&').filter_map(|part| part.split('=').next()).collect();
        let count = alike.entry(format!("{known}?{}", asked.join("&"))).or_default();
        *count += 1;
        if *count > ALIKE_MAX {
            continue;
        }
        let page = visit.get(&path);
        if let Some(to) = page.location() {
            open.push_back((to.to_owned(), path.clone()));
        } else if page.status != 200 {
            wrong.push(format!("{from} links to {path}: {}", page.status));
        }
        if !page.head.contains("content-type: text/html") {
            continue;
        }
        for link in page.all("href").iter().chain(&page.all("src")) {
            open.extend(resolve(&path, link).map(|to| (to, path.clone())));
        }
        for form in page.body.split("<form").skip(1) {
            let head = form.split('>').next().unwrap();
            let part = |name: &str| {
                let (_, rest) = head.split_once(&format!("{name}=\""))?;
                rest.split('"').next()
            };
            let method = part("method").unwrap_or("get").to_uppercase();
            let action = part("action").map_or(Some(path.clone()), |action| resolve(&path, action)).unwrap();
            let action = action.split('?').next().unwrap();
            if route(&method, action).is_none() {
                wrong.push(format!("{path} sends a form to {method} {action}: no such route"));
            }
        }
    }
    assert!(seen.len() > 10, "hardly anything was looked at: {seen:?}");
    wrong
}

#[test]
fn no_link_leads_anybody_nowhere() {
    let desk = Desk::new();
    let (serving, people) = Serving::demo(&desk, 400);
    assert_eq!(people.len(), 9);
    let problems: Vec<String> = people
        .iter()
        .flat_map(|(name, link)| {
            let visit = Visit::by_link(&serving, link);
            wrong(&visit).into_iter().map(move |problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{}\n", problems.join("\n"));
}
