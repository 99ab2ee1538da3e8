//! The peer of the load: what DuckDB takes for a bare copy of the same files from CSV to Parquet.

use super::{BenchError, process};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// DuckDB as a module of a Python.
pub struct DuckDb {
    /// The Python to ask.
    pub python: PathBuf,
    /// Threads it may use: as many as the load.
    pub threads: usize,
}

/// One copy, as DuckDB's own process measured it: without its start.
#[derive(Debug, Clone, Deserialize)]
pub struct Copied {
    /// DuckDB's version.
    pub version: String,
    /// Rows written.
    pub rows: u64,
    /// Wall time of the copy.
    pub wall_seconds: f64,
    /// User and system time of the copy.
    pub cpu_seconds: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Copied(Copied),
    Missing { missing: String },
}

impl DuckDb {
    /// Copies `files` (tab-separated, quoted, with a header) to Parquet in `out`. The inner error says why there is no
    /// DuckDB here.
    ///
    /// # Errors
    /// DuckDB is there and failed.
    pub fn copy(
        &self,
        files: &[PathBuf],
        encoding: &str,
        out: &Path,
    ) -> Result<Result<Copied, String>, BenchError> {
        let mut command = Command::new(&self.python);
        command
            .args(["-c", include_str!("peer.py")])
            .arg(self.threads.to_string())
            .arg(encoding)
            .arg(out)
            .args(files);
        let finished = match process::run(&mut command) {
            Ok(finished) => finished,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if !finished.success {
            return Err(BenchError::Peer { reason: last_line(&finished.stderr) });
        }
        match serde_json::from_str(&finished.stdout) {
            Ok(Said::Copied(copied)) => Ok(Ok(copied)),
            Ok(Said::Missing { missing }) => Ok(Err(format!("{}: {missing}", self.python.display()))),
            Err(error) => Err(BenchError::Peer { reason: error.to_string() }),
        }
    }
}

fn last_line(text: &str) -> String {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given").trim().to_owned()
}
