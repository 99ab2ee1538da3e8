//! Which pairs are compared: for each row of the left side the rows of the base that share a key, rare keys first.

use crate::key::{KeyMaker, Values};
use crate::lists::{LIST_MAX, Lists};
use crate::prepare::Prepared;
use serde::Serialize;
use std::ops::Range;

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

/// Finds candidates in the lists of the base's rows by key.
#[derive(Debug)]
pub struct Candidates<'a> {
    prepared: &'a Prepared,
    maker: KeyMaker<'a>,
    all_pairs: bool,
    /// From so many candidates on a row does without long lists.
    few: usize,
    /// At most so many rows of the base are compared with a row.
    most: usize,
}

impl<'a> Candidates<'a> {
    /// Chooses the keys.
    #[must_use]
    pub fn new(prepared: &'a Prepared) -> Self {
        let maker = KeyMaker::new(prepared);
        let all_pairs = prepared.pairs() <= ALL_PAIRS_MAX;
        let few = (PAIRS_CHEAP / prepared.left.len().max(1)).clamp(CANDIDATES_FEW, 4 * CANDIDATES_MAX);
        Self { prepared, maker, all_pairs, few, most: CANDIDATES_MAX.max(few) }
    }

    /// The keys of the same, and the others.
    #[must_use]
    pub fn keys(&self) -> [Range<usize>; 2] {
        let same = if self.all_pairs { 0 } else { self.maker.of_the_same() };
        [0..same, same..if self.all_pairs { 0 } else { self.maker.len() }]
    }

    /// The lists of some keys, for these rows of the left side, or for all.
    #[must_use]
    pub fn lists(&self, keys: Range<usize>, asking: Option<&[u32]>) -> Lists {
        Lists::new(self.prepared, &self.maker, keys, asking)
    }

    /// Whether every pair is compared.
    #[must_use]
    pub fn are_all_pairs(&self) -> bool {
        self.all_pairs
    }

    /// The rows of the base with which a row of the left side is compared, into the search. Within one file each pair is
    /// found once, from its earlier row. The lists come with the row's place among those for whom they were made.
    pub fn look<'s>(&self, lists: &[(&'s Lists, usize)], row: usize, search: &mut Search<'s>) {
        search.begin(row);
        if self.all_pairs {
            let from = if self.prepared.two_sides { 0 } else { row + 1 };
            search.found.extend((from..self.prepared.base().len()).map(number));
        } else {
            lists.iter().for_each(|(lists, place)| self.gather(lists, *place, search));
            search.lists.sort_by_key(|list| list.len());
            self.take(search, usize::MAX);
        }
        search.counts.pairs += search.found.len() as u64;
    }

    /// Only what the keys of the same find: a row that is the same in all but little is among them. The lists are for all
    /// rows.
    pub fn look_for_the_same<'s>(&self, lists: &'s Lists, row: usize, search: &mut Search<'s>) {
        search.begin(row);
        self.gather(lists, row, search);
        self.take(search, LIST_LONG);
    }

    /// The lists of a row.
    fn gather<'s>(&self, of_keys: &'s Lists, place: usize, search: &mut Search<'s>) {
        let (row, plain) = self.prepared.left_row(search.row);
        for (key, of_key) in of_keys.keys() {
            for list in of_key.lists_of(place) {
                let rows = of_key.rows(list);
                if rows.len() <= LIST_MAX {
                    search.lists.push(rows);
                    continue;
                }
                let mut is_parted = false;
                self.maker.refined(key, list, row, plain, |refined| {
                    is_parted = true;
                    let rows = of_key.refined(refined);
                    search.counts.lists_cut += u64::from(rows.len() > LIST_MAX);
                    search.lists.push(&rows[..rows.len().min(LIST_MAX)]);
                });
                if !is_parted {
                    // The row has nothing by which to part it.
                    search.counts.lists_cut += 1;
                    search.lists.push(&rows[..LIST_MAX]);
                }
            }
        }
    }

    /// The rows of the lists that are not longer than this, in their order.
    fn take(&self, search: &mut Search<'_>, longest: usize) {
        let Search { lists, found, counts, row, .. } = search;
        for list in lists.iter().filter(|list| list.len() <= longest) {
            if list.len() > LIST_LONG && found.len() >= self.few {
                break;
            }
            for other in list.iter().copied() {
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

    /// How many keys a pair shares.
    #[must_use]
    pub fn shared_keys(&self, left: usize, right: usize) -> usize {
        let keys = 0..self.maker.len();
        let (mut one, mut other) = (Values::default(), Values::default());
        self.maker.fill(&mut one, keys.clone(), std::iter::once(self.prepared.left_row(left)));
        self.maker.fill(&mut other, keys.clone(), std::iter::once(self.prepared.base_row(right)));
        let mut shared = 0;
        for key in keys {
            let mut hashes = [0_u32; 2];
            let mut count = 0;
            self.maker.hashes(key, &mut one, |_, hash| {
                hashes[count] = hash;
                count += 1;
            });
            let mut same = false;
            self.maker.hashes(key, &mut other, |_, hash| same |= hashes[..count].contains(&hash));
            shared += usize::from(same);
        }
        shared
    }
}

/// A search for the candidates of one row after the other, with its buffers.
#[derive(Debug, Default)]
pub struct Search<'a> {
    row: usize,
    lists: Vec<&'a [u32]>,
    /// The rows of the base that were found.
    pub found: Vec<u32>,
    /// What the search met.
    pub counts: CandidateCounts,
}

impl Search<'_> {
    fn begin(&mut self, row: usize) {
        self.row = row;
        self.lists.clear();
        self.found.clear();
    }
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("fewer than 4 billion rows")
}
