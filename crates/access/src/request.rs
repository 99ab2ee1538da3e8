//! Requests: what an actor wants to do, to what, and what for.

use crate::organization::Organization;
use crate::purpose::Purpose;
use hustings_core::{FieldClass, StateCode};
use std::collections::BTreeSet;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Voters of one state or of all, in some classes or in all.
    Voters { state: Option<StateCode>, classes: Option<BTreeSet<FieldClass>> },
    /// An organization: itself, its people, keys, grants or log.
    Organization { organization: Organization, has_people: bool },
    /// The running system.
    Platform,
}

/// What an actor wants to do. The action is the type argument of [`crate::Policy::decide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) resource: Resource,
    pub(crate) purpose: Purpose,
    pub(crate) about: Option<String>,
}

impl Request {
    fn to(resource: Resource) -> Self {
        Self { resource, purpose: Purpose::default(), about: None }
    }

    /// Voters of one state.
    #[must_use]
    pub fn voters_of(state: StateCode) -> Self {
        Self::to(Resource::Voters { state: Some(state), classes: None })
    }

    /// Voters of every state that the data directory holds.
    #[must_use]
    pub fn all_voters() -> Self {
        Self::to(Resource::Voters { state: None, classes: None })
    }

    /// An organization's people, keys, grants, log, or itself.
    #[must_use]
    pub fn organization(organization: Organization) -> Self {
        Self::to(Resource::Organization { organization, has_people: true })
    }

    /// An organization that has no people yet.
    #[must_use]
    pub fn organization_without_people(organization: Organization) -> Self {
        Self::to(Resource::Organization { organization, has_people: false })
    }

    /// The running system.
    #[must_use]
    pub fn platform() -> Self {
        Self::to(Resource::Platform)
    }

    /// Only these classes: what a page or a job needs and no more.
    #[must_use]
    pub fn only_classes(mut self, only: impl IntoIterator<Item = FieldClass>) -> Self {
        if let Resource::Voters { classes, .. } = &mut self.resource {
            *classes = Some(only.into_iter().collect());
        }
        self
    }

    /// What the data are used for; contact with voters unless said otherwise.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// What it is about in the log's details, such as a voter's key or a file's name.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }
}
