//! Pairs to decisions: accepted, for review, or neither.

use crate::compare::{Comparer, Pattern};
use crate::level::{Kind, address, birth, first};
use crate::model::Table;
use crate::prepare::Prepared;
use crate::score::Pair;
use serde::{Deserialize, Serialize};

/// Which side's rows are used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OneToOne {
    /// Neither: a row may have several matches.
    #[default]
    None,
    /// Each row of the left side.
    Left,
    /// Each row of the right side.
    Right,
    /// Both.
    Both,
}

/// What is done with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Taken for one person.
    Accept,
    /// To be looked at.
    Review,
}

/// Why an otherwise likely pair is for review.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// Below the threshold.
    Unlikely,
    /// Another row is as likely, or more.
    Rival,
    /// The same name and birth date in different states and nothing else; with the expected number of other people of that
    /// name and birth date among so many as there are rows.
    OtherState(f64),
}

/// A decided pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The pair.
    pub pair: Pair,
    /// Chance that it is one person, rivals considered.
    pub chance: f64,
    /// What is done.
    pub verdict: Verdict,
    /// Why it is not accepted.
    pub doubt: Option<Doubt>,
}

/// How to decide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecisionOptions {
    /// Which rows are used once.
    pub one_to_one: OneToOne,
    /// The share of accepted pairs that is to be right.
    pub precision: f64,
}

impl Default for DecisionOptions {
    fn default() -> Self {
        Self { one_to_one: OneToOne::None, precision: 0.99 }
    }
}

/// No pair is accepted that is less likely than not.
const ACCEPT_MIN: f64 = 0.5;
/// Pairs below this chance are not worth a look.
const REVIEW_MIN: f64 = 0.05;

/// Decides. The pairs must be in the order of their left rows.
#[must_use]
pub fn decide(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    table: &Table,
    pairs: &[Pair],
    options: DecisionOptions,
) -> Vec<Decision> {
    let chances = with_rivals(comparer, table, pairs, options.one_to_one);
    let mut decisions: Vec<Decision> = pairs
        .iter()
        .zip(chances)
        .map(|(pair, chance)| Decision { pair: *pair, chance, verdict: Verdict::Accept, doubt: None })
        .collect();
    use_once(&mut decisions, options.one_to_one, [prepared.left.len(), prepared.base().len()]);
    for decision in &mut decisions {
        if decision.doubt.is_none()
            && let Some(expected) = only_name_and_birth(prepared, comparer, &decision.pair)
        {
            decision.doubt = Some(Doubt::OtherState(expected));
        }
    }
    let threshold = threshold(&decisions, options.precision);
    for decision in &mut decisions {
        if decision.doubt.is_none() && decision.chance < threshold {
            let rival = f64::from(decision.pair.chance) >= threshold;
            decision.doubt = Some(if rival { Doubt::Rival } else { Doubt::Unlikely });
        }
        if decision.doubt.is_some() {
            decision.verdict = Verdict::Review;
        }
    }
    decisions.retain(|decision| decision.verdict == Verdict::Accept || decision.chance >= REVIEW_MIN);
    decisions
}

/// The lowest chance down to which the accepted pairs together keep the wanted precision.
fn threshold(decisions: &[Decision], precision: f64) -> f64 {
    let mut chances: Vec<f64> = decisions
        .iter()
        .filter(|decision| decision.doubt.is_none())
        .map(|decision| decision.chance)
        .collect();
    chances.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut wrong = 0.0;
    let mut threshold = 1.0_f64.next_up();
    for (at, chance) in chances.iter().enumerate() {
        wrong += 1.0 - chance;
        if *chance < ACCEPT_MIN || wrong > (1.0 - precision) * (at + 1) as f64 {
            break;
        }
        threshold = *chance;
    }
    threshold
}

/// The chance of each pair when the row can be only one of its candidates. Candidates that are doubles of each other are
/// no rivals, unless each row is to be used once.
fn with_rivals(comparer: &Comparer<'_>, table: &Table, pairs: &[Pair], one_to_one: OneToOne) -> Vec<f64> {
    let mut against = vec![0.0; pairs.len()];
    let once_left = matches!(one_to_one, OneToOne::Left | OneToOne::Both);
    let in_order: Vec<usize> = (0..pairs.len()).collect();
    for group in in_order.chunk_by(|a, b| pairs[*a].left == pairs[*b].left).filter(|group| group.len() > 1) {
        for one in group {
            for other in group {
                let doubles = || {
                    let evidence =
                        comparer.compare_in_base(pairs[*one].right as usize, pairs[*other].right as usize);
                    let rarity = f64::from(evidence.rarity);
                    table.chances(evidence.pattern, rarity, f64::from(evidence.rarity_of_mates)).matched > 0.5
                };
                if one != other && pairs[*other].chance > 0.01 && (once_left || !doubles()) {
                    against[*one] += f64::from(pairs[*other].bits).exp2();
                }
            }
        }
    }
    if matches!(one_to_one, OneToOne::Right | OneToOne::Both) {
        let mut by_right = in_order;
        by_right.sort_by_key(|at| pairs[*at].right);
        for group in by_right.chunk_by(|a, b| pairs[*a].right == pairs[*b].right) {
            for one in group {
                for other in group {
                    if one != other {
                        against[*one] += f64::from(pairs[*other].bits).exp2();
                    }
                }
            }
        }
    }
    pairs
        .iter()
        .zip(against)
        .map(|(pair, against)| {
            let odds = f64::from(pair.bits).exp2();
            odds / (1.0 + odds + against)
        })
        .collect()
}

/// Where rows are used once, the most likely pair of each takes them.
fn use_once(decisions: &mut [Decision], one_to_one: OneToOne, rows: [usize; 2]) {
    if one_to_one == OneToOne::None {
        return;
    }
    let mut order: Vec<usize> = (0..decisions.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&decisions[*a], &decisions[*b]);
        b.chance.total_cmp(&a.chance).then((a.pair.left, a.pair.right).cmp(&(b.pair.left, b.pair.right)))
    });
    let [mut left, mut right] = rows.map(|rows| vec![false; rows]);
    for at in order {
        let Pair { left: row, right: other, .. } = decisions[at].pair;
        let (left, right) = (&mut left[row as usize], &mut right[other as usize]);
        let taken = one_to_one != OneToOne::Right && *left || one_to_one != OneToOne::Left && *right;
        if taken {
            decisions[at].doubt = Some(Doubt::Rival);
        } else {
            (*left, *right) = (true, true);
        }
    }
}

/// Whether a pair of different states agrees on nothing but name and birth date; then the expected number of other people
/// with that name and birth date (Goel et al. 2020).
#[must_use]
pub fn only_name_and_birth(prepared: &Prepared, comparer: &Comparer<'_>, pair: &Pair) -> Option<f64> {
    let kinds = comparer.kinds();
    let level =
        |kind| kinds.iter().position(|have| *have == kind).map_or(0, |place| pair.pattern.level(place));
    if !matches!(level(Kind::State), 2 | 4) || level(Kind::Birth) != birth::EXACT {
        return None;
    }
    let (a, b) = (prepared.left_row(pair.left as usize).0, prepared.base_row(pair.right as usize).0);
    let states = &prepared.values.state;
    // A typing error is no other state.
    let usual = |state| u64::from(states.count(state)) > (states.total() / 2000).max(2);
    if !usual(a.state) || !usual(b.state) {
        return None;
    }
    let rare_city = matches!(level(Kind::City), 1 | 2 | 4 | 5)
        && prepared.values.city.frequency(a.city, Kind::City.usual_values()) < 0.001;
    let elsewhere = rare_city
        || matches!(level(Kind::Zip), 1 | 2 | 4 | 5)
        || matches!(level(Kind::Unit), 4 | 5)
        || matches!(level(Kind::Address), address::EXACT..=address::CROSSED)
        || matches!(level(Kind::Phone), 1 | 2)
        || matches!(level(Kind::Email), 1..=3)
        || kinds.iter().any(|kind| {
            kind.plain().is_some_and(|number| kind.is_equal(level(*kind)) && is_rare(prepared, number, pair))
        });
    if elsewhere || level(Kind::First) == first::DIFFERENT {
        return None;
    }
    let people = prepared.base().len() as f64;
    let first = prepared.values.first.frequency(a.first, Kind::First.usual_values());
    let names = first * prepared.values.last.frequency(a.last, Kind::Last.usual_values());
    Some(people * names * prepared.birth_frequency(a.birth))
}

/// A plain value that few have names a person, as an id does.
fn is_rare(prepared: &Prepared, number: usize, pair: &Pair) -> bool {
    let value = prepared.left_row(pair.left as usize).1[number];
    prepared.values.plain[number].frequency(value, 0.0) < 0.001
}

/// The exact agreement of a pair on address (A), birth date (D), gender (G) and name (N), when it is one of those that
/// identify: `ADGN`, `ADN`, `DGN`, `ADG`, `AGN`; or on telephone or e-mail address and first name.
#[must_use]
pub fn cascade(kinds: &[Kind], pattern: Pattern) -> Option<&'static str> {
    let exact =
        |kind| kinds.iter().position(|have| *have == kind).is_some_and(|place| pattern.level(place) == 1);
    let sex = kinds
        .iter()
        .position(|have| *have == Kind::Sex)
        .is_some_and(|place| matches!(pattern.level(place), 1 | 3));
    let name = exact(Kind::First) && exact(Kind::Last);
    Some(match (exact(Kind::Address), exact(Kind::Birth), sex, name) {
        (true, true, true, true) => "ADGN",
        (true, true, false, true) => "ADN",
        (false, true, true, true) => "DGN",
        (true, true, true, false) => "ADG",
        (true, false, true, true) => "AGN",
        _ if exact(Kind::First) && exact(Kind::Phone) => "phone+first",
        _ if exact(Kind::First) && exact(Kind::Email) => "email+first",
        _ => return None,
    })
}
