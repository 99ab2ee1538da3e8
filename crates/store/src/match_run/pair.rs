//! The pairs and rows of a run.

use super::list::OpenRun;
use super::{MatchPair, MatchRow, PAIRS, ROWS};
use crate::error::StoreError;
use crate::read::table::{Condition, Row, Rows, Table, integer};
use crate::store::Store;
use arrow_array::cast::AsArray;
use arrow_array::{Array, StringArray};
use hustings_core::VoterId;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// So many runs' pairs stay in memory: a reviewer asks for the same ones every few seconds.
const KEPT: usize = 4;

/// The pairs of the runs that were asked for last.
#[derive(Default)]
pub(crate) struct KnownPairs(Mutex<Known>);

#[derive(Default)]
struct Known {
    kept: VecDeque<(String, Arc<Vec<MatchPair>>)>,
    /// How often a run was forgotten.
    forgotten: u64,
}

impl KnownPairs {
    /// The pairs of a run; else a mark with which they are put here.
    fn get(&self, run: &str) -> Result<Arc<Vec<MatchPair>>, u64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.kept.iter().find(|(id, _)| id == run).map(|(_, pairs)| Arc::clone(pairs));
        found.ok_or(known.forgotten)
    }

    /// Keeps pairs that were read since the mark, unless a run was forgotten meanwhile: it may have been this one.
    fn put(&self, run: &str, pairs: &Arc<Vec<MatchPair>>, mark: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.forgotten == mark {
            known.kept.retain(|(id, _)| id != run);
            known.kept.push_front((run.to_owned(), Arc::clone(pairs)));
            known.kept.truncate(KEPT);
        }
    }

    /// Nothing of a run that is gone stays in memory.
    pub(super) fn forget(&self, run: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.forgotten += 1;
        known.kept.retain(|(id, _)| id != run);
    }
}

/// The pairs of a run that there are now.
#[derive(Debug, Clone)]
pub struct MatchPairs {
    all: Arc<Vec<MatchPair>>,
    /// Numbers of those whose voter has become confidential since: for nobody they are there any more.
    gone: BTreeSet<u32>,
}

impl MatchPairs {
    /// Each with its number, which it keeps.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &MatchPair)> {
        (0..).zip(self.all.iter()).filter(|(number, _)| !self.gone.contains(number))
    }

    /// One by its number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&MatchPair> {
        let there = !self.gone.contains(&number);
        usize::try_from(number).ok().filter(|_| there).and_then(|at| self.all.get(at))
    }
}

impl Store {
    /// The pairs of a run but those whose voter has become confidential.
    pub(crate) async fn pairs_there(&self, open: &OpenRun) -> Result<MatchPairs, StoreError> {
        let all = self.pairs_of(open)?;
        let known = self.confidential(open.record.state).await?;
        let gone =
            (0..).zip(all.iter()).filter(|(_, pair)| known.has(pair.voter.0)).map(|(number, _)| number);
        Ok(MatchPairs { gone: gone.collect(), all })
    }

    pub(crate) fn pairs_of(&self, open: &OpenRun) -> Result<Arc<Vec<MatchPair>>, StoreError> {
        let run = &open.record.id;
        let mark = match self.match_pairs.get(run) {
            Ok(pairs) => return Ok(pairs),
            Err(mark) => mark,
        };
        let table = self.table_of(open, PAIRS)?;
        let names: Vec<&str> = table.columns().collect();
        let mut pairs = Vec::new();
        for batch in table.reader(&names, None)? {
            let batch = [batch.map_err(|error| table.damaged(&error.to_string()))?];
            for row in Rows::of(&batch).iter() {
                pairs.push(pair(row).ok_or_else(|| table.damaged("a pair cannot be read"))?);
            }
        }
        let pairs = Arc::new(pairs);
        self.match_pairs.put(run, &pairs, mark);
        Ok(pairs)
    }

    /// These rows of a run's list, in their order.
    pub(crate) fn rows_of(
        &self,
        open: &OpenRun,
        wanted: BTreeSet<u32>,
    ) -> Result<Vec<(u32, MatchRow)>, StoreError> {
        let table = self.table_of(open, ROWS)?;
        let names: Vec<&str> = table.columns().collect();
        let read = |row: Row<'_>| -> Option<(u32, MatchRow)> {
            let line = u64::try_from(row.integer("line")?).ok()?;
            let cells = (0..open.sealed.report.columns.len())
                .map(|column| row.text(&format!("cell_{column}")).unwrap_or_default());
            Some((u32::try_from(row.integer("row")?).ok()?, MatchRow { line, cells: cells.collect() }))
        };
        let count = wanted.len();
        let numbers = wanted.into_iter().map(i64::from).collect();
        let positions = table.first(&[Condition::IntegerIn("row", numbers)], &[], count)?;
        let batches = table.read(&positions, &names)?;
        Rows::of(&batches)
            .iter()
            .map(|row| read(row).ok_or_else(|| table.damaged("a row cannot be read")))
            .collect()
    }

    /// Calls `take` with each row of a run's list, in their order: its number, the line on which it begins, its cells.
    pub(crate) fn each_row(
        &self,
        open: &OpenRun,
        mut take: impl FnMut(u32, u64, &[&str]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let table = self.table_of(open, ROWS)?;
        let width = open.sealed.report.columns.len();
        let names: Vec<String> = (0..width).map(|column| format!("cell_{column}")).collect();
        let wanted: Vec<&str> = ["row", "line"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let unreadable = || table.damaged("a row cannot be read");
        for batch in table.reader(&wanted, None)? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            let column = |name: &str| batch.column_by_name(name).ok_or_else(unreadable);
            let (numbers, lines) = (column("row")?, column("line")?);
            let texts = names
                .iter()
                .map(|name| column(name)?.as_string_opt::<i32>().ok_or_else(unreadable))
                .collect::<Result<Vec<&StringArray>, StoreError>>()?;
            let mut cells = Vec::with_capacity(width);
            for at in 0..batch.num_rows() {
                cells.clear();
                cells.extend(texts.iter().map(|text| if text.is_valid(at) { text.value(at) } else { "" }));
                let number = integer(numbers, at).and_then(|number| u32::try_from(number).ok());
                let line = integer(lines, at).and_then(|line| u64::try_from(line).ok());
                let (number, line) = number.zip(line).ok_or_else(unreadable)?;
                take(number, line, &cells)?;
            }
        }
        Ok(())
    }

    pub(super) fn table_of(&self, open: &OpenRun, table: &str) -> Result<Table, StoreError> {
        let run = &open.record.id;
        let path = self.match_table(&open.owner, run, table);
        let written = open.sealed.tables.get(table).cloned().ok_or_else(|| StoreError::Damaged {
            path: path.clone(),
            detail: "its digest is not in the report".to_owned(),
        })?;
        Table::open_encrypted(&path, &open.key.file(run, table), written)
    }
}

fn pair(row: Row<'_>) -> Option<MatchPair> {
    let decimal = |name: &str| row.text(name)?.parse::<f64>().ok();
    let rarity = row.text("rarity").unwrap_or_default();
    Some(MatchPair {
        row: u32::try_from(row.integer("row")?).ok()?,
        voter: VoterId(row.integer("voter_id")?),
        bits: decimal("bits")?,
        chance: decimal("chance")?,
        is_accepted: row.integer("accepted")? != 0,
        doubt: row.text("doubt").unwrap_or_default(),
        levels: u64::from_str_radix(&row.text("levels")?, 16).ok()?,
        rarity: rarity.split(' ').filter_map(|bits| bits.parse().ok()).collect(),
        rarity_of_mates: decimal("rarity_of_mates")?,
    })
}
