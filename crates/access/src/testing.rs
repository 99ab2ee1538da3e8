//! A small world for tests: a national party that owns the data directory, two states, two rival campaigns, a county
//! committee, an ally, a vendor and an auditor.

use crate::{
    Actor, Engagement, Grant, GrantId, Organization, OrganizationId, OrganizationKind, Principal, Purpose,
    Role, Standing, UserId,
};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn nc() -> StateCode {
    "nc".parse().unwrap()
}

pub(crate) fn va() -> StateCode {
    "va".parse().unwrap()
}

pub(crate) fn id(text: &str) -> OrganizationId {
    text.parse().unwrap()
}

/// Day `day` of November 2026, at noon.
pub(crate) fn day(day: u8) -> Timestamp {
    format!("2026-11-{day:02}T12:00:00Z").parse().unwrap()
}

/// When the tests play, unless they say otherwise.
pub(crate) fn now() -> Timestamp {
    day(10)
}

/// The organizations of this world by their ids.
pub(crate) fn organization(text: &str) -> Organization {
    use OrganizationKind::{Ally, Auditor, Campaign, ExternalState, LocalCommittee, National, State, Vendor};
    let (kind, state, by) = match text {
        "local" => (National, None, None),
        "nc-party" => (State, Some(nc()), Some("local")),
        "va-party" => (State, Some(va()), Some("local")),
        "far-state" => (ExternalState, Some("ca".parse().unwrap()), Some("local")),
        "rivera" | "chen" => (Campaign, Some(nc()), Some("nc-party")),
        "durham" => (LocalCommittee, Some(nc()), Some("nc-party")),
        "friends" => (Ally, None, Some("local")),
        "dialer" => (Vendor, None, Some("local")),
        "watch" => (Auditor, None, Some("local")),
        other => panic!("no organization `{other}` in this world"),
    };
    Organization {
        id: id(text),
        kind,
        name: text.to_owned(),
        state,
        counties: None,
        registered_by: by.map(id),
    }
}

/// An organization that `by` would register.
pub(crate) fn new_one(by: &str, kind: OrganizationKind, state: Option<StateCode>) -> Organization {
    Organization {
        id: id("brand-new"),
        kind,
        name: "Brand new".to_owned(),
        state,
        counties: None,
        registered_by: Some(id(by)),
    }
}

/// A user over the network, with a second factor.
pub(crate) fn user(works_in: &str, roles: &[Role]) -> Actor {
    let principal = Principal::User(UserId::from_random([1; 15]));
    Actor::over_network(principal, organization(works_in), roles.iter().copied())
}

/// A vendor's operator, acting for another organization.
pub(crate) fn vendor_for(acts_for: &str) -> Actor {
    Actor { acts_for: Some(organization(acts_for)), ..user("dialer", &[Role::VendorOperator]) }
}

/// From the first to the twentieth of November: classes of North Carolina, for contact with voters, not to be exported.
pub(crate) fn grant(number: u8, owner: &str, grantee: &str, classes: &[FieldClass]) -> Grant {
    Grant {
        id: GrantId::from_random([number; 15]),
        owner: id(owner),
        grantee: id(grantee),
        state: nc(),
        classes: classes.iter().copied().collect(),
        columns: BTreeMap::new(),
        counties: None,
        purposes: BTreeSet::from([Purpose::VoterContact]),
        exportable: false,
        not_before: day(1),
        until: day(20),
        epoch: 1,
        revoked_at: None,
        custody: false,
    }
}

/// What a state party gives to the owner of the data directory who had loaded its list.
pub(crate) fn custody(number: u8) -> Grant {
    let purposes = Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::Commercial);
    Grant {
        custody: true,
        exportable: true,
        purposes: purposes.collect(),
        ..grant(number, "nc-party", "local", &[FieldClass::Base])
    }
}

/// From the first to the twentieth of November: the vendor `dialer` for an organization, in all classes.
pub(crate) fn engagement(organization: &str) -> Engagement {
    Engagement {
        vendor: id("dialer"),
        organization: id(organization),
        classes: FieldClass::ALL.into_iter().collect(),
        exportable: true,
        not_before: day(1),
        until: day(20),
        revoked_at: None,
    }
}

/// An organization's standing with these grants; both states have owners of their own.
pub(crate) fn standing(organization: &str, grants: &[Grant]) -> Standing {
    Standing {
        organization: id(organization),
        directory_owner: id("local"),
        base_owners: BTreeMap::from([(nc(), id("nc-party")), (va(), id("va-party"))]),
        states: BTreeSet::from([nc(), va()]),
        grants: grants.to_vec(),
        engagements: vec![engagement(organization)],
        epoch: 7,
    }
}
