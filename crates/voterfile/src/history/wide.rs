//! One column per election, named in the header: Ohio, Wisconsin, Arizona.

use super::words::{UNKNOWN, Words, days, tuesday, tuesday_after_first_monday};
use super::{VoteValue, text};
use crate::format::normalize_header;
use crate::layout::{DateFormat, MonthDay, Recognized, WideValue};
use jiff::civil::Date;
use regex::Regex;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Wide {
    words: Words,
    value: WideValue,
    elections: Vec<WideElection>,
}

#[derive(Debug)]
struct WideElection {
    field: usize,
    date: Option<i32>,
    name: String,
    kind: String,
}

impl Wide {
    pub(super) fn new(
        recognized: &Recognized,
        regex: &str,
        form: &str,
        value: WideValue,
        month_days: &BTreeMap<i8, MonthDay>,
    ) -> Self {
        let (regex, form) = (Regex::new(regex).ok(), DateFormat::new(form).ok());
        let elections = recognized
            .columns
            .iter()
            .filter(|column| column.to == "vote.wide")
            .map(|column| {
                let header = normalize_header(&column.header);
                let groups = regex.as_ref().and_then(|regex| regex.captures(&header));
                let group = |name: &str| {
                    groups.as_ref().and_then(|groups| groups.name(name)).map(|found| found.as_str())
                };
                let date = group("date")
                    .and_then(|date| form.as_ref()?.parse(date))
                    .map(|date| on_its_day(date, month_days));
                let kind = group("type").unwrap_or_default().to_lowercase();
                WideElection {
                    field: column.field,
                    date: date.map(days),
                    name: column.header.trim().to_owned(),
                    kind,
                }
            })
            .collect();
        Self { words: Words::new(recognized), value, elections }
    }

    pub(super) fn votes<'a>(
        &'a self,
        fields: &impl Fn(usize) -> &'a str,
        sink: &mut impl FnMut(VoteValue<'a>),
    ) {
        for election in &self.elections {
            let value = text(fields, Some(election.field));
            if value.is_empty() {
                continue;
            }
            let (method_raw, party_raw) = match self.value {
                WideValue::Party => ("", value),
                WideValue::Method => (value, ""),
                WideValue::MethodParty => {
                    value.split_once('-').map_or((value, ""), |(method, party)| (method.trim(), party.trim()))
                }
            };
            let (method, method_known) =
                if self.value == WideValue::Party { (UNKNOWN, true) } else { self.words.method(method_raw) };
            sink(VoteValue {
                election_date: election.date,
                election_date_raw: &election.name,
                election_name: &election.name,
                election_type: &election.kind,
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

/// A date of which the header gives only the month, moved to the day on which that month's elections are.
fn on_its_day(date: Date, month_days: &BTreeMap<i8, MonthDay>) -> Date {
    let day = month_days.get(&date.month()).and_then(|rule| match rule {
        MonthDay::Tuesday(number) => tuesday(date.year(), date.month(), *number),
        MonthDay::TuesdayAfterFirstMonday => tuesday_after_first_monday(date.year(), date.month()),
    });
    day.unwrap_or(date)
}
