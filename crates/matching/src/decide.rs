//! Pairs to decisions: accepted, for review, or neither.

use crate::cluster::contradicts;
use crate::compare::{Comparer, Pattern};
use crate::level::{Kind, address, birth, email, first};
use crate::model::Table;
use crate::prepare::Prepared;
use crate::score::Pair;
use crate::us_state::is_code;
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
    /// A father and his son, perhaps: suffixes that contradict each other, or birth dates a generation apart.
    Namesakes,
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

/// Each accepted pair is at least so likely, however likely the others are.
const ACCEPT_MIN: f64 = 0.8;
/// What is less likely is no rival.
const RIVAL_MIN: f32 = 0.01;
/// Of a row so many people are told from their doubles, the most likely ones.
const PEOPLE_MAX: usize = 8;
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
        if decision.doubt.is_none() && are_namesakes(comparer, &decision.pair) {
            decision.doubt = Some(Doubt::Namesakes);
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
    let (mut wrong, mut count) = (0.0, 0);
    let mut threshold = 1.0_f64.next_up();
    // What is equally likely is taken or left together.
    for equal in chances.chunk_by(|a, b| a == b) {
        wrong += (1.0 - equal[0]) * equal.len() as f64;
        count += equal.len();
        if equal[0] < ACCEPT_MIN || wrong > (1.0 - precision) * count as f64 {
            break;
        }
        threshold = equal[0];
    }
    threshold
}

/// The chance of each pair when the row can be only one of its candidates. Candidates that are doubles of each other are
/// no rivals, unless each row is to be used once.
fn with_rivals(comparer: &Comparer<'_>, table: &Table, pairs: &[Pair], one_to_one: OneToOne) -> Vec<f64> {
    let mut against = vec![0.0; pairs.len()];
    let once_left = matches!(one_to_one, OneToOne::Left | OneToOne::Both);
    for group in groups(pairs, |pair| pair.left) {
        let others =
            if once_left { others_of_all(pairs, &group) } else { others(comparer, table, pairs, &group) };
        for (at, others) in group.iter().zip(others) {
            against[*at] += others;
        }
    }
    if matches!(one_to_one, OneToOne::Right | OneToOne::Both) {
        for group in groups(pairs, |pair| pair.right) {
            for (at, others) in group.iter().zip(others_of_all(pairs, &group)) {
                against[*at] += others;
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

/// For each pair the odds of all other pairs of a group together.
fn others_of_all(pairs: &[Pair], group: &[usize]) -> Vec<f64> {
    let odds = |at: &usize| f64::from(pairs[*at].bits).exp2();
    let all: f64 = group.iter().map(odds).sum();
    group.iter().map(|at| (all - odds(at)).max(0.0)).collect()
}

/// For each pair of a row the odds of those other people's pairs together, in their order. Rows of the base that are doubles of a
/// more likely one are its person's; of so many people the rest is nobody's double.
fn others(comparer: &Comparer<'_>, table: &Table, pairs: &[Pair], group: &[usize]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..group.len()).collect();
    order.sort_by(|a, b| pairs[group[*b]].bits.total_cmp(&pairs[group[*a]].bits).then(a.cmp(b)));
    let odds = |at: usize| f64::from(pairs[group[at]].bits).exp2();
    let are_doubles = |one: usize, other: usize| {
        let evidence =
            comparer.compare_in_base(pairs[group[one]].right as usize, pairs[group[other]].right as usize);
        let (rarity, of_mates) = (f64::from(evidence.rarity), f64::from(evidence.rarity_of_mates));
        table.chances(evidence.pattern, rarity, of_mates).matched > 0.5
    };
    // The most likely row of each person, and the odds of all of the person's.
    let mut people: Vec<(usize, f64)> = Vec::new();
    let mut person_of = vec![None; group.len()];
    let mut all = 0.0;
    for at in order.into_iter().filter(|at| pairs[group[*at]].chance > RIVAL_MIN) {
        all += odds(at);
        let known = people.iter().position(|(first, _)| are_doubles(*first, at));
        if let Some(person) = known {
            people[person].1 += odds(at);
            person_of[at] = known;
        } else if people.len() < PEOPLE_MAX {
            person_of[at] = Some(people.len());
            people.push((at, odds(at)));
        }
    }
    let own = |at: usize| match person_of[at] {
        Some(person) => people[person].1,
        None if pairs[group[at]].chance > RIVAL_MIN => odds(at),
        None => 0.0,
    };
    (0..group.len()).map(|at| (all - own(at)).max(0.0)).collect()
}

/// Places of pairs that share a row, where several do.
fn groups(pairs: &[Pair], row: impl Fn(&Pair) -> u32) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|at| row(&pairs[*at]));
    order
        .chunk_by(|a, b| row(&pairs[*a]) == row(&pairs[*b]))
        .filter(|group| group.len() > 1)
        .map(<[usize]>::to_vec)
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
    if !matches!(level(Kind::State), 2 | 4) {
        return None;
    }
    let (a, b) = (prepared.left_row(pair.left as usize).0, prepared.base_row(pair.right as usize).0);
    let states = &prepared.values.state;
    // A typing error is no other state.
    let is_state = |state| {
        is_code(states.text(state)) || u64::from(states.count(state)) > (states.total() / 2000).max(2)
    };
    if !is_state(a.state) || !is_state(b.state) {
        return None;
    }
    let rare_city = matches!(level(Kind::City), 1 | 2 | 4 | 5)
        && prepared.values.city.frequency(a.city, Kind::City.usual_values()) < 0.001;
    let elsewhere = rare_city
        || matches!(level(Kind::Zip), 1 | 2 | 4 | 5)
        || matches!(level(Kind::Unit), 4 | 5)
        || matches!(level(Kind::Address), address::EXACT..=address::CROSSED)
        || matches!(level(Kind::Phone), 1 | 2)
        || matches!(level(Kind::Email) % email::GROUP, email::EXACT..=email::NEAR)
        || kinds.iter().any(|kind| {
            kind.plain().is_some_and(|number| kind.is_equal(level(*kind)) && is_rare(prepared, number, pair))
        });
    if elsewhere || level(Kind::First) == first::DIFFERENT {
        return None;
    }
    let people = prepared.base().len() as f64;
    let first = prepared.values.first.frequency(a.first, Kind::First.usual_values());
    let names = first * prepared.values.last.frequency(a.last, Kind::Last.usual_values());
    let births = if a.birth == 0 || b.birth == 0 { 1.0 } else { prepared.birth_frequency(a.birth) };
    Some(people * names * births)
}

/// Whether suffixes contradict each other and the birth date is not the same, or birth dates lie a generation apart in a file
/// that knows suffixes.
fn are_namesakes(comparer: &Comparer<'_>, pair: &Pair) -> bool {
    let kinds = comparer.kinds();
    contradicts(kinds, pair.pattern)
        || kinds.contains(&Kind::Suffix)
            && comparer.births(pair.left as usize, pair.right as usize) == Some(true)
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
    let exact = |kind: Kind| {
        kinds.iter().position(|have| *have == kind).is_some_and(|place| kind.is_equal(pattern.level(place)))
    };
    let sex = exact(Kind::Sex);
    let name = exact(Kind::First) && exact(Kind::Last);
    let level = |kind| kinds.iter().position(|have| *have == kind).map_or(0, |place| pattern.level(place));
    if contradicts(kinds, pattern)
        || level(Kind::First) == first::DIFFERENT
        || matches!(level(Kind::Birth), birth::DIFFERENT | birth::UNLIKE_AS_KNOWN)
    {
        return None;
    }
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
