//! Which values stand beside which in the columns that no rule knows by sight: districts, precincts, their names.
//!
//! A row that moved by one place inside such columns breaks no rule: a district's name is a text like any other. But its
//! neighbors give it away. Voters who live together have the same districts, so what stands beside what comes again and
//! again in a list; the pairs of a moved row do not, while its values, put back by one place, do. A row is held back only
//! if its values put back are much more likely than as they stand ([`moves`](super::moves)). A value that was never seen
//! is no fault: redistricting, a new precinct, another way of writing.

use super::split::Fields;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// How often values were seen beside each other in the sampled rows of one file. See [`CensusTaker`](super::CensusTaker).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Pairs of neighbors, values alone, and their shapes.
    seen: Counts,
    /// Whole runs.
    whole: Counts,
    /// Rows counted.
    rows: u32,
}

type Counts = HashMap<u64, u32, BuildHasherDefault<Ready>>;

/// Rows that agree with each other are right: voters of one place. Damage of one kind does not hit one place so often.
pub(super) const AGREEING: u32 = 3;

/// Seen this often, a value is no accident: a row's own value was seen once, by itself.
const KNOWN: u32 = 2;

/// Seen beside a filled neighbor this often and never beside an empty one, a value has a partner that it cannot lack.
pub(super) const INSEPARABLE: u32 = 8;

/// Longest suffix, in bytes, that is counted.
const SUFFIX_LENGTH_MAX: usize = 4;

/// Most different pairs that are counted, so that memory stays bounded whatever the file holds.
const PAIRS_MAX: usize = 1 << 20;

/// Most different runs whose rows are counted together.
const RUNS_MAX: usize = 1 << 16;

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

/// A census being taken. Equal runs are counted as one, and their pairs only at the end: a list has few of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    census: Census,
    /// Where in `runs` each stands.
    places: HashMap<u64, usize, BuildHasherDefault<Ready>>,
    runs: Vec<Run>,
}

#[derive(Debug, Clone)]
struct Run {
    start: usize,
    times: u32,
    values: Vec<u64>,
    shapes: Vec<Shape>,
}

impl Draft {
    /// Counts what stands beside what in one row.
    pub fn add(&mut self, fields: Fields<'_>, runs: &[Range<usize>]) {
        self.census.rows = self.census.rows.saturating_add(1);
        for run in runs {
            let Some(whole) = run_hash(fields, run) else { continue };
            let times = self.census.whole.entry(whole).or_insert(0);
            *times = times.saturating_add(1);
            if let Some(at) = self.places.get(&whole) {
                self.runs[*at].times += 1;
                continue;
            }
            let new = Run {
                start: run.start,
                times: 1,
                values: values(fields, run),
                shapes: run.clone().map(|field| Shape::of(fields.get(field))).collect(),
            };
            if self.runs.len() < RUNS_MAX {
                self.places.insert(whole, self.runs.len());
                self.runs.push(new);
            } else {
                // A list of so many places is counted row by row, and its whole runs no longer.
                if self.census.whole.len() > 2 * RUNS_MAX {
                    self.census.whole.remove(&whole);
                }
                self.census.add(&new);
            }
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

    /// The census.
    pub fn finish(mut self) -> Census {
        for run in &self.runs {
            self.census.add(run);
        }
        self.census
    }
}

impl Census {
    fn add(&mut self, run: &Run) {
        for (at, pair) in run.values.windows(2).enumerate() {
            self.count(key(run.start + at, pair[0], pair[1]), run.times);
        }
        for (at, (value, shape)) in run.values[1..].iter().zip(&run.shapes).enumerate() {
            self.count(key(run.start + at, *value, ALONE), run.times);
            self.count(key(run.start + at, shape.number(), SHAPE), run.times);
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

    /// How often `right` was seen behind `left`; `place` is the field of `right`.
    pub(super) fn pair(&self, place: usize, left: u64, right: u64) -> u32 {
        self.of(key(place, left, right))
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

    /// How many rows have the same values in the whole run.
    pub(super) fn agreeing(&self, whole: u64) -> u32 {
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

/// A hash of all bytes of a run; none where the row is too short for it.
pub(super) fn run_hash(fields: Fields<'_>, run: &Range<usize>) -> Option<u64> {
    let (first, last) = (fields.spans.get(run.start)?, fields.spans.get(run.end - 1)?);
    let bytes = fields.text.as_bytes().get(first.start..last.end).unwrap_or_default();
    Some(xxh3_64_with_seed(bytes, u64::try_from(run.start).unwrap_or(0)))
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
