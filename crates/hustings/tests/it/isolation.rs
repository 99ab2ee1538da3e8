//! The twin worlds: two that differ in nothing but what one campaign has of its own.

use crate::support::{Desk, names};

#[test]
fn what_a_rival_has_of_its_own_changes_no_byte() {
    let desk = Desk::new();
    let dump = desk.path("dump");
    let dump_to = dump.to_str().unwrap();
    let found =
        desk.json(&["simulate", "isolation", "--seed", "2015", "--steps", "100", "--dump", dump_to], 0);
    let of = |field: &str| found[field].as_u64().unwrap();
    assert_eq!((of("steps"), of("requests")), (100, 200));
    assert_eq!((of("differing_bytes"), of("canary_tokens_seen")), (0, 0), "{found}");
    assert_eq!((of("decisions_wrong"), of("server_errors")), (0, 0), "{found}");
    // That nothing was found says something only where the questions reached something.
    assert!(of("answers_compared") > 60 && of("decisions_checked") > 15 && of("answers_ok") > 40, "{found}");
    // Anybody can compare the answers themselves.
    let files = names(&dump.join("000000"));
    assert_eq!(files.len(), 3 * 100);
    let read = |name: &str| std::fs::read_to_string(dump.join("000000").join(name)).unwrap();
    let compared = (0..100).filter(|step| !read(&format!("{step:09}.request")).contains("not compared"));
    let mut count = 0;
    for step in compared {
        assert_eq!(read(&format!("{step:09}.one")), read(&format!("{step:09}.two")), "{step}");
        count += 1;
    }
    assert_eq!(count, of("answers_compared"));
}

#[test]
fn the_fault_of_2015_is_found() {
    let desk = Desk::new();
    let found = desk.json(&["simulate", "isolation", "--seed", "2015", "--steps", "40", "--plant-leak"], 1);
    assert_eq!(found["leak_planted"], true);
    assert!(found["canary_tokens_seen"].as_u64().unwrap() > 0, "{found}");
    assert!(found["differing_bytes"].as_u64().unwrap() > 0, "{found}");
}
