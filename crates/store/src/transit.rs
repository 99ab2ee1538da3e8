//! Files that lie on the disk only for a moment, such as columns that are being sent to us: encrypted from their first byte
//! under a key that only this process's memory has. Whatever ends the process leaves nothing that anybody can read.

use crate::entropy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that are encrypted at a time.
const BLOCK: usize = 64 * 1024;

/// A file that is being written.
pub struct TransitWriter {
    file: File,
    inner: Inner,
    block: Vec<u8>,
}

/// A complete file; removed from the disk with the last of its copies.
#[derive(Debug, Clone)]
pub struct TransitFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// Of this file alone: so each block's number is a nonce that is never used twice.
    key: LessSafeKey,
    blocks: u64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TransitFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TransitWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(formatter)
    }
}

impl TransitWriter {
    /// A new file at `path`, where nothing may be, for the owner of this process alone.
    ///
    /// # Errors
    /// When it cannot be made, or the system gives no random bytes.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut key = [0; 32];
        entropy::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| io::Error::other("no key can be made"))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let inner = Inner { path: path.to_path_buf(), key: LessSafeKey::new(key), blocks: 0 };
        Ok(Self { file, inner, block: Vec::with_capacity(BLOCK + AES_256_GCM.tag_len()) })
    }

    /// Completes it.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn finish(mut self) -> io::Result<TransitFile> {
        self.seal()?;
        Ok(TransitFile(Arc::new(self.inner)))
    }

    /// Writes the block, the last one too, be it empty: what was cut off is seen.
    fn seal(&mut self) -> io::Result<()> {
        let nonce = nonce(self.inner.blocks);
        let sealed = self.inner.key.seal_in_place_append_tag(nonce, Aad::empty(), &mut self.block);
        sealed.map_err(|_| io::Error::other("a block cannot be encrypted"))?;
        self.file.write_all(&self.block)?;
        self.block.clear();
        self.inner.blocks += 1;
        Ok(())
    }
}

impl Write for TransitWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK {
            self.seal()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TransitFile {
    /// Reads it from its beginning.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> io::Result<TransitReader> {
        let file = File::open(&self.0.path)?;
        Ok(TransitReader { file, inner: Arc::clone(&self.0), next: 0, block: Vec::new(), at: 0 })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Nobody is there to tell, and nobody can read what stays.
        let _ = fs::remove_file(&self.path);
    }
}

/// Reads a file that was encrypted by this process.
pub struct TransitReader {
    file: File,
    inner: Arc<Inner>,
    next: u64,
    block: Vec<u8>,
    at: usize,
}

impl TransitReader {
    fn open_next(&mut self) -> io::Result<()> {
        self.block.clear();
        self.at = 0;
        let sealed = u64::try_from(BLOCK + AES_256_GCM.tag_len()).unwrap_or(u64::MAX);
        (&mut self.file).take(sealed).read_to_end(&mut self.block)?;
        let opened = self.inner.key.open_in_place(nonce(self.next), Aad::empty(), &mut self.block);
        let length = opened.map_err(|_| io::Error::other("it is not as it was written"))?.len();
        self.block.truncate(length);
        self.next += 1;
        Ok(())
    }
}

impl Read for TransitReader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() && self.next < self.inner.blocks {
            self.open_next()?;
        }
        let rest = &self.block[self.at..];
        let taken = rest.len().min(bytes.len());
        bytes[..taken].copy_from_slice(&rest[..taken]);
        self.at += taken;
        Ok(taken)
    }
}

fn nonce(block: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&block.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path, bytes: &[u8]) -> TransitFile {
        let mut writer = TransitWriter::create(path).unwrap();
        // In pieces that do not fit the blocks.
        bytes.chunks(4_999).for_each(|piece| writer.write_all(piece).unwrap());
        writer.finish().unwrap()
    }

    fn read(file: &TransitFile) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        file.open()?.read_to_end(&mut read).map(|_| read)
    }

    #[test]
    fn it_reads_as_it_was_written_and_says_nothing_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes: Vec<u8> = b"canary-7f3a,".iter().copied().cycle().take(length).collect();
            let file = written(&path, &bytes);
            assert_eq!(read(&file).unwrap(), bytes);
            assert_eq!(read(&file).unwrap(), bytes, "once more");
            let lies = fs::read(&path).unwrap();
            assert!(!lies.windows(6).any(|window| window == b"canary"), "{length}");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            }
            let copy = file.clone();
            drop(file);
            assert!(path.exists());
            drop(copy);
            assert!(!path.exists(), "gone with the last copy");
        }
    }

    #[test]
    fn what_is_changed_swapped_or_cut_off_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let file = written(&path, &vec![b'x'; 2 * BLOCK]);
        let lies = fs::read(&path).unwrap();
        let sealed = BLOCK + AES_256_GCM.tag_len();
        let mut swapped = lies.clone();
        swapped[..2 * sealed].rotate_left(sealed);
        let mut changed = lies.clone();
        changed[sealed + 7] ^= 1;
        for wrong in [swapped, changed, lies[..sealed].to_vec(), lies[..lies.len() - 1].to_vec()] {
            fs::write(&path, wrong).unwrap();
            assert!(read(&file).is_err());
        }
        fs::write(&path, lies).unwrap();
        assert_eq!(read(&file).unwrap().len(), 2 * BLOCK);
    }
}
