//! A whole list in memory, whose rows can be looked at again.

use super::{Block, Content, ListBlock, ListFile, Mended};
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
            rows.take(block);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Of rows that somebody has read, as wide as the headers: where each begins in its file, and its cells.
    #[must_use]
    pub fn of_rows<'a>(
        name: &str,
        headers: Vec<String>,
        rows: impl IntoIterator<Item = (u64, &'a [String])>,
    ) -> Self {
        let width = headers.len();
        let content = Content::Bytes(bytes::Bytes::new());
        let mended = Mended::default();
        let mut list = Self { path: name.into(), content, headers, blocks: Vec::new(), rows: 0, mended };
        let mut block = Block::new(width);
        let mut take = |block: ListBlock<'_>| {
            list.take(block);
            Ok(())
        };
        for (line, cells) in rows {
            for at in 0..width {
                block.cell(at, cells.get(at).map_or("", String::as_str));
            }
            // Keeping a block in memory does not fail.
            let _ = block.end_row(line, &mut take);
        }
        let _ = block.hand_on(&mut take);
        list
    }

    /// Some of the columns, under these headers.
    #[must_use]
    pub fn select(&self, columns: impl IntoIterator<Item = (usize, String)>) -> Self {
        let (places, headers): (Vec<usize>, Vec<String>) =
            columns.into_iter().filter(|(place, _)| *place < self.headers.len()).unzip();
        let of_block = |rows: &Rows| Rows {
            start: rows.start,
            columns: places.iter().filter_map(|place| rows.columns.get(*place).cloned()).collect(),
            lines: rows.lines.clone(),
        };
        let blocks = self.blocks.iter().map(of_block).collect();
        let (path, content) = (self.path.clone(), self.content.clone());
        Self { path, content, headers, blocks, rows: self.rows, mended: self.mended }
    }

    fn take(&mut self, block: ListBlock<'_>) {
        let (columns, lines) = (block.columns.to_vec(), block.lines.to_vec());
        self.blocks.push(Rows { start: self.rows, columns, lines });
        self.rows += block.lines.len();
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
