//! What people have checked of the accepted pairs, and what that says of all of them.

use super::reviewed::Reviewed;
use crate::pages::format::Count;
use crate::pages::words;
use hustings_matching::review::{Interval, STRATA, Standing, Stratum, precision, stratum};
use hustings_store::match_run::MatchVerdict;
use std::collections::BTreeSet;

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Checked {
    /// The share that is right, and where it lies.
    pub interval: Interval,
    /// Checked and right.
    pub right: u64,
    /// Drawn, and nobody can tell.
    pub undecided: u64,
}

/// So many checked pairs narrow it down.
const GOALS: [u64; 3] = [40, 75, 150];

impl Reviewed {
    /// What the checked pairs of the sample say of the accepted ones; none while nothing was checked. Drawn is what the order
    /// of the sample has up to the last pair that was asked about, by whatever way it was answered since: so a mistake that
    /// was found otherwise counts, and pairs that somebody has chosen beyond do not.
    #[must_use]
    pub fn checked(&self) -> Option<Checked> {
        let drawn: BTreeSet<u32> = self.drawn().collect();
        let sample: Vec<u32> = self.accepted().collect();
        let last = sample.iter().rposition(|pair| drawn.contains(pair)).map_or(0, |at| at + 1);
        let mut strata = [Stratum::default(); STRATA];
        let mut undecided = 0;
        for (at, number) in sample.iter().enumerate() {
            let Some(pair) = self.pair(*number) else { continue };
            let stratum = &mut strata[stratum(pair.chance)];
            stratum.pairs += 1;
            if at >= last {
                continue;
            }
            match self.standing(*number) {
                Standing::Same => {
                    stratum.checked += 1;
                    stratum.right += 1;
                }
                Standing::Different => stratum.checked += 1,
                Standing::Disputed => undecided += 1,
                Standing::Open => undecided += u64::from(self.holding(*number).next().is_some()),
            }
        }
        let right = strata.iter().map(|stratum| stratum.right).sum();
        Some(Checked { interval: precision(&strata)?, right, undecided })
    }

    /// The pairs that somebody was asked about in their turn.
    fn drawn(&self) -> impl Iterator<Item = u32> {
        let asked = self.answers().iter().filter(|one| one.answer.from_queue);
        asked.filter(|one| one.answer.verdict != MatchVerdict::TakenBack).map(|one| one.answer.pair)
    }

    /// Whether somebody was asked about a pair in its turn.
    #[must_use]
    pub fn was_drawn(&self, pair: u32) -> bool {
        self.drawn().any(|drawn| drawn == pair)
    }

    /// The accepted pairs, in the order in which they are drawn.
    pub fn accepted(&self) -> impl Iterator<Item = u32> {
        self.queue().iter().copied().filter(|number| self.pair(*number).is_some_and(|pair| pair.is_accepted))
    }
}

impl Checked {
    /// In words.
    #[must_use]
    pub fn said(&self) -> String {
        let Interval { low, high, checked, .. } = self.interval;
        let (low, high) = (of_hundred(low), of_hundred(high));
        let mut said = if self.right == checked {
            let pairs = match checked {
                1 => "The one checked row was right".to_owned(),
                checked => format!("All {} checked rows were right", Count(checked)),
            };
            let goal = GOALS.into_iter().find(|goal| *goal > checked);
            let more = goal.map_or(String::new(), |goal| {
                format!(" {goal} checked and right would show about {}.", all_right(goal))
            });
            format!("{pairs}: that shows that at least {low} of 100 accepted rows are right.{more}")
        } else {
            format!(
                "Of {} checked {} right: between {low} and {high} of 100 accepted rows are right.",
                words::plural(checked, "row", "rows"),
                words::plural(self.right, "was", "were")
            )
        };
        if self.undecided > 0 {
            said.push_str(&format!(
                " {} could not be decided and count{} neither way.",
                words::plural(self.undecided, "more", "more"),
                if self.undecided == 1 { "s" } else { "" }
            ));
        }
        said
    }
}

/// A share as people say it: `97.1`.
#[must_use]
pub fn of_hundred(share: f64) -> String {
    // Never rounded up to what it is not.
    let share = (share * 1000.0).floor() / 10.0;
    if share >= 100.0 { "100".to_owned() } else { format!("{share:.1}") }
}

/// Of 100, how many are right at least where all of so many checked ones are (Wilson, 95 %).
fn all_right(checked: u64) -> String {
    const Z_SQUARED: f64 = 3.841_459;
    let checked = f64::from(u32::try_from(checked).unwrap_or(u32::MAX));
    format!("{:.0}", (checked / (checked + Z_SQUARED) * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_checked_is_said_with_what_more_would_show() {
        let checked = |low, high, checked, right, undecided| {
            Checked { interval: Interval { low, share: 0.9, high, checked }, right, undecided }.said()
        };
        assert_eq!(
            checked(0.7008, 1.0, 9, 9, 0),
            "All 9 checked rows were right: that shows that at least 70.0 of 100 accepted rows are right. 40 checked and \
             right would show about 91."
        );
        assert_eq!(
            checked(0.565, 0.98, 9, 8, 1),
            "Of 9 rows checked 8 were right: between 56.5 and 98.0 of 100 accepted rows are right. 1 more could not be \
             decided and counts neither way."
        );
        assert_eq!((all_right(40), all_right(75)), ("91".to_owned(), "95".to_owned()));
    }
}
