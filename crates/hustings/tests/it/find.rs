//! Goal: a voter is found by id, by name, and by likeness where nobody is exactly so called. Method: a small list, asked by
//! the verb.

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
    // Made once, and made again when it is gone or damaged.
    let kept = desk.current_folder().join("match.base");
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
