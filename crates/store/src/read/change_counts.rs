//! How many changes of each kind and county there are.

use super::rows_are_kept;
use super::table::{Rows, Table};
use super::visible_change::visible_changes;
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use hustings_access::Scope;
use hustings_voterfile::report::Counts;
use std::collections::{BTreeMap, BTreeSet};

/// The changes of a snapshot, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// By kind, all counties together. For who may load the list as in the load report, with kinds that did not occur.
    pub kinds: Counts,
    /// By kind and county.
    pub by_county: BTreeMap<String, Counts>,
    /// The counties of the list, in their order.
    pub counties: Vec<String>,
}

impl ChangeCounts {
    /// By kind.
    #[must_use]
    pub fn by_kind(&self) -> &Counts {
        &self.kinds
    }
}

impl Store {
    /// Counts the changes that exist for the scope.
    ///
    /// # Errors
    /// When the database fails, or a file is missing or damaged.
    pub async fn change_counts(
        &self,
        scope: &Scope<'_>,
        record: &SnapshotRecord,
    ) -> Result<ChangeCounts, StoreError> {
        let view = self.view(scope, record.state);
        if view.keeps() {
            let report = self.report(scope, record)?;
            return Ok(ChangeCounts {
                kinds: report.summary.changes,
                by_county: report.changes_by_county,
                counties: report.counties.into_iter().map(|county| county.county).collect(),
            });
        }
        if !view.exists() {
            return Ok(ChangeCounts::default());
        }
        rows_are_kept(record)?;
        let table = Table::open(&record.folder.join("changes.parquet"))?;
        let known = self.confidential(record.state).await?.with(record)?;
        let visible = visible_changes(&view, record, &table, &[], &known)?;
        let mut counts = ChangeCounts::default();
        let mut seen = BTreeSet::new();
        let positions: Vec<usize> = visible.iter().map(|change| change.position).collect();
        let batches = table.read(&positions, &["kind", "county_name"])?;
        for (row, change) in Rows::of(&batches).iter().zip(&visible) {
            let kind = row.text("kind").unwrap_or_default();
            *counts.kinds.entry(kind.clone()).or_default() += 1;
            if let Some(county) = row.text("county_name").filter(|_| change.county_told) {
                *counts.by_county.entry(kind).or_default().entry(county.clone()).or_default() += 1;
                seen.insert(county);
            }
        }
        seen.extend(self.exportable_by_county(scope, record).await?.into_keys());
        counts.counties = seen.into_iter().filter(|county| !county.is_empty()).collect();
        Ok(counts)
    }
}
