//! The base of look-ups by likeness, kept beside the snapshot whose voters it prepares: `match.base`.
//!
//! A load makes it once its snapshot counts; where there is none (an older snapshot, a program that was killed), the server
//! makes it when it starts, or else whoever asks first. It holds nothing that the snapshot's own tables do not tell, so
//! whoever removes it loses nothing. Opening reads its end: the head and the digests of its blocks; of the rest only what a
//! question needs is read, each block compared with its digest. What is damaged, of another form or of other tables is
//! made anew.
//!
//! Whoever makes one holds a lock on the file in which it grows, so that a second one waits and does not do the work again;
//! a file that nobody holds is of a program that was killed, and is removed.

use crate::durable;
use crate::error::StoreError;
use hustings_matching::lookup::{Head, Lookup, Source, VERSION, write_base};
use hustings_matching::prepare::Prepared;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// The file's name in the snapshot's folder.
pub(crate) const FILE: &str = "match.base";
/// The beginning of the names of files that grow.
const GROWING: &str = ".match.base.";
const MAGIC: &[u8; 8] = b"hustbas2";
/// Bytes that have a digest of their own.
const BLOCK: usize = 1 << 12;
/// Magic, bytes of the digests, bytes of the head, digest of both.
const END_BYTES: u64 = 32;
/// Heads are some hundred bytes.
const HEAD_MAX: u64 = 1 << 20;
/// How often whoever waits for another's work looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    head: Head,
    /// What it was made of, and by which program.
    of: String,
}

/// An open file.
#[derive(Debug)]
pub(crate) struct BaseFile {
    file: File,
    bytes: u64,
    blocks: Vec<u8>,
}

/// A base that is asked.
pub(crate) type StoredBase = Lookup<BaseFile>;

impl Source for BaseFile {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let end = at.checked_add(into.len() as u64).filter(|end| *end <= self.bytes).ok_or_else(damaged)?;
        let size = BLOCK as u64;
        let first = at / size;
        let start = first * size;
        let length = (end.div_ceil(size) * size).min(self.bytes) - start;
        let mut blocks = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        read_at(&self.file, start, &mut blocks)?;
        let skip = usize::try_from(first).map_err(io::Error::other)? * 8;
        let digests = self.blocks.get(skip..).unwrap_or_default().as_chunks::<8>().0;
        let mut digests = digests.iter();
        for block in blocks.chunks(BLOCK) {
            if digests.next() != Some(&xxh3_64(block).to_le_bytes()) {
                return Err(damaged());
            }
        }
        let from = usize::try_from(at - start).map_err(io::Error::other)?;
        into.copy_from_slice(&blocks[from..from + into.len()]);
        Ok(())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not what was written")
}

/// Reads from a place without moving the file's own, so that many may read at once.
#[cfg(unix)]
fn read_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

/// Reads from a place, one after the other.
#[cfg(not(unix))]
fn read_at(mut file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(into)
}

/// What a base is made of: voters, and the program whose cleaning and keys it holds.
fn made_of(voters: &str) -> String {
    format!("{voters} {}", env!("CARGO_PKG_VERSION"))
}

/// Opens the base in a snapshot's folder. None when there is none, or none of these tables that is sound.
pub(crate) fn open(folder: &Path, voters: &str) -> Option<StoredBase> {
    let read = || -> io::Result<Option<StoredBase>> {
        let mut file = File::open(folder.join(FILE))?;
        let length = file.metadata()?.len();
        let Some(at) = length.checked_sub(END_BYTES) else { return Ok(None) };
        let mut end = [0; 32];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut end)?;
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&end[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let (blocks, head, digest) = (number(8), number(16), number(24));
        let known = blocks.saturating_add(head);
        if end[..8] != *MAGIC || head > HEAD_MAX || known > at {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(at - known))?;
        let mut told = vec![0; usize::try_from(known).map_err(io::Error::other)?];
        file.read_exact(&mut told)?;
        if xxh3_64(&told) != digest {
            return Ok(None);
        }
        let head = told.split_off(usize::try_from(blocks).map_err(io::Error::other)?);
        let Ok(stored) = serde_json::from_slice::<Stored>(&head) else { return Ok(None) };
        if stored.of != made_of(voters) || stored.head.version != VERSION || stored.head.bytes() != at - known
        {
            return Ok(None);
        }
        let source = BaseFile { file, bytes: at - known, blocks: told };
        Lookup::open(source, stored.head).map(Some)
    };
    read().ok().flatten()
}

/// The right to make a folder's base: a file in which it grows, locked for as long as this lives.
struct Growing {
    file: File,
    path: PathBuf,
}

impl Growing {
    /// None while another one, of this process or another, makes it.
    fn begin(folder: &Path) -> io::Result<Option<Self>> {
        if !sweep(folder)? {
            return Ok(None);
        }
        // Of another process with this number none is left: it was just removed.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{GROWING}{}-{number}", std::process::id()));
        let file = File::options().write(true).create_new(true).open(&path)?;
        file.lock()?;
        // Before it was locked another one may have taken it for what a killed program left.
        let growing = Self { file, path };
        Ok(growing.path.try_exists()?.then_some(growing))
    }

    /// Writes the base beside its snapshot, whole or not at all.
    fn write(&self, folder: &Path, voters: &str, prepared: Prepared) -> io::Result<()> {
        let mut to = Blocks::new(&self.file);
        let head = write_base(prepared, &mut to)?;
        let (mut file, mut told) = to.finish()?;
        let blocks = told.len() as u64;
        let stored = serde_json::to_vec(&Stored { head, of: made_of(voters) })?;
        told.extend_from_slice(&stored);
        file.write_all(&told)?;
        file.write_all(MAGIC)?;
        for number in [blocks, stored.len() as u64, xxh3_64(&told)] {
            file.write_all(&number.to_le_bytes())?;
        }
        file.flush()?;
        drop(file);
        self.file.sync_all()?;
        fs::rename(&self.path, folder.join(FILE))
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        // Gone already where it was finished.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what killed programs have left of a base that grew in a folder. Returns whether nobody is at work there.
pub(crate) fn sweep(folder: &Path) -> io::Result<bool> {
    let mut is_free = true;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(GROWING) {
            continue;
        }
        let file = match File::open(entry.path()) {
            Ok(file) => file,
            // It has just been finished.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            // Nobody's; the lock is held until it is gone.
            Ok(()) => drop(fs::remove_file(entry.path())),
            Err(TryLockError::WouldBlock) => is_free = false,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(is_free)
}

/// Writes bytes, and keeps the digest of each block.
struct Blocks<'a> {
    file: BufWriter<&'a File>,
    block: Vec<u8>,
    digests: Vec<u8>,
}

impl<'a> Blocks<'a> {
    fn new(file: &'a File) -> Self {
        let file = BufWriter::with_capacity(1 << 18, file);
        Self { file, block: Vec::with_capacity(BLOCK), digests: Vec::new() }
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.digests.extend_from_slice(&xxh3_64(&self.block).to_le_bytes());
        self.file.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }

    /// The file, and the digests.
    fn finish(mut self) -> io::Result<(BufWriter<&'a File>, Vec<u8>)> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        Ok((self.file, self.digests))
    }
}

impl Write for Blocks<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK {
            self.end_block()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a snapshot's base unless it is there; waits where another one makes it. Returns whether it was made here.
///
/// # Errors
/// It cannot be made or written.
pub(crate) fn ensure(
    folder: &Path,
    voters: &str,
    make: impl FnOnce() -> Result<Prepared, StoreError>,
) -> Result<bool, StoreError> {
    let path = folder.join(FILE);
    let unwritable = |error: io::Error| StoreError::io("write", &path)(error);
    loop {
        if open(folder, voters).is_some() {
            return Ok(false);
        }
        let Some(growing) = Growing::begin(folder).map_err(unwritable)? else {
            std::thread::sleep(LOOK_EVERY);
            continue;
        };
        // Between the look and the lock another one may have finished it.
        if open(folder, voters).is_some() {
            return Ok(false);
        }
        growing.write(folder, voters, make()?).map_err(unwritable)?;
        forget_others(folder);
        durable::sync_folder(folder)?;
        return Ok(true);
    }
}

/// Removes the bases of the state's other snapshots: only the current one is asked, and a base is several times as large as
/// its list. One that stays behind is only in the way.
fn forget_others(folder: &Path) {
    let siblings = folder.parent().and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten();
    for sibling in siblings.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path != folder) {
        let _ = fs::remove_file(sibling.join(FILE));
    }
}

/// A base that is open, or about to be.
type Place = Arc<Mutex<Option<Arc<StoredBase>>>>;

/// The bases that were asked last.
#[derive(Debug, Default)]
pub(crate) struct OpenBases(Mutex<Vec<(PathBuf, String, Place)>>);

/// Open bases kept.
const OPEN_MAX: usize = 4;

impl OpenBases {
    /// The base of a folder, opened or made by `make`. Whoever asks for another one does not wait for it.
    ///
    /// # Errors
    /// It cannot be made or written.
    pub(crate) fn get(
        &self,
        folder: &Path,
        voters: &str,
        make: impl FnOnce() -> Result<Prepared, StoreError>,
    ) -> Result<Arc<StoredBase>, StoreError> {
        let place = self.place(folder, voters);
        let mut kept = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = &*kept {
            return Ok(base.clone());
        }
        let base = match open(folder, voters) {
            Some(base) => base,
            None => {
                ensure(folder, voters, make)?;
                open(folder, voters).ok_or_else(|| StoreError::Damaged {
                    path: folder.join(FILE),
                    detail: "cannot be read back".to_owned(),
                })?
            }
        };
        let base = Arc::new(base);
        *kept = Some(base.clone());
        Ok(base)
    }

    fn place(&self, folder: &Path, voters: &str) -> Place {
        let mut bases = self.lock();
        let known = bases.iter().position(|(path, of, _)| path == folder && of == voters);
        let entry = match known {
            Some(at) => bases.remove(at),
            None => (folder.to_path_buf(), voters.to_owned(), Place::default()),
        };
        let place = entry.2.clone();
        bases.insert(0, entry);
        bases.truncate(OPEN_MAX);
        place
    }

    /// Lets go of a base that turned out to be damaged; it is made anew when it is next asked for.
    pub(crate) fn forget(&self, folder: &Path) {
        self.lock().retain(|(path, ..)| path != folder);
        let _ = fs::remove_file(folder.join(FILE));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(PathBuf, String, Place)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::StringArray;
    use hustings_matching::lookup::{COLUMNS, preparation};
    use hustings_matching::plan::Side;
    use std::sync::atomic::AtomicUsize;

    fn people(count: usize) -> Prepared {
        let mut preparation = preparation();
        let columns = COLUMNS.map(|column| {
            let cell = |at: usize| match column {
                "first_name" => Some("ANNA".to_owned()),
                "last_name" => Some(format!("FAMILY{at}")),
                "dob" => Some(format!("{}-03-05", 1900 + at % 100)),
                _ => None,
            };
            (0..count).map(cell).collect::<StringArray>()
        });
        preparation.push(Side::Left, &columns.each_ref());
        preparation.finish()
    }

    /// A snapshot's folder, beside which no other lies.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("one");
        fs::create_dir(&folder).unwrap();
        (state, folder)
    }

    /// The row of Anna Family77.
    fn asked(base: &StoredBase) -> io::Result<Option<u32>> {
        let mut cells = [""; COLUMNS.len()];
        (cells[0], cells[2], cells[4]) = ("Anna", "Family77", "1977-03-05");
        Ok(base.find(&cells, 10)?.candidates.first().map(|best| best.row))
    }

    #[test]
    fn who_asks_while_it_is_made_waits_and_it_is_made_once() {
        let (_state, folder) = folder();
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // Each as a process of its own, that knows of no other.
                    let bases = OpenBases::default();
                    let make = || {
                        made.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(200));
                        Ok(people(500))
                    };
                    let base = bases.get(&folder, "one", make).unwrap();
                    assert_eq!(asked(&base).unwrap(), Some(77));
                });
            }
        });
        // Two that begin in one instant may both do it; nobody after them.
        assert!((1..=2).contains(&made.load(Ordering::Relaxed)), "{made:?}");
        assert!(!ensure(&folder, "one", || panic!("it is there")).unwrap());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else stays");
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_what_somebody_works_at_is_not() {
        let (_state, folder) = folder();
        let left = folder.join(format!("{GROWING}1-0"));
        fs::write(&left, "half").unwrap();
        let at_work = Growing::begin(&folder).unwrap().unwrap();
        assert!(!left.exists());
        assert!(Growing::begin(&folder).unwrap().is_none());
        assert!(!sweep(&folder).unwrap());
        assert!(at_work.path.exists());
        drop(at_work);
        assert!(ensure(&folder, "one", || Ok(people(10))).unwrap());
        assert!(open(&folder, "one").is_some());
    }

    #[test]
    fn of_another_snapshot_or_damaged_anywhere_it_is_not_believed() {
        let (_state, folder) = folder();
        let path = folder.join(FILE);
        ensure(&folder, "one", || Ok(people(500))).unwrap();
        assert!(open(&folder, "two").is_none());
        let bytes = fs::read(&path).unwrap();
        for length in [0, 20, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(open(&folder, "one").is_none(), "{length}");
        }
        // A bit in the digests or the head is seen when it is opened, one in a block when that is read.
        for at in (0..bytes.len()).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            fs::write(&path, &damaged).unwrap();
            if let Some(base) = open(&folder, "one") {
                assert!(asked(&base).map_or(true, |row| row == Some(77)), "{at}");
            }
        }
    }
}
