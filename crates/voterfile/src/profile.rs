//! What the columns of a table hold: values, absences, lengths. Counted block by block, on any number of threads, and
//! added up.

use crate::report::{ColumnReport, Counts, ValueCount};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use xxhash_rust::xxh3::xxh3_64;

/// Up to this many distinct values are counted exactly, each with its rows.
const EXACT_MAX: usize = 4_096;
/// Columns with at most this many values show them all in the report, and are compared with the predecessor.
const FEW_VALUES_MAX: usize = 200;
/// Registers of the estimate above that: 2^12, standard error 1.6 %.
const REGISTER_BITS: u32 = 12;

/// Whether a column's values point at persons: in a small list they would be few enough to be listed.
fn tells_who(column: &str) -> bool {
    const STARTS: [&str; 12] = [
        "name_",
        "res_",
        "mail_",
        "phone",
        "email",
        "fax",
        "birth_date",
        "household_id",
        "raw_values",
        "prev_address",
        "extra_",
        "county_voter_id",
    ];
    const OPEN: [&str; 9] = [
        "name_suffix",
        "name_title",
        "res_city",
        "res_state",
        "res_kind",
        "res_quality",
        "mail_state",
        "mail_same_as_res",
        "phone_quality",
    ];
    !OPEN.contains(&column)
        && (column.ends_with("voter_id") || STARTS.iter().any(|start| column.starts_with(start)))
}

/// The profile of a whole table.
#[derive(Debug, Default)]
pub struct Profile {
    columns: BTreeMap<String, ColumnProfile>,
    /// Codes that no code map knows, by column.
    pub unknown_codes: BTreeMap<String, Counts>,
    /// Values that do not fit their column's type, by column.
    pub invalid: Counts,
}

#[derive(Debug, Default)]
struct ColumnProfile {
    nulls: u64,
    length_max: u64,
    values: Values,
}

/// A value that stands in so many rows.
#[derive(Clone, Copy, Default)]
struct Run<'a> {
    hash: u64,
    value: &'a str,
    rows: u64,
}

#[derive(Debug)]
enum Values {
    Exact(HashMap<u64, (u64, Box<str>), BuildHasherDefault<Identity>>),
    Estimated(Vec<u8>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Exact(HashMap::default())
    }
}

/// The keys are hashes already.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl Profile {
    /// Adds all rows of a batch. Columns whose name is in `skipped` (line numbers and the like) are left out.
    pub fn add(&mut self, batch: &RecordBatch, skipped: &[&str]) {
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            if !skipped.contains(&field.name().as_str()) {
                self.columns.entry(field.name().clone()).or_default().add(array);
            }
        }
    }

    /// Adds another profile of the same table.
    pub fn merge(&mut self, other: Self) {
        for (name, column) in other.columns {
            self.columns.entry(name).or_default().merge(column);
        }
        for (name, codes) in other.unknown_codes {
            add_counts(self.unknown_codes.entry(name).or_default(), codes);
        }
        add_counts(&mut self.invalid, other.invalid);
    }

    /// Counts by value of a column with few values; empty for others.
    #[must_use]
    pub fn value_counts(&self, column: &str) -> Counts {
        match self.columns.get(column).map(|column| &column.values) {
            Some(Values::Exact(values)) => {
                values.values().map(|(count, value)| (value.to_string(), *count)).collect()
            }
            _ => Counts::new(),
        }
    }

    /// The report of every column, compared with the predecessor's.
    #[must_use]
    pub fn report(&self, before: &[ColumnReport]) -> Vec<ColumnReport> {
        let before: HashMap<&str, &ColumnReport> =
            before.iter().map(|column| (column.column.as_str(), column)).collect();
        self.columns
            .iter()
            .map(|(name, column)| {
                let before = before.get(name.as_str()).copied();
                let top = if tells_who(name) { Vec::new() } else { column.top(before) };
                ColumnReport {
                    column: name.clone(),
                    nulls: column.nulls,
                    nulls_before: before.map_or(0, |before| before.nulls),
                    distinct: column.distinct(),
                    length_max: column.length_max,
                    drift: before.map_or(0.0, |_| drift(&top)),
                    top,
                    unknown_codes: self.unknown_codes.get(name).cloned().unwrap_or_default(),
                    invalid: self.invalid.get(name).copied().unwrap_or_default(),
                }
            })
            .collect()
    }
}

/// Adds counts by name.
pub fn add_counts(counts: &mut Counts, more: Counts) {
    for (name, count) in more {
        *counts.entry(name).or_default() += count;
    }
}

impl ColumnProfile {
    fn add(&mut self, array: &dyn Array) {
        self.nulls += u64::try_from(array.null_count()).unwrap_or(u64::MAX);
        if array.null_count() == array.len() {
            return;
        }
        match array.data_type() {
            DataType::Utf8 => {
                // Neighbors often have the same value (a county, a precinct): one look-up a run.
                let mut run = Run::default();
                for value in array.as_string::<i32>().iter().flatten() {
                    let hash = xxh3_64(value.as_bytes());
                    if hash == run.hash && run.rows > 0 {
                        run.rows += 1;
                    } else {
                        self.add_text(run);
                        run = Run { hash, value, rows: 1 };
                    }
                }
                self.add_text(run);
            }
            DataType::Date32 => {
                let dates = array.as_primitive::<Date32Type>();
                for (row, value) in dates.iter().enumerate() {
                    if let Some(value) = value {
                        let text =
                            || dates.value_as_date(row).map(|date| date.to_string()).unwrap_or_default();
                        self.values.add(xxh3_64(&value.to_le_bytes()), || text().into());
                    }
                }
            }
            DataType::Int32 => {
                for value in array.as_primitive::<Int32Type>().iter().flatten() {
                    self.values.add(xxh3_64(&value.to_le_bytes()), || value.to_string().into());
                }
            }
            DataType::Int64 => {
                for value in array.as_primitive::<Int64Type>().iter().flatten() {
                    self.values.add(xxh3_64(&value.to_le_bytes()), || value.to_string().into());
                }
            }
            DataType::Boolean => {
                for value in array.as_boolean().iter().flatten() {
                    self.values.add(u64::from(value), || value.to_string().into());
                }
            }
            _ => {}
        }
    }

    fn add_text(&mut self, run: Run<'_>) {
        if run.rows > 0 {
            self.length_max = self.length_max.max(u64::try_from(run.value.len()).unwrap_or(u64::MAX));
            self.values.add_many(run.hash, run.rows, || run.value.into());
        }
    }

    fn merge(&mut self, other: Self) {
        self.nulls += other.nulls;
        self.length_max = self.length_max.max(other.length_max);
        match other.values {
            Values::Exact(values) => {
                for (hash, (count, value)) in values {
                    self.values.add_many(hash, count, || value);
                }
            }
            Values::Estimated(registers) => {
                let mine = self.values.estimated();
                for (mine, theirs) in mine.iter_mut().zip(registers) {
                    *mine = (*mine).max(theirs);
                }
            }
        }
    }

    fn distinct(&self) -> u64 {
        match &self.values {
            Values::Exact(values) => u64::try_from(values.len()).unwrap_or(u64::MAX),
            Values::Estimated(registers) => estimate(registers),
        }
    }

    fn top(&self, before: Option<&ColumnReport>) -> Vec<ValueCount> {
        let Values::Exact(values) = &self.values else { return Vec::new() };
        if values.len() > FEW_VALUES_MAX {
            return Vec::new();
        }
        let mut top: BTreeMap<String, ValueCount> = values
            .values()
            .map(|(count, value)| {
                (value.to_string(), ValueCount { value: value.to_string(), now: *count, before: 0 })
            })
            .collect();
        for value in before.iter().flat_map(|before| &before.top).filter(|value| value.now > 0) {
            let entry = top.entry(value.value.clone()).or_default();
            entry.value.clone_from(&value.value);
            entry.before = value.now;
        }
        let mut top: Vec<_> = top.into_values().collect();
        top.sort_by(|a, b| b.now.cmp(&a.now).then_with(|| a.value.cmp(&b.value)));
        top
    }
}

impl Values {
    fn add(&mut self, hash: u64, value: impl FnOnce() -> Box<str>) {
        self.add_many(hash, 1, value);
    }

    fn add_many(&mut self, hash: u64, count: u64, value: impl FnOnce() -> Box<str>) {
        match self {
            Self::Exact(values) => {
                values.entry(hash).or_insert_with(|| (0, value())).0 += count;
                if values.len() > EXACT_MAX {
                    self.estimated();
                }
            }
            Self::Estimated(registers) => register(registers, hash),
        }
    }

    fn estimated(&mut self) -> &mut Vec<u8> {
        if let Self::Exact(values) = self {
            let mut registers = vec![0; 1 << REGISTER_BITS];
            for hash in values.keys() {
                register(&mut registers, *hash);
            }
            *self = Self::Estimated(registers);
        }
        match self {
            Self::Estimated(registers) => registers,
            Self::Exact(_) => unreachable!("turned into an estimate above"),
        }
    }
}

/// HyperLogLog (Flajolet et al. 2007): the longest run of leading zeros seen in each register.
fn register(registers: &mut [u8], hash: u64) {
    let index = usize::try_from(hash >> (64 - REGISTER_BITS)).unwrap_or(0);
    let rest = (hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1));
    let rank = u8::try_from(rest.leading_zeros() + 1).unwrap_or(u8::MAX);
    registers[index] = registers[index].max(rank);
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of a count, rounded"
)]
fn estimate(registers: &[u8]) -> u64 {
    let count = registers.len() as f64;
    let sum: f64 = registers.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
    let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
    let empty = registers.iter().filter(|rank| **rank == 0).count() as f64;
    let value = if raw <= 2.5 * count && empty > 0.0 { count * (count / empty).ln() } else { raw };
    value.round() as u64
}

/// The population stability index: the sum of (p − q) · ln(p / q) over all values, with half a row for none.
#[expect(clippy::cast_precision_loss, reason = "counts of voters are far below 2^52")]
fn drift(values: &[ValueCount]) -> f64 {
    let now: u64 = values.iter().map(|value| value.now).sum();
    let before: u64 = values.iter().map(|value| value.before).sum();
    if now == 0 || before == 0 {
        return 0.0;
    }
    values
        .iter()
        .map(|value| {
            let p = (value.now as f64).max(0.5) / now as f64;
            let q = (value.before as f64).max(0.5) / before as f64;
            (p - q) * (p / q).ln()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, StringArray};
    use std::sync::Arc;

    fn batch(values: Vec<Option<String>>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([(
            "party",
            Arc::new(StringArray::from(values)) as ArrayRef,
            true,
        )])
        .unwrap()
    }

    fn values(words: &[&str]) -> Vec<Option<String>> {
        words.iter().map(|word| (!word.is_empty()).then(|| (*word).to_owned())).collect()
    }

    #[test]
    fn counts_add_up_over_blocks() {
        let mut first = Profile::default();
        first.add(&batch(values(&["DEM", "REP", ""])), &[]);
        let mut second = Profile::default();
        second.add(&batch(values(&["DEM", "UNA"])), &[]);
        first.merge(second);
        let report = &first.report(&[])[0];
        assert_eq!((report.nulls, report.distinct, report.length_max, report.drift), (1, 3, 3, 0.0));
        assert_eq!(report.top[0], ValueCount { value: "DEM".into(), now: 2, before: 0 });
        assert_eq!(first.value_counts("party")["UNA"], 1);
    }

    #[test]
    fn many_values_are_estimated_within_five_per_cent() {
        let mut profile = Profile::default();
        for block in 0..10 {
            let mut part = Profile::default();
            part.add(&batch((0..10_000).map(|row| Some(format!("{}", block * 5_000 + row))).collect()), &[]);
            profile.merge(part);
        }
        let report = &profile.report(&[])[0];
        assert!((52_000..58_000).contains(&report.distinct), "{}", report.distinct);
        assert_eq!(report.top, vec![]);
    }

    #[test]
    fn a_shift_between_values_shows_as_drift() {
        let mut before = Profile::default();
        before.add(
            &batch([vec!["DEM"; 500], vec!["REP"; 500]].concat().iter().map(|w| Some((*w).into())).collect()),
            &[],
        );
        let before = before.report(&[]);
        let mut now = Profile::default();
        now.add(
            &batch([vec!["DEM"; 800], vec!["REP"; 200]].concat().iter().map(|w| Some((*w).into())).collect()),
            &[],
        );
        let report = &now.report(&before)[0];
        assert!(report.drift > 0.25, "{}", report.drift);
        assert_eq!(report.top[1], ValueCount { value: "REP".into(), now: 200, before: 500 });
    }
}
