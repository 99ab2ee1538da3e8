//! Why a pair weighs what it weighs: one bar a comparison, in bits, from the model and the levels.

use crate::compare::Comparer;
use crate::level::Kind;
use crate::model::Model;
use crate::prepare::Prepared;
use crate::row::Row;
use serde::{Deserialize, Serialize};

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Comparison, `prior` or `household`.
    pub comparison: String,
    /// What was found.
    pub level: String,
    /// Bits for (or against) one person.
    pub bits: f64,
    /// Of these, the bits that the value's rarity gives.
    pub rarity_bits: f64,
}

/// The waterfall of a pair: it begins with the prior; the bits add up to the log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    /// The steps.
    pub steps: Vec<Step>,
    /// Log-odds of the match.
    pub bits: f64,
    /// Chance that the pair is one person.
    pub probability: f64,
}

/// The waterfall of a row of the left side and a row of the base.
#[must_use]
pub fn explain(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    model: &Model,
    left: usize,
    right: usize,
) -> Waterfall {
    waterfall(prepared, comparer, model, prepared.left_row(left), prepared.base_row(right))
}

fn waterfall(
    prepared: &Prepared,
    comparer: &Comparer<'_>,
    model: &Model,
    left: (&Row, &[u32]),
    right: (&Row, &[u32]),
) -> Waterfall {
    let step = |comparison: &str, level: &str, bits, rarity_bits| Step {
        comparison: comparison.to_owned(),
        level: level.to_owned(),
        bits,
        rarity_bits,
    };
    let mut steps = vec![step("prior", "before any comparison", model.match_rate.log2(), 0.0)];
    let evidence = comparer.compare_with(left, right, |place, level, rarity| {
        let kind = model.kinds[place];
        let name = kind.levels()[usize::from(level) - 1].name;
        let bits = model.level_bits(place, level) + rarity;
        steps.push(step(&comparison_name(prepared, kind), name, bits, rarity));
    });
    let chances = model.chances(&evidence);
    let sum: f64 = steps.iter().map(|step| step.bits).sum();
    if chances.bits - sum < -0.05 {
        steps.push(step("household", "the two may live together", chances.bits - sum, 0.0));
    }
    Waterfall { steps, bits: chances.bits, probability: chances.matched }
}

/// The name of a comparison: that of the canonical column, or the header of a plain one.
#[must_use]
pub fn comparison_name(prepared: &Prepared, kind: Kind) -> String {
    match kind {
        Kind::Plain(number) => prepared.plan.plain[number].clone(),
        _ => kind.as_str().to_owned(),
    }
}
