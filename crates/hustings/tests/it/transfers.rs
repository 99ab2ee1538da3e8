//! Files over the network: exports out, columns in, whole or not at all; and the log, for who may read it.

use crate::network::{Serving, ask, json_of, key, party};
use crate::support::{Answer, Desk, Voter, names, program};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A party that has loaded voters of two counties, and has granted a campaign one of them. Also the grant's id.
pub fn loaded() -> (Desk, String) {
    let desk = party();
    let voters: Vec<Voter> = (1..=8)
        .map(|number| {
            let voter = Voter::new(&format!("AA{number}"));
            let voter =
                if number > 4 { voter.with("county_desc", "WAKE").with("county_id", "92") } else { voter };
            if number == 8 { voter.confidential() } else { voter }
        })
        .collect();
    desk.deliver("week", &voters, &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let grant =
        ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base", "--as", "nc-party"];
    let grant = [&grant[..], &["--counties", "wake", "--until", "2098-12-03", "--export"]].concat();
    let id = desk.json(&grant, 0)["id"].as_str().unwrap().to_owned();
    (desk, id)
}

/// What is in a report but what is each export's own.
fn common(mut report: Value) -> Value {
    for own in ["export", "file", "sha256"] {
        assert!(report.as_object_mut().unwrap().remove(own).is_some(), "{own}: {report}");
    }
    report
}

#[test]
fn an_export_over_the_network_is_what_it_is_here() {
    let (desk, _) = loaded();
    let director = key(&desk, "nc-party", "data_director", &[]);
    let campaign = key(&desk, "rivera", "data_director", &[]);
    let rival = key(&desk, "chen", "data_director", &[]);
    let canvasser = key(&desk, "rivera", "canvasser", &[]);
    let serving = Serving::of(&desk);
    for (who, file) in [("nc-party", &director), ("rivera", &campaign)] {
        for format in ["csv", "parquet", "xlsx"] {
            let (here, there) = (format!("here-{who}.{format}"), format!("there-{who}.{format}"));
            let there = desk.path(&there).display().to_string();
            let base = ["export", "--state", "nc", "--class", "base", "--format", format];
            let here_report = desk.json(&[&base[..], &["--out", &here, "--as", who]].concat(), 0);
            let arguments = [&base[..], &["--out", &there, "--json"]].concat();
            let report = json_of(&ask(&desk, &serving, file, &arguments));
            assert_eq!(report["file"], json!(there));
            let bytes = fs::read(&there).unwrap();
            assert_eq!(report["bytes"], json!(bytes.len()));
            assert_eq!(report["sha256"], json!(sha256(&bytes)));
            if format == "csv" {
                assert_eq!(common(report.clone()), common(here_report));
                // Only the voters' keys are each export's own.
                let rows = |path: &std::path::Path| -> Vec<String> {
                    let text = fs::read_to_string(path).unwrap();
                    text.lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect()
                };
                assert_eq!(rows(there.as_ref()), rows(&desk.path(&here)));
            }
            // A file that is there stays as it is, unless it may be replaced.
            let again = ask(&desk, &serving, file, &arguments);
            assert_eq!((again.code, fs::read(&there).unwrap()), (2, bytes), "{again:?}");
            assert!(again.stderr.contains("is there already"), "{again:?}");
            assert_eq!(ask(&desk, &serving, file, &[&arguments[..], &["--force"]].concat()).code, 0);
        }
    }
    // Nothing of them stays on the server.
    assert_eq!(names(&desk.data().join("exports")), Vec::<String>::new());

    let out = desk.path("none.csv").display().to_string();
    let refused = |file: &str, more: &str, code: i32, words: &str| {
        let arguments = format!("export --format csv {more} --out {out}");
        let words_of: Vec<&str> = arguments.split(' ').collect();
        let answer = ask(&desk, &serving, file, &words_of);
        assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{more}: {answer:?}");
        assert!(answer.stderr.contains(words), "{more}: {answer:?}");
        assert!(!desk.path("none.csv").exists());
    };
    let base = "--state nc --class base";
    refused(&rival, base, 2, "there is no voter file of nc here");
    refused(&canvasser, base, 2, "there is no voter file of nc here");
    refused(&director, "--state va --class base", 2, "there is no voter file of va here");
    refused(&director, "--state nc --class base --county Atlantis", 2, "`ATLANTIS` is not in");
    // Of a county that is not granted as of one that is not there.
    for county in ["DURHAM", "ORANGE"] {
        let words = format!("county `{county}` is not in the voter file of nc: it has `WAKE` and others\n");
        refused(&campaign, &format!("{base} --county {county}"), 2, &words);
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Stands between a client and a server, and lets only so many bytes of the answer through before it waits to be told to
/// go on.
struct Narrow {
    url: String,
    reached: mpsc::Receiver<()>,
    go_on: mpsc::Sender<()>,
}

impl Narrow {
    fn before(serving: &Serving, bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = serving.url.strip_prefix("http://").unwrap().to_owned();
        let (reach, reached) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(server).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
            let (mut from, mut to) = (server, client);
            let (mut left, mut buffer) = (Some(bytes), vec![0; 32 * 1024]);
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                if to.write_all(&buffer[..read]).is_err() {
                    break;
                }
                if let Some(rest) = left {
                    left = rest.checked_sub(read);
                    if left.is_none() {
                        reach.send(()).unwrap();
                        told.recv().unwrap();
                    }
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
        Self { url, reached, go_on }
    }
}

/// A campaign's columns so long that they do not fit into what lies between a server and a client that waits: joined, and
/// granted to the rival. Also the grant's id.
fn long_columns(desk: &Desk) -> String {
    let text: String = (1..=7).map(|number| format!("AA{number},{}\n", "x".repeat(6_000_000))).collect();
    let file = desk.write("columns", "long.csv", format!("id,note\n{text}"));
    let file = file.display().to_string();
    let append = ["append", &file, "--state", "nc", "--owner", "rivera", "--class", "private", "--id", "id"];
    desk.json(&[&append[..], &["--as", "rivera"]].concat(), 0);
    let grant = ["grant", "create", "--to", "chen", "--state", "nc", "--classes", "private"];
    let grant = [&grant[..], &["--until", "2098-12-03", "--export", "--as", "rivera"]].concat();
    desk.json(&grant, 0)["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_grant_revoked_in_the_midst_of_an_export_leaves_no_file() {
    let (desk, _) = loaded();
    let base = ["grant", "create", "--to", "chen", "--state", "nc", "--classes", "base"];
    desk.json(&[&base[..], &["--until", "2098-12-03", "--export", "--as", "nc-party"]].concat(), 0);
    let grant = long_columns(&desk);
    let rival = key(&desk, "chen", "data_director", &[]);
    let serving = Serving::of(&desk);
    let away = desk.path("export-away");
    fs::create_dir_all(&away).unwrap();
    let begin = |narrow: &Narrow| {
        let mut command = program();
        command
            .args(["export", "--state", "nc", "--class", "private", "--owner", "rivera", "--format", "csv"]);
        command.args(["--out", "out.csv", "--json", "--server", &narrow.url, "--key-file", &rival]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(&away).spawn().unwrap()
    };
    // Who waits, and is not revoked, gets the whole.
    let narrow = Narrow::before(&serving, 100_000);
    let client = begin(&narrow);
    narrow.reached.recv().unwrap();
    assert!(!away.join("out.csv").exists(), "not before all of it is there");
    narrow.go_on.send(()).unwrap();
    let whole = Answer::of(client.wait_with_output().unwrap());
    let report: Value = serde_json::from_str(&whole.stdout).unwrap_or_else(|_| panic!("{whole:?}"));
    assert!(report["bytes"].as_u64().unwrap() > 40_000_000, "{report}");
    fs::remove_file(away.join("out.csv")).unwrap();

    let narrow = Narrow::before(&serving, 100_000);
    let client = begin(&narrow);
    narrow.reached.recv().unwrap();
    desk.json(&["grant", "revoke", &grant, "--as", "rivera"], 0);
    let revoked = Instant::now();
    // Whoever has not taken what was sent within a second after that does not get it.
    thread::sleep(Duration::from_millis(1_500));
    narrow.go_on.send(()).unwrap();
    let answer = Answer::of(client.wait_with_output().unwrap());
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""), "{answer:?}");
    assert!(answer.stderr.contains("broke off"), "{answer:?}");
    assert!(revoked.elapsed() < Duration::from_secs(30), "{:?}", revoked.elapsed());
    assert_eq!(names(&away), Vec::<String>::new(), "no file, and no part of one");
    assert_eq!(names(&desk.data().join("exports")), Vec::<String>::new());

    // A server that is ended in the midst of it.
    desk.json(
        &[
            "grant",
            "create",
            "--to",
            "chen",
            "--state",
            "nc",
            "--classes",
            "private",
            "--until",
            "2098-12-03",
            "--export",
            "--as",
            "rivera",
        ],
        0,
    );
    let narrow = Narrow::before(&serving, 100_000);
    let client = begin(&narrow);
    narrow.reached.recv().unwrap();
    drop(serving);
    narrow.go_on.send(()).unwrap();
    let answer = Answer::of(client.wait_with_output().unwrap());
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""), "{answer:?}");
    assert!(answer.stderr.contains("broke off"), "{answer:?}");
    assert_eq!(names(&away), Vec::<String>::new());
}

#[test]
fn columns_are_joined_listed_and_removed_over_the_network() {
    let (desk, _) = loaded();
    let campaign = key(&desk, "rivera", "data_director", &[]);
    let rival = key(&desk, "chen", "data_director", &[]);
    let canvasser = key(&desk, "rivera", "canvasser", &[]);
    let serving = Serving::of(&desk);
    let good = desk.write("columns", "scores \"é\".csv", "id,Support\nAA5,71\nAA6,3\nAA1,9\nAA6,4\n");
    let good = good.display().to_string();
    let append = |file: &str, more: &str| -> Vec<String> {
        let text = format!("--state nc {more}");
        ["append", file].into_iter().chain(text.split(' ')).map(str::to_owned).collect()
    };
    let own = "--owner rivera --class private --id id";
    let there = |file: &str, arguments: &[String], json: bool| {
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        arguments.extend(json.then_some("--json"));
        ask(&desk, &serving, file, &arguments)
    };
    let first = json_of(&there(&campaign, &append(&good, own), true));
    assert_eq!(first["rows"]["matched"], 2, "only the county granted: {first}");
    assert_eq!(first["file"], "scores _é_.csv");
    assert_eq!(first["id"], first["append"]);
    let again = json_of(&there(&campaign, &append(&good, own), true));
    assert_eq!((&again["unchanged"], &again["id"]), (&json!(true), &first["id"]));

    // What is refused is refused as here.
    let headless = desk.write("columns", "empty.csv", "").display().to_string();
    let missing = desk.path("missing.csv").display().to_string();
    let folder = desk.path("columns").display().to_string();
    for (file, more) in [
        (&good, "--owner rivera --class private --id nothing"),
        (&good, "--owner rivera --class base --id id"),
        (&good, "--owner chen --class private --id id"),
        (&good, "--owner nobody --class private --id id"),
        (&good, "--owner NOBODY! --class private --id id"),
        (&headless, own),
        (&missing, own),
        (&folder, own),
    ] {
        let arguments = append(file, more);
        let words: Vec<&str> = arguments.iter().map(String::as_str).chain(["--as", "rivera"]).collect();
        let here = desk.run(&words);
        let answer = there(&campaign, &arguments, false);
        assert_ne!(answer.code, 0, "{arguments:?}: {answer:?}");
        let said = |answer: &Answer| answer.stderr.replace("scores _é_.csv", &good);
        assert_eq!((answer.code, said(&answer)), (here.code, said(&here)), "{arguments:?}");
    }
    for file in [&rival, &canvasser] {
        let refused = there(file, &append(&good, own), false);
        assert!(refused.code != 0 && refused.stdout.is_empty(), "{refused:?}");
    }
    assert!(
        names(&desk.data()).iter().all(|name| !name.starts_with(".arriving")),
        "nothing of what was sent stays"
    );

    let here = desk.run(&["append", "list", "--as", "rivera", "--json"]);
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let list = there(&campaign, &words("append list"), true);
    assert_eq!((list.code, &list.stdout), (0, &here.stdout));
    assert_eq!(
        there(&campaign, &words("append list --state nc"), false).stdout,
        desk.run(&["append", "list", "--state", "nc", "--as", "rivera"]).stdout
    );
    let id = first["id"].as_str().unwrap();
    let others = json_of(&there(&rival, &words("append list"), true));
    assert_eq!(others, json!({"appends": []}));
    // Another's as what never was.
    for id in [id, "2026-11-22-000000000000"] {
        let refused = there(&rival, &words(&format!("append remove {id}")), false);
        assert_eq!(refused.code, 2, "{refused:?}");
        let said = format!("hustings: there is no append `{id}`: see `hustings append list`\n");
        assert_eq!(refused.stderr, said);
    }
    let refused = there(&canvasser, &words(&format!("append remove {id}")), false);
    assert_ne!(refused.code, 0, "{refused:?}");
    let removed = json_of(&there(&campaign, &words(&format!("append remove {id}")), true));
    assert_eq!((&removed["status"], &removed["id"]), (&json!("removed"), &first["id"]));
    assert!(names(&desk.data().join("overlays/rivera/private")).is_empty());
}

#[test]
fn a_body_that_is_no_append_is_refused_in_one_form() {
    let (desk, _) = loaded();
    let campaign = fs::read_to_string(key(&desk, "rivera", "data_director", &[])).unwrap();
    let bearer = format!("Bearer {}", campaign.trim());
    let serving = Serving::of(&desk);
    let post = |kind: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let (status, _, answer) = serving.raw("POST", "/api/v1/appends", &headers, body);
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let form = "multipart/form-data; boundary=x";
    let part = |name: &str, body: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{body}\r\n")
    };
    let question = part(
        "append",
        r#"{"state":"nc","owner":"rivera","class":"private","id_column":"id","file":"../../a"}"#,
    );
    let file = part("file", "id,score\nAA5,1\n");
    for body in [
        String::new(),
        "--x--\r\n".to_owned(),
        file.clone() + "--x--\r\n",
        format!("{question}--x--\r\n"),
        format!("{question}{question}{file}--x--\r\n"),
        format!("{}{file}--x--\r\n", part("append", r#"{"state":"nc","path":"/etc/passwd"}"#)),
        format!("{question}--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nid,sc"),
    ] {
        assert_eq!(post(form, &body), (422, "bad_input".to_owned()), "{body}");
    }
    assert_eq!(post("application/json", "{}"), (422, "bad_input".to_owned()));
    let long = part("append", &" ".repeat(1_100_000));
    assert_eq!(post(form, &format!("{long}--x--\r\n")), (413, "too_large".to_owned()));
    // A name that leads elsewhere is a name.
    assert_eq!(post(form, &format!("{question}{file}--x--\r\n")).0, 200);
    let list = desk.json(&["append", "list", "--as", "rivera"], 0);
    assert_eq!(list["appends"][0]["file"], "a");
}

#[test]
fn the_log_is_read_over_the_network_by_its_own_and_by_auditors() {
    let (desk, grant) = loaded();
    desk.json(&["org", "create", "audit-office", "--kind", "auditor"], 0);
    let director = key(&desk, "nc-party", "data_director", &[]);
    let campaign = key(&desk, "rivera", "chair", &[]);
    let organizer = key(&desk, "rivera", "organizer", &[]);
    let auditor = key(&desk, "audit-office", "auditor_reader", &[]);
    let bound = key(&desk, "rivera", "organizer", &["--grant", &grant]);
    let serving = Serving::of(&desk);
    assert_eq!(ask(&desk, &serving, &campaign, &["voter", "AA6", "--state", "nc"]).code, 0);

    let list = |file: &str, more: &[&str]| {
        json_of(&ask(&desk, &serving, file, &[&["audit", "list", "--json"], more].concat()))["records"]
            .as_array()
            .unwrap()
            .clone()
    };
    // Who saw a voter: told to the owner of the list, and to the auditor who asks for its log by the log's own name.
    let saw = |file: &str, more: &[&str]| {
        let mut saw = list(file, more);
        saw.retain(|record| record["action"] == "shown" && record["organization"] == "rivera");
        saw
    };
    let seen = saw(&director, &["--about", "AA6"]);
    assert_eq!(seen.len(), 1, "{seen:?}");
    let name = seen[0]["about"].as_str().unwrap();
    assert_ne!(name, "AA6");
    assert_eq!(saw(&auditor, &["--about", name, "--of", "nc-party"]), seen);
    assert_eq!(saw(&director, &["--about", "AA5"]), Vec::<Value>::new());
    let own = list(&auditor, &["--about", name]);
    assert!(
        own.iter().all(|record| record["organization"] == "audit-office"),
        "its own log is another: {own:?}"
    );
    let page = list(&director, &["--limit", "2"]);
    // A page goes on where another ends, and nothing counts what others do.
    let next = list(&director, &["--limit", "2", "--before", page[0]["record"].as_str().unwrap()]);
    assert_eq!(next[0], page[1]);
    for record in page.iter().chain(&next) {
        assert_eq!(
            (&record["sequence"], &record["details"]["epoch"]),
            (&Value::Null, &Value::Null),
            "{record}"
        );
    }

    // What was exported, by the id that the export tells.
    let out = desk.path("logged.csv").display().to_string();
    let export = ["export", "--state", "nc", "--class", "base", "--format", "csv", "--out", &out, "--json"];
    let export = json_of(&ask(&desk, &serving, &organizer, &export));
    for (file, more) in [(&director, &[][..]), (&campaign, &[]), (&auditor, &["--of", "nc-party"])] {
        let exported = list(file, &[&["--about", export["export"].as_str().unwrap()], more].concat());
        let exported: Vec<&Value> = exported.iter().filter(|record| record["action"] == "exported").collect();
        assert_eq!(exported.len(), 1, "{exported:?}");
        assert_eq!(exported[0]["organization"], "rivera");
        assert_eq!((&exported[0]["voters"], &export["rows"]), (&json!(3), &json!(3)));
        // The whole file changes with columns that are the taker's own: its digest is told to the taker alone.
        let told = if *file == campaign { export["sha256"].clone() } else { Value::Null };
        assert_eq!(exported[0]["details"]["sha256"], told);
    }

    // Another's log as that of one that never was; and not for every role.
    let refused = |file: &str, arguments: &[&str], code: i32, words: &str| {
        let answer = ask(&desk, &serving, file, arguments);
        assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{arguments:?}: {answer:?}");
        assert!(answer.stderr.contains(words), "{arguments:?}: {answer:?}");
    };
    let record = page[0]["record"].as_str().unwrap();
    let out = desk.path("x.tlog-proof").display().to_string();
    for of in ["nc-party", "nobody"] {
        let words = format!("there is no organization `{of}`");
        refused(&campaign, &["audit", "list", "--of", of], 2, &words);
        refused(&campaign, &["audit", "prove", record, "--of", of, "--out", &out], 2, &words);
    }
    for file in [&organizer, &bound] {
        refused(file, &["audit", "list"], 1, "may not read log");
    }
    refused(&director, &["audit", "prove", "nothing", "--out", &out], 2, "has no record `nothing`");
    refused(&auditor, &["voter", "AA6", "--state", "nc"], 2, "there is no voter file of nc here");
    refused(&director, &["audit", "verify"], 2, "works on the data folder of this machine");

    for (file, more) in [(&director, &[][..]), (&auditor, &["--of", "nc-party"])] {
        let proof = desk.path("record.tlog-proof").display().to_string();
        let arguments = [&["audit", "prove", record, "--out", &proof, "--json"], more].concat();
        let proved = json_of(&ask(&desk, &serving, file, &arguments));
        assert_eq!(proved["log"], "nc-party");
        let checked = desk.json(&["audit", "check", &proof], 0);
        assert_eq!(checked["verified"], true);
    }
}

#[test]
fn a_destroyed_key_is_asked_for_twice_logged_and_leaves_what_nobody_reads() {
    let (desk, _) = loaded();
    for class in ["private", "proprietary"] {
        let file = desk.write("columns", &format!("{class}.csv"), format!("id,{class}\nAA5,71\n"));
        let file = file.display().to_string();
        let append = ["append", &file, "--state", "nc", "--owner", "rivera", "--class", class, "--id", "id"];
        desk.json(&[&append[..], &["--as", "rivera"]].concat(), 0);
    }
    let destroy = ["append", "destroy", "--owner", "rivera", "--class", "private"];
    desk.refuses(&destroy, 2, "say --yes");
    let voter = |words: &[&str]| {
        desk.json(&[&["voter", "AA5", "--state", "nc", "--as", "rivera"], words].concat(), 0)
    };
    assert!(voter(&[]).to_string().contains("rivera__private"));
    let yes = [&destroy[..], &["--yes"]].concat();
    // Only the owner disposes of its data.
    desk.refuses(
        &[&yes[..], &["--as", "nc-party"]].concat(),
        2,
        "there is no key of private data of `rivera`",
    );
    let remote = key(&desk, "rivera", "data_director", &[]);
    let away = ["--server", "http://127.0.0.1:9", "--key-file", &remote];
    desk.refuses(&[&yes[..], &away].concat(), 2, "works on the data folder of this machine");

    let done = desk.json(&yes, 0);
    assert_eq!(
        (&done["owner"], &done["class"], &done["appends"]),
        (&json!("rivera"), &json!("private"), &json!(1))
    );
    let list = desk.json(&["append", "list", "--as", "rivera"], 0);
    let unreadable: Vec<bool> =
        list["appends"].as_array().unwrap().iter().map(|append| append["unreadable"].is_string()).collect();
    assert_eq!(unreadable.iter().filter(|unreadable| **unreadable).count(), 1, "{list}");
    assert!(
        desk.run(&["append", "list", "--as", "rivera"])
            .stdout
            .contains("unreadable: its key was destroyed on")
    );
    let after = voter(&[]).to_string();
    assert!(!after.contains("rivera__private") && after.contains("rivera__proprietary"), "{after}");
    desk.refuses(&yes, 2, "there is no key of private data of `rivera`");
    let records = desk.json(&["audit", "list", "--as", "rivera"], 0);
    let destroyed: Vec<&Value> = records["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|record| record["action"] == "key_destroyed")
        .collect();
    assert_eq!(destroyed.len(), 1);
    assert_eq!(
        (&destroyed[0]["principal"], &destroyed[0]["classes"]),
        (&json!("local"), &json!(["private"]))
    );
    // The next append begins with a new key.
    let file = desk.write("columns", "new.csv", "id,private\nAA5,72\n").display().to_string();
    let append = ["append", &file, "--state", "nc", "--owner", "rivera", "--class", "private", "--id", "id"];
    desk.json(&[&append[..], &["--as", "rivera"]].concat(), 0);
    assert!(voter(&[]).to_string().contains("rivera__private"));
}
