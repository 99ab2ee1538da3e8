//! Properties over random worlds: what is compiled is what the policy says of each cell (I-3); forbidding and revoking never
//! show more (I-8); an owner keeps its own (I-9); a vendor sees no more than whom it acts for (I-15).
//!
//! Method: organizations, grants, engagements, actors, times and cells are drawn from few names, so that they meet; each
//! property counts how often it had something to say, and fails when that is seldom.

use super::super::compile::{Compiled, seen_by};
use super::*;
use crate::request::Resource;
use crate::rights::{Column, Place};
use crate::testing::{day, id, nc, organization, va};
use crate::{
    Actor, ApiKeyId, Engagement, Grant, GrantId, OrganizationId, Precinct, Principal, Purpose, Role,
    Standing, UserId,
};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell as Counter;

const ORGANIZATIONS: [&str; 10] =
    ["local", "nc-party", "va-party", "far-state", "rivera", "chen", "durham", "friends", "dialer", "watch"];
const COUNTIES: [&str; 4] = ["", "DURHAM", "WAKE", "ORANGE"];
const PRECINCTS: [&str; 3] = ["", "12", "13"];
const COLUMNS: [&str; 3] = ["last_name", "score", "note"];
const DATA: [Action; 4] = [Action::Load, Action::Read, Action::Append, Action::Export];

fn names<const N: usize>(of: &'static [&'static str; N]) -> impl Strategy<Value = BTreeSet<String>> {
    subsequence(of.to_vec(), 0..=N).prop_map(|some| some.into_iter().map(ToOwned::to_owned).collect())
}

fn any_organization() -> impl Strategy<Value = OrganizationId> {
    select(&ORGANIZATIONS[..]).prop_map(id)
}

fn classes() -> impl Strategy<Value = BTreeSet<FieldClass>> {
    subsequence(FieldClass::ALL.to_vec(), 1..=6).prop_map(|some| some.into_iter().collect())
}

fn state() -> impl Strategy<Value = StateCode> + Clone {
    prop_oneof![3 => Just(nc()), 1 => Just(va())]
}

fn seldom() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

prop_compose! {
    fn any_grant(me: OrganizationId)(
        number in 0..8_u8,
        owner in any_organization(),
        another in any_organization(),
        grantee in prop_oneof![4 => Just(me), 1 => any_organization()],
        state in state(),
        classes in classes(),
        columns in prop_oneof![
            3 => Just(BTreeMap::new()),
            2 => btree_map(select(FieldClass::ALL.to_vec()), names(&COLUMNS), 1..4),
        ],
        counties in prop::option::weighted(0.4, names(&COUNTIES)),
        purposes in subsequence(Purpose::ALL.to_vec(), 1..=5),
        exportable in any::<bool>(),
        (from, until) in (1..15_u8, 10..28_u8),
        (revoked, custody) in (seldom(), seldom()),
    ) -> Grant {
        // Nobody grants to itself.
        let owner = if owner == grantee { another } else { owner };
        let owner = if owner == grantee { id("nobody") } else { owner };
        Grant {
            id: GrantId::from_random([number; 15]),
            owner, grantee, state, classes, columns, counties,
            purposes: purposes.into_iter().chain([Purpose::VoterContact]).collect(),
            exportable, not_before: day(from), until: day(until), epoch: 1,
            revoked_at: revoked.then(|| day(5)), custody,
        }
    }
}

prop_compose! {
    fn any_engagement(me: OrganizationId)(
        vendor in prop_oneof![4 => Just(id("dialer")), 1 => any_organization()],
        organization in prop_oneof![4 => Just(me), 1 => any_organization()],
        classes in classes(),
        exportable in any::<bool>(),
        (from, until) in (1..15_u8, 10..28_u8),
        revoked in seldom(),
    ) -> Engagement {
        Engagement {
            vendor, organization, classes, exportable,
            not_before: day(from), until: day(until), revoked_at: revoked.then(|| day(5)),
        }
    }
}

prop_compose! {
    fn any_actor()(
        principal in prop_oneof![
            1 => Just(Principal::Local),
            3 => Just(Principal::User(UserId::from_random([1; 15]))),
            1 => Just(Principal::Key(ApiKeyId::from_random([1; 15]))),
        ],
        works_in in select(&ORGANIZATIONS[..]),
        acts_for in prop::option::weighted(0.1, select(&ORGANIZATIONS[..])),
        roles in prop_oneof![
            3 => select(Role::ALL).prop_map(|role| vec![role]),
            1 => subsequence(Role::ALL.to_vec(), 0..=3),
        ],
        precincts in btree_set((select(&COUNTIES[..]), select(&PRECINCTS[..])), 0..4),
        only_grant in prop::option::weighted(0.1, 0..8_u8),
        (network, no_second_factor) in (any::<bool>(), seldom()),
    ) -> Actor {
        let acts_for = if works_in == "dialer" { acts_for.or(Some("rivera")) } else { acts_for };
        let roles = if works_in == "dialer" { vec![Role::VendorOperator] } else { roles };
        Actor {
            principal, works_in: organization(works_in), acts_for: acts_for.map(organization),
            roles: roles.into_iter().collect(),
            precincts: precincts.into_iter().map(|(county, precinct)| Precinct::new(county, precinct)).collect(),
            only_grant: only_grant.map(|number| GrantId::from_random([number; 15])),
            network, second_factor: !no_second_factor, session: None, until: None, known_at: None,
        }
    }
}

/// People who read wherever a grant lets them.
fn directors() -> impl Strategy<Value = Actor> {
    any_actor().prop_map(|actor| Actor {
        works_in: match actor.works_in.id.as_str() {
            "dialer" | "watch" => organization("rivera"),
            _ => actor.works_in,
        },
        acts_for: None,
        roles: [Role::DataDirector].into(),
        only_grant: None,
        second_factor: true,
        ..actor
    })
}

fn any_standing(me: OrganizationId) -> impl Strategy<Value = Standing> {
    (
        btree_map(state(), any_organization(), 0..=2),
        vec(any_grant(me.clone()), 0..6),
        vec(any_engagement(me.clone()), 0..3),
    )
        .prop_map(move |(base_owners, grants, engagements)| {
            // One id, one grant: a later one of the same id would replace the facts of the first.
            let grants: BTreeMap<GrantId, Grant> =
                grants.into_iter().map(|grant| (grant.id.clone(), grant)).collect();
            Standing {
                organization: me.clone(),
                directory_owner: id("local"),
                base_owners,
                states: [nc(), va()].into(),
                grants: grants.into_values().collect(),
                engagements,
                epoch: 7,
            }
        })
}

/// Owner, class, state, county, precinct, column; the owner by its place among those whom the world knows.
type Drawn = (prop::sample::Index, FieldClass, StateCode, &'static str, &'static str, &'static str);

#[derive(Debug, Clone)]
struct World {
    actor: Actor,
    standing: Standing,
    purpose: Purpose,
    now: Timestamp,
    action: Action,
    cells: Vec<Drawn>,
}

fn worlds_of(actor: impl Strategy<Value = Actor>) -> impl Strategy<Value = World> {
    let cell = (
        any::<prop::sample::Index>(),
        select(&FieldClass::ALL[..]),
        state(),
        select(&COUNTIES[..]),
        select(&PRECINCTS[..]),
        select(&COLUMNS[..]),
    );
    let purpose = prop_oneof![4 => Just(Purpose::VoterContact), 1 => select(Purpose::ALL)];
    actor
        .prop_flat_map(|actor| {
            let me = actor.organization_id().clone();
            (Just(actor), any_standing(me))
        })
        .prop_flat_map(move |(actor, standing)| {
            (Just(actor), Just(standing), purpose.clone(), 1..28_u8, select(&DATA[..]), vec(cell.clone(), 12))
        })
        .prop_map(|(actor, standing, purpose, today, action, cells)| World {
            actor,
            standing,
            purpose,
            now: day(today),
            action,
            cells,
        })
}

impl World {
    fn compiled(&self, policy: &Policy) -> Compiled {
        let all = Resource::Voters { state: None, classes: None };
        policy.compile(&self.actor, self.action, &all, self.purpose, &self.standing, self.now).unwrap()
    }

    /// The owners of this world, whose cells are worth asking for.
    fn owners(&self) -> Vec<OrganizationId> {
        let mut owners: Vec<_> = self.standing.grants.iter().map(|grant| grant.owner.clone()).collect();
        owners.push(self.actor.organization_id().clone());
        owners.extend([nc(), va()].map(|state| self.standing.base_owner(state).clone()));
        owners
    }

    fn each_cell(&self, mut visit: impl FnMut(Place<'_>, Column<'_>)) {
        let owners = self.owners();
        for (owner, class, state, county, precinct, name) in &self.cells {
            let place = Place { state: *state, county, precinct };
            visit(place, Column { owner: owner.get(&owners), class: *class, name });
        }
    }
}

/// Runs a property, which answers how many times it had something to say, until it had at least `least` times: how often the
/// drawn worlds do is luck. `PROPTEST_CASES` for a long run by hand.
fn holds(
    cases: u32,
    least: u32,
    worlds: impl Strategy<Value = World>,
    property: impl Fn(World) -> Result<u32, TestCaseError>,
) {
    let long = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = long.unwrap_or(cases);
    let told = Counter::new(0_u32);
    for _ in 0..10 {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let done = TestRunner::new(config).run(&worlds, |world| {
            told.set(told.get() + property(world)?);
            Ok(())
        });
        if let Err(error) = done {
            panic!("{error}");
        }
        if told.get() >= least {
            return;
        }
    }
    panic!("only {} cells had something to say", told.get());
}

#[test]
fn what_is_compiled_is_what_the_policy_says_of_each_cell() {
    let policy = Policy::new().unwrap();
    holds(120, 20, worlds_of(any_actor()), |world| {
        let compiled = world.compiled(&policy);
        let (mut seen, mut result) = (0, Ok(()));
        world.each_cell(|place, column| {
            let allows = |action| {
                let World { actor, purpose, standing, now, .. } = &world;
                policy.allows_cell(action, actor, (place, column), *purpose, standing, *now)
            };
            let visible = allows(seen_by(world.action));
            let writes = matches!(world.action, Action::Load | Action::Append);
            let writable = writes && allows(world.action.as_str());
            seen += u32::from(visible);
            if visible != compiled.visible.covers(place, column)
                || writable != compiled.writable.covers(place, column)
            {
                let said =
                    format!("{place:?} {column:?}: policy says visible {visible}, writable {writable}");
                result = Err(TestCaseError::fail(said));
            }
        });
        result.map(|()| seen)
    });
}

#[test]
fn of_a_class_given_whole_every_column_is_seen_and_of_the_others_those_named() {
    let policy = Policy::new().unwrap();
    holds(60, 20, worlds_of(directors()), |world| {
        let compiled = world.compiled(&policy);
        let mut told = 0;
        for right in compiled.visible.iter() {
            let Some((id, _)) = &right.grant else { continue };
            let grant = world.standing.grants.iter().find(|grant| grant.id == *id).unwrap();
            let named = grant.columns.get(&right.class);
            // A column that nobody thought of when the grant was given.
            prop_assert_eq!(right.columns.covers("added_next_week"), named.is_none());
            // Of what is named for another class this one tells nothing, even where it has a column of the same name.
            for name in COLUMNS {
                prop_assert_eq!(right.columns.covers(name), named.is_none_or(|named| named.contains(name)));
            }
            told += u32::from(!grant.columns.is_empty());
        }
        Ok(told)
    });
}

#[test]
fn a_revocation_never_shows_more() {
    let policy = Policy::new().unwrap();
    holds(50, 5, worlds_of(directors()), |mut world| {
        world.action = if world.action == Action::Export { Action::Export } else { Action::Read };
        let before = world.compiled(&policy);
        let mut lost = 0;
        for at in 0..world.standing.grants.len() {
            let mut revoked = world.clone();
            revoked.standing.grants[at].revoked_at = Some(day(9));
            let after = revoked.compiled(&policy);
            prop_assert!(before.visible.contains_all(&after.visible));
            prop_assert!(before.writable.contains_all(&after.writable));
            prop_assert!(before.confidential.is_superset(&after.confidential));
            lost += u32::from(before.visible != after.visible);
            let id = &revoked.standing.grants[at].id;
            let uses = |rights: &crate::Rights| {
                rights.iter().any(|right| right.grant.as_ref().is_some_and(|(used, _)| used == id))
            };
            prop_assert!(!uses(&after.visible) && !uses(&after.writable), "revoked and still used");
        }
        Ok(lost)
    });
}

#[test]
fn one_more_forbid_never_shows_more() {
    let policies = [
        r#"resource.class == "private""#,
        r#"context has grant && context.grant.custody"#,
        r#"principal.roles.contains("organizer")"#,
        r#"context.purpose == "modeling""#,
    ]
    .map(|when| {
        let forbid = format!(
            r#"@id("more") @says("more") forbid(principal, action in Hustings::Action::"data", resource) when {{ {when} }};"#
        );
        Policy::with(&forbid).unwrap()
    });
    let policy = Policy::new().unwrap();
    holds(50, 5, worlds_of(directors()), |world| {
        let before = world.compiled(&policy);
        let mut lost = 0;
        for stricter in &policies {
            let after = world.compiled(stricter);
            prop_assert!(before.visible.contains_all(&after.visible));
            prop_assert!(before.writable.contains_all(&after.writable));
            prop_assert!(before.confidential.is_superset(&after.confidential));
            lost += u32::from(before.visible != after.visible);
        }
        Ok(lost)
    });
}

#[test]
fn an_owner_keeps_its_own_when_every_grant_ends() {
    let policy = Policy::new().unwrap();
    holds(50, 30, worlds_of(any_actor()), |mut world| {
        // Engagements are a vendor's, not an owner's.
        world.actor.acts_for = None;
        world.standing.organization = world.actor.works_in.id.clone();
        let before = world.compiled(&policy);
        for revoked in [true, false] {
            let mut ended = world.clone();
            for grant in &mut ended.standing.grants {
                if revoked { grant.revoked_at = Some(day(1)) } else { grant.until = grant.not_before }
            }
            let after = ended.compiled(&policy);
            let own = |rights: &crate::Rights| {
                rights.iter().filter(|right| right.grant.is_none()).cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(own(&before.visible), own(&after.visible));
            prop_assert_eq!(own(&before.writable), own(&after.writable));
            prop_assert!(after.visible.iter().all(|right| right.grant.is_none()));
        }
        let own = before.visible.iter().filter(|right| right.grant.is_none()).count();
        Ok(u32::try_from(own).unwrap())
    });
}

#[test]
fn a_vendor_sees_no_more_than_whom_it_acts_for() {
    let policy = Policy::new().unwrap();
    let vendors = any_actor().prop_map(|actor| {
        let acts_for = actor.acts_for.clone().unwrap_or_else(|| organization("rivera"));
        let principal = match actor.principal {
            Principal::Local => Principal::User(UserId::from_random([1; 15])),
            other => other,
        };
        let roles = actor.roles.into_iter().chain([Role::VendorOperator]).collect();
        Actor {
            principal,
            works_in: organization("dialer"),
            acts_for: Some(acts_for),
            roles,
            only_grant: None,
            ..actor
        }
    });
    holds(60, 15, worlds_of(vendors), |world| {
        let vendor = world.compiled(&policy);
        let mut own = world.clone();
        own.actor.works_in = world.actor.organization().clone();
        own.actor.acts_for = None;
        own.actor.roles = [Role::DataDirector].into();
        let own = own.compiled(&policy);
        prop_assert!(own.visible.contains_all(&vendor.visible));
        prop_assert!(own.writable.contains_all(&vendor.writable));
        prop_assert!(vendor.confidential.is_empty());
        Ok(u32::try_from(vendor.visible.iter().count()).unwrap())
    });
}
