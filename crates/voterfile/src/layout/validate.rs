//! What must hold between the parts of a layout.

use super::codes::vocabulary_of;
use super::finding::{Findings, hint};
use super::parse_file::FileAt;
use super::{FileFormat, FileKind, HeaderRule, HistoryShape, Layout};
use crate::format::normalize_header;
use crate::schema::{ColumnClass, ColumnType, Schema, Table};
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeTable;

pub(super) fn validate(
    layout: &Layout,
    files: &[FileAt],
    document: &DeTable<'_>,
    findings: &mut Findings<'_>,
) {
    for file in files {
        column_targets(file, layout, findings);
        column_names(file, findings);
        positions(file, findings);
        needed_columns(file, findings);
        history_columns(file, files, findings);
    }
    equal_shapes(files, findings);
    unchecked(layout, files, document, findings);
}

/// Every `to` is a name we know, used once, and its codes exist.
fn column_targets(file: &FileAt, layout: &Layout, findings: &mut Findings<'_>) {
    let schema = Schema::embedded();
    let mut used: BTreeMap<&str, &str> = BTreeMap::new();
    for (column, &offset) in file.layout.columns.iter().zip(&file.columns) {
        match schema.resolve(&column.to) {
            None => {
                let hint = hint(&column.to, schema.layout_names());
                findings.error(offset, format!("`{}` is no canonical name{hint}", column.to));
            }
            Some(target) if target.class == ColumnClass::Internal => {
                findings.error(
                    offset,
                    format!("`{}` is a column of ours: no state's file can fill it", column.to),
                );
            }
            Some(target) if target.kind == ColumnType::Date && file.layout.dates.is_empty() => {
                findings.error(offset, format!("`{}` is a date, but its [[file]] lacks `dates`", column.to));
            }
            Some(_) => {}
        }
        if let Some(first) = used.insert(&column.to, &column.name) {
            findings.error(
                offset,
                format!(
                    "`{first}` and `{}` are both mapped to `{}`: one of them needs another name",
                    column.name, column.to
                ),
            );
        }
        if let Some(codes) = column.codes.as_deref().filter(|codes| layout.codes.map(codes).is_none()) {
            let hint = hint(codes, layout.codes.iter().map(|(name, _)| name));
            findings.error(offset, format!("there is no [codes.{codes}]{hint}"));
        }
        custom_words(column, layout, offset, findings);
    }
}

/// A column's own code map yields the words of the column's canonical name.
fn custom_words(column: &super::LayoutColumn, layout: &Layout, offset: usize, findings: &mut Findings<'_>) {
    let Some((name, map)) = column.codes.as_deref().and_then(|name| Some((name, layout.codes.map(name)?)))
    else {
        return;
    };
    let Some(super::codes::MapWords::Fixed(words)) = vocabulary_of(super::codes::map_name_of(&column.to))
    else {
        return;
    };
    for (raw, word) in map.iter().filter(|(_, word)| !words.contains(word)) {
        findings.error(
            offset,
            format!("[codes.{name}] turns `{raw}` into `{word}`, which is no word of `{}`", column.to),
        );
    }
}

/// Header names differ, and aliases and keys name columns that are there.
fn column_names(file: &FileAt, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for (column, &offset) in file.layout.columns.iter().zip(&file.columns) {
        if !seen.insert(normalize_header(&column.name)) {
            findings.error(
                offset,
                format!(
                    "the column `{}` occurs twice: name the second `{}_2`, as the reader does",
                    column.name, column.name
                ),
            );
        }
    }
    let known = |name: &str| seen.contains(&normalize_header(name));
    let names = || file.layout.columns.iter().map(|column| column.name.as_str());
    for (alias, offset) in file.aliases.iter().filter(|(alias, _)| !known(alias)) {
        findings.error(
            *offset,
            format!("an alias stands for `{alias}`, which is no column here{}", hint(alias, names())),
        );
    }
    for key in file.keys.iter().filter(|key| !known(&key.value)) {
        findings.error(key.offset, format!("`{}` is no column here{}", key.value, hint(&key.value, names())));
    }
    let optional = file.layout.columns.iter().position(|column| column.optional);
    let required = file.layout.columns.iter().rposition(|column| !column.optional);
    if let (Some(optional), Some(required)) = (optional, required)
        && file.layout.header == HeaderRule::Never
        && optional < required
    {
        let message =
            format!("`{}` is optional but does not stand at the end", file.layout.columns[optional].name);
        findings.error(file.columns[optional], message);
    }
}

/// Fixed-width columns have places that do not overlap; delimited ones have none.
fn positions(file: &FileAt, findings: &mut Findings<'_>) {
    let fixed = match file.layout.format {
        FileFormat::Fixed { line_length } => Some(line_length),
        FileFormat::Delimited { .. } => None,
    };
    let mut end = 0;
    for (column, &offset) in file.layout.columns.iter().zip(&file.columns) {
        match (fixed, &column.position) {
            (Some(_), None) => findings
                .error(offset, format!("the fixed-width column `{}` lacks `start` and `len`", column.name)),
            (None, Some(_)) => {
                findings.error(offset, format!("`{}` has `start` and `len` in a delimited file", column.name))
            }
            (Some(line_length), Some(position)) => {
                if position.start < end {
                    findings.error(
                        offset,
                        format!(
                            "`{}` begins at byte {}, but the column before it ends at {end}",
                            column.name, position.start
                        ),
                    );
                }
                if position.end > line_length {
                    findings.error(
                        offset,
                        format!(
                            "`{}` ends at byte {}, but a line has {line_length} bytes",
                            column.name, position.end
                        ),
                    );
                }
                end = position.end;
            }
            (None, None) => {}
        }
    }
    if fixed.is_some() && file.layout.header != HeaderRule::Never {
        findings.error(file.offset, "a fixed-width file has no header: expected header = false");
    }
}

/// Rows about voters carry the voter's id, rows about votes an election.
fn needed_columns(file: &FileAt, findings: &mut Findings<'_>) {
    let kind = file.layout.kind;
    let has = |to: &str| file.layout.columns.iter().any(|column| column.to == to);
    if kind.has_voter_id() && !has("state_voter_id") {
        findings.error(file.offset, format!("a {kind} file needs a column with to = \"state_voter_id\""));
    }
    if kind == FileKind::History && !has("vote.election_date") && !has("vote.election_code") {
        findings.error(file.offset, "a history file needs a column with to = \"vote.election_date\"");
    }
    if kind == FileKind::VotersAndHistory && !has("vote.election_date") {
        findings
            .error(file.offset, "a voters_and_history file needs a column with to = \"vote.election_date\"");
    }
}

/// The history shape has the columns and files that it needs.
fn history_columns(file: &FileAt, files: &[FileAt], findings: &mut Findings<'_>) {
    let columns = || file.layout.columns.iter().map(|column| column.to.as_str());
    let missing = match &file.layout.history {
        Some(HistoryShape::Slots { map }) => {
            if !files.iter().any(|other| other.layout.kind == *map) {
                findings.error(file.history, format!("history needs a [[file]] of kind {map}"));
            }
            (!columns().any(|to| to.starts_with("vote.slot"))).then_some("vote.slot1.method")
        }
        Some(HistoryShape::Pairs) => {
            (!columns().any(|to| to.ends_with(".election_date"))).then_some("vote.general.0.election_date")
        }
        Some(HistoryShape::Packed { .. }) => {
            (!columns().any(|to| to == "vote.packed")).then_some("vote.packed")
        }
        _ => None,
    };
    if let Some(missing) = missing {
        findings.error(file.history, format!("this history shape needs a column such as to = \"{missing}\""));
    }
    if file.layout.history.is_none() && file.layout.kind == FileKind::Voters {
        let stray = file.layout.columns.iter().zip(&file.columns).find(|(column, _)| {
            Schema::embedded().resolve(&column.to).is_some_and(|target| target.table == Table::Votes)
        });
        if let Some((column, &offset)) = stray {
            let message = format!("`{}` belongs to a vote, but this voters file has no `history`", column.to);
            findings.error(offset, message);
        }
    }
}

/// Files without header and of equal width need names to be told apart.
fn equal_shapes(files: &[FileAt], findings: &mut Findings<'_>) {
    for (at, file) in files.iter().enumerate().filter(|(_, file)| file.layout.header == HeaderRule::Never) {
        if !matches!(file.layout.format, FileFormat::Delimited { .. }) || !file.layout.names.is_empty() {
            continue;
        }
        let twin = files[..at].iter().find(|other| {
            other.layout.header == HeaderRule::Never
                && other.layout.widths().any(|width| file.layout.widths().contains(&width))
        });
        if let Some(twin) = twin {
            findings.error(
                file.offset,
                format!(
                    "this file has as many columns as the {} file and no header: it needs `names`",
                    twin.layout.kind
                ),
            );
        }
    }
}

/// What will not be checked in the rows.
fn unchecked(layout: &Layout, files: &[FileAt], document: &DeTable<'_>, findings: &mut Findings<'_>) {
    let has = |to: &str| files.iter().any(|file| file.layout.columns.iter().any(|column| column.to == to));
    if layout.id.is_none() && !document.contains_key("id") {
        findings.warning(0, "no [id]: rows cannot be checked by the form of the voter's id");
    }
    if layout.counties.is_empty() && (has("county_code") || has("county_name")) {
        findings.warning(0, "no [counties]: rows cannot be checked by their county");
    }
}
