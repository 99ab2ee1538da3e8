//! An owner's keys: one text file an owner, in a folder that may lie on another disk than the data.
//!
//! One line a data key, so that destroying one leaves the others readable, also after a restored database: whoever restores
//! an old database finds the wrapped key again and no key to unwrap it.

use super::cipher::SecretKey;
use crate::durable;
use crate::error::StoreError;
use hustings_core::FieldClass;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

const HEAD: &str = "hustings-owner-key 1";

/// The folder of owners' key files.
#[derive(Debug, Clone)]
pub(crate) struct OwnerFiles {
    folder: PathBuf,
}

impl OwnerFiles {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// `<owner>.key`.
    pub(crate) fn path(&self, owner: &str) -> PathBuf {
        self.folder.join(format!("{owner}.key"))
    }

    /// The wrapping key of a data key; a sentence with a remedy when it is not there.
    pub(super) fn wrapping_key(
        &self,
        owner: &str,
        class: FieldClass,
        id: &str,
    ) -> Result<SecretKey, StoreError> {
        let path = self.path(owner);
        let lines = self.read(owner)?.ok_or_else(|| {
            StoreError::Key(format!(
                "the {class} data of `{owner}` cannot be read without its key file `{}`, which is not there: put it \
                 back, or name the folder that holds it with --keys",
                path.display()
            ))
        })?;
        let line = lines.into_iter().find(|line| line.id == id).ok_or_else(|| {
            StoreError::Key(format!(
                "`{}` does not hold the key of the {class} data of `{owner}`: put the right file back, or name the \
                 folder that holds it with --keys",
                path.display()
            ))
        })?;
        Ok(line.secret)
    }

    /// Adds a wrapping key; on return it is on the disk.
    pub(super) fn add(&self, owner: &str, class: FieldClass, id: &str) -> Result<SecretKey, StoreError> {
        if !self.folder.is_dir() {
            durable::create_folder(&self.folder)?;
            if let Some(parent) = self.folder.parent() {
                durable::sync_folder(parent)?;
            }
        }
        let _guard = self.lock()?;
        let mut lines = self.read(owner)?.unwrap_or_default();
        let secret = SecretKey::random()?;
        lines.push(Line { id: id.to_owned(), class: class.to_string(), secret: secret.clone() });
        self.write(owner, &lines)?;
        Ok(secret)
    }

    /// Removes a wrapping key; on return nobody finds it again. Says whether the owner's file is there at all.
    pub(super) fn remove(&self, owner: &str, id: &str) -> Result<bool, StoreError> {
        if !self.folder.is_dir() {
            return Ok(false);
        }
        let _guard = self.lock()?;
        let Some(mut lines) = self.read(owner)? else { return Ok(false) };
        let before = lines.len();
        lines.retain(|line| line.id != id);
        if lines.len() < before {
            let path = self.path(owner);
            let old = OpenOptions::new().write(true).open(&path).map_err(StoreError::io("write", &path))?;
            self.write(owner, &lines)?;
            wipe(old).map_err(StoreError::io("wipe the former", &path))?;
        }
        Ok(true)
    }

    /// One writer at a time, whichever data directory it works for.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.folder.join(".lock");
        let file = File::create(&path).map_err(StoreError::io("write", &path))?;
        file.lock().map_err(StoreError::io("lock", &path))?;
        Ok(file)
    }

    /// The lines of an owner's file; none when there is no file.
    fn read(&self, owner: &str) -> Result<Option<Vec<Line>>, StoreError> {
        let path = self.path(owner);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => return Err(not_a_key(&path, 1)),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(not_a_key(&path, 1));
        }
        let lines =
            (2..).zip(lines).map(|(number, line)| Line::parse(line).ok_or_else(|| not_a_key(&path, number)));
        lines.collect::<Result<_, _>>().map(Some)
    }

    /// Replaces an owner's file, whole or not at all, for its owner alone to read.
    fn write(&self, owner: &str, lines: &[Line]) -> Result<(), StoreError> {
        let path = self.path(owner);
        let temporary = self.folder.join(format!(".{owner}.key.new"));
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &temporary)(error));
            }
            _ => {}
        }
        let mut text = format!("{HEAD}\n");
        for Line { id, class, secret } in lines {
            text.push_str(&format!("{id} {class} {}\n", secret.to_hex()));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary).map_err(StoreError::io("write", &temporary))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(StoreError::io("write", &temporary))?;
        durable::rename(&temporary, &path)
    }
}

/// `<id> <class> <64 hex digits>`.
struct Line {
    id: String,
    class: String,
    secret: SecretKey,
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (id, class, secret, end) = (words.next()?, words.next()?, words.next()?, words.next());
        let secret = SecretKey::parse(secret).filter(|_| end.is_none())?;
        Some(Self { id: id.to_owned(), class: class.to_owned(), secret })
    }
}

fn not_a_key(path: &Path, line: usize) -> StoreError {
    StoreError::Key(format!(
        "`{}`, line {line}: expected an owner's key of hustings, got something else: put the right file back",
        path.display()
    ))
}

/// Overwrites a file that has lost its name. What a disk keeps of old blocks by itself is beyond a program's reach.
fn wipe(mut file: File) -> std::io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.rewind()?;
    file.write_all(&vec![0; length])?;
    file.sync_all()
}
