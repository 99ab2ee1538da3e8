//! The format, compiled, and its judgement over the text of one line: right, or wrong and why.

use super::census::{Census, run_hash};
use super::check::Checks;
use super::moves::{Move, MoveKind};
use super::rule::QuarantineRule;
use super::split::{Fields, Span, SplitError, split_at_delimiters, split_fixed, split_strict};
use crate::encoding::{UTF8_MARK, decode_cp1252};
use crate::format::{
    ContactFields, FieldRun, LineEnd, RecordFormat, RecordShape, TextEncoding, normalize_header,
};
use std::sync::Arc;

/// A format made ready for reading.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub shape: RecordShape,
    pub width: usize,
    pub encoding: TextEncoding,
    pub line_end: LineEnd,
    pub checks: Checks,
    /// Fields that are weighed by the census.
    pub runs: Vec<FieldRun>,
    /// Where the parts of an address stand.
    pub contact: ContactFields,
    /// Where a name's suffix stands.
    pub suffix: Option<usize>,
    census: Option<Arc<Census>>,
    /// Normalized names, without empty ones at the end; empty when the layout has no header.
    header: Vec<String>,
}

/// Room for one line, used again for each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    decoded: String,
    unescaped: String,
    spans: Vec<Span>,
    /// Hashes of whole runs that the census found right, each at the place that its low bits say.
    right_runs: Vec<u64>,
}

/// Why a row is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub rule: QuarantineRule,
    pub detail: String,
}

/// What one line is without a repair.
pub(crate) enum Plain<'a> {
    Right(Fields<'a>),
    Header,
    Blank,
    Broken,
}

impl Plan {
    pub fn new(format: &RecordFormat) -> Self {
        let mut header: Vec<String> =
            format.header.iter().flatten().map(|name| normalize_header(name)).collect();
        while header.last().is_some_and(String::is_empty) {
            header.pop();
        }
        Plan {
            shape: format.shape.clone(),
            width: format.width,
            encoding: format.encoding,
            line_end: format.line_end,
            checks: Checks::new(format),
            // At fixed positions no field moves without all that follow, and those have rules of their own.
            runs: match format.shape {
                RecordShape::Delimited { .. } => format.runs.clone(),
                RecordShape::Fixed { .. } => Vec::new(),
            },
            contact: match format.shape {
                RecordShape::Delimited { .. } => format.contact.clone(),
                RecordShape::Fixed { .. } => ContactFields::default(),
            },
            suffix: format.suffix.filter(|_| matches!(format.shape, RecordShape::Delimited { .. })),
            census: format.census.clone(),
            header,
        }
    }

    /// Reads a line as it stands: the path of nearly every row, free of allocation.
    pub fn plain<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Plain<'a> {
        if line.first().is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0B | 0x1A))
            && super::line::is_blank(line)
        {
            return Plain::Blank;
        }
        if self.is_header(line) {
            return Plain::Header;
        }
        // A DOS end-of-file byte, a NUL or a carriage return is dirt that the strict parse would not see.
        if line.len() > super::RECORD_LENGTH_MAX
            || matches!((line.first(), line.last()), (Some(0x1A), _) | (_, Some(0x1A)))
            || line.starts_with(UTF8_MARK)
            || memchr::memchr2(0, b'\r', line).is_some()
        {
            return Plain::Broken;
        }
        let Scratch { decoded, unescaped, spans, right_runs } = scratch;
        let text = match (std::str::from_utf8(line), self.encoding) {
            (Ok(text), TextEncoding::Utf8) => text,
            (Ok(text), TextEncoding::Cp1252) if text.is_ascii() => text,
            (_, TextEncoding::Cp1252) => {
                decode_cp1252(line, decoded);
                decoded.as_str()
            }
            (Err(_), TextEncoding::Utf8) => return Plain::Broken,
        };
        let text = match &self.shape {
            RecordShape::Delimited { delimiter, quote } => {
                match split_strict(text, *delimiter, *quote, spans, unescaped) {
                    Ok(text) => text,
                    Err(SplitError::OpenQuote | SplitError::StrayQuote) => return Plain::Broken,
                }
            }
            RecordShape::Fixed { fields, line_length_max } => {
                // Bytes are positions only where each is one character.
                if line.len() > *line_length_max || text.len() != line.len() || !text.is_ascii() {
                    return Plain::Broken;
                }
                match split_fixed(text, fields, spans) {
                    Some(()) => text,
                    None => return Plain::Broken,
                }
            }
        };
        let fields = Fields { text, spans };
        if fields.len() == self.width
            && self.weigh_rules(fields).is_ok()
            && self.is_in_place(fields, right_runs)
        {
            Plain::Right(fields)
        } else {
            Plain::Broken
        }
    }

    /// Whether fields of the right number are in their places.
    ///
    /// # Errors
    /// The fault for which the row is quarantined.
    pub fn weigh(&self, fields: Fields<'_>) -> Result<(), Fault> {
        self.weigh_rules(fields).and_then(|()| self.weigh_census(fields))
    }

    /// Whether the values of every run stand beside each other as in other rows, or at least did not move by one place.
    ///
    /// # Errors
    /// The fault for which the row is quarantined.
    pub fn weigh_census(&self, fields: Fields<'_>) -> Result<(), Fault> {
        if let Some((at, expected)) = self.contact.misplaced(fields, self.census.as_deref()) {
            let detail = format!("{}: expected {expected}", self.field_name(at));
            return Err(Fault { rule: QuarantineRule::ShiftedRow, detail });
        }
        let Some(census) = &self.census else { return Ok(()) };
        if let Some(at) = self.suffix.filter(|at| census.is_name_in_suffix(fields, *at)) {
            return Err(Fault {
                rule: QuarantineRule::ShiftedRow,
                detail: format!(
                    "{}: expected a suffix, got what stands in {} of other rows of the file",
                    self.field_name(at),
                    self.field_name(at - 1)
                ),
            });
        }
        match self.runs.iter().find_map(|run| census.moved(fields, run)) {
            None => Ok(()),
            Some(Move { from, to, kind }) => Err(Fault {
                rule: QuarantineRule::ShiftedRow,
                detail: format!(
                    "{} to {}: expected values that stand together in other rows of the file, got {}",
                    self.field_name(from),
                    self.field_name(to),
                    match kind {
                        MoveKind::Left => "values moved one place to the left",
                        MoveKind::Right => "values moved one place to the right",
                        MoveKind::Dates => "a description that begins with another date",
                        MoveKind::Split => "a value in two pieces and others moved beside them",
                    }
                ),
            }),
        }
    }

    /// As [`Self::weigh_census`], for the path of nearly every row: voters who live together have the same districts, and
    /// what was found right once is known again by its hash.
    fn is_in_place(&self, fields: Fields<'_>, right_runs: &mut Vec<u64>) -> bool {
        const PLACES: usize = 1 << 13;
        if self.contact.misplaced(fields, self.census.as_deref()).is_some() {
            return false;
        }
        let Some(census) = &self.census else { return true };
        if self.suffix.is_some_and(|at| census.is_name_in_suffix(fields, at)) {
            return false;
        }
        right_runs.resize(PLACES, 0);
        self.runs.iter().all(|run| {
            let Some(hash) = run_hash(fields, run) else { return true };
            let place = &mut right_runs[usize::try_from(hash).unwrap_or(usize::MAX) % PLACES];
            if *place == hash {
                return true;
            }
            let is_right = census.moved(fields, run).is_none();
            if is_right {
                *place = hash;
            }
            is_right
        })
    }

    /// The layout's checks alone.
    fn weigh_rules(&self, fields: Fields<'_>) -> Result<(), Fault> {
        let verdict = self.checks.weigh(fields);
        if verdict.is_clean() {
            return Ok(());
        }
        let item = self.checks.item(verdict.first);
        let detail = |also: &str| {
            format!(
                "{}: expected {}, got {} characters{also}",
                self.field_name(item.field),
                item.expected(),
                fields.get(item.field).chars().count()
            )
        };
        let failed = verdict.ids + verdict.anchors + verdict.soft;
        if verdict.ids > 0 && verdict.anchors + verdict.soft == 0 {
            return Err(Fault { rule: QuarantineRule::InvalidId, detail: detail("") });
        }
        if failed > verdict.soft || verdict.soft > 1 {
            let also = match failed - 1 {
                0 => String::new(),
                1 => "; 1 more check fails".to_owned(),
                more => format!("; {more} more checks fail"),
            };
            return Err(Fault { rule: QuarantineRule::ShiftedRow, detail: detail(&also) });
        }
        let value = fields.get(item.field);
        let is_overflow = item.is_overflow(value);
        // `00/00/0000` is a bad date; a word among dates may be a neighbor.
        let is_word = value.bytes().any(|byte| byte.is_ascii_alphabetic());
        if (is_overflow || is_word) && self.shift_explains(fields, item.field, is_overflow) {
            let detail = detail("; fields of the row moved by one place explain it");
            return Err(Fault { rule: QuarantineRule::ShiftedRow, detail });
        }
        Ok(())
    }

    /// Whether the only failed check, at `failed`, is explained by fields that moved by one place: an extra delimiter and
    /// a lost empty field close to each other leave the count right. It needs evidence beyond the failure: a word too
    /// long for its short column, or a moved value that a strict check knows at its other place.
    fn shift_explains(&self, fields: Fields<'_>, failed: usize, is_overflow: bool) -> bool {
        const REACH: usize = 6;
        let RecordShape::Delimited { delimiter, .. } = self.shape else { return false };
        let merge =
            |left: usize| format!("{}{}{}", fields.get(left), char::from(delimiter), fields.get(left + 1));
        let fits = |place: usize, value: &str, evidence: &mut u32| {
            *evidence += u32::from(self.checks.is_strict(place) && !value.trim_ascii().is_empty());
            self.checks.fits(place, value)
        };
        let first = failed.saturating_sub(REACH);
        let last = (failed + REACH).min(fields.len().saturating_sub(1));
        for start in first..=failed {
            for end in failed.max(start + 1)..=last {
                let mut evidence = u32::from(is_overflow);
                // Value `start` was split in two, and the empty field `end` was lost.
                if self.checks.fits(start, &merge(start))
                    && (start + 1..end).all(|place| fits(place, fields.get(place + 1), &mut evidence))
                    && self.checks.fits(end, "")
                    && evidence > 0
                {
                    return true;
                }
                let mut evidence = u32::from(is_overflow);
                // The empty field `start` was lost, and value `end` was split in two.
                if self.checks.fits(start, "")
                    && (start + 1..end).all(|place| fits(place, fields.get(place - 1), &mut evidence))
                    && self.checks.fits(end, &merge(end - 1))
                    && evidence > 0
                {
                    return true;
                }
            }
        }
        false
    }

    /// `field 4 (NCID)`.
    pub fn field_name(&self, field: usize) -> String {
        match self.header.get(field) {
            Some(name) => format!("field {} ({name})", field + 1),
            None => format!("field {}", field + 1),
        }
    }

    fn is_header(&self, line: &[u8]) -> bool {
        let (Some(first), RecordShape::Delimited { delimiter, .. }) = (self.header.first(), &self.shape)
        else {
            return false;
        };
        // Nearly every row is told from a header by its first field.
        let start = line.strip_prefix(UTF8_MARK).unwrap_or(line);
        let end = memchr::memchr(*delimiter, start).unwrap_or(start.len());
        let letters = start[..end].iter().filter(|byte| !is_dropped_from_header(**byte));
        if first.is_ascii() && !letters.map(u8::to_ascii_uppercase).eq(first.bytes()) {
            return false;
        }
        let mut spans = Vec::with_capacity(self.header.len());
        split_at_delimiters(start, *delimiter, &mut spans);
        let mut names: Vec<String> = spans
            .iter()
            .map(|span| normalize_header(&String::from_utf8_lossy(&start[span.start..span.end])))
            .collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        names == self.header
    }
}

fn is_dropped_from_header(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | 0 | 0x1A)
}
