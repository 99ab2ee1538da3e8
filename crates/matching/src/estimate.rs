//! The model from the data: expectation maximization on counts of patterns, from the shipped prior.

use crate::anchor::hold;
use crate::candidates::{Candidates, Search};
use crate::compare::{Comparer, Evidence, Pattern};
use crate::dependence::{Follows, dependent_kinds, emails_of_namesakes};
use crate::level::{DEPENDENT_GROUP, Kind};
use crate::model::{Model, Shares};
use crate::prepare::Prepared;
use crate::random::Random;
use crate::row::Row;
use std::collections::HashMap;

/// At most so many rows of the left side are asked for the estimate.
const SAMPLE_ROWS_MAX: usize = 12_000;
/// Random pairs that tell how strangers compare.
const RANDOM_PAIRS: usize = 200_000;
/// The prior weighs as much as so many pairs of each class.
const PRIOR_PAIRS: f64 = 30.0;
/// Of plain columns less is known before.
const PRIOR_PAIRS_PLAIN: f64 = 6.0;
/// What was never met may be met once in twice as many pairs.
const HALF_A_MEETING: f64 = 0.5;
const ROUNDS_MAX: usize = 40;
/// What matches are like is learned from pairs that the shipped prior takes for matches, too, or would with so many bits more.
/// Without that, where there are few matches or none, other pairs would become them step by step.
const TRUST_BITS: f64 = 5.0;

/// Pairs of one pattern: the pattern, and the bits of rarity in whole numbers.
type Counts = HashMap<(Pattern, i16, i16), f64>;

/// Estimates the model. `seed` chooses the random pairs.
#[must_use]
pub fn estimate(prepared: &Prepared, kinds: Vec<Kind>, candidates: &Candidates<'_>, seed: u64) -> Model {
    let comparer = Comparer::new(prepared, kinds);
    let sample = Sample::new(prepared, candidates);
    let model = estimate_with(prepared, &comparer, &sample, &Strangers::default(), seed);
    // What follows from what can be seen among strangers only, and who they are only with a model.
    let emails = emails_of_namesakes(prepared, &comparer, &model, seed);
    match dependent_kinds(prepared, &comparer, &model, seed) {
        None if emails.is_none() => model,
        None => estimate_with(prepared, &comparer, &sample, &Strangers { follows: Vec::new(), emails }, seed),
        Some((kinds, follows)) => {
            let comparer = Comparer::new(prepared, kinds);
            estimate_with(prepared, &comparer, &sample, &Strangers { follows, emails }, seed)
        }
    }
}

/// The rows that are asked, and their candidates.
struct Sample(Vec<(u32, Vec<u32>)>);

impl Sample {
    fn new(prepared: &Prepared, candidates: &Candidates<'_>) -> Self {
        let rows = prepared.left.len();
        let step = rows.div_ceil(SAMPLE_ROWS_MAX).max(1);
        let rows: Vec<u32> = (0..rows)
            .step_by(step)
            .map(|row| u32::try_from(row).expect("fewer than 4 billion rows"))
            .collect();
        let [same, others] = candidates.keys();
        let lists = candidates.lists(same.start..others.end, Some(&rows));
        let mut search = Search::default();
        let found = |(place, row): (usize, u32)| {
            candidates.look(&[(&lists, place)], row as usize, &mut search);
            (row, search.found.clone())
        };
        Self(rows.into_iter().enumerate().map(found).collect())
    }
}

fn estimate_with(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    sample: &Sample,
    strangers: &Strangers,
    seed: u64,
) -> Model {
    let mut counts = Counts::new();
    for (row, found) in &sample.0 {
        for other in found {
            add(&mut counts, &comparer.compare(*row as usize, *other as usize));
        }
    }
    let pairs = prepared.pairs() * sample.0.len() as f64 / (prepared.left.len() as f64).max(1.0);
    let random = random_pairs(prepared, comparer, seed);
    let met = Met { candidates: sorted(counts), random: sorted(random), strangers, pairs: pairs.max(1.0) };
    maximize(prepared, comparer.kinds(), &met)
}

/// What the model is estimated from.
struct Met<'a> {
    /// Candidates.
    candidates: Counted,
    /// Pairs of rows drawn by lot.
    random: Counted,
    /// What pairs drawn by lot do not tell.
    strangers: &'a Strangers,
    /// How many pairs the candidates are taken from.
    pairs: f64,
}

/// How strangers compare who agree on something.
#[derive(Default)]
struct Strangers {
    /// Those who agree on what a column depends on; by place, or empty.
    follows: Vec<Follows>,
    /// The place of e-mail addresses, and how those of namesakes compare.
    emails: Option<(usize, Vec<f64>)>,
}

type Counted = Vec<((Pattern, i16, i16), f64)>;

/// Sums do not depend on the order in which a table gives its entries.
fn sorted(counts: Counts) -> Counted {
    let mut counts: Counted = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(key, _)| *key);
    counts
}

fn add(counts: &mut Counts, evidence: &Evidence) {
    *counts
        .entry((evidence.pattern, whole(evidence.rarity), whole(evidence.rarity_of_mates)))
        .or_default() += 1.0;
}

#[expect(clippy::cast_possible_truncation, reason = "at most 16 comparisons of at most 30 bits")]
fn whole(bits: f32) -> i16 {
    bits.round() as i16
}

fn random_pairs(prepared: &Prepared, comparer: &Comparer<'_>, seed: u64) -> Counts {
    let mut counts = Counts::new();
    let (left, base) = (prepared.left.len(), prepared.base().len());
    if left == 0 || base == 0 || !prepared.two_sides && left < 2 {
        return counts;
    }
    let mut random = Random::new(seed);
    // Few rows have few pairs: drawing each often tells nothing new.
    let draws = RANDOM_PAIRS.min(left.saturating_mul(base).saturating_mul(2));
    for _ in 0..draws {
        let (row, other) = (random.below(left), random.below(base));
        if prepared.two_sides || row != other {
            add(&mut counts, &comparer.compare(row, other));
        }
    }
    counts
}

fn maximize(prepared: &Prepared, kinds: &[Kind], met: &Met<'_>) -> Model {
    let people = prepared.left.len().min(prepared.base().len()) as f64;
    let all_pairs = prepared.pairs().max(1.0);
    // Where nothing but names and dates is compared, household mates are strangers with a common surname.
    let is_compared = |kind: &Kind| kinds.contains(kind);
    let with_mates = [Kind::Address, Kind::Phone, Kind::Email, Kind::Unit].iter().any(is_compared)
        || is_compared(&Kind::Last) && [Kind::Zip, Kind::City].iter().any(is_compared);
    let start = if prepared.two_sides { 0.5 } else { 0.1 } * people / all_pairs;
    let neighbors = neighbors_of_one_name(prepared, kinds);
    let mate_start = if with_mates { (0.2 * people / all_pairs).max(neighbors) } else { 0.0 };
    let mut model = Model::prior(kinds, start.clamp(1e-15, 0.5), mate_start);
    let prior = model.clone();
    for _ in 0..ROUNDS_MAX {
        let mut next = round(&model, &prior, met);
        if with_mates {
            next.mate_rate = next.mate_rate.max(neighbors - next.match_rate);
        }
        let moved = (next.match_rate / model.match_rate).ln().abs();
        model = next;
        if moved < 1e-4 {
            break;
        }
    }
    model
}

/// Where no address is compared, hardly any household mates are candidates: the share of pairs that have both surname and
/// postal code, or city, beyond those that have both by chance. Matches are among them.
fn neighbors_of_one_name(prepared: &Prepared, kinds: &[Kind]) -> f64 {
    let place: fn(&Row) -> u32 = match () {
        () if !kinds.contains(&Kind::Last) || kinds.contains(&Kind::Address) => return 0.0,
        () if kinds.contains(&Kind::Zip) => |row| row.zip,
        () if kinds.contains(&Kind::City) => |row| row.city,
        () => return 0.0,
    };
    let known = |row: &&Row| row.last != 0 && place(row) != 0;
    let (mut last, mut at, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut rows = 0.0;
    for row in prepared.base().iter().filter(known) {
        rows += 1.0;
        *last.entry(row.last).or_insert(0.0) += 1.0;
        *at.entry(place(row)).or_insert(0.0) += 1.0;
        *both.entry((row.last, place(row))).or_insert(0.0) += 1.0;
    }
    let count = |of: Option<&f64>| of.copied().unwrap_or(0.0);
    let (mut found, mut by_chance, mut asked) = (0.0, 0.0, 0.0);
    for row in prepared.left.iter().filter(known) {
        asked += 1.0;
        let own = f64::from(u8::from(!prepared.two_sides));
        found += count(both.get(&(row.last, place(row)))) - own;
        by_chance += count(last.get(&row.last)) * count(at.get(&place(row))) / rows;
    }
    if asked == 0.0 { 0.0 } else { (found - by_chance).max(0.0) / (asked * rows) }
}

fn round(model: &Model, prior: &Model, met: &Met<'_>) -> Model {
    let table = model.table();
    let shipped = as_shipped(model, prior).table();
    let mut sums: Vec<Shares> = model
        .kinds
        .iter()
        .map(|kind| {
            let zeros = vec![0.0; kind.levels().len()];
            Shares { matches: zeros.clone(), mates: zeros.clone(), strangers: zeros }
        })
        .collect();
    let (mut matches, mut mates) = (0.0, 0.0);
    for ((pattern, rarity, rarity_of_mates), count) in &met.candidates {
        let (rarity, rarity_of_mates) = (f64::from(*rarity), f64::from(*rarity_of_mates));
        let chances = table.chances(*pattern, rarity, rarity_of_mates);
        let trusted = shipped.chances(*pattern, rarity, rarity_of_mates).bits + TRUST_BITS;
        let matched = chances.matched.min(1.0 / (1.0 + (-trusted).exp2()));
        matches += count * matched;
        mates += count * chances.mates;
        for (place, sum) in sums.iter_mut().enumerate() {
            let level = usize::from(pattern.level(place));
            if level > 0 {
                sum.matches[level - 1] += count * matched;
                sum.mates[level - 1] += count * chances.mates;
            }
        }
    }
    for ((pattern, rarity, rarity_of_mates), count) in &met.random {
        let chances = table.chances(*pattern, f64::from(*rarity), f64::from(*rarity_of_mates));
        let stranger = (1.0 - chances.matched - chances.mates).max(0.0);
        for (place, sum) in sums.iter_mut().enumerate() {
            let level = usize::from(pattern.level(place));
            if level > 0 {
                sum.strangers[level - 1] += count * stranger;
            }
        }
    }
    if let Some((place, emails)) = &met.strangers.emails {
        for (sum, count) in sums[*place].strangers.iter_mut().zip(emails) {
            *sum += count;
        }
    }
    for ((kind, sum), follows) in model.kinds.iter().zip(&mut sums).zip(&met.strangers.follows) {
        if matches!(kind, Kind::Dependent { .. }) {
            for (level, count) in follows.iter().enumerate() {
                sum.strangers[usize::from(DEPENDENT_GROUP) + level] += count;
            }
        }
    }
    for ((kind, sum), prior) in model.kinds.iter().zip(&mut sums).zip(&prior.shares) {
        let strength = if kind.plain().is_some() { PRIOR_PAIRS_PLAIN } else { PRIOR_PAIRS };
        smooth(*kind, &mut sum.matches, &prior.matches, strength);
        smooth(*kind, &mut sum.mates, &prior.mates, strength);
        smooth_rare(*kind, &mut sum.strangers, &prior.strangers, strength);
        keep_order(*kind, sum);
        hold(*kind, &model.kinds, sum);
    }
    Model {
        kinds: model.kinds.clone(),
        shares: sums,
        match_rate: ((matches + 0.5) / met.pairs).clamp(1e-15, 0.5),
        mate_rate: if model.mate_rate > 0.0 { ((mates + 0.5) / met.pairs).clamp(1e-15, 0.5) } else { 0.0 },
    }
}

/// The model with the shipped class of matches.
fn as_shipped(model: &Model, prior: &Model) -> Model {
    let shares = model.shares.iter().zip(&prior.shares);
    let shares = shares.map(|(own, prior)| Shares { matches: prior.matches.clone(), ..own.clone() });
    Model { shares: shares.collect(), ..model.clone() }
}

/// Counts to shares of each group, the prior added.
fn smooth(kind: Kind, counts: &mut [f64], prior: &[f64], strength: f64) {
    let levels = kind.levels();
    for group in 0..=2 {
        let members = || (0..levels.len()).filter(move |at| levels[*at].group == group);
        let total: f64 = members().map(|at| counts[at] + strength * prior[at]).sum();
        for at in members() {
            counts[at] = (counts[at] + strength * prior[at]) / total;
        }
    }
}

/// As [`smooth`], for shares that may be far smaller than the counted pairs can tell: a level that was never met is as rare as
/// half a meeting makes it, and not as rare as the prior's few pairs among so many would.
fn smooth_rare(kind: Kind, counts: &mut [f64], prior: &[f64], strength: f64) {
    let levels = kind.levels();
    for group in 0..=2 {
        let members = || (0..levels.len()).filter(move |at| levels[*at].group == group);
        let counted: f64 = members().map(|at| counts[at]).sum();
        for at in members() {
            let strength = strength.max(HALF_A_MEETING / prior[at]);
            counts[at] = (counts[at] + strength * prior[at]) / (counted + strength);
        }
        let total: f64 = members().map(|at| counts[at]).sum();
        for at in members() {
            counts[at] /= total;
        }
    }
}

/// A level's evidence is never above that of a better level: where the data say so by chance, both get their mean.
fn keep_order(kind: Kind, shares: &mut Shares) {
    let levels = kind.levels();
    for group in 0..=2 {
        let mut order: Vec<usize> = (0..levels.len())
            .filter(|at| levels[*at].group == group && levels[*at].rank > 0 && !levels[*at].by_value)
            .collect();
        order.sort_by_key(|at| levels[*at].rank);
        // Pool adjacent violators.
        let mut blocks: Vec<(Vec<usize>, f64, f64)> = Vec::new();
        for at in order {
            let same_rank =
                blocks.last().is_some_and(|(members, ..)| levels[members[0]].rank == levels[at].rank);
            if same_rank {
                // Levels of one rank keep their own shares.
                if let Some((members, matches, strangers)) = blocks.last_mut() {
                    members.push(at);
                    *matches += shares.matches[at];
                    *strangers += shares.strangers[at];
                }
            } else {
                blocks.push((vec![at], shares.matches[at], shares.strangers[at]));
            }
            while let [.., above, below] = blocks.as_mut_slice() {
                if above.1 * below.2 >= below.1 * above.2 {
                    break;
                }
                above.0.append(&mut below.0);
                above.1 += below.1;
                above.2 += below.2;
                let (matches, strangers) = (above.1, above.2);
                for member in &above.0 {
                    shares.matches[*member] = matches * shares.strangers[*member] / strangers;
                }
                blocks.pop();
            }
        }
    }
}
