//! What a program that was killed has left behind: files half taken in, half removed or half sent. Some hold columns that
//! are kept encrypted everywhere else, so they go before anything is served again.

use hustings_store::DataDir;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

/// While any program serves a data folder, it holds a lock of this file, which dies with it.
const LOCK: &str = ".serving.lock";

/// That this program serves a data folder.
#[derive(Debug)]
pub struct Serving {
    _lock: File,
}

impl Serving {
    /// Removes what earlier programs have left, unless another one serves the folder now, whose files these may be.
    ///
    /// # Errors
    /// When the lock or a leftover cannot be had.
    pub fn begin(data: &DataDir) -> io::Result<Self> {
        let lock = File::options().create(true).append(true).open(data.root().join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {
                clear(data)?;
                lock.unlock()?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever begins between the two clears once more: this program has taken nothing in yet.
        lock.lock_shared()?;
        Ok(Self { _lock: lock })
    }
}

fn clear(data: &DataDir) -> io::Result<()> {
    remove(data.root(), &[".arriving-"])?;
    for inbox in data.all_inboxes()? {
        remove(&inbox, &[".arriving-", ".removed-"])?;
    }
    // Older versions gave names to what they sent.
    remove(&data.exports(), &[".sending-", "..sending-"])
}

/// Removes what is directly in a folder under names that begin so; links are removed, not followed.
fn remove(folder: &Path, prefixes: &[&str]) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let is_leftover =
            name.to_str().is_some_and(|name| prefixes.iter().any(|begin| name.starts_with(begin)));
        if !is_leftover {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_left_goes_at_the_next_start_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "AA1,97").unwrap();
            path
        };
        let leave = || {
            [
                ".arriving-0a1b/scores.csv",
                "inbox/.arriving-77/ncvoter.txt",
                "inbox/.removed-78/ncvoter.txt",
                "exports/.sending-79.csv",
                "exports/..sending-80.csv.ab12.part",
            ]
            .map(write)
        };
        let kept =
            ["inbox/week.zip", "inbox/.loaded/week.zip.json", "exports/nc.csv", "platform.db"].map(write);
        let left = leave();
        let serving = Serving::begin(&data).unwrap();
        assert_eq!(left.iter().filter(|path| path.exists()).count(), 0);

        // What is there while another program serves the folder is that program's.
        let busy = leave();
        let another = Serving::begin(&data).unwrap();
        assert!(busy.iter().all(|path| path.exists()));
        drop((serving, another));
        Serving::begin(&data).unwrap();
        assert_eq!(busy.iter().filter(|path| path.exists()).count(), 0);
        assert!(kept.iter().all(|path| path.exists()));
    }
}
