//! The votes of each voter, compared with those of the predecessor: gained ones are news, lost ones an alarm. A vote
//! that may have stood in a damaged row stays as it was.

use super::LoadError;
use super::damaged::{DamagedRows, KeptVotes, MissingVote};
use super::tables::change_batch;
use super::votes::{Elections, LastVotes, VoteOutcome, VotePass, date_text, ids_and_dates, vote_hash};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow_schema::SchemaRef;
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_store::snapshot_scan::TableScan;
use hustings_store::snapshot_writer::TableWriter;
use hustings_voterfile::change::{ChangeKind, ChangeRow};
use hustings_voterfile::identity::IdMap;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What the comparison with the predecessor's votes found.
#[derive(Debug, Default)]
pub struct VoteComparison {
    /// Votes in the predecessor, orphans included.
    pub before: u64,
    /// Votes of voters on both lists that were not there before.
    pub gained: u64,
    /// Votes of voters on both lists that are missing now.
    pub lost: u64,
    /// Votes carried over for voters who have left the list.
    pub carried: u64,
    /// Votes that stay because a damaged row may have told them.
    pub kept: u64,
    /// How many of `lost` are votes of which nobody can say whose they are: kept, and more than there are damaged rows.
    pub unnamed: u64,
    /// Damaged rows of the history.
    pub damaged: u64,
    /// Changes by kind.
    pub changes: BTreeMap<ChangeKind, BTreeMap<String, u64>>,
}

/// Gives a description of rows of the predecessor.
pub type Describe<'a> = dyn Fn(&[u32]) -> Result<HashMap<u32, Described>, LoadError> + 'a;

/// A voter as the predecessor has them.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// The state's id.
    pub state_voter_id: String,
    /// The county's id.
    pub county_voter_id: String,
    /// The county.
    pub county_name: String,
}

/// The predecessor, with which votes are compared.
pub struct Before<'a> {
    /// What reading the votes used.
    pub pass: &'a VotePass<'a>,
    /// Its id.
    pub snapshot: &'a str,
    /// Its votes.
    pub votes: &'a TableScan,
    /// Whether the voter of one of its rows has left the list.
    pub gone: &'a dyn Fn(u32) -> bool,
    /// Describes its rows.
    pub describe: &'a Describe<'a>,
}

/// Votes now less votes before, by voter and day.
type Balance = HashMap<u32, BTreeMap<Option<i32>, i64>>;

/// Compares with the predecessor's votes, and carries over the votes of voters who have left the list and of whom the
/// new history says nothing.
///
/// # Errors
/// A table cannot be read or written.
pub fn compare(
    before: &Before<'_>,
    votes: &mut TableWriter,
    last_votes: &mut LastVotes,
) -> Result<VoteComparison, LoadError> {
    let pass = before.pass;
    let mut comparison = VoteComparison { before: before.votes.rows(), ..VoteComparison::default() };
    let rows = pass.prior.rows_by_voter_id();
    // Told before the first vote is taken off: whether the new history says anything of a voter.
    let voters = u32::try_from(pass.prior.len()).unwrap_or(u32::MAX);
    let silent: Vec<bool> = (0..voters).map(|row| pass.sums.get(row) == 0).collect();
    for batch in before.votes.all(&[])? {
        let batch = batch.map_err(hustings_store::ParquetError::from)?;
        let Some((voter_ids, dates)) = ids_and_dates(&batch) else { continue };
        let mut carried = vec![false; batch.num_rows()];
        for (row, carried) in carried.iter_mut().enumerate().filter(|(row, _)| voter_ids.is_valid(*row)) {
            let voter_id = voter_ids.value(row);
            let date = dates.is_valid(row).then(|| dates.value(row));
            if let Some(date) = date {
                last_votes.see(voter_id, date);
            }
            let Some(prior_row) = rows.get(&voter_id).copied() else { continue };
            // Whoever has left keeps the history that the state no longer gives.
            if (before.gone)(prior_row) && silent[prior_row as usize] {
                *carried = true;
            } else {
                pass.sums.take_off(prior_row, vote_hash(date));
            }
        }
        let count = carried.iter().filter(|carried| **carried).count();
        if count > 0 {
            comparison.carried += u64::try_from(count).unwrap_or(0);
            carry(before, &batch, carried, votes)?;
        }
    }
    Ok(comparison)
}

/// Writes some rows of a batch of the predecessor's votes, with the snapshot that had them.
fn carry(
    before: &Before<'_>,
    batch: &RecordBatch,
    rows: Vec<bool>,
    votes: &mut TableWriter,
) -> Result<(), LoadError> {
    let kept = arrow_select::filter::filter_record_batch(batch, &BooleanArray::from(rows))
        .map_err(hustings_store::ParquetError::from)?;
    let schema = votes.encoder().schema().clone();
    votes.write(&marked(&kept, &schema, before.snapshot))?;
    Ok(())
}

/// The batch in the columns of `schema`; what was not carried over before comes from `snapshot`.
fn marked(batch: &RecordBatch, schema: &SchemaRef, snapshot: &str) -> RecordBatch {
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        // A snapshot of an older program may lack a column.
        let old = batch.column_by_name(field.name());
        match old.filter(|_| field.name() != "carried_from") {
            Some(array) => array.clone(),
            None if field.name() == "carried_from" => {
                let texts = old.and_then(|old| old.as_string_opt::<i32>());
                let first = |row| texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row));
                let marks = (0..batch.num_rows()).map(|row| Some(first(row).unwrap_or(snapshot)));
                Arc::new(marks.collect::<StringArray>())
            }
            None => new_null_array(field.data_type(), batch.num_rows()),
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).expect("the columns of votes in columns.toml")
}

/// Finds, for every voter whose sum is not zero, which votes were gained and which lost, and writes into `votes` again
/// those that damaged rows may have told. Both tables are read once more, two columns each.
///
/// # Errors
/// A table cannot be read or written.
pub fn explain(
    before: &Before<'_>,
    act: &Act<'_, Load>,
    read: &mut VoteOutcome,
    votes: &mut TableWriter,
    changes: &mut TableWriter,
    comparison: &mut VoteComparison,
) -> Result<(), LoadError> {
    let pass = before.pass;
    let damaged = std::mem::take(&mut read.damaged);
    let voters = u32::try_from(pass.prior.len()).unwrap_or(u32::MAX);
    let is_asked = |row: &u32| pass.sums.get(*row) != 0 && !(damaged.is_empty() && (before.gone)(*row));
    let changed: Vec<u32> = (0..voters).filter(is_asked).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let now = votes.so_far(act)?;
    let mut elections = balance(before, &now, &changed)?;
    let descriptions = (before.describe)(&changed)?;
    if !damaged.is_empty() {
        let count = damaged.count();
        let kept = keep(before, damaged, &read.elections, &elections, &descriptions);
        for (row, dates) in &mut elections {
            let voter_id = pass.prior.voter(*row).voter_id;
            for (date, count) in dates.iter_mut().filter(|(_, count)| **count < 0) {
                let kept = kept.votes.get(&(voter_id, *date)).copied().unwrap_or(0);
                *count += i64::try_from(kept).unwrap_or(0);
            }
        }
        comparison.damaged = count;
        comparison.unnamed = kept.excess;
        comparison.lost += kept.excess;
        write_kept(before, kept, votes, read, comparison)?;
    }
    let changed = changed.into_iter().filter(|row| !(before.gone)(*row));
    write_changes(before, changed, elections, &descriptions, changes, comparison)
}

/// Which of the missing votes stay.
fn keep(
    before: &Before<'_>,
    damaged: DamagedRows,
    read: &Elections,
    elections: &Balance,
    descriptions: &HashMap<u32, Described>,
) -> KeptVotes {
    let mut missing = Vec::new();
    let mut days: BTreeSet<i32> = read.keys().filter_map(|(day, _)| *day).collect();
    for (row, dates) in elections {
        let described = descriptions.get(row).cloned().unwrap_or_default();
        for (date, count) in dates.iter().filter(|(_, count)| **count < 0) {
            days.extend(*date);
            missing.push(MissingVote {
                voter_id: before.pass.prior.voter(*row).voter_id,
                state_voter_id: described.state_voter_id.clone(),
                county_voter_id: described.county_voter_id.clone(),
                date: *date,
                count: count.unsigned_abs(),
            });
        }
    }
    damaged.keep(&missing, &days)
}

/// Writes the kept votes as they stand in the predecessor.
fn write_kept(
    before: &Before<'_>,
    mut kept: KeptVotes,
    votes: &mut TableWriter,
    read: &mut VoteOutcome,
    comparison: &mut VoteComparison,
) -> Result<(), LoadError> {
    if kept.votes.is_empty() {
        return Ok(());
    }
    for batch in before.votes.all(&[])? {
        let batch = batch.map_err(hustings_store::ParquetError::from)?;
        let Some((voter_ids, dates)) = ids_and_dates(&batch) else { continue };
        let names = super::tally::text(&batch, "election_name");
        let mut stays = vec![false; batch.num_rows()];
        for (row, stays) in stays.iter_mut().enumerate().filter(|(row, _)| voter_ids.is_valid(*row)) {
            let date = dates.is_valid(row).then(|| dates.value(row));
            let Some(count) = kept.votes.get_mut(&(voter_ids.value(row), date)).filter(|count| **count > 0)
            else {
                continue;
            };
            *count -= 1;
            *stays = true;
            comparison.kept += 1;
            let name = names.filter(|names| names.is_valid(row)).map_or("", |names| names.value(row));
            *read.elections.entry((date, name.to_owned())).or_default() += 1;
        }
        if stays.contains(&true) {
            carry(before, &batch, stays, votes)?;
        }
    }
    Ok(())
}

fn balance(before: &Before<'_>, now: &TableScan, changed: &[u32]) -> Result<Balance, LoadError> {
    let pass = before.pass;
    let wanted: IdMap<i64, u32> = changed.iter().map(|row| (pass.prior.voter(*row).voter_id, *row)).collect();
    let mut elections = Balance::with_capacity(changed.len());
    for (table, step) in [(now, 1), (before.votes, -1)] {
        for batch in table.all(&["voter_id", "election_date"])? {
            let batch = batch.map_err(hustings_store::ParquetError::from)?;
            let Some((voter_ids, dates)) = ids_and_dates(&batch) else { continue };
            for row in (0..batch.num_rows()).filter(|row| voter_ids.is_valid(*row)) {
                if let Some(prior_row) = wanted.get(&voter_ids.value(row)) {
                    let date = dates.is_valid(row).then(|| dates.value(row));
                    *elections.entry(*prior_row).or_default().entry(date).or_default() += step;
                }
            }
        }
    }
    Ok(elections)
}

fn write_changes(
    before: &Before<'_>,
    changed: impl Iterator<Item = u32>,
    mut elections: Balance,
    descriptions: &HashMap<u32, Described>,
    changes: &mut TableWriter,
    comparison: &mut VoteComparison,
) -> Result<(), LoadError> {
    let schema = changes.encoder().schema().clone();
    let mut rows = Vec::new();
    for prior_row in changed {
        let Some(dates) = elections.remove(&prior_row) else { continue };
        let Described { state_voter_id, county_name, .. } =
            descriptions.get(&prior_row).cloned().unwrap_or_default();
        let list = |wanted: fn(i64) -> bool| -> (u64, String) {
            let matching: Vec<_> = dates.iter().filter(|(_, count)| wanted(**count)).collect();
            let count = matching.iter().map(|(_, count)| count.unsigned_abs()).sum();
            let days = matching.iter().map(|(date, _)| date_text(**date)).collect::<Vec<_>>().join(" ");
            (count, days)
        };
        for (kind, (count, days)) in [
            (ChangeKind::HistoryGained, list(|count| count > 0)),
            (ChangeKind::HistoryLost, list(|count| count < 0)),
        ] {
            if count == 0 {
                continue;
            }
            let gained = kind == ChangeKind::HistoryGained;
            *(if gained { &mut comparison.gained } else { &mut comparison.lost }) += count;
            *comparison.changes.entry(kind).or_default().entry(county_name.clone()).or_default() += 1;
            let (old, new) = if gained { (String::new(), days) } else { (days, String::new()) };
            rows.push(ChangeRow {
                voter_id: before.pass.prior.voter(prior_row).voter_id,
                state_voter_id: state_voter_id.clone(),
                kind,
                county_name: county_name.clone(),
                column: "election_date",
                old,
                new,
                reason: String::new(),
            });
        }
        if rows.len() >= 100_000 {
            changes.write(&change_batch(&rows, &schema))?;
            rows.clear();
        }
    }
    changes.write(&change_batch(&rows, &schema))?;
    Ok(())
}
