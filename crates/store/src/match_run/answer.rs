//! Reviewers' answers: each durable before it is acknowledged, none ever overwritten. Taking one back is a further entry.

use super::keep::event;
use super::list::OpenRun;
use crate::audit::outbox;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::StateCode;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a reviewer says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchVerdict {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Cannot be told.
    Undecided,
    /// The reviewer's answer before this one does not hold.
    TakenBack,
}

/// An answer to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAnswer {
    /// The pair's number.
    pub pair: u32,
    /// What is said.
    pub verdict: MatchVerdict,
    /// Whether the pair came from the queue, and was not chosen by the reviewer: only these tell of all pairs.
    pub from_queue: bool,
    /// Whether it ends a disagreement of others.
    pub settles: bool,
    /// In the reviewer's words; empty mostly.
    pub why: String,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchAnswer {
    /// Its place among the run's answers, from 1.
    pub sequence: u64,
    /// Who gave it.
    pub reviewer: String,
    /// When, RFC 3339.
    pub at: String,
    /// What it says.
    pub answer: NewAnswer,
}

#[derive(FromQueryResult)]
struct Row {
    sequence: i64,
    reviewer: String,
    answer: String,
    created_at: String,
}

#[derive(FromQueryResult)]
struct Last {
    last: Option<i64>,
}

fn place(run: &str, sequence: i64) -> String {
    format!("answer {sequence} of match run {run}")
}

impl Store {
    pub(crate) async fn answers_of(&self, open: &OpenRun) -> Result<Vec<MatchAnswer>, StoreError> {
        let run = &open.record.id;
        let sql = "SELECT sequence, reviewer, answer, created_at FROM match_answers WHERE run_id = $1 ORDER BY sequence";
        let rows: Vec<Row> = self.database.all("read answers", sql, vec![run.as_str().into()]).await?;
        rows.into_iter()
            .map(|row| {
                let answer = open.key.open(&place(run, row.sequence), &row.answer);
                let answer = answer.and_then(|json| serde_json::from_str(&json).ok()).ok_or_else(|| {
                    StoreError::Connect(format!(
                        "table match_answers: answer {} of {run} is damaged",
                        row.sequence
                    ))
                })?;
                Ok(MatchAnswer {
                    sequence: u64::try_from(row.sequence).unwrap_or_default(),
                    reviewer: row.reviewer,
                    at: row.created_at,
                    answer,
                })
            })
            .collect()
    }

    /// Keeps an answer of whoever acts; on return it is durable. None where there is no such run for the act.
    ///
    /// # Errors
    /// When there is no such pair, or the database fails.
    pub async fn answer_pair(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        run: &str,
        new: &NewAnswer,
    ) -> Result<Option<MatchAnswer>, StoreError> {
        let open = self.open_run(act, state, run).await?.filter(|_| self.may_match(act, state));
        let Some(open) = open else { return Ok(None) };
        self.demand_pair(&open, new.pair)?;
        let transaction = self.database.begin("answer pair").await?;
        let answer = self.write_answer(&transaction, act, &open, new).await?;
        transaction.commit().await?;
        Ok(Some(answer))
    }

    /// That a run has a pair of this number.
    pub(crate) fn demand_pair(&self, open: &OpenRun, pair: u32) -> Result<(), StoreError> {
        let pairs = self.pairs_of(open)?;
        if usize::try_from(pair).map_or(true, |pair| pair >= pairs.len()) {
            return Err(StoreError::Input(format!("this list has no pair {pair}")));
        }
        Ok(())
    }

    /// The sequence of the last answer of a run; 0: none has been given.
    pub(crate) async fn last_answer(&self, transaction: &Transaction, run: &str) -> Result<i64, StoreError> {
        let sql = "SELECT max(sequence) AS last FROM match_answers WHERE run_id = $1";
        let last = transaction.one::<Last>(sql, vec![run.into()]).await?;
        Ok(last.and_then(|row| row.last).unwrap_or(0))
    }

    /// Writes an answer of whoever acts, with its record.
    pub(crate) async fn write_answer(
        &self,
        transaction: &Transaction,
        act: &Act<'_, Append>,
        open: &OpenRun,
        new: &NewAnswer,
    ) -> Result<MatchAnswer, StoreError> {
        let (now, run) = (self.now(), open.record.id.as_str());
        self.demand_key(transaction, &open.key).await?;
        let sequence = self.last_answer(transaction, run).await? + 1;
        transaction
            .execute(
                "INSERT INTO match_answers (run_id, sequence, reviewer, answer, created_at, updated_by) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
                vec![
                    run.into(),
                    sequence.into(),
                    act.principal().as_str().into(),
                    open.key.seal(&place(run, sequence), &json!(new).to_string())?.into(),
                    now.as_str().into(),
                    transaction.name().into(),
                ],
            )
            .await?;
        let action = match new.verdict {
            MatchVerdict::TakenBack => "pair_answer_taken_back",
            _ if new.settles => "pair_settled",
            _ => "pair_answered",
        };
        let details = json!({ "answer": sequence, "state": open.record.state, "why": new.why });
        outbox::write(transaction, &now, &event(act, action, run, details)).await?;
        Ok(MatchAnswer {
            sequence: u64::try_from(sequence).unwrap_or_default(),
            reviewer: act.principal().to_string(),
            at: now,
            answer: new.clone(),
        })
    }
}
