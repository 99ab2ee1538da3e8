//! What goes over the wire, to the byte: requests that a server behind another one would read differently, answers that
//! lead a client astray, and what a browser is told to keep to.

use crate::network::{Serving, key, party};
use crate::support::{Desk, program};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

/// Everything that a server answers to these bytes until it hangs up or says nothing more.
fn answers(url: &str, bytes: &str) -> Vec<u16> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        answer.extend_from_slice(&piece[..count]);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let heads = answer.match_indices("HTTP/1.1 ").map(|(place, _)| &answer[place + 9..place + 12]);
    heads.map(|status| status.parse().unwrap()).collect()
}

#[test]
fn a_request_that_two_servers_would_read_differently_is_refused() {
    let desk = party();
    let serving = Serving::of(&desk);
    let host = serving.url.strip_prefix("http://").unwrap();
    let smuggled = format!("GET /sign-in HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let ask = |headers: &str, body: &str| {
        let request =
            format!("POST /api/v1/voters/find HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n{body}{smuggled}");
        answers(&serving.url, &request)
    };
    let honest = ask("content-length: 2\r\n", "{}");
    assert_eq!(honest, [401, 200], "two requests behind one another are two requests");
    for (headers, body) in [
        // What is behind the end for one of the two readings is a request of its own for the other.
        ("content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
        ("transfer-encoding: chunked\r\ncontent-length: 5\r\n", "0\r\n\r\n"),
        ("content-length: 2\r\ncontent-length: 90\r\n", "{}"),
        ("content-length: 2, 90\r\n", "{}"),
        ("content-length: +2\r\n", "{}"),
        ("transfer-encoding: xchunked\r\n", "0\r\n\r\n"),
        ("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
        ("transfer-encoding : chunked\r\n", "0\r\n\r\n"),
    ] {
        let got = ask(headers, body);
        assert!(got.len() <= 1 && got.iter().all(|status| *status >= 400), "{headers:?}: {got:?}");
    }
}

#[test]
fn a_key_is_sent_to_no_other_server_that_the_first_one_names() {
    let desk = party();
    let reader = key(&desk, "rivera", "organizer", &[]);
    let (first, other) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let url = format!("http://{}", first.local_addr().unwrap());
    let elsewhere = format!("http://{}/", other.local_addr().unwrap());
    let leading_astray = std::thread::spawn(move || {
        let (stream, _) = first.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        write!(&stream, "HTTP/1.1 307 Moved\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let answer = program()
        .args(["grant", "list", "--server", &url, "--key-file", &reader])
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    leading_astray.join().unwrap();
    assert_ne!(answer.status.code(), Some(0), "{answer:?}");
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_err(), "nobody came to where the answer led");
}

#[test]
fn browsers_are_told_to_come_back_over_tls_alone() {
    let desk = Desk::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let port = free.port().to_string();
    let arguments = ["serve", "--port", &port, "--json", "--public-url", "https://voters.example.org"];
    let mut process = desk.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let asked = b"GET /sign-in HTTP/1.1\r\nhost: voters.example.org\r\nconnection: close\r\n\r\n";
    let answered = TcpStream::connect(free).and_then(|mut stream| {
        stream.write_all(asked)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    process.kill().unwrap();
    process.wait().unwrap();
    let answer = answered.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{line}{answer}");
    assert!(answer.contains("strict-transport-security: max-age=63072000"), "{answer}");
}
