//! Rows judged one person, from pairs.

use crate::compare::{Comparer, Pattern};
use crate::level::{Kind, birth, suffix};
use crate::model::Table;
use crate::score::Pair;
use std::collections::HashSet;

/// A pair's evidence counts at most so many bits for or against joining two clusters.
const BITS_MAX: f64 = 10.0;

/// Two clusters with a pair that speaks for one person are joined unless the mean of all pairs between them speaks against it by
/// more than this: the pairs of a noisy row err together.
const BITS_AGAINST_MAX: f64 = 3.0;

/// Clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// For each row the first row of its cluster.
    pub of: Vec<u32>,
    /// Pairs of rows of one cluster.
    pub pairs: f64,
    /// How many of these are expected to be wrong: all pairs that a wrong join brought together.
    pub expected_wrong: f64,
}

/// Clusters of rows from the accepted pairs and their chances.
///
/// Pairs join their clusters, strongest first, unless the rows of both on the whole are against it, be the pairs between them
/// candidates or not, or two rows contradict each other: father and son by their suffixes, or by birth dates a generation apart
/// where the file has suffixes; or the same number other than 0 in `apart`, which holds one for each row or is empty: rows of one
/// source that are known to be different people. Nor are the two rows of a pair of `doubted`, the earlier row first, ever in one
/// cluster.
#[must_use]
pub fn cluster(
    rows: usize,
    pairs: &[(Pair, f64)],
    comparer: &Comparer<'_>,
    table: &Table,
    apart: &[u32],
    doubted: &HashSet<(u32, u32)>,
) -> Clusters {
    let mut order: Vec<&(Pair, f64)> = pairs.iter().collect();
    order.sort_by(|(a, _), (b, _)| b.bits.total_cmp(&a.bits).then((a.left, a.right).cmp(&(b.left, b.right))));
    // A file without suffixes tells no father from his son; there, a wrong birth date is more often a wrong one.
    let namesakes = comparer.kinds().contains(&Kind::Suffix);
    let (mut all_pairs, mut expected_wrong) = (0.0, 0.0);
    let mut of: Vec<u32> =
        (0..rows).map(|row| u32::try_from(row).expect("fewer than 4 billion rows")).collect();
    let mut members: Vec<Vec<u32>> = of.iter().map(|row| vec![*row]).collect();
    for (pair, chance) in order {
        let (a, b) = (of[pair.left as usize], of[pair.right as usize]);
        if a == b {
            continue;
        }
        let (mut sum, mut count, mut contradicted) = (0.0, 0.0, false);
        let mut births = [0_u32; 2];
        for x in &members[a as usize] {
            for y in &members[b as usize] {
                let evidence = comparer.compare(*x.min(y) as usize, *x.max(y) as usize);
                let chances = table.chances(
                    evidence.pattern,
                    f64::from(evidence.rarity),
                    f64::from(evidence.rarity_of_mates),
                );
                sum += chances.bits.clamp(-BITS_MAX, BITS_MAX);
                count += 1.0;
                contradicted |= contradicts(comparer.kinds(), evidence.pattern);
                contradicted |= are_apart(apart, *x, *y) || doubted.contains(&(*x.min(y), *x.max(y)));
                match namesakes.then(|| comparer.births(*x.min(y) as usize, *x.max(y) as usize)).flatten() {
                    Some(true) => births[0] += 1,
                    Some(false) => births[1] += 1,
                    None => {}
                }
            }
        }
        // One wrong birth date among several does not make two people.
        contradicted |= births[0] > births[1];
        if contradicted || sum / count < -BITS_AGAINST_MAX {
            continue;
        }
        all_pairs += count;
        expected_wrong += count * (1.0 - chance);
        let (keep, gone) = (a.min(b), a.max(b));
        let moved = std::mem::take(&mut members[gone as usize]);
        for row in &moved {
            of[*row as usize] = keep;
        }
        members[keep as usize].extend(moved);
    }
    Clusters { of, pairs: all_pairs, expected_wrong }
}

fn are_apart(apart: &[u32], one: u32, other: u32) -> bool {
    let source = |row: u32| apart.get(row as usize).copied().filter(|source| *source != 0);
    source(one).is_some() && source(one) == source(other)
}

/// Father and son: different suffixes, and nothing that says the date of birth is the same.
#[must_use]
pub fn contradicts(kinds: &[Kind], pattern: Pattern) -> bool {
    let level = |kind| kinds.iter().position(|have| *have == kind).map_or(0, |place| pattern.level(place));
    level(Kind::Suffix) == suffix::CONFLICT && level(Kind::Birth) != birth::EXACT
}
