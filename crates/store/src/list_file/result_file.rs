//! What was found, written as CSV or Parquet: whole or not at all, and in the place of nothing but a file.

use crate::durable::{csv_failed, parquet_failed, rename};
use crate::error::StoreError;
use crate::export::write_batch;
use crate::settings::random;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use hustings_core::digits::hex;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is being written beside its name; it gets the name when it is complete, and is gone when it is not.
pub struct ResultFile {
    unnamed: Unnamed,
    kind: Kind,
}

enum Kind {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
}

/// A file that is complete, and has yet to get its name.
#[derive(Debug)]
#[must_use = "without its name it is gone"]
pub struct CompleteFile {
    unnamed: Unnamed,
}

impl ResultFile {
    /// Whether a file may be written under this name: before hours of work that would come to nothing.
    ///
    /// # Errors
    /// The name ends with something else than `.csv` or `.parquet`, the folder is not there, or the name is that of a folder, a
    /// device, or a link to nothing.
    pub fn check(path: &Path) -> Result<(), StoreError> {
        is_parquet(path)?;
        place(path).map(drop)
    }

    /// Creates the file with its header; a name that ends with `.parquet` is Parquet, one with `.csv` or without an end CSV.
    ///
    /// # Errors
    /// As [`ResultFile::check`], or the folder may not be written.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self, StoreError> {
        let is_parquet = is_parquet(path)?;
        let (unnamed, file) = Unnamed::create(path)?;
        let file = BufWriter::with_capacity(1 << 18, file);
        let kind = if is_parquet {
            let failed = parquet_failed(path);
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(&failed)?))
                .set_created_by(format!("hustings {}", env!("CARGO_PKG_VERSION")))
                .build();
            Kind::Parquet(Box::new(ArrowWriter::try_new(file, schema, Some(properties)).map_err(failed)?))
        } else {
            let mut writer = csv::WriterBuilder::new().from_writer(file);
            let names = schema.fields().iter().map(|field| field.name().as_str());
            writer.write_record(names).map_err(csv_failed(path))?;
            Kind::Csv(Box::new(writer))
        };
        Ok(Self { unnamed, kind })
    }

    /// Writes more rows.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let path = &self.unnamed.path;
        match &mut self.kind {
            Kind::Csv(writer) => write_batch(writer, batch, path),
            Kind::Parquet(writer) => writer.write(batch).map_err(parquet_failed(path)),
        }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// The disk is full.
    pub fn complete(self) -> Result<CompleteFile, StoreError> {
        let Self { unnamed, kind } = self;
        match kind {
            Kind::Csv(mut writer) => writer.flush().map_err(StoreError::io("write", &unnamed.path))?,
            Kind::Parquet(writer) => {
                writer.close().map_err(parquet_failed(&unnamed.path))?;
            }
        }
        Ok(CompleteFile { unnamed })
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<(), StoreError> {
        self.complete()?.name()
    }
}

impl CompleteFile {
    /// A file of these bytes, whatever its name ends with.
    ///
    /// # Errors
    /// As [`ResultFile::create`].
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self, StoreError> {
        let (unnamed, mut file) = Unnamed::create(path)?;
        file.write_all(bytes).map_err(StoreError::io("write", path))?;
        Ok(Self { unnamed })
    }

    /// Its bytes, from the first on.
    ///
    /// # Errors
    /// The disk fails.
    pub fn open(&self) -> Result<File, StoreError> {
        File::open(&self.unnamed.temporary).map_err(StoreError::io("read", &self.unnamed.path))
    }

    /// Gives the file its name, in the place of what had it.
    ///
    /// # Errors
    /// The disk fails.
    pub fn name(mut self) -> Result<(), StoreError> {
        rename(&self.unnamed.temporary, &self.unnamed.place)?;
        self.unnamed.is_named = true;
        Ok(())
    }
}

/// A file under a name that nobody else has.
#[derive(Debug)]
struct Unnamed {
    /// As the user names it.
    path: PathBuf,
    /// Where it is to lie: a link's end.
    place: PathBuf,
    temporary: PathBuf,
    is_named: bool,
}

impl Unnamed {
    fn create(path: &Path) -> Result<(Self, File), StoreError> {
        let place = place(path)?;
        let mut name = std::ffi::OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(format!(".{}.new", hex(&random::<6>()?)));
        let temporary = place.with_file_name(name);
        let file = File::options().write(true).create_new(true).open(&temporary);
        let file = file.map_err(StoreError::io("write", path))?;
        Ok((Self { path: path.to_path_buf(), place, temporary, is_named: false }, file))
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        if !self.is_named {
            // Half a file would be taken for a whole one; that it cannot be removed is no news beside the failure.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

fn is_parquet(path: &Path) -> Result<bool, StoreError> {
    match path.extension().map(OsStr::to_ascii_lowercase) {
        Some(end) if end == "parquet" => Ok(true),
        Some(end) if end != "csv" => Err(StoreError::Input(format!(
            "cannot write `{}`: expected a name that ends with .csv or .parquet",
            path.display()
        ))),
        _ => Ok(false),
    }
}

/// Where a file of this name is to lie: through links, and in the place of a file or of nothing.
fn place(path: &Path) -> Result<PathBuf, StoreError> {
    let refuse = |why: &str| Err(StoreError::Input(format!("cannot write `{}`: {why}", path.display())));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.file_name().is_none() || !folder.is_dir() {
        return refuse("there is no such folder");
    }
    if path.symlink_metadata().is_err() {
        return Ok(path.to_path_buf());
    }
    let Ok(place) = path.canonicalize() else { return refuse("it is a link to nothing") };
    match std::fs::metadata(&place) {
        Ok(there) if there.is_file() => Ok(place),
        Ok(there) if there.is_dir() => refuse("it is a folder"),
        _ => refuse("it is a device or a pipe, and no file"),
    }
}

impl std::fmt::Debug for ResultFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ResultFile").field("path", &self.unnamed.path).finish_non_exhaustive()
    }
}
