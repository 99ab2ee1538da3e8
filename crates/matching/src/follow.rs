//! Who is who from one list to the next: of the rows that came and the rows that left, those that are one person.

use crate::compare::Comparer;
use crate::decide::{DecisionOptions, OneToOne, Verdict};
use crate::explain::ModelRecord;
use crate::level::{Kind, first};
use crate::prepare::Prepared;
use crate::row::Row;
use crate::run::link;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use xxhash_rust::xxh3::xxh3_64;

/// Of the pairs that only the model links, together so many are to be right.
const PRECISION: f64 = 0.998;
/// And none of them is less likely than this: an identity stays.
const CHANCE_MIN: f64 = 0.95;
/// A pair that is at least so likely and is not linked is told.
const POSSIBLE_MIN: f64 = 0.2;

/// Why a row that came is taken, or may be taken, for one that left.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// They agree exactly on these, and no other row of either side does.
    Exact(&'static str),
    /// The model says so: how likely, and by which levels.
    Likely {
        /// Chance that the two are one person, rivals considered.
        chance: f64,
        /// The levels in words, strongest first.
        levels: String,
    },
}

/// A row that came and one that left.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Row of the left side: who came.
    pub left: u32,
    /// Row of the right side: who left.
    pub right: u32,
    /// Why.
    pub reason: Reason,
}

/// Who was followed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Following {
    /// One person, by left row; each row of either side stands in one at most.
    pub links: Vec<Link>,
    /// Perhaps one person, and not linked; the likeliest of each left row.
    pub possible: Vec<Link>,
}

/// One step of the cascade: what must agree, and whether a birth year alone is enough of a birth date.
struct Step {
    word: &'static str,
    parts: &'static [Part],
    year_is_enough: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Address,
    Birth,
    Sex,
    First,
    Last,
}

/// Name, address, birth date and gender, or all but one of them. Without a day a birth date is one in sixty: name and year
/// without the address, and an address without the name, are left to the model.
const STEPS: [Step; 4] = [
    Step {
        word: "ADGN",
        parts: &[Part::Address, Part::Birth, Part::Sex, Part::First, Part::Last],
        year_is_enough: true,
    },
    Step { word: "ADN", parts: &[Part::Address, Part::Birth, Part::First, Part::Last], year_is_enough: true },
    Step { word: "DGN", parts: &[Part::Birth, Part::Sex, Part::First, Part::Last], year_is_enough: false },
    // With the given name: twins share all of the rest.
    Step { word: "ADG", parts: &[Part::Address, Part::Birth, Part::Sex, Part::First], year_is_enough: false },
];

/// Follows rows from the right side (who left) to the left side (who came). `seed` chooses the model's random pairs.
#[must_use]
pub fn follow(prepared: Prepared, seed: u64) -> Following {
    let mut following = Following::default();
    let mut left: Vec<u32> = numbers(prepared.left.len());
    let mut right: Vec<u32> = numbers(prepared.right.len());
    for step in &STEPS {
        let found = exact(&prepared, step, &left, &right);
        if found.is_empty() {
            continue;
        }
        let mut gone = (vec![false; prepared.left.len()], vec![false; prepared.right.len()]);
        for (one, other) in found {
            (gone.0[one as usize], gone.1[other as usize]) = (true, true);
            following.links.push(Link { left: one, right: other, reason: Reason::Exact(step.word) });
        }
        left.retain(|row| !gone.0[*row as usize]);
        right.retain(|row| !gone.1[*row as usize]);
    }
    if !left.is_empty() && !right.is_empty() {
        likely(&only(prepared, &left, &right), (&left, &right), seed, &mut following);
    }
    following.links.sort_unstable_by_key(|link| link.left);
    following.possible.sort_unstable_by_key(|link| link.left);
    following
}

fn numbers(rows: usize) -> Vec<u32> {
    (0..u32::try_from(rows).expect("fewer than 4 billion rows")).collect()
}

/// The same preparation with these rows alone; values are counted over all.
fn only(mut prepared: Prepared, left: &[u32], right: &[u32]) -> Prepared {
    let width = prepared.values.plain.len();
    let plain = |all: &[u32], rows: &[u32]| -> Vec<u32> {
        rows.iter()
            .flat_map(|row| &all[*row as usize * width..(*row as usize + 1) * width])
            .copied()
            .collect()
    };
    prepared.left_plain = plain(&prepared.left_plain, left);
    prepared.right_plain = plain(&prepared.right_plain, right);
    prepared.left = left.iter().map(|row| prepared.left[*row as usize]).collect();
    prepared.right = right.iter().map(|row| prepared.right[*row as usize]).collect();
    prepared
}

fn likely(prepared: &Prepared, (left, right): (&[u32], &[u32]), seed: u64, following: &mut Following) {
    let options = DecisionOptions { one_to_one: OneToOne::Both, precision: PRECISION };
    let links = link(prepared, options, seed);
    let model = &links.summary.model;
    let record = ModelRecord::new(prepared, model);
    let mut best: HashMap<u32, (f64, Link)> = HashMap::new();
    for decision in &links.decisions {
        let pair = decision.pair;
        let (a, b) = (&prepared.left[pair.left as usize], &prepared.right[pair.right as usize]);
        let accepted = decision.verdict == Verdict::Accept
            && decision.chance >= CHANCE_MIN
            && !differ(u32::from(a.suffix), u32::from(b.suffix))
            // A bride's middle name may be another one now; of namesakes born in one year it tells one from the other.
            && (is_same_day(a.birth, b.birth) || !contradict(prepared, a, b));
        if !accepted && decision.chance < POSSIBLE_MIN {
            continue;
        }
        let reason = Reason::Likely { chance: decision.chance, levels: words(&record.found(pair.pattern)) };
        let link = Link { left: left[pair.left as usize], right: right[pair.right as usize], reason };
        if accepted {
            best.remove(&link.left);
            following.links.push(link);
        } else if best.get(&link.left).is_none_or(|(chance, _)| *chance < decision.chance) {
            best.insert(link.left, (decision.chance, link));
        }
    }
    let taken: std::collections::HashSet<u32> = following.links.iter().map(|link| link.left).collect();
    following
        .possible
        .extend(best.into_values().map(|(_, link)| link).filter(|link| !taken.contains(&link.left)));
}

/// Whether both were born on the same day, as far as that is known to the day.
fn is_same_day(a: u32, b: u32) -> bool {
    a == b && !a.is_multiple_of(100)
}

/// `first_name equal; dob one digit`.
fn words(found: &[(&str, &str)]) -> String {
    found.iter().map(|(comparison, level)| format!("{comparison} {level}")).collect::<Vec<_>>().join("; ")
}

/// Pairs that agree on a step's parts and are alone with it on both sides, unless suffix or middle name contradict.
fn exact(prepared: &Prepared, step: &Step, left: &[u32], right: &[u32]) -> Vec<(u32, u32)> {
    let mut by_key: HashMap<u64, Both, BuildHasherDefault<Hashed>> = HashMap::default();
    for row in right {
        if let Some(key) = key(&prepared.right[*row as usize], step) {
            by_key.entry(key).or_default().right.add(*row);
        }
    }
    for row in left {
        // What is on the left alone is no pair.
        if let Some(key) = key(&prepared.left[*row as usize], step)
            && let Some(both) = by_key.get_mut(&key)
        {
            both.left.add(*row);
        }
    }
    let mut found: Vec<(u32, u32)> = by_key
        .into_values()
        .filter_map(|both| match (both.left, both.right) {
            (Alone::One(left), Alone::One(right)) => Some((left, right)),
            _ => None,
        })
        .filter(|(one, other)| {
            let (a, b) = (&prepared.left[*one as usize], &prepared.right[*other as usize]);
            !contradict(prepared, a, b)
        })
        .collect();
    found.sort_unstable();
    found
}

/// Two suffixes, two units, or two middle names with different initials.
fn contradict(prepared: &Prepared, a: &Row, b: &Row) -> bool {
    let initial = |number: u32| u32::from(prepared.values.middle.bytes(number).first().copied().unwrap_or(0));
    differ(u32::from(a.suffix), u32::from(b.suffix))
        || a.address == b.address && differ(a.unit, b.unit)
        || differ(initial(a.middle), initial(b.middle))
}

/// Both are known and differ.
fn differ(x: u32, y: u32) -> bool {
    x != 0 && y != 0 && x != y
}

/// The hash of a step's values; none when one is missing.
fn key(row: &Row, step: &Step) -> Option<u64> {
    let mut bytes = [0_u8; 20];
    let mut missing = false;
    for (part, place) in step.parts.iter().zip(bytes.chunks_exact_mut(4)) {
        let value = match part {
            Part::Address => row.address,
            Part::Birth if !step.year_is_enough && row.birth.is_multiple_of(100) => 0,
            Part::Birth => row.birth,
            Part::Sex => u32::from(row.sex),
            Part::First => row.first,
            Part::Last => row.last,
        };
        missing |= value == 0;
        place.copy_from_slice(&value.to_le_bytes());
    }
    (!missing).then(|| xxh3_64(&bytes))
}

#[derive(Default, Clone, Copy)]
enum Alone {
    #[default]
    None,
    One(u32),
    Several,
}

impl Alone {
    fn add(&mut self, row: u32) {
        *self = if matches!(self, Self::None) { Self::One(row) } else { Self::Several };
    }
}

#[derive(Default)]
struct Both {
    left: Alone,
    right: Alone,
}

/// Keys are hashes already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Whether two rows with one id of the state's are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameId {
    /// One person; a marriage, a correction, or nothing at all lies between.
    Same,
    /// Probably one person, and somebody should look.
    Doubtful,
    /// Another person: the id was given again.
    Reused,
}

/// What is compared of two rows with one id.
#[must_use]
pub fn same_id_kinds() -> Vec<Kind> {
    vec![Kind::First, Kind::Last, Kind::Suffix, Kind::Birth, Kind::Address]
}

/// Looks at a row of the left side and one of the right that have one id of the state's. The comparer must have been made
/// for [`same_id_kinds`].
///
/// An id was given again when name and birth date both differ, or when given and last name both do and neither an equal birth date nor
/// the address speaks for a change of name. A typing error, a nickname, swapped names and a wrong digit are no
/// difference.
#[must_use]
pub fn same_id(comparer: &Comparer<'_>, left: usize, right: usize) -> SameId {
    let pattern = comparer.compare(left, right).pattern;
    let given = match pattern.level(0) {
        first::DIFFERENT => Agreement::Differs,
        0 | first::ALIKE => Agreement::Unclear,
        _ => Agreement::Same,
    };
    let last = match pattern.level(1) {
        5 | 6 => Agreement::Differs,
        0 if pattern.level(0) == first::SWAPPED => Agreement::Same,
        0 | 4 => Agreement::Unclear,
        _ => Agreement::Same,
    };
    let suffix_conflicts = pattern.level(2) == crate::level::suffix::CONFLICT;
    let birth = match pattern.level(3) {
        1 | 2 | 9 => Agreement::Same,
        0 | 3..=7 | 10 => Agreement::Unclear,
        _ => Agreement::Differs,
    };
    let whole_birth = matches!(pattern.level(3), 1 | 2);
    let same_address = (1..=4).contains(&pattern.level(4));
    use Agreement::{Differs, Same, Unclear};
    match (given, last, birth) {
        (Differs, Differs, Differs) => SameId::Reused,
        (Differs, Differs, _) if whole_birth || same_address => SameId::Doubtful,
        (Differs, Differs, _) => SameId::Reused,
        // A marriage in a house where a birth date was put right.
        (Same, Differs, Differs) if same_address => SameId::Doubtful,
        (Differs, _, Differs) | (_, Differs, Differs) => SameId::Reused,
        (Differs, _, Unclear) | (_, Differs, Unclear) if !same_address => SameId::Doubtful,
        (Unclear, _, Differs) | (_, Unclear, Differs) => SameId::Doubtful,
        (Same, Same, Differs) if suffix_conflicts => SameId::Doubtful,
        _ => SameId::Same,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Same,
    Unclear,
    Differs,
}
