//! Rows that claim a voter whom another row may claim too: one wins, the others are kept in the quarantine.

use super::LoadError;
use super::arrivals::{self, Divided};
use super::tables::{QuarantineRow, change_batch, quarantine_batch};
use super::voters::{
    ContestedBatch, ContestedRow, VoterOutcome, VoterPass, VoterTables, changed_rows, new_rows,
};
use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch};
use hustings_store::Flagged;
use hustings_voterfile::identity::{IdKey, IdMap};
use hustings_voterfile::voter::withhold;
use std::collections::HashSet;
use std::sync::Arc;

/// More contested rows than this are no accident but a list delivered twice.
const CONTESTED_MAX: usize = 1_000_000;

/// What became of the contested rows.
#[derive(Debug, Default)]
pub struct ContestedOutcome {
    /// Losing rows by file index: accepted ones and repaired ones.
    pub lost: Vec<(usize, bool)>,
    /// Voters whose state id changed.
    pub id_changed: u64,
}

/// Settles who is whose and writes winners and losers.
///
/// # Errors
/// Too many rows share an id, or a table cannot be written.
pub fn settle(
    pass: &VoterPass<'_>,
    outcome: &mut VoterOutcome,
    tables: &mut VoterTables<'_>,
) -> Result<ContestedOutcome, LoadError> {
    let batches = std::mem::take(&mut outcome.contested);
    let rows: usize = batches.iter().map(|batch| batch.rows.len()).sum();
    if rows > CONTESTED_MAX {
        return Err(LoadError::TooManyDuplicates { rows });
    }
    let winners = winners(&batches, pass, outcome);
    let confidential = confidential_keys(&batches);
    // Who has the id itself takes the voter before anybody who only names it as the old one, whatever the order.
    for prior_row in winners.keys().filter_map(|key| pass.prior.find(*key)) {
        pass.prior.mark_seen(prior_row);
    }
    let mut settled = ContestedOutcome::default();
    for (index, batch) in batches.into_iter().enumerate() {
        let is_winner: Vec<bool> = batch
            .rows
            .iter()
            .enumerate()
            .map(|(row, contested)| winners.get(&contested.key) == Some(&(index, row)))
            .collect();
        lose(pass, &batch, &is_winner, &winners, &confidential, outcome, tables, &mut settled)?;
        win(pass, &batch, &is_winner, &confidential, outcome, tables, &mut settled)?;
    }
    Ok(settled)
}

/// Ids of which any contested row says confidential, whichever of them wins.
fn confidential_keys(batches: &[ContestedBatch]) -> HashSet<IdKey> {
    let mut keys = HashSet::new();
    for batch in batches {
        let flags = batch.batch.column_by_name("confidential").and_then(|array| array.as_boolean_opt());
        let Some(flags) = flags else { continue };
        let set = flags.iter().zip(&batch.rows).filter(|(flag, _)| *flag == Some(true));
        keys.extend(set.map(|(_, row)| row.key));
    }
    keys
}

/// The winning row of every contested id; none where an uncontested row has the id already (a clean row beats a
/// repaired one).
fn winners(
    batches: &[ContestedBatch],
    pass: &VoterPass<'_>,
    outcome: &VoterOutcome,
) -> IdMap<IdKey, (usize, usize)> {
    let taken: HashSet<IdKey> = {
        let contested: HashSet<IdKey> =
            batches.iter().flat_map(|batch| &batch.rows).map(|row| row.key).collect();
        outcome.new_ids.iter().map(|(key, _)| *key).filter(|key| contested.contains(key)).collect()
    };
    let mut best: IdMap<IdKey, (Rank, (usize, usize))> = IdMap::default();
    for (index, batch) in batches.iter().enumerate() {
        for (row, contested) in batch.rows.iter().enumerate() {
            let is_taken = taken.contains(&contested.key)
                || pass.prior.find(contested.key).is_some_and(|prior_row| pass.prior.is_seen(prior_row));
            if is_taken {
                continue;
            }
            let rank = rank(&batch.batch, row, contested, (index, row));
            let place = (index, row);
            best.entry(contested.key)
                .and_modify(|known| {
                    if rank > known.0 {
                        *known = (rank, place);
                    }
                })
                .or_insert((rank, place));
        }
    }
    best.into_iter().map(|(key, (_, place))| (key, place)).collect()
}

/// Active before others, the newest registration, a clean row before a repaired one, the later row.
type Rank = (bool, Option<i32>, bool, (usize, usize));

fn rank(batch: &RecordBatch, row: usize, contested: &ContestedRow, place: (usize, usize)) -> Rank {
    let active = batch
        .column_by_name("status")
        .map(|array| array.as_string::<i32>())
        .is_some_and(|array| array.is_valid(row) && array.value(row) == "active");
    let registered = batch
        .column_by_name("registration_date")
        .map(|array| array.as_primitive::<Date32Type>())
        .and_then(|array| array.is_valid(row).then(|| array.value(row)));
    (active, registered, !contested.repaired, place)
}

#[expect(clippy::too_many_arguments, reason = "what the winners are is told by all of it")]
fn lose(
    pass: &VoterPass<'_>,
    batch: &ContestedBatch,
    is_winner: &[bool],
    winners: &IdMap<IdKey, (usize, usize)>,
    confidential: &HashSet<IdKey>,
    outcome: &mut VoterOutcome,
    tables: &mut VoterTables<'_>,
    settled: &mut ContestedOutcome,
) -> Result<(), LoadError> {
    let counties = super::tally::text(&batch.batch, "county_name");
    let mut losers: Vec<QuarantineRow> = Vec::new();
    for (row, contested) in batch.rows.iter().enumerate().filter(|(row, _)| !is_winner[*row]) {
        settled.lost.push((contested.file, contested.repaired));
        let withheld = confidential.contains(&contested.key);
        if let Some(id) = contested.source.state_voter_id.clone().filter(|_| withheld) {
            // The winner may be written already.
            let voter_id = pass.prior.find(contested.key).map(|row| pass.prior.voter(row).voter_id);
            outcome.flagged.insert(Flagged { voter_id, state_voter_id: id });
        }
        let detail = if winners.contains_key(&contested.key) {
            "another row has the same id and is active, newer or later in the list"
        } else {
            "another row has the same id and needed no repair"
        };
        let county = counties.filter(|array| array.is_valid(row)).map(|array| array.value(row).to_owned());
        losers.push(QuarantineRow {
            detail: detail.to_owned(),
            county_name: county,
            withheld,
            ..contested.source.clone()
        });
    }
    for row in &losers {
        outcome.totals.add_quarantined(row);
    }
    let encoder = tables.quarantine.encoder();
    tables.quarantine.write(&quarantine_batch(&losers, encoder.schema()))?;
    Ok(())
}

fn win(
    pass: &VoterPass<'_>,
    batch: &ContestedBatch,
    is_winner: &[bool],
    confidential: &HashSet<IdKey>,
    outcome: &mut VoterOutcome,
    tables: &mut VoterTables<'_>,
    settled: &mut ContestedOutcome,
) -> Result<(), LoadError> {
    let mut prior_rows = Vec::new();
    let mut voter_ids = Vec::new();
    let mut first_seen = Vec::new();
    let mut ids = Vec::new();
    for contested in batch.rows.iter().zip(is_winner).filter(|(_, wins)| **wins).map(|(row, _)| row) {
        let by_id = pass.prior.find(contested.key);
        let by_legacy = || {
            contested
                .legacy
                .and_then(|key| pass.prior.find_legacy(key))
                .filter(|row| !pass.prior.is_seen(*row))
        };
        let prior_row = by_id.or_else(by_legacy);
        ids.push((contested.key, contested.new_id));
        match prior_row {
            Some(row) => {
                pass.prior.mark_seen(row);
                let voter = pass.prior.voter(row);
                voter_ids.push(voter.voter_id);
                first_seen.push(voter.first_seen);
                if by_id.is_none() {
                    settled.id_changed += 1;
                    outcome.new_ids.push((contested.key, voter.voter_id));
                }
            }
            None => {
                voter_ids.push(contested.new_id);
                first_seen.push(pass.as_of_days);
                // Where there is a predecessor, they wait until it is known who else has come and gone.
                if pass.prior.is_empty() {
                    outcome.new_ids.push((contested.key, contested.new_id));
                }
            }
        }
        prior_rows.push(prior_row);
    }
    let won = batch.rows.iter().zip(is_winner).filter(|(_, wins)| **wins);
    let hidden: BooleanArray = won.map(|(row, _)| Some(confidential.contains(&row.key))).collect();
    let batch = with_identity(&batch.batch, is_winner, voter_ids, first_seen);
    let divided = arrivals::divide(pass.prior, withhold(&batch, &hidden), prior_rows, &ids)?;
    let Divided { stay: batch, prior_rows, .. } = divided;
    if let Some(wait) = divided.wait {
        tables.arrived.write(&wait)?;
        outcome.arrivals.extend(divided.arrivals);
    }
    let first_row = u32::try_from(tables.voters.rows()).unwrap_or(u32::MAX);
    let changed = changed_rows(pass.prior, &batch, &prior_rows);
    outcome.changed.extend(changed.into_iter().map(|(prior, row)| (prior, first_row + row)));
    outcome.totals.add(&batch, &prior_rows);
    outcome.totals.add_streets(&batch, pass.streets);
    tables.voters.write(&batch)?;
    let changes = tables.changes.encoder();
    tables.changes.write(&change_batch(&new_rows(&batch, &prior_rows), changes.schema()))?;
    Ok(())
}

/// The rows that are marked, with the id and the first date that are now known.
pub(super) fn with_identity(
    batch: &RecordBatch,
    is_winner: &[bool],
    voter_ids: Vec<i64>,
    first_seen: Vec<i32>,
) -> RecordBatch {
    let filter = BooleanArray::from(is_winner.to_vec());
    let winners = arrow_select::filter::filter_record_batch(batch, &filter)
        .expect("the filter has one entry per row of the batch");
    let voter_ids: ArrayRef = Arc::new(Int64Array::from(voter_ids));
    let first_seen: ArrayRef = Arc::new(Date32Array::from(first_seen));
    let columns = winners
        .schema()
        .fields()
        .iter()
        .zip(winners.columns())
        .map(|(field, array)| match field.name().as_str() {
            "voter_id" => voter_ids.clone(),
            "first_seen" => first_seen.clone(),
            _ => array.clone(),
        })
        .collect();
    RecordBatch::try_new(winners.schema(), columns).expect("columns of the same types and lengths")
}
