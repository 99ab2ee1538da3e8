//! A sheet: frozen header, filter, widths; ids and ZIP codes stay text, dates are dates.

use super::rows::{ExportRows, cell};
use crate::durable::told_in_words;
use crate::error::StoreError;
use crate::read::View;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use jiff::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Rows looked at for the widths of columns: a sheet written in constant memory has its widths first.
const SAMPLE_ROWS: usize = 500;
/// Widest and narrowest column, in characters.
const WIDTH_MAX: usize = 60;
const WIDTH_MIN: usize = 8;

/// A sheet that is being written.
pub(super) struct Sheet {
    workbook: Workbook,
    file: File,
    path: PathBuf,
    date: Format,
    next: u32,
}

impl Sheet {
    /// A sheet with its header, and columns as wide as the first rows need.
    pub(super) fn create(
        (file, path, folder): (File, &Path, &Path),
        rows: &ExportRows<'_>,
        view: &View<'_>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        guarded(path, || {
            let failed = failed(path);
            let columns = rows.columns();
            let last_column = u16::try_from(columns.len().saturating_sub(1))
                .ok()
                .filter(|last| *last < 16_384)
                .ok_or_else(|| {
                    StoreError::Input(format!("{} columns do not fit into a sheet", columns.len()))
                })?;
            let last_row = u32::try_from(rows.count()).unwrap_or(u32::MAX);
            let widths = widths(rows, view, &columns)?;
            let mut workbook = Workbook::new();
            if let Ok(made) = ExcelDateTime::from_timestamp(now.as_second()) {
                workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
            }
            // The rows wait where the file lies, not on a small /tmp; in files without a name, too.
            workbook.set_tempdir(folder).map_err(&failed)?;
            let header = Format::new().set_bold();
            let date = Format::new().set_num_format("yyyy-mm-dd");
            let sheet = workbook.add_worksheet_with_constant_memory().map_err(&failed)?;
            sheet.set_name("voters").map_err(&failed)?;
            for ((index, name), width) in (0_u16..).zip(&columns).zip(&widths) {
                sheet.set_column_width(index, *width).map_err(&failed)?;
                sheet.write_string_with_format(0, index, name, &header).map_err(&failed)?;
            }
            sheet.set_freeze_panes(1, 0).map_err(&failed)?;
            sheet.autofilter(0, 0, last_row, last_column).map_err(&failed)?;
            Ok(Self { workbook, file, path: path.to_path_buf(), date, next: 1 })
        })
    }

    /// Writes more rows.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let Self { workbook, path, date, next, .. } = self;
        guarded(path, || {
            let sheet = workbook.worksheet_from_index(0).map_err(failed(path))?;
            write_batch(sheet, batch, next, date).map_err(failed(path))
        })
    }

    /// Completes the file.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        let Self { workbook, file, path, .. } = &mut self;
        guarded(path, || workbook.save_to_writer(&*file).map_err(failed(path)))
    }
}

/// The library panics where a row that waits on the disk cannot be written. What has been written is thrown away, so
/// nothing half done is seen afterwards.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("the sheet's writer gave up");
        Err(told_in_words(path, words))
    })
}

fn failed(path: &Path) -> impl Fn(XlsxError) -> StoreError {
    move |error| match error {
        XlsxError::IoError(error) => StoreError::io("write", path)(error),
        error @ XlsxError::ZipError(_) => told_in_words(path, &format!("{error:?}")),
        error => StoreError::io("write", path)(std::io::Error::other(error)),
    }
}

fn write_batch(
    sheet: &mut Worksheet,
    batch: &RecordBatch,
    next: &mut u32,
    date: &Format,
) -> Result<(), XlsxError> {
    for row in 0..batch.num_rows() {
        for (column, array) in (0_u16..).zip(batch.columns()) {
            write_cell(sheet, *next, column, array, row, date)?;
        }
        *next += 1;
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    at: u32,
    column: u16,
    array: &ArrayRef,
    row: usize,
    date: &Format,
) -> Result<(), XlsxError> {
    let Some(text) = cell(array, row) else { return Ok(()) };
    match array.data_type() {
        // A sheet's calendar begins in 1900; older dates stay text.
        DataType::Date32 => match ExcelDateTime::parse_from_str(&text) {
            Ok(day) if text.as_str() >= "1900-01-01" => {
                sheet.write_datetime_with_format(at, column, &day, date)?;
            }
            _ => {
                sheet.write_string(at, column, text)?;
            }
        },
        DataType::Boolean => {
            sheet.write_boolean(at, column, text == "true")?;
        }
        // Ids of 64 bits would lose digits as numbers.
        DataType::Int8 | DataType::Int16 | DataType::Int32 => match text.parse::<i32>() {
            Ok(number) => {
                sheet.write_number(at, column, number)?;
            }
            Err(_) => {
                sheet.write_string(at, column, text)?;
            }
        },
        _ => {
            sheet.write_string(at, column, text)?;
        }
    }
    Ok(())
}

/// The longest value of the first rows, or the name, within bounds.
fn widths(rows: &ExportRows<'_>, view: &View<'_>, columns: &[String]) -> Result<Vec<f64>, StoreError> {
    let mut lengths: Vec<usize> = columns.iter().map(|name| name.len() + 3).collect();
    let mut seen = 0;
    for batch in rows.batches(view)? {
        let batch = batch?;
        for row in 0..batch.num_rows().min(SAMPLE_ROWS - seen) {
            for (length, array) in lengths.iter_mut().zip(batch.columns()) {
                *length = (*length).max(cell(array, row).map_or(0, |text| text.chars().count() + 1));
            }
        }
        seen += batch.num_rows().min(SAMPLE_ROWS - seen);
        if seen >= SAMPLE_ROWS {
            break;
        }
    }
    Ok(lengths
        .into_iter()
        .map(|length| f64::from(u16::try_from(length.clamp(WIDTH_MIN, WIDTH_MAX)).unwrap_or(8)))
        .collect())
}
