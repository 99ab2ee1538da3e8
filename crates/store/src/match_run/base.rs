//! The voters among whom a list's rows are looked for: those that exist for the act, and of them the cells that do.

use crate::error::StoreError;
use crate::read::row_filter::{Area, PLACE, Places};
use crate::read::table::{Table, integer};
use crate::store::{Store, no_list};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, StringArray};
use arrow_schema::DataType;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::{StateCode, VoterId};
use hustings_voterfile::schema::Table as SchemaTable;

/// The columns of voters that are compared, under the words by which lists' columns are recognized.
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

impl Store {
    /// Calls `take` with blocks of the current snapshot's voters: who they are, and an array for each of
    /// [`MATCHED_COLUMNS`], null where a cell does not exist for the act. Voters outside the scope, confidential ones and
    /// those no longer on the list are not among them. Gives the snapshot.
    ///
    /// # Errors
    /// When there is no list for the act, it ends meanwhile, or a file fails.
    pub async fn voters_to_match(
        &self,
        act: &Act<'_, Append>,
        state: StateCode,
        take: &mut (dyn FnMut(&[VoterId], &[StringArray]) + Send),
    ) -> Result<String, StoreError> {
        let view = self.view(act, state);
        let record = self.current_record(state).await?.filter(|_| view.exists());
        let record = record.ok_or_else(|| no_list(state))?;
        let known = self.confidential(state).await?;
        let filters = view.rows(&known);
        let table = Table::open(&record.folder.join("voters.parquet"))?;
        let columns: Vec<(&str, Option<Vec<Area>>)> = MATCHED_COLUMNS
            .iter()
            .filter(|(_, name)| view.column(SchemaTable::Voters, name) && table.has(name))
            .map(|(_, name)| (*name, view.part_with(name)))
            .collect();
        let names: Vec<&str> =
            columns.iter().map(|(name, _)| *name).chain(PLACE).chain(["dropped_at"]).collect();
        let damaged = |error: String| table.damaged(&error);
        for batch in table.reader(&names, Some(&table.ranges(&filters)?))? {
            if !self.still_holds(act).await? {
                return Err(StoreError::Refused("grant ended".to_owned()));
            }
            let batch = batch.map_err(|error| damaged(error.to_string()))?;
            let places = Places::of(&batch).map_err(damaged)?;
            let mut exists = places.mask(&filters, batch.num_rows());
            let dropped = batch.column_by_name("dropped_at");
            let ids = batch.column_by_name("voter_id").ok_or_else(|| damaged("no voter_id".to_owned()))?;
            let mut voters = Vec::with_capacity(batch.num_rows());
            for (row, exists) in exists.iter_mut().enumerate() {
                let on_list = dropped.is_none_or(|dropped| dropped.is_null(row));
                *exists = *exists && on_list && !places.is_confidential(row, &known);
                match integer(ids, row) {
                    Some(voter) if *exists => voters.push(VoterId(voter)),
                    _ => *exists = false,
                }
            }
            if voters.is_empty() {
                continue;
            }
            let chosen = BooleanArray::from(exists);
            let mut arrays = Vec::with_capacity(MATCHED_COLUMNS.len());
            for (_, name) in MATCHED_COLUMNS {
                let found = columns.iter().find(|(column, _)| *column == name);
                let Some((_, areas)) = found else {
                    arrays.push(StringArray::new_null(voters.len()));
                    continue;
                };
                let array = batch.column_by_name(name).ok_or_else(|| damaged(format!("no {name}")))?;
                let mut array = text_of(array).map_err(damaged)?;
                if let Some(areas) = areas {
                    let covers =
                        |row| areas.iter().any(|area| area.covers(places.county(row), places.precinct(row)));
                    let hidden: BooleanArray = (0..batch.num_rows()).map(|row| Some(!covers(row))).collect();
                    array = arrow_select::nullif::nullif(&array, &hidden)
                        .map_err(|error| damaged(error.to_string()))?;
                }
                let array = arrow_select::filter::filter(&array, &chosen)
                    .map_err(|error| damaged(error.to_string()))?;
                let array = array.as_string_opt::<i32>().cloned();
                arrays.push(array.ok_or_else(|| damaged(format!("column {name} is not text")))?);
            }
            take(&voters, &arrays);
        }
        Ok(record.id)
    }
}

/// Any column as text: dates ISO.
fn text_of(array: &ArrayRef) -> Result<ArrayRef, String> {
    arrow_cast::cast(array, &DataType::Utf8).map_err(|error| error.to_string())
}
