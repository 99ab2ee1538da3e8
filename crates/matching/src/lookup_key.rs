//! The keys under which a row is looked up in a base that was prepared before, made of texts: a row with values which the
//! base does not have finds its way without being numbered.

use crate::birth;
use crate::dictionary::Dictionary;
use crate::nickname::nicknames;
use crate::phonetic::sound;
use crate::prepare::Dictionaries;
use crate::row::Row;
use xxhash_rust::xxh3::xxh3_64;

/// A row with the numbers that its values have in other dictionaries. `value` gives a field's value and how many rows
/// have it.
pub(crate) fn renumber<'a>(
    row: &Row,
    into: &mut Dictionaries,
    value: impl Fn(usize, u32) -> (&'a [u8], u32),
) -> Row {
    let mut to = Row { birth: row.birth, sex: row.sex, suffix: row.suffix, ..Row::default() };
    let plain = |dictionary: &mut Dictionary, field, number| {
        let (bytes, count) = value(field, number);
        dictionary.intern_as(bytes, count)
    };
    to.first = plain(&mut into.first, 0, row.first);
    to.middle = plain(&mut into.middle, 1, row.middle);
    to.last = plain(&mut into.last, 2, row.last);
    to.house = plain(&mut into.house, 3, row.house);
    to.street = plain(&mut into.street, 4, row.street);
    to.unit = plain(&mut into.unit, 6, row.unit);
    to.city = plain(&mut into.city, 7, row.city);
    to.zip = plain(&mut into.zip, 8, row.zip);
    to.state = plain(&mut into.state, 9, row.state);
    to.phone = plain(&mut into.phone, 10, row.phone);
    to.email = plain(&mut into.email, 11, row.email);
    if to.house != 0 && to.street != 0 {
        // An address is the numbers of its house and its street.
        let key = (u64::from(to.house) << 32 | u64::from(to.street)).to_le_bytes();
        to.address = into.address.intern_as(&key, value(5, row.address).1);
    }
    to
}

/// What the keys are made of.
pub(crate) struct Texts<'a> {
    first: &'a [u8],
    last: &'a [u8],
    middle: &'a [u8],
    house: &'a [u8],
    street: &'a [u8],
    city: &'a [u8],
    zip: &'a [u8],
    phone: &'a [u8],
    email: &'a [u8],
    birth: u32,
}

impl<'a> Texts<'a> {
    pub(crate) fn of(values: &'a Dictionaries, row: &Row) -> Self {
        Self {
            first: values.first.bytes(row.first),
            last: values.last.bytes(row.last),
            middle: values.middle.bytes(row.middle),
            house: values.house.bytes(row.house),
            street: values.street.bytes(row.street),
            city: values.city.bytes(row.city),
            zip: values.zip.bytes(row.zip),
            phone: values.phone.bytes(row.phone),
            email: values.email.bytes(row.email),
            birth: row.birth,
        }
    }
}

/// At most so many given names that a nickname may stand for are looked under.
const NICKNAMES_MAX: usize = 4;

/// The keys of a row, as hashes.
pub(crate) fn keys(texts: &Texts<'_>, mut found: impl FnMut(u64)) {
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
    let (first, last) = (letters(texts.first), letters(texts.last));
    let (first_sound, last_sound) = (sound_of(texts.first), sound_of(texts.last));
    let names = if first == 0 || last == 0 { 0 } else { first.wrapping_add(last) | 1 };
    let (city, zip) = (letters(texts.city), letters(texts.zip));
    let (year, _, day) = birth::parts(texts.birth);
    let year = u64::from(year);
    let birth = if day == 0 { 0 } else { u64::from(birth::unordered(texts.birth)) };
    key(1, &[letters(texts.phone)]);
    key(2, &[letters(texts.email)]);
    key(3, &[names]);
    key(4, &[names, year]);
    key(5, &[names, city]);
    key(5, &[names, zip]);
    let sounds =
        if first_sound == 0 || last_sound == 0 { 0 } else { first_sound.wrapping_add(last_sound) | 1 };
    key(6, &[sounds]);
    key(7, &[sounds, year]);
    key(8, &[sounds, city]);
    key(8, &[sounds, zip]);
    key(9, &[last_sound, birth]);
    key(10, &[first_sound, birth]);
    key(11, &[letters(texts.house), letters(texts.street)]);
    key(12, &[last_sound, year, city]);
    key(12, &[last_sound, year, zip]);
    key(13, &[first_sound, year, zip]);
    key(14, &[letters(texts.middle), last, year]);
    // A voter called by the middle name.
    key(14, &[first, last, year]);
    let table = nicknames();
    let set = std::str::from_utf8(texts.first).map_or(&[][..], |name| table.set(name));
    for name in set.iter().take(NICKNAMES_MAX) {
        let name = u64::from(*name) + 1;
        key(15, &[name, last]);
        key(16, &[name, last, year]);
        key(17, &[name, last_sound, city]);
    }
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
