//! A zip archive whose directory is read once, however many of its members are opened how often.

use super::LoadError;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// An archive. Clones share its directory, and each opens the file for itself when it reads.
pub type Archive = zip::ZipArchive<ArchiveFile>;

/// Reads the directory of the archive at `path`.
///
/// # Errors
/// The file cannot be read, or is no zip archive.
pub fn open(path: &Path) -> Result<Archive, LoadError> {
    let file = ArchiveFile { path: path.into(), open: None, position: 0 };
    let archive = zip::ZipArchive::new(file).map_err(|error| LoadError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    // A clone, whose file is not open: a folder may hold more archives than a process may have open files.
    Ok(archive.clone())
}

/// A file that is opened at the first byte that is asked of it.
#[derive(Debug)]
pub struct ArchiveFile {
    path: Arc<Path>,
    open: Option<BufReader<File>>,
    position: u64,
}

impl Clone for ArchiveFile {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), open: None, position: self.position }
    }
}

impl ArchiveFile {
    fn reader(&mut self) -> std::io::Result<&mut BufReader<File>> {
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let mut file = File::open(&self.path)?;
                file.seek(SeekFrom::Start(self.position))?;
                BufReader::new(file)
            }
        };
        Ok(self.open.insert(open))
    }
}

impl Read for ArchiveFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader()?.read(buffer)?;
        self.position += u64::try_from(count).unwrap_or(0);
        Ok(count)
    }
}

impl Seek for ArchiveFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.position = self.reader()?.seek(to)?;
        Ok(self.position)
    }
}
