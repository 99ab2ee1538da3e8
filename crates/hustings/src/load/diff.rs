//! What changed of the voters who are on both lists: only rows whose fingerprints differ are read again.

use super::LoadError;
use super::carry::Departed;
use super::tables::change_batch;
use arrow_array::RecordBatch;
use arrow_array::UInt32Array;
use hustings_store::snapshot_scan::TableScan;
use hustings_store::snapshot_writer::TableWriter;
use hustings_voterfile::change::{COMPARISON_CONTEXT, ChangeKind, ChangeRow, classify, is_compared};
use hustings_voterfile::purge::Departure;
use std::collections::BTreeSet;

/// Pairs of rows compared at once: bounds memory when a redistricting changes everybody.
const CHUNK: usize = 200_000;

/// Compares the pairs (row before, row now) and writes their changes; columns that the new list does not tell are no
/// changes of voters. `on_change` sees every change, and may say why.
///
/// # Errors
/// A table cannot be read or written.
pub fn compare(
    before: &TableScan,
    now: &TableScan,
    pairs: &mut [(u32, u32)],
    year: i32,
    untold: &BTreeSet<&str>,
    changes: &mut TableWriter,
    mut on_change: impl FnMut(&mut ChangeRow),
) -> Result<Vec<Departed>, LoadError> {
    let columns: Vec<String> = now
        .columns()
        .into_iter()
        .chain(before.columns())
        .filter(|name| !untold.contains(name.as_str()))
        .filter(|name| is_compared(name) || COMPARISON_CONTEXT.contains(&name.as_str()))
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    pairs.sort_unstable_by_key(|(_, now)| *now);
    let mut departed = Vec::new();
    let schema = changes.encoder().schema().clone();
    for chunk in pairs.chunks(CHUNK) {
        let now_rows: Vec<u32> = chunk.iter().map(|(_, row)| *row).collect();
        let mut before_rows: Vec<u32> = chunk.iter().map(|(row, _)| *row).collect();
        before_rows.sort_unstable();
        let now_batch = gather(now, &now_rows, &columns)?;
        let before_batch = gather(before, &before_rows, &columns)?;
        // The rows before in the order of the rows now.
        let order: UInt32Array = chunk
            .iter()
            .map(|(row, _)| before_rows.binary_search(row).ok().and_then(|place| u32::try_from(place).ok()))
            .collect();
        let before_batch = arrow_select::take::take_record_batch(&before_batch, &order)
            .map_err(hustings_store::ParquetError::from)?;
        let mut rows = Vec::new();
        classify(&before_batch, &now_batch, &mut rows);
        departed.extend(departures(&rows, &now_batch, year));
        for row in &mut rows {
            on_change(row);
        }
        changes.write(&change_batch(&rows, &schema))?;
    }
    Ok(departed)
}

/// The rows at `rows` (ascending, each once) in one batch, read on all threads.
pub(super) fn gather(table: &TableScan, rows: &[u32], columns: &[&str]) -> Result<RecordBatch, LoadError> {
    let batches = table.gather(rows, columns, super::blocks::threads())?;
    let schema =
        batches.first().map(RecordBatch::schema).unwrap_or_else(|| arrow_schema::Schema::empty().into());
    Ok(arrow_select::concat::concat_batches(&schema, &batches).map_err(hustings_store::ParquetError::from)?)
}

/// Voters who became inactive or were removed.
fn departures(rows: &[ChangeRow], now: &RecordBatch, year: i32) -> Vec<Departed> {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    let Some(voter_ids) = now.column_by_name("voter_id").map(|array| array.as_primitive::<Int64Type>())
    else {
        return Vec::new();
    };
    // Changes come in the order of the rows, so one walk finds each change's row.
    let mut row = 0;
    let mut departed = Vec::new();
    for change in rows {
        while row < now.num_rows() && voter_ids.value(row) != change.voter_id {
            row += 1;
        }
        let status = change.kind == ChangeKind::StatusChanged && change.column == "status";
        if let Some(kind) = Departure::of_status_change(&change.old, &change.new).filter(|_| status)
            && row < now.num_rows()
        {
            departed.push(Departed::of(now, row, kind, year));
        }
    }
    departed
}
