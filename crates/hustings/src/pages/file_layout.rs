//! The layout by which a file of a delivery was read, for the names of its columns.

use hustings_core::StateCode;
use hustings_voterfile::layout::{FileLayout, Layouts};
use hustings_voterfile::report::{FileReport, LoadReport};

/// The layout of a file named in a report, with the file's own entry.
#[must_use]
pub fn of<'a>(
    layouts: &'a Layouts,
    state: StateCode,
    report: &'a LoadReport,
    file: &str,
) -> Option<(&'a FileLayout, &'a FileReport)> {
    let file = report.summary.files.iter().find(|known| known.name == file)?;
    let layout =
        layouts.get(state)?.files.iter().find(|known| {
            known.kind.as_str() == file.kind && file.layout_version.starts_with(&known.version)
        })?;
    Some((layout, file))
}

/// The columns' names in the order of the file: known where the file had exactly those of the layout.
#[must_use]
pub fn header(layouts: &Layouts, state: StateCode, report: &LoadReport, file: &str) -> Vec<String> {
    match of(layouts, state, report, file) {
        Some((layout, file)) if file.missing_columns.is_empty() && file.unknown_columns.is_empty() => {
            layout.columns.iter().map(|column| column.name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// The file's name of a canonical column.
#[must_use]
pub fn column_of<'a>(layout: &'a FileLayout, canonical: &str) -> Option<&'a str> {
    layout.columns.iter().find(|column| column.to == canonical).map(|column| column.name.as_str())
}
