//! What users change about their own account: password and second factor. Each asks for the password once more, and gives
//! a new token, the old ones being worth nothing any more.

use super::attempt::{self, Subject};
use super::enrollment::{self, Enrollment};
use super::session::{self, NewSession, SessionInfo};
use super::{Deed, Secret, device, instant, password, recovery, secret, user};
use crate::error::StoreError;
use crate::store::Store;
use sea_orm::FromQueryResult;
use serde_json::json;

impl Store {
    /// Changes the password, ends all sessions and begins a new one.
    ///
    /// # Errors
    /// When the session is over, the old password is wrong, the new one cannot be used, or the database fails.
    pub async fn change_password(&self, token: &str, old: &str, new: &str) -> Result<NewSession, StoreError> {
        let session = self.required_session(token).await?;
        self.confirm(&session, old).await?;
        password::check(new, &session.email, &session.organization)?;
        let hash = password::hash(new).await?;
        let deed = Deed::begin(self, "change password").await?;
        deed.execute(
            "UPDATE users SET password_hash = $1, updated_at = $2, updated_by = $3 WHERE id = $4",
            vec![hash.into(), deed.now().into(), deed.name().into(), session.user.as_str().into()],
        )
        .await?;
        let fresh = self.fresh_session(&deed, &session, token).await?;
        deed.done(&session.acting().event("password_changed", session.user.as_str(), json!({}))).await?;
        Ok(fresh)
    }

    /// Begins to set up another authenticator app. The present one counts until the new one is confirmed. What is offered
    /// is for this session alone, and good for an hour, as long as password and second factor stay what they are.
    ///
    /// # Errors
    /// When the session is over, the password is wrong, or the database fails.
    pub async fn begin_second_factor_change(
        &self,
        token: &str,
        password: &str,
    ) -> Result<Enrollment, StoreError> {
        let session = self.required_session(token).await?;
        self.confirm(&session, password).await?;
        let deed = Deed::begin(self, "begin second factor").await?;
        let offered = enrollment::offer(self, &Present::of(&deed, &session).await?.bound_to(&session))?;
        deed.done(&session.acting().event("second_factor_begun", session.user.as_str(), json!({}))).await?;
        Ok(offered)
    }

    /// What was offered to this session, as long as it is good: to be shown again.
    ///
    /// # Errors
    /// When the session is over, or the database fails.
    pub async fn offered_second_factor(
        &self,
        token: &str,
        sealed: &str,
    ) -> Result<Option<Enrollment>, StoreError> {
        let session = self.required_session(token).await?;
        let deed = Deed::begin(self, "show second factor").await?;
        let present = Present::of(&deed, &session).await?;
        deed.transaction.commit().await?;
        let known = enrollment::returned(self, sealed, &present.bound_to(&session));
        Ok(known.map(|known| Enrollment { totp: known.totp, sealed: sealed.to_owned() }))
    }

    /// Confirms the other authenticator app by one of its codes: from now on only it counts. New recovery codes take the
    /// place of the old, all sessions end and a new one begins. Wrong codes are counted by the session.
    ///
    /// # Errors
    /// When the session is over, no change was begun in it or too long ago, the code is wrong or there were too many, or
    /// the database fails.
    pub async fn finish_second_factor_change(
        &self,
        token: &str,
        sealed: &str,
        code: &str,
    ) -> Result<(NewSession, Vec<Secret>), StoreError> {
        let session = self.required_session(token).await?;
        let deed = Deed::begin(self, "finish second factor").await?;
        let present = Present::of(&deed, &session).await?;
        let known = enrollment::returned(self, sealed, &present.bound_to(&session)).ok_or_else(|| {
            StoreError::Input(
                "no change of the second factor was begun here within the last hour: begin it again"
                    .to_owned(),
            )
        })?;
        let subject = Subject::Session(&session.digest);
        let free = attempt::begin(self, &deed, subject).await?.is_some();
        let Some(step) = known.totp.accept(code, instant(deed.now())?, 0).filter(|_| free) else {
            deed.done(&session.acting().event("second_factor_refused", session.user.as_str(), json!({})))
                .await?;
            return Err(if free { wrong_code() } else { too_many() });
        };
        attempt::succeeded(self, &deed, subject).await?;
        deed.execute(
            "UPDATE users SET totp_seed = $1, totp_step_used = $2, updated_at = $3, updated_by = $4 WHERE id = $5",
            vec![
                known.seed.into(),
                step.into(),
                deed.now().into(),
                deed.name().into(),
                session.user.as_str().into(),
            ],
        )
        .await?;
        let codes = recovery::replace_codes(&deed, &session.user).await?;
        let fresh = self.fresh_session(&deed, &session, token).await?;
        deed.done(&session.acting().event("second_factor_changed", session.user.as_str(), json!({}))).await?;
        Ok((fresh, codes))
    }

    /// New recovery codes in place of the old ones.
    ///
    /// # Errors
    /// When the session is over, the password is wrong, or the database fails.
    pub async fn new_recovery_codes(&self, token: &str, password: &str) -> Result<Vec<Secret>, StoreError> {
        let session = self.required_session(token).await?;
        self.confirm(&session, password).await?;
        let deed = Deed::begin(self, "new recovery codes").await?;
        let codes = recovery::replace_codes(&deed, &session.user).await?;
        deed.done(&session.acting().event("recovery_codes_made", session.user.as_str(), json!({}))).await?;
        Ok(codes)
    }

    /// Asks for the password once more; tries count, and wrong ones are recorded.
    async fn confirm(&self, session: &SessionInfo, password: &str) -> Result<(), StoreError> {
        #[derive(FromQueryResult)]
        struct Kept {
            password_hash: String,
        }
        // Counted by the session, which both factors began: what strangers try at the account keeps nobody from changing it.
        let subject = Subject::Session(&session.digest);
        let counted = Deed::begin(self, "count password").await?;
        let free = attempt::begin(self, &counted, subject).await?.is_some();
        let sql = "SELECT password_hash FROM users WHERE id = $1";
        let kept = counted.one::<Kept>(sql, vec![session.user.as_str().into()]).await?;
        counted.transaction.commit().await?;
        let kept = kept.filter(|_| free).map(|kept| kept.password_hash);
        let right = password::verify(password, kept).await?;
        let deed = Deed::begin(self, "confirm password").await?;
        if right {
            attempt::succeeded(self, &deed, subject).await?;
            return deed.transaction.commit().await;
        }
        if free {
            let event = session.acting().event("password_refused", session.user.as_str(), json!({}));
            deed.done(&event).await?;
        }
        Err(StoreError::Refused(
            "the present password is wrong, or there were too many tries: wait a few minutes and try again"
                .to_owned(),
        ))
    }

    /// A new session in place of all the user's: only for a token that has not ended meanwhile.
    async fn fresh_session(
        &self,
        deed: &Deed,
        session: &SessionInfo,
        token: &str,
    ) -> Result<NewSession, StoreError> {
        let values = vec![secret::digest(token).into()];
        if deed.execute("DELETE FROM sessions WHERE token_hash = $1", values).await? != 1 {
            return Err(session::over());
        }
        user::end_sessions(deed, &session.user).await?;
        device::forget(deed, &session.user).await?;
        deed.execute("DELETE FROM recoveries WHERE user_id = $1", vec![session.user.as_str().into()]).await?;
        session::begin(deed, &session.user).await
    }
}

/// What another second factor is begun upon: once one of them is another, what was offered is worth nothing.
#[derive(FromQueryResult)]
struct Present {
    password_hash: String,
    totp_seed: String,
}

impl Present {
    async fn of(deed: &Deed, session: &SessionInfo) -> Result<Self, StoreError> {
        let sql = "SELECT password_hash, totp_seed FROM users WHERE id = $1 AND status = 'active'";
        deed.one::<Self>(sql, vec![session.user.as_str().into()]).await?.ok_or_else(session::over)
    }

    fn bound_to<'a>(&'a self, session: &'a SessionInfo) -> [&'a str; 5] {
        ["account", session.user.as_str(), &session.digest, &self.password_hash, &self.totp_seed]
    }
}

fn too_many() -> StoreError {
    StoreError::Refused("there were too many wrong codes: wait a few minutes and try again".to_owned())
}

/// The refusal of a code while a second factor is set up.
pub(super) fn wrong_code() -> StoreError {
    StoreError::Refused(
        "the six digits are not those of the app at this moment: see that its clock is right, and type the next ones"
            .to_owned(),
    )
}
