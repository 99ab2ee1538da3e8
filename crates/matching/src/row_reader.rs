//! One row's cells to the texts by which it is compared.

use crate::age;
use crate::birth;
use crate::dictionary::{Dictionary, Texts};
use crate::field::Field;
use crate::place::PlaceReader;
use crate::prepare::Dictionaries;
use crate::row::{Row, digits_of};
use crate::text;
use crate::us_state::code_of;
use hustings_core::name::{NameParts, canonical_suffix};
use hustings_core::phone::Phone;

/// Reads rows one by one; their texts are numbered together, field by field.
#[derive(Debug)]
pub(crate) struct RowReader {
    rows: Vec<Row>,
    first: Texts,
    middle: Texts,
    last: Texts,
    house: Texts,
    street: Texts,
    unit: Texts,
    city: Texts,
    zip: Texts,
    state: Texts,
    phone: Texts,
    email: Texts,
    places: PlaceReader,
    buffer: String,
    second: String,
}

impl RowReader {
    pub fn new() -> Self {
        Self {
            rows: Vec::new(),
            first: Texts::default(),
            middle: Texts::default(),
            last: Texts::default(),
            house: Texts::default(),
            street: Texts::default(),
            unit: Texts::default(),
            city: Texts::default(),
            zip: Texts::default(),
            state: Texts::default(),
            phone: Texts::default(),
            email: Texts::default(),
            places: PlaceReader::new(),
            buffer: String::new(),
            second: String::new(),
        }
    }

    /// Reads a row; `by_age` where ages stand for births.
    pub fn read(&mut self, cells: &Cells<'_>, by_age: bool) {
        let mut row = Row::default();
        self.name(cells, &mut row);
        self.place(cells);
        row.birth = birth_of(cells);
        if row.birth == 0 && by_age {
            row.birth = number(cells.get(Field::Age)).map_or(0, age::birth_of);
        }
        row.sex = match cells.get(Field::Sex).as_bytes() {
            [b'F' | b'f' | b'W' | b'w', ..] => b'F',
            [b'M' | b'm', ..] => b'M',
            _ => 0,
        };
        let buffer = &mut self.buffer;
        buffer.clear();
        let phone = cells.get(Field::Phone);
        if !phone.is_empty() {
            match Phone::parse(phone).e164 {
                Some(number) => buffer.push_str(number.as_str()),
                None => buffer.extend(phone.chars().filter(char::is_ascii_digit)),
            }
            if buffer.len() < 7 {
                buffer.clear();
            }
        }
        row.phone_digits = digits_of(buffer.as_bytes());
        self.phone.push(buffer.as_bytes());
        buffer.clear();
        let email = cells.get(Field::Email);
        if email.contains('@') {
            buffer
                .extend(email.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase));
        }
        self.email.push(buffer.as_bytes());
        self.rows.push(row);
    }

    /// Numbers the values of the rows that were read, and hands the rows on.
    pub fn intern(&mut self, values: &mut Dictionaries, into: &mut Vec<Row>) {
        let rows = &mut self.rows;
        let mut number = |dictionary: &mut Dictionary, texts: &mut Texts, set: fn(&mut Row, u32)| {
            let mut rows = rows.iter_mut();
            dictionary.intern_all(texts, |value| {
                if let Some(row) = rows.next() {
                    set(row, value);
                }
            });
            texts.clear();
        };
        number(&mut values.first, &mut self.first, |row, value| row.first = value);
        number(&mut values.middle, &mut self.middle, |row, value| row.middle = value);
        number(&mut values.last, &mut self.last, |row, value| row.last = value);
        number(&mut values.house, &mut self.house, |row, value| row.house = value);
        number(&mut values.street, &mut self.street, |row, value| row.street = value);
        number(&mut values.unit, &mut self.unit, |row, value| row.unit = value);
        number(&mut values.city, &mut self.city, |row, value| row.city = value);
        number(&mut values.zip, &mut self.zip, |row, value| row.zip = value);
        number(&mut values.state, &mut self.state, |row, value| row.state = value);
        number(&mut values.phone, &mut self.phone, |row, value| row.phone = value);
        number(&mut values.email, &mut self.email, |row, value| row.email = value);
        let mut addresses = Texts::default();
        for row in &self.rows {
            let key = (u64::from(row.house) << 32 | u64::from(row.street)).to_le_bytes();
            addresses.push(if row.house == 0 || row.street == 0 { &[] } else { &key });
        }
        let mut rows = self.rows.iter_mut();
        values.address.intern_all(&addresses, |value| {
            if let Some(row) = rows.next() {
                row.address = value;
            }
        });
        into.append(&mut self.rows);
    }

    fn name(&mut self, cells: &Cells<'_>, row: &mut Row) {
        let mut name = NameParts::from_columns(
            cells.get(Field::FirstName),
            cells.get(Field::MiddleName),
            cells.get(Field::LastName),
            cells.get(Field::Suffix),
        );
        let full = cells.get(Field::FullName);
        if name.first.is_empty() && name.last.is_empty() && !full.is_empty() {
            name = NameParts::from_full(full);
        }
        let buffer = &mut self.buffer;
        text::words(name.first, buffer);
        self.first.push(buffer.as_bytes());
        text::words(name.middle, buffer);
        self.middle.push(if buffer == "NMN" { b"" } else { buffer.as_bytes() });
        text::words(name.last, buffer);
        let second = cells.get(Field::SecondLastName);
        if !second.is_empty() {
            text::words(second, &mut self.second);
            if !buffer.is_empty() {
                buffer.push(' ');
            }
            buffer.push_str(&self.second);
        }
        self.last.push(buffer.as_bytes());
        row.suffix = match canonical_suffix(name.suffix) {
            Some("JR") => 1,
            Some("SR") => 2,
            Some("I") => 3,
            Some("II") => 4,
            Some("III") => 5,
            Some("IV") => 6,
            Some("V") => 7,
            Some(_) => 8,
            None => 0,
        };
    }

    fn place(&mut self, cells: &Cells<'_>) {
        self.places.read(cells.get(Field::HouseNumber), cells.get(Field::Street));
        let place = &self.places.place;
        self.house.push(place.house.as_bytes());
        self.street.push(place.street.as_bytes());
        let buffer = &mut self.buffer;
        let unit = cells.get(Field::Unit);
        text::unit(if unit.is_empty() { &place.unit } else { unit }, buffer);
        self.unit.push(buffer.as_bytes());
        text::joined(cells.get(Field::City), buffer);
        self.city.push(buffer.as_bytes());
        text::joined(cells.get(Field::State), buffer);
        self.state.push(code_of(buffer).as_bytes());
        text::zip(cells.get(Field::Zip), buffer);
        self.zip.push(buffer.as_bytes());
    }
}

const FIELDS: usize = Field::Email as usize + 1;

/// A row's cells by field; empty ones for fields that have no column.
#[derive(Default)]
pub(crate) struct Cells<'a>([&'a str; FIELDS]);

impl<'a> Cells<'a> {
    fn get(&self, field: Field) -> &'a str {
        self.0[field as usize]
    }

    pub fn set(&mut self, field: Field, text: &'a str) {
        self.0[field as usize] = text;
    }
}

fn birth_of(cells: &Cells<'_>) -> u32 {
    let whole = birth::parse(cells.get(Field::BirthDate));
    if whole != 0 {
        return whole;
    }
    let part = |field| number(cells.get(field));
    match (part(Field::BirthYear), part(Field::BirthMonth), part(Field::BirthDay)) {
        (Some(year), month, day) => birth::of_parts(year, month.unwrap_or_default(), day.unwrap_or_default()),
        // `birthday` may be a whole date.
        (None, ..) => birth::parse(cells.get(Field::BirthDay)),
    }
}

fn number(text: &str) -> Option<u32> {
    text.parse::<f64>().ok().and_then(whole_number)
}

/// Spreadsheets write `1971.0`.
fn whole_number(number: f64) -> Option<u32> {
    if !(0.0..=9999.0).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    format!("{number}").parse().ok()
}
