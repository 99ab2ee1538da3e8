//! From a state's codes to the words for methods, parties and types of elections.

use crate::layout::{CodeMap, DateFormat, Recognized};
use hustings_core::vocabulary::{PARTIES, VOTE_METHODS};
use jiff::civil::{Date, Weekday};

/// The method of a vote of which the state tells no more.
pub(super) const UNKNOWN: &str = "unknown_voted";

/// The code maps and date forms of one file.
#[derive(Debug)]
pub(super) struct Words {
    methods: CodeMap,
    parties: CodeMap,
    types: CodeMap,
    dates: Vec<DateFormat>,
    null_dates: Vec<String>,
}

impl Words {
    pub(super) fn new(recognized: &Recognized) -> Self {
        let map = |to: &str| {
            let own = recognized
                .columns
                .iter()
                .find(|column| column.to == to)
                .and_then(|column| column.codes.as_deref());
            let map =
                own.and_then(|name| recognized.codes.map(name)).or_else(|| recognized.codes.for_target(to));
            map.cloned().unwrap_or_default()
        };
        Self {
            methods: map("vote.method"),
            parties: map("vote.party"),
            types: map("vote.election_type"),
            dates: recognized.dates.iter().filter_map(|form| DateFormat::new(form).ok()).collect(),
            null_dates: recognized.null_dates.clone(),
        }
    }

    /// The method, and whether the code is known. No code at all is a vote of which the state tells no more.
    pub(super) fn method(&self, raw: &str) -> (&'static str, bool) {
        match self.methods.word(raw).and_then(|word| canonical(VOTE_METHODS, word)) {
            Some(word) => (word, true),
            None => (UNKNOWN, raw.is_empty()),
        }
    }

    /// The party; a code that nobody knows is some other party.
    pub(super) fn party(&self, raw: &str) -> &'static str {
        if raw.is_empty() {
            return "";
        }
        let word = self.parties.word(raw).and_then(|word| canonical(PARTIES, word));
        word.or_else(|| PARTIES.iter().copied().find(|party| party.eq_ignore_ascii_case(raw)))
            .unwrap_or("OTH")
    }

    /// The layout's word, else the state's code, else what the election's name says.
    pub(super) fn election_type<'a>(&'a self, raw: &'a str, name: &str) -> &'a str {
        match raw {
            "" => type_in_name(name),
            _ => self.types.word(raw).unwrap_or(raw),
        }
    }

    /// Days since 1970-01-01.
    pub(super) fn date(&self, raw: &str) -> Option<i32> {
        // Georgia's history has stray apostrophes around its dates.
        let raw = raw.trim_matches('\'');
        if raw.is_empty() || self.null_dates.iter().any(|mask| mask == raw) {
            return None;
        }
        self.dates.iter().find_map(|form| form.parse(raw)).map(days)
    }
}

fn canonical(words: &'static [&'static str], word: &str) -> Option<&'static str> {
    words.iter().copied().find(|known| *known == word)
}

/// Days since 1970-01-01.
pub(super) fn days(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// The n-th Tuesday of a month, from 1; none where the month has no fifth one.
pub(super) fn tuesday(year: i16, month: i8, number: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(number, Weekday::Tuesday).ok()
}

/// The Tuesday after the first Monday: the day of general elections.
pub(super) fn tuesday_after_first_monday(year: i16, month: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(1, Weekday::Monday).ok()?.tomorrow().ok()
}

/// The type of an election as far as its name says it: `03/05/2024 PRIMARY`, `General Election, 2020`, `20201103 GE`.
pub(super) fn type_in_name(name: &str) -> &'static str {
    let (mut kind, mut rank) = ("", u8::MAX);
    for word in name.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        // Few words begin like one of these, so that most are passed over at their first letter.
        let (found, weight) = match word.as_bytes().first().map(u8::to_ascii_uppercase) {
            Some(b'P') if is_one_of(word, &["PRESIDENTIAL", "PP"]) => ("presidential_primary", 0),
            Some(b'P') if is_one_of(word, &["PRIMARY", "PR"]) => ("primary", 2),
            Some(b'R') if is_one_of(word, &["RUNOFF", "RUN"]) => ("runoff", 1),
            Some(b'S') if is_one_of(word, &["SPECIAL", "SP"]) => ("special", 3),
            Some(b'S') if is_one_of(word, &["SCHOOL"]) => ("school", 4),
            Some(b'V') if is_one_of(word, &["VILLAGE"]) => ("village", 4),
            Some(b'M') if is_one_of(word, &["MUNICIPAL"]) => ("municipal", 4),
            Some(b'G') if is_one_of(word, &["GENERAL", "GE"]) => ("general", 5),
            _ => continue,
        };
        if weight < rank {
            (kind, rank) = (found, weight);
        }
    }
    // A presidential election is no primary unless its name says so.
    let is_primary = |word: &str| is_one_of(word, &["PRIMARY", "PP"]);
    if kind == "presidential_primary" && !name.split(' ').any(|word| is_primary(word.trim_matches(','))) {
        return "general";
    }
    kind
}

fn is_one_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(word))
}
