//! Which values stand beside which in the columns that no rule knows by sight: districts, precincts, their names.
//!
//! A row that moved by one place inside such columns breaks no rule: a district's name is a text like any other. But its
//! neighbors give it away. Voters who live together have the same districts, so what stands beside what comes again and
//! again in a list; the pairs of a moved row do not, while its values, put back by one place, do. A row is held back only
//! if its values put back are much more likely than as they stand ([`moves`](super::moves)). A value that was never seen
//! is no fault: redistricting, a new precinct, another way of writing.

use super::split::Fields;
use crate::format::FieldRun;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// How often values were seen beside each other in the sampled rows of one file. See [`CensusTaker`](super::CensusTaker).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Pairs of neighbors, values alone, and their shapes.
    seen: Counts,
    /// Whole parts of runs.
    whole: Counts,
    /// Rows counted.
    rows: u32,
}

type Counts = HashMap<u64, u32, BuildHasherDefault<Ready>>;

/// Rows that agree with each other are right: voters of one place. Damage of one kind does not hit one place so often.
const AGREEING: u32 = 3;

/// Seen this often, a value is no accident: a row's own value was seen once, by itself.
const KNOWN: u32 = 2;

/// Seen beside a filled neighbor this often and never beside an empty one, a value has a partner that it cannot lack.
pub(super) const INSEPARABLE: u32 = 8;

/// Longest suffix, in bytes, that is counted.
const SUFFIX_LENGTH_MAX: usize = 4;

/// Most different pairs that are counted, so that memory stays bounded whatever the file holds.
const PAIRS_MAX: usize = 1 << 20;

/// Most different parts of runs whose rows are counted together.
const PARTS_MAX: usize = 1 << 16;

/// Stands before the first and after the last field of a run.
pub(super) const EDGE: u64 = 1;

/// A field that has no value.
pub(super) const EMPTY: u64 = 0;

/// Stands in a key in place of a neighbor: how often a value was seen at all.
const ALONE: u64 = 2;

/// Stands in a key in place of a neighbor: how often a value of this shape was seen.
const SHAPE: u64 = 3;

/// Keys are hashes already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A census being taken. Equal parts of runs are counted as one, and their pairs only at the end: a list has few of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    census: Census,
    /// Where in `parts` each stands.
    places: HashMap<u64, usize, BuildHasherDefault<Ready>>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    start: usize,
    times: u32,
    values: Vec<u64>,
    shapes: Vec<Shape>,
}

impl Draft {
    /// Counts what stands beside what in one row.
    pub fn add(&mut self, fields: Fields<'_>, runs: &[FieldRun]) {
        self.census.rows = self.census.rows.saturating_add(1);
        for run in runs {
            for part in parts(run) {
                self.add_part(fields, &part);
            }
            self.census.count(key(run.fields.start, EDGE, value_hash(fields.get(run.fields.start))), 1);
            if run.place > run.fields.start {
                let left = value_hash(fields.get(run.place - 1));
                self.census.count(key(run.place, left, value_hash(fields.get(run.place))), 1);
            }
        }
    }

    fn add_part(&mut self, fields: Fields<'_>, part: &Range<usize>) {
        let Some(whole) = hash_of(fields, part) else { return };
        if let Some(at) = self.places.get(&whole) {
            self.parts[*at].times += 1;
            return;
        }
        let new = Part {
            start: part.start,
            times: 1,
            values: part.clone().map(|field| value_hash(fields.get(field))).collect(),
            shapes: part.clone().map(|field| Shape::of(fields.get(field))).collect(),
        };
        if self.parts.len() < PARTS_MAX {
            self.places.insert(whole, self.parts.len());
            self.parts.push(new);
        } else {
            // Beyond so many different places each row is counted by itself.
            self.census.add(&new);
        }
    }

    /// Counts a suffix and the name before it, when that is as short as suffixes are.
    pub fn add_suffix(&mut self, fields: Fields<'_>, suffix: usize) {
        for place in [suffix - 1, suffix] {
            let value = fields.get(place).trim_ascii();
            if !value.is_empty() && value.len() <= SUFFIX_LENGTH_MAX {
                self.census.count(key(place, value_hash(value), ALONE), 1);
            }
        }
    }

    /// Counts the residence's city as one that a mailing address may have in `field`.
    pub fn add_city(&mut self, city: &str, field: usize) {
        self.census.count(key(field, value_hash(city), ALONE), 1);
    }

    /// The census.
    pub fn finish(mut self) -> Census {
        for part in &self.parts {
            self.census.add(part);
        }
        self.census.whole =
            self.places.into_iter().map(|(whole, at)| (whole, self.parts[at].times)).collect();
        self.census
    }
}

impl Census {
    fn add(&mut self, part: &Part) {
        for (at, pair) in part.values.windows(2).enumerate() {
            self.count(key(part.start + at + 1, pair[0], pair[1]), part.times);
        }
        for (at, (value, shape)) in part.values.iter().zip(&part.shapes).enumerate() {
            self.count(key(part.start + at, *value, ALONE), part.times);
            self.count(key(part.start + at, shape.number(), SHAPE), part.times);
        }
    }

    fn count(&mut self, key: u64, times: u32) {
        let is_full = self.seen.len() >= PAIRS_MAX;
        match self.seen.get_mut(&key) {
            Some(count) => *count = count.saturating_add(times),
            None if is_full => {}
            None => {
                self.seen.insert(key, times);
            }
        }
    }

    /// Rows counted.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// How often `right` was seen behind `left`; `field` is the one of `right`.
    pub(super) fn pair(&self, field: usize, left: u64, right: u64) -> u32 {
        self.of(key(field, left, right))
    }

    /// How often the value was seen in the field.
    pub(super) fn alone(&self, field: usize, value: u64) -> u32 {
        self.of(key(field, value, ALONE))
    }

    /// How often a value of the shape was seen in the field.
    pub(super) fn shaped(&self, field: usize, shape: Shape) -> u32 {
        self.of(key(field, shape.number(), SHAPE))
    }

    fn of(&self, key: u64) -> u32 {
        self.seen.get(&key).copied().unwrap_or(0)
    }

    /// What other rows say of a whole run.
    pub(super) fn standing(&self, fields: Fields<'_>, run: &FieldRun) -> Standing {
        let mut standing = Standing::Agreed;
        for part in parts(run) {
            let same = hash_of(fields, &part).map_or(0, |whole| self.of_whole(whole));
            // A few flags go together in many ways, so that damaged ones come again sooner.
            let needed = if part.start < run.place { AGREEING.max(self.rows / 1000) } else { AGREEING };
            if same == 0 {
                return Standing::Unseen;
            }
            if same < needed {
                standing = Standing::Rare;
            }
        }
        standing
    }

    fn of_whole(&self, whole: u64) -> u32 {
        self.whole.get(&whole).copied().unwrap_or(0)
    }

    /// Whether the suffix is no suffix, but a name that other voters have: `ANN` behind `MARIA`, which moved there with the
    /// first half of `DE LA CRUZ`. A word that nobody else has is kept: clerks write many things.
    pub(super) fn is_name_in_suffix(&self, fields: Fields<'_>, suffix: usize) -> bool {
        let value = fields.get(suffix).trim_ascii();
        if value.is_empty() || is_suffix_word(value) {
            return false;
        }
        let hash = value_hash(value);
        hash != EMPTY && self.alone(suffix, hash) < KNOWN && self.alone(suffix - 1, hash) >= INSEPARABLE
    }
}

/// What other rows say of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Several rows are the same.
    Agreed,
    /// Few are, and this row may be one of them.
    Rare,
    /// None is.
    Unseen,
}

/// What a value looks like: a column of codes holds no sentence, and a column of numbers no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Empty,
    /// `Y`.
    Letter,
    /// Digits alone: one or two, three or four, more.
    ShortNumber,
    Number,
    LongNumber,
    /// `15A`, `30-2`.
    Code,
    /// A word of four letters or more, alone.
    Word,
    /// Several words or numbers, one of them a word of four letters or more.
    Phrase,
    Other,
}

impl Shape {
    pub fn of(value: &str) -> Self {
        let value = value.trim_ascii().as_bytes();
        let is_digits = value.iter().all(u8::is_ascii_digit);
        let has_word = value.windows(4).any(|letters| letters.iter().all(u8::is_ascii_alphabetic));
        let has_blank = value.contains(&b' ');
        match (value.len(), is_digits, has_word, has_blank) {
            (0, ..) => Shape::Empty,
            (1, false, ..) => Shape::Letter,
            (1 | 2, true, ..) => Shape::ShortNumber,
            (3 | 4, true, ..) => Shape::Number,
            (_, true, ..) => Shape::LongNumber,
            (_, _, true, true) => Shape::Phrase,
            (_, _, true, false) => Shape::Word,
            (..=8, _, false, false) => Shape::Code,
            _ => Shape::Other,
        }
    }

    fn number(self) -> u64 {
        self as u64
    }
}

/// Words that stand behind names, though some (`V`, `MD`) are names as well.
fn is_suffix_word(value: &str) -> bool {
    const WORDS: [&str; 25] = [
        "JR", "SR", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "1ST", "2ND", "3RD", "4TH",
        "5TH", "6TH", "MD", "DDS", "DR", "ESQ", "PHD", "REV", "RET",
    ];
    let bare = value.strip_suffix('.').unwrap_or(value);
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(bare))
}

/// Flags and places, whichever there are.
fn parts(run: &FieldRun) -> impl Iterator<Item = Range<usize>> {
    [run.fields.start..run.place, run.place..run.fields.end].into_iter().filter(|part| !part.is_empty())
}

/// A hash of all bytes of a run; none where the row is too short for it.
pub(super) fn run_hash(fields: Fields<'_>, run: &FieldRun) -> Option<u64> {
    hash_of(fields, &run.fields)
}

fn hash_of(fields: Fields<'_>, part: &Range<usize>) -> Option<u64> {
    let (first, last) = (fields.spans.get(part.start)?, fields.spans.get(part.end - 1)?);
    let bytes = fields.text.as_bytes().get(first.start..last.end).unwrap_or_default();
    Some(xxh3_64_with_seed(bytes, u64::try_from(part.start).unwrap_or(0)))
}

/// Hashes of the values of a run, between two edges.
pub(super) fn values(fields: Fields<'_>, run: &Range<usize>) -> Vec<u64> {
    let mut values = Vec::with_capacity(run.len() + 2);
    values.push(EDGE);
    values.extend(run.clone().map(|field| value_hash(fields.get(field))));
    values.push(EDGE);
    values
}

/// White space, case, and letters outside ASCII do not count: a sampled row is not decoded.
pub(super) fn value_hash(value: &str) -> u64 {
    joined_hash(value, "")
}

/// As [`value_hash`], of two values written as one.
pub(super) fn joined_hash(left: &str, right: &str) -> u64 {
    let mut plain = [0; 64];
    let mut length = 0;
    for byte in left.bytes().chain(right.bytes()).filter(u8::is_ascii_graphic).take(plain.len()) {
        plain[length] = byte.to_ascii_uppercase();
        length += 1;
    }
    match length {
        0 => EMPTY,
        _ => xxh3_64(&plain[..length]),
    }
}

fn key(place: usize, left: u64, right: u64) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX);
    let mixed = (left.rotate_left(23) ^ right).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(place);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ (mixed >> 29)
}
