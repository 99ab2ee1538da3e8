//! Writing a delimited file whose physical lines are counted.

use super::row::Row;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A file under construction, and the number of its last line.
pub(super) struct Lines {
    file: BufWriter<File>,
    scratch: Vec<u8>,
    delimiter: u8,
    lines: u64,
}

impl Lines {
    pub(super) fn create(path: &Path, header: &[&str], delimiter: u8) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let mut lines = Self { file, scratch: Vec::with_capacity(1024), delimiter, lines: 0 };
        let mut row = Row::new();
        for name in header {
            row.text(name);
        }
        lines.row(&row)?;
        Ok(lines)
    }

    /// Writes the row and returns its line number.
    pub(super) fn row(&mut self, row: &Row) -> io::Result<u64> {
        self.scratch.clear();
        row.write_line(self.delimiter, &mut self.scratch);
        self.file.write_all(&self.scratch)?;
        self.lines += 1;
        Ok(self.lines)
    }

    /// Writes bytes that end with a line end, and returns the number of their first line.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let first = self.lines + 1;
        self.file.write_all(bytes)?;
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(first)
    }

    /// Writes what is still in memory, and returns the number of lines.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.lines)
    }
}
