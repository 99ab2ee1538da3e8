//! What keys make: nothing of it goes beyond the key's own rights, outlives the key, or stays when the key is revoked.
//!
//! A key in the wrong hands would otherwise make itself a second one, for a year, or an account, or give the data away.

use super::origin::Origin;
use super::{Acting, Deed, api_key, device, engagement, grant, parsed, user};
use crate::error::StoreError;
use hustings_access::{ApiKeyId, OrganizationId, Principal, Role, UserId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde::Serialize;
use std::collections::BTreeSet;

/// Who makes a key, an invitation, a grant or an engagement.
pub(super) struct Maker {
    /// Whether it is a key itself.
    is_key: bool,
    /// Of whom they came.
    origin: Origin,
}

impl Maker {
    /// Whoever acts, as they are at this moment.
    pub(super) async fn of(deed: &Deed, by: &Acting) -> Result<Self, StoreError> {
        let origin = Origin::of(deed, &by.principal).await?;
        let Principal::Key(id) = &by.principal else { return Ok(Self { is_key: false, origin }) };
        // It may have been revoked since it was asked for.
        let sql = "SELECT id FROM api_keys WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2";
        if ids(deed, sql, vec![id.as_str().into(), deed.now().into()]).await?.is_empty() {
            return Err(api_key::missing(&by.organization, id));
        }
        Ok(Self { is_key: true, origin })
    }

    /// Refuses roles with rights that a key has not got itself, nor one that they came of.
    pub(super) fn demand(&self, of: &OrganizationId, roles: &BTreeSet<Role>) -> Result<(), StoreError> {
        let beyond = |own: Role| roles.iter().find(|role| !own.covers(**role)).map(|role| (own, *role));
        let Some((own, role)) = self.origin.roles().find_map(beyond) else { return Ok(()) };
        Err(StoreError::Refused(if self.is_key {
            format!(
                "an API key of role `{own}` makes nobody `{role}` of `{of}`: somebody who has signed in may"
            )
        } else {
            format!(
                "an account that came of an API key of role `{own}` makes nobody `{role}` of `{of}`: somebody who came \
                 of no key may"
            )
        }))
    }

    /// When something ends that was to end at `until`: with the key at the latest, also when an account makes it that
    /// came of one.
    pub(super) fn end_of(&self, until: Timestamp) -> Timestamp {
        self.origin.end().map_or(until, |end| until.min(end))
    }
}

/// What ended with a key.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Ended {
    keys: BTreeSet<String>,
    invitations: BTreeSet<String>,
    users: BTreeSet<String>,
    grants: BTreeSet<String>,
    engagements: BTreeSet<String>,
}

impl Ended {
    /// Whether there was nothing to end.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Revokes a key, withdraws what it has invited, revokes what it has given, disables the accounts of its organization that
/// came of it, and goes on with what those made. Whoever does it and came of it is among them: an account of a key in the wrong
/// hands would otherwise keep itself. Whoever is in another organization stays.
pub(super) async fn end_what_came_of(
    deed: &Deed,
    by: &Acting,
    organization: &OrganizationId,
    id: &ApiKeyId,
) -> Result<Ended, StoreError> {
    let revoke = "UPDATE api_keys SET revoked_at = $1, updated_at = $1, updated_by = $2 WHERE id = $3 AND revoked_at IS NULL";
    deed.execute(revoke, with(deed, &[id.as_str()])).await?;
    let mut ended = Ended::default();
    end_made_by(deed, by, organization, vec![id.as_str().to_owned()], &mut ended).await?;
    Ok(ended)
}

/// Withdraws what a person has invited and the recovery links that they made, and revokes the keys that they made, whose
/// secrets they know; goes on with what those keys made. Whom the person invited, and who came, stays, and so do the grants
/// that they gave, which are the organization's.
pub(super) async fn end_keys_of(
    deed: &Deed,
    by: &Acting,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<Ended, StoreError> {
    let mut ended = Ended::default();
    let keys = end_open(deed, user.as_str(), &mut ended).await?;
    end_made_by(deed, by, organization, keys, &mut ended).await?;
    Ok(ended)
}

fn with(deed: &Deed, more: &[&str]) -> Vec<sea_orm::Value> {
    [deed.now(), deed.name()].into_iter().chain(more.iter().copied()).map(Into::into).collect()
}

async fn ids(deed: &Deed, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Id {
        id: String,
    }
    let rows = deed.transaction.all::<Id>(sql, values).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Ends the invitations, recovery links and keys that somebody made; the keys.
async fn end_open(deed: &Deed, maker: &str, ended: &mut Ended) -> Result<Vec<String>, StoreError> {
    let sql = "UPDATE invitations SET status = 'withdrawn', updated_at = $1, updated_by = $2 \
               WHERE made_by = $3 AND status = 'open' RETURNING id";
    ended.invitations.extend(ids(deed, sql, with(deed, &[maker])).await?);
    deed.execute("DELETE FROM recoveries WHERE made_by = $1", vec![maker.into()]).await?;
    let sql = "UPDATE api_keys SET revoked_at = $1, updated_at = $1, updated_by = $2 \
               WHERE made_by = $3 AND revoked_at IS NULL RETURNING id";
    let keys = ids(deed, sql, with(deed, &[maker])).await?;
    ended.keys.extend(keys.iter().cloned());
    Ok(keys)
}

async fn end_made_by(
    deed: &Deed,
    by: &Acting,
    organization: &OrganizationId,
    mut makers: Vec<String>,
    ended: &mut Ended,
) -> Result<(), StoreError> {
    let mut seen: BTreeSet<String> = makers.iter().cloned().collect();
    while let Some(maker) = makers.pop() {
        end_open(deed, &maker, ended).await?;
        ended.grants.extend(grant::revoke_made_by(deed, by, &maker).await?);
        ended.engagements.extend(engagement::end_made_by(deed, by, &maker).await?);
        let sql = "UPDATE users SET status = 'disabled', updated_at = $1, updated_by = $2 \
                   WHERE coalesce(kept_by, made_by) = $3 AND organization_id = $4 AND status = 'active' RETURNING id";
        let values = with(deed, &[&maker, organization.as_str()]);
        let users = ids(deed, sql, values).await?;
        for text in &users {
            let user: UserId = parsed("a user", text)?;
            user::end_sessions(deed, &user).await?;
            device::forget(deed, &user).await?;
            deed.execute("DELETE FROM recoveries WHERE user_id = $1", vec![user.as_str().into()]).await?;
        }
        ended.users.extend(users);
        // Also through what had ended before: who disables the account that invited them is no less of the key.
        let sql = "SELECT id FROM api_keys WHERE made_by = $1 UNION ALL \
                   SELECT id FROM users WHERE coalesce(kept_by, made_by) = $1 AND organization_id = $2";
        let values = vec![maker.into(), organization.as_str().into()];
        let made = ids(deed, sql, values).await?;
        makers.extend(made.into_iter().filter(|id| seen.insert(id.clone())));
    }
    Ok(())
}
