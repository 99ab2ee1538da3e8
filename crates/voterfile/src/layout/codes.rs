//! Code maps: what a state's own codes mean in the words that all states share.

use hustings_core::vocabulary;
use std::collections::BTreeMap;

/// One code map. Codes are compared trimmed and without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeMap {
    words: BTreeMap<String, String>,
}

impl CodeMap {
    pub(super) fn insert(&mut self, raw: &str, word: String) -> Option<String> {
        self.words.insert(raw.trim().to_uppercase(), word)
    }

    /// The canonical word for a state's code; none for a code that nobody knows.
    #[must_use]
    pub fn word(&self, raw: &str) -> Option<&str> {
        let raw = raw.trim();
        self.words.get(raw).or_else(|| self.words.get(&raw.to_uppercase())).map(String::as_str)
    }

    /// Codes (upper case) and their words.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.words.iter().map(|(raw, word)| (raw.as_str(), word.as_str()))
    }

    /// Number of codes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// No code at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// All code maps of a layout by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    maps: BTreeMap<String, CodeMap>,
}

impl Codes {
    pub(super) fn insert(&mut self, name: String, map: CodeMap) {
        self.maps.insert(name, map);
    }

    /// A map by its name (`status`, `vote_method`, …).
    #[must_use]
    pub fn map(&self, name: &str) -> Option<&CodeMap> {
        self.maps.get(name)
    }

    /// The map for a column by its canonical name: `vote.method` has the map `vote_method`, `vote.party` the map `party`.
    #[must_use]
    pub fn for_target(&self, to: &str) -> Option<&CodeMap> {
        self.maps.get(map_name_of(to))
    }

    /// Maps by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CodeMap)> {
        self.maps.iter().map(|(name, map)| (name.as_str(), map))
    }
}

/// The name of the code map that a canonical name uses unless the column says otherwise.
#[must_use]
pub fn map_name_of(to: &str) -> &str {
    match to {
        "vote.method" => "vote_method",
        "ballot.method" => "ballot_method",
        "ballot.status" => "ballot_status",
        "vote.party" | "ballot.party" | "last_voted_party" => "party",
        "vote.election_type" => "election_type",
        _ if to.starts_with("vote.") && to.ends_with(".method") => "vote_method",
        _ if to.starts_with("vote.") && to.ends_with(".party") => "party",
        other => other,
    }
}

/// Words that a code map may yield: the canonical ones, or any snake-case word where none are fixed. A map that is not
/// in this list is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapWords {
    /// Only these.
    Fixed(&'static [&'static str]),
    /// Any word of lower-case letters, digits and underscores.
    Free,
}

const TRUE_FALSE: &[&str] = &["true", "false"];

/// The words which the code map of a canonical name may yield.
#[must_use]
pub fn vocabulary_of(map: &str) -> Option<MapWords> {
    Some(match map {
        "status" => MapWords::Fixed(vocabulary::STATUSES),
        "party" => MapWords::Fixed(vocabulary::PARTIES),
        "gender" => MapWords::Fixed(vocabulary::GENDERS),
        "race" => MapWords::Fixed(vocabulary::RACES),
        "ethnicity" => MapWords::Fixed(vocabulary::ETHNICITIES),
        "vote_method" | "ballot_method" => MapWords::Fixed(vocabulary::VOTE_METHODS),
        "ballot_status" => MapWords::Fixed(vocabulary::BALLOT_STATUSES),
        "confidential" | "permanent_mail" | "id_required" | "id_met" | "federal_only_id"
        | "federal_only_no_id" | "mail.same_as_res" | "vote.absentee" | "vote.provisional"
        | "vote.in_person" => MapWords::Fixed(TRUE_FALSE),
        "election_type" | "status_reason" | "registration_source" | "uocava" | "language" => MapWords::Free,
        _ => return None,
    })
}

/// The code maps' names, for hints.
pub(super) const MAP_NAMES: &[&str] = &[
    "status",
    "party",
    "gender",
    "race",
    "ethnicity",
    "vote_method",
    "ballot_method",
    "ballot_status",
    "confidential",
    "permanent_mail",
    "id_required",
    "id_met",
    "federal_only_id",
    "federal_only_no_id",
    "mail.same_as_res",
    "vote.absentee",
    "vote.provisional",
    "vote.in_person",
    "election_type",
    "status_reason",
    "registration_source",
    "uocava",
    "language",
];
