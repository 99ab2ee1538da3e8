//! One row against a base that was prepared before (`lookup_base`): in memory or in a file, of which only what a question
//! needs is read.
//!
//! The base's lists are of its own kind (not [`crate::key`]'s): their keys are made of texts, so that a row with values
//! which the base does not have finds its way without being numbered. Values are numbered anew for each look-up, among the
//! candidates alone, with the counts of the whole base; so the comparisons, the model and the words are those of
//! [`crate::run`].

use crate::compare::{Comparer, Evidence};
use crate::explain::ModelRecord;
use crate::kinds::kinds;
use crate::lookup_base::{ENDS, LISTS, RECORDS, STARTS};
pub use crate::lookup_base::{Head, VERSION, write_base};
use crate::lookup_key::{Hashed, Hashes, keys};
use crate::lookup_record::Record;
use crate::model::{Model, Table};
use crate::plan::{ColumnOptions, Plan, Side};
use crate::prepare::{Dictionaries, Preparation, Prepared};
use crate::row::Row;
use arrow_array::StringArray;
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

/// Where the bytes of a base come from.
pub trait Source {
    /// Reads bytes from a place on, until `into` is full.
    ///
    /// # Errors
    /// They cannot be read, or are not what was written.
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
}

/// A base in memory.
#[derive(Debug)]
pub struct Image {
    head: Head,
    bytes: Vec<u8>,
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
    ///
    /// # Errors
    /// Never in practice: memory can be written.
    pub fn new(prepared: Prepared) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let head = write_base(prepared, &mut bytes)?;
        Ok(Self { head, bytes })
    }

    /// What the parts are.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }
}

impl Source for Image {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let there = usize::try_from(at).ok().and_then(|at| self.bytes.get(at..at.checked_add(into.len())?));
        into.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// A base that is asked.
#[derive(Debug)]
pub struct Lookup<S> {
    source: S,
    head: Head,
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
    /// Opens a base; nothing of it is read before it is asked.
    ///
    /// # Errors
    /// The head is of another form, or its parts do not fit each other.
    pub fn open(source: S, head: Head) -> io::Result<Self> {
        let [_, ends, lists, starts] = head.parts;
        let wanted = 1_u64.checked_shl(64_u32.saturating_sub(head.shift)).unwrap_or(0) + 1;
        let fits = head.version == VERSION
            && (1..64).contains(&head.shift)
            && head.row_bits < 64
            && ends == head.rows.saturating_mul(8)
            && lists.is_multiple_of(8)
            && starts == wanted.saturating_mul(4);
        if fits { Ok(Self { source, head }) } else { Err(damaged()) }
    }

    /// Where its bytes come from.
    #[must_use]
    pub fn source(&self) -> &S {
        &self.source
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
        let (rows, cut) = self.candidates(&Hashed::of(&asked.values).get(&row))?;
        if rows.is_empty() {
            return Ok(Found::default());
        }
        let prepared = self.small(&rows, &asked, &row)?;
        let mut found = self.score(&prepared, &rows, limit);
        found.cut = cut;
        Ok(found)
    }

    /// Rows that share a key, and whether there are more.
    fn candidates(&self, row: &Hashes) -> io::Result<(Vec<u32>, bool)> {
        let mut hashes = Vec::new();
        keys(row, |hash| hashes.push(hash));
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
        let upper = wanted >> self.head.shift;
        let mut place = [0; 8];
        self.source.read(self.head.start(STARTS) + upper * 4, &mut place)?;
        let [start, end] =
            [0, 4].map(|at| u32::from_le_bytes([place[at], place[at + 1], place[at + 2], place[at + 3]]));
        let (mut start, end) = (start as usize, end as usize);
        if start > end {
            return Err(damaged());
        }
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
        self.source.read(self.head.start(LISTS) + start as u64 * 8, &mut bytes)?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect())
    }

    /// The bytes of a row's record.
    fn record(&self, row: u32) -> io::Result<Vec<u8>> {
        let mut ends = [0; 16];
        let (row, at) = (u64::from(row), self.head.start(ENDS));
        if row >= self.head.rows {
            return Err(damaged());
        }
        // The first record begins where nothing has ended.
        let skip = if row == 0 { 8 } else { 0 };
        self.source.read(at + (row * 8).saturating_sub(8), &mut ends[skip..])?;
        let (before, after) = ends.split_at(8);
        let end = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let (start, end) = (end(before), end(after));
        let length = end.checked_sub(start).filter(|_| end <= self.head.parts[RECORDS]);
        let mut bytes = vec![0; usize::try_from(length.ok_or_else(damaged)?).map_err(io::Error::other)?];
        self.source.read(self.head.start(RECORDS) + start, &mut bytes)?;
        Ok(bytes)
    }

    /// The candidates and the row that is looked for, numbered among themselves, with the base's counts.
    fn small(&self, rows: &[u32], asked: &Prepared, row: &Row) -> io::Result<Prepared> {
        let mut values = Dictionaries::default();
        let mut right = Vec::with_capacity(rows.len());
        let mut births = std::collections::HashMap::new();
        for row in rows {
            let bytes = self.record(*row)?;
            let record = Record::read(&bytes).ok_or_else(damaged)?;
            births.extend(record.births());
            right.push(record.intern(&mut values));
        }
        let left = Record::of(asked, row).uncounted().intern(&mut values);
        for (dictionary, total) in values.fields_mut().into_iter().zip(self.head.totals) {
            dictionary.set_total(total);
        }
        Ok(Prepared {
            plan: asked.plan.clone(),
            births,
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

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the parts do not fit together")
}
