//! Somebody's file: delimited text with a header, in UTF-8 or cp1252.

use crate::error::StoreError;
use crate::list_file::{Content, ListRows};
use arrow_array::Array;
use hustings_core::digits::hex;
use hustings_voterfile::encoding::decode_cp1252;
use hustings_voterfile::schema::{Schema, Table};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// One column of the file other than the id.
#[derive(Debug, Clone)]
pub(super) struct SourceColumn {
    /// As in the header.
    pub(super) header: String,
    /// `<owner>__<column>`.
    pub(super) name: String,
    /// 0-based position in a record.
    pub(super) position: usize,
}

/// A file whose header has been understood.
pub(super) struct Source<'a> {
    path: PathBuf,
    records: Records<'a>,
    width: usize,
    /// 0-based position of the id.
    pub(super) id: usize,
    pub(super) columns: Vec<SourceColumn>,
}

/// Where the records come from.
enum Records<'a> {
    /// Delimited text.
    Text { content: Content, delimiter: u8 },
    /// A list that has been read.
    Rows(&'a ListRows),
}

/// One record.
pub(super) struct Record {
    /// Line on which it begins, from 1.
    pub(super) line: u64,
    /// Its fields, white space around them removed.
    pub(super) fields: Vec<String>,
}

impl<'a> Source<'a> {
    /// Reads the header.
    pub(super) fn open(
        path: &Path,
        content: &Content,
        id_column: &str,
        owner: &str,
    ) -> Result<Self, StoreError> {
        let mut first = Vec::new();
        let file = content.open(path).map_err(StoreError::io("read", path))?;
        BufReader::new(file).read_until(b'\n', &mut first).map_err(StoreError::io("read", path))?;
        let delimiter = delimiter(&first);
        let mut source = Self {
            path: path.to_path_buf(),
            records: Records::Text { content: content.clone(), delimiter },
            width: 0,
            id: 0,
            columns: Vec::new(),
        };
        let mut header = None;
        source.each(|record| {
            header = Some(record.fields);
            Ok(false)
        })?;
        let header = header
            .filter(|header| header.iter().any(|name| !name.is_empty()))
            .ok_or_else(|| StoreError::Input(format!("`{}` has no header", path.display())))?;
        source.take_header(&header, id_column, owner)?;
        Ok(source)
    }

    /// Of a list that has been read.
    pub(super) fn of_rows(
        path: &Path,
        rows: &'a ListRows,
        id_column: &str,
        owner: &str,
    ) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let mut source = Self { path, records: Records::Rows(rows), width: 0, id: 0, columns: Vec::new() };
        source.take_header(rows.headers(), id_column, owner)?;
        Ok(source)
    }

    fn take_header(&mut self, header: &[String], id_column: &str, owner: &str) -> Result<(), StoreError> {
        let path = self.path.display();
        self.width = header.len();
        let found = header.iter().position(|name| name.eq_ignore_ascii_case(id_column.trim()));
        self.id = found.ok_or_else(|| {
            let names: Vec<_> = header.iter().map(|name| format!("`{name}`")).collect();
            StoreError::Input(format!(
                "`{path}`, line 1: expected a column `{id_column}`, got {}",
                names.join(", ")
            ))
        })?;
        self.columns = columns(header, Some(self.id), owner)?;
        if self.columns.is_empty() {
            return Err(StoreError::Input(format!(
                "`{path}`, line 1: expected columns beside `{id_column}`, got none"
            )));
        }
        Ok(())
    }

    /// Calls `take` with each record below the header.
    pub(super) fn each_record(
        &self,
        mut take: impl FnMut(Record) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if let Records::Rows(rows) = self.records {
            for block in rows.blocks() {
                for (at, line) in block.lines.iter().enumerate() {
                    let field = |column: &arrow_array::StringArray| {
                        if column.is_valid(at) { column.value(at).trim().to_owned() } else { String::new() }
                    };
                    take(Record { line: *line, fields: block.columns.iter().map(field).collect() })?;
                }
            }
            return Ok(());
        }
        let mut header = true;
        self.each(|record| {
            if header {
                header = false;
                return Ok(true);
            }
            take(record).map(|()| true)
        })
    }

    /// Whether a record has as many fields as the header; cells without name or value at the end do not count.
    pub(super) fn fits(&self, record: &Record) -> bool {
        let extra = record.fields.get(self.width..).unwrap_or(&[]);
        record.fields.len() >= self.width && extra.iter().all(String::is_empty)
    }

    /// Fields of the header.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    fn each(&self, mut take: impl FnMut(Record) -> Result<bool, StoreError>) -> Result<(), StoreError> {
        let Records::Text { content, delimiter } = &self.records else { return Ok(()) };
        let file = content.open(&self.path).map_err(StoreError::io("read", &self.path))?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(*delimiter)
            .from_reader(WithoutMark::new(BufReader::with_capacity(1 << 20, file)));
        let mut bytes = csv::ByteRecord::new();
        loop {
            let read = reader
                .read_byte_record(&mut bytes)
                .map_err(|error| StoreError::io("read", &self.path)(error.into()))?;
            if !read {
                return Ok(());
            }
            let line = bytes.position().map_or(0, csv::Position::line);
            let record = Record { line, fields: bytes.iter().map(text).collect() };
            if !take(record)? {
                return Ok(());
            }
        }
    }
}

/// The digest of a file.
pub(super) fn digest(path: &Path, content: &Content) -> Result<String, StoreError> {
    let mut file = content.open(path).map_err(|error| match error.kind() {
        // Not the environment's fault: the user named a file that is not there.
        io::ErrorKind::NotFound => StoreError::Input(format!("there is no file `{}`", path.display())),
        _ => StoreError::io("read", path)(error),
    })?;
    if matches!(content, Content::File) && path.is_dir() {
        return Err(StoreError::Input(format!("`{}` is a folder: expected a file", path.display())));
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(StoreError::io("read", path))?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
    }
}

/// Names of the columns in the overlay. A header without a name, or used before, gets its position.
pub(super) fn columns(
    header: &[String],
    id: Option<usize>,
    owner: &str,
) -> Result<Vec<SourceColumn>, StoreError> {
    let mut columns: Vec<SourceColumn> = Vec::new();
    for (position, header) in header.iter().enumerate().filter(|(position, _)| Some(*position) != id) {
        let word: String = header
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
            .collect();
        let word = word.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
        let mut name = if word.is_empty() {
            format!("{owner}__column_{}", position + 1)
        } else {
            format!("{owner}__{word}")
        };
        if columns.iter().any(|column| column.name == name) {
            name = format!("{name}_{}", position + 1);
        }
        if Schema::embedded().class_of(Table::Voters, &name).is_some() {
            return Err(StoreError::Input(format!(
                "owner `{owner}` cannot be used: its column `{name}` would look like one of the state's"
            )));
        }
        columns.push(SourceColumn { header: header.clone(), name, position });
    }
    Ok(columns)
}

/// Tab, comma, semicolon or pipe: whichever the header has most of.
fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    let mut best = b',';
    for candidate in *b"\t|;" {
        if count(candidate) > count(best) {
            best = candidate;
        }
    }
    best
}

/// UTF-8, else cp1252, without NULs and the white space around.
fn text(bytes: &[u8]) -> String {
    let decoded = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let mut text = String::new();
            decode_cp1252(bytes, &mut text);
            text
        }
    };
    decoded.replace('\0', "").trim().to_owned()
}

/// Skips a byte-order mark at the start.
struct WithoutMark<R> {
    inner: R,
    started: bool,
}

impl<R: BufRead> WithoutMark<R> {
    fn new(inner: R) -> Self {
        Self { inner, started: false }
    }
}

impl<R: BufRead> Read for WithoutMark<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.started {
            self.started = true;
            if self.inner.fill_buf()?.starts_with(&[0xEF, 0xBB, 0xBF]) {
                self.inner.consume(3);
            }
        }
        self.inner.read(buffer)
    }
}
