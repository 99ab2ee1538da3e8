//! A witness' memory: its key and the newest head of each log that it confirmed, in one text file.

use crate::durable;
use crate::error::StoreError;
use crate::settings::random;
use hustings_audit::key::KeyKind;
use hustings_audit::note::{Note, SignatureLine};
use hustings_audit::witness::{Refusal, Request};
use hustings_audit::{Files, Head, Signer, VerifierKey, Witness};
use hustings_core::digits::hex;
use jiff::Timestamp;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const HEAD: &str = "hustings-witness 1";

/// A witness with its file, which is locked while it lives.
#[derive(Debug)]
pub struct WitnessFile {
    path: PathBuf,
    witness: Witness,
    secret: String,
    logs: Vec<(VerifierKey, Option<Head>)>,
    _lock: File,
}

/// A checkpoint that the witness has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The log.
    pub origin: String,
    /// What it was before, when it was seen before.
    pub before: Option<Head>,
    /// What it is.
    pub head: Head,
    /// The line to put under the checkpoint.
    pub line: String,
    /// The checkpoint with that line.
    pub checkpoint: String,
}

impl WitnessFile {
    /// Opens the file, or makes it with a new key of this name.
    ///
    /// # Errors
    /// When it cannot be read or written, is none, or the name is not one.
    pub fn open(path: &Path, name: &str) -> Result<Self, StoreError> {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let guard = File::create(&lock).map_err(StoreError::io("write", &lock))?;
        guard.lock().map_err(StoreError::io("lock", &lock))?;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let name = if name.is_empty() {
                    format!("witness-{}", hex(&random::<4>()?))
                } else {
                    name.to_owned()
                };
                let signer = Signer::from_seed(&name, KeyKind::Witness, &random()?)
                    .map_err(|error| StoreError::Input(error.to_string()))?;
                let text = format!("{HEAD}\n{}\n", signer.to_secret_text());
                write(path, &text)?;
                text
            }
            Err(error) => return Err(StoreError::io("read", path)(error)),
        };
        Self::parse(path, &text, guard).ok_or_else(|| StoreError::Damaged {
            path: path.to_path_buf(),
            detail: "expected a witness' file of hustings, got something else".to_owned(),
        })
    }

    fn parse(path: &Path, text: &str, guard: File) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let secret = lines.next().filter(|line| *line == HEAD).and(lines.next())?.to_owned();
        let witness = Witness::new(Signer::from_secret_text(&secret).ok()?).ok()?;
        let mut logs = Vec::new();
        for line in lines {
            let mut words = line.split(' ');
            let (key, size, root) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
            logs.push((key, Some(Head { size: size.parse().ok()?, root: root.parse().ok()? })));
        }
        Some(Self { path: path.to_path_buf(), witness, secret, logs, _lock: guard })
    }

    /// The public half of the witness' key.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        self.witness.public()
    }

    /// Confirms a log's newest checkpoint: that it has grown from the one that was confirmed before. A log that was not
    /// seen before is believed under `key`, whose name must be the log's. Its head is on the disk before anything is
    /// signed.
    ///
    /// # Errors
    /// Why the checkpoint is not confirmed, or the file cannot be written.
    pub fn confirm(
        &mut self,
        files: &impl Files,
        key: &VerifierKey,
        now: Timestamp,
    ) -> Result<Confirmed, StoreError> {
        if let Some((known, _)) =
            self.logs.iter().find(|(known, _)| known.name() == key.name() && known != key)
        {
            return Err(StoreError::Refused(format!(
                "the log `{}` shows another key than the one that this witness knows: expected `{known}`, got `{key}`",
                key.name()
            )));
        }
        if !self.logs.iter().any(|(known, _)| known == key) {
            self.logs.push((key.clone(), None));
        }
        let seen = self.logs.iter().find(|(known, _)| known == key).and_then(|(_, head)| *head);
        let request = Request::from_files(files, seen).map_err(refused)?;
        let keys = [key.clone()];
        let pending = self.witness.check(&request, &keys, |_| seen).map_err(refused)?;
        let (origin, head) = (pending.origin().to_owned(), pending.head());
        let mut logs = self.logs.clone();
        for (known, stored) in &mut logs {
            if known == key {
                *stored = Some(head);
            }
        }
        let line = pending
            .cosign::<CosignError>(now, |_, _, _| Ok(write(&self.path, &text(&self.secret, &logs))?))?;
        self.logs = logs;
        let mut note =
            Note::parse(&request.checkpoint).map_err(|error| StoreError::Refused(error.to_string()))?;
        note.add(line.clone());
        Ok(Confirmed { origin, before: seen, head, line: line_text(&line), checkpoint: note.to_string() })
    }
}

/// What stops a cosignature.
enum CosignError {
    Store(StoreError),
    Refusal(Refusal),
}

impl From<StoreError> for CosignError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for CosignError {
    fn from(error: Refusal) -> Self {
        Self::Refusal(error)
    }
}

impl From<CosignError> for StoreError {
    fn from(error: CosignError) -> Self {
        match error {
            CosignError::Store(error) => error,
            CosignError::Refusal(refusal) => refused(refusal),
        }
    }
}

fn refused(refusal: Refusal) -> StoreError {
    StoreError::Refused(format!("not confirmed: {refusal}"))
}

fn line_text(line: &SignatureLine) -> String {
    line.to_string().trim_end().to_owned()
}

fn text(secret: &str, logs: &[(VerifierKey, Option<Head>)]) -> String {
    let mut text = format!("{HEAD}\n{secret}\n");
    for (key, head) in logs {
        if let Some(Head { size, root }) = head {
            text.push_str(&format!("{key} {size} {root}\n"));
        }
    }
    text
}

/// Replaces the file, for its owner alone to read.
fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    durable::write_private_file(path, text.as_bytes())
}
