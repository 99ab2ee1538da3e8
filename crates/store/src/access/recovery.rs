//! Recovery: a code that resets the password and leaves the second factor as it is; and codes that stand once each for a
//! lost second factor. No way leads round both.

use super::maker::Maker;
use super::origin::Origin;
use super::{Acting, Deed, Secret, device, instant, later, parsed, password, secret, user};
use crate::error::StoreError;
use crate::store::{Store, stamp};
use hustings_access::{OrganizationId, Principal, UserId};
use sea_orm::FromQueryResult;
use serde_json::json;

/// How long a code that resets a password holds.
pub const RECOVERY_MINUTES_MAX: i64 = 60;
const CODES: usize = 10;

impl Store {
    /// A code with which a user can set another password, once and within the hour. Earlier ones are worth nothing any
    /// more. Whoever manages people hands it over; the second factor stays needed, so that nobody signs in with it alone.
    ///
    /// # Errors
    /// When the organization has no such user who may sign in, a key does it or somebody who came of one and the user did
    /// not come of the same, or the database fails.
    pub async fn create_recovery(
        &self,
        by: &Acting,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<Secret, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            status: String,
        }
        let deed = Deed::begin(self, "create recovery").await?;
        let sql = "SELECT status FROM users WHERE organization_id = $1 AND id = $2";
        let row = deed.one::<Row>(sql, vec![organization.as_str().into(), id.as_str().into()]).await?;
        if row.ok_or_else(|| user::missing(organization, id))?.status != "active" {
            return Err(StoreError::Refused(format!("user `{id}` is disabled: enable them first")));
        }
        Origin::demand_made(&deed, by, Some(id.as_str())).await?;
        deed.execute("DELETE FROM recoveries WHERE user_id = $1", vec![id.as_str().into()]).await?;
        let code = Secret::random("")?;
        let until = later(self.instant(), RECOVERY_MINUTES_MAX);
        let expires_at = stamp(Maker::of(&deed, by).await?.end_of(until));
        deed.execute(
            "INSERT INTO recoveries (code_hash, user_id, made_by, created_at, expires_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                code.digest().into(),
                id.as_str().into(),
                by.principal.to_string().into(),
                deed.now().into(),
                expires_at.into(),
                deed.name().into(),
            ],
        )
        .await?;
        let mut event = by.event("recovery_created", id.as_str(), json!({}));
        event.owners.insert(organization.clone());
        deed.done(&event).await?;
        Ok(code)
    }

    /// Sets another password with a code. The second factor stays, all sessions end, and none begins. The organization at which
    /// to sign in with it.
    ///
    /// # Errors
    /// When the code is wrong, used or over (in the same words), the password cannot be used, or the database fails.
    pub async fn recover(&self, code: &str, new: &str) -> Result<OrganizationId, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            id: String,
            email: String,
            organization_id: String,
            made_by: Option<String>,
        }
        let digest = secret::digest(code);
        let sql = "SELECT users.id, users.email, users.organization_id, recoveries.made_by FROM recoveries JOIN users \
             ON users.id = recoveries.user_id WHERE recoveries.code_hash = $1 AND recoveries.expires_at > $2 \
             AND users.status = 'active'";
        let values = || vec![digest.as_str().into(), self.now().into()];
        let row = self.database.one::<Row>("find recovery", sql, values()).await?.ok_or_else(refused)?;
        let organization: OrganizationId = parsed("a user", &row.organization_id)?;
        password::check(new, &row.email, &organization)?;
        let hash = password::hash(new).await?;
        let deed = Deed::begin(self, "recover").await?;
        // Somebody may have used it meanwhile; and it ends with the key that whoever made it came of.
        let row = deed.one::<Row>(sql, values()).await?.ok_or_else(refused)?;
        let maker = Origin::of_maker(&deed, row.made_by.as_deref()).await?;
        if maker.is_over(instant(deed.now())?) {
            return Err(refused());
        }
        let id: UserId = parsed("a user", &row.id)?;
        deed.execute("DELETE FROM recoveries WHERE user_id = $1", vec![id.as_str().into()]).await?;
        deed.execute(
            "UPDATE users SET password_hash = $1, updated_at = $2, updated_by = $3 WHERE id = $4",
            vec![hash.into(), deed.now().into(), deed.name().into(), id.as_str().into()],
        )
        .await?;
        user::end_sessions(&deed, &id).await?;
        device::forget(&deed, &id).await?;
        let by = Acting { organization: organization.clone(), principal: Principal::User(id.clone()) };
        deed.done(&by.event("password_reset", id.as_str(), json!({}))).await?;
        Ok(organization)
    }
}

fn refused() -> StoreError {
    StoreError::Refused("this recovery code is wrong, used or over: ask for another".to_owned())
}

/// Ten new codes that stand once each for the second factor, in place of the old ones.
pub(super) async fn replace_codes(deed: &Deed, user: &UserId) -> Result<Vec<Secret>, StoreError> {
    deed.execute("DELETE FROM recovery_codes WHERE user_id = $1", vec![user.as_str().into()]).await?;
    let mut codes = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let code = Secret::code()?;
        deed.execute(
            "INSERT INTO recovery_codes (user_id, code_hash, updated_at, updated_by) VALUES ($1, $2, $3, $4)",
            vec![user.as_str().into(), code.digest().into(), deed.now().into(), deed.name().into()],
        )
        .await?;
        codes.push(code);
    }
    Ok(codes)
}
