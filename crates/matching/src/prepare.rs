//! Rows into numbers: cleaning, standard forms, interning.

use crate::age;
use crate::dictionary::{Dictionary, Texts, frequency};
use crate::field::Field;
use crate::level::Kind;
use crate::plan::{Plan, Role, Side};
use crate::row::Row;
use crate::row_reader::{Cells, RowReader};
use crate::text;
use arrow_array::{Array, StringArray};
use std::collections::HashMap;
use std::ops::Range;

/// Rows whose values are numbered at a time.
const BLOCK_ROWS: usize = 1024;

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
        let mut births: Vec<u32> =
            self.left.iter().chain(&self.right).map(|row| row.birth).filter(|birth| *birth != 0).collect();
        births.sort_unstable();
        let count = |same: &[u32]| (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX));
        self.births = births.chunk_by(|a, b| a == b).map(count).collect();
        self.births_total = births.len() as u64;
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
    reader: RowReader,
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
            reader: RowReader::new(),
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
        let by_age = self.by_age[side as usize];
        for start in (0..rows).step_by(BLOCK_ROWS) {
            let block = start..rows.min(start + BLOCK_ROWS);
            for at in block.clone() {
                let mut cells = Cells::default();
                for (field, column) in &fields {
                    if column.is_valid(at) {
                        cells.set(*field, cut(column.value(at).trim()));
                    }
                }
                self.reader.read(&cells, by_age);
            }
            self.intern(side, &plain, block);
        }
    }

    /// Numbers the values of the rows that were read, field by field.
    fn intern(&mut self, side: Side, plain: &[(usize, &StringArray)], block: Range<usize>) {
        let Prepared { left, right, left_plain, right_plain, values, .. } = &mut self.prepared;
        let (all, all_plain) = match side {
            Side::Left => (left, left_plain),
            Side::Right => (right, right_plain),
        };
        let first = all.len();
        self.reader.intern(values, all);
        debug_assert_eq!(all.len() - first, block.len());
        let width = values.plain.len();
        all_plain.resize(all.len() * width, 0);
        let (mut buffer, mut texts) = (String::new(), Texts::default());
        for (number, column) in plain {
            texts.clear();
            for at in block.clone() {
                buffer.clear();
                if column.is_valid(at) {
                    text::plain(cut(column.value(at).trim()), &mut buffer);
                }
                texts.push(buffer.as_bytes());
            }
            let mut places = (first * width + number..).step_by(width);
            values.plain[*number].intern_all(&texts, |value| {
                if let Some(place) = places.next() {
                    all_plain[place] = value;
                }
            });
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
        self.prepared.count_births();
        age::align(&mut self.prepared, self.by_age);
        self.prepared.left.shrink_to_fit();
        self.prepared.right.shrink_to_fit();
        self.prepared
    }
}

/// Longer cells are cut: no name, street or number is longer, and a cell of megabytes must not cost megabytes a row.
const CELL_BYTES_MAX: usize = 256;

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
