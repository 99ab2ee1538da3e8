//! Matches a list with a state's voters, as a job of its organization's own.

use super::draft::Draft;
use crate::pages::app::App;
use crate::pages::error::PageError;
use crate::pages::job::Job;
use arrow_array::StringArray;
use hustings_access::verb::Append;
use hustings_access::{Act, Request};
use hustings_core::VoterId;
use hustings_matching::compare::Comparer;
use hustings_matching::decide::{Decision, DecisionOptions, Doubt, OneToOne, Verdict};
use hustings_matching::explain::ModelRecord;
use hustings_matching::field::Field;
use hustings_matching::plan::{ColumnOptions, Plan, Role, Side};
use hustings_matching::prepare::{Preparation, Prepared};
use hustings_matching::run::{Links, link};
use hustings_store::match_run::{MatchColumn, MatchPair, MatchReport, NewMatchRun};
use hustings_store::{Store, StoreError, VoterBlock};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinHandle;

/// What the visitor has chosen.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// What each column is taken for.
    pub fields: Vec<Option<Field>>,
    /// Places of the columns that are to be appended.
    pub appended: BTreeSet<usize>,
}

/// Rows of the list that are prepared at once.
const BLOCK_ROWS: usize = 8192;
/// A list that is matched again gives the same answer.
const SEED: u64 = 0x4855_5354;

/// Begins to match in the background; the job ends on the result's page, whose address the task gives.
pub fn start(app: App, job: Arc<Job>, draft: Arc<Draft>, chosen: Chosen) -> JoinHandle<Option<String>> {
    tokio::spawn(async move {
        let state = draft.state();
        let worker = Arc::clone(&job);
        let work =
            async move |store: &Store, act: &Act<'_, Append>| run(store, act, &worker, &draft, &chosen).await;
        let done = app.act(Request::voters_of(state), work).await;
        let ended = match done {
            Ok(run) => Ok(super::run::address(state, &run)),
            Err(PageError::Environment(cause)) => {
                eprintln!(
                    "hustings: match.failed state={state} error=`{}`",
                    crate::pages::format::visible(&cause)
                );
                Err("the machine could not do it: try again, and report it if it happens again".to_owned())
            }
            Err(error) => Err(error.to_string()),
        };
        let result = ended.clone().ok();
        job.end(ended);
        result
    })
}

async fn run(
    store: &Store,
    act: &Act<'_, Append>,
    job: &Job,
    draft: &Draft,
    chosen: &Chosen,
) -> Result<String, StoreError> {
    let started = Instant::now();
    job.stage("read_the_list", None);
    let used: Vec<(usize, Field)> =
        chosen.fields.iter().enumerate().filter_map(|(at, field)| Some((at, (*field)?))).collect();
    let left: Vec<String> = used.iter().map(|(_, field)| field.as_str().to_owned()).collect();
    let base = store.linkable_voters(act, draft.state(), None).await?;
    let right: Vec<String> = base.headers().map(str::to_owned).collect();
    let plan = Plan::new(&left, Some(&right), &ColumnOptions::default())
        .map_err(|error| StoreError::Input(error.to_string()))?;
    let is_compared = |role: &Role| matches!(role, Role::Field(_));
    let wanted: Vec<usize> = plan
        .roles(Side::Right)
        .iter()
        .enumerate()
        .filter(|(_, role)| is_compared(role))
        .map(|(at, _)| at)
        .collect();
    let mut preparation = Preparation::new(plan, true);
    for block in draft.rows.chunks(BLOCK_ROWS) {
        let columns: Vec<StringArray> = used
            .iter()
            .map(|(at, _)| {
                block.iter().map(|row| row.cells.get(*at).filter(|cell| !cell.is_empty())).collect()
            })
            .collect();
        preparation.push(Side::Left, &columns.iter().collect::<Vec<_>>());
    }
    job.stage("read_the_voters", None);
    let mut voters: Vec<VoterId> = Vec::new();
    let take = |block: VoterBlock| {
        let rows = block.voters.len();
        job.advance(u64::try_from(rows).unwrap_or(0));
        voters.extend(block.voters);
        let mut columns = vec![StringArray::new_null(rows); right.len()];
        for (at, column) in wanted.iter().zip(block.columns) {
            columns[*at] = column;
        }
        preparation.push(Side::Right, &columns.iter().collect::<Vec<_>>());
        Ok::<_, StoreError>(())
    };
    store.read_linkable(act, &base, &wanted, take).await?;
    if voters.is_empty() {
        return Err(StoreError::Input("there are no voters here to be found".to_owned()));
    }
    job.stage("compare", None);
    let prepared = preparation.finish();
    let options = DecisionOptions { one_to_one: OneToOne::Left, ..DecisionOptions::default() };
    let links = link(&prepared, options, SEED);
    job.stage("keep_the_result", None);
    let pairs = pairs(&prepared, &links, &voters);
    let accepted = pairs.iter().filter(|pair| pair.is_accepted).count();
    let column = |(at, header): (usize, &String)| MatchColumn {
        header: header.clone(),
        taken_for: chosen
            .fields
            .get(at)
            .copied()
            .flatten()
            .map_or(String::new(), |field| field.as_str().to_owned()),
        is_appended: chosen.appended.contains(&at),
    };
    let model = serde_json::to_value(ModelRecord::new(&prepared, &links.summary.model))
        .map_err(|error| StoreError::Input(error.to_string()))?;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let new = NewMatchRun {
        state: draft.state(),
        snapshot: base.snapshot().to_owned(),
        report: MatchReport {
            file: draft.file.clone(),
            sha256: draft.sha256.clone(),
            columns: draft.headers.iter().enumerate().map(column).collect(),
            rows: count(draft.rows.len()),
            voters: count(voters.len()),
            accepted: count(accepted),
            review: count(pairs.len() - accepted),
            estimated_precision: links.summary.estimated_precision,
            estimated_recall: links.summary.estimated_recall,
            pair_completeness: links.summary.pair_completeness,
            model,
            seconds: started.elapsed().as_secs_f64(),
        },
        rows: draft.rows.clone(),
        pairs,
    };
    Ok(store.keep_match_run(act, &new).await?.id)
}

fn pairs(prepared: &Prepared, links: &Links, voters: &[VoterId]) -> Vec<MatchPair> {
    let comparer = Comparer::new(prepared, links.summary.model.kinds.clone());
    let pair = |decision: &Decision| {
        let (row, voter) = (decision.pair.left, decision.pair.right as usize);
        let mut rarity = vec![0.0; comparer.kinds().len()];
        let evidence = comparer.compare_with(
            prepared.left_row(row as usize),
            prepared.base_row(voter),
            |place, _, bits| {
                rarity[place] = bits;
            },
        );
        MatchPair {
            row,
            voter: voters[voter],
            bits: f64::from(decision.pair.bits),
            chance: decision.chance,
            is_accepted: decision.verdict == Verdict::Accept,
            doubt: decision.doubt.map_or(String::new(), why),
            levels: decision.pair.pattern.0,
            rarity,
            rarity_of_mates: f64::from(evidence.rarity_of_mates),
        }
    };
    links.decisions.iter().map(pair).collect()
}

fn why(doubt: Doubt) -> String {
    match doubt {
        Doubt::Unlikely => "Not sure enough to be accepted by itself.".to_owned(),
        Doubt::Rival => "Another voter fits this row as well, or another row fits this voter.".to_owned(),
        Doubt::OtherState(expected) => format!(
            "Only name and birth date agree, in different states: {expected:.2} other people of that name and birth date \
             are to be expected."
        ),
    }
}
