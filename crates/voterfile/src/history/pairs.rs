//! Repeating pairs of date and method, the last five of each type of election: Iowa.

use super::words::Words;
use super::{VoteValue, text};
use crate::layout::Recognized;

#[derive(Debug)]
pub(super) struct Pairs {
    words: Words,
    pairs: Vec<Pair>,
}

#[derive(Debug, Default)]
struct Pair {
    kind: String,
    number: String,
    date: Option<usize>,
    method: Option<usize>,
    party: Option<usize>,
    organization: Option<usize>,
}

impl Pairs {
    pub(super) fn new(recognized: &Recognized) -> Self {
        let mut pairs: Vec<Pair> = Vec::new();
        for column in &recognized.columns {
            let segments: Vec<&str> = column.to.split('.').collect();
            let ["vote", kind, number, what] = segments[..] else { continue };
            let at = pairs.iter().position(|pair| pair.kind == kind && pair.number == number).unwrap_or_else(
                || {
                    pairs.push(Pair { kind: kind.to_owned(), number: number.to_owned(), ..Pair::default() });
                    pairs.len() - 1
                },
            );
            let pair = &mut pairs[at];
            let place = match what {
                "election_date" => &mut pair.date,
                "method" => &mut pair.method,
                "party" => &mut pair.party,
                _ => &mut pair.organization,
            };
            *place = Some(column.field);
        }
        Self { words: Words::new(recognized), pairs }
    }

    pub(super) fn votes<'a>(
        &'a self,
        fields: &impl Fn(usize) -> &'a str,
        sink: &mut impl FnMut(VoteValue<'a>),
    ) {
        for pair in &self.pairs {
            let (date_raw, method_raw) = (text(fields, pair.date), text(fields, pair.method));
            if date_raw.is_empty() && method_raw.is_empty() {
                continue;
            }
            let (method, method_known) = self.words.method(method_raw);
            let party_raw = text(fields, pair.party);
            sink(VoteValue {
                election_date: self.words.date(date_raw),
                election_date_raw: date_raw,
                election_type: &pair.kind,
                method,
                method_raw,
                method_known,
                party: self.words.party(party_raw),
                party_raw,
                party_desc: text(fields, pair.organization),
                ..VoteValue::default()
            });
        }
    }
}
