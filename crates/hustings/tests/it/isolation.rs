//! The twin worlds: two that differ in nothing but what one campaign is, has and does.

use crate::support::{Desk, names};
use std::path::Path;

/// The answers of a folder of a dump, as (request, one, two).
fn answers(dump: &Path) -> Vec<(String, String, String)> {
    let folder = dump.join("000000");
    let read = |name: &str, kind: &str| {
        let bytes = std::fs::read(folder.join(name.replace("request", kind))).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let requests = names(&folder).into_iter().filter(|name| name.ends_with(".request"));
    requests.map(|name| (read(&name, "request"), read(&name, "one"), read(&name, "two"))).collect()
}

#[test]
fn what_a_rival_is_has_and_does_changes_no_byte() {
    let desk = Desk::new();
    let dump = desk.path("dump");
    let dump_to = dump.to_str().unwrap();
    let found =
        desk.json(&["simulate", "isolation", "--seed", "2015", "--steps", "400", "--dump", dump_to], 0);
    let of = |field: &str| found[field].as_u64().unwrap();
    assert_eq!((of("steps"), of("requests")), (400, 800));
    assert_eq!((of("differing_bytes"), of("canary_tokens_seen")), (0, 0), "{found}");
    assert_eq!((of("decisions_wrong"), of("server_errors")), (0, 0), "{found}");
    // That nothing was found says something only where the questions reached something and changed something.
    assert!(of("answers_compared") == 400 && of("decisions_checked") > 150, "{found}");
    assert!(of("answers_ok") > 100 && of("acts_done") > 20, "{found}");
    assert!(of("routes_asked") * 10 > of("routes") * 8, "{found}");
    assert_eq!(of("steps_without_rival"), 200, "in every second round there is no rival at all");
    // Anybody can compare the answers themselves.
    let answers = answers(&dump);
    assert_eq!(answers.len(), 400);
    for (request, one, two) in &answers {
        assert_eq!(one, two, "{request}");
    }
    // What is made, changed and ended is asked, too, by people and by programs.
    for asked in [
        "POST /nc/columns",
        "DELETE /api/v1/",
        "POST /api/v1/exports",
        "POST /api/v1/appends",
        "GET /api/v1/appends/",
        "POST /people/",
        "GET /log",
    ] {
        assert!(answers.iter().any(|(request, _, _)| request.starts_with(asked)), "{asked}");
    }
}

#[test]
fn the_same_seed_asks_and_answers_the_same() {
    let desk = Desk::new();
    let [once, again, other] = ["once", "again", "other"].map(|name| {
        let dump = desk.path(name);
        let seed = if name == "other" { "8" } else { "7" };
        desk.json(
            &["simulate", "isolation", "--seed", seed, "--steps", "40", "--dump", dump.to_str().unwrap()],
            0,
        );
        answers(&dump)
    });
    assert_eq!(once, again);
    assert_ne!(once, other);
}

#[test]
fn the_fault_of_2015_is_found() {
    let desk = Desk::new();
    let found = desk.json(&["simulate", "isolation", "--seed", "2015", "--steps", "60", "--plant-leak"], 1);
    assert_eq!(found["leak_planted"], true);
    assert!(found["canary_tokens_seen"].as_u64().unwrap() > 0, "{found}");
    assert!(found["differing_bytes"].as_u64().unwrap() > 0, "{found}");
}
