//! Where everything lies below the data directory (DESIGN §8). Only here are its paths put together.

use crate::durable;
use crate::error::StoreError;
use hustings_access::OrganizationId;
use hustings_core::{FieldClass, StateCode};
use std::path::{Path, PathBuf};

/// The start of the names of folders in which a load writes; whatever is found under it without a lock is litter.
pub(crate) const STAGING_PREFIX: &str = ".staging-";

/// The data directory (`--data DIR`).
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Makes the folder when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        durable::create_folder(root)?;
        let root = std::path::absolute(root).map_err(StoreError::io("open", root))?;
        Ok(Self { root })
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `platform.db`: the relational state when no other database is named.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("platform.db")
    }

    /// `voterfile/<state>/`.
    #[must_use]
    pub fn state(&self, state: StateCode) -> PathBuf {
        self.root.join("voterfile").join(state.as_str())
    }

    /// `voterfile/<state>/<id>/`: a published (or undone) snapshot.
    #[must_use]
    pub fn snapshot(&self, state: StateCode, id: &str) -> PathBuf {
        self.state(state).join(id)
    }

    /// `voterfile/<state>/held/<id>/`: a load which the gate kept aside.
    #[must_use]
    pub fn held(&self, state: StateCode, id: &str) -> PathBuf {
        self.state(state).join("held").join(id)
    }

    /// `voterfile/<state>/.staging-<name>/`: where a load writes.
    #[must_use]
    pub fn staging(&self, state: StateCode, name: &str) -> PathBuf {
        self.state(state).join(format!("{STAGING_PREFIX}{name}"))
    }

    /// `overlays/<owner>/<class>/`.
    #[must_use]
    pub fn overlays(&self, owner: &str, class: FieldClass) -> PathBuf {
        self.root.join("overlays").join(owner).join(class.as_str())
    }

    /// `matches/<owner>/`: lists that an organization has matched.
    #[must_use]
    pub fn matches(&self, owner: &str) -> PathBuf {
        self.root.join("matches").join(owner)
    }

    /// `keys/`: owners' keys when no other folder is named.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// `exports/`.
    #[must_use]
    pub fn exports(&self) -> PathBuf {
        self.root.join("exports")
    }

    /// `inboxes/<organization>/`: where uploaded deliveries of another than the directory's owner wait.
    #[must_use]
    pub fn inbox_of(&self, organization: &OrganizationId) -> PathBuf {
        self.root.join("inboxes").join(organization.as_str())
    }

    /// The inboxes of all organizations.
    ///
    /// # Errors
    /// When the folder of them cannot be read.
    pub fn all_inboxes(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut inboxes = vec![self.inbox()];
        match std::fs::read_dir(self.root.join("inboxes")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            entries => {
                for entry in entries? {
                    inboxes.push(entry?.path());
                }
            }
        }
        Ok(inboxes)
    }

    /// `inbox/`: where uploaded deliveries of the directory's owner wait.
    #[must_use]
    pub fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    /// `logs/<owner>/`.
    #[must_use]
    pub fn logs(&self, owner: &str) -> PathBuf {
        self.root.join("logs").join(owner)
    }
}
