//! The keys with which logs are signed: one file a log beside the owners' keys, as the Go tools write such keys.

use super::sequencer::damaged;
use crate::durable;
use crate::error::StoreError;
use crate::settings::random;
use crate::store::Store;
use hustings_audit::Signer;
use hustings_audit::key::KeyKind;
use hustings_core::digits::hex;
use sha2::{Digest as _, Sha256};
use std::io::ErrorKind;
use std::path::PathBuf;

impl Store {
    /// `<keys>/<log>-<directory>.log-key`: data directories may share a folder of keys, and two that signed with one would
    /// be taken for one that rewrites its log.
    pub(super) fn log_key_path(&self, log: &str) -> PathBuf {
        self.keys.folder().join(format!("{log}-{}.log-key", self.log_directory()))
    }

    /// Names this data directory in its logs and their keys: unlike any other, and telling nothing about this one.
    fn log_directory(&self) -> String {
        let directory =
            Sha256::new().chain_update("hustings log origin").chain_update(*self.secret).finalize();
        hex(&directory[..8])
    }

    /// The key of a log that has been signed with it before.
    pub(super) fn log_key(&self, log: &str) -> Result<Signer, StoreError> {
        let path = self.log_key_path(log);
        match std::fs::read_to_string(&path) {
            Ok(text) => Signer::from_secret_text(text.trim_end())
                .map_err(|error| StoreError::Key(format!("`{}`: {error}", path.display()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Key(format!(
                "the log of `{log}` cannot go on without its key `{}`, which is not there: put it back, or name the \
                 folder that holds it with --keys",
                path.display()
            ))),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// The key of a log that is new: made, durable, and in its place before anything is signed with it.
    pub(super) fn new_log_key(&self, log: &str) -> Result<Signer, StoreError> {
        let path = self.log_key_path(log);
        if path.exists() {
            return self.log_key(log);
        }
        let name = format!("hustings-{}/logs/{log}", self.log_directory());
        let signer = Signer::from_seed(&name, KeyKind::Log, &random()?).map_err(damaged(&path))?;
        if let Some(folder) = path.parent() {
            durable::create_folder(folder)?;
        }
        durable::write_private_file(&path, format!("{}\n", signer.to_secret_text()).as_bytes())?;
        Ok(signer)
    }
}
