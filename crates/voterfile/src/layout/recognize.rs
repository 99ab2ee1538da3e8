//! Which file of a layout some bytes are: by header, else by width, always verified on the rows. The file's name decides
//! only between shapes that nothing else tells apart.

use super::checks::{field_checks, row_evidence};
use super::finding::hint;
use super::matching::{Cell, HeaderMatch, match_header, name_matches, numbered, unnumbered};
use super::recognized::{ColumnUse, RecognizeError, Recognized, named_columns, positional_columns, snake};
use super::runs::{contact, runs, suffix};
use super::sample::Sample;
use super::{FileFormat, FileKind, FileLayout, HeaderRule, Layout, LayoutColumn};
use crate::format::{FieldCheck, RecordFormat, RecordShape, TextEncoding, normalize_header};
use crate::record::Checks;
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of a file that recognition looks at; give it this many, or the whole file.
pub const HEAD_MAX: usize = 1 << 20;

/// Share of sample rows, in percent, that must stand in their place: with a header, without one, and without one where
/// the layout promises one.
const ROWS_WITH_HEADER: usize = 50;
const ROWS_BY_WIDTH: usize = 60;
const ROWS_HEADER_LOST: usize = 90;

/// Recognizes a file by its first bytes (see [`HEAD_MAX`]) under one state's layout.
///
/// # Errors
/// [`RecognizeError`], with the nearest layout and the first differences when no layout fits.
pub fn recognize(
    layout: &Layout,
    file_name: &str,
    head: &[u8],
    encoding: TextEncoding,
) -> Result<Recognized, RecognizeError> {
    if let Some(what) = not_text(head) {
        return Err(RecognizeError::NotText { file: file_name.to_owned(), what });
    }
    let sample = Sample::new(head, encoding, HEAD_MAX);
    if sample.lines.is_empty() {
        return Err(RecognizeError::Empty { file: file_name.to_owned() });
    }
    let search = Search { layout, file_name, sample, encoding };
    match search.by_header() {
        Some(headed) => search.verified(headed),
        // Columns are never taken by their place under a header that says something else.
        None if search.nearest().is_some_and(|headed| headed.is_near()) => Err(search.unknown(true)),
        None => search.by_width(),
    }
}

fn not_text(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"%PDF", "a PDF document"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"PAR1", "a Parquet file"),
        (b"\xff\xfe", "text in UTF-16: save it as UTF-8"),
        (b"\xfe\xff", "text in UTF-16: save it as UTF-8"),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}

const DELIMITERS: [u8; 4] = [b'\t', b',', b'|', b';'];

struct Search<'a> {
    layout: &'a Layout,
    file_name: &'a str,
    sample: Sample<'a>,
    encoding: TextEncoding,
}

/// A file's layout whose header the first line is.
struct Headed<'a> {
    file: &'a FileLayout,
    delimiter: u8,
    quote: Option<u8>,
    cells: Vec<String>,
    matched: HeaderMatch,
}

impl Headed<'_> {
    /// Whether at least half of the cells are names of this file's columns: a header, though not one that can be used.
    fn is_near(&self) -> bool {
        self.matched.known >= 2 && self.matched.known >= self.matched.unknown
    }
}

/// A file's layout that fits by width.
struct Candidate<'a> {
    file: &'a FileLayout,
    shape: RecordShape,
    width: usize,
    /// Share of the sample's rows that stand in their place.
    percent: usize,
    /// Checks that held in those rows.
    evidence: usize,
}

impl<'a> Search<'a> {
    /// The file layout whose header fits best, if one fits.
    fn by_header(&self) -> Option<Headed<'a>> {
        let fits = |headed: &Headed<'_>| headed.matched.fits(headed.file);
        self.headed().filter(fits).max_by_key(|headed| {
            (headed.matched.known, headed.matched.score(), name_matches(&headed.file.names, self.file_name))
        })
    }

    /// The first line under every delimited file layout and delimiter; the newest version last, so that it wins ties.
    fn headed(&self) -> impl Iterator<Item = Headed<'a>> {
        self.layout.files.iter().rev().flat_map(move |file| {
            let quote = match &file.format {
                FileFormat::Delimited { quote, .. } => Some(*quote),
                FileFormat::Fixed { .. } => None,
            };
            quote.into_iter().flat_map(move |quote| {
                DELIMITERS.into_iter().map(move |delimiter| {
                    let cells = self.sample.fields(0, delimiter, Some(quote.unwrap_or(b'"')));
                    let matched = match_header(&numbered(&cells), file);
                    Headed { file, delimiter, quote, cells, matched }
                })
            })
        })
    }

    /// Looks whether the rows follow their header.
    fn verified(&self, headed: Headed<'a>) -> Result<Recognized, RecognizeError> {
        let Headed { file, delimiter, quote, cells, matched } = headed;
        let (columns, unknown_columns) = named_columns(file, &cells, &matched);
        let checks = field_checks(self.layout, file, &columns);
        let rows: Vec<Vec<String>> =
            (1..self.sample.lines.len()).map(|at| self.sample.fields(at, delimiter, quote)).collect();
        let mut warnings = Vec::new();
        let width = self.data_width(&rows, cells.len(), &mut warnings);
        let right: Vec<&Vec<String>> = rows.iter().filter(|row| row.len() == width).collect();
        let compiled = Checks::compile(&checks, width);
        let standing = right.iter().filter(|row| row_evidence(&checks, &compiled, row).is_some()).count();
        let shifted = |difference: String| RecognizeError::Shifted {
            file: self.file_name.to_owned(),
            kind: file.kind,
            version: file.version.clone(),
            difference,
        };
        if right.is_empty() && rows.len() > 2 {
            return Err(shifted(format!(
                "the header has {} fields, the first row {}",
                cells.len(),
                rows[0].len()
            )));
        }
        if standing * 100 < right.len() * ROWS_WITH_HEADER {
            return Err(shifted(first_failure(&checks, &compiled, &columns, &right)));
        }
        for unknown in &unknown_columns {
            warnings.push(format!(
                "column `{unknown}` is not in the layout: kept under `extra.{}`",
                snake(unknown)
            ));
        }
        let missing_columns: Vec<String> =
            matched.missing.iter().map(|&at| file.columns[at].name.clone()).collect();
        if !missing_columns.is_empty() && !file.partial {
            warnings.push(format!("columns of the layout that are missing: {}", missing_columns.join(", ")));
        }
        let header = Some(cells.iter().map(|cell| normalize_header(cell)).collect());
        let shape = RecordShape::Delimited { delimiter, quote };
        let format = self.format(shape, width, header, checks, &columns);
        Ok(self.recognized(file, format, columns, missing_columns, unknown_columns, warnings))
    }

    /// Fields of a data row: as many as the header has names, or one more where every row ends with a delimiter.
    fn data_width(&self, rows: &[Vec<String>], header: usize, warnings: &mut Vec<String>) -> usize {
        let with = |width: usize| rows.iter().filter(|row| row.len() == width).count();
        let trailing = rows
            .iter()
            .filter(|row| row.len() == header + 1 && row.last().is_some_and(String::is_empty))
            .count();
        if trailing > with(header) && trailing * 2 > rows.len() {
            warnings.push(
                "every row ends with a delimiter that the header lacks: the empty last field is dropped"
                    .to_owned(),
            );
            return header + 1;
        }
        header
    }

    /// The file layout whose width and checks the rows fit.
    fn by_width(&self) -> Result<Recognized, RecognizeError> {
        let mut candidates: Vec<Candidate<'a>> = self
            .layout
            .files
            .iter()
            .flat_map(|file| self.shapes(file))
            .filter_map(|(file, shape)| self.weigh(file, shape))
            .collect();
        let weight = |candidate: &Candidate<'_>| (candidate.percent, candidate.evidence);
        let Some(best) = candidates.iter().map(weight).max() else { return Err(self.unknown(false)) };
        candidates.retain(|candidate| weight(candidate) == best);
        let kinds: BTreeSet<FileKind> = candidates.iter().map(|candidate| candidate.file.kind).collect();
        if kinds.len() > 1 {
            let named = |candidate: &Candidate<'_>| name_matches(&candidate.file.names, self.file_name);
            let by_name: BTreeSet<FileKind> = candidates
                .iter()
                .filter(|candidate| named(candidate))
                .map(|candidate| candidate.file.kind)
                .collect();
            if by_name.len() != 1 {
                let kinds: Vec<&str> = kinds.into_iter().map(FileKind::as_str).collect();
                return Err(RecognizeError::Ambiguous {
                    file: self.file_name.to_owned(),
                    kinds: kinds.join(" or "),
                });
            }
            candidates.retain(|candidate| by_name.contains(&candidate.file.kind));
        }
        let Some(chosen) = candidates.into_iter().next() else { return Err(self.unknown(false)) };
        if chosen.file.header == HeaderRule::Always && self.begins_with_names(&chosen) {
            return Err(self.unknown(true));
        }
        Ok(self.positioned(chosen))
    }

    /// Whether the first line is words where the rows below have numbers: a header in which every name is another.
    fn begins_with_names(&self, chosen: &Candidate<'a>) -> bool {
        let RecordShape::Delimited { delimiter, quote } = chosen.shape else { return false };
        let cells = self.sample.fields(0, delimiter, quote);
        let is_name = |cell: &String| !cell.trim_start().starts_with(|letter: char| letter.is_ascii_digit());
        if cells.len() * 2 < chosen.width || !cells.iter().all(is_name) {
            return false;
        }
        let columns = positional_columns(chosen.file, chosen.width);
        let checks = field_checks(self.layout, chosen.file, &columns);
        cells.len() != chosen.width
            || row_evidence(&checks, &Checks::compile(&checks, chosen.width), &cells).is_none()
    }

    fn shapes(&self, file: &'a FileLayout) -> Vec<(&'a FileLayout, RecordShape)> {
        match &file.format {
            FileFormat::Fixed { line_length } => {
                let fields = file.columns.iter().filter_map(|column| column.position.clone()).collect();
                vec![(file, RecordShape::Fixed { fields, line_length_max: *line_length })]
            }
            FileFormat::Delimited { quote, .. } => DELIMITERS
                .into_iter()
                .map(|delimiter| (file, RecordShape::Delimited { delimiter, quote: *quote }))
                .collect(),
        }
    }

    /// How many of the sample's rows fit; none when too few do.
    fn weigh(&self, file: &'a FileLayout, shape: RecordShape) -> Option<Candidate<'a>> {
        if file.header == HeaderRule::Always && !file.order_known {
            return None;
        }
        let lines = self.sample.lines.len();
        let rows: Vec<Vec<String>> = match &shape {
            RecordShape::Fixed { fields, line_length_max } => (0..lines)
                .filter(|&at| self.sample.lines[at].len() <= *line_length_max)
                .map(|at| self.sample.fixed(at, fields))
                .collect(),
            RecordShape::Delimited { delimiter, quote } => {
                let widths = file.widths();
                (0..lines)
                    .map(|at| self.sample.fields(at, *delimiter, *quote))
                    .filter(|row| widths.contains(&row.len()))
                    .collect()
            }
        };
        let width = most_frequent(rows.iter().map(Vec::len))?;
        let columns = positional_columns(file, width);
        let checks = field_checks(self.layout, file, &columns);
        let needed = match file.header {
            HeaderRule::Never | HeaderRule::FirstPartOnly => ROWS_BY_WIDTH,
            HeaderRule::Always => ROWS_HEADER_LOST,
        };
        let compiled = Checks::compile(&checks, width);
        let weighed = rows
            .iter()
            .filter(|row| row.len() == width)
            .filter_map(|row| row_evidence(&checks, &compiled, row));
        let (standing, evidence) = weighed.fold((0, 0), |(rows, sum), evidence| (rows + 1, sum + evidence));
        let percent = standing * 100 / lines.max(1);
        (percent >= needed).then_some(Candidate { file, shape, width, percent, evidence })
    }

    /// Columns by their place.
    fn positioned(&self, chosen: Candidate<'a>) -> Recognized {
        let Candidate { file, shape, width, .. } = chosen;
        let columns = positional_columns(file, width);
        let checks = field_checks(self.layout, file, &columns);
        let missing_columns: Vec<String> =
            file.columns[width..].iter().map(|column| column.name.clone()).collect();
        let mut warnings = Vec::new();
        if file.header == HeaderRule::Always {
            warnings.push(format!(
                "no header line: columns are taken by their place in {} {}",
                file.kind, file.version
            ));
        }
        let header = (file.header != HeaderRule::Never).then(|| {
            let names: Vec<String> =
                file.columns.iter().map(|column| normalize_header(&column.name)).collect();
            unnumbered(&names)
        });
        let format = self.format(shape, width, header, checks, &columns);
        self.recognized(file, format, columns, missing_columns, Vec::new(), warnings)
    }

    fn format(
        &self,
        shape: RecordShape,
        width: usize,
        header: Option<Vec<String>>,
        checks: Vec<FieldCheck>,
        columns: &[ColumnUse],
    ) -> RecordFormat {
        RecordFormat {
            shape,
            width,
            header,
            encoding: self.encoding,
            line_end: self.sample.line_end,
            checks,
            runs: runs(columns),
            contact: contact(columns),
            suffix: suffix(columns),
            census: None,
        }
    }

    fn recognized(
        &self,
        file: &FileLayout,
        format: RecordFormat,
        columns: Vec<ColumnUse>,
        missing_columns: Vec<String>,
        unknown_columns: Vec<String>,
        mut warnings: Vec<String>,
    ) -> Recognized {
        let unconfirmed = file.certainty_note.as_deref().or_else(|| self.layout.unconfirmed());
        if let Some(note) = unconfirmed {
            warnings.insert(
                0,
                format!(
                    "no official document confirmed the layout of {} {}: {note}",
                    self.layout.state.upper(),
                    file.kind
                ),
            );
        }
        let is_told = |to: &str| columns.iter().any(|column| column.to == to);
        let untold = file.columns.iter().filter(|column| !is_told(&column.to));
        let untold = untold.map(|column| column.to.replace('.', "_")).collect();
        Recognized {
            kind: file.kind,
            untold,
            version: file.version.clone(),
            format,
            columns,
            missing_columns,
            unknown_columns,
            warnings,
            dates: file.dates.clone(),
            null_dates: file.null_dates.iter().chain(&file.masks).cloned().collect(),
            masks: file.masks.clone(),
            history: file.history.clone(),
            codes: self.layout.codes.clone(),
        }
    }

    /// The file layout of which the first line has most names.
    fn nearest(&self) -> Option<Headed<'a>> {
        self.headed().max_by_key(|headed| (headed.matched.known, headed.matched.score()))
    }

    /// The nearest layout and the first differences.
    fn unknown(&self, is_near: bool) -> RecognizeError {
        let difference = match self.nearest() {
            Some(headed) if headed.matched.known > 0 => header_difference(&headed),
            _ => self.width_difference(),
        };
        RecognizeError::Unknown {
            file: self.file_name.to_owned(),
            state: self.layout.state.upper(),
            difference,
            is_near,
        }
    }

    /// Where not one header name is known: how many fields there are, and how many each file should have.
    fn width_difference(&self) -> String {
        let widest = DELIMITERS
            .into_iter()
            .map(|delimiter| (self.sample.fields(0, delimiter, Some(b'"')).len(), delimiter))
            .max_by_key(|(width, _)| *width)
            .map_or(1, |(width, _)| width);
        let expected: Vec<String> = self
            .layout
            .files
            .iter()
            .map(|file| match &file.format {
                FileFormat::Fixed { line_length } => format!("{} lines of {line_length} bytes", file.kind),
                FileFormat::Delimited { .. } => format!("{} {}", file.kind, file.columns.len()),
            })
            .collect();
        format!(
            "its first line has {widest} fields and none of the layout's names, expected {}",
            expected.join(", ")
        )
    }
}

fn header_difference(headed: &Headed<'_>) -> String {
    let names: Vec<&str> = headed.file.columns.iter().map(|column| column.name.as_str()).collect();
    let mut missing: Vec<&LayoutColumn> =
        headed.matched.missing.iter().map(|&at| &headed.file.columns[at]).collect();
    // Without the state's id nothing can be read, so it is told first.
    missing.sort_by_key(|column| column.to != "state_voter_id");
    let missing: Vec<String> = missing.iter().take(3).map(|column| format!("`{}`", column.name)).collect();
    let unknown: Vec<String> = headed
        .cells
        .iter()
        .zip(&headed.matched.cells)
        .filter(|(_, cell)| **cell == Cell::Unknown)
        .take(3)
        .map(|(name, _)| {
            format!("`{name}`{}", hint(name, names.iter().copied()).replace(", did you mean", " (near"))
        })
        .map(|text| if text.contains(" (near") { format!("{text})") } else { text })
        .collect();
    let mut parts = vec![format!(
        "nearest is {} {} with {} of {} names",
        headed.file.kind,
        headed.file.version,
        headed.matched.known,
        headed.file.columns.len()
    )];
    if !missing.is_empty() {
        parts.push(format!("it lacks {}", missing.join(", ")));
    }
    if !unknown.is_empty() {
        parts.push(format!("it has {} instead", unknown.join(", ")));
    }
    if headed.is_near() {
        parts.push("a column with a new name goes under `aliases` in the layout".to_owned());
    }
    parts.join("; ")
}

/// The check that fails most often, with an example.
fn first_failure(
    checks: &[FieldCheck],
    compiled: &Checks,
    columns: &[ColumnUse],
    rows: &[&Vec<String>],
) -> String {
    let failing = |check: &FieldCheck, row: &Vec<String>| {
        !compiled.fits(check.field, row.get(check.field).map_or("", String::as_str))
    };
    let worst = checks.iter().max_by_key(|check| {
        (rows.iter().filter(|row| failing(check, row)).count(), check.anchor, std::cmp::Reverse(check.field))
    });
    let Some(worst) = worst else { return "no field can be checked".to_owned() };
    let count = rows.iter().filter(|row| failing(worst, row)).count();
    let name = columns
        .iter()
        .find(|column| column.field == worst.field)
        .map_or("?", |column| column.header.as_str());
    let expected = compiled.expected(worst.field).unwrap_or_else(|| "another value".to_owned());
    format!(
        "field {} (`{name}`): expected {expected}, got something else in {count} of the first {} rows",
        worst.field + 1,
        rows.len()
    )
}

fn most_frequent(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}
