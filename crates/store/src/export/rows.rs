//! Which rows and columns go out.

use super::ExportRequest;
use crate::error::StoreError;
use crate::household_key::HOUSEHOLD;
use crate::overlay::OverlayTable;
use crate::read::table::{Table, integer, plain, value_text};
use crate::read::{Confidential, is_within};
use crate::store::Store;
use crate::voter_key::short_digest;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hmac::Mac;
use hustings_access::Scope;
use hustings_core::{FieldClass, StateCode};
use hustings_voterfile::schema::Table as SchemaTable;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Columns that decide whether a row goes out. A table without them lets nothing out.
const DECIDING: [&str; 4] = ["dropped_at", "confidential", "county_name", "voter_id"];

/// How many rows go out and how many are subtracted.
pub(super) struct Census {
    /// The county as the file writes it.
    pub(super) county: Option<String>,
    pub(super) rows: u64,
    pub(super) confidential: u64,
    pub(super) dropped: u64,
}

impl Census {
    pub(super) fn take(
        table: &Table,
        state: StateCode,
        county: Option<&str>,
        known: &Confidential,
    ) -> Result<Self, StoreError> {
        require_deciding(table)?;
        let county = county.map(|county| county.trim().to_uppercase());
        let mut census = Self { county, rows: 0, confidential: 0, dropped: 0 };
        let mut counties = BTreeSet::new();
        for batch in table.reader(&DECIDING, None)? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            let decider = Decider::of(&batch, table, known)?;
            for row in 0..batch.num_rows() {
                if let Some(wanted) = &census.county {
                    let county = decider.county(row).unwrap_or_default();
                    if county != wanted {
                        if !counties.contains(county) {
                            counties.insert(county.to_owned());
                        }
                        continue;
                    }
                }
                match decider.fate(row) {
                    Fate::Goes => census.rows += 1,
                    Fate::Dropped => census.dropped += 1,
                    Fate::Confidential => census.confidential += 1,
                }
            }
        }
        if let Some(county) = &census.county
            && census.rows + census.dropped + census.confidential == 0
        {
            return Err(StoreError::Input(unknown_county(county, state, &counties)));
        }
        Ok(census)
    }
}

/// How many voters of each county would go out, by its name as the file writes it, the same rows as [`Census`] counts.
pub(super) fn census_by_county(
    table: &Table,
    known: &Confidential,
) -> Result<BTreeMap<String, u64>, StoreError> {
    require_deciding(table)?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for batch in table.reader(&DECIDING, None)? {
        let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
        let decider = Decider::of(&batch, table, known)?;
        let goes = |row: &usize| matches!(decider.fate(*row), Fate::Goes);
        for row in (0..batch.num_rows()).filter(goes) {
            let county = decider.county(row).unwrap_or_default();
            match counts.get_mut(county) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(county.to_owned(), 1);
                }
            }
        }
    }
    Ok(counts)
}

fn require_deciding(table: &Table) -> Result<(), StoreError> {
    match DECIDING.iter().find(|column| !table.has(column)) {
        Some(missing) => {
            Err(table.damaged(&format!("column {missing} is missing, and without it nothing goes out")))
        }
        None => Ok(()),
    }
}

enum Fate {
    Goes,
    Dropped,
    Confidential,
}

/// Looks at the deciding columns of a batch.
struct Decider<'a> {
    dropped: ArrayRef,
    confidential: BooleanArray,
    voters: ArrayRef,
    county: ArrayRef,
    known: &'a Confidential,
}

impl<'a> Decider<'a> {
    fn of(batch: &RecordBatch, table: &Table, known: &'a Confidential) -> Result<Self, StoreError> {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .cloned()
                .ok_or_else(|| table.damaged(&format!("column {name} is missing")))
        };
        let confidential = column("confidential")?;
        let confidential = confidential
            .as_boolean_opt()
            .ok_or_else(|| table.damaged("column confidential is not boolean"))?
            .clone();
        let county = plain(column("county_name")?).map_err(|error| table.damaged(&error))?;
        if county.as_string_opt::<i32>().is_none() {
            return Err(table.damaged("column county_name is not text"));
        }
        Ok(Self { dropped: column("dropped_at")?, confidential, voters: column("voter_id")?, county, known })
    }

    fn county(&self, row: usize) -> Option<&str> {
        let county = self.county.as_string_opt::<i32>()?;
        county.is_valid(row).then(|| county.value(row))
    }

    fn fate(&self, row: usize) -> Fate {
        if self.dropped.is_valid(row) {
            Fate::Dropped
        } else if self.confidential.is_valid(row) && self.confidential.value(row)
            || integer(&self.voters, row).is_none_or(|voter| self.known.has(voter))
        {
            Fate::Confidential
        } else {
            Fate::Goes
        }
    }
}

/// The columns that go out, and the batches of them.
pub(super) struct Extract<'a> {
    store: &'a Store,
    scope: &'a Scope,
    state: StateCode,
    table: &'a Table,
    known: &'a Confidential,
    overlays: &'a [OverlayTable],
    export: &'a str,
    base: Vec<String>,
    schema: SchemaRef,
}

impl<'a> Extract<'a> {
    pub(super) fn new(
        store: &'a Store,
        scope: &'a Scope,
        table: &'a Table,
        known: &'a Confidential,
        request: &ExportRequest,
        overlays: &'a [OverlayTable],
        export: &'a str,
    ) -> Result<Self, StoreError> {
        // The base file and no more, whatever else the scope may see.
        let allowed = |class| class == FieldClass::Base && scope.allows_class(class);
        let base: Vec<String> = table
            .columns()
            .filter(|column| is_within(SchemaTable::Voters, column, &allowed))
            .filter(|column| !table.is_empty(column))
            .map(str::to_owned)
            .collect();
        if base.is_empty() {
            return Err(StoreError::Input(format!("there is no voter file of {} here", request.state)));
        }
        let mut fields = vec![Field::new("voter_key", DataType::Utf8, false)];
        fields.extend(base.iter().map(|name| {
            // A household leaves under the organization's key, which is text.
            let kind = table.kind(name).filter(|_| name != HOUSEHOLD);
            Field::new(name, kind.map_or(DataType::Utf8, unpacked), true)
        }));
        for overlay in overlays {
            fields.extend(overlay.fields().map(|field| field.as_ref().clone()));
        }
        Ok(Self {
            store,
            scope,
            state: request.state,
            table,
            known,
            overlays,
            export,
            base,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Calls `take` with batches of the rows that go out, in the snapshot's order.
    pub(super) fn for_each(
        &self,
        census: &Census,
        mut take: impl FnMut(&RecordBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.for_each_until(census, |batch| take(batch).map(|()| true))
    }

    /// As [`Extract::for_each`], until `take` says false.
    pub(super) fn for_each_until(
        &self,
        census: &Census,
        mut take: impl FnMut(&RecordBatch) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut columns: Vec<&str> = self.base.iter().map(String::as_str).collect();
        columns.extend(DECIDING);
        for batch in self.table.reader(&columns, None)? {
            let batch = batch.map_err(|error| self.table.damaged(&error.to_string()))?;
            let decider = Decider::of(&batch, self.table, self.known)?;
            let mask: BooleanArray = (0..batch.num_rows())
                .map(|row| {
                    let here =
                        census.county.as_deref().is_none_or(|wanted| decider.county(row) == Some(wanted));
                    Some(here && matches!(decider.fate(row), Fate::Goes))
                })
                .collect();
            let kept = arrow_select::filter::filter_record_batch(&batch, &mask)
                .map_err(|error| self.table.damaged(&error.to_string()))?;
            if kept.num_rows() > 0 && !take(&self.shape(&kept)?)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The columns that go out, with the export's own voter keys and the overlays' values.
    fn shape(&self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let damaged = |error: String| self.table.damaged(&error);
        let ids = batch
            .column_by_name("voter_id")
            .cloned()
            .ok_or_else(|| damaged("column voter_id is missing".to_owned()))?;
        let ids: Vec<i64> = (0..ids.len()).map(|row| integer(&ids, row).unwrap_or(0)).collect();
        let keys: StringArray = ids.iter().map(|id| Some(self.voter_key(*id))).collect();
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(keys)];
        for (name, field) in self.base.iter().zip(self.schema.fields().iter().skip(1)) {
            let array =
                batch.column_by_name(name).ok_or_else(|| damaged(format!("column {name} is missing")))?;
            if name == HOUSEHOLD {
                arrays.push(Arc::new(self.household_keys(array)));
                continue;
            }
            arrays.push(
                arrow_cast::cast(array, field.data_type()).map_err(|error| damaged(error.to_string()))?,
            );
        }
        for overlay in self.overlays {
            let rows: UInt32Array = ids.iter().map(|id| overlay.row_of(*id)).collect();
            for array in overlay.arrays() {
                arrays.push(
                    arrow_select::take::take(array, &rows, None)
                        .map_err(|error| damaged(error.to_string()))?,
                );
            }
        }
        RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| damaged(error.to_string()))
    }

    fn household_keys(&self, households: &ArrayRef) -> StringArray {
        let key = |household| self.store.household_key(self.scope, self.state, household);
        (0..households.len()).map(|row| integer(households, row).map(key)).collect()
    }

    /// The voter's key in this export alone: two exports cannot be joined on it.
    fn voter_key(&self, voter_id: i64) -> String {
        let mut mac = self.store.mac(b"export key");
        mac.update(self.export.as_bytes());
        mac.update(&voter_id.to_be_bytes());
        short_digest(&mac.finalize().into_bytes())
    }
}

/// A dictionary's value type: readers elsewhere stumble over dictionaries.
fn unpacked(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        other => other.clone(),
    }
}

/// One sentence with the names that come near.
fn unknown_county(county: &str, state: StateCode, counties: &BTreeSet<String>) -> String {
    let mut near: Vec<_> = counties
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| (distance(county, name), name))
        .filter(|(distance, name)| {
            *distance <= 2 || name.starts_with(county) || county.starts_with(name.as_str())
        })
        .collect();
    near.sort();
    let names: Vec<_> = near.iter().take(5).map(|(_, name)| format!("`{name}`")).collect();
    if names.is_empty() {
        let some: Vec<_> =
            counties.iter().filter(|name| !name.is_empty()).take(5).map(|name| format!("`{name}`")).collect();
        format!(
            "county `{county}` is not in the voter file of {state}: it has {} and others",
            some.join(", ")
        )
    } else {
        format!("county `{county}` is not in the voter file of {state}: did you mean {}?", names.join(" or "))
    }
}

/// Levenshtein's edit distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[place + 1];
            row[place + 1] = substituted.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// A cell as text.
pub(super) fn cell(array: &ArrayRef, row: usize) -> Option<String> {
    value_text(array, row)
}
