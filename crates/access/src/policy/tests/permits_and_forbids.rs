//! Each policy stands alone in some case: without it, the case ends otherwise. So each is needed, and none can be dropped or
//! weakened unnoticed.
//!
//! Goal: whoever changes a policy sees in plain words what changes. Method: a case for a permit is allowed with it and denied
//! without; a case for a forbid is denied by it and by no other, and allowed without.

use super::case::{About, Case, case, cell, director, manage};
use super::*;
use crate::testing::*;
use crate::{Actor, ApiKeyId, Grant, Organization, OrganizationKind, Precinct, Principal, Purpose, Role};
use FieldClass::{Appended, Base, Exchange, Private, Proprietary, Restricted};
use Role::{
    AuditorReader, Canvasser, Chair, DataDirector, Operator, Organizer, PrecinctCaptain, VendorOperator,
};
use hustings_core::{FieldClass, StateCode};

/// (policy, in plain words, case)
type Row = (&'static str, &'static str, Case);

/// A data director registers an organization that is not there yet.
fn register(by: &str, kind: OrganizationKind, state: Option<StateCode>) -> Case {
    case(director(by), "manage_organizations", About::Organization(new_one(by, kind, state), false))
}

fn permits() -> Vec<Row> {
    let base = || grant(1, "nc-party", "rivera", &[Base]);
    let counties = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    vec![
        (
            "own-overlays",
            "a campaign reads its own private data",
            cell(director("rivera"), "read", "rivera", Private),
        ),
        (
            "own-overlays",
            "a campaign appends to its own",
            cell(director("rivera"), "append", "rivera", Private),
        ),
        (
            "own-overlays",
            "a national party exports its own",
            cell(director("local"), "export", "local", Appended),
        ),
        (
            "own-overlays",
            "a state party reads its own",
            cell(director("nc-party"), "read", "nc-party", Proprietary),
        ),
        ("own-base", "a state party loads its list", cell(director("nc-party"), "load", "nc-party", Base)),
        ("own-base", "a state party reads its list", cell(director("nc-party"), "read", "nc-party", Base)),
        (
            "own-base",
            "a state party exports its list",
            cell(director("nc-party"), "export", "nc-party", Base),
        ),
        (
            "own-restricted",
            "a state party's director meets confidential voters",
            cell(director("nc-party"), "read", "nc-party", Restricted),
        ),
        (
            "own-restricted",
            "a state party's director loads confidential voters",
            cell(director("nc-party"), "load", "nc-party", Restricted),
        ),
        (
            "granted",
            "a campaign reads what it was granted",
            cell(director("rivera"), "read", "nc-party", Base).under(base()),
        ),
        (
            "granted",
            "in the county and column of the grant",
            cell(director("rivera"), "read", "nc-party", Base).under(Grant {
                counties: counties(&["DURHAM"]),
                columns: [(Base, ["last_name".to_owned()].into())].into(),
                ..base()
            }),
        ),
        (
            "granted",
            "a campaign exports where the grant lets it",
            cell(director("rivera"), "export", "nc-party", Base).under(Grant { exportable: true, ..base() }),
        ),
        (
            "granted",
            "a private column shared by its owner",
            cell(director("durham"), "read", "rivera", Private).under(grant(
                1,
                "rivera",
                "durham",
                &[Private],
            )),
        ),
        (
            "custody",
            "the former owner loads on",
            cell(director("local"), "load", "nc-party", Base).under(custody(1)),
        ),
        (
            "custody",
            "confidential voters come with the list",
            cell(director("local"), "load", "nc-party", Restricted).under(custody(1)),
        ),
        (
            "local-match",
            "an append on this machine finds its voters",
            cell(Actor::local(organization("rivera")), "match", "nc-party", Base),
        ),
        (
            "own-organization",
            "a chair renames a campaign",
            manage(user("rivera", &[Chair]), "manage_organizations", "rivera"),
        ),
        (
            "register-organization",
            "a state party registers a campaign",
            manage(director("nc-party"), "manage_organizations", "rivera"),
        ),
        (
            "register-organization",
            "a state party registers a local committee of its state",
            register("nc-party", OrganizationKind::LocalCommittee, Some(nc())),
        ),
        (
            "register-organization",
            "a state party registers a vendor of no state",
            register("nc-party", OrganizationKind::Vendor, None),
        ),
        (
            "register-organization",
            "the owner of the data directory registers a state party",
            register("local", OrganizationKind::State, Some(va())),
        ),
        (
            "register-organization",
            "the owner of the data directory registers an auditor",
            register("local", OrganizationKind::Auditor, None),
        ),
        (
            "own-people",
            "a campaign invites its people",
            manage(director("rivera"), "manage_people", "rivera"),
        ),
        (
            "own-people",
            "a campaign makes API keys",
            manage(user("rivera", &[Chair]), "manage_keys", "rivera"),
        ),
        (
            "first-people",
            "a state party invites a new campaign's manager",
            case(director("nc-party"), "manage_people", About::Organization(organization("rivera"), false)),
        ),
        ("give-grants", "a campaign shares its own", manage(director("rivera"), "manage_grants", "rivera")),
        ("own-log", "a chair reads the own log", manage(user("rivera", &[Chair]), "read_log", "rivera")),
        (
            "own-log",
            "so does a reader of the own auditors",
            manage(user("rivera", &[AuditorReader]), "read_log", "rivera"),
        ),
        (
            "auditor-log",
            "an auditor reads any log",
            manage(user("watch", &[AuditorReader]), "read_log", "rivera"),
        ),
        (
            "incident",
            "a captain reports",
            manage(user("durham", &[PrecinctCaptain]), "report_incident", "durham"),
        ),
        ("run-system", "the operator runs it", case(user("local", &[Operator]), "operate", About::Platform)),
    ]
}

fn forbids() -> Vec<Row> {
    let base = || grant(1, "nc-party", "rivera", &[Base]);
    let read = |actor| cell(actor, "read", "rivera", Private);
    let granted = |grant| cell(director("rivera"), "read", "nc-party", Base).under(grant);
    let captain = |role, precinct| {
        let precincts = [Precinct::new("DURHAM", precinct)].into();
        read(Actor { precincts, ..user("rivera", &[role]) })
    };
    let engaged = |action, change: fn(&mut crate::Engagement)| {
        cell(vendor_for("rivera"), action, "rivera", Private)
            .standing(move |standing| standing.engagements.iter_mut().for_each(change))
    };
    let key = |only: Option<u8>| Actor {
        principal: Principal::Key(ApiKeyId::from_random([1; 15])),
        only_grant: only.map(|number| grant(number, "nc-party", "rivera", &[Base]).id),
        ..director("rivera")
    };
    vec![
        (
            "private-never",
            "the state party cannot grant a campaign's private data",
            cell(director("chen"), "read", "rivera", Private).under(grant(1, "nc-party", "chen", &[Private])),
        ),
        (
            "private-never",
            "nor can the owner of the data directory",
            cell(director("chen"), "read", "rivera", Private).under(grant(1, "local", "chen", &[Private])),
        ),
        (
            "only-owners-grant",
            "one state's grant does not open another's columns",
            cell(director("rivera"), "read", "nc-party", Proprietary).under(grant(
                1,
                "va-party",
                "rivera",
                &[Proprietary],
            )),
        ),
        (
            "only-owners-grant",
            "who lost a base can no longer give it",
            granted(Grant { owner: id("local"), ..base() }),
        ),
        (
            "only-owners-grant",
            "by another's grant an owner does no more with its confidential voters than without",
            cell(director("nc-party"), "export", "nc-party", Restricted)
                .under(Grant { exportable: true, ..grant(1, "va-party", "nc-party", &[Restricted]) }),
        ),
        (
            "only-owners-grant",
            "nor with its private data",
            cell(director("nc-party"), "export", "nc-party", Private)
                .under(Grant { exportable: true, ..grant(1, "va-party", "nc-party", &[Private]) }),
        ),
        (
            "base-has-one-owner",
            "who lost a base no longer reads it as its own",
            cell(director("local"), "read", "local", Base),
        ),
        (
            "base-has-one-owner",
            "nor by the former owner's grant",
            cell(director("rivera"), "read", "local", Base).under(grant(1, "local", "rivera", &[Base])),
        ),
        ("deny-expired", "a revoked grant", granted(Grant { revoked_at: Some(day(9)), ..base() })),
        (
            "deny-expired",
            "also when it says it is revoked later",
            granted(Grant { revoked_at: Some(day(12)), ..base() }),
        ),
        ("deny-expired", "a grant that has ended", granted(base()).at(day(21))),
        ("deny-expired", "at its very end", granted(base()).at(day(20))),
        ("deny-expired", "a grant that has not begun", granted(Grant { not_before: day(11), ..base() })),
        (
            "deny-expired",
            "an expired custody",
            cell(director("local"), "load", "nc-party", Base).under(custody(1)).at(day(20)),
        ),
        (
            "purpose-limits",
            "scores from data given for contact",
            granted(base()).with_purpose(Purpose::Modeling),
        ),
        ("commercial", "one's own data sold", read(director("rivera")).with_purpose(Purpose::Commercial)),
        (
            "commercial",
            "whatever the grant says",
            granted(Grant { purposes: [Purpose::Commercial].into(), ..base() })
                .with_purpose(Purpose::Commercial),
        ),
        (
            "export-needs-leave",
            "an export under a grant for reading",
            cell(director("rivera"), "export", "nc-party", Base).under(base()),
        ),
        (
            "restricted-never",
            "confidential voters by grant",
            cell(director("rivera"), "read", "nc-party", Restricted).under(grant(
                1,
                "nc-party",
                "rivera",
                &[Restricted],
            )),
        ),
        (
            "restricted-never",
            "confidential voters by an exportable grant",
            cell(director("rivera"), "export", "nc-party", Restricted)
                .under(Grant { exportable: true, ..grant(1, "nc-party", "rivera", &[Restricted]) }),
        ),
        (
            "restricted-never",
            "confidential voters before an organizer of the owner",
            cell(user("nc-party", &[Organizer]), "read", "nc-party", Restricted),
        ),
        (
            "restricted-never",
            "confidential voters before the owner's vendor",
            cell(vendor_for("nc-party"), "read", "nc-party", Restricted),
        ),
        (
            "restricted-never",
            "confidential voters before a vendor that calls its people directors",
            cell(
                Actor { roles: [VendorOperator, DataDirector].into(), ..vendor_for("nc-party") },
                "read",
                "nc-party",
                Restricted,
            ),
        ),
        (
            "restricted-never",
            "confidential voters read, not loaded, under custody",
            cell(director("local"), "read", "nc-party", Restricted)
                .under(Grant { classes: [Base, Restricted].into(), ..custody(1) }),
        ),
        (
            "exchange-not-yet",
            "what was drawn from the exchange",
            cell(director("rivera"), "read", "nc-party", Exchange).under(grant(
                1,
                "nc-party",
                "rivera",
                &[Exchange],
            )),
        ),
        ("role-reads", "a user without a role", read(user("rivera", &[]))),
        ("role-reads", "a reader of logs", read(user("rivera", &[AuditorReader]))),
        ("role-reads", "a canvasser without precincts", read(user("rivera", &[Canvasser]))),
        ("role-reads", "a captain of another precinct", captain(PrecinctCaptain, "13")),
        ("role-reads", "a canvasser in another precinct", captain(Canvasser, "13")),
        (
            "role-reads",
            "a captain of the same precinct in another county",
            read(Actor {
                precincts: [Precinct::new("WAKE", "12")].into(),
                ..user("rivera", &[PrecinctCaptain])
            }),
        ),
        ("role-reads", "a campaign that calls its people vendors", read(user("rivera", &[VendorOperator]))),
        (
            "role-reads",
            "a vendor's organizer",
            read(Actor { roles: [Organizer].into(), ..vendor_for("rivera") }),
        ),
        (
            "role-appends",
            "a chair does not append",
            cell(user("rivera", &[Chair]), "append", "rivera", Private),
        ),
        (
            "role-appends",
            "a captain does not append",
            cell(
                Actor {
                    precincts: [Precinct::new("DURHAM", "12")].into(),
                    ..user("rivera", &[PrecinctCaptain])
                },
                "append",
                "rivera",
                Private,
            ),
        ),
        (
            "role-appends",
            "nor find voters for an append",
            cell(user("rivera", &[Chair]), "match", "rivera", Private),
        ),
        (
            "role-appends",
            "a vendor's organizer",
            cell(Actor { roles: [Organizer].into(), ..vendor_for("rivera") }, "append", "rivera", Private),
        ),
        (
            "role-exports",
            "a captain does not export the own precinct",
            cell(
                Actor {
                    precincts: [Precinct::new("DURHAM", "12")].into(),
                    ..user("rivera", &[PrecinctCaptain, Canvasser])
                },
                "export",
                "rivera",
                Private,
            ),
        ),
        (
            "role-exports",
            "a vendor's organizer",
            cell(Actor { roles: [Organizer].into(), ..vendor_for("rivera") }, "export", "rivera", Private),
        ),
        (
            "role-loads",
            "an organizer does not load",
            cell(user("nc-party", &[Organizer, Chair]), "load", "nc-party", Base),
        ),
        (
            "role-loads",
            "a vendor does not load for a state party",
            cell(
                Actor { roles: [VendorOperator, DataDirector].into(), ..vendor_for("nc-party") },
                "load",
                "nc-party",
                Base,
            ),
        ),
        (
            "operator-never-reads",
            "an operator who is a director, too",
            read(user("rivera", &[DataDirector, Operator])),
        ),
        (
            "auditor-never-reads-voters",
            "an auditor with a grant",
            cell(director("watch"), "read", "nc-party", Base).under(grant(1, "nc-party", "watch", &[Base])),
        ),
        (
            "auditor-never-reads-voters",
            "nor a vendor for it",
            cell(vendor_for("watch"), "read", "watch", Private),
        ),
        (
            "auditor-never-reads-voters",
            "an auditor's own columns",
            cell(director("watch"), "read", "watch", Private),
        ),
        (
            "vendor-needs-principal",
            "a vendor as grantee",
            cell(user("dialer", &[VendorOperator]), "read", "nc-party", Base).under(grant(
                1,
                "nc-party",
                "dialer",
                &[Base],
            )),
        ),
        (
            "vendor-needs-principal",
            "a vendor that nobody engaged",
            cell(vendor_for("rivera"), "read", "rivera", Private)
                .standing(|standing| standing.engagements.clear()),
        ),
        (
            "vendor-needs-principal",
            "a revoked engagement",
            engaged("read", |one| one.revoked_at = Some(day(2))),
        ),
        ("vendor-needs-principal", "an engagement that has ended", engaged("read", |one| one.until = now())),
        (
            "vendor-needs-principal",
            "an engagement that has not begun",
            engaged("read", |one| one.not_before = day(11)),
        ),
        (
            "vendor-needs-principal",
            "an engagement for another class",
            engaged("read", |one| one.classes = [Base].into()),
        ),
        (
            "vendor-needs-principal",
            "another vendor's engagement",
            engaged("read", |one| one.vendor = id("friends")),
        ),
        (
            "vendor-needs-principal",
            "an engagement by another",
            engaged("read", |one| one.organization = id("chen")),
        ),
        ("vendor-export-needs-leave", "a vendor's export", engaged("export", |one| one.exportable = false)),
        (
            "nobody-stands-in",
            "a national director acting for a campaign",
            read(Actor { acts_for: Some(organization("rivera")), ..director("local") }),
        ),
        (
            "nobody-stands-in",
            "not even on this machine",
            read(Actor { acts_for: Some(organization("rivera")), ..Actor::local(organization("local")) }),
        ),
        (
            "nobody-stands-in",
            "a vendor managing a campaign's people",
            manage(Actor { roles: [Chair].into(), ..vendor_for("rivera") }, "manage_people", "rivera"),
        ),
        (
            "owner-grants",
            "a state party granting a campaign's data",
            manage(director("nc-party"), "manage_grants", "rivera"),
        ),
        (
            "owner-grants",
            "the owner of the data directory granting a campaign's data",
            manage(Actor::local(organization("local")), "manage_grants", "rivera"),
        ),
        (
            "registers-its-own-kinds",
            "a state party making an auditor, which would read every log",
            register("nc-party", OrganizationKind::Auditor, None),
        ),
        (
            "registers-its-own-kinds",
            "a state party making another state's party",
            register("nc-party", OrganizationKind::State, Some(va())),
        ),
        (
            "registers-its-own-kinds",
            "nor as a state that runs its own platform",
            register("nc-party", OrganizationKind::ExternalState, Some(va())),
        ),
        (
            "registers-its-own-kinds",
            "a state party making a national party",
            register("nc-party", OrganizationKind::National, None),
        ),
        (
            "registers-its-own-kinds",
            "a state party making another state's campaign",
            register("nc-party", OrganizationKind::Campaign, Some(va())),
        ),
        (
            "registers-its-own-kinds",
            "a campaign making an ally",
            register("rivera", OrganizationKind::Ally, None),
        ),
        (
            "registers-its-own-kinds",
            "a state party inviting the first people of an auditor that it once made",
            case(
                director("nc-party"),
                "manage_people",
                About::Organization(
                    Organization { registered_by: Some(id("nc-party")), ..organization("watch") },
                    false,
                ),
            ),
        ),
        ("key-keeps-to-its-grant", "a bound key reading the organization's own", read(key(Some(1)))),
        (
            "key-keeps-to-its-grant",
            "a bound key under another grant",
            cell(key(Some(2)), "read", "nc-party", Base).under(base()),
        ),
        (
            "only-owners-grant",
            "a bound key reading the organization's own in its grant's name",
            read(key(Some(1))).under(base()),
        ),
        (
            "key-keeps-to-its-grant",
            "a bound key reading what the grant gave away",
            read(key(Some(1))).under(grant(1, "rivera", "durham", &[Private])),
        ),
        (
            "key-keeps-to-its-grant",
            "a bound key giving grants",
            manage(key(Some(1)), "manage_grants", "rivera"),
        ),
        (
            "network-needs-second-factor",
            "a password alone",
            read(Actor { second_factor: false, ..director("rivera") }),
        ),
        (
            "network-needs-second-factor",
            "an API key made without one",
            read(Actor { second_factor: false, ..key(None) }),
        ),
        (
            "network-needs-second-factor",
            "an operator with a password alone",
            case(Actor { second_factor: false, ..user("local", &[Operator]) }, "operate", About::Platform),
        ),
    ]
}

#[test]
fn each_permit_is_needed_and_enough() {
    let policy = Policy::new().unwrap();
    for (id, words, case) in permits() {
        assert_eq!(case.ask(&policy), Answer::Allowed, "{id}: {words}");
        assert_eq!(case.ask(&policy.without(id)), Answer::Denied(BTreeSet::new()), "without {id}: {words}");
    }
}

#[test]
fn each_forbid_alone_stands_in_the_way() {
    let policy = Policy::new().unwrap();
    for (id, words, case) in forbids() {
        assert_eq!(case.ask(&policy), Answer::Denied([id.to_owned()].into()), "{id}: {words}");
        assert_eq!(case.ask(&policy.without(id)), Answer::Allowed, "without {id}: {words}");
    }
}

#[test]
fn every_policy_has_a_case() {
    let policy = Policy::new().unwrap();
    let tested: BTreeSet<String> =
        permits().into_iter().chain(forbids()).map(|(id, ..)| id.to_owned()).collect();
    assert_eq!(tested, policy.says.keys().cloned().collect());
}
