//! Voters of the predecessor who have no row in the new list: those who have left it, and those whose new row was held
//! back. Nobody is ever deleted.

use super::LoadError;
use super::diff::gather;
use super::tables::change_batch;
use super::tally::{VoterTotals, age_band, text};
use super::voters::VoterTables;
use super::votes::LastVotes;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray, new_null_array,
};
use arrow_schema::{DataType, SchemaRef};
use hustings_store::snapshot_scan::TableScan;
use hustings_voterfile::change::{ChangeKind, ChangeRow, fingerprints};
use hustings_voterfile::identity::PriorVoters;
use hustings_voterfile::purge::Departure;
use hustings_voterfile::voter::withhold;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows carried over at once, which are one row group.
const CHUNK: usize = 65_536;

/// What is needed to carry rows over.
pub struct Carry<'a> {
    /// The predecessor's `voters.parquet`.
    pub voters: &'a TableScan,
    /// The predecessor's voters.
    pub prior: &'a PriorVoters,
    /// The list's date in days since 1970-01-01.
    pub as_of_days: i32,
    /// The list's year, for age bands.
    pub year: i32,
    /// Rows of voters who are confidential from now on, for their damaged row says so.
    pub confidential: &'a HashSet<u32>,
}

/// What became of the rows that were carried over.
#[derive(Debug, Default)]
pub struct Carried {
    /// Who left.
    pub departed: Vec<Departed>,
    /// The counties of those who became confidential, one entry each.
    pub withheld: Vec<String>,
}

/// Writes the rows at `dropped` (with `dropped_at` set for those who leave now) and at `kept` (unchanged, but for those
/// who are confidential now). Returns who is concerned.
///
/// # Errors
/// A table cannot be read or written.
pub fn carry(
    carry: &Carry<'_>,
    dropped: &[u32],
    kept: &[u32],
    to: &mut VoterTables<'_>,
    totals: &mut VoterTotals,
) -> Result<Carried, LoadError> {
    let schema = to.voters.encoder().schema().clone();
    let mut carried = Carried::default();
    for (rows, leaves) in [(kept, false), (dropped, true)] {
        for rows in rows.chunks(CHUNK) {
            let batch = gather(carry.voters, rows, &[])?;
            let leaves_now: Vec<bool> =
                rows.iter().map(|row| leaves && !carry.prior.voter(*row).dropped).collect();
            let hidden = carry.newly_confidential(&batch, rows);
            let batch = withhold(&carry.fit(&batch, &schema, &leaves_now), &hidden);
            let mut gone = dropped_rows(&batch, &leaves_now);
            let protected = change_rows(
                &batch,
                &hidden.iter().map(|hidden| hidden == Some(true)).collect::<Vec<_>>(),
                |_| (ChangeKind::BecameConfidential, "confidential", "false".to_owned(), "true".to_owned()),
            );
            carried.withheld.extend(protected.iter().map(|change| change.county_name.clone()));
            gone.extend(protected);
            carried.departed.extend(carry.departed(&batch, &leaves_now));
            if !leaves {
                totals.add_kept(&batch);
            }
            to.voters.write(&batch)?;
            let change_schema = to.changes.encoder().schema().clone();
            to.changes.write(&change_batch(&gone, &change_schema))?;
        }
    }
    Ok(carried)
}

/// One voter who left the list or became inactive or removed, as the purge watch needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departed {
    /// Our id.
    pub voter_id: i64,
    /// How.
    pub kind: Departure,
    /// The county.
    pub county: String,
    /// `party:DEM` and the like.
    pub groups: Vec<String>,
}

impl Departed {
    /// The departed voter of a row of `voters.parquet`.
    pub fn of(batch: &RecordBatch, row: usize, kind: Departure, year: i32) -> Self {
        let value = |name: &str| {
            text(batch, name)
                .filter(|array| array.is_valid(row))
                .map_or("", |array| array.value(row))
                .to_owned()
        };
        let birth_year = batch
            .column_by_name("birth_year")
            .map(|array| array.as_primitive::<Int32Type>())
            .and_then(|array| array.is_valid(row).then(|| array.value(row)));
        let mut groups = Vec::new();
        for column in ["party", "race"] {
            let value = value(column);
            if !value.is_empty() {
                groups.push(format!("{column}:{value}"));
            }
        }
        let band = age_band(birth_year, year);
        if !band.is_empty() {
            groups.push(format!("age_band:{band}"));
        }
        let voter_id =
            batch.column_by_name("voter_id").map_or(0, |array| array.as_primitive::<Int64Type>().value(row));
        Self { voter_id, kind, county: value("county_name"), groups }
    }

    /// Adds the year of the last vote.
    pub fn with_last_vote(mut self, last_votes: &LastVotes) -> Self {
        let year = last_votes.year(self.voter_id).map_or_else(|| "never".to_owned(), |year| year.to_string());
        self.groups.push(format!("last_vote:{year}"));
        self
    }
}

impl Carry<'_> {
    /// Who of these rows of the predecessor is confidential now and was not.
    fn newly_confidential(&self, batch: &RecordBatch, rows: &[u32]) -> BooleanArray {
        let was = batch.column_by_name("confidential").and_then(|array| array.as_boolean_opt());
        let was = |row: usize| was.is_some_and(|was| was.is_valid(row) && was.value(row));
        let hidden =
            rows.iter().enumerate().map(|(at, row)| Some(self.confidential.contains(row) && !was(at)));
        hidden.collect()
    }

    /// The batch in the new table's columns, `dropped_at` and `drop_guess` set for those who leave now.
    fn fit(&self, batch: &RecordBatch, schema: &SchemaRef, leaves_now: &[bool]) -> RecordBatch {
        let fingerprints: ArrayRef = Arc::new(Int64Array::from(fingerprints(batch)));
        let arrays: Vec<ArrayRef> = schema
            .fields()
            .iter()
            .map(|field| {
                let old = batch.column_by_name(field.name());
                match (field.name().as_str(), old) {
                    ("dropped_at", old) => self.dropped_at(old, leaves_now),
                    ("drop_guess", old) => drop_guess(batch, old, leaves_now),
                    ("fingerprint", _) => fingerprints.clone(),
                    (_, Some(old)) if old.data_type() == field.data_type() => old.clone(),
                    _ => new_null_array(field.data_type(), batch.num_rows()),
                }
            })
            .collect();
        RecordBatch::try_new(schema.clone(), arrays)
            .expect("every column of the schema, as long as the batch")
    }

    fn dropped_at(&self, old: Option<&ArrayRef>, leaves_now: &[bool]) -> ArrayRef {
        let old = old.map(|array| array.as_primitive::<Date32Type>());
        let dates: Date32Array = leaves_now
            .iter()
            .enumerate()
            .map(|(row, leaves)| {
                let before = old.and_then(|array| array.is_valid(row).then(|| array.value(row)));
                if *leaves { Some(self.as_of_days) } else { before }
            })
            .collect();
        Arc::new(dates)
    }

    fn departed(&self, batch: &RecordBatch, leaves_now: &[bool]) -> Vec<Departed> {
        let rows = leaves_now.iter().enumerate().filter(|(_, leaves)| **leaves);
        rows.map(|(row, _)| Departed::of(batch, row, Departure::Dropped, self.year)).collect()
    }
}

/// Why somebody may have left, by what the state last said of the registration.
fn drop_guess(batch: &RecordBatch, old: Option<&ArrayRef>, leaves_now: &[bool]) -> ArrayRef {
    let old = old.filter(|array| *array.data_type() == DataType::Utf8).map(|array| array.as_string::<i32>());
    let status = text(batch, "status");
    let reason = text(batch, "status_reason_desc");
    let value = |array: Option<&StringArray>, row: usize| {
        array.filter(|array| array.is_valid(row)).map(|array| array.value(row).to_owned()).unwrap_or_default()
    };
    let guesses: StringArray = leaves_now
        .iter()
        .enumerate()
        .map(|(row, leaves)| {
            if !leaves {
                return old.and_then(|array| array.is_valid(row).then(|| array.value(row).to_owned()));
            }
            let reason = value(reason, row).to_uppercase();
            let guess = match value(status, row).as_str() {
                _ if reason.contains("DECEASED") || reason.contains("DEATH") => "deceased",
                _ if reason.contains("MOVED") => "moved_county",
                "cancelled" | "removed" => "cancelled",
                "purged" => "purged",
                _ => "unknown",
            };
            Some(guess.to_owned())
        })
        .collect();
    Arc::new(guesses)
}

fn dropped_rows(batch: &RecordBatch, leaves_now: &[bool]) -> Vec<ChangeRow> {
    let status = text(batch, "status");
    change_rows(batch, leaves_now, |row| {
        let status = status.filter(|array| array.is_valid(row)).map_or("", |array| array.value(row));
        (ChangeKind::Dropped, "status", status.to_owned(), String::new())
    })
}

/// A change of every row that is marked: its kind, column, old and new value.
fn change_rows(
    batch: &RecordBatch,
    marked: &[bool],
    change: impl Fn(usize) -> (ChangeKind, &'static str, String, String),
) -> Vec<ChangeRow> {
    let voter_ids = batch.column_by_name("voter_id").map(|array| array.as_primitive::<Int64Type>());
    let value = |name: &str, row: usize| {
        text(batch, name).filter(|array| array.is_valid(row)).map_or("", |array| array.value(row)).to_owned()
    };
    marked
        .iter()
        .enumerate()
        .filter(|(_, marked)| **marked)
        .map(|(row, _)| {
            let (kind, column, old, new) = change(row);
            ChangeRow {
                voter_id: voter_ids.map_or(0, |array| array.value(row)),
                state_voter_id: value("state_voter_id", row),
                kind,
                county_name: value("county_name", row),
                column,
                old,
                new,
                reason: String::new(),
            }
        })
        .collect()
}
