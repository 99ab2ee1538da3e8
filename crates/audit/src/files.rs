//! A log as files: what is read, and what is to be written.

use std::collections::BTreeMap;

/// Where a log's files can be read: a folder, a web server, a copy in memory.
pub trait Files {
    /// The content of the file at `path` (relative to the log's folder, with `/`), or nothing where it does not exist or
    /// cannot be read: who verifies treats both alike, as missing.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.get(path).cloned()
    }
}

impl<F: Files + ?Sized> Files for &F {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        (**self).read(path)
    }
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the log's folder, with `/`; only digits, lower-case letters, dots and slashes.
    pub path: String,
    /// All of its content.
    pub bytes: Vec<u8>,
}
