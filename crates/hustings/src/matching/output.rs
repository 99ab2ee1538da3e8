//! Pairs and clusters as files, and beside the pairs what explains them.

use super::ids::Ids;
use super::input::Loaded;
use super::{MatchError, PAIRS_SUFFIX, RUN_SUFFIX, beside};
use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hustings_matching::compare::Comparer;
use hustings_matching::decide::{Decision, Doubt, Verdict, cascade};
use hustings_matching::explain::ModelRecord;
use hustings_matching::level::Kind;
use hustings_matching::plan::Side;
use hustings_store::{ResultFile, StoreError};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// What pairs are written from.
pub struct Run<'a> {
    pub loaded: &'a Loaded,
    pub model: &'a ModelRecord,
    pub kinds: &'a [Kind],
}

const BATCH_ROWS: usize = 8192;

impl Run<'_> {
    fn ids(&self, decision: &Decision) -> [std::borrow::Cow<'_, str>; 2] {
        let base = if self.loaded.prepared.two_sides { Side::Right } else { Side::Left };
        [
            self.loaded.ids(Side::Left).get(decision.pair.left as usize),
            self.loaded.ids(base).get(decision.pair.right as usize),
        ]
    }

    /// What compares the rows once more, to learn how rare their values are.
    pub fn comparer(&self) -> Comparer<'_> {
        Comparer::new(&self.loaded.prepared, self.kinds.to_vec())
    }

    /// Per comparison the bits of the values' rarity.
    pub fn rarity(&self, comparer: &Comparer<'_>, decision: &Decision) -> Vec<f64> {
        let mut rarity = vec![0.0; self.kinds.len()];
        let (left, right) = (decision.pair.left as usize, decision.pair.right as usize);
        let prepared = &self.loaded.prepared;
        let _ = comparer.compare_with(prepared.left_row(left), prepared.base_row(right), |place, _, bits| {
            rarity[place] = bits
        });
        rarity
    }

    /// Why a pair was accepted, or is for review, in one line.
    pub fn reason(&self, decision: &Decision) -> String {
        let mut reason = match decision.doubt {
            Some(Doubt::Rival) => "another row is as likely: ".to_owned(),
            Some(Doubt::OtherState(expected)) => {
                format!(
                    "same name and birth date in another state, where {} other such people are expected: ",
                    few(expected)
                )
            }
            Some(Doubt::Namesakes) => "two namesakes of one family, perhaps: ".to_owned(),
            Some(Doubt::Unlikely) => "not sure enough: ".to_owned(),
            None => {
                cascade(self.kinds, decision.pair.pattern).map_or(String::new(), |keys| format!("{keys}: "))
            }
        };
        for (at, (comparison, level)) in self.model.found(decision.pair.pattern).into_iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            // A string takes any text.
            let _ = write!(reason, "{separator}{comparison} {level}");
        }
        reason
    }
}

/// A small number with two digits that say something.
fn few(number: f64) -> String {
    if number >= 0.01 { format!("{number:.2}") } else { format!("{number:.1e}") }
}

/// Writes `left_id,right_id,weight_bits,probability,decision,reason`, the model and each pair's levels.
pub fn write_pairs(run: &Run<'_>, decisions: &[Decision], out: &Path) -> Result<(), MatchError> {
    let schema =
        texts_and_numbers(&["left_id", "right_id", "weight_bits", "probability", "decision", "reason"]);
    let mut file = ResultFile::create(out, schema.clone())?;
    for block in decisions.chunks(BATCH_ROWS) {
        let mut texts: [StringBuilder; 4] = std::array::from_fn(|_| StringBuilder::new());
        let mut numbers: [Float64Builder; 2] = std::array::from_fn(|_| Float64Builder::new());
        for decision in block {
            let [left, right] = run.ids(decision);
            texts[0].append_value(left);
            texts[1].append_value(right);
            numbers[0].append_value(rounded(f64::from(decision.pair.bits), 1e3));
            numbers[1].append_value(rounded(decision.chance, 1e6));
            texts[2].append_value(if decision.verdict == Verdict::Accept { "accept" } else { "review" });
            texts[3].append_value(run.reason(decision));
        }
        let [left, right, verdict, reason] = texts.map(|mut texts| Arc::new(texts.finish()) as ArrayRef);
        let [bits, chance] = numbers.map(|mut numbers| Arc::new(numbers.finish()) as ArrayRef);
        file.push(&batch(&schema, vec![left, right, bits, chance, verdict, reason])?)?;
    }
    file.finish()?;
    write_levels(run, decisions, &beside(out, PAIRS_SUFFIX))?;
    let path = beside(out, RUN_SUFFIX);
    let text =
        serde_json::to_string_pretty(run.model).map_err(|error| MatchError::Input(error.to_string()))?;
    std::fs::write(&path, text).map_err(StoreError::io("write", &path))?;
    Ok(())
}

/// Per pair the levels (one hexadecimal digit a comparison) and the bits of its values' rarity.
fn write_levels(run: &Run<'_>, decisions: &[Decision], path: &Path) -> Result<(), MatchError> {
    let schema = texts_and_numbers(&["left_id", "right_id", "levels", "rarity_bits", "weight_bits"]);
    let comparer = run.comparer();
    let mut file = ResultFile::create(path, schema.clone())?;
    for block in decisions.chunks(BATCH_ROWS) {
        let mut texts: [StringBuilder; 4] = std::array::from_fn(|_| StringBuilder::new());
        let mut bits = Float64Builder::new();
        for decision in block {
            let [left, right] = run.ids(decision);
            texts[0].append_value(left);
            texts[1].append_value(right);
            texts[2].append_value(format!("{:016x}", decision.pair.pattern.0));
            let rarity: Vec<String> =
                run.rarity(&comparer, decision).iter().map(|bits| format!("{bits:.2}")).collect();
            texts[3].append_value(rarity.join(" "));
            bits.append_value(f64::from(decision.pair.bits));
        }
        let [left, right, levels, rarity] = texts.map(|mut texts| Arc::new(texts.finish()) as ArrayRef);
        file.push(&batch(&schema, vec![left, right, levels, rarity, Arc::new(bits.finish())])?)?;
    }
    file.finish()?;
    Ok(())
}

/// Writes `id,cluster_id`; a cluster is called by its row's entry in `named`, or after its first row.
pub fn write_clusters(
    ids: &Ids,
    cluster_of: &[u32],
    named: Option<&[String]>,
    out: &Path,
) -> Result<(), MatchError> {
    let schema = texts_and_numbers(&["id", "cluster_id"]);
    let mut file = ResultFile::create(out, schema.clone())?;
    for (block, clusters) in cluster_of.chunks(BATCH_ROWS).enumerate() {
        let (mut rows, mut names) = (StringBuilder::new(), StringBuilder::new());
        for (at, cluster) in clusters.iter().enumerate() {
            let row = block * BATCH_ROWS + at;
            rows.append_value(ids.get(row));
            match named {
                Some(named) => names.append_value(&named[row]),
                None => names.append_value(ids.get(*cluster as usize)),
            }
        }
        file.push(&batch(&schema, vec![Arc::new(rows.finish()), Arc::new(names.finish())])?)?;
    }
    file.finish()?;
    Ok(())
}

/// Bits and probabilities are numbers, all else is text.
pub fn texts_and_numbers(names: &[&str]) -> SchemaRef {
    let field = |name: &&str| {
        let number = matches!(*name, "weight_bits" | "probability");
        Field::new(*name, if number { DataType::Float64 } else { DataType::Utf8 }, false)
    };
    Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()))
}

pub fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, MatchError> {
    RecordBatch::try_new(schema.clone(), columns).map_err(|error| MatchError::Input(error.to_string()))
}

fn rounded(number: f64, digits: f64) -> f64 {
    (number * digits).round() / digits
}
