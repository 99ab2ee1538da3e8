//! The load of a second week onto a first one, against DuckDB's bare copy of the same file.

use super::peer::{Copied, DuckDb};
use super::{BenchError, process};
use crate::load::Progress;
use hustings_testkit::synth::nc::{NcOptions, Trouble, WeekFiles, write_weeks};
use hustings_voterfile::report::LoadSummary;
use jiff::civil::{Date, date};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to measure.
#[derive(Debug, Clone)]
pub struct LoadBench {
    /// Voters on the first list.
    pub voters: u64,
    /// Times that each side works; the figures are medians.
    pub rounds: usize,
    /// With the vote history, on both sides.
    pub history: bool,
    /// The Python whose DuckDB is the peer.
    pub python: PathBuf,
    /// The program measured: this one.
    pub program: PathBuf,
}

/// The figures, as `--json` gives them.
#[derive(Debug, Clone, Serialize)]
pub struct LoadFigures {
    /// Voters asked for.
    pub voters: u64,
    /// Voter rows of the measured file.
    pub rows: u64,
    /// Bytes of the measured files.
    pub bytes: u64,
    /// Whether the vote history was read, too.
    pub history: bool,
    /// Times that each side worked.
    pub rounds: usize,
    /// Threads that each side may use.
    pub threads: usize,
    /// The load.
    pub hustings: HustingsFigures,
    /// DuckDB's copy; none where there is no DuckDB.
    pub peer: Option<PeerFigures>,
    /// Why there is no peer.
    pub peer_missing: Option<String>,
    /// Wall time of the load in wall times of the peer.
    pub ratio_wall: Option<f64>,
    /// CPU time of the load in CPU times of the peer.
    pub ratio_cpu: Option<f64>,
    /// What the snapshot takes on disk.
    pub disk: DiskFigures,
}

/// Medians of the load as a process of its own.
#[derive(Debug, Clone, Serialize)]
pub struct HustingsFigures {
    /// From start to end of the process.
    pub wall_seconds: f64,
    /// The same, round by round.
    pub wall_seconds_rounds: Vec<f64>,
    /// User and system time; none where the system does not tell.
    pub cpu_seconds: Option<f64>,
    /// The most memory that the process had.
    pub peak_memory_bytes: u64,
    /// Voter rows a second of wall time.
    pub rows_per_second: f64,
}

/// Medians of the peer, without its start.
#[derive(Debug, Clone, Serialize)]
pub struct PeerFigures {
    /// `duckdb`.
    pub name: &'static str,
    /// Its version.
    pub version: String,
    /// Wall time of the copy.
    pub wall_seconds: f64,
    /// The same, round by round.
    pub wall_seconds_rounds: Vec<f64>,
    /// User and system time of the copy.
    pub cpu_seconds: f64,
}

/// Size of the second week's snapshot, in bytes for each of its voters.
#[derive(Debug, Clone, Serialize)]
pub struct DiskFigures {
    /// `voters.parquet`.
    pub voters_bytes_per_voter: f64,
    /// All of the snapshot's files.
    pub folder_bytes_per_voter: f64,
}

/// The files that are loaded of one week.
struct Delivery {
    as_of: Date,
    files: Vec<PathBuf>,
}

impl Delivery {
    fn of(week: WeekFiles, history: bool) -> Self {
        let files = std::iter::once(week.voters).chain(history.then_some(week.history)).collect();
        Self { as_of: week.as_of, files }
    }
}

/// One measured load.
struct Loaded {
    wall_seconds: f64,
    cpu_seconds: Option<f64>,
    summary: LoadSummary,
    voters_bytes: u64,
    folder_bytes: u64,
}

/// Makes two weeks in `folder`, loads the first, and measures.
///
/// # Errors
/// The folder cannot be written, or a load or the peer's copy fails.
pub fn run(bench: &LoadBench, folder: &Path, progress: &dyn Progress) -> Result<LoadFigures, BenchError> {
    progress.stage("Inventing a state", None);
    let weeks = invent(bench, folder)?;
    let deliveries: Vec<Delivery> = weeks.into_iter().map(|week| Delivery::of(week, bench.history)).collect();
    let [first, second] = deliveries.as_slice() else {
        return Err(BenchError::Load { reason: "two weeks were asked for".to_owned() });
    };
    progress.stage("Loading the first week", None);
    let base = folder.join("base");
    load(bench, first, &base)?;

    let peer = DuckDb { python: bench.python.clone(), threads: crate::load::blocks::threads() };
    let mut loads = Vec::new();
    let mut copies: Vec<Copied> = Vec::new();
    let mut peer_missing = None;
    for round in 1..=bench.rounds {
        progress.stage(&format!("Round {round} of {}", bench.rounds), None);
        let data = folder.join("data");
        copy_folder(&base, &data)?;
        let loaded = load(bench, second, &data)?;
        let encoding = peer_encoding(&loaded.summary);
        loads.push(loaded);
        fs::remove_dir_all(&data).map_err(at(&data))?;
        if peer_missing.is_none() {
            let out = folder.join("peer");
            fs::create_dir_all(&out).map_err(at(&out))?;
            match peer.copy(&second.files, encoding, &out)? {
                Ok(copied) => copies.push(copied),
                Err(reason) => peer_missing = Some(reason),
            }
            fs::remove_dir_all(&out).map_err(at(&out))?;
        }
    }
    let bytes = second.files.iter().filter_map(|path| fs::metadata(path).ok()).map(|file| file.len()).sum();
    figures(bench, bytes, &loads, &copies, peer_missing)
}

fn figures(
    bench: &LoadBench,
    bytes: u64,
    loads: &[Loaded],
    copies: &[Copied],
    peer_missing: Option<String>,
) -> Result<LoadFigures, BenchError> {
    let Some(last) = loads.last() else {
        return Err(BenchError::Load { reason: "not one round was asked for".to_owned() });
    };
    let rows = last.summary.rows.read;
    let voters = last.summary.rows.accepted + last.summary.rows.repaired;
    let walls: Vec<f64> = loads.iter().map(|load| load.wall_seconds).collect();
    let cpus: Option<Vec<f64>> = loads.iter().map(|load| load.cpu_seconds).collect();
    let wall_seconds = median(&walls);
    let cpu_seconds = cpus.map(|cpus| median(&cpus));
    let peer = copies.last().map(|copied| {
        let walls: Vec<f64> = copies.iter().map(|copied| copied.wall_seconds).collect();
        let cpus: Vec<f64> = copies.iter().map(|copied| copied.cpu_seconds).collect();
        PeerFigures {
            name: "duckdb",
            version: copied.version.clone(),
            wall_seconds: median(&walls),
            wall_seconds_rounds: walls,
            cpu_seconds: median(&cpus),
        }
    });
    Ok(LoadFigures {
        voters: bench.voters,
        rows,
        bytes,
        history: bench.history,
        rounds: bench.rounds,
        threads: crate::load::blocks::threads(),
        ratio_wall: peer.as_ref().map(|peer| wall_seconds / peer.wall_seconds),
        ratio_cpu: peer.as_ref().zip(cpu_seconds).map(|(peer, cpu)| cpu / peer.cpu_seconds),
        peer,
        peer_missing,
        hustings: HustingsFigures {
            wall_seconds,
            wall_seconds_rounds: walls,
            cpu_seconds,
            peak_memory_bytes: loads.iter().map(|load| load.summary.peak_memory_bytes).max().unwrap_or(0),
            rows_per_second: as_number(rows) / wall_seconds,
        },
        disk: DiskFigures {
            voters_bytes_per_voter: as_number(last.voters_bytes) / as_number(voters),
            folder_bytes_per_voter: as_number(last.folder_bytes) / as_number(voters),
        },
    })
}

fn invent(bench: &LoadBench, folder: &Path) -> Result<Vec<WeekFiles>, BenchError> {
    let nc = NcOptions {
        voters: bench.voters,
        seed: 1,
        weeks: 2,
        // The peer stops at the first damaged row.
        dirt: 0.0,
        first_as_of: date(2026, 2, 7),
        trouble: Trouble::default(),
    };
    let out = folder.join("deliveries");
    write_weeks(&nc, &out, &mut |_, _| {}).map_err(at(&out))
}

/// Loads files into a data folder with a process of its own. What the gate holds back is published all the same.
fn load(bench: &LoadBench, delivery: &Delivery, data: &Path) -> Result<Loaded, BenchError> {
    let mut command = Command::new(&bench.program);
    command
        .arg("load")
        .args(&delivery.files)
        .args(["--state", "nc", "--json", "--lookups-later", "--accept-held", "a benchmark"])
        .arg("--as-of")
        .arg(delivery.as_of.to_string())
        .arg("--data")
        .arg(data)
        .env_remove("HUSTINGS_DATABASE")
        .env_remove("HUSTINGS_LAYOUTS");
    let finished = process::run(&mut command)?;
    if !finished.success {
        return Err(BenchError::Load { reason: finished.stderr.trim().to_owned() });
    }
    let summary: LoadSummary = serde_json::from_str(&finished.stdout)
        .map_err(|error| BenchError::Load { reason: error.to_string() })?;
    let snapshot = data.join("voterfile").join("nc").join(&summary.snapshot);
    Ok(Loaded {
        wall_seconds: finished.wall_seconds,
        cpu_seconds: finished.cpu_seconds,
        voters_bytes: fs::metadata(snapshot.join("voters.parquet")).map_err(at(&snapshot))?.len(),
        folder_bytes: folder_bytes(&snapshot)?,
        summary,
    })
}

/// DuckDB's word for the encoding that the load found.
fn peer_encoding(summary: &LoadSummary) -> &'static str {
    if summary.files.iter().any(|file| file.encoding != "utf-8") { "latin-1" } else { "utf-8" }
}

fn folder_bytes(folder: &Path) -> Result<u64, BenchError> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        bytes += entry.and_then(|entry| entry.metadata()).map_err(at(folder))?.len();
    }
    Ok(bytes)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), BenchError> {
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(at(from))?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).map_err(at(&target))?;
        }
    }
    Ok(())
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> BenchError + '_ {
    |source| BenchError::File { path: path.display().to_string(), source }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and bytes of a benchmark are far below 2^52")]
fn as_number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]).to_bits(), 2.5_f64.to_bits());
    }
}
