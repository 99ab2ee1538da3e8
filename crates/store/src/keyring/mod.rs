//! Keys of overlays: a random data key per (owner, class), wrapped by a key in the owner's file.
//!
//! The wrapped keys lie in the database, the wrapping keys in files which may lie on another disk: a lost disk alone is
//! unreadable, and destroying a key makes what it encrypted unreadable for ever, also in old copies of the database.

mod cipher;
mod owner_file;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use cipher::SecretKey;
pub(crate) use owner_file::OwnerFiles;

use crate::audit::{AuditEvent, outbox};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::settings::random;
use crate::store::Store;
use hustings_access::verb::Append;
use hustings_access::{Act, Role};
use hustings_core::FieldClass;
use hustings_core::digits::{from_hex, hex};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// The key of everything that an owner has in one class.
#[derive(Debug, Clone)]
pub(crate) struct DataKey {
    pub(crate) id: String,
    secret: SecretKey,
}

impl DataKey {
    /// Encrypts a text for a place in the database, in hex.
    pub(crate) fn seal(&self, place: &str, text: &str) -> Result<String, StoreError> {
        Ok(hex(&self.secret.derive(&["text"]).seal(place, text.as_bytes())?))
    }

    /// The text that was sealed for a place; none when it has been changed.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let plain = self.secret.derive(&["text"]).open(place, &from_hex(sealed)?)?;
        String::from_utf8(plain).ok()
    }

    /// A digest that tells nothing to who lacks the key, in 64 hex digits.
    pub(crate) fn digest(&self, of: &str, text: &str) -> String {
        self.secret.derive(&["digest", of, text]).to_hex()
    }

    /// The key of one file: none fits another file, so that files cannot be swapped.
    pub(crate) fn file(&self, append: &str, name: &str) -> SecretKey {
        self.secret.derive(&["file", append, name])
    }
}

/// What the database knows of a data key.
#[derive(Debug, Clone)]
pub(crate) struct WrappedKey {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) class: FieldClass,
    pub(crate) wrapped: String,
    /// When it was destroyed.
    pub(crate) destroyed_at: Option<String>,
}

impl WrappedKey {
    /// Binds a wrapped key to what it is for.
    fn place(&self) -> String {
        format!("data key {} of {}/{}", self.id, self.owner, self.class)
    }
}

/// What destroying a key did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyDestroyed {
    /// Whose data it was.
    pub owner: String,
    /// Field class.
    pub class: FieldClass,
    /// When, RFC 3339.
    pub destroyed_at: String,
    /// Overlays that nobody can read again.
    pub appends: u64,
}

#[derive(FromQueryResult)]
struct KeyRow {
    id: String,
    wrapped: String,
}

#[derive(FromQueryResult)]
struct Leftover {
    id: String,
    owner: String,
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

impl Store {
    /// Unwraps a data key, which must not be destroyed.
    pub(crate) fn unwrap_key(&self, key: &WrappedKey) -> Result<DataKey, StoreError> {
        let (owner, class) = (&key.owner, key.class);
        let wrapping = self.keys.wrapping_key(owner, class, &key.id)?;
        let secret = from_hex(&key.wrapped)
            .and_then(|wrapped| wrapping.open(&key.place(), &wrapped))
            .and_then(|bytes| SecretKey::of_bytes(&bytes));
        let secret = secret.ok_or_else(|| {
            StoreError::Key(format!(
                "the key in `{}` does not fit the {class} data of `{owner}`: put the right file back, or restore the \
                 database",
                self.keys.path(owner).display()
            ))
        })?;
        Ok(DataKey { id: key.id.clone(), secret })
    }

    /// The key under which an owner's data of a class are written now, if there is one.
    pub(crate) async fn current_key(
        &self,
        owner: &str,
        class: FieldClass,
    ) -> Result<Option<DataKey>, StoreError> {
        let row = self.database.one::<KeyRow>("read key", SELECT_CURRENT, current_of(owner, class)).await?;
        row.map(|row| self.unwrap_row(row, owner, class)).transpose()
    }

    /// The key under which an owner's data of a class are written, made when there is none; on return it is durable.
    pub(crate) async fn key_to_write(&self, owner: &str, class: FieldClass) -> Result<DataKey, StoreError> {
        if let Some(key) = self.current_key(owner, class).await? {
            return Ok(key);
        }
        let transaction = self.database.begin("make key").await?;
        // Another process may have been first.
        if let Some(row) = transaction.one::<KeyRow>(SELECT_CURRENT, current_of(owner, class)).await? {
            return self.unwrap_row(row, owner, class);
        }
        let secret = SecretKey::random()?;
        let mut key = WrappedKey {
            id: hex(&random::<16>()?),
            owner: owner.to_owned(),
            class,
            wrapped: String::new(),
            destroyed_at: None,
        };
        // The wrapping key is on the disk before anything depends on it; a line without a row does no harm.
        let wrapping = self.keys.add(owner, class, &key.id)?;
        key.wrapped = hex(&wrapping.seal(&key.place(), secret.bytes())?);
        let now = self.now();
        transaction
            .execute(
                "INSERT INTO data_keys (id, owner, class, status, wrapped, created_at, updated_at, updated_by) \
                 VALUES ($1, $2, $3, 'current', $4, $5, $5, $6)",
                vec![
                    key.id.as_str().into(),
                    owner.into(),
                    class.as_str().into(),
                    key.wrapped.into(),
                    now.into(),
                    transaction.name().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(DataKey { id: key.id, secret })
    }

    /// Refuses in a transaction to write what a key that is destroyed since has encrypted.
    pub(crate) async fn demand_key(
        &self,
        transaction: &Transaction,
        key: &DataKey,
    ) -> Result<(), StoreError> {
        let count = transaction
            .one::<Count>(
                "SELECT count(*) AS count FROM data_keys WHERE id = $1 AND status = 'current'",
                vec![key.id.as_str().into()],
            )
            .await?;
        if count.is_some_and(|row| row.count == 1) {
            return Ok(());
        }
        Err(StoreError::Refused(
            "the key of these data has been destroyed meanwhile: nothing was written".to_owned(),
        ))
    }

    /// Destroys the key of an owner's class: nobody can read again what was appended under it, from this moment and for
    /// ever. The next append of the class begins with a new key. Other classes of the owner stay readable.
    ///
    /// Copies of the owner's key file made before (backups) can undo it: destroy them as well.
    ///
    /// # Errors
    /// When there is no such key in the scope, the actor is no data director of the owner, or database or disk fail; once the database has forgotten the key, it is
    /// gone even then, and the rest is finished when the directory is next opened.
    pub async fn destroy_key(
        &self,
        act: &Act<'_, Append>,
        owner: &str,
        class: FieldClass,
    ) -> Result<KeyDestroyed, StoreError> {
        let none = || StoreError::Input(format!("there is no key of {class} data of `{owner}`"));
        // Only the owner disposes of its data.
        if act.organization().as_str() != owner || !act.rights().iter().any(|right| right.class == class) {
            return Err(none());
        }
        // What cannot be undone is for no vendor and no organizer.
        let actor = act.actor();
        if !actor.roles.contains(&Role::DataDirector) || actor.works_in.id != *act.organization() {
            return Err(StoreError::Refused(format!(
                "only a data director of `{owner}` destroys the key of its data"
            )));
        }
        let now = self.now();
        let transaction = self.database.begin("destroy key").await?;
        let row = transaction.one::<KeyRow>(SELECT_CURRENT, current_of(owner, class)).await?;
        let id = row.ok_or_else(none)?.id;
        let appends = transaction
            .one::<Count>(
                "SELECT count(*) AS count FROM appends WHERE key_id = $1 AND status <> 'removed'",
                vec![id.as_str().into()],
            )
            .await?;
        transaction
            .execute(
                "UPDATE data_keys SET status = 'destroying', wrapped = '', destroyed_at = $1, updated_at = $1, \
                 updated_by = $2 WHERE id = $3",
                vec![now.as_str().into(), transaction.name().into(), id.as_str().into()],
            )
            .await?;
        let destroyed = KeyDestroyed {
            owner: owner.to_owned(),
            class,
            destroyed_at: now,
            appends: appends.map_or(0, |row| u64::try_from(row.count).unwrap_or(0)),
        };
        let event = AuditEvent {
            organization: act.organization().clone(),
            principal: Some(act.principal().clone()),
            action: "key_destroyed",
            about: Some(owner.to_owned()),
            classes: [class].into(),
            voters: None,
            details: serde_json::json!({ "appends": destroyed.appends }),
            owners: [act.organization().clone()].into(),
        };
        outbox::write(&transaction, &destroyed.destroyed_at, &event).await?;
        transaction.commit().await?;
        self.finish_destroying().await?;
        Ok(destroyed)
    }

    /// Removes the wrapping keys of destroyed data keys. An owner's file that is not there is left for the next time.
    pub(crate) async fn finish_destroying(&self) -> Result<(), StoreError> {
        let leftovers: Vec<Leftover> = self
            .database
            .all("read keys", "SELECT id, owner FROM data_keys WHERE status = 'destroying'", Vec::new())
            .await?;
        let mut finished = false;
        for Leftover { id, owner } in leftovers {
            if self.keys.remove(&owner, &id)? {
                let transaction = self.database.begin("finish destroying key").await?;
                transaction
                    .execute(
                        "UPDATE data_keys SET status = 'destroyed', updated_at = $1, updated_by = $2 WHERE id = $3",
                        vec![self.now().into(), transaction.name().into(), id.into()],
                    )
                    .await?;
                transaction.commit().await?;
                finished = true;
            }
        }
        if finished { self.database.forget_old_pages().await } else { Ok(()) }
    }

    fn unwrap_row(&self, row: KeyRow, owner: &str, class: FieldClass) -> Result<DataKey, StoreError> {
        self.unwrap_key(&WrappedKey {
            id: row.id,
            owner: owner.to_owned(),
            class,
            wrapped: row.wrapped,
            destroyed_at: None,
        })
    }
}

const SELECT_CURRENT: &str =
    "SELECT id, wrapped FROM data_keys WHERE owner = $1 AND class = $2 AND status = 'current'";

fn current_of(owner: &str, class: FieldClass) -> Vec<sea_orm::Value> {
    vec![owner.into(), class.as_str().into()]
}
