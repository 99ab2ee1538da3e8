//! Every route of the one table: for strangers, and for every role. The table that a lawyer reads is written from it.

use crate::network::{Serving, key, party};
use crate::page_routes;
use crate::support::{Desk, Voter, same_as_file};
use hustings::routes::{self, Guard};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What anybody may ask for. The list may only become shorter: this number goes down with it and never up.
const PUBLIC_MAX: usize = 16;
/// After some more keys that do not hold, whoever shows them must wait: then a test asks a server that was just started.
const STRANGE_REQUESTS: usize = 25;

fn names(path: &str, with: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{state}" => "nc",
            "{id}" if path.contains("organizations") => with,
            "{id}" if path.contains("/keys/") => "k-000g40r40m30e209zbxzszfz",
            "{id}" if path.contains("/grants/") => "g-000g40r40m30e209zbxzszfz",
            "{user}" => "nobody@example.org",
            "{line}" => "2",
            part if part.starts_with('{') => "none",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn the_list_of_public_routes_only_becomes_shorter() {
    let public: BTreeSet<String> = routes::all()
        .iter()
        .filter(|route| route.guard == Guard::Public)
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let text: String = public.iter().map(|route| format!("{route}\n")).collect();
    same_as_file(&text, "data/public-routes.txt");
    assert!(
        public.len() <= PUBLIC_MAX,
        "{} public routes: a new one needs a reason and a review",
        public.len()
    );
}

#[test]
fn no_route_stands_twice_and_the_api_says_what_each_does() {
    let mut seen = BTreeSet::new();
    for route in routes::all() {
        assert!(seen.insert((route.method, route.path)), "{} {}", route.method, route.path);
        assert!(
            !route.path.starts_with("/api/") || !route.does.is_empty(),
            "{}: say what it does",
            route.path
        );
        assert!(
            route.method != "GET" || route.guard != Guard::Action(hustings_access::Action::Export),
            "{}: looking at an address takes nothing out",
            route.path
        );
    }
}

#[test]
fn the_document_of_the_api_is_checked_in() {
    let document = hustings::api::openapi::document(hustings::api::table().routes());
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    same_as_file(&text, "../../../docs/reference/openapi.json");
}

#[test]
fn strangers_get_as_far_as_the_public_routes_and_no_further() {
    let desk = Desk::new();
    let mut serving = Serving::of(&desk);
    let mut asked = 0;
    for route in routes::all() {
        let path = names(route.path, "local");
        asked += usize::from(path.starts_with("/api/"));
        if asked == STRANGE_REQUESTS {
            drop(serving);
            serving = Serving::of(&desk);
            asked = 0;
        }
        let (status, head, body) = serving.raw(route.method, &path, &[], "");
        let leads_to_sign_in = matches!(status, 302 | 303 | 307) && head.contains("location: /sign-in");
        let shut = status == 401 || status == 403 || leads_to_sign_in;
        let what = format!("{} {path}: {status} {head}\n{body}", route.method);
        match route.guard {
            // A public page may lead to the first step of signing in, but not for having met a stranger.
            Guard::Public if route.method == "GET" => {
                let refused = matches!(status, 401 | 403) || head.contains("location: /sign-in?next=");
                assert!(!refused && status < 500, "{what}");
            }
            // A public form still wants the token of its own page.
            Guard::Public => assert!(status < 500, "{what}"),
            _ => assert!(shut, "{what}"),
        }
    }
}

/// Columns of the table: role, organization, and how the table names it.
pub const WHO: [(&str, &str, &str); 9] = [
    ("chair", "nc-party", "chair"),
    ("data_director", "nc-party", "data_director"),
    ("organizer", "nc-party", "organizer"),
    ("canvasser", "nc-party", "canvasser"),
    ("precinct_captain", "nc-party", "precinct_captain"),
    ("auditor_reader", "nc-party", "auditor_reader"),
    ("data_director", "rivera", "data_director of a campaign"),
    ("vendor_operator", "acme", "vendor_operator for nobody"),
    ("operator", "local", "operator"),
];

#[test]
fn every_role_at_every_route() {
    let desk = party();
    let keys: Vec<String> = WHO
        .iter()
        .map(|(role, organization, _)| std::fs::read_to_string(key(&desk, organization, role, &[])).unwrap())
        .collect();
    desk.deliver("week", &[Voter::new("AA1")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let serving = Serving::of(&desk);
    let mut text = "# Routes of the API and who gets past them\n\n\
         Written by a test that asks each route as each role, about the role's own organization; do not edit \
         (`UPDATE=1 cargo test -p hustings --test it routes`). `yes`: answered, or told what is wrong with the question; \
         `no`: refused; `none`: of voters, told that there are none, as for what never was. Without a key that holds every route but the public ones is refused in the same words.\n\n| route | guard |"
        .to_owned();
    let table = hustings::api::table();
    WHO.iter().for_each(|(_, _, name)| write!(text, " {name} |").unwrap());
    text += "\n| --- | --- |";
    WHO.iter().for_each(|_| text += " --- |");
    for (number, route) in table.routes().iter().enumerate() {
        write!(text, "\n| `{} {}` | {} |", route.method, route.path, route.guard.as_str()).unwrap();
        for (column, (_, organization, name)) in WHO.iter().enumerate() {
            let bearer = format!("Bearer {}", keys[column].trim());
            let body = body(route.path, route.method, organization, number * 100 + column);
            let kind = match route.accepts {
                "multipart/form-data" => "multipart/form-data; boundary=x",
                kind => kind,
            };
            let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
            let path = names(route.path, organization);
            let (status, head, answer) = serving.raw(route.method, &path, &headers, &body);
            let what = format!("{} {path} as {name}: {status}\n{head}\n{answer}", route.method);
            assert!((200..500).contains(&status) && status != 401 && status != 429, "{what}");
            assert!(status != 422, "the test asks wrongly: {what}");
            text += match status {
                // Who may, and there is nothing to do.
                403 if answer.contains("nothing to ") => " yes |",
                403 => " no |",
                404 if is_of_voters(route.guard) => " none |",
                _ => " yes |",
            };
        }
    }
    text.push('\n');
    drop(serving);
    text.push_str(&page_routes::table(&desk));
    same_as_file(&text, "../../../docs/reference/routes.md");
}

/// Whether who may not is told what is told of voters that are not there.
fn is_of_voters(guard: Guard) -> bool {
    matches!(guard, Guard::Action(action) if action.touches_data())
}

/// A question that is in order. A new route with a body needs one here.
fn body(path: &str, method: &str, organization: &str, number: usize) -> String {
    if method != "POST" {
        return String::new();
    }
    // A key lasts at most a year.
    let in_forty_days = jiff::SignedDuration::from_hours(40 * 24);
    let until = jiff::Timestamp::now().checked_add(in_forty_days).unwrap().to_string();
    match path {
        "/api/v1/appends" => format!(
            "--x\r\nContent-Disposition: form-data; name=\"append\"\r\n\r\n{{\"state\":\"nc\",\"owner\":\"{organization}\",\
             \"class\":\"private\",\"id_column\":\"id\",\"file\":\"scores.csv\"}}\r\n\
             --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\n\
             id,score\r\nAA1,{number}\r\n\r\n--x--\r\n"
        ),
        "/api/v1/loads" => "--x\r\nContent-Disposition: form-data; name=\"load\"\r\n\r\n{\"state\":\"nc\",\
             \"files\":[{\"named\":0,\"path\":\"notes.txt\"}]}\r\n\
             --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\nno list\r\n--x--\r\n"
            .to_owned(),
        "/api/v1/loads/undo" | "/api/v1/loads/discard" => r#"{"state":"nc"}"#.to_owned(),
        "/api/v1/exports" => r#"{"state":"nc","class":"base","format":"csv"}"#.to_owned(),
        "/api/v1/audit/records/find" => "{}".to_owned(),
        "/api/v1/voters/find" => r#"{"state":"nc","id":"AA1"}"#.to_owned(),
        "/api/v1/voters/search" => r#"{"state":"nc","query":"Jon Smyth"}"#.to_owned(),
        "/api/v1/organizations" => format!(r#"{{"id":"ally-{number}","kind":"ally"}}"#),
        "/api/v1/engagements" => {
            format!(r#"{{"vendor":"acme","for":"{organization}","classes":["private"],"until":"{until}"}}"#)
        }
        "/api/v1/users" => format!(r#"{{"email":"p{number}@example.org","roles":["canvasser"]}}"#),
        "/api/v1/keys" => format!(r#"{{"name":"test","role":"canvasser","until":"{until}"}}"#),
        "/api/v1/grants" => format!(
            r#"{{"to":"chen","state":"nc","classes":["private"],"purposes":["voter_contact"],"exportable":false,"until":"{until}"}}"#
        ),
        other => panic!("no question for `{other}`: add one"),
    }
}
