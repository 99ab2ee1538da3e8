//! Physical lines: the base unit of reading.

use crate::format::LineEnd;

/// Longest physical line, in bytes. A longer run without a line end is counted as several lines of this length, so that
/// memory stays bounded whatever the file holds.
pub const LINE_LENGTH_MAX: usize = 4 << 20;

/// One physical line inside a buffer.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    /// Where it starts.
    pub start: usize,
    /// Where its content ends: carriage returns before the line end left out.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
}

impl LineEnd {
    /// The byte that ends a line.
    pub(crate) fn byte(self) -> u8 {
        match self {
            LineEnd::LineFeed => b'\n',
            LineEnd::CarriageReturn => b'\r',
        }
    }
}

/// The line that starts at `start`, or none when the buffer ends before the line does and `at_end` is false, or when
/// nothing is left.
pub(crate) fn line_at(buffer: &[u8], start: usize, line_end: LineEnd, at_end: bool) -> Option<Line> {
    let rest = buffer.get(start..).filter(|rest| !rest.is_empty())?;
    let window = &rest[..rest.len().min(LINE_LENGTH_MAX)];
    let (length, terminator) = match memchr::memchr(line_end.byte(), window) {
        Some(length) => (length, 1),
        None if window.len() == LINE_LENGTH_MAX || at_end => (window.len(), 0),
        None => return None,
    };
    let mut content = &window[..length];
    while let [head @ .., b'\r'] = content {
        content = head;
    }
    Some(Line { start, end: start + content.len(), next: start + length + terminator })
}

/// How many physical lines `bytes` holds, when they start where a line starts: for the line number of the next block.
pub fn count_lines(bytes: &[u8], line_end: LineEnd) -> u64 {
    let mut lines = 0;
    let mut start = 0;
    while let Some(line) = line_at(bytes, start, line_end, true) {
        lines += 1;
        start = line.next;
    }
    lines
}

/// Nothing but white space, and the padding that old systems write after the end: NULs and 0x1A (DOS end of file).
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0B | 0x1A))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], line_end: LineEnd) -> Vec<&[u8]> {
        let mut found = Vec::new();
        let mut start = 0;
        while let Some(line) = line_at(bytes, start, line_end, true) {
            found.push(&bytes[line.start..line.end]);
            start = line.next;
        }
        assert_eq!(start, bytes.len());
        found
    }

    #[test]
    fn lines_end_at_line_feeds_with_or_without_carriage_returns() {
        let expected: [&[u8]; 4] = [b"a", b"b\rc", b"", b"d"];
        assert_eq!(lines(b"a\r\nb\rc\r\r\n\nd", LineEnd::LineFeed), expected);
        assert_eq!(lines(b"a\rb", LineEnd::CarriageReturn), [b"a", b"b"]);
        assert!(lines(b"", LineEnd::LineFeed).is_empty());
    }

    #[test]
    fn an_unfinished_line_waits_for_more_bytes() {
        assert!(line_at(b"abc", 0, LineEnd::LineFeed, false).is_none());
        assert_eq!(line_at(b"abc", 0, LineEnd::LineFeed, true).map(|line| line.next), Some(3));
    }

    #[test]
    fn an_endless_line_is_counted_in_pieces() {
        let bytes = vec![b'x'; LINE_LENGTH_MAX + 10];
        assert_eq!(count_lines(&bytes, LineEnd::LineFeed), 2);
        assert!(line_at(&bytes, 0, LineEnd::LineFeed, false).is_some());
    }
}
