//! People: invited, listed, disabled.

use super::{Ask, AskError, Call, allowed, organization_or_own};
use hustings_access::verb::ManagePeople;
use hustings_access::{Actor, Organization, OrganizationId, Request, Role};
use hustings_store::Store;
use hustings_store::access::Acting;
use hustings_store::access::invitation::{InvitationRecord, NewInvitation};
use hustings_store::access::user::{PrecinctPair, UserRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// To invite somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteUser {
    /// Whom.
    pub email: String,
    /// To which organization; the asker's own when not given.
    #[serde(default)]
    pub organization: Option<OrganizationId>,
    /// As what.
    pub roles: BTreeSet<Role>,
    /// For which precincts: county and precinct.
    #[serde(default)]
    pub precincts: BTreeSet<PrecinctPair>,
}

/// An invitation with its code, which is told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: InvitationRecord,
    /// What the invited type in.
    pub code: String,
}

impl Ask for InviteUser {
    type Answer = Invited;

    fn call(&self) -> Call {
        Call::post(&["users"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let (target, by) = managed(store, actor, self.organization.as_ref(), None).await?;
        let new = NewInvitation {
            organization: target.id,
            email: self.email.clone(),
            roles: self.roles.clone(),
            precincts: self.precincts.clone(),
        };
        let (invitation, code) = store.invite(&by, &new).await?;
        Ok(Invited { invitation, code: code.expose().to_owned() })
    }
}

/// To list people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// Of which organization; the asker's own when not given.
    #[serde(default)]
    pub organization: Option<OrganizationId>,
}

/// The people of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    /// Whose.
    pub organization: OrganizationId,
    /// By e-mail address, disabled ones too.
    pub users: Vec<UserRecord>,
    /// Open invitations, newest first.
    pub invitations: Vec<InvitationRecord>,
}

impl Ask for ListUsers {
    type Answer = UserList;

    fn call(&self) -> Call {
        Call::get(&["users"]).with("organization", self.organization.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let (target, _) = managed(store, actor, self.organization.as_ref(), None).await?;
        Ok(UserList {
            users: store.users(&target.id).await?,
            invitations: store.invitations(&target.id).await?,
            organization: target.id,
        })
    }
}

/// To disable somebody: their sessions end at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisableUser {
    /// Whom: id or e-mail address.
    pub user: String,
    /// Of which organization; the asker's own when not given.
    pub organization: Option<OrganizationId>,
}

impl Ask for DisableUser {
    type Answer = UserRecord;

    fn call(&self) -> Call {
        Call::delete(&["users", &self.user]).with("organization", self.organization.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let (target, by) = managed(store, actor, self.organization.as_ref(), Some(&self.user)).await?;
        let find = |users: Vec<UserRecord>| {
            let named = |user: &UserRecord| {
                user.id.as_str() == self.user || user.email.eq_ignore_ascii_case(self.user.trim())
            };
            users.into_iter().find(named).ok_or_else(|| {
                AskError::NotFound(format!(
                    "`{}` has no user `{}`: see `hustings user list`",
                    target.id, self.user
                ))
            })
        };
        let user = find(store.users(&target.id).await?)?;
        store.disable_user(&by, &target.id, &user.id).await?;
        find(store.users(&target.id).await?)
    }
}

/// The organization whose people are managed, once the policy has said yes.
async fn managed(
    store: &Store,
    actor: &Actor,
    organization: Option<&OrganizationId>,
    about: Option<&str>,
) -> Result<(Organization, Acting), AskError> {
    let target = organization_or_own(store, actor, organization).await?;
    // Who registered an organization invites its first people, and nobody after them.
    let request = if store.users(&target.id).await?.is_empty() {
        Request::organization_without_people(target.clone())
    } else {
        Request::organization(target.clone())
    };
    let request = match about {
        Some(about) => request.about(about),
        None => request,
    };
    let by = allowed::<ManagePeople>(store, actor, request).await?;
    Ok((target, by))
}
