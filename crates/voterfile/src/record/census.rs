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
            let best = hypotheses(&values, before, &stands, pair).min_by_key(|guess| guess.strange)?;
            // Either everything is as in other rows, or at least much more of it.
            let explains = best.strange == 0 || (best.strange * 3 <= strange && strange - best.strange >= 3);
            explains.then_some(Move {
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

/// One move by one place, undone.
struct Guess {
    from: usize,
    to: usize,
    is_right: bool,
    /// Pairs that no other row has, after the values were put back.
    strange: usize,
}

/// Every move by one place inside a run that puts at least one filled value where its kind was seen.
fn hypotheses<'v>(
    values: &'v [u64],
    before: u64,
    stands: &'v [bool],
    pair: impl Fn(usize, u64, u64) -> bool + Copy + 'v,
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
    let last = count - 2;
    let mut guesses = Vec::new();
    for from in 1..=last {
        // A stray cell at `from`: empty, or a value that stands twice.
        let left = if from == 1 { before } else { values[from - 1] };
        let is_twin = values[from] != EMPTY && (values[from] == values[from + 1] || values[from] == left);
        for to in from + 1..=last {
            let moves_something = (from + 1..=to).any(|at| values[at] != EMPTY);
            if is_twin || (values[from] == EMPTY && moves_something) {
                // The values from `from + 1` to `to` belong one place to the left; what stood at `to` is lost.
                let joins = pair(from - 1, values[from - 1], values[from + 1]);
                let strange = strange_in(&as_is, 0, from - 1)
                    + usize::from(!joins)
                    + strange_in(&to_left, from, to - 1)
                    + strange_in(&as_is, to + 1, count - 1);
                guesses.push(Guess { from, to, is_right: true, strange });
            }
            let is_stray = values[to] == EMPTY || values[to] == values[to - 1];
            if is_stray && (from..to).any(|at| values[at] != EMPTY) {
                // The values from `from` to `to - 1` belong one place to the right; what stood at `from` is lost.
                let joins = pair(to, values[to - 1], values[to + 1]);
                let strange = strange_in(&as_is, 0, from - 1)
                    + strange_in(&to_right, from + 1, to)
                    + usize::from(!joins)
                    + strange_in(&as_is, to + 1, count - 1);
                guesses.push(Guess { from, to, is_right: false, strange });
            }
        }
    }
    guesses.into_iter()
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
