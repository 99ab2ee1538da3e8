//! The layout by which a file of a delivery was read, for the names of its columns.

use hustings_core::StateCode;
use hustings_voterfile::layout::{FileLayout, Layouts};
use hustings_voterfile::report::{FileReport, LoadReport};
use hustings_voterfile::schema::parquet_name;

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

/// The names of a file's fields in the file's order, from the snapshot's manifest; none when it does not tell. This
/// delivery's files stand last in it, behind those of earlier ones.
#[must_use]
pub fn header(manifest: &serde_json::Value, file: &str) -> Vec<String> {
    let files = manifest["files"].as_array().map_or(&[][..], Vec::as_slice);
    // The delivery's own files stand last, behind those of the snapshots before.
    let names =
        files.iter().rev().find(|known| known["name"] == file).and_then(|file| file["header"].as_array());
    names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The file's name of a canonical column.
#[must_use]
pub fn column_of<'a>(layout: &'a FileLayout, canonical: &str) -> Option<&'a str> {
    // Districts of few states come under their name in Parquet.
    let sought = parquet_name(canonical);
    layout.columns.iter().find(|column| parquet_name(&column.to) == sought).map(|column| column.name.as_str())
}
