//! The two questions: which rows of two files are one person, and which rows of one file are doubles.

use crate::candidates::{CandidateCounts, Candidates};
use crate::cluster::cluster;
use crate::compare::Comparer;
use crate::decide::{Decision, DecisionOptions, Doubt, Verdict, cascade, decide};
use crate::model::Model;
use crate::prepare::Prepared;
use crate::score::{Pair, Scored, score};

/// What linking found.
#[derive(Debug)]
pub struct Links {
    /// Accepted pairs and pairs for review, by left row.
    pub decisions: Vec<Decision>,
    /// The rest.
    pub summary: Summary,
}

/// What searching for doubles found.
#[derive(Debug)]
pub struct Doubles {
    /// For each row the first row of its cluster.
    pub cluster_of: Vec<u32>,
    /// Pairs of candidates within clusters (accepted) and pairs for review.
    pub decisions: Vec<Decision>,
    /// The rest.
    pub summary: Summary,
}

/// What is said of a run.
#[derive(Debug)]
pub struct Summary {
    /// The model.
    pub model: Model,
    /// What finding candidates met.
    pub counts: CandidateCounts,
    /// Share of accepted pairs that is expected to be right; 1 when none was accepted.
    pub estimated_precision: f64,
    /// Share of the true pairs that is expected to be accepted.
    pub estimated_recall: f64,
    /// Share of the true pairs that is expected to have been compared.
    pub pair_completeness: f64,
    /// Accepted pairs that agree exactly on address, birth date, gender and name or on three of these.
    pub exact_pairs: u64,
}

/// Links the two sides. `seed` chooses the random pairs of strangers.
#[must_use]
pub fn link(prepared: &Prepared, options: DecisionOptions, seed: u64) -> Links {
    let candidates = Candidates::new(prepared);
    let scored = score(prepared, &candidates, seed);
    let comparer = Comparer::new(prepared, scored.model.kinds.clone());
    let decisions = decide(prepared, &comparer, &scored.model.table(), &scored.pairs, options);
    let summary = summarize(&candidates, scored, &decisions);
    Links { decisions, summary }
}

/// Searches the left side for doubles.
#[must_use]
pub fn dedupe(prepared: &Prepared, precision: f64, seed: u64) -> Doubles {
    dedupe_apart(prepared, precision, seed, &[])
}

/// As [`dedupe`], where some rows are known to be different people: `apart` holds a number for each row, or nothing, and
/// rows with the same number other than 0 are never in one cluster, such as two active ids of one voter file.
#[must_use]
pub fn dedupe_apart(prepared: &Prepared, precision: f64, seed: u64, apart: &[u32]) -> Doubles {
    let candidates = Candidates::new(prepared);
    let scored = score(prepared, &candidates, seed);
    let comparer = Comparer::new(prepared, scored.model.kinds.clone());
    let table = scored.model.table();
    let decided = decide(
        prepared,
        &comparer,
        &table,
        &scored.pairs,
        DecisionOptions { precision, ..DecisionOptions::default() },
    );
    let accepted: Vec<(Pair, f64)> = decided
        .iter()
        .filter(|decision| decision.verdict == Verdict::Accept)
        .map(|decision| (decision.pair, decision.chance))
        .collect();
    // By a third row they would come together after all.
    let in_two_states = |decision: &&Decision| matches!(decision.doubt, Some(Doubt::OtherState(_)));
    let doubted = decided
        .iter()
        .filter(in_two_states)
        .map(|decision| (decision.pair.left, decision.pair.right))
        .collect();
    let clusters = cluster(prepared.left.len(), &accepted, &comparer, &table, apart, &doubted);
    let mut decisions = decided;
    for decision in &mut decisions {
        let together = clusters.of[decision.pair.left as usize] == clusters.of[decision.pair.right as usize];
        decision.verdict = if together { Verdict::Accept } else { Verdict::Review };
    }
    let apart = |pair: &&Pair| clusters.of[pair.left as usize] != clusters.of[pair.right as usize];
    let missed: f64 = scored.pairs.iter().filter(apart).map(|pair| f64::from(pair.chance)).sum();
    let mut summary = summarize(&candidates, scored, &decisions);
    if clusters.pairs > 0.0 {
        let right = clusters.pairs - clusters.expected_wrong;
        summary.estimated_precision = right / clusters.pairs;
        summary.estimated_recall = (right / (right + missed) * summary.pair_completeness).min(1.0);
    }
    Doubles { cluster_of: clusters.of, decisions, summary }
}

fn summarize(candidates: &Candidates<'_>, scored: Scored, decisions: &[Decision]) -> Summary {
    let accepted = || decisions.iter().filter(|decision| decision.verdict == Verdict::Accept);
    let count = accepted().count() as f64;
    // The sum of none is minus zero.
    let right = accepted().map(|decision| decision.chance).sum::<f64>() + 0.0;
    let all: f64 = scored.pairs.iter().map(|pair| f64::from(pair.chance)).sum();
    let pair_completeness = completeness(candidates, decisions);
    let exact =
        accepted().filter(|decision| cascade(&scored.model.kinds, decision.pair.pattern).is_some()).count();
    Summary {
        estimated_precision: if count > 0.0 { right / count } else { 1.0 },
        estimated_recall: if all > 0.0 { (right / all.max(right) * pair_completeness).min(1.0) } else { 1.0 },
        pair_completeness,
        exact_pairs: exact as u64,
        model: scored.model,
        counts: scored.counts,
    }
}

/// At most so many accepted pairs are asked which keys they share.
const SAMPLE_MAX: usize = 20_000;

/// The share of true pairs that share a key, by capture and recapture: from how many are found by one key only and how many
/// by two (Chao's lower bound of what none finds).
fn completeness(candidates: &Candidates<'_>, decisions: &[Decision]) -> f64 {
    if candidates.are_all_pairs() {
        return 1.0;
    }
    let accepted: Vec<&Decision> =
        decisions.iter().filter(|decision| decision.verdict == Verdict::Accept).collect();
    let step = accepted.len().div_ceil(SAMPLE_MAX).max(1);
    let (mut all, mut once, mut twice) = (0.0, 0.0, 0.0);
    for decision in accepted.iter().step_by(step) {
        all += 1.0;
        match candidates.shared_keys(decision.pair.left as usize, decision.pair.right as usize) {
            1 => once += 1.0,
            2 => twice += 1.0,
            _ => {}
        }
    }
    if all == 0.0 { 1.0 } else { all / (all + once * once / (2.0 * f64::max(twice, 1.0))) }
}
