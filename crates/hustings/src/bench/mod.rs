//! Benchmarks that a user can rerun: our work against what they would otherwise pick, in one run on one machine.

pub mod access;
pub mod follow;
pub mod load;
pub mod matching;
pub mod peer;
pub mod process;
pub mod scan;

/// Why a benchmark could not be run.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file or folder of the benchmark.
    #[error("`{path}`: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The measured program did not do its work.
    #[error("the measured `hustings` failed: {reason}")]
    Load {
        /// What it said.
        reason: String,
    },
    /// The peer is there but did not do its work.
    #[error("DuckDB could not copy the file: {reason}")]
    Peer {
        /// What it said.
        reason: String,
    },
    /// Splink is there but did not do its work.
    #[error("Splink could not link the list: {reason}")]
    Splink {
        /// What it said.
        reason: String,
    },
    /// The log does not verify, or could not be verified.
    #[error("the log was not verified: {reason}")]
    Verifier {
        /// What was said.
        reason: String,
    },
    /// The data folder of the benchmark.
    #[error(transparent)]
    Store(#[from] hustings_store::StoreError),
}
