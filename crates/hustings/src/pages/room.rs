//! Room on the disk of the data directory: what is sent to it may not fill it up.

use super::error::PageError;
use super::format::Size;
use std::path::Path;

/// What must stay free after an upload, so that the database, reports and logs can still be written.
const RESERVE: u64 = 64_000_000;
/// After how many bytes the room is looked at again: somebody else may be writing.
const STEP: u64 = 8_000_000;

/// Watches over the room while bytes come in.
#[derive(Debug)]
pub struct Room {
    until_next: u64,
}

impl Room {
    /// Refuses what is announced as larger than the room in `folder`; what is not announced is watched as it comes.
    ///
    /// # Errors
    /// [`PageError::NoRoom`], with both sizes.
    pub fn for_upload(folder: &Path, announced: Option<u64>) -> Result<Self, PageError> {
        demand(folder, announced.unwrap_or(0))?;
        Ok(Self { until_next: STEP })
    }

    /// Says that `bytes` are about to be written below `folder`.
    ///
    /// # Errors
    /// [`PageError::NoRoom`] when what must stay free would not.
    pub fn take(&mut self, folder: &Path, bytes: usize) -> Result<(), PageError> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if bytes < self.until_next {
            self.until_next -= bytes;
            return Ok(());
        }
        self.until_next = STEP;
        demand(folder, bytes)
    }
}

fn demand(folder: &Path, bytes: u64) -> Result<(), PageError> {
    let Some(free) = free_bytes(folder) else { return Ok(()) };
    if bytes <= free.saturating_sub(RESERVE) {
        return Ok(());
    }
    Err(PageError::NoRoom(format!(
        "no room for this upload: {} more were to be written, the disk has {} left, and {} of it must stay free",
        Size(bytes),
        Size(free),
        Size(RESERVE)
    )))
}

/// Bytes that this user can still write on the disk of a folder; none where the system does not tell.
fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_disk_has_is_refused_before_it_comes_and_while_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let free = free_bytes(folder.path()).unwrap();
        let refused = Room::for_upload(folder.path(), Some(free)).unwrap_err();
        assert!(matches!(refused, PageError::NoRoom(_)));
        assert!(refused.to_string().starts_with("no room for this upload: "), "{refused}");
        let mut room = Room { until_next: STEP };
        assert!(room.take(folder.path(), usize::MAX).is_err());
        assert!(room.take(folder.path(), 10).is_ok(), "looked at again only after some more");
    }
}
