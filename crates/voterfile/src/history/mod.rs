//! Vote history: the five shapes in which states tell who voted when, turned into one value per vote.
//!
//! A [`VotePlan`] is made once per file; it borrows what it can from the record and gives each vote to a closure, so that
//! a row costs no allocation.

mod maps;
mod packed;
mod pairs;
mod rows;
mod slots;
mod wide;
mod words;

#[cfg(test)]
mod tests;

pub use maps::{Election, MapFiles};

use crate::layout::{FileKind, HistoryShape, Recognized};

/// One vote as a state's row tells it. Texts are trimmed and empty where the row says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoteValue<'a> {
    /// Day of the election in days since 1970-01-01; none when the row gives none that can be read.
    pub election_date: Option<i32>,
    /// What the row has in place of the date.
    pub election_date_raw: &'a str,
    /// The state's name of the election.
    pub election_name: &'a str,
    /// The layout's word for the type, else the state's code, else what the election's name says (`primary`).
    pub election_type: &'a str,
    /// Canonical word of `vote_method`; `unknown_voted` when the state does not say or nobody knows the code.
    pub method: &'static str,
    /// The state's own code.
    pub method_raw: &'a str,
    /// Whether the code map (or the state's silence) explains `method`; false for a code that nobody knows.
    pub method_known: bool,
    /// Canonical word of `party`; empty for none.
    pub party: &'static str,
    /// The state's own code.
    pub party_raw: &'a str,
    /// The state's words for the party.
    pub party_desc: &'a str,
    /// Where the vote was cast: the state's code of the county.
    pub county_code: &'a str,
    /// Where the vote was cast: the county as the row names it.
    pub county_name: &'a str,
    /// Where the vote was cast: precinct.
    pub precinct: &'a str,
    /// Its name.
    pub precinct_name: &'a str,
    /// Where the vote was cast: voting tabulation district.
    pub vtd: &'a str,
    /// Its name.
    pub vtd_name: &'a str,
    /// Ballot style.
    pub ballot_style: &'a str,
    /// The state's number of the record.
    pub record_id: &'a str,
}

impl VoteValue<'_> {
    /// Whether the ballot counted: the methods that are no votes say no.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        !matches!(self.method, "did_not_vote" | "not_counted")
    }
}

/// Gives the votes of a file's records.
#[derive(Debug)]
pub struct VotePlan {
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    None,
    Rows(Box<rows::Rows>),
    Wide(wide::Wide),
    Slots(slots::Slots),
    Pairs(pairs::Pairs),
    Packed(packed::Packed),
}

impl VotePlan {
    /// The plan for a recognized file. `maps` holds what the delivery's map files say (Pennsylvania, old Michigan);
    /// other states need none.
    #[must_use]
    pub fn new(recognized: &Recognized, maps: &MapFiles) -> Self {
        let shape = match (&recognized.history, recognized.kind) {
            (Some(HistoryShape::Rows), _) | (None, FileKind::History | FileKind::VotersAndHistory) => {
                Shape::Rows(Box::new(rows::Rows::new(recognized, maps)))
            }
            (Some(HistoryShape::Wide { regex, date, value, month_days }), _) => {
                Shape::Wide(wide::Wide::new(recognized, regex, date, *value, month_days))
            }
            (Some(HistoryShape::Slots { .. }), _) => Shape::Slots(slots::Slots::new(recognized, maps)),
            (Some(HistoryShape::Pairs), _) => Shape::Pairs(pairs::Pairs::new(recognized)),
            (Some(HistoryShape::Packed { separator }), _) => {
                Shape::Packed(packed::Packed::new(recognized, *separator))
            }
            (None, _) => Shape::None,
        };
        Self { shape }
    }

    /// Whether the file tells votes at all.
    #[must_use]
    pub fn has_votes(&self) -> bool {
        !matches!(self.shape, Shape::None)
    }

    /// Whether a record of a file that mixes both is a vote and not a voter: its election date is filled (Texas).
    pub fn is_vote_row<'a>(&self, fields: &impl Fn(usize) -> &'a str) -> bool {
        match &self.shape {
            Shape::Rows(rows) => rows.has_election(fields),
            _ => false,
        }
    }

    /// The day that a text of one of this file's rows means, in days since 1970-01-01; none in files whose rows hold
    /// several votes.
    #[must_use]
    pub fn day(&self, text: &str) -> Option<i32> {
        match &self.shape {
            Shape::Rows(rows) => rows.day(text),
            _ => None,
        }
    }

    /// Gives every vote of one record to `sink`. `fields` gives the raw text of a field by its position.
    pub fn votes<'a>(&'a self, fields: &impl Fn(usize) -> &'a str, mut sink: impl FnMut(VoteValue<'a>)) {
        match &self.shape {
            Shape::None => {}
            Shape::Rows(rows) => rows.vote(fields, &mut sink),
            Shape::Wide(wide) => wide.votes(fields, &mut sink),
            Shape::Slots(slots) => slots.votes(fields, &mut sink),
            Shape::Pairs(pairs) => pairs.votes(fields, &mut sink),
            Shape::Packed(packed) => packed.votes(fields, &mut sink),
        }
    }
}

/// The trimmed text of a field that may be absent.
fn text<'a>(fields: &impl Fn(usize) -> &'a str, field: Option<usize>) -> &'a str {
    field.map_or("", |field| fields(field).trim())
}
