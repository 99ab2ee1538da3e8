//! An overlay's values of one voter.

use crate::error::StoreError;
use crate::read::table::{Condition, Rows};
use crate::read::{ValueSource, VoterValue};
use crate::store::Store;
use hustings_access::{Place, Scope};
use hustings_core::VoterId;
use std::collections::BTreeSet;

impl Store {
    /// Values that overlays in the scope have for a voter who lives there. Of two appends of an owner with a column of the same name, the
    /// newer one's column counts.
    pub(crate) async fn overlay_values(
        &self,
        scope: &Scope<'_>,
        VoterId(voter): VoterId,
        place: Place<'_>,
    ) -> Result<Vec<VoterValue>, StoreError> {
        let mut seen = BTreeSet::new();
        let mut values = Vec::new();
        for stored in self.current_appends(None, place.state).await? {
            let view = self.overlay_view(scope, stored.outline());
            if !view.exists() || !self.is_shown(scope, &stored).await? {
                continue;
            }
            let Some((record, key)) = stored.open(self)? else { continue };
            let report = &record.report;
            let fresh: Vec<_> = report
                .columns
                .iter()
                .filter(|column| seen.insert((report.class, column.name.clone())))
                .filter(|column| view.cell(place, &column.name))
                .collect();
            if fresh.is_empty() {
                continue;
            }
            let table = self.append_values(report, &key)?;
            let positions = table.first(&[Condition::Integer("voter_id", voter)], &[], 1)?;
            let names: Vec<_> = fresh.iter().map(|column| column.name.as_str()).collect();
            let batches = table.read(&positions, &names)?;
            let Some(row) = Rows::of(&batches).iter().next() else { continue };
            for column in fresh {
                if let Some(value) = row.text(&column.name) {
                    values.push(VoterValue {
                        column: column.name.clone(),
                        label: format!("{} ({})", column.header, report.owner),
                        class: report.class,
                        value,
                        source: ValueSource::Overlay {
                            owner: report.owner.clone(),
                            append: report.append.clone(),
                            snapshot: report.snapshot.clone(),
                        },
                    });
                }
            }
        }
        Ok(values)
    }
}
