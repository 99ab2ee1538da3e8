//! A gz file: one or several members one after another, and perhaps bytes behind the last one that are none.

use flate2::bufread::GzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const MAGIC: u8 = 0x1f;

/// The unpacked bytes. Every member is checked by its own sum, so that a damaged or cut one is an error.
pub struct GzReader {
    member: Option<GzDecoder<BufReader<File>>>,
    trailing: Arc<AtomicBool>,
}

impl GzReader {
    /// Opens the file at `path`; `trailing` is set when bytes that are no member stand behind the last one.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path, trailing: Arc<AtomicBool>) -> std::io::Result<Self> {
        let file = BufReader::with_capacity(1 << 20, File::open(path)?);
        Ok(Self { member: Some(GzDecoder::new(file)), trailing })
    }
}

impl Read for GzReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(mut member) = self.member.take() {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.member = Some(member);
                return Ok(count);
            }
            let mut rest = member.into_inner();
            match rest.fill_buf()?.first() {
                None => {}
                Some(&MAGIC) => self.member = Some(GzDecoder::new(rest)),
                Some(_) => self.trailing.store(true, Ordering::Relaxed),
            }
        }
        Ok(0)
    }
}
