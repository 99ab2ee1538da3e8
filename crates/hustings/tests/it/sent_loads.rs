//! Deliveries that come over the network.

use crate::network::{Serving, ask, json_of, key, party};
use crate::support::names;
use crate::transfers::loaded;
use serde_json::{Value, json};
use std::fs;
use std::thread;
use std::time::Duration;

#[test]
fn a_delivery_is_loaded_over_the_network_as_it_is_here() {
    let (here, there) = (party(), party());
    let director = key(&there, "nc-party", "data_director", &[]);
    let chair = key(&there, "nc-party", "chair", &[]);
    let rival = key(&there, "chen", "data_director", &[]);
    let serving = Serving::of(&there);
    for desk in [&here, &there] {
        desk.deliver(
            "2026-02-07/part",
            &crate::support::voters(1, 40),
            &[["AA1", "11/05/2024", "IN-PERSON"]],
        );
        desk.write("2026-02-07", ".notes", "hidden");
        desk.deliver("half", &crate::support::voters(1, 15), &[]);
    }
    let load = |delivery: &str, more: &[&str], code: i32| -> Value {
        let arguments = [&["load", delivery, "--state", "nc"], more].concat();
        let local = here.json(&[&arguments[..], &["--as", "nc-party"]].concat(), code);
        let path = there.path(delivery).display().to_string();
        let arguments = [&["load", &path, "--state", "nc", "--json"], more].concat();
        let answer = ask(&there, &serving, &director, &arguments);
        assert_eq!(answer.code, code, "{answer:?}");
        let mut sent: Value = serde_json::from_str(&answer.stdout).unwrap();
        let mut local_now = local;
        for own in ["seconds", "peak_memory_bytes", "loaded_at"] {
            for report in [&mut sent, &mut local_now] {
                report.as_object_mut().unwrap().remove(own);
            }
        }
        assert_eq!(sent, local_now, "{delivery}");
        sent
    };
    let first = load("2026-02-07", &[], 0);
    assert_eq!((&first["as_of"], &first["rows"]["read"]), (&json!("2026-02-07"), &json!(40)), "{first}");
    load("2026-02-07", &[], 0);
    let held = load("half", &["--as-of", "2026-02-14"], 1);
    let words = |file: &str, text: &str| {
        let arguments: Vec<&str> = text.split(' ').collect();
        ask(&there, &serving, file, &arguments)
    };
    let discarded = json_of(&words(&director, "load --discard-held --state nc --json"));
    assert_eq!(discarded["id"], held["snapshot"]);
    assert_eq!(words(&director, "load --discard-held --state nc").code, 1, "none is held any more");
    here.json(&["load", "--discard-held", "--state", "nc", "--as", "nc-party"], 0);
    load("half", &["--as-of", "2026-02-14", "--accept-held", "half a list"], 0);
    let undone = json_of(&words(&director, "load --undo --state nc --json"));
    assert_eq!(undone["snapshot"], first["snapshot"]);
    assert_eq!(undone, here.json(&["load", "--undo", "--state", "nc", "--as", "nc-party"], 0));

    // What cannot be loaded, and who may not.
    let refused = |file: &str, text: &str, code: i32, said: &str| {
        let answer = words(file, text);
        assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{text}: {answer:?}");
        assert!(answer.stderr.contains(said), "{text}: {answer:?}");
    };
    let notes = there.write("notes", "notes.txt", "no list").display().to_string();
    let local = here.write("notes", "notes.txt", "no list").display().to_string();
    let local = here.run(&["load", &local, "--state", "nc", "--as", "nc-party"]);
    let answer = words(&director, &format!("load {notes} --state nc"));
    assert_eq!((answer.code, &answer.stderr), (local.code, &local.stderr));
    let half = there.path("half").display().to_string();
    refused(&director, &format!("load {half}/missing --state nc"), 2, "cannot be read");
    refused(&rival, &format!("load {half} --state nc"), 1, "`chen` may not load");
    refused(&director, &format!("load {half} --state va"), 1, "`nc-party` may not load");
    for text in [format!("load {half} --state nc"), "load --undo --state nc".to_owned()] {
        let answer = words(&chair, &text);
        assert!(answer.code != 0 && answer.stdout.is_empty(), "{answer:?}");
    }
    assert_eq!(names(&there.data().join("inbox")), Vec::<String>::new(), "what was sent does not stay");
}

#[test]
fn files_of_a_delivery_go_nowhere_else_and_another_keys_load_is_not_there() {
    let (desk, _) = loaded();
    let bearer = |file: String| format!("Bearer {}", fs::read_to_string(file).unwrap().trim());
    let director = bearer(key(&desk, "nc-party", "data_director", &[]));
    let other = bearer(key(&desk, "nc-party", "data_director", &["--name", "other"]));
    let serving = Serving::of(&desk);
    let post = |question: &str, files: usize| {
        let part = |name: &str, body: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{body}\r\n")
        };
        let body = part("load", question) + &part("file", "no list").repeat(files) + "--x--\r\n";
        let headers =
            [("authorization", director.as_str()), ("content-type", "multipart/form-data; boundary=x")];
        let (status, _, answer) = serving.raw("POST", "/api/v1/loads", &headers, &body);
        (status, serde_json::from_str::<Value>(&answer).unwrap())
    };
    for path in ["../a.txt", "/etc/passwd", "a/../../b", "./a", "a//b", "", "a\\\\b", "c:\\\\d", "a\\nb"] {
        let question = format!(r#"{{"state":"nc","files":[{{"named":0,"path":"{path}"}}]}}"#);
        let (status, answer) = post(&question, 1);
        assert_eq!((status, &answer["code"]), (422, &json!("bad_input")), "{path}: {answer}");
    }
    let one = r#"{"named":0,"path":"a.txt"}"#;
    for (files, sent) in
        [(String::new(), 0), (format!("{one},{one}"), 2), (one.to_owned(), 0), (one.to_owned(), 2)]
    {
        let (status, answer) = post(&format!(r#"{{"state":"nc","files":[{files}]}}"#), sent);
        assert_eq!(status, 422, "{answer}");
    }
    assert_eq!(names(&desk.data().join("inbox")), Vec::<String>::new());
    let (status, begun) = post(&format!(r#"{{"state":"nc","files":[{one}]}}"#), 1);
    assert_eq!(status, 200, "{begun}");
    let path = format!("/api/v1/loads/{}", begun["id"].as_str().unwrap());
    let never = serving.raw("GET", "/api/v1/loads/0123456789abcdef", &[("authorization", &other)], "");
    let others = serving.raw("GET", &path, &[("authorization", &other)], "");
    assert_eq!((others.0, never.0), (404, 404));
    let ended = (0..200).map(|_| {
        thread::sleep(Duration::from_millis(50));
        serving.raw("GET", &path, &[("authorization", &director)], "")
    });
    let ended = ended.into_iter().find(|answer| answer.0 != 200).unwrap();
    assert_eq!(ended.0, 422, "{}", ended.2);
    assert!(!ended.2.contains("arriving"), "{}", ended.2);
}
