//! What is being sent, here or from here, lies on the disk as nobody but the running program can read it.

use crate::network::{Serving, key, party};
use crate::support::{Desk, Voter, voters};
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

#[cfg(target_os = "linux")]
#[test]
fn a_server_killed_while_an_export_is_made_or_sent_leaves_nothing_of_it() {
    let desk: Desk = party();
    desk.deliver("week", &voters(1, 7), &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let long = format!("{CANARY} ").repeat(200_000);
    let rows: String = (1..=7).map(|number| format!("AA{number},{long}\n")).collect();
    let file = desk.write("columns", "long.csv", format!("id,note\n{rows}")).display().to_string();
    let append =
        ["append", &file, "--state", "nc", "--owner", "nc-party", "--class", "proprietary", "--id", "id"];
    desk.json(&[&append[..], &["--as", "nc-party"]].concat(), 0);
    let secret = fs::read_to_string(key(&desk, "nc-party", "data_director", &[])).unwrap();
    let bearer = format!("Bearer {}", secret.trim());
    let data = desk.path("data");
    let readable =
        || everything(&data).into_iter().filter(|path| holds(path, CANARY)).collect::<Vec<PathBuf>>();
    assert_eq!(readable(), Vec::<PathBuf>::new(), "the columns lie encrypted");
    for format in ["csv", "parquet"] {
        let serving = Serving::of(&desk);
        let host = serving.url.strip_prefix("http://").unwrap().to_owned();
        let body =
            format!(r#"{{"state":"nc","class":"proprietary","owner":"nc-party","format":"{format}"}}"#);
        let mut stream = TcpStream::connect(&host).unwrap();
        let head = format!(
            "POST /api/v1/exports HTTP/1.1\r\nhost: {host}\r\nauthorization: {bearer}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        // Nothing of the answer is read: it is made, and then it waits.
        let open = format!("/proc/{}/fd", serving.id());
        let is_export = |path: PathBuf| path.to_string_lossy().contains("/exports/");
        let begun = Instant::now();
        loop {
            let mut links = fs::read_dir(&open).unwrap().map(|entry| fs::read_link(entry.unwrap().path()));
            if links.any(|link| link.is_ok_and(is_export)) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no export begins");
        }
        // As far as it comes in a moment: the first rows are there.
        std::thread::sleep(Duration::from_millis(150));
        drop(serving);
        assert_eq!(readable(), Vec::<PathBuf>::new(), "{format}");
        assert_eq!(fs::read_dir(data.join("exports")).unwrap().count(), 0, "{format}");
        drop(stream);
    }
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
