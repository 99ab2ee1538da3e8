//! What `Role::covers` says is what the policy answers: who is covered may nothing that the other may not.
//!
//! Method: both roles are asked of their own and of what another gives, in organizations of each sort.

use super::case::{About, Case, case, cell};
use super::*;
use crate::testing::*;
use crate::{Actor, Precinct, Role};
use hustings_core::FieldClass;

/// One of each sort; each is asked about its own and about what another gives.
const ORGANIZATIONS: [&str; 5] = ["local", "nc-party", "rivera", "dialer", "watch"];
const MANAGING: [&str; 6] =
    ["manage_organizations", "manage_people", "manage_keys", "manage_grants", "read_log", "report_incident"];

/// What somebody could ask of their own, and of another's.
fn questions(actor: &Actor) -> Vec<Case> {
    let mut all = vec![case(actor.clone(), "operate", About::Platform)];
    let me: &'static str = actor.organization_id().as_str().to_owned().leak();
    for id in [me, "va-party", "chen"] {
        all.extend(
            MANAGING.map(|action| {
                case(actor.clone(), action, About::Organization(organization(id), id != "chen"))
            }),
        );
    }
    for class in [FieldClass::Base, FieldClass::Private, FieldClass::Restricted] {
        for (action, precinct) in
            [("load", "12"), ("read", "12"), ("read", "99"), ("append", "12"), ("export", "99")]
        {
            let ask = |owner| cell(actor.clone(), action, owner, class).in_precinct(precinct);
            let given = crate::Grant { exportable: true, state: va(), ..grant(1, "va-party", me, &[class]) };
            all.extend([ask(me), ask("va-party").in_state(va()).under(given)]);
        }
    }
    all
}

#[test]
fn a_role_that_covers_another_may_all_that_it_may() {
    let policy = Policy::new().unwrap();
    let mut allowed = 0;
    for id in ORGANIZATIONS {
        let acting =
            |role: Role| Actor { precincts: [Precinct::new("DURHAM", "12")].into(), ..user(id, &[role]) };
        let answers: Vec<Vec<bool>> = Role::ALL
            .iter()
            .map(|role| {
                let questions = questions(&acting(*role));
                questions.iter().map(|case| case.ask(&policy) == Answer::Allowed).collect()
            })
            .collect();
        for (role, may) in Role::ALL.iter().zip(&answers) {
            for (other, they_may) in Role::ALL.iter().zip(&answers) {
                if role.covers(*other) {
                    allowed += they_may.iter().filter(|may| **may).count();
                    assert!(
                        may.iter().zip(they_may).all(|(may, they_may)| *may || !they_may),
                        "{role} of {id} covers {other}, and may less"
                    );
                }
            }
        }
    }
    assert!(allowed > 100, "the questions are some that are answered with yes: {allowed}");
    for below in [Role::Chair, Role::Organizer, Role::Canvasser, Role::PrecinctCaptain] {
        assert!(Role::DataDirector.covers(below), "{below}");
    }
    assert!(Role::Chair.covers(Role::Canvasser) && Role::Chair.covers(Role::PrecinctCaptain));
    assert!(!Role::Chair.covers(Role::Organizer), "a chair does not append");
    assert!(!Role::DataDirector.covers(Role::AuditorReader), "of an auditor they read every log");
    for role in Role::ALL {
        assert_eq!(role.covers(Role::Operator), *role == Role::Operator);
        assert_eq!(role.covers(Role::VendorOperator), *role == Role::VendorOperator);
    }
}
