//! From the lines of a delimited text to records. A cell in quotes may hold line ends. A quote that stands where none may be
//! is no licence to swallow the rows below: the line is read as a row by itself where exactly one reading of it has the
//! header's width, and refused otherwise.

use super::physical_lines::{PhysicalLine, PhysicalLines};
use hustings_voterfile::encoding::decode_cp1252;
use hustings_voterfile::record::readings_of_broken_quotes;
use std::borrow::Cow;
use std::io;
use std::ops::RangeInclusive;

const QUOTE: u8 = b'"';
/// A cell in quotes that is longer is never closed.
const RECORD_BYTES_MAX: usize = 64 << 20;

/// Reads records.
pub(super) struct TextRecords {
    lines: PhysicalLines,
    delimiter: u8,
    /// How many fields a row may have: up to the last named one of the header, to all of it; none while it is looked for.
    width: Option<RangeInclusive<usize>>,
    /// The line that comes next, from 1.
    next_line: u64,
    /// Lines that were mended, and the first of them.
    pub(super) mended: u64,
    pub(super) first_mended: u64,
}

/// One record, whose room is used again.
#[derive(Debug, Default)]
pub(super) struct TextRecord {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Line on which it begins, from 1.
    pub(super) line: u64,
    /// What is wrong with its quotes, while the header is looked for.
    pub(super) broken: Option<Broken>,
}

/// What is wrong with the quotes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// One is opened, and never closed.
    Open,
    /// One stands before something else than the field's end, or whole rows stand between two.
    Stray,
}

/// Why there is no record.
pub(super) enum RecordError {
    Io(io::Error),
    /// The quotes of the line cannot be understood.
    Quotes(u64, Broken),
}

impl From<io::Error> for RecordError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl TextRecord {
    /// How many fields it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field, the white space around it removed; empty when there is none.
    pub(super) fn field(&self, at: usize) -> Cow<'_, str> {
        let end = self.ends.get(at).copied().unwrap_or_default();
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let field = self.text.get(start..end).unwrap_or_default().trim_ascii();
        match text(field) {
            // Some systems pad with it.
            text if memchr::memchr(0, field).is_some() => {
                Cow::Owned(text.replace('\0', "").trim().to_owned())
            }
            text => text,
        }
    }

    /// All of them.
    pub(super) fn fields(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len()).map(|at| self.field(at))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.broken = None;
    }

    fn push(&mut self, field: &[u8]) {
        self.text.extend_from_slice(field);
        self.ends.push(self.text.len());
    }

    /// Adds what stands between quotes, doubled quotes undone.
    fn push_quoted(&mut self, mut content: &[u8]) {
        while let Some(at) = memchr::memchr(QUOTE, content) {
            self.text.extend_from_slice(&content[..=at]);
            content = content.get(at + 2..).unwrap_or_default();
        }
        self.push(content);
    }

    fn split_plainly(&mut self, line: &[u8], delimiter: u8) {
        self.clear();
        let mut start = 0;
        for end in memchr::memchr_iter(delimiter, line) {
            self.push(&line[start..end]);
            start = end + 1;
        }
        self.push(&line[start..]);
    }
}

impl TextRecords {
    pub(super) fn new(lines: PhysicalLines, delimiter: u8, width: Option<RangeInclusive<usize>>) -> Self {
        Self { lines, delimiter, width, next_line: 1, mended: 0, first_mended: 0 }
    }

    /// The line that comes next, from 1.
    pub(super) fn next_line(&self) -> u64 {
        self.next_line
    }

    /// Passes over the lines before this one.
    pub(super) fn skip_to(&mut self, line: u64) -> io::Result<()> {
        while self.next_line < line {
            let Some(passed) = self.lines.line(0)? else { return Ok(()) };
            self.lines.advance(passed.next);
            self.next_line += 1;
        }
        Ok(())
    }

    /// Reads the next record that is not blank; false at the end.
    ///
    /// # Errors
    /// The file cannot be read, or the quotes of a line not be understood.
    pub(super) fn read(&mut self, record: &mut TextRecord) -> Result<bool, RecordError> {
        while let Some(line) = self.lines.line(0)? {
            let content = &self.lines.bytes()[..line.end];
            record.line = self.next_line;
            if is_blank(content) {
                self.lines.advance(line.next);
                self.next_line += 1;
                continue;
            }
            let (length, count) = if memchr::memchr(QUOTE, content).is_none() {
                record.split_plainly(content, self.delimiter);
                (line.next, 1)
            } else {
                self.read_quoted(line, record)?
            };
            self.lines.advance(length);
            self.next_line += count;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads a record with quotes; how many bytes and lines it takes.
    fn read_quoted(
        &mut self,
        line: PhysicalLine,
        record: &mut TextRecord,
    ) -> Result<(usize, u64), RecordError> {
        let broken = match self.split_quoted(line, record)? {
            Ok((_, 1)) if self.width.as_ref().is_none_or(|width| record.len() <= *width.end()) => {
                return Ok((line.next, 1));
            }
            // As it stands, its fields are too many: unless it is mended, that is said.
            Ok((_, 1)) => None,
            Ok((length, _)) if self.are_rows(length)? => Some(Broken::Stray),
            Ok(read) => return Ok(read),
            Err(broken) => Some(broken),
        };
        if self.mend(line, record) {
            if self.mended == 0 {
                self.first_mended = self.next_line;
            }
            self.mended += 1;
            return Ok((line.next, 1));
        }
        match (broken, &self.width) {
            (None, _) => Ok((line.next, 1)),
            (Some(broken), Some(_)) => Err(RecordError::Quotes(self.next_line, broken)),
            (Some(broken), None) => {
                record.split_plainly(&self.lines.bytes()[..line.end], self.delimiter);
                record.broken = Some(broken);
                Ok((line.next, 1))
            }
        }
    }

    /// Splits by RFC 4180, but that a quote within an unquoted field is data, and blanks may stand after a closing one.
    fn split_quoted(
        &mut self,
        mut line: PhysicalLine,
        record: &mut TextRecord,
    ) -> io::Result<Result<(usize, u64), Broken>> {
        record.clear();
        let (mut position, mut count) = (0, 1);
        loop {
            let bytes = self.lines.bytes();
            if bytes.get(position).filter(|_| position < line.end) != Some(&QUOTE) {
                let field = &bytes[position..line.end];
                let length = memchr::memchr(self.delimiter, field);
                record.push(&field[..length.unwrap_or(field.len())]);
                match length {
                    Some(length) => position += length + 1,
                    None => return Ok(Ok((line.next, count))),
                }
                continue;
            }
            let mut scan = position + 1;
            let close = loop {
                let bytes = self.lines.bytes();
                match memchr::memchr(QUOTE, &bytes[scan.min(line.end)..line.end]).map(|at| scan + at) {
                    Some(at) if at + 1 < line.end && bytes[at + 1] == QUOTE => scan = at + 2,
                    Some(at) => break at,
                    None => match self.lines.line(line.next)? {
                        Some(next) if line.next <= RECORD_BYTES_MAX => {
                            scan = line.next;
                            line = next;
                            count += 1;
                        }
                        _ => return Ok(Err(Broken::Open)),
                    },
                }
            };
            let bytes = self.lines.bytes();
            record.push_quoted(&bytes[position + 1..close]);
            let after = &bytes[close + 1..line.end];
            let blanks = after.iter().take_while(|byte| **byte == b' ').count();
            match after.get(blanks) {
                None => return Ok(Ok((line.next, count))),
                Some(byte) if *byte == self.delimiter => position = close + 1 + blanks + 1,
                Some(_) => return Ok(Err(Broken::Stray)),
            }
        }
    }

    /// Whether each line of a record is a row of the header's width when nothing is taken for a quote: then it is many.
    fn are_rows(&mut self, length: usize) -> io::Result<bool> {
        let Some(width) = self.width.clone().filter(|width| *width.end() > 1) else { return Ok(false) };
        let mut from = 0;
        while from < length {
            let Some(line) = self.lines.line(from)? else { break };
            let content = &self.lines.bytes()[from..line.end];
            if !width.contains(&(memchr::memchr_iter(self.delimiter, content).count() + 1)) {
                return Ok(false);
            }
            from = line.next;
        }
        Ok(true)
    }

    /// Reads a line by itself, in the only way that gives the header's width.
    fn mend(&self, line: PhysicalLine, record: &mut TextRecord) -> bool {
        let Some(width) = &self.width else { return false };
        let line = text(&self.lines.bytes()[..line.end]).into_owned();
        let mut readings = readings_of_broken_quotes(&line, self.delimiter, QUOTE);
        readings.retain(|fields| width.contains(&fields.len()));
        let Some((fields, others)) = readings.split_first() else { return false };
        if others.iter().any(|other| other != fields) {
            return false;
        }
        record.clear();
        fields.iter().for_each(|field| record.push(field.as_bytes()));
        true
    }
}

/// Nothing but white space, and what old systems write after the end.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0b | 0x1a))
}

/// UTF-8, or else cp1252, field by field: files grow together from several sources.
fn text(field: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(field) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let mut text = String::new();
            decode_cp1252(field, &mut text);
            Cow::Owned(text)
        }
    }
}
