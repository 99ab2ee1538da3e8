//! What recognition says: the file's kind and version, its fields, and what is odd about them.

use super::matching::{Cell, HeaderMatch};
use super::{Codes, FileKind, FileLayout, HistoryShape};
use crate::format::RecordFormat;
use crate::schema::{ColumnType, Schema, Table, parquet_name};
use std::collections::BTreeSet;

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
    /// Its fields in the file's order: `columns[i].field == i`.
    pub columns: Vec<ColumnUse>,
    /// Columns of the layout that it lacks.
    pub missing_columns: Vec<String>,
    /// Canonical columns, as Parquet names them, that the layout's file tells and this one does not: their absence is the
    /// file's, and no change of a voter.
    pub untold: Vec<String>,
    /// Columns that the layout does not know, kept under `extra.…`.
    pub unknown_columns: Vec<String>,
    /// Sentences a reader must see.
    pub warnings: Vec<String>,
    /// strptime forms of its dates, tried in this order.
    pub dates: Vec<String>,
    /// Masks that mean "no date".
    pub null_dates: Vec<String>,
    /// Values that stand for a withheld one in any column.
    pub masks: Vec<String>,
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
        /// At least half of its first line are names of one of the layout's files.
        is_near: bool,
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

impl RecognizeError {
    /// Whether the file looks like one of the layout's files although it cannot be read as one, or hides what it holds.
    #[must_use]
    pub fn is_near(&self) -> bool {
        match self {
            Self::Empty { .. } => false,
            Self::Unknown { is_near, .. } => *is_near,
            Self::Shifted { .. } | Self::Ambiguous { .. } => true,
            // An archive in an archive is not opened.
            Self::NotText { file, .. } => [".zip", ".gz", ".7z", ".rar", ".bz2", ".xz"]
                .iter()
                .any(|extension| file.to_ascii_lowercase().ends_with(extension)),
        }
    }
}

/// Columns by their names in the header, and the names that nobody knows.
pub(super) fn named_columns(
    file: &FileLayout,
    cells: &[String],
    matched: &HeaderMatch,
) -> (Vec<ColumnUse>, Vec<String>) {
    let mut columns = Vec::with_capacity(cells.len());
    let mut unknown = Vec::new();
    let mut taken: BTreeSet<String> = file.columns.iter().map(|column| column.to.clone()).collect();
    for (field, (cell, name)) in matched.cells.iter().zip(cells).enumerate() {
        // A field without a name is dropped only at the end, so that a column's index is its field.
        let cell = if *cell == Cell::Blank && field + 1 < cells.len() { &Cell::Unknown } else { cell };
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
                    table: Some(table_of(file.kind)),
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

/// The table that holds what the layout does not know.
fn table_of(kind: FileKind) -> Table {
    match kind {
        FileKind::History => Table::Votes,
        FileKind::Ballots => Table::Ballots,
        _ => Table::Voters,
    }
}

/// Columns by their place.
pub(super) fn positional_columns(file: &FileLayout, width: usize) -> Vec<ColumnUse> {
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
pub(super) fn snake(name: &str) -> String {
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
