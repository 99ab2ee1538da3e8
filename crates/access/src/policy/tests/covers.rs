//! What `Role::covers` says is what the policy answers: who is covered may nothing that the other may not.
//!
//! Method: both roles are asked about everything in the world of the tests, in each organization of it.

use super::case::{About, Case, case, cell};
use super::*;
use crate::testing::*;
use crate::{Actor, Precinct, Role};
use hustings_core::FieldClass;

const ORGANIZATIONS: [&str; 10] =
    ["local", "nc-party", "va-party", "far-state", "rivera", "chen", "durham", "friends", "dialer", "watch"];
const MANAGING: [&str; 6] =
    ["manage_organizations", "manage_people", "manage_keys", "manage_grants", "read_log", "report_incident"];

/// Everything that somebody could ask.
fn questions(actor: &Actor) -> Vec<Case> {
    let mut all = vec![case(actor.clone(), "operate", About::Platform)];
    for id in ORGANIZATIONS {
        for has_people in [true, false] {
            all.extend(MANAGING.map(|action| {
                case(actor.clone(), action, About::Organization(organization(id), has_people))
            }));
        }
        for class in FieldClass::ALL {
            for action in ["load", "read", "match", "append", "export"] {
                for precinct in ["12", "99"] {
                    let ask = || cell(actor.clone(), action, id, class).in_precinct(precinct);
                    all.push(ask());
                    let me: &'static str = actor.organization_id().as_str().to_owned().leak();
                    if me != id {
                        let given = crate::Grant { exportable: true, ..grant(1, id, me, &[class]) };
                        all.push(ask().under(given.clone()));
                        all.push(ask().under(crate::Grant { custody: true, ..given }));
                    }
                }
            }
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
    assert!(allowed > 1000, "the questions are some that are answered with yes: {allowed}");
    assert!(!Role::Chair.covers(Role::Organizer), "a chair does not append");
    assert!(!Role::DataDirector.covers(Role::AuditorReader), "of an auditor they read every log");
    for role in Role::ALL {
        assert_eq!(role.covers(Role::Operator), *role == Role::Operator);
        assert_eq!(role.covers(Role::VendorOperator), *role == Role::VendorOperator);
    }
}
