//! How long a decision takes, and how long a scope: `cargo bench -p hustings-access`. Prints one JSON document; times in
//! microseconds. Goals: a decision within 50 µs at p99, a scope of 10 grants of 4 classes within 1 ms.

use hustings_access::verb::{ManageGrants, Read};
use hustings_access::{
    Actor, Grant, GrantId, Organization, OrganizationId, OrganizationKind, Policy, Principal, Purpose,
    Receipt, Request, Role, Standing, UserId,
};
use hustings_core::{FieldClass, StateCode};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

const GRANTS: u8 = 10;
const CLASSES: [FieldClass; 4] =
    [FieldClass::Base, FieldClass::Appended, FieldClass::Proprietary, FieldClass::Private];

fn grant(
    number: u8,
    owner: OrganizationId,
    grantee: &OrganizationId,
    state: StateCode,
    counties: u8,
) -> Grant {
    Grant {
        id: GrantId::from_random([number; 15]),
        owner,
        grantee: grantee.clone(),
        state,
        classes: CLASSES.into(),
        columns: CLASSES
            .map(|class| (class, (0..20).map(|column| format!("column_{column}")).collect()))
            .into(),
        counties: (counties > 0).then(|| (0..counties).map(|county| format!("COUNTY {county}")).collect()),
        purposes: BTreeSet::from([Purpose::VoterContact, Purpose::Hygiene]),
        exportable: true,
        not_before: jiff::Timestamp::UNIX_EPOCH,
        until: jiff::Timestamp::MAX,
        epoch: 1,
        revoked_at: None,
        custody: false,
    }
}

fn measured(rounds: usize, mut work: impl FnMut()) -> serde_json::Value {
    for _ in 0..rounds / 10 {
        work();
    }
    let mut micros: Vec<f64> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or(f64::NAN);
    serde_json::json!({ "rounds": rounds, "p50_us": at(50), "p99_us": at(99) })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::new()?;
    let begun = Instant::now();
    let again = Policy::new()?;
    let start_up = begun.elapsed();
    drop(again);

    let state: StateCode = "nc".parse()?;
    let campaign = Organization {
        id: "rivera".parse()?,
        kind: OrganizationKind::Campaign,
        name: "Rivera".to_owned(),
        state: Some(state),
        counties: None,
        registered_by: None,
    };
    let user = Principal::User(UserId::from_random([1; 15]));
    let actor = Actor::over_network(user, campaign.clone(), [Role::DataDirector]);
    let standing = |counties| -> Result<Standing, Box<dyn std::error::Error>> {
        let grants = (0..GRANTS)
            .map(|number| {
                Ok(grant(number, format!("owner-{number}").parse()?, &campaign.id, state, counties))
            })
            .collect::<Result<_, Box<dyn std::error::Error>>>()?;
        Ok(Standing {
            organization: campaign.id.clone(),
            directory_owner: OrganizationId::local(),
            base_owners: BTreeMap::new(),
            states: BTreeSet::from([state]),
            grants,
            engagements: Vec::new(),
            epoch: 1,
        })
    };
    let now = jiff::Timestamp::from_second(1_795_000_000)?;
    let voters = Request::voters_of(state);
    let manage = Request::organization(campaign.clone());
    let scope = |standing: &Standing| {
        let decision = policy.decide::<Read>(&actor, &voters, standing, now).expect("reads its own");
        let receipt = Receipt::of_durable_row(decision.intent().digest(), 1);
        let permit = decision.logged(receipt).expect("its own receipt");
        std::hint::black_box(permit.enter(|act| act.rights().iter().count()));
    };
    let (whole, two, hundred) = (standing(0)?, standing(2)?, standing(100)?);
    let report = serde_json::json!({
        "policy_read_and_checked_us": start_up.as_secs_f64() * 1e6,
        "decision": measured(20_000, || {
            std::hint::black_box(policy.decide::<ManageGrants>(&actor, &manage, &whole, now).is_ok());
        }),
        "scope_of_10_grants_x_4_classes": measured(2_000, || scope(&whole)),
        "the_same_with_2_counties_each": measured(2_000, || scope(&two)),
        "the_same_with_100_counties_each": measured(2_000, || scope(&hundred)),
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
