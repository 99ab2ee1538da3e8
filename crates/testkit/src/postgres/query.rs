//! One statement over PostgreSQL's wire protocol 3.0, simple query, no password: enough to make a database for a test
//! without a client library.

use super::PostgresError;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

pub(super) fn execute(
    port: u16,
    user: &str,
    database: &str,
    statement: &str,
) -> Result<Vec<Vec<String>>, PostgresError> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut startup = 196_608_u32.to_be_bytes().to_vec(); // protocol 3.0
    for word in ["user", user, "database", database, ""] {
        startup.extend_from_slice(word.as_bytes());
        startup.push(0);
    }
    send(&mut stream, None, &startup)?;
    let mut problem = None;
    let mut rows = Vec::new();
    let mut asked = false;
    loop {
        let (kind, body) = receive(&mut stream)?;
        match kind {
            b'E' => problem = Some(error_message(&body)),
            b'D' => rows.push(values(&body)?),
            b'Z' if asked => break,
            b'Z' => {
                asked = true;
                let mut text = statement.as_bytes().to_vec();
                text.push(0);
                send(&mut stream, Some(b'Q'), &text)?;
            }
            _ => {}
        }
        if !asked && problem.is_some() {
            break; // refused at the door: the server hangs up
        }
    }
    match problem {
        None => Ok(rows),
        Some(message) => Err(PostgresError::Refused { statement: statement.to_owned(), message }),
    }
}

fn send(stream: &mut TcpStream, kind: Option<u8>, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    let mut message: Vec<u8> = kind.into_iter().collect();
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(body);
    stream.write_all(&message)
}

fn receive(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let mut body = vec![0; usize::try_from(length.saturating_sub(4)).map_err(io::Error::other)?];
    stream.read_exact(&mut body)?;
    Ok((head[0], body))
}

/// The message field of an error: parts that each begin with a letter and end with a zero byte.
fn error_message(body: &[u8]) -> String {
    let parts = body.split(|byte| *byte == 0);
    let message = parts.filter_map(|part| part.strip_prefix(b"M")).next();
    String::from_utf8_lossy(message.unwrap_or(b"no reason given")).into_owned()
}

/// A data row: number of columns, then for each its length (-1: null) and text.
fn values(body: &[u8]) -> io::Result<Vec<String>> {
    let mut rest = body.get(2..).unwrap_or_default();
    let mut values = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        let value = after.get(..length).ok_or_else(|| io::Error::other("a data row ends early"))?;
        values.push(String::from_utf8_lossy(value).into_owned());
        rest = &after[length..];
    }
    Ok(values)
}
