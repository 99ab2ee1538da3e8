//! The three kinds of file, written batch by batch.

use super::rows::ExportRows;
use super::{ExportFormat, xlsx};
use crate::durable::{csv_failed, parquet_failed};
use crate::error::StoreError;
use crate::read::View;
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// A file that is being written.
pub(super) struct Sink {
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Csv(Box<::csv::Writer<BufWriter<File>>>),
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
    Xlsx(Box<xlsx::Sheet>),
}

impl Sink {
    /// Begins an empty file, called `path` in errors, with its header; `now` is the day on which a sheet says that it was
    /// made, and in `folder` its rows wait.
    pub(super) fn create(
        (file, path, folder): (&File, &Path, &Path),
        rows: &ExportRows<'_>,
        view: &View<'_>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let file = file.try_clone().map_err(StoreError::io("write", path))?;
        let kind = match rows.request.format {
            ExportFormat::Csv => {
                let mut writer = ::csv::WriterBuilder::new()
                    .terminator(::csv::Terminator::CRLF)
                    .from_writer(BufWriter::with_capacity(1 << 20, file));
                writer.write_record(rows.columns()).map_err(csv_failed(path))?;
                Kind::Csv(Box::new(writer))
            }
            ExportFormat::Parquet => {
                let failed = parquet_failed(path);
                let level = ZstdLevel::try_new(3).map_err(&failed)?;
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(level))
                    .set_created_by(format!("hustings {}", env!("CARGO_PKG_VERSION")))
                    .build();
                let writer =
                    ArrowWriter::try_new(BufWriter::new(file), rows.schema().clone(), Some(properties));
                Kind::Parquet(Box::new(writer.map_err(&failed)?))
            }
            ExportFormat::Xlsx => {
                Kind::Xlsx(Box::new(xlsx::Sheet::create((file, path, folder), rows, view, now)?))
            }
        };
        Ok(Self { path: path.to_path_buf(), kind })
    }

    /// Writes more rows.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        match &mut self.kind {
            Kind::Csv(writer) => write_batch(writer, batch, &self.path),
            Kind::Parquet(writer) => writer.write(batch).map_err(parquet_failed(&self.path)),
            Kind::Xlsx(sheet) => sheet.push(batch),
        }
    }

    /// Completes the file.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        match self.kind {
            Kind::Csv(mut writer) => writer.flush().map_err(StoreError::io("write", &self.path)),
            Kind::Parquet(writer) => writer.close().map(|_| ()).map_err(parquet_failed(&self.path)),
            Kind::Xlsx(sheet) => sheet.finish(),
        }
    }
}

pub(crate) fn write_batch<W: std::io::Write>(
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
