//! The same verbs over the network: one program serves, another asks, with the same answers, sentences and exit codes.

use crate::support::{Answer, Desk, Voter, program};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

/// A program that serves a desk's data folder.
pub struct Serving {
    process: Child,
    /// `http://127.0.0.1:43210`.
    pub url: String,
}

impl Serving {
    pub fn of(desk: &Desk) -> Self {
        let mut process =
            desk.command(&["serve", "--port", "0", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Self { process, url: said["url"].as_str().unwrap().trim_end_matches('/').to_owned() }
    }

    /// The demo of a state with so many voters; its people, and their links.
    pub fn demo(desk: &Desk, voters: u32) -> (Self, Vec<(String, String)>) {
        let voters = voters.to_string();
        let arguments = ["demo", "--voters", &voters, "--port", "0", "--json"];
        let mut process = desk.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let people = said["people"].as_array().unwrap().iter();
        let people = people.map(|person| (text(&person["name"]), text(&person["link"]))).collect();
        (Self { process, url: text(&said["url"]).trim_end_matches('/').to_owned() }, people)
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A request as it goes over the wire, to see what no client of ours would send. Status, head and body.
    pub fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String, String) {
        let host = self.url.strip_prefix("http://").unwrap();
        // Nobody there: a status that no server gives.
        let Ok(mut stream) = TcpStream::connect(host) else { return (0, String::new(), String::new()) };
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        // A server that has refused may have hung up before it was sent everything.
        let _ = stream.write_all(format!("{text}\r\n{body}").as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, head.to_ascii_lowercase(), body.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A state party with two campaigns and a vendor.
pub fn party() -> Desk {
    let desk = Desk::new();
    furnish(&desk);
    desk
}

/// The same on a desk that is there.
pub fn furnish(desk: &Desk) {
    desk.json(&["org", "create", "nc-party", "--kind", "state", "--state", "nc"], 0);
    for campaign in ["rivera", "chen"] {
        desk.json(&["org", "create", campaign, "--kind", "campaign", "--as", "nc-party"], 0);
    }
    desk.json(&["org", "create", "acme", "--kind", "vendor"], 0);
}

/// Makes a key here; the path of its file.
#[track_caller]
pub fn key(desk: &Desk, organization: &str, role: &str, more: &[&str]) -> String {
    let file = desk.path(&format!("{organization}-{role}-{}.key", more.len())).display().to_string();
    let arguments = ["key", "create", "--as", organization, "--role", role, "--out", &file];
    desk.json(&[&arguments[..], more].concat(), 0);
    file
}

/// Asks a server with a key, from a folder in which no data lies.
pub fn ask(desk: &Desk, serving: &Serving, key: &str, arguments: &[&str]) -> Answer {
    let mut command = program();
    command.args(arguments).args(["--server", &serving.url, "--key-file", key]);
    let away = desk.path("away");
    std::fs::create_dir_all(&away).unwrap();
    let answer = Answer::of(command.current_dir(&away).output().unwrap());
    assert_eq!(std::fs::read_dir(&away).unwrap().count(), 0, "no data folder is made");
    answer
}

#[track_caller]
pub fn json_of(answer: &Answer) -> Value {
    assert_eq!(answer.code, 0, "{answer:?}");
    serde_json::from_str(&answer.stdout).unwrap()
}

#[test]
fn the_answers_are_the_same_over_the_network() {
    let desk = party();
    let director = key(&desk, "nc-party", "data_director", &[]);
    let serving = Serving::of(&desk);
    let grant =
        ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base", "--counties", "wake"];
    let grant = [&grant[..], &["--until", "2098-12-03", "--json"]].concat();
    let given = json_of(&ask(&desk, &serving, &director, &grant));
    assert_eq!((&given["owner"], &given["counties"]), (&json!("nc-party"), &json!(["WAKE"])));

    for arguments in [
        "org list",
        "org show rivera",
        "org show nobody",
        "org create rivera --kind ally",
        "user list",
        "user list --org chen",
        "user disable nobody@example.org",
        "grant list",
        "grant revoke g-000g40r40m30e209zbxzszfz",
        "grant create --to chen --state va --classes base --until 2098-12-03",
        "grant create --to chen --state nc --classes base --counties Atlantis --until 2098-12-03",
        "org engage acme --for rivera --until 2098-12-03",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        for words in [words.clone(), [&words[..], &["--json"]].concat()] {
            let here = desk.run(&[&words[..], &["--as", "nc-party"]].concat());
            let there = ask(&desk, &serving, &director, &words);
            assert_eq!(there.code, here.code, "{arguments}: {there:?}");
            assert_eq!(there.stdout, here.stdout, "{arguments}");
            assert_eq!(there.stderr, here.stderr, "{arguments}");
        }
    }
    let id = given["id"].as_str().unwrap();
    assert!(
        json_of(&ask(&desk, &serving, &director, &["grant", "revoke", id, "--json"]))["revoked_at"]
            .is_string()
    );

    // A key that was made over the network opens the door, too.
    let made = desk.path("made.key").display().to_string();
    let arguments = ["key", "create", "--role", "chair", "--out", &made, "--json"];
    assert_eq!(json_of(&ask(&desk, &serving, &director, &arguments))["organization"], "nc-party");
    assert_eq!(ask(&desk, &serving, &made, &["grant", "list"]).code, 0);
    let invite = ["user", "invite", "d@example.org", "--roles", "chair", "--json", "--org"];
    assert_eq!(
        json_of(&ask(&desk, &serving, &made, &[&invite[..], &["nc-party"]].concat()))["organization"],
        "nc-party"
    );
    // Who registered it with no key invites the first person into another.
    let refused = ask(&desk, &serving, &made, &[&invite[..], &["rivera"]].concat());
    assert!(
        refused.code != 0 && refused.stderr.contains("a key, and who came of it, changes only"),
        "{refused:?}"
    );
}

/// An answer of the command line without where the disk of this machine has a snapshot.
fn without_folders(text: &str) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let Some(snapshots) = answer["snapshots"].as_array_mut() else { return text.to_owned() };
    for snapshot in snapshots {
        snapshot.as_object_mut().unwrap().shift_remove("folder");
    }
    serde_json::to_string_pretty(&answer).unwrap() + "\n"
}

#[test]
fn voters_are_read_over_the_network_within_the_same_scope() {
    let desk = party();
    let voters: Vec<Voter> = (1..=6)
        .map(|number| {
            let voter = Voter::new(&format!("AA{number}"));
            if number > 4 { voter.with("county_desc", "WAKE").with("county_id", "92") } else { voter }
        })
        .collect();
    desk.deliver("week", &voters, &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let grant =
        ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base", "--counties", "wake"];
    let given = desk.json(&[&grant[..], &["--until", "2098-12-03", "--as", "nc-party"]].concat(), 0);
    let director = key(&desk, "nc-party", "data_director", &[]);
    let campaign = key(&desk, "rivera", "data_director", &[]);
    let bound = key(&desk, "rivera", "organizer", &["--grant", given["id"].as_str().unwrap()]);
    let rival = key(&desk, "chen", "data_director", &[]);
    let serving = Serving::of(&desk);
    for (who, file) in [("nc-party", &director), ("rivera", &campaign), ("chen", &rival)] {
        for arguments in [
            "snapshots --state nc",
            "snapshots --state va",
            "report --state nc",
            "report nothing --state nc",
            "changes --state nc",
            "changes --state nc --kind nonsense",
            "changes --state nc --limit 2 --offset 1",
            "quarantine --state nc",
            "voter AA1 --state nc",
            "voter AA6 --state nc",
            "voter AA99 --state nc",
        ] {
            let words: Vec<&str> = arguments.split(' ').collect();
            for words in [words.clone(), [&words[..], &["--json"]].concat()] {
                let here = desk.run(&[&words[..], &["--as", who]].concat());
                let there = ask(&desk, &serving, file, &words);
                assert_eq!(there.code, here.code, "{who}: {arguments}: {there:?}");
                assert_eq!(there.stdout, without_folders(&here.stdout), "{who}: {arguments}");
                assert_eq!(there.stderr, here.stderr, "{who}: {arguments}");
            }
        }
    }
    let sees = |file: &str, id: &str| ask(&desk, &serving, file, &["voter", id, "--state", "nc"]).code == 0;
    assert!(sees(&director, "AA1") && sees(&director, "AA6"));
    for file in [&campaign, &bound] {
        assert!(!sees(file, "AA1") && sees(file, "AA6"), "only the county granted");
    }
    assert!(!sees(&rival, "AA1") && !sees(&rival, "AA6"));
    let id = given["id"].as_str().unwrap();
    let refused = ask(&desk, &serving, &director, &["grant", "revoke", id]);
    assert!(refused.code != 0 && refused.stderr.contains("that came of the same key"), "{refused:?}");
    desk.json(&["grant", "revoke", id, "--as", "nc-party"], 0);
    assert!(!sees(&campaign, "AA6") && !sees(&bound, "AA6"), "revoked");
}

#[test]
fn a_key_opens_nothing_but_its_own_and_nothing_when_it_is_over() {
    let desk = party();
    let campaign = key(&desk, "rivera", "data_director", &[]);
    let soon = Timestamp::now().checked_add(SignedDuration::from_secs(4)).unwrap();
    let short = key(&desk, "rivera", "chair", &["--until", &soon.to_string()]);
    let reader = key(&desk, "rivera", "canvasser", &[]);
    let serving = Serving::of(&desk);

    let refused = |file: &str, arguments: &[&str], code: i32, words: &str| {
        let answer = ask(&desk, &serving, file, arguments);
        assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{arguments:?}: {answer:?}");
        assert!(answer.stderr.contains(words), "{arguments:?}: {answer:?}");
        assert_eq!(answer.stderr.trim_end().lines().count(), 1, "{answer:?}");
    };
    // Another's: the same words as for what never was.
    for verb in [["user", "list"], ["key", "list"]] {
        for other in ["chen", "nobody"] {
            let words = format!("there is no organization `{other}`");
            refused(&campaign, &[&verb[..], &["--org", other]].concat(), 2, &words);
        }
    }
    refused(&campaign, &["org", "show", "chen"], 2, "there is no organization `chen`");
    for other in ["chen", "nobody-there"] {
        let said = format!("no organization `{other}` has engaged `rivera`");
        refused(&campaign, &["grant", "list", "--as", other], 2, &said);
    }
    refused(&campaign, &["org", "create", "ally", "--kind", "ally"], 1, "cannot be registered");
    refused(&reader, &["user", "list"], 1, "may not manage people");
    refused(&reader, &["key", "create", "--role", "chair", "--out", "x.key"], 1, "may not manage keys");

    // Over, revoked, wrong.
    while Timestamp::now() <= soon {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    refused(&short, &["grant", "list"], 1, "does not take this key");
    assert_eq!(ask(&desk, &serving, &campaign, &["grant", "list"]).code, 0);
    let keys = desk.json(&["key", "list", "--as", "rivera"], 0);
    let id =
        keys["keys"].as_array().unwrap().iter().find(|key| key["role"] == "data_director").unwrap()["id"]
            .clone();
    desk.json(&["key", "revoke", id.as_str().unwrap(), "--as", "rivera"], 0);
    refused(&campaign, &["grant", "list"], 1, "does not take this key");
    let wrong = desk.write("keys", "wrong.key", format!("hustings-key-{}\n", "0".repeat(64)));
    refused(&wrong.display().to_string(), &["grant", "list"], 1, "does not take this key");
    let none = desk.write("keys", "none.key", "not a key\n");
    refused(&none.display().to_string(), &["grant", "list"], 2, "holds no API key");
    for verb in [&["audit", "verify"][..], &["serve"], &["synth", "voterfile", "--out", "x"]] {
        refused(&reader, verb, 2, "works on the data folder of this machine");
    }
    let url = serving.url.clone();
    drop(serving);
    let answer = desk.run(&["grant", "list", "--server", &url, "--key-file", &reader]);
    assert_eq!(answer.code, 3, "{answer:?}");
    desk.refuses(&["grant", "list", "--server", &url], 2, "--server needs --key-file");
}

#[test]
fn what_comes_over_the_wire_is_refused_in_one_form() {
    let desk = party();
    let director = std::fs::read_to_string(key(&desk, "nc-party", "data_director", &[])).unwrap();
    let director = format!("Bearer {}", director.trim());
    let serving = Serving::of(&desk);
    let shown = [("authorization", director.as_str()), ("content-type", "application/json")];
    let problem = |answer: &(u16, String, String), status: u16, code: &str| {
        let (got, head, body) = answer;
        assert_eq!(*got, status, "{head}\n{body}");
        assert!(head.contains("content-type: application/problem+json"), "{head}");
        assert!(head.contains("cache-control: no-store") && head.contains("nosniff"), "{head}");
        assert!(!head.contains("set-cookie"), "{head}");
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
    };
    // Without a key, what is there looks as what is not.
    let bare = serving.raw("GET", "/api/v1/grants", &[], "");
    problem(&bare, 401, "unauthenticated");
    assert!(bare.1.contains("www-authenticate: bearer"));
    let nothing = serving.raw("GET", "/api/v1/nothing", &[], "");
    assert_eq!(bare.2, nothing.2);
    problem(
        &serving.raw("GET", "/api/v1/grants", &[("cookie", "__Host-hustings=abc")], ""),
        401,
        "unauthenticated",
    );
    problem(&serving.raw("GET", "/api/v1/grants?key=hustings-key-1", &[], ""), 401, "unauthenticated");

    problem(&serving.raw("GET", "/api/v1/nothing", &shown, ""), 404, "not_found");
    problem(&serving.raw("PUT", "/api/v1/grants", &shown, ""), 404, "not_found");
    problem(&serving.raw("GET", "/api/v1/organizations/chen%2Fx", &shown, ""), 422, "bad_input");
    problem(
        &serving.raw("GET", "/api/v1/users?organization=rivera&organization=chen", &shown, ""),
        422,
        "bad_input",
    );
    problem(&serving.raw("GET", "/api/v1/users?role=chair", &shown, ""), 422, "bad_input");
    problem(&serving.raw("POST", "/api/v1/organizations", &shown, "{"), 422, "bad_input");
    problem(&serving.raw("POST", "/api/v1/organizations", &shown[..1], "{}"), 422, "bad_input");
    // A field that nobody asked for is refused, not taken over.
    let body = r#"{"id":"ally","kind":"ally","registered_by":"chen"}"#;
    problem(&serving.raw("POST", "/api/v1/organizations", &shown, body), 422, "bad_input");
    // Beyond the end of the calendar, in one sentence of ours.
    let late = r#"{"to":"rivera","state":"nc","classes":["base"],"purposes":["voter_contact"],"until":"9999-12-31T00:00:00Z"}"#;
    let late = serving.raw("POST", "/api/v1/grants", &shown, late);
    problem(&late, 422, "bad_input");
    let said = "expected an instant such as 2026-11-03T20:00:00-05:00 and before 9999-12-30T22:00:00.999999999Z, got `9999-12-31T00:00:00Z`";
    assert!(late.2.contains(said), "{}", late.2);
    let long = format!(r#"{{"id":"ally","kind":"ally","name":"{}"}}"#, "x".repeat(300 * 1024));
    problem(&serving.raw("POST", "/api/v1/organizations", &shown, &long), 413, "too_large");
    let rebound = [shown[0], ("host", "evil.example")];
    assert!(matches!(serving.raw("GET", "/api/v1/grants", &rebound, "").0, 400 | 403));

    // Wrong keys from one place make it wait, whatever it says of itself.
    let mut last = (0, String::new(), String::new());
    for number in 0..40 {
        let wrong = format!("Bearer hustings-key-{number:064}");
        let from = format!("192.0.2.{number}");
        last = serving.raw(
            "GET",
            "/api/v1/grants",
            &[("authorization", &wrong), ("x-forwarded-for", &from), ("forwarded", &format!("for={from}"))],
            "",
        );
    }
    problem(&last, 429, "too_many_requests");
    assert!(last.1.contains("retry-after: "), "{}", last.1);
    // Whoever shows a right one meanwhile does not wait.
    assert_eq!(serving.raw("GET", "/api/v1/grants", &shown, "").0, 200);
    problem(&serving.raw("GET", "/api/v1/grants", &[], ""), 429, "too_many_requests");
}
