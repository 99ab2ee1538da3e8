//! Says how well the shipped default does on a labelled file, or on two:
//! `cargo run --release -p hustings-matching --example labelled -- LABEL LEFT.csv [RIGHT.csv] [--without COLUMN,…] [--show ROWS]`.
//! `LABEL` is the column that says who is who; with `--show` some wrong and some missed pairs are printed.
#![expect(clippy::unwrap_used, reason = "an example has nobody to tell")]

use arrow_array::StringArray;
use hustings_matching::compare::Comparer;
use hustings_matching::decide::{DecisionOptions, Verdict};
use hustings_matching::explain::ModelRecord;
use hustings_matching::plan::{ColumnOptions, Plan, Side};
use hustings_matching::prepare::{Preparation, Prepared};
use hustings_matching::run::{Summary, dedupe, link};
use std::collections::{HashMap, HashSet};

struct Table {
    headers: Vec<String>,
    columns: Vec<Vec<String>>,
    labels: Vec<String>,
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.remove(at);
        Some(arguments.remove(at))
    };
    let without: Vec<String> =
        option("--without").map_or(Vec::new(), |names| names.split(',').map(str::to_owned).collect());
    let show: usize = option("--show").map_or(0, |rows| rows.parse().unwrap());
    let left = read(&arguments[1], &arguments[0], &without);
    let right = arguments.get(2).map(|path| read(path, &arguments[0], &without));
    let plan = Plan::new(
        &left.headers,
        right.as_ref().map(|right| right.headers.as_slice()),
        &ColumnOptions::default(),
    )
    .unwrap();
    let mut preparation = Preparation::new(plan, right.is_some());
    push(&left, Side::Left, &mut preparation);
    if let Some(right) = &right {
        push(right, Side::Right, &mut preparation);
    }
    let prepared = preparation.finish();
    let (found, summary) = match &right {
        Some(_) => {
            let links = link(&prepared, DecisionOptions::default(), 1);
            let accepted = links.decisions.iter().filter(|decision| decision.verdict == Verdict::Accept);
            (accepted.map(|decision| (decision.pair.left, decision.pair.right)).collect(), links.summary)
        }
        None => {
            let doubles = dedupe(&prepared, DecisionOptions::default().precision, 1);
            (pairs_within(&doubles.cluster_of), doubles.summary)
        }
    };
    let base = right.as_ref().unwrap_or(&left);
    report(&prepared, &summary, &left, base, &found, show);
}

fn report(
    prepared: &Prepared,
    summary: &Summary,
    left: &Table,
    base: &Table,
    found: &HashSet<(u32, u32)>,
    show: usize,
) {
    let mut rows_of: HashMap<&str, Vec<u32>> = HashMap::new();
    for (at, label) in base.labels.iter().enumerate() {
        rows_of.entry(label).or_default().push(u32::try_from(at).unwrap());
    }
    let mut truth: HashSet<(u32, u32)> = HashSet::new();
    for (at, label) in left.labels.iter().enumerate() {
        let at = u32::try_from(at).unwrap();
        let rows = rows_of.get(label.as_str()).map_or(&[][..], Vec::as_slice);
        truth.extend(rows.iter().filter(|row| prepared.two_sides || **row > at).map(|row| (at, *row)));
    }
    let right = found.intersection(&truth).count() as f64;
    println!(
        "F1 {:.4}  precision {:.4} (estimated {:.4})  recall {:.4} (estimated {:.4})  completeness {:.4}  wrong {} missed {}  {:?}",
        2.0 * right / (found.len() + truth.len()) as f64,
        right / found.len() as f64,
        summary.estimated_precision,
        right / truth.len() as f64,
        summary.estimated_recall,
        summary.pair_completeness,
        found.len() as f64 - right,
        truth.len() as f64 - right,
        summary.counts,
    );
    if show == 0 {
        return;
    }
    let comparer = Comparer::new(prepared, summary.model.kinds.clone());
    let record = ModelRecord::new(prepared, &summary.model);
    println!("match rate {:.3e}, mates {:.3e}", summary.model.match_rate, summary.model.mate_rate);
    for comparison in &record.comparisons {
        for level in comparison.levels.iter().filter(|level| level.matches > 0.0) {
            println!(
                "  {:16} {:34} {:.5} {:.5} {:?}",
                comparison.comparison, level.level, level.matches, level.household_mates, level.strangers
            );
        }
    }
    for (title, pairs) in [("WRONG", found.difference(&truth)), ("MISSED", truth.difference(found))] {
        let mut pairs: Vec<&(u32, u32)> = pairs.collect();
        pairs.sort_unstable();
        let step = pairs.len().div_ceil(show).max(1);
        for (a, b) in pairs.into_iter().step_by(step) {
            let evidence = comparer.compare(*a as usize, *b as usize);
            let chances = summary.model.chances(&evidence);
            println!("{title} {:.1} bits {:?}", chances.bits, record.found(evidence.pattern));
            for (table, row) in [(left, a), (base, b)] {
                let cells: Vec<&str> =
                    table.columns.iter().map(|column| column[*row as usize].as_str()).collect();
                println!("    {}", cells.join(" | "));
            }
        }
    }
}

fn pairs_within(clusters: &[u32]) -> HashSet<(u32, u32)> {
    let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
    for (at, cluster) in clusters.iter().enumerate() {
        members.entry(*cluster).or_default().push(u32::try_from(at).unwrap());
    }
    let pairs = |rows: &Vec<u32>| {
        let rows = rows.clone();
        (0..rows.len()).flat_map(move |a| {
            let rows = rows.clone();
            (a + 1..rows.len()).map(move |b| (rows[a], rows[b]))
        })
    };
    members.values().flat_map(pairs).collect()
}

fn read(path: &str, label: &str, without: &[String]) -> Table {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).unwrap();
    let mut headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); headers.len()];
    for record in reader.records() {
        for (column, value) in columns.iter_mut().zip(record.unwrap().iter()) {
            column.push(value.to_owned());
        }
    }
    let mut labels = Vec::new();
    for name in [label].into_iter().chain(without.iter().map(String::as_str)) {
        let at = headers.iter().position(|header| header == name).expect("the column is there");
        headers.remove(at);
        let column = columns.remove(at);
        if name == label {
            labels = column;
        }
    }
    // Febrl's `rec-17-dup-0` is person 17.
    for label in labels.iter_mut().filter(|label| label.starts_with("rec-")) {
        *label = label.split('-').nth(1).unwrap().to_owned();
    }
    Table { headers, columns, labels }
}

fn push(table: &Table, side: Side, preparation: &mut Preparation) {
    let arrays: Vec<StringArray> = table
        .columns
        .iter()
        .map(|column| StringArray::from_iter(column.iter().map(|value| (!value.is_empty()).then_some(value))))
        .collect();
    preparation.push(side, &arrays.iter().collect::<Vec<_>>());
}
