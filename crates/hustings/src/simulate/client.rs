//! A plain HTTP/1.1 client that keeps every byte of an answer: no library that would decode, follow or repair anything.

use super::question::Question;
use aho_corasick::AhoCorasick;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No answer of the simulated worlds is larger.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// One connection, made anew when the server has hung up.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers, without the date of the day, which the clock and not the data makes.
    pub head: Vec<u8>,
    /// The body as it came, with the marks of its chunks.
    pub body: Vec<u8>,
}

impl Answer {
    /// How often a token stands in it.
    #[must_use]
    pub fn count(&self, token: &str) -> u64 {
        let find = memchr::memmem::Finder::new(token.as_bytes());
        let count = find.find_iter(&self.head).count() + find.find_iter(&self.body).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// How often any of many tokens stands in it.
    #[must_use]
    pub fn count_all(&self, tokens: &AhoCorasick) -> u64 {
        let count = tokens.find_iter(&self.head).count() + tokens.find_iter(&self.body).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Bytes in which two answers differ; what one has longer counts in full.
    #[must_use]
    pub fn differing_bytes(&self, other: &Self) -> u64 {
        let differ = |one: &[u8], two: &[u8]| {
            let unequal = one.iter().zip(two).filter(|(a, b)| a != b).count();
            unequal + one.len().abs_diff(two.len())
        };
        u64::try_from(differ(&self.head, &other.head) + differ(&self.body, &other.body)).unwrap_or(u64::MAX)
    }

    /// Where the answers begin to differ, with what stands there in each; nothing where they do not.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> String {
        let (one, two) = (self.raw(), other.raw());
        let Some(place) = (0..one.len().max(two.len())).find(|place| one.get(*place) != two.get(*place))
        else {
            return String::new();
        };
        let around = |bytes: &[u8]| {
            let (from, to) = (place.saturating_sub(60).min(bytes.len()), (place + 60).min(bytes.len()));
            String::from_utf8_lossy(&bytes[from..to]).escape_debug().to_string()
        };
        format!("; `{}` and `{}`", around(&one), around(&two))
    }

    /// Head and body, as they are dumped.
    #[must_use]
    pub fn raw(&self) -> Vec<u8> {
        [self.head.as_slice(), self.body.as_slice()].concat()
    }
}

impl Client {
    /// A client of the server at `address`; it connects when it is first asked.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the server cannot be reached, or breaks off twice.
    pub async fn ask(&mut self, question: &Question) -> io::Result<Answer> {
        let kept = self.stream.is_some();
        match self.once(question).await {
            // A connection that was kept may have ended meanwhile.
            Err(_) if kept => self.once(question).await,
            done => done,
        }
    }

    async fn once(&mut self, question: &Question) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(&question.bytes()).await?;
        let (answer, keep) = read(&mut stream, question.method == "HEAD").await?;
        if keep {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

async fn read(stream: &mut TcpStream, bare: bool) -> io::Result<(Answer, bool)> {
    let mut buffer = Vec::with_capacity(16 << 10);
    let head_end = loop {
        if let Some(end) = memchr::memmem::find(&buffer, b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, &mut buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let value = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let mut body = buffer.split_off(head_end);
    if bare {
        // The head says how long a body would be.
    } else if let Some(length) = value("content-length").and_then(|length| length.parse::<usize>().ok()) {
        while body.len() < length {
            more(stream, &mut body).await?;
        }
    } else if value("transfer-encoding").is_some() {
        while !chunks_are_complete(&body) {
            more(stream, &mut body).await?;
        }
    }
    let keep = value("connection").is_none_or(|word| !word.eq_ignore_ascii_case("close"));
    let kept = head
        .split_inclusive("\r\n")
        .filter(|line| line.split_once(':').is_none_or(|(name, _)| !name.eq_ignore_ascii_case("date")));
    let head = kept.collect::<String>().into_bytes();
    Ok((Answer { status, head, body }, keep))
}

/// Whether the last chunk, which is empty, has come.
fn chunks_are_complete(mut body: &[u8]) -> bool {
    loop {
        let Some(line) = memchr::memmem::find(body, b"\r\n") else { return false };
        let size = std::str::from_utf8(&body[..line]).ok();
        let Some(size) = size.and_then(|text| usize::from_str_radix(text, 16).ok()) else { return true };
        let end = line + 2 + size + 2;
        if body.len() < end {
            return false;
        }
        if size == 0 {
            return true;
        }
        body = &body[end..];
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    let count = stream.read_buf(buffer).await?;
    if count == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up within an answer"));
    }
    if buffer.len() > ANSWER_BYTES_MAX {
        return Err(io::Error::other("an answer is longer than 64 MB"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(head: &str, body: &str) -> Answer {
        Answer { status: 200, head: head.into(), body: body.into() }
    }

    #[test]
    fn every_byte_that_differs_counts() {
        let one = answer("h", "abc");
        assert_eq!(one.differing_bytes(&one), 0);
        assert_eq!(one.differing_bytes(&answer("h", "abd")), 1);
        assert_eq!(one.differing_bytes(&answer("h", "ab")), 1);
        assert_eq!(one.differing_bytes(&answer("hh", "xyzabc")), 1 + 3 + 3);
    }

    #[test]
    fn the_end_of_chunks_is_not_taken_from_what_they_hold() {
        let whole = b"6\r\n10\r\n\r\n\r\n0\r\n\r\n";
        for cut in 0..whole.len() {
            assert!(!chunks_are_complete(&whole[..cut]), "{cut}");
        }
        assert!(chunks_are_complete(whole));
    }

    #[test]
    fn a_token_is_found_in_head_and_body() {
        let one = answer("x-token: canary1", "canary1 and canary1");
        assert_eq!((one.count("canary1"), one.count("canary2")), (3, 0));
        let all = AhoCorasick::new(["canary1", "canary2"]).unwrap();
        assert_eq!(one.count_all(&all), 3);
    }
}
