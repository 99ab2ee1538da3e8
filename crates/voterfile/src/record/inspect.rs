//! The first scan over a whole file: what must be known of it before its first record is read.

use super::line::LINE_LENGTH_MAX;
use crate::encoding::{EncodingError, UTF8_MARK};
use crate::format::{LineEnd, TextEncoding};
use memchr::{memchr, memchr_iter, memchr2, memrchr};
use xxhash_rust::xxh3::xxh3_64;

/// What the scan hashes of each line, to find what may stand twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanKey {
    /// The id, by [`key_hash`].
    Field(KeyPlace),
    /// The whole line, by [`line_hash`].
    Line,
}

/// Where the id stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPlace {
    /// 0-based field.
    pub field: usize,
    /// As in [`RecordShape::Delimited`](crate::format::RecordShape::Delimited).
    pub delimiter: u8,
    /// The quote byte, if the file has one.
    pub quote: Option<u8>,
}

/// What the scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Byte-order mark, else strict UTF-8, else cp1252.
    pub encoding: TextEncoding,
    /// Whether the file starts with a UTF-8 byte-order mark.
    pub has_mark: bool,
    /// What ends a line.
    pub line_end: LineEnd,
    /// Size of the file.
    pub bytes: u64,
    /// Physical lines, counted as the record reader counts them.
    pub lines: u64,
    /// NUL bytes.
    pub nul_bytes: u64,
    /// Bytes 0x80 to 0x9F in a cp1252 file: few mean curly quotes and dashes, many mean another encoding.
    pub c1_bytes: u64,
    /// One hash a line, in the order of the file, when a [`ScanKey`] was given. Approximate: header lines and
    /// broken lines give a hash, too, and a line that lacks the field gives none.
    pub key_hashes: Vec<u64>,
}

/// Scans a file fed to it in chunks of any size.
pub struct Inspector {
    bytes: u64,
    nul_bytes: u64,
    c1_bytes: u64,
    head: Vec<u8>,
    utf8: Utf8Scan,
    line_feeds: LineCount,
    carriage_returns: LineCount,
    keys: Option<KeyScan>,
}

impl Inspector {
    /// A scan; with `key` it also hashes that of every line.
    pub fn new(key: Option<ScanKey>) -> Self {
        Inspector {
            bytes: 0,
            nul_bytes: 0,
            c1_bytes: 0,
            head: Vec::new(),
            utf8: Utf8Scan::default(),
            line_feeds: LineCount::new(b'\n'),
            carriage_returns: LineCount::new(b'\r'),
            keys: key.map(KeyScan::new),
        }
    }

    /// The next bytes of the file.
    pub fn feed(&mut self, chunk: &[u8]) {
        // Each pass below runs over a piece that is still in the processor's cache.
        for piece in chunk.chunks(32 << 10) {
            let wanted = 3_usize.saturating_sub(self.head.len()).min(piece.len());
            self.head.extend_from_slice(&piece[..wanted]);
            self.bytes += count(piece.len());
            self.nul_bytes += count(memchr_iter(0, piece).count());
            self.line_feeds.feed(piece);
            if self.line_feeds.found == 0 {
                self.carriage_returns.feed(piece);
            }
            if !self.utf8.feed(piece) {
                self.c1_bytes += count(piece.iter().filter(|byte| matches!(byte, 0x80..=0x9F)).count());
            }
            if let Some(keys) = &mut self.keys {
                keys.feed(piece);
            }
        }
    }

    /// The outcome.
    ///
    /// # Errors
    /// When the file is UTF-16, or no text at all.
    pub fn finish(mut self) -> Result<Inspection, EncodingError> {
        if self.head.starts_with(b"\xFF\xFE") || self.head.starts_with(b"\xFE\xFF") {
            return Err(EncodingError::Utf16Mark);
        }
        if self.nul_bytes > self.bytes / 4 {
            return Err(EncodingError::MostlyNul { nul_bytes: self.nul_bytes, bytes: self.bytes });
        }
        let has_mark = self.head.starts_with(UTF8_MARK);
        let encoding =
            if has_mark || self.utf8.is_valid() { TextEncoding::Utf8 } else { TextEncoding::Cp1252 };
        let line_end = match self.line_feeds.found == 0 && self.carriage_returns.found > 0 {
            true => LineEnd::CarriageReturn,
            false => LineEnd::LineFeed,
        };
        let lines = match line_end {
            LineEnd::LineFeed => self.line_feeds.lines(),
            LineEnd::CarriageReturn => self.carriage_returns.lines(),
        };
        if let Some(keys) = &mut self.keys {
            keys.end_line();
        }
        Ok(Inspection {
            encoding,
            has_mark,
            line_end,
            bytes: self.bytes,
            lines,
            nul_bytes: self.nul_bytes,
            c1_bytes: if encoding == TextEncoding::Cp1252 { self.c1_bytes } else { 0 },
            key_hashes: self.keys.map(|keys| keys.hashes).unwrap_or_default(),
        })
    }
}

/// Hash of an id as it stands in a field: white space around it and case do not count.
pub fn key_hash(value: &str) -> u64 {
    hash_bytes(value.as_bytes())
}

/// Hash of a line as far as the scan reaches, white space around it left out: equal lines have equal hashes.
pub fn line_hash(line: &[u8]) -> u64 {
    xxh3_64(line[..line.len().min(KeyScan::REACH)].trim_ascii())
}

/// NUL bytes, which the reader takes out, do not count either.
fn hash_bytes(value: &[u8]) -> u64 {
    let value = value.trim_ascii();
    if !value.iter().any(|byte| *byte == 0 || byte.is_ascii_lowercase()) {
        return xxh3_64(value);
    }
    let plain: Vec<u8> = value.iter().filter(|byte| **byte != 0).map(u8::to_ascii_uppercase).collect();
    xxh3_64(&plain)
}

/// Counts lines as [`super::count_lines`] does, chunk by chunk.
struct LineCount {
    terminator: u8,
    /// Terminators.
    found: u64,
    /// Pieces of over-long lines.
    forced: u64,
    /// Bytes since the last line started.
    open: usize,
}

impl LineCount {
    fn new(terminator: u8) -> Self {
        LineCount { terminator, found: 0, forced: 0, open: 0 }
    }

    fn feed(&mut self, piece: &[u8]) {
        let first = memchr(self.terminator, piece).unwrap_or(piece.len());
        self.grow(first);
        if first < piece.len() {
            self.found += count(memchr_iter(self.terminator, &piece[first..]).count());
            let last = memrchr(self.terminator, piece).unwrap_or(first);
            self.open = piece.len() - last - 1;
        }
    }

    /// A line of exactly the longest length ends there, and its terminator is an (empty) line of its own.
    fn grow(&mut self, length: usize) {
        self.open += length;
        while self.open >= LINE_LENGTH_MAX {
            self.open -= LINE_LENGTH_MAX;
            self.forced += 1;
        }
    }

    fn lines(&self) -> u64 {
        self.found + self.forced + u64::from(self.open > 0)
    }
}

/// Strict UTF-8 over chunks.
#[derive(Default)]
struct Utf8Scan {
    /// Bytes of a character that the chunk's end cut.
    pending: Vec<u8>,
    is_invalid: bool,
}

impl Utf8Scan {
    /// Returns whether the piece is pure ASCII.
    fn feed(&mut self, piece: &[u8]) -> bool {
        let is_ascii = piece.is_ascii();
        if self.is_invalid || (is_ascii && self.pending.is_empty()) {
            return is_ascii;
        }
        let mut rest = piece;
        while let ([byte, tail @ ..], false) = (rest, self.pending.is_empty()) {
            self.pending.push(*byte);
            rest = tail;
            match std::str::from_utf8(&self.pending) {
                Ok(_) => self.pending.clear(),
                Err(error) if error.error_len().is_some() => self.is_invalid = true,
                Err(_) => continue,
            }
            break;
        }
        if self.is_invalid || rest.is_empty() {
            return is_ascii;
        }
        if let Err(error) = std::str::from_utf8(rest) {
            match error.error_len() {
                Some(_) => self.is_invalid = true,
                None => self.pending.extend_from_slice(&rest[error.valid_up_to()..]),
            }
        }
        is_ascii
    }

    fn is_valid(&self) -> bool {
        !self.is_invalid && self.pending.is_empty()
    }
}

/// Finds the key field of each line by counting delimiters outside quotes.
struct KeyScan {
    key: ScanKey,
    hashes: Vec<u64>,
    /// The start of a line whose key the chunk's end cut.
    carried: Vec<u8>,
    /// The key of the current line is done; skip to its end.
    is_done: bool,
    /// A line feed was seen; before the first one a carriage return may be what ends lines.
    has_line_feeds: bool,
}

impl KeyScan {
    /// Bytes at the start of a line among which the key is looked for.
    const REACH: usize = super::PRESCAN_REACH as usize;

    fn new(key: ScanKey) -> Self {
        KeyScan { key, hashes: Vec::new(), carried: Vec::new(), is_done: false, has_line_feeds: false }
    }

    fn feed(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !rest.is_empty() {
            let end = if self.has_line_feeds { memchr(b'\n', rest) } else { memchr2(b'\n', b'\r', rest) };
            self.has_line_feeds |= end.is_some_and(|end| rest[end] == b'\n');
            let line = &rest[..end.unwrap_or(rest.len())];
            if !self.is_done {
                if self.carried.is_empty() && end.is_some() {
                    self.take(line);
                } else {
                    let room = Self::REACH.saturating_sub(self.carried.len()).min(line.len());
                    self.carried.extend_from_slice(&line[..room]);
                }
            }
            let Some(end) = end else { return };
            self.end_line();
            rest = &rest[end + 1..];
        }
    }

    fn end_line(&mut self) {
        let carried = std::mem::take(&mut self.carried);
        if !carried.is_empty() && !self.is_done {
            self.take(&carried);
        }
        self.carried = carried;
        self.carried.clear();
        self.is_done = false;
    }

    fn take(&mut self, line: &[u8]) {
        let line = &line[..line.len().min(Self::REACH)];
        let line = line.strip_prefix(UTF8_MARK).unwrap_or(line);
        match self.key {
            ScanKey::Field(place) => self.hashes.extend(key_of(line, place).map(hash_bytes)),
            ScanKey::Line => self.hashes.push(line_hash(line)),
        }
        self.is_done = true;
    }
}

fn key_of(line: &[u8], place: KeyPlace) -> Option<&[u8]> {
    let mut rest = line;
    for _ in 0..place.field {
        rest = rest.get(field_length(rest, place) + 1..)?;
    }
    let mut key = rest[..field_length(rest, place)].trim_ascii();
    if let Some(quote) = place.quote {
        // One of the two may be lost.
        key = key.strip_prefix(&[quote]).unwrap_or(key);
        key = key.strip_suffix(&[quote]).unwrap_or(key);
    }
    Some(key).filter(|key| !key.trim_ascii().is_empty())
}

/// Bytes to the delimiter that ends the first field of `rest`, or to the end.
fn field_length(rest: &[u8], place: KeyPlace) -> usize {
    if place.quote.is_some() && rest.first() == place.quote.as_ref() {
        // A quote before a delimiter closes the field; without one the quotes are broken and do not count.
        let mut from = 1;
        while let Some(found) = memchr(place.delimiter, &rest[from..]) {
            from += found;
            if from > 1 && Some(rest[from - 1]) == place.quote {
                return from;
            }
            from += 1;
        }
    }
    memchr(place.delimiter, rest).unwrap_or(rest.len())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
