//! Why a pair weighs what it weighs: the model in a form that is kept beside a run, and from it and a pair's levels one bar
//! a comparison, in bits.

use crate::compare::Pattern;
use crate::level::Kind;
use crate::model::Model;
use crate::prepare::Prepared;
use serde::{Deserialize, Serialize};

/// The model of a run, as it is kept beside its pairs and shown in reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Share of matches among all pairs of rows.
    pub match_rate: f64,
    /// Share of household mates among all pairs of rows; 0 where nothing tells them from strangers.
    pub household_mate_rate: f64,
    /// The comparisons, in the order of the pairs' levels.
    pub comparisons: Vec<ComparisonRecord>,
}

/// A comparison of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRecord {
    /// The canonical column, or the header of a plain one.
    pub comparison: String,
    /// Its levels; a pair's level is a place in this list plus 1, 0 says that a value is missing.
    pub levels: Vec<LevelRecord>,
}

/// A level of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelRecord {
    /// What was found.
    pub level: String,
    /// Share among pairs of one person.
    pub matches: f64,
    /// Share among household mates.
    pub household_mates: f64,
    /// Share among strangers; none where it is the frequency of the value on which the pair agrees.
    pub strangers: Option<f64>,
    /// Bits for one person against strangers, without those of the value's rarity.
    pub bits: f64,
}

impl ModelRecord {
    /// The record of a model.
    #[must_use]
    pub fn new(prepared: &Prepared, model: &Model) -> Self {
        let comparison = |place: usize| {
            let (kind, shares) = (model.kinds[place], &model.shares[place]);
            let level = |(at, level): (usize, &crate::level::Level)| LevelRecord {
                level: level.name.to_owned(),
                matches: shares.matches[at],
                household_mates: shares.mates[at],
                strangers: (!level.by_value).then_some(shares.strangers[at]),
                bits: model.level_bits(place, at + 1),
            };
            ComparisonRecord {
                comparison: comparison_name(prepared, kind),
                levels: kind.levels().iter().enumerate().map(level).collect(),
            }
        };
        Self {
            match_rate: model.match_rate,
            household_mate_rate: model.mate_rate,
            comparisons: (0..model.kinds.len()).map(comparison).collect(),
        }
    }

    /// The names of what was found, comparison by comparison; missing values are left out.
    #[must_use]
    pub fn found(&self, pattern: Pattern) -> Vec<(&str, &str)> {
        self.comparisons
            .iter()
            .enumerate()
            .filter_map(|(place, comparison)| {
                let at = usize::from(pattern.level(place)).checked_sub(1)?;
                Some((comparison.comparison.as_str(), comparison.levels.get(at)?.level.as_str()))
            })
            .collect()
    }
}

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

/// The waterfall of a pair: it begins with the prior, and its bits add up to the log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    /// The steps.
    pub steps: Vec<Step>,
    /// Log-odds of the match.
    pub bits: f64,
    /// Chance that the pair is one person, before what else its rows may match.
    pub probability: f64,
}

impl Waterfall {
    /// Rebuilds the waterfall of a pair from what is kept of it: its levels, the rarity of the values on which it agrees
    /// (in bits, comparison by comparison; 0 where there is none) and its total.
    #[must_use]
    pub fn rebuild(model: &ModelRecord, pattern: Pattern, rarity: &[f64], bits: f64) -> Self {
        let step = |comparison: &str, level: &str, bits, rarity_bits| Step {
            comparison: comparison.to_owned(),
            level: level.to_owned(),
            bits,
            rarity_bits,
        };
        let mut steps = vec![step("prior", "before any comparison", model.match_rate.log2(), 0.0)];
        for (place, comparison) in model.comparisons.iter().enumerate() {
            let found =
                usize::from(pattern.level(place)).checked_sub(1).and_then(|at| comparison.levels.get(at));
            match found {
                Some(level) => {
                    let rarity = rarity.get(place).copied().unwrap_or_default();
                    steps.push(step(&comparison.comparison, &level.level, level.bits + rarity, rarity));
                }
                None => steps.push(step(&comparison.comparison, "missing", 0.0, 0.0)),
            }
        }
        let sum: f64 = steps.iter().map(|step| step.bits).sum();
        steps.push(step("household", "the two may live together, or be strangers", bits - sum, 0.0));
        Self { steps, bits, probability: 1.0 / (1.0 + (-bits).exp2()) }
    }
}

/// The name of a comparison: that of the canonical column, or the header of a plain one.
fn comparison_name(prepared: &Prepared, kind: Kind) -> String {
    match kind {
        Kind::Plain(number) | Kind::Dependent { plain: number, .. } => prepared.plan.plain[number].clone(),
        _ => kind.as_str().to_owned(),
    }
}
