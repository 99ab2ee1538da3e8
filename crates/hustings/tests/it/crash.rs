//! The plug is pulled, the disk is full, two come at once: the last good snapshot stays current, and the next load
//! succeeds.

use crate::support::{Answer, Desk, Row, names, number, skipped, voters};
use hustings_testkit::synth::nc::{NcOptions, Trouble};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often the plug is pulled: 20 times, or as often as `HUSTINGS_CRASHES` says.
pub fn crashes() -> u32 {
    std::env::var("HUSTINGS_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// Runs the program and kills it after a share of `whole`. Returns whether it came to its end before.
pub fn killed(desk: &Desk, arguments: &[&str], whole: Duration, at: u32, of: u32) -> bool {
    let mut command = desk.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(whole * (2 * at + 1) / (2 * of));
    // SIGKILL: nothing can be tidied up.
    child.kill().unwrap();
    child.wait().unwrap().success()
}

pub fn timed(run: impl FnOnce()) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

/// Everything that a reader may ask of the current snapshot works.
#[track_caller]
fn is_readable(desk: &Desk) {
    let report = desk.json(&["report", "--state", "nc"], 0);
    assert_eq!(report["summary"]["snapshot"].as_str(), desk.current().as_deref());
    desk.json(&["changes", "--state", "nc", "--limit", "1"], 0);
    desk.json(&["quarantine", "--state", "nc", "--limit", "1"], 0);
    let voters = desk.voters();
    let now: u64 = report["counties"].as_array().unwrap().iter().map(|county| number(county, "/now")).sum();
    let on_the_list = voters.values().filter(|voter| !voter.contains_key("dropped_at")).count();
    assert_eq!(now, on_the_list as u64);
    let id = voters.keys().next().unwrap();
    desk.json(&["voter", id, "--state", "nc"], 0);
}

/// Nothing lies in the state's folder but the snapshots that the list names.
#[track_caller]
fn no_litter(desk: &Desk) {
    let list = desk.json(&["snapshots", "--state", "nc"], 0);
    let folders = list["snapshots"].as_array().unwrap().iter().map(|row| row["folder"].as_str().unwrap());
    let mut known: Vec<PathBuf> = folders.map(PathBuf::from).collect();
    known.sort();
    let state = desk.data().join("voterfile/nc");
    let mut there: Vec<PathBuf> = Vec::new();
    for folder in [state.clone(), state.join("held")] {
        there.extend(names(&folder).into_iter().filter(|name| name != "held").map(|name| folder.join(name)));
    }
    there.sort();
    assert_eq!(there, known);
    for folder in known {
        let files = [
            "ballots.parquet",
            "changes.parquet",
            "manifest.json",
            "quarantine.parquet",
            "report.json",
            "voters.parquet",
            "votes.parquet",
        ];
        // What look-ups ask lies beside the one that is current.
        let found: Vec<String> = names(&folder).into_iter().filter(|name| name != "match.base").collect();
        assert_eq!(found, files, "{}", folder.display());
    }
}

/// The voters without our own numbers, which depend on what was tried before.
fn comparable(desk: &Desk) -> BTreeMap<String, Row> {
    let mut voters = desk.voters();
    for voter in voters.values_mut() {
        voter.remove("voter_id");
    }
    voters
}

#[test]
fn a_load_killed_at_any_moment_leaves_the_last_good_snapshot_current() {
    let desk = Desk::new();
    let control = Desk::new();
    let weeks = desk.weeks(&NcOptions { voters: 400, weeks: 2, ..NcOptions::default() });
    let folders: Vec<&str> = weeks.iter().map(|week| week.folder.to_str().unwrap()).collect();
    let first = desk.load(folders[0], 0)["snapshot"].as_str().unwrap().to_owned();
    control.load(folders[0], 0);
    let mut second = String::new();
    let whole = timed(|| second = control.load(folders[1], 0)["snapshot"].as_str().unwrap().to_owned());
    let of = crashes();
    let mut finished = 0;
    for at in 0..of {
        let ended = killed(&desk, &["load", folders[1], "--state", "nc"], whole, at, of);
        let current = desk.current().unwrap();
        assert!(current == first || current == second, "{current}");
        assert!(!ended || current == second, "who says that it is done has done it");
        is_readable(&desk);
        if current == second {
            finished += 1;
            desk.json(&["load", "--undo", "--state", "nc"], 0);
        }
    }
    assert!(finished < of, "the plug was pulled while it ran");
    assert_eq!(desk.load(folders[1], 0)["snapshot"].as_str(), Some(second.as_str()));
    is_readable(&desk);
    no_litter(&desk);
    assert_eq!(comparable(&desk), comparable(&control), "as if nothing had happened");
}

#[test]
fn accepting_and_undoing_killed_at_any_moment_are_done_or_not_done() {
    let desk = Desk::new();
    let trouble = Trouble { unknown_status: 3, ..Trouble::default() };
    let weeks = desk.weeks(&NcOptions { voters: 120, weeks: 2, trouble, ..NcOptions::default() });
    let folders: Vec<&str> = weeks.iter().map(|week| week.folder.to_str().unwrap()).collect();
    let first = desk.load(folders[0], 0)["snapshot"].as_str().unwrap().to_owned();
    let second = desk.load(folders[1], 1)["snapshot"].as_str().unwrap().to_owned();
    let accept = ["load", folders[1], "--state", "nc", "--accept-held", "known"];
    let undo = ["load", "--undo", "--state", "nc"];
    let accepting = timed(|| assert_eq!(desk.run(&accept).code, 0));
    let undoing = timed(|| assert_eq!(desk.run(&undo).code, 0));
    let of = crashes().div_ceil(2);
    for at in 0..of {
        // An undone snapshot is not held again: from the beginning.
        std::fs::remove_dir_all(desk.data()).unwrap();
        desk.load(folders[0], 0);
        desk.load(folders[1], 1);
        killed(&desk, &accept, accepting, at, of);
        let list = desk.json(&["snapshots", "--state", "nc"], 0);
        let accepted = list["snapshots"][0]["is_current"] == true;
        assert_eq!(list["snapshots"][0]["status"], if accepted { "published" } else { "held" });
        assert_eq!(desk.current().as_deref(), Some(if accepted { &second } else { &first }.as_str()));
        is_readable(&desk);
        // Whatever was left half-way is mended by the next who works on the state.
        let again = desk.json(&accept, 0);
        assert_eq!(again["gate"]["status"], "accepted");
        assert_eq!(desk.current().as_deref(), Some(second.as_str()));
        no_litter(&desk);

        killed(&desk, &undo, undoing, at, of);
        is_readable(&desk);
        if desk.current().as_deref() == Some(second.as_str()) {
            desk.json(&undo, 0);
        }
        assert_eq!(desk.current().as_deref(), Some(first.as_str()));
        no_litter(&desk);
    }
}

/// A stopped process that goes on when this is dropped.
struct Stopped(u32);

impl Stopped {
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.0.to_string()]).status().unwrap().success());
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_second_of_two_loads_at_once_is_told_who_has_the_lock() {
    let desk = Desk::new();
    let weeks = desk.weeks(&NcOptions { voters: 2_000, weeks: 1, ..NcOptions::default() });
    let folder = weeks[0].folder.to_str().unwrap();
    desk.deliver("other", &voters(1, 3), &[]);
    let first = desk
        .command(&["load", folder, "--state", "nc"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    // From its staging folder on it is in the middle of its work, and the database is free.
    while desk.state_folder().is_empty() {
        assert!(Instant::now() < deadline, "the first load locks the state");
        std::thread::sleep(Duration::from_millis(1));
    }
    let stopped = Stopped(first.id());
    stopped.signal("-STOP");
    desk.refuses(&["load", "other", "--state", "nc"], 3, &format!("process {} on", first.id()));
    desk.refuses(&["load", "--undo", "--state", "nc"], 3, "wait until it ends");
    // Readers do not wait for anybody.
    assert_eq!(desk.current(), None);
    drop(stopped);
    assert_eq!(Answer::of(first.wait_with_output().unwrap()).code, 0);
    assert!(desk.current().is_some());
}

/// A small disk in memory; gone when this is dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn mount(at: &Path, size: &str) -> Result<Self, String> {
        fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at);
        let output = command.output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_recorded_is_not_shown_on_a_full_disk() {
    let desk = Desk::new();
    let disk = match SmallDisk::mount(&desk.data(), "8m") {
        Ok(disk) => disk,
        Err(why) => return skipped("reading on a full disk", &format!("no tmpfs can be mounted: {why}")),
    };
    desk.deliver("2026-02-07", &crate::support::voters(1, 20), &[]);
    let loaded = desk.load("2026-02-07", 0);
    // As after a copy of the folder: without the files that SQLite makes beside the database while it is open.
    for name in ["platform.db-shm", ".opening"] {
        let _ = fs::remove_file(desk.data().join(name));
    }
    // Written until nothing more fits.
    let _ = fs::write(desk.data().join("filler"), vec![1; 9 << 20]);
    assert!(fs::write(desk.data().join("more"), [1; 8]).is_err(), "the disk is full");
    for verb in [&["snapshots"] as &[&str], &["report"], &["changes"], &["quarantine"], &["voter", "AA7"]] {
        desk.refuses(&[verb, &["--state", "nc"]].concat(), 3, "no space left");
    }
    // What writes says why it cannot.
    desk.refuses(&["load", "2026-02-07", "--state", "nc"], 3, "no space left");
    fs::remove_file(desk.data().join("filler")).unwrap();
    assert_eq!(desk.json(&["report", "--state", "nc"], 0)["summary"], loaded, "nothing has changed");
    drop(disk);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_nothing_is_half_current() {
    let desk = Desk::new();
    let disk = match SmallDisk::mount(&desk.data(), "8m") {
        Ok(disk) => disk,
        Err(why) => return skipped("a full disk", &format!("no tmpfs can be mounted: {why}")),
    };
    let weeks = desk.weeks(&NcOptions { voters: 1_500, weeks: 2, ..NcOptions::default() });
    let folders: Vec<&str> = weeks.iter().map(|week| week.folder.to_str().unwrap()).collect();
    let first = desk.load(folders[0], 0);
    let filler = desk.data().join("filler");
    let free = || {
        let output = Command::new("df").args(["-k", "--output=avail"]).arg(desk.data()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().nth(1).unwrap().trim().parse::<usize>().unwrap()
    };
    for kilobytes in [0, 16, 40, 100, 150, 200] {
        let fill = free().saturating_sub(kilobytes) << 10;
        // The very last bytes may be refused: what was wished for is a full disk.
        let _ = fs::write(&filler, vec![1; fill]);
        let answer = desk.run(&["load", folders[1], "--state", "nc"]);
        assert_eq!(answer.code, 3, "{kilobytes} kB free: {answer:#?}");
        let mut said: Vec<&str> = answer.stderr.trim_end().lines().collect();
        assert!(
            said.pop().is_some_and(|last| last.contains("no space left")),
            "{kilobytes} kB free: {answer:#?}"
        );
        // What is on record already, and not in the log's folder yet, waits there for room, too.
        assert!(said.iter().all(|line| line.starts_with("hustings: warning: the logs wait")), "{answer:#?}");
        fs::remove_file(&filler).unwrap();
        assert_eq!(desk.current().as_deref(), first["snapshot"].as_str(), "{kilobytes} kB free");
        is_readable(&desk);
    }
    desk.load(folders[1], 0);
    is_readable(&desk);
    no_litter(&desk);
    drop(disk);
}
