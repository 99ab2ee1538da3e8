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
    assert!(links.iter().any(|link| link.ends_with("/verify-a-log.md")), "{links:?}");
    let taken = links.iter().find(|link| link.starts_with("/log/nc-party/copy.tar?at=")).expect("a download");
    // Named by the page's own commands, and no other download is named so.
    let named = format!("nc-party-log-{}", taken.split_once("?at=").unwrap().1);
    assert_eq!(page.all("download")[0], format!("{named}.tar"));
    let visit = Visit::with_session(&serving, &token);
    let said = format!("content-disposition: attachment; filename=\"{named}.tar\"");
    assert!(visit.get(taken).head.contains(&said), "{said}");
    for other in ["", "?at=", "?at=../../etc/passwd", "?at=2026-11-22-14051%22", "?at=2026_11_22_140512"] {
        let head = visit.get(&format!("/log/nc-party/copy.tar{other}")).head;
        let (_, name) =
            head.split_once("filename=\"nc-party-log-20").unwrap_or_else(|| panic!("{other}: {head}"));
        assert_eq!(name.find(".tar\""), Some("26-11-22-140512".len()), "{other}: {head}");
    }
    let cookie = format!("__Host-hustings={token}");
    let (archive, away) = (desk.path("log.tar"), desk.path("away"));
    std::fs::write(&archive, bytes(&serving, taken, &cookie)).unwrap();
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
    let commands = format!(
        "cd ~/Downloads &amp;&amp; mkdir {named} &amp;&amp; tar -C {named} -xf {named}.tar &amp;&amp;\nsh {named}/nc-party-log/check.sh {}",
        key.trim()
    );
    for shown in [format!("Commands\">{commands}<"), format!("data-copy=\"{commands}\n\"")] {
        assert!(page.body.contains(&shown), "{shown}\n{}", page.body);
    }

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
