//! The disk is full, or does not keep what it was given: what cannot be recorded is refused, and never released.

use crate::acts_killed::{Kind, is_recorded, logs_hold, recorded};
use crate::crash::SmallDisk;
use crate::network::{Serving, furnish, key};
use crate::support::{Answer, Desk, skipped, voters};
use std::fs;
use std::process::Command;

/// A party with a list on a desk.
fn with_list(desk: &Desk) {
    furnish(desk);
    desk.deliver("week", &voters(1, 30), &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
}

const GIVE: &str = r#"{"to":"rivera","state":"nc","classes":["base"],"purposes":["voter_contact"],"exportable":true,
    "until":"2099-01-01T00:00:00Z"}"#;

#[cfg(target_os = "linux")]
#[test]
fn a_server_on_a_full_disk_releases_nothing_and_goes_on_when_there_is_room() {
    let desk = Desk::new();
    let _disk = match SmallDisk::mount(&desk.data(), "16m") {
        Ok(disk) => disk,
        Err(why) => return skipped("serving on a full disk", &format!("no tmpfs can be mounted: {why}")),
    };
    with_list(&desk);
    let director = fs::read_to_string(key(&desk, "nc-party", "data_director", &[])).unwrap();
    let director = format!("Bearer {}", director.trim());
    let shown_with = [("authorization", director.as_str()), ("content-type", "application/json")];
    let serving = Serving::of(&desk);
    let read = || serving.raw("POST", "/api/v1/voters/find", &shown_with, r#"{"state":"nc","id":"AA7"}"#);
    let (status, _, body) = read();
    assert!(status == 200 && body.contains("MAIN ST"), "{body}");
    let grants = Kind::GrantCreate.effects(&desk);
    let (reads, _) = recorded(&desk, "nc-party", "read");

    let filler = desk.data().join("filler");
    let fill = || {
        // Written until nothing more fits.
        let _ = fs::write(&filler, vec![1; 17 << 20]);
        assert!(fs::write(desk.data().join("more"), [1; 8]).is_err(), "the disk is full");
    };
    fill();
    // What the database has claimed before may still take some records; then nothing is answered.
    let (mut shown, mut given, mut refused) = (0, 0, 0);
    for _ in 0..250 {
        for (method, path, body) in [
            ("POST", "/api/v1/voters/find", r#"{"state":"nc","id":"AA7"}"#),
            ("GET", "/api/v1/states/nc/changes", ""),
            ("POST", "/api/v1/grants", GIVE),
        ] {
            let (status, head, answer) = serving.raw(method, path, &shown_with, body);
            if status == 200 {
                shown += usize::from(path != "/api/v1/grants");
                given += usize::from(path == "/api/v1/grants");
                continue;
            }
            assert!(status >= 500, "{path}: {head}\n{answer}");
            for data in ["MAIN ST", "WINDOM", "AA7", "DURHAM"] {
                assert!(!answer.contains(data), "{path}: {answer}");
            }
            refused += 1;
        }
        if refused >= 60 {
            break;
        }
    }
    assert!(refused >= 60, "{refused} refused, {shown} shown, {given} given");
    // The file of an export is on another disk, with room for it.
    let out = desk.path("list.csv");
    for arguments in [
        &["export", "--state", "nc", "--class", "base", "--format", "csv", "--out", "list.csv"] as &[&str],
        &["voter", "AA7", "--state", "nc"],
        &["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base", "--until", "2099-01-01"],
    ] {
        desk.refuses(&[arguments, &["--as", "nc-party"]].concat(), 3, "no space left");
    }
    assert!(!out.exists());

    fs::remove_file(&filler).unwrap();
    let (status, _, body) = read();
    assert!(status == 200 && body.contains("MAIN ST"), "it goes on: {body}");
    drop(serving);
    let after = Kind::GrantCreate.effects(&desk);
    assert_eq!(after.difference(&grants).count(), given, "what was refused was not done");
    is_recorded(&desk, Kind::GrantCreate, &after);
    let recorded = recorded(&desk, "nc-party", "read").0;
    assert!(recorded > reads + shown, "{recorded} records: {reads} before, {shown} shown");
    logs_hold(&desk, &mut Vec::new(), 1);
}

/// Runs the program while the system says of every write from the `from`th of a thread on that it did not reach the disk.
#[cfg(target_os = "linux")]
fn run_on_failing_disk(desk: &Desk, arguments: &[&str], from: u32) -> Answer {
    let program = desk.command(arguments);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,sync_file_range", "-e"]);
    command.arg(format!("inject=fsync,fdatasync:error=EIO:when={from}+"));
    command.arg(program.get_program()).args(program.get_args()).current_dir(desk.path(""));
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Answer::of(command.output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_disk_did_not_keep_is_not_shown_and_not_done() {
    let is_there = Command::new("strace").args(["-e", "trace=none", "-o", "/dev/null", "true"]).status();
    if !is_there.is_ok_and(|status| status.success()) {
        return skipped("a disk that keeps nothing", "the program strace cannot be run");
    }
    let desk = Desk::new();
    with_list(&desk);
    let as_party =
        |line: &str| format!("{line} --as nc-party").split(' ').map(str::to_owned).collect::<Vec<_>>();
    let export = as_party("export --state nc --class base --format csv --out list.csv");
    let voter = as_party("voter AA7 --state nc");
    let grant = as_party("grant create --to rivera --state nc --classes base --until 2099-01-01 --json");
    let (mut refused, mut released) = (0, 0);
    let mut count = |answer: &Answer| match answer.code {
        0 => released += 1,
        3 => refused += 1,
        _ => panic!("{answer:?}"),
    };
    for from in 1..=7 {
        let run = |words: &[String]| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            run_on_failing_disk(&desk, &words, from)
        };
        let (reads, _) = recorded(&desk, "nc-party", "read");
        let answer = run(&voter);
        count(&answer);
        let shown = answer.stdout.contains("MAIN ST");
        assert_eq!(shown, answer.code == 0, "{from}: {answer:?}");
        assert!(from > 1 || !shown, "nothing was kept at all: {answer:?}");
        let recorded_reads = recorded(&desk, "nc-party", "read").0;
        assert!(recorded_reads >= reads + usize::from(shown), "{from}: shown without a record: {answer:?}");

        let (exports, _) = recorded(&desk, "nc-party", "export");
        let answer = run(&export);
        count(&answer);
        let out = desk.path("list.csv");
        assert!(!out.exists() || recorded(&desk, "nc-party", "export").0 > exports, "{from}: {answer:?}");
        assert!(out.exists() || answer.code == 3, "{from}: {answer:?}");
        assert!(from > 1 || !out.exists(), "nothing was kept at all: {answer:?}");
        let _ = fs::remove_file(&out);

        let before = Kind::GrantCreate.effects(&desk);
        let answer = run(&grant);
        count(&answer);
        let after = Kind::GrantCreate.effects(&desk);
        is_recorded(&desk, Kind::GrantCreate, &after);
        let new = after.difference(&before).count();
        assert!(new == usize::from(answer.code == 0) || answer.code == 3, "{from}: {answer:?}");
        assert!(from > 1 || new == 0, "nothing was kept at all: {answer:?}");
        logs_hold(&desk, &mut Vec::new(), from);
    }
    assert!(refused >= 3 && released > 0, "{refused} refused, {released} released");
}
