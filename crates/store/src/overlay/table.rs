//! An owner's overlay in memory, to be laid beside the voters of an export.

use super::vault::{VALUES, Vault};
use super::{AppendReport, OverlayView};
use crate::error::StoreError;
use crate::export::ExportRequest;
use crate::keyring::DataKey;
use crate::read::row_filter::Area;
use crate::read::table::{Table, integer};
use crate::store::Store;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::FieldRef;
use hustings_access::Scope;
use hustings_core::FieldClass;
use std::collections::{BTreeSet, HashMap};

/// The values of one append.
pub(crate) struct OverlayTable {
    /// The append's id.
    append: String,
    key: DataKey,
    values: RecordBatch,
    rows: HashMap<i64, u32>,
    /// Where each column exists.
    areas: Vec<Areas>,
}

/// Where a column of an overlay exists.
pub(crate) struct Areas(Vec<Area>);

impl Areas {
    pub(crate) fn is_everywhere(&self) -> bool {
        self.0.iter().any(Area::is_everywhere)
    }

    pub(crate) fn covers(&self, county: &str, precinct: &str) -> bool {
        self.0.iter().any(|area| area.covers(county, precinct))
    }
}

impl OverlayTable {
    /// Loads the columns that exist for the scope, except those that a newer append has already brought.
    fn load(
        table: &Table,
        (append, key): (&str, DataKey),
        view: &OverlayView<'_>,
        seen: &mut BTreeSet<String>,
    ) -> Result<Self, StoreError> {
        let columns: Vec<&str> = table
            .columns()
            .filter(|column| !seen.contains(*column) && *column != "source_line")
            .filter(|column| *column == "voter_id" || view.column(column))
            .collect();
        let batches = table
            .reader(&columns, None)?
            .map(|batch| batch.map_err(|error| table.damaged(&error.to_string())))
            .collect::<Result<Vec<_>, _>>()?;
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => table.reader(&columns, None)?.schema(),
        };
        let all = arrow_select::concat::concat_batches(&schema, &batches)
            .map_err(|error| table.damaged(&error.to_string()))?;
        let ids = all.column_by_name("voter_id").cloned();
        let ids = ids.ok_or_else(|| table.damaged("column voter_id is missing"))?;
        let rows = (0_u32..)
            .zip(0..ids.len())
            .filter_map(|(at, row)| integer(&ids, row).map(|voter| (voter, at)))
            .collect();
        let own: Vec<usize> =
            (0..all.num_columns()).filter(|index| all.schema().field(*index).name() != "voter_id").collect();
        let values = all.project(&own).map_err(|error| table.damaged(&error.to_string()))?;
        // Also what does not exist for the scope hides what it took the place of.
        seen.extend(table.columns().filter(|column| *column != "voter_id").map(str::to_owned));
        let areas = values.schema().fields().iter().map(|field| Areas(view.areas_of(field.name()))).collect();
        Ok(Self { append: append.to_owned(), key, values, rows, areas })
    }

    /// The id of the append.
    pub(crate) fn append(&self) -> &str {
        &self.append
    }

    /// The key under which it lay.
    pub(crate) fn key(&self) -> &DataKey {
        &self.key
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldRef> {
        self.values.schema().fields().iter().cloned().collect::<Vec<_>>().into_iter()
    }

    pub(crate) fn arrays(&self) -> &[ArrayRef] {
        self.values.columns()
    }

    /// Where each of the columns exists.
    pub(crate) fn areas(&self) -> &[Areas] {
        &self.areas
    }

    /// Where any of its columns exists.
    pub(crate) fn everywhere(&self) -> Vec<Area> {
        let mut all: Vec<Area> = self.areas.iter().flat_map(|areas| areas.0.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether a voter who lives there has a row of which any column exists.
    pub(crate) fn shows(&self, voter: i64, county: &str, precinct: &str) -> bool {
        self.rows.contains_key(&voter) && self.areas.iter().any(|areas| areas.covers(county, precinct))
    }

    /// The row of a voter.
    pub(crate) fn row_of(&self, voter: i64) -> Option<u32> {
        self.rows.get(&voter).copied()
    }
}

impl Store {
    /// An append's values.
    pub(super) fn append_values(&self, report: &AppendReport, key: &DataKey) -> Result<Table, StoreError> {
        let folder = self.data.overlays(&report.owner, report.class).join(&report.append);
        Vault::new(&folder, &report.append, key).table(VALUES)
    }

    /// The values of an append that is there and can be read.
    pub(crate) async fn values_of_append(&self, append: &str) -> Result<Option<Table>, StoreError> {
        let found = self
            .select_appends(None, "WHERE a.id = $1 AND a.status <> 'removed'", vec![append.into()])
            .await?;
        let Some(stored) = found.into_iter().next() else { return Ok(None) };
        let Some((record, key)) = stored.open(self)? else { return Ok(None) };
        self.append_values(&record.report, &key).map(Some)
    }

    /// What an export lays beside the base columns: nothing for `base`, else the overlay of one owner and class.
    pub(crate) async fn overlays_for(
        &self,
        scope: &Scope<'_>,
        request: &ExportRequest,
    ) -> Result<Vec<OverlayTable>, StoreError> {
        let class = request.class;
        let owner = match (class, &request.owner) {
            (FieldClass::Base, None) => return Ok(Vec::new()),
            (FieldClass::Base, Some(owner)) => {
                return Err(StoreError::Input(format!(
                    "class base has no owner, got `{owner}`: leave --owner out, or name another --class"
                )));
            }
            (FieldClass::Appended | FieldClass::Proprietary | FieldClass::Private, Some(owner)) => owner,
            (FieldClass::Appended | FieldClass::Proprietary | FieldClass::Private, None) => {
                return Err(StoreError::Input(format!("class {class} needs an owner: add --owner")));
            }
            _ => {
                return Err(StoreError::Input(format!(
                    "class `{class}` cannot be exported: expected base, appended, proprietary or private"
                )));
            }
        };
        let mut seen = BTreeSet::new();
        let mut tables = Vec::new();
        let mut destroyed = false;
        for stored in self.current_appends(None, request.state).await? {
            let outline = stored.outline();
            let view = self.overlay_view(scope, outline);
            if outline.class != class || outline.owner != *owner || !view.exists() {
                continue;
            }
            if !self.is_shown(scope, &stored).await? {
                continue;
            }
            match stored.open(self)? {
                Some((record, key)) => {
                    let values = self.append_values(&record.report, &key)?;
                    tables.push(OverlayTable::load(&values, (&record.report.append, key), &view, &mut seen)?);
                }
                None => destroyed = true,
            }
        }
        if tables.is_empty() && destroyed {
            return Err(StoreError::Input(format!(
                "the key of the {class} data of `{owner}` was destroyed: nobody can read them again"
            )));
        }
        if tables.is_empty() {
            return Err(StoreError::Input(format!(
                "there is no {class} data of `{owner}` for {}: see `hustings append list`",
                request.state
            )));
        }
        Ok(tables)
    }
}
