//! What may mend a broken line: hypotheses, of which exactly one must make the row right.

use super::judge::{Fault, Plan};
use super::rule::{QuarantineRule, Repair, RepairSet};
use super::split::{
    Fields, Span, SplitError, push_unescaped, split_at_delimiters, split_fixed, split_fixed_characters,
    split_strict,
};
use crate::encoding::{UTF8_MARK, decode_cp1252};
use crate::format::{RecordShape, TextEncoding};
use std::ops::Range;

/// Most surplus fields that are merged away (Iowa's rows are known to have up to ten).
const SURPLUS_MAX: usize = 10;

/// One way to read a row, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    text: String,
    spans: Vec<Span>,
}

impl Reading {
    pub fn fields(&self) -> Fields<'_> {
        Fields { text: &self.text, spans: &self.spans }
    }

    fn new<V: AsRef<str>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut reading = Reading { text: String::new(), spans: Vec::new() };
        for value in values {
            let start = reading.text.len();
            reading.text.push_str(value.as_ref());
            reading.spans.push(Span { start, end: reading.text.len() });
        }
        reading
    }
}

/// A line's bytes made text, without the dirt that never means anything.
pub(crate) struct Cleaned {
    pub text: String,
    pub repairs: RepairSet,
}

/// The text of a line, and what had to be taken out of it.
pub(crate) fn clean(line: &[u8], encoding: TextEncoding) -> Cleaned {
    let mut repairs = RepairSet::NONE;
    let mut rest = line;
    if let Some(without_mark) = rest.strip_prefix(UTF8_MARK) {
        rest = without_mark;
        repairs = repairs.with(Repair::ByteOrderMarkStripped);
    }
    while let [head @ .., end @ (0 | 0x1A)] = rest {
        rest = head;
        repairs = repairs.with(if *end == 0 { Repair::NulStripped } else { Repair::EndOfFileStripped });
    }
    let mut bytes = rest.to_vec();
    if memchr::memchr(0, &bytes).is_some() {
        bytes.retain(|byte| *byte != 0);
        repairs = repairs.with(Repair::NulStripped);
    }
    if memchr::memchr(b'\r', &bytes).is_some() {
        bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b' ');
        repairs = repairs.with(Repair::CarriageReturnBlanked);
    }
    let text = match (String::from_utf8(bytes), encoding) {
        (Ok(text), TextEncoding::Utf8) => text,
        (Ok(text), TextEncoding::Cp1252) if text.is_ascii() => text,
        (result, _) => {
            if encoding == TextEncoding::Utf8 {
                repairs = repairs.with(Repair::MixedEncoding);
            }
            let bytes = result.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
            let mut text = String::new();
            decode_cp1252(&bytes, &mut text);
            text
        }
    };
    Cleaned { text, repairs }
}

/// What a strict reading of a broken text gives.
pub(crate) enum Strict {
    /// Sound quoting; perhaps a wrong number of fields or wrong places.
    Sound(Reading),
    /// Broken quoting.
    Unsound(SplitError),
}

impl Plan {
    /// Reads a delimited text strictly.
    pub fn strict(&self, text: &str, delimiter: u8, quote: Option<u8>) -> Strict {
        let (mut spans, mut unescaped) = (Vec::new(), String::new());
        match split_strict(text, delimiter, quote, &mut spans, &mut unescaped) {
            Ok(text) => Strict::Sound(Reading { text: text.to_owned(), spans }),
            Err(error) => Strict::Unsound(error),
        }
    }

    /// Mends one line by itself.
    ///
    /// # Errors
    /// The fault for which it is quarantined.
    pub fn mend(&self, cleaned: &Cleaned) -> Result<(Reading, RepairSet), Fault> {
        let (delimiter, quote) = match &self.shape {
            RecordShape::Fixed { fields, line_length_max } => {
                return self.mend_fixed(cleaned, fields, *line_length_max);
            }
            RecordShape::Delimited { delimiter, quote } => (*delimiter, *quote),
        };
        match (self.strict(&cleaned.text, delimiter, quote), quote) {
            (Strict::Sound(reading), _) => self.mend_places(reading, cleaned.repairs, delimiter),
            (Strict::Unsound(error), Some(quote)) => self.mend_quotes(cleaned, delimiter, quote, error),
            (Strict::Unsound(_), None) => Err(broken_quotes()),
        }
    }

    fn mend_fixed(
        &self,
        cleaned: &Cleaned,
        places: &[Range<usize>],
        line_length_max: usize,
    ) -> Result<(Reading, RepairSet), Fault> {
        let text = cleaned.text.trim_end();
        let characters = text.chars().count();
        if characters > line_length_max {
            let detail = format!("expected at most {line_length_max} characters, got {characters}");
            return Err(Fault { rule: QuarantineRule::LongRow, detail });
        }
        let is_padded_beyond = cleaned.text.chars().count() > line_length_max;
        let repairs = match is_padded_beyond && cleaned.text.len() > text.len() {
            true => cleaned.repairs.with(Repair::TrailingEmptyFields),
            false => cleaned.repairs,
        };
        let mut spans = Vec::new();
        split_fixed_characters(text, places, &mut spans);
        let by_character = Reading { text: text.to_owned(), spans: spans.clone() };
        // In UTF-8 positions may count bytes (in cp1252 each byte is a character). The length of a full line tells which.
        let by_byte = (self.encoding == TextEncoding::Utf8
            && split_fixed(text, places, &mut spans).is_some())
        .then(|| Reading { text: text.to_owned(), spans })
        .filter(|by_byte| *by_byte != by_character && cleaned.text.chars().count() != line_length_max);
        let Some(by_byte) = by_byte else {
            return self.weigh(by_character.fields()).map(|()| (by_character, repairs));
        };
        match (self.weigh(by_character.fields()), self.weigh(by_byte.fields())) {
            (_, Ok(())) if cleaned.text.len() == line_length_max => Ok((by_byte, repairs)),
            (Ok(()), Ok(())) => Err(ambiguous("positions counted in bytes and in characters fit both")),
            (Ok(()), Err(_)) => Ok((by_character, repairs)),
            (Err(_), Ok(())) => Ok((by_byte, repairs)),
            (Err(fault), Err(_)) => Err(fault),
        }
    }

    /// Broken quotes: of the ways to read them exactly one must put every field in its place.
    fn mend_quotes(
        &self,
        cleaned: &Cleaned,
        delimiter: u8,
        quote: u8,
        error: SplitError,
    ) -> Result<(Reading, RepairSet), Fault> {
        let readings = quote_readings(&cleaned.text, delimiter, quote);
        let mut fault = None;
        let mut mended: Option<(Reading, Repair)> = None;
        for (reading, repair) in &readings {
            let result = match reading.fields().len() == self.width {
                true => self.weigh(reading.fields()),
                false => Err(self.wrong_count(reading.fields().len())),
            };
            match (result, &mended) {
                (Err(found), _) => fault = fault.or(Some(found)),
                (Ok(()), Some((other, _))) if other != reading => {
                    return Err(ambiguous("the quotes can be read in several ways"));
                }
                (Ok(()), Some(_)) => {}
                (Ok(()), None) => mended = Some((reading.clone(), *repair)),
            }
        }
        if let Some((reading, repair)) = mended {
            return Ok((reading, cleaned.repairs.with(repair)));
        }
        // Broken quotes together with surplus empty fields are still certain; with anything else they are not.
        for (reading, repair) in &readings {
            if let Some(cut) = self.cut_trailing(reading, delimiter) {
                return Ok((cut, cleaned.repairs.with(*repair).with(Repair::TrailingEmptyFields)));
            }
        }
        match (error, fault) {
            (SplitError::OpenQuote, Some(fault)) if fault.rule == QuarantineRule::ShortRow => Err(fault),
            (SplitError::OpenQuote, _) if readings.is_empty() => Err(Fault {
                rule: QuarantineRule::ShortRow,
                detail: "the row starts or ends inside quotes: it may be cut there".to_owned(),
            }),
            (_, Some(fault)) => Err(fault),
            (_, None) => Err(broken_quotes()),
        }
    }

    /// Sound quoting, but fields missing, left over or out of place.
    fn mend_places(
        &self,
        reading: Reading,
        repairs: RepairSet,
        delimiter: u8,
    ) -> Result<(Reading, RepairSet), Fault> {
        let count = reading.spans.len();
        if count == self.width {
            return self.weigh(reading.fields()).map(|()| (reading, repairs));
        }
        if count > self.width {
            if let Some(cut) = self.cut_trailing(&reading, delimiter) {
                return Ok((cut, repairs.with(Repair::TrailingEmptyFields)));
            }
            return match self.merge_surplus(&reading, delimiter) {
                Fits::One(merged) => Ok((merged, repairs.with(Repair::UnquotedDelimiter))),
                Fits::Several => Err(ambiguous(&format!(
                    "expected {} fields, got {count}: they can be merged in several ways",
                    self.width
                ))),
                Fits::None => Err(self.wrong_count(count)),
            };
        }
        match self.insert_missing(&reading) {
            Fits::One(whole) => Ok((whole, repairs.with(Repair::MissingField))),
            Fits::Several | Fits::None => Err(self.wrong_count(count)),
        }
    }

    fn wrong_count(&self, count: usize) -> Fault {
        let rule = if count < self.width { QuarantineRule::ShortRow } else { QuarantineRule::LongRow };
        Fault { rule, detail: format!("expected {} fields, got {count}", self.width) }
    }

    /// Surplus fields, all empty and at the end, cut off, when every check then holds; or all but one, when no merging
    /// of neighbors does better.
    fn cut_trailing(&self, reading: &Reading, delimiter: u8) -> Option<Reading> {
        let fields = reading.fields();
        let surplus = fields.len().checked_sub(self.width).filter(|surplus| *surplus > 0)?;
        if !(self.width..fields.len()).all(|index| fields.get(index).trim_ascii().is_empty()) {
            return None;
        }
        // A value split in two further left leaves an empty last field at the end, too. One surplus field is the mark of
        // a line that ends with a delimiter; several must stand behind a last field that is filled.
        if surplus > 1 && fields.get(self.width - 1).trim_ascii().is_empty() {
            return None;
        }
        let cut = Reading::new(fields.iter().take(self.width));
        let verdict = self.checks.weigh(cut.fields());
        let is_right = verdict.is_clean()
            || (self.weigh(cut.fields()).is_ok()
                && matches!(self.merge_surplus(reading, delimiter), Fits::None));
        is_right.then_some(cut)
    }

    /// Neighbors merged so that every check holds.
    fn merge_surplus(&self, reading: &Reading, delimiter: u8) -> Fits {
        let fields = reading.fields();
        let surplus = fields.len() - self.width;
        if surplus > SURPLUS_MAX {
            return Fits::None;
        }
        let merged = |place: usize, from: usize, more: usize, between: &str| -> Option<String> {
            let value = (from..=from + more).map(|index| fields.get(index)).collect::<Vec<_>>().join(between);
            self.checks.fits(place, &value).then_some(value)
        };
        let mut buffer = [0; 4];
        let between: &str = char::from(delimiter).encode_utf8(&mut buffer);
        // ways[place][used]: in how many ways (0, 1, 2 for more) the fields from `place` on can be filled when `used`
        // surplus fields are merged already; with the number merged at `place` in the last way found.
        let mut ways = vec![vec![(0_u8, 0_usize, false); surplus + 1]; self.width + 1];
        ways[self.width][surplus].0 = 1;
        for place in (0..self.width).rev() {
            for used in 0..=surplus {
                for more in 0..=surplus - used {
                    let rest = ways[place + 1][used + more].0;
                    if rest == 0 {
                        continue;
                    }
                    let with_delimiter = merged(place, place + used, more, between).is_some();
                    // A stray delimiter inside a checked value is a rival, but no repair: which byte is data?
                    let is_bare =
                        !with_delimiter && more > 0 && merged(place, place + used, more, "").is_some();
                    if with_delimiter || is_bare {
                        let entry = &mut ways[place][used];
                        *entry = (entry.0.saturating_add(rest).min(2), more, is_bare);
                    }
                }
            }
        }
        match ways[0][0].0 {
            0 => return Fits::None,
            1 => {}
            _ => return Fits::Several,
        }
        let mut values = Vec::with_capacity(self.width);
        let mut used = 0;
        for (place, way) in ways.iter().enumerate().take(self.width) {
            let (_, more, is_bare) = way[used];
            match merged(place, place + used, more, between) {
                Some(value) if !is_bare => values.push(value),
                _ => return Fits::Several,
            }
            used += more;
        }
        Fits::One(Reading::new(values))
    }

    /// One field put back empty, when there is exactly one place for it, when the layout knows by sight what stands there,
    /// and when neither neighbor can hold its value (then a delimiter was lost, and not a field).
    fn insert_missing(&self, reading: &Reading) -> Fits {
        let fields = reading.fields();
        if fields.len() + 1 != self.width {
            return Fits::None;
        }
        let fits_from_right =
            |place: usize| (place + 1..self.width).all(|at| self.checks.fits(at, fields.get(at - 1)));
        let mut found: Option<usize> = None;
        for place in 0..self.width {
            if place > 0 && !self.checks.fits(place - 1, fields.get(place - 1)) {
                break;
            }
            if !self.checks.fits(place, "") || !fits_from_right(place) {
                continue;
            }
            // Two places inside one run of empty fields give the same row.
            if found.is_some_and(|other| (other..place).any(|at| !fields.get(at).is_empty())) {
                return Fits::Several;
            }
            found = Some(place);
        }
        let Some(place) = found else { return Fits::None };
        // When only the last field is out of place, it may be what a cut left of the field before it.
        if place + 1 >= fields.len() {
            return Fits::Several;
        }
        let whole = Reading::new((0..self.width).map(|at| match at.cmp(&place) {
            std::cmp::Ordering::Less => fields.get(at),
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => fields.get(at - 1),
        }));
        let left = place.checked_sub(1).map_or("", |left| fields.get(left)).trim_ascii();
        let right = fields.get(place).trim_ascii();
        let hides = |value: &str, from_end: bool| {
            value.char_indices().map(|(at, _)| at).chain([value.len()]).any(|at| {
                let part = if from_end { &value[at..] } else { &value[..at] };
                !part.trim_ascii().is_empty() && self.checks.fits(place, part)
            })
        };
        if !self.checks.is_strict(place) || hides(left, true) || hides(right, false) {
            return Fits::Several;
        }
        Fits::One(whole)
    }
}

/// How many hypotheses make a row right.
enum Fits {
    None,
    One(Reading),
    Several,
}

fn ambiguous(detail: &str) -> Fault {
    Fault { rule: QuarantineRule::AmbiguousShift, detail: detail.to_owned() }
}

fn broken_quotes() -> Fault {
    Fault {
        rule: QuarantineRule::BrokenQuotes,
        detail: "the quotes of the row cannot be understood".to_owned(),
    }
}

/// The ways in which broken quotes can be read.
fn quote_readings(text: &str, delimiter: u8, quote: u8) -> Vec<(Reading, Repair)> {
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
