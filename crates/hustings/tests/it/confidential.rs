//! Whoever says confidential is heard: a row that was held back, one of two rows with the same id, a list that was held,
//! discarded or undone.

use crate::support::{Desk, Voter, list, voters};
use hustings_access::verb::Load;
use hustings_access::{Act, Request};
use hustings_testkit::synth::nc::row::HEADER;

/// A street that nothing may show.
const SECRET: &str = "7 HIDDEN HOLLOW";

fn secret(id: &str) -> Voter {
    Voter::new(id)
        .with("res_street_address", SECRET)
        .with("mail_addr1", SECRET)
        .with("full_phone_number", "9195550177")
}

/// Loads a delivery with more damage than the gate lets through.
fn load_whatever(desk: &Desk, delivery: &str) -> serde_json::Value {
    desk.json(&["load", delivery, "--state", "nc", "--accept-held", "a test"], 0)
}

/// Everything that a verb tells.
fn told(desk: &Desk, verbs: &[&[&str]]) -> String {
    let run = |arguments: &&[&str]| {
        let answer = desk.run(arguments);
        answer.stdout + &answer.stderr
    };
    verbs.iter().map(run).collect()
}

#[track_caller]
fn is_silent(said: &str) {
    let tells = said.lines().find(|line| line.contains("HIDDEN") || line.contains("5550177"));
    assert_eq!(tells, None);
}

/// Nothing that reads the current list tells where `id` lives.
#[track_caller]
fn is_hidden(desk: &Desk, id: &str) {
    let out = desk.path("out.csv");
    let out = out.to_str().unwrap();
    let said = told(
        desk,
        &[
            &["voter", id, "--state", "nc"],
            &["voter", id, "--state", "nc", "--json"],
            &["changes", "--state", "nc", "--json"],
            &["quarantine", "--state", "nc"],
            &["quarantine", "--state", "nc", "--json"],
            &["export", "--state", "nc", "--class", "base", "--format", "csv", "--out", out, "--force"],
        ],
    );
    is_silent(&said);
    let exported = std::fs::read_to_string(out).unwrap();
    is_silent(&exported);
    assert!(!exported.contains(&format!("{id},")) && exported.lines().count() > 5, "{id} went out");
    assert_eq!(desk.json(&["voter", id, "--state", "nc"], 0)["confidential"], true);
}

#[test]
fn a_held_back_row_that_says_confidential_is_shown_by_no_verb() {
    let desk = Desk::new();
    let row = |voter: Voter| voter.row(&HEADER) + "\r\n";
    let short = |voter: Voter| {
        let row = row(voter);
        row.rsplit_once("\t\"\"\t").unwrap().0.to_owned() + "\r\n"
    };
    let text = list(&HEADER, &voters(1, 400))
        // A bad county; a row cut short; a row of a voter who is confidential elsewhere, cut before the flag.
        + &row(secret("AA501").confidential().with("county_desc", "NOWHERE").with("county_id", "999"))
        + &short(secret("AA502").confidential())
        + &row(secret("AA504").confidential())
        + &format!("\"32\"\t\"DURHAM\"\t\"000000000504\"\t\"AA504\"\t\"{SECRET}\"\r\n")
        // Somebody without the flag stays to be looked at.
        + &short(Voter::new("AA503").with("res_street_address", "9 OPEN ROAD"));
    desk.write("2026-02-07", "ncvoter_Statewide.txt", text);
    let loaded = load_whatever(&desk, "2026-02-07");
    assert_eq!(loaded["rows"]["quarantined"], 4, "{loaded:#}");
    let held = desk.json(&["quarantine", "--state", "nc"], 0);
    let reasons: Vec<_> =
        held["rows"].as_array().unwrap().iter().map(|row| row["withheld"].as_str()).collect();
    let says = Some("the row says confidential");
    assert_eq!(reasons, [says, says, Some("the row names a confidential voter"), None], "{held:#}");
    for row in &held["rows"].as_array().unwrap()[..3] {
        assert!(
            row["bytes"].is_null() && row["line"].as_u64() > Some(1) && row["rule"].is_string(),
            "{row:#}"
        );
    }
    assert!(held["rows"][3]["bytes"].as_str().unwrap().contains("9 OPEN ROAD"));
    is_silent(&held.to_string());
    is_silent(&told(&desk, &[&["quarantine", "--state", "nc"], &["report", "--state", "nc", "--json"]]));
    let kept = desk.table("quarantine.parquet");
    assert_eq!(kept.iter().filter(|row| row["bytes"].contains(SECRET)).count(), 3, "nothing is lost");
}

#[test]
fn a_held_back_row_that_says_confidential_binds_the_voter_who_is_kept() {
    let desk = Desk::new();
    let mut people = voters(1, 400);
    people.push(secret("AA501"));
    desk.deliver("2026-02-07", &people, &[]);
    desk.load("2026-02-07", 0);
    people.pop();
    let bad = secret("AA501").confidential().with("county_desc", "NOWHERE").with("county_id", "999");
    let text = list(&HEADER, &people) + &bad.row(&HEADER) + "\r\n";
    desk.write("2026-02-14", "ncvoter_Statewide.txt", text);
    load_whatever(&desk, "2026-02-14");
    is_hidden(&desk, "AA501");
    // A week in which the row cannot be read at all lifts nothing.
    let text = list(&HEADER, &people) + &bad.with("confidential_ind", "").row(&HEADER) + "\r\n";
    desk.write("2026-02-21", "ncvoter_Statewide.txt", text);
    load_whatever(&desk, "2026-02-21");
    is_hidden(&desk, "AA501");
    people.push(secret("AA501"));
    desk.deliver("2026-02-28", &people, &[]);
    // The one confidential voter is so no longer: the gate asks first.
    load_whatever(&desk, "2026-02-28");
    assert_eq!(
        desk.json(&["voter", "AA501", "--state", "nc"], 0)["confidential"],
        false,
        "a good row lifts it"
    );
}

#[test]
fn of_two_rows_with_one_id_the_confidential_one_is_heard_whichever_wins() {
    let newer = |voter: Voter| voter.with("registr_dt", "01/14/2025");
    for pair in [
        [secret("AA501").confidential(), newer(secret("AA501"))],
        [newer(secret("AA501")), secret("AA501").confidential()],
        [secret("AA501"), newer(secret("AA501").confidential())],
    ] {
        for known_before in [false, true] {
            let desk = Desk::new();
            let people = voters(1, 400);
            if known_before {
                let mut before = people.clone();
                before.push(secret("AA501"));
                desk.deliver("2026-01-31", &before, &[]);
                desk.load("2026-01-31", 0);
            }
            let people: Vec<Voter> = people.into_iter().chain(pair.clone()).collect();
            desk.deliver("2026-02-07", &people, &[]);
            let loaded = desk.load("2026-02-07", 0);
            assert_eq!(loaded["duplicate_ids"], 1);
            let row = &desk.voters()["AA501"];
            assert_eq!(row["confidential"], "true", "{row:?}");
            is_silent(&format!("{row:?}"));
            assert!(!row.contains_key("household_id"), "{row:?}");
            if known_before {
                assert_eq!(loaded["changes"]["became_confidential"], 1, "{loaded:#}");
            }
            is_hidden(&desk, "AA501");
        }
    }
}

/// A desk with a current list in which AA501 is open.
fn open_list() -> (Desk, Vec<Voter>) {
    let desk = Desk::new();
    let mut people = voters(1, 200);
    people.push(secret("AA501"));
    desk.deliver("2026-02-07", &people, &[]);
    desk.load("2026-02-07", 0);
    people.pop();
    (desk, people)
}

#[test]
fn a_flag_of_an_undone_list_binds_until_a_later_list_lifts_it() {
    let (desk, mut people) = open_list();
    people.push(secret("AA501").confidential());
    desk.deliver("2026-02-14", &people, &[]);
    desk.load("2026-02-14", 0);
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    is_hidden(&desk, "AA501");
    // Nobody else is concerned.
    assert_eq!(desk.json(&["voter", "AA1", "--state", "nc"], 0)["confidential"], false);
    people.pop();
    people.extend([secret("AA501"), Voter::new("AA502")]);
    desk.deliver("2026-02-21", &people, &[]);
    desk.load("2026-02-21", 0);
    assert_eq!(desk.json(&["voter", "AA501", "--state", "nc"], 0)["confidential"], false);
}

#[test]
fn a_flag_of_a_held_list_binds_at_once_and_after_it_was_discarded() {
    let (desk, mut people) = open_list();
    people.truncate(20);
    people.push(secret("AA501").confidential());
    desk.deliver("2026-02-14", &people, &[]);
    let held = desk.load("2026-02-14", 1);
    is_hidden(&desk, "AA501");
    let id = held["snapshot"].as_str().unwrap();
    let kept = desk.data().join("voterfile/nc/held").join(id);
    let store = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    store.block_on(async {
        let store = hustings_store::Store::open(&desk.data(), None).await.unwrap();
        let nc = "nc".parse().unwrap();
        let owner = store.local_actor(None).await.unwrap();
        let permit = store.permit::<Load>(&owner, Request::voters_of(nc)).await.unwrap();
        let discard = async |act: &Act<'_, Load>| {
            let lock = store.lock_state(act, nc, "discard").await.unwrap();
            store.discard_held(act, &lock, id).await.unwrap();
        };
        permit.enter_async(discard).await;
    });
    assert_eq!(crate::support::names(&kept), ["confidential.json", "manifest.json", "report.json"]);
    is_hidden(&desk, "AA501");
}
