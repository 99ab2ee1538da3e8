//! Where the bytes of somebody's file are.

use crate::error::StoreError;
use crate::transit::TransitFile;
use bytes::Bytes;
use std::fs::{File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// Where the bytes of somebody's file are.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// In the file itself.
    File,
    /// In what was sent to us; the file is only a name.
    Sent(TransitFile),
    /// In memory; the file is only a name.
    Bytes(Bytes),
}

impl Content {
    /// Of the user's file; what comes through a pipe comes once, and is held in memory.
    ///
    /// # Errors
    /// There is no such file, or it is a folder or a device.
    pub(crate) fn of_path(path: &Path) -> Result<Self, StoreError> {
        let kind = std::fs::metadata(path).map_err(|error| missing(path, error))?.file_type();
        if kind.is_file() {
            return Ok(Self::File);
        }
        if kind.is_dir() {
            return Err(StoreError::Input(format!("`{}` is a folder: expected a file", path.display())));
        }
        if !is_pipe(kind) {
            return Err(StoreError::Input(format!(
                "`{}` is a device: expected a file, or what another program writes into a pipe",
                path.display()
            )));
        }
        let mut all = Vec::new();
        let mut pipe = File::open(path).map_err(StoreError::io("read", path))?;
        pipe.read_to_end(&mut all).map_err(StoreError::io("read", path))?;
        Ok(Self::Bytes(all.into()))
    }

    /// Reads it from its beginning.
    pub(crate) fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::File => Box::new(File::open(path)?),
            Self::Sent(file) => Box::new(file.open()?),
            Self::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
        })
    }

    /// By which formats are told; fewer only of a shorter file.
    pub(crate) fn first_bytes(&self, path: &Path) -> Result<Vec<u8>, StoreError> {
        let file = self.open(path).map_err(|error| missing(path, error))?;
        let mut first = Vec::new();
        file.take(8).read_to_end(&mut first).map_err(StoreError::io("read", path))?;
        Ok(first)
    }

    /// Whether it is Parquet or a spreadsheet.
    pub(crate) fn is_no_text(&self, path: &Path) -> Result<bool, StoreError> {
        let first = self.first_bytes(path)?;
        Ok(first.starts_with(b"PAR1")
            || first.starts_with(b"PK\x03\x04")
            || first.starts_with(&[0xd0, 0xcf, 0x11]))
    }

    /// All of it.
    pub(super) fn bytes(&self, path: &Path) -> Result<Bytes, StoreError> {
        if let Self::Bytes(bytes) = self {
            return Ok(bytes.clone());
        }
        let mut all = Vec::new();
        let mut file = self.open(path).map_err(StoreError::io("read", path))?;
        file.read_to_end(&mut all).map_err(StoreError::io("read", path))?;
        Ok(all.into())
    }
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// Not the environment's fault where the user named a file that is not there.
fn missing(path: &Path, error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::Input(format!("there is no file `{}`", path.display())),
        _ => StoreError::io("read", path)(error),
    }
}
