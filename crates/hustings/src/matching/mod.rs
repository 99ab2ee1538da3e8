//! Linking a list and finding doubles: files and snapshots in, pairs and clusters out, and beside them what explains each pair.

mod apart;
pub mod explain;
mod ids;
mod input;
mod kept;
mod lineage;
mod linked;
mod output;
mod pair_files;
mod report;
pub mod run_pairs;
mod source;

pub use apart::demand_pairs_writable;
pub use kept::{Columns, NewList, PLAIN};
pub use linked::Watch;
pub use report::{DedupeReport, MatchReport};
pub use source::{Place, Source, Under};

use crate::load::peak_memory_bytes;
use hustings_matching::decide::{Decision, DecisionOptions, OneToOne, Verdict};
use hustings_matching::explain::ModelRecord;
use hustings_matching::plan::{PlanError, Side};
use hustings_matching::run::{Summary, dedupe as find_doubles, link};
use hustings_store::StoreError;
use lineage::Lineage;
use output::Run;
use pair_files::PairFiles;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The random pairs of strangers are always the same, so that a run repeated gives the same answer.
const SEED: u64 = 0x4855_5354;

/// Why nothing was linked.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the user said of the columns does not fit the files.
    #[error("`{file}`: {reason}")]
    Columns {
        /// The file, or both.
        file: String,
        /// What is wrong.
        reason: PlanError,
    },
    /// Bad input, in one sentence.
    #[error("{0}")]
    Input(String),
}

/// A linkage of two lists.
#[derive(Debug, Clone)]
pub struct Match {
    /// The rows that look for their match.
    pub left: Source,
    /// The rows in which they look.
    pub right: Source,
    /// What the columns are, where the user says it.
    pub columns: Vec<(String, String)>,
    /// Which rows are used once.
    pub one_to_one: OneToOne,
    /// The share of accepted pairs that is to be right.
    pub precision: f64,
    /// The file to write.
    pub out: PathBuf,
}

/// Links two lists and writes the pairs.
///
/// # Errors
/// A file or snapshot cannot be read, a file not written, or their columns cannot be compared.
pub async fn run_match(question: &Match, under: Option<Under<'_, '_>>) -> Result<MatchReport, MatchError> {
    let started = Instant::now();
    let inputs = [&question.left, &question.right].into_iter().filter_map(apart::file);
    demand_pairs_writable(inputs, &question.out)?;
    let (mut loaded, seen) =
        source::load(&question.left, Some(&question.right), &question.columns, under).await?;
    let options = DecisionOptions { one_to_one: question.one_to_one, precision: question.precision };
    let links = link(&loaded.prepared, options, SEED);
    let model = ModelRecord::new(&loaded.prepared, &links.summary.model);
    let rows = |side: Side| rows_of(&links.decisions, side);
    seen.name_and_record(&mut loaded, &rows).await?;
    let run = Run { loaded: &loaded, model: &model, kinds: &links.summary.model.kinds };
    output::write_pairs(&run, &links.decisions, &question.out)?;
    let counted = Counted::of(&links.decisions);
    let accepted = links.decisions.iter().filter(|decision| decision.verdict == Verdict::Accept);
    let linked: BTreeSet<u32> = accepted.map(|decision| decision.pair.left).collect();
    Ok(MatchReport {
        pairs: links.summary.counts.pairs,
        accepted: counted.accepted,
        review: counted.review,
        estimated_precision: links.summary.estimated_precision,
        estimated_recall: report::unsigned(links.summary.estimated_recall),
        pair_completeness: links.summary.pair_completeness,
        left_rows: loaded.prepared.left.len() as u64,
        left_rows_linked: linked.len() as u64,
        right_rows: loaded.prepared.right.len() as u64,
        duplicate_ids: loaded.duplicate_ids,
        rows_at_candidate_limit: links.summary.counts.rows_at_limit,
        lists_cut: links.summary.counts.lists_cut,
        exact_pairs: links.summary.exact_pairs,
        columns: report::columns(&loaded.prepared, &links.summary.model),
        model,
        notes: seen.notes,
        out: question.out.clone(),
        seconds: started.elapsed().as_secs_f64(),
        peak_memory_bytes: peak_memory_bytes(),
    })
}

/// A search for doubles.
#[derive(Debug, Clone)]
pub struct Dedupe {
    /// The list.
    pub list: Source,
    /// What the columns are, where the user says it.
    pub columns: Vec<(String, String)>,
    /// The share of pairs within clusters that is to be right.
    pub precision: f64,
    /// The file of clusters to write.
    pub out: PathBuf,
    /// The file of pairs to write.
    pub pairs: Option<PathBuf>,
    /// The clusters of an earlier run, whose ids are kept.
    pub previous: Option<PathBuf>,
    /// The file of what changed since then.
    pub events: Option<PathBuf>,
}

/// Finds doubles and writes the clusters.
///
/// # Errors
/// A file or snapshot cannot be read, a file not written, or their columns cannot be compared.
pub async fn run_dedupe(question: &Dedupe, under: Option<Under<'_, '_>>) -> Result<DedupeReport, MatchError> {
    let started = Instant::now();
    demand_apart(question)?;
    let (mut loaded, seen) = source::load(&question.list, None, &question.columns, under).await?;
    if let Some(double) = loaded.first_double() {
        // Two clusters could get one id.
        return Err(MatchError::Input(double));
    }
    let doubles = find_doubles(&loaded.prepared, question.precision, SEED);
    let model = ModelRecord::new(&loaded.prepared, &doubles.summary.model);
    let count = loaded.prepared.left.len();
    // A file of clusters holds all.
    let rows = |_: Side| (0..count).collect();
    seen.name_and_record(&mut loaded, &rows).await?;
    let ids = loaded.ids(Side::Left);
    let lineage = match &question.previous {
        Some(previous) => Some(Lineage::new(previous, ids, &doubles.cluster_of)?),
        None => None,
    };
    let names = lineage.as_ref().map(|lineage| lineage.names.as_slice());
    output::write_clusters(ids, &doubles.cluster_of, names, &question.out)?;
    if let Some((lineage, out)) = lineage.as_ref().zip(question.events.as_ref()) {
        lineage.write_events(out)?;
    }
    if let Some(pairs) = &question.pairs {
        let run = Run { loaded: &loaded, model: &model, kinds: &doubles.summary.model.kinds };
        output::write_pairs(&run, &doubles.decisions, pairs)?;
    }
    let counted = Counted::of(&doubles.decisions);
    let clusters = report::clusters(&doubles.cluster_of);
    let Summary { counts, estimated_precision, estimated_recall, pair_completeness, .. } = doubles.summary;
    Ok(DedupeReport {
        rows: count as u64,
        clusters: clusters.all,
        clusters_of_several: clusters.of_several,
        largest_cluster: clusters.largest,
        pairs: counts.pairs,
        accepted: counted.accepted,
        review: counted.review,
        estimated_precision,
        estimated_recall: report::unsigned(estimated_recall),
        pair_completeness,
        rows_at_candidate_limit: counts.rows_at_limit,
        lists_cut: counts.lists_cut,
        events: lineage.map(|lineage| lineage.counts()),
        columns: report::columns(&loaded.prepared, &doubles.summary.model),
        model,
        notes: seen.notes,
        out: question.out.clone(),
        seconds: started.elapsed().as_secs_f64(),
        peak_memory_bytes: peak_memory_bytes(),
    })
}

/// Refuses files that would be written over each other, or over what is read; the clusters of an earlier run may be replaced by
/// those that follow them.
fn demand_apart(question: &Dedupe) -> Result<(), MatchError> {
    let pairs: Vec<PathBuf> = question.pairs.iter().flat_map(|pairs| PairFiles::names(pairs)).collect();
    let (out, events) = (question.out.as_path(), question.events.as_deref());
    let written = || [out].into_iter().chain(events).chain(pairs.iter().map(PathBuf::as_path));
    apart::demand_apart(apart::file(&question.list), written())?;
    apart::demand_apart(question.previous.as_deref(), written().filter(|path| *path != out))?;
    apart::demand_writable([out].into_iter().chain(events).chain(question.pairs.as_deref()))
}

/// The rows of a side that stand in pairs, each once.
fn rows_of(decisions: &[Decision], side: Side) -> BTreeSet<usize> {
    let row = |decision: &Decision| match side {
        Side::Left => decision.pair.left as usize,
        Side::Right => decision.pair.right as usize,
    };
    decisions.iter().map(row).collect()
}

struct Counted {
    accepted: u64,
    review: u64,
}

impl Counted {
    fn of(decisions: &[Decision]) -> Self {
        let accepted = decisions.iter().filter(|decision| decision.verdict == Verdict::Accept).count() as u64;
        Self { accepted, review: decisions.len() as u64 - accepted }
    }
}

/// Beside `matches.csv`: `matches.csv.run.json`, `matches.csv.pairs.parquet`.
fn beside(out: &Path, suffix: &str) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    out.with_file_name(name)
}

const RUN_SUFFIX: &str = ".run.json";
const PAIRS_SUFFIX: &str = ".pairs.parquet";
