//! Pairs and clusters as files, and beside the pairs what explains them.

use super::MatchError;
use super::ids::Ids;
use super::input::Loaded;
use super::pair_files::{PairFiles, Pairs};
use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hustings_matching::compare::{Comparer, Pattern};
use hustings_matching::decide::{Decision, Doubt, Verdict, cascade};
use hustings_matching::explain::ModelRecord;
use hustings_matching::level::Kind;
use hustings_matching::plan::Side;
use hustings_store::ResultFile;
use std::borrow::Cow;
use std::collections::HashMap;
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
    fn ids(&self, decision: &Decision) -> [Cow<'_, str>; 2] {
        let base = if self.loaded.prepared.two_sides { Side::Right } else { Side::Left };
        [
            self.loaded.ids(Side::Left).get(decision.pair.left as usize),
            self.loaded.ids(base).get(decision.pair.right as usize),
        ]
    }

    /// What knows how rare the rows' values are.
    pub fn comparer(&self) -> Comparer<'_> {
        Comparer::new(&self.loaded.prepared, self.kinds.to_vec())
    }

    /// Per comparison the bits of the values' rarity, into `rarity`.
    fn rarity(&self, comparer: &Comparer<'_>, decision: &Decision, rarity: &mut Vec<f64>) {
        rarity.clear();
        rarity.resize(self.kinds.len(), 0.0);
        comparer
            .rarity(decision.pair.pattern, decision.pair.left as usize, |place, bits| rarity[place] = bits);
    }

    /// Why a pair was accepted, or is for review, in one line: what speaks first, then what was found, which `known` keeps of
    /// earlier pairs.
    fn reason<'k>(
        &self,
        decision: &Decision,
        known: &'k mut HashMap<Pattern, String>,
    ) -> (Cow<'static, str>, &'k str) {
        let why = match decision.doubt {
            Some(Doubt::Rival) => "another row is as likely: ".into(),
            Some(Doubt::OtherState(expected)) => format!(
                "same name and birth date in another state, where {} other such people are expected: ",
                few(expected)
            )
            .into(),
            Some(Doubt::Namesakes) => "two namesakes of one family, perhaps: ".into(),
            Some(Doubt::Unlikely) => "not sure enough: ".into(),
            None => cascade(self.kinds, decision.pair.pattern)
                .map_or("".into(), |keys| format!("{keys}: ").into()),
        };
        let found = known.entry(decision.pair.pattern).or_insert_with_key(|pattern| {
            let found = self.model.found(*pattern).into_iter();
            found.map(|(comparison, level)| format!("{comparison} {level}")).collect::<Vec<_>>().join("; ")
        });
        (why, found)
    }
}

/// A small number with two digits that say something.
fn few(number: f64) -> String {
    if number >= 0.01 { format!("{number:.2}") } else { format!("{number:.1e}") }
}

/// Writes `left_id,right_id,weight_bits,probability,decision,reason`, the model and each pair's levels.
pub fn write_pairs(run: &Run<'_>, decisions: &[Decision], out: &Path) -> Result<(), MatchError> {
    let mut files = PairFiles::create(out)?;
    let comparer = run.comparer();
    let (mut known, mut reason) = (HashMap::new(), String::new());
    let (mut rarity, mut rarities) = (Vec::new(), String::new());
    for block in decisions.chunks(BATCH_ROWS) {
        let mut texts: [StringBuilder; 6] = std::array::from_fn(|_| StringBuilder::new());
        let mut numbers: [Float64Builder; 3] = std::array::from_fn(|_| Float64Builder::new());
        for decision in block {
            let [left, right] = run.ids(decision);
            run.rarity(&comparer, decision, &mut rarity);
            rarities.clear();
            for (place, bits) in rarity.iter().enumerate() {
                if place > 0 {
                    rarities.push(' ');
                }
                push_bits(*bits, &mut rarities);
            }
            let (why, found) = run.reason(decision, &mut known);
            reason.clear();
            reason.push_str(&why);
            reason.push_str(found);
            let bits = f64::from(decision.pair.bits);
            texts[0].append_value(left);
            texts[1].append_value(right);
            texts[2].append_value(if decision.verdict == Verdict::Accept { "accept" } else { "review" });
            texts[3].append_value(&reason);
            texts[4].append_value(format!("{:016x}", decision.pair.pattern.0));
            texts[5].append_value(&rarities);
            numbers[0].append_value(rounded(bits, 1e3));
            numbers[1].append_value(rounded(decision.chance, 1e6));
            numbers[2].append_value(bits);
        }
        let [left, right, decision, reason, levels, rarity] =
            texts.map(|mut texts| Arc::new(texts.finish()) as ArrayRef);
        let [shown, chance, bits] = numbers.map(|mut numbers| Arc::new(numbers.finish()) as ArrayRef);
        files.push(Pairs {
            ids: [left, right],
            numbers: [shown, chance],
            texts: [decision, reason],
            levels: [levels, rarity],
            bits,
        })?;
    }
    files.finish(run.model, run.loaded.prepared.two_sides)
}

/// Bits with two digits. Most are of values that say nothing.
fn push_bits(bits: f64, text: &mut String) {
    if bits == 0.0 {
        text.push_str("0.00");
    } else {
        // A string takes any text.
        let _ = write!(text, "{bits:.2}");
    }
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
