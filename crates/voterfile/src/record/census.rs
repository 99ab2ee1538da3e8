//! Which values stand beside which in the columns that no rule knows by sight: districts, precincts, their names.
//!
//! A row that moved by one place inside such columns breaks no rule: a district's name is a text like any other. But its
//! neighbors give it away. Voters who live together have the same districts, so what stands beside what comes again and
//! again in a list; the pairs of a moved row do not, while its values, put back by one place, do. Both are needed before
//! a row is held back. A pair that was never seen is no fault: redistricting, a new precinct, another way of writing.

use super::split::Fields;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// How often values were seen beside each other in the sampled rows of one file. See [`CensusTaker`](super::CensusTaker).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    seen: HashMap<u64, u32, BuildHasherDefault<Ready>>,
}

/// Seen this often, a pair of values is no accident: a row's own pair was seen once, by itself.
const KNOWN: u32 = 2;

/// Seen beside a filled neighbor this often and never beside an empty one, a value has a partner that it cannot lack.
const INSEPARABLE: u32 = 8;

/// Longest suffix, in bytes, that is counted.
const SUFFIX_LENGTH_MAX: usize = 4;

/// Most different pairs that are counted, so that memory stays bounded whatever the file holds.
const PAIRS_MAX: usize = 1 << 20;

/// Stands before the first and after the last field of a run.
const EDGE: u64 = 1;

/// A field that has no value.
const EMPTY: u64 = 0;

/// How fields of a run moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    /// Fields between which values moved, the ends included.
    pub from: usize,
    pub to: usize,
    /// Towards the end of the row.
    pub is_right: bool,
}

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

impl Census {
    /// Counts what stands beside what in one row.
    pub(super) fn add(&mut self, fields: Fields<'_>, runs: &[Range<usize>]) {
        for run in runs {
            let values = values(fields, run);
            for (at, pair) in values.windows(2).enumerate() {
                self.count(key(run.start + at, pair[0], pair[1]));
            }
            for (at, value) in values[1..values.len() - 1].iter().enumerate() {
                self.count(key(run.start + at, *value, ALONE));
            }
        }
    }

    /// Counts a suffix and the name before it, when that is as short as suffixes are.
    pub(super) fn add_suffix(&mut self, fields: Fields<'_>, suffix: usize) {
        for place in [suffix - 1, suffix] {
            let value = fields.get(place).trim_ascii();
            if !value.is_empty() && value.len() <= SUFFIX_LENGTH_MAX {
                self.count(key(place, value_hash(value), ALONE));
            }
        }
    }

    /// Whether the suffix is no suffix, but a name that other voters have: `ANN` behind `MARIA`, which moved there with the
    /// first half of `DE LA CRUZ`. A word that nobody else has is kept: clerks write many things.
    pub(super) fn is_name_in_suffix(&self, fields: Fields<'_>, suffix: usize) -> bool {
        let value = fields.get(suffix).trim_ascii();
        if value.is_empty() || is_suffix_word(value) {
            return false;
        }
        let hash = value_hash(value);
        hash != EMPTY
            && self.of(suffix, hash, ALONE) < KNOWN
            && self.of(suffix - 1, hash, ALONE) >= INSEPARABLE
    }

    fn count(&mut self, key: u64) {
        let is_full = self.seen.len() >= PAIRS_MAX;
        match self.seen.get_mut(&key) {
            Some(count) => *count = count.saturating_add(1),
            None if is_full => {}
            None => {
                self.seen.insert(key, 1);
            }
        }
    }

    fn of(&self, place: usize, left: u64, right: u64) -> u32 {
        self.seen.get(&key(place, left, right)).copied().unwrap_or(0)
    }

    /// The move by one place that explains why values of this run stand beside each other as in no other row.
    pub(super) fn moved(&self, fields: Fields<'_>, run: &Range<usize>) -> Option<Move> {
        let values = values(fields, run);
        // `values[at]` is the field `run.start + at - 1`; `pairs[at]` is the one of `at` and the next.
        let count = values.len();
        let pair = |place: usize, left: u64, right: u64| self.of(run.start + place, left, right) >= KNOWN;
        let stands: Vec<bool> = (0..count - 1).map(|at| pair(at, values[at], values[at + 1])).collect();
        let strange = stands.iter().filter(|is_known| !**is_known).count();
        if strange == 0 {
            return None;
        }
        self.cut_off(&values, run).or_else(|| {
            let before = run.start.checked_sub(1).map_or(EDGE, |field| value_hash(fields.get(field)));
            let alone = |place: usize, value: u64| {
                self.of((run.start + place).saturating_sub(1), value, ALONE) >= KNOWN
            };
            let is_word: Vec<bool> = (0..count)
                .map(|at| at > 0 && at + 1 < count && is_word(fields.get(run.start + at - 1)))
                .collect();
            let guesses = hypotheses(&values, before, &stands, &is_word, pair, alone);
            // Either everything is as in other rows, or at least much more of it; or the values are, where the place is so
            // rare that no pair of it was seen.
            let best = guesses
                .filter(|guess| {
                    guess.strange == 0
                        || (guess.strange * 3 <= strange && strange - guess.strange >= 3)
                        || (guess.mended >= 2 && guess.broken * 3 <= guess.mended)
                })
                .max_by_key(|guess| {
                    (guess.mended.saturating_sub(guess.broken), std::cmp::Reverse(guess.strange))
                });
            let best = best?;
            Some(Move {
                from: run.start + best.from - 1,
                to: run.start + best.to - 1,
                is_right: best.is_right,
            })
        })
    }

    /// The last value of a row is missing though its neighbor never stands alone: the row was cut, or moved there.
    fn cut_off(&self, values: &[u64], run: &Range<usize>) -> Option<Move> {
        let [.., left, EMPTY, EDGE] = values else { return None };
        let at = values.len() - 3;
        let is_cut = *left != EMPTY
            && self.of(run.start + at - 1, *left, ALONE) >= INSEPARABLE
            && self.of(run.start + at, *left, EMPTY) < KNOWN;
        is_cut.then_some(Move { from: run.end - 1, to: run.end - 1, is_right: true })
    }
}

/// Stands in a key in place of a neighbor: how often a value was seen at all.
const ALONE: u64 = 2;

/// Words that stand behind names, though some (`V`, `MD`) are names as well.
fn is_suffix_word(value: &str) -> bool {
    const WORDS: [&str; 25] = [
        "JR", "SR", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "1ST", "2ND", "3RD", "4TH",
        "5TH", "6TH", "MD", "DDS", "DR", "ESQ", "PHD", "REV", "RET",
    ];
    let bare = value.strip_suffix('.').unwrap_or(value);
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(bare))
}

/// One move by one place, undone.
struct Guess {
    from: usize,
    to: usize,
    is_right: bool,
    /// Pairs that no other row has, after the values were put back.
    strange: usize,
    /// Weight of the values that no other row has where they stand, but others have where they are put back; and the reverse.
    mended: usize,
    broken: usize,
}

/// Every move by one place inside a run that puts at least one filled value where its kind was seen.
fn hypotheses<'v>(
    values: &'v [u64],
    before: u64,
    stands: &'v [bool],
    is_word: &'v [bool],
    pair: impl Fn(usize, u64, u64) -> bool + Copy + 'v,
    alone: impl Fn(usize, u64) -> bool + Copy + 'v,
) -> impl Iterator<Item = Guess> + 'v {
    let count = values.len();
    // Sums up to a place, so that each guess costs no more than a few additions.
    let sums = move |at: &dyn Fn(usize) -> bool| -> Vec<(usize, usize)> {
        let mut sums = vec![(0, 0); count + 1];
        for place in 0..count {
            let (known, strange) = sums[place];
            sums[place + 1] = if at(place) { (known + 1, strange) } else { (known, strange + 1) };
        }
        sums
    };
    let as_is = sums(&|at| at + 1 >= count || stands[at]);
    // Pairs one place to the left and one to the right of where they stand.
    let to_left = sums(&|at| at + 2 < count && pair(at, values[at + 1], values[at + 2]));
    let to_right = sums(&|at| at > 0 && at + 1 < count && pair(at, values[at - 1], values[at]));
    let strange_in = |sums: &[(usize, usize)], from: usize, to: usize| {
        if from < to { sums[to].1 - sums[from].1 } else { 0 }
    };
    // What each value gains by standing one place further left, or right.
    let gains = |by: isize| -> Vec<(usize, usize)> {
        let mut sums = vec![(0, 0); count + 1];
        for at in 0..count {
            let (mended, broken) = sums[at];
            let target = at.checked_add_signed(by).filter(|target| (1..count - 1).contains(target));
            let weighs = values[at] != EMPTY && (1..count - 1).contains(&at);
            sums[at + 1] = match target.filter(|_| weighs) {
                // A value that stands twice (`EDEN` in `EDEN`, both new) gains nothing from a move into itself.
                Some(target) if values[target] != values[at] => {
                    match (alone(at, values[at]), alone(target, values[at])) {
                        (false, true) => (mended + 1 + usize::from(is_word[at]), broken),
                        (true, false) => (mended, broken + 1),
                        _ => (mended, broken),
                    }
                }
                _ => (mended, broken),
            };
        }
        sums
    };
    let (left_gain, right_gain) = (gains(-1), gains(1));
    let gain = |sums: &[(usize, usize)], from: usize, to: usize| {
        (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1)
    };
    let last = count - 2;
    let mut guesses = Vec::new();
    for from in 1..=last {
        // A stray cell at `from`: empty, or a value that stands twice.
        let left = if from == 1 { before } else { values[from - 1] };
        let is_twin = values[from] != EMPTY && (values[from] == values[from + 1] || values[from] == left);
        for to in from + 1..=last {
            let differs = values[from..=to].windows(2).any(|pair| pair[0] != pair[1]);
            let moves_something = (from + 1..=to).any(|at| values[at] != EMPTY);
            let is_change = differs || (!alone(to, values[to]) && alone(from, values[from]));
            if is_change && (is_twin || (values[from] == EMPTY && moves_something)) {
                // The values from `from + 1` to `to` belong one place to the left; what stood at `to` is lost.
                let joins = pair(from - 1, values[from - 1], values[from + 1]);
                let (mended, broken) = gain(&left_gain, from + 1, to + 1);
                let strange = strange_in(&as_is, 0, from - 1)
                    + usize::from(!joins)
                    + strange_in(&to_left, from, to - 1)
                    + strange_in(&as_is, to + 1, count - 1);
                guesses.push(Guess { from, to, is_right: true, strange, mended, broken });
            }
            let is_stray = values[to] == EMPTY || values[to] == values[to - 1];
            let is_change = differs || (!alone(from, values[from]) && alone(to, values[to]));
            if is_change && is_stray && (from..to).any(|at| values[at] != EMPTY) {
                // The values from `from` to `to - 1` belong one place to the right; what stood at `from` is lost.
                let joins = pair(to, values[to - 1], values[to + 1]);
                let (mended, broken) = gain(&right_gain, from, to);
                let strange = strange_in(&as_is, 0, from - 1)
                    + strange_in(&to_right, from + 1, to)
                    + usize::from(!joins)
                    + strange_in(&as_is, to + 1, count - 1);
                guesses.push(Guess { from, to, is_right: false, strange, mended, broken });
            }
        }
    }
    guesses.into_iter()
}

/// Whether the value is a name rather than a code: it holds a word of four letters.
fn is_word(value: &str) -> bool {
    value.as_bytes().windows(4).any(|letters| letters.iter().all(u8::is_ascii_alphabetic))
}

/// Hashes of the values of a run, between two edges.
fn values(fields: Fields<'_>, run: &Range<usize>) -> Vec<u64> {
    let mut values = Vec::with_capacity(run.len() + 2);
    values.push(EDGE);
    values.extend(run.clone().map(|field| value_hash(fields.get(field))));
    values.push(EDGE);
    values
}

/// White space, case, and letters outside ASCII do not count: a sampled row is not decoded.
fn value_hash(value: &str) -> u64 {
    let mut plain = [0; 64];
    let mut length = 0;
    for byte in value.bytes().filter(|byte| byte.is_ascii_graphic()).take(plain.len()) {
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
