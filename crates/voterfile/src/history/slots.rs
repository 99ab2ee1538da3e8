//! Numbered slots, whose election the map file of the same county tells: Pennsylvania.

use super::maps::{Election, MapFiles};
use super::words::{Words, type_in_name};
use super::{VoteValue, text};
use crate::layout::Recognized;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug)]
pub(super) struct Slots {
    words: Words,
    county: Option<usize>,
    slots: Vec<Slot>,
    counties: HashMap<String, HashMap<String, Election>>,
}

#[derive(Debug)]
struct Slot {
    number: String,
    /// What stands in for the election's name when the map lacks it.
    label: String,
    method: Option<usize>,
    party: Option<usize>,
}

impl Slots {
    pub(super) fn new(recognized: &Recognized, maps: &MapFiles) -> Self {
        let mut slots: BTreeMap<u32, (Option<usize>, Option<usize>)> = BTreeMap::new();
        for column in &recognized.columns {
            let Some((number, what)) =
                column.to.strip_prefix("vote.slot").and_then(|rest| rest.split_once('.'))
            else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            let (method, party) = slots.entry(number).or_default();
            *(if what == "method" { method } else { party }) = Some(column.field);
        }
        let slot = |(number, (method, party)): (u32, _)| Slot {
            number: number.to_string(),
            label: format!("election slot {number}"),
            method,
            party,
        };
        Self {
            words: Words::new(recognized),
            county: recognized.field("county_name"),
            slots: slots.into_iter().map(slot).collect(),
            counties: maps.counties(),
        }
    }

    pub(super) fn votes<'a>(
        &'a self,
        fields: &impl Fn(usize) -> &'a str,
        sink: &mut impl FnMut(VoteValue<'a>),
    ) {
        let county_name = text(fields, self.county);
        let elections =
            self.counties.get(county_name).or_else(|| self.counties.get(&county_name.to_uppercase()));
        for slot in &self.slots {
            let (method_raw, party_raw) = (text(fields, slot.method), text(fields, slot.party));
            if method_raw.is_empty() && party_raw.is_empty() {
                continue;
            }
            let election = elections.and_then(|elections| elections.get(&slot.number));
            let (method, method_known) = self.words.method(method_raw);
            let name = election.map_or(slot.label.as_str(), |election| election.name.as_str());
            sink(VoteValue {
                election_date: election.and_then(|election| election.date),
                election_date_raw: &slot.label,
                election_name: name,
                election_type: type_in_name(name),
                method,
                method_raw,
                method_known,
                party: self.words.party(party_raw),
                party_raw,
                ..VoteValue::default()
            });
        }
    }
}
