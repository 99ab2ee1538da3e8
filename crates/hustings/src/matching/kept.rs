//! A list that was linked, kept as a run of its organization's own: for pages, the command line and programs alike.

use super::MatchError;
use super::linked::{LinkedList, Watch, link_to_snapshot};
use super::report::unsigned;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::StateCode;
use hustings_matching::decide::{DecisionOptions, OneToOne};
use hustings_matching::explain::ModelRecord;
use hustings_matching::field::Field;
use hustings_matching::plan::{Role, Side};
use hustings_store::match_run::{MatchColumn, MatchReport, MatchRunRecord, NewMatchRun};
use hustings_store::{ListRows, Store};
use std::collections::BTreeSet;
use std::time::Instant;

/// What a plain column is taken for.
pub const PLAIN: &str = "plain";

/// A list to be matched and kept.
#[derive(Debug, Clone)]
pub struct NewList {
    /// With whose voters.
    pub state: StateCode,
    /// Its rows with all of its columns.
    pub rows: ListRows,
    /// What it is called.
    pub file: String,
    /// Its digest, lower-case hex.
    pub sha256: String,
    /// What its columns are.
    pub columns: Columns,
    /// The share of accepted pairs that is to be right.
    pub precision: f64,
}

/// What the columns of a list are.
#[derive(Debug, Clone)]
pub enum Columns {
    /// Recognized by their headers, but for what the user says; all are to be appended.
    Recognized(Vec<(String, String)>),
    /// As somebody has chosen.
    Chosen {
        /// What each is taken for; none: it is not compared.
        fields: Vec<Option<Field>>,
        /// Places of those that are to be appended.
        appended: BTreeSet<usize>,
    },
}

impl NewList {
    /// Matches the list with the voters of the current snapshot that exist for the act, and keeps rows and pairs.
    ///
    /// # Errors
    /// There is no such list of voters for the act, nothing can be compared, a grant ends meanwhile, or the disk is full.
    pub async fn keep(
        self,
        store: &Store,
        act: &Act<'_, Append>,
        watch: &dyn Watch,
    ) -> Result<MatchRunRecord, MatchError> {
        let started = Instant::now();
        let (compared, words) = match &self.columns {
            Columns::Recognized(words) => (self.rows.clone(), words.as_slice()),
            // By what they were chosen to be, and nothing else.
            Columns::Chosen { fields, .. } => {
                let used = fields.iter().enumerate();
                let used = used.filter_map(|(at, field)| Some((at, (*field)?.as_str().to_owned())));
                (self.rows.select(used), &[][..])
            }
        };
        let options = DecisionOptions { one_to_one: OneToOne::Left, precision: self.precision };
        let linked = link_to_snapshot((store, act), self.state, &compared, words, options, watch).await?;
        drop(compared);
        if linked.voters() == 0 {
            return Err(MatchError::Input("there are no voters here to be found".to_owned()));
        }
        watch.stage("keep_the_result");
        let columns = self.taken(&linked);
        let pairs = linked.pairs();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let accepted = count(pairs.iter().filter(|pair| pair.is_accepted).count());
        let summary = &linked.links.summary;
        let model = serde_json::to_value(ModelRecord::new(linked.prepared(), &summary.model))
            .map_err(|error| MatchError::Input(error.to_string()))?;
        let report = MatchReport {
            file: self.file,
            sha256: self.sha256,
            columns,
            rows: count(self.rows.len()),
            voters: count(linked.voters()),
            accepted,
            review: count(pairs.len()) - accepted,
            estimated_precision: summary.estimated_precision,
            estimated_recall: unsigned(summary.estimated_recall),
            pair_completeness: summary.pair_completeness,
            precision: self.precision,
            kept_apart: 0,
            model,
            seconds: started.elapsed().as_secs_f64(),
        };
        let new =
            NewMatchRun { state: self.state, snapshot: linked.snapshot, report, rows: self.rows, pairs };
        Ok(store.keep_match_run(act, new).await?)
    }

    /// What each column was taken for.
    fn taken(&self, linked: &LinkedList) -> Vec<MatchColumn> {
        let taken_for = |at: usize| match &self.columns {
            Columns::Chosen { fields, .. } => {
                fields.get(at).copied().flatten().map_or("", Field::as_str).to_owned()
            }
            Columns::Recognized(_) => {
                let is_compared = |number: usize| {
                    linked.links.summary.model.kinds.iter().any(|kind| kind.plain() == Some(number))
                };
                match linked.prepared().plan.roles(Side::Left).get(at) {
                    Some(Role::Field(field)) => field.as_str().to_owned(),
                    Some(Role::Plain(number)) if is_compared(*number) => PLAIN.to_owned(),
                    _ => String::new(),
                }
            }
        };
        let is_appended = |at: usize| match &self.columns {
            Columns::Recognized(_) => true,
            Columns::Chosen { appended, .. } => appended.contains(&at),
        };
        let column = |(at, header): (usize, &String)| MatchColumn {
            header: header.clone(),
            taken_for: taken_for(at),
            is_appended: is_appended(at),
        };
        self.rows.headers().iter().enumerate().map(column).collect()
    }
}
