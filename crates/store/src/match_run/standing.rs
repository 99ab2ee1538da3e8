//! What the answers about a run's pairs say together: which pairs hold, and which wait.

use super::{MatchAnswer, MatchPair, MatchPairs, MatchVerdict};
use hustings_matching::review::{Answer, Given, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// The answers about a run.
#[derive(Debug, Clone, Default)]
pub struct Standings {
    answers: Vec<MatchAnswer>,
    /// By pair the answers that hold, one a reviewer, as places in `answers`.
    holding: BTreeMap<u32, Vec<usize>>,
}

impl Standings {
    /// Of every answer of a run, in their order.
    #[must_use]
    pub fn of(answers: Vec<MatchAnswer>) -> Self {
        let holding = holding(&answers);
        Self { answers, holding }
    }

    /// Every answer, those taken back too.
    #[must_use]
    pub fn answers(&self) -> &[MatchAnswer] {
        &self.answers
    }

    /// The answers about a pair that hold, in their order.
    pub fn holding(&self, pair: u32) -> impl Iterator<Item = &MatchAnswer> {
        self.holding.get(&pair).into_iter().flatten().map(|at| &self.answers[*at])
    }

    /// Every answer that holds.
    pub fn all_holding(&self) -> impl Iterator<Item = &MatchAnswer> {
        self.holding.values().flatten().map(|at| &self.answers[*at])
    }

    /// The pairs about which an answer holds.
    pub fn answered(&self) -> impl Iterator<Item = u32> {
        self.holding.keys().copied()
    }

    /// What the answers about a pair say together.
    #[must_use]
    pub fn of_pair(&self, pair: u32) -> Standing {
        let given: Vec<Given<'_>> = self
            .holding(pair)
            .map(|one| Given {
                reviewer: &one.reviewer,
                answer: match one.answer.verdict {
                    MatchVerdict::Same => Answer::Same,
                    MatchVerdict::Different => Answer::Different,
                    MatchVerdict::Undecided | MatchVerdict::TakenBack => Answer::Undecided,
                },
                settles: one.answer.settles,
            })
            .collect();
        Standing::of(&given)
    }

    /// The pairs that hold: confirmed ones and accepted ones of whom nobody says otherwise, the surest first; of a row one.
    #[must_use]
    pub fn holds(&self, pairs: &MatchPairs) -> Vec<u32> {
        let mut found: Vec<(bool, f64, u32, u32)> = Vec::new();
        for (number, pair) in pairs.iter() {
            match self.of_pair(number) {
                Standing::Same => found.push((true, pair.chance, number, pair.row)),
                Standing::Open if pair.is_accepted => found.push((false, pair.chance, number, pair.row)),
                _ => {}
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        let mut rows = BTreeSet::new();
        found.retain(|(_, _, _, row)| rows.insert(*row));
        found.into_iter().map(|(_, _, number, _)| number).collect()
    }

    /// Whether a pair waits for an answer.
    #[must_use]
    pub fn waits(&self, number: u32, pair: &MatchPair) -> bool {
        match self.of_pair(number) {
            Standing::Open => !pair.is_accepted,
            Standing::Disputed => true,
            Standing::Same | Standing::Different => false,
        }
    }
}

/// By pair the last answer of each reviewer that was not taken back.
fn holding(answers: &[MatchAnswer]) -> BTreeMap<u32, Vec<usize>> {
    let mut stacks: BTreeMap<(u32, &str), Vec<usize>> = BTreeMap::new();
    for (at, answer) in answers.iter().enumerate() {
        let stack = stacks.entry((answer.answer.pair, &answer.reviewer)).or_default();
        match answer.answer.verdict {
            MatchVerdict::TakenBack => drop(stack.pop()),
            _ => stack.push(at),
        }
    }
    let mut holding: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for ((pair, _), stack) in stacks {
        holding.entry(pair).or_default().extend(stack.last());
    }
    holding.retain(|_, places| !places.is_empty());
    holding.values_mut().for_each(|places| places.sort_unstable());
    holding
}
