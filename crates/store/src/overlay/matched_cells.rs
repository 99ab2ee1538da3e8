//! Cells that came of matched lists: from a voter back to the list, its line and its pair; and from pairs to the cells that
//! stand with their voters now.

use super::list::StoredAppend;
use crate::error::StoreError;
use crate::match_run::OpenRun;
use crate::read::table::{Condition, Rows};
use crate::read::{ValueSource, VoterRecord};
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::StateCode;
use std::collections::{BTreeMap, BTreeSet};

/// Where a voter's cells of a matched list came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOrigin {
    /// The append that brought them.
    pub append: String,
    /// The run.
    pub run: String,
    /// Name of the list.
    pub file: String,
    /// The line on which the row begins.
    pub line: u64,
    /// The pair's number.
    pub pair: u32,
}

impl Store {
    /// Where the cells that a voter has of the organization's own matched lists came from, as far as those runs are there for
    /// the scope.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn cell_origins(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        voter: &VoterRecord,
    ) -> Result<Vec<CellOrigin>, StoreError> {
        let own = scope.organization().as_str();
        let shown: BTreeSet<&str> = voter
            .values
            .iter()
            .filter_map(|value| match &value.source {
                ValueSource::Overlay { owner, append, .. } if owner == own => Some(append.as_str()),
                _ => None,
            })
            .collect();
        let mut origins = Vec::new();
        let Some(id) = self.voter_id(scope, state, &voter.voter_key).filter(|_| !shown.is_empty()) else {
            return Ok(origins);
        };
        for stored in self.own_current_appends(scope, state).await? {
            if !shown.contains(stored.outline().append.as_str()) {
                continue;
            }
            let Some((record, key)) = stored.open(self)? else { continue };
            let Some(run) = &record.report.run else { continue };
            let Some(open) = self.open_run(scope, state, run).await? else { continue };
            let values = self.append_values(&record.report, &key)?;
            let positions = values.first(&[Condition::Integer("voter_id", id.0)], &[], 1)?;
            let batches = values.read(&positions, &["source_line"])?;
            let line = Rows::of(&batches).iter().next().and_then(|row| row.integer("source_line"));
            let Some(line) = line.and_then(|line| u64::try_from(line).ok()) else { continue };
            let pairs = self.pairs_there(&open).await?;
            let of_voter: Vec<(u32, u32)> = pairs
                .iter()
                .filter(|(_, pair)| pair.voter == id)
                .map(|(number, pair)| (number, pair.row))
                .collect();
            let lines = self.lines_of(&open, of_voter.iter().map(|(_, row)| *row).collect())?;
            let pair = of_voter.iter().find(|(_, row)| lines.get(row) == Some(&line));
            origins.extend(pair.map(|(number, _)| CellOrigin {
                append: record.report.append.clone(),
                run: run.clone(),
                file: record.report.file.clone(),
                line,
                pair: *number,
            }));
        }
        Ok(origins)
    }

    /// Those of these pairs of a run whose cells stand with their voters now.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn added_pairs(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        run: &str,
        numbers: &[u32],
    ) -> Result<BTreeSet<u32>, StoreError> {
        let mut added = BTreeSet::new();
        let Some(open) = self.open_run(scope, state, run).await? else { return Ok(added) };
        let pairs = self.pairs_there(&open).await?;
        let wanted: Vec<(u32, u32, i64)> = numbers
            .iter()
            .filter_map(|number| pairs.get(*number).map(|pair| (*number, pair.row, pair.voter.0)))
            .collect();
        if wanted.is_empty() {
            return Ok(added);
        }
        let mut appends = Vec::new();
        for stored in self.own_current_appends(scope, state).await? {
            appends
                .extend(stored.open(self)?.filter(|(record, _)| record.report.run.as_deref() == Some(run)));
        }
        if appends.is_empty() {
            return Ok(added);
        }
        let lines = self.lines_of(&open, wanted.iter().map(|(_, row, _)| *row).collect())?;
        for (record, key) in appends {
            let voters: BTreeSet<i64> = wanted.iter().map(|(_, _, voter)| *voter).collect();
            let values = self.append_values(&record.report, &key)?;
            let count = voters.len();
            let positions = values.first(&[Condition::IntegerIn("voter_id", voters)], &[], count)?;
            let batches = values.read(&positions, &["voter_id", "source_line"])?;
            let standing: BTreeMap<i64, u64> = Rows::of(&batches)
                .iter()
                .filter_map(|row| {
                    Some((row.integer("voter_id")?, u64::try_from(row.integer("source_line")?).ok()?))
                })
                .collect();
            let stands = |(_, row, voter): &&(u32, u32, i64)| {
                lines.get(row).is_some_and(|line| standing.get(voter) == Some(line))
            };
            added.extend(wanted.iter().filter(stands).map(|(number, _, _)| *number));
        }
        Ok(added)
    }

    /// The current appends of the scope's own organization.
    async fn own_current_appends(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
    ) -> Result<Vec<StoredAppend>, StoreError> {
        let mut appends = self.current_appends(None, state).await?;
        appends.retain(|stored| {
            stored.outline().owner == scope.organization().as_str()
                && self.overlay_view(scope, stored.outline()).is_whole()
        });
        Ok(appends)
    }

    /// By row the line on which it begins.
    fn lines_of(&self, open: &OpenRun, rows: BTreeSet<u32>) -> Result<BTreeMap<u32, u64>, StoreError> {
        Ok(self.rows_of(open, rows)?.into_iter().map(|(number, row)| (number, row.line)).collect())
    }
}
