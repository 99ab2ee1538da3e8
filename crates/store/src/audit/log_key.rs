//! The keys with which logs are signed: one file a log beside the owners' keys, as the Go tools write such keys.

use super::sequencer::damaged;
use crate::durable;
use crate::error::StoreError;
use crate::settings::{hex, random};
use crate::store::Store;
use hustings_audit::Signer;
use hustings_audit::key::KeyKind;
use sha2::{Digest as _, Sha256};
use std::io::ErrorKind;
use std::path::PathBuf;

impl Store {
    /// `<keys>/<log>.log-key`.
    pub(super) fn log_key_path(&self, log: &str) -> PathBuf {
        self.keys.folder().join(format!("{log}.log-key"))
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
        // Unlike any other directory's log, and telling nothing about this one.
        let directory =
            Sha256::new().chain_update("hustings log origin").chain_update(*self.secret).finalize();
        let name = format!("hustings-{}/logs/{log}", hex(&directory[..8]));
        let signer = Signer::from_seed(&name, KeyKind::Log, &random()?).map_err(damaged(&path))?;
        if let Some(folder) = path.parent() {
            durable::create_folder(folder)?;
        }
        durable::write_private_file(&path, format!("{}\n", signer.to_secret_text()).as_bytes())?;
        Ok(signer)
    }
}
