//! Logs as the program serves them: to whoever was told where, whole for other people's tools, and to nobody who guesses.

use crate::network::{Serving, party};
use crate::support::Desk;
use crate::visit::{Office, Visit};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

/// The bytes of an answer.
fn bytes(serving: &Serving, path: &str, cookie: &str) -> Vec<u8> {
    let host = serving.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    // Without chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nhost: {host}\r\ncookie: {cookie}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    assert!(answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200"), "{path}");
    answer.split_off(head + 4)
}

fn address(desk: &Desk, log: &str) -> String {
    let verified = desk.json(&["audit", "verify"], 0);
    let logs = verified["logs"].as_array().unwrap();
    let found = logs.iter().find(|found| found["log"] == log).unwrap();
    found["address"].as_str().unwrap().to_owned()
}

#[test]
fn a_log_answers_whoever_was_told_where_and_nobody_learns_whose_there_are() {
    let desk = party();
    desk.json(&["audit", "verify"], 0);
    let serving = Serving::of(&desk);
    let told = |path: &str| {
        let page = Visit::stranger(&serving).get(path);
        // Each stranger gets a form's secret of their own.
        let differs = |line: &&str| line.starts_with("date:") || line.starts_with("set-cookie:");
        let head: Vec<String> = page.head.lines().filter(|line| !differs(line)).map(str::to_owned).collect();
        (page.status, head, page.body)
    };
    // An organization that is there, one that is not, an id of nobody, and a file that the log does not have.
    let nobody = told(&format!("/logs/{}/checkpoint", "0".repeat(32)));
    assert_eq!(nobody.0, 404);
    let rivera = address(&desk, "rivera");
    for path in [
        "/logs/rivera/checkpoint".to_owned(),
        "/logs/platform/vkey".to_owned(),
        "/logs/no-such-campaign/checkpoint".to_owned(),
        format!("{rivera}/../platform/checkpoint"),
        format!("{rivera}/tile/0/999"),
        format!("{rivera}0/checkpoint"),
    ] {
        assert_eq!(told(&path), nobody, "{path}");
    }
    assert!(rivera.len() == "/logs/".len() + 32 && !rivera.contains("rivera"), "{rivera}");
    assert_ne!(rivera, address(&desk, "platform"));
    assert_eq!(told(&format!("{rivera}/checkpoint")).0, 200);
    let list = desk.json(&["audit", "list", "--as", "rivera"], 0);
    assert_eq!(list["address"], rivera.as_str());

    // Whoever was told where may confirm it.
    let url = format!("{}{rivera}", serving.url);
    let memory = desk.path("witness").display().to_string();
    let confirmed = desk.json(&["witness", "--log", &url, "--db", &memory], 0);
    assert!(confirmed["head"]["size"].as_u64().unwrap() > 0, "{confirmed}");
}

#[test]
fn a_log_is_taken_away_whole_and_verified_where_nothing_else_is() {
    let desk = party();
    // Enough for a full file, and files that larger ones took the place of.
    for number in 0..140 {
        desk.json(&["org", "list", "--as", "nc-party"], 0);
        if number % 20 == 0 {
            desk.json(&["audit", "verify"], 0);
        }
    }
    let (office, serving) = (Office::of(&desk), Serving::of(&desk));
    let (_, token) = office.sign_in("nc-party", "data_director");
    let page = Visit::with_session(&serving, &token).get("/log");
    assert!(
        page.body.contains(&address(&desk, "nc-party")) && !page.body.contains("\"/logs/nc-party"),
        "{}",
        page.body
    );
    let links = page.all("href");
    for link in
        ["/log/nc-party/copy.tar", links.iter().find(|link| link.ends_with("/verify-a-log.md")).unwrap()]
    {
        assert!(links.iter().any(|known| known == link), "{links:?}");
    }
    let cookie = format!("__Host-hustings={token}");
    let (archive, away) = (desk.path("log.tar"), desk.path("away"));
    std::fs::write(&archive, bytes(&serving, "/log/nc-party/copy.tar", &cookie)).unwrap();
    std::fs::create_dir(&away).unwrap();
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&away).status().unwrap();
    assert!(unpacked.success());

    let other = Desk::new();
    // With it goes what checks it, as it lies in our sources, and the page has the very commands.
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/verifier");
    for name in ["check.sh", "go.mod", "main.go", "second_opinion.py"] {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert!(read(&away.join("nc-party-log")) == read(&sources), "{name}");
    }
    assert!(away.join("nc-party-log/verify-a-log.md").is_file());
    let key = std::fs::read_to_string(away.join("nc-party-log/log/vkey")).unwrap();
    let (_, entries) = page.body.split_once("Commands\">mkdir nc-party-").unwrap();
    let entries: String = entries.chars().take_while(char::is_ascii_digit).collect();
    assert!(!entries.is_empty(), "{}", page.body);
    let folder = format!("nc-party-{entries}");
    let commands = format!(
        "mkdir {folder} &amp;&amp; tar -C {folder} -xf nc-party-log.tar &amp;&amp;\nsh {folder}/nc-party-log/check.sh {}",
        key.trim()
    );
    assert!(page.body.contains(&commands), "{commands}\n{}", page.body);

    let folder = away.join("nc-party-log/log").display().to_string();
    let verify = ["audit", "verify", "--log", &folder];
    let verified = other.json(&verify, 0);
    assert!(verified["logs"][0]["entries"].as_u64().unwrap() > 100, "{verified}");
    // What took another's place is not carried along; where it lies, and is served, it says what was signed.
    let log = desk.data().join("logs/nc-party");
    let smaller = log.join("tile/entries/000.p");
    let widths = std::fs::read_dir(&smaller).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert!(widths.len() > 1, "{widths:?}");
    let least = widths.iter().min_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut content = std::fs::read(least).unwrap();
    content[30] ^= 1;
    std::fs::write(least, content).unwrap();
    for verify in [&["audit", "verify"] as &[&str], &["audit", "verify", "--log", log.to_str().unwrap()]] {
        let found = desk.json(verify, 1);
        let logs = found["logs"].as_array().unwrap();
        let bad = logs.iter().find(|log| log["problems"] != Value::Array(Vec::new())).unwrap();
        assert_eq!(bad["problems"][0]["kind"], "superseded", "{bad:#}");
    }
}
