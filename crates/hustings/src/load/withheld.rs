//! What must not be told of confidential voters: where mail of their ballots goes.

use super::LoadError;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use hustings_store::snapshot_scan::TableScan;
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
