//! Making a base that is asked row by row (`lookup`): the rows' records, where each begins, the lists of rows by key, and
//! where the lists begin, one behind the other.

use crate::lookup_key::{Hashed, keys};
use crate::lookup_record::Record;
use crate::parallel::in_parallel;
use crate::prepare::{DICTIONARIES, Prepared};
use crate::row::Row;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::mem::take;
use std::sync::{Mutex, PoisonError};

/// The form's version: another one is made anew.
pub const VERSION: u32 = 2;
/// Number of parts.
pub(crate) const PARTS: usize = 4;
pub(crate) const RECORDS: usize = 0;
pub(crate) const ENDS: usize = 1;
pub(crate) const LISTS: usize = 2;
pub(crate) const STARTS: usize = 3;

/// Keys of a row, roughly.
const KEYS: usize = 24;
/// Lists of so many rows are made at once: about 400 MB.
const ROWS_AT_ONCE: usize = 2_000_000;
/// Records made at once by a core.
const RECORDS_AT_ONCE: usize = 16_384;
/// Lists are sorted in so many pieces.
const PIECES: usize = 32;

/// What the parts of a base are, and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the form.
    pub version: u32,
    /// Rows of the base.
    pub rows: u64,
    /// Bytes of each part: records, their ends, lists, their beginnings.
    pub(crate) parts: [u64; PARTS],
    /// Of each field the rows that have a value.
    pub(crate) totals: [u64; DICTIONARIES],
    pub(crate) births_total: u64,
    /// Bits of a list entry that say the row.
    pub(crate) row_bits: u32,
    /// By how much a hash is shifted to the place of its beginning.
    pub(crate) shift: u32,
}

impl Head {
    /// Bytes of the whole base.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |all, part| all.saturating_add(*part))
    }

    /// Where a part begins.
    pub(crate) fn start(&self, part: usize) -> u64 {
        self.parts[..part].iter().fold(0, |all, part| all.saturating_add(*part))
    }
}

/// Writes the base of prepared rows (of the left side), from the first byte to the last.
///
/// # Errors
/// It cannot be written.
pub fn write_base(mut prepared: Prepared, to: &mut impl Write) -> io::Result<Head> {
    let rows = prepared.left.len();
    let mut head = Head {
        version: VERSION,
        rows: rows as u64,
        parts: [0; PARTS],
        totals: prepared.values.fields().map(crate::dictionary::Dictionary::total),
        births_total: prepared.births_total,
        row_bits: usize::BITS - rows.leading_zeros(),
        shift: 0,
    };
    let ends = write_records(&prepared, to)?;
    head.parts[RECORDS] = ends.last().copied().unwrap_or(0);
    head.parts[ENDS] = write_numbers(ends.iter().map(|end| end.to_le_bytes()), to)?;
    drop(ends);
    let hashed = Hashed::of(&prepared.values);
    let left = take(&mut prepared.left);
    drop(prepared);
    // About sixteen entries for each beginning.
    let bits = (usize::BITS - (rows * KEYS).leading_zeros()).saturating_sub(4).max(1);
    head.shift = 64 - bits;
    let mut starts: Vec<u32> = Vec::with_capacity((1 << bits) + 1);
    let mut entries = 0_usize;
    each_list(&left, &hashed, head.row_bits, |list| {
        for (at, entry) in list.iter().enumerate() {
            while (starts.len() as u64) <= entry >> head.shift {
                starts.push(number(entries + at));
            }
        }
        entries += list.len();
        write_numbers(list.iter().map(|entry| entry.to_le_bytes()), to).map(drop)
    })?;
    starts.resize((1 << bits) + 1, number(entries));
    head.parts[LISTS] = entries as u64 * 8;
    head.parts[STARTS] = write_numbers(starts.iter().map(|start| start.to_le_bytes()), to)?;
    Ok(head)
}

/// Writes the records. Returns their ends.
fn write_records(prepared: &Prepared, to: &mut impl Write) -> io::Result<Vec<u64>> {
    let mut ends = Vec::with_capacity(prepared.left.len());
    let mut end = 0;
    // As many at once as there are cores, a few times over.
    let wave = std::thread::available_parallelism().map_or(1, usize::from) * 4 * RECORDS_AT_ONCE;
    for rows in prepared.left.chunks(wave) {
        let pieces: Vec<&[Row]> = rows.chunks(RECORDS_AT_ONCE).collect();
        let made = in_parallel(pieces.len(), |piece| {
            let (mut bytes, mut lengths) = (Vec::new(), Vec::with_capacity(pieces[piece].len()));
            for row in pieces[piece] {
                let before = bytes.len();
                Record::of(prepared, row).write(&mut bytes);
                lengths.push(bytes.len() - before);
            }
            (bytes, lengths)
        });
        for (bytes, lengths) in made {
            to.write_all(&bytes)?;
            ends.extend(lengths.into_iter().map(|length| {
                end += length as u64;
                end
            }));
        }
    }
    Ok(ends)
}

/// Gives the entries of all lists (the upper bits of a key's hash, then the row) in their order, piece by piece.
fn each_list(
    rows: &[Row],
    hashed: &Hashed,
    row_bits: u32,
    mut each: impl FnMut(&[u64]) -> io::Result<()>,
) -> io::Result<()> {
    let mask = (1_u64 << row_bits) - 1;
    let passes = rows.len().div_ceil(ROWS_AT_ONCE).max(1);
    let pieces = (passes * PIECES) as u64;
    let piece_of =
        |hash: u64| u64::try_from((u128::from(hash) * u128::from(pieces)) >> 64).unwrap_or(u64::MAX);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(cores).max(1);
    for pass in 0..passes as u64 {
        let wanted = pass * PIECES as u64..(pass + 1) * PIECES as u64;
        let found = in_parallel(rows.len().div_ceil(share), |part| {
            let mut lists = vec![Vec::new(); PIECES];
            let start = part * share;
            for (at, row) in (start as u64..).zip(&rows[start..(start + share).min(rows.len())]) {
                keys(&hashed.get(row), |hash| {
                    let piece = piece_of(hash);
                    if wanted.contains(&piece)
                        && let Ok(piece) = usize::try_from(piece - wanted.start)
                    {
                        lists[piece].push(hash & !mask | at);
                    }
                });
            }
            lists
        });
        let found: Vec<Mutex<Vec<Vec<u64>>>> = transposed(found).into_iter().map(Mutex::new).collect();
        for wave in found.chunks(cores) {
            let sorted = in_parallel(wave.len(), |at| {
                let mut list = take(&mut *wave[at].lock().unwrap_or_else(PoisonError::into_inner)).concat();
                list.sort_unstable();
                list.dedup();
                list
            });
            for list in &sorted {
                each(list)?;
            }
        }
    }
    Ok(())
}

/// By piece what each core found.
fn transposed(found: Vec<Vec<Vec<u64>>>) -> Vec<Vec<Vec<u64>>> {
    let mut by_piece: Vec<Vec<Vec<u64>>> = vec![Vec::new(); PIECES];
    for lists in found {
        for (all, list) in by_piece.iter_mut().zip(lists) {
            all.push(list);
        }
    }
    by_piece
}

/// Returns how many bytes they take.
fn write_numbers<const N: usize>(
    numbers: impl Iterator<Item = [u8; N]>,
    to: &mut impl Write,
) -> io::Result<u64> {
    const BUFFERED: usize = 1 << 16;
    let mut buffer = Vec::with_capacity(BUFFERED + N);
    let mut bytes = 0;
    for number in numbers {
        buffer.extend_from_slice(&number);
        if buffer.len() >= BUFFERED {
            to.write_all(&buffer)?;
            bytes += buffer.len() as u64;
            buffer.clear();
        }
    }
    to.write_all(&buffer)?;
    Ok(bytes + buffer.len() as u64)
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("fewer than 4 billion entries")
}
