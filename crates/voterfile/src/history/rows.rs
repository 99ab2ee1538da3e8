//! One row per vote: North Carolina, Florida, Nevada, Colorado, Minnesota, California, Georgia, …; with the method as
//! yes-or-no columns in Virginia, Georgia and Michigan; mixed with voters in Texas.

use super::maps::{Election, MapFiles};
use super::words::{UNKNOWN, Words};
use super::{VoteValue, text};
use crate::layout::Recognized;
use std::collections::HashMap;

#[derive(Debug)]
pub(super) struct Rows {
    words: Words,
    date: Option<usize>,
    code: Option<usize>,
    name: Option<usize>,
    kind: Option<usize>,
    method: Option<usize>,
    flags: Flags,
    party: Option<usize>,
    rest: [Option<usize>; 9],
    elections: HashMap<String, Election>,
}

/// Columns that each say yes or no to one method.
#[derive(Debug)]
struct Flags {
    provisional: Option<usize>,
    absentee: Option<usize>,
    in_person: Option<usize>,
}

impl Rows {
    pub(super) fn new(recognized: &Recognized, maps: &MapFiles) -> Self {
        let field = |to: &str| recognized.field(to);
        Self {
            words: Words::new(recognized),
            date: field("vote.election_date"),
            code: field("vote.election_code"),
            name: field("vote.election_name"),
            kind: field("vote.election_type"),
            method: field("vote.method"),
            flags: Flags {
                provisional: field("vote.provisional"),
                absentee: field("vote.absentee"),
                in_person: field("vote.in_person"),
            },
            party: field("vote.party"),
            rest: [
                "party_desc",
                "county_code",
                "county_name",
                "precinct",
                "precinct_name",
                "vtd",
                "vtd_name",
                "ballot_style",
                "record_id",
            ]
            .map(|name| field(&format!("vote.{name}"))),
            elections: maps.codes(),
        }
    }

    pub(super) fn has_election<'a>(&self, fields: &impl Fn(usize) -> &'a str) -> bool {
        !text(fields, self.date).is_empty() || !text(fields, self.code).is_empty()
    }

    pub(super) fn day(&self, text: &str) -> Option<i32> {
        self.words.date(text)
    }

    pub(super) fn vote<'a>(
        &'a self,
        fields: &impl Fn(usize) -> &'a str,
        sink: &mut impl FnMut(VoteValue<'a>),
    ) {
        let coded = self.elections.get(text(fields, self.code));
        let date_raw = match text(fields, self.date) {
            "" => text(fields, self.code),
            date => date,
        };
        let name = match text(fields, self.name) {
            "" => coded.map_or("", |election| election.name.as_str()),
            name => name,
        };
        let method_raw = text(fields, self.method);
        let (method, method_known) = match self.method {
            Some(_) => self.words.method(method_raw),
            None => (self.flags.method(fields), true),
        };
        let party_raw = text(fields, self.party);
        let [
            party_desc,
            county_code,
            county_name,
            precinct,
            precinct_name,
            vtd,
            vtd_name,
            ballot_style,
            record_id,
        ] = self.rest.map(|field| text(fields, field));
        sink(VoteValue {
            election_date: self.words.date(date_raw).or_else(|| coded.and_then(|election| election.date)),
            election_date_raw: date_raw,
            election_name: name,
            election_type: self.words.election_type(text(fields, self.kind), name),
            method,
            method_raw,
            method_known,
            party: self.words.party(party_raw),
            party_raw,
            party_desc,
            county_code,
            county_name,
            precinct,
            precinct_name,
            vtd,
            vtd_name,
            ballot_style,
            record_id,
        });
    }
}

impl Flags {
    /// Who neither voted absentee nor provisionally came on election day, unless the state has a column for that, too.
    fn method<'a>(&self, fields: &impl Fn(usize) -> &'a str) -> &'static str {
        let answer = |field: Option<usize>| field.and_then(|field| yes_or_no(fields(field).trim()));
        let (provisional, absentee) = (answer(self.provisional), answer(self.absentee));
        match (provisional, absentee, answer(self.in_person)) {
            (Some(true), _, _) => "provisional",
            (_, Some(true), _) => "absentee",
            (_, _, Some(true)) => "election_day",
            (_, Some(false), None) if self.in_person.is_none() => "election_day",
            _ => UNKNOWN,
        }
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "Y" | "y" | "YES" | "Yes" | "T" | "TRUE" | "True" | "true" | "1" | "X" => Some(true),
        "N" | "n" | "NO" | "No" | "F" | "FALSE" | "False" | "false" | "0" => Some(false),
        _ => None,
    }
}
