//! Exit codes: 0 done, 1 the answer is no, 2 usage or bad input, 3 the environment failed.

/// Why a verb ended without doing what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The answer is no: exit 1.
    #[error("{0:#}")]
    No(anyhow::Error),
    /// Usage or bad input: exit 2.
    #[error("{0:#}")]
    Input(anyhow::Error),
    /// The environment failed: exit 3.
    #[error("{0:#}")]
    Environment(anyhow::Error),
}

impl CliError {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::No(_) => 1,
            Self::Input(_) => 2,
            Self::Environment(_) => 3,
        }
    }

    /// Bad input, said in one sentence.
    pub fn input(message: impl std::fmt::Display) -> Self {
        Self::Input(anyhow::anyhow!("{message}"))
    }

    /// The environment failed, said in one sentence.
    pub fn environment(message: impl std::fmt::Display) -> Self {
        Self::Environment(anyhow::anyhow!("{message}"))
    }
}
