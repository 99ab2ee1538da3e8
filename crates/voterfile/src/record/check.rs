//! The layout's checks, compiled: whether a row's fields are in their right places.

use super::date::DateForm;
use super::split::Fields;
use crate::format::{Check, FieldCheck, RecordFormat};
use std::collections::BTreeSet;
use std::ops::Range;

/// All checks of a format.
#[derive(Debug, Clone)]
pub(crate) struct Checks {
    /// Ordered by field.
    items: Vec<Item>,
    /// Which of `items` belong to each field.
    by_field: Vec<Range<usize>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub field: usize,
    pub anchor: bool,
    required: bool,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Id { letters: Range<usize>, digits: Range<usize>, punctuation: Vec<u8> },
    OneOf { what: &'static str, words: Words, first: String },
    Date { forms: Vec<DateForm>, null_dates: Vec<String> },
    Zip,
    StateAbbreviation,
    Year,
    Age,
    Code { known: Words, width_max: usize },
    Width(usize),
}

/// What failed in one row.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Verdict {
    /// Failed anchors which are ids.
    pub ids: u32,
    /// Other failed anchors.
    pub anchors: u32,
    /// Other failed checks.
    pub soft: u32,
    /// Index of the first failed check.
    pub first: usize,
}

impl Verdict {
    pub fn is_clean(self) -> bool {
        self.ids + self.anchors + self.soft == 0
    }
}

impl Checks {
    pub fn new(format: &RecordFormat) -> Self {
        Self::compile(&format.checks, format.width)
    }

    /// The checks of rows of `width` fields; recognition asks them of sample rows.
    pub fn compile(checks: &[FieldCheck], width: usize) -> Self {
        let mut items: Vec<Item> = checks
            .iter()
            .map(|check| Item {
                field: check.field,
                anchor: check.anchor,
                required: check.required,
                rule: Rule::new(&check.check),
            })
            .collect();
        items.sort_by_key(|item| item.field);
        let by_field = (0..width)
            .map(|field| {
                items.partition_point(|item| item.field < field)
                    ..items.partition_point(|item| item.field <= field)
            })
            .collect();
        Checks { items, by_field }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn item(&self, index: usize) -> &Item {
        &self.items[index]
    }

    /// Weighs a whole row.
    pub fn weigh(&self, fields: Fields<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for (index, item) in self.items.iter().enumerate() {
            if item.holds(fields.get(item.field)) {
                continue;
            }
            if verdict.is_clean() {
                verdict.first = index;
            }
            match (item.anchor, &item.rule) {
                (true, Rule::Id { .. }) => verdict.ids += 1,
                (true, _) => verdict.anchors += 1,
                (false, _) => verdict.soft += 1,
            }
        }
        verdict
    }

    /// Whether `value` could stand at `field`.
    pub fn fits(&self, field: usize, value: &str) -> bool {
        self.of(field).iter().all(|item| item.holds(value))
    }

    /// Whether some check at `field` tells by itself that a value belongs there (a date, a ZIP, a county).
    pub fn is_strict(&self, field: usize) -> bool {
        self.of(field).iter().any(|item| item.is_strict())
    }

    /// What is expected at `field`, in words for a person; none where nothing is.
    pub fn expected(&self, field: usize) -> Option<String> {
        self.of(field).first().map(Item::expected)
    }

    fn of(&self, field: usize) -> &[Item] {
        self.by_field.get(field).and_then(|range| self.items.get(range.clone())).unwrap_or_default()
    }
}

impl Item {
    fn holds(&self, value: &str) -> bool {
        let value = trim(value);
        // Florida writes asterisks over what a protected voter's row may not show.
        if value.bytes().all(|byte| byte == b'*') {
            return !self.required;
        }
        self.rule.holds(value)
    }

    fn is_strict(&self) -> bool {
        match &self.rule {
            Rule::Id { .. } | Rule::OneOf { .. } | Rule::Date { .. } | Rule::Zip | Rule::Year => true,
            Rule::StateAbbreviation | Rule::Age | Rule::Code { .. } | Rule::Width(_) => false,
        }
    }

    /// A failure that no honest export can make by itself: a word in a column too short for it.
    pub fn is_overflow(&self, value: &str) -> bool {
        const SHORT_COLUMN_MAX: usize = 8;
        let width = match &self.rule {
            Rule::Width(width) | Rule::Code { width_max: width, .. } => *width,
            Rule::StateAbbreviation => 2,
            _ => return false,
        };
        width <= SHORT_COLUMN_MAX && trim(value).chars().count() > width
    }

    /// What was expected, in words for a person.
    pub fn expected(&self) -> String {
        match &self.rule {
            Rule::Id { letters, digits, .. } => format!(
                "an id of {} to {} letters and {} to {} digits",
                letters.start,
                letters.end.saturating_sub(1),
                digits.start,
                digits.end.saturating_sub(1)
            ),
            Rule::OneOf { what, first, .. } => format!("{what} ({first})"),
            Rule::Date { .. } => "a date".to_owned(),
            Rule::Zip => "five or nine digits".to_owned(),
            Rule::StateAbbreviation => "two letters".to_owned(),
            Rule::Year => "a year".to_owned(),
            Rule::Age => "up to three digits".to_owned(),
            Rule::Code { width_max, .. } => format!("a code of at most {width_max} characters"),
            Rule::Width(width) => format!("at most {width} characters"),
        }
    }
}

impl Rule {
    fn new(check: &Check) -> Self {
        match check {
            Check::Id { letters, digits, punctuation } => Rule::Id {
                letters: letters.clone(),
                digits: digits.clone(),
                punctuation: punctuation.clone(),
            },
            Check::OneOf { what, words } => {
                Rule::OneOf { what, words: Words::new(words), first: first_few(words) }
            }
            Check::Date { formats, null_dates } => Rule::Date {
                forms: formats.iter().map(|form| DateForm::new(form)).collect(),
                null_dates: null_dates.clone(),
            },
            Check::Zip => Rule::Zip,
            Check::StateAbbreviation => Rule::StateAbbreviation,
            Check::Year => Rule::Year,
            Check::Age => Rule::Age,
            Check::Code { known, width_max } => {
                Rule::Code { known: Words::new(known), width_max: *width_max }
            }
            Check::Width(width) => Rule::Width(*width),
        }
    }

    /// `value` is trimmed and not empty.
    fn holds(&self, value: &str) -> bool {
        let bytes = value.as_bytes();
        match self {
            Rule::Id { letters, digits, punctuation } => is_id(bytes, letters, digits, punctuation),
            Rule::OneOf { words, .. } => words.contains(value),
            Rule::Date { forms, null_dates } => {
                forms.iter().any(|form| form.matches(value)) || null_dates.iter().any(|mask| mask == value)
            }
            Rule::Zip => is_zip(without_point_zero(bytes)),
            Rule::StateAbbreviation => bytes.len() == 2 && bytes.iter().all(u8::is_ascii_alphabetic),
            Rule::Year => is_year(without_point_zero(bytes)),
            Rule::Age => {
                let age = without_point_zero(bytes);
                age.len() <= 3 && age.iter().all(u8::is_ascii_digit)
            }
            Rule::Code { known, width_max } => {
                (bytes.len() <= *width_max && is_code(bytes)) || known.contains(value)
            }
            Rule::Width(width) => bytes.len() <= *width || value.chars().count() <= *width,
        }
    }
}

fn is_id(bytes: &[u8], letters: &Range<usize>, digits: &Range<usize>, punctuation: &[u8]) -> bool {
    let letter_count = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let mut digit_count = 0;
    for byte in &bytes[letter_count..] {
        if byte.is_ascii_digit() {
            digit_count += 1;
        } else if !punctuation.contains(byte) {
            return false;
        }
    }
    letters.contains(&letter_count) && digits.contains(&digit_count)
}

fn is_zip(bytes: &[u8]) -> bool {
    let are_digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    match bytes.iter().position(|byte| *byte == b'-') {
        Some(dash) => {
            (3..=5).contains(&dash)
                && bytes.len() == dash + 5
                && are_digits(&bytes[..dash])
                && are_digits(&bytes[dash + 1..])
        }
        None => matches!(bytes.len(), 3..=5 | 7..=9) && are_digits(bytes),
    }
}

fn is_year(bytes: &[u8]) -> bool {
    matches!(bytes, [b'1', b'8' | b'9', ..] | [b'2', b'0', ..] | [b'2', b'1', b'0', b'0'])
        && bytes.len() == 4
        && bytes.iter().all(u8::is_ascii_digit)
}

/// Codes hold no blank inside, no run of three digits and no lower-case word.
fn is_code(bytes: &[u8]) -> bool {
    let (mut digits, mut lower) = (0, 0);
    for byte in bytes {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        lower = if byte.is_ascii_lowercase() { lower + 1 } else { 0 };
        if digits == 3 || lower == 3 || byte.is_ascii_whitespace() {
            return false;
        }
    }
    true
}

/// Spreadsheets turn `27701` into `27701.0`.
fn without_point_zero(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b".0").unwrap_or(bytes)
}

/// Without ASCII white space at both ends; quick for values that have none.
fn trim(value: &str) -> &str {
    match value.as_bytes() {
        [first, .., last] if *first > b' ' && *last > b' ' => value,
        _ => value.trim_ascii(),
    }
}

/// `ALAMANCE, ALEXANDER, ALLEGHANY, …`. Names may have numbers as aliases, and numbers names: of what most are.
fn first_few(words: &BTreeSet<String>) -> String {
    const SHOWN: usize = 3;
    let more = (words.len() > SHOWN).then_some("…");
    let is_written = |word: &&String| word.chars().any(char::is_alphabetic);
    let written = words.iter().filter(is_written).count();
    let most_are = written * 2 >= words.len();
    // Nought stands for "no county" in many lists.
    let is_telling = |word: &&String| is_written(word) == most_are && !word.trim_matches('0').is_empty();
    let telling = words.iter().filter(is_telling).take(SHOWN).map(String::as_str);
    telling.chain(more).collect::<Vec<_>>().join(", ")
}

/// A set of upper-case words, looked up by borrowed text of any case. Blanks, hyphens, points and apostrophes do not
/// count: `DeKalb` is `DE KALB`.
#[derive(Debug, Clone)]
struct Words {
    buckets: Vec<Vec<Box<[u8]>>>,
    count: usize,
}

impl Words {
    const BUCKETS: usize = 256;

    fn new(words: &BTreeSet<String>) -> Self {
        let mut buckets = vec![Vec::new(); if words.is_empty() { 0 } else { Self::BUCKETS }];
        for word in words {
            let whole = word.trim().to_uppercase();
            let squeezed = squeeze(&whole);
            for form in BTreeSet::from([whole, squeezed]) {
                let form: Box<[u8]> = form.into_bytes().into();
                buckets[Self::bucket(&form)].push(form);
            }
        }
        Words { buckets, count: words.len() }
    }

    /// `word` without white space at its ends.
    fn contains(&self, word: &str) -> bool {
        self.count > 0 && (self.has(word.as_bytes()) || self.has(squeeze(&word.to_uppercase()).as_bytes()))
    }

    fn has(&self, word: &[u8]) -> bool {
        self.buckets.get(Self::bucket(word)).is_some_and(|bucket| bucket.iter().any(|known| **known == *word))
    }

    fn bucket(word: &[u8]) -> usize {
        let at = |index: usize| usize::from(word.get(index).copied().unwrap_or(0));
        (at(0) * 31 + at(1) * 17 + at(word.len() / 2) * 7 + at(word.len().wrapping_sub(1)) * 3 + word.len())
            % Self::BUCKETS
    }
}

fn squeeze(word: &str) -> String {
    word.chars().filter(|character| !matches!(character, ' ' | '-' | '.' | '\'')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn check(rule: &Check, good: &[&str], bad: &[&str]) {
        let rule = Rule::new(rule);
        for value in good {
            assert!(rule.holds(trim(value)), "{rule:?} should take {value}");
        }
        for value in bad {
            assert!(!rule.holds(trim(value)), "{rule:?} should not take {value}");
        }
    }

    #[test]
    fn ids() {
        let id = Check::Id { letters: 1..4, digits: 1..13, punctuation: vec![] };
        check(
            &id,
            &["AB123456", "A1", " KD100000 "],
            &["123", "ABCD1", "A", "AB12-3", "SMITH", "A1B", "1980-01-01"],
        );
        let pennsylvania = Check::Id { letters: 0..1, digits: 9..12, punctuation: vec![b'-'] };
        check(&pennsylvania, &["000012345-01", "00001234501"], &["A00012345-01", "1-2", "000012345/01"]);
    }

    #[test]
    fn known_values_in_any_case() {
        let one_of = |words| Check::OneOf { what: "a county name", words };
        let counties = one_of(words(&["NEW HANOVER", "DURHAM", "LEE", "DOÑA ANA"]));
        check(
            &counties,
            &["DURHAM", "Durham", "new hanover ", "LEE", "Doña Ana"],
            &["DURHA", "DURHAM X", "NEW\tHANOVER", "NEW,HANOVER", "É"],
        );
        check(&one_of(BTreeSet::new()), &[], &["DURHAM"]);
    }

    #[test]
    fn postal_codes() {
        check(
            &Check::Zip,
            &["27701", "277011234", "27701-1234", "2138", "27701.0", "02138-0001"],
            &["2770A", "27", "2770112345", "27701 1234", "NC", "27701-12", "-1234"],
        );
    }

    #[test]
    fn years_ages_and_states() {
        check(&Check::Year, &["1800", "1999", "2100", "1980.0"], &["1799", "2101", "80", "19800", "198X"]);
        check(&Check::Age, &["0", "103", "45.0"], &["1980", "4X"]);
        check(&Check::StateAbbreviation, &["NC", "nc"], &["N", "N1", "NCX", "É"]);
    }

    #[test]
    fn codes_by_shape_or_by_list() {
        let code = Check::Code { known: words(&["NO PARTY"]), width_max: 3 };
        check(&code, &["DEM", "de", "A1", "no party", "NO PARTY"], &["DEMO", "277", "A B", "ave"]);
    }

    #[test]
    fn widths_count_characters_and_not_trailing_blanks() {
        check(&Check::Width(4), &["JOSÉ", "JOSE   "], &["JOSEÉ", "JOSEF"]);
    }

    #[test]
    fn dates_and_masks() {
        let date = Check::Date {
            formats: vec!["%m/%d/%Y".into(), "%Y-%m-%d".into()],
            null_dates: vec!["##/##/####".into()],
        };
        check(&date, &["01/31/2020", "2020-01-31", "##/##/####"], &["31/01/2020", "##", "SMITH", "27701"]);
    }
}
