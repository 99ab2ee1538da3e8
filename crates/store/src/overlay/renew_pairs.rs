//! What was added from a matched list, made anew by the answers of now: each append in its own place, and all of them in one
//! transaction with the answer that asks for it. So no cell of a pair stays with a voter whom people have told apart from it.

use super::append_pairs::{PreparedPairs, appended_columns};
use super::{AppendReport, AppendStatus};
use crate::database::Transaction;
use crate::durable;
use crate::error::StoreError;
use crate::match_run::{MatchAnswer, NewAnswer, OpenRun, Standings};
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::StateCode;

/// So often it is tried while others answer or add.
const TRIES: usize = 3;

/// An append of a run.
#[derive(PartialEq)]
struct OfRun {
    report: AppendReport,
    is_current: bool,
}

impl Store {
    /// Keeps an answer, when one is given, and makes anew what was added from the run; where no pair holds any more all of it
    /// is removed. On return all of that is durable; when it fails, nothing of it is there.
    ///
    /// # Errors
    /// When there is no such run or pair for the act, it may not write the data of an append, the act has ended meanwhile, others
    /// go on answering or adding, or database or disk fail.
    pub async fn renew_appends(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        run: &str,
        answer: Option<&NewAnswer>,
    ) -> Result<(), StoreError> {
        let open = self.demand_run(act, state, run).await?;
        if let Some(answer) = answer {
            self.demand_pair(&open, answer.pair)?;
        }
        for _ in 0..TRIES {
            if self.try_renew(act, &open, answer).await? {
                return Ok(());
            }
        }
        Err(StoreError::Input("others are answering or adding right now: do it once more".to_owned()))
    }

    /// False: somebody else answered or added meanwhile.
    async fn try_renew(
        &self,
        act: &Act<'_, Append>,
        open: &OpenRun,
        answer: Option<&NewAnswer>,
    ) -> Result<bool, StoreError> {
        let run = open.record.id.as_str();
        let mut answers = self.answers_of(open).await?;
        let last = answers.last().map_or(0, |answer| answer.sequence);
        answers.extend(answer.map(|new| MatchAnswer {
            sequence: last + 1,
            reviewer: act.principal().to_string(),
            at: self.now(),
            answer: new.clone(),
        }));
        let standings = Standings::of(answers);
        let none_holds = standings.holds(&self.pairs_there(open).await?).is_empty();
        let appends = self.appends_of_run(None, open).await?;
        let mut made: Vec<PreparedPairs> = Vec::new();
        for append in appends.iter().filter(|append| append.is_current && !none_holds) {
            let columns = appended_columns(open, &append.report)?;
            let class = append.report.class;
            let mut prepared = self.prepare_pairs(act, (open, &standings), class, &columns).await?;
            prepared.report.replaces = Some(append.report.append.clone());
            made.push(prepared);
        }
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        let transaction = self.database.begin("renew appends").await?;
        let is_last = self.last_answer(&transaction, run).await?.try_into() == Ok(last);
        if !is_last || self.appends_of_run(Some(&transaction), open).await? != appends {
            return Ok(false);
        }
        let mut written = Vec::new();
        let work = async {
            if let Some(answer) = answer {
                self.write_answer(&transaction, act, open, answer).await?;
            }
            for prepared in &mut made {
                let mut report = prepared.report.clone();
                let key = (&prepared.key, &open.lineage);
                self.settle_in(&transaction, act, &prepared.vault(), key, &mut report).await?;
                written.push(self.place_of(&report));
            }
            if none_holds {
                // The oldest first: so none that was replaced is shown again.
                for append in &appends {
                    self.remove_in(&transaction, act, &append.report.append).await?;
                }
            }
            Ok(())
        };
        if let Err(error) = work.await {
            for place in written {
                durable::remove_tree(&place)?;
            }
            return Err(error);
        }
        transaction.commit().await?;
        if none_holds {
            for append in &appends {
                durable::remove_tree(&self.place_of(&append.report))?;
            }
        }
        Ok(true)
    }

    /// The appends that came of a run and are not removed, the oldest first.
    async fn appends_of_run(
        &self,
        within: Option<&Transaction>,
        open: &OpenRun,
    ) -> Result<Vec<OfRun>, StoreError> {
        let condition =
            "WHERE a.state = $1 AND a.owner = $2 AND a.status <> 'removed' ORDER BY a.created_at, a.id";
        let values = vec![open.record.state.as_str().into(), open.owner.as_str().into()];
        let mut found = Vec::new();
        for stored in self.select_appends(within, condition, values).await? {
            // What nobody can read any more shows no cell.
            if let Some((record, _)) = stored.open(self)?
                && record.report.run.as_ref() == Some(&open.record.id)
            {
                let is_current = record.status == AppendStatus::Current;
                found.push(OfRun { report: record.report, is_current });
            }
        }
        Ok(found)
    }
}
