//! Device cookies: a browser in which an account was signed in to with both factors has tries of its own, so that nobody who
//! tries elsewhere, however often, keeps its reader out.

use super::{Deed, Secret, instant, later, parsed, secret};
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_access::{OrganizationId, UserId};
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;

/// How long a browser is known that nobody signs in with.
pub const DEVICE_DAYS_MAX: i64 = 180;

#[derive(FromQueryResult)]
struct Row {
    id: String,
}

impl Store {
    /// The organization at which a browser last signed in, for its form: none when it is not known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organization_of_device(&self, token: &str) -> Result<Option<OrganizationId>, StoreError> {
        let sql = "SELECT users.organization_id AS id FROM devices JOIN users ON users.id = devices.user_id \
                   WHERE devices.token_hash = $1 AND devices.expires_at > $2 AND users.status = 'active' \
                   ORDER BY devices.created_at DESC, devices.id LIMIT 1";
        let values = vec![secret::digest(token).into(), self.now().into()];
        let row = self.database.one::<Row>("read device", sql, values).await?;
        row.map(|row| parsed("a user", &row.id)).transpose()
    }
}

/// The device that a browser's token stands for at an account; none for a token that is not good there.
pub(super) async fn of(deed: &Deed, token: Option<&str>, user: &str) -> Result<Option<String>, StoreError> {
    let Some(token) = token else { return Ok(None) };
    let sql = "SELECT id FROM devices WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3";
    let values = vec![secret::digest(token).into(), user.into(), deed.now().into()];
    Ok(deed.one::<Row>(sql, values).await?.map(|row| row.id))
}

/// After a sign-in with both factors: a token that nobody had before, in place of the one that the browser brought, for this
/// account and for the others that were signed in to there. Those of the same address are one person's: who proved both
/// there.
pub(super) async fn renew(deed: &Deed, brought: Option<&str>, user: &UserId) -> Result<Secret, StoreError> {
    deed.execute("DELETE FROM devices WHERE expires_at <= $1", vec![deed.now().into()]).await?;
    let fresh = Secret::random("")?;
    if let Some(brought) = brought {
        let brought = secret::digest(brought);
        let known = "FROM devices JOIN users other ON other.id = devices.user_id JOIN users me ON me.id = $1 \
             WHERE devices.token_hash = $2 AND other.email = me.email AND other.id <> me.id";
        for pair in ["me.id, other.id", "other.id, me.id"] {
            let sql = format!(
                "INSERT INTO same_people (user_id, other_id, created_at, updated_by) \
                 SELECT {pair}, CAST($3 AS TEXT), CAST($4 AS TEXT) {known} ON CONFLICT DO NOTHING"
            );
            let values =
                vec![user.as_str().into(), brought.as_str().into(), deed.now().into(), deed.name().into()];
            deed.execute(&sql, values).await?;
        }
        let sql = "DELETE FROM devices WHERE token_hash = $1 AND user_id = $2";
        deed.execute(sql, vec![brought.as_str().into(), user.as_str().into()]).await?;
        let sql = "UPDATE devices SET token_hash = $1, updated_by = $2 WHERE token_hash = $3";
        deed.execute(sql, vec![fresh.digest().into(), deed.name().into(), brought.into()]).await?;
    }
    let expires_at = later(instant(deed.now())?, DEVICE_DAYS_MAX * 24 * 60);
    deed.execute(
        "INSERT INTO devices (id, token_hash, user_id, created_at, expires_at, updated_by) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            hex(&random::<16>()?).into(),
            fresh.digest().into(),
            user.as_str().into(),
            deed.now().into(),
            stamp(expires_at).into(),
            deed.name().into(),
        ],
    )
    .await?;
    Ok(fresh)
}

/// No browser is known any more in which the account was signed in to.
pub(super) async fn forget(deed: &Deed, user: &UserId) -> Result<(), StoreError> {
    deed.execute("DELETE FROM devices WHERE user_id = $1", vec![user.as_str().into()]).await.map(drop)
}
