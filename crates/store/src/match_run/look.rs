//! Pairs as a person looks at them: the row of the list, and of the voter what exists for the scope.

use super::list::OpenRun;
use super::{MatchAnswer, MatchPair, MatchPairs, MatchRow, MatchRunRecord};
use crate::error::StoreError;
use crate::read::Home;
use crate::read::row_filter::PLACE;
use crate::read::table::{Condition, Rows, Table};
use crate::snapshot::SnapshotStatus;
use crate::store::Store;
use crate::voter_key::VoterKey;
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};
use hustings_voterfile::schema::Table as SchemaTable;
use std::collections::{BTreeMap, BTreeSet};

/// What of voters is shown beside a list, under the words by which lists' columns are recognized.
pub const MATCHED_COLUMNS: [(&str, &str); 12] = [
    ("first_name", "name_first"),
    ("middle_name", "name_middle"),
    ("last_name", "name_last"),
    ("suffix", "name_suffix"),
    ("dob", "birth_date"),
    ("birth_year", "birth_year"),
    ("sex", "gender"),
    ("street", "res_std_line"),
    ("city", "res_city"),
    ("state", "res_state"),
    ("zip", "res_zip5"),
    ("phone", "phone"),
];

/// What is shown of a voter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchVoter {
    /// The voter, as the organization knows them.
    pub key: VoterKey,
    /// Values by the words of [`MATCHED_COLUMNS`]; what is empty or does not exist is left out.
    pub values: BTreeMap<&'static str, String>,
}

/// A pair to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchLook {
    /// Its number in the run.
    pub number: u32,
    /// The pair.
    pub pair: MatchPair,
    /// The row.
    pub row: MatchRow,
    /// The voter.
    pub voter: MatchVoter,
}

/// A run that is at hand: what it is, its pairs, and every answer.
pub struct OpenMatch {
    open: OpenRun,
    pairs: MatchPairs,
    answers: Vec<MatchAnswer>,
}

impl OpenMatch {
    /// The run.
    #[must_use]
    pub fn record(&self) -> &MatchRunRecord {
        &self.open.record
    }

    /// Its pairs but those whose voter has become confidential.
    #[must_use]
    pub fn pairs(&self) -> &MatchPairs {
        &self.pairs
    }

    /// Every answer, in their order, those taken back too.
    #[must_use]
    pub fn answers(&self) -> &[MatchAnswer] {
        &self.answers
    }
}

impl Store {
    /// A run with its pairs and answers, opened once for all that a page asks of it; none where there is none for the scope.
    ///
    /// # Errors
    /// When database or disk fail.
    pub async fn open_match(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        run: &str,
    ) -> Result<Option<OpenMatch>, StoreError> {
        let Some(open) = self.open_run(scope, state, run).await? else { return Ok(None) };
        let pairs = self.pairs_there(&open).await?;
        let answers = self.answers_of(&open).await?;
        Ok(Some(OpenMatch { open, pairs, answers }))
    }

    /// Pairs of a run by their numbers; left out are numbers that it does not have, and pairs whose voter does not exist for
    /// the scope, were it only since the run: of them no comparison is told either. Whom it shows is recorded before it
    /// answers.
    ///
    /// # Errors
    /// When database or disk fail, or it cannot be recorded.
    pub async fn look_at_pairs(
        &self,
        scope: &Scope<'_>,
        run: &OpenMatch,
        numbers: &[u32],
    ) -> Result<Vec<MatchLook>, StoreError> {
        let (open, state) = (&run.open, run.open.record.state);
        if numbers.is_empty() || open.owner != scope.organization().as_str() {
            return Ok(Vec::new());
        }
        let pairs = &run.pairs;
        let chosen: Vec<(u32, MatchPair)> =
            numbers.iter().filter_map(|number| Some((*number, pairs.get(*number)?.clone()))).collect();
        let wanted: BTreeSet<u32> = chosen.iter().map(|(_, pair)| pair.row).collect();
        let rows: BTreeMap<u32, MatchRow> = self.rows_of(open, wanted)?.into_iter().collect();
        let voters: BTreeSet<i64> = chosen.iter().map(|(_, pair)| pair.voter.0).collect();
        let voters = self.matched_voters(scope, state, &open.record.snapshot, voters).await?;
        let mut shown = self.showing(scope, state, "matched", &open.record.snapshot);
        voters.keys().for_each(|voter| shown.listed(VoterId(*voter), false));
        shown.record().await?;
        Ok(chosen
            .into_iter()
            .filter_map(|(number, pair)| {
                let voter = voters.get(&pair.voter.0)?.clone();
                Some(MatchLook { number, row: rows.get(&pair.row).cloned().unwrap_or_default(), voter, pair })
            })
            .collect())
    }

    /// What of these voters exists for the scope, in the snapshot with which they were matched while it is published, else
    /// in the current one. Confidential voters are left out, whenever they became so.
    async fn matched_voters(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        snapshot: &str,
        wanted: BTreeSet<i64>,
    ) -> Result<BTreeMap<i64, MatchVoter>, StoreError> {
        let view = self.view(scope, state);
        let matched = self.record(state, snapshot).await?;
        let record = match matched.filter(|record| record.status == SnapshotStatus::Published) {
            Some(record) => Some(record),
            None => self.current_record(state).await?,
        };
        let Some(record) = record.filter(|_| view.exists()) else { return Ok(BTreeMap::new()) };
        let known = self.confidential(state).await?;
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let count = wanted.len();
        let positions =
            table.first(&[Condition::IntegerIn("voter_id", wanted)], &view.rows(&known), count)?;
        let names: Vec<&str> = MATCHED_COLUMNS.iter().map(|(_, name)| *name).chain(PLACE).collect();
        let batches = table.read(&positions, &names)?;
        let mut voters = BTreeMap::new();
        for row in Rows::of(&batches).iter() {
            let home = Home::of(row, &known);
            let Some(voter) = row.integer("voter_id").filter(|_| !home.confidential) else { continue };
            let value = |(word, name): &(&'static str, &'static str)| {
                let exists = view.cell(home.place(state), SchemaTable::Voters, name);
                Some((*word, row.text(name).filter(|text| exists && !text.is_empty())?))
            };
            let values = MATCHED_COLUMNS.iter().filter_map(value).collect();
            let key = self.voter_key(scope, state, VoterId(voter));
            voters.insert(voter, MatchVoter { key, values });
        }
        Ok(voters)
    }
}
