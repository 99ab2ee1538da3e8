//! Goal: a voter is found by id, by name, and by likeness where nobody is exactly so called. Method: a small list, asked by
//! the verb.

use crate::network::Serving;
use crate::support::{Desk, list, voters};
use hustings_testkit::synth::nc::row::HEADER;

#[test]
fn who_is_not_exactly_so_called_is_found_by_likeness() {
    let desk = Desk::new();
    let mut people = voters(1, 300);
    people[7] = people[7]
        .clone()
        .with("first_name", "JONATHAN")
        .with("last_name", "SMITHERS")
        .with("birth_year", "1961")
        .with("res_city_desc", "RALEIGH");
    people[8] = people[8].clone().with("last_name", "SMITHERS").with("confidential_ind", "Y");
    desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &people));
    desk.load("2026-02-07", 0);
    // The load has prepared it, before anybody asks.
    let kept = desk.current_folder().join("match.base");
    assert!(kept.exists());
    let find = |query: &str, code| desk.json(&["find", query, "--state", "nc"], code);
    let exact = find("smithers, jonathan", 0);
    assert_eq!(exact["exact"].as_array().unwrap().len(), 1);
    assert_eq!(exact["likely"].as_array().unwrap().len(), 0);
    let likely = find("Jon Smiters, 1961, Raleigh", 0);
    assert_eq!(likely["exact"].as_array().unwrap().len(), 0);
    let best = &likely["likely"][0];
    assert_eq!(best["state_voter_id"], exact["exact"][0]["state_voter_id"], "{likely:#}");
    assert!(best["probability"].as_f64().unwrap() > 0.5, "{likely:#}");
    assert!(!best["reasons"].as_array().unwrap().is_empty());
    // Made again when it is gone or damaged.
    let bytes = std::fs::read(&kept).unwrap();
    for damaged in [&bytes[..100], &[&bytes[..bytes.len() - 9], &[7; 9][..]].concat()] {
        std::fs::write(&kept, damaged).unwrap();
        assert_eq!(find("Jon Smiters, 1961, Raleigh", 0), likely);
    }
    std::fs::remove_file(&kept).unwrap();
    assert_eq!(find("Jon Smiters, 1961, Raleigh", 0), likely);
    // Who is confidential has no likeness.
    let all = find("Jon Smithars, 1961, Raleigh", 0)["likely"].to_string();
    assert!(!all.contains("\"AA9\""), "{all}");
    assert_eq!(find("Xenophon Quattlebaum", 1)["likely"].as_array().unwrap().len(), 0);
    desk.refuses(&["find", "--state", "nc"], 2, "nothing is said of the voter");
}

#[test]
fn what_a_killed_load_did_not_prepare_the_server_prepares() {
    let desk = Desk::new();
    desk.write("2026-02-07", "ncvoter_Statewide.txt", list(&HEADER, &voters(1, 300)));
    desk.load("2026-02-07", 0);
    let folder = desk.current_folder();
    let kept = folder.join("match.base");
    std::fs::remove_file(&kept).unwrap();
    let half = folder.join(".match.base.1-0");
    std::fs::write(&half, "half").unwrap();
    let _serving = Serving::of(&desk);
    let waits = std::time::Instant::now();
    while !kept.exists() || half.exists() {
        assert!(waits.elapsed().as_secs() < 60, "it is not prepared");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // An undone load leaves the list before without one: it comes, too.
    desk.write("2026-02-14", "ncvoter_Statewide.txt", list(&HEADER, &voters(1, 301)));
    desk.load("2026-02-14", 0);
    assert!(!kept.exists(), "only the current one's is kept");
    desk.json(&["load", "--undo", "--state", "nc"], 0);
    while !kept.exists() {
        assert!(waits.elapsed().as_secs() < 120, "it is not prepared");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
