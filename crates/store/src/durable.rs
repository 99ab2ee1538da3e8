//! File operations that survive a crash: what has been acknowledged is on the disk.

use crate::error::StoreError;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Makes a folder and its parents; a data directory of our making is for its owner alone.
pub(crate) fn create_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::io("make the folder", path))
}

/// Forces a folder's entries (renames, new files) to the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    // The parent of a bare file name.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    // Only Unix lets a folder be opened and synced; elsewhere the rename itself is journaled.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(StoreError::io("sync", path))?;
    }
    Ok(())
}

/// Forces every file below `folder`, and the folders, to the disk.
pub(crate) fn sync_tree(folder: &Path) -> Result<(), StoreError> {
    for entry in read_folder(folder)? {
        if entry.is_dir() {
            sync_tree(&entry)?;
        } else {
            File::open(&entry).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", &entry))?;
        }
    }
    sync_folder(folder)
}

/// Renames within one file system and forces both parents to the disk.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_folder(parent)?;
    }
    fs::rename(from, to).map_err(StoreError::io("rename to", to))?;
    for parent in [to.parent(), from.parent()].into_iter().flatten() {
        sync_folder(parent)?;
    }
    Ok(())
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_with(File::options(), path, bytes)
}

/// Writes a file whole or not at all, for its owner alone to read.
pub(crate) fn write_private_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write_with(options, path, bytes)
}

fn write_with(mut options: fs::OpenOptions, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)
        .map_err(StoreError::io("write", &temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(StoreError::io("write", &temporary))?;
    rename(&temporary, path)
}

/// Removes a folder with everything in it; one that is not there is fine.
pub(crate) fn remove_tree(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Paths in a folder, sorted; none when the folder is not there.
pub(crate) fn read_folder(folder: &Path) -> Result<Vec<std::path::PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("read", folder)(error)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(StoreError::io("read", folder))?;
    paths.sort();
    Ok(paths)
}

/// Wraps a failure of the CSV writer, whose own conversion forgets what kind of error the system gave.
pub(crate) fn csv_failed(path: &Path) -> impl Fn(csv::Error) -> StoreError {
    move |error| {
        let error = match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            kind => std::io::Error::other(format!("{kind:?}")),
        };
        StoreError::io("write", path)(error)
    }
}

/// Wraps what a library says of a write only in the words of a debugger: is the disk full, or is it something else?
pub(crate) fn told_in_words(path: &Path, words: &str) -> StoreError {
    use std::io::{Error, ErrorKind};
    let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded]
        .into_iter()
        .find(|kind| words.contains(&format!("{kind:?}")));
    let error = full.map_or_else(|| Error::other(words), Error::from);
    StoreError::io("write", path)(error)
}

/// Wraps a failure of the Parquet writer: mostly the disk's.
pub(crate) fn parquet_failed(path: &Path) -> impl Fn(parquet::errors::ParquetError) -> StoreError {
    use parquet::errors::ParquetError;
    move |error| {
        let error = match error {
            ParquetError::External(source) => match source.downcast::<std::io::Error>() {
                Ok(error) => *error,
                Err(source) => std::io::Error::other(source),
            },
            error => std::io::Error::other(error),
        };
        StoreError::io("write", path)(error)
    }
}
