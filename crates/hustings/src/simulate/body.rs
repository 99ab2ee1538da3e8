//! What A sends: forms, JSON and files for every route that takes something, in order and out of order.

use super::question::{Asker, encode};
use crate::routes::Route;
use hustings_testkit::synth::random::Random;
use serde_json::{Map, Value, json};

const BOUNDARY: &str = "--simulated--";

/// What a page's form holds. A new form needs an entry here: a test sees that none is forgotten.
const FORMS: [(&str, &[&str]); 46] = [
    ("/sign-in", &["email", "password", "organization", "next"]),
    ("/sign-in/code", &["code", "next"]),
    ("/recover/{code}", &["password", "again"]),
    ("/first/{code}", &["name", "email", "password", "again", "code"]),
    ("/invitations/{code}", &["name", "email", "password", "again", "code"]),
    ("/demo/{token}", &[]),
    ("/sign-out", &[]),
    ("/sign-out/everywhere", &[]),
    ("/account/acts-for", &["organization"]),
    ("/account/password", &["old", "password", "again"]),
    ("/account/second-factor", &["old"]),
    ("/account/second-factor/confirm", &["code"]),
    ("/account/recovery-codes", &["old"]),
    ("/organizations", &["id", "kind", "name", "state", "counties"]),
    ("/organizations/{id}/invite", &["email", "roles", "precincts"]),
    ("/people/invite", &["email", "roles", "precincts"]),
    ("/people/invitations/{id}/withdraw", &[]),
    ("/people/{id}/{act}", &["roles", "precincts"]),
    (
        "/grants",
        &[
            "to",
            "other",
            "state",
            "classes",
            "columns",
            "column",
            "counties",
            "purposes",
            "exportable",
            "until",
        ],
    ),
    ("/grants/{id}/revoke", &[]),
    ("/grants/{id}/restore", &[]),
    ("/vendors", &["vendor", "other", "classes", "exportable", "until"]),
    ("/vendors/{id}/end", &[]),
    ("/keys", &["name", "role", "grant", "until"]),
    ("/keys/{id}/revoke", &[]),
    ("/incidents", &["about", "other", "what", "page"]),
    ("/incidents/{id}/close", &["note"]),
    ("/log", &["of", "about"]),
    ("/{state}/undo", &[]),
    ("/{state}/load", &["delivery", "as_of"]),
    ("/{state}/load/remove", &["delivery"]),
    ("/{state}/snapshots/{id}/accept", &["reason"]),
    ("/{state}/snapshots/{id}/discard", &[]),
    ("/{state}/columns/{id}/remove", &[]),
    ("/{state}/export", &["county", "format"]),
    ("/{state}/find", &["query"]),
    ("/{state}/lists/{draft}", &["taken_0", "taken_1", "append", "sheet"]),
    ("/{state}/lists/{draft}/remove", &[]),
    ("/{state}/matches/{run}/remove", &[]),
    ("/{state}/matches/{run}/review", &["pair", "answer", "settles", "look"]),
    ("/{state}/matches/{run}/pairs", &["query"]),
    ("/{state}/matches/{run}/pairs/{pair}/take-back", &["why"]),
    ("/{state}/matches/{run}/append", &["columns", "class"]),
    ("/{state}/matches/{run}/undo", &[]),
    // Files: made below.
    ("/{state}/columns", &[]),
    ("/{state}/matches", &[]),
];

/// Routes that take files.
const FILES: [&str; 5] =
    ["/{state}/columns", "/{state}/matches", "/{state}/load/upload", "/api/v1/appends", "/api/v1/loads"];

/// A body and its media type; none for a route that takes none.
pub fn body(asker: &Asker<'_>, route: &Route, token: &str, random: &mut Random) -> Option<(String, Vec<u8>)> {
    if route.method != "POST" {
        return None;
    }
    if random.below(40) == 0 {
        // What no handler expects.
        let junk = asker.word(random);
        return Some((
            random.pick(&["text/plain", "application/json", "multipart/form-data"]).to_owned(),
            junk.into(),
        ));
    }
    if FILES.contains(&route.path) {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        return Some((kind, files(asker, route.path, token, random)));
    }
    if route.path.starts_with("/api/") {
        return Some(("application/json".to_owned(), question(asker, route, random).into()));
    }
    let fields = FORMS.iter().find(|(path, _)| *path == route.path).map_or(&[][..], |(_, fields)| fields);
    // One in thirty was opened in another session.
    let token = if random.below(30) == 0 { "0" } else { token };
    let mut form = format!("form_token={token}");
    for field in fields {
        // Sign-in names the organization always.
        let always = (route.path, *field) == ("/sign-in", "organization");
        if random.chance(0.85) || always {
            form.push_str(&format!("&{field}={}", encode(&asker.value(field, random))));
        }
    }
    Some(("application/x-www-form-urlencoded".to_owned(), form.into()))
}

/// JSON as the API's document asks for it.
fn question(asker: &Asker<'_>, route: &Route, random: &mut Random) -> String {
    let mut fields = Map::new();
    for (name, says) in route.takes {
        let (name, optional) = name.strip_suffix('?').map_or((*name, false), |name| (name, true));
        if (optional && random.chance(0.6)) || random.below(60) == 0 {
            continue;
        }
        let value = match name {
            _ if random.below(60) == 0 => json!({"not": "expected"}),
            "precincts" => json!([["DURHAM", asker.value("precinct", random)]]),
            _ if says.starts_with("list") => json!([asker.value(name, random)]),
            _ if says.starts_with("boolean") || name == "exportable" => json!(random.chance(0.5)),
            "limit" | "offset" => json!(random.below(300)),
            "until" | "not_before" => json!(asker.value("instant", random)),
            "class" if route.path.ends_with("/exports") => {
                json!(random.pick(&["base", "base", "private", "appended"]))
            }
            _ => json!(asker.value(name, random)),
        };
        fields.insert(name.to_owned(), value);
    }
    if random.below(60) == 0 {
        fields.insert("surplus".to_owned(), json!(1));
    }
    Value::Object(fields).to_string()
}

/// Small files of A's own.
fn files(asker: &Asker<'_>, path: &str, token: &str, random: &mut Random) -> Vec<u8> {
    let mut parts: Vec<(String, String)> = Vec::new();
    let part = |name: &str| format!("name=\"{name}\"");
    let file = |name: &str| format!("name=\"{name}\"; filename=\"small.csv\"");
    let (id, lines) = (random.pick(&["ncid", "ncid", "ncid", "voter"]), asker.small_file(random));
    match path {
        "/{state}/columns" => {
            parts.push((part("form_token"), token.to_owned()));
            parts.push((part("id_column"), id.to_owned()));
            parts.push((file("file"), lines));
        }
        "/{state}/matches" => {
            parts.push((part("form_token"), token.to_owned()));
            parts.push((file("file"), asker.small_list(random)));
        }
        "/{state}/load/upload" => {
            parts.push((part("form_token"), token.to_owned()));
            parts.push((part("as_of"), asker.value("as_of", random)));
            parts.push((file("files"), lines));
        }
        "/api/v1/appends" => {
            let mut question = json!({
                "state": asker.value("state", random),
                "owner": if random.chance(0.9) { asker.own().to_owned() } else { asker.value("owner", random) },
                "class": random.pick(&["private", "private", "private", "proprietary", "base"]),
                "file": "small.csv",
            });
            let lines = if random.chance(0.5) {
                question["id_column"] = json!(id);
                lines
            } else {
                // Without ids, the rows are matched.
                question["columns"] = json!([["ignore", asker.value("taken_1", random)]]);
                if random.chance(0.8) {
                    question["columns"] = json!([]);
                }
                question["precision"] = json!(random.pick(&[0.99, 0.9, 0.5, 7.0]));
                asker.small_list(random)
            };
            parts.push((part("append"), question.to_string()));
            parts.push((file("file"), lines));
        }
        _ => {
            let question = json!({"state": "nc", "files": [{"named": 0, "path": "small.csv"}]});
            parts.push((part("load"), question.to_string()));
            parts.push((file("file"), lines));
        }
    }
    if random.below(20) == 0 {
        parts.pop();
    }
    let mut body = String::new();
    for (head, content) in parts {
        body.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
        ));
    }
    // One in thirty breaks off.
    if random.below(30) > 0 {
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
    }
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;
    use std::collections::BTreeSet;

    #[test]
    fn every_form_of_the_pages_is_filled_in() {
        let known: BTreeSet<&str> = FORMS.iter().map(|(path, _)| *path).chain(FILES).collect();
        let there: BTreeSet<&str> = routes::all()
            .iter()
            .filter(|route| route.method == "POST" && !route.path.starts_with("/api/"))
            .map(|route| route.path)
            .collect();
        assert_eq!(there.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "add them to FORMS");
        let gone: Vec<_> = known.difference(&there).filter(|path| !path.starts_with("/api/")).collect();
        assert_eq!(gone, Vec::<&&str>::new(), "these forms are no more");
    }
}
