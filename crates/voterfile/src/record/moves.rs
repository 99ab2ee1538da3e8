//! Whether values moved by one place: how likely a row is as it stands, and how likely with its values put back.
//!
//! A value is as likely as it is often behind its neighbor, else as it is often in its column, else as its shape is. What
//! the row itself gave to the census is taken off. Undoing a move must make the row many times likelier than it is: a row
//! of a place that no other row has is unlikely either way, and stays.

use super::census::{Census, EDGE, EMPTY, INSEPARABLE, Shape, Standing, joined_hash, value_hash, values};
use super::split::Fields;
use crate::format::FieldRun;
use std::ops::Range;

/// How much likelier (as a natural logarithm) a row must be with its values put back.
const GAIN_MIN: f64 = 8.0;

/// The same where two pieces are joined to a value that others have: no accident makes one of them.
const JOINED_GAIN_MIN: f64 = 5.0;

/// Of what is seen in the place where a value is put back, this much counts for nothing: damage elsewhere looks alike.
const ACCIDENTS: u32 = 2;

/// One other row that stands alike is no witness for this one: what breaks a row breaks a second in the same way.
const TWIN: u32 = 1;
/// In a list of fewer rows than this, two alike are often all that there is of a place, a household even.
const TWIN_ROWS_MIN: u32 = 1_000;

/// What it costs to take a value from outside the run, or to lose one, as a natural logarithm.
const LOST: f64 = -2.0;

/// How fields of a run moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    /// Fields between which values moved, the ends included.
    pub from: usize,
    pub to: usize,
    pub kind: MoveKind,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MoveKind {
    Left,
    Right,
    /// A value fell into two, and those beside it moved.
    Split,
    /// Nothing moved, but a date and the description behind it are of different rows.
    Dates,
}

impl Census {
    /// The move by one place that explains why values of this run stand as in no other row.
    pub(super) fn moved(&self, fields: Fields<'_>, run: &FieldRun) -> Option<Move> {
        let twin = if self.rows() < TWIN_ROWS_MIN { 0 } else { TWIN };
        let own = match self.standing(fields, run) {
            Standing::Agreed => return None,
            Standing::Rare => 1 + twin,
            Standing::Unseen => twin,
        };
        let other_date = run.fields.clone().skip(1).find(|field| {
            let (date, text) = (fields.get(field - 1).trim_ascii(), fields.get(*field).trim_ascii());
            let pair = || self.pair(*field, value_hash(date), value_hash(text));
            is_date(date)
                && text.get(..date.len()).is_some_and(|start| is_date(start) && start != date)
                && pair() < ACCIDENTS + own
        });
        if let Some(field) = other_date {
            return Some(Move { from: field - 1, to: field, kind: MoveKind::Dates });
        }
        Row::new(self, fields, &run.fields, own).moved()
    }
}

/// `11/08/2022`.
fn is_date(value: &str) -> bool {
    value.len() == 10
        && value.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b'/',
            _ => byte.is_ascii_digit(),
        })
}

/// One run of a row beside the census. Place 0 is the edge before the run.
struct Row<'c> {
    census: &'c Census,
    run: &'c Range<usize>,
    /// How often this row itself is in the counts, and a twin with it.
    own: u32,
    rows: f64,
    values: Vec<u64>,
    shapes: Vec<Shape>,
    /// Values joined with the next one.
    joined: Vec<(u64, Shape)>,
    before: u64,
}

/// Sums of logarithms up to each place.
struct Sums(Vec<f64>);

impl Sums {
    fn new(count: usize, at: impl Fn(usize) -> f64) -> Self {
        let mut sums = vec![0.0; count + 1];
        for place in 0..count {
            sums[place + 1] = sums[place] + at(place);
        }
        Sums(sums)
    }

    /// Of the places from `from` up to before `to`.
    fn of(&self, from: usize, to: usize) -> f64 {
        if from < to { self.0[to] - self.0[from] } else { 0.0 }
    }
}

impl<'c> Row<'c> {
    fn new(census: &'c Census, fields: Fields<'_>, run: &'c Range<usize>, own: u32) -> Self {
        let mut shapes = vec![Shape::Other];
        shapes.extend(run.clone().map(|field| Shape::of(fields.get(field))));
        shapes.push(Shape::Other);
        let mut joined = vec![(EMPTY, Shape::Empty)];
        joined.extend(run.clone().map(|field| {
            let (left, right) = (fields.get(field), fields.get(field + 1));
            if field + 1 == run.end || left.trim_ascii().is_empty() || right.trim_ascii().is_empty() {
                return (EMPTY, Shape::Empty);
            }
            (joined_hash(left, right), Shape::Phrase)
        }));
        Row {
            census,
            run,
            own,
            rows: f64::from(census.rows()),
            values: values(fields, run),
            shapes,
            joined,
            before: run.start.checked_sub(1).map_or(EDGE, |field| value_hash(fields.get(field))),
        }
    }

    /// The field of a place.
    fn field(&self, at: usize) -> usize {
        self.run.start + at - 1
    }

    fn less_own(&self, count: u32) -> u32 {
        count.saturating_sub(self.own)
    }

    /// How likely a value is in a place whatever stands before it; `off` is taken from each count.
    fn likely_alone(&self, at: usize, value: u64, shape: Shape, off: u32) -> f64 {
        let field = self.field(at);
        let alone = self.less_own(self.census.alone(field, value)).saturating_sub(off);
        let shaped = self.less_own(self.census.shaped(field, shape)).saturating_sub(off);
        let by_shape = (f64::from(shaped) + 0.1) / (self.rows + 1.0);
        (f64::from(alone) + 0.1 * by_shape) / (self.rows + 1.0)
    }

    /// The logarithm of how likely a value is behind another one.
    fn likely(&self, at: usize, left: u64, (value, shape): (u64, Shape), off: u32) -> f64 {
        let pair = self.less_own(self.census.pair(self.field(at), left, value)).saturating_sub(off);
        let lefts = match at {
            1 => self.census.rows(),
            _ => self.census.alone(self.field(at - 1), left),
        };
        let lefts = self.less_own(lefts).max(pair);
        let alone = self.likely_alone(at, value, shape, off);
        ((f64::from(pair) + alone) / (f64::from(lefts) + 1.0)).ln()
    }

    fn at(&self, at: usize) -> (u64, Shape) {
        (self.values[at], self.shapes[at])
    }

    /// Whether the joined pieces are a value that other rows have there, much oftener than they have the first piece.
    fn is_whole(&self, at: usize, joined: u64) -> bool {
        let field = self.field(at);
        let whole = self.less_own(self.census.alone(field, joined)).saturating_sub(ACCIDENTS);
        whole > 0 && whole >= 2 * self.less_own(self.census.alone(field, self.values[at]))
    }

    /// Whether no other row has a value of this shape there.
    fn is_unlike(&self, at: usize) -> bool {
        self.less_own(self.census.shaped(self.field(at), self.shapes[at])) <= ACCIDENTS
    }

    fn moved(&self) -> Option<Move> {
        let last = self.values.len() - 2;
        let empty = (EMPTY, Shape::Empty);
        let inside = |at: usize| (1..=last).contains(&at);
        let as_is = Sums::new(last + 1, |at| match at {
            0 => 0.0,
            _ => self.likely(at, self.values[at - 1], self.at(at), 0),
        });
        if as_is.of(1, last + 1) > -JOINED_GAIN_MIN {
            return None;
        }
        // Each value one place further left, and right, behind its own neighbor.
        let to_left = Sums::new(last + 1, |at| match inside(at) && inside(at + 1) {
            true => self.likely(at, self.values[at], self.at(at + 1), ACCIDENTS),
            false => 0.0,
        });
        let to_right = Sums::new(last + 1, |at| match at > 1 && inside(at) {
            true => self.likely(at, self.values[at - 2], self.at(at - 1), ACCIDENTS),
            false => 0.0,
        });
        let mut best: Option<(f64, Move)> = None;
        let mut weigh = |gain: f64, from: usize, to: usize, kind: MoveKind| {
            let needed = if kind == MoveKind::Split { JOINED_GAIN_MIN } else { GAIN_MIN };
            if gain >= needed && best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, Move { from: self.field(from), to: self.field(to), kind }));
            }
        };
        // What stands behind the move, given what is now before it.
        let behind = |to: usize, left: u64| match inside(to + 1) {
            true => self.likely(to + 1, left, self.at(to + 1), 0),
            false => 0.0,
        };
        // A value lost at `to`, an empty one nearly always.
        let lost_at = |to: usize, left: u64| {
            let lost = self.likely(to, left, empty, ACCIDENTS) + behind(to, EMPTY);
            let unknown = match inside(to + 1) {
                true => {
                    let (value, shape) = self.at(to + 1);
                    LOST * 3.0 + self.likely_alone(to + 1, value, shape, 0).ln()
                }
                false => LOST,
            };
            lost.max(unknown)
        };
        // An empty value lost at `from`; at the run's start another one may have left it.
        let lost_from = |from: usize| {
            let lost = self.likely(from, self.values[from - 1], empty, ACCIDENTS);
            if from == 1 { lost.max(LOST) } else { lost }
        };
        for from in 1..=last {
            let left = if from == 1 { self.before } else { self.values[from - 1] };
            let is_twin = self.values[from] != EMPTY
                && (self.values.get(from + 1) == Some(&self.values[from]) || self.values[from] == left);
            let stray = match self.values[from] {
                EMPTY => Some(0.0),
                // A value too many is no reason by itself, unless no other row has its like there.
                _ if is_twin && self.is_unlike(from) => Some(0.0),
                _ if is_twin => Some(as_is.of(from, from + 1)),
                _ if from == 1 => Some(as_is.of(from, from + 1) + LOST),
                _ => None,
            };
            let (joined, joined_shape) = self.joined[from];
            let is_split = joined != EMPTY && self.is_whole(from, joined);
            for to in from + 1..=last {
                let was = as_is.of(from, (to + 2).min(last + 1));
                let moves_something =
                    (is_twin && self.is_unlike(from)) || (from + 1..=to).any(|at| self.values[at] != EMPTY);
                if let Some(stray) = stray
                    && moves_something
                {
                    // What stands from `from + 1` to `to` belongs one place to the left.
                    let first = self.likely(from, self.values[from - 1], self.at(from + 1), ACCIDENTS);
                    let is = first + to_left.of(from + 1, to) + lost_at(to, self.values[to]);
                    weigh(is - was + stray, from, to, MoveKind::Right);
                }
                if is_split {
                    // The value at `from` fell into two.
                    let whole = self.likely(from, self.values[from - 1], (joined, joined_shape), ACCIDENTS);
                    let is = match to == from + 1 {
                        true => whole + lost_at(to, joined),
                        false => {
                            whole
                                + self.likely(from + 1, joined, self.at(from + 2), ACCIDENTS)
                                + to_left.of(from + 2, to)
                                + lost_at(to, self.values[to])
                        }
                    };
                    weigh(is - was, from, to, MoveKind::Split);
                }
                let stray = match self.values[to] {
                    EMPTY => Some(0.0),
                    value if value == self.values[to - 1] => Some(as_is.of(to, to + 1)),
                    _ if to == last => Some(as_is.of(to, to + 1) + LOST),
                    _ => None,
                };
                if let Some(stray) = stray
                    && (from..to).any(|at| self.values[at] != EMPTY)
                {
                    // What stands from `from` to `to - 1` belongs one place to the right.
                    let first = self.likely(from + 1, EMPTY, self.at(from), ACCIDENTS);
                    // Or a value was lost that nobody knows.
                    let (value, shape) = self.at(from);
                    let unknown = LOST * 3.0 + self.likely_alone(from + 1, value, shape, ACCIDENTS).ln();
                    let is = (lost_from(from) + first).max(unknown)
                        + to_right.of(from + 2, to + 1)
                        + behind(to, self.values[to - 1]);
                    weigh(is - was + stray, from, to, MoveKind::Left);
                }
                let (joined, joined_shape) = self.joined[to - 1];
                if joined != EMPTY && self.is_whole(to, joined) {
                    // The value at `to` fell into two, and an empty one before it was lost.
                    let is = lost_from(from)
                        + match to == from + 1 {
                            true => self.likely(to, EMPTY, (joined, joined_shape), ACCIDENTS),
                            false => {
                                self.likely(from + 1, EMPTY, self.at(from), ACCIDENTS)
                                    + to_right.of(from + 2, to)
                                    + self.likely(to, self.values[to - 2], (joined, joined_shape), ACCIDENTS)
                            }
                        }
                        + behind(to, joined);
                    weigh(is - was, from, to, MoveKind::Split);
                }
            }
        }
        best.map(|(_, found)| found).or_else(|| self.cut_off())
    }

    /// The last value of a row is missing though its neighbor never stands alone: the row was cut, or moved there.
    fn cut_off(&self) -> Option<Move> {
        let [.., left, EMPTY, EDGE] = self.values.as_slice() else { return None };
        let at = self.values.len() - 2;
        let is_cut = *left != EMPTY
            && at > 1
            && self.census.alone(self.field(at - 1), *left) >= INSEPARABLE
            && self.less_own(self.census.pair(self.field(at), *left, EMPTY)) == 0;
        is_cut.then_some(Move { from: self.run.end - 1, to: self.run.end - 1, kind: MoveKind::Right })
    }
}
