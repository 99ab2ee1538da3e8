//! The base of look-ups by likeness, kept beside the snapshot whose voters it prepares: `match.base`.
//!
//! It is made when it is first asked for and holds nothing that the snapshot's own tables do not tell, so whoever removes
//! it loses nothing. Opening reads the values and where lists begin; rows and lists are read as they are needed, each
//! block compared with its digest. What is damaged, of another form or of other tables is made anew.

use crate::durable;
use crate::error::StoreError;
use hustings_matching::lookup::{Head, Image, Lookup, PARTS, Source, VERSION};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_64;

/// The file's name in the snapshot's folder.
pub(crate) const FILE: &str = "match.base";
const MAGIC: &[u8; 8] = b"hustbase";
/// Bytes that have a digest of their own.
const BLOCK: usize = 1 << 14;
/// Heads are some kilobytes and 8 bytes a block.
const HEAD_MAX: u64 = 1 << 30;

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    head: Head,
    /// What it was made of.
    of: String,
    /// The blocks' digests.
    blocks: Vec<u64>,
}

/// An open file.
#[derive(Debug)]
pub(crate) struct BaseFile {
    file: Mutex<File>,
    data_at: u64,
    starts: [u64; PARTS],
    bytes: u64,
    blocks: Vec<u64>,
}

/// A base that is asked.
pub(crate) type StoredBase = Lookup<BaseFile>;

impl Source for BaseFile {
    fn read(&self, part: usize, at: u64, into: &mut [u8]) -> io::Result<()> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "not what was written");
        let start = *self.starts.get(part).ok_or_else(damaged)? + at;
        let end = start + into.len() as u64;
        if end > self.bytes {
            return Err(damaged());
        }
        let size = BLOCK as u64;
        let mut block = vec![0; BLOCK];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        for number in start / size..end.div_ceil(size) {
            let first = number * size;
            let length = usize::try_from(size.min(self.bytes - first)).map_err(io::Error::other)?;
            let block = &mut block[..length];
            file.seek(SeekFrom::Start(self.data_at + first))?;
            file.read_exact(block)?;
            let digest = usize::try_from(number).ok().and_then(|number| self.blocks.get(number));
            if digest != Some(&xxh3_64(block)) {
                return Err(damaged());
            }
            let (from, to) = (start.max(first), end.min(first + length as u64));
            let place = |at: u64, base: u64| usize::try_from(at - base).map_err(io::Error::other);
            into[place(from, start)?..place(to, start)?]
                .copy_from_slice(&block[place(from, first)?..place(to, first)?]);
        }
        Ok(())
    }
}

/// Opens the base in a snapshot's folder. None when there is none, or none of these tables that is sound.
pub(crate) fn open(folder: &Path, of: &str) -> Option<StoredBase> {
    let read = || -> io::Result<Option<StoredBase>> {
        let mut file = File::open(folder.join(FILE))?;
        let mut start = [0; 24];
        file.read_exact(&mut start)?;
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&start[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let (length, digest) = (number(8), number(16));
        if start[..8] != *MAGIC || length > HEAD_MAX {
            return Ok(None);
        }
        let mut head = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact(&mut head)?;
        if xxh3_64(&head) != digest {
            return Ok(None);
        }
        let Ok(stored) = serde_json::from_slice::<Stored>(&head) else { return Ok(None) };
        if stored.of != of || stored.head.version != VERSION {
            return Ok(None);
        }
        let mut starts = [0; PARTS];
        let mut bytes = 0_u64;
        for (start, length) in starts.iter_mut().zip(stored.head.parts) {
            *start = bytes;
            bytes = bytes.saturating_add(length);
        }
        let source =
            BaseFile { file: Mutex::new(file), data_at: 24 + length, starts, bytes, blocks: stored.blocks };
        Lookup::open(source, stored.head).map(Some)
    };
    read().ok().flatten()
}

/// Writes the base beside its snapshot, whole or not at all.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn write(folder: &Path, of: &str, image: &Image) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let coming = folder.join(format!(".{FILE}.{}", std::process::id()));
    let written = write_to(&coming, of, image).and_then(|()| fs::rename(&coming, &path));
    if let Err(error) = written {
        let _ = fs::remove_file(&coming);
        return Err(StoreError::io("write", &path)(error));
    }
    forget_others(folder);
    durable::sync_folder(folder)
}

/// Removes the bases of the state's other snapshots: only the current one is asked, and a base is three times as large as
/// its list. One that stays behind is only in the way.
fn forget_others(folder: &Path) {
    let siblings = folder.parent().and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten();
    for sibling in siblings.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path != folder) {
        let _ = fs::remove_file(sibling.join(FILE));
    }
}

fn write_to(path: &Path, of: &str, image: &Image) -> io::Result<()> {
    let head = image.head();
    // Digests first, since the head holds them and stands before.
    let mut blocks = Vec::new();
    each_block(image, |block| {
        blocks.push(xxh3_64(block));
        Ok(())
    })?;
    let stored = Stored { head: head.clone(), of: of.to_owned(), blocks };
    let text = serde_json::to_vec(&stored)?;
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(MAGIC)?;
    file.write_all(&(text.len() as u64).to_le_bytes())?;
    file.write_all(&xxh3_64(&text).to_le_bytes())?;
    file.write_all(&text)?;
    each_block(image, |block| file.write_all(block))?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// The parts one behind the other, in blocks.
fn each_block(image: &Image, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut block = Vec::with_capacity(BLOCK);
    for (part, length) in image.head().parts.into_iter().enumerate() {
        let mut at = 0;
        while at < length {
            let room = (BLOCK - block.len()) as u64;
            let take = room.min(length - at);
            let from = block.len();
            block.resize(from + usize::try_from(take).map_err(io::Error::other)?, 0);
            image.read(part, at, &mut block[from..])?;
            at += take;
            if block.len() == BLOCK {
                each(&block)?;
                block.clear();
            }
        }
    }
    if block.is_empty() { Ok(()) } else { each(&block) }
}

/// The base that was asked last of each state.
#[derive(Debug, Default)]
pub(crate) struct OpenBases(Mutex<Vec<(PathBuf, String, Arc<StoredBase>)>>);

/// Open bases kept: their values stay in memory.
const OPEN_MAX: usize = 4;

impl OpenBases {
    /// The base of a folder, opened or made by `make`.
    ///
    /// # Errors
    /// It cannot be made or written.
    pub(crate) fn get(
        &self,
        folder: &Path,
        of: &str,
        make: impl FnOnce() -> Result<Image, StoreError>,
    ) -> Result<Arc<StoredBase>, StoreError> {
        let mut bases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., base)) = bases.iter().find(|(path, made_of, _)| path == folder && made_of == of) {
            return Ok(base.clone());
        }
        let base = match open(folder, of) {
            Some(base) => base,
            None => {
                write(folder, of, &make()?)?;
                open(folder, of).ok_or_else(|| StoreError::Damaged {
                    path: folder.join(FILE),
                    detail: "cannot be read back".to_owned(),
                })?
            }
        };
        let base = Arc::new(base);
        bases.retain(|(path, ..)| path != folder);
        bases.insert(0, (folder.to_path_buf(), of.to_owned(), base.clone()));
        bases.truncate(OPEN_MAX);
        Ok(base)
    }

    /// Lets go of a base that turned out to be damaged; it is made anew when it is next asked for.
    pub(crate) fn forget(&self, folder: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(path, ..)| path != folder);
        let _ = fs::remove_file(folder.join(FILE));
    }
}
