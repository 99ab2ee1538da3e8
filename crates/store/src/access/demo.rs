//! The people of `hustings demo`: accounts without a password, so that nobody signs in to them but by the demo's links;
//! and nobody by such a link to any other account.

use super::session::{self, NewSession};
use super::user::{self, normal_email};
use super::{Acting, Deed, checked_name, parsed};
use crate::error::StoreError;
use crate::settings::random;
use crate::store::Store;
use hustings_access::{OrganizationId, Principal, Role, UserId};
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeSet;

/// What stands in place of a demo account's password: no hash, so that no password is right.
const NO_PASSWORD: &str = "demo";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    organization_id: String,
}

impl Store {
    /// One of the demo's people, made when they are not there.
    ///
    /// # Errors
    /// When the address belongs to a real account, a role does not fit, or the database fails.
    pub async fn demo_user(
        &self,
        organization: &OrganizationId,
        email: &str,
        name: &str,
        roles: &BTreeSet<Role>,
        precincts: &BTreeSet<user::PrecinctPair>,
    ) -> Result<UserId, StoreError> {
        let email = normal_email(email)?;
        let name = checked_name("the name", name)?;
        let deed = Deed::begin(self, "make demo user").await?;
        let sql = "SELECT id, organization_id FROM users WHERE organization_id = $1 AND email = $2 \
             AND password_hash = $3";
        let values = vec![organization.as_str().into(), email.as_str().into(), NO_PASSWORD.into()];
        if let Some(row) = deed.one::<Row>(sql, values).await? {
            deed.transaction.commit().await?;
            return parsed("a user", &row.id);
        }
        user::check_roles(&deed, organization, roles).await?;
        let id = UserId::from_random(random()?);
        deed.execute(
            "INSERT INTO users (id, organization_id, email, name, password_hash, totp_seed, totp_step_used, status, \
             created_at, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, 0, 'active', $7, $7, $8)",
            vec![
                id.as_str().into(),
                organization.as_str().into(),
                email.into(),
                name.into(),
                NO_PASSWORD.into(),
                hex(&random::<32>()?).into(),
                deed.now().into(),
                deed.name().into(),
            ],
        )
        .await?;
        user::write_roles(&deed, &id, roles, precincts).await?;
        deed.raise_epoch().await?;
        let by = Acting::local(organization.clone());
        deed.done(&by.event("demo_user_made", id.as_str(), json!({"roles": roles}))).await?;
        Ok(id)
    }

    /// Signs one of the demo's people in. Whoever asks has opened the data directory: that stands for both factors, and
    /// the record says so.
    ///
    /// # Errors
    /// When it is no account of the demo's that may sign in, or the database fails.
    pub async fn begin_demo_session(&self, id: &UserId) -> Result<NewSession, StoreError> {
        let deed = Deed::begin(self, "sign in by demo link").await?;
        let sql = "SELECT id, organization_id FROM users WHERE id = $1 AND password_hash = $2 \
             AND status = 'active'";
        let row = deed.one::<Row>(sql, vec![id.as_str().into(), NO_PASSWORD.into()]).await?;
        let row = row.ok_or_else(|| StoreError::Refused("this is no account of the demo's".to_owned()))?;
        let session = session::begin(&deed, id).await?;
        let by = Acting {
            organization: parsed("a user", &row.organization_id)?,
            principal: Principal::User(id.clone()),
        };
        deed.done(&by.event("signed_in", id.as_str(), json!({"second_factor": "data_directory"}))).await?;
        Ok(session)
    }
}
