//! A list linked to a state's voters, all of it in memory: what pages and `append` go on with.

use super::ids::Ids;
use super::input::{Head, Loaded, Otherwise, Reading, read_voters};
use super::output::Run;
use super::report::{self, Columns};
use super::{MatchError, SEED, output};
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};
use hustings_matching::decide::{Decision, DecisionOptions, Verdict};
use hustings_matching::explain::{ModelRecord, Waterfall};
use hustings_matching::plan::Side;
use hustings_matching::prepare::Prepared;
use hustings_matching::run::{Summary, link};
use hustings_store::{
    AppendMatching, ListRows, MatchFate, MatchedList, MatchedPair, MatchedRow, Store, VoterKey,
};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::Path;

/// What a list is linked to, and how.
#[derive(Debug, Clone)]
pub struct LinkQuestion {
    /// Whose voters.
    pub state: StateCode,
    /// Of which snapshot; none: the current one.
    pub as_of: Option<Date>,
    /// The list's column that names its rows; none: the lines on which they begin.
    pub id: Option<String>,
    /// What the columns are, where the user says it.
    pub columns: Vec<(String, String)>,
    /// How to decide.
    pub options: DecisionOptions,
}

/// A list linked to the voters that exist for a scope. Nothing of it may be shown before [`LinkedList::record`].
#[derive(Debug)]
pub struct LinkedList {
    /// The list.
    pub list: ListRows,
    /// Accepted pairs and pairs for review, by the list's rows.
    pub decisions: Vec<Decision>,
    /// What is said of the run.
    pub summary: Summary,
    /// The model, as it is kept.
    pub model: ModelRecord,
    /// What was taken for what.
    pub columns: Columns,
    /// The state.
    pub state: StateCode,
    /// The snapshot.
    pub snapshot: String,
    loaded: Loaded,
}

/// Links a list to the voters of a snapshot that exist for a scope: rows and columns outside of it, confidential voters and
/// those no longer on the state's list are as if they were not there. What it gives does no IO and needs no scope.
///
/// # Errors
/// There is no such list for the scope, a grant ends meanwhile, or no column of the two can be compared.
pub async fn link_to_snapshot<'id>(
    store: &Store,
    scope: &Scope<'id>,
    list: ListRows,
    question: &LinkQuestion,
) -> Result<LinkedList, MatchError> {
    let voters = store.linkable_voters(scope, question.state, question.as_of).await?;
    let left = Head {
        name: list.path().display().to_string(),
        headers: list.headers().to_vec(),
        id: question.id.clone(),
        otherwise: Otherwise::Line,
    };
    let right = Head::of_voters(&voters, None);
    let mut reading = Reading::begin(&left, Some(&right), &question.columns)?;
    for block in list.blocks() {
        reading.push(Side::Left, block)?;
    }
    read_voters(&mut reading, Side::Right, store, scope, &voters).await?;
    let mut loaded = reading.finish();
    let links = link(&loaded.prepared, question.options, SEED);
    let rows = links.decisions.iter().map(|decision| decision.pair.right as usize);
    let key = |voter| store.voter_key(scope, question.state, voter);
    loaded.give_keys(Side::Right, rows, key);
    Ok(LinkedList {
        model: ModelRecord::new(&loaded.prepared, &links.summary.model),
        columns: report::columns(&loaded.prepared, &links.summary.model),
        list,
        decisions: links.decisions,
        summary: links.summary,
        state: question.state,
        snapshot: voters.snapshot().to_owned(),
        loaded,
    })
}

impl LinkedList {
    /// Records for the logs that these pairs are shown: before they leave.
    ///
    /// # Errors
    /// A grant that has ended, or the log cannot be written: then they must not leave.
    pub async fn record(
        &self,
        store: &Store,
        scope: &Scope<'_>,
        decisions: impl IntoIterator<Item = &Decision>,
    ) -> Result<(), MatchError> {
        let voters = decisions.into_iter().filter_map(|decision| self.voter(decision));
        Ok(store.record_linked(scope, self.state, &self.snapshot, voters).await?)
    }

    /// Both sides as they were compared.
    #[must_use]
    pub fn prepared(&self) -> &Prepared {
        &self.loaded.prepared
    }

    /// What the list's row of a pair is called.
    #[must_use]
    pub fn row_id(&self, decision: &Decision) -> String {
        self.ids(Side::Left).get(decision.pair.left as usize).into_owned()
    }

    /// The voter of a pair, as the organization knows them.
    #[must_use]
    pub fn voter_key(&self, decision: &Decision) -> Option<VoterKey> {
        match self.ids(Side::Right) {
            Ids::Keys(keys) => keys.get(&(decision.pair.right as usize)).cloned(),
            _ => None,
        }
    }

    /// The voter of a pair, as we know them.
    #[must_use]
    pub fn voter(&self, decision: &Decision) -> Option<VoterId> {
        self.loaded.voter(Side::Right, decision.pair.right as usize)
    }

    /// Why a pair was accepted, or is for review, in one line.
    #[must_use]
    pub fn reason(&self, decision: &Decision) -> String {
        self.run().reason(decision)
    }

    /// Per comparison the bits of the values' rarity, with which a pair's waterfall is rebuilt.
    #[must_use]
    pub fn rarity(&self, decision: &Decision) -> Vec<f64> {
        self.run().rarity(&self.run().comparer(), decision)
    }

    /// Why a pair weighs what it weighs.
    #[must_use]
    pub fn waterfall(&self, decision: &Decision) -> Waterfall {
        let bits = f64::from(decision.pair.bits);
        Waterfall::rebuild(&self.model, decision.pair.pattern, &self.rarity(decision), bits)
    }

    /// Writes the pairs as `match` does, with what explains them beside it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_pairs(&self, out: &Path) -> Result<(), MatchError> {
        output::write_pairs(&self.run(), &self.decisions, out)
    }

    /// What became of each row, where a row has one voter at most and a voter one row: of several the fullest, and of
    /// those the likeliest. For a list that was linked with [`OneToOne::Left`](hustings_matching::decide::OneToOne).
    ///
    /// # Errors
    /// The model cannot be written as text.
    pub fn matched(&self) -> Result<MatchedList, MatchError> {
        let mut best: BTreeMap<usize, &Decision> = BTreeMap::new();
        let rank = |decision: &Decision| (decision.verdict == Verdict::Accept, decision.chance);
        for decision in &self.decisions {
            let known = best.entry(decision.pair.left as usize).or_insert(decision);
            if rank(decision) > rank(known) {
                *known = decision;
            }
        }
        let filled = |row: usize| {
            (0..self.list.headers().len()).filter(|column| self.list.cell(row, *column).is_some()).count()
        };
        let says_more = |one: &Decision, other: &Decision| {
            let rank = |decision: &Decision| (filled(decision.pair.left as usize), decision.chance);
            rank(one) > rank(other)
        };
        let mut row_of: BTreeMap<u32, &Decision> = BTreeMap::new();
        for decision in best.values().filter(|decision| decision.verdict == Verdict::Accept) {
            let known = row_of.entry(decision.pair.right).or_insert(decision);
            if says_more(decision, known) {
                *known = decision;
            }
        }
        let (run, mut rows) = (self.run(), Vec::with_capacity(self.list.len()));
        let comparer = run.comparer();
        for row in 0..self.list.len() {
            let Some(decision) = best.get(&row) else {
                rows.push(MatchedRow { fate: MatchFate::Unmatched, pair: None });
                continue;
            };
            let winner = row_of.get(&decision.pair.right).map(|winner| winner.pair.left as usize);
            let fate = match (decision.verdict, winner) {
                (Verdict::Review, _) => MatchFate::Review,
                (Verdict::Accept, Some(winner)) if winner != row => {
                    MatchFate::Double(self.list.line(winner).unwrap_or_default())
                }
                (Verdict::Accept, _) => MatchFate::Joined,
            };
            let pair = self.voter(decision).map(|voter| MatchedPair {
                voter,
                levels: decision.pair.pattern.0,
                rarity_bits: run.rarity(&comparer, decision),
                weight_bits: f64::from(decision.pair.bits),
                probability: decision.chance,
            });
            rows.push(MatchedRow { fate, pair });
        }
        let count =
            |wanted: fn(&MatchFate) -> bool| rows.iter().filter(|row| wanted(&row.fate)).count() as u64;
        let matched = count(|fate| *fate == MatchFate::Joined);
        Ok(MatchedList {
            snapshot: self.snapshot.clone(),
            summary: AppendMatching {
                matched,
                accepted: matched + count(|fate| matches!(fate, MatchFate::Double(_))),
                review: count(|fate| *fate == MatchFate::Review),
                unmatched: count(|fate| *fate == MatchFate::Unmatched),
                estimated_precision: self.summary.estimated_precision,
                estimated_recall: self.summary.estimated_recall,
                pair_completeness: self.summary.pair_completeness,
            },
            model: serde_json::to_string(&self.model)
                .map_err(|error| MatchError::Input(error.to_string()))?,
            rows,
        })
    }

    fn run(&self) -> Run<'_> {
        Run { loaded: &self.loaded, model: &self.model, kinds: &self.summary.model.kinds }
    }

    fn ids(&self, side: Side) -> &Ids {
        self.loaded.ids(side)
    }
}
