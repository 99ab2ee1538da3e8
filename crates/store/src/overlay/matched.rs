//! Rows that were matched to voters instead of naming them: what became of each, and the pair that says why.

use super::guess::Typed;
use super::table_file::TableFile;
use super::vault::{MATCHES, Vault};
use crate::error::StoreError;
use crate::read::table::{Condition, Rows};
use crate::store::Store;
use crate::voter_key::VoterKey;
use arrow_schema::{DataType, Field, Schema};
use hustings_access::Scope;
use hustings_core::VoterId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A list whose rows were matched to the voters of a snapshot.
#[derive(Debug, Clone)]
pub struct MatchedList {
    /// The snapshot.
    pub snapshot: String,
    /// What became of each row, in the list's order.
    pub rows: Vec<MatchedRow>,
    /// What is said of all.
    pub summary: AppendMatching,
    /// The model, as text, with which a pair's waterfall is rebuilt.
    pub model: String,
}

/// A row of a matched list.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedRow {
    /// What became of it.
    pub fate: MatchFate,
    /// Its most likely voter, if there is one.
    pub pair: Option<MatchedPair>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchFate {
    /// Its voter gets its columns.
    Joined,
    /// A fuller row, which begins on this line, is of the same voter.
    Double(u64),
    /// Too doubtful to be joined by itself.
    Review,
    /// Like no voter.
    Unmatched,
}

impl MatchFate {
    fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Double(_) => "duplicate",
            Self::Review => "review",
            Self::Unmatched => "unmatched",
        }
    }
}

/// A row and a voter, and what its weight is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedPair {
    /// The voter.
    pub voter: VoterId,
    /// A level a comparison of the model, as a hexadecimal digit each.
    pub levels: u64,
    /// The rarity of the values, in bits, comparison by comparison.
    pub rarity_bits: Vec<f64>,
    /// The weight.
    pub weight_bits: f64,
    /// Chance that it is one person.
    pub probability: f64,
}

/// What matching found in an appended list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AppendMatching {
    /// Rows whose voter got their columns.
    pub matched: u64,
    /// Rows with an accepted pair, doubles of another row included.
    pub accepted: u64,
    /// Rows with doubtful pairs alone.
    pub review: u64,
    /// Rows like no voter.
    pub unmatched: u64,
    /// Share of the accepted pairs that is expected to be right.
    pub estimated_precision: f64,
    /// Share of the true pairs that is expected to be accepted.
    pub estimated_recall: f64,
    /// Share of the true pairs that is expected to have been compared.
    pub pair_completeness: f64,
}

/// A row of an append with the pair by which it found its voter.
#[derive(Debug, Clone, PartialEq)]
pub struct AppendMatch {
    /// The line on which the row begins, or its number.
    pub line: u64,
    /// The voter, as the organization knows them.
    pub voter_key: VoterKey,
    /// `joined`, `duplicate` or `review`.
    pub fate: String,
    /// The pair.
    pub pair: MatchedPair,
    /// The model.
    pub model: String,
}

/// Writes the pairs of an append beside its values.
pub(super) fn write(
    vault: &Vault<'_>,
    lines: impl Iterator<Item = u64>,
    list: &MatchedList,
) -> Result<(), StoreError> {
    let fields = [
        ("line", DataType::Int64),
        ("voter_id", DataType::Int64),
        ("fate", DataType::Utf8),
        ("levels", DataType::Utf8),
        ("rarity_bits", DataType::Utf8),
        ("weight_bits", DataType::Float64),
        ("probability", DataType::Float64),
    ];
    let schema = Arc::new(Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec()));
    let mut file = TableFile::create(&vault.path(MATCHES), schema, &vault.key(MATCHES))?;
    for (line, row) in lines.zip(&list.rows) {
        let Some(pair) = &row.pair else { continue };
        let rarity: Vec<String> = pair.rarity_bits.iter().map(|bits| format!("{bits:.2}")).collect();
        file.push([
            Some(Typed::Int(i64::try_from(line).unwrap_or(i64::MAX))),
            Some(Typed::Int(pair.voter.0)),
            Some(Typed::Text(row.fate.as_str().to_owned())),
            Some(Typed::Text(format!("{:016x}", pair.levels))),
            Some(Typed::Text(rarity.join(" "))),
            Some(Typed::Decimal(pair.weight_bits)),
            Some(Typed::Decimal(pair.probability)),
        ])?;
    }
    file.finish()
}

impl Store {
    /// By which pair a row of an append found its voter: none of an append that is not seen whole, was joined by ids, or
    /// has no such row.
    ///
    /// # Errors
    /// When the database or a file fails, or it cannot be recorded that the voter is shown.
    pub async fn append_match(
        &self,
        scope: &Scope<'_>,
        append: &str,
        line: u64,
    ) -> Result<Option<AppendMatch>, StoreError> {
        let found = self
            .select_appends(None, "WHERE a.id = $1 AND a.status <> 'removed'", vec![append.into()])
            .await?;
        let Some(stored) = found.into_iter().next() else { return Ok(None) };
        if !self.overlay_view(scope, stored.outline()).is_whole() {
            return Ok(None);
        }
        let Some((record, key)) = stored.open(self)? else { return Ok(None) };
        let report = &record.report;
        if report.matching.is_none() {
            return Ok(None);
        }
        let folder = self.data.overlays(&report.owner, report.class).join(&report.append);
        let vault = Vault::new(&folder, &report.append, &key);
        let table = vault.table(MATCHES)?;
        let line_number = i64::try_from(line).unwrap_or(i64::MAX);
        let positions = table.first(&[Condition::Integer("line", line_number)], &[], 1)?;
        let columns: Vec<&str> = table.columns().collect();
        let batches = table.read(&positions, &columns)?;
        let Some(row) = Rows::of(&batches).iter().next() else { return Ok(None) };
        let number = |column: &str| row.text(column).and_then(|text| text.parse().ok()).unwrap_or_default();
        let voter = VoterId(row.integer("voter_id").unwrap_or(0));
        self.record_linked(scope, report.state, &report.snapshot, [voter]).await?;
        Ok(Some(AppendMatch {
            line,
            voter_key: self.voter_key(scope, report.state, voter),
            fate: row.text("fate").unwrap_or_default(),
            pair: MatchedPair {
                voter,
                levels: u64::from_str_radix(&row.text("levels").unwrap_or_default(), 16).unwrap_or(0),
                rarity_bits: row
                    .text("rarity_bits")
                    .unwrap_or_default()
                    .split(' ')
                    .map(|bits| bits.parse().unwrap_or_default())
                    .collect(),
                weight_bits: number("weight_bits"),
                probability: number("probability"),
            },
            model: vault.model()?,
        }))
    }
}
