//! Footers of tables, kept between readings: to read one of a state's list takes longer than to find a voter by it.
//!
//! Only of plain tables, which are never written to again. What is encrypted is read anew each time, so that nothing of
//! it stays behind in memory.

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of footers in memory at most.
const BYTES_MAX: usize = 64 << 20;

static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

#[derive(Default)]
struct Kept {
    footers: HashMap<PathBuf, Footer>,
    bytes: usize,
    /// Counts up with every use.
    clock: u64,
}

struct Footer {
    of: Identity,
    metadata: ArrowReaderMetadata,
    bytes: usize,
    used_at: u64,
}

/// Tells a file from another that has come to lie in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl Identity {
    pub(super) fn of(file: &File) -> std::io::Result<Self> {
        let file = file.metadata()?;
        let modified = (file.mtime(), file.mtime_nsec());
        Ok(Self { device: file.dev(), inode: file.ino(), bytes: file.len(), modified })
    }
}

/// The footer of this very file, if it is kept.
pub(super) fn kept(path: &Path, of: Identity) -> Option<ArrowReaderMetadata> {
    let mut kept = lock();
    let kept = kept.get_or_insert_default();
    kept.clock += 1;
    let now = kept.clock;
    let footer = kept.footers.get_mut(path).filter(|footer| footer.of == of)?;
    footer.used_at = now;
    Some(footer.metadata.clone())
}

/// Keeps a footer; those used longest ago make room.
pub(super) fn keep(path: &Path, of: Identity, metadata: &ArrowReaderMetadata) {
    let mut kept = lock();
    kept.get_or_insert_default().add(path, of, metadata);
}

impl Kept {
    fn add(&mut self, path: &Path, of: Identity, metadata: &ArrowReaderMetadata) {
        let bytes = metadata.metadata().memory_size();
        if bytes > BYTES_MAX / 2 {
            return;
        }
        self.clock += 1;
        let footer = Footer { of, metadata: metadata.clone(), bytes, used_at: self.clock };
        self.bytes += bytes;
        if let Some(before) = self.footers.insert(path.to_path_buf(), footer) {
            self.bytes -= before.bytes;
        }
        while self.bytes > BYTES_MAX {
            let oldest = self.footers.iter().min_by_key(|(_, footer)| footer.used_at);
            let Some(oldest) = oldest.map(|(path, _)| path.clone()) else { break };
            self.bytes -= self.footers.remove(&oldest).map_or(0, |footer| footer.bytes);
        }
    }
}

fn lock() -> MutexGuard<'static, Option<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}
