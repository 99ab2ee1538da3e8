//! Links a synthetic list to a synthetic base and says how well and at what cost:
//! `cargo run --release -p hustings-matching --example link -- BASE_ROWS LIST_ROWS [FOLDER]`. A folder keeps the files, for
//! other tools or another run. With `dedupe BASE_ROWS [FOLDER]` the base is searched for doubles, of which it has none.
#![expect(clippy::unwrap_used, reason = "an example has nobody to tell")]

use arrow_array::StringArray;
use arrow_array::builder::StringBuilder;
use hustings_matching::decide::{DecisionOptions, OneToOne, Verdict};
use hustings_matching::plan::{ColumnOptions, Plan, Side};
use hustings_matching::prepare::Preparation;
use hustings_matching::run::{dedupe, link};
use hustings_testkit::synth::linkage::{LinkageOptions, write_linkage};
use std::collections::{BTreeMap, HashSet};
use std::fs::{File, read_to_string};
use std::path::Path;
use std::time::Instant;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let doubles = arguments.first().is_some_and(|word| word == "dedupe");
    if doubles {
        // A list of one row, which is not read.
        arguments.remove(0);
        arguments.insert(1.min(arguments.len()), "1".to_owned());
    }
    let number = |at: usize| arguments.get(at).map_or(10_000, |text| text.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let folder = arguments.get(2).map_or(temporary.path(), Path::new);
    if !folder.join("noise.csv").exists() {
        write_linkage(folder, LinkageOptions { base: number(0), list: number(1), seed: 1 }).unwrap();
    }
    let before = cpu_seconds();
    let started = Instant::now();
    if doubles {
        return dedupe_base(folder, before, started);
    }
    let mut readers = [reader(&folder.join("list.csv")), reader(&folder.join("base.csv"))];
    let [left, right] = [0, 1].map(|at| {
        let reader: &mut csv::Reader<File> = &mut readers[at];
        reader.headers().unwrap().iter().map(str::to_owned).collect::<Vec<_>>()
    });
    let options = ColumnOptions {
        left_id: Some("row".to_owned()),
        right_id: Some("id".to_owned()),
        ..ColumnOptions::default()
    };
    let mut preparation = Preparation::new(Plan::new(&left, Some(&right), &options).unwrap(), true);
    let [list, base] = &mut readers;
    push(list, Side::Left, &mut preparation);
    push(base, Side::Right, &mut preparation);
    let prepared = preparation.finish();
    println!("read and prepared   {:6.2} s of CPU", cpu_seconds() - before);
    let options = DecisionOptions { one_to_one: OneToOne::Left, ..DecisionOptions::default() };
    let links = link(&prepared, options, 1);
    println!(
        "in all              {:6.2} s of CPU, {:.2} s",
        cpu_seconds() - before,
        started.elapsed().as_secs_f64()
    );
    println!("peak memory         {:6} MB", peak_memory_kilobytes() / 1024);

    let truth = read_to_string(folder.join("truth.csv")).unwrap();
    let truth: Vec<Option<u32>> = truth
        .lines()
        .skip(1)
        .map(|line| line.split_once(",V").map(|(_, voter)| voter.parse().unwrap()))
        .collect();
    let mut found = HashSet::new();
    let (mut accepted, mut right, mut review, mut right_in_review) = (0, 0, 0, 0);
    for decision in &links.decisions {
        let is_right = truth[decision.pair.left as usize] == Some(decision.pair.right);
        if decision.verdict == Verdict::Accept {
            accepted += 1;
            right += u64::from(is_right);
            if is_right {
                found.insert(decision.pair.left);
            }
        } else {
            review += 1;
            right_in_review += u64::from(is_right);
        }
    }
    let all = truth.iter().flatten().count() as f64;
    let summary = &links.summary;
    println!("{:?}, completeness {:.4}", summary.counts, summary.pair_completeness);
    println!(
        "precision {:.4} (estimated {:.4}), recall {:.4} (estimated {:.4}), review {review} ({right_in_review} right)",
        right as f64 / f64::from(accepted),
        summary.estimated_precision,
        right as f64 / all,
        summary.estimated_recall,
    );
    print_noise(folder, &truth, &found);
}

fn dedupe_base(folder: &Path, before: f64, started: Instant) {
    let mut base = reader(&folder.join("base.csv"));
    let headers: Vec<String> = base.headers().unwrap().iter().map(str::to_owned).collect();
    let options = ColumnOptions { left_id: Some("id".to_owned()), ..ColumnOptions::default() };
    let mut preparation = Preparation::new(Plan::new(&headers, None, &options).unwrap(), false);
    push(&mut base, Side::Left, &mut preparation);
    let prepared = preparation.finish();
    println!("read and prepared   {:6.2} s of CPU", cpu_seconds() - before);
    let doubles = dedupe(&prepared, DecisionOptions::default().precision, 1);
    println!(
        "in all              {:6.2} s of CPU, {:.2} s",
        cpu_seconds() - before,
        started.elapsed().as_secs_f64()
    );
    println!("peak memory         {:6} MB", peak_memory_kilobytes() / 1024);
    let joined = (0_u32..).zip(&doubles.cluster_of).filter(|(row, cluster)| row != *cluster).count();
    println!("{:?}, {joined} rows joined to others, all wrong", doubles.summary.counts);
}

/// Recall by what is wrong with the row.
fn print_noise(folder: &Path, truth: &[Option<u32>], found: &HashSet<u32>) {
    let noise = read_to_string(folder.join("noise.csv")).unwrap();
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (row, line) in (0_u32..).zip(noise.lines().skip(1)) {
        if truth[row as usize].is_some() {
            let kinds = line.split_once(',').map_or("", |(_, kinds)| kinds);
            for kind in kinds.split(' ') {
                let count = counts.entry(kind).or_default();
                count.0 += 1;
                count.1 += u64::from(found.contains(&row));
            }
        }
    }
    for (kind, (all, found)) in counts {
        let kind = if kind.is_empty() { "none of these" } else { kind };
        println!("  {kind:18} {all:7} rows, recall {:.4}", found as f64 / all as f64);
    }
}

fn reader(path: &Path) -> csv::Reader<File> {
    csv::ReaderBuilder::new().buffer_capacity(1 << 18).from_path(path).unwrap()
}

fn push(reader: &mut csv::Reader<File>, side: Side, preparation: &mut Preparation) {
    let width = reader.headers().unwrap().len();
    let mut record = csv::StringRecord::new();
    loop {
        let mut columns: Vec<StringBuilder> = (0..width).map(|_| StringBuilder::new()).collect();
        let mut rows = 0;
        while rows < 8192 && reader.read_record(&mut record).unwrap() {
            for (column, field) in columns.iter_mut().zip(&record) {
                column.append_option(Some(field).filter(|field| !field.is_empty()));
            }
            rows += 1;
        }
        if rows == 0 {
            return;
        }
        let arrays: Vec<StringArray> = columns.iter_mut().map(StringBuilder::finish).collect();
        preparation.push(side, &arrays.iter().collect::<Vec<_>>());
    }
}

fn cpu_seconds() -> f64 {
    let stat = read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit_once(')')
        .map(|(_, rest)| {
            rest.split_ascii_whitespace().skip(11).take(2).map(|ticks| ticks.parse().unwrap()).collect()
        })
        .unwrap_or_default();
    fields.iter().sum::<f64>() / 100.0
}

fn peak_memory_kilobytes() -> u64 {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or_default()
}
