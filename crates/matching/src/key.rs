//! Blocking keys: what two rows must share for the pair to be compared at all.

use crate::birth;
use crate::dictionary::Dictionary;
use crate::nickname::nicknames;
use crate::phonetic::sound;
use crate::prepare::Prepared;
use crate::row::Row;
use std::collections::HashMap;

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    FirstGroup,
    FirstSound,
    FirstInitial,
    MiddleOrFirst,
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
}

/// A key: its parts, and what else parts a list that has grown too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    parts: Vec<Part>,
    refine: &'static [Part],
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
/// From this many rows on a base is large.
const LARGE_ROWS: usize = 200_000;

/// Makes the keys of rows.
#[derive(Debug)]
pub struct KeyMaker<'a> {
    prepared: &'a Prepared,
    keys: Vec<Key>,
    of_the_same: usize,
    first: Vec<Name>,
    last: Vec<Name>,
    middle: Vec<Name>,
    email_names: Vec<u64>,
    street_beginnings: Vec<u64>,
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
            of_the_same: 0,
            first: names(&prepared.values.first),
            last: names(&prepared.values.last),
            middle: names(&prepared.values.middle),
            email_names: email_names(&prepared.values.email),
            street_beginnings: beginnings(&prepared.values.street),
        };
        let keys = |keys: &[(&[Part], &'static [Part])]| -> Vec<Key> {
            keys.iter()
                .filter(|(parts, _)| parts.iter().all(|part| maker.is_there(*part)))
                .map(|(parts, refine)| Key { parts: parts.to_vec(), refine })
                .collect()
        };
        let of_the_same = keys(&KEYS[..KEYS_OF_THE_SAME]).len();
        (maker.keys, maker.of_the_same) = (keys(&KEYS[..count]), of_the_same);
        for (number, values) in prepared.values.plain.iter().enumerate() {
            // Only what parts the rows well: the mean list must be short.
            if values.len() > 1 && values.total() / (values.len() as u64) < 40 {
                maker.keys.push(Key { parts: vec![Part::Plain(number)], refine: BOTH });
            }
        }
        maker
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

    /// The hashes of a row under a key: none when a part is missing; two where a row goes by two names.
    pub fn hashes(&self, key: usize, row: &Row, plain: &[u32], mut found: impl FnMut(u64)) {
        let mut hash = Hash::new(key);
        let mut second = None;
        for part in &self.keys[key].parts {
            if *part == Part::MiddleOrFirst {
                second = Some(self.middle.get(row.middle as usize).map_or(0, |name| name.whole))
                    .filter(|name| *name != 0);
            }
            let value = self.value(*part, row, plain);
            if value == 0 {
                return;
            }
            hash.add(value);
        }
        found(hash.finish());
        if let Some(middle) = second {
            let mut hash = Hash::new(key);
            for part in &self.keys[key].parts {
                hash.add(if *part == Part::MiddleOrFirst { middle } else { self.value(*part, row, plain) });
            }
            found(hash.finish());
        }
    }

    /// The hashes that part a long list.
    pub fn refined(&self, key: usize, hash: u64, row: &Row, plain: &[u32], mut found: impl FnMut(u64)) {
        for (number, part) in self.keys[key].refine.iter().enumerate() {
            let value = self.value(*part, row, plain);
            if value != 0 && !self.keys[key].parts.contains(part) {
                let mut refined = Hash::new(number + 100);
                refined.add(hash);
                refined.add(value);
                found(refined.finish());
            }
        }
    }

    fn is_there(&self, part: Part) -> bool {
        let values = &self.prepared.values;
        match part {
            Part::FirstGroup | Part::FirstSound | Part::FirstInitial => !values.first.is_empty(),
            Part::MiddleOrFirst => !values.middle.is_empty(),
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
            Part::Plain(_) => true,
        }
    }

    /// The value of a part; 0 is missing.
    fn value(&self, part: Part, row: &Row, plain: &[u32]) -> u64 {
        let first = &self.first[row.first as usize];
        let last = &self.last[row.last as usize];
        let (year, month, day) = birth::parts(row.birth);
        match part {
            Part::MiddleOrFirst => first.whole,
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
        }
    }
}

/// A hash of few numbers; only for finding candidates, which are compared by their values.
struct Hash(u64);

impl Hash {
    fn new(seed: usize) -> Self {
        Self(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed as u64 + 1))
    }

    fn add(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        self.0 = (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB).rotate_left(17);
    }

    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed ^ (mixed >> 32)
    }
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

/// The first five letters.
fn beginnings(dictionary: &Dictionary) -> Vec<u64> {
    (0..u32::try_from(dictionary.len()).expect("numbers are 32 bits"))
        .map(|number| {
            let text = dictionary.bytes(number);
            if text.len() < 3 { 0 } else { hash_text(&text[..text.len().min(5)]) }
        })
        .collect()
}
