//! `hustings match` on a synthetic list with its truth, against Splink on the same files in the same run.

use super::{BenchError, process};
use hustings_testkit::synth::linkage::{LinkageOptions, write_linkage};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is measured.
#[derive(Debug, Clone)]
pub struct MatchBench {
    /// Rows of the base.
    pub base: u64,
    /// Rows of the list.
    pub list: u64,
    /// The Python that has Splink.
    pub python: PathBuf,
    /// The program that is measured.
    pub program: PathBuf,
}

/// One side's work, as a process of its own measured it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Linked {
    /// Its version.
    pub version: String,
    /// Pairs accepted at the default: ours at an expected precision of 99 %, Splink's at a probability of 0.95.
    pub accepted: u64,
    /// Of these, right ones.
    pub right: u64,
    /// Share of accepted pairs that is right.
    pub precision: f64,
    /// Share of the true pairs that was accepted.
    pub recall: f64,
    /// Wall time.
    pub wall_seconds: f64,
    /// User and system time.
    pub cpu_seconds: f64,
    /// The most memory the process has had.
    pub peak_memory_bytes: u64,
}

/// The figures.
#[derive(Debug, Serialize)]
pub struct MatchFigures {
    /// Rows of the base.
    pub base: u64,
    /// Rows of the list.
    pub list: u64,
    /// Rows of the list who are in the base.
    pub in_base: u64,
    /// Ours.
    pub hustings: Linked,
    /// Our estimate of the precision.
    pub estimated_precision: f64,
    /// Our estimate of the recall.
    pub estimated_recall: f64,
    /// Our share of the true pairs that was accepted, by what is wrong with the row.
    pub recall_by_noise: BTreeMap<String, f64>,
    /// Splink's.
    pub splink: Option<Linked>,
    /// Why there is no Splink here.
    pub splink_missing: Option<String>,
    /// Our CPU time over Splink's.
    pub ratio_cpu: Option<f64>,
}

/// Writes the files into `folder` and measures both sides, ours first.
///
/// # Errors
/// The folder cannot be written, or one side is there and fails.
pub fn run(bench: &MatchBench, folder: &Path) -> Result<MatchFigures, BenchError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| BenchError::File { path, source }
    };
    let options = LinkageOptions { base: bench.base, list: bench.list, seed: 1 };
    let truth = write_linkage(folder, options).map_err(failed(folder))?;
    let (report, hustings, recall_by_noise) = ours(bench, folder, truth.in_base)?;
    let (splink, splink_missing) = match splink(bench, folder)? {
        Ok(linked) => (Some(linked), None),
        Err(reason) => (None, Some(reason)),
    };
    let share = |name: &str| report[name].as_f64().unwrap_or_default();
    Ok(MatchFigures {
        base: bench.base,
        list: bench.list,
        in_base: truth.in_base,
        estimated_precision: share("estimated_precision"),
        estimated_recall: share("estimated_recall"),
        ratio_cpu: splink.as_ref().map(|splink| hustings.cpu_seconds / splink.cpu_seconds.max(0.01)),
        hustings,
        recall_by_noise,
        splink,
        splink_missing,
    })
}

fn ours(
    bench: &MatchBench,
    folder: &Path,
    in_base: u64,
) -> Result<(Value, Linked, BTreeMap<String, f64>), BenchError> {
    let mut command = Command::new(&bench.program);
    command
        .current_dir(folder)
        .args(["match", "list.csv", "base.csv", "--out", "pairs.csv", "--left-id", "row", "--right-id", "id"])
        .args(["--one-to-one", "left", "--json"]);
    let finished = process::run(&mut command)?;
    if !finished.success {
        return Err(BenchError::Load { reason: finished.stderr.trim().to_owned() });
    }
    let report: Value = serde_json::from_str(&finished.stdout)
        .map_err(|error| BenchError::Load { reason: error.to_string() })?;
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path)
            .map_err(|source| BenchError::File { path: path.display().to_string(), source })
    };
    let truth = read("truth.csv")?;
    let truth: HashMap<&str, &str> = truth.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
    let (mut accepted, mut right) = (0_u64, 0_u64);
    let mut found = HashSet::new();
    let pairs = read("pairs.csv")?;
    for line in pairs.lines().skip(1) {
        let fields: Vec<&str> = line.splitn(6, ',').collect();
        if let [row, voter, _, _, "accept", _] = fields[..] {
            accepted += 1;
            if truth.get(row) == Some(&voter) {
                right += 1;
                found.insert(row);
            }
        }
    }
    let noise = read("noise.csv")?;
    let mut by_noise: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (row, kinds) in noise.lines().skip(1).filter_map(|line| line.split_once(',')) {
        if truth.get(row).is_some_and(|voter| !voter.is_empty()) {
            for kind in kinds.split(' ') {
                let counts = by_noise.entry(if kind.is_empty() { "none" } else { kind }).or_default();
                counts.0 += 1;
                counts.1 += u32::from(found.contains(row));
            }
        }
    }
    let recall =
        |(kind, (all, found)): (&str, (u32, u32))| (kind.to_owned(), f64::from(found) / f64::from(all));
    let by_noise = by_noise.into_iter().map(recall).collect();
    let linked = Linked {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        accepted,
        right,
        precision: right as f64 / accepted.max(1) as f64,
        recall: right as f64 / in_base.max(1) as f64,
        wall_seconds: finished.wall_seconds,
        cpu_seconds: finished.cpu_seconds.unwrap_or(finished.wall_seconds),
        peak_memory_bytes: report["peak_memory_bytes"].as_u64().unwrap_or_default(),
    };
    Ok((report, linked, by_noise))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Linked(Linked),
    Missing { missing: String },
}

/// The inner error says why there is no Splink here.
fn splink(bench: &MatchBench, folder: &Path) -> Result<Result<Linked, String>, BenchError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = Command::new(&bench.python);
    command
        .current_dir(folder)
        .args(["-c", include_str!("splink.py"), "base.csv", "list.csv", "truth.csv"])
        .arg(threads.to_string());
    let finished = match process::run(&mut command) {
        Ok(finished) => finished,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let last =
        |text: &str| text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
    if !finished.success {
        return Err(BenchError::Splink { reason: last(&finished.stderr) });
    }
    match serde_json::from_str(&last(&finished.stdout)) {
        Ok(Said::Linked(linked)) => Ok(Ok(linked)),
        Ok(Said::Missing { missing }) => Ok(Err(format!("{}: {missing}", bench.python.display()))),
        Err(error) => Err(BenchError::Splink { reason: error.to_string() }),
    }
}
