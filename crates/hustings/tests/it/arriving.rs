//! What is being sent lies on the disk as nobody but the running program can read it.

use crate::network::{Serving, key, party};
use crate::support::{Desk, Voter};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CANARY: &str = "canary-5e2b91";

/// Every file and folder below a folder.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_path_buf()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn leftovers(data: &Path) -> Vec<PathBuf> {
    let hidden = |path: &PathBuf| path.to_string_lossy().contains("/.arriving-");
    everything(data).into_iter().filter(hidden).collect()
}

fn holds(path: &Path, text: &str) -> bool {
    path.is_file() && fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

/// Begins to send columns, and stops in the middle; the connection, still open.
fn half_sent(serving: &Serving, bearer: &str) -> TcpStream {
    let host = serving.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let mut body = "--x\r\nContent-Disposition: form-data; name=\"append\"\r\n\r\n{\"state\":\"nc\",\"owner\":\"nc-party\",\
         \"class\":\"proprietary\",\"id_column\":\"id\",\"file\":\"scores.csv\"}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\nid,note\r\n"
        .to_owned();
    for line in 0..40_000 {
        body.push_str(&format!("AA{line},{CANARY}\r\n"));
    }
    let head = format!(
        "POST /api/v1/appends HTTP/1.1\r\nhost: {host}\r\nauthorization: {bearer}\r\n\
         content-type: multipart/form-data; boundary=x\r\ncontent-length: {}\r\n\r\n",
        body.len() * 2
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    stream
}

#[test]
fn a_server_killed_while_columns_arrive_leaves_nothing_that_can_be_read() {
    let desk: Desk = party();
    let secret = fs::read_to_string(key(&desk, "nc-party", "data_director", &[])).unwrap();
    desk.deliver("week", &[Voter::new("AA1")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let data = desk.path("data");
    let serving = Serving::of(&desk);
    let sending = half_sent(&serving, &format!("Bearer {}", secret.trim()));
    let begun = Instant::now();
    let has_arrived =
        |path: &PathBuf| path.is_file() && fs::metadata(path).is_ok_and(|part| part.len() > 300_000);
    while !leftovers(&data).iter().any(has_arrived) {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing arrives: {:?}", leftovers(&data));
        std::thread::sleep(Duration::from_millis(20));
    }
    // SIGKILL: nothing of the program runs any more, not even to take away what it was given.
    drop(serving);
    drop(sending);
    assert!(leftovers(&data).iter().any(has_arrived), "it was killed in the middle");
    let readable: Vec<_> = everything(&data).into_iter().filter(|path| holds(path, CANARY)).collect();
    assert_eq!(readable, Vec::<PathBuf>::new());
    drop(Serving::of(&desk));
    assert_eq!(leftovers(&data), Vec::<PathBuf>::new(), "gone at the next start");
}

#[cfg(unix)]
#[test]
fn all_that_the_program_makes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = party();
    let secret = fs::read_to_string(key(&desk, "nc-party", "data_director", &[])).unwrap();
    desk.deliver("week", &[Voter::new("AA1")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    desk.json(
        &[
            "export", "--state", "nc", "--class", "base", "--format", "csv", "--as", "nc-party", "--out",
            "list.csv",
        ],
        0,
    );
    let serving = Serving::of(&desk);
    let bearer = format!("Bearer {}", secret.trim());
    let (status, _, answer) = serving.raw(
        "POST",
        "/api/v1/exports",
        &[("authorization", &bearer), ("content-type", "application/json")],
        r#"{"state":"nc","class":"base","format":"csv"}"#,
    );
    assert_eq!(status, 200, "{answer}");
    drop(half_sent(&serving, &bearer));
    let open: Vec<_> = everything(&desk.path("data"))
        .into_iter()
        .chain([desk.path("list.csv")])
        .map(|path| (fs::metadata(&path).unwrap().permissions().mode() & 0o777, path))
        .filter(|(mode, path)| *mode != if path.is_dir() { 0o700 } else { 0o600 })
        .collect();
    assert_eq!(open, Vec::new());
}
