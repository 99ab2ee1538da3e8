//! What the whole data directory has once: today its secret.

use crate::database::Database;
use crate::durable;
use crate::error::StoreError;
use hustings_core::digits::{from_hex, hex};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What the secret's file begins with.
const HEAD: &str = "hustings-directory-secret 1";

#[derive(FromQueryResult)]
struct Setting {
    value: String,
}

/// The secret of the data directory: 32 random bytes, made once a database, under which second factors and voters' opaque
/// keys are made.
///
/// It lies in a file of the keys' folder, `directory-<name>.secret`, never in the database: whoever has a copy of the
/// database, such as a backup or a replica, has no code of anybody's authenticator. The database knows the file's name, a
/// digest of the secret, so that no other file is taken for it, and so that several servers of one database notice when
/// they have not the same one.
pub(crate) async fn secret(database: &Database, keys: &Path, now: &str) -> Result<[u8; 32], StoreError> {
    if let Some(name) = setting(database, "secret_name").await? {
        return read(keys, &name);
    }
    // Releases before this one kept it in the database.
    let former = setting(database, "secret").await?;
    let secret = match &former {
        None => random::<32>()?,
        Some(text) => from_hex(text).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            StoreError::Connect(
                "setting `secret` is damaged: expected 64 hex digits; restore it from a backup".to_owned(),
            )
        })?,
    };
    // In its place before the database counts on it.
    let name = name_of(&secret);
    write(keys, &name, &secret)?;
    let transaction = database.begin("name secret").await?;
    let values = vec![name.as_str().into(), now.into(), transaction.name().into()];
    transaction
        .execute(
            "INSERT INTO settings (name, value, updated_at, updated_by) VALUES ('secret_name', $1, $2, $3) \
             ON CONFLICT (name) DO NOTHING",
            values,
        )
        .await?;
    transaction.execute("DELETE FROM settings WHERE name = 'secret'", Vec::new()).await?;
    transaction.commit().await?;
    if former.is_some() {
        database.forget_old_settings().await?;
    }
    // Another server may have been first.
    let counts = setting(database, "secret_name").await?.unwrap_or_default();
    if counts != name {
        std::fs::remove_file(path(keys, &name)).map_err(StoreError::io("remove", &path(keys, &name)))?;
    }
    read(keys, &counts)
}

async fn setting(database: &Database, name: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT value FROM settings WHERE name = $1";
    let found = database.one::<Setting>("read settings", sql, vec![name.into()]).await?;
    Ok(found.map(|setting| setting.value))
}

/// A name that tells the secret from others, and nothing of it.
fn name_of(secret: &[u8; 32]) -> String {
    let digest = Sha256::new().chain_update("hustings directory secret").chain_update(secret).finalize();
    hex(&digest[..8])
}

fn path(keys: &Path, name: &str) -> PathBuf {
    keys.join(format!("directory-{name}.secret"))
}

fn read(keys: &Path, name: &str) -> Result<[u8; 32], StoreError> {
    let path = path(keys, name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(StoreError::Key(format!(
                "this data folder cannot be opened without its secret `{}`, which is not there: put it back, or name \
                 the folder that holds it with --keys",
                path.display()
            )));
        }
        // Not even text: not ours.
        Err(error) if error.kind() == ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(StoreError::io("read", &path)(error)),
    };
    let secret =
        text.strip_prefix(HEAD).and_then(|rest| from_hex(&rest.trim().to_ascii_lowercase())?.try_into().ok());
    secret.filter(|secret| name_of(secret) == name).ok_or_else(|| {
        StoreError::Key(format!("`{}` is damaged or another's: restore it from a backup", path.display()))
    })
}

fn write(keys: &Path, name: &str, secret: &[u8; 32]) -> Result<(), StoreError> {
    durable::create_folder(keys)?;
    if let Some(parent) = keys.parent() {
        durable::sync_folder(parent)?;
    }
    durable::write_private_file(&path(keys, name), format!("{HEAD}\n{}\n", hex(secret)).as_bytes())
}

/// Random bytes: [`crate::entropy`].
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    crate::entropy::fill(&mut bytes)
        .map_err(|error| StoreError::Connect(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}
