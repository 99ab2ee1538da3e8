//! One voter as the page shows them: values in groups, each with its source; votes, ballots and changes in words.

use super::file_layout::column_of;
use super::format::{day_short, sentence, visible};
use super::voter_words::{self, GROUPS, OTHERS};
use super::words;
use hustings_access::Organization;
use hustings_core::StateCode;
use hustings_store::{ChangeRow, ValueSource, VoterRecord, VoterValue};
use hustings_voterfile::layout::FileLayout;
use std::collections::BTreeMap;

/// Values that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// `Name`, `Residence`, ….
    pub title: &'static str,
    /// The values.
    pub values: Vec<Value>,
    /// Raw codes and the like, folded away.
    pub details: Vec<Value>,
}

/// One value.
#[derive(Debug, Clone)]
pub struct Value {
    /// What it is.
    pub label: String,
    /// The value in words.
    pub value: String,
    /// Where it came from.
    pub source: String,
    /// The pair of a matched list by which it came: address and words.
    pub pair: Option<(String, String)>,
    /// The field class, when it is not the state's public list.
    pub class: Option<&'static str>,
}

/// One vote.
#[derive(Debug, Clone)]
pub struct Vote {
    /// When.
    pub date: String,
    /// The state's name of the election.
    pub election: String,
    /// How it was cast, in words.
    pub method: String,
    /// Whose primary ballot.
    pub party: String,
    /// Where.
    pub place: String,
    /// Whether it counted; false only where the state says so.
    pub counted: bool,
}

/// One absentee, mail or early ballot.
#[derive(Debug, Clone)]
pub struct Ballot {
    /// When.
    pub date: String,
    /// The state's name of the election.
    pub election: String,
    /// Where it stands.
    pub status: String,
    /// Dates in words: requested, sent, returned.
    pub dates: String,
}

/// One change over the snapshots.
#[derive(Debug, Clone)]
pub struct Change {
    /// Of which list.
    pub day: String,
    /// That list's changes.
    pub href: String,
    /// What kind.
    pub kind: String,
    /// Before.
    pub old: Option<String>,
    /// Now.
    pub new: Option<String>,
    /// Why, where not the state's id says so.
    pub reason: Option<String>,
}

/// The values in their groups; empty groups are left out. `names` gives the file's own names of the columns, `owners` those of
/// organizations, `pairs` by append the pair of a matched list that brought its cells.
#[must_use]
pub fn groups(
    voter: &VoterRecord,
    names: Option<&FileLayout>,
    owners: &[Organization],
    pairs: &BTreeMap<String, (String, String)>,
) -> Vec<Group> {
    let usual = usual_place(voter);
    let titles = GROUPS.into_iter().chain([OTHERS]);
    let mut groups: Vec<Group> =
        titles.map(|title| Group { title, values: Vec::new(), details: Vec::new() }).collect();
    for value in &voter.values {
        let title = voter_words::group_of(value);
        if let Some(group) = groups.iter_mut().find(|group| group.title == title) {
            let mut shown = shown(value, usual.as_ref(), names, owners);
            if let ValueSource::Overlay { append, .. } = &value.source {
                shown.pair = pairs.get(append).cloned();
            }
            let is_detail = voter_words::is_detail(&value.column) && title != OTHERS;
            if is_detail { group.details.push(shown) } else { group.values.push(shown) }
        }
    }
    groups.retain(|group| !(group.values.is_empty() && group.details.is_empty()));
    groups
}

/// The file from which most values come.
#[must_use]
pub fn file_of(voter: &VoterRecord) -> Option<&str> {
    voter.values.iter().find_map(|value| match &value.source {
        ValueSource::StateList { file, .. } => file.as_deref(),
        _ => None,
    })
}

type Place = (String, Option<u64>);

/// The file and line from which most values come; said once instead of beside each.
fn usual_place(voter: &VoterRecord) -> Option<Place> {
    voter.values.iter().find_map(|value| match &value.source {
        ValueSource::StateList { file: Some(file), line, .. } => Some((file.clone(), *line)),
        _ => None,
    })
}

/// The snapshot in whose delivery the record stands: an earlier one when the record was carried over.
#[must_use]
pub fn delivery_of(voter: &VoterRecord) -> &str {
    let of_list = voter.values.iter().find_map(|value| match &value.source {
        ValueSource::StateList { snapshot, .. } => Some(snapshot.as_str()),
        _ => None,
    });
    of_list.unwrap_or(&voter.snapshot)
}

/// Where the record stands in its delivery.
#[must_use]
pub fn origin(voter: &VoterRecord) -> String {
    // A snapshot's id begins with its date.
    let date = delivery_of(voter).get(..10).and_then(|date| date.parse().ok()).unwrap_or(voter.as_of);
    let day = super::format::day(&date.to_string());
    match usual_place(voter) {
        Some((file, line)) => format!("{} of the list of {day}", place(&file, line)),
        None => format!("The list of {day}"),
    }
}

fn place(file: &str, line: Option<u64>) -> String {
    match line {
        Some(line) => format!("{}, line {}", visible(file), super::format::Count(line)),
        None => visible(file),
    }
}

fn shown(
    value: &VoterValue,
    usual: Option<&Place>,
    names: Option<&FileLayout>,
    owners: &[Organization],
) -> Value {
    let source = match &value.source {
        ValueSource::StateList { file, line, header, .. } => {
            let elsewhere =
                file.as_ref().map(|file| (file.clone(), *line)).filter(|place| Some(place) != usual);
            let name = header.as_deref().or_else(|| names.and_then(|names| column_of(names, &value.column)));
            let column = name.map(|name| format!("column {}", visible(name)));
            let parts: Vec<String> =
                [column, elsewhere.map(|(file, line)| place(&file, line))].into_iter().flatten().collect();
            match parts.is_empty() {
                false => parts.join(", "),
                // The parts of an address which the file gives as one line.
                true if names.is_some() && value.column.starts_with("res.") => {
                    "worked out from the address".to_owned()
                }
                true => "the state's list".to_owned(),
            }
        }
        ValueSource::Derived { from, .. } => derived(from, names),
        ValueSource::Overlay { owner, .. } => {
            let known = owners.iter().find(|known| known.id.as_str() == owner);
            format!("added by {}", visible(known.map_or(owner, |known| &known.name)))
        }
    };
    let class = value.class.as_str();
    let words = match value.value.as_str() {
        "true" => "Yes".to_owned(),
        "false" => "No".to_owned(),
        text if value.column.ends_with("_date") => super::format::day_short(text),
        text => words::value(&value.column.replace('.', "_"), text),
    };
    Value {
        label: match &value.source {
            // Whose it is stands beside it.
            ValueSource::Overlay { owner, .. } => {
                visible(value.label.strip_suffix(&format!(" ({owner})")).unwrap_or(&value.label))
            }
            _ => voter_words::label(&value.column),
        },
        value: words,
        source,
        pair: None,
        class: (class != "base").then_some(class),
    }
}

/// From what a value was worked out; a whole address is one thing and not its parts.
fn derived(from: &[String], names: Option<&FileLayout>) -> String {
    if from.is_empty() {
        return "worked out by Hustings".to_owned();
    }
    if from.len() > 2 && from.iter().all(|name| name.starts_with("res.")) {
        return "worked out from the residence".to_owned();
    }
    let sources: Vec<String> = from
        .iter()
        .map(|name| match names.and_then(|names| column_of(names, name)) {
            Some(column) => format!("column {}", visible(column)),
            None => voter_words::label(name).to_lowercase(),
        })
        .collect();
    format!("worked out from {}", sources.join(", "))
}

/// The name as people say it; where it is not seen, that.
#[must_use]
pub fn name(voter: &VoterRecord) -> String {
    if !voter.seen.list {
        return "A voter, by our columns alone".to_owned();
    }
    if !voter.seen.name {
        return "A voter, without the name".to_owned();
    }
    let part = |column: &str| {
        voter.values.iter().find(|value| value.column == column).map(|value| visible(&value.value))
    };
    let parts: Vec<String> =
        ["name.first", "name.middle", "name.last", "name.suffix"].into_iter().filter_map(part).collect();
    if parts.is_empty() {
        part("name.full").unwrap_or_else(|| "Voter without a name".to_owned())
    } else {
        parts.join(" ")
    }
}

/// The repairs of the record, in words.
#[must_use]
pub fn repairs(voter: &VoterRecord) -> Vec<String> {
    let rules = voter.repair.as_deref().unwrap_or_default();
    rules
        .split([' ', ',', '+', ';'])
        .filter(|rule| !rule.is_empty())
        .map(|rule| words::repair_rule(rule).title)
        .collect()
}

/// The votes in words.
#[must_use]
pub fn votes(voter: &VoterRecord) -> Vec<Vote> {
    voter
        .votes
        .iter()
        .map(|vote| Vote {
            date: vote.election_date.as_deref().map(day_short).unwrap_or_default(),
            election: vote.election_name.as_deref().map(visible).unwrap_or_default(),
            method: match (&vote.method, &vote.method_raw) {
                (Some(method), _) if !method.is_empty() => words::vote_method(method),
                (_, Some(raw)) => visible(raw),
                _ => "Not said".to_owned(),
            },
            party: vote.party.as_deref().map(|party| words::value("party", party)).unwrap_or_default(),
            place: [&vote.county_name, &vote.precinct]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .map(|text| visible(text))
                .collect::<Vec<_>>()
                .join(", "),
            counted: vote.counted != Some(false),
        })
        .collect()
}

/// The ballots in words.
#[must_use]
pub fn ballots(voter: &VoterRecord) -> Vec<Ballot> {
    voter
        .ballots
        .iter()
        .map(|ballot| {
            let dates: Vec<String> = [
                ("requested", &ballot.requested_date),
                ("sent", &ballot.sent_date),
                ("returned", &ballot.returned_date),
            ]
            .into_iter()
            .filter_map(|(what, date)| {
                date.as_deref()
                    .filter(|date| !date.is_empty())
                    .map(|date| format!("{what} {}", day_short(date)))
            })
            .collect();
            Ballot {
                date: ballot.election_date.as_deref().map(day_short).unwrap_or_default(),
                election: ballot.election_name.as_deref().map(visible).unwrap_or_default(),
                status: ballot.status.as_deref().map(sentence).unwrap_or_default(),
                dates: dates.join(", "),
            }
        })
        .collect()
}

/// The changes in words.
#[must_use]
pub fn changes(state: StateCode, voter: &VoterRecord) -> Vec<Change> {
    voter
        .changes
        .iter()
        .map(|seen| {
            let address = super::report::entrance(state, &seen.snapshot);
            change(day_short(&seen.as_of.to_string()), address, &seen.change)
        })
        .collect()
}

/// One change in words, of the list of this day.
#[must_use]
pub fn change(day: String, href: String, change: &ChangeRow) -> Change {
    let column = change.column.as_deref().unwrap_or_default();
    let shown = |value: &Option<String>| {
        value.as_deref().filter(|value| !value.is_empty()).map(|value| words::value(column, value))
    };
    Change {
        day,
        href,
        kind: words::change_kind(&change.kind).title,
        old: shown(&change.old),
        new: shown(&change.new),
        reason: change.reason.as_deref().map(visible),
    }
}
