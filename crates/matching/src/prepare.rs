//! Rows into numbers: cleaning, standard forms, interning.

use crate::age;
use crate::birth;
use crate::dictionary::{Dictionary, frequency};
use crate::field::Field;
use crate::level::Kind;
use crate::plan::{Plan, Role, Side};
use crate::row::Row;
use crate::text;
use arrow_array::{Array, StringArray};
use hustings_core::address::{AddressParser, AddressParts};
use hustings_core::name::{NameParts, canonical_suffix};
use hustings_core::phone::Phone;
use std::collections::HashMap;

/// Longer cells are cut: no name, street or number is longer, and a cell of megabytes must not cost megabytes a row.
const CELL_BYTES_MAX: usize = 256;

/// The interned values of both sides, field by field.
#[derive(Debug, Clone, Default)]
pub struct Dictionaries {
    /// Given names, words parted by single blanks.
    pub first: Dictionary,
    /// Middle names.
    pub middle: Dictionary,
    /// Surnames.
    pub last: Dictionary,
    /// House numbers.
    pub house: Dictionary,
    /// Streets, without blanks.
    pub street: Dictionary,
    /// House number and street.
    pub address: Dictionary,
    /// Units, without blanks.
    pub unit: Dictionary,
    /// Cities, without blanks.
    pub city: Dictionary,
    /// Postal codes.
    pub zip: Dictionary,
    /// States.
    pub state: Dictionary,
    /// Telephones.
    pub phone: Dictionary,
    /// E-mail addresses.
    pub email: Dictionary,
    /// Plain comparisons.
    pub plain: Vec<Dictionary>,
}

/// Fields with a dictionary of their own.
pub(crate) const DICTIONARIES: usize = 12;

impl Dictionaries {
    /// Those of the fields, in a fixed order, without the plain comparisons'.
    pub(crate) fn fields(&self) -> [&Dictionary; DICTIONARIES] {
        [
            &self.first,
            &self.middle,
            &self.last,
            &self.house,
            &self.street,
            &self.address,
            &self.unit,
            &self.city,
            &self.zip,
            &self.state,
            &self.phone,
            &self.email,
        ]
    }

    /// As [`Dictionaries::fields`].
    pub(crate) fn fields_mut(&mut self) -> [&mut Dictionary; DICTIONARIES] {
        [
            &mut self.first,
            &mut self.middle,
            &mut self.last,
            &mut self.house,
            &mut self.street,
            &mut self.address,
            &mut self.unit,
            &mut self.city,
            &mut self.zip,
            &mut self.state,
            &mut self.phone,
            &mut self.email,
        ]
    }
}

/// Rows of both sides, ready to be compared.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What each column was taken for.
    pub plan: Plan,
    /// Rows of the left side.
    pub left: Vec<Row>,
    /// Rows of the right side; empty when one file is searched for doubles.
    pub right: Vec<Row>,
    /// Plain values of the left side, row by row.
    pub left_plain: Vec<u32>,
    /// Plain values of the right side, row by row.
    pub right_plain: Vec<u32>,
    /// The values.
    pub values: Dictionaries,
    /// How many rows of both sides have each birth date.
    pub births: HashMap<u32, u32>,
    /// Rows with a birth date.
    pub births_total: u64,
    /// Whether two files are linked, and not one searched for doubles.
    pub two_sides: bool,
}

impl Prepared {
    /// The rows in which matches are looked for.
    #[must_use]
    pub fn base(&self) -> &[Row] {
        if self.two_sides { &self.right } else { &self.left }
    }

    /// Plain values of a row of the base.
    #[must_use]
    pub fn base_plain(&self, row: usize) -> &[u32] {
        let width = self.values.plain.len();
        let all = if self.two_sides { &self.right_plain } else { &self.left_plain };
        &all[row * width..(row + 1) * width]
    }

    /// Plain values of a row of the left side.
    #[must_use]
    pub fn left_plain(&self, row: usize) -> &[u32] {
        let width = self.values.plain.len();
        &self.left_plain[row * width..(row + 1) * width]
    }

    /// A row of the left side with its plain values.
    #[must_use]
    pub fn left_row(&self, row: usize) -> (&Row, &[u32]) {
        (&self.left[row], self.left_plain(row))
    }

    /// A row of the base with its plain values.
    #[must_use]
    pub fn base_row(&self, row: usize) -> (&Row, &[u32]) {
        (&self.base()[row], self.base_plain(row))
    }

    /// How many pairs of rows there are.
    #[must_use]
    pub fn pairs(&self) -> f64 {
        let left = self.left.len() as f64;
        if self.two_sides { left * self.right.len() as f64 } else { left * (left - 1.0).max(0.0) / 2.0 }
    }

    /// Counts the birth dates of both sides anew.
    pub(crate) fn count_births(&mut self) {
        self.births.clear();
        for row in self.left.iter().chain(&self.right).filter(|row| row.birth != 0) {
            *self.births.entry(row.birth).or_default() += 1;
        }
        self.births_total = self.births.values().map(|count| u64::from(*count)).sum();
    }

    /// The chance that another row has this birth date.
    #[must_use]
    pub fn birth_frequency(&self, birth: u32) -> f64 {
        let count = self.births.get(&birth).copied().unwrap_or_default();
        frequency(count, self.births_total, Kind::Birth.usual_values())
    }
}

/// Prepares rows block by block.
#[derive(Debug)]
pub struct Preparation {
    prepared: Prepared,
    parser: AddressParser,
    buffer: String,
    street: String,
    /// Which sides have ages and no birth dates.
    by_age: [bool; 2],
}

impl Preparation {
    /// Begins; `two_sides` when two files are linked.
    #[must_use]
    pub fn new(plan: Plan, two_sides: bool) -> Self {
        let values =
            Dictionaries { plain: vec![Dictionary::default(); plan.plain.len()], ..Dictionaries::default() };
        let by_age = [Side::Left, Side::Right].map(|side| {
            let has = |field| plan.column_of(side, field).is_some();
            has(Field::Age) && !has(Field::BirthDate) && !has(Field::BirthYear)
        });
        Self {
            by_age,
            prepared: Prepared {
                plan,
                left: Vec::new(),
                right: Vec::new(),
                left_plain: Vec::new(),
                right_plain: Vec::new(),
                values,
                births: HashMap::new(),
                births_total: 0,
                two_sides,
            },
            parser: AddressParser::new(),
            buffer: String::new(),
            street: String::new(),
        }
    }

    /// Takes a block of rows: one array a column, in the order of the plan's headers; missing columns are not allowed.
    pub fn push(&mut self, side: Side, columns: &[&StringArray]) {
        let roles = self.prepared.plan.roles(side).to_vec();
        let rows = columns.first().map_or(0, |column| column.len());
        let mut fields: Vec<(Field, &StringArray)> = Vec::new();
        let mut plain: Vec<(usize, &StringArray)> = Vec::new();
        for (role, column) in roles.iter().zip(columns) {
            match role {
                Role::Field(field) => fields.push((*field, column)),
                Role::Plain(number) => plain.push((*number, column)),
                Role::Id | Role::Ignored => {}
            }
        }
        plain.sort_unstable_by_key(|(number, _)| *number);
        let mut cells = Cells::default();
        for at in 0..rows {
            cells.0 = [""; FIELDS];
            for (field, column) in &fields {
                if column.is_valid(at) {
                    cells.0[*field as usize] = cut(column.value(at).trim());
                }
            }
            let row = self.row(&cells, side);
            let prepared = &mut self.prepared;
            let (all, all_plain) = match side {
                Side::Left => (&mut prepared.left, &mut prepared.left_plain),
                Side::Right => (&mut prepared.right, &mut prepared.right_plain),
            };
            all.push(row);
            for (number, column) in &plain {
                self.buffer.clear();
                if column.is_valid(at) {
                    text::plain(cut(column.value(at).trim()), &mut self.buffer);
                }
                all_plain.push(prepared.values.plain[*number].intern(self.buffer.as_bytes()));
            }
        }
    }

    /// The rows.
    #[must_use]
    pub fn finish(mut self) -> Prepared {
        let values = &mut self.prepared.values;
        let mut plain = std::mem::take(&mut values.plain);
        for dictionary in values.fields_mut().into_iter().chain(&mut plain) {
            dictionary.freeze();
        }
        values.plain = plain;
        age::align(&mut self.prepared, self.by_age);
        self.prepared.left.shrink_to_fit();
        self.prepared.right.shrink_to_fit();
        self.prepared
    }

    fn row(&mut self, cells: &Cells<'_>, side: Side) -> Row {
        let mut row = Row::default();
        self.name(cells, &mut row);
        self.place(cells, &mut row);
        let values = &mut self.prepared.values;
        row.birth = birth_of(cells);
        if row.birth == 0 && self.by_age[side as usize] {
            row.birth = number(cells.get(Field::Age)).map_or(0, age::birth_of);
        }
        if row.birth != 0 {
            *self.prepared.births.entry(row.birth).or_default() += 1;
            self.prepared.births_total += 1;
        }
        row.sex = match cells.get(Field::Sex).as_bytes() {
            [b'F' | b'f' | b'W' | b'w', ..] => b'F',
            [b'M' | b'm', ..] => b'M',
            _ => 0,
        };
        let phone = cells.get(Field::Phone);
        if !phone.is_empty() {
            self.buffer.clear();
            match Phone::parse(phone).e164 {
                Some(number) => self.buffer.push_str(number.as_str()),
                None => self.buffer.extend(phone.chars().filter(char::is_ascii_digit)),
            }
            if self.buffer.len() >= 7 {
                row.phone = values.phone.intern(self.buffer.as_bytes());
            }
        }
        let email = cells.get(Field::Email);
        if email.contains('@') {
            self.buffer.clear();
            self.buffer
                .extend(email.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase));
            row.email = values.email.intern(self.buffer.as_bytes());
        }
        row
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
        let values = &mut self.prepared.values;
        text::words(name.first, &mut self.buffer);
        row.first = values.first.intern(self.buffer.as_bytes());
        text::words(name.middle, &mut self.buffer);
        if self.buffer != "NMN" {
            row.middle = values.middle.intern(self.buffer.as_bytes());
        }
        text::words(name.last, &mut self.buffer);
        let second = cells.get(Field::SecondLastName);
        if !second.is_empty() {
            let mut words = String::new();
            text::words(second, &mut words);
            if !self.buffer.is_empty() {
                self.buffer.push(' ');
            }
            self.buffer.push_str(&words);
        }
        row.last = values.last.intern(self.buffer.as_bytes());
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

    fn place(&mut self, cells: &Cells<'_>, row: &mut Row) {
        let (house, street) = (cells.get(Field::HouseNumber), cells.get(Field::Street));
        let values = &mut self.prepared.values;
        let mut unit_in_line = String::new();
        self.buffer.clear();
        self.street.clear();
        if !street.is_empty() {
            let parsed = if house.is_empty() {
                self.parser.parse(street)
            } else {
                self.parser.parse_parts(AddressParts {
                    house_number: house,
                    street_name: street,
                    ..AddressParts::default()
                })
            };
            self.buffer.push_str(parsed.house_number_prefix());
            self.buffer.push_str(parsed.house_number());
            self.buffer.push_str(parsed.house_number_suffix());
            for part in [parsed.predir(), parsed.street_name(), parsed.street_type(), parsed.postdir()] {
                self.street.extend(part.chars().filter(|letter| *letter != ' '));
            }
            unit_in_line.push_str(parsed.unit());
            if self.street.is_empty() {
                // Nothing that the parser knows: as it stands.
                text::joined(street, &mut self.street);
            }
        }
        if self.buffer.is_empty() {
            text::joined(house, &mut self.buffer);
        }
        row.house = values.house.intern(self.buffer.as_bytes());
        row.street = values.street.intern(self.street.as_bytes());
        if row.house != 0 && row.street != 0 {
            let key = (u64::from(row.house) << 32 | u64::from(row.street)).to_le_bytes();
            row.address = values.address.intern(&key);
        }
        let unit = cells.get(Field::Unit);
        text::unit(if unit.is_empty() { &unit_in_line } else { unit }, &mut self.buffer);
        row.unit = values.unit.intern(self.buffer.as_bytes());
        text::joined(cells.get(Field::City), &mut self.buffer);
        row.city = values.city.intern(self.buffer.as_bytes());
        text::joined(cells.get(Field::State), &mut self.buffer);
        row.state = values.state.intern(self.buffer.as_bytes());
        text::zip(cells.get(Field::Zip), &mut self.buffer);
        row.zip = values.zip.intern(self.buffer.as_bytes());
    }
}

const FIELDS: usize = Field::Email as usize + 1;

#[derive(Default)]
struct Cells<'a>([&'a str; FIELDS]);

impl<'a> Cells<'a> {
    fn get(&self, field: Field) -> &'a str {
        self.0[field as usize]
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

fn cut(text: &str) -> &str {
    if text.len() <= CELL_BYTES_MAX {
        return text;
    }
    let mut end = CELL_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
