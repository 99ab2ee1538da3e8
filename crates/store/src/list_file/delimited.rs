//! Delimited text with a header, in UTF-8, cp1252 or UTF-16; commas, tabs, semicolons or bars.

use super::{Block, Content, ListBlock};
use crate::error::StoreError;
use hustings_voterfile::encoding::decode_cp1252;
use std::borrow::Cow;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// Cells longer than this are cut in messages.
const SHOWN_MAX: usize = 40;

pub(super) fn headers(path: &Path, content: &Content) -> Result<Vec<String>, StoreError> {
    let mut reader = reader(path, content)?;
    let mut record = csv::ByteRecord::new();
    loop {
        let read = reader
            .read_byte_record(&mut record)
            .map_err(|error| StoreError::io("read", path)(error.into()))?;
        if !read {
            return Ok(Vec::new());
        }
        let headers: Vec<String> = record.iter().map(|field| text(field).trim().to_owned()).collect();
        if headers.iter().any(|header| !header.is_empty()) {
            return Ok(headers);
        }
    }
}

pub(super) fn each_block(
    path: &Path,
    content: &Content,
    width: usize,
    take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut reader = reader(path, content)?;
    let mut record = csv::ByteRecord::new();
    let mut block = Block::new(width);
    let mut header = true;
    while reader.read_byte_record(&mut record).map_err(|error| StoreError::io("read", path)(error.into()))? {
        if header {
            header = !record.iter().any(|field| !field.trim_ascii().is_empty());
            continue;
        }
        if let Some(extra) = record.iter().skip(width).rfind(|field| !field.trim_ascii().is_empty()) {
            let shown: String = text(extra).chars().take(SHOWN_MAX).collect();
            return Err(StoreError::Input(format!(
                "`{}`, line {}: expected {width} fields as in the header, got {} (the last is `{shown}`)",
                path.display(),
                record.position().map_or(0, csv::Position::line),
                record.len()
            )));
        }
        for at in 0..width {
            block.cell(at, &text(record.get(at).unwrap_or_default().trim_ascii()));
        }
        block.end_row(record.position().map_or(0, csv::Position::line), take)?;
    }
    block.hand_on(take)
}

fn reader(path: &Path, content: &Content) -> Result<csv::Reader<Box<dyn Read>>, StoreError> {
    let file = content.open(path).map_err(StoreError::io("read", path))?;
    let mut file = BufReader::with_capacity(1 << 18, file);
    let start = file.fill_buf().map_err(StoreError::io("read", path))?;
    let (bytes, first): (Box<dyn Read>, Vec<u8>) = match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let text = of_utf16(&content.bytes(path)?).into_bytes();
            let first = first_line(&text).to_vec();
            (Box::new(Cursor::new(text)), first)
        }
        _ => {
            let mark = usize::from(start.starts_with(&[0xef, 0xbb, 0xbf])) * 3;
            let first = first_line(&start[mark..]).to_vec();
            file.consume(mark);
            (Box::new(file), first)
        }
    };
    Ok(csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&first))
        .buffer_capacity(1 << 18)
        .from_reader(bytes))
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default()
}

/// What stands most often in the header.
fn delimiter(header: &[u8]) -> u8 {
    let count = |wanted: u8| header.iter().filter(|byte| **byte == wanted).count();
    [b',', b'\t', b';', b'|'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
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

fn of_utf16(bytes: &[u8]) -> String {
    let little = bytes.starts_with(&[0xff, 0xfe]);
    let units = bytes[2..].chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
