//! `hustings simulate isolation`: the proof that one organization's private data change nothing that another can read.
//!
//! Two worlds are made that differ only in what campaign B is and has: its columns, their names and their values, its
//! people, keys, grants, what it does all day, and every second time whether it is there at all; and in columns of
//! classes that A is given but that its grant does not name. The real listener serves
//! both, campaign A asks both the same things in the same order, to look, to make, to change and to end, and every byte of
//! the answers is compared: clock and randomness of both are those of the step, so that times and ids are equal, too. B's
//! values and column names hold canary tokens, which are looked for in every byte that A gets. What A gets of voters is
//! held to a second, plain account of what A's grants show.
//!
//! The steps are divided into rounds, each of which begins with fresh worlds, so that what A has made does not pile up.

mod body;
pub mod client;
mod clock;
mod known;
mod learned;
mod making;
mod oracle;
mod question;
mod rival;
mod round;
mod unseen;
mod world;

use making::Templates;
use question::Question;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::load::Progress;
use hustings_store::StoreError;

/// Steps of a round at most.
const ROUND_STEPS_MAX: u64 = 2_000;
/// Findings that are told with their request.
const EXAMPLES_MAX: usize = 10;

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
    /// Bytes sent to A that differ between the worlds.
    pub differing_bytes: u64,
    /// Canary tokens of B's in bytes sent to A.
    pub canary_tokens_seen: u64,
    /// Answers about voters held to the second account of what A may see, of both worlds.
    pub decisions_checked: u64,
    /// Those that it contradicts.
    pub decisions_wrong: u64,
    /// Answers with status 500 and above: a server that fails proves nothing.
    pub server_errors: u64,
    /// Answers with status 200, so that a reader sees that the requests reached something.
    pub answers_ok: u64,
    /// Requests that changed something of A's.
    pub acts_done: u64,
    /// Steps in worlds of which one has no B at all.
    pub steps_without_rival: u64,
    /// Routes of the program.
    pub routes: u64,
    /// Those that were asked.
    pub routes_asked: u64,
    /// Whether the fault of 2015 was built in.
    pub leak_planted: bool,
    /// The first requests at which something was found, at most ten.
    pub examples: Vec<String>,
    #[serde(skip)]
    asked: BTreeSet<usize>,
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
        self.differing_bytes += other.differing_bytes;
        self.canary_tokens_seen += other.canary_tokens_seen;
        self.decisions_checked += other.decisions_checked;
        self.decisions_wrong += other.decisions_wrong;
        self.server_errors += other.server_errors;
        self.answers_ok += other.answers_ok;
        self.acts_done += other.acts_done;
        self.steps_without_rival += other.steps_without_rival;
        self.asked.extend(other.asked);
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES_MAX);
    }

    /// Notes an answer that the account of what A may see contradicts.
    fn wrong(&mut self, question: &Question, why: &str) {
        self.decisions_wrong += 1;
        self.example(question, why);
    }

    fn example(&mut self, question: &Question, why: &str) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(format!("{}: {why}", question.line()));
        }
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

/// Makes the worlds in `folder`, serves them, asks, compares.
///
/// # Errors
/// The worlds cannot be made, or a server does not answer at all.
pub fn run(
    simulation: &Simulation,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Findings, SimulationError> {
    progress.stage("Making the worlds", None);
    // On a thread of its own, which draws from the seed.
    let templates = on_a_thread(|| making::templates(folder, simulation))?;
    progress.stage("Asking the worlds", Some(simulation.steps));
    let all = Mutex::new(Findings {
        seed: simulation.seed,
        steps: simulation.steps,
        leak_planted: simulation.plant_leak,
        ..Findings::default()
    });
    let next = AtomicU64::new(0);
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let lane = |number: usize| {
            let folder = folder.join(format!("lane-{number}"));
            let (all, next, templates) = (&all, &next, &templates);
            move || ask_rounds(simulation, templates, &folder, next, all, progress)
        };
        let lanes: Vec<_> = (0..lanes).map(|number| scope.spawn(lane(number))).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().unwrap_or_else(|_| Err(broken_off())))
    })?;
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    (all.routes, all.routes_asked) = (count(crate::routes::all().len()), count(all.asked.len()));
    Ok(all)
}

fn ask_rounds(
    simulation: &Simulation,
    templates: &Templates,
    folder: &Path,
    next: &AtomicU64,
    all: &Mutex<Findings>,
    progress: &dyn Progress,
) -> Result<(), SimulationError> {
    // At least two rounds, so that each kind of difference is looked at.
    let length = simulation.steps.div_ceil(2).clamp(1, ROUND_STEPS_MAX);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let begin = number.saturating_mul(length);
        if begin >= simulation.steps {
            return Ok(());
        }
        let steps = begin..simulation.steps.min(begin + length);
        let found = round::ask(simulation, templates, folder, number, steps, progress)?;
        all.lock().unwrap_or_else(PoisonError::into_inner).add(found);
    }
}

/// Does something on a thread of its own, and waits for it.
fn on_a_thread<T: Send>(
    work: impl FnOnce() -> Result<T, SimulationError> + Send,
) -> Result<T, SimulationError> {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|_| Err(broken_off())))
}

fn broken_off() -> SimulationError {
    SimulationError::World("a thread broke off".to_owned())
}
