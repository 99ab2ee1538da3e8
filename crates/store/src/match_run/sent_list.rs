//! A list as somebody sends it: delimited text in whatever encoding, with whatever stands above its header.

use super::MatchRow;
use crate::error::StoreError;
use hustings_voterfile::encoding::decode_cp1252;

/// At most so many rows are matched from a page.
pub const SENT_ROWS_MAX: usize = 500_000;
/// At most so many cells of a row are read.
const CELLS_MAX: usize = 500;

/// The records of a list, those above its rows too, without blank ones.
///
/// # Errors
/// It is empty, no text, or has too many rows.
pub fn sent_records(name: &str, bytes: &[u8]) -> Result<Vec<MatchRow>, StoreError> {
    let wrong = |what: String| Err(StoreError::Input(format!("`{name}` {what}")));
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return wrong("is empty: expected a header and rows".to_owned());
    }
    if bytes.starts_with(b"%PDF") {
        return wrong(
            "is no list: save it as CSV or xlsx in a spreadsheet program, and send that".to_owned(),
        );
    }
    let text = decoded(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut records = Vec::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(records),
            Ok(true) => {}
            Err(error) => return wrong(format!("cannot be read: {error}")),
        }
        let cells: Vec<String> = record.iter().take(CELLS_MAX).map(cell).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if records.len() > SENT_ROWS_MAX {
            return wrong(format!(
                "has more than {SENT_ROWS_MAX} rows: send it in parts, or use `hustings match`"
            ));
        }
        records.push(MatchRow { line: record.position().map_or(0, |at| line(&text, at)), cells });
    }
}

/// On which line a record begins: the reader's position stands before the blank lines that it skips.
fn line(text: &str, at: &csv::Position) -> u64 {
    let begin = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(begin..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    at.line() + u64::try_from(blank.filter(|byte| **byte == b'\n').count()).unwrap_or(0)
}

fn cell(field: &str) -> String {
    field.replace('\0', "").trim().to_owned()
}

/// UTF-8 or UTF-16 by its mark, else UTF-8 where all of it is, else cp1252.
fn decoded(bytes: &[u8]) -> String {
    let wide = |of: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => {
                    let mut text = String::new();
                    decode_cp1252(bytes, &mut text);
                    text
                }
            }
        }
    }
}

/// What parts most lines into equally many cells: a title above the header holds a comma easily.
fn delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(30).collect();
    let score = |delimiter: u8| {
        let mut counts: Vec<usize> =
            lines.iter().map(|line| line.bytes().filter(|byte| *byte == delimiter).count()).collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied().unwrap_or_default()
    };
    // Of equals the first.
    b",\t;|".iter().copied().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        sent_records("list.csv", bytes).unwrap().into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn whatever_its_encoding_and_its_delimiter() {
        let expected = vec![vec!["name", "phone"], vec!["PEÑA, ANN", "1"], vec!["B", ""]];
        assert_eq!(cells("name,phone\n\"PEÑA, ANN\",1\n\nB,\n".as_bytes()), expected);
        assert_eq!(cells("\u{feff}name;phone\r\nPEÑA, ANN;1\r\nB;\r\n".as_bytes()), expected);
        assert_eq!(cells(b"name\tphone\nPE\xd1A, ANN\t1\nB\t\n"), expected);
        let wide: Vec<u8> =
            "\u{feff}name|phone\nPEÑA, ANN|1\nB|".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(cells(&wide), expected);
    }

    #[test]
    fn rows_know_their_lines_and_what_is_no_text_is_said() {
        let rows = sent_records("list.csv", b"Our list, of May\n\nname,phone\n\"A\nB\",1\nC,2\n").unwrap();
        let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [1, 3, 4, 6], "also below a blank line");
        let said = |bytes: &[u8]| sent_records("list.csv", bytes).unwrap_err().to_string();
        assert_eq!(said(b" \n"), "`list.csv` is empty: expected a header and rows");
        assert!(said(b"%PDF-1.4").contains("save it as CSV"));
    }
}
