//! Sign-in: a password, then a second factor. Whoever fails reads one sentence, whatever the reason, and waits as long.

use super::attempt::{self, Subject};
use super::origin::Origin;
use super::second_factor::TotpSecret;
use super::session::{self, NewSession};
use super::user::normal_email;
use super::{Acting, Deed, Secret, device, instant, parsed, password, secret};
use crate::audit::AuditEvent;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::{OrganizationId, Principal, UserId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;

/// What everybody reads who is not signed in, for whatever reason.
pub const SIGN_IN_REFUSED: &str = "you are not signed in: the organization, e-mail address, password or code is wrong, or there were \
     too many tries; wait a few minutes and try again";

/// So many wrong second factors, and the password must be given again.
const SECOND_FACTOR_TRIES: i64 = 5;

/// From where a try to sign in comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriedFrom<'a> {
    /// The address from which the request comes, as the listener saw it.
    pub source: &'a str,
    /// What the browser brings along from an earlier sign-in: [`NewSession::device`].
    pub device: Option<&'a str>,
}

/// The answer to a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordAnswer {
    /// It is right. This is no session yet: the token is good for one thing, to bring the second factor.
    SecondFactorPending {
        /// What to bring with the second factor.
        token: Secret,
        /// Until when.
        expires_at: Timestamp,
    },
    /// See [`SIGN_IN_REFUSED`].
    Refused,
}

/// The answer to a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondFactorAnswer {
    /// A session, under a token that was never seen before.
    SignedIn(NewSession),
    /// See [`SIGN_IN_REFUSED`].
    Refused,
}

#[derive(FromQueryResult)]
struct Account {
    id: String,
    organization_id: String,
    password_hash: String,
}

impl Account {
    fn acting(&self) -> Result<Acting, StoreError> {
        Ok(Acting {
            organization: parsed("a user", &self.organization_id)?,
            principal: Principal::User(parsed("a user", &self.id)?),
        })
    }
}

impl Store {
    /// First step. The organization is named always: no answer depends on accounts of the same address elsewhere, which
    /// anybody may make. A browser in which the account was signed in to before has tries of its own; all others share the
    /// account's and the address's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_password(
        &self,
        email: &str,
        password: &str,
        organization: &OrganizationId,
        from: TriedFrom<'_>,
    ) -> Result<PasswordAnswer, StoreError> {
        // An address that cannot be one is a wrong one like any other.
        let email = normal_email(email).unwrap_or_else(|_| email.chars().take(254).collect());
        let account = self.account(&email, organization).await?;
        let counted = Deed::begin(self, "count sign-in").await?;
        let known = account.as_ref().map_or("", |account| account.id.as_str());
        let device = device::of(&counted, from.device, known).await?;
        let subjects = match &device {
            Some(device) => {
                let own = Subject::Device(device);
                attempt::begin(self, &counted, own).await?.map(|_| vec![own])
            }
            None => self.count_untrusted(&counted, &email, organization, from.source).await?,
        };
        counted.transaction.commit().await?;

        let free = subjects.is_some();
        // One hash, whether there is an account or not, locked or not.
        let kept = account.as_ref().filter(|_| free).map(|account| account.password_hash.clone());
        let right = password::verify(password, kept).await?;

        let deed = Deed::begin(self, "sign in with password").await?;
        if let (true, Some(account)) = (right, &account)
            && self.unchanged(&deed, account).await?
        {
            attempt::right(self, &deed, subjects.as_deref().unwrap_or_default()).await?;
            let user: UserId = parsed("a user", &account.id)?;
            let half = session::begin_half(&deed, &user).await?;
            deed.done(&account.acting()?.event("password_accepted", user.as_str(), json!({}))).await?;
            return Ok(PasswordAnswer::SecondFactorPending {
                token: half.token,
                expires_at: half.expires_at,
            });
        }
        if free {
            let event = match &account {
                Some(account) => account.acting()?.event("password_refused", &account.id, json!({})),
                None => nobodys(&deed, "password_refused").await?,
            };
            deed.done(&event).await?;
        }
        Ok(PasswordAnswer::Refused)
    }

    /// Counts a try from a browser that is not known: by account, by address, and by where it comes from. The subjects, when it
    /// may go ahead.
    async fn count_untrusted<'a>(
        &self,
        counted: &Deed,
        email: &'a str,
        organization: &'a OrganizationId,
        source: &'a str,
    ) -> Result<Option<Vec<Subject<'a>>>, StoreError> {
        let (own, address) = (Subject::AccountOf(email, organization), Subject::Account(email));
        let address_try = match attempt::begin(self, counted, own).await? {
            Some(_) => attempt::begin(self, counted, address).await?,
            None => None,
        };
        let mut by_source = Subject::Source(source);
        let mut source_try = attempt::begin(self, counted, by_source).await?;
        if source_try.is_none() && address_try == Some(1) {
            // Others behind the same address, which may be a whole office's, have used up its tries: whose account nobody has
            // tried lately need not wait for them, so long as these are not too many as well.
            by_source = Subject::Crowd(source);
            source_try = attempt::begin(self, counted, by_source).await?;
        }
        Ok((address_try.is_some() && source_try.is_some()).then(|| vec![by_source, address, own]))
    }

    /// Second step: a code of the authenticator app, or one of the recovery codes. Each counts once. The session comes
    /// under a new token; the one of the first step is worth nothing any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_second_factor(
        &self,
        token: &str,
        code: &str,
        from: TriedFrom<'_>,
    ) -> Result<SecondFactorAnswer, StoreError> {
        #[derive(FromQueryResult)]
        struct Half {
            user_id: String,
            organization_id: String,
            tries: i64,
        }
        let deed = Deed::begin(self, "sign in with second factor").await?;
        let source = Subject::Source(from.source);
        let half = deed
            .one::<Half>(
                "SELECT sessions.user_id, users.organization_id, sessions.tries FROM sessions JOIN users \
                 ON users.id = sessions.user_id WHERE sessions.token_hash = $1 AND sessions.second_factor = 0 \
                 AND sessions.expires_at > $2 AND users.status = 'active'",
                vec![secret::digest(token).into(), deed.now().into()],
            )
            .await?;
        let Some(half) = half else {
            // As often as a source may try.
            if attempt::begin(self, &deed, source).await?.is_some() {
                let event = nobodys(&deed, "second_factor_refused").await?;
                deed.done(&event).await?;
            } else {
                deed.transaction.commit().await?;
            }
            return Ok(SecondFactorAnswer::Refused);
        };
        let device = device::of(&deed, from.device, &half.user_id).await?;
        let (subject, source_try) = match &device {
            Some(device) => (Subject::DeviceCode(device), None),
            None => (Subject::SecondFactor(&half.user_id), attempt::begin(self, &deed, source).await?),
        };
        // Who has shown a right password does not wait for others behind the same address.
        let free = attempt::begin(self, &deed, subject).await?.is_some();
        let user: UserId = parsed("a user", &half.user_id)?;
        let by = Acting {
            organization: parsed("a user", &half.organization_id)?,
            principal: Principal::User(user.clone()),
        };
        let means = if free { self.use_second_factor(&deed, &user, code).await? } else { None };
        let Some(means) = means else {
            let sql = if half.tries + 1 < SECOND_FACTOR_TRIES {
                "UPDATE sessions SET tries = tries + 1 WHERE token_hash = $1"
            } else {
                "DELETE FROM sessions WHERE token_hash = $1"
            };
            deed.execute(sql, vec![secret::digest(token).into()]).await?;
            deed.done(&by.event("second_factor_refused", user.as_str(), json!({}))).await?;
            return Ok(SecondFactorAnswer::Refused);
        };
        attempt::succeeded(self, &deed, subject).await?;
        if source_try.is_some() {
            attempt::forgive(self, &deed, source).await?;
        }
        deed.execute("DELETE FROM sessions WHERE token_hash = $1", vec![secret::digest(token).into()])
            .await?;
        let mut session = session::begin(&deed, &user).await?;
        session.device = Some(device::renew(&deed, from.device, &user).await?);
        deed.done(&by.event("signed_in", user.as_str(), json!({"second_factor": means}))).await?;
        Ok(SecondFactorAnswer::SignedIn(session))
    }

    /// Uses up a code; by which means it was right.
    async fn use_second_factor(
        &self,
        deed: &Deed,
        user: &UserId,
        code: &str,
    ) -> Result<Option<&'static str>, StoreError> {
        #[derive(FromQueryResult)]
        struct Seed {
            totp_seed: String,
            totp_step_used: i64,
        }
        let sql = "SELECT totp_seed, totp_step_used FROM users WHERE id = $1";
        let Some(seed) = deed.one::<Seed>(sql, vec![user.as_str().into()]).await? else {
            return Ok(None);
        };
        let totp = TotpSecret::of(&self.secret, &seed.totp_seed);
        if let Some(step) = totp.accept(code, instant(deed.now())?, seed.totp_step_used) {
            deed.execute(
                "UPDATE users SET totp_step_used = $1, updated_at = $2, updated_by = $3 WHERE id = $4",
                vec![step.into(), deed.now().into(), deed.name().into(), user.as_str().into()],
            )
            .await?;
            return Ok(Some("totp"));
        }
        let used = deed
            .execute(
                "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2",
                vec![user.as_str().into(), secret::digest(&code.to_ascii_lowercase()).into()],
            )
            .await?;
        Ok((used == 1).then_some("recovery_code"))
    }

    /// The account of an address with an organization. One that is over is tried like any.
    async fn account(
        &self,
        email: &str,
        organization: &OrganizationId,
    ) -> Result<Option<Account>, StoreError> {
        let sql = "SELECT id, organization_id, password_hash FROM users WHERE email = $1 AND status = 'active' \
             AND organization_id = $2";
        let values = vec![email.into(), organization.as_str().into()];
        self.database.one::<Account>("find account", sql, values).await
    }

    /// Whether the account is as it was before the password was looked at: it takes a moment, in which it may have been
    /// disabled or its password changed; and whether the key lasts that it came of.
    async fn unchanged(&self, deed: &Deed, account: &Account) -> Result<bool, StoreError> {
        #[derive(FromQueryResult)]
        struct Same {
            same: i64,
        }
        let sql =
            "SELECT count(*) AS same FROM users WHERE id = $1 AND password_hash = $2 AND status = 'active'";
        let values = vec![account.id.as_str().into(), account.password_hash.as_str().into()];
        let same = deed.one::<Same>(sql, values).await?.is_some_and(|row| row.same == 1);
        let user = Principal::User(parsed("a user", &account.id)?);
        Ok(same && !Origin::of(deed, &user).await?.is_over(instant(deed.now())?))
    }
}

/// The record of what somebody tried of whom nothing is known, in the log of the directory's owner.
async fn nobodys(deed: &Deed, action: &'static str) -> Result<AuditEvent, StoreError> {
    let owner = super::organization::directory_owner(&deed.transaction).await?;
    Ok(AuditEvent { about: None, principal: None, ..Acting::local(owner).event(action, "", json!({})) })
}

impl Store {
    /// Records that somebody showed an API key that is none, or none any more. The caller holds back who does so often.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_refused_key(&self) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "refuse API key").await?;
        let event = nobodys(&deed, "api_key_refused").await?;
        deed.done(&event).await
    }
}
