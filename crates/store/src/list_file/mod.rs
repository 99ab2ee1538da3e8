//! Somebody's list, whatever its format: delimited text or Parquet, as texts in blocks of rows.

mod delimited;
mod parquet_list;
mod result_file;

pub use result_file::ResultFile;

use crate::error::StoreError;
use arrow_array::StringArray;
use arrow_array::builder::StringBuilder;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Rows of a block.
const BLOCK_ROWS: usize = 8192;

/// A list whose header has been read.
#[derive(Debug)]
pub struct ListFile {
    path: PathBuf,
    format: Format,
    headers: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Delimited,
    Parquet,
}

impl ListFile {
    /// Opens a list and reads its header. What the file is, is told by its first bytes, not by its name.
    ///
    /// # Errors
    /// The file is not there, empty, without a header, or of a format that is not read here.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display();
        if path.is_dir() {
            return Err(StoreError::Input(format!("`{name}` is a folder: expected a file")));
        }
        let mut first = [0_u8; 8];
        let mut file = File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::Input(format!("there is no file `{name}`")),
            _ => StoreError::io("read", path)(error),
        })?;
        let read = file.read(&mut first).map_err(StoreError::io("read", path))?;
        if read == 0 {
            return Err(StoreError::Input(format!("`{name}` is empty: expected a header and rows")));
        }
        let format = match &first[..read] {
            [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
            [b'P', b'K', 3, 4, ..] => {
                return Err(StoreError::Input(format!(
                    "`{name}` is a spreadsheet or an archive: save it as CSV, expected csv or parquet"
                )));
            }
            _ => Format::Delimited,
        };
        let headers = match format {
            Format::Delimited => delimited::headers(path)?,
            Format::Parquet => parquet_list::headers(path)?,
        };
        if headers.iter().all(|header| header.is_empty()) {
            return Err(StoreError::Input(format!("`{name}` has no header")));
        }
        Ok(Self { path: path.to_path_buf(), format, headers })
    }

    /// The headers, without the white space around them.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Calls `take` with each block of rows, an array a column in the order of the headers; what is empty is null.
    ///
    /// # Errors
    /// The file cannot be read, or a row has more fields than the header.
    pub fn each_block(
        &self,
        take: &mut dyn FnMut(&[StringArray]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self.format {
            Format::Delimited => delimited::each_block(&self.path, self.headers.len(), take),
            Format::Parquet => parquet_list::each_block(&self.path, take),
        }
    }
}

/// Columns of texts that are being filled.
struct Block {
    columns: Vec<StringBuilder>,
    rows: usize,
}

impl Block {
    fn new(columns: usize) -> Self {
        Self { columns: (0..columns).map(|_| StringBuilder::new()).collect(), rows: 0 }
    }

    fn take(&mut self) -> Vec<StringArray> {
        self.rows = 0;
        self.columns.iter_mut().map(StringBuilder::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Array, ArrayRef, Date32Array, Int64Array, RecordBatch};
    use std::sync::Arc;

    fn rows(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), StoreError> {
        let list = ListFile::open(path)?;
        let mut rows = Vec::new();
        list.each_block(&mut |columns| {
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
        rows(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "list.csv"))
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
        assert!(text(b"PK\x03\x04zip").unwrap_err().contains("expected csv or parquet"));
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
        let (headers, rows) = rows(&path).unwrap();
        assert_eq!(headers, ["id", "dob"]);
        assert_eq!(rows, [["7", "1970-01-01"], ["8", "-"]]);
    }
}
