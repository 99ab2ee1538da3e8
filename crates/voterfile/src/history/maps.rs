//! Map files: small files beside the voters that say what a number means in one county (Pennsylvania's election slots)
//! or in the state (old Michigan's election codes).

use crate::layout::{DateFormat, FileKind, Recognized};
use std::collections::HashMap;

/// An election as a map file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// The state's name of it.
    pub name: String,
    /// Days since 1970-01-01; none when the map gives none that can be read.
    pub date: Option<i32>,
}

/// What the map files of a delivery say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MapFiles {
    /// By upper-case county and slot.
    slots: HashMap<(String, String), Election>,
    /// By code.
    codes: HashMap<String, Election>,
}

impl MapFiles {
    /// Takes one record of a map file. Records of other kinds of files, and records without a number, are left alone;
    /// says whether the record was taken.
    pub fn add<'a>(&mut self, recognized: &Recognized, fields: &impl Fn(usize) -> &'a str) -> bool {
        let text = |to: &str| super::text(fields, recognized.field(to));
        let forms = recognized.dates.iter().filter_map(|form| DateFormat::new(form).ok());
        let date_raw = text("vote.election_date");
        let date = forms.into_iter().find_map(|form| form.parse(date_raw)).map(super::words::days);
        let election = Election { name: text("vote.election_name").to_owned(), date };
        match recognized.kind {
            FileKind::ElectionMap if !text("slot").is_empty() => {
                self.slots
                    .insert((text("county_name").to_uppercase(), number(text("slot")).to_owned()), election);
                true
            }
            FileKind::ElectionCodes if !text("vote.election_code").is_empty() => {
                self.codes.insert(text("vote.election_code").to_owned(), election);
                true
            }
            _ => false,
        }
    }

    /// Number of elections known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() + self.codes.len()
    }

    /// No election at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elections of a code, for a file's plan.
    pub(super) fn codes(&self) -> HashMap<String, Election> {
        self.codes.clone()
    }

    /// Elections by county, then by slot.
    pub(super) fn counties(&self) -> HashMap<String, HashMap<String, Election>> {
        let mut counties: HashMap<String, HashMap<String, Election>> = HashMap::new();
        for ((county, slot), election) in &self.slots {
            counties.entry(county.clone()).or_default().insert(slot.clone(), election.clone());
        }
        counties
    }
}

/// A number without leading zeros.
fn number(text: &str) -> &str {
    let trimmed = text.trim_start_matches('0');
    if trimmed.is_empty() { text } else { trimmed }
}
