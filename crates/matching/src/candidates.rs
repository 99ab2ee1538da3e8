//! Which pairs are compared: for each row of the left side the rows of the base that share a key, rare keys first.

use crate::key::KeyMaker;
use crate::parallel::in_parallel;
use crate::prepare::Prepared;
use serde::Serialize;

/// Longer lists are parted by a further field.
const LIST_MAX: usize = 200;
/// At most so many rows of a large base are compared with a row.
const CANDIDATES_MAX: usize = 64;
/// Longer lists are of keys that say little: they are asked only for rows that rarer keys give few candidates.
const LIST_LONG: usize = 12;
/// From so many candidates on a row does without long lists; more where there are few rows, which have time for it.
const CANDIDATES_FEW: usize = 6;
/// So many pairs in all are always worth a look.
const PAIRS_CHEAP: usize = 2_000_000;
/// Up to so many pairs all are compared.
const ALL_PAIRS_MAX: f64 = 3e6;

/// What finding candidates met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CandidateCounts {
    /// Pairs compared.
    pub pairs: u64,
    /// Rows for which one row agreed so well that no further ones were looked for.
    pub rows_settled: u64,
    /// Rows that share keys with more rows than are compared with one: their rarest keys were taken.
    pub rows_at_limit: u64,
    /// Lists that stayed too long after parting, of which only a part was taken.
    pub lists_cut: u64,
}

impl CandidateCounts {
    /// Counts what another search met.
    pub fn add(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.rows_settled += other.rows_settled;
        self.rows_at_limit += other.rows_at_limit;
        self.lists_cut += other.lists_cut;
    }
}

/// The lists of the base's rows by key.
#[derive(Debug)]
pub struct Candidates<'a> {
    prepared: &'a Prepared,
    maker: KeyMaker<'a>,
    lists: Vec<Lists>,
    all_pairs: bool,
    /// From so many candidates on a row does without long lists.
    few: usize,
    /// At most so many rows of the base are compared with a row.
    most: usize,
}

impl<'a> Candidates<'a> {
    /// Builds the lists.
    #[must_use]
    pub fn new(prepared: &'a Prepared) -> Self {
        let maker = KeyMaker::new(prepared);
        let all_pairs = prepared.pairs() <= ALL_PAIRS_MAX;
        let lists = if all_pairs {
            Vec::new()
        } else {
            in_parallel(maker.len(), |key| Lists::new(prepared, &maker, key))
        };
        let few = (PAIRS_CHEAP / prepared.left.len().max(1)).clamp(CANDIDATES_FEW, 4 * CANDIDATES_MAX);
        Self { prepared, maker, lists, all_pairs, few, most: CANDIDATES_MAX.max(few) }
    }

    /// Whether every pair is compared.
    #[must_use]
    pub fn are_all_pairs(&self) -> bool {
        self.all_pairs
    }

    /// The rows of the base with which a row of the left side is compared, into the search. Within one file each pair is
    /// found once, from its earlier row.
    pub fn look<'s>(&'s self, row: usize, search: &mut Search<'s>) {
        search.begin(row);
        self.look_further(search);
    }

    /// Only what the keys of the same find: a row that is the same in all but little is among them.
    pub fn look_for_the_same<'s>(&'s self, row: usize, search: &mut Search<'s>) {
        search.begin(row);
        self.gather(search, 0..self.maker.of_the_same());
        self.take(search, LIST_LONG);
    }

    /// As [`Self::look`], after [`Self::look_for_the_same`].
    pub fn look_further<'s>(&'s self, search: &mut Search<'s>) {
        search.found.clear();
        if self.all_pairs {
            let from = if self.prepared.two_sides { 0 } else { search.row + 1 };
            search.found.extend((from..self.prepared.base().len()).map(number));
        } else {
            let keys = search.keys..self.maker.len();
            self.gather(search, keys);
            search.lists.sort_by_key(|list| list.len());
            self.take(search, usize::MAX);
        }
        search.counts.pairs += search.found.len() as u64;
    }

    /// The lists of some keys.
    fn gather<'s>(&'s self, search: &mut Search<'s>, keys: std::ops::Range<usize>) {
        search.keys = keys.end;
        let (values, plain) = self.prepared.left_row(search.row);
        let Search { lists, counts, near, .. } = search;
        if self.lists.is_empty() {
            return;
        }
        near.clear();
        for key in keys {
            let whole = &self.lists[key].whole;
            self.maker.hashes(key, values, plain, |hash| near.push((key, hash, whole.near(hash))));
        }
        // Asking memory for all lists at once takes hardly longer than asking for one.
        let touched =
            near.iter().fold(0, |touched, (_, _, near)| touched ^ near.first().copied().unwrap_or(0));
        std::hint::black_box(touched);
        for (key, hash, near) in near.iter() {
            let all = &self.lists[*key];
            let list = all.whole.find(*hash, near);
            if list.len() <= LIST_MAX {
                lists.push(list);
                continue;
            }
            self.maker.refined(*key, *hash, values, plain, |refined| {
                let list = all.refined.find(refined, all.refined.near(refined));
                if list.len() > LIST_MAX {
                    counts.lists_cut += 1;
                    lists.push(&list[..LIST_MAX]);
                } else {
                    lists.push(list);
                }
            });
        }
    }

    /// The rows of the lists that are not longer than this, in their order.
    fn take(&self, search: &mut Search<'_>, longest: usize) {
        let Search { lists, found, counts, row, .. } = search;
        let row_mask = self.lists.first().map_or(0, |lists| lists.whole.row_mask);
        for list in lists.iter().filter(|list| list.len() <= longest) {
            if list.len() > LIST_LONG && found.len() >= self.few {
                break;
            }
            for entry in *list {
                let other = number(usize::try_from(entry & row_mask).unwrap_or_default());
                if !self.prepared.two_sides && other as usize <= *row || found.contains(&other) {
                    continue;
                }
                if found.len() == self.most {
                    counts.rows_at_limit += 1;
                    return;
                }
                found.push(other);
            }
        }
    }

    /// How many keys a pair shares, up to three.
    #[must_use]
    pub fn shared_keys(&self, left: usize, right: usize) -> usize {
        let mut shared = 0;
        for key in 0..self.maker.len() {
            let mut hashes = [0_u64; 2];
            let mut count = 0;
            self.maker.hashes(key, &self.prepared.left[left], self.prepared.left_plain(left), |hash| {
                hashes[count] = hash;
                count += 1;
            });
            let mut same = false;
            self.maker.hashes(key, &self.prepared.base()[right], self.prepared.base_plain(right), |hash| {
                same |= hashes[..count].contains(&hash);
            });
            shared += usize::from(same);
        }
        shared
    }
}

/// A search for the candidates of one row after the other, with its buffers.
#[derive(Debug, Default)]
pub struct Search<'a> {
    row: usize,
    /// The keys before this one have been asked.
    keys: usize,
    lists: Vec<&'a [u64]>,
    /// Key, hash, and where its list is.
    near: Vec<(usize, u64, &'a [u64])>,
    /// The rows of the base that were found.
    pub found: Vec<u32>,
    /// What the search met.
    pub counts: CandidateCounts,
}

impl Search<'_> {
    fn begin(&mut self, row: usize) {
        (self.row, self.keys) = (row, 0);
        self.lists.clear();
        self.found.clear();
    }
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("fewer than 4 billion rows")
}

/// The lists of one key.
#[derive(Debug)]
struct Lists {
    whole: Postings,
    refined: Postings,
}

impl Lists {
    fn new(prepared: &Prepared, maker: &KeyMaker<'_>, key: usize) -> Self {
        let base = prepared.base();
        let mut whole = Postings::new(base.len());
        for (at, row) in base.iter().enumerate() {
            maker.hashes(key, row, prepared.base_plain(at), |hash| whole.push(hash, at));
        }
        whole.sort();
        let mut refined = Postings::new(base.len());
        let mut start = 0;
        while start < whole.entries.len() {
            let hash = whole.entries[start] & !whole.row_mask;
            let length =
                whole.entries[start..].iter().take_while(|entry| *entry & !whole.row_mask == hash).count();
            if length > LIST_MAX {
                for entry in &whole.entries[start..start + length] {
                    let at = usize::try_from(entry & whole.row_mask).unwrap_or_default();
                    let plain = prepared.base_plain(at);
                    // The list holds the upper bits of the hash only; refining asks for the whole.
                    maker.hashes(key, &base[at], plain, |full| {
                        if full & !whole.row_mask == hash {
                            maker.refined(key, full, &base[at], plain, |hash| refined.push(hash, at));
                        }
                    });
                }
            }
            start += length;
        }
        refined.sort();
        Self { whole, refined }
    }
}

/// Rows by hash: the hash's upper bits and the row in one number, ascending.
#[derive(Debug)]
struct Postings {
    entries: Vec<u64>,
    row_mask: u64,
    /// Where the entries with each value of the uppermost bits begin.
    starts: Vec<u32>,
    /// By how much a hash is shifted to its uppermost bits.
    shift: u32,
}

impl Postings {
    fn new(rows: usize) -> Self {
        let bits = usize::BITS - rows.leading_zeros();
        Self { entries: Vec::new(), row_mask: (1_u64 << bits) - 1, starts: vec![0; 3], shift: 63 }
    }

    fn push(&mut self, hash: u64, row: usize) {
        self.entries.push(hash & !self.row_mask | row as u64);
    }

    fn sort(&mut self) {
        self.entries.sort_unstable();
        self.entries.shrink_to_fit();
        // About four entries for each start.
        let bits = (usize::BITS - self.entries.len().leading_zeros()).saturating_sub(2).max(1);
        self.shift = 64 - bits;
        self.starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for upper in 0..1_u64 << bits {
            while at < self.entries.len() && self.entries[at] >> self.shift < upper {
                at += 1;
            }
            self.starts.push(number(at));
        }
        self.starts.push(number(self.entries.len()));
    }

    /// The entries of the hashes that begin as this one does.
    fn near(&self, hash: u64) -> &[u64] {
        let upper = usize::try_from((hash & !self.row_mask) >> self.shift).unwrap_or_default();
        &self.entries[self.starts[upper] as usize..self.starts[upper + 1] as usize]
    }

    /// The entries of a hash, among those near it.
    fn find<'s>(&self, hash: u64, near: &'s [u64]) -> &'s [u64] {
        let wanted = hash & !self.row_mask;
        let start = if near.len() <= 16 {
            near.iter().take_while(|entry| **entry < wanted).count()
        } else {
            near.partition_point(|entry| *entry < wanted)
        };
        let rest = &near[start..];
        let length = if rest.len() <= 16 {
            rest.iter().take_while(|entry| **entry & !self.row_mask == wanted).count()
        } else {
            rest.partition_point(|entry| *entry & !self.row_mask == wanted)
        };
        &rest[..length]
    }
}
