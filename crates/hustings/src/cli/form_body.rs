//! A form with files as the body of a request, read from the disk as it is sent.

use super::exit::CliError;
use hustings_store::StoreError;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// A form; its parts are sent in the order in which they were added.
pub struct FormBody {
    boundary: String,
    pieces: VecDeque<Piece>,
    length: u64,
    open: Option<Box<dyn Read>>,
}

enum Piece {
    Text(Vec<u8>),
    File { path: PathBuf, bytes: u64 },
}

impl FormBody {
    /// No part yet.
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub fn new() -> Result<Self, CliError> {
        let mut random = [0; 16];
        hustings_store::entropy::fill(&mut random).map_err(CliError::environment)?;
        let boundary = hustings_core::digits::hex(&random);
        Ok(Self { boundary, pieces: VecDeque::new(), length: 0, open: None })
    }

    /// A part that is JSON.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn json(&mut self, name: &str, value: &impl serde::Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string(value).map_err(CliError::environment)?;
        self.text(format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n\r\n{json}\r\n",
            self.boundary
        ));
        Ok(())
    }

    /// A part that is a file, which is sent as long as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(&mut self, name: &str, path: &Path) -> Result<(), CliError> {
        let about = File::open(path).and_then(|file| file.metadata());
        let bytes = about.map_err(StoreError::io("read", path))?.len();
        self.head_of_file(name);
        self.length += bytes;
        self.pieces.push_back(Piece::File { path: path.to_path_buf(), bytes });
        self.text("\r\n".to_owned());
        Ok(())
    }

    /// A part for a file of which nothing but its name counts.
    pub fn empty_file(&mut self, name: &str) {
        self.head_of_file(name);
        self.text("\r\n".to_owned());
    }

    fn head_of_file(&mut self, name: &str) {
        self.text(format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            self.boundary
        ));
    }

    /// The end of the form.
    pub fn close(&mut self) {
        self.text(format!("--{}--\r\n", self.boundary));
    }

    /// Its length.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its media type.
    #[must_use]
    pub fn media(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    fn text(&mut self, text: String) {
        self.length += u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.pieces.push_back(Piece::Text(text.into_bytes()));
    }
}

impl Read for FormBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(open) = &mut self.open {
                match open.read(buffer)? {
                    0 if !buffer.is_empty() => self.open = None,
                    read => return Ok(read),
                }
            }
            self.open = match self.pieces.pop_front() {
                None => return Ok(0),
                Some(Piece::Text(text)) => Some(Box::new(Cursor::new(text))),
                Some(Piece::File { path, bytes }) => Some(Box::new(File::open(path)?.take(bytes))),
            };
        }
    }
}
