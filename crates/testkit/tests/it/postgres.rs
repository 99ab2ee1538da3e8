//! A server starts, serves, and leaves nothing behind: neither when it is dropped nor when its test is killed.

use hustings_testkit::postgres::{Postgres, PostgresError};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn is_gone(port: u16, folder: &Path) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() && !folder.exists()
}

#[test]
fn a_server_answers_and_leaves_nothing_behind() {
    let Some(server) = Postgres::for_test("a_server_answers_and_leaves_nothing_behind") else { return };
    assert_eq!(server.url(), format!("postgres://hustings@127.0.0.1:{}/postgres", server.port()));
    let rows = server.execute("SELECT 6 * 7, NULL, 'é'").unwrap();
    assert_eq!(rows, [["42", "", "é"]]);

    let url = server.create_database("load_test").unwrap();
    assert!(url.ends_with("/load_test"));
    let databases = server.execute("SELECT datname FROM pg_database WHERE datname = 'load_test'").unwrap();
    assert_eq!(databases.len(), 1);
    let twice = server.create_database("load_test").unwrap_err();
    assert!(twice.to_string().contains("already exists"), "{twice}");
    assert!(matches!(server.create_database("Robert'); --"), Err(PostgresError::Refused { .. })));

    let (port, folder) = (server.port(), server.folder().to_owned());
    drop(server);
    assert!(is_gone(port, &folder), "{}", folder.display());
}

#[test]
fn a_test_that_is_killed_leaves_nothing_behind() {
    if Postgres::for_test("a_test_that_is_killed_leaves_nothing_behind").is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "postgres::start_and_wait_to_be_killed", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said =
        lines.map_while(Result::ok).find_map(|line| Some(line.split_once("SERVER ")?.1.to_owned())).unwrap();
    let (port, folder) = said.split_once(' ').unwrap();
    let (port, folder): (u16, _) = (port.parse().unwrap(), Path::new(folder));
    assert!(!is_gone(port, folder));
    child.kill().unwrap();
    child.wait().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_gone(port, folder) {
        assert!(Instant::now() < patience, "the server outlived its test");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Not a test of its own: what the test above starts and kills.
#[test]
#[ignore = "started and killed by another test"]
fn start_and_wait_to_be_killed() {
    let Some(server) = Postgres::for_test("start_and_wait_to_be_killed") else { return };
    println!("SERVER {} {}", server.port(), server.folder().display());
    std::thread::sleep(Duration::from_secs(60));
}
