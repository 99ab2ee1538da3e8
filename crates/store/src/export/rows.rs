//! The rows and columns of one export, read under one scope.

use super::ExportRequest;
use super::census::Census;
use super::fate::{DECIDING, Decider, Fate, Told};
use crate::error::StoreError;
use crate::household_key::HOUSEHOLD;
use crate::overlay::OverlayTable;
use crate::read::key_order::InKeyOrder;
use crate::read::row_filter::{Area, Places};
use crate::read::table::{Table, integer, value_text};
use crate::read::{Confidential, View, is_within};
use crate::store::{Store, no_list};
use crate::voter_key::short_digest;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hmac::Mac;
use hustings_access::verb::Export;
use hustings_access::{Act, Brand, OrganizationId};
use hustings_core::{FieldClass, StateCode};
use hustings_voterfile::schema::Table as SchemaTable;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::marker::PhantomData;
use std::sync::Arc;

/// A column of the list that goes out.
struct BaseColumn {
    name: String,
    /// Where it exists, when not wherever its voter does.
    areas: Option<Vec<Area>>,
}

/// How much of whose data is in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) columns: usize,
    pub(super) voters: u64,
}

/// The rows of one export, opened and counted under the scope `'id`, under which alone they can be written.
pub struct ExportRows<'id> {
    store: Store,
    organization: OrganizationId,
    pub(super) request: ExportRequest,
    pub(super) snapshot: String,
    pub(super) export: String,
    pub(super) census: Census,
    pub(super) overlays: Vec<OverlayTable>,
    table: Table,
    known: Arc<Confidential>,
    base: Vec<BaseColumn>,
    schema: SchemaRef,
    brand: Brand<'id>,
}

impl std::fmt::Debug for ExportRows<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ExportRows").field("export", &self.export).finish_non_exhaustive()
    }
}

impl<'id> ExportRows<'id> {
    #[expect(clippy::too_many_arguments, reason = "everything that an export is made from")]
    pub(super) fn new(
        store: &Store,
        act: &Act<'id, Export>,
        (view, known): (&View<'_>, Arc<Confidential>),
        request: &ExportRequest,
        snapshot: String,
        export: String,
        (table, census): (Table, Census),
        overlays: Vec<OverlayTable>,
    ) -> Result<Self, StoreError> {
        // The base file and no more, whatever else the scope may see.
        let allowed = |class| class == FieldClass::Base;
        let base: Vec<BaseColumn> = table
            .columns()
            .filter(|column| is_within(SchemaTable::Voters, column, &allowed))
            .filter(|column| view.column(SchemaTable::Voters, column))
            .filter(|column| !table.is_empty(column))
            .map(|name| BaseColumn { name: name.to_owned(), areas: view.part_with(name) })
            .collect();
        if base.is_empty() && overlays.is_empty() {
            return Err(no_list(request.state));
        }
        let mut fields = vec![Field::new("voter_key", DataType::Utf8, false)];
        fields.extend(base.iter().map(|column| {
            // A household leaves under the organization's key, which is text.
            let kind = table.kind(&column.name).filter(|_| column.name != HOUSEHOLD);
            Field::new(&column.name, kind.map_or(DataType::Utf8, unpacked), true)
        }));
        for overlay in &overlays {
            fields.extend(overlay.fields().map(|field| field.as_ref().clone().with_nullable(true)));
        }
        Ok(Self {
            store: store.clone(),
            organization: act.organization().clone(),
            request: request.clone(),
            snapshot,
            export,
            census,
            overlays,
            table,
            known,
            base,
            schema: Arc::new(Schema::new(fields)),
            brand: PhantomData,
        })
    }

    /// How many voters will go out.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.census.rows
    }

    /// Columns and voters of the list, and of the overlays, in the file.
    pub(super) fn parts(&self) -> [Part; 2] {
        let laid = self.overlays.iter().map(|overlay| overlay.fields().count()).sum();
        [
            Part { columns: self.base.len(), voters: self.census.listed },
            Part { columns: laid, voters: self.census.laid },
        ]
    }

    pub(super) fn state(&self) -> StateCode {
        self.request.state
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Batches of the rows that go out; a batch may be empty. In the snapshot's order where every column of each row exists for
    /// the scope; else in the order of the export's own keys, since the snapshot's tells of columns that do not.
    pub(super) fn batches(&self, view: &View<'_>) -> Result<Batches<'_, 'id>, StoreError> {
        let decider = Decider::new(&self.table, view, &self.known, &self.overlays)?;
        let mut columns: Vec<&str> = self.base.iter().map(|column| column.name.as_str()).collect();
        columns.extend(DECIDING);
        let ranges = decider.ranges(&self.table)?;
        let reader = if view.shows_order() && self.census.listed == self.census.rows {
            Reader::InFile(self.table.reader(&columns, Some(&ranges))?)
        } else {
            let key_of = |voter| first_bits(&self.voter_mac(voter));
            Reader::ByKey(InKeyOrder::new(&self.table, &columns, ranges, key_of)?)
        };
        Ok(Batches {
            reader,
            decider,
            table: &self.table,
            county: self.census.county.as_deref(),
            shape: self,
        })
    }

    /// The columns that go out, with the export's own voter keys and the overlays' values. `listed`: of which rows those
    /// of the list go out.
    fn shape(&self, batch: &RecordBatch, listed: &[bool]) -> Result<RecordBatch, StoreError> {
        let damaged = |error: String| self.table.damaged(&error);
        let ids = batch
            .column_by_name("voter_id")
            .cloned()
            .ok_or_else(|| damaged("column voter_id is missing".to_owned()))?;
        let ids: Vec<i64> = (0..ids.len()).map(|row| integer(&ids, row).unwrap_or(0)).collect();
        let keys: StringArray = ids.iter().map(|id| Some(self.voter_key(*id))).collect();
        let places = Places::of(batch).map_err(damaged)?;
        let all_listed = listed.iter().all(|listed| *listed);
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(keys)];
        for (column, field) in self.base.iter().zip(self.schema.fields().iter().skip(1)) {
            let name = &column.name;
            let array =
                batch.column_by_name(name).ok_or_else(|| damaged(format!("column {name} is missing")))?;
            let array: ArrayRef = if name == HOUSEHOLD {
                Arc::new(self.household_keys(array))
            } else {
                arrow_cast::cast(array, field.data_type()).map_err(|error| damaged(error.to_string()))?
            };
            if all_listed && column.areas.is_none() {
                arrays.push(array);
                continue;
            }
            let rows: UInt32Array = (0_u32..)
                .zip(listed.iter().enumerate())
                .map(|(at, (row, listed))| {
                    let here = |areas: &Vec<Area>| covers(areas, places.county(row), places.precinct(row));
                    (*listed && column.areas.as_ref().is_none_or(here)).then_some(at)
                })
                .collect();
            arrays.push(taken(&array, &rows).map_err(damaged)?);
        }
        for overlay in &self.overlays {
            for (array, areas) in overlay.arrays().iter().zip(overlay.areas()) {
                let rows: UInt32Array = ids
                    .iter()
                    .enumerate()
                    .map(|(row, id)| {
                        let here =
                            areas.is_everywhere() || areas.covers(places.county(row), places.precinct(row));
                        overlay.row_of(*id).filter(|_| here)
                    })
                    .collect();
                arrays.push(taken(array, &rows).map_err(damaged)?);
            }
        }
        RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| damaged(error.to_string()))
    }

    fn household_keys(&self, households: &ArrayRef) -> StringArray {
        let organization = self.organization.as_str();
        let key = |household| self.store.household_key_of(organization, self.state(), household);
        (0..households.len()).map(|row| integer(households, row).map(key)).collect()
    }

    /// The voter's key in this export alone: two exports cannot be joined on it.
    fn voter_key(&self, voter_id: i64) -> String {
        short_digest(&self.voter_mac(voter_id))
    }

    fn voter_mac(&self, voter_id: i64) -> [u8; 32] {
        let mut mac = self.store.mac(b"export key");
        mac.update(self.export.as_bytes());
        mac.update(&voter_id.to_be_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// By which keys sort as their texts do.
fn first_bits(digest: &[u8; 32]) -> u64 {
    digest.iter().take(8).fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// Where batches come from.
enum Reader<'a> {
    InFile(ParquetRecordBatchReader),
    ByKey(InKeyOrder<'a>),
}

/// Batches of rows that go out.
pub(super) struct Batches<'a, 'id> {
    reader: Reader<'a>,
    decider: Decider<'a>,
    table: &'a Table,
    county: Option<&'a str>,
    shape: &'a ExportRows<'id>,
}

impl Iterator for Batches<'_, '_> {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match &mut self.reader {
            Reader::InFile(reader) => reader.next()?.map_err(|error| self.table.damaged(&error.to_string())),
            Reader::ByKey(reader) => reader.next()?,
        };
        Some(batch.and_then(|batch| self.kept(&batch)))
    }
}

impl Batches<'_, '_> {
    fn kept(&self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let mut goes = Vec::with_capacity(batch.num_rows());
        let mut listed = Vec::with_capacity(batch.num_rows());
        self.decider.each(batch, self.table, |Told { fate, county, .. }| {
            let goes_out = match self.county {
                Some(wanted) => fate == Fate::Goes && county == Some(wanted),
                None => matches!(fate, Fate::Goes | Fate::OverlayAlone),
            };
            goes.push(goes_out);
            if goes_out {
                listed.push(fate == Fate::Goes);
            }
        })?;
        let kept = arrow_select::filter::filter_record_batch(batch, &BooleanArray::from(goes))
            .map_err(|error| self.table.damaged(&error.to_string()))?;
        self.shape.shape(&kept, &listed)
    }
}

fn covers(areas: &[Area], county: &str, precinct: &str) -> bool {
    areas.iter().any(|area| area.covers(county, precinct))
}

/// The rows of an array at these places; none where there is none.
fn taken(array: &ArrayRef, rows: &UInt32Array) -> Result<ArrayRef, String> {
    arrow_select::take::take(array, rows, None).map_err(|error| error.to_string())
}

/// A dictionary's value type: readers elsewhere stumble over dictionaries.
fn unpacked(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        other => other.clone(),
    }
}

/// A cell as text.
pub(super) fn cell(array: &ArrayRef, row: usize) -> Option<String> {
    value_text(array, row)
}
