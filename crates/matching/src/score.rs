//! All candidate pairs, scored.

use crate::candidates::{CandidateCounts, Candidates, Search};
use crate::compare::{Comparer, Pattern};
use crate::decide::cascade;
use crate::estimate::estimate;
use crate::glance::Glance;
use crate::kinds::kinds;
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
    let rows = prepared.left.len();
    let blocks = in_parallel(rows.div_ceil(BLOCK_ROWS), |block| {
        let mut search = Search::default();
        let mut pairs = Vec::new();
        for row in block * BLOCK_ROWS..rows.min((block + 1) * BLOCK_ROWS) {
            scorer.row(row, &mut search, &mut pairs);
        }
        (pairs, search.counts)
    });
    drop(scorer);
    let mut counts = CandidateCounts::default();
    let mut pairs = Vec::with_capacity(blocks.iter().map(|(pairs, _)| pairs.len()).sum());
    for (block, met) in blocks {
        pairs.extend(block);
        counts.add(met);
    }
    Scored { model, pairs, counts }
}

struct Scorer<'a> {
    candidates: &'a Candidates<'a>,
    comparer: Comparer<'a>,
    glance: Glance<'a>,
    table: Table,
    bits_min: f64,
    settles: bool,
}

impl<'a> Scorer<'a> {
    /// The pairs of a row of the left side.
    fn row(&self, row: usize, search: &mut Search<'a>, pairs: &mut Vec<Pair>) {
        let before = pairs.len();
        if self.settles {
            self.candidates.look_for_the_same(row, search);
            self.pairs(row, search, pairs);
            if self.is_settled(&pairs[before..]) {
                search.counts.pairs += search.found.len() as u64;
                search.counts.rows_settled += 1;
                return;
            }
            pairs.truncate(before);
            self.candidates.look_further(search);
        } else {
            self.candidates.look(row, search);
        }
        self.pairs(row, search, pairs);
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
