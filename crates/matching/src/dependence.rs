//! Plain columns that follow from others: a county from the ZIP, a birth place from a postal code. Counted each for itself
//! their agreement would count twice.

use crate::compare::Comparer;
use crate::dictionary::Dictionary;
use crate::level::{DEPENDENT_GROUP, Kind};
use crate::model::Model;
use crate::prepare::Prepared;
use crate::random::Random;
use crate::row::Row;

/// How many pairs that agree on a column are asked what else they agree on.
const PAIRS: usize = 4000;
/// Fewer strangers than this tell nothing.
const STRANGERS_MIN: f64 = 30.0;
/// Nor do fewer that agree on both.
const EQUAL_MIN: f64 = 10.0;
/// A column depends on another when strangers who agree on the other agree on it so many times as often as any two.
const LIFT_MIN: f64 = 2.0;

/// Levels of a column among strangers who agree on what it depends on: equal, typing error, different.
pub type Follows = [f64; DEPENDENT_GROUP as usize];

/// The comparisons with what depends on what, and for each place how its values follow; none when no plain column does.
#[must_use]
pub fn dependent_kinds(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    model: &Model,
    seed: u64,
) -> Option<(Vec<Kind>, Vec<Follows>)> {
    let kinds = comparer.kinds();
    let plain: Vec<usize> = (0..kinds.len()).filter(|place| kinds[*place].plain().is_some()).collect();
    let mut best: Vec<(f64, usize, Follows)> = vec![(LIFT_MIN, usize::MAX, Follows::default()); kinds.len()];
    let last = *plain.last()?;
    for on in 0..last {
        let Some(follows) = who_agree(prepared, comparer, model, on, seed) else { continue };
        for place in plain.iter().copied().filter(|place| *place > on) {
            let found = follows[place];
            let known: f64 = found.iter().sum();
            let by_chance = agreement(&prepared.values.plain[kinds[place].plain()?]);
            let lift = found[0] / known / by_chance;
            if known >= STRANGERS_MIN && found[0] >= EQUAL_MIN && lift > best[place].0 {
                best[place] = (lift, on, found);
            }
        }
    }
    if best.iter().all(|(_, on, _)| *on == usize::MAX) {
        return None;
    }
    let mut dependent = kinds.to_vec();
    for place in plain {
        let (_, on, _) = best[place];
        if let Some(plain) = kinds[place].plain().filter(|_| on != usize::MAX) {
            dependent[place] = Kind::Dependent { plain, on };
        }
    }
    Some((dependent, best.into_iter().map(|(_, _, follows)| follows).collect()))
}

/// Per place the levels of strangers who agree on one comparison.
fn who_agree(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    model: &Model,
    on: usize,
    seed: u64,
) -> Option<Vec<Follows>> {
    let kind = comparer.kinds()[on];
    let base = prepared.base();
    let value = |(row, plain): (&Row, &[u32])| value_of(kind, row, plain);
    value(prepared.base_row(0))?;
    let mut by_value: Vec<(u32, u32)> = (0..base.len())
        .filter_map(|at| {
            let value = value(prepared.base_row(at)).filter(|value| *value != 0)?;
            Some((value, u32::try_from(at).expect("fewer than 4 billion rows")))
        })
        .collect();
    by_value.sort_unstable();
    let mut random = Random::new(seed ^ (on as u64 + 1));
    let mut follows = vec![Follows::default(); comparer.kinds().len()];
    let table = model.table();
    for _ in 0..PAIRS {
        let left = random.below(prepared.left.len());
        let wanted = value(prepared.left_row(left)).filter(|value| *value != 0);
        let Some(wanted) = wanted else { continue };
        let start = by_value.partition_point(|(value, _)| *value < wanted);
        let count = by_value[start..].partition_point(|(value, _)| *value == wanted);
        if count == 0 {
            continue;
        }
        let right = by_value[start + random.below(count)].1 as usize;
        if !prepared.two_sides && right == left {
            continue;
        }
        let evidence = comparer.compare(left, right);
        let rarity = f64::from(evidence.rarity);
        let stranger =
            1.0 - table.chances(evidence.pattern, rarity, f64::from(evidence.rarity_of_mates)).matched;
        for (place, follows) in follows.iter_mut().enumerate().skip(on + 1) {
            let level = usize::from(evidence.pattern.level(place));
            if comparer.kinds()[place].plain().is_some() && level > 0 {
                follows[level - 1] += stranger;
            }
        }
    }
    Some(follows)
}

/// The value of a comparison that others may follow from; none for the others.
fn value_of(kind: Kind, row: &Row, plain: &[u32]) -> Option<u32> {
    Some(match kind {
        Kind::First => row.first,
        Kind::Last => row.last,
        Kind::Sex => u32::from(row.sex),
        Kind::Birth => row.birth,
        Kind::Address => row.street,
        Kind::City => row.city,
        Kind::Zip => row.zip,
        Kind::State => row.state,
        Kind::Plain(number) => plain[number],
        _ => return None,
    })
}

/// The chance that two rows agree.
fn agreement(values: &Dictionary) -> f64 {
    let total = values.total() as f64;
    (1..values.len())
        .map(|number| {
            let count = f64::from(values.count(u32::try_from(number).unwrap_or_default()));
            (count / total).powi(2)
        })
        .sum()
}

/// How many pairs of one surname, and how many of one name, are asked how their e-mail addresses compare.
const NAMESAKES: usize = 6000;

/// By which two rows are namesakes.
type NameOf = fn(&Row) -> (u32, u32);

/// Of strangers of one surname, and of strangers of one name, how many are at each level of the e-mail address; with its place.
/// Addresses are made of names: by lot hardly two are alike, of namesakes many are.
#[must_use]
pub fn emails_of_namesakes(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    model: &Model,
    seed: u64,
) -> Option<(usize, Vec<f64>)> {
    let kinds = comparer.kinds();
    let place = kinds.iter().position(|kind| *kind == Kind::Email)?;
    let mut counts = vec![0.0; Kind::Email.levels().len()];
    let table = model.table();
    let names: [NameOf; 2] = [|row| (row.last, 0), |row| (row.last, row.first)];
    for (seed, name) in (seed..).zip(names) {
        let mut of_name: Vec<((u32, u32), usize)> =
            prepared.base().iter().enumerate().map(|(at, row)| (name(row), at)).collect();
        of_name.retain(|(_, at)| prepared.base()[*at].email != 0);
        of_name.sort_unstable();
        let with_email: Vec<usize> =
            (0..prepared.left.len()).filter(|at| prepared.left[*at].email != 0).collect();
        let mut random = Random::new(seed ^ EMAIL_SEED);
        for _ in 0..NAMESAKES.min(4 * with_email.len()) {
            let left = with_email[random.below(with_email.len())];
            let wanted = name(&prepared.left[left]);
            let start = of_name.partition_point(|(name, _)| *name < wanted);
            let count = of_name[start..].partition_point(|(name, _)| *name == wanted);
            if count == 0 || prepared.left[left].last == 0 {
                continue;
            }
            let right = of_name[start + random.below(count)].1;
            if !prepared.two_sides && right == left {
                continue;
            }
            // Judged without the address: else whose are alike would be no strangers.
            let mut rarity_of_email = 0.0;
            let evidence =
                comparer.compare_with(prepared.left_row(left), prepared.base_row(right), |at, _, bits| {
                    if at == place {
                        rarity_of_email = bits
                    }
                });
            let level = evidence.pattern.level(place);
            let pattern = evidence.pattern.without(place);
            let [rarity, rarity_of_mates] = [evidence.rarity, evidence.rarity_of_mates]
                .map(|bits| (f64::from(bits) - rarity_of_email).max(0.0));
            let stranger = 1.0 - table.chances(pattern, rarity, rarity_of_mates).matched;
            if level > 0 {
                counts[usize::from(level) - 1] += stranger;
            }
        }
    }
    Some((place, counts))
}

/// Another sequence than those of the other columns.
const EMAIL_SEED: u64 = 0x00e0_0a11;
