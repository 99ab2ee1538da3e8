//! What is said of a run.

use hustings_matching::explain::ModelRecord;
use hustings_matching::level::Kind;
use hustings_matching::model::Model;
use hustings_matching::plan::{Role, Side};
use hustings_matching::prepare::Prepared;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What `match` found.
#[derive(Debug, Serialize)]
pub struct MatchReport {
    /// Pairs of rows that were compared.
    pub pairs: u64,
    /// Pairs taken for one person.
    pub accepted: u64,
    /// Pairs to be looked at.
    pub review: u64,
    /// Share of accepted pairs that is expected to be right.
    pub estimated_precision: f64,
    /// Share of the true pairs that is expected to be accepted.
    pub estimated_recall: f64,
    /// Share of the true pairs that is expected to have been compared.
    pub pair_completeness: f64,
    /// Rows of the left side.
    pub left_rows: u64,
    /// Rows of the left side that stand in an accepted pair.
    pub left_rows_linked: u64,
    /// Rows of the right side.
    pub right_rows: u64,
    /// Rows whose id an earlier row of their list has.
    pub duplicate_ids: u64,
    /// Rows that share keys with more rows than are compared with one; their rarest keys were taken.
    pub rows_at_candidate_limit: u64,
    /// Lists of rows with one key that were too long even when parted, of which a part was taken.
    pub lists_cut: u64,
    /// Accepted pairs equal in address, birth date, gender and name, or in three of these.
    pub exact_pairs: u64,
    /// What was taken for what.
    pub columns: Columns,
    /// The estimated model.
    pub model: ModelRecord,
    /// What the user should know of how the lists were read.
    pub notes: Vec<String>,
    /// The file of pairs.
    pub out: PathBuf,
    /// Wall time.
    pub seconds: f64,
    /// The most memory the process has had.
    pub peak_memory_bytes: u64,
}

/// What `dedupe` found.
#[derive(Debug, Serialize)]
pub struct DedupeReport {
    /// Rows of the list.
    pub rows: u64,
    /// Clusters, those of one row included.
    pub clusters: u64,
    /// Clusters of several rows.
    pub clusters_of_several: u64,
    /// Rows of the largest cluster.
    pub largest_cluster: u64,
    /// Pairs of rows that were compared.
    pub pairs: u64,
    /// Compared pairs within clusters.
    pub accepted: u64,
    /// Pairs to be looked at.
    pub review: u64,
    /// Share of pairs within clusters that is expected to be right.
    pub estimated_precision: f64,
    /// Share of the true pairs that is expected to be accepted.
    pub estimated_recall: f64,
    /// Share of the true pairs that is expected to have been compared.
    pub pair_completeness: f64,
    /// Rows that share keys with more rows than are compared with one; their rarest keys were taken.
    pub rows_at_candidate_limit: u64,
    /// Lists of rows with one key that were too long even when parted, of which a part was taken.
    pub lists_cut: u64,
    /// How many events of each kind lead from the earlier clusters to these; none without earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<BTreeMap<&'static str, u64>>,
    /// What was taken for what.
    pub columns: Columns,
    /// The estimated model.
    pub model: ModelRecord,
    /// What the user should know of how the list was read.
    pub notes: Vec<String>,
    /// The file of clusters.
    pub out: PathBuf,
    /// Wall time.
    pub seconds: f64,
    /// The most memory the process has had.
    pub peak_memory_bytes: u64,
}

/// What was taken for what.
#[derive(Debug, Serialize)]
pub struct Columns {
    /// Header of the left side to the canonical column, `plain`, `id` or `ignored`.
    pub left: BTreeMap<String, String>,
    /// The same of the right side; empty when one list is searched for doubles.
    pub right: BTreeMap<String, String>,
    /// The comparisons that were made.
    pub compared: Vec<String>,
}

/// What was taken for what.
pub fn columns(prepared: &Prepared, model: &Model) -> Columns {
    let side = |side| {
        let name = |role: &Role| match role {
            Role::Field(field) => field.as_str().to_owned(),
            Role::Plain(number) if model.kinds.iter().any(|kind| kind.plain() == Some(*number)) => {
                "plain".to_owned()
            }
            Role::Id => "id".to_owned(),
            Role::Plain(_) | Role::Ignored => "ignored".to_owned(),
        };
        prepared.plan.headers(side).iter().cloned().zip(prepared.plan.roles(side).iter().map(name)).collect()
    };
    let compared = |kind: &Kind| match kind {
        Kind::Plain(number) | Kind::Dependent { plain: number, .. } => prepared.plan.plain[*number].clone(),
        _ => kind.as_str().to_owned(),
    };
    Columns {
        left: side(Side::Left),
        right: side(Side::Right),
        compared: model.kinds.iter().map(compared).collect(),
    }
}

/// A share without the sign that a nought may have.
pub fn unsigned(share: f64) -> f64 {
    share + 0.0
}

/// How many clusters of what size.
pub struct ClusterCounts {
    pub all: u64,
    pub of_several: u64,
    pub largest: u64,
}

pub fn clusters(cluster_of: &[u32]) -> ClusterCounts {
    let mut sizes = vec![0_u64; cluster_of.len()];
    for cluster in cluster_of {
        sizes[*cluster as usize] += 1;
    }
    ClusterCounts {
        all: sizes.iter().filter(|size| **size > 0).count() as u64,
        of_several: sizes.iter().filter(|size| **size > 1).count() as u64,
        largest: sizes.iter().max().copied().unwrap_or_default(),
    }
}
