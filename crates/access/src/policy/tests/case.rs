//! One question to the policy, built up in words.

use super::super::compile::{Asker, Witness};
use super::super::facts::{Dataset, Facts};
use super::*;
use crate::testing::*;
use crate::{Actor, Grant, Organization, Purpose, Role, Standing};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;

/// What is asked about.
pub(super) enum About {
    Cell { owner: &'static str, class: FieldClass },
    Organization(Organization, bool),
    Platform,
}

pub(super) struct Case {
    actor: Actor,
    action: &'static str,
    about: About,
    grant: Option<Grant>,
    standing: Standing,
    purpose: Purpose,
    now: Timestamp,
    precinct: &'static str,
    state: StateCode,
}

impl Case {
    pub(super) fn under(mut self, grant: Grant) -> Self {
        self.grant = Some(grant);
        self
    }

    pub(super) fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    pub(super) fn with_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    pub(super) fn standing(mut self, change: impl FnOnce(&mut Standing)) -> Self {
        change(&mut self.standing);
        self
    }

    pub(super) fn in_state(mut self, state: StateCode) -> Self {
        self.state = state;
        self
    }

    pub(super) fn in_precinct(mut self, precinct: &'static str) -> Self {
        self.precinct = precinct;
        self
    }

    /// The answer about a voter of Durham, in precinct 12 unless said otherwise, column `last_name`.
    pub(super) fn ask(&self, policy: &Policy) -> Answer {
        let mut facts = Facts::of(policy, &self.actor, &self.standing);
        let resource = match &self.about {
            About::Cell { owner, class } => {
                if let Some(grant) = &self.grant {
                    facts.grant(grant);
                }
                let dataset = Dataset { owner: id(owner), class: *class, state: self.state };
                let uid = facts.dataset(&dataset, &self.standing);
                let asker = Asker {
                    policy,
                    entities: facts.entities().unwrap(),
                    purpose: self.purpose,
                    now: self.now,
                };
                let cell =
                    Witness { county: "DURHAM", precinct: self.precinct, column: "last_name", class: *class };
                return asker.ask(self.action, &uid, self.grant.as_ref(), &cell);
            }
            About::Organization(organization, has_people) => crate::request::Resource::Organization {
                organization: organization.clone(),
                has_people: *has_people,
            },
            About::Platform => crate::request::Resource::Platform,
        };
        let (uid, context) = facts.managed(&resource, &self.standing);
        policy.ask(self.action, uid, context, &facts.entities().unwrap())
    }
}

pub(super) fn case(actor: Actor, action: &'static str, about: About) -> Case {
    let standing = standing(actor.organization_id().as_str(), &[]);
    Case {
        actor,
        action,
        about,
        grant: None,
        standing,
        purpose: Purpose::VoterContact,
        now: now(),
        precinct: "12",
        state: nc(),
    }
}

pub(super) fn cell(actor: Actor, action: &'static str, owner: &'static str, class: FieldClass) -> Case {
    case(actor, action, About::Cell { owner, class })
}

pub(super) fn manage(actor: Actor, action: &'static str, organization_id: &str) -> Case {
    case(actor, action, About::Organization(organization(organization_id), true))
}

pub(super) fn director(organization: &str) -> Actor {
    user(organization, &[Role::DataDirector])
}
