//! What must not be told of confidential voters: where mail of their ballots goes, and where somebody lives of whom a
//! damaged row says that it is confidential now.

use super::LoadError;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow_select::nullif::nullif;
use hustings_store::snapshot_scan::TableScan;
use hustings_voterfile::format::{RecordFormat, RecordShape};
use hustings_voterfile::voter::shows_whereabouts;
use std::collections::HashSet;
use std::sync::Arc;

/// Ids of ours of the confidential voters.
#[derive(Debug, Default)]
pub struct Withheld(HashSet<i64>);

impl Withheld {
    /// Looks through a `voters.parquet`.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn read(voters: &TableScan) -> Result<Self, LoadError> {
        let mut ids = HashSet::new();
        voters.for_each_group(
            &["voter_id", "confidential"],
            super::blocks::threads(),
            |batches| batches.iter().flat_map(confidential).collect::<Vec<_>>(),
            |group| ids.extend(group),
        )?;
        Ok(Self(ids))
    }

    /// The batch of ballots without the mailing addresses of these voters.
    #[must_use]
    pub fn apply(&self, ballots: &RecordBatch) -> RecordBatch {
        let Some(ids) = voter_ids(ballots).filter(|_| !self.0.is_empty()) else { return ballots.clone() };
        let hidden: BooleanArray =
            ids.iter().map(|id| Some(id.is_some_and(|id| self.0.contains(&id)))).collect();
        if hidden.true_count() == 0 {
            return ballots.clone();
        }
        let schema = ballots.schema();
        let columns = schema.fields().iter().zip(ballots.columns()).map(|(field, array)| {
            match array.as_string_opt::<i32>().filter(|_| field.name().starts_with("mail_")) {
                Some(texts) => {
                    let open =
                        texts.iter().zip(&hidden).map(|(text, hidden)| text.filter(|_| hidden != Some(true)));
                    Arc::new(open.collect::<StringArray>())
                }
                None => array.clone(),
            }
        });
        RecordBatch::try_new(schema.clone(), columns.collect()).expect("the same columns, as long as before")
    }
}

/// Voters of a `voters.parquet`, some of whom are confidential from now on: no address, no phone, no household.
///
/// # Errors
/// Never for columns of the types of `columns.toml`.
pub fn withhold(voters: &RecordBatch, rows: &BooleanArray) -> Result<RecordBatch, LoadError> {
    let put = |array: &ArrayRef, word: &str| -> Option<ArrayRef> {
        let texts = array.as_string_opt::<i32>()?.iter().zip(rows);
        Some(Arc::new(
            texts
                .map(|(text, hidden)| if hidden == Some(true) { Some(word) } else { text })
                .collect::<StringArray>(),
        ))
    };
    let schema = voters.schema();
    let columns =
        schema.fields().iter().zip(voters.columns()).map(|(field, array)| match field.name().as_str() {
            "res_kind" => Ok(put(array, "withheld").unwrap_or_else(|| array.clone())),
            "res_quality" => Ok(put(array, "none").unwrap_or_else(|| array.clone())),
            "confidential" => {
                let flags = array.as_boolean_opt().into_iter().flatten().zip(rows);
                let flags = flags.map(|(flag, hidden)| if hidden == Some(true) { Some(true) } else { flag });
                Ok(Arc::new(flags.collect::<BooleanArray>()) as ArrayRef)
            }
            name if shows_whereabouts(name) || ["household_id", "raw_values"].contains(&name) => {
                nullif(array, rows)
            }
            _ => Ok(array.clone()),
        });
    let columns: Vec<ArrayRef> =
        columns.collect::<Result<_, _>>().map_err(hustings_store::ParquetError::from)?;
    let batch = RecordBatch::try_new(schema.clone(), columns).map_err(hustings_store::ParquetError::from)?;
    Ok(batch)
}

/// Whether a row that could not be read says, where its place is or one or two beside it, that its voter is confidential.
#[must_use]
pub fn says_confidential(bytes: &[u8], format: &RecordFormat, place: usize) -> bool {
    const ASIDE: usize = 2;
    let RecordShape::Delimited { delimiter, .. } = format.shape else { return false };
    let is_yes = |value: &[u8]| {
        let value = value.trim_ascii();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let value = value.strip_suffix(b"\"").unwrap_or(value).trim_ascii();
        [&b"Y"[..], b"YES", b"T", b"TRUE"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
    };
    let fields = bytes.split(|byte| *byte == delimiter).skip(place.saturating_sub(ASIDE));
    fields.take(ASIDE + 1 + ASIDE.min(place)).any(is_yes)
}

fn confidential(voters: &RecordBatch) -> Vec<i64> {
    let flags = voters.column_by_name("confidential").and_then(|array| array.as_boolean_opt());
    let (Some(ids), Some(flags)) = (voter_ids(voters), flags) else { return Vec::new() };
    (0..voters.num_rows())
        .filter(|row| flags.is_valid(*row) && flags.value(*row))
        .map(|row| ids.value(row))
        .collect()
}

fn voter_ids(batch: &RecordBatch) -> Option<&arrow_array::Int64Array> {
    batch.column_by_name("voter_id").and_then(|array| array.as_primitive_opt::<Int64Type>())
}
