//! `docs/reference/access.md`: who may do what, as the policy answers it, where a lawyer can read it.
//!
//! Method: each entry of the tables is asked of the real policy. `UPDATE=1` rewrites the file.

use super::case::{About, Case, case, cell};
use super::*;
use crate::testing::*;
use crate::{Actor, Grant, OrganizationKind, Precinct, Role};
use FieldClass::{Base, Private, Proprietary, Restricted};
use Role::{
    AuditorReader, Canvasser, Chair, DataDirector, Operator, Organizer, PrecinctCaptain, VendorOperator,
};
use hustings_core::FieldClass;
use std::fmt::Write as _;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/access.md");

fn in_precinct_12(role: Role) -> Actor {
    Actor { precincts: [Precinct::new("DURHAM", "12")].into(), ..user("nc-party", &[role]) }
}

/// Who acts: in a state party that owns its base, unless the name says otherwise.
fn people() -> Vec<(&'static str, Actor)> {
    vec![
        ("chair", user("nc-party", &[Chair])),
        ("data_director", user("nc-party", &[DataDirector])),
        ("organizer", user("nc-party", &[Organizer])),
        ("canvasser of precinct 12", in_precinct_12(Canvasser)),
        ("precinct_captain of precinct 12", in_precinct_12(PrecinctCaptain)),
        ("auditor_reader", user("nc-party", &[AuditorReader])),
        ("operator", user("nc-party", &[Operator])),
        ("no role", user("nc-party", &[])),
        ("vendor_operator, acting for the party", vendor_for("nc-party")),
        ("vendor_operator, acting for nobody", user("dialer", &[VendorOperator])),
        ("auditor_reader of an auditor", user("watch", &[AuditorReader])),
        ("data_director of an auditor", user("watch", &[DataDirector])),
        ("data_director of a campaign", user("rivera", &[DataDirector])),
        (
            "data_director without a second factor",
            Actor { second_factor: false, ..user("nc-party", &[DataDirector]) },
        ),
        ("whoever can open the data directory, as the party", Actor::local(organization("nc-party"))),
    ]
}

/// The words of the actions that are allowed, with those that are so only in the actor's precincts.
fn allowed(policy: &Policy, actions: &[&'static str], question: impl Fn(&'static str) -> Case) -> String {
    let mut words = Vec::new();
    for action in actions {
        let anywhere = question(action).in_precinct("99").ask(policy);
        let here = question(action).in_precinct("12").ask(policy);
        assert!(!matches!((&anywhere, &here), (Answer::Broken(_), _) | (_, Answer::Broken(_))));
        match (anywhere, here) {
            (Answer::Allowed, Answer::Allowed) => words.push(action.replace('_', " ")),
            (_, Answer::Allowed) => words.push(format!("{action} in precinct 12")),
            _ => {}
        }
    }
    if words.is_empty() { "—".to_owned() } else { words.join(", ") }
}

fn row(text: &mut String, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().collect();
    writeln!(text, "| {} |", cells.join(" | ")).unwrap();
}

fn header(text: &mut String, cells: &[&str]) {
    row(text, cells.iter().map(|cell| (*cell).to_owned()));
    row(text, cells.iter().map(|_| "---".to_owned()));
}

const DATA: [&str; 4] = ["load", "read", "append", "export"];

fn voter_data(text: &mut String, policy: &Policy) {
    let leave = |grant: Grant| Grant { exportable: true, ..grant };
    header(
        text,
        &[
            "who",
            "own base",
            "own confidential voters",
            "own columns",
            "granted for reading",
            "granted with leave to export",
            "granted confidential voters",
            "another's, without a grant",
            "another's, by a third's grant",
        ],
    );
    for (who, actor) in people() {
        let me: &'static str = actor.organization_id().as_str().to_owned().leak();
        let ask = |owner, class, grant: Option<Grant>| {
            let actor = &actor;
            allowed(policy, &DATA, move |action| {
                let case = cell(actor.clone(), action, owner, class);
                match &grant {
                    Some(grant) => case.in_state(grant.state).under(grant.clone()),
                    None => case,
                }
            })
        };
        let from_virginia = |class| grant(1, "va-party", me, &[class]);
        row(
            text,
            [
                who.to_owned(),
                if me == "nc-party" { ask(me, Base, None) } else { "owns none".to_owned() },
                if me == "nc-party" { ask(me, Restricted, None) } else { "owns none".to_owned() },
                ask(me, Private, None),
                ask("va-party", Proprietary, Some(from_virginia(Proprietary))),
                ask("va-party", Proprietary, Some(leave(from_virginia(Proprietary)))),
                ask("va-party", Restricted, Some(leave(Grant { state: va(), ..from_virginia(Restricted) }))),
                ask("chen", Private, None),
                ask("chen", Private, Some(leave(grant(1, "va-party", me, &[Private])))),
            ],
        );
    }
}

fn management(text: &mut String, policy: &Policy) {
    header(
        text,
        &[
            "who",
            "own organization",
            "one it registered, before it has people",
            "one it registered, afterwards",
            "any other",
            "the system",
        ],
    );
    let actions = [
        "manage_organizations",
        "manage_people",
        "manage_keys",
        "manage_grants",
        "read_log",
        "report_incident",
    ];
    let operators = [
        ("operator of the data directory's owner", user("local", &[Operator])),
        ("chair of the data directory's owner", user("local", &[Chair])),
    ];
    for (who, actor) in people().into_iter().chain(operators) {
        let registered = match actor.organization_id().as_str() {
            "nc-party" => Some("rivera"),
            "local" => Some("nc-party"),
            _ => None,
        };
        let ask = |id: Option<&'static str>, has_people| {
            let Some(id) = id else { return "registered none".to_owned() };
            let actor = &actor;
            allowed(policy, &actions, move |action| {
                case(actor.clone(), action, About::Organization(organization(id), has_people))
            })
        };
        let me: &'static str = actor.organization_id().as_str().to_owned().leak();
        row(
            text,
            [
                who.to_owned(),
                ask(Some(me), true),
                ask(registered, false),
                ask(registered, true),
                ask(Some("friends"), true),
                allowed(policy, &["operate"], |action| case(actor.clone(), action, About::Platform)),
            ],
        );
    }
}

/// Who registers organizations of which kind, of which state.
fn registering(text: &mut String, policy: &Policy) {
    let who = [
        ("the directory's owner", "local"),
        ("a state party", "nc-party"),
        ("a state party elsewhere", "far-state"),
        ("a campaign", "rivera"),
        ("a local committee", "durham"),
        ("an ally", "friends"),
        ("a vendor", "dialer"),
        ("an auditor", "watch"),
    ];
    let names = who.map(|(name, _)| format!("data_director of {name}"));
    row(text, ["kind".to_owned()].into_iter().chain(names.clone()));
    row(text, std::iter::repeat_n("---".to_owned(), names.len() + 1));
    for kind in OrganizationKind::ALL {
        let cells = who.map(|(_, by)| {
            let actor = user(by, &[DataDirector]);
            let own = actor.organization().state;
            let standing = standing(by, &[]);
            let other = [va(), nc()].into_iter().find(|state| Some(*state) != own);
            let cases = [("of none", None), ("its own", own), ("of another", other)];
            let may: Vec<&str> = cases
                .into_iter()
                .filter(|(words, state)| *words == "of none" || state.is_some())
                .filter(|(_, state)| policy.registers(&actor, *kind, *state, &standing))
                .map(|(words, _)| words)
                .collect();
            if may.is_empty() { "—".to_owned() } else { may.join(", ") }
        });
        row(text, [kind.to_string()].into_iter().chain(cells));
    }
}

fn document(policy: &Policy) -> String {
    let mut text = String::from(
        "# Who may do what\n\nWritten by a test from the policy in `crates/access/src/policy/hustings.cedar`; do not edit \
         (`UPDATE=1 cargo test -p hustings-access golden`). Where a table says nothing, nothing is permitted.\n\n\
         ## Voter data\n\nThe people are those of a state party that owns the base of its state, unless named otherwise. They \
         come over the network with a second factor. A grant gives one class of one owner in one state, perhaps only some \
         counties and columns, for named purposes and a time; what lies outside of it does not exist, and \
         nothing is chosen, counted, completed, joined or sorted by it. `append` writes only the organization's own columns. Data are never used commercially, whatever the grant.\n\n",
    );
    voter_data(&mut text, policy);
    text.push_str(
        "\n## Organizations, people, keys, grants and the log\n\nOf whom, and what. A vendor's operator acts here for the \
         party; what it may do with that party's organization is in the second column.\n\n",
    );
    management(&mut text, policy);
    text.push_str(
        "\n## Who registers which organizations\n\nOf which state: its own, another, or none. (A state party cannot be \
         registered without its state, which is asked after the policy.)\n\n",
    );
    registering(&mut text, policy);
    for (title, forbids) in [("What permits", false), ("What forbids, whatever permits", true)] {
        writeln!(text, "\n## {title}\n").unwrap();
        header(&mut text, &["policy", "in words"]);
        for written in POLICIES.split("@id(\"").skip(1) {
            let id = written.split('"').next().unwrap();
            let is_forbid = written.contains("\nforbid(");
            if is_forbid == forbids {
                row(&mut text, [format!("`{id}`"), policy.says(id).unwrap().to_owned()]);
            }
        }
    }
    text
}

#[test]
fn the_golden_table_is_what_the_policy_answers() {
    let text = document(&Policy::new().unwrap());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        kept == text,
        "docs/reference/access.md is not what the policy answers: rewrite it with UPDATE=1"
    );
}
