//! What reviewers took apart stays apart: a later list does not bring the same row and voter together by itself.

use super::list::OpenRun;
use super::standing::Standings;
use super::{MatchColumn, NewMatchRun};
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_matching::review::Standing;
use std::collections::{BTreeMap, BTreeSet};

/// Why such a pair waits.
const DOUBT: &str = "Reviewers of an earlier list said that these are two people.";
const NAME: [&str; 4] = ["full_name", "first_name", "last_name", "second_last_name"];
const BIRTH: [&str; 4] = ["dob", "birth_year", "birth_month", "birth_day"];
const STREET: [&str; 2] = ["house_number", "street"];

/// Whom a row is about, as far as its list says it.
#[derive(Debug, PartialEq, Eq)]
struct Person {
    name: String,
    birth: String,
    street: String,
}

impl Person {
    /// Of a row's cells; none without a name.
    fn of<'a>(columns: &[MatchColumn], cell: impl Fn(usize) -> Option<&'a str>) -> Option<Self> {
        let words = |fields: &[&str]| {
            let mut words: Vec<String> = Vec::new();
            for (at, _) in
                columns.iter().enumerate().filter(|(_, column)| fields.contains(&column.taken_for.as_str()))
            {
                let text = cell(at).unwrap_or_default().to_lowercase();
                let parts = text.split(|letter: char| !letter.is_alphanumeric());
                words.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
            }
            // `Lee, Ann` and `Ann Lee` are one.
            words.sort_unstable();
            words.join(" ")
        };
        let name = words(&NAME);
        (!name.is_empty()).then(|| Self { name, birth: words(&BIRTH), street: words(&STREET) })
    }

    /// Whether it is the same person, as far as both lists say it.
    fn is(&self, other: &Self) -> bool {
        let agree = |one: &str, other: &str| one.is_empty() || other.is_empty() || one == other;
        self.name == other.name && agree(&self.birth, &other.birth) && agree(&self.street, &other.street)
    }
}

impl Store {
    /// Takes from what is to be kept the acceptance of pairs that reviewers of the organization's earlier lists took apart:
    /// they wait for an answer, with the reason.
    ///
    /// # Errors
    /// When database or disk fail.
    pub(super) async fn keep_apart(
        &self,
        act: &Act<'_, Append>,
        new: &mut NewMatchRun,
    ) -> Result<(), StoreError> {
        let mut apart: BTreeMap<i64, Vec<Person>> = BTreeMap::new();
        for open in self.open_runs(act, new.state).await? {
            for (voter, person) in self.taken_apart(&open).await? {
                apart.entry(voter).or_default().push(person);
            }
        }
        if apart.is_empty() {
            return Ok(());
        }
        let (columns, rows) = (&new.report.columns, &new.rows);
        let mut taken = 0;
        for pair in &mut new.pairs {
            let Some(known) = apart.get(&pair.voter.0) else { continue };
            let row = usize::try_from(pair.row).unwrap_or(usize::MAX);
            let person = Person::of(columns, |column| rows.cell(row, column));
            if person.is_some_and(|person| known.iter().any(|one| one.is(&person))) {
                taken += u64::from(pair.is_accepted);
                pair.is_accepted = false;
                pair.doubt = DOUBT.to_owned();
            }
        }
        let report = &mut new.report;
        report.kept_apart = taken;
        report.accepted = report.accepted.saturating_sub(taken);
        report.review += taken;
        Ok(())
    }

    /// Rows and voters of a run of whom reviewers say that they are two people.
    async fn taken_apart(&self, open: &OpenRun) -> Result<Vec<(i64, Person)>, StoreError> {
        let standings = Standings::of(self.answers_of(open).await?);
        let different: Vec<u32> =
            standings.answered().filter(|pair| standings.of_pair(*pair) == Standing::Different).collect();
        if different.is_empty() {
            return Ok(Vec::new());
        }
        let pairs = self.pairs_of(open)?;
        let pair = |number: u32| usize::try_from(number).ok().and_then(|at| pairs.get(at));
        let of: Vec<(u32, i64)> =
            different.into_iter().filter_map(pair).map(|pair| (pair.row, pair.voter.0)).collect();
        let wanted: BTreeSet<u32> = of.iter().map(|(row, _)| *row).collect();
        let rows: BTreeMap<_, _> = self.rows_of(open, wanted)?.into_iter().collect();
        let columns = &open.sealed.report.columns;
        let person = |row: u32| {
            let cells = &rows.get(&row)?.cells;
            Person::of(columns, |column| cells.get(column).map(String::as_str))
        };
        Ok(of.into_iter().filter_map(|(row, voter)| Some((voter, person(row)?))).collect())
    }
}
