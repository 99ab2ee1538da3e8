//! An append as who sees only a part of it sees it listed: the columns and the counts of that part.

use super::list::StoredAppend;
use super::{AppendColumn, AppendRecord, AppendReport, AppendRows, OverlayView};
use crate::error::StoreError;
use crate::read::table::{Condition, Rows, Table};
use crate::read::{Confidential, Home, row_filter::PLACE};
use crate::store::Store;
use std::collections::{BTreeSet, HashMap};

impl Store {
    /// The record of an append that is granted in part: nothing of its file, and counts of the voters and columns that
    /// exist for the scope. None where no column of it does: then there is no such append.
    pub(super) async fn part_of(
        &self,
        stored: StoredAppend,
        view: &OverlayView<'_>,
    ) -> Result<Option<AppendRecord>, StoreError> {
        let outline = stored.blank();
        // Whose key is destroyed can no longer be asked for its columns.
        let Some((record, key)) = stored.open(self)? else { return Ok(None) };
        if !record.report.columns.iter().any(|column| view.column(&column.name)) {
            return Ok(None);
        }
        let table = self.append_values(&record.report, &key)?;
        let homes = match self.current_record(record.report.state).await? {
            Some(current) => {
                let known = self.confidential(current.state).await?;
                homes(&Table::open(&current.folder.join("voters.parquet"))?, &table, &known)?
            }
            None => HashMap::new(),
        };
        let mut columns: Vec<AppendColumn> = record
            .report
            .columns
            .iter()
            .filter(|column| view.column(&column.name))
            .map(|column| AppendColumn { filled: 0, out_of_domain: 0, ..column.clone() })
            .collect();
        let mut matched = 0;
        let names: Vec<String> =
            columns.iter().map(|column| column.name.clone()).chain(["voter_id".to_owned()]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for batch in table.reader(&names, None)? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            for row in Rows::of(&[batch]).iter() {
                let home = row.integer("voter_id").and_then(|voter| homes.get(&voter));
                let Some(home) = home.filter(|home| !home.confidential) else { continue };
                let place = home.place(record.report.state);
                let mut exists = false;
                for column in columns.iter_mut().filter(|column| view.cell(place, &column.name)) {
                    let filled = row.text(&column.name).is_some();
                    exists |= filled;
                    column.filled += u64::from(filled);
                }
                matched += u64::from(exists);
            }
        }
        let rows = AppendRows { read: matched, matched, ..AppendRows::default() };
        Ok(Some(AppendRecord { report: AppendReport { rows, columns, ..outline.report.clone() }, ..outline }))
    }
}

/// Where an overlay's voters live.
fn homes(voters: &Table, overlay: &Table, known: &Confidential) -> Result<HashMap<i64, Home>, StoreError> {
    let mut ids = BTreeSet::new();
    for batch in overlay.reader(&["voter_id"], None)? {
        let batch = batch.map_err(|error| overlay.damaged(&error.to_string()))?;
        ids.extend(Rows::of(&[batch]).iter().filter_map(|row| row.integer("voter_id")));
    }
    let wanted = ids.len();
    let positions = voters.first(&[Condition::IntegerIn("voter_id", ids)], &[], wanted)?;
    let batches = voters.read(&positions, &PLACE)?;
    let rows = Rows::of(&batches);
    Ok(rows.iter().filter_map(|row| Some((row.integer("voter_id")?, Home::of(row, known)))).collect())
}
