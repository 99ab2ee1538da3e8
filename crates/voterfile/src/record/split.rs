//! From the text of one line to the places of its fields.

use std::ops::Range;

/// Where one field lies in its text, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

/// Fields that lie in one text.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub text: &'a str,
    pub spans: &'a [Span],
}

impl<'a> Fields<'a> {
    /// The field's value; empty when there is no such field.
    pub fn get(&self, index: usize) -> &'a str {
        self.spans.get(index).and_then(|span| self.text.get(span.start..span.end)).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let fields = *self;
        (0..fields.len()).map(move |index| fields.get(index))
    }
}

/// How a line's quoting breaks RFC 4180.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SplitError {
    /// The line ends inside quotes.
    OpenQuote,
    /// A quote stands where none may: inside an unquoted field, or before something else than a delimiter.
    StrayQuote,
}

/// Splits by RFC 4180, or plainly when there is no quote byte. Returns the text in which `spans` lie: `text` itself, or
/// `unescaped` when doubled quotes had to be undone.
pub(crate) fn split_strict<'a>(
    text: &'a str,
    delimiter: u8,
    quote: Option<u8>,
    spans: &mut Vec<Span>,
    unescaped: &'a mut String,
) -> Result<&'a str, SplitError> {
    let bytes = text.as_bytes();
    split_at_delimiters(bytes, delimiter, spans);
    let Some(quote) = quote else { return Ok(text) };
    let quotes = memchr::memchr_iter(quote, bytes).count();
    if quotes == 0 || (quotes == 2 * spans.len() && take_off_quotes(bytes, quote, spans)) {
        return Ok(text);
    }
    if !split_quoted(bytes, delimiter, quote, spans)? {
        return Ok(text);
    }
    unescaped.clear();
    for span in spans.iter_mut() {
        let start = unescaped.len();
        let is_quoted = span.start > 0 && bytes[span.start - 1] == quote;
        push_unescaped(&text[span.start..span.end], is_quoted.then_some(quote), unescaped);
        *span = Span { start, end: unescaped.len() };
    }
    Ok(unescaped)
}

/// Splits at every delimiter, eight bytes at a time: the place of every delimiter is found without a branch per byte.
pub(crate) fn split_at_delimiters(bytes: &[u8], delimiter: u8, spans: &mut Vec<Span>) {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let pattern = u64::from_ne_bytes([delimiter; 8]);
    spans.clear();
    let mut start = 0;
    let mut base = 0;
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let differs = u64::from_le_bytes(*word) ^ pattern;
        // The high bit of each byte that equals the delimiter; no carry crosses bytes, so it is exact.
        let mut hits = !(((differs & LOW) + LOW) | differs | LOW);
        while hits != 0 {
            let end = base + (hits.trailing_zeros() >> 3) as usize;
            spans.push(Span { start, end });
            start = end + 1;
            hits &= hits - 1;
        }
        base += 8;
    }
    for (index, byte) in tail.iter().enumerate() {
        if *byte == delimiter {
            spans.push(Span { start, end: base + index });
            start = base + index + 1;
        }
    }
    spans.push(Span { start, end: bytes.len() });
}

/// When every field stands between quotes: takes the quotes off. The caller has seen that there are exactly two a field.
fn take_off_quotes(bytes: &[u8], quote: u8, spans: &mut [Span]) -> bool {
    for span in spans {
        if span.end < span.start + 2 || bytes[span.start] != quote || bytes[span.end - 1] != quote {
            return false;
        }
        span.start += 1;
        span.end -= 1;
    }
    true
}

/// The general case. Returns whether a field holds doubled quotes.
fn split_quoted(bytes: &[u8], delimiter: u8, quote: u8, spans: &mut Vec<Span>) -> Result<bool, SplitError> {
    spans.clear();
    let mut has_escapes = false;
    let mut position = 0;
    loop {
        let end = if bytes.get(position) == Some(&quote) {
            let mut scan = position + 1;
            let close = loop {
                let found = memchr::memchr(quote, &bytes[scan..]).ok_or(SplitError::OpenQuote)? + scan;
                if bytes.get(found + 1) != Some(&quote) {
                    break found;
                }
                has_escapes = true;
                scan = found + 2;
            };
            spans.push(Span { start: position + 1, end: close });
            close + 1
        } else {
            let length = memchr::memchr(delimiter, &bytes[position..]).unwrap_or(bytes.len() - position);
            let end = position + length;
            if memchr::memchr(quote, &bytes[position..end]).is_some() {
                return Err(SplitError::StrayQuote);
            }
            spans.push(Span { start: position, end });
            end
        };
        match bytes.get(end) {
            None => return Ok(has_escapes),
            Some(byte) if *byte == delimiter => position = end + 1,
            Some(_) => return Err(SplitError::StrayQuote),
        }
    }
}

/// Appends a field's content, doubled quotes undone when `quote` is given.
pub(crate) fn push_unescaped(content: &str, quote: Option<u8>, text: &mut String) {
    let Some(quote) = quote.map(char::from) else {
        text.push_str(content);
        return;
    };
    let mut skip = false;
    for character in content.chars() {
        skip = character == quote && !skip;
        if !skip {
            text.push(character);
        }
    }
}

/// Fields at byte positions; what lies beyond the end of a short line is empty. None when a position falls inside a
/// character.
pub(crate) fn split_fixed(text: &str, places: &[Range<usize>], spans: &mut Vec<Span>) -> Option<()> {
    spans.clear();
    for place in places {
        let span = Span { start: place.start.min(text.len()), end: place.end.min(text.len()) };
        if !text.is_char_boundary(span.start) || !text.is_char_boundary(span.end) {
            return None;
        }
        spans.push(Span { start: span.start, end: span.end.max(span.start) });
    }
    Some(())
}

/// As [`split_fixed`], with positions counted in characters: how systems that pad before they encode write.
pub(crate) fn split_fixed_characters(text: &str, places: &[Range<usize>], spans: &mut Vec<Span>) {
    let offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
    let offset = |position: usize| offsets.get(position).copied().unwrap_or(text.len());
    spans.clear();
    spans.extend(places.iter().map(|place| {
        let start = offset(place.start);
        Span { start, end: offset(place.end).max(start) }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(text: &str, delimiter: u8, quote: Option<u8>) -> Result<Vec<String>, SplitError> {
        let (mut spans, mut unescaped) = (Vec::new(), String::new());
        let text = split_strict(text, delimiter, quote, &mut spans, &mut unescaped)?;
        Ok(Fields { text, spans: &spans }.iter().map(str::to_owned).collect())
    }

    #[test]
    fn quoted_rows_split_by_rfc_4180() {
        let check = |text, expected: &[&str]| assert_eq!(strict(text, b',', Some(b'"')).unwrap(), expected);
        check("", &[""]);
        check(",", &["", ""]);
        check("a,b", &["a", "b"]);
        check("\"a\",\"b\"", &["a", "b"]);
        check("\"a,b\",c", &["a,b", "c"]);
        check("\"a \"\"b\"\" c\",\"\"", &["a \"b\" c", ""]);
        check("\"\"\"\",x,", &["\"", "x", ""]);
        check("\"É, Ñ\",\"\"\"é\"\"\"", &["É, Ñ", "\"é\""]);
        check("abcdefgh,ijklmnop,,,,,,,,q", &["abcdefgh", "ijklmnop", "", "", "", "", "", "", "", "q"]);
    }

    #[test]
    fn broken_quoting_is_an_error_and_never_a_guess() {
        let check = |text, expected| assert_eq!(strict(text, b',', Some(b'"')), Err(expected));
        check("\"a", SplitError::OpenQuote);
        check("a,\"b,c", SplitError::OpenQuote);
        check("\"a\"b,c", SplitError::StrayQuote);
        check("a \"b\",c", SplitError::StrayQuote);
        check("a\",\"b", SplitError::StrayQuote);
        check("\"a\" ,b", SplitError::StrayQuote);
    }

    #[test]
    fn without_a_quote_byte_quotes_are_data() {
        assert_eq!(strict("\"a|b\"c", b'|', None).unwrap(), ["\"a", "b\"c"]);
    }

    #[test]
    fn fixed_fields_of_short_lines_are_empty() {
        let places = [0..2, 2..4, 4..6];
        let mut spans = Vec::new();
        split_fixed("abc", &places, &mut spans).unwrap();
        let fields = Fields { text: "abc", spans: &spans };
        assert_eq!(fields.iter().collect::<Vec<_>>(), ["ab", "c", ""]);
        assert!(split_fixed("aÉc", &places, &mut spans).is_none());
        split_fixed_characters("aÉcd", &places, &mut spans);
        assert_eq!(Fields { text: "aÉcd", spans: &spans }.iter().collect::<Vec<_>>(), ["aÉ", "cd", ""]);
    }
}
