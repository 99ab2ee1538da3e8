//! From a state's codes to the words for methods, parties and types of elections.

use crate::layout::{DateFormat, Recognized};
use hustings_core::vocabulary::{PARTIES, VOTE_METHODS};
use jiff::civil::{Date, Weekday};

/// The method of a vote of which the state tells no more.
pub(super) const UNKNOWN: &str = "unknown_voted";

/// The code maps and date forms of one file, laid out for millions of look-ups: maps are short, so a scan that compares
/// lengths first is several times faster than a tree.
#[derive(Debug)]
pub(super) struct Words {
    methods: Vec<(Box<str>, &'static str)>,
    parties: Vec<(Box<str>, &'static str)>,
    types: Vec<(Box<str>, Box<str>)>,
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
            own.and_then(|name| recognized.codes.map(name)).or_else(|| recognized.codes.for_target(to))
        };
        let fixed = |to: &str, words: &'static [&'static str]| {
            let pairs = map(to).into_iter().flat_map(|map| map.iter());
            pairs.filter_map(|(raw, word)| Some((raw.into(), canonical(words, word)?))).collect::<Vec<_>>()
        };
        let mut parties = fixed("vote.party", PARTIES);
        // A state's code that is one of our words means that word, unless its map says otherwise.
        parties.extend(PARTIES.iter().map(|party| (Box::from(*party), *party)));
        Self {
            methods: fixed("vote.method", VOTE_METHODS),
            parties,
            types: map("vote.election_type")
                .map(|map| map.iter().map(|(raw, word)| (raw.into(), word.into())).collect())
                .unwrap_or_default(),
            dates: recognized.dates.iter().filter_map(|form| DateFormat::new(form).ok()).collect(),
            null_dates: recognized.null_dates.clone(),
        }
    }

    /// The method, and whether the code is known. No code at all is a vote of which the state tells no more.
    pub(super) fn method(&self, raw: &str) -> (&'static str, bool) {
        find(&self.methods, raw).map_or((UNKNOWN, raw.is_empty()), |word| (*word, true))
    }

    /// The party; a code that nobody knows is some other party.
    pub(super) fn party(&self, raw: &str) -> &'static str {
        if raw.is_empty() { "" } else { find(&self.parties, raw).copied().unwrap_or("OTH") }
    }

    /// The layout's word, else the state's code, else what the election's name says.
    pub(super) fn election_type<'a>(&'a self, raw: &'a str, name: &str) -> &'a str {
        match raw {
            "" => type_in_name(name),
            _ => find(&self.types, raw).map_or(raw, |word| word),
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

/// The word of a code, compared without case.
fn find<'a, W>(map: &'a [(Box<str>, W)], raw: &str) -> Option<&'a W> {
    map.iter().find(|(code, _)| code.eq_ignore_ascii_case(raw)).map(|(_, word)| word)
}

/// Days since 1970-01-01, by counting years of 365 days and their leap days: a calendar span is many times slower.
pub(super) fn days(date: Date) -> i32 {
    let years = i32::from(date.year()) - 1;
    let before = years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    before + i32::from(date.day_of_year()) - DAYS_TO_1970
}

/// Days from the first day of year 1 to 1970-01-01, and one, because days of a year count from 1.
const DAYS_TO_1970: i32 = 719_163;

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
