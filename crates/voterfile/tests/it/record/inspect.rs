//! The first scan over a file.

use super::nc::{NCID, format, sample};
use super::{Row, read};
use hustings_voterfile::encoding::EncodingError;
use hustings_voterfile::format::{LineEnd, TextEncoding};
use hustings_voterfile::record::{
    Inspection, Inspector, KeyPlace, LINE_LENGTH_MAX, ScanKey, count_lines, key_hash, line_hash,
};
use std::collections::HashMap;

const KEY: KeyPlace = KeyPlace { field: 1, delimiter: b',', quote: Some(b'"') };

/// Fed at once and byte by byte, with the same outcome.
fn inspect(file: &[u8]) -> Result<Inspection, EncodingError> {
    let mut whole = Inspector::new(Some(ScanKey::Field(KEY)));
    whole.feed(file);
    let whole = whole.finish();
    let mut in_bytes = Inspector::new(Some(ScanKey::Field(KEY)));
    file.chunks(1).for_each(|byte| in_bytes.feed(byte));
    assert_eq!(in_bytes.finish(), whole);
    whole
}

fn encoding(file: &[u8]) -> TextEncoding {
    inspect(file).unwrap().encoding
}

#[test]
fn the_encoding_is_chosen_by_mark_then_strict_utf8_then_cp1252() {
    assert_eq!(encoding(b"plain"), TextEncoding::Utf8);
    assert_eq!(encoding("NUÑEZ €\n".as_bytes()), TextEncoding::Utf8);
    assert_eq!(encoding(b"NU\xD1EZ\n"), TextEncoding::Cp1252);
    // One wrong byte anywhere, and a character that the end of the file cuts.
    assert_eq!(encoding("NUÑEZ ".repeat(20_000).as_bytes()), TextEncoding::Utf8);
    assert_eq!(encoding(&["NUÑEZ ".repeat(20_000).as_bytes(), b"\x92"].concat()), TextEncoding::Cp1252);
    assert_eq!(encoding(b"NU\xC3"), TextEncoding::Cp1252);
    // Over-long forms and surrogates are no UTF-8.
    assert_eq!(encoding(b"\xC0\xAF"), TextEncoding::Cp1252);
    assert_eq!(encoding(b"\xED\xA0\x80"), TextEncoding::Cp1252);
    let marked = inspect(b"\xEF\xBB\xBFid,name\n1,NU\xD1EZ\n").unwrap();
    assert_eq!((marked.encoding, marked.has_mark), (TextEncoding::Utf8, true));
}

#[test]
fn utf16_is_a_clear_error() {
    assert_eq!(inspect(b"\xFF\xFEi\0d\0"), Err(EncodingError::Utf16Mark));
    assert_eq!(inspect(b"\xFE\xFF\0i\0d"), Err(EncodingError::Utf16Mark));
    let error = inspect(b"i\0d\0,\0n\0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected UTF-8 or Windows-1252 text, got 4 NUL bytes among 8: UTF-16 or not a text file"
    );
}

#[test]
fn control_bytes_are_counted() {
    let seen = inspect(b"O\x92NEIL,\xD1\x81 \0 plain text\n").unwrap();
    assert_eq!((seen.nul_bytes, seen.c1_bytes, seen.bytes), (1, 2, 23));
    assert_eq!(inspect("Ñ".as_bytes()).unwrap().c1_bytes, 0);
}

#[test]
fn lines_are_counted_as_the_reader_counts_them() {
    let check = |file: &[u8], line_end, lines| {
        let seen = inspect(file).unwrap();
        assert_eq!((seen.line_end, seen.lines), (line_end, lines), "{}", file.escape_ascii());
        assert_eq!(count_lines(file, line_end), lines);
    };
    check(b"", LineEnd::LineFeed, 0);
    check(b"a", LineEnd::LineFeed, 1);
    check(b"a\r\nb\r\n", LineEnd::LineFeed, 2);
    check(b"a\n\nb", LineEnd::LineFeed, 3);
    check(b"a\rb\nc", LineEnd::LineFeed, 2);
    check(b"a\rb\r", LineEnd::CarriageReturn, 2);
    check(b"a\rb", LineEnd::CarriageReturn, 2);
}

#[test]
fn lines_without_end_are_counted_in_pieces() {
    for length in [LINE_LENGTH_MAX - 1, LINE_LENGTH_MAX, LINE_LENGTH_MAX + 1, 2 * LINE_LENGTH_MAX] {
        for end in ["", "\n", "\nx"] {
            let mut file = vec![b'x'; length];
            file.extend_from_slice(end.as_bytes());
            let mut inspector = Inspector::new(None);
            inspector.feed(&file);
            assert_eq!(
                inspector.finish().unwrap().lines,
                count_lines(&file, LineEnd::LineFeed),
                "{length} {end:?}"
            );
        }
    }
}

#[test]
fn keys_of_every_line_are_hashed() {
    let hashes = |file: &str| inspect(file.as_bytes()).unwrap().key_hashes;
    let expected: Vec<u64> = ["NCID", "AB1", "AB2", "AB1"].map(key_hash).to_vec();
    assert_eq!(hashes("x,ncid\r\n1,AB1,y\r\n2,\"AB2\",z\n3, ab1 "), expected);
    assert_eq!(hashes("x,ncid\r1,AB1,y\r2,\"AB2\",z\r3,ab1"), expected);
    // Dirt that the reader takes off.
    assert_eq!(hashes("1,A\0B1,\n2,\"AB1,\n3,AB1\",\n"), [key_hash("AB1"); 3]);
    // A delimiter inside quotes, an unclosed quote, a line without the field, an empty one.
    assert_eq!(
        hashes("\"x,y\",AB1\n\"x,AB2\nnothing\n1,,2\n\"\",AB1\n"),
        [key_hash("AB1"), key_hash("AB2"), key_hash("AB1")]
    );
}

#[test]
fn a_doubled_voter_of_the_sample_is_found() {
    let file = [sample(), sample().split_inclusive(|byte| *byte == b'\n').nth(17).unwrap()].concat();
    for step in [1, 1000, 1 << 20] {
        let mut inspector = Inspector::new(Some(ScanKey::Field(KeyPlace {
            field: NCID,
            delimiter: b'\t',
            quote: Some(b'"'),
        })));
        file.chunks(step).for_each(|chunk| inspector.feed(chunk));
        let seen = inspector.finish().unwrap();
        assert_eq!((seen.encoding, seen.lines, seen.bytes), (TextEncoding::Cp1252, 303, file.len() as u64));
        let mut times: HashMap<u64, u32> = HashMap::new();
        seen.key_hashes.iter().for_each(|hash| *times.entry(*hash).or_default() += 1);
        let (rows, _) = read(&format(), &file);
        let doubled =
            |row: &Row| matches!(row, Row::Taken { fields, .. } if times[&key_hash(&fields[NCID])] > 1);
        assert_eq!(rows.iter().filter(|row| doubled(row)).count(), 2);
    }
}

#[test]
fn equal_lines_have_equal_hashes_wherever_chunks_and_line_ends_are() {
    let text = b"a\tb\r\nc\td\r\na\tb\nA\tb";
    for size in 1..text.len() {
        let mut inspector = Inspector::new(Some(ScanKey::Line));
        text.chunks(size).for_each(|chunk| inspector.feed(chunk));
        let hashes = inspector.finish().unwrap().key_hashes;
        let lines = [&b"a\tb"[..], b"c\td", b"a\tb", b"A\tb"].map(line_hash);
        assert_eq!(hashes.iter().filter(|hash| lines.contains(hash)).count(), 4, "{size}");
        assert_eq!(hashes.iter().filter(|hash| **hash == lines[0]).count(), 2, "{size}");
    }
}
