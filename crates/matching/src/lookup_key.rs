//! The keys under which a row is looked up in a base that was prepared before, made of texts: a row with values which the
//! base does not have finds its way without being numbered.

use crate::birth;
use crate::dictionary::Dictionary;
use crate::nickname::nicknames;
use crate::phonetic::sound;
use crate::prepare::Dictionaries;
use crate::row::Row;
use xxhash_rust::xxh3::xxh3_64;

/// What the keys of a row are made of: hashes and sounds of its values, 0 for what is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashes {
    first: u64,
    middle: u64,
    last: u64,
    house: u64,
    street: u64,
    city: u64,
    zip: u64,
    phone: u64,
    email: u64,
    first_sound: u64,
    last_sound: u64,
    /// Given names that the first one may stand for.
    names: &'static [u16],
    birth: u32,
}

/// [`Hashes`] of every value, each made once however many rows have it.
#[derive(Debug)]
pub(crate) struct Hashed {
    first: Vec<u64>,
    middle: Vec<u64>,
    last: Vec<u64>,
    house: Vec<u64>,
    street: Vec<u64>,
    city: Vec<u64>,
    zip: Vec<u64>,
    phone: Vec<u64>,
    email: Vec<u64>,
    first_sound: Vec<u64>,
    last_sound: Vec<u64>,
    names: Vec<&'static [u16]>,
}

impl Hashed {
    pub(crate) fn of(values: &Dictionaries) -> Self {
        let of = |dictionary: &Dictionary, hash: fn(&[u8]) -> u64| -> Vec<u64> {
            dictionary.values().map(hash).collect()
        };
        Self {
            first: of(&values.first, letters),
            middle: of(&values.middle, letters),
            last: of(&values.last, letters),
            house: of(&values.house, letters),
            street: of(&values.street, letters),
            city: of(&values.city, letters),
            zip: of(&values.zip, letters),
            phone: of(&values.phone, letters),
            email: of(&values.email, letters),
            first_sound: of(&values.first, sound_of),
            last_sound: of(&values.last, sound_of),
            names: values.first.values().map(names_of).collect(),
        }
    }

    pub(crate) fn get(&self, row: &Row) -> Hashes {
        Hashes {
            first: self.first[row.first as usize],
            middle: self.middle[row.middle as usize],
            last: self.last[row.last as usize],
            house: self.house[row.house as usize],
            street: self.street[row.street as usize],
            city: self.city[row.city as usize],
            zip: self.zip[row.zip as usize],
            phone: self.phone[row.phone as usize],
            email: self.email[row.email as usize],
            first_sound: self.first_sound[row.first as usize],
            last_sound: self.last_sound[row.last as usize],
            names: self.names[row.first as usize],
            birth: row.birth,
        }
    }
}

/// At most so many given names that a nickname may stand for are looked under.
const NICKNAMES_MAX: usize = 4;

/// The keys of a row, as hashes.
pub(crate) fn keys(row: &Hashes, mut found: impl FnMut(u64)) {
    let mut key = |seed: u64, parts: &[u64]| {
        if parts.iter().all(|part| *part != 0) {
            let mut bytes = [0_u8; 40];
            let all = std::iter::once(&seed).chain(parts);
            for (place, part) in bytes.chunks_exact_mut(8).zip(all) {
                place.copy_from_slice(&part.to_le_bytes());
            }
            found(xxh3_64(&bytes));
        }
    };
    let both = |one: u64, other: u64| if one == 0 || other == 0 { 0 } else { one.wrapping_add(other) | 1 };
    let Hashes { first, last, first_sound, last_sound, city, zip, .. } = *row;
    let names = both(first, last);
    let sounds = both(first_sound, last_sound);
    let (year, _, day) = birth::parts(row.birth);
    let year = u64::from(year);
    let birth = if day == 0 { 0 } else { u64::from(birth::unordered(row.birth)) };
    key(1, &[row.phone]);
    key(2, &[row.email]);
    key(3, &[names]);
    key(4, &[names, year]);
    key(5, &[names, city]);
    key(5, &[names, zip]);
    key(6, &[sounds]);
    key(7, &[sounds, year]);
    key(8, &[sounds, city]);
    key(8, &[sounds, zip]);
    key(9, &[last_sound, birth]);
    key(10, &[first_sound, birth]);
    key(11, &[row.house, row.street]);
    key(12, &[last_sound, year, city]);
    key(12, &[last_sound, year, zip]);
    key(13, &[first_sound, year, zip]);
    key(14, &[row.middle, last, year]);
    // A voter called by the middle name.
    key(14, &[first, last, year]);
    for name in row.names.iter().take(NICKNAMES_MAX) {
        let name = u64::from(*name) + 1;
        key(15, &[name, last]);
        key(16, &[name, last, year]);
        key(17, &[name, last_sound, city]);
    }
}

fn names_of(name: &[u8]) -> &'static [u16] {
    std::str::from_utf8(name).map_or(&[][..], |name| nicknames().set(name))
}

/// The sound of a name's first word.
fn sound_of(name: &[u8]) -> u64 {
    match name.split(|byte| *byte == b' ').next() {
        Some(word) if !word.is_empty() => sound(word),
        _ => 0,
    }
}

/// A hash of a text without its blanks; 0 for none.
fn letters(text: &[u8]) -> u64 {
    if text.is_empty() {
        return 0;
    }
    if text.contains(&b' ') {
        let joined: Vec<u8> = text.iter().copied().filter(|byte| *byte != b' ').collect();
        return xxh3_64(&joined) | 1;
    }
    xxh3_64(text) | 1
}
