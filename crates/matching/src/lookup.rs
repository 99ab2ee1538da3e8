//! One row against a base that was prepared before: the base as parts that lie in memory or in a file, and the few rows
//! of it that one row is compared with.
//!
//! The base's lists are of its own kind (not [`crate::key`]'s): their keys are made of texts, so that a row with values
//! which the base does not have finds its way without being numbered. Values are numbered anew for each look-up, among the
//! candidates alone, with the counts of the whole base; so the comparisons, the model and the words are those of
//! [`crate::run`].

use crate::compare::{Comparer, Evidence};
use crate::dictionary::Dictionary;
use crate::explain::ModelRecord;
use crate::kinds::kinds;
use crate::lookup_key::{Texts, keys, renumber};
use crate::model::{Model, Table};
use crate::plan::{ColumnOptions, Plan, Side};
use crate::prepare::{DICTIONARIES, Dictionaries, Preparation, Prepared};
use crate::row::Row;
use arrow_array::StringArray;
use serde::{Deserialize, Serialize};
use std::io;

/// The columns of a base and of a row that is looked for, in this order.
pub const COLUMNS: [&str; 11] = [
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "dob",
    "sex",
    "street",
    "city",
    "zip",
    "phone",
    "email",
];

/// Longer lists are asked only when no other gives anybody.
const LIST_MAX: usize = 200;
/// At most so many rows are compared.
const CANDIDATES_MAX: usize = 96;
/// A bucket of more entries is searched instead of read.
const BUCKET_MAX: usize = 1024;
/// Before anything is known of a row, it is as likely as not that the base has it.
const IN_BASE: f64 = 0.5;
/// How many household mates a person has in a base, roughly.
const MATES: f64 = 1.5;
/// A candidate below this chance is not told.
const CHANCE_MIN: f64 = 0.01;
const ROW_BYTES: usize = 56;

/// Where the bytes of a base's parts come from.
pub trait Source {
    /// Reads bytes of a part, from a place in it on, until `into` is full.
    ///
    /// # Errors
    /// They cannot be read, or are not what was written.
    fn read(&self, part: usize, at: u64, into: &mut [u8]) -> io::Result<()>;
}

/// What the parts are, and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the form.
    pub version: u32,
    /// Rows of the base.
    pub rows: u64,
    /// Bytes of each part: values, beginnings of lists, rows, lists.
    pub parts: [u64; PARTS],
    /// Of each field the number of values, their bytes, and rows that have one.
    fields: Vec<[u64; 3]>,
    births: u64,
    births_total: u64,
    /// Bits of a list entry that say the row.
    row_bits: u32,
    /// By how much a hash is shifted to the place of its beginning.
    shift: u32,
}

/// Number of parts.
pub const PARTS: usize = 4;
/// The form's version: another one is written anew.
pub const VERSION: u32 = 1;
const VALUES: usize = 0;
const STARTS: usize = 1;
const ROWS: usize = 2;
const LISTS: usize = 3;

/// A base in memory, ready to be asked or written.
#[derive(Debug)]
pub struct Image {
    head: Head,
    values: Vec<u8>,
    starts: Vec<u32>,
    rows: Vec<Row>,
    lists: Vec<u64>,
}

/// Begins the preparation of a base with the columns of [`COLUMNS`]; its rows go to the left side.
#[must_use]
pub fn preparation() -> Preparation {
    let headers = COLUMNS.map(str::to_owned);
    let plan =
        Plan::new(&headers, None, &ColumnOptions::default()).expect("no column is named that is not there");
    Preparation::new(plan, false)
}

impl Image {
    /// The base of prepared rows.
    #[must_use]
    pub fn new(prepared: Prepared) -> Self {
        let row_bits = usize::BITS - prepared.left.len().leading_zeros();
        let mask = (1_u64 << row_bits) - 1;
        let mut lists = Vec::new();
        for (at, row) in prepared.left.iter().enumerate() {
            keys(&Texts::of(&prepared.values, row), |hash| lists.push(hash & !mask | at as u64));
        }
        lists.sort_unstable();
        lists.dedup();
        // About sixteen entries for each beginning.
        let bits = (usize::BITS - lists.len().leading_zeros()).saturating_sub(4).max(1);
        let shift = 64 - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for upper in 0..1_u64 << bits {
            while lists.get(at).is_some_and(|entry| entry >> shift < upper) {
                at += 1;
            }
            starts.push(number(at));
        }
        starts.push(number(lists.len()));
        let mut values = Vec::new();
        let mut fields = Vec::new();
        for dictionary in prepared.values.fields() {
            fields.push(write_dictionary(dictionary, &mut values));
        }
        let mut births: Vec<(u32, u32)> =
            prepared.births.iter().map(|(birth, count)| (*birth, *count)).collect();
        births.sort_unstable();
        for (birth, count) in &births {
            values.extend(birth.to_le_bytes());
            values.extend(count.to_le_bytes());
        }
        let rows = prepared.left;
        let head = Head {
            version: VERSION,
            rows: rows.len() as u64,
            parts: [
                values.len() as u64,
                starts.len() as u64 * 4,
                rows.len() as u64 * ROW_BYTES as u64,
                lists.len() as u64 * 8,
            ],
            fields,
            births: births.len() as u64,
            births_total: prepared.births_total,
            row_bits,
            shift,
        };
        Self { head, values, starts, rows, lists }
    }

    /// What the parts are.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }
}

impl Source for Image {
    fn read(&self, part: usize, at: u64, into: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(at).map_err(io::Error::other)?;
        let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        match part {
            VALUES => into.copy_from_slice(self.values.get(at..at + into.len()).ok_or_else(short)?),
            STARTS => numbers_into(self.starts.iter().map(|start| start.to_le_bytes()), at, into),
            ROWS => numbers_into(
                self.rows.get(at / ROW_BYTES..).ok_or_else(short)?.iter().map(row_bytes),
                at % ROW_BYTES,
                into,
            ),
            _ => numbers_into(
                self.lists.get(at / 8..).ok_or_else(short)?.iter().map(|entry| entry.to_le_bytes()),
                at % 8,
                into,
            ),
        }
        Ok(())
    }
}

/// The bytes of numbers, the first `skip` left out, until `into` is full.
fn numbers_into<const N: usize>(
    mut numbers: impl Iterator<Item = [u8; N]>,
    skip: usize,
    mut into: &mut [u8],
) {
    let mut skip = skip;
    while !into.is_empty() {
        let Some(bytes) = numbers.next() else { return };
        if skip >= N {
            skip -= N;
            continue;
        }
        let length = (N - skip).min(into.len());
        let (here, rest) = into.split_at_mut(length);
        here.copy_from_slice(&bytes[skip..skip + length]);
        (into, skip) = (rest, 0);
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("fewer than 4 billion entries")
}

fn row_bytes(row: &Row) -> [u8; ROW_BYTES] {
    let mut bytes = [0; ROW_BYTES];
    let numbers = [
        row.first,
        row.middle,
        row.last,
        row.birth,
        row.house,
        row.street,
        row.address,
        row.unit,
        row.city,
        row.zip,
        row.state,
        row.phone,
        row.email,
    ];
    for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    (bytes[52], bytes[53]) = (row.sex, row.suffix);
    bytes
}

fn row_of(bytes: &[u8; ROW_BYTES]) -> Row {
    let at = |place: usize| {
        let mut number = [0; 4];
        number.copy_from_slice(&bytes[place * 4..place * 4 + 4]);
        u32::from_le_bytes(number)
    };
    Row {
        first: at(0),
        middle: at(1),
        last: at(2),
        birth: at(3),
        house: at(4),
        street: at(5),
        address: at(6),
        unit: at(7),
        city: at(8),
        zip: at(9),
        state: at(10),
        phone: at(11),
        email: at(12),
        phone_digits: 0,
        sex: bytes[52],
        suffix: bytes[53],
    }
}

/// Ends and counts of all values, then their bytes. Returns values, bytes, and rows that have one.
fn write_dictionary(dictionary: &Dictionary, into: &mut Vec<u8>) -> [u64; 3] {
    let numbers = || 1..number(dictionary.len());
    let mut end = 0_usize;
    for value in numbers() {
        end += dictionary.bytes(value).len();
        into.extend(number(end).to_le_bytes());
    }
    for value in numbers() {
        into.extend(dictionary.count(value).to_le_bytes());
    }
    for value in numbers() {
        into.extend(dictionary.bytes(value));
    }
    [dictionary.len() as u64 - 1, end as u64, dictionary.total()]
}

/// The values of one field.
#[derive(Debug, Default)]
struct Values {
    ends: Vec<u32>,
    counts: Vec<u32>,
    bytes: Vec<u8>,
    total: u64,
}

impl Values {
    fn bytes(&self, number: u32) -> &[u8] {
        let Some(at) = (number as usize).checked_sub(1) else { return &[] };
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    fn count(&self, number: u32) -> u32 {
        (number as usize).checked_sub(1).map_or(0, |at| self.counts[at])
    }
}

/// A base that is asked: values in memory, rows and lists read as they are needed.
#[derive(Debug)]
pub struct Lookup<S> {
    source: S,
    head: Head,
    fields: Vec<Values>,
    births: std::collections::HashMap<u32, u32>,
    starts: Vec<u32>,
}

/// A row of the base that may be the one looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The row.
    pub row: u32,
    /// Chance that it is the one, the other candidates considered.
    pub chance: f64,
    /// Log-odds in bits, without them.
    pub bits: f64,
    /// What was found, comparison by comparison.
    pub found: Vec<(String, String)>,
}

/// What a look-up came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The likeliest first.
    pub candidates: Vec<Candidate>,
    /// Rows compared.
    pub compared: usize,
    /// Whether more rows than are compared share all that is known, so that others may be as likely.
    pub cut: bool,
}

impl<S: Source> Lookup<S> {
    /// Opens a base.
    ///
    /// # Errors
    /// Its parts cannot be read, or do not fit the head.
    pub fn open(source: S, head: Head) -> io::Result<Self> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the parts do not fit together");
        if head.version != VERSION || head.fields.len() != DICTIONARIES || !(1..64).contains(&head.shift) {
            return Err(damaged());
        }
        let size = |bytes: u64| usize::try_from(bytes).map_err(io::Error::other);
        let mut values = vec![0; size(head.parts[VALUES])?];
        source.read(VALUES, 0, &mut values)?;
        let mut rest = values.as_slice();
        let mut take = |bytes: u64| -> io::Result<&[u8]> {
            let (here, behind) = rest.split_at_checked(size(bytes)?).ok_or_else(damaged)?;
            rest = behind;
            Ok(here)
        };
        let mut fields = Vec::with_capacity(DICTIONARIES);
        for [count, bytes, total] in &head.fields {
            let ends = numbers(take(count.saturating_mul(4))?);
            let counts = numbers(take(count.saturating_mul(4))?);
            let bytes = take(*bytes)?.to_vec();
            let rising = ends.is_sorted() && ends.last().is_none_or(|end| *end as usize == bytes.len());
            if !rising {
                return Err(damaged());
            }
            fields.push(Values { ends, counts, bytes, total: *total });
        }
        let births = numbers(take(head.births.saturating_mul(8))?);
        let births = births.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let mut starts = vec![0; size(head.parts[STARTS])?];
        source.read(STARTS, 0, &mut starts)?;
        let starts = numbers(&starts);
        let wanted = 1_u64.checked_shl(64 - head.shift).unwrap_or(0) + 1;
        let entries = head.parts[LISTS] / 8;
        if starts.len() as u64 != wanted
            || !starts.is_sorted()
            || starts.last().is_none_or(|end| u64::from(*end) != entries)
        {
            return Err(damaged());
        }
        Ok(Self { source, head, fields, births, starts })
    }

    /// Rows of the base.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.head.rows
    }

    /// The rows that one row, its cells in the order of [`COLUMNS`], may be; at most `limit`.
    ///
    /// # Errors
    /// The base cannot be read.
    pub fn find(&self, cells: &[&str; COLUMNS.len()], limit: usize) -> io::Result<Found> {
        let mut preparation = preparation();
        let columns = cells.map(|cell| StringArray::from(vec![(!cell.is_empty()).then_some(cell)]));
        preparation.push(Side::Left, &columns.iter().collect::<Vec<_>>());
        let asked = preparation.finish();
        let Some(row) = asked.left.first().copied() else { return Ok(Found::default()) };
        let (rows, cut) = self.candidates(&Texts::of(&asked.values, &row))?;
        if rows.is_empty() {
            return Ok(Found::default());
        }
        let prepared = self.small(&rows, &asked, &row)?;
        let mut found = self.score(&prepared, &rows, limit);
        found.cut = cut;
        Ok(found)
    }

    /// Rows that share a key, and whether there are more.
    fn candidates(&self, texts: &Texts<'_>) -> io::Result<(Vec<u32>, bool)> {
        let mut hashes = Vec::new();
        keys(texts, |hash| hashes.push(hash));
        hashes.sort_unstable();
        hashes.dedup();
        let mut lists = Vec::with_capacity(hashes.len());
        for hash in hashes {
            lists.push(self.list(hash)?);
        }
        lists.sort_by_key(Vec::len);
        let mut found: Vec<u32> = Vec::new();
        let mut cut = false;
        for list in lists {
            if list.len() > LIST_MAX && !found.is_empty() {
                break;
            }
            cut |= list.len() > LIST_MAX;
            for row in list {
                if found.contains(&row) {
                    continue;
                }
                if found.len() == CANDIDATES_MAX {
                    return Ok((found, true));
                }
                found.push(row);
            }
        }
        Ok((found, cut))
    }

    /// The rows of a hash, one more than [`LIST_MAX`] at most.
    fn list(&self, hash: u64) -> io::Result<Vec<u32>> {
        let mask = (1_u64 << self.head.row_bits) - 1;
        let wanted = hash & !mask;
        let upper = usize::try_from(wanted >> self.head.shift).map_err(io::Error::other)?;
        let (mut start, end) = (self.starts[upper] as usize, self.starts[upper + 1] as usize);
        if end - start > BUCKET_MAX {
            let mut high = end;
            while start < high {
                let middle = start + (high - start) / 2;
                if self.entries(middle, middle + 1)?.first().is_some_and(|entry| *entry < wanted) {
                    start = middle + 1;
                } else {
                    high = middle;
                }
            }
        }
        let end = if end - start > BUCKET_MAX { start + LIST_MAX + 1 } else { end };
        let entries = self.entries(start, end)?;
        let rows = entries.iter().filter(|entry| **entry & !mask == wanted).take(LIST_MAX + 1);
        rows.map(|entry| u32::try_from(entry & mask).map_err(io::Error::other)).collect()
    }

    fn entries(&self, start: usize, end: usize) -> io::Result<Vec<u64>> {
        let mut bytes = vec![0; (end - start) * 8];
        self.source.read(LISTS, start as u64 * 8, &mut bytes)?;
        Ok(bytes
            .chunks_exact(8)
            .map(|chunk| chunk.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
            .collect())
    }

    /// The candidates and the row that is looked for, numbered among themselves, with the base's counts.
    fn small(&self, rows: &[u32], asked: &Prepared, row: &Row) -> io::Result<Prepared> {
        let mut values = Dictionaries::default();
        let mut right = Vec::with_capacity(rows.len());
        for row in rows {
            let mut bytes = [0; ROW_BYTES];
            self.source.read(ROWS, u64::from(*row) * ROW_BYTES as u64, &mut bytes)?;
            let row = row_of(&bytes);
            let value = |field: usize, number: u32| {
                let known = number as usize <= self.fields[field].ends.len();
                if known {
                    (self.fields[field].bytes(number), self.fields[field].count(number))
                } else {
                    (&[][..], 0)
                }
            };
            right.push(renumber(&row, &mut values, value));
        }
        let asked_values = asked.values.fields();
        let left = renumber(row, &mut values, |field, number| (asked_values[field].bytes(number), 0));
        for (dictionary, field) in values.fields_mut().into_iter().zip(&self.fields) {
            dictionary.set_total(field.total);
        }
        let births = right.iter().chain([&left]).map(|row| row.birth);
        Ok(Prepared {
            plan: asked.plan.clone(),
            births: births.filter_map(|birth| Some((birth, *self.births.get(&birth)?))).collect(),
            births_total: self.head.births_total,
            left: vec![left],
            right,
            left_plain: Vec::new(),
            right_plain: Vec::new(),
            values,
            two_sides: true,
        })
    }

    fn score(&self, prepared: &Prepared, rows: &[u32], limit: usize) -> Found {
        let kinds = kinds(prepared);
        let people = (self.head.rows as f64).max(1.0);
        let model = Model::prior(&kinds, IN_BASE / people, (MATES / people).min(0.1));
        let (table, record) = (model.table(), ModelRecord::new(prepared, &model));
        let comparer = Comparer::new(prepared, kinds);
        let mut candidates: Vec<Candidate> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let evidence = comparer.compare(0, at);
                let words = |(comparison, level): (&str, &str)| (comparison.to_owned(), level.to_owned());
                Candidate {
                    row: *row,
                    chance: 0.0,
                    bits: bits(&table, &evidence),
                    found: record.found(evidence.pattern).into_iter().map(words).collect(),
                }
            })
            .collect();
        let odds: f64 = candidates.iter().map(|candidate| candidate.bits.exp2()).sum();
        for candidate in &mut candidates {
            candidate.chance = candidate.bits.exp2() / (1.0 + odds);
        }
        candidates.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.row.cmp(&b.row)));
        candidates.retain(|candidate| candidate.chance >= CHANCE_MIN);
        candidates.truncate(limit);
        Found { candidates, compared: rows.len(), cut: false }
    }
}

fn bits(table: &Table, evidence: &Evidence) -> f64 {
    // What is certain is certain enough: sums of odds stay finite.
    let chances =
        table.chances(evidence.pattern, f64::from(evidence.rarity), f64::from(evidence.rarity_of_mates));
    chances.bits.clamp(-200.0, 200.0)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks_exact(4)
        .map(|chunk| chunk.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        .collect()
}
