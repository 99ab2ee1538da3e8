//! Following a list of voters from one week to the next, where the state changes ids or gives them again, and finding one
//! row among its voters: how long it takes, and how often it is right. All invented, with the truth.

use super::access::Micros;
use super::{BenchError, process};
use crate::load::{LoadRequest, PREPARING_LOOKUPS, Progress, load, prepare_lookups};
use hustings_access::verb::{Load, Read};
use hustings_access::{Act, Request};
use hustings_core::{StateCode, SystemClock};
use hustings_matching::lookup::COLUMNS;
use hustings_store::bench::{LookedUp, looked_up};
use hustings_store::{ChangeFilter, Store, StoreError};
use hustings_testkit::synth::nc::{NcOptions, Trouble, WeekFiles, write_weeks};
use hustings_testkit::synth::vendor_list::vendor_list;
use hustings_voterfile::layout::Layouts;
use jiff::civil::date;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct FollowBench {
    /// Voters on the first list.
    pub voters: u64,
    /// Rows looked for among those of the second.
    pub lookups: usize,
}

/// Of the voters who stay so many get another id.
const NEW_IDS: f64 = 0.03;
/// Of so many voters one has left whose id is given to a newcomer.
const REUSED_OF: u64 = 2_500;
/// The stage that is measured, by its name.
const FOLLOWING: &str = "Following voters";
/// Whole questions asked, each of which records who was shown.
const QUESTIONS: usize = 300;
/// People from whom the rows to be found are drawn.
const SAMPLED: u64 = 50_000;

/// The figures, as `--json` gives them.
#[derive(Debug, Serialize)]
pub struct FollowFigures {
    /// Voters on the second list.
    pub voters: u64,
    /// From week to week.
    pub following: Following,
    /// One row among the voters.
    pub lookups: Lookups,
}

/// How voters were followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Following {
    /// Voters who have another id than the week before.
    pub new_ids: u64,
    /// Of these, followed rightly.
    pub followed: u64,
    /// Followed to somebody else.
    pub wrong: u64,
    /// Not followed, and told as doubtful.
    pub missed_and_told: u64,
    /// Not followed, and told as new alone.
    pub missed_silently: u64,
    /// Ids that were given to somebody else.
    pub reused_ids: u64,
    /// Of these, with an alarm.
    pub alarms: u64,
    /// Alarms about ids that were not given to somebody else.
    pub false_alarms: u64,
    /// User and system time of the following, to a hundredth of a second; none where `/proc` does not tell.
    pub cpu_seconds: Option<f64>,
    /// Its wall time.
    pub wall_seconds: f64,
    /// User and system time of the whole second load without the preparation of look-ups.
    pub load_cpu_seconds: Option<f64>,
}

/// How rows were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lookups {
    /// User and system time of the preparation at the end of the load.
    pub prepare_cpu_seconds: Option<f64>,
    /// Its wall time.
    pub prepare_wall_seconds: f64,
    /// What was prepared, on the disk.
    pub bytes: u64,
    /// Opening it, milliseconds.
    pub open_ms: f64,
    /// Rows looked for; each was asked once.
    pub asked: usize,
    /// Median, microseconds.
    pub p50_us: f64,
    /// All but one in a hundred take no longer, microseconds.
    pub p99_us: f64,
    /// The slowest one, microseconds.
    pub max_us: f64,
    /// Rows of people who are on the list.
    pub on_list: usize,
    /// Of the rows for which one voter was told as likelier than not, the share that is right.
    pub precision: f64,
    /// Of the people on the list, the share for whom the right voter was told as likelier than not.
    pub recall: f64,
    /// Whole questions, with decision and durable record: median, milliseconds.
    pub question_p50_ms: f64,
    /// Likewise, all but one in a hundred.
    pub question_p99_ms: f64,
}

/// Invents two weeks in `folder`, loads them, compares with the truth, and asks.
///
/// # Errors
/// The folder cannot be written, or a load fails.
pub async fn run(bench: FollowBench, folder: &Path) -> Result<FollowFigures, BenchError> {
    let state: StateCode = "nc".parse().map_err(|error| StoreError::Input(format!("{error}")))?;
    let options = NcOptions {
        voters: bench.voters,
        weeks: 2,
        first_as_of: date(2026, 2, 7),
        trouble: Trouble {
            new_ids: NEW_IDS,
            reused_ids: bench.voters.div_ceil(REUSED_OF),
            ..Trouble::default()
        },
        ..NcOptions::default()
    };
    let deliveries = folder.join("deliveries");
    let weeks = write_weeks(&options, &deliveries, &mut |_, _| {}).map_err(unwritable(&deliveries))?;
    let store = Store::builder(&folder.join("data")).open().await?;
    let mut stages = Stages::default();
    for week in &weeks {
        stages = loaded(&store, state, week).await?;
    }
    let [.., last] = weeks.as_slice() else {
        return Err(BenchError::Load { reason: "no week was written".to_owned() });
    };
    let owner = store.local_actor(None).await?;
    let permit = store.permit::<Read>(&owner, Request::voters_of(state)).await?;
    let followed = permit.enter_async(async |act| followed(&store, act, state, last, &stages).await).await?;
    let rows = rows(last, bench.lookups)?;
    let permit = store.permit::<Read>(&owner, Request::voters_of(state)).await?;
    let looked = permit.enter_async(async |act| looked_up(&store, act, state, &rows).await).await?;
    let mut questions = Vec::new();
    for (cells, _) in rows.iter().take(QUESTIONS) {
        let begun = Instant::now();
        let permit = store.permit::<Read>(&owner, Request::voters_of(state)).await?;
        let cells = cells.each_ref().map(String::as_str);
        permit.enter_async(async |act| store.likely_voters(act, state, &cells, 10).await).await?;
        questions.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(FollowFigures {
        voters: last.summary.voters,
        following: followed,
        lookups: lookups(looked, &stages, Micros::of(questions)),
    })
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> BenchError {
    let path = path.display().to_string();
    move |source| BenchError::File { path: path.clone(), source }
}

fn lookups(looked: LookedUp, stages: &Stages, questions: Micros) -> Lookups {
    let (prepare_cpu_seconds, prepare_wall_seconds) = stages.of(PREPARING_LOOKUPS);
    let max_us = looked.micros.iter().copied().fold(0.0, f64::max);
    let share = |right: usize, of: usize| right as f64 / of.max(1) as f64;
    let micros = Micros::of(looked.micros);
    Lookups {
        prepare_cpu_seconds,
        prepare_wall_seconds,
        bytes: looked.bytes,
        open_ms: looked.open_ms,
        asked: micros.rounds,
        p50_us: micros.p50_us,
        p99_us: micros.p99_us,
        max_us,
        on_list: looked.there,
        precision: share(looked.right, looked.told),
        recall: share(looked.right, looked.there),
        question_p50_ms: questions.p50_us,
        question_p99_ms: questions.p99_us,
    }
}

/// When each stage of a load began: its name, wall and CPU time.
#[derive(Default)]
struct Stages(Mutex<Vec<(String, Instant, Option<f64>)>>);

impl Stages {
    fn begin(&self, name: &str) {
        let mut stages = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        stages.push((name.to_owned(), Instant::now(), process::own_cpu_seconds()));
    }

    /// CPU and wall time of a stage.
    fn of(&self, name: &str) -> (Option<f64>, f64) {
        let stages = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let pair = stages.windows(2).find(|pair| pair[0].0 == name);
        pair.map_or((None, 0.0), |pair| {
            let cpu = pair[1].2.zip(pair[0].2).map(|(after, before)| after - before);
            (cpu, pair[1].1.duration_since(pair[0].1).as_secs_f64())
        })
    }

    /// CPU time from the first stage to this one.
    fn before(&self, name: &str) -> Option<f64> {
        let stages = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = stages.iter().find(|(of, ..)| of == name)?.2?;
        Some(at - stages.first()?.2?)
    }
}

impl Progress for Stages {
    fn stage(&self, name: &str, _total: Option<u64>) {
        self.begin(name);
    }

    fn advance(&self, _amount: u64) {}
}

async fn loaded(store: &Store, state: StateCode, week: &WeekFiles) -> Result<Stages, BenchError> {
    let request = LoadRequest {
        paths: vec![week.folder.clone()],
        state,
        as_of: Some(week.as_of),
        accept_held: Some("an invented list".to_owned()),
        id: None,
    };
    let stages = Stages::default();
    stages.begin("Beginning");
    let owner = store.local_actor(None).await?;
    let permit = store.permit::<Load>(&owner, Request::voters_of(state)).await?;
    let layouts = Layouts::embedded();
    permit
        .enter_async(async |act| {
            load(store, layouts, act, &request, &stages, &SystemClock).await?;
            prepare_lookups(store, act, state, &stages).await;
            Ok::<_, crate::load::LoadError>(())
        })
        .await
        .map_err(|error| BenchError::Load { reason: error.to_string() })?;
    stages.begin("End");
    Ok(stages)
}

/// What the last load told of ids, against the truth.
async fn followed(
    store: &Store,
    act: &Act<'_, Read>,
    state: StateCode,
    week: &WeekFiles,
    stages: &Stages,
) -> Result<Following, BenchError> {
    let current = store.current(act, state).await?;
    let current = current.ok_or_else(|| BenchError::Load { reason: "nothing was published".to_owned() })?;
    let mut told = Vec::new();
    for kind in ["id_changed", "id_reused", "id_doubtful"] {
        let filter = ChangeFilter { kind: Some(kind.to_owned()), ..ChangeFilter::default() };
        let page = store.changes(act, &current, &filter, 0, usize::MAX).await?;
        let pair = |row: hustings_store::NamedChange| {
            (row.change.old.unwrap_or_default(), row.change.state_voter_id.unwrap_or_default())
        };
        told.push(page.rows.into_iter().map(pair).collect::<BTreeSet<(String, String)>>());
    }
    let text = fs::read_to_string(&week.truth.identity).map_err(unwritable(&week.truth.identity))?;
    let mut found = Following {
        wall_seconds: stages.of(FOLLOWING).1,
        cpu_seconds: stages.of(FOLLOWING).0,
        load_cpu_seconds: stages.before(PREPARING_LOOKUPS),
        ..compared(&text, &told)
    };
    // Clock ticks are whole.
    found.cpu_seconds = found.cpu_seconds.map(|seconds| (seconds * 100.0).round() / 100.0);
    Ok(found)
}

/// Pairs of ids that were told as changed, reused and doubtful, against the truth's rows (`kind`, `was`, `now`).
fn compared(truth: &str, told: &[BTreeSet<(String, String)>]) -> Following {
    let rows: Vec<Vec<&str>> = truth.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let of = |kind: &str| -> BTreeSet<(String, String)> {
        let rows = rows.iter().filter(|row| row.len() > 2 && row[0] == kind);
        rows.map(|row| (row[1].to_owned(), row[2].to_owned())).collect()
    };
    let now = |pairs: &BTreeSet<(String, String)>| -> BTreeSet<String> {
        pairs.iter().map(|(_, now)| now.clone()).collect()
    };
    let (renewed, reused) = (of("new_id"), now(&of("reused")));
    let none = BTreeSet::new();
    let [changed, alarms, doubtful] = [0, 1, 2].map(|at| told.get(at).unwrap_or(&none));
    let (alarms, doubtful) = (now(alarms), now(doubtful));
    let missed: Vec<&String> = renewed.difference(changed).map(|(_, now)| now).collect();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let told = missed.iter().filter(|id| doubtful.contains(**id)).count();
    Following {
        new_ids: count(renewed.len()),
        followed: count(renewed.intersection(changed).count()),
        wrong: count(changed.difference(&renewed).count()),
        missed_and_told: count(told),
        missed_silently: count(missed.len() - told),
        reused_ids: count(reused.len()),
        alarms: count(reused.intersection(&alarms).count()),
        false_alarms: count(alarms.difference(&reused).count()),
        cpu_seconds: None,
        wall_seconds: 0.0,
        load_cpu_seconds: None,
    }
}

/// A row to be found, and whose it is.
type Sought = ([String; COLUMNS.len()], Option<String>);

/// Rows as a vendor writes them about people of the list and about others, and who each is.
fn rows(week: &WeekFiles, count: usize) -> Result<Vec<Sought>, BenchError> {
    let every = usize::try_from(week.summary.lines.div_ceil(SAMPLED).max(1)).unwrap_or(usize::MAX);
    let mut sample = String::new();
    let file = File::open(&week.voters).map_err(unwritable(&week.voters))?;
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut line = Vec::new();
    for number in 0_usize.. {
        line.clear();
        if file.read_until(b'\n', &mut line).map_err(unwritable(&week.voters))? == 0 {
            break;
        }
        if number.is_multiple_of(every) {
            sample.push_str(&String::from_utf8_lossy(&line));
        }
    }
    let list = vendor_list(&sample, count, 1);
    // Below a title and an empty line.
    let written = list.csv.lines().skip(3).map(|line| {
        let cells: Vec<String> = cells(line);
        // Behind the row's number, and without what is said of its quality.
        std::array::from_fn(|at| cells.get(at + 1).filter(|_| at < 10).cloned().unwrap_or_default())
    });
    Ok(written.zip(list.truth).collect())
}

/// The cells of a line; a quote begins and ends one that holds commas.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match (letter, cells.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => cells.push(String::new()),
            (letter, Some(cell)) => cell.push(letter),
            (_, None) => {}
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_compared_with_the_truth() {
        let truth = "kind\twas\tnow\nnew_id\tA1\tB1\nnew_id\tA2\tB2\nnew_id\tA3\tB3\nreused\tA7\tA7\nreused\tA8\tA8\n";
        let pairs = |pairs: &[(&str, &str)]| -> BTreeSet<(String, String)> {
            pairs.iter().map(|(was, now)| ((*was).to_owned(), (*now).to_owned())).collect()
        };
        let told =
            [pairs(&[("A1", "B1"), ("A9", "B9")]), pairs(&[("", "A7"), ("", "A5")]), pairs(&[("", "B2")])];
        let found = compared(truth, &told);
        assert_eq!((found.new_ids, found.followed, found.wrong), (3, 1, 1));
        assert_eq!((found.missed_and_told, found.missed_silently), (1, 1));
        assert_eq!((found.reused_ids, found.alarms, found.false_alarms), (2, 1, 1));
    }

    #[test]
    fn a_row_is_read_as_the_vendor_writes_it() {
        assert_eq!(cells("1,Bob,,\"O'Neil, Jr\",x"), ["1", "Bob", "", "O'Neil, Jr", "x"]);
    }
}
