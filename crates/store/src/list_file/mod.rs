//! Somebody's list, whatever its format: delimited text, Parquet or a spreadsheet, as texts in blocks of rows.

mod content;
mod delimited;
mod header;
mod list_rows;
mod parquet_list;
mod physical_lines;
mod result_file;
mod spreadsheet;
#[cfg(test)]
mod tests_bad;
#[cfg(test)]
mod tests_text;
mod text_record;

pub(crate) use content::Content;
pub use list_rows::ListRows;
pub use result_file::{CompleteFile, ResultFile};

use crate::error::StoreError;
use crate::transit::TransitFile;
use arrow_array::StringArray;
use arrow_array::builder::StringBuilder;
use bytes::Bytes;
use std::path::{Path, PathBuf};

/// Rows of a block.
const BLOCK_ROWS: usize = 8192;
/// Bytes of a block, but for its last row.
const BLOCK_BYTES: usize = 64 << 20;

/// A list whose header has been read.
#[derive(Debug)]
pub struct ListFile {
    path: PathBuf,
    content: Content,
    format: Format,
    headers: Vec<String>,
    note: Option<String>,
    above: usize,
}

/// Some rows of a list.
#[derive(Debug, Clone, Copy)]
pub struct ListBlock<'a> {
    /// An array a column, in the order of the headers; what is empty is null.
    pub columns: &'a [StringArray],
    /// Where each row begins in its file: the line of a text, else the number of the row, from 1.
    pub lines: &'a [u64],
}

#[derive(Debug)]
enum Format {
    Delimited(delimited::Text),
    Parquet,
    Spreadsheet(spreadsheet::Sheet),
}

/// What becomes of rows with more cells than the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// They are refused.
    Strict,
    /// Somebody is told how many they are, and looks at what came of it. Rows without any value are none.
    Sent,
}

/// What was not as it should be in a list, and was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mended {
    /// Lines with a quote where none may be.
    pub quotes: u64,
    /// The first of them, from 1.
    pub first_line: u64,
    /// Rows with more cells than the header, whose further cells are left out: of lists that somebody looks at.
    pub wider: u64,
}

impl Mended {
    /// What the user should know of it, in one sentence.
    #[must_use]
    pub fn note(&self, path: &Path) -> Option<String> {
        let (path, line) = (path.display(), self.first_line);
        match self.quotes {
            0 => None,
            1 => Some(format!("`{path}`, line {line}: a quote stands where none may be: it was left out")),
            lines => Some(format!(
                "`{path}`: in {lines} lines, of which {line} is the first, a quote stands where none may be: it was left out"
            )),
        }
    }
}

/// Longer headers are none.
const HEADER_LENGTH_MAX: usize = 1000;

impl ListFile {
    /// Opens a list and reads its header. What the file is, is told by its first bytes, not by its name.
    ///
    /// # Errors
    /// The file is not there, empty, without a header, or of a format that is not read here.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_sheet(path, None)
    }

    /// As [`ListFile::open`]; of a spreadsheet the sheet of this name, and not the first.
    ///
    /// # Errors
    /// As [`ListFile::open`], or there is no such sheet.
    pub fn open_sheet(path: &Path, sheet: Option<&str>) -> Result<Self, StoreError> {
        Self::of_content(path, Content::of_path(path)?, sheet)
    }

    /// As [`ListFile::open_sheet`], of a file that was sent: `name` is only what its sender calls it.
    ///
    /// # Errors
    /// As [`ListFile::open_sheet`].
    pub fn open_sent(name: &Path, sent: &TransitFile, sheet: Option<&str>) -> Result<Self, StoreError> {
        Self::of_content(name, Content::Sent(sent.clone()), sheet)
    }

    /// As [`ListFile::open_sent`], of bytes in memory.
    ///
    /// # Errors
    /// As [`ListFile::open_sheet`].
    pub fn open_bytes(name: &Path, bytes: &Bytes, sheet: Option<&str>) -> Result<Self, StoreError> {
        Self::of_content(name, Content::Bytes(bytes.clone()), sheet)
    }

    pub(crate) fn of_content(path: &Path, content: Content, sheet: Option<&str>) -> Result<Self, StoreError> {
        let name = path.display();
        let first = content.first_bytes(path)?;
        if first.is_empty() {
            return Err(StoreError::Input(format!("`{name}` is empty: expected a header and rows")));
        }
        let (mut note, mut above) = (None, 0);
        let (format, headers) = match first[..] {
            [b'P', b'A', b'R', b'1', ..] => {
                let (headers, without) = parquet_list::headers(path, &content)?;
                note = without;
                (Format::Parquet, headers)
            }
            [b'P', b'K', 3, 4, ..] => {
                let mut opened = spreadsheet::open(path, &content, sheet)?;
                note = opened.note.take();
                above = opened.above;
                let headers = opened.headers.clone();
                (Format::Spreadsheet(opened), headers)
            }
            [0xd0, 0xcf, 0x11, 0xe0, ..] => {
                return Err(StoreError::Input(format!(
                    "`{name}` is a spreadsheet of the old kind, or locked by a password: save it as xlsx or CSV without one"
                )));
            }
            [b'%', b'P', b'D', b'F', ..] => {
                return Err(StoreError::Input(format!(
                    "`{name}` is a PDF: expected csv, parquet or xlsx, as the program writes it that made the PDF"
                )));
            }
            _ => {
                let text = delimited::open(path, &content)?;
                let headers = text.headers.clone();
                above = text.above;
                (Format::Delimited(text), headers)
            }
        };
        if let (Some(sheet), Format::Delimited(_) | Format::Parquet) = (sheet, &format) {
            return Err(StoreError::Input(format!("`{name}` is no spreadsheet: it has no sheet `{sheet}`")));
        }
        if headers.iter().all(|header| header.is_empty()) {
            return Err(StoreError::Input(format!("`{name}` has no header")));
        }
        if let Some((at, header)) = (1..).zip(&headers).find(|(_, header)| header.len() > HEADER_LENGTH_MAX) {
            return Err(StoreError::Input(format!(
                "`{name}`, header: expected names of at most {HEADER_LENGTH_MAX} bytes, got one of {} in column {at}",
                header.len()
            )));
        }
        Ok(Self { path: path.to_path_buf(), content, format, headers, note, above })
    }

    /// What the user should know of how it is read, in one sentence.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let above = (self.above > 0).then(|| {
            let rows = if self.above == 1 { "row above it was" } else { "rows above it were" };
            let header = self.headers.iter().find(|header| !header.is_empty());
            format!(
                "`{}`: the header begins with `{}`, {} {rows} left out",
                self.path.display(),
                header.map_or("", String::as_str),
                self.above
            )
        });
        let notes: Vec<String> = self.note.clone().into_iter().chain(above).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    /// The sheets of a spreadsheet in their order, and the one that is read; none of anything else.
    #[must_use]
    pub fn sheets(&self) -> (&[String], Option<&str>) {
        match &self.format {
            Format::Spreadsheet(sheet) => (&sheet.others, Some(&sheet.name)),
            Format::Delimited(_) | Format::Parquet => (&[], None),
        }
    }

    /// Rows that stand above the header and are left out.
    #[must_use]
    pub fn above(&self) -> usize {
        self.above
    }

    /// The headers, without the white space around them.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The path, or the name of what was sent.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Calls `take` with each block of rows, and says what was mended in them.
    ///
    /// # Errors
    /// The file cannot be read, the quotes of a line cannot be understood, or a row has more fields than the header.
    pub fn each_block(
        &self,
        take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
    ) -> Result<Mended, StoreError> {
        self.each_block_of(Layout::Strict, take)
    }

    fn each_block_of(
        &self,
        layout: Layout,
        take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
    ) -> Result<Mended, StoreError> {
        match &self.format {
            Format::Spreadsheet(sheet) => sheet.each_block(&self.path, &self.content, take)?,
            Format::Delimited(text) => return text.each_block(&self.path, &self.content, layout, take),
            Format::Parquet => parquet_list::each_block(&self.path, &self.content, take)?,
        }
        Ok(Mended::default())
    }
}

/// Columns of texts that are being filled.
struct Block {
    columns: Vec<StringBuilder>,
    lines: Vec<u64>,
    bytes: usize,
}

impl Block {
    fn new(columns: usize) -> Self {
        Self { columns: (0..columns).map(|_| StringBuilder::new()).collect(), lines: Vec::new(), bytes: 0 }
    }

    /// Adds a cell to the row that is being filled: nothing, when it is empty.
    fn cell(&mut self, column: usize, text: &str) {
        if text.is_empty() {
            self.columns[column].append_null();
        } else {
            self.columns[column].append_value(text);
            self.bytes += text.len();
        }
    }

    /// Ends the row; hands the block on when it is full.
    fn end_row(
        &mut self,
        line: u64,
        take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.lines.push(line);
        self.bytes += self.columns.len() * size_of::<i32>();
        if self.lines.len() == BLOCK_ROWS || self.bytes >= BLOCK_BYTES { self.hand_on(take) } else { Ok(()) }
    }

    /// Hands on what there is.
    fn hand_on(
        &mut self,
        take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let columns: Vec<StringArray> = self.columns.iter_mut().map(StringBuilder::finish).collect();
        let lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        take(ListBlock { columns: &columns, lines: &lines })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use arrow_array::{Array, ArrayRef, Date32Array, Int64Array, RecordBatch};
    use std::sync::Arc;

    pub(crate) fn rows(list: &ListFile) -> Result<(Vec<String>, Vec<Vec<String>>), StoreError> {
        let mut rows = Vec::new();
        list.each_block(&mut |ListBlock { columns, .. }| {
            for row in 0..columns[0].len() {
                let cell = |column: &StringArray| {
                    if column.is_null(row) { "-".to_owned() } else { column.value(row).to_owned() }
                };
                rows.push(columns.iter().map(cell).collect());
            }
            Ok(())
        })?;
        Ok((list.headers().to_vec(), rows))
    }

    fn text(bytes: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, bytes).unwrap();
        ListFile::open(&path)
            .and_then(|list| rows(&list))
            .map_err(|error| error.to_string().replace(&path.display().to_string(), "list.csv"))
    }

    #[test]
    fn delimited_text_of_any_kind() {
        let expect = (
            vec!["id".to_owned(), "name".to_owned()],
            vec![vec!["1".to_owned(), "PEÑA".to_owned()], vec!["2".to_owned(), "-".to_owned()]],
        );
        assert_eq!(text("id,name\n1,PEÑA\n2,\n".as_bytes()).unwrap(), expect);
        assert_eq!(text("\u{feff}id;name\r\n1;PEÑA\r\n\r\n2\r\n".as_bytes()).unwrap(), expect);
        assert_eq!(text(b"id\tname\n1\tPE\xd1A\n2\t \n").unwrap(), expect, "cp1252");
        let utf16: Vec<u8> =
            "\u{feff}id,name\n1,PEÑA\n2,".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf16).unwrap(), expect);
    }

    #[test]
    fn what_cannot_be_read_is_said_in_a_sentence() {
        assert_eq!(text(b"").unwrap_err(), "`list.csv` is empty: expected a header and rows");
        assert_eq!(text(b"\n\n").unwrap_err(), "`list.csv` has no header");
        assert_eq!(
            text(b"id,name\n1,A\n2,B,C\n").unwrap_err(),
            "`list.csv`, line 3: expected 2 fields as in the header, got 3 (the last is `C`)"
        );
        assert!(text(b"PK\x03\x04zip").unwrap_err().starts_with("`list.csv` is no xlsx file"));
        assert!(text(&[0xd0, 0xcf, 0x11, 0xe0]).unwrap_err().contains("locked by a password"));
        assert!(text(b"PAR1nonsense").unwrap_err().starts_with("`list.csv` is no Parquet file"));
        assert!(
            ListFile::open(Path::new("/nowhere/x.csv")).unwrap_err().to_string().contains("there is no file")
        );
    }

    #[test]
    fn parquet_comes_back_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.parquet");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(Int64Array::from(vec![7, 8]))),
            ("dob", Arc::new(Date32Array::from(vec![Some(0), None]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut file = ResultFile::create(&path, batch.schema()).unwrap();
        file.push(&batch).unwrap();
        file.finish().unwrap();
        let (headers, rows) = rows(&ListFile::open(&path).unwrap()).unwrap();
        assert_eq!(headers, ["id", "dob"]);
        assert_eq!(rows, [["7", "1970-01-01"], ["8", "-"]]);
    }
}
