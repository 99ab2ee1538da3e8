//! What may mend a broken line: hypotheses, of which exactly one must make the row right.

use super::clean::Cleaned;
use super::judge::{Fault, Plan};
use super::places::Fits;
use super::quotes::quote_readings;
use super::rule::{QuarantineRule, Repair, RepairSet};
use super::split::{Fields, Span, SplitError, split_fixed, split_fixed_characters, split_strict};
use crate::format::{RecordShape, TextEncoding};
use std::ops::Range;

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

    /// A reading of these values.
    pub fn new<V: AsRef<str>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut reading = Reading { text: String::new(), spans: Vec::new() };
        for value in values {
            let start = reading.text.len();
            reading.text.push_str(value.as_ref());
            reading.spans.push(Span { start, end: reading.text.len() });
        }
        reading
    }
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
        let mut mended: Vec<(Reading, RepairSet)> = Vec::new();
        for (reading, repair) in readings {
            let repairs = cleaned.repairs.with(repair);
            let count = reading.spans.len();
            if count == self.width {
                match self.weigh(reading.fields()) {
                    Ok(()) => mended.push((reading, repairs)),
                    Err(found) => fault = fault.or(Some(found)),
                }
            // Surplus empty fields besides are still certain; with any other damage broken quotes are not.
            } else if let Some(cut) = self.cut_trailing(&reading, delimiter) {
                mended.push((cut, repairs.with(Repair::TrailingEmptyFields)));
            } else {
                fault = fault.or(Some(self.wrong_count(count)));
            }
        }
        if let Some((reading, repairs)) = mended.pop() {
            return match mended.iter().all(|(other, _)| *other == reading) {
                true => Ok((reading, mended.first().map_or(repairs, |(_, repairs)| *repairs))),
                false => Err(ambiguous("the quotes can be read in several ways")),
            };
        }
        match (error, fault) {
            (SplitError::OpenQuote, Some(fault)) if fault.rule == QuarantineRule::ShortRow => Err(fault),
            (SplitError::OpenQuote, None) => Err(Fault {
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
                Fits::One(merged) => self
                    .weigh_census(merged.fields())
                    .map(|()| (merged, repairs.with(Repair::UnquotedDelimiter))),
                Fits::Several => Err(ambiguous(&format!(
                    "expected {} fields, got {count}: they can be merged in several ways",
                    self.width
                ))),
                Fits::None => Err(self.wrong_count(count)),
            };
        }
        match self.insert_missing(&reading) {
            Fits::One(whole) => {
                self.weigh_census(whole.fields()).map(|()| (whole, repairs.with(Repair::MissingField)))
            }
            Fits::Several | Fits::None => Err(self.wrong_count(count)),
        }
    }

    fn wrong_count(&self, count: usize) -> Fault {
        let rule = if count < self.width { QuarantineRule::ShortRow } else { QuarantineRule::LongRow };
        Fault { rule, detail: format!("expected {} fields, got {count}", self.width) }
    }
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
