//! What users change about their own account: password and second factor. Each asks for the password once more, and gives
//! a new token, the old ones being worth nothing any more.

use super::attempt::{self, Subject};
use super::second_factor::TotpSecret;
use super::session::{self, NewSession, SessionInfo};
use super::{Deed, Secret, instant, password, recovery, secret, user};
use crate::error::StoreError;
use crate::settings::{hex, random};
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

    /// Begins to set up another authenticator app. The present one counts until the new one is confirmed.
    ///
    /// # Errors
    /// When the session is over, the password is wrong, or the database fails.
    pub async fn begin_second_factor_change(
        &self,
        token: &str,
        password: &str,
    ) -> Result<TotpSecret, StoreError> {
        let session = self.required_session(token).await?;
        self.confirm(&session, password).await?;
        let seed = hex(&random::<32>()?);
        let deed = Deed::begin(self, "begin second factor").await?;
        deed.execute(
            "UPDATE users SET totp_seed_next = $1, updated_at = $2, updated_by = $3 WHERE id = $4",
            vec![seed.as_str().into(), deed.now().into(), deed.name().into(), session.user.as_str().into()],
        )
        .await?;
        deed.done(&session.acting().event("second_factor_begun", session.user.as_str(), json!({}))).await?;
        Ok(TotpSecret::of(&self.secret, &seed))
    }

    /// Confirms the other authenticator app by one of its codes: from now on only it counts. New recovery codes take the
    /// place of the old, all sessions end and a new one begins.
    ///
    /// # Errors
    /// When the session is over, no change was begun, the code is wrong, or the database fails.
    pub async fn finish_second_factor_change(
        &self,
        token: &str,
        code: &str,
    ) -> Result<(NewSession, Vec<Secret>), StoreError> {
        #[derive(FromQueryResult)]
        struct Next {
            totp_seed_next: Option<String>,
        }
        let session = self.required_session(token).await?;
        let deed = Deed::begin(self, "finish second factor").await?;
        let sql = "SELECT totp_seed_next FROM users WHERE id = $1";
        let next = deed.one::<Next>(sql, vec![session.user.as_str().into()]).await?;
        let Some(seed) = next.and_then(|next| next.totp_seed_next) else {
            return Err(StoreError::Input(
                "no change of the second factor was begun: begin it first".to_owned(),
            ));
        };
        let step = TotpSecret::of(&self.secret, &seed)
            .accept(code, instant(deed.now())?, 0)
            .ok_or_else(wrong_code)?;
        deed.execute(
            "UPDATE users SET totp_seed = $1, totp_seed_next = NULL, totp_step_used = $2, updated_at = $3, \
             updated_by = $4 WHERE id = $5",
            vec![
                seed.into(),
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

    /// Asks for the password once more; tries count as at sign-in.
    async fn confirm(&self, session: &SessionInfo, password: &str) -> Result<(), StoreError> {
        #[derive(FromQueryResult)]
        struct Kept {
            password_hash: String,
        }
        let counted = Deed::begin(self, "count password").await?;
        let free = attempt::begin(self, &counted, Subject::Account(&session.email)).await?.is_some();
        let sql = "SELECT password_hash FROM users WHERE id = $1";
        let kept = counted.one::<Kept>(sql, vec![session.user.as_str().into()]).await?;
        counted.transaction.commit().await?;
        let kept = kept.filter(|_| free).map(|kept| kept.password_hash);
        if password::verify(password, kept).await? {
            let deed = Deed::begin(self, "confirm password").await?;
            attempt::succeeded(self, &deed, Subject::Account(&session.email)).await?;
            return deed.transaction.commit().await;
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
        deed.execute("DELETE FROM recoveries WHERE user_id = $1", vec![session.user.as_str().into()]).await?;
        session::begin(deed, &session.user).await
    }
}

/// The refusal of a code while a second factor is set up.
pub(super) fn wrong_code() -> StoreError {
    StoreError::Refused(
        "the six digits are not those of the app at this moment: see that its clock is right, and type the next ones"
            .to_owned(),
    )
}
