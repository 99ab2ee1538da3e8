//! Where the bytes of somebody's file are.

use crate::error::StoreError;
use crate::transit::TransitFile;
use bytes::Bytes;
use std::fs::File;
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
        let file = self.open(path).map_err(|error| match error.kind() {
            // Not the environment's fault: the user named a file that is not there.
            io::ErrorKind::NotFound => StoreError::Input(format!("there is no file `{}`", path.display())),
            _ => StoreError::io("read", path)(error),
        })?;
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
