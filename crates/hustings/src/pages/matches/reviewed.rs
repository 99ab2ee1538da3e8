//! A run with what reviewers have answered: which pairs hold, which wait, and what that says of precision.

use crate::matching::run_pairs::kinds;
use crate::pages::app::App;
use crate::pages::error::PageError;
use hustings_core::StateCode;
use hustings_matching::compare::Pattern;
use hustings_matching::explain::ModelRecord;
use hustings_matching::model::{Model, Shares};
use hustings_matching::review::{Kept, Queued, Standing, chances, queue, reestimate};
use hustings_store::match_run::{
    MatchAnswer, MatchLook, MatchPair, MatchPairs, MatchReport, MatchRunRecord, OpenMatch, Standings,
};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// A label weighs as much as so many pairs of which the model is sure.
const LABEL_WEIGHT: f64 = 2.0;
/// A share below which it is no estimate any more.
const COMPLETENESS_MIN: f64 = 0.01;

/// A run, its pairs, and the answers that hold.
#[derive(Debug)]
pub struct Reviewed {
    /// The run.
    pub record: MatchRunRecord,
    /// What is said of it.
    pub report: MatchReport,
    pairs: MatchPairs,
    /// What was answered.
    standings: Standings,
    queue: OnceLock<Vec<u32>>,
}

/// How many rows are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCounts {
    /// With a pair that holds.
    pub found: u64,
    /// The voters of these: several rows may be of one.
    pub voters: u64,
    /// Of these, whom a reviewer has confirmed.
    pub confirmed: u64,
    /// With pairs that wait for an answer.
    pub doubtful: u64,
    /// Without any.
    pub not_found: u64,
}

/// What the answers make of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Share of the pairs that hold which is expected to be right.
    pub precision: f64,
    /// Share of the list's voters which is expected to be found.
    pub recall: f64,
    /// Of the pairs that wait, how many are expected to be one person.
    pub likely: u64,
}

impl Reviewed {
    /// Reads a run; none where there is none for the visitor.
    ///
    /// # Errors
    /// When the policy says no, or the store fails.
    pub async fn read(app: &App, state: StateCode, run: &str) -> Result<Option<Self>, PageError> {
        let run = run.to_owned();
        app.read(state, async move |store, act| {
            Ok(store.open_match(act, state, &run).await?.as_ref().and_then(Self::of))
        })
        .await
    }

    /// Reads a run and looks at the pairs of it that `choose` names, in one act.
    ///
    /// # Errors
    /// [`PageError::NotFound`] where there is none for the visitor; when the policy says no, or the store fails.
    pub async fn looking(
        app: &App,
        state: StateCode,
        run: &str,
        choose: impl FnOnce(&Self) -> Vec<u32> + Send + 'static,
    ) -> Result<(Self, Vec<MatchLook>), PageError> {
        let run = run.to_owned();
        let found = app
            .read(state, async move |store, act| {
                let Some(open) = store.open_match(act, state, &run).await? else { return Ok(None) };
                let Some(reviewed) = Self::of(&open) else { return Ok(None) };
                let looks = store.look_at_pairs(act, &open, &choose(&reviewed)).await?;
                Ok(Some((reviewed, looks)))
            })
            .await?;
        found.ok_or(PageError::NotFound)
    }

    /// As [`Reviewed::read`], where there must be one.
    ///
    /// # Errors
    /// [`PageError::NotFound`] where there is none; else as [`Reviewed::read`].
    pub async fn demand(app: &App, state: StateCode, run: &str) -> Result<Self, PageError> {
        Self::read(app, state, run).await?.ok_or(PageError::NotFound)
    }

    fn of(open: &OpenMatch) -> Option<Self> {
        let (record, pairs) = (open.record().clone(), open.pairs().clone());
        let report = record.report.clone()?;
        let answers = open.answers().iter().filter(|answer| pairs.get(answer.answer.pair).is_some());
        let standings = Standings::of(answers.cloned().collect());
        Some(Self { record, report, pairs, standings, queue: OnceLock::new() })
    }

    /// Every answer, those taken back too.
    #[must_use]
    pub fn answers(&self) -> &[MatchAnswer] {
        self.standings.answers()
    }

    /// A pair by its number.
    #[must_use]
    pub fn pair(&self, number: u32) -> Option<&MatchPair> {
        self.pairs.get(number)
    }

    /// The answers about a pair that hold, in their order.
    pub fn holding(&self, pair: u32) -> impl Iterator<Item = &MatchAnswer> {
        self.standings.holding(pair)
    }

    /// What a reviewer's answer about a pair is, if any holds.
    #[must_use]
    pub fn answer_of(&self, reviewer: &str, pair: u32) -> Option<&MatchAnswer> {
        self.holding(pair).find(|answer| answer.reviewer == reviewer)
    }

    /// The last answer of a reviewer that holds.
    #[must_use]
    pub fn last_of(&self, reviewer: &str) -> Option<&MatchAnswer> {
        self.standings
            .all_holding()
            .filter(|answer| answer.reviewer == reviewer)
            .max_by_key(|one| one.sequence)
    }

    /// The pairs about which somebody's answer holds.
    pub fn answered(&self) -> impl Iterator<Item = u32> {
        self.standings.answered()
    }

    /// What the answers about a pair say together.
    #[must_use]
    pub fn standing(&self, pair: u32) -> Standing {
        self.standings.of_pair(pair)
    }

    /// Numbers of pairs on which reviewers differ.
    #[must_use]
    pub fn disputed(&self) -> Vec<u32> {
        self.standings.answered().filter(|pair| self.standing(*pair) == Standing::Disputed).collect()
    }

    /// How many rows somebody has told something about.
    #[must_use]
    pub fn told(&self) -> usize {
        let told = self.answered().filter(|pair| self.standing(*pair) != Standing::Open);
        self.rows_of(told).len()
    }

    /// The rows of these pairs.
    pub fn rows_of(&self, pairs: impl Iterator<Item = u32>) -> BTreeSet<u32> {
        pairs.filter_map(|number| self.pair(number)).map(|pair| pair.row).collect()
    }

    /// The order in which pairs are asked about: the same for every reviewer.
    #[must_use]
    pub fn queue(&self) -> &[u32] {
        self.queue.get_or_init(|| self.ordered())
    }

    fn ordered(&self) -> Vec<u32> {
        let (numbers, queued): (Vec<u32>, Vec<Queued>) = self
            .numbered()
            .map(|(number, pair)| (number, Queued { chance: pair.chance, is_accepted: pair.is_accepted }))
            .unzip();
        let seed =
            self.record.id.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        queue(&queued, seed).into_iter().filter_map(|at| numbers.get(at).copied()).collect()
    }

    /// The pairs that hold: confirmed ones and accepted ones of whom nobody says otherwise, the surest first; of a row one.
    #[must_use]
    pub fn holds(&self) -> Vec<u32> {
        self.standings.holds(&self.pairs)
    }

    /// How many rows are where.
    #[must_use]
    pub fn rows(&self) -> RowCounts {
        let holds = self.holds();
        let row = |number: &u32| self.pair(*number).map(|pair| pair.row);
        let found: BTreeSet<u32> = holds.iter().filter_map(row).collect();
        let confirmed = holds.iter().filter(|number| self.standing(**number) == Standing::Same).count();
        let doubtful: BTreeSet<u32> = self
            .numbered()
            .filter(|(number, pair)| !found.contains(&pair.row) && self.standings.waits(*number, pair))
            .map(|(_, pair)| pair.row)
            .collect();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (found, doubtful) = (count(found.len()), count(doubtful.len()));
        let voters: BTreeSet<_> =
            holds.iter().filter_map(|number| self.pair(*number)).map(|pair| pair.voter).collect();
        RowCounts {
            found,
            voters: count(voters.len()),
            confirmed: count(confirmed),
            doubtful,
            not_found: self.report.rows.saturating_sub(found + doubtful),
        }
    }

    /// Each pair with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &MatchPair)> {
        self.pairs.iter()
    }

    /// What the model expects with the answers; none where its record cannot be read.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        let model = model_of(&serde_json::from_value(self.report.model.clone()).ok()?)?;
        let kept: Vec<Kept> = self
            .numbered()
            .map(|(number, pair)| Kept {
                row: pair.row,
                pattern: Pattern(pair.levels),
                rarity: pair.rarity.iter().sum(),
                rarity_of_mates: pair.rarity_of_mates,
                label: match self.standing(number) {
                    Standing::Same => Some(true),
                    Standing::Different => Some(false),
                    Standing::Open | Standing::Disputed => None,
                },
            })
            .collect();
        let labelled = kept.iter().any(|pair| pair.label.is_some());
        if !labelled {
            let likely: f64 =
                self.numbered().filter(|(_, pair)| !pair.is_accepted).map(|(_, pair)| pair.chance).sum();
            return Some(Estimate {
                precision: self.report.estimated_precision,
                recall: self.report.estimated_recall,
                likely: whole(likely),
            });
        }
        let next = chances(&reestimate(&model, &kept, LABEL_WEIGHT), &kept);
        let holds: BTreeSet<u32> = self.holds().into_iter().collect();
        let sum = |wanted: &dyn Fn(u32) -> bool| -> f64 {
            let chances = self.numbered().zip(&next);
            chances.filter(|((number, _), _)| wanted(*number)).map(|(_, chance)| chance).sum()
        };
        let right = sum(&|number| holds.contains(&number));
        let all = sum(&|_| true) / self.report.pair_completeness.max(COMPLETENESS_MIN);
        let open = |number: u32| !holds.contains(&number) && self.standing(number) == Standing::Open;
        Some(Estimate {
            precision: if holds.is_empty() {
                1.0
            } else {
                right / f64::from(u32::try_from(holds.len()).unwrap_or(u32::MAX))
            },
            recall: if all > 0.0 { (right / all).min(1.0) } else { 1.0 },
            likely: whole(sum(&open)),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of pairs, never negative"
)]
fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

/// The model of a run's record; none where it names a comparison that this program does not make.
fn model_of(record: &ModelRecord) -> Option<Model> {
    let mut model = Model {
        kinds: kinds(record),
        shares: Vec::new(),
        match_rate: record.match_rate,
        mate_rate: record.household_mate_rate,
    };
    for (kind, comparison) in model.kinds.iter().zip(&record.comparisons) {
        if kind.levels().len() != comparison.levels.len() {
            return None;
        }
        model.shares.push(Shares {
            matches: comparison.levels.iter().map(|level| level.matches).collect(),
            mates: comparison.levels.iter().map(|level| level.household_mates).collect(),
            // Where it is the value's frequency, the share is not looked at.
            strangers: comparison.levels.iter().map(|level| level.strangers.unwrap_or(1.0)).collect(),
        });
    }
    Some(model)
}
