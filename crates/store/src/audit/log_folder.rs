//! A log's folder on the disk: read without leaving it, written so that what a checkpoint speaks of is there.

use crate::durable;
use crate::error::StoreError;
use hustings_audit::log::{CHECKPOINT, VKEY};
use hustings_audit::tile::Tile;
use hustings_audit::{File, Files, superseded};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Where a file is written before it gets its name. No reader of the log knows it.
const WRITING: &str = ".writing";

/// A log's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFolder {
    path: PathBuf,
}

impl LogFolder {
    /// The folder at `path`, which need not be there.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One file of a log, asked for by anybody: `checkpoint`, `vkey` or a path below `tile/` as C2SP tlog-tiles has them;
    /// nothing for any other path, and nothing outside the folder.
    #[must_use]
    pub fn public_file(&self, path: &str) -> Option<Vec<u8>> {
        let is_word = |word: &str| {
            let digits = |word: &str| word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
            let name = word.strip_prefix('x').unwrap_or(word);
            let name = name.strip_suffix(".p").unwrap_or(name);
            !name.is_empty() && (digits(name) || name == "entries")
        };
        let is_tile = path.len() <= 80
            && path
                .strip_prefix("tile/")
                .is_some_and(|rest| rest.split('/').count() >= 2 && rest.split('/').all(is_word));
        if is_tile || [CHECKPOINT, VKEY].contains(&path) { self.read(path) } else { None }
    }

    /// All files below `tile/`, by their paths from the log's folder.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn tiles(&self) -> Result<Vec<String>, StoreError> {
        let (mut files, mut folders) = (Vec::new(), vec!["tile".to_owned()]);
        while let Some(folder) = folders.pop() {
            let path = self.path.join(&folder);
            let entries = match std::fs::read_dir(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(StoreError::io("read", &path))?,
            };
            for entry in entries {
                let entry = entry.map_err(StoreError::io("read", &path))?;
                let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if is_folder { &mut folders } else { &mut files }.push(name);
            }
        }
        files.sort();
        Ok(files)
    }

    /// A copy of the log as its checkpoint has it now, file by file, while the log may grow: what the tools of others need
    /// to verify it. None where there is no log; a file that cannot be read is left out, and they will miss it.
    #[must_use]
    pub fn copy(&self) -> Option<impl Iterator<Item = File> + Send + use<>> {
        let (folder, checkpoint) = (self.clone(), self.read(CHECKPOINT)?);
        let size = String::from_utf8_lossy(&checkpoint).lines().nth(1)?.parse().ok()?;
        let first = [(CHECKPOINT, Some(checkpoint)), (VKEY, self.read(VKEY))];
        let first =
            first.into_iter().filter_map(|(path, bytes)| Some(File { path: path.to_owned(), bytes: bytes? }));
        Some(first.chain(Tile::all(size).filter_map(move |tile| {
            let path = tile.path();
            let whole = folder.read(&path).or_else(|| folder.read(&tile.full().path()))?;
            let bytes = superseded::first(tile.content, &whole, tile.width).map(<[u8]>::to_vec);
            Some(File { path, bytes: bytes.unwrap_or(whole) })
        })))
    }

    /// Writes new files, each whole or not at all, and makes them durable with the folders that lead to them. A process that
    /// is killed in between may leave files that nothing has signed; a torn one among them would look like a changed one later.
    pub(super) fn write(&self, files: &[File]) -> Result<(), StoreError> {
        let mut folders = BTreeSet::new();
        for file in files {
            let path = self.path.join(&file.path);
            if let Some(folder) = path.parent()
                && folders.insert(folder.to_path_buf())
            {
                durable::create_folder(folder)?;
                let above = folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.path));
                folders.extend(above.map(Path::to_path_buf));
            }
            let beside = self.path.join(WRITING);
            let mut written = std::fs::File::create(&beside).map_err(StoreError::io("write", &beside))?;
            written
                .write_all(&file.bytes)
                .and_then(|()| written.sync_all())
                .and_then(|()| std::fs::rename(&beside, &path))
                .map_err(StoreError::io("write", &path))?;
        }
        // The deepest first: a folder's entry is worth nothing before what it holds.
        folders.iter().rev().try_for_each(|folder| durable::sync_folder(folder))
    }

    /// Replaces a file at once.
    pub(super) fn replace(&self, file: &File) -> Result<(), StoreError> {
        durable::write_file(&self.path.join(&file.path), &file.bytes)
    }

    /// Removes folders of partial tiles that nobody needs any more. What stays behind does no harm.
    pub(super) fn remove(&self, superseded: &[String]) {
        for folder in superseded {
            let _ = std::fs::remove_dir_all(self.path.join(folder));
        }
    }
}

impl Files for LogFolder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path.join(path)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_there_whole_or_not_at_all() {
        let outside = crate::testing::folder();
        let folder = LogFolder::at(outside.path().join("log"));
        let file = |text: &str| File { path: "tile/0/000.p/7".to_owned(), bytes: text.as_bytes().to_vec() };
        folder.write(&[file("first")]).unwrap();
        // Who has the file open, or dies with it half written, has another one than what comes to stand in its place.
        let opened = outside.path().join("opened");
        std::fs::hard_link(outside.path().join("log/tile/0/000.p/7"), &opened).unwrap();
        folder.write(&[file("second")]).unwrap();
        assert_eq!(folder.read("tile/0/000.p/7").as_deref(), Some(&b"second"[..]));
        assert_eq!(std::fs::read(opened).unwrap(), b"first");
        assert_eq!(folder.tiles().unwrap(), ["tile/0/000.p/7"]);
    }

    #[test]
    fn only_a_logs_own_files_are_given_to_anybody() {
        let outside = crate::testing::folder();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let folder = LogFolder::at(outside.path().join("log"));
        let file = |path: &str| File { path: path.to_owned(), bytes: path.as_bytes().to_vec() };
        let good = ["checkpoint", "vkey", "tile/0/000", "tile/entries/x001/234.p/17", "tile/1/x001/x234/067"];
        folder.write(&good.map(file)).unwrap();
        folder.write(&[file("notes.txt"), file("tile/0/secret")]).unwrap();
        for path in good {
            assert_eq!(folder.public_file(path).as_deref(), Some(path.as_bytes()), "{path}");
        }
        for path in [
            "",
            "notes.txt",
            "tile",
            "tile/0",
            "tile/0/secret",
            "../secret",
            "tile/../../secret",
            "/etc/passwd",
            "tile//0",
            "checkpoint/",
            "tile/0/..",
            "tile/0/%2e%2e",
            "tile/0/000\0",
            "tile\\0\\000",
            "tile/0/x.p",
        ] {
            assert_eq!(folder.public_file(path), None, "{path:?}");
        }
    }
}
