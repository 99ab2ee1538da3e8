//! Reading a snapshot's Parquet tables in bulk: whole columns row group by row group on several threads, or chosen rows.

use arrow_array::RecordBatch;
use hustings_access::Act;
use hustings_access::verb::Load;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Rows of a batch at most.
const BATCH_ROWS: usize = 32_768;

/// An open table.
pub struct TableScan {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl TableScan {
    /// Opens a table and reads its footer.
    ///
    /// # Errors
    /// The file is missing or is no Parquet file.
    pub fn open(_act: &Act<'_, Load>, path: &Path) -> Result<Self, ParquetError> {
        let file = File::open(path)?;
        let metadata = ArrowReaderMetadata::load(
            &file,
            ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional),
        )?;
        Ok(Self { path: path.to_owned(), metadata })
    }

    /// A table whose footer is not written yet.
    pub(crate) fn of_metadata(path: &Path, metadata: ParquetMetaData) -> Result<Self, ParquetError> {
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new())?;
        Ok(Self { path: path.to_owned(), metadata })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Names of all columns.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.metadata.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Calls `work` with the batches of every row group, on `threads` threads, and `take` with the results in the order
    /// of the rows. Columns that the table lacks are left out; an empty list means all.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn for_each_group<T: Send>(
        &self,
        columns: &[&str],
        threads: usize,
        work: impl Fn(Vec<RecordBatch>) -> T + Sync,
        mut take: impl FnMut(T),
    ) -> Result<(), ParquetError> {
        let groups: Vec<usize> = (0..self.metadata.metadata().num_row_groups()).collect();
        in_order(
            &groups,
            threads,
            // Two groups a thread at a time, so that what waits for its turn stays small.
            threads * 2,
            |group| {
                let reader = self.group(*group, columns)?.build()?;
                Ok(work(reader.collect::<Result<Vec<_>, _>>()?))
            },
            &mut take,
        )
    }

    /// The rows at `rows` (ascending, each once), in that order, read on `threads` threads. What is found is in memory at
    /// once: the caller asks for so many rows as it can hold.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn gather(
        &self,
        rows: &[u32],
        columns: &[&str],
        threads: usize,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let mut wanted = Vec::new();
        let mut rest = rows;
        let mut first_row = 0_usize;
        for (group, metadata) in self.metadata.metadata().row_groups().iter().enumerate() {
            let group_rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
            let (here, behind) =
                rest.split_at(rest.partition_point(|row| (*row as usize) < first_row + group_rows));
            if !here.is_empty() {
                wanted.push((group, first_row, here));
            }
            (rest, first_row) = (behind, first_row + group_rows);
        }
        let mut batches = Vec::new();
        in_order(
            &wanted,
            threads,
            wanted.len(),
            |(group, first_row, rows)| {
                let reader =
                    self.group(*group, columns)?.with_row_selection(selection(rows, *first_row)).build()?;
                Ok(reader.collect::<Result<Vec<_>, _>>()?)
            },
            |found| batches.extend(found),
        )?;
        Ok(batches)
    }

    /// The rows at `rows` (ascending, each once), in that order, batch by batch.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn rows_at(&self, rows: &[u32], columns: &[&str]) -> Result<ParquetRecordBatchReader, ParquetError> {
        self.builder(columns)?.with_row_selection(selection(rows, 0)).with_batch_size(BATCH_ROWS).build()
    }

    /// All rows, batch by batch.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn all(&self, columns: &[&str]) -> Result<ParquetRecordBatchReader, ParquetError> {
        self.builder(columns)?.with_batch_size(BATCH_ROWS).build()
    }

    fn group(
        &self,
        group: usize,
        columns: &[&str],
    ) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
        Ok(self.builder(columns)?.with_row_groups(vec![group]).with_batch_size(BATCH_ROWS))
    }

    fn builder(&self, columns: &[&str]) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
        // Each reader opens the file anew: clones of one open file share its position, and threads would read
        // each other's bytes.
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            File::open(&self.path)?,
            self.metadata.clone(),
        );
        if columns.is_empty() {
            return Ok(builder);
        }
        let wanted = self
            .metadata
            .schema()
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| columns.contains(&field.name().as_str()))
            .map(|(index, _)| index);
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        Ok(builder.with_projection(mask))
    }
}

/// Does `work` on every item on several threads, and gives the results to `take` in the order of the items, `wave` items
/// at a time.
fn in_order<I: Sync, T: Send>(
    items: &[I],
    threads: usize,
    wave: usize,
    work: impl Fn(&I) -> Result<T, ParquetError> + Sync,
    mut take: impl FnMut(T),
) -> Result<(), ParquetError> {
    for wave in items.chunks(wave.max(1)) {
        let next = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<Result<T, ParquetError>>>> =
            wave.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, wave.len()) {
                scope.spawn(|| {
                    while let Some((place, item)) = Some(next.fetch_add(1, Ordering::Relaxed))
                        .and_then(|place| wave.get(place).map(|item| (place, item)))
                    {
                        *lock(&results[place]) = Some(work(item));
                    }
                });
            }
        });
        for result in results {
            if let Some(result) = lock(&result).take() {
                take(result?);
            }
        }
    }
    Ok(())
}

/// The selection of these rows (ascending, each once) in a table whose rows before `first_row` are left out.
fn selection(rows: &[u32], first_row: usize) -> RowSelection {
    let mut selectors = Vec::new();
    let mut position = first_row;
    let mut index = 0;
    while index < rows.len() {
        let start = rows[index] as usize;
        let mut end = start + 1;
        index += 1;
        while index < rows.len() && rows[index] as usize == end {
            end += 1;
            index += 1;
        }
        if start > position {
            selectors.push(RowSelector::skip(start - position));
        }
        selectors.push(RowSelector::select(end - start));
        position = end;
    }
    RowSelection::from(selectors)
}

/// A thread that panicked while it held the lock left whole values behind.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
