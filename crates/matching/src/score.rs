//! All candidate pairs, scored.

use crate::candidates::{CandidateCounts, Candidates};
use crate::compare::{Comparer, Pattern};
use crate::estimate::estimate;
use crate::glance::Glance;
use crate::kinds::kinds;
use crate::model::Model;
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

/// Estimates the model and scores all candidates. `seed` chooses the random pairs of strangers.
#[must_use]
pub fn score(prepared: &Prepared, candidates: &Candidates<'_>, seed: u64) -> Scored {
    let model = estimate(prepared, kinds(prepared), candidates, seed);
    let comparer = Comparer::new(prepared, model.kinds.clone());
    let table = model.table();
    // Without evidence for it a pair is nothing to look at, however few rows there are.
    let prior_bits = model.match_rate.log2() + EVIDENCE_BITS_MIN;
    let glance = Glance::new(prepared);
    let mut counts = CandidateCounts::default();
    let mut pairs = Vec::new();
    let mut found = Vec::new();
    for row in 0..prepared.left.len() {
        candidates.of(row, &mut found, &mut counts);
        for other in &found {
            if glance.is_hopeless(row, *other as usize) {
                continue;
            }
            let evidence = comparer.compare(row, *other as usize);
            let chances = table.chances(
                evidence.pattern,
                f64::from(evidence.rarity),
                f64::from(evidence.rarity_of_mates),
            );
            if chances.matched >= CHANCE_MIN && chances.bits > prior_bits {
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
    Scored { model, pairs, counts }
}

#[expect(clippy::cast_possible_truncation, reason = "bits and chances are shown with three digits")]
fn narrow(number: f64) -> f32 {
    number as f32
}
