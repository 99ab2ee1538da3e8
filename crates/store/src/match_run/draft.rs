//! Lists that were sent and whose columns are still being looked at: one a person, encrypted under the organization's private
//! key. The file that names a draft is written after its bytes, so a draft is there whole or not at all.

use crate::durable;
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::settings::random;
use crate::store::Store;
use hustings_access::verb::Append;
use hustings_access::{Act, Scope};
use hustings_core::digits::hex;
use hustings_core::{FieldClass, StateCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::PathBuf;

/// A list that was sent and not yet matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchDraft {
    /// Its id.
    pub id: String,
    /// The state with whose voters it is to be matched.
    pub state: StateCode,
    /// What its sender calls it.
    pub file: String,
    /// The digest of its bytes, lower-case hex.
    pub sha256: String,
    /// When it was sent, RFC 3339.
    pub sent_at: String,
}

const SUFFIX: &str = "encrypted";

/// Where the drafts of one person lie.
struct Desk {
    folder: PathBuf,
    /// Tells nobody without the key whose they are.
    person: String,
    key: DataKey,
}

impl Desk {
    fn about(&self) -> PathBuf {
        self.folder.join(format!("{}.{SUFFIX}", self.person))
    }

    fn list(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{}-{id}.{SUFFIX}", self.person))
    }

    fn open(&self, path: &std::path::Path, place: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match std::fs::read(path) {
            // What another key wrote, one destroyed since, is as if it were not there.
            Ok(sealed) => Ok(self.key.file("drafts", &self.person).open(place, &sealed)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", path)(error)),
        }
    }

    fn write(&self, path: &std::path::Path, place: &str, plain: &[u8]) -> Result<(), StoreError> {
        durable::write_private_file(path, &self.key.file("drafts", &self.person).seal(place, plain)?)
    }

    /// The draft that lies here.
    fn draft(&self) -> Result<Option<MatchDraft>, StoreError> {
        let about = self.open(&self.about(), "about")?;
        Ok(about.and_then(|json| serde_json::from_slice(&json).ok()))
    }

    /// Removes every list of the person's but one.
    fn remove_lists(&self, but: Option<&str>) -> Result<(), StoreError> {
        let kept = but.map(|id| self.list(id));
        for path in durable::read_folder(&self.folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&format!("{}-", self.person)) && Some(&path) != kept.as_ref() {
                remove(&path)?;
            }
        }
        durable::sync_folder(&self.folder)
    }
}

fn remove(path: &std::path::Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

impl Store {
    /// Takes a list in for whoever acts, in the place of an earlier one of theirs; on return it is durable.
    ///
    /// # Errors
    /// When the organization may not match lists, or database or disk fail.
    pub async fn keep_draft(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        (file, bytes): (&str, &[u8]),
    ) -> Result<MatchDraft, StoreError> {
        let owner = act.organization();
        if !self.may_match(act, state) {
            return Err(StoreError::Refused(format!("`{owner}` may not match lists with voters of {state}")));
        }
        let key = self.key_to_write(owner.as_str(), FieldClass::Private).await?;
        let desk = self.desk(act, key);
        durable::create_folder(&desk.folder)?;
        let draft = MatchDraft {
            id: hex(&random::<16>()?),
            state,
            file: file.to_owned(),
            sha256: hex(&Sha256::digest(bytes)),
            sent_at: self.now(),
        };
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        desk.write(&desk.list(&draft.id), &draft.id, bytes)?;
        let about = serde_json::to_vec(&draft)
            .map_err(|error| StoreError::Input(format!("the list cannot be kept: {error}")))?;
        desk.write(&desk.about(), "about", &about)?;
        desk.remove_lists(Some(&draft.id))?;
        Ok(draft)
    }

    /// The list of whoever acts that waits for its columns, of this state; none where there is none.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn draft(&self, scope: &Scope<'_>, state: StateCode) -> Result<Option<MatchDraft>, StoreError> {
        let Some(desk) = self.desk_of(scope, state).await? else { return Ok(None) };
        Ok(desk.draft()?.filter(|draft| draft.state == state))
    }

    /// The bytes of a draft of whoever acts; none where there is none.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn draft_bytes(
        &self,
        act: &Act<'_, Append>,
        draft: &MatchDraft,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self.desk_of(act, draft.state).await? {
            Some(desk) => desk.open(&desk.list(&draft.id), &draft.id),
            None => Ok(None),
        }
    }

    /// Removes a draft of whoever acts; false where there is none.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn remove_draft(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        id: &str,
    ) -> Result<bool, StoreError> {
        let Some(desk) = self.desk_of(act, state).await? else { return Ok(false) };
        if desk.draft()?.is_none_or(|draft| draft.id != id || draft.state != state) {
            return Ok(false);
        }
        remove(&desk.about())?;
        desk.remove_lists(None)?;
        Ok(true)
    }

    async fn desk_of(&self, scope: &Scope<'_>, state: StateCode) -> Result<Option<Desk>, StoreError> {
        if !self.sees_matches(scope, state) {
            return Ok(None);
        }
        let key = self.current_key(scope.organization().as_str(), FieldClass::Private).await?;
        Ok(key.map(|key| self.desk(scope, key)))
    }

    fn desk(&self, scope: &Scope<'_>, key: DataKey) -> Desk {
        let folder = self.data.matches(scope.organization().as_str()).join("drafts");
        Desk { folder, person: key.digest("drafts of", scope.principal().as_str()), key }
    }
}
