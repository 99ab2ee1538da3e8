//! Organizations: registered, listed, shown; vendors engaged.

use super::until::instant_if_any;
use super::{Ask, AskError, Call, allowed};
use hustings_access::verb::{ManageGrants, ManageOrganizations, ReadLog};
use hustings_access::{
    Actor, Addressee, Engagement, Organization, OrganizationId, OrganizationKind, Principal, Request,
};
use hustings_core::{FieldClass, StateCode, county};
use hustings_store::Store;
use hustings_store::access::Acting;
use hustings_store::access::organization::GIVEN_BY_NO_KEY;
use hustings_store::access::user::Conflict;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// To register an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name; the id when not given.
    #[serde(default)]
    pub name: Option<String>,
    /// Its state.
    #[serde(default)]
    pub state: Option<StateCode>,
    /// A local committee's counties.
    #[serde(default)]
    pub counties: Option<BTreeSet<String>>,
    /// Whether the data folder belongs to it from now on.
    #[serde(default)]
    pub directory_owner: bool,
}

/// An organization as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationEntry {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// Whether the data folder belongs to it.
    pub is_directory_owner: bool,
    /// The states whose base it owns by being registered for them.
    pub base_of: BTreeSet<StateCode>,
}

/// All organizations of which the asker may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationList {
    /// By id.
    pub organizations: Vec<OrganizationEntry>,
}

/// One organization, and, for its own people, who works for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationView {
    /// The organization.
    #[serde(flatten)]
    pub entry: OrganizationEntry,
    /// The vendors it engaged, ended engagements too; none of others.
    pub engagements: Vec<Engagement>,
    /// Its people and vendors who also serve another campaign here; none of others.
    pub conflicts: Vec<Conflict>,
    /// What it hands to those who do not know of it and want to share with it; none of others.
    pub contact: Option<Addressee>,
}

impl Ask for CreateOrganization {
    type Answer = OrganizationEntry;

    fn call(&self) -> Call {
        Call::post(&["organizations"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let new = Organization {
            id: self.id.clone(),
            kind: self.kind,
            name: self.name.clone().unwrap_or_else(|| self.id.to_string()),
            state: self.state,
            counties: self.counties.as_ref().map(|names| counties(self.state, names)).transpose()?,
            registered_by: Some(actor.organization_id().clone()).filter(|by| *by != self.id),
        };
        let request = Request::organization(new.clone()).about(self.id.as_str());
        let by = match allowed::<ManageOrganizations>(store, actor, request).await {
            Err(AskError::NotFound(_)) => {
                return Err(AskError::Refused(format!(
                    "organization `{}` cannot be registered by `{}`: choose another id, or ask who may",
                    self.id,
                    actor.organization_id()
                )));
            }
            other => other?,
        };
        if self.directory_owner {
            let request = Request::organization(store.directory_owner().await?).about(self.id.as_str());
            allowed::<ManageOrganizations>(store, actor, request).await.map_err(|error| match error {
                AskError::NotFound(_) => {
                    AskError::Refused("only its owner gives the data folder to another".to_owned())
                }
                other => other,
            })?;
            if matches!(by.principal, Principal::Key(_)) {
                return Err(AskError::Refused(GIVEN_BY_NO_KEY.to_owned()));
            }
        }
        store.create_organization(&by, &new).await?;
        if self.directory_owner {
            store.set_directory_owner(&by, &self.id).await?;
        }
        let all = entries(store).await?;
        all.into_iter()
            .find(|entry| entry.organization.id == self.id)
            .ok_or_else(|| AskError::NotFound(missing(&self.id)))
    }
}

/// To list organizations.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListOrganizations {}

impl Ask for ListOrganizations {
    type Answer = OrganizationList;

    fn call(&self) -> Call {
        Call::get(&["organizations"])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let organizations = visible(store, actor, None).await?;
        Ok(OrganizationList { organizations })
    }
}

/// To show one organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowOrganization {
    /// Which.
    pub id: OrganizationId,
}

impl Ask for ShowOrganization {
    type Answer = OrganizationView;

    fn call(&self) -> Call {
        Call::get(&["organizations", self.id.as_str()])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let visible = visible(store, actor, Some(self.id.as_str())).await?;
        let entry = visible.into_iter().find(|entry| entry.organization.id == self.id);
        let entry = entry.ok_or_else(|| AskError::NotFound(missing(&self.id)))?;
        let own = self.id == *actor.organization_id();
        Ok(OrganizationView {
            entry,
            engagements: if own { store.engagements_of(&self.id).await? } else { Vec::new() },
            conflicts: if own { store.conflicts(&self.id).await? } else { Vec::new() },
            contact: own.then(|| store.contact(&self.id)),
        })
    }
}

/// To engage a vendor, or to end its engagement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngageVendor {
    /// Who acts; with their contact code where the asker's organization does not know of them.
    pub vendor: Addressee,
    /// For whom: the asker's own organization.
    #[serde(rename = "for")]
    pub organization: OrganizationId,
    /// In which classes.
    pub classes: BTreeSet<FieldClass>,
    /// Whether it may take copies out of the system.
    #[serde(default)]
    pub exportable: bool,
    /// The first instant at which it no longer holds; none: it ends now.
    #[serde(default, deserialize_with = "instant_if_any")]
    pub until: Option<Timestamp>,
}

impl Ask for EngageVendor {
    type Answer = Engagement;

    fn call(&self) -> Call {
        Call::post(&["engagements"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let own = actor.organization().clone();
        if own.id != self.organization {
            return Err(AskError::Refused(format!(
                "`{}` engages vendors for itself only, not for `{}`",
                own.id, self.organization
            )));
        }
        let request = Request::organization(own.clone()).about(self.vendor.id.as_str());
        let by = allowed::<ManageGrants>(store, actor, request).await?;
        let Some(until) = self.until else {
            store.end_engagement(&by, &self.vendor.id).await?;
            let ended = store.engagements_of(&own.id).await?;
            return ended
                .into_iter()
                .find(|engagement| engagement.vendor == self.vendor.id)
                .ok_or_else(|| AskError::NotFound(missing(&self.vendor.id)));
        };
        let engagement = Engagement {
            vendor: vendor_of(store, &by, &self.vendor).await?,
            organization: own.id,
            classes: self.classes.clone(),
            exportable: self.exportable,
            not_before: store.instant(),
            until,
            revoked_at: None,
        };
        Ok(store.engage(&by, &engagement).await?)
    }
}

/// The vendor that is meant. The same words for whom the asker's organization does not know of and for what is no vendor.
async fn vendor_of(store: &Store, by: &Acting, named: &Addressee) -> Result<OrganizationId, AskError> {
    let missing = || {
        AskError::NotFound(format!(
            "there is no vendor `{}` that `{}` knows of: ask them for their contact code and write that",
            named.id, by.organization
        ))
    };
    match store.addressed(by, named).await {
        Ok(vendor) if vendor.kind == OrganizationKind::Vendor => Ok(vendor.id),
        Ok(_) => Err(missing()),
        Err(error) => match super::hidden(error) {
            AskError::NotFound(_) => Err(missing()),
            error => Err(error),
        },
    }
}

/// The refusal of an organization that is not there, or not for the asker.
pub(crate) fn missing(id: &OrganizationId) -> String {
    format!("there is no organization `{id}`: see `hustings org list`")
}

/// County names as in `county_name`.
pub(crate) fn counties(
    state: Option<StateCode>,
    names: &BTreeSet<String>,
) -> Result<BTreeSet<String>, AskError> {
    let state =
        state.ok_or_else(|| AskError::Input("counties are named but no state: name it".to_owned()))?;
    let find = |name: &String| {
        county::find(state, name)
            .map(|county| county.name_upper.clone())
            .ok_or_else(|| AskError::Input(format!("no county `{name}` in {state}")))
    };
    names.iter().map(find).collect()
}

async fn entries(store: &Store) -> Result<Vec<OrganizationEntry>, AskError> {
    let owner = store.directory_owner().await?.id;
    let bases = store.base_owners().await?;
    let all = store.organizations().await?.into_iter().map(|organization| OrganizationEntry {
        is_directory_owner: organization.id == owner,
        base_of: bases.iter().filter_map(|(state, id)| (*id == organization.id).then_some(*state)).collect(),
        organization,
    });
    Ok(all.collect())
}

/// The organizations of which the asker's own knows.
async fn visible(
    store: &Store,
    actor: &Actor,
    about: Option<&str>,
) -> Result<Vec<OrganizationEntry>, AskError> {
    let own = actor.organization().clone();
    let mut request = Request::organization(own.clone());
    if let Some(about) = about {
        request = request.about(about);
    }
    if own.kind == OrganizationKind::Auditor {
        allowed::<ReadLog>(store, actor, request).await?;
    } else {
        allowed::<ManageOrganizations>(store, actor, request).await?;
    }
    let known: BTreeSet<OrganizationId> =
        store.known_to(&own.id).await?.into_iter().map(|known| known.id).collect();
    let mut all = entries(store).await?;
    all.retain(|entry| known.contains(&entry.organization.id));
    Ok(all)
}
