//! Grants: given, listed, revoked, by the owner of the data alone.

use super::until::{instant, instant_if_any};
use super::{Ask, AskError, Call, allowed, offer, organization};
use hustings_access::verb::ManageGrants;
use hustings_access::{Actor, Addressee, Grant, GrantId, OrganizationId, Purpose, Request};
use hustings_core::{FieldClass, StateCode};
use hustings_store::Store;
use hustings_store::access::Acting;
use hustings_store::access::grant::NewGrant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// To give a grant of the asker's own data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateGrant {
    /// Who gets; with their contact code where the asker's organization does not know of them.
    pub to: Addressee,
    /// The state of the voters.
    pub state: StateCode,
    /// The classes given.
    pub classes: BTreeSet<FieldClass>,
    /// Only these columns of the classes that they are of, with the class before it, as `private:phone`, where two classes have
    /// one of the name; a class of which none is named is given whole.
    #[serde(default)]
    pub columns: Option<BTreeSet<String>>,
    /// Only these counties; none: the whole state.
    #[serde(default)]
    pub counties: Option<BTreeSet<String>>,
    /// What the data may be used for.
    pub purposes: BTreeSet<Purpose>,
    /// Whether copies may leave the system; they may not unless that is said.
    #[serde(default)]
    pub exportable: bool,
    /// The first instant at which it holds; none: at once.
    #[serde(default, deserialize_with = "instant_if_any")]
    pub not_before: Option<Timestamp>,
    /// The first instant at which it no longer holds.
    #[serde(deserialize_with = "instant")]
    pub until: Timestamp,
}

impl Ask for CreateGrant {
    type Answer = Grant;

    fn call(&self) -> Call {
        Call::post(&["grants"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let (by, new) = self.prepared(store, actor).await?;
        Ok(store.create_grant(&by, &new).await?)
    }
}

impl CreateGrant {
    /// What would be given, and who gives it: allowed, on record, and with the names resolved.
    ///
    /// # Errors
    /// When the policy says no, something named does not exist, or the machine fails.
    pub async fn prepared(&self, store: &Store, actor: &Actor) -> Result<(Acting, NewGrant), AskError> {
        let by = own_grants(store, actor, Some(self.to.id.as_str())).await?;
        // Before all else: what else is wrong is told alike whether they are here or not.
        let grantee = store.addressed(&by, &self.to).await.map_err(super::hidden)?;
        let counties = match &self.counties {
            None => None,
            Some(names) => {
                let counties = organization::counties(Some(self.state), names);
                Some(counties.map_err(|error| AskError::Input(format!("counties: {error}")))?)
            }
        };
        let columns = match &self.columns {
            None => BTreeMap::new(),
            Some(columns) if columns.is_empty() => {
                return Err(AskError::Input(
                    "columns: the list is empty: name one, or leave it out for all of them".to_owned(),
                ));
            }
            Some(columns) => {
                offer::columns_by_class(store, actor, self.state, &self.classes, columns).await?
            }
        };
        let new = NewGrant {
            grantee: grantee.id,
            state: self.state,
            classes: self.classes.clone(),
            columns,
            counties,
            purposes: self.purposes.clone(),
            exportable: self.exportable,
            not_before: self.not_before,
            until: self.until,
        };
        Ok((by, new))
    }
}

/// To list what the asker's organization has given and got.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListGrants {}

/// The grants that an organization has given and got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantList {
    /// Whose.
    pub organization: OrganizationId,
    /// Given by it, newest first, dead ones too.
    pub given: Vec<Grant>,
    /// Given to it, newest first, dead ones too.
    pub received: Vec<Grant>,
}

impl Ask for ListGrants {
    type Answer = GrantList;

    fn call(&self) -> Call {
        Call::get(&["grants"])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let by = own_grants(store, actor, None).await?;
        Ok(GrantList {
            given: store.grants_by(&by.organization).await?,
            received: store.grants_to(&by.organization).await?,
            organization: by.organization,
        })
    }
}

/// To revoke a grant of the asker's organization: once this is answered nothing more leaves under it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeGrant {
    /// Which.
    pub id: GrantId,
}

impl Ask for RevokeGrant {
    type Answer = Grant;

    fn call(&self) -> Call {
        Call::delete(&["grants", self.id.as_str()])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let by = own_grants(store, actor, Some(self.id.as_str())).await?;
        store.revoke_grant(&by, &self.id).await.map_err(super::hidden)
    }
}

async fn own_grants(store: &Store, actor: &Actor, about: Option<&str>) -> Result<Acting, AskError> {
    let request = Request::organization(actor.organization().clone());
    let request = match about {
        Some(about) => request.about(about),
        None => request,
    };
    allowed::<ManageGrants>(store, actor, request).await
}
