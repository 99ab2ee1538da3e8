//! The pairs of a kept run, as `match` writes those of files.

use super::MatchError;
use super::pair_files::{PairFiles, Pairs};
use arrow_array::ArrayRef;
use arrow_array::builder::{Float64Builder, StringBuilder};
use hustings_matching::compare::Pattern;
use hustings_matching::decide::cascade;
use hustings_matching::explain::ModelRecord;
use hustings_matching::level::Kind;
use hustings_store::match_run::MatchPair;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

const BATCH_ROWS: usize = 8192;

/// A pair of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPair {
    /// The line on which the row begins, or its number.
    pub left_id: u64,
    /// The voter's key.
    pub right_id: String,
    /// Log-odds that the two are one person.
    pub weight_bits: f64,
    /// Chance of it, rivals considered.
    pub probability: f64,
    /// `accept` or `review`.
    pub decision: String,
    /// Why, in one line.
    pub reason: String,
    /// A level a comparison, as a hexadecimal digit each.
    pub levels: String,
    /// The bits of the values' rarity, comparison by comparison.
    pub rarity_bits: Vec<f64>,
}

impl RunPair {
    /// A pair whose row begins on this line and whose voter has this key.
    #[must_use]
    pub fn of(model: &ModelRecord, line: u64, key: String, pair: &MatchPair) -> Self {
        Self {
            left_id: line,
            right_id: key,
            weight_bits: (pair.bits * 1e3).round() / 1e3,
            probability: (pair.chance * 1e6).round() / 1e6,
            decision: if pair.is_accepted { "accept" } else { "review" }.to_owned(),
            reason: reason(model, pair),
            levels: format!("{:016x}", pair.levels),
            rarity_bits: pair.rarity.clone(),
        }
    }
}

/// Why a pair was accepted, or waits, in one line.
fn reason(model: &ModelRecord, pair: &MatchPair) -> String {
    let pattern = Pattern(pair.levels);
    let mut why = pair.doubt.trim_end_matches('.').to_owned();
    if let Some(first) = why.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    if why.is_empty() && pair.is_accepted {
        why = cascade(&kinds(model), pattern).unwrap_or_default().to_owned();
    }
    let found: Vec<String> =
        model.found(pattern).iter().map(|(comparison, level)| format!("{comparison} {level}")).collect();
    if why.is_empty() { found.join("; ") } else { format!("{why}: {}", found.join("; ")) }
}

/// What a model's comparisons compare.
#[must_use]
pub fn kinds(model: &ModelRecord) -> Vec<Kind> {
    use Kind::{Address, Birth, City, Email, First, Last, Middle, Phone, Sex, State, Suffix, Unit, Zip};
    let known = [First, Middle, Last, Suffix, Birth, Sex, Address, Unit, City, Zip, State, Phone, Email];
    let mut plain = 0;
    let kind = |name: &str| {
        known.into_iter().find(|kind| kind.as_str() == name).unwrap_or_else(|| {
            plain += 1;
            Kind::Plain(plain - 1)
        })
    };
    let names = model.comparisons.iter().map(|comparison| comparison.comparison.as_str());
    names.map(kind).collect()
}

/// Writes `left_id,right_id,weight_bits,probability,decision,reason`, and beside it the model and each pair's levels.
///
/// # Errors
/// A file cannot be written.
pub fn write(pairs: &[RunPair], model: &ModelRecord, out: &Path) -> Result<(), MatchError> {
    let mut files = PairFiles::create(out)?;
    for block in pairs.chunks(BATCH_ROWS) {
        let texts = |text: &dyn Fn(&RunPair) -> String| -> ArrayRef {
            let mut column = StringBuilder::new();
            block.iter().for_each(|pair| column.append_value(text(pair)));
            Arc::new(column.finish())
        };
        let numbers = |number: &dyn Fn(&RunPair) -> f64| -> ArrayRef {
            let mut column = Float64Builder::new();
            block.iter().for_each(|pair| column.append_value(number(pair)));
            Arc::new(column.finish())
        };
        let rarity = |pair: &RunPair| {
            let bits: Vec<String> = pair.rarity_bits.iter().map(|bits| format!("{bits:.2}")).collect();
            bits.join(" ")
        };
        let (left, right) = (texts(&|pair| pair.left_id.to_string()), texts(&|pair| pair.right_id.clone()));
        let bits = numbers(&|pair| pair.weight_bits);
        files.push(Pairs {
            ids: [left, right],
            numbers: [bits.clone(), numbers(&|pair| pair.probability)],
            texts: [texts(&|pair| pair.decision.clone()), texts(&|pair| pair.reason.clone())],
            levels: [texts(&|pair| pair.levels.clone()), texts(&rarity)],
            bits,
        })?;
    }
    files.finish(model, true)
}
