//! The ways in which a row with broken quotes can be read.

use super::repair::Reading;
use super::rule::Repair;
use super::split::{push_unescaped, split_at_delimiters};

/// The fields of a line with broken quotes, in every way in which it can be read; which is right, its reader must know.
///
/// ```
/// use hustings_voterfile::record::readings_of_broken_quotes;
///
/// assert_eq!(readings_of_broken_quotes("7,\"ANN,LEE", b',', b'"'), [["7", "ANN", "LEE"]]);
/// assert!(readings_of_broken_quotes("7,ANN,\"LEE", b',', b'"').is_empty(), "the line may be cut off");
/// ```
#[must_use]
pub fn readings_of_broken_quotes(line: &str, delimiter: u8, quote: u8) -> Vec<Vec<String>> {
    let fields = |(reading, _): (Reading, Repair)| reading.fields().iter().map(str::to_owned).collect();
    quote_readings(line, delimiter, quote).into_iter().map(fields).collect()
}

/// Every plausible reading, with the repair that it means. Whether one is right, the checks must tell.
pub(crate) fn quote_readings(text: &str, delimiter: u8, quote: u8) -> Vec<(Reading, Repair)> {
    let mut spans = Vec::new();
    split_at_delimiters(text.as_bytes(), delimiter, &mut spans);
    let pieces: Vec<&str> = spans.iter().map(|span| &text[span.start..span.end]).collect();
    let mark = char::from(quote);
    let quoted = pieces.iter().filter(|piece| piece.starts_with(mark)).count();
    let mut readings = Vec::new();
    if quoted * 2 >= pieces.len() {
        readings
            .extend(split_all_quoted(text, delimiter, mark).map(|reading| (reading, Repair::EmbeddedQuotes)));
        readings.extend(split_naive(&pieces, mark));
    } else if let Some(reading) = split_lenient(text, delimiter, mark) {
        readings.push((reading, Repair::EmbeddedQuotes));
    } else {
        readings.extend(split_naive(&pieces, mark));
    }
    readings
}

/// Where every field is quoted, a field ends at quote, delimiter, quote, and nowhere else.
fn split_all_quoted(text: &str, delimiter: u8, quote: char) -> Option<Reading> {
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let between = format!("{quote}{}{quote}", char::from(delimiter));
    Some(Reading::new(inner.split(between.as_str()).map(|content| content_of(content, quote))))
}

/// Every delimiter ends a field. At most one field may have lost one of its two quotes; not the opening one of the row or
/// the closing one of the row, because that is how a row looks whose start or end was cut off.
fn split_naive(pieces: &[&str], quote: char) -> Option<(Reading, Repair)> {
    let mut unbalanced = 0;
    let mut values = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        let trimmed = piece.trim_matches(' ');
        match (trimmed.strip_prefix(quote), trimmed.strip_suffix(quote)) {
            (Some(_), Some(_)) if trimmed.len() > 1 => {
                values.push(content_of(&trimmed[1..trimmed.len() - 1], quote))
            }
            (Some(_), _) if index + 1 == pieces.len() => return None,
            (None, Some(_)) if index == 0 => return None,
            (Some(rest), _) | (None, Some(rest)) => {
                unbalanced += 1;
                values.push(content_of(rest, quote));
            }
            (None, None) => values.push((*piece).to_owned()),
        }
    }
    let repair = if unbalanced == 0 { Repair::EmbeddedQuotes } else { Repair::UnbalancedQuote };
    (unbalanced <= 1).then(|| (Reading::new(values), repair))
}

/// A quoted field ends at a quote before a delimiter or the line's end; quotes in an unquoted field are data.
fn split_lenient(text: &str, delimiter: u8, quote: char) -> Option<Reading> {
    let delimiter = char::from(delimiter);
    let closing = format!("{quote}{delimiter}");
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let end = if let Some(inner) = rest.strip_prefix(quote) {
            let length =
                inner.find(closing.as_str()).or_else(|| inner.ends_with(quote).then(|| inner.len() - 1))?;
            values.push(content_of(&inner[..length], quote));
            length + 2
        } else {
            let length = rest.find(delimiter).unwrap_or(rest.len());
            values.push(rest[..length].to_owned());
            length
        };
        match rest.get(end..).and_then(|rest| rest.strip_prefix(delimiter)) {
            Some(next) => rest = next,
            None => return Some(Reading::new(values)),
        }
    }
}

/// A quoted field's content: doubled quotes undone, unless some quote in it is not doubled.
fn content_of(content: &str, quote: char) -> String {
    let doubled = format!("{quote}{quote}");
    if content.replace(doubled.as_str(), "").contains(quote) {
        return content.to_owned();
    }
    let mut text = String::with_capacity(content.len());
    push_unescaped(content, u8::try_from(quote).ok(), &mut text);
    text
}
