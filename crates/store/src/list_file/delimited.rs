//! Delimited text with a header, in UTF-8, cp1252 or UTF-16; commas, tabs, semicolons or bars. What vendors write above the
//! header is passed over.

use super::header::{HEADER_WITHIN, header_place};
use super::physical_lines::PhysicalLines;
use super::text_record::{Broken, RecordError, TextRecord, TextRecords};
use super::{Block, Content, Layout, ListBlock, Mended};
use crate::error::StoreError;
use std::io::{Cursor, Read};
use std::path::Path;

/// Cells longer than this are cut in messages.
const SHOWN_MAX: usize = 40;
/// By so many first bytes encoding, line ends and delimiter are told.
const FIRST_BYTES: usize = 1 << 16;
/// By so many first lines the delimiter is told.
const FIRST_LINES: usize = 30;

/// A text whose header has been found.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// The headers.
    pub(super) headers: Vec<String>,
    /// How many rows stand above them.
    pub(super) above: usize,
    /// The line after the header's, from 1.
    rows_line: u64,
    delimiter: u8,
}

/// Finds the header.
pub(super) fn open(path: &Path, content: &Content) -> Result<Text, StoreError> {
    let (lines, delimiter) = lines(path, content)?;
    let mut records = TextRecords::new(lines, delimiter, None);
    let (mut record, mut first, mut after) = (TextRecord::default(), Vec::new(), Vec::new());
    while first.len() < HEADER_WITHIN
        && records.read(&mut record).map_err(|error| failed(path, error, None))?
    {
        let cells: Vec<String> = record.fields().map(|field| field.into_owned()).collect();
        // A line of delimiters alone says nothing.
        if cells.iter().any(|cell| !cell.is_empty()) {
            first.push(cells);
            after.push((record.line, record.broken, records.next_line()));
        }
    }
    let place = header_place(&first);
    let Some((line, broken, rows_line)) = after.get(place).copied() else {
        return Ok(Text { headers: Vec::new(), above: 0, rows_line: 1, delimiter });
    };
    if let Some(broken) = broken {
        return Err(failed(path, RecordError::Quotes(line, broken), None));
    }
    Ok(Text { headers: first.swap_remove(place), above: place, rows_line, delimiter })
}

impl Text {
    pub(super) fn each_block(
        &self,
        path: &Path,
        content: &Content,
        layout: Layout,
        take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
    ) -> Result<Mended, StoreError> {
        let width = self.headers.len();
        let (lines, _) = lines(path, content)?;
        let named =
            self.headers.iter().rposition(|header| !header.trim().is_empty()).map_or(width, |at| at + 1);
        let mut records = TextRecords::new(lines, self.delimiter, Some(named..=width));
        records.skip_to(self.rows_line).map_err(StoreError::io("read", path))?;
        let mut record = TextRecord::default();
        let mut block = Block::new(width);
        let mut mended = Mended::default();
        while records.read(&mut record).map_err(|error| failed(path, error, Some(width)))? {
            let beyond = (width..record.len()).rev().find(|at| !record.field(*at).is_empty());
            if let Some(at) = beyond {
                if layout == Layout::Strict {
                    let shown: String = record.field(at).chars().take(SHOWN_MAX).collect();
                    return Err(StoreError::Input(format!(
                        "`{}`, line {}: expected {width} fields as in the header, got {} (the last is `{shown}`)",
                        path.display(),
                        record.line,
                        record.len()
                    )));
                }
                mended.wider += 1;
            }
            if layout == Layout::Sent && (0..width).all(|at| record.field(at).is_empty()) {
                continue;
            }
            for at in 0..width {
                block.cell(at, &record.field(at));
            }
            block.end_row(record.line, take)?;
        }
        block.hand_on(take)?;
        (mended.quotes, mended.first_line) = (records.mended, records.first_mended);
        Ok(mended)
    }
}

fn failed(path: &Path, error: RecordError, width: Option<usize>) -> StoreError {
    let (line, broken) = match error {
        RecordError::Io(error) => return StoreError::io("read", path)(error),
        RecordError::Quotes(line, broken) => (line, broken),
    };
    let what = match broken {
        Broken::Open => "a quote is opened and never closed",
        Broken::Stray => "a quote stands where none may be",
    };
    let without = width.map_or(String::new(), |width| {
        format!(", and without it the line is no row of {width} fields as in the header")
    });
    StoreError::Input(format!("`{}`, line {line}: {what}{without}", path.display()))
}

/// The text from its beginning, in UTF-8 or cp1252, and its delimiter.
fn lines(path: &Path, content: &Content) -> Result<(PhysicalLines, u8), StoreError> {
    let mut source = content.open(path).map_err(StoreError::io("read", path))?;
    let mut first = Vec::new();
    let limit = u64::try_from(FIRST_BYTES).unwrap_or(u64::MAX);
    source.by_ref().take(limit).read_to_end(&mut first).map_err(StoreError::io("read", path))?;
    let is_whole = first.len() < FIRST_BYTES;
    if let Some(wide) = Wide::of(&first) {
        source.read_to_end(&mut first).map_err(StoreError::io("read", path))?;
        let text = wide.decode(&first).into_bytes();
        let delimiter = delimiter(&text[..text.len().min(FIRST_BYTES)], text.len() <= FIRST_BYTES);
        return Ok((PhysicalLines::new(text, Box::new(Cursor::new(Vec::new()))), delimiter));
    }
    let marks = first.iter().filter(|byte| matches!(byte, 1..=8 | 14..=25 | 27..=31 | 127)).count();
    if marks * 20 > first.len() {
        return Err(StoreError::Input(format!(
            "`{}` is no text: expected csv, parquet or xlsx",
            path.display()
        )));
    }
    if first.starts_with(&[0xef, 0xbb, 0xbf]) {
        first.drain(..3);
    }
    let delimiter = delimiter(&first, is_whole);
    Ok((PhysicalLines::new(first, source), delimiter))
}

/// What parts most lines into equally many cells: a title above the header holds a comma easily, and so does what stands in
/// quotes.
fn delimiter(first: &[u8], is_whole: bool) -> u8 {
    let mut lines: Vec<&[u8]> = first
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|line| !line.trim_ascii().is_empty())
        .take(FIRST_LINES + 1)
        .collect();
    // The last one may be cut off.
    if lines.len() > FIRST_LINES || (!is_whole && lines.len() > 1) {
        lines.pop();
    }
    let score = |delimiter: u8| {
        let count = |line: &&[u8]| {
            let mut within = false;
            let counts = |byte: &&u8| {
                within ^= **byte == b'"';
                !within && **byte == delimiter
            };
            line.iter().filter(counts).count()
        };
        let mut counts: Vec<usize> = lines.iter().map(count).collect();
        counts.sort_unstable();
        let usual = counts.get(counts.len() / 2).copied().unwrap_or_default();
        usual * counts.iter().filter(|count| **count == usual).count()
    };
    // Of equals the first.
    b",\t;|".iter().copied().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

/// UTF-16.
struct Wide {
    is_little: bool,
    mark: usize,
}

impl Wide {
    /// By its mark; without one by the NULs that stand in every second byte of a text that is mostly Latin.
    fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0xff, 0xfe, ..] => return Some(Self { is_little: true, mark: 2 }),
            [0xfe, 0xff, ..] => return Some(Self { is_little: false, mark: 2 }),
            _ => {}
        }
        let pairs = || first.as_chunks::<2>().0.iter();
        let all = pairs().count();
        let latin = |at: usize| pairs().filter(|pair| pair[at] == 0 && pair[1 - at] != 0).count();
        let is_most = |count: usize| all > 1 && count * 10 >= all * 8;
        let wide = |is_little| Self { is_little, mark: 0 };
        is_most(latin(1)).then(|| wide(true)).or_else(|| is_most(latin(0)).then(|| wide(false)))
    }

    fn decode(&self, bytes: &[u8]) -> String {
        let (pairs, rest) = bytes[self.mark..].as_chunks::<2>();
        let unit = |pair: &[u8; 2]| {
            if self.is_little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
        };
        let units = char::decode_utf16(pairs.iter().map(unit));
        let text: String = units.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        // Half a letter is one that is lost.
        if rest.is_empty() { text } else { text + "\u{fffd}" }
    }
}
