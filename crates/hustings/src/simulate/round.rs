//! One round: two fresh worlds, and the same requests of both, one after the other.

use super::client::{Answer, Client};
use super::making::Templates;
use super::oracle::Oracle;
use super::question::{Asker, Question};
use super::world::World;
use super::{Findings, Simulation, SimulationError, at};
use crate::load::Progress;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// The logs are copied every so many steps.
const STEPS_BETWEEN_LOGS: u64 = 50;

/// Asks two worlds the questions of these steps, in `folder`. In every second round one of them has no rival.
///
/// # Errors
/// A world cannot be made, or a server does not answer at all.
pub fn ask(
    simulation: &Simulation,
    templates: &Templates,
    folder: &Path,
    number: u64,
    steps: Range<u64>,
    progress: &dyn Progress,
) -> Result<Findings, SimulationError> {
    let without_rival = number % 2 == 1;
    let known = &templates.known;
    let begin = |template: &Path, name: &str| {
        World::begin(template, &folder.join(name), simulation.seed, known.form_key)
    };
    let one = begin(&templates.one, "one")?;
    let two = begin(if without_rival { &templates.three } else { &templates.two }, "two")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(SimulationError::Server)?;
    let mut found = runtime.block_on(ask_both(simulation, templates, (&one, &two), steps, progress))?;
    one.end()?;
    two.end()?;
    if without_rival {
        found.steps_without_rival = found.requests / 2;
    }
    Ok(found)
}

async fn ask_both(
    simulation: &Simulation,
    templates: &Templates,
    (one, two): (&World, &World),
    steps: Range<u64>,
    progress: &dyn Progress,
) -> Result<Findings, SimulationError> {
    let mut asker = Asker::new(&templates.known);
    let oracle = Oracle::new(&templates.known, &templates.hidden);
    let (mut of_one, mut of_two) = (Client::new(one.address), Client::new(two.address));
    let mut found = Findings::default();
    let first = steps.start;
    for step in steps {
        let place = step - first;
        one.set(place + 1);
        two.set(place + 1);
        if place.is_multiple_of(STEPS_BETWEEN_LOGS) {
            tokio::try_join!(one.copy_logs(), two.copy_logs())?;
        }
        let question = asker.question(simulation.seed, step);
        let (left, right) = tokio::join!(of_one.ask(&question), of_two.ask(&question));
        let (left, right) = (left.map_err(SimulationError::Server)?, right.map_err(SimulationError::Server)?);
        compare(&mut found, templates, &question, &left, &right);
        oracle.check(&mut found, &question, &left);
        oracle.check(&mut found, &question, &right);
        asker.learn(&question, &left);
        if let Some(folder) = &simulation.dump {
            dump(folder, step, &question, &left, &right)?;
        }
        progress.advance(1);
    }
    Ok(found)
}

fn compare(found: &mut Findings, templates: &Templates, question: &Question, left: &Answer, right: &Answer) {
    found.requests += 2;
    found.asked.extend(question.route);
    found.answers_ok += u64::from(left.status == 200);
    let changes = matches!(question.method, "POST" | "DELETE");
    found.acts_done += u64::from(changes && matches!(left.status, 200 | 201 | 204 | 303));
    let seen = left.count_all(&templates.canaries) + right.count_all(&templates.canaries);
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
    if seen + errors + differing > 0 {
        let why = format!(
            "{differing} bytes differ, {seen} canary tokens, status {} and {}{}",
            left.status,
            right.status,
            left.first_difference(right),
        );
        found.example(question, &why);
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
