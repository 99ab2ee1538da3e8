//! The beginning of a file, as recognition looks at it: its first lines, cut into fields by a trial delimiter.

use crate::format::{LineEnd, TextEncoding};
use std::borrow::Cow;

/// Lines looked at, header included.
const LINES: usize = 1001;

/// The first lines that are not blank, without line ends.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    pub(super) lines: Vec<&'a [u8]>,
    pub(super) line_end: LineEnd,
    encoding: TextEncoding,
}

impl<'a> Sample<'a> {
    /// `head` is the whole file or its first bytes; a last line without end counts only if it is the only one or the
    /// head is short enough to be the whole file.
    pub(super) fn new(head: &'a [u8], encoding: TextEncoding, head_max: usize) -> Self {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let has = |byte: u8| memchr::memchr(byte, head).is_some();
        let (line_end, end) = if !has(b'\n') && has(b'\r') {
            (LineEnd::CarriageReturn, b'\r')
        } else {
            (LineEnd::LineFeed, b'\n')
        };
        let mut lines: Vec<&[u8]> =
            head.split(|&byte| byte == end).map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
        if lines.len() > 1 && head.len() + 3 >= head_max {
            lines.pop();
        }
        lines.retain(|line| line.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0));
        lines.truncate(LINES);
        Self { lines, line_end, encoding }
    }

    pub(super) fn text(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        match self.encoding {
            TextEncoding::Utf8 => String::from_utf8_lossy(bytes),
            TextEncoding::Cp1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    }

    /// The fields of line `at`.
    pub(super) fn fields(&self, at: usize, delimiter: u8, quote: Option<u8>) -> Vec<String> {
        self.lines.get(at).map_or_else(Vec::new, |line| split(&self.text(line), delimiter, quote))
    }

    /// The fields of a fixed-width line.
    pub(super) fn fixed(&self, at: usize, places: &[std::ops::Range<usize>]) -> Vec<String> {
        let Some(line) = self.lines.get(at) else { return Vec::new() };
        places
            .iter()
            .map(|place| {
                let end = place.end.min(line.len());
                let bytes = line.get(place.start.min(end)..end).unwrap_or_default();
                self.text(bytes).trim().to_owned()
            })
            .collect()
    }
}

/// Cuts a line at its delimiters; a field that begins with a quote runs to the quote before a delimiter or the end.
fn split(line: &str, delimiter: u8, quote: Option<u8>) -> Vec<String> {
    let delimiter = char::from(delimiter);
    let Some(quote) = quote.map(char::from) else {
        return line.split(delimiter).map(|field| field.trim().to_owned()).collect();
    };
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(' ');
        let (field, tail) = match trimmed.strip_prefix(quote) {
            Some(inner) => quoted(inner, delimiter, quote),
            None => match rest.split_once(delimiter) {
                Some((field, tail)) => (field.to_owned(), Some(tail)),
                None => (rest.to_owned(), None),
            },
        };
        fields.push(field.trim().to_owned());
        match tail {
            Some(tail) => rest = tail,
            None => return fields,
        }
    }
}

fn quoted(inner: &str, delimiter: char, quote: char) -> (String, Option<&str>) {
    for (at, _) in inner.match_indices(quote) {
        let after = inner[at + quote.len_utf8()..].trim_start_matches(' ');
        let value = || inner[..at].replace(&format!("{quote}{quote}"), &quote.to_string());
        if after.is_empty() {
            return (value(), None);
        }
        if let Some(tail) = after.strip_prefix(delimiter) {
            return (value(), Some(tail));
        }
    }
    (inner.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fall_into_fields() {
        let check = |line: &str, delimiter: u8, quote: Option<u8>, expected: &[&str]| {
            assert_eq!(split(line, delimiter, quote), expected, "{line}");
        };
        check("a,b,c", b',', Some(b'"'), &["a", "b", "c"]);
        check(r#""a","b, b","""c""""#, b',', Some(b'"'), &["a", "b, b", r#""c""#]);
        check(r#""O"NEIL","b""#, b',', Some(b'"'), &[r#"O"NEIL"#, "b"]);
        check("\"a\"\tb\t", b'\t', Some(b'"'), &["a", "b", ""]);
        check(r#""a"|'b"#, b'|', None, &[r#""a""#, "'b"]);
    }

    #[test]
    fn a_cut_last_line_is_left_out_and_a_whole_file_is_not() {
        let lines = |head: &[u8], most: usize| Sample::new(head, TextEncoding::Utf8, most).lines.len();
        assert_eq!(lines(b"\xef\xbb\xbfone\r\n\r\ntwo", 1024), 2);
        assert_eq!(lines(b"one\r\ntwo", 8), 1);
    }
}
