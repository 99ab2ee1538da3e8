//! Every route of the pages for every role: what each is told, and that no handler does without the leave that its route
//! names.

use crate::network::Serving;
use crate::routes::WHO;
use crate::support::{Desk, Voter};
use crate::visit::{Office, Page, Visit};
use hustings::routes::{self, Guard, Route};
use std::fmt::Write;

const FORM: &str = "application/x-www-form-urlencoded";
const BOUNDARY: &str = "a-boundary-of-the-test";

const HEAD: &str = "\n# Routes of the pages and who gets past them

Written by the same test, which signs in as each role, with a second factor, and asks each route about the role's own \
organization, in a state whose list `nc-party` has loaded (canvassers and captains have one precinct) and granted to the campaign. `yes`: answered, or told what is \
wrong with what was sent. `none`: may ask, and is told that nothing is there, as of ids that do not exist, and of what \
only the keeper of a state's list knows: load reports, rows held back. `no`: refused, or told that nothing is there. The \
test also sees that every `yes`, `none` and `no` of a route with an action has the policy's decision about that very \
action in the log. Strangers reach the public routes alone.\n\n";

/// An address of the route for somebody of an organization.
fn address(route: &Route, organization: &str, snapshot: &str) -> String {
    let about = route.path.split('/').nth(1).unwrap_or_default();
    route
        .path
        .split('/')
        .map(|part| match (part, about) {
            ("{state}", _) => "nc",
            ("{id}", "organizations") | ("{of}", _) => organization,
            ("{id}", "people") if route.path.contains("invitations") => "0123456789abcdef",
            ("{id}", "people") => "u-000g40r40m30e209zbxzszfz",
            ("{act}", _) => "roles",
            ("{id}", "vendors") => "acme",
            ("{id}", "grants") => "g-000g40r40m30e209zbxzszfz",
            ("{id}", "keys") => "k-000g40r40m30e209zbxzszfz",
            ("{record}", _) => "r-0123456789abcdef",
            ("{id}", "{state}") => snapshot,
            ("{row}" | "{pair}", _) => "0",
            ("{run}", _) => "2026-11-22-0123456789ab",
            ("{key}", _) => "0000000000000",
            (part, _) if part.starts_with('{') => "none",
            (part, _) => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// What a form of the route holds beside its token, so far in order that the policy is asked.
fn fields(route: &Route, number: usize) -> String {
    match route.path {
        "/organizations" => format!("id=ally-of-{number}&kind=ally&name=An+ally"),
        "/people/invite" | "/organizations/{id}/invite" => {
            format!("email=p{number}@example.org&roles=data_director")
        }
        "/incidents" => "what=Their+scores".to_owned(),
        "/incidents/{id}/close" => "note=Nothing".to_owned(),
        "/{state}/undo" => "current=none".to_owned(),
        "/{state}/export" => "format=csv&county=".to_owned(),
        "/{state}/find" => "query=AA1".to_owned(),
        "/{state}/snapshots/{id}/accept" => "reason=seen".to_owned(),
        _ => "none=none".to_owned(),
    }
}

fn asked(visit: &Visit<'_>, route: &Route, address: &str, number: usize) -> Page {
    sent(visit, route, address, &fields(route, number))
}

/// Asks, with these fields of a form.
fn sent(visit: &Visit<'_>, route: &Route, address: &str, fields: &str) -> Page {
    if route.method == "GET" {
        return visit.get(address);
    }
    let token = visit.get("/account").form_token();
    let takes_files = matches!(route.path, "/{state}/columns" | "/{state}/load/upload" | "/{state}/matches");
    if takes_files {
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--{BOUNDARY}--\r\n"
        );
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        return visit.send("POST", address, &[("content-type", &kind)], &body);
    }
    let body = format!("form_token={token}&{fields}");
    visit.send("POST", address, &[("content-type", FORM)], &body)
}

/// The table of all roles and all routes of the pages; `desk` holds a party.
pub fn table(desk: &Desk) -> String {
    desk.deliver("week", &[Voter::new("AA1"), Voter::new("AA2")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let grant = ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base"];
    desk.json(&[&grant[..], &["--until", "2098-12-03", "--export", "--as", "nc-party"]].concat(), 0);
    let list = desk.json(&["snapshots", "--state", "nc", "--as", "nc-party"], 0);
    let snapshot = list["snapshots"][0]["id"].as_str().unwrap().to_owned();
    let office = Office::of(desk);
    let serving = Serving::of(desk);
    let mut text = HEAD.to_owned();
    let columns: Vec<&str> = WHO.iter().map(|(.., named)| *named).collect();
    let line = "| --- ".repeat(columns.len() + 2);
    writeln!(text, "| route | guard | {} |\n{line}|", columns.join(" | ")).unwrap();
    let mut number = 0;
    for route in routes::all().iter().filter(|route| !route.path.starts_with("/api/")) {
        write!(text, "| `{} {}` | {} |", route.method, route.path, route.guard.as_str()).unwrap();
        for (role, organization, _) in WHO {
            number += 1;
            let cell = match route.guard {
                Guard::Public => "yes",
                Guard::SignedIn | Guard::Action(_) => {
                    told(&office, &serving, route, (role, organization), &snapshot, number)
                }
            };
            write!(text, " {cell} |").unwrap();
        }
        text.push('\n');
    }
    text
}

fn told(
    office: &Office,
    serving: &Serving,
    route: &Route,
    (role, organization): (&str, &str),
    snapshot: &str,
    number: usize,
) -> &'static str {
    // Each asks with a session of its own: some routes end it.
    let (user, token) = office.sign_in(organization, role);
    let visit = Visit::with_session(serving, &token);
    let before = office.records_after(organization, "")[0].record.clone();
    let address = address(route, organization, snapshot);
    let page = asked(&visit, route, &address, number);
    let what =
        format!("{} {address} as {role} of {organization}: {} {}", route.method, page.status, page.head);
    assert!(page.status != 401 && page.status < 500, "{what}\n{}", page.body);
    let Guard::Action(action) = route.guard else {
        assert_ne!(page.status, 403, "{what}");
        return if page.status == 404 { "none" } else { "yes" };
    };
    let decided = |word: &str| {
        office.records_after(organization, &before).iter().any(|record| {
            // Who reports is kept back.
            let by = record.principal.as_deref().is_none_or(|by| by == user.as_str());
            by && record.action == format!("{}{word}", action.as_str())
        })
    };
    if decided("_refused") {
        assert!(matches!(page.status, 403 | 404), "{what}\n{}", page.body);
        if route.method == "POST" {
            // Nor is anything said of what the form lacks: leave is asked for before it is read.
            for (kind, body) in [(FORM, ""), (FORM, "a=b"), ("text/plain", "a")] {
                let page = visit.send("POST", &address, &[("content-type", kind)], body);
                assert!(matches!(page.status, 403 | 404 | 415), "{what}: {kind} `{body}`: {}", page.status);
            }
            let page = sent(&visit, route, &address, "");
            assert!(matches!(page.status, 403 | 404), "{what}: without fields: {}", page.status);
        }
        return "no";
    }
    assert!(decided(""), "{what}: the policy was not asked for `{}`\n{}", action.as_str(), page.body);
    assert_ne!(page.status, 403, "{what}\n{}", page.body);
    if page.status == 404 { "none" } else { "yes" }
}
