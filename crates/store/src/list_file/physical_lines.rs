//! The lines of a text in a window over its bytes, which grows as far as one record reaches.

use std::io::{self, Read};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

/// The lines from the record on that is being read.
pub(super) struct PhysicalLines {
    source: Box<dyn Read>,
    bytes: Vec<u8>,
    /// Where the record begins.
    start: usize,
    ended: bool,
    line_end: u8,
}

/// A line, in bytes after the record's begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhysicalLine {
    /// Where its content ends: carriage returns before the line end left out.
    pub(super) end: usize,
    /// Where the next one begins.
    pub(super) next: usize,
}

impl PhysicalLines {
    /// Of a text whose first bytes have been read already; carriage returns end its lines where no line feed stands among these.
    pub(super) fn new(first: Vec<u8>, source: Box<dyn Read>) -> Self {
        let is_old = memchr::memchr(b'\n', &first).is_none() && memchr::memchr(b'\r', &first).is_some();
        let line_end = if is_old { b'\r' } else { b'\n' };
        Self { source, bytes: first, start: 0, ended: false, line_end }
    }

    /// The line that begins so many bytes after the record's begin; none at the text's end.
    pub(super) fn line(&mut self, from: usize) -> io::Result<Option<PhysicalLine>> {
        let mut seen = from;
        loop {
            let rest = self.bytes.get(self.start + seen..).unwrap_or_default();
            if let Some(length) = memchr::memchr(self.line_end, rest) {
                return Ok(Some(self.trimmed(from, seen + length, seen + length + 1)));
            }
            seen += rest.len();
            if !self.fill()? {
                return Ok((seen > from).then(|| self.trimmed(from, seen, seen)));
            }
        }
    }

    fn trimmed(&self, from: usize, mut end: usize, next: usize) -> PhysicalLine {
        while end > from && self.bytes[self.start + end - 1] == b'\r' {
            end -= 1;
        }
        PhysicalLine { end, next }
    }

    /// The bytes from the record's begin on, as far as they have been read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The next record begins so many bytes further on.
    pub(super) fn advance(&mut self, length: usize) {
        self.start = (self.start + length).min(self.bytes.len());
    }

    /// Reads more bytes; false at the text's end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        // As much again as there is: a long record is looked at a few times, not once for each chunk.
        let wanted = self.bytes.len().max(CHUNK);
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(wanted).read_to_end(&mut self.bytes)?;
        self.ended = read == 0;
        Ok(read > 0)
    }
}
