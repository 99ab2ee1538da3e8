//! Sessions: a cookie's 256 random bits, kept as a digest; ended by sign-out, idleness, age, every change of rights, and
//! with the API key that the account came of.

use super::origin::Origin;
use super::{Acting, Deed, Secret, device, instant, later, no_epoch, parsed, secret, user};
use crate::error::StoreError;
use crate::store::{Store, stamp};
use hustings_access::{OrganizationId, Principal, Role, UserId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeSet;

/// A session ends after so long without use.
pub const IDLE_MINUTES_MAX: i64 = 30;
/// A session ends so long after sign-in, whatever happens.
pub const SESSION_MINUTES_MAX: i64 = 12 * 60;
/// How long a right password waits for its second factor.
pub const SECOND_FACTOR_MINUTES_MAX: i64 = 10;

/// Who has signed in, with both factors: there is no session without the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// The digest of its token: by it the database knows the session, and nobody can sign in with it.
    pub digest: String,
    /// Who.
    pub user: UserId,
    /// For which organization.
    pub organization: OrganizationId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are in the organization.
    pub roles: BTreeSet<Role>,
    /// The precincts assigned to them.
    pub precincts: BTreeSet<user::PrecinctPair>,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// The access epoch when all of this was read, or an earlier one.
    pub epoch: u64,
}

impl SessionInfo {
    /// The person, acting for their organization.
    #[must_use]
    pub fn acting(&self) -> Acting {
        Acting { organization: self.organization.clone(), principal: Principal::User(self.user.clone()) }
    }
}

/// A session just begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The cookie's value, told once.
    pub token: Secret,
    /// Who.
    pub user: UserId,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// What the browser brings along at its next tries to sign in, told once: after a sign-in with both factors.
    pub device: Option<Secret>,
}

/// One of a user's sessions, as they see it themselves: without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// When it began, RFC 3339.
    pub created_at: String,
    /// When it was last used, to the minute, RFC 3339.
    pub last_seen_at: String,
    /// When it ends whatever happens, RFC 3339.
    pub expires_at: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

#[derive(FromQueryResult)]
struct Row {
    user_id: String,
    organization_id: String,
    email: String,
    name: String,
    last_seen_at: String,
    expires_at: String,
    epoch: i64,
}

impl Store {
    /// The session of a cookie's value, if it holds now: begun with both factors, used within the last half hour, not too
    /// old, its user not disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &str) -> Result<Option<SessionInfo>, StoreError> {
        let now = self.instant();
        let digest = secret::digest(token);
        let row = self
            .database
            .one::<Row>(
                "read session",
                "SELECT sessions.user_id, users.organization_id, users.email, users.name, sessions.last_seen_at, \
                 sessions.expires_at, access_epochs.epoch FROM access_epochs CROSS JOIN sessions JOIN users ON users.id = sessions.user_id \
                 WHERE sessions.token_hash = $1 AND sessions.second_factor = 1 AND sessions.expires_at > $2 \
                 AND sessions.last_seen_at > $3 AND users.status = 'active'",
                vec![
                    digest.as_str().into(),
                    stamp(now).into(),
                    stamp(later(now, -IDLE_MINUTES_MAX)).into(),
                ],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        if row.last_seen_at < stamp(later(now, -1)) {
            // No act: to the minute, so that reading a page seldom writes.
            let transaction = self.database.begin("see session").await?;
            transaction
                .execute(
                    "UPDATE sessions SET last_seen_at = $1, updated_by = $2 WHERE token_hash = $3",
                    vec![stamp(now).into(), transaction.name().into(), digest.as_str().into()],
                )
                .await?;
            transaction.commit().await?;
        }
        let user: UserId = parsed("a user", &row.user_id)?;
        let (roles, precincts) = user::rights(&self.database, &user).await?;
        Ok(Some(SessionInfo {
            digest,
            user,
            organization: parsed("a user", &row.organization_id)?,
            email: row.email,
            name: row.name,
            roles,
            precincts,
            expires_at: instant(&row.expires_at)?,
            epoch: u64::try_from(row.epoch).map_err(|_| no_epoch())?,
        }))
    }

    /// All sessions of a session's user, the newest first.
    ///
    /// # Errors
    /// When the session is over, or the database fails.
    pub async fn sessions(&self, token: &str) -> Result<Vec<SessionRecord>, StoreError> {
        #[derive(FromQueryResult)]
        struct Held {
            token_hash: String,
            created_at: String,
            last_seen_at: String,
            expires_at: String,
        }
        let session = self.required_session(token).await?;
        let now = self.instant();
        let rows = self
            .database
            .all::<Held>(
                "list sessions",
                "SELECT token_hash, created_at, last_seen_at, expires_at FROM sessions WHERE user_id = $1 \
                 AND second_factor = 1 AND expires_at > $2 AND last_seen_at > $3 ORDER BY created_at DESC",
                vec![
                    session.user.as_str().into(),
                    stamp(now).into(),
                    stamp(later(now, -IDLE_MINUTES_MAX)).into(),
                ],
            )
            .await?;
        let this = secret::digest(token);
        Ok(rows
            .into_iter()
            .map(|row| SessionRecord {
                is_this: row.token_hash == this,
                created_at: row.created_at,
                last_seen_at: row.last_seen_at,
                expires_at: row.expires_at,
            })
            .collect())
    }

    /// Ends a session. One that is over already stays so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        let Some(session) = self.session(token).await? else { return Ok(()) };
        let deed = Deed::begin(self, "sign out").await?;
        deed.execute("DELETE FROM sessions WHERE token_hash = $1", vec![secret::digest(token).into()])
            .await?;
        // What the session still reads ends, too.
        deed.raise_epoch().await?;
        deed.done(&session.acting().event("signed_out", session.user.as_str(), json!({}))).await
    }

    /// Ends all sessions of a session's user, this one too, and what their browsers bring along at tries to sign in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out_everywhere(&self, token: &str) -> Result<(), StoreError> {
        let Some(session) = self.session(token).await? else { return Ok(()) };
        let deed = Deed::begin(self, "sign out everywhere").await?;
        let ended = user::end_sessions(&deed, &session.user).await?;
        device::forget(&deed, &session.user).await?;
        let details = json!({"sessions": ended});
        deed.done(&session.acting().event("signed_out_everywhere", session.user.as_str(), details)).await
    }

    /// Whether a session has neither been ended nor grown too old. Idle ones count: a long load or download is no idleness.
    pub(super) async fn session_lasts(&self, digest: &str) -> Result<bool, StoreError> {
        #[derive(FromQueryResult)]
        struct Found {
            found: i64,
        }
        let sql = "SELECT count(*) AS found FROM sessions WHERE token_hash = $1 AND second_factor = 1 \
                   AND expires_at > $2";
        let values = vec![digest.into(), self.now().into()];
        let found = self.database.one::<Found>("read session", sql, values).await?;
        Ok(found.is_some_and(|row| row.found == 1))
    }

    /// The session of a cookie's value, or the refusal.
    pub(super) async fn required_session(&self, token: &str) -> Result<SessionInfo, StoreError> {
        self.session(token).await?.ok_or_else(over)
    }
}

/// The refusal of a token that is no session's, or no longer.
pub(super) fn over() -> StoreError {
    StoreError::Refused("you are not signed in: sign in again".to_owned())
}

/// Writes a session with both factors, under a token that nobody had before.
pub(super) async fn begin(deed: &Deed, user: &UserId) -> Result<NewSession, StoreError> {
    write(deed, user, true, SESSION_MINUTES_MAX).await
}

/// Writes what holds a right password until its second factor comes.
pub(super) async fn begin_half(deed: &Deed, user: &UserId) -> Result<NewSession, StoreError> {
    write(deed, user, false, SECOND_FACTOR_MINUTES_MAX).await
}

async fn write(
    deed: &Deed,
    user: &UserId,
    second_factor: bool,
    minutes: i64,
) -> Result<NewSession, StoreError> {
    // Idle ones stay until they are too old: work that they began may still run.
    deed.execute("DELETE FROM sessions WHERE expires_at <= $1", vec![deed.now().into()]).await?;
    let token = Secret::random("")?;
    let end = Origin::of(deed, &Principal::User(user.clone())).await?.end();
    let expires_at = later(instant(deed.now())?, minutes).min(end.unwrap_or(Timestamp::MAX));
    deed.execute(
        "INSERT INTO sessions (token_hash, user_id, second_factor, tries, created_at, last_seen_at, expires_at, \
         updated_by) VALUES ($1, $2, $3, 0, $4, $4, $5, $6)",
        vec![
            token.digest().into(),
            user.as_str().into(),
            i64::from(second_factor).into(),
            deed.now().into(),
            stamp(expires_at).into(),
            deed.name().into(),
        ],
    )
    .await?;
    Ok(NewSession { token, user: user.clone(), expires_at, device: None })
}
