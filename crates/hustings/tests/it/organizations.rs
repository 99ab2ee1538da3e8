//! Organizations, people, keys and grants on the command line: fixed JSON, exit codes, and who may.

use crate::contract::has;
use crate::network::{Serving, ask, key};
use crate::support::Desk;
use crate::visit::{Office, Page, Visit};
use serde_json::{Value, json};
use std::fs;

const ORGANIZATION: &[(&str, &str)] = &[
    ("id", "t"),
    ("kind", "t"),
    ("name", "t"),
    ("state", "t?"),
    ("counties", "a?"),
    ("registered_by", "t?"),
    ("is_directory_owner", "b"),
    ("base_of", "a"),
];

const GRANT: &[(&str, &str)] = &[
    ("id", "t"),
    ("owner", "t"),
    ("grantee", "t"),
    ("state", "t"),
    ("classes", "a"),
    ("columns", "o"),
    ("counties", "a?"),
    ("purposes", "a"),
    ("exportable", "b"),
    ("not_before", "t"),
    ("until", "t"),
    ("revoked_at", "t?"),
    ("custody", "b"),
];

const KEY: &[(&str, &str)] = &[
    ("id", "t"),
    ("organization", "t"),
    ("name", "t"),
    ("role", "t"),
    ("grant", "t?"),
    ("expires_at", "t"),
    ("revoked_at", "t?"),
    ("last_used_at", "t?"),
    ("created_at", "t"),
];

const INVITATION: &[(&str, &str)] = &[
    ("id", "t"),
    ("organization", "t"),
    ("email", "t?"),
    ("roles", "a"),
    ("precincts", "a"),
    ("created_at", "t"),
    ("expires_at", "t"),
];

fn ids(list: &Value) -> Vec<&str> {
    list["organizations"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// A state party and two campaigns.
fn party() -> Desk {
    let desk = Desk::new();
    desk.json(&["org", "create", "nc-party", "--kind", "state", "--state", "nc", "--name", "The Party"], 0);
    for campaign in ["rivera", "chen"] {
        let arguments =
            ["org", "create", campaign, "--kind", "campaign", "--state", "nc", "--as", "nc-party"];
        desk.json(&arguments, 0);
    }
    desk
}

#[test]
fn organizations_are_registered_and_each_knows_whom_it_must() {
    let desk = party();
    let all = desk.json(&["org", "list"], 0);
    assert_eq!(ids(&all), ["chen", "local", "nc-party", "rivera"]);
    has(&all, &[("organizations", "a")]);
    for entry in all["organizations"].as_array().unwrap() {
        has(entry, ORGANIZATION);
    }
    let party = desk.json(&["org", "show", "nc-party"], 0);
    assert_eq!(party["base_of"], json!(["nc"]));
    has(&party, &[ORGANIZATION, &[("engagements", "a"), ("conflicts", "a"), ("contact", "t?")]].concat());

    // A campaign does not learn of its rival.
    assert_eq!(ids(&desk.json(&["org", "list", "--as", "rivera"], 0)), ["local", "nc-party", "rivera"]);
    desk.refuses(&["org", "show", "chen", "--as", "rivera"], 2, "there is no organization `chen`");
    desk.refuses(&["org", "show", "nobody", "--as", "rivera"], 2, "there is no organization `nobody`");
    desk.refuses(&["org", "create", "ally", "--kind", "ally", "--as", "rivera"], 1, "cannot be registered");
    desk.refuses(&["org", "create", "rivera", "--kind", "ally", "--as", "chen"], 1, "cannot be registered");
    desk.refuses(
        &["org", "create", "nc-two", "--kind", "state", "--state", "nc"],
        1,
        "belongs to `nc-party` already",
    );
    desk.refuses(
        &["org", "create", "wake", "--kind", "local_committee", "--counties", "WAKE"],
        2,
        "no state",
    );
    let arguments =
        ["org", "create", "wake", "--kind", "local_committee", "--state", "nc", "--counties", "Atlantis"];
    desk.refuses(&arguments, 2, "no county `Atlantis` in nc");
    assert_eq!(desk.run(&["org", "list", "--as", "Nobody!"]).code, 2);
    desk.refuses(&["org", "list", "--as", "nobody"], 2, "there is no organization `nobody`");

    let owner = desk.json(&["org", "create", "dnc", "--kind", "national", "--directory-owner"], 0);
    assert_eq!(owner["is_directory_owner"], true);
    assert_eq!(desk.json(&["org", "show", "dnc"], 0)["is_directory_owner"], true, "it is the default now");
    desk.refuses(
        &["org", "create", "dsa", "--kind", "ally", "--directory-owner", "--as", "nc-party"],
        1,
        "only its owner gives the data folder to another",
    );
    desk.refuses(&["org", "show", "dsa"], 2, "there is no organization `dsa`");
}

#[test]
fn an_organization_that_an_overlay_named_is_nobodys_to_take() {
    let desk = party();
    desk.write("in", "scores.csv", "id,support\nAA1,5\n");
    desk.deliver("week", &[crate::support::Voter::new("AA1")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let append = ["append", "in/scores.csv", "--state", "nc", "--owner", "secret", "--class", "private"];
    let append = desk.json(&[append.as_slice(), &["--id", "id"]].concat(), 0);
    assert_eq!(append["rows"]["matched"], 1);
    // Whoever could complete it could invite its first people, and read its columns.
    let complete = ["org", "create", "secret", "--kind", "campaign", "--state", "nc", "--as", "nc-party"];
    desk.refuses(&complete, 1, "registered already");
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let (_, token) = office.sign_in("nc-party", "data_director");
    let page = Visit::with_session(&serving, &token).post(
        "/organizations",
        "/organizations",
        "id=secret&kind=campaign&name=Mine&state=nc",
    );
    assert_eq!(page.status, 422);
    assert!(page.body.contains("registered already"), "{}", page.body);
    let director = key(&desk, "nc-party", "data_director", &[]);
    let arguments = ["org", "create", "secret", "--kind", "campaign", "--state", "nc"];
    let answer = ask(&desk, &serving, &director, &arguments);
    assert!(answer.code == 1 && answer.stderr.contains("registered already"), "{answer:?}");
    drop(serving);
    let listed = desk.json(&["org", "show", "secret"], 0);
    assert_eq!((&listed["registered_by"], &listed["name"]), (&json!("local"), &json!("secret")));
    desk.json(&["org", "create", "secret", "--kind", "campaign", "--state", "nc"], 0);
    assert_eq!(desk.json(&["org", "show", "secret"], 0)["registered_by"], "local");
}

#[test]
fn a_state_party_registers_campaigns_and_makes_no_auditor_and_no_other_state() {
    let desk = party();
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let (_, token) = office.sign_in("nc-party", "data_director");
    let visit = Visit::with_session(&serving, &token);
    let page = visit.get("/organizations");
    let offered = |page: &Page, word: &str| page.body.contains(&format!("<option value=\"{word}\""));
    for kind in ["campaign", "ally", "local_committee", "vendor", "nc"] {
        assert!(offered(&page, kind), "{kind}");
    }
    for kind in ["national", "state", "external_state", "auditor", "va"] {
        assert!(!offered(&page, kind), "{kind}");
    }
    let director = key(&desk, "nc-party", "data_director", &[]);
    for (id, kind, state) in [
        ("watch", "auditor", ""),
        ("va-two", "state", "va"),
        ("va-two", "external_state", "va"),
        ("second", "national", ""),
        ("va-rivera", "campaign", "va"),
    ] {
        let form = format!("id={id}&kind={kind}&name=Mine&state={state}");
        let page = visit.post("/organizations", "/organizations", &form);
        assert_eq!(page.status, 422, "{form}");
        assert!(page.body.contains("does not register this kind of organization"), "{form}");
        let mut arguments = vec!["org", "create", id, "--kind", kind];
        if !state.is_empty() {
            arguments.extend(["--state", state]);
        }
        let answer = ask(&desk, &serving, &director, &arguments);
        assert!(
            answer.code == 1 && answer.stderr.contains("cannot be registered by `nc-party`"),
            "{answer:?}"
        );
        arguments.extend(["--as", "nc-party"]);
        desk.refuses(&arguments, 1, "cannot be registered by `nc-party`");
    }
    for (id, form) in
        [("gray", "kind=campaign&state=nc"), ("wake", "kind=local_committee&state=nc&counties=Wake")]
    {
        let form = format!("id={id}&name=One&{form}");
        let page = visit.post("/organizations", "/organizations", &form);
        assert_eq!(page.location(), Some(format!("/organizations/{id}").as_str()), "{}", page.body);
    }
    let all = desk.json(&["org", "list"], 0);
    assert_eq!(ids(&all), ["chen", "gray", "local", "nc-party", "rivera", "wake"]);

    // A campaign registers nothing; the owner of the directory, each kind.
    let (_, token) = office.sign_in("rivera", "data_director");
    let visit = Visit::with_session(&serving, &token);
    let page = visit.get("/organizations");
    assert!(!page.body.contains("action=\"/organizations\""), "{}", page.body);
    let (_, token) = office.sign_in("local", "data_director");
    let visit = Visit::with_session(&serving, &token);
    let page = visit.get("/organizations");
    assert!(offered(&page, "auditor") && offered(&page, "external_state") && offered(&page, "va"));
    let form = "id=watch&kind=auditor&name=Watch&state=";
    assert_eq!(visit.post("/organizations", "/organizations", form).status, 303);
}

#[test]
fn people_are_invited_listed_and_disabled_by_their_own() {
    let desk = party();
    let invited = desk.json(
        &[
            "user",
            "invite",
            "Dana@Example.org",
            "--org",
            "rivera",
            "--roles",
            "chair,data_director",
            "--as",
            "nc-party",
        ],
        0,
    );
    has(&invited, &[INVITATION, &[("code", "t")]].concat());
    assert_eq!((&invited["email"], &invited["organization"]), (&json!("dana@example.org"), &json!("rivera")));
    let captain = desk.json(
        &[
            "user",
            "invite",
            "c@example.org",
            "--roles",
            "precinct_captain",
            "--precincts",
            "durham:12",
            "--as",
            "rivera",
        ],
        0,
    );
    assert_eq!(captain["precincts"], json!([["DURHAM", "12"]]));
    let list = desk.json(&["user", "list", "--as", "rivera"], 0);
    has(&list, &[("organization", "t"), ("users", "a"), ("invitations", "a")]);
    assert_eq!(list["invitations"].as_array().unwrap().len(), 2);
    assert!(list["invitations"][0].get("code").is_none(), "a code is told once");

    desk.refuses(
        &["user", "list", "--org", "rivera", "--as", "chen"],
        2,
        "there is no organization `rivera`",
    );
    desk.refuses(&["user", "disable", "x@example.org", "--as", "rivera"], 2, "no user `x@example.org`");
    desk.refuses(
        &["user", "invite", "nobody", "--roles", "chair"],
        2,
        "expected one such as name@example.org",
    );
    let answer = desk.run(&["user", "invite", "a@example.org", "--roles", "chair", "--precincts", "12"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("expected county and precinct as DURHAM:12, got `12`"), "{answer:?}");
}

#[test]
fn a_keys_secret_goes_into_a_private_file_once() {
    let desk = party();
    let create = |out: &str, more: &[&str]| {
        let arguments = ["key", "create", "--org", "rivera", "--role", "organizer", "--out", out];
        [&arguments[..], more].concat().iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let run = |arguments: Vec<String>, code| {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        desk.json(&[words.as_slice(), &["--as", "rivera"]].concat(), code)
    };
    // A key lasts at most a year: no day stays right in a test.
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let last_day = today.checked_add(jiff::Span::new().days(40)).unwrap();
    let key = run(create("rivera.key", &["--until", &last_day.to_string()]), 0);
    has(&key, &[KEY, &[("file", "t")]].concat());
    let end = format!("{}T12:00:00.000Z", last_day.tomorrow().unwrap());
    assert_eq!(key["expires_at"], end, "to the end of that day, wherever it is");
    let text = fs::read_to_string(desk.path("rivera.key")).unwrap();
    assert!(text.starts_with("hustings-key-") && text.ends_with('\n'));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path("rivera.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let arguments = create("rivera.key", &["--as", "rivera"]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    desk.refuses(&words, 2, "is there already");
    assert_eq!(fs::read_to_string(desk.path("rivera.key")).unwrap(), text);
    // A key that is refused leaves no file.
    let arguments = create("other.key", &["--until", "2099-01-01", "--as", "rivera"]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    desk.refuses(&words, 2, "within a year");
    assert!(!desk.path("other.key").exists());

    let list = desk.json(&["key", "list", "--as", "rivera"], 0);
    has(&list, &[("organization", "t"), ("keys", "a")]);
    has(&list["keys"][0], KEY);
    let id = key["id"].as_str().unwrap();
    assert_eq!(list["keys"][0]["id"], id);
    desk.refuses(&["key", "revoke", id, "--as", "chen"], 2, "has no API key");
    let revoked = desk.json(&["key", "revoke", id, "--as", "rivera"], 0);
    assert!(revoked["revoked_at"].is_string());
}

#[test]
fn an_owner_gives_and_revokes_grants_and_nobody_else_does() {
    let desk = party();
    let grant = desk.json(
        &[
            "grant",
            "create",
            "--to",
            "rivera",
            "--state",
            "nc",
            "--classes",
            "base",
            "--counties",
            "Durham,wake",
            "--until",
            "2098-12-03",
            "--as",
            "nc-party",
        ],
        0,
    );
    has(&grant, GRANT);
    assert_eq!(grant["counties"], json!(["DURHAM", "WAKE"]));
    assert_eq!((&grant["exportable"], &grant["purposes"]), (&json!(false), &json!(["voter_contact"])));
    assert_eq!(grant["until"], "2098-12-04T12:00:00Z");
    let id = grant["id"].as_str().unwrap();

    let got = desk.json(&["grant", "list", "--as", "rivera"], 0);
    has(&got, &[("organization", "t"), ("given", "a"), ("received", "a")]);
    assert_eq!((&got["given"], &got["received"][0]["id"]), (&json!([]), &json!(id)));
    assert_eq!(desk.json(&["grant", "list", "--as", "chen"], 0)["received"], json!([]));

    let give = |words: &str| {
        format!("grant create --state nc --until 2098-12-03 {words}")
            .split(' ')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (words, code, sentence) in [
        ("--to chen --classes base --as rivera", 1, "it belongs to `nc-party`"),
        ("--to chen --classes base", 1, "it belongs to `nc-party`"),
        ("--to nobody --classes private --as rivera", 2, "there is no organization `nobody`"),
        ("--to chen --classes restricted --as nc-party", 2, "granted to nobody"),
        ("--to chen --classes base --counties Atlantis --as nc-party", 2, "no county `Atlantis` in nc"),
        ("--to chen --classes private --purpose commercial --as rivera", 2, "commercial"),
        (
            "--to chen --classes base --columns name.last,party_kode --as nc-party",
            2,
            "columns: `nc-party` has no column `party_kode` in base of nc",
        ),
        (
            "--to chen --classes private --columns name.last --as rivera",
            2,
            "columns: `rivera` has no column `name.last` in private of nc",
        ),
    ] {
        let arguments = give(words);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        desk.refuses(&words, code, sentence);
    }
    for who in ["rivera", "chen", "local"] {
        desk.refuses(&["grant", "revoke", id, "--as", who], 2, "has given no grant");
    }
    let revoked = desk.json(&["grant", "revoke", id, "--as", "nc-party"], 0);
    assert!(revoked["revoked_at"].is_string());

    // Copies leave only where that is said.
    for (flags, exportable) in [("", false), (" --no-export", false), (" --export", true)] {
        let arguments = give(&format!("--to chen --classes base --columns name.last --as nc-party{flags}"));
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(desk.json(&words, 0)["exportable"], exportable, "{flags}");
    }
    let both = give("--to chen --classes base --as nc-party --export --no-export");
    let words: Vec<&str> = both.iter().map(String::as_str).collect();
    assert_eq!(desk.run(&words).code, 2);
}

#[test]
fn a_grant_names_columns_that_its_owner_has() {
    let desk = party();
    desk.deliver("week", &[crate::support::Voter::new("AA1")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    for (owner, column) in [("rivera", "support"), ("chen", "turnout")] {
        desk.write("in", &format!("{owner}.csv"), format!("id,{column}\nAA1,5\n"));
        let file = format!("in/{owner}.csv");
        let append = ["append", &file, "--state", "nc", "--owner", owner, "--class", "private", "--id", "id"];
        desk.json(&append, 0);
    }
    let give = |columns: &str| {
        let words = "grant create --to nc-party --state nc --classes private --until 2098-12-03 --as rivera";
        let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        words.extend(["--columns".to_owned(), columns.to_owned()]);
        words
    };
    for own in ["support", "rivera__support"] {
        let words = give(own);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(desk.json(&words, 0)["columns"], json!({"private": [own]}));
    }
    // What a rival has, and what nobody has, is told alike.
    for other in ["turnout", "chen__turnout", "suport", "rivera__suport", "party"] {
        let words = give(other);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let sentence = format!("columns: `rivera` has no column `{other}` in private of nc");
        desk.refuses(&words, 2, &sentence);
    }
}

#[test]
fn a_vendor_is_engaged_and_dismissed() {
    let desk = party();
    desk.json(&["org", "create", "acme", "--kind", "vendor"], 0);
    let engage = ["org", "engage", "acme", "--for", "rivera", "--until", "2098-12-03"];
    let engagement = desk.json(&engage, 0);
    has(
        &engagement,
        &[
            ("vendor", "t"),
            ("organization", "t"),
            ("classes", "a"),
            ("exportable", "b"),
            ("not_before", "t"),
            ("until", "t"),
            ("revoked_at", "t?"),
        ],
    );
    desk.refuses(&[&engage[..], &["--as", "chen"]].concat(), 1, "for itself only");
    desk.refuses(
        &["org", "engage", "chen", "--for", "rivera", "--until", "2098-12-03"],
        2,
        "there is no vendor `chen`",
    );
    let ended = desk.json(&["org", "engage", "acme", "--for", "rivera", "--end"], 0);
    assert!(ended["revoked_at"].is_string());
    let shown = desk.json(&["org", "show", "rivera", "--as", "rivera"], 0);
    assert_eq!(shown["engagements"], json!([ended]));
}
