//! Who the rows are whose id says nothing, or too much: an id that nobody had may belong to a voter who left under
//! another one, and an id that is known may name somebody else now.
//!
//! Whoever is left over on both sides is matched (`hustings_matching::follow`); the rows are written after that, each
//! with its reason, so that every identity that was decided here can be looked at among the changes.

use super::LoadError;
use super::arrivals::Arrival;
use super::contested::with_identity;
use super::diff::gather;
use super::tables::change_batch;
use super::tally::text;
use super::unlink::{self, Parted};
use super::voters::{VoterOutcome, VoterPass, VoterTables, changed_rows, new_rows};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type};
use arrow_array::{Array, RecordBatch, StringArray};
use hustings_matching::compare::Comparer;
use hustings_matching::follow::{Following, Link, Reason, SameId, follow, same_id, same_id_kinds};
use hustings_matching::plan::{ColumnOptions, Plan, Side};
use hustings_matching::prepare::{Preparation, Prepared};
use hustings_store::snapshot_scan::TableScan;
use hustings_voterfile::change::{ChangeKind, ChangeRow};
use hustings_voterfile::identity::IdMap;
use hustings_voterfile::report::Counts;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Rows read at once where only a part of the columns is.
const CHUNK: usize = 200_000;
/// The random pairs by which the model knows strangers: the same in every load.
const SEED: u64 = 1;

/// What is compared of two rows, by the matcher's words and by columns of `voters.parquet`.
const COMPARED: [(&str, &str); 11] = [
    ("first_name", "name_first"),
    ("middle_name", "name_middle"),
    ("last_name", "name_last"),
    ("suffix", "name_suffix"),
    ("dob", "birth_date"),
    ("sex", "gender"),
    ("street", "res_std_line"),
    ("city", "res_city"),
    ("zip", "res_zip5"),
    ("phone", "phone"),
    ("registered", "registration_date"),
];

/// What following came to.
#[derive(Debug, Default)]
pub struct Followed {
    /// Voters under another id than before, by what they were linked by.
    pub by_rule: Counts,
    /// New voters who may be somebody who left.
    pub possible: u64,
    /// Ids that name somebody else now.
    pub reused: u64,
    /// Voters of whom it is doubtful whether they are who had their id before.
    pub doubtful: u64,
    /// Why, by our id: of those who have another id now.
    pub reasons: HashMap<i64, String>,
    /// Alarms by kind and county.
    pub alarms: Vec<(ChangeKind, String)>,
}

/// The two sides, and what is known of them so far.
struct Desk<'a> {
    pass: &'a VoterPass<'a>,
    before: &'a TableScan,
    arrived: &'a TableScan,
    arrivals: &'a [Arrival],
    columns: Vec<String>,
}

/// Decides who the rows in `arrived` are, and writes them. Rows that were kept from the predecessor must be marked as seen
/// before; whoever is followed is marked here. Nobody is followed between ids that are `parted`.
///
/// # Errors
/// A table cannot be read or written.
pub fn settle(
    pass: &VoterPass<'_>,
    before: &TableScan,
    arrived: &TableScan,
    untold: &BTreeSet<&str>,
    parted: &BTreeSet<Parted>,
    outcome: &mut VoterOutcome,
    tables: &mut VoterTables<'_>,
) -> Result<Followed, LoadError> {
    let arrivals = std::mem::take(&mut outcome.arrivals);
    if arrivals.is_empty() {
        return Ok(Followed::default());
    }
    let known: Vec<String> = before.columns();
    let columns = COMPARED
        .iter()
        .map(|(_, column)| *column)
        .chain(["birth_year"])
        .filter(|column| !untold.contains(column) && known.iter().any(|known| known == column))
        .map(str::to_owned)
        .collect();
    let desk = Desk { pass, before, arrived, arrivals: &arrivals, columns };
    let mut followed = Followed::default();
    let same = desk.claims()?;
    let mut prior_rows: Vec<Option<u32>> = arrivals.iter().map(|arrival| arrival.claims).collect();
    let mut away = HashSet::new();
    for (prior_row, same) in prior_rows.iter_mut().zip(&same) {
        if *same == Some(SameId::Reused)
            && let Some(row) = prior_row.take()
        {
            pass.prior.unmark_seen(row);
            away.insert(row);
        }
    }
    let came: Vec<u32> = rows_where(&prior_rows, Option::is_none);
    let gone: Vec<u32> = pass.prior.unseen().collect();
    let mut following = desk.follow(&came, &gone)?;
    let forbidden = unlink::forbidden(parted, pass.prior);
    let is_allowed = |link: &Link| {
        let pair = (arrivals[came[link.left as usize] as usize].key, gone[link.right as usize]);
        !forbidden.contains(&pair)
    };
    following.links.retain(is_allowed);
    following.possible.retain(is_allowed);
    let mut now = IdMap::default();
    for link in &following.links {
        let (arrival, row) = (came[link.left as usize], gone[link.right as usize]);
        // Whoever lost the id to somebody else is not that somebody.
        if arrivals[arrival as usize].claims == Some(row) {
            continue;
        }
        pass.prior.mark_seen(row);
        prior_rows[arrival as usize] = Some(row);
        now.insert(arrivals[arrival as usize].key, row);
        let (rule, reason) = told(&link.reason);
        *followed.by_rule.entry(rule).or_default() += 1;
        followed.reasons.insert(pass.prior.voter(row).voter_id, reason);
    }
    let possible = desk.possible(&following, &came, &gone, &prior_rows)?;
    let new = arrivals.iter().zip(&prior_rows).filter(|(_, prior_row)| prior_row.is_none());
    outcome.new_ids.extend(new.map(|(arrival, _)| (arrival.key, arrival.new_id)));
    pass.prior.reassign(away, now);
    desk.write(&prior_rows, &same, &possible, outcome, tables, &mut followed)?;
    Ok(followed)
}

fn rows_where(prior_rows: &[Option<u32>], wanted: impl Fn(&Option<u32>) -> bool) -> Vec<u32> {
    let rows = prior_rows.iter().enumerate().filter(|(_, prior_row)| wanted(prior_row));
    rows.map(|(row, _)| u32::try_from(row).unwrap_or(u32::MAX)).collect()
}

/// What a link is counted under, and its reason in words.
fn told(reason: &Reason) -> (String, String) {
    match reason {
        Reason::Exact(rule) => {
            let parts: Vec<&str> = rule
                .chars()
                .map(|letter| match letter {
                    'A' => "address",
                    'D' => "birth date",
                    'G' => "gender",
                    _ => "name",
                })
                .collect();
            ((*rule).to_owned(), format!("the same {}, and nobody else has them", parts.join(", ")))
        }
        Reason::Likely { chance, levels } => {
            ("model".to_owned(), format!("{:.1} % likely: {levels}", chance * 100.0))
        }
    }
}

impl Desk<'_> {
    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    /// Of each row that claims a voter of the predecessor by id, whether it is that voter.
    fn claims(&self) -> Result<Vec<Option<SameId>>, LoadError> {
        let mut same = vec![None; self.arrivals.len()];
        let claiming = self
            .arrivals
            .iter()
            .enumerate()
            .filter_map(|(row, arrival)| Some((u32::try_from(row).unwrap_or(u32::MAX), arrival.claims?)));
        let claiming: Vec<(u32, u32)> = claiming.collect();
        for chunk in claiming.chunks(CHUNK) {
            let mut prior_rows: Vec<u32> = chunk.iter().map(|(_, prior_row)| *prior_row).collect();
            prior_rows.sort_unstable();
            prior_rows.dedup();
            let rows: Vec<u32> = chunk.iter().map(|(row, _)| *row).collect();
            let mut preparation = preparation();
            push(&mut preparation, Side::Left, &gather(self.arrived, &rows, &self.names())?);
            push(&mut preparation, Side::Right, &gather(self.before, &prior_rows, &self.names())?);
            let prepared = preparation.finish();
            let comparer = Comparer::new(&prepared, same_id_kinds());
            for (left, (row, prior_row)) in chunk.iter().enumerate() {
                let right = prior_rows.binary_search(prior_row).unwrap_or_default();
                same[*row as usize] = Some(same_id(&comparer, left, right));
            }
        }
        Ok(same)
    }

    /// Matches who came with who left.
    fn follow(&self, came: &[u32], gone: &[u32]) -> Result<Following, LoadError> {
        if came.is_empty() || gone.is_empty() {
            return Ok(Following::default());
        }
        Ok(follow(self.prepare(came, gone)?, SEED))
    }

    fn prepare(&self, came: &[u32], gone: &[u32]) -> Result<Prepared, LoadError> {
        let mut preparation = preparation();
        for (side, table, rows) in [(Side::Left, self.arrived, came), (Side::Right, self.before, gone)] {
            for rows in rows.chunks(CHUNK) {
                push(&mut preparation, side, &gather(table, rows, &self.names())?);
            }
        }
        Ok(preparation.finish())
    }

    /// Who of those who came may be somebody who left, with that one's id and the reason.
    fn possible(
        &self,
        following: &Following,
        came: &[u32],
        gone: &[u32],
        prior_rows: &[Option<u32>],
    ) -> Result<HashMap<u32, (String, String)>, LoadError> {
        let open =
            following.possible.iter().filter(|link| prior_rows[came[link.left as usize] as usize].is_none());
        let open: Vec<_> = open.collect();
        let mut rows: Vec<u32> = open.iter().map(|link| gone[link.right as usize]).collect();
        rows.sort_unstable();
        rows.dedup();
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let batch = gather(self.before, &rows, &["state_voter_id"])?;
        let ids = text(&batch, "state_voter_id");
        let id_of = |row: u32| {
            let place = rows.binary_search(&row).unwrap_or_default();
            ids.filter(|ids| ids.is_valid(place)).map_or("", |ids| ids.value(place)).to_owned()
        };
        Ok(open
            .iter()
            .map(|link| {
                let id = id_of(gone[link.right as usize]);
                (came[link.left as usize], (id, told(&link.reason).1))
            })
            .collect())
    }

    /// Writes the rows, each as who it is.
    fn write(
        &self,
        prior_rows: &[Option<u32>],
        same: &[Option<SameId>],
        possible: &HashMap<u32, (String, String)>,
        outcome: &mut VoterOutcome,
        tables: &mut VoterTables<'_>,
        followed: &mut Followed,
    ) -> Result<(), LoadError> {
        let prior = self.pass.prior;
        let mut start = 0;
        for batch in self.arrived.all(&[])? {
            let batch = batch.map_err(hustings_store::ParquetError::from)?;
            let rows = start..start + batch.num_rows();
            start = rows.end;
            let here = &prior_rows[rows.clone()];
            let identities =
                here.iter().zip(&self.arrivals[rows.clone()]).map(|(prior_row, arrival)| match prior_row {
                    Some(row) => (prior.voter(*row).voter_id, prior.voter(*row).first_seen),
                    None => (arrival.new_id, self.pass.as_of_days),
                });
            let (voter_ids, first_seen) = identities.unzip();
            let batch = with_identity(&batch, &vec![true; here.len()], voter_ids, first_seen);
            let first_row = u32::try_from(tables.voters.rows()).unwrap_or(u32::MAX);
            let changed = changed_rows(prior, &batch, here);
            outcome.changed.extend(changed.into_iter().map(|(prior, row)| (prior, first_row + row)));
            outcome.totals.add(&batch, here);
            outcome.totals.add_streets(&batch, self.pass.streets);
            tables.voters.write(&batch)?;
            let mut changes = new_rows(&batch, here);
            changes.extend(self.alarms(&batch, rows.start, same, possible, followed));
            let encoder = tables.changes.encoder();
            tables.changes.write(&change_batch(&changes, encoder.schema()))?;
        }
        Ok(())
    }

    /// The alarms of a batch: ids that name somebody else, voters who may be somebody else.
    fn alarms(
        &self,
        batch: &RecordBatch,
        first: usize,
        same: &[Option<SameId>],
        possible: &HashMap<u32, (String, String)>,
        followed: &mut Followed,
    ) -> Vec<ChangeRow> {
        let ids = batch
            .column_by_name("voter_id")
            .map(|array| array.as_primitive::<arrow_array::types::Int64Type>());
        let value = |name: &str, row: usize| {
            text(batch, name)
                .filter(|array| array.is_valid(row))
                .map_or("", |array| array.value(row))
                .to_owned()
        };
        let mut changes = Vec::new();
        for row in 0..batch.num_rows() {
            let maybe = u32::try_from(first + row).ok().and_then(|row| possible.get(&row)).cloned();
            let mut push = |kind, (old, reason): (String, String)| {
                let county_name = value("county_name", row);
                followed.alarms.push((kind, county_name.clone()));
                let state_voter_id = value("state_voter_id", row);
                changes.push(ChangeRow {
                    voter_id: ids.map_or(0, |ids| ids.value(row)),
                    new: state_voter_id.clone(),
                    state_voter_id,
                    kind,
                    county_name,
                    column: "state_voter_id",
                    old,
                    reason,
                });
            };
            match same[first + row] {
                Some(SameId::Reused) => {
                    followed.reused += 1;
                    push(
                        ChangeKind::IdReused,
                        (
                            String::new(),
                            "name and birth date are not those of the voter who had this id".to_owned(),
                        ),
                    );
                }
                Some(SameId::Doubtful) => {
                    followed.doubtful += 1;
                    push(
                        ChangeKind::IdDoubtful,
                        (
                            String::new(),
                            "name and birth date do not quite say so, only the id does".to_owned(),
                        ),
                    );
                }
                _ => {}
            }
            if let Some(maybe) = maybe {
                followed.possible += 1;
                push(ChangeKind::IdDoubtful, maybe);
            }
        }
        changes
    }
}

fn preparation() -> Preparation {
    let headers: Vec<String> = COMPARED.iter().map(|(word, _)| (*word).to_owned()).collect();
    let plan = Plan::new(&headers, Some(&headers), &ColumnOptions::default())
        .expect("no column is named that is not there");
    Preparation::new(plan, true)
}

/// Gives rows to the matcher as texts.
fn push(preparation: &mut Preparation, side: Side, batch: &RecordBatch) {
    let rows = batch.num_rows();
    let columns: Vec<StringArray> = COMPARED
        .iter()
        .map(|(word, column)| match *word {
            "dob" => births(batch),
            "registered" => dates(batch, column),
            _ => text(batch, column).cloned().unwrap_or_else(|| StringArray::new_null(rows)),
        })
        .collect();
    preparation.push(side, &columns.iter().collect::<Vec<_>>());
}

/// Birth dates, or years where no more is known.
fn births(batch: &RecordBatch) -> StringArray {
    let days = dates(batch, "birth_date");
    let years = batch.column_by_name("birth_year").and_then(|array| array.as_primitive_opt::<Int32Type>());
    (0..batch.num_rows())
        .map(|row| {
            if days.is_valid(row) {
                return Some(days.value(row).to_owned());
            }
            years.filter(|years| years.is_valid(row)).map(|years| years.value(row).to_string())
        })
        .collect()
}

fn dates(batch: &RecordBatch, column: &str) -> StringArray {
    let days = batch.column_by_name(column).and_then(|array| array.as_primitive_opt::<Date32Type>());
    (0..batch.num_rows())
        .map(|row| {
            let days = days.filter(|days| days.is_valid(row))?;
            days.value_as_date(row).map(|date| date.to_string())
        })
        .collect()
}
