//! `hustings simulate isolation`: the proof that one organization's private data change nothing that another can read.
//!
//! Two worlds are made that differ only in what campaign B has of its own: its columns, their names and their values. The
//! real listener serves both, campaign A asks both the same things, and every byte of the answers is compared. B's values
//! and column names hold canary tokens, which are looked for in every byte that A gets. What A gets of voters is held to a
//! second, plain account of what A's grants show.

pub mod client;
mod oracle;
mod question;
pub mod world;

use client::{Answer, Client};
use oracle::Oracle;
use question::{Asker, Question};
use serde::Serialize;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use world::Twins;

use crate::load::Progress;
use hustings_store::StoreError;

/// Requests under way at a time, each on connections of its own.
const ASKERS: u64 = 4;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// Another seed, other requests.
    pub seed: u64,
    /// Requests to make of each world.
    pub steps: u64,
    /// Where both worlds' answers go, for anybody to compare.
    pub dump: Option<PathBuf>,
    /// Builds in the fault of December 2015: a column of B's gets into data that others share.
    pub plant_leak: bool,
}

/// What was found, as `--json` gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The seed.
    pub seed: u64,
    /// Steps made.
    pub steps: u64,
    /// Requests made: one a step in each world.
    pub requests: u64,
    /// Answers compared byte by byte between the worlds.
    pub answers_compared: u64,
    /// Answers that hold times or random ids of A's own, looked through for canary tokens only.
    pub answers_not_compared: u64,
    /// Bytes sent to A that differ between the worlds.
    pub differing_bytes: u64,
    /// Canary tokens of B's in bytes sent to A.
    pub canary_tokens_seen: u64,
    /// Answers about a voter held to the second account of what A may see.
    pub decisions_checked: u64,
    /// Those that it contradicts.
    pub decisions_wrong: u64,
    /// Answers with status 500 and above: a server that fails proves nothing.
    pub server_errors: u64,
    /// Answers by status, so that a reader sees that the requests reached something.
    pub answers_ok: u64,
    /// Whether the fault of 2015 was built in.
    pub leak_planted: bool,
    /// The first requests at which something was found, at most ten.
    pub examples: Vec<String>,
}

impl Findings {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differing_bytes == 0
            && self.canary_tokens_seen == 0
            && self.decisions_wrong == 0
            && self.server_errors == 0
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.answers_compared += other.answers_compared;
        self.answers_not_compared += other.answers_not_compared;
        self.differing_bytes += other.differing_bytes;
        self.canary_tokens_seen += other.canary_tokens_seen;
        self.decisions_checked += other.decisions_checked;
        self.decisions_wrong += other.decisions_wrong;
        self.server_errors += other.server_errors;
        self.answers_ok += other.answers_ok;
        self.examples.extend(other.examples);
        self.examples.truncate(10);
    }
}

/// Why it could not be run.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The store of one of the worlds.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A world could not be made.
    #[error("the worlds cannot be made: {0}")]
    World(String),
    /// A file or folder.
    #[error("`{path}`: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The connection to one of the servers.
    #[error("the server of one world did not answer: {0}")]
    Server(io::Error),
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> SimulationError {
    let path = path.display().to_string();
    move |source| SimulationError::File { path, source }
}

/// Makes the worlds in `folder`, serves both, asks, compares.
///
/// # Errors
/// The worlds cannot be made, or a server does not answer at all.
pub fn run(
    simulation: &Simulation,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Findings, SimulationError> {
    let runtime = tokio::runtime::Runtime::new().map_err(SimulationError::Server)?;
    progress.stage("Making two worlds", None);
    let twins = runtime.block_on(world::twins(folder, simulation))?;
    progress.stage("Asking both worlds", Some(simulation.steps));
    runtime.block_on(ask_all(simulation, &twins, progress))
}

async fn ask_all(
    simulation: &Simulation,
    twins: &Twins,
    progress: &dyn Progress,
) -> Result<Findings, SimulationError> {
    let (one, two) = (twins.one.serve().await?, twins.two.serve().await?);
    let mut all = Findings {
        seed: simulation.seed,
        steps: simulation.steps,
        leak_planted: simulation.plant_leak,
        ..Findings::default()
    };
    let work =
        (0..ASKERS).map(|lane| ask_lane(simulation, twins, (one.address, two.address), lane, progress));
    for found in futures_join(work).await {
        all.add(found?);
    }
    one.stop().await;
    two.stop().await;
    Ok(all)
}

/// Waits for all of them at once, on this task.
async fn futures_join<F: Future>(work: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = work.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut all_done = true;
        for (future, output) in &mut waiting {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *output = Some(done),
                    std::task::Poll::Pending => all_done = false,
                }
            }
        }
        if all_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}

/// One lane of requests: every [`ASKERS`]th step, in order, over one connection to each world.
async fn ask_lane(
    simulation: &Simulation,
    twins: &Twins,
    (one, two): (SocketAddr, SocketAddr),
    lane: u64,
    progress: &dyn Progress,
) -> Result<Findings, SimulationError> {
    let asker = Asker::new(&twins.known);
    let oracle = Oracle::new(&twins.known);
    let (mut one, mut two) = (Client::new(one), Client::new(two));
    let mut found = Findings::default();
    for step in (lane..simulation.steps).step_by(usize::try_from(ASKERS).unwrap_or(1)) {
        let question = asker.question(simulation.seed, step);
        let (left, right) = tokio::join!(one.ask(&question), two.ask(&question));
        let (left, right) = (left.map_err(SimulationError::Server)?, right.map_err(SimulationError::Server)?);
        compare(&mut found, twins, &question, &left, &right);
        oracle.check(&mut found, &question, &left);
        if let Some(folder) = &simulation.dump {
            dump(folder, step, &question, &left, &right)?;
        }
        progress.advance(1);
    }
    Ok(found)
}

fn compare(found: &mut Findings, twins: &Twins, question: &Question, left: &Answer, right: &Answer) {
    found.requests += 2;
    found.answers_ok += u64::from(left.status == 200);
    let seen = left.count_all(&twins.canaries) + right.count_all(&twins.canaries);
    let errors = u64::from(left.status >= 500) + u64::from(right.status >= 500);
    let differing = if question.compared {
        found.answers_compared += 1;
        left.differing_bytes(right)
    } else {
        found.answers_not_compared += 1;
        0
    };
    found.canary_tokens_seen += seen;
    found.server_errors += errors;
    found.differing_bytes += differing;
    if seen + errors + differing > 0 && found.examples.len() < 10 {
        found.examples.push(format!(
            "{}: {differing} bytes differ, {seen} canary tokens, status {} and {}",
            question.line(),
            left.status,
            right.status
        ));
    }
}

/// `<step>.request`, and one file for each world's answer.
fn dump(
    folder: &Path,
    step: u64,
    question: &Question,
    left: &Answer,
    right: &Answer,
) -> Result<(), SimulationError> {
    // A thousand steps a folder: nobody opens a folder of millions.
    let folder = folder.join(format!("{:06}", step / 1000));
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    for (name, bytes) in
        [("request", question.line().into_bytes()), ("one", left.raw()), ("two", right.raw())]
    {
        let path = folder.join(format!("{step:09}.{name}"));
        fs::write(&path, bytes).map_err(at(&path))?;
    }
    Ok(())
}
