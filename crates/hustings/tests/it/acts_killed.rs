//! Acts of every kind, killed at any moment: what was acknowledged is there, nothing is there without its record, and the
//! logs verify against what somebody kept of them before.

use crate::crash::{crashes, killed, timed};
use crate::network::{Serving, key, party};
use crate::support::{Desk, names, voters};
use hustings_access::{OrganizationId, Role};
use hustings_store::Store;
use hustings_store::access::Acting;
use hustings_store::access::api_key::NewApiKey;
use hustings_store::access::grant::NewGrant;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// The kinds of acts, each of which changes something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    GrantCreate,
    GrantRevoke,
    Append,
    Export,
    UserDisable,
    KeyRevoke,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::GrantCreate,
        Self::GrantRevoke,
        Self::Append,
        Self::Export,
        Self::UserDisable,
        Self::KeyRevoke,
    ];

    fn organization(self) -> &'static str {
        match self {
            Self::GrantCreate | Self::GrantRevoke => "nc-party",
            _ => "rivera",
        }
    }

    /// The word of its record.
    fn record(self) -> &'static str {
        match self {
            Self::GrantCreate => "grant_created",
            Self::GrantRevoke => "grant_revoked",
            Self::Append => "appended",
            Self::Export => "export",
            Self::UserDisable => "user_disabled",
            Self::KeyRevoke => "api_key_revoked",
        }
    }

    /// The act for the `number`th time; `subject` is what it is done to.
    fn command(self, desk: &Desk, subject: &str, number: u32) -> Vec<String> {
        let line = match self {
            Self::GrantCreate => {
                "grant create --to chen --state nc --classes base --until 2099-01-01".to_owned()
            }
            Self::GrantRevoke => format!("grant revoke {subject}"),
            Self::Append => {
                let file = format!("score-{number}.csv");
                desk.write("in", &file, format!("id,score_{number}\nAA1,{number}\nAA2,7\n"));
                format!("append in/{file} --state nc --owner rivera --class private --id id")
            }
            Self::Export => {
                format!("export --state nc --class base --format csv --out out/list-{number}.csv")
            }
            Self::UserDisable => format!("user disable {subject}"),
            Self::KeyRevoke => format!("key revoke {subject}"),
        };
        let words = format!("{line} --as {}", self.organization());
        words.split(' ').map(str::to_owned).collect()
    }

    /// What is there of its effects, by id.
    pub fn effects(self, desk: &Desk) -> BTreeSet<String> {
        let list = |arguments: &str, pointer: &str| {
            let words = format!("{arguments} --as {}", self.organization());
            let words: Vec<&str> = words.split(' ').collect();
            let list = desk.json(&words, 0);
            list[pointer].as_array().unwrap_or_else(|| panic!("{list:#}")).clone()
        };
        let ids = |rows: Vec<Value>| rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        let with =
            |rows: Vec<Value>, holds: fn(&Value) -> bool| ids(rows.into_iter().filter(holds).collect());
        match self {
            Self::GrantCreate => ids(list("grant list", "given")),
            Self::GrantRevoke => with(list("grant list", "given"), |grant| grant["revoked_at"].is_string()),
            Self::Append => ids(list("append list", "appends")),
            Self::Export => {
                names(&desk.path("out")).into_iter().filter(|name| !name.starts_with('.')).collect()
            }
            Self::UserDisable => with(list("user list", "users"), |user| user["disabled"] == true),
            Self::KeyRevoke => with(list("key list", "keys"), |key| key["revoked_at"].is_string()),
        }
    }
}

/// Everything in the log of an organization under one word: how many, and about what.
pub fn recorded(desk: &Desk, organization: &str, action: &str) -> (usize, BTreeSet<String>) {
    let (mut count, mut about) = (0, BTreeSet::new());
    let mut before: Option<String> = None;
    loop {
        let mut arguments = vec!["audit", "list", "--limit", "1000", "--as", organization];
        arguments.extend(before.iter().flat_map(|before| ["--before", before]));
        let list = desk.json(&arguments, 0);
        let records = list["records"].as_array().unwrap();
        let Some(last) = records.last() else { return (count, about) };
        before = last["record"].as_str().map(str::to_owned);
        for record in records.iter().filter(|record| record["action"] == action) {
            count += 1;
            about.extend(record["about"].as_str().map(str::to_owned));
        }
    }
}

/// No act without its record; and where an act is done in its record's transaction, no record without its act.
#[track_caller]
pub fn is_recorded(desk: &Desk, kind: Kind, effects: &BTreeSet<String>) {
    let (count, about) = recorded(desk, kind.organization(), kind.record());
    if kind == Kind::Export {
        assert!(effects.len() <= count, "{kind:?}: {count} records: {effects:?}");
    } else {
        assert_eq!((&about, count), (effects, effects.len()), "{kind:?}");
    }
}

/// Verifies all logs against the database and against what was kept before; keeps what they are now.
#[track_caller]
pub fn logs_hold(desk: &Desk, kept: &mut Vec<String>, round: u32) {
    let mut verify = vec!["audit", "verify"];
    kept.iter().for_each(|checkpoint| verify.extend(["--since", checkpoint.as_str()]));
    let found = desk.json(&verify, 0);
    assert_eq!(found["verified"], true);
    for log in found["logs"].as_array().unwrap() {
        // The outbox and the logs hold the same.
        assert_eq!((&log["missing"], &log["without_details"]), (&Value::from(0), &Value::from(0)), "{log:#}");
        assert_eq!(log["head"]["size"], log["entries"], "{log:#}");
    }
    let logs = desk.data().join("logs");
    kept.clear();
    for log in names(&logs) {
        let copy = desk.path(&format!("kept-{log}-{round}"));
        if fs::copy(logs.join(&log).join("checkpoint"), &copy).is_ok() {
            kept.push(copy.to_str().unwrap().to_owned());
        }
    }
}

/// A party that gave a campaign its list, with as many grants, people and keys as are wanted.
struct Stage {
    desk: Desk,
    grants: Vec<String>,
    users: Vec<String>,
    keys: Vec<String>,
}

impl Stage {
    fn new(wanted: u32) -> Self {
        let desk = party();
        desk.deliver("week", &voters(1, 30), &[]);
        desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
        fs::create_dir(desk.path("out")).unwrap();
        let store = async { Store::open(&desk.data(), None).await.unwrap() };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (grants, users, keys) = runtime.block_on(async {
            let store = store.await;
            let [party, rivera]: [OrganizationId; 2] = ["nc-party", "rivera"].map(|id| id.parse().unwrap());
            let (by_party, by_rivera) = (Acting::local(party), Acting::local(rivera.clone()));
            let until = Timestamp::now().checked_add(SignedDuration::from_hours(24 * 30)).unwrap();
            let (mut grants, mut users, mut keys) = (Vec::new(), Vec::new(), Vec::new());
            for number in 0..=wanted {
                let grant = NewGrant {
                    grantee: rivera.clone(),
                    state: "nc".parse().unwrap(),
                    classes: [hustings_core::FieldClass::Base].into(),
                    columns: [].into(),
                    counties: None,
                    purposes: [hustings_access::Purpose::VoterContact].into(),
                    exportable: true,
                    not_before: None,
                    until,
                };
                grants.push(store.create_grant(&by_party, &grant).await.unwrap().id.to_string());
                let (email, name) = (format!("p{number}@example.org"), format!("Person {number}"));
                let roles = [Role::Organizer].into();
                let user = store.demo_user(&rivera, &email, &name, &roles, &BTreeSet::new()).await.unwrap();
                users.push(user.to_string());
                let key = NewApiKey { name, role: Role::Organizer, grant: None, until };
                keys.push(store.create_api_key(&by_rivera, &rivera, &key).await.unwrap().0.id.to_string());
            }
            (grants, users, keys)
        });
        Self { desk, grants, users, keys }
    }

    fn command(&self, kind: Kind, number: u32) -> Vec<String> {
        let subjects = match kind {
            Kind::GrantRevoke => &self.grants,
            Kind::UserDisable => &self.users,
            _ => &self.keys,
        };
        kind.command(&self.desk, &subjects[usize::try_from(number).unwrap()], number)
    }
}

#[test]
fn acts_of_every_kind_killed_at_any_moment_are_recorded_or_were_not_done() {
    let kinds = u32::try_from(Kind::ALL.len()).unwrap();
    // At least four moments of each act.
    let of = crashes().div_ceil(kinds).max(4);
    let stage = Stage::new(of + 1);
    let desk = &stage.desk;
    let mut kept = Vec::new();
    logs_hold(desk, &mut kept, 0);
    let (mut unfinished, mut round) = (0, 0);
    for kind in Kind::ALL {
        let words = |number| stage.command(kind, number);
        let run = |words: &[String]| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(desk.run(&words).code, 0, "{words:?}");
        };
        let first = words(of);
        let whole = timed(|| run(&first));
        let mut before = kind.effects(desk);
        is_recorded(desk, kind, &before);
        for at in 0..of {
            round += 1;
            let words = words(at);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let ended = killed(desk, &words, whole, at, of);
            unfinished += u32::from(!ended);
            logs_hold(desk, &mut kept, round);
            let after = kind.effects(desk);
            assert!(before.is_subset(&after), "{kind:?}: {words:?}: what was there before is there");
            let new = after.difference(&before).count();
            assert!(new <= 1 && (new == 1 || !ended), "{kind:?}: who says that it is done has done it once");
            is_recorded(desk, kind, &after);
            before = after;
        }
        // Nothing that a killed one left stands in the way of the next.
        run(&words(of + 1));
    }
    assert!(unfinished > 0, "the plug was pulled while it ran");
}

#[test]
fn a_server_killed_under_requests_loses_nothing_that_it_answered() {
    let desk = party();
    desk.deliver("week", &voters(1, 30), &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let director = fs::read_to_string(key(&desk, "nc-party", "data_director", &[])).unwrap();
    let director = format!("Bearer {}", director.trim());
    let (mut kept, mut answered) = (Vec::new(), Answered::default());
    logs_hold(&desk, &mut kept, 0);
    for round in 1..=crashes() {
        let mut serving = Serving::of(&desk);
        let now = under_requests(&mut serving, &director, round);
        answered.add(now);
        logs_hold(&desk, &mut kept, round);
        let grants = Kind::GrantCreate.effects(&desk);
        is_recorded(&desk, Kind::GrantCreate, &grants);
        assert!(answered.created.is_subset(&grants), "round {round}: a grant was lost");
        let revoked = Kind::GrantRevoke.effects(&desk);
        is_recorded(&desk, Kind::GrantRevoke, &revoked);
        assert!(answered.revoked.is_subset(&revoked), "round {round}: a revocation was lost");
        let (reads, _) = recorded(&desk, "nc-party", "read");
        assert!(reads >= answered.reads, "round {round}: {reads} records of {} answers", answered.reads);
    }
    assert!(answered.reads > 0 && !answered.created.is_empty(), "it answered until it was killed");
}

/// What was acknowledged before the plug was pulled.
#[derive(Debug, Default)]
struct Answered {
    created: BTreeSet<String>,
    revoked: BTreeSet<String>,
    reads: usize,
}

impl Answered {
    fn add(&mut self, more: Self) {
        self.created.extend(more.created);
        self.revoked.extend(more.revoked);
        self.reads += more.reads;
    }
}

/// Asks and acts from two sides until the server is killed in the middle.
fn under_requests(serving: &mut Serving, bearer: &str, round: u32) -> Answered {
    let shown = [("authorization", bearer), ("content-type", "application/json")];
    let body = r#"{"to":"rivera","state":"nc","classes":["base"],"purposes":["voter_contact"],"exportable":true,
        "until":"2099-01-01T00:00:00Z"}"#;
    let over = AtomicBool::new(false);
    let (begun, read) = (AtomicU32::new(0), AtomicU32::new(0));
    let (server, pid) = (&*serving, serving.id());
    let acting = || {
        let mut done = Answered::default();
        while !over.load(Ordering::Relaxed) {
            let (status, _, answer) = server.raw("POST", "/api/v1/grants", &shown, body);
            let Some(id) = (status == 200).then(|| id_of(&answer)).flatten() else { continue };
            done.created.insert(id.clone());
            begun.fetch_add(1, Ordering::Relaxed);
            if server.raw("DELETE", &format!("/api/v1/grants/{id}"), &shown, "").0 == 200 {
                done.revoked.insert(id);
            }
        }
        done
    };
    let reading = || {
        let mut done = Answered::default();
        while !over.load(Ordering::Relaxed) {
            let asked = r#"{"state":"nc","id":"AA1"}"#;
            let (status, _, answer) = server.raw("POST", "/api/v1/voters/find", &shown, asked);
            if status == 200 && answer.contains("AA1") {
                done.reads += 1;
                read.fetch_add(1, Ordering::Relaxed);
            }
        }
        done
    };
    std::thread::scope(|threads| {
        let (acts, reads) = (threads.spawn(acting), threads.spawn(reading));
        // From its first answers on, at another moment each time: the steps have no common divisor with a request's time.
        while begun.load(Ordering::Relaxed) == 0 || read.load(Ordering::Relaxed) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(u64::from(round * 7_919 % 60_000)));
        let killed = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(killed.unwrap().success());
        over.store(true, Ordering::Relaxed);
        let mut done = acts.join().unwrap();
        done.add(reads.join().unwrap());
        done
    })
}

/// The id in an answer that came whole.
fn id_of(answer: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    Some(answer["id"].as_str()?.to_owned())
}
