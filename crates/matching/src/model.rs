//! The model: how often each level is met among pairs of one person, of two household mates, and of strangers.

use crate::compare::{Evidence, Pattern};
use crate::level::Kind;

/// Shares of one comparison's levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Among matches.
    pub matches: Vec<f64>,
    /// Among household mates.
    pub mates: Vec<f64>,
    /// Among strangers.
    pub strangers: Vec<f64>,
}

/// The model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The comparisons.
    pub kinds: Vec<Kind>,
    /// Their levels' shares.
    pub shares: Vec<Shares>,
    /// Share of matches among all pairs.
    pub match_rate: f64,
    /// Share of household mates among all pairs; 0 where nothing tells them from strangers.
    pub mate_rate: f64,
}

/// The chances of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chances {
    /// Log-odds of the match in bits, the prior included.
    pub bits: f64,
    /// Chance that the pair is one person.
    pub matched: f64,
    /// Chance that the two are household mates.
    pub mates: f64,
}

impl Model {
    /// The shipped prior for these comparisons.
    #[must_use]
    pub fn prior(kinds: &[Kind], match_rate: f64, mate_rate: f64) -> Self {
        let shares = kinds
            .iter()
            .map(|kind| {
                let levels = kind.levels();
                Shares {
                    matches: levels.iter().map(|level| level.matches).collect(),
                    mates: levels.iter().map(|level| level.mates).collect(),
                    strangers: levels.iter().map(|level| level.strangers).collect(),
                }
            })
            .collect();
        Self { kinds: kinds.to_vec(), shares, match_rate, mate_rate }
    }

    /// The chances of a pair from its evidence.
    #[must_use]
    pub fn chances(&self, evidence: &Evidence) -> Chances {
        self.table().chances(
            evidence.pattern,
            f64::from(evidence.rarity),
            f64::from(evidence.rarity_of_mates),
        )
    }

    /// The model in the form that scores many pairs.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table {
            levels: Vec::with_capacity(self.kinds.len()),
            match_bits: bits(self.match_rate),
            mate_bits: bits(self.mate_rate),
        };
        for (kind, shares) in self.kinds.iter().zip(&self.shares) {
            let mut rows = [[0.0; 3]; 16];
            for (at, level) in kind.levels().iter().enumerate() {
                let stranger = if level.by_value { 0.0 } else { bits(shares.strangers[at]) };
                let mate = if kind.is_shared() { bits(shares.mates[at]) } else { stranger };
                rows[at + 1] = [bits(shares.matches[at]), mate, stranger];
            }
            table.levels.push(rows);
        }
        table
    }

    /// The evidence of a level (its number, from 1) in bits against strangers, without the value's rarity.
    #[must_use]
    pub fn level_bits(&self, place: usize, level: usize) -> f64 {
        let Some(at) = level.checked_sub(1) else { return 0.0 };
        let by_value = self.kinds[place].levels()[at].by_value;
        let shares = &self.shares[place];
        bits(shares.matches[at]) - if by_value { 0.0 } else { bits(shares.strangers[at]) }
    }
}

/// The model as sums of bits: per comparison and level those of match, mate and stranger.
#[derive(Debug, Clone)]
pub struct Table {
    levels: Vec<[[f64; 3]; 16]>,
    match_bits: f64,
    mate_bits: f64,
}

impl Table {
    /// The chances of a pair.
    #[must_use]
    pub fn chances(&self, pattern: Pattern, rarity: f64, rarity_of_mates: f64) -> Chances {
        let mut sums = [self.match_bits, self.mate_bits - rarity_of_mates, -rarity];
        for (place, rows) in self.levels.iter().enumerate() {
            let row = &rows[usize::from(pattern.level(place))];
            for (sum, bits) in sums.iter_mut().zip(row) {
                *sum += bits;
            }
        }
        let against = add_bits(sums[1], sums[2]);
        let bits = sums[0] - against;
        let matched = 1.0 / (1.0 + (-bits).exp2());
        Chances { bits, matched, mates: (1.0 - matched) / (1.0 + (sums[2] - sums[1]).exp2()) }
    }
}

/// The logarithm of the sum of two numbers given by their logarithms, to base 2.
fn add_bits(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp2().ln_1p() / std::f64::consts::LN_2 }
}

fn bits(share: f64) -> f64 {
    share.log2()
}
