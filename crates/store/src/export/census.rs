//! How many rows go out and how many are subtracted.

use super::fate::{DECIDING, Decider, Fate, Told};
use crate::error::StoreError;
use crate::overlay::OverlayTable;
use crate::read::table::Table;
use crate::read::{Confidential, View};
use hustings_core::StateCode;
use std::collections::{BTreeMap, BTreeSet};

/// How many rows go out and how many are subtracted.
pub(super) struct Census {
    /// The county as the file writes it.
    pub(super) county: Option<String>,
    pub(super) rows: u64,
    /// Of these, voters of the list.
    pub(super) listed: u64,
    /// Of these, voters of whom an overlay has values.
    pub(super) laid: u64,
    pub(super) confidential: u64,
    pub(super) dropped: u64,
}

impl Census {
    /// Of one county, or of all. `knows_of_confidential`: whether the scope may be told of confidential voters.
    pub(super) fn take(
        table: &Table,
        view: &View<'_>,
        known: &Confidential,
        overlays: &[OverlayTable],
        (state, county): (StateCode, Option<&str>),
        knows_of_confidential: bool,
    ) -> Result<Self, StoreError> {
        let decider = Decider::new(table, view, known, overlays)?;
        let county = county.map(|county| county.trim().to_uppercase());
        let mut census = Self { county, rows: 0, listed: 0, laid: 0, confidential: 0, dropped: 0 };
        let mut counties = BTreeSet::new();
        for batch in table.reader(&DECIDING, Some(&decider.ranges(table)?))? {
            let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
            decider.each(&batch, table, |Told { fate, county, laid }| {
                if let Some(wanted) = &census.county
                    && county != Some(wanted.as_str())
                {
                    let exists = matches!(fate, Fate::Goes | Fate::Dropped)
                        || (fate == Fate::Confidential && knows_of_confidential);
                    if let Some(county) = county.filter(|county| exists && !counties.contains(*county)) {
                        counties.insert(county.to_owned());
                    }
                    return;
                }
                match fate {
                    Fate::Absent => {}
                    Fate::OverlayAlone if census.county.is_some() => {}
                    Fate::Goes | Fate::OverlayAlone => {
                        census.rows += 1;
                        census.listed += u64::from(fate == Fate::Goes);
                        census.laid += u64::from(laid);
                    }
                    Fate::Dropped => census.dropped += 1,
                    Fate::Confidential => census.confidential += u64::from(knows_of_confidential),
                }
            })?;
        }
        if let Some(county) = &census.county
            && census.rows + census.dropped + census.confidential == 0
        {
            return Err(StoreError::Input(unknown_county(county, state, &counties)));
        }
        Ok(census)
    }
}

/// How many voters of each county would go out, by its name as the file writes it, the same rows as [`Census`] counts. Those
/// without a county, and those of whom the scope may not know it, under the empty name.
pub(super) fn census_by_county(
    table: &Table,
    view: &View<'_>,
    known: &Confidential,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let decider = Decider::new(table, view, known, &[])?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for batch in table.reader(&DECIDING, Some(&decider.ranges(table)?))? {
        let batch = batch.map_err(|error| table.damaged(&error.to_string()))?;
        decider.each(&batch, table, |Told { fate, county, .. }| {
            if fate != Fate::Goes {
                return;
            }
            let county = county.unwrap_or_default();
            match counts.get_mut(county) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(county.to_owned(), 1);
                }
            }
        })?;
    }
    Ok(counts)
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
    // The same whether or not there is such a county: the scope is not to know.
    if counties.is_empty() {
        return format!(
            "county `{county}` is not in the voter file of {state}: no county is told here, so take all of it"
        );
    }
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
