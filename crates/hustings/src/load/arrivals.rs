//! Rows that wait until the whole list is read: those whose id nobody had before, and those whose id may name somebody
//! else now. They are kept in a table of their own beside the snapshot's, for a state may give everybody a new id.

use super::LoadError;
use super::tally::text;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, BooleanArray, Date32Array, Int32Array, RecordBatch, StringArray};
use arrow_select::filter::filter_record_batch;
use hustings_voterfile::identity::{Glimpse, IdKey, PriorVoters};

/// The table's file in the staging folder; it is gone before the snapshot is published.
pub const FILE: &str = "arrived.parquet";

/// One row that waits.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The state's id.
    pub key: IdKey,
    /// The id of ours that it gets when it is nobody whom we know.
    pub new_id: i64,
    /// The row of the predecessor with the same id, who may be somebody else.
    pub claims: Option<u32>,
}

/// A batch of rows, parted.
pub struct Divided {
    /// Rows that are written at once.
    pub stay: RecordBatch,
    /// Their rows in the predecessor.
    pub prior_rows: Vec<Option<u32>>,
    /// Rows that wait.
    pub wait: Option<RecordBatch>,
    /// What is known of each of these.
    pub arrivals: Vec<Arrival>,
}

/// Parts a batch. `prior_rows` and `ids` (the state's id, and ours for somebody new) go row by row. Without a predecessor
/// nobody waits.
///
/// # Errors
/// Never in practice: the filter has one entry a row.
pub fn divide(
    prior: &PriorVoters,
    batch: RecordBatch,
    prior_rows: Vec<Option<u32>>,
    ids: &[(IdKey, i64)],
) -> Result<Divided, LoadError> {
    let nobody = |stay, prior_rows| Divided { stay, prior_rows, wait: None, arrivals: Vec::new() };
    if prior.is_empty() {
        return Ok(nobody(batch, prior_rows));
    }
    let prints = batch.column_by_name("fingerprint").map(|array| array.as_primitive::<Int64Type>());
    let glimpses = Glimpses::of(&batch);
    let waits: Vec<bool> = prior_rows
        .iter()
        .enumerate()
        .map(|(row, prior_row)| match prior_row {
            None => true,
            Some(prior_row) => {
                let voter = prior.voter(*prior_row);
                prints.is_none_or(|prints| prints.value(row) != voter.fingerprint)
                    && glimpses.get(row).may_be_another(voter.glimpse)
            }
        })
        .collect();
    if !waits.contains(&true) {
        return Ok(nobody(batch, prior_rows));
    }
    let filter = |mask: Vec<bool>| {
        filter_record_batch(&batch, &BooleanArray::from(mask)).map_err(hustings_store::ParquetError::from)
    };
    let stay = filter(waits.iter().map(|waits| !waits).collect())?;
    let wait = filter(waits.clone())?;
    let arrivals = waits
        .iter()
        .zip(&prior_rows)
        .zip(ids)
        .filter(|((waits, _), _)| **waits)
        .map(|((_, prior_row), (key, new_id))| Arrival { key: *key, new_id: *new_id, claims: *prior_row })
        .collect();
    let prior_rows =
        waits.iter().zip(prior_rows).filter(|(waits, _)| !**waits).map(|(_, prior_row)| prior_row).collect();
    Ok(Divided { stay, prior_rows, wait: Some(wait), arrivals })
}

/// The columns of [`Glimpses`].
pub const GLIMPSED: [&str; 5] = ["name_first", "name_last", "name_suffix", "birth_date", "birth_year"];

/// Name and birth date of a batch's rows.
pub struct Glimpses<'a> {
    names: [Option<&'a StringArray>; 3],
    dates: Option<&'a Date32Array>,
    years: Option<&'a Int32Array>,
}

impl<'a> Glimpses<'a> {
    /// Of this batch; columns that it lacks are missing values.
    pub fn of(batch: &'a RecordBatch) -> Self {
        let column = |name: &str| batch.column_by_name(name);
        Self {
            names: ["name_first", "name_last", "name_suffix"].map(|name| text(batch, name)),
            dates: column("birth_date").and_then(|array| array.as_primitive_opt::<Date32Type>()),
            years: column("birth_year").and_then(|array| array.as_primitive_opt::<Int32Type>()),
        }
    }

    /// Of this row.
    pub fn get(&self, row: usize) -> Glimpse {
        let [first, last, suffix] = self
            .names
            .map(|array| array.filter(|array| array.is_valid(row)).map_or("", |array| array.value(row)));
        let date = self.dates.filter(|array| array.is_valid(row)).map(|array| array.value(row));
        let year = || self.years.filter(|array| array.is_valid(row)).map(|array| array.value(row));
        Glimpse::of(first, last, suffix, date.or_else(year))
    }
}
