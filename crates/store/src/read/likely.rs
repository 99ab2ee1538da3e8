//! Finding a voter by likeness: typing errors, nicknames, swapped names, another surname.
//!
//! The base of a whole list is made by the load; see `match_base`. Whoever's scope opens the whole base of a state with all columns that are compared asks the base that is kept beside
//! the snapshot. Everybody else's base is prepared for the question from the rows and columns that exist for them, so
//! that neither a voter nor the frequency of a name outside tells in an answer. Confidential voters are found by their
//! exact name or id alone, and never by likeness.

use super::row_filter::{PLACE, Places};
use super::table::{Rows, Table, plain};
use super::voter::Home;
use super::voter_find::{COLUMNS as SHOWN, VoterHit, hit};
use super::{Confidential, View};
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use arrow_array::{BooleanArray, RecordBatch, StringArray};
use hustings_access::verb::Load;
use hustings_access::{Act, Place, Scope};
use hustings_core::{StateCode, VoterId};
use hustings_matching::lookup::{COLUMNS, Found, Image, Lookup, preparation};
use hustings_matching::plan::Side;
use hustings_matching::prepare::Prepared;
use hustings_voterfile::schema::Table as SchemaTable;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The column of each of [`COLUMNS`], and that of the birth year.
const STORED: [&str; COLUMNS.len()] = [
    "name_first",
    "name_middle",
    "name_last",
    "name_suffix",
    "birth_date",
    "gender",
    "res_std_line",
    "res_city",
    "res_zip5",
    "phone",
    "email",
];
const BIRTH_YEAR: &str = "birth_year";
const BIRTH: usize = 4;

/// A voter who may be meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LikelyVoter {
    /// The voter.
    #[serde(flatten)]
    pub voter: VoterHit,
    /// Chance that this one is meant, the others considered: 0 to 1.
    pub probability: f64,
    /// Log-odds in bits, without the others.
    pub weight_bits: f64,
    /// What was found, comparison by comparison, such as `last_name typing error`.
    pub reasons: Vec<String>,
}

/// Who may be meant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LikelyVoters {
    /// The likeliest first.
    pub voters: Vec<LikelyVoter>,
    /// Whether others may be as likely: more voters share all that was said than are compared.
    pub more: bool,
}

impl Store {
    /// Voters of the current snapshot who may be the one described, cell by cell as in [`COLUMNS`]; at most `limit`, and
    /// nobody confidential. Where the base is missing it is made first, which reads the whole list.
    ///
    /// # Errors
    /// When the database or a file fails, or it cannot be recorded who is shown.
    pub async fn likely_voters(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        cells: &[&str; COLUMNS.len()],
        limit: usize,
    ) -> Result<LikelyVoters, StoreError> {
        let view = self.view(scope, state);
        if !view.exists() {
            return Ok(LikelyVoters::default());
        }
        let Some(record) = self.current_record(state).await? else { return Ok(LikelyVoters::default()) };
        let known = self.confidential(state).await?;
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let found = self.found(&view, &known, &record, &table, cells, limit)?;
        let mut order: Vec<(usize, usize)> = found
            .candidates
            .iter()
            .enumerate()
            .map(|(rank, candidate)| (candidate.row as usize, rank))
            .collect();
        order.sort_unstable();
        let positions: Vec<usize> = order.iter().map(|(position, _)| *position).collect();
        let batches = table.read(&positions, SHOWN)?;
        let mut shown = self.showing(scope, state, "found", &record.id);
        let mut voters = Vec::new();
        for (row, (_, rank)) in Rows::of(&batches).iter().zip(&order) {
            let home = Home::of(row, &known);
            if home.confidential || !view.row(home.place(state), false) {
                continue;
            }
            let candidate = &found.candidates[*rank];
            shown.listed(VoterId(row.integer("voter_id").unwrap_or(0)), false);
            let likely = LikelyVoter {
                voter: hit(self, scope, (&view, state), row, &home),
                probability: candidate.chance,
                weight_bits: candidate.bits,
                reasons: candidate.found.iter().map(|(what, level)| format!("{what} {level}")).collect(),
            };
            voters.push((*rank, likely));
        }
        shown.record().await?;
        voters.sort_by_key(|(rank, _)| *rank);
        Ok(LikelyVoters { voters: voters.into_iter().map(|(_, voter)| voter).collect(), more: found.cut })
    }

    fn found(
        &self,
        view: &View<'_>,
        known: &Arc<Confidential>,
        record: &SnapshotRecord,
        table: &Table,
        cells: &[&str; COLUMNS.len()],
        limit: usize,
    ) -> Result<Found, StoreError> {
        let failed = |error| StoreError::io("read", &record.folder.join(crate::match_base::FILE))(error);
        if !opens_whole(view) {
            let image = Image::new(base(table, record.state, known, Some(view))?).map_err(failed)?;
            let head = image.head().clone();
            return Lookup::open(image, head).and_then(|lookup| lookup.find(cells, limit)).map_err(failed);
        }
        let make = || base(table, record.state, known, None);
        let voters = known.but_these(&record.id);
        let stored = self.match_bases.get(&record.folder, &voters, make)?;
        if let Ok(found) = stored.find(cells, limit) {
            return Ok(found);
        }
        self.match_bases.forget(&record.folder);
        self.match_bases.get(&record.folder, &voters, make)?.find(cells, limit).map_err(failed)
    }
}

impl Store {
    /// Makes what look-ups by likeness ask of a state's current snapshot, unless it is there: the last thing that a load
    /// does, when its snapshot counts already. Returns whether it was made now.
    ///
    /// # Errors
    /// When the act may not load the state's list, or database or disk fail: then whoever asks first makes it.
    pub async fn prepare_lookups(&self, act: &Act<'_, Load>, state: StateCode) -> Result<bool, StoreError> {
        self.demand_load(act, state)?;
        self.make_base(state).await
    }

    /// Makes in the background what look-ups by likeness ask, wherever a current snapshot lacks it: because a load was
    /// killed before it came to it, was undone, or was made by an older program. `told` hears of each that was made, and
    /// what went wrong; it is tried again. Ends with `stop`. It gives nothing out, so that nobody's scope is asked.
    pub async fn keep_lookups(
        &self,
        stop: impl Future<Output = ()>,
        told: impl Fn(StateCode, Result<(), &StoreError>),
    ) {
        let mut stop = std::pin::pin!(stop);
        let mut looked: Vec<(StateCode, String, bool)> = Vec::new();
        loop {
            let round = async {
                for (state, current) in self.all_current().await? {
                    let before = looked.iter().find(|(of, id, _)| *of == state && *id == current);
                    // What went wrong is not tried again before the list changes: whoever asks is told. What was there may be
                    // gone since: a load that was undone at once has taken it away.
                    let done = match before {
                        Some((.., false)) => true,
                        Some((.., true)) => self.has_base(state).await?,
                        None => false,
                    };
                    if done {
                        continue;
                    }
                    let made = self.make_base(state).await;
                    match &made {
                        Ok(true) => told(state, Ok(())),
                        Ok(false) => {}
                        Err(error) => told(state, Err(error)),
                    }
                    looked.retain(|(of, ..)| *of != state);
                    looked.push((state, current, made.is_ok()));
                }
                Ok::<_, StoreError>(())
            };
            tokio::select! {
                () = &mut stop => return,
                // Where the database does not answer, everything else says so, too.
                _ = round => {}
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Whether there is a file of that name beside the current snapshot.
    async fn has_base(&self, state: StateCode) -> Result<bool, StoreError> {
        let current = self.current_record(state).await?;
        Ok(current.is_some_and(|record| record.folder.join(crate::match_base::FILE).exists()))
    }

    async fn make_base(&self, state: StateCode) -> Result<bool, StoreError> {
        let Some(record) = self.current_record(state).await? else { return Ok(false) };
        let known = self.confidential(state).await?;
        let work = move || {
            crate::match_base::ensure(&record.folder, &known.but_these(&record.id), || {
                base(&Table::open(&record.folder.join("voters.parquet"))?, state, &known, None)
            })
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| {
            Err(StoreError::Input(format!("look-ups of {state} were not prepared: {error}")))
        })
    }
}

impl Store {
    /// Whether a scope asks the base that is kept beside the snapshot.
    pub(crate) fn opens_whole_base(&self, scope: &Scope<'_>, state: StateCode) -> bool {
        opens_whole(&self.view(scope, state))
    }
}

fn opens_whole(view: &View<'_>) -> bool {
    view.opens_base(&STORED) && view.opens_base(&[BIRTH_YEAR])
}

/// How often it is looked whether a snapshot has become current.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The base of a table's voters, row by row: of all who are not confidential, or of what exists for `view`. Rows that are
/// left out are there without a value, so that rows keep their number.
pub(crate) fn base(
    table: &Table,
    state: StateCode,
    known: &Arc<Confidential>,
    view: Option<&View<'_>>,
) -> Result<Prepared, StoreError> {
    let mut preparation = preparation();
    let columns: Vec<&str> = STORED.iter().chain(&[BIRTH_YEAR]).chain(&PLACE).copied().collect();
    let filters = view.map(|view| view.rows(known)).unwrap_or_default();
    for batch in table.reader(&columns, None)? {
        let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
        let rows = batch.num_rows();
        let places = Places::of(&batch).map_err(|error| table.damaged(&error))?;
        let exists = places.mask(&filters, rows);
        let there: Vec<bool> =
            (0..rows).map(|row| exists[row] && !places.is_confidential(row, known)).collect();
        let seen = |column: &str| -> Vec<bool> {
            let Some(view) = view else { return there.clone() };
            let cell = |row: usize| {
                let place = Place { state, county: places.county(row), precinct: places.precinct(row) };
                view.cell(place, SchemaTable::Voters, column)
            };
            there.iter().enumerate().map(|(row, there)| *there && cell(row)).collect()
        };
        let mut cells = Vec::with_capacity(STORED.len());
        for column in STORED {
            cells.push(texts(&batch, column, &seen(column), |detail| table.damaged(detail))?);
        }
        let years = texts(&batch, BIRTH_YEAR, &seen(BIRTH_YEAR), |detail| table.damaged(detail))?;
        cells[BIRTH] = cells[BIRTH].iter().zip(&years).map(|(date, year)| date.or(year)).collect();
        preparation.push(Side::Left, &cells.iter().collect::<Vec<_>>());
    }
    Ok(preparation.finish())
}

/// A column as texts, absent where it is not seen.
fn texts(
    batch: &RecordBatch,
    column: &str,
    seen: &[bool],
    damaged: impl Fn(&str) -> StoreError,
) -> Result<StringArray, StoreError> {
    let Some(array) = batch.column_by_name(column) else {
        return Ok(StringArray::new_null(batch.num_rows()));
    };
    let array = plain(array.clone()).map_err(|error| damaged(&error))?;
    let texts = arrow_cast::cast(&array, &arrow_schema::DataType::Utf8)
        .map_err(|error| damaged(&error.to_string()))?;
    let hidden: BooleanArray = seen.iter().map(|seen| Some(!seen)).collect();
    let texts = arrow_select::nullif::nullif(&texts, &hidden).map_err(|error| damaged(&error.to_string()))?;
    arrow_array::cast::AsArray::as_string_opt::<i32>(&texts)
        .cloned()
        .ok_or_else(|| damaged("a column is not text"))
}
