//! Voters of a snapshot as a list that another can be linked to: the rows that an export of the base file would hold, and of
//! them only the columns that exist for the scope, under the headers by which matching knows them.

use super::key_order::InKeyOrder;
use super::row_filter::{Area, Places};
use super::table::{Table, integer};
use super::{Confidential, View, is_within};
use crate::error::StoreError;
use crate::export::{DECIDING, Decider, Fate, Told};
use crate::household_key::HOUSEHOLD;
use crate::snapshot::{SnapshotRecord, SnapshotStatus};
use crate::store::{Store, no_list};
use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow_schema::DataType;
use hustings_access::{Brand, Scope};
use hustings_core::{FieldClass, StateCode, VoterId};
use hustings_voterfile::schema::Table as SchemaTable;
use jiff::civil::Date;
use std::marker::PhantomData;
use std::sync::Arc;

/// What the columns that say who somebody is are called in a list; of two for one header the first that the scope has.
const HEADERS: [(&str, &str); 13] = [
    ("name_first", "first_name"),
    ("name_middle", "middle_name"),
    ("name_last", "last_name"),
    ("name_suffix", "suffix"),
    ("name_full", "full_name"),
    ("birth_date", "dob"),
    ("gender", "sex"),
    ("res_std_line", "street"),
    ("res_line1", "street"),
    ("res_full", "street"),
    ("res_city", "city"),
    ("res_state", STATE),
    ("res_zip5", "zip"),
];
const STATE: &str = "state";

struct Column {
    header: String,
    parquet: String,
    /// Where it exists, when not wherever its voter does.
    areas: Option<Vec<Area>>,
}

/// The voters of one snapshot as a list, under the scope `'id`, under which alone they can be read.
pub struct LinkableVoters<'id> {
    state: StateCode,
    snapshot: String,
    as_of: Date,
    table: Table,
    known: Arc<Confidential>,
    columns: Vec<Column>,
    brand: Brand<'id>,
}

impl std::fmt::Debug for LinkableVoters<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LinkableVoters").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}

impl LinkableVoters<'_> {
    /// The state.
    #[must_use]
    pub fn state(&self) -> StateCode {
        self.state
    }

    /// The snapshot's id.
    #[must_use]
    pub fn snapshot(&self) -> &str {
        &self.snapshot
    }

    /// The snapshot's date.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// What its columns are called: as matching knows them, else as exports do.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.header.as_str())
    }
}

/// Some of the voters: in the snapshot's order where every column of them exists for the scope, else in that of their keys.
#[derive(Debug)]
pub struct VoterBlock {
    /// Who they are.
    pub voters: Vec<VoterId>,
    /// The columns that were asked for, in that order; what does not exist for the scope is null.
    pub columns: Vec<StringArray>,
}

impl Store {
    /// The current snapshot of a state, or the one of this date, as a list. Voters outside the scope are not on it,
    /// confidential voters and those no longer on the state's list neither.
    ///
    /// # Errors
    /// There is no such list for the scope, no snapshot of that date, or the file is damaged.
    pub async fn linkable_voters<'id>(
        &self,
        scope: &Scope<'id>,
        state: StateCode,
        as_of: Option<Date>,
    ) -> Result<LinkableVoters<'id>, StoreError> {
        let view = self.linkable_view(scope, state);
        if !view.exists() {
            return Err(no_list(state));
        }
        let record = self.of_date(state, as_of).await?;
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let known = self.confidential(state).await?;
        // Who was confidential only then stays so in what is told of then.
        let known = if record.is_current { known } else { Arc::new(known.with(&record)?) };
        let columns = columns(&table, &view);
        if columns.is_empty() {
            return Err(no_list(state));
        }
        Ok(LinkableVoters {
            state,
            snapshot: record.id,
            as_of: record.as_of,
            table,
            known,
            columns,
            brand: PhantomData,
        })
    }

    async fn of_date(&self, state: StateCode, as_of: Option<Date>) -> Result<SnapshotRecord, StoreError> {
        let Some(date) = as_of else {
            return self.current_record(state).await?.ok_or_else(|| no_list(state));
        };
        let mut published = self.records(state).await?;
        published.retain(|record| record.status == SnapshotStatus::Published && record.as_of == date);
        // Several of one date: the current one, else the one written last.
        let current = published.iter().position(|record| record.is_current);
        published.into_iter().nth(current.unwrap_or(0)).ok_or_else(|| {
            StoreError::Input(format!(
                "there is no snapshot of {state} of {date}: `hustings snapshots --state {state}` lists them"
            ))
        })
    }

    /// Reads the voters with the columns at these places among the headers, block by block.
    ///
    /// # Errors
    /// A grant that ends meanwhile, a damaged file, or what `take` says.
    pub async fn read_linkable<'id, E: From<StoreError>>(
        &self,
        scope: &Scope<'id>,
        voters: &LinkableVoters<'id>,
        wanted: &[usize],
        mut take: impl FnMut(VoterBlock) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = &voters.table;
        let view = self.linkable_view(scope, voters.state);
        let decider = Decider::new(table, &view, &voters.known, &[])?;
        let wanted: Vec<&Column> = wanted.iter().filter_map(|at| voters.columns.get(*at)).collect();
        let mut names: Vec<&str> = wanted.iter().map(|column| column.parquet.as_str()).collect();
        names.extend(DECIDING);
        let ranges = decider.ranges(table)?;
        let mut read = async |batch: Result<RecordBatch, StoreError>| {
            // Nothing that was read after the end of a grant is used.
            self.demand_grant(scope).await?;
            take(block(voters, &decider, &wanted, &batch?)?)
        };
        if view.shows_order() {
            for batch in table.reader(&names, Some(&ranges))? {
                read(batch.map_err(|error| table.damaged(&error.to_string()))).await?;
            }
            return Ok(());
        }
        let key_of = |voter| self.voter_order(scope, voters.state, voter);
        for batch in InKeyOrder::new(table, &names, ranges, key_of)? {
            read(batch).await?;
        }
        Ok(())
    }

    /// Records that an answer tells of these voters that they are on a list: before it leaves.
    ///
    /// # Errors
    /// When the log cannot be written: then the answer must not leave.
    pub async fn record_linked(
        &self,
        scope: &Scope<'_>,
        state: StateCode,
        snapshot: &str,
        voters: impl IntoIterator<Item = VoterId>,
    ) -> Result<(), StoreError> {
        self.demand_grant(scope).await?;
        let mut shown = self.showing(scope, state, "matched", snapshot);
        voters.into_iter().for_each(|voter| shown.listed(voter, false));
        shown.record().await
    }
}

/// The columns that exist for the scope and hold anything, without our households' hashes.
fn columns(table: &Table, view: &View<'_>) -> Vec<Column> {
    let allowed = |class| class == FieldClass::Base;
    let exists = |column: &str| {
        is_within(SchemaTable::Voters, column, &allowed)
            && view.column(SchemaTable::Voters, column)
            // Where the list does not say in which state somebody lives, we do.
            && (!table.is_empty(column) || column == "res_state")
            && column != HOUSEHOLD
    };
    let mut columns: Vec<Column> = Vec::new();
    let mut add = |header: &str, parquet: &str| {
        if columns.iter().all(|column| column.header != header) {
            let (header, parquet) = (header.to_owned(), parquet.to_owned());
            let areas = view.part_with(&parquet);
            columns.push(Column { header, parquet, areas });
        }
    };
    for (parquet, header) in HEADERS.into_iter().filter(|(parquet, _)| table.has(parquet) && exists(parquet))
    {
        add(header, parquet);
    }
    let named = |column: &str| HEADERS.iter().any(|(parquet, _)| *parquet == column);
    // A part of an address would be taken for the whole.
    let part = |column: &str| column.starts_with("res_") || column.starts_with("name_");
    for column in table.columns().filter(|column| !named(column) && !part(column) && exists(column)) {
        add(column, column);
    }
    columns
}

fn block(
    voters: &LinkableVoters<'_>,
    decider: &Decider<'_>,
    wanted: &[&Column],
    batch: &RecordBatch,
) -> Result<VoterBlock, StoreError> {
    let table = &voters.table;
    let damaged = |error: String| table.damaged(&error);
    let mut goes = Vec::with_capacity(batch.num_rows());
    decider.each(batch, table, |Told { fate, .. }| goes.push(fate == Fate::Goes))?;
    let kept = arrow_select::filter::filter_record_batch(batch, &BooleanArray::from(goes))
        .map_err(|error| damaged(error.to_string()))?;
    let places = Places::of(&kept).map_err(damaged)?;
    let column = |name: &str| {
        kept.column_by_name(name).ok_or_else(|| table.damaged(&format!("column {name} is missing")))
    };
    let ids = column("voter_id")?;
    let id = |row| integer(ids, row).map(VoterId).ok_or_else(|| table.damaged("a voter has no id"));
    let mut columns = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let cast = arrow_cast::cast(column(&wanted.parquet)?, &DataType::Utf8)
            .map_err(|error| damaged(error.to_string()))?;
        let texts = cast.as_string::<i32>();
        let state = (wanted.header == STATE).then(|| voters.state.as_str().to_ascii_uppercase());
        let value = |row: usize| {
            let here = |areas: &Vec<Area>| {
                areas.iter().any(|area| area.covers(places.county(row), places.precinct(row)))
            };
            if !wanted.areas.as_ref().is_none_or(here) {
                return None;
            }
            let value = texts.is_valid(row).then(|| texts.value(row)).filter(|text| !text.is_empty());
            // Whoever is registered in a state lives there.
            value.or(state.as_deref())
        };
        if wanted.areas.is_none() && state.is_none() {
            columns.push(texts.clone());
        } else {
            columns.push((0..kept.num_rows()).map(value).collect());
        }
    }
    Ok(VoterBlock { voters: (0..kept.num_rows()).map(id).collect::<Result<_, _>>()?, columns })
}
