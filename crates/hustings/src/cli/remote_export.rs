//! An export from a server: its parts become a file, whole or not at all.

use super::exit::CliError;
use super::remote::Remote;
use crate::api::export::MEDIA;
use crate::ask::export::MakeExport;
use hustings_store::{ExportReport, StoreError, check_out};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::Path;
use tempfile::NamedTempFile;
use ureq::http::header::CONTENT_TYPE;

/// Bytes of the parts that are not pieces of the file.
const TEXT_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes of one piece, and of one line between them.
const PIECE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const LINE_BYTES_MAX: u64 = 1_000;

impl Remote {
    /// Has the server make an export, and writes it to `out` once all of it is there and is what the server wrote.
    ///
    /// # Errors
    /// As the server says, also in the midst of sending; what was sent is cut off or damaged; `out` cannot be written.
    pub fn export(&self, question: &MakeExport, out: &Path, force: bool) -> Result<ExportReport, CliError> {
        check_out(out, force)?;
        let answer = self.send(&question.call())?;
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary =
            kind.strip_prefix(MEDIA).and_then(|rest| rest.trim_start().strip_prefix("; boundary="));
        let boundary = boundary.ok_or_else(|| self.not_understood())?.to_owned();
        let reader = BufReader::new(answer.into_body().into_reader());
        let mut parts = Parts { remote: self, reader, boundary };
        let first = parts.next()?.filter(|part| part.kind == "application/json");
        let json = parts.text(&first.ok_or_else(|| self.not_understood())?)?;
        let report: ExportReport = serde_json::from_slice(&json).map_err(|_| self.not_understood())?;
        let mut file = temporary(out)?;
        parts.write(&mut file, &report).map_err(|error| match error {
            Failed::Told(error) => error,
            Failed::Written(error) => StoreError::io("write", file.path())(error).into(),
        })?;
        place(file, out, force)?;
        Ok(ExportReport { file: out.to_path_buf(), ..report })
    }
}

/// Why a file is not complete.
enum Failed {
    Told(CliError),
    Written(io::Error),
}

impl From<CliError> for Failed {
    fn from(error: CliError) -> Self {
        Self::Told(error)
    }
}

/// The parts of an answer.
struct Parts<'a, R> {
    remote: &'a Remote,
    reader: R,
    boundary: String,
}

struct Part {
    kind: String,
    length: u64,
}

impl<R: BufRead> Parts<'_, R> {
    /// The head of the next part; none behind the last.
    fn next(&mut self) -> Result<Option<Part>, CliError> {
        let line = self.line()?;
        match line.strip_prefix("--").and_then(|line| line.strip_prefix(self.boundary.as_str())) {
            Some("") => {}
            Some("--") => return Ok(None),
            _ => return Err(self.remote.not_understood()),
        }
        let (mut kind, mut length) = (None, None);
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| self.remote.not_understood())?;
            match name.to_ascii_lowercase().as_str() {
                "content-type" => kind = Some(value.trim().to_owned()),
                "content-length" => length = value.trim().parse().ok(),
                _ => {}
            }
        }
        let (Some(kind), Some(length)) = (kind, length) else { return Err(self.remote.not_understood()) };
        Ok(Some(Part { kind, length }))
    }

    /// The bytes of a part that is no piece of the file.
    fn text(&mut self, part: &Part) -> Result<Vec<u8>, CliError> {
        if part.length > TEXT_BYTES_MAX {
            return Err(self.remote.not_understood());
        }
        let mut bytes = Vec::new();
        self.take(part, &mut bytes)?;
        Ok(bytes)
    }

    /// The file, which must be complete and what the report says.
    fn write(&mut self, file: &mut NamedTempFile, report: &ExportReport) -> Result<(), Failed> {
        let (mut hasher, mut bytes) = (Sha256::new(), 0_u64);
        let mut piece = Vec::new();
        while let Some(part) = self.next()? {
            if part.kind == "application/problem+json" {
                let why = self.text(&part)?;
                return Err(Failed::Told(self.remote.told(&why)));
            }
            bytes = bytes.saturating_add(part.length);
            if part.length > PIECE_BYTES_MAX || bytes > report.bytes {
                return Err(Failed::Told(self.remote.not_understood()));
            }
            piece.clear();
            self.take(&part, &mut piece)?;
            hasher.update(&piece);
            file.write_all(&piece).map_err(Failed::Written)?;
        }
        let digest = hasher.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        if bytes != report.bytes || digest != report.sha256 {
            return Err(Failed::Told(CliError::environment(format!(
                "the file that came is not the one that was made: expected {} bytes with the sha256 {}, got {bytes} \
                 with {digest}",
                report.bytes, report.sha256
            ))));
        }
        file.as_file().sync_all().map_err(Failed::Written)
    }

    fn take(&mut self, part: &Part, bytes: &mut Vec<u8>) -> Result<(), CliError> {
        let read = self.reader.by_ref().take(part.length).read_to_end(bytes);
        let read = read.map_err(|error| self.remote.broke_off(&error))?;
        if u64::try_from(read).is_ok_and(|read| read == part.length) && self.line()?.is_empty() {
            return Ok(());
        }
        Err(self.remote.broke_off(&ErrorKind::UnexpectedEof.into()))
    }

    fn line(&mut self) -> Result<String, CliError> {
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        read.map_err(|error| self.remote.broke_off(&error))?;
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(self.remote.broke_off(&ErrorKind::UnexpectedEof.into()));
        };
        String::from_utf8(line.to_vec()).map_err(|_| self.remote.not_understood())
    }
}

/// A hidden file beside `out`, which goes unless it is put in its place.
fn temporary(out: &Path) -> Result<NamedTempFile, CliError> {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let made = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".part").tempfile_in(folder(out));
    made.map_err(|error| StoreError::io("write", out)(error).into())
}

fn folder(out: &Path) -> &Path {
    out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn place(file: NamedTempFile, out: &Path, force: bool) -> Result<(), CliError> {
    let placed = if force { file.persist(out) } else { file.persist_noclobber(out) };
    if let Err(error) = placed {
        // Somebody may have made a file of that name meanwhile.
        check_out(out, force)?;
        return Err(StoreError::io("write", out)(error.error).into());
    }
    let synced = File::open(folder(out)).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::io("write", out)(error).into())
}
