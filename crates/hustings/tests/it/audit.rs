//! Nothing is done without its record, whenever the plug is pulled, and no log is rewritten unseen.

use crate::crash::{crashes, killed, timed};
use crate::support::{Desk, names};
use hustings_audit::{Log, Signer};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn create(id: &str) -> [String; 5] {
    ["org", "create", id, "--kind", "ally"].map(str::to_owned)
}

fn organizations(desk: &Desk) -> BTreeSet<String> {
    let list = desk.json(&["org", "list"], 0);
    let ids = list["organizations"].as_array().unwrap().iter();
    ids.map(|organization| organization["id"].as_str().unwrap().to_owned()).collect()
}

/// The records of an action that the owner of the data folder may see, all of them.
fn records(desk: &Desk, action: &str) -> Vec<Value> {
    let list = desk.json(&["audit", "list", "--limit", "1000"], 0);
    let records = list["records"].as_array().unwrap().iter();
    records.filter(|record| record["action"] == action).cloned().collect()
}

/// Copies of the checkpoints of all logs, as somebody else would keep them.
fn keep(desk: &Desk, round: u32) -> Vec<String> {
    let logs = desk.data().join("logs");
    let kept = names(&logs).into_iter().filter_map(|log| {
        let copy = desk.path(&format!("kept-{log}-{round}"));
        fs::copy(logs.join(&log).join("checkpoint"), &copy).ok()?;
        Some(copy.to_str().unwrap().to_owned())
    });
    kept.collect()
}

#[test]
fn an_act_killed_at_any_moment_is_recorded_or_was_not_done() {
    let desk = Desk::new();
    let whole = timed(|| assert_eq!(desk.run(&["org", "create", "first", "--kind", "ally"]).code, 0));
    let mut kept = keep(&desk, 0);
    let (of, mut unfinished) = (crashes(), 0);
    for at in 0..of {
        let id = format!("ally-{at}");
        let arguments = create(&id);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ended = killed(&desk, &arguments, whole, at, of);
        unfinished += u32::from(!ended);
        let mut verify = vec!["audit", "verify"];
        kept.iter().for_each(|checkpoint| verify.extend(["--since", checkpoint.as_str()]));
        let verified = desk.json(&verify, 0);
        assert_eq!(verified["verified"], true);
        let there = organizations(&desk).contains(&id);
        assert!(there || !ended, "who says that it is done has done it");
        let created = records(&desk, "organization_created");
        let records = created.iter().filter(|record| record["about"] == id.as_str()).count();
        assert_eq!(records, usize::from(there), "no act without its record, no record without its act");
        kept = keep(&desk, at + 1);
    }
    assert!(unfinished > 0, "the plug was pulled while it ran");
}

/// Signs other entries with the log's own key, as whoever runs the machine could.
fn rewrite(folder: &Path, key: &Path) {
    let signer = Signer::from_secret_text(fs::read_to_string(key).unwrap().trim()).unwrap();
    let mut log = Log::create(signer).unwrap();
    let read = |path: &str| fs::read(folder.join(path)).unwrap();
    let checkpoint = String::from_utf8(read("checkpoint")).unwrap();
    let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let entries: Vec<Vec<u8>> = (0..size)
        .map(|index| {
            let entry =
                hustings_audit::tlog_proof::read_entry(&Folder(folder.to_path_buf()), index, size).unwrap();
            if index == 1 {
                let text = String::from_utf8(entry).unwrap();
                return text.replace("\"time\":\"2", "\"time\":\"3").into_bytes();
            }
            entry
        })
        .collect();
    fs::remove_dir_all(folder.join("tile")).unwrap();
    let batch = log.append(&entries).unwrap();
    for file in batch.files() {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
    let sealed = log.seal(batch).unwrap();
    fs::write(folder.join("checkpoint"), sealed.checkpoint.bytes).unwrap();
}

struct Folder(PathBuf);

impl hustings_audit::Files for Folder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.0.join(path)).ok()
    }
}

#[test]
fn a_rewritten_log_is_caught_by_the_database_a_kept_checkpoint_and_a_witness() {
    let desk = Desk::new();
    for id in ["one", "two", "three"] {
        assert_eq!(desk.run(&["org", "create", id, "--kind", "ally"]).code, 0);
    }
    let folder = desk.data().join("logs/local");
    let log = folder.to_str().unwrap();
    let kept = keep(&desk, 0);
    let kept = kept.iter().find(|path| path.contains("kept-local")).unwrap();
    let memory = desk.path("witness");
    let witness = ["witness", "--log", log, "--db", memory.to_str().unwrap()];
    let confirmed = desk.json(&witness, 0);
    assert_eq!(confirmed["before"], Value::Null);
    assert_eq!(desk.json(&["audit", "verify", "--log", log, "--since", kept], 0)["verified"], true);

    // A byte of an entry.
    let bundles = folder.join("tile/entries/000.p");
    let last = names(&bundles).into_iter().max_by_key(|name| name.parse::<u32>().unwrap()).unwrap();
    let bundle = bundles.join(last);
    let before = fs::read(&bundle).unwrap();
    let mut changed = before.clone();
    changed[20] ^= 1;
    fs::write(&bundle, changed).unwrap();
    let found = desk.json(&["audit", "verify", "--log", log], 1);
    assert_eq!(found["logs"][0]["first_bad"], serde_json::json!([0, 1]));
    desk.json(&["audit", "verify"], 1);
    fs::write(&bundle, before).unwrap();

    // Entries, hashes and signature: good for who kept nothing, and for nobody else.
    let keys = desk.data().join("keys");
    let key = names(&keys).into_iter().find(|name| name.starts_with("local-")).unwrap();
    rewrite(&folder, &keys.join(key));
    assert_eq!(desk.json(&["audit", "verify", "--log", log], 0)["verified"], true);
    let found = desk.json(&["audit", "verify", "--log", log, "--since", kept], 1);
    assert_eq!(found["logs"][0]["problems"][0]["kind"], "rewritten");
    let all = desk.json(&["audit", "verify"], 1);
    let local = all["logs"].as_array().unwrap().iter().find(|found| found["log"] == "local").unwrap();
    assert!(local["first_bad"].is_array(), "{local}");
    desk.refuses(&witness, 1, "not confirmed");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().file_name()) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(from, to).map(drop).unwrap() }
    }
}

/// Entries of the owner's log.
fn entries(desk: &Desk) -> u64 {
    let verified = desk.json(&["audit", "verify"], 0);
    let logs = verified["logs"].as_array().unwrap();
    logs.iter().find(|log| log["log"] == "local").unwrap()["entries"].as_u64().unwrap()
}

#[test]
fn a_machine_rewritten_throughout_is_caught_by_whoever_kept_a_checkpoint() {
    let desk = Desk::new();
    let act = |id: &str| assert_eq!(desk.run(&["org", "create", id, "--kind", "ally"]).code, 0);
    ["one", "two"].into_iter().for_each(act);
    let common = entries(&desk);
    let past = desk.path("past");
    copy(&desk.data(), &past);
    ["three", "four"].into_iter().for_each(act);
    let kept = keep(&desk, 0);
    let kept = kept.iter().find(|path| path.contains("kept-local")).unwrap();
    desk.json(&["audit", "verify", "--since", kept], 0);

    // From some day on something else has happened: in the database, its details, the entries, and under the same key.
    fs::remove_dir_all(desk.data()).unwrap();
    fs::rename(&past, desk.data()).unwrap();
    ["three", "five", "six"].into_iter().for_each(act);
    assert_eq!(desk.json(&["audit", "verify"], 0)["verified"], true, "nobody who kept nothing can tell");
    let log = desk.data().join("logs/local");
    let folder = ["audit", "verify", "--log", log.to_str().unwrap(), "--since", kept];
    for verify in [&["audit", "verify", "--since", kept] as &[&str], &folder] {
        let found = desk.json(verify, 1);
        assert_eq!(found["verified"], false);
        let logs = found["logs"].as_array().unwrap();
        let bad = logs.iter().find(|log| log["first_bad"].is_array()).unwrap();
        assert_eq!(bad["problems"][0]["kind"], "rewritten", "{bad:#}");
        let first = bad["first_bad"][0].as_u64().unwrap()..bad["first_bad"][1].as_u64().unwrap();
        assert!(first.contains(&common), "{first:?} holds the first entry that differs, {common}");
        let told = desk.run(verify);
        assert!(told.code == 1 && told.stdout.contains("first bad entry: "), "{told:?}");
    }
}

#[test]
fn an_entry_is_proved_to_who_has_nothing_but_the_key() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["org", "create", "one", "--kind", "ally"]).code, 0);
    let record = records(&desk, "organization_created")[0]["record"].as_str().unwrap().to_owned();
    let (proof, key) = (desk.path("one.tlog-proof"), desk.path("vkey"));
    let (proof, key) = (proof.to_str().unwrap(), key.to_str().unwrap());
    let proved = desk.json(&["audit", "prove", &record, "--out", proof], 0);
    assert_eq!(proved["log"], "local");
    fs::copy(desk.data().join("logs/local/vkey"), key).unwrap();
    let other = Desk::new();
    let checked = other.json(&["audit", "check", proof, "--vkey", key], 0);
    assert!(checked["entry"].as_str().unwrap().contains(&record));
    assert!(!other.data().join("platform.db").exists(), "offline");
    other.refuses(&["audit", "check", proof], 2, "--vkey");
    let forged = fs::read_to_string(proof).unwrap().replacen("extra e", "extra f", 1);
    fs::write(proof, forged).unwrap();
    other.refuses(&["audit", "check", proof, "--vkey", key], 1, "proves nothing");
    desk.refuses(&["audit", "prove", "r-0123", "--out", proof], 2, "has no record `r-0123`");
    // Another organization's record is as one that never was.
    desk.refuses(&["--as", "one", "audit", "prove", "r-0123", "--out", proof], 2, "has no record `r-0123`");
}
