//! The waterfall of a pair of an earlier run, from what lies beside its file.

use super::{MatchError, PAIRS_SUFFIX, RUN_SUFFIX, beside};
use arrow_array::Array;
use hustings_matching::compare::Pattern;
use hustings_matching::explain::{ModelRecord, Waterfall};
use hustings_store::{ListBlock, ListFile};
use serde::Serialize;
use std::path::Path;

/// A pair and why it weighs what it weighs.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Id of the left row.
    pub left_id: String,
    /// Id of the right row.
    pub right_id: String,
    /// The waterfall.
    #[serde(flatten)]
    pub waterfall: Waterfall,
}

/// Explains a pair of the run that wrote `out`.
///
/// # Errors
/// What lies beside the file cannot be read, or the run has no such pair.
pub fn explain(out: &Path, left_id: &str, right_id: &str) -> Result<Explanation, MatchError> {
    let path = beside(out, RUN_SUFFIX);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        MatchError::Input(format!(
            "`{}` was not written by `match` or `dedupe --pairs`, or its `{}` is gone: {error}",
            out.display(),
            path.display()
        ))
    })?;
    let model: ModelRecord = serde_json::from_str(&text)
        .map_err(|error| MatchError::Input(format!("`{}` holds no model: {error}", path.display())))?;
    let pairs = ListFile::open(&beside(out, PAIRS_SUFFIX))?;
    let mut found = None;
    pairs.each_block(&mut |ListBlock { columns, .. }| {
        let [left, right, levels, rarity, bits] = columns else { return Ok(()) };
        for row in 0..left.len() {
            // The pairs of one list have no sides.
            let same = left.value(row) == left_id && right.value(row) == right_id
                || left.value(row) == right_id && right.value(row) == left_id && found.is_none();
            if same {
                let pattern = Pattern(u64::from_str_radix(levels.value(row), 16).unwrap_or_default());
                let rarity: Vec<f64> =
                    rarity.value(row).split(' ').map(|bits| bits.parse().unwrap_or_default()).collect();
                let bits = bits.value(row).parse().unwrap_or_default();
                found = Some(Waterfall::rebuild(&model, pattern, &rarity, bits));
            }
        }
        Ok(())
    })?;
    let waterfall = found.ok_or_else(|| {
        MatchError::Input(format!(
            "`{}` has no pair of `{left_id}` and `{right_id}`: they were neither accepted nor for review",
            out.display()
        ))
    })?;
    Ok(Explanation { left_id: left_id.to_owned(), right_id: right_id.to_owned(), waterfall })
}
