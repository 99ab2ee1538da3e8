//! All candidate pairs, scored.

use crate::candidates::{CandidateCounts, Candidates, Search};
use crate::compare::{Comparer, Pattern};
use crate::decide::cascade;
use crate::estimate::estimate;
use crate::glance::Glance;
use crate::kinds::kinds;
use crate::lists::Lists;
use crate::model::{Model, Table};
use crate::parallel::in_parallel;
use crate::prepare::Prepared;

/// A pair whose chance of being one person is worth keeping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Row of the left side.
    pub left: u32,
    /// Row of the base.
    pub right: u32,
    /// The levels.
    pub pattern: Pattern,
    /// Log-odds in bits, the prior included.
    pub bits: f32,
    /// Chance that the pair is one person, before what else the rows may match.
    pub chance: f32,
}

/// Pairs below this chance are not kept.
const CHANCE_MIN: f64 = 0.001;

/// What the values of a kept pair say at least.
const EVIDENCE_BITS_MIN: f64 = 0.5;

/// The pairs, and what they were found with.
#[derive(Debug)]
pub struct Scored {
    /// The model.
    pub model: Model,
    /// Pairs by left row.
    pub pairs: Vec<Pair>,
    /// What finding candidates met.
    pub counts: CandidateCounts,
}

/// So likely a pair must be for its row to be settled without looking further.
const SETTLED_CHANCE: f64 = 0.9999;
/// From this many rows of the base on it saves time to settle rows.
const SETTLING_ROWS: usize = 100_000;
/// Rows that one core works on at a time.
const BLOCK_ROWS: usize = 4096;

/// Estimates the model and scores all candidates. `seed` chooses the random pairs of strangers.
#[must_use]
pub fn score(prepared: &Prepared, candidates: &Candidates<'_>, seed: u64) -> Scored {
    let model = estimate(prepared, kinds(prepared), candidates, seed);
    let scorer = Scorer {
        candidates,
        comparer: Comparer::new(prepared, model.kinds.clone()),
        glance: Glance::new(prepared),
        table: model.table(),
        // Without evidence for it a pair is nothing to look at, however few rows there are.
        bits_min: model.match_rate.log2() + EVIDENCE_BITS_MIN,
        settles: prepared.two_sides && !candidates.are_all_pairs() && prepared.base().len() >= SETTLING_ROWS,
    };
    let mut counts = CandidateCounts::default();
    let mut pairs = Vec::new();
    let rows: Vec<u32> =
        (0..prepared.left.len()).map(|row| u32::try_from(row).expect("fewer than 4 billion rows")).collect();
    let [same, others] = candidates.keys();
    if scorer.settles {
        let lists = candidates.lists(same, None);
        let mut asking = Vec::new();
        for mut block in in_blocks(&rows, |_, row, block, search| scorer.settle(&lists, row, block, search)) {
            asking.append(&mut block.others);
            block.add_to(&mut pairs, &mut counts);
        }
        let further = candidates.lists(others, Some(&asking));
        for block in in_blocks(&asking, |place, row, block, search| {
            scorer.row(&[(&lists, row), (&further, place)], row, block, search);
        }) {
            block.add_to(&mut pairs, &mut counts);
        }
    } else {
        let lists = candidates.lists(same.start..others.end, None);
        for block in
            in_blocks(&rows, |_, row, block, search| scorer.row(&[(&lists, row)], row, block, search))
        {
            block.add_to(&mut pairs, &mut counts);
        }
    }
    // What was settled and what was not: both in order, so that the sort only merges them.
    pairs.sort_by_key(|pair| pair.left);
    Scored { model, pairs, counts }
}

/// What some rows gave.
#[derive(Default)]
struct Block {
    pairs: Vec<Pair>,
    counts: CandidateCounts,
    /// Rows that are to be asked further.
    others: Vec<u32>,
}

impl Block {
    fn add_to(self, pairs: &mut Vec<Pair>, counts: &mut CandidateCounts) {
        pairs.extend(self.pairs);
        counts.add(self.counts);
    }
}

/// Works on rows, by place and number, some at a time.
fn in_blocks<'l>(
    rows: &[u32],
    work: impl Fn(usize, usize, &mut Block, &mut Search<'l>) + Sync,
) -> Vec<Block> {
    in_parallel(rows.len().div_ceil(BLOCK_ROWS), |at| {
        let mut search = Search::default();
        let mut block = Block::default();
        for (place, row) in rows.iter().enumerate().skip(at * BLOCK_ROWS).take(BLOCK_ROWS) {
            work(place, *row as usize, &mut block, &mut search);
        }
        block.counts.add(search.counts);
        block
    })
}

struct Scorer<'a> {
    candidates: &'a Candidates<'a>,
    comparer: Comparer<'a>,
    glance: Glance<'a>,
    table: Table,
    bits_min: f64,
    settles: bool,
}

impl Scorer<'_> {
    /// The pair of a row of the left side that is settled by the keys of the same; else the row is to be asked further.
    fn settle<'l>(&self, lists: &'l Lists, row: usize, block: &mut Block, search: &mut Search<'l>) {
        self.candidates.look_for_the_same(lists, row, search);
        self.glance.touch(&search.found);
        if !search.found.iter().any(|other| self.glance.may_settle(row, *other as usize)) {
            block.others.push(u32::try_from(row).expect("fewer than 4 billion rows"));
            return;
        }
        let before = block.pairs.len();
        self.pairs(row, search, &mut block.pairs);
        if self.is_settled(&block.pairs[before..]) {
            search.counts.pairs += search.found.len() as u64;
            search.counts.rows_settled += 1;
        } else {
            block.pairs.truncate(before);
            block.others.push(u32::try_from(row).expect("fewer than 4 billion rows"));
        }
    }

    /// The pairs of a row of the left side.
    fn row<'l>(&self, lists: &[(&'l Lists, usize)], row: usize, block: &mut Block, search: &mut Search<'l>) {
        self.candidates.look(lists, row, search);
        self.pairs(row, search, &mut block.pairs);
    }

    /// One row of the base agrees exactly on what identifies, the model has nothing against it, and no other is in question.
    fn is_settled(&self, pairs: &[Pair]) -> bool {
        let [pair] = pairs else { return false };
        f64::from(pair.chance) >= SETTLED_CHANCE
            && cascade(self.comparer.kinds(), pair.pattern).is_some_and(|keys| keys.contains("D"))
    }

    fn pairs(&self, row: usize, search: &Search<'_>, pairs: &mut Vec<Pair>) {
        self.glance.touch(&search.found);
        for other in &search.found {
            if self.glance.is_hopeless(row, *other as usize) {
                continue;
            }
            let evidence = self.comparer.compare(row, *other as usize);
            let rarity = f64::from(evidence.rarity);
            let chances = self.table.chances(evidence.pattern, rarity, f64::from(evidence.rarity_of_mates));
            if chances.matched >= CHANCE_MIN && chances.bits > self.bits_min {
                pairs.push(Pair {
                    left: u32::try_from(row).expect("fewer than 4 billion rows"),
                    right: *other,
                    pattern: evidence.pattern,
                    bits: narrow(chances.bits),
                    chance: narrow(chances.matched),
                });
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "bits and chances are shown with three digits")]
fn narrow(number: f64) -> f32 {
    number as f32
}
