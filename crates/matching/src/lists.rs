//! The base's rows by key: only of keys that a row which asks has, so that memory and time follow from the shorter side; and
//! in the order in which these rows ask, so that memory is read from front to back.

use crate::key::{KeyMaker, Values};
use crate::parallel::in_parallel;
use crate::prepare::Prepared;
use std::ops::Range;

/// Longer lists are parted by a further field.
pub const LIST_MAX: usize = 200;
/// Rows that one core works on at a time.
const BLOCK_ROWS: usize = 1 << 15;
/// Rows whose values are computed at a time.
const VALUES_ROWS: usize = 512;
/// At most so many hashes are held at a time, unless one key has more.
const HASHES_MAX: usize = 1 << 25;
/// So many places in memory are asked for at a time.
const TOUCHED: usize = 32;

/// The lists of some keys, for some rows of the left side.
#[derive(Debug)]
pub struct Lists {
    first: usize,
    of_key: Vec<KeyLists>,
}

impl Lists {
    /// Those of these keys for these rows of the left side, or for all.
    #[must_use]
    pub fn new(
        prepared: &Prepared,
        maker: &KeyMaker<'_>,
        keys: Range<usize>,
        asking: Option<&[u32]>,
    ) -> Self {
        let mut lists = Self { first: keys.start, of_key: Vec::with_capacity(keys.len()) };
        let one_file = !prepared.two_sides && asking.is_none();
        let longer = asking.map_or(prepared.left.len(), <[u32]>::len);
        let at_a_time = (HASHES_MAX / longer.max(1)).max(1);
        let mut start = keys.start;
        while start < keys.end {
            let some = start..keys.end.min(start + at_a_time);
            start = some.end;
            let asked = asked(prepared, maker, some.clone(), asking);
            let filters = if one_file {
                Vec::new()
            } else {
                in_parallel(some.len(), |key| Filter::new(asked.iter().map(|block| block[key].as_slice())))
            };
            let base = if one_file { Vec::new() } else { entries(prepared, maker, some.clone(), &filters) };
            lists.of_key.extend(in_parallel(some.len(), |place| {
                let asked = asked.iter().map(|block| block[place].as_slice());
                let base = base.iter().map(|block: &Vec<Vec<Entry>>| block[place].as_slice());
                let base = if one_file { None } else { Some(base) };
                KeyLists::new(prepared, maker, some.start + place, longer, asked, base)
            }));
        }
        lists
    }

    /// The keys with their lists.
    pub fn keys(&self) -> impl Iterator<Item = (usize, &KeyLists)> {
        (self.first..).zip(&self.of_key)
    }
}

/// A row and its hash under a key; of those who ask, the row's place among them.
type Entry = (u32, u32);

/// By block of rows and key the hashes of those who ask.
fn asked(
    prepared: &Prepared,
    maker: &KeyMaker<'_>,
    keys: Range<usize>,
    asking: Option<&[u32]>,
) -> Vec<Vec<Vec<Entry>>> {
    let row = |at: usize| prepared.left_row(asking.map_or(at, |rows| rows[at] as usize));
    let rows = asking.map_or(prepared.left.len(), <[u32]>::len);
    hashes(maker, keys, rows, row, |_, _| true)
}

/// By block of rows and key the entries of the base that pass the filters.
fn entries(
    prepared: &Prepared,
    maker: &KeyMaker<'_>,
    keys: Range<usize>,
    filters: &[Filter],
) -> Vec<Vec<Vec<Entry>>> {
    let row = |at: usize| prepared.base_row(at);
    hashes(maker, keys, prepared.base().len(), row, |place, hash| filters[place].may_have(hash))
}

fn hashes<'p>(
    maker: &KeyMaker<'_>,
    keys: Range<usize>,
    rows: usize,
    row: impl Fn(usize) -> (&'p crate::row::Row, &'p [u32]) + Sync,
    is_wanted: impl Fn(usize, u32) -> bool + Sync,
) -> Vec<Vec<Vec<Entry>>> {
    in_parallel(rows.div_ceil(BLOCK_ROWS), |block| {
        let mut entries = vec![Vec::new(); keys.len()];
        let mut values = Values::default();
        let end = rows.min((block + 1) * BLOCK_ROWS);
        for start in (block * BLOCK_ROWS..end).step_by(VALUES_ROWS) {
            let some = start..end.min(start + VALUES_ROWS);
            maker.fill(&mut values, keys.clone(), some.clone().map(&row));
            for (place, entries) in entries.iter_mut().enumerate() {
                maker.hashes(keys.start + place, &mut values, |at, hash| {
                    if is_wanted(place, hash) {
                        entries.push((number(start + at), hash));
                    }
                });
            }
        }
        entries
    })
}

/// Which hashes are asked for: a bit for many of them, so that a few others pass as well.
#[derive(Debug)]
struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    fn new<'h>(asked: impl Iterator<Item = &'h [Entry]> + Clone) -> Self {
        let count: usize = asked.clone().map(<[Entry]>::len).sum();
        // From eight to sixteen bits a hash: one in ten others passes.
        let words = (count / 8).next_power_of_two().clamp(1, 1 << 26);
        let mut filter = Self { bits: vec![0; words], shift: 26 - words.trailing_zeros() };
        for (_, hash) in asked.flatten() {
            let (word, bit) = filter.place(*hash);
            filter.bits[word] |= bit;
        }
        filter
    }

    fn place(&self, hash: u32) -> (usize, u64) {
        let bit = hash >> self.shift;
        ((bit >> 6) as usize, 1 << (bit & 63))
    }

    fn may_have(&self, hash: u32) -> bool {
        let (word, bit) = self.place(hash);
        self.bits[word] & bit != 0
    }
}

/// The lists of one key. Lists are numbered from 1, in the order in which they are first asked for.
#[derive(Debug)]
pub struct KeyLists {
    /// By the place of who asks, the number of the list, or 0.
    list_of: Vec<u32>,
    /// The same of who has two hashes; else empty.
    second_of: Vec<u32>,
    /// Where each list ends.
    ends: Vec<u32>,
    rows: Vec<u32>,
    /// Lists that are too long, parted.
    refined: Postings,
}

impl KeyLists {
    /// `base` is none where the rows who ask are the base.
    fn new<'h>(
        prepared: &Prepared,
        maker: &KeyMaker<'_>,
        key: usize,
        asking: usize,
        asked: impl Iterator<Item = &'h [Entry]> + Clone,
        base: Option<impl Iterator<Item = &'h [Entry]> + Clone>,
    ) -> Self {
        let mut numbers = Numbers::new(asked.clone().map(<[Entry]>::len).sum());
        let (mut list_of, mut second_of) = (vec![0; asking], Vec::new());
        for some in asked.clone().flat_map(|block| block.chunks(TOUCHED)) {
            numbers.touch(some);
            for (place, hash) in some {
                let number = numbers.number(*hash);
                let list = &mut list_of[*place as usize];
                if *list == 0 {
                    *list = number;
                } else {
                    second_of.resize(asking, 0);
                    second_of[*place as usize] = number;
                }
            }
        }
        let mut lists =
            Self { list_of, second_of, ends: Vec::new(), rows: Vec::new(), refined: Postings::new(0) };
        match base {
            Some(base) => lists.fill(&numbers, base, 1),
            // Nobody else asks for a key that one row has.
            None => lists.fill(&numbers, asked, 2),
        }
        drop(numbers);
        lists.refine(prepared, maker, key);
        lists
    }

    /// The rows of the lists; those of fewer rows are left empty.
    fn fill<'h>(
        &mut self,
        numbers: &Numbers,
        entries: impl Iterator<Item = &'h [Entry]> + Clone,
        fewest: u32,
    ) {
        let mut found = Vec::with_capacity(entries.clone().map(<[Entry]>::len).sum());
        let mut counts = vec![0_u32; numbers.count as usize + 1];
        for some in entries.flat_map(|block| block.chunks(TOUCHED)) {
            numbers.touch(some);
            for (row, hash) in some {
                let list = numbers.find(*hash);
                if list != 0 {
                    counts[list as usize] += 1;
                    found.push((list, *row));
                }
            }
        }
        let mut start = 0;
        for count in &mut counts {
            let length = if *count < fewest { 0 } else { *count };
            // From here on where the next row goes, or nowhere.
            *count = if length == 0 { u32::MAX } else { start };
            start += length;
            self.ends.push(start);
        }
        self.rows = vec![0; start as usize];
        for (list, row) in found {
            let next = &mut counts[list as usize];
            if *next != u32::MAX {
                self.rows[*next as usize] = row;
                *next += 1;
            }
        }
    }

    fn refine(&mut self, prepared: &Prepared, maker: &KeyMaker<'_>, key: usize) {
        let mut refined = Postings::new(prepared.base().len());
        for list in 1..number(self.ends.len()) {
            let rows = self.rows(list);
            if rows.len() > LIST_MAX {
                for at in rows {
                    let (row, plain) = prepared.base_row(*at as usize);
                    maker.refined(key, list, row, plain, |hash| refined.push(hash, *at));
                }
            }
        }
        refined.sort();
        self.refined = refined;
    }

    /// The lists of who asks, by its place.
    pub fn lists_of(&self, place: usize) -> impl Iterator<Item = u32> {
        let second = self.second_of.get(place).copied().unwrap_or_default();
        [self.list_of[place], second].into_iter().filter(|list| *list != 0)
    }

    /// The rows of a list.
    #[must_use]
    pub fn rows(&self, list: u32) -> &[u32] {
        let list = list as usize;
        &self.rows[self.ends[list - 1] as usize..self.ends[list] as usize]
    }

    /// The rows of a part of a long list.
    #[must_use]
    pub fn refined(&self, hash: u64) -> &[u32] {
        self.refined.find(hash)
    }
}

/// Hashes, numbered from 1 in the order in which they come.
#[derive(Debug)]
struct Numbers {
    /// Open addressing: the hash, and its number or 0.
    slots: Vec<(u32, u32)>,
    shift: u32,
    count: u32,
}

impl Numbers {
    fn new(hashes: usize) -> Self {
        let size = (hashes * 2).next_power_of_two().clamp(2, 1 << 32);
        Self { slots: vec![(0, 0); size], shift: 32 - size.trailing_zeros(), count: 0 }
    }

    fn start(&self, hash: u32) -> usize {
        (hash >> self.shift) as usize
    }

    /// Asks memory for the slots of some hashes at once, which takes hardly longer than for one.
    fn touch(&self, entries: &[Entry]) {
        let touched = entries.iter().fold(0, |touched, (_, hash)| touched ^ self.slots[self.start(*hash)].0);
        std::hint::black_box(touched);
    }

    /// The place of a hash, and its number or 0.
    fn look(&self, hash: u32) -> (usize, u32) {
        let mask = self.slots.len() - 1;
        let mut at = self.start(hash);
        loop {
            let (found, number) = self.slots[at];
            if number == 0 || found == hash {
                return (at, number);
            }
            at = (at + 1) & mask;
        }
    }

    fn find(&self, hash: u32) -> u32 {
        self.look(hash).1
    }

    fn number(&mut self, hash: u32) -> u32 {
        match self.look(hash) {
            (at, 0) => {
                self.count += 1;
                self.slots[at] = (hash, self.count);
                self.count
            }
            (_, number) => number,
        }
    }
}

/// Rows by hash.
#[derive(Debug)]
struct Postings {
    /// The hash's upper bits, ascending.
    hashes: Vec<u64>,
    rows: Vec<u32>,
    row_mask: u64,
    /// Where the hashes with each value of the uppermost bits begin.
    starts: Vec<u32>,
    shift: u32,
}

impl Postings {
    fn new(rows: usize) -> Self {
        let row_mask = (1_u64 << (usize::BITS - rows.leading_zeros())) - 1;
        Self { hashes: Vec::new(), rows: Vec::new(), row_mask, starts: vec![0; 3], shift: 63 }
    }

    fn push(&mut self, hash: u64, row: u32) {
        self.hashes.push(hash & !self.row_mask | u64::from(row));
    }

    fn sort(&mut self) {
        self.hashes.sort_unstable();
        let row = |entry: &u64| u32::try_from(entry & self.row_mask).expect("rows are 32 bits");
        self.rows = self.hashes.iter().map(row).collect();
        self.hashes.iter_mut().for_each(|entry| *entry &= !self.row_mask);
        // About four hashes for each start.
        let bits = (usize::BITS - self.hashes.len().leading_zeros()).saturating_sub(2).max(1);
        self.shift = 64 - bits;
        self.starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for upper in 0..1_u64 << bits {
            while at < self.hashes.len() && self.hashes[at] >> self.shift < upper {
                at += 1;
            }
            self.starts.push(number(at));
        }
        self.starts.push(number(self.hashes.len()));
    }

    fn find(&self, hash: u64) -> &[u32] {
        let wanted = hash & !self.row_mask;
        let upper = usize::try_from(wanted >> self.shift).unwrap_or_default();
        let near = self.starts[upper] as usize..self.starts[upper + 1] as usize;
        let start = near.start + self.hashes[near.clone()].partition_point(|hash| *hash < wanted);
        let length = self.hashes[start..near.end].partition_point(|hash| *hash == wanted);
        &self.rows[start..start + length]
    }
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("fewer than 4 billion rows")
}
