//! Organizations, roles, classes and purposes in plain words.

use super::format::visible;
use hustings_access::{Grant, OrganizationId, OrganizationKind, Purpose, Role};
use hustings_core::{FieldClass, StateCode};
use std::collections::BTreeSet;

/// A word, what it is called, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// As forms and the command line write it.
    pub word: &'static str,
    /// As people read it.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// What a kind of organization is called.
#[must_use]
pub fn kind(kind: OrganizationKind) -> Word {
    let (name, meaning) = match kind {
        OrganizationKind::National => ("National party", "Owns what it appends; grants it to states."),
        OrganizationKind::State => ("State party", "Owns the voter list of its state, and grants it."),
        OrganizationKind::LocalCommittee => {
            ("Local committee", "Of counties or towns; sees what it is granted.")
        }
        OrganizationKind::Campaign => ("Campaign", "Sees what it is granted; its own columns are private."),
        OrganizationKind::Ally => ("Ally", "Another organization on the same side; sees what it is granted."),
        OrganizationKind::Vendor => {
            ("Vendor", "Acts for organizations that engage it; is granted nothing itself.")
        }
        OrganizationKind::Auditor => ("Auditor", "Reads logs, never voters."),
        OrganizationKind::ExternalState => {
            ("State party elsewhere", "Owns the list of a state and runs its own system.")
        }
    };
    Word { word: kind.as_str(), name, meaning }
}

/// What a role is called.
#[must_use]
pub fn role(role: Role) -> Word {
    let (name, meaning) = match role {
        Role::Chair => ("Chair", "Manages people, grants and keys; reads voters and the log."),
        Role::DataDirector => (
            "Data director",
            "As a chair, and adds columns; where the organization keeps a state's list, loads it.",
        ),
        Role::Organizer => ("Organizer", "Reads voters, adds columns, takes copies where they may leave."),
        Role::Canvasser => ("Canvasser", "Reads the voters of the precincts given here."),
        Role::PrecinctCaptain => ("Precinct captain", "Reads the voters of the precincts given here."),
        Role::VendorOperator => ("Vendor's operator", "Works for the organizations that engage the vendor."),
        Role::AuditorReader => ("Log reader", "Reads logs, never voters."),
        Role::Operator => ("System operator", "Runs the system, and reads no voters."),
    };
    Word { word: role.as_str(), name, meaning }
}

/// What a field class is called.
#[must_use]
pub fn class(class: FieldClass) -> Word {
    let (name, meaning) = match class {
        FieldClass::Base => ("Base", "The state's public list and what follows from it."),
        FieldClass::Appended => {
            ("Appended", "Columns that a party, or a vendor for it, adds for many to use.")
        }
        FieldClass::Proprietary => ("Proprietary", "Columns that a state party made itself."),
        FieldClass::Private => ("Private", "Columns of one campaign or organization alone."),
        FieldClass::Exchange => ("Exchange", "Drawn from the exchange with others."),
        FieldClass::Restricted => ("Restricted", "Confidential voters and what the law protects."),
    };
    Word { word: class.as_str(), name, meaning }
}

/// What was done, as a log tells it, without whether it was refused.
#[must_use]
pub fn deed(action: &str) -> String {
    let action = action.strip_suffix("_refused").unwrap_or(action);
    match action {
        "read" => "Opened what may show voters",
        "shown" => "Was shown voters",
        "exported" => "Took an export",
        "read_log" => "Looked into the log",
        "manage_grants" => "Opened grants and vendors",
        "manage_people" => "Opened people",
        "manage_keys" => "Opened API keys",
        "manage_organizations" => "Opened organizations",
        "report_incident" => "Reported something",
        "user_kept" => "Kept an account beyond its API key",
        "append" => "Adds columns, or looks at some to add",
        "load" => "Loads a list, or looks at one to load",
        "list_matched" => "Matched a list with voters",
        "matched_list_removed" => "Removed a matched list",
        "pair_answered" => "Answered whether a pair is one person",
        "pair_answer_taken_back" => "Took an answer about a pair back",
        "pair_settled" => "Settled a pair, or took its cells back",
        other => return super::format::sentence(other),
    }
    .to_owned()
}

/// What of voters an answer held, as its record names the place.
#[must_use]
pub fn shown(place: &str) -> Option<&'static str> {
    Some(match place {
        "voter" => "Was shown the voter",
        "found" => "Was shown found voters",
        "matched" => "Was shown voters that a list matched",
        "changes" => "Was shown changes of voters",
        "quarantine" => "Was shown rows held back",
        _ => return None,
    })
}

/// What a purpose is called.
#[must_use]
pub fn purpose(purpose: Purpose) -> Word {
    let (name, meaning) = match purpose {
        Purpose::VoterContact => ("Contact with voters", "Calls, doors, mail, messages."),
        Purpose::Hygiene => ("Upkeep of the list", "Corrections, duplicates, addresses."),
        Purpose::Modeling => ("Modeling", "Scores and forecasts."),
        Purpose::Compliance => ("Compliance", "Audits and duties of law."),
        Purpose::Commercial => ("Commercial", "Never permitted."),
    };
    Word { word: purpose.as_str(), name, meaning }
}

/// The names of roles, as one text.
#[must_use]
pub fn roles(roles: &BTreeSet<Role>) -> String {
    joined(roles.iter().map(|known| role(*known).name))
}

/// The names of classes, as one text.
#[must_use]
pub fn classes(classes: &BTreeSet<FieldClass>) -> String {
    joined(classes.iter().map(|known| class(*known).name))
}

/// The names of classes within a sentence: `base and appended`.
#[must_use]
pub fn classes_said(classes: &BTreeSet<FieldClass>) -> String {
    said(&classes.iter().map(|known| class(*known).name.to_lowercase()).collect::<Vec<_>>())
}

/// Names within a sentence: `one`, `one and another`, `one, another and a third`.
#[must_use]
pub fn said(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The names of purposes, as one text.
#[must_use]
pub fn purposes(purposes: &BTreeSet<Purpose>) -> String {
    joined(purposes.iter().map(|known| purpose(*known).name))
}

/// Names from a form or a file, as one text; `all` when there is no list.
#[must_use]
pub fn only(list: Option<&BTreeSet<String>>, all: &str) -> String {
    list.map_or_else(
        || all.to_owned(),
        |list| list.iter().map(|name| visible(name)).collect::<Vec<_>>().join(", "),
    )
}

/// The columns of a grant: an owner's by the names that it gave them, others in words.
#[must_use]
pub fn columns(grant: &Grant) -> String {
    let names = |columns: &BTreeSet<String>| -> String {
        let names: Vec<String> = columns.iter().map(|name| visible(column(&grant.owner, name))).collect();
        said(&names)
    };
    let whole: BTreeSet<FieldClass> =
        grant.classes.iter().copied().filter(|class| !grant.columns.contains_key(class)).collect();
    let mut parts = Vec::new();
    match (grant.columns.first_key_value(), grant.classes.len()) {
        (None, _) => return "all columns".to_owned(),
        (Some((_, columns)), 1) => return names(columns),
        _ if !whole.is_empty() => parts.push(format!("all columns of {}", classes_said(&whole))),
        _ => {}
    }
    let narrowed = grant.columns.iter();
    parts.extend(
        narrowed.map(|(of, columns)| format!("of {} {}", classes_said(&[*of].into()), names(columns))),
    );
    parts.join(", and ")
}

/// To whom a sentence about a grant is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// To its owner.
    Ours,
    /// To whom it was given.
    Theirs,
}

/// Where a grant reaches. Without counties that is the whole state of its list; of columns of one's own, wherever their
/// owner has values and the grantee sees the voter.
#[must_use]
pub fn reach(grant: &Grant, whose: Whose) -> String {
    let is_own = grant.classes.iter().all(|class| *class == FieldClass::Private);
    match (&grant.counties, whose) {
        (None, Whose::Ours) if is_own => "all voters for whom we have them".to_owned(),
        (None, Whose::Theirs) if is_own => "all voters for whom its owner has them".to_owned(),
        (some, _) => counties(grant.state, some.as_ref()),
    }
}

/// What a grant gives, within a sentence: `all base and appended columns of North Carolina, in Durham and Wake`.
#[must_use]
pub fn given(grant: &Grant, whose: Whose) -> String {
    let what = match (grant.columns.first_key_value(), grant.classes.len()) {
        (None, _) => format!("all {} columns", classes_said(&grant.classes)),
        (Some((class, names)), 1) => {
            let noun = if names.len() == 1 { "column" } else { "columns" };
            format!("the {} {noun} {}", classes_said(&[*class].into()), columns(grant))
        }
        _ => columns(grant),
    };
    let state = super::words::state(grant.state);
    match (&grant.counties, reach(grant, whose)) {
        (Some(_), counties) => format!("{what} of {state}, in {counties}"),
        (None, reach) if reach.starts_with("all") => format!("{what} of {state}, of {reach}"),
        (None, reach) => format!("{what} of {state}, in {reach}"),
    }
}

/// A column as its owner calls it: without the owner before it.
#[must_use]
pub fn column<'a>(owner: &OrganizationId, name: &'a str) -> &'a str {
    name.strip_prefix(owner.as_str()).and_then(|rest| rest.strip_prefix("__")).unwrap_or(name)
}

/// The counties of a grant as people write them.
#[must_use]
pub fn counties(state: StateCode, counties: Option<&BTreeSet<String>>) -> String {
    let Some(counties) = counties else { return "the whole state".to_owned() };
    said(&counties.iter().map(|name| county(state, name)).collect::<Vec<_>>())
}

/// A county as people write it.
#[must_use]
pub fn county(state: StateCode, name: &str) -> String {
    hustings_core::county::find(state, name).map_or_else(|| visible(name), |county| county.name.to_owned())
}

fn joined(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// A key in groups of four, as people type it.
#[must_use]
pub fn in_fours(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
