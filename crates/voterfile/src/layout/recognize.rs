//! Which file of a layout some bytes are: by header, else by width, always verified on the rows. The file's name decides
//! only between shapes that nothing else tells apart.

use super::checks::{field_checks, row_stands};
use super::finding::hint;
use super::matching::{Cell, HeaderMatch, match_header, name_matches, numbered};
use super::sample::Sample;
use super::{Codes, FileFormat, FileKind, FileLayout, HeaderRule, HistoryShape, Layout};
use crate::format::{FieldCheck, RecordFormat, RecordShape, TextEncoding, normalize_header};
use crate::schema::{ColumnType, Schema, Table, parquet_name};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of a file that recognition looks at; give it this many, or the whole file.
pub const HEAD_MAX: usize = 1 << 20;

/// Share of sample rows, in percent, that must stand in their place: with a header, without one, and without one where
/// the layout promises one.
const ROWS_WITH_HEADER: usize = 50;
const ROWS_BY_WIDTH: usize = 60;
const ROWS_HEADER_LOST: usize = 90;

/// One field of the file and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnUse {
    /// 0-based position of the field in a record.
    pub field: usize,
    /// The header's cell as it stands in the file, or the official name where there is no header.
    pub header: String,
    /// Canonical name; `vote.wide` for the column of an election.
    pub to: String,
    /// Name of the Parquet column.
    pub parquet: String,
    /// The table that holds it; none for `vote.wide`.
    pub table: Option<Table>,
    /// Type of its values; none for `vote.wide`.
    pub kind: Option<ColumnType>,
    /// Name of the code map, when the layout gives this column its own.
    pub codes: Option<String>,
    /// Official greatest width in characters.
    pub width_max: Option<usize>,
}

/// A file that was recognized.
#[derive(Debug, Clone)]
pub struct Recognized {
    /// What it holds.
    pub kind: FileKind,
    /// Version of the layout, such as `2026-02 (70 columns)`.
    pub version: String,
    /// How the record reader has to read it.
    pub format: RecordFormat,
    /// Its fields in the file's order.
    pub columns: Vec<ColumnUse>,
    /// Columns of the layout that it lacks.
    pub missing_columns: Vec<String>,
    /// Columns that the layout does not know, kept under `extra.…`.
    pub unknown_columns: Vec<String>,
    /// Sentences a reader must see.
    pub warnings: Vec<String>,
    /// strptime forms of its dates, tried in this order.
    pub dates: Vec<String>,
    /// Masks that mean "no date".
    pub null_dates: Vec<String>,
    /// How it tells votes.
    pub history: Option<HistoryShape>,
    /// The layout's code maps.
    pub codes: Codes,
}

impl Recognized {
    /// The field of a canonical name.
    #[must_use]
    pub fn field(&self, to: &str) -> Option<usize> {
        self.columns.iter().find(|column| column.to == to).map(|column| column.field)
    }
}

/// Why a file was not recognized.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecognizeError {
    /// Nothing but blank lines.
    #[error("`{file}` is empty")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// A spreadsheet, an archive, a picture.
    #[error("`{file}` is {what}, not a text file")]
    NotText {
        /// The file's name.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// No file of the layout looks like this.
    #[error("`{file}` is no file that the layout of {state} knows: {difference}")]
    Unknown {
        /// The file's name.
        file: String,
        /// The state, such as `NC`.
        state: String,
        /// The nearest layout and the first differences.
        difference: String,
    },
    /// The header fits, the rows do not.
    #[error("`{file}` has the header of {kind} {version}, but its rows do not follow it: {difference}")]
    Shifted {
        /// The file's name.
        file: String,
        /// The kind whose header it has.
        kind: FileKind,
        /// The version whose header it has.
        version: String,
        /// What is wrong with the rows.
        difference: String,
    },
    /// Several files of the layout look like this, and the name does not tell which.
    #[error("`{file}` may be {kinds}: name it as the state does so that it can be told apart")]
    Ambiguous {
        /// The file's name.
        file: String,
        /// The candidates.
        kinds: String,
    },
}

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

/// A file's layout that fits by width.
struct Candidate<'a> {
    file: &'a FileLayout,
    shape: RecordShape,
    width: usize,
    percent: usize,
}

impl<'a> Search<'a> {
    /// The file layout whose header fits best, if one fits.
    fn by_header(&self) -> Option<Headed<'a>> {
        let fits = |headed: &Headed<'_>| headed.matched.fits(headed.file);
        let best = self
            .headed()
            .filter(fits)
            .max_by_key(|headed| (headed.matched.score(), name_matches(&headed.file.names, self.file_name)));
        best
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
        let standing = right.iter().filter(|row| row_stands(&checks, row)).count();
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
            return Err(shifted(first_failure(&checks, &columns, &right)));
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
        let format = RecordFormat { shape, width, header, encoding: self.encoding, checks };
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
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.percent));
        let Some(best) = candidates.first() else { return Err(self.unknown()) };
        let best_percent = best.percent;
        candidates.retain(|candidate| candidate.percent == best_percent);
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
        let Some(chosen) = candidates.into_iter().next() else { return Err(self.unknown()) };
        Ok(self.positioned(chosen))
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
            HeaderRule::Always if checks.iter().filter(|check| check.anchor).count() == 0 => return None,
            HeaderRule::Always => ROWS_HEADER_LOST,
        };
        if file.header == HeaderRule::Always && (file.partial || checks.len() < 4) {
            return None;
        }
        let standing = rows.iter().filter(|row| row.len() == width && row_stands(&checks, row)).count();
        let percent = standing * 100 / lines.max(1);
        (percent >= needed).then_some(Candidate { file, shape, width, percent })
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
        let header = (file.header != HeaderRule::Never)
            .then(|| file.columns.iter().map(|column| normalize_header(&column.name)).collect());
        let format = RecordFormat { shape, width, header, encoding: self.encoding, checks };
        self.recognized(file, format, columns, missing_columns, Vec::new(), warnings)
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
        Recognized {
            kind: file.kind,
            version: file.version.clone(),
            format,
            columns,
            missing_columns,
            unknown_columns,
            warnings,
            dates: file.dates.clone(),
            null_dates: file.null_dates.clone(),
            history: file.history.clone(),
            codes: self.layout.codes.clone(),
        }
    }

    /// The nearest layout and the first differences.
    fn unknown(&self) -> RecognizeError {
        let nearest = self.headed().max_by_key(|headed| (headed.matched.known, headed.matched.score()));
        let difference = match nearest {
            Some(headed) if headed.matched.known > 0 => header_difference(&headed),
            _ => self.width_difference(),
        };
        RecognizeError::Unknown {
            file: self.file_name.to_owned(),
            state: self.layout.state.upper(),
            difference,
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
    let missing: Vec<String> = headed
        .matched
        .missing
        .iter()
        .take(3)
        .map(|&at| format!("`{}`", headed.file.columns[at].name))
        .collect();
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
    parts.join("; ")
}

/// The check that fails most often, with an example.
fn first_failure(checks: &[FieldCheck], columns: &[ColumnUse], rows: &[&Vec<String>]) -> String {
    let failing = |check: &FieldCheck, row: &Vec<String>| {
        let value = row.get(check.field).map_or("", String::as_str);
        (check.required && value.is_empty()) || !super::checks::passes(&check.check, value)
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
    format!("`{name}` does not look as expected in {count} of the first {} rows", rows.len())
}

fn most_frequent(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

/// Columns by their names in the header, and the names that nobody knows.
fn named_columns(
    file: &FileLayout,
    cells: &[String],
    matched: &HeaderMatch,
) -> (Vec<ColumnUse>, Vec<String>) {
    let mut columns = Vec::with_capacity(cells.len());
    let mut unknown = Vec::new();
    let mut taken: BTreeSet<String> = file.columns.iter().map(|column| column.to.clone()).collect();
    for (field, (cell, name)) in matched.cells.iter().zip(cells).enumerate() {
        match cell {
            Cell::Known(at) => columns.push(column_use(file, *at, field, name)),
            Cell::Election => columns.push(ColumnUse {
                field,
                header: name.clone(),
                to: "vote.wide".to_owned(),
                parquet: String::new(),
                table: None,
                kind: None,
                codes: None,
                width_max: None,
            }),
            Cell::Unknown => {
                let mut to = format!("extra.{}", snake(name));
                while !taken.insert(to.clone()) {
                    to.push_str("_2");
                }
                unknown.push(name.trim().to_owned());
                columns.push(ColumnUse {
                    field,
                    header: name.clone(),
                    parquet: parquet_name(&to),
                    to,
                    table: Some(Table::Voters),
                    kind: Some(ColumnType::Text),
                    codes: None,
                    width_max: None,
                });
            }
            Cell::Blank => {}
        }
    }
    (columns, unknown)
}

fn positional_columns(file: &FileLayout, width: usize) -> Vec<ColumnUse> {
    (0..width.min(file.columns.len())).map(|at| column_use(file, at, at, &file.columns[at].name)).collect()
}

fn column_use(file: &FileLayout, at: usize, field: usize, header: &str) -> ColumnUse {
    let column = &file.columns[at];
    let target = Schema::embedded().resolve(&column.to);
    ColumnUse {
        field,
        header: header.to_owned(),
        to: column.to.clone(),
        parquet: target.as_ref().map(|target| target.parquet.clone()).unwrap_or_default(),
        table: target.as_ref().map(|target| target.table),
        kind: target.as_ref().map(|target| target.kind),
        codes: column.codes.clone(),
        width_max: column.width_max,
    }
}

/// `Voter Type`, `VoterType` and `VOTER-TYPE` as `voter_type`.
fn snake(name: &str) -> String {
    let mut word = String::with_capacity(name.len() + 4);
    let mut previous = ' ';
    for letter in name.trim().chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && previous.is_ascii_lowercase() {
                word.push('_');
            }
            word.push(letter.to_ascii_lowercase());
        } else if !word.ends_with('_') && !word.is_empty() {
            word.push('_');
        }
        previous = letter;
    }
    let trimmed = word.trim_end_matches('_');
    if trimmed.is_empty() { "column".to_owned() } else { trimmed.to_owned() }
}
