//! Reading labelled files and counting what was found.

use arrow_array::StringArray;
use hustings_matching::plan::{ColumnOptions, Plan, Side};
use hustings_matching::prepare::{Preparation, Prepared};
use std::collections::HashMap;
use std::path::Path;

/// A file without its label and the columns that are to be left out.
pub struct Table {
    pub headers: Vec<String>,
    pub columns: Vec<Vec<String>>,
    /// What says which rows are one person.
    pub labels: Vec<String>,
}

impl Table {
    /// Reads a file; `label` and `without` do not reach the matcher.
    pub fn read(path: &Path, label: &str, without: &[&str]) -> Self {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).unwrap();
        let mut headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); headers.len()];
        for record in reader.records() {
            for (column, value) in columns.iter_mut().zip(record.unwrap().iter()) {
                column.push(value.to_owned());
            }
        }
        let at = headers.iter().position(|header| header == label).expect("the label is there");
        headers.remove(at);
        let labels = columns.remove(at);
        for name in without {
            let at = headers.iter().position(|header| header == name).expect("the column is there");
            headers.remove(at);
            columns.remove(at);
        }
        Self { headers, columns, labels }
    }

    /// Hand-written rows: headers, then rows, cells parted by `|`; no labels.
    pub fn of(headers: &str, rows: &[&str]) -> Self {
        let headers: Vec<String> = headers.split('|').map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); headers.len()];
        for row in rows {
            let cells: Vec<&str> = row.split('|').collect();
            assert_eq!(cells.len(), headers.len(), "{row}");
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.push(cell.to_owned());
            }
        }
        Self { headers, columns, labels: Vec::new() }
    }

    fn arrays(&self) -> Vec<StringArray> {
        let array = |column: &Vec<String>| {
            StringArray::from_iter(column.iter().map(|value| (!value.is_empty()).then_some(value)))
        };
        self.columns.iter().map(array).collect()
    }
}

/// Two tables, or one.
pub fn prepare(left: &Table, right: Option<&Table>) -> Prepared {
    let plan =
        Plan::new(&left.headers, right.map(|right| right.headers.as_slice()), &ColumnOptions::default())
            .unwrap();
    let mut preparation = Preparation::new(plan, right.is_some());
    preparation.push(Side::Left, &left.arrays().iter().collect::<Vec<_>>());
    if let Some(right) = right {
        preparation.push(Side::Right, &right.arrays().iter().collect::<Vec<_>>());
    }
    preparation.finish()
}

/// Pairs found, right ones among them, and true pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    pub found: u64,
    pub right: u64,
    pub all: u64,
}

impl Score {
    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.all) as f64
    }

    /// Pairs of a linkage.
    pub fn of_links(left: &[String], right: &[String], pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for label in right {
            *counts.entry(label).or_default() += 1;
        }
        let mut score = Self { found: 0, right: 0, all: 0 };
        score.all = left.iter().filter_map(|label| counts.get(label.as_str())).sum();
        for (a, b) in pairs {
            score.found += 1;
            score.right += u64::from(left[a as usize] == right[b as usize]);
        }
        score
    }

    /// All pairs within clusters.
    pub fn of_clusters(labels: &[String], clusters: &[u32]) -> Self {
        fn pairs<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> u64 {
            let mut counts: HashMap<K, u64> = HashMap::new();
            for key in keys {
                *counts.entry(key).or_default() += 1;
            }
            counts.values().map(|count| count * (count - 1) / 2).sum()
        }
        Self {
            found: pairs(clusters.iter()),
            right: pairs(clusters.iter().zip(labels)),
            all: pairs(labels.iter()),
        }
    }
}
