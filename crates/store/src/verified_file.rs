//! A file whose every byte is compared with what was written before anybody looks at it.
//!
//! Parquet's encryption finds a changed value by itself. What it leaves open are the lengths between the encrypted parts: the
//! library trusts them, and a block of zeros that a disk has made of one would end it. So it never sees them.

use crate::error::StoreError;
use hustings_core::digits::hex;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Bytes compared at once.
const CHUNK_BYTES: u64 = 1 << 16;
/// Hex digits kept of a chunk's SHA-256; the list of them lies encrypted.
const DIGEST_DIGITS: usize = 32;

/// What a file was when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    bytes: u64,
    /// The chunks' digests, one behind the other, in hex.
    chunks: String,
}

impl Written {
    /// Reads a file that has just been written.
    pub(crate) fn of(path: &Path) -> Result<Self, StoreError> {
        let mut file = File::open(path).map_err(StoreError::io("read", path))?;
        let mut written = Self { bytes: 0, chunks: String::new() };
        let mut chunk = Vec::new();
        loop {
            chunk.clear();
            let read = file.by_ref().take(CHUNK_BYTES).read_to_end(&mut chunk);
            let read = read.map_err(StoreError::io("read", path))?;
            if read == 0 {
                return Ok(written);
            }
            written.bytes += u64::try_from(read).unwrap_or(0);
            written.chunks.push_str(&digest(&chunk));
        }
    }
}

/// An open file that gives only bytes that were written.
pub(crate) struct VerifiedFile {
    file: File,
    written: Arc<Written>,
}

impl VerifiedFile {
    pub(crate) fn open(path: &Path, written: Arc<Written>) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("read", path))?;
        Ok(Self { file, written })
    }
}

impl Length for VerifiedFile {
    fn len(&self) -> u64 {
        self.written.bytes
    }
}

impl ChunkReader for VerifiedFile {
    type T = VerifiedRead;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let file = self.file.try_clone()?;
        Ok(VerifiedRead { file, written: self.written.clone(), position: start, chunk: Vec::new(), rest: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        let end = u64::try_from(length).ok().and_then(|length| start.checked_add(length));
        if end.is_none_or(|end| end > self.written.bytes) {
            return Err(ParquetError::EOF(format!("expected {length} bytes at {start}, got the file's end")));
        }
        let mut bytes = vec![0; length];
        self.get_read(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads on from a position, chunk by chunk.
pub(crate) struct VerifiedRead {
    file: File,
    written: Arc<Written>,
    /// Of the next byte that is not in `chunk`.
    position: u64,
    chunk: Vec<u8>,
    /// Bytes at the end of `chunk` that have not been given yet.
    rest: usize,
}

impl VerifiedRead {
    /// Loads the chunk that holds `position`; false at the end of the file.
    fn load(&mut self) -> std::io::Result<bool> {
        if self.position >= self.written.bytes {
            return Ok(false);
        }
        let index = self.position / CHUNK_BYTES;
        let start = index * CHUNK_BYTES;
        let length = CHUNK_BYTES.min(self.written.bytes - start);
        // Clones of one open file share its position, so that each reading begins with a seek.
        self.file.seek(SeekFrom::Start(start))?;
        self.chunk.resize(usize::try_from(length).unwrap_or(0), 0);
        let whole = self.file.read_exact(&mut self.chunk);
        let known = usize::try_from(index)
            .ok()
            .and_then(|index| self.written.chunks.get(index * DIGEST_DIGITS..(index + 1) * DIGEST_DIGITS));
        if whole.is_err() || known != Some(digest(&self.chunk).as_str()) {
            let end = start + length;
            let text = format!("bytes {start} to {end} are not those that were written");
            return Err(Error::new(ErrorKind::InvalidData, text));
        }
        self.rest = usize::try_from(start + length - self.position).unwrap_or(0);
        self.position = start + length;
        Ok(true)
    }
}

impl Read for VerifiedRead {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest == 0 && !self.load()? {
            return Ok(0);
        }
        let rest = &self.chunk[self.chunk.len() - self.rest..];
        let given = rest.len().min(buffer.len());
        buffer[..given].copy_from_slice(&rest[..given]);
        self.rest -= given;
        Ok(given)
    }
}

fn digest(chunk: &[u8]) -> String {
    hex(&Sha256::digest(chunk)[..DIGEST_DIGITS / 2])
}
