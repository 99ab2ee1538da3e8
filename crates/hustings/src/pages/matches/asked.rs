//! What a reviewer is asked next: the doubtful pairs with a sample of accepted ones among them, accepted ones alone, what
//! another has answered, or what the reviewer could not tell.

use super::reviewed::Reviewed;
use hustings_matching::review::Standing;
use hustings_store::match_run::MatchVerdict;
use std::collections::BTreeSet;

/// Which pairs a reviewer goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Doubtful pairs that nobody has answered, and among them a sample of the accepted ones.
    #[default]
    Doubtful,
    /// Pairs that another has answered.
    Second,
    /// Accepted pairs that nobody has answered, in the order in which they were drawn.
    Accepted,
    /// Pairs that the reviewer could not tell.
    Undecided,
}

impl Look {
    /// By the word of an address or form; whatever else it says are the doubtful ones.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let all = [Self::Second, Self::Accepted, Self::Undecided];
        all.into_iter().find(|look| look.word() == word).unwrap_or_default()
    }

    /// Its word; empty for the doubtful ones.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Doubtful => "",
            Self::Second => "second",
            Self::Accepted => "accepted",
            Self::Undecided => "undecided",
        }
    }

    /// Where a run's review of these is.
    #[must_use]
    pub fn address(self, run: &str) -> String {
        match self.word() {
            "" => format!("{run}/review"),
            word => format!("{run}/review?look={word}"),
        }
    }
}

/// What a reviewer has yet to answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// What comes next; nothing: that was all.
    pub next: Option<u32>,
    /// How many rows there are: of the doubtful ones without the sample among them.
    pub left: usize,
}

impl Reviewed {
    /// What a reviewer has yet to answer.
    #[must_use]
    pub fn waiting(&self, reviewer: &str, look: Look) -> Waiting {
        if look == Look::Undecided {
            let mut again: Vec<(u64, u32)> = self
                .answered()
                .filter(|pair| self.standing(*pair) == Standing::Open)
                .filter_map(|pair| {
                    let mine = self.answer_of(reviewer, pair)?;
                    (mine.answer.verdict == MatchVerdict::Undecided).then_some((mine.sequence, pair))
                })
                .collect();
            // The one that was looked at longest ago.
            again.sort_unstable();
            let rows = self.rows_of(again.iter().map(|(_, pair)| *pair));
            return Waiting { next: again.first().map(|(_, pair)| *pair), left: rows.len() };
        }
        // A row that has its voter is nobody else's.
        let given = self.rows_of(self.holds().into_iter());
        let mut rows = BTreeSet::new();
        let mut waiting = Waiting::default();
        for number in self.queue() {
            let Some(pair) = self.pair(*number) else { continue };
            let mut holding = self.holding(*number).peekable();
            let is_open = holding.peek().is_none();
            let waits = match look {
                Look::Doubtful => is_open && (pair.is_accepted || !given.contains(&pair.row)),
                Look::Accepted => is_open && pair.is_accepted,
                Look::Second => {
                    !is_open && holding.all(|one| one.reviewer != reviewer && !one.answer.settles)
                }
                Look::Undecided => false,
            };
            if waits {
                waiting.next = waiting.next.or(Some(*number));
                if look != Look::Doubtful || !pair.is_accepted {
                    rows.insert(pair.row);
                }
            }
        }
        waiting.left = rows.len();
        if waiting.left == 0 {
            // Accepted pairs are asked about by themselves once there is no doubtful one.
            waiting.next = None;
        }
        waiting
    }
}
