//! The waterfall of a pair of an earlier run, from what lies beside its file.

use super::MatchError;
use super::pair_files::KnownRun;
use arrow_array::Array;
use hustings_matching::compare::Pattern;
use hustings_matching::explain::Waterfall;
use hustings_store::ListBlock;
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
    /// What the user should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Explains a pair of the run that wrote `out`.
///
/// # Errors
/// What lies beside the file cannot be read or is of another run, or the run has no such pair.
pub fn explain(out: &Path, left_id: &str, right_id: &str) -> Result<Explanation, MatchError> {
    let run = KnownRun::open(out)?;
    let (mut found, mut count): (Option<Waterfall>, usize) = (None, 0);
    run.levels.each_block(&mut |ListBlock { columns, .. }| {
        let [left, right, levels, rarity, bits] = columns else { return Ok(()) };
        for row in 0..left.len() {
            let ids = (left.value(row), right.value(row));
            // The pairs of one list have no sides.
            if ids != (left_id, right_id) && (run.two_sides || ids != (right_id, left_id)) {
                continue;
            }
            count += 1;
            let pattern = Pattern(u64::from_str_radix(levels.value(row), 16).unwrap_or_default());
            let rarity: Vec<f64> =
                rarity.value(row).split(' ').map(|bits| bits.parse().unwrap_or_default()).collect();
            let bits = bits.value(row).parse().unwrap_or_default();
            let waterfall = Waterfall::rebuild(&run.model, pattern, &rarity, bits);
            if found.as_ref().is_none_or(|known| waterfall.bits > known.bits) {
                found = Some(waterfall);
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
    let several = (count > 1).then(|| {
        format!(
            "{count} pairs are called `{left_id}` and `{right_id}`: the one that weighs most is explained"
        )
    });
    let notes = run.note.into_iter().chain(several).collect();
    Ok(Explanation { left_id: left_id.to_owned(), right_id: right_id.to_owned(), waterfall, notes })
}
