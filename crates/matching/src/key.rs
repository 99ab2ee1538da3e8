//! Blocking keys: what two rows must share for the pair to be compared at all.

use crate::birth;
use crate::dictionary::Dictionary;
use crate::nickname::nicknames;
use crate::phonetic::sound;
use crate::prepare::Prepared;
use crate::row::Row;
use std::collections::HashMap;
use std::ops::Range;

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    FirstGroup,
    FirstSound,
    FirstInitial,
    MiddleOrFirst,
    /// What also stands for [`Part::MiddleOrFirst`].
    Middle,
    Last,
    LastSound,
    /// First and last name, whichever stands first.
    Names,
    /// Day and month in any order.
    Birth,
    Year,
    MonthDay,
    YearMonth,
    Address,
    House,
    Street,
    StreetBeginning,
    Unit,
    City,
    Zip,
    Phone,
    Email,
    EmailName,
    Plain(usize),
    /// The first letters of a plain column of long texts.
    PlainBeginning(usize),
    /// The last ones.
    PlainEnd(usize),
}

/// A key: its parts, and what else parts a list that has grown too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    parts: Vec<Part>,
    /// Where the parts stand among the parts of all keys.
    places: Vec<usize>,
    /// The place of [`Part::MiddleOrFirst`], where it is one of them.
    first_or_middle: Option<usize>,
    refine: &'static [Part],
}

impl Key {
    fn new(parts: Vec<Part>, refine: &'static [Part]) -> Self {
        Self { parts, places: Vec::new(), first_or_middle: None, refine }
    }
}

impl Part {
    /// Equal values of different parts are to give different hashes.
    fn seed(self) -> u64 {
        let number = match self {
            Self::FirstGroup => 1,
            Self::FirstSound => 2,
            Self::FirstInitial => 3,
            // One stands for the other.
            Self::MiddleOrFirst | Self::Middle => 4,
            Self::Last => 5,
            Self::LastSound => 6,
            Self::Names => 7,
            Self::Birth => 8,
            Self::Year => 9,
            Self::MonthDay => 10,
            Self::YearMonth => 11,
            Self::Address => 12,
            Self::House => 13,
            Self::Street => 14,
            Self::StreetBeginning => 15,
            Self::Unit => 16,
            Self::City => 17,
            Self::Zip => 18,
            Self::Phone => 19,
            Self::Email => 20,
            Self::EmailName => 21,
            Self::Plain(number) => 22 + 3 * number as u64,
            Self::PlainBeginning(number) => 23 + 3 * number as u64,
            Self::PlainEnd(number) => 24 + 3 * number as u64,
        };
        0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(number)
    }
}

/// Values of some rows.
#[derive(Debug, Default)]
pub struct Values {
    /// Part by part; of parts that no key asked for, nothing.
    columns: Vec<Vec<u32>>,
    hashes: Vec<u32>,
}

const NAMES: &[Part] = &[Part::FirstGroup, Part::LastSound, Part::Year];
const PLACES: &[Part] = &[Part::Zip, Part::City, Part::Year, Part::MonthDay, Part::House];
const BOTH: &[Part] = &[Part::FirstGroup, Part::LastSound, Part::Zip, Part::House];

const KEYS: &[(&[Part], &[Part])] = &[
    (&[Part::Phone], NAMES),
    (&[Part::Email], NAMES),
    (&[Part::Last, Part::Birth], BOTH),
    (&[Part::FirstGroup, Part::Birth], BOTH),
    (&[Part::Names, Part::Zip], PLACES),
    (&[Part::FirstGroup, Part::Last, Part::City], PLACES),
    (&[Part::Address, Part::Zip], NAMES),
    (&[Part::Address, Part::FirstInitial], NAMES),
    (&[Part::Last, Part::Zip, Part::Year], NAMES),
    (&[Part::FirstGroup, Part::Zip, Part::Year], NAMES),
    (&[Part::FirstGroup, Part::Last, Part::Year], PLACES),
    (&[Part::FirstSound, Part::LastSound, Part::Year], PLACES),
    (&[Part::Birth, Part::Zip], NAMES),
    (&[Part::Names, Part::MonthDay], PLACES),
    (&[Part::MiddleOrFirst, Part::Last, Part::Zip], PLACES),
    (&[Part::FirstSound, Part::LastSound, Part::Zip], PLACES),
    (&[Part::Names], PLACES),
    (&[Part::Birth], BOTH),
    (&[Part::LastSound, Part::Street], NAMES),
    (&[Part::FirstGroup, Part::Street], NAMES),
    (&[Part::EmailName], NAMES),
    (&[Part::FirstSound, Part::YearMonth], BOTH),
    (&[Part::LastSound, Part::YearMonth], BOTH),
    (&[Part::FirstSound, Part::MonthDay], BOTH),
    (&[Part::LastSound, Part::MonthDay], BOTH),
    (&[Part::House, Part::Zip, Part::FirstInitial], NAMES),
    (&[Part::Street, Part::Unit], NAMES),
    (&[Part::FirstSound, Part::City], BOTH),
    (&[Part::LastSound, Part::City], BOTH),
    (&[Part::Unit, Part::Zip], NAMES),
    (&[Part::Unit, Part::City], NAMES),
    (&[Part::FirstSound, Part::LastSound], PLACES),
    (&[Part::FirstSound, Part::House], BOTH),
    (&[Part::LastSound, Part::House], BOTH),
    (&[Part::House, Part::City], NAMES),
    (&[Part::House, Part::StreetBeginning], NAMES),
    (&[Part::City, Part::Zip], NAMES),
    (&[Part::Last, Part::Year], BOTH),
    (&[Part::FirstGroup, Part::Year], BOTH),
];

/// How many of the first keys find a row that is the same but for its noise: what agrees on name, birth date and place is on one
/// of their lists.
const KEYS_OF_THE_SAME: usize = 4;

/// How many of the first keys are used on a base of any size; the others find little there and cost time.
const KEYS_FOR_LARGE: usize = 18;
/// Plain columns whose lists are longer on the mean are no keys.
const LIST_MEAN_MAX: u64 = 40;
/// Plain columns whose values are mostly longer than this are texts, in which there is an error somewhere easily.
const TEXT_BYTES_MIN: usize = 12;
/// Letters of a text's beginning, or end.
const EDGE_BYTES: usize = 8;
/// From this many rows on a base is large.
const LARGE_ROWS: usize = 200_000;

/// Makes the keys of rows.
#[derive(Debug)]
pub struct KeyMaker<'a> {
    prepared: &'a Prepared,
    keys: Vec<Key>,
    /// The parts of all keys, each once.
    parts: Vec<Part>,
    /// The place of [`Part::Middle`] among them, where a key asks for it.
    middle_place: usize,
    of_the_same: usize,
    first: Vec<Name>,
    last: Vec<Name>,
    middle: Vec<Name>,
    email_names: Vec<u64>,
    street_beginnings: Vec<u64>,
    /// By plain column the hashes of its texts' first and last letters; of columns of short texts, nothing.
    edges: Vec<[Vec<u64>; 2]>,
}

/// What keys need of a name.
#[derive(Debug, Clone, Copy, Default)]
struct Name {
    sound: u64,
    group: u64,
    whole: u64,
    initial: u8,
}

impl<'a> KeyMaker<'a> {
    /// Chooses the keys that the data allow.
    #[must_use]
    pub fn new(prepared: &'a Prepared) -> Self {
        let large = prepared.base().len() >= LARGE_ROWS;
        let count = if large { KEYS_FOR_LARGE } else { KEYS.len() };
        let mut maker = Self {
            prepared,
            keys: Vec::new(),
            parts: Vec::new(),
            middle_place: 0,
            of_the_same: 0,
            first: names(&prepared.values.first),
            last: names(&prepared.values.last),
            middle: names(&prepared.values.middle),
            email_names: email_names(&prepared.values.email),
            street_beginnings: beginnings(&prepared.values.street),
            edges: prepared
                .values
                .plain
                .iter()
                .map(|values| if large { Default::default() } else { edges(values) })
                .collect(),
        };
        let keys = |keys: &[(&[Part], &'static [Part])]| -> Vec<Key> {
            keys.iter()
                .filter(|(parts, _)| parts.iter().all(|part| maker.is_there(*part)))
                .map(|(parts, refine)| Key::new(parts.to_vec(), refine))
                .collect()
        };
        let of_the_same = keys(&KEYS[..KEYS_OF_THE_SAME]).len();
        (maker.keys, maker.of_the_same) = (keys(&KEYS[..count]), of_the_same);
        for (number, values) in prepared.values.plain.iter().enumerate() {
            // Only what parts the rows well: the mean list must be short.
            if values.len() > 1 && values.total() / (values.len() as u64) < LIST_MEAN_MAX {
                maker.keys.push(Key::new(vec![Part::Plain(number)], BOTH));
            }
        }
        for number in 0..maker.edges.len() {
            let parts = [Part::PlainBeginning(number), Part::PlainEnd(number)];
            for (part, hashes) in parts.into_iter().zip(&maker.edges[number]) {
                let mut distinct = hashes.clone();
                distinct.sort_unstable();
                distinct.dedup();
                if distinct.len() > 1
                    && prepared.values.plain[number].total() / (distinct.len() as u64) < LIST_MEAN_MAX
                {
                    maker.keys.push(Key::new(vec![part], BOTH));
                }
            }
        }
        maker.number_parts();
        maker
    }

    fn number_parts(&mut self) {
        let parts = &mut self.parts;
        let mut place = |part: Part| {
            parts.iter().position(|have| *have == part).unwrap_or_else(|| {
                parts.push(part);
                parts.len() - 1
            })
        };
        for key in &mut self.keys {
            key.places = key.parts.iter().map(|part| place(*part)).collect();
            let first = key.parts.iter().position(|part| *part == Part::MiddleOrFirst);
            key.first_or_middle = first.map(|at| key.places[at]);
        }
        if self.keys.iter().any(|key| key.first_or_middle.is_some()) {
            self.middle_place = place(Part::Middle);
        }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// How many of the first keys find who is the same in all but little.
    #[must_use]
    pub fn of_the_same(&self) -> usize {
        self.of_the_same
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The values that these keys need of some rows.
    pub fn fill<'r>(
        &self,
        values: &mut Values,
        keys: Range<usize>,
        rows: impl Iterator<Item = (&'r Row, &'r [u32])> + Clone,
    ) {
        values.columns.resize_with(self.parts.len(), Vec::new);
        for (place, (part, column)) in self.parts.iter().zip(&mut values.columns).enumerate() {
            column.clear();
            let is_second = place == self.middle_place && *part == Part::Middle;
            if is_second || self.keys[keys.clone()].iter().any(|key| key.places.contains(&place)) {
                self.column(*part, rows.clone(), column);
            }
        }
    }

    /// A loop for each part: what the part is, is asked once.
    fn column<'r>(
        &self,
        part: Part,
        rows: impl Iterator<Item = (&'r Row, &'r [u32])>,
        column: &mut Vec<u32>,
    ) {
        macro_rules! of {
            ($($part:ident)*) => {
                match part {
                    $(Part::$part => column.extend(rows.map(|(row, plain)| self.mixed(Part::$part, row, plain))),)*
                    Part::Plain(_) | Part::PlainBeginning(_) | Part::PlainEnd(_) => column.extend(rows.map(|(row, plain)| self.mixed(part, row, plain))),
                }
            };
        }
        of!(FirstGroup FirstSound FirstInitial MiddleOrFirst Middle Last LastSound Names Birth Year MonthDay
            YearMonth Address House Street StreetBeginning Unit City Zip Phone Email EmailName)
    }

    /// The hashes under a key of the rows whose values these are, by their place among them: none when a part is missing;
    /// two where a row goes by two names.
    pub fn hashes(&self, key: usize, values: &mut Values, mut found: impl FnMut(usize, u32)) {
        let key = &self.keys[key];
        let Values { columns, hashes } = values;
        hashes.clear();
        for (number, place) in key.places.iter().enumerate() {
            let column = &columns[*place];
            if number == 0 {
                hashes.extend_from_slice(column);
                continue;
            }
            for (hash, value) in hashes.iter_mut().zip(column) {
                let sum = hash.wrapping_add(*value);
                *hash = if *hash == 0 || *value == 0 { 0 } else { sum };
            }
        }
        let first = key.first_or_middle.map(|first| (&columns[first], &columns[self.middle_place]));
        for (at, hash) in hashes.iter().enumerate() {
            if *hash == 0 {
                continue;
            }
            found(at, *hash);
            if let Some((firsts, middles)) = first
                && middles[at] != 0
            {
                found(at, hash.wrapping_sub(firsts[at]).wrapping_add(middles[at]));
            }
        }
    }

    /// The hashes that part a long list.
    pub fn refined(&self, key: usize, list: u32, row: &Row, plain: &[u32], mut found: impl FnMut(u64)) {
        let list = mix(u64::from(list));
        for part in self.keys[key].refine {
            let value = self.mixed(*part, row, plain);
            if value != 0 && !self.keys[key].parts.contains(part) {
                found(list ^ u64::from(value) << 32);
            }
        }
    }

    /// The value of a part as a number of which the sums do for hashes: of two rows in four billion they are equal by
    /// chance. 0 is missing.
    #[inline(always)]
    fn mixed(&self, part: Part, row: &Row, plain: &[u32]) -> u32 {
        let value = self.value(part, row, plain);
        if value == 0 { 0 } else { upper(mix(value ^ part.seed())).max(1) }
    }

    fn is_there(&self, part: Part) -> bool {
        let values = &self.prepared.values;
        match part {
            Part::FirstGroup | Part::FirstSound | Part::FirstInitial => !values.first.is_empty(),
            Part::MiddleOrFirst | Part::Middle => !values.middle.is_empty(),
            Part::Last | Part::LastSound => !values.last.is_empty(),
            Part::Names => !values.first.is_empty() && !values.last.is_empty(),
            Part::Birth | Part::Year | Part::MonthDay | Part::YearMonth => self.prepared.births_total > 0,
            Part::Address => !values.address.is_empty(),
            Part::House => !values.house.is_empty(),
            Part::Street | Part::StreetBeginning => !values.street.is_empty(),
            Part::Unit => !values.unit.is_empty(),
            Part::City => !values.city.is_empty(),
            Part::Zip => !values.zip.is_empty(),
            Part::Phone => !values.phone.is_empty(),
            Part::Email | Part::EmailName => !values.email.is_empty(),
            Part::Plain(_) | Part::PlainBeginning(_) | Part::PlainEnd(_) => true,
        }
    }

    /// The value of a part; 0 is missing.
    #[inline(always)]
    fn value(&self, part: Part, row: &Row, plain: &[u32]) -> u64 {
        let first = &self.first[row.first as usize];
        let last = &self.last[row.last as usize];
        let (year, month, day) = birth::parts(row.birth);
        match part {
            Part::MiddleOrFirst => first.whole,
            Part::Middle => self.middle[row.middle as usize].whole,
            Part::FirstGroup => first.group,
            Part::FirstSound => first.sound,
            Part::FirstInitial => u64::from(first.initial),
            Part::Last => last.whole,
            Part::LastSound => last.sound,
            Part::Names if row.first == 0 || row.last == 0 => 0,
            Part::Names => first.group.wrapping_add(last.group),
            Part::Birth if day == 0 => 0,
            Part::Birth => u64::from(birth::unordered(row.birth)),
            Part::Year => u64::from(year),
            Part::MonthDay if day == 0 => 0,
            Part::MonthDay => u64::from(birth::unordered(row.birth) % 10_000),
            Part::YearMonth if month == 0 => 0,
            Part::YearMonth => u64::from(year * 100 + month),
            Part::Address => u64::from(row.address),
            Part::House => u64::from(row.house),
            Part::Street => u64::from(row.street),
            Part::StreetBeginning => self.street_beginnings[row.street as usize],
            Part::Unit => u64::from(row.unit),
            Part::City => u64::from(row.city),
            Part::Zip => u64::from(row.zip),
            Part::Phone => u64::from(row.phone),
            Part::Email => u64::from(row.email),
            Part::EmailName => self.email_names[row.email as usize],
            Part::Plain(number) => u64::from(plain[number]),
            Part::PlainBeginning(number) => self.edges[number][0][plain[number] as usize],
            Part::PlainEnd(number) => self.edges[number][1][plain[number] as usize],
        }
    }
}

/// Any number as one that looks drawn by lot; only for finding candidates, which are compared by their values.
fn mix(value: u64) -> u64 {
    let mixed = (value ^ (value >> 32)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB)
}

fn upper(number: u64) -> u32 {
    u32::try_from(number >> 32).expect("32 bits")
}

fn hash_text(text: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text) | 1
}

fn names(dictionary: &Dictionary) -> Vec<Name> {
    let table = nicknames();
    let numbers = || 0..u32::try_from(dictionary.len()).expect("numbers are 32 bits");
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for number in numbers() {
        if !table.set(dictionary.text(number)).is_empty() {
            counts.insert(dictionary.text(number), dictionary.count(number));
        }
    }
    numbers()
        .map(|number| {
            let text = dictionary.text(number);
            if text.is_empty() {
                return Name::default();
            }
            let letters: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
            let beginning = text.split(' ').next().unwrap_or_default();
            // Of all names that this one may stand for, the most frequent one here.
            let stands_for = table
                .set(text)
                .iter()
                .map(|name| table.name(*name))
                .max_by_key(|name| (counts.get(name).copied().unwrap_or_default(), *name));
            Name {
                sound: sound(beginning.as_bytes()),
                group: hash_text(stands_for.map_or(letters.as_slice(), str::as_bytes)),
                whole: hash_text(&letters),
                initial: text.as_bytes()[0],
            }
        })
        .collect()
}

fn email_names(dictionary: &Dictionary) -> Vec<u64> {
    (0..u32::try_from(dictionary.len()).expect("numbers are 32 bits"))
        .map(|number| {
            let name = dictionary.bytes(number).split(|byte| *byte == b'@').next().unwrap_or_default();
            if name.len() < 4 { 0 } else { hash_text(name) }
        })
        .collect()
}

/// The first letters and the last ones of each text, where most texts are long.
fn edges(dictionary: &Dictionary) -> [Vec<u64>; 2] {
    let numbers = || 0..u32::try_from(dictionary.len()).expect("numbers are 32 bits");
    let long = numbers().filter(|number| dictionary.bytes(*number).len() >= TEXT_BYTES_MIN).count();
    if long * 2 < dictionary.len() {
        return Default::default();
    }
    let edge = |cut: fn(&[u8]) -> Option<&[u8]>| -> Vec<u64> {
        numbers().map(|number| cut(dictionary.bytes(number)).map_or(0, hash_text)).collect()
    };
    [edge(|text| text.get(..EDGE_BYTES)), edge(|text| text.get(text.len().checked_sub(EDGE_BYTES)?..))]
}

/// The first five letters.
fn beginnings(dictionary: &Dictionary) -> Vec<u64> {
    (0..u32::try_from(dictionary.len()).expect("numbers are 32 bits"))
        .map(|number| {
            let text = dictionary.bytes(number);
            if text.len() < 3 { 0 } else { hash_text(&text[..text.len().min(5)]) }
        })
        .collect()
}
