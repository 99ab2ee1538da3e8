//! Clerical review: which pairs a person is asked about, what answers say together, what they say of precision, and how
//! they change the model.
//!
//! Precision is estimated by a stratified random sample of the accepted pairs. Each stratum has Wilson's score interval
//! (1927), which is sound for few pairs and for shares near one; the strata are put together by the recovery of variances
//! (MOVER: Zou, Huang and Zhang 2009), which keeps the asymmetry of such intervals. A stratum of which few pairs have been
//! checked is pooled with its neighbor.

use crate::compare::Pattern;
use crate::model::{Model, Shares};

/// What somebody says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Cannot be told.
    Undecided,
}

/// An answer that holds, of one reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given<'a> {
    /// Who gave it.
    pub reviewer: &'a str,
    /// What it says.
    pub answer: Answer,
    /// Whether it ends a disagreement.
    pub settles: bool,
}

/// What the answers about a pair say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has told.
    Open,
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Two reviewers differ.
    Disputed,
}

impl Standing {
    /// From the answers that hold, in their order, one a reviewer. The last answer that settles decides; else all must
    /// agree, or of three and more the most.
    #[must_use]
    pub fn of(given: &[Given<'_>]) -> Self {
        let said = |answer: Answer| match answer {
            Answer::Same => Some(Self::Same),
            Answer::Different => Some(Self::Different),
            Answer::Undecided => None,
        };
        if let Some(settled) = given.iter().rev().filter(|one| one.settles).find_map(|one| said(one.answer)) {
            return settled;
        }
        let count = |wanted| given.iter().filter(|one| said(one.answer) == Some(wanted)).count();
        match (count(Self::Same), count(Self::Different)) {
            (0, 0) => Self::Open,
            (_, 0) => Self::Same,
            (0, _) => Self::Different,
            (same, different) if same == different => Self::Disputed,
            (same, different) if same > different => Self::Same,
            _ => Self::Different,
        }
    }
}

/// What is known of a pair when it is queued.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queued {
    /// Chance that it is one person.
    pub chance: f64,
    /// Whether it was accepted.
    pub is_accepted: bool,
}

/// After so many doubtful pairs comes one of the sample of accepted ones.
const DOUBTFUL_PER_SAMPLE: usize = 2;

/// The order in which pairs are asked about: the doubtful ones, the likeliest first, and among them a
/// stratified random sample of the accepted ones. The same for every reviewer; `seed` draws the sample.
#[must_use]
pub fn queue(pairs: &[Queued], seed: u64) -> Vec<usize> {
    let mut doubtful: Vec<usize> = (0..pairs.len()).filter(|at| !pairs[*at].is_accepted).collect();
    doubtful.sort_by(|a, b| pairs[*b].chance.total_cmp(&pairs[*a].chance).then(a.cmp(b)));
    let mut strata: [Vec<usize>; STRATA] = Default::default();
    for (at, pair) in pairs.iter().enumerate().filter(|(_, pair)| pair.is_accepted) {
        strata[stratum(pair.chance)].push(at);
    }
    for of in &mut strata {
        of.sort_by_key(|at| (mixed(seed, *at), *at));
    }
    let mut drawn = [0; STRATA];
    let mut sample = std::iter::from_fn(|| {
        // From the stratum of which the smallest share has been drawn: each is drawn from by its size.
        let behind = |of: &usize| strata[*of].len() as f64 / (drawn[*of] + 1) as f64;
        let left = (0..STRATA).filter(|of| drawn[*of] < strata[*of].len());
        let of = left.rev().max_by(|a, b| behind(a).total_cmp(&behind(b)))?;
        drawn[of] += 1;
        Some(strata[of][drawn[of] - 1])
    });
    let mut order = Vec::with_capacity(pairs.len());
    for some in doubtful.chunks(DOUBTFUL_PER_SAMPLE) {
        order.extend_from_slice(some);
        order.extend(sample.next());
    }
    order.extend(sample);
    order
}

/// Draws the same numbers everywhere (splitmix64).
fn mixed(seed: u64, at: usize) -> u64 {
    let mut bits = seed.wrapping_add((at as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// How many strata accepted pairs have.
pub const STRATA: usize = 3;

/// The stratum of an accepted pair: surely right, probably, perhaps.
#[must_use]
pub fn stratum(chance: f64) -> usize {
    match chance {
        chance if chance >= 0.999 => 0,
        chance if chance >= 0.98 => 1,
        _ => 2,
    }
}

/// A stratum of which fewer have been checked has no interval of its own.
const CHECKED_MIN: u64 = 5;

/// Accepted pairs of similar chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stratum {
    /// How many there are.
    pub pairs: u64,
    /// How many of a random sample have been checked.
    pub checked: u64,
    /// How many of these are right.
    pub right: u64,
}

/// A share and where it lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Not below.
    pub low: f64,
    /// The estimate.
    pub share: f64,
    /// Not above.
    pub high: f64,
    /// On how many checked pairs it rests.
    pub checked: u64,
}

/// The share of accepted pairs that is right, from what was checked of each stratum; none while nothing was.
#[must_use]
pub fn precision(strata: &[Stratum]) -> Option<Interval> {
    let mut pooled: Vec<Stratum> = Vec::new();
    let mut waiting = Stratum::default();
    for stratum in strata {
        let with = Stratum {
            pairs: stratum.pairs + waiting.pairs,
            checked: stratum.checked + waiting.checked,
            right: stratum.right + waiting.right,
        };
        waiting = Stratum::default();
        if with.checked >= CHECKED_MIN { pooled.push(with) } else { waiting = with }
    }
    match pooled.last_mut() {
        Some(last) => {
            last.pairs += waiting.pairs;
            last.checked += waiting.checked;
            last.right += waiting.right;
        }
        None if waiting.checked > 0 => pooled.push(waiting),
        None => {}
    }
    let all = pooled.iter().map(|stratum| stratum.pairs).sum::<u64>() as f64;
    if all == 0.0 {
        return None;
    }
    let (mut share, mut below, mut above) = (0.0, 0.0, 0.0);
    for stratum in &pooled {
        let weight = stratum.pairs as f64 / all;
        let part = wilson(stratum.right, stratum.checked);
        share += weight * part.share;
        below += (weight * (part.share - part.low)).powi(2);
        above += (weight * (part.high - part.share)).powi(2);
    }
    Some(Interval {
        low: (share - below.sqrt()).max(0.0),
        share,
        high: (share + above.sqrt()).min(1.0),
        checked: pooled.iter().map(|stratum| stratum.checked).sum(),
    })
}

/// Wilson's score interval with 95 % confidence.
fn wilson(right: u64, checked: u64) -> Interval {
    const Z: f64 = 1.959_964;
    let (right, n) = (right as f64, checked as f64);
    let share = right / n;
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // At the ends the formula is exact; rounding must not put the share outside.
    Interval {
        low: (middle - half).clamp(0.0, share),
        share,
        high: (middle + half).clamp(share, 1.0),
        checked,
    }
}

/// A kept pair, as the model sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// The row of the list: pairs of one row are rivals.
    pub row: u32,
    /// The levels.
    pub pattern: Pattern,
    /// Bits of the values' rarity.
    pub rarity: f64,
    /// Of these, of values that household mates do not share.
    pub rarity_of_mates: f64,
    /// What a person has said: one person, or not.
    pub label: Option<bool>,
}

/// The model weighs as much as so many pairs of each class.
const MODEL_PAIRS: f64 = 30.0;
/// Household mates are mostly not among the kept pairs: there the model weighs more.
const MODEL_MATES: f64 = 300.0;
const ROUNDS: usize = 12;

/// Estimates the model anew with what people have said: a label is the pair's class for certain, and counts as `weight`
/// pairs. How strangers compare stays as it was: they are not among the kept pairs.
#[must_use]
pub fn reestimate(model: &Model, kept: &[Kept], weight: f64) -> Model {
    let before = model.table();
    let chance = |table: &crate::model::Table, pair: &Kept| {
        table.chances(pair.pattern, pair.rarity, pair.rarity_of_mates)
    };
    let matches_before: f64 = kept.iter().map(|pair| chance(&before, pair).matched).sum();
    let mut next = model.clone();
    for _ in 0..ROUNDS {
        let table = next.table();
        let mut sums: Vec<[Vec<f64>; 2]> = model
            .shares
            .iter()
            .map(|shares| [vec![0.0; shares.matches.len()], vec![0.0; shares.mates.len()]])
            .collect();
        let mut matches = 0.0;
        for pair in kept {
            let chances = chance(&table, pair);
            let [matched, mates] = match pair.label {
                None => [chances.matched, chances.mates],
                Some(true) => [weight, 0.0],
                // Of two people, which kind of two the model still has to say.
                Some(false) => [0.0, weight * chances.mates / (1.0 - chances.matched).max(1e-12)],
            };
            matches += matched / if pair.label.is_some() { weight } else { 1.0 };
            for (place, [of_matches, of_mates]) in sums.iter_mut().enumerate() {
                if let Some(level) = usize::from(pair.pattern.level(place)).checked_sub(1) {
                    of_matches[level] += matched;
                    of_mates[level] += mates;
                }
            }
        }
        for ((kind, [of_matches, of_mates]), (shares, old)) in
            model.kinds.iter().zip(sums).zip(next.shares.iter_mut().zip(&model.shares))
        {
            let groups: Vec<u8> = kind.levels().iter().map(|level| level.group).collect();
            *shares = Shares {
                matches: smoothed(&groups, &of_matches, &old.matches, MODEL_PAIRS),
                mates: smoothed(&groups, &of_mates, &old.mates, MODEL_MATES),
                strangers: old.strangers.clone(),
            };
        }
        let rate = model.match_rate * (matches + 1.0) / (matches_before + 1.0);
        next.match_rate = rate.clamp(1e-15, 0.5);
    }
    next
}

/// Counts to shares of each group, the old shares added.
fn smoothed(groups: &[u8], counts: &[f64], old: &[f64], strength: f64) -> Vec<f64> {
    let total = |group: u8| -> f64 {
        (0..groups.len()).filter(|at| groups[*at] == group).map(|at| counts[at] + strength * old[at]).sum()
    };
    (0..groups.len()).map(|at| (counts[at] + strength * old[at]) / total(groups[at]).max(1e-12)).collect()
}

/// The chance of each kept pair: what people have said, else by the model; the pairs of one row are rivals, for a row is one
/// person.
#[must_use]
pub fn chances(model: &Model, kept: &[Kept]) -> Vec<f64> {
    let table = model.table();
    let odds: Vec<f64> = kept
        .iter()
        .map(|pair| match pair.label {
            Some(true) => f64::INFINITY,
            Some(false) => 0.0,
            None => table.chances(pair.pattern, pair.rarity, pair.rarity_of_mates).bits.exp2(),
        })
        .collect();
    let mut of_row = std::collections::HashMap::<u32, f64>::new();
    for (pair, odds) in kept.iter().zip(&odds) {
        *of_row.entry(pair.row).or_default() += odds;
    }
    kept.iter()
        .zip(odds)
        .map(|(pair, odds)| {
            let all = of_row.get(&pair.row).copied().unwrap_or(odds);
            match (odds.is_infinite(), all.is_infinite()) {
                (true, _) => 1.0,
                (false, true) => 0.0,
                (false, false) => odds / (1.0 + all),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Kind;

    fn given<const N: usize>(answers: [(&str, Answer, bool); N]) -> Standing {
        Standing::of(&answers.map(|(reviewer, answer, settles)| Given { reviewer, answer, settles }))
    }

    #[test]
    fn answers_are_put_together() {
        use Answer::{Different, Same, Undecided};
        assert_eq!(given([]), Standing::Open);
        assert_eq!(given([("a", Undecided, false)]), Standing::Open);
        assert_eq!(given([("a", Same, false), ("b", Undecided, false)]), Standing::Same);
        assert_eq!(given([("a", Different, false), ("b", Different, false)]), Standing::Different);
        assert_eq!(given([("a", Same, false), ("b", Different, false)]), Standing::Disputed);
        let third = [("a", Same, false), ("b", Different, false), ("c", Different, false)];
        assert_eq!(given(third), Standing::Different);
        let director = [("a", Same, false), ("b", Same, false), ("d", Different, true)];
        assert_eq!(given(director), Standing::Different);
        assert_eq!(given([("a", Same, true), ("b", Different, false)]), Standing::Same);
    }

    #[test]
    fn the_queue_begins_with_what_tells_most_and_mixes_accepted_pairs_in() {
        let pair = |chance, is_accepted| Queued { chance, is_accepted };
        let pairs = [
            pair(0.1, false),
            pair(0.5, false),
            pair(0.9999, true),
            pair(0.7, false),
            pair(0.985, true),
            pair(0.95, true),
            pair(0.2, false),
        ];
        let order = queue(&pairs, 7);
        assert_eq!(order[..2], [3, 1], "the doubtful ones, the likeliest first");
        assert_eq!(order[2], 2, "then one of the surest stratum");
        assert_eq!(order[3..5], [6, 0]);
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, (0..pairs.len()).collect::<Vec<_>>(), "each once");
        assert_eq!(queue(&pairs, 7), order);
        // Another seed draws others of a stratum.
        let many: Vec<Queued> = (0..200).map(|_| pair(0.9999, true)).collect();
        assert_ne!(queue(&many, 1), queue(&many, 2));
    }

    #[test]
    fn wilson_is_as_in_the_books() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (right, checked, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(right, checked);
            assert!((found.low - low).abs() < 1e-4 && (found.high - high).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn strata_are_weighed_by_their_pairs() {
        let stratum = |pairs, checked, right| Stratum { pairs, checked, right };
        assert_eq!(precision(&[stratum(100, 0, 0)]), None);
        assert_eq!(precision(&[]), None);
        let one = precision(&[stratum(1000, 29, 28)]).unwrap();
        assert!((one.low - (1.0 - 0.1718)).abs() < 1e-4 && (one.high - (1.0 - 0.0061)).abs() < 1e-4);
        // Half of the few doubtful ones are wrong: that is little of all.
        let two = precision(&[stratum(9_900, 100, 100), stratum(100, 20, 10)]).unwrap();
        assert!((two.share - 0.995).abs() < 1e-9, "{two:?}");
        assert!(two.low > 0.95 && two.high < 1.0 && two.checked == 120, "{two:?}");
        // What nobody has looked at is no surer than what lies beside it.
        let pooled = precision(&[stratum(900, 0, 0), stratum(100, 20, 19), stratum(50, 0, 0)]).unwrap();
        assert!((pooled.share - 0.95).abs() < 1e-9);
    }

    #[test]
    fn labels_move_pairs_of_the_same_pattern() {
        let model = Model::prior(&[Kind::First, Kind::Last, Kind::Birth], 1e-4, 0.0);
        // Given names alike (level 8 of first), surnames and birth years equal.
        let doubtful = Pattern(0x0000_0000_0000_0512);
        let kept = |label| Kept { row: 0, pattern: doubtful, rarity: 8.0, rarity_of_mates: 0.0, label };
        let open: Vec<Kept> = (0..40).map(|row| Kept { row, ..kept(None) }).collect();
        let labelled = |label| {
            let with: Vec<Kept> =
                open.iter().map(|pair| Kept { label: (pair.row < 30).then_some(label), ..*pair }).collect();
            let next = reestimate(&model, &with, 2.0);
            chances(&next, &with)
        };
        let (no, yes) = (labelled(false), labelled(true));
        assert!(yes[35] > no[35], "{} {}", yes[35], no[35]);
        assert!((yes[0] - 1.0).abs() < f64::EPSILON && no[0] == 0.0, "a label is certain");
        // Whoever is known to be somebody is nobody else.
        let rivals = [kept(Some(true)), kept(None)];
        assert_eq!(chances(&model, &rivals), [1.0, 0.0]);
    }
}
