//! A whole list in memory, whose rows can be looked at again.

#[cfg(test)]
use super::Block;
use super::{Content, Layout, ListBlock, ListFile, Mended};
use crate::error::StoreError;
use arrow_array::{Array, StringArray};
use std::path::{Path, PathBuf};

/// At most so many rows of a list are looked at on a page.
const SENT_ROWS_MAX: usize = 500_000;
/// At most so many columns.
const SENT_COLUMNS_MAX: usize = 500;
/// At most so many cells: each takes a few bytes, also when it is empty.
const SENT_CELLS_MAX: usize = 20_000_000;

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
        Self::of(list, Layout::Strict, &mut |_| Ok(()))
    }

    /// Reads a list that somebody has sent, to look at what came of it: rows with more cells than the header are cut and counted,
    /// rows without any value are none, and neither are columns at the end without header and value.
    ///
    /// # Errors
    /// As [`ListFile::each_block`]; or it has more rows, columns or cells than are read in this way.
    pub fn read_sent(list: &ListFile) -> Result<Self, StoreError> {
        let width = list.headers().len();
        let demand = |what: &str, count: usize, most: usize| match count > most {
            true => Err(StoreError::Input(format!(
                "`{}` has more than {most} {what}: leave out what you do not need, send it in parts, or use `hustings match`",
                list.path().display()
            ))),
            false => Ok(()),
        };
        demand("columns", width, SENT_COLUMNS_MAX)?;
        let mut rows = Self::of(list, Layout::Sent, &mut |rows| {
            demand("rows", rows, SENT_ROWS_MAX)?;
            demand("cells", rows.saturating_mul(width), SENT_CELLS_MAX)
        })?;
        while rows.headers.len() > 1
            && rows.headers.last().is_some_and(String::is_empty)
            && rows
                .blocks
                .iter()
                .all(|block| block.columns.last().is_none_or(|cells| cells.null_count() == cells.len()))
        {
            rows.headers.pop();
            rows.blocks.iter_mut().for_each(|block| drop(block.columns.pop()));
        }
        Ok(rows)
    }

    fn of(
        list: &ListFile,
        layout: Layout,
        demand: &mut dyn FnMut(usize) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let mut rows = Self {
            path: list.path().to_path_buf(),
            content: list.content.clone(),
            headers: list.headers().to_vec(),
            blocks: Vec::new(),
            rows: 0,
            mended: Mended::default(),
        };
        rows.mended = list.each_block_of(layout, &mut |block| {
            rows.take(block);
            demand(rows.rows)
        })?;
        Ok(rows)
    }

    /// Of rows that a test has made up: where each begins in its file, and its cells.
    #[cfg(test)]
    pub(crate) fn of_rows<'a>(
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
            block.end_row(line, &mut take).unwrap();
        }
        block.hand_on(&mut take).unwrap();
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
