//! By which pair a row of an appended list found its voter.

use super::list::OpenRun;
use super::standing::Standings;
use super::{MatchPair, ROWS};
use crate::error::StoreError;
use crate::overlay::RowFate;
use crate::read::table::{Condition, Rows};
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::Scope;

/// A row of an append with the pair by which it found its voter.
#[derive(Debug, Clone, PartialEq)]
pub struct AppendMatch {
    /// The line on which the row begins, or its number.
    pub line: u64,
    /// The voter, as the organization knows them.
    pub voter_key: VoterKey,
    /// `joined`, `duplicate`, `review` or `unmatched`.
    pub fate: String,
    /// The pair's number in its run.
    pub number: u32,
    /// The pair.
    pub pair: MatchPair,
    /// The run.
    pub run: String,
    /// The model, as the crate `matching` writes it.
    pub model: serde_json::Value,
}

/// A pair with where its row begins.
#[derive(Debug, Clone, PartialEq)]
pub struct PairOfLine {
    /// The line on which the row begins, or its number.
    pub line: u64,
    /// The voter, as the organization knows them.
    pub voter_key: VoterKey,
    /// The pair.
    pub pair: MatchPair,
}

impl Store {
    /// By which pair a row of an append found its voter: none where there is no such append or run for the scope, the rows were
    /// joined by ids, or no row with a pair begins on that line.
    ///
    /// # Errors
    /// The append was made before pairs were kept; database or disk fail; or it cannot be recorded that the voter is shown.
    pub async fn append_match(
        &self,
        scope: &Scope<'_>,
        append: &str,
        line: u64,
    ) -> Result<Option<AppendMatch>, StoreError> {
        let Some((record, fate)) = self.row_fate(scope, append, line).await? else { return Ok(None) };
        let report = &record.report;
        let Some(run) = &report.run else {
            return match report.matching {
                Some(_) => Err(StoreError::Input(format!(
                    "append `{append}` was matched by an earlier version, which kept no list that could be asked: remove it, and append \
                     the file once more"
                ))),
                None => Ok(None),
            };
        };
        let Some(open) = self.open_run(scope, report.state, run).await? else { return Ok(None) };
        let Some((number, pair)) = self.pair_of(&open, line, &fate).await? else { return Ok(None) };
        self.record_linked(scope, report.state, &report.snapshot, [pair.voter]).await?;
        Ok(Some(AppendMatch {
            line,
            voter_key: self.voter_key(scope, report.state, pair.voter),
            fate: fate.as_str().to_owned(),
            number,
            pair,
            run: run.clone(),
            model: open.sealed.report.model.clone(),
        }))
    }

    /// Every pair of the run that an append came of, with where its row begins, and the model; none where there is no such append
    /// or run for the scope.
    ///
    /// # Errors
    /// When database or disk fail, or it cannot be recorded that the voters are shown.
    pub async fn append_run_pairs(
        &self,
        scope: &Scope<'_>,
        append: &str,
    ) -> Result<Option<(serde_json::Value, Vec<PairOfLine>)>, StoreError> {
        let Some(record) = self.own_append(scope, append).await?.map(|(record, _)| record) else {
            return Ok(None);
        };
        let report = &record.report;
        let Some(run) = &report.run else { return Ok(None) };
        let Some(open) = self.open_run(scope, report.state, run).await? else { return Ok(None) };
        let mut lines = Vec::new();
        self.each_row(&open, |_, line, _| {
            lines.push(line);
            Ok(())
        })?;
        let pairs = self.pairs_there(&open).await?;
        self.record_linked(scope, report.state, &report.snapshot, pairs.iter().map(|(_, pair)| pair.voter))
            .await?;
        let line = |row: u32| usize::try_from(row).ok().and_then(|row| lines.get(row)).copied();
        let pairs = pairs.iter().map(|(_, pair)| PairOfLine {
            line: line(pair.row).unwrap_or_default(),
            voter_key: self.voter_key(scope, report.state, pair.voter),
            pair: pair.clone(),
        });
        Ok(Some((open.sealed.report.model.clone(), pairs.collect())))
    }

    /// The pair of the row on this line that counts: with the voter who got its cells, else the one that holds, else the
    /// likeliest.
    async fn pair_of(
        &self,
        open: &OpenRun,
        line: u64,
        fate: &RowFate,
    ) -> Result<Option<(u32, MatchPair)>, StoreError> {
        let table = self.table_of(open, ROWS)?;
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        let positions = table.first(&[Condition::Integer("line", line)], &[], 1)?;
        let batches = table.read(&positions, &["row"])?;
        let row = Rows::of(&batches).iter().next().and_then(|row| row.integer("row"));
        let Some(row) = row.and_then(|row| u32::try_from(row).ok()) else { return Ok(None) };
        let pairs = self.pairs_there(open).await?;
        let holds = Standings::of(self.answers_of(open).await?).holds(&pairs);
        let of_row = pairs.iter().filter(|(_, pair)| pair.row == row);
        let best = of_row.max_by(|(a, one), (b, other)| {
            let rank = |number: &u32, pair: &MatchPair| {
                (fate.voter() == Some(pair.voter), holds.contains(number), pair.is_accepted)
            };
            rank(a, one).cmp(&rank(b, other)).then(one.chance.total_cmp(&other.chance))
        });
        Ok(best.map(|(number, pair)| (number, pair.clone())))
    }
}
