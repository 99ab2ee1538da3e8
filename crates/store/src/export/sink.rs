//! The three kinds of file.

use super::rows::{Census, Extract};
use super::{ExportFormat, xlsx};
use crate::durable::{csv_failed, parquet_failed};
use crate::error::StoreError;
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Writes the whole file to `path`.
pub(super) fn write(
    path: &Path,
    format: ExportFormat,
    extract: &Extract<'_>,
    census: &Census,
) -> Result<(), StoreError> {
    match format {
        ExportFormat::Csv => csv(path, extract, census),
        ExportFormat::Parquet => parquet(path, extract, census),
        ExportFormat::Xlsx => xlsx::write(path, extract, census),
    }
}

fn csv(path: &Path, extract: &Extract<'_>, census: &Census) -> Result<(), StoreError> {
    let file = File::create(path).map_err(StoreError::io("write", path))?;
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(BufWriter::with_capacity(1 << 20, file));
    let failed = csv_failed(path);
    writer.write_record(extract.columns()).map_err(&failed)?;
    extract.for_each(census, |batch| write_batch(&mut writer, batch, path))?;
    writer.flush().map_err(StoreError::io("write", path))
}

fn write_batch<W: std::io::Write>(
    writer: &mut ::csv::Writer<W>,
    batch: &RecordBatch,
    path: &Path,
) -> Result<(), StoreError> {
    let failed = csv_failed(path);
    let options = FormatOptions::new();
    let formatters = batch
        .columns()
        .iter()
        .map(|array| ArrayFormatter::try_new(array.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| StoreError::Damaged { path: path.to_path_buf(), detail: error.to_string() })?;
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        for (array, formatter) in batch.columns().iter().zip(&formatters) {
            let written = if array.is_null(row) {
                writer.write_field("")
            } else if let Some(texts) = array.as_string_opt::<i32>() {
                writer.write_field(harmless(texts.value(row)).as_ref())
            } else {
                text.clear();
                formatter.value(row).write(&mut text).map_err(|error| StoreError::Damaged {
                    path: path.to_path_buf(),
                    detail: error.to_string(),
                })?;
                writer.write_field(&text)
            };
            written.map_err(&failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(&failed)?;
    }
    Ok(())
}

/// A text that a spreadsheet would take for a formula, with a single quote before it, so that it stays a text. Numbers,
/// such as a phone's `+19195550134`, stay as they are.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_number = |rest: &str| {
        let points = rest.bytes().filter(|byte| *byte == b'.').count();
        points <= 1 && rest.len() > points && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    match text.as_bytes().first() {
        Some(b'+' | b'-') if is_number(&text[1..]) => Cow::Borrowed(text),
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

fn parquet(path: &Path, extract: &Extract<'_>, census: &Census) -> Result<(), StoreError> {
    let file = File::create(path).map_err(StoreError::io("write", path))?;
    let failed = parquet_failed(path);
    let level = ZstdLevel::try_new(3).map_err(&failed)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by(format!("hustings {}", env!("CARGO_PKG_VERSION")))
        .build();
    let mut writer = ArrowWriter::try_new(BufWriter::new(file), extract.schema().clone(), Some(properties))
        .map_err(&failed)?;
    extract.for_each(census, |batch| writer.write(batch).map_err(&failed))?;
    writer.close().map_err(&failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_a_spreadsheet_would_compute_stays_a_text_and_numbers_stay_numbers() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("-", "'-"),
            ("\t=1", "'\t=1"),
            ("+19195550134", "+19195550134"),
            ("-78.9", "-78.9"),
            ("O'NEIL-SMITH", "O'NEIL-SMITH"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), expected);
        }
    }
}
