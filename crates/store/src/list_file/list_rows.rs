//! A whole list in memory, whose rows can be looked at again.

use super::{Content, ListBlock, ListFile, Mended};
use crate::error::StoreError;
use arrow_array::{Array, StringArray};
use std::path::{Path, PathBuf};

/// A whole list in memory.
#[derive(Debug, Clone)]
pub struct ListRows {
    path: PathBuf,
    content: Content,
    headers: Vec<String>,
    blocks: Vec<Rows>,
    rows: usize,
    mended: Mended,
}

#[derive(Debug, Clone)]
struct Rows {
    /// The number of the first row.
    start: usize,
    columns: Vec<StringArray>,
    lines: Vec<u64>,
}

impl ListRows {
    /// Reads a list.
    ///
    /// # Errors
    /// As [`ListFile::each_block`].
    pub fn read(list: &ListFile) -> Result<Self, StoreError> {
        let mut rows = Self {
            path: list.path().to_path_buf(),
            content: list.content.clone(),
            headers: list.headers().to_vec(),
            blocks: Vec::new(),
            rows: 0,
            mended: Mended::default(),
        };
        rows.mended = list.each_block(&mut |block| {
            let (columns, lines) = (block.columns.to_vec(), block.lines.to_vec());
            rows.blocks.push(Rows { start: rows.rows, columns, lines });
            rows.rows += block.lines.len();
            Ok(())
        })?;
        Ok(rows)
    }

    /// The file, or the name of what was sent.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was not as it should be in it, and was read all the same.
    #[must_use]
    pub fn mended(&self) -> Mended {
        self.mended
    }

    /// Where its bytes are.
    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// The headers, without the white space around them.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The blocks of rows, in their order.
    pub fn blocks(&self) -> impl Iterator<Item = ListBlock<'_>> {
        self.blocks.iter().map(|block| ListBlock { columns: &block.columns, lines: &block.lines })
    }

    /// A cell of a row, counted from 0; none when it is empty or not there.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let block = self.block(row)?;
        let cells = block.columns.get(column)?;
        let at = row - block.start;
        (at < cells.len() && cells.is_valid(at)).then(|| cells.value(at))
    }

    /// Where a row begins in its file: the line of a text, else the number of the row, from 1.
    #[must_use]
    pub fn line(&self, row: usize) -> Option<u64> {
        let block = self.block(row)?;
        block.lines.get(row - block.start).copied()
    }

    fn block(&self, row: usize) -> Option<&Rows> {
        let after = self.blocks.partition_point(|block| block.start <= row);
        self.blocks.get(after.checked_sub(1)?)
    }
}
