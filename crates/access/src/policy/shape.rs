//! What the policy can tell apart in a question about a dataset. It speaks of no organization, grant, county or column by
//! name (`Policy::new` refuses one that does), only of whether two of them are the same and what they are like: questions
//! that differ in names alone have one answer, and ten grants of a kind are asked about once.

use super::facts::Dataset;
use crate::actor::{Actor, Precinct};
use crate::grant::Grant;
use crate::organization::OrganizationId;
use crate::purpose::Purpose;
use crate::standing::Standing;
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A question without its names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape<'a> {
    class: FieldClass,
    state: StateCode,
    owner: Who,
    base_owner: Who,
    grant: Option<GrantShape<'a>>,
    /// Whether the actor has precincts where it is about.
    has_precincts: bool,
}

/// An organization by its place among those that a question names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Who(usize);

/// Every field of a [`Grant`] but its names; what the policy is not told (the epoch) is left out.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GrantShape<'a> {
    owner: Who,
    grantee: Who,
    state: StateCode,
    classes: &'a BTreeSet<FieldClass>,
    narrowed: Vec<FieldClass>,
    by_counties: bool,
    purposes: &'a BTreeSet<Purpose>,
    exportable: bool,
    not_before: Timestamp,
    until: Timestamp,
    revoked: bool,
    custody: bool,
    is_the_keys_only_one: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn of(
        dataset: &Dataset,
        grant: Option<&'a Grant>,
        actor: &Actor,
        standing: &Standing,
        precincts: &BTreeSet<Precinct>,
    ) -> Self {
        let mut named: Vec<&OrganizationId> = vec![&actor.works_in.id, actor.organization_id()];
        named.extend(&actor.works_in.registered_by);
        named.extend(&actor.organization().registered_by);
        let known = standing.engagements.iter();
        named.extend(known.flat_map(|engagement| [&engagement.vendor, &engagement.organization]));
        let mut who = |id| {
            let at = named.iter().position(|known| *known == id);
            Who(at.unwrap_or_else(|| {
                named.push(id);
                named.len() - 1
            }))
        };
        let (owner, base_owner) = (who(&dataset.owner), who(standing.base_owner(dataset.state)));
        let grant = grant.map(|grant| GrantShape {
            owner: who(&grant.owner),
            grantee: who(&grant.grantee),
            state: grant.state,
            classes: &grant.classes,
            narrowed: grant.columns.keys().copied().collect(),
            by_counties: grant.counties.is_some(),
            purposes: &grant.purposes,
            exportable: grant.exportable,
            not_before: grant.not_before,
            until: grant.until,
            revoked: grant.revoked_at.is_some(),
            custody: grant.custody,
            is_the_keys_only_one: actor.only_grant.as_ref() == Some(&grant.id),
        });
        let (class, state) = (dataset.class, dataset.state);
        Self { class, state, owner, base_owner, grant, has_precincts: !precincts.is_empty() }
    }
}
