//! One `[[file]]` of a layout.

use super::date_format::DateFormat;
use super::finding::Findings;
use super::section::{At, Section};
use super::{FileFormat, FileKind, FileLayout, HeaderRule, HistoryShape, LayoutColumn, MonthDay, WideValue};
use crate::format::normalize_header;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// A file's layout and where its parts stand in the text.
#[derive(Debug)]
pub(super) struct FileAt {
    pub(super) layout: FileLayout,
    pub(super) offset: usize,
    pub(super) columns: Vec<usize>,
    pub(super) aliases: Vec<(String, usize)>,
    pub(super) keys: Vec<At<String>>,
    pub(super) history: usize,
}

impl FileAt {
    /// Code maps that columns name for themselves, and the canonical name whose words they yield.
    pub(super) fn custom_maps(&self) -> impl Iterator<Item = (&str, &str)> {
        self.layout
            .columns
            .iter()
            .filter_map(|column| column.codes.as_deref().map(|codes| (codes, column.to.as_str())))
    }
}

pub(super) fn file(
    table: &DeTable<'_>,
    offset: usize,
    title: &str,
    findings: &mut Findings<'_>,
) -> Option<FileAt> {
    let mut section = Section::new("a [[file]]", offset, table, findings);
    let kind = choice(&mut section, "kind", true, |word| {
        FileKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    });
    let version = section.text("version").map_or_else(|| title.to_owned(), |text| text.value);
    let names = section.plain_texts("names");
    let container = section.text("container").map_or_else(|| "plain".to_owned(), |text| text.value);
    let access = section.text("access").map(|text| text.value);
    let certainty_note = section.text("certainty_note").map(|text| text.value);
    let format = file_format(&mut section);
    let header = header(&mut section);
    let encoding = section.text("encoding").map_or_else(|| "unknown".to_owned(), |text| text.value);
    section.text("eol");
    let dates = dates(&mut section);
    let null_dates = section.plain_texts("null_dates");
    let masks = section.plain_texts("masks");
    let lists = ["key", "secondary_key", "join"].map(|key| section.texts(key));
    let aliases = section.pairs("aliases");
    let partial = section.flag("partial").unwrap_or(false);
    let order_known = section.flag("order_known").unwrap_or(false);
    let (history, history_offset) = history(&mut section);
    let notes = section.plain_texts("notes");
    let (columns, column_offsets) = columns(&mut section);
    section.finish();
    let [key, secondary_key, join] =
        lists.clone().map(|list| list.into_iter().map(|text| text.value).collect());
    let layout = FileLayout {
        kind: kind?,
        version,
        names,
        container,
        access,
        certainty_note,
        format: format?,
        header,
        encoding,
        dates,
        null_dates,
        masks,
        key,
        secondary_key,
        join,
        aliases: aliases.iter().map(|(old, new)| (normalize_header(&old.value), new.value.clone())).collect(),
        partial,
        order_known,
        history,
        notes,
        columns,
    };
    let aliases = aliases.into_iter().map(|(_, new)| (new.value, new.offset)).collect();
    let keys = lists.into_iter().flatten().collect();
    Some(FileAt { layout, offset, columns: column_offsets, aliases, keys, history: history_offset })
}

/// One of several words.
fn choice<T>(
    section: &mut Section<'_, '_, '_>,
    key: &'static str,
    required: bool,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = if required { section.required_text(key)? } else { section.text(key)? };
    let found = read(&text.value);
    if found.is_none() {
        let expected = match key {
            "kind" => FileKind::ALL.map(FileKind::as_str).join(", "),
            "format" => "delimited, fixed".to_owned(),
            "shape" => "rows, wide, slots, pairs, packed".to_owned(),
            _ => "party, method, method_party".to_owned(),
        };
        section
            .findings
            .error(text.offset, format!("`{key}` must be one of {expected}, got `{}`", text.value));
    }
    found
}

fn file_format(section: &mut Section<'_, '_, '_>) -> Option<FileFormat> {
    let delimited = choice(section, "format", true, |word| match word {
        "delimited" => Some(true),
        "fixed" => Some(false),
        _ => None,
    })?;
    if !delimited {
        let Some(line_length) = section.number("line_length") else {
            let offset = section.offset;
            section.findings.error(
                offset,
                "a fixed-width [[file]] lacks `line_length`, the bytes of a full line without its end",
            );
            return None;
        };
        return Some(FileFormat::Fixed { line_length: line_length.value });
    }
    let mut delimiters = Vec::new();
    for text in section.texts("delimiters") {
        match text.value.as_bytes() {
            [byte @ (b'\t' | b',' | b'|' | b';')] => delimiters.push(*byte),
            _ => {
                let message =
                    format!("`{}` is no delimiter: expected a tab, comma, pipe or semicolon", text.value);
                section.findings.error(text.offset, message);
            }
        }
    }
    if delimiters.is_empty() {
        let offset = section.offset;
        section.findings.error(offset, "a delimited [[file]] lacks `delimiters`, such as [\"\\t\"]");
    }
    let quote = match section.text("quote") {
        None => Some(b'"'),
        Some(text) => match text.value.as_str() {
            "none" => None,
            "\"" => Some(b'"'),
            other => {
                section
                    .findings
                    .error(text.offset, format!("`quote` must be \"\\\"\" or \"none\", got `{other}`"));
                None
            }
        },
    };
    Some(FileFormat::Delimited { delimiters, quote })
}

fn header(section: &mut Section<'_, '_, '_>) -> HeaderRule {
    let Some(value) = section.value("header") else {
        let offset = section.offset;
        section
            .findings
            .error(offset, "a [[file]] lacks `header`: expected true, false or \"first_part_only\"");
        return HeaderRule::Always;
    };
    match (value.get_ref().as_bool(), value.get_ref().as_str()) {
        (Some(true), _) => HeaderRule::Always,
        (Some(false), _) => HeaderRule::Never,
        (_, Some("first_part_only")) => HeaderRule::FirstPartOnly,
        _ => {
            section.findings.error(value.span().start, "`header` must be true, false or \"first_part_only\"");
            HeaderRule::Always
        }
    }
}

fn dates(section: &mut Section<'_, '_, '_>) -> Vec<String> {
    let mut dates = Vec::new();
    for text in section.texts("dates") {
        match DateFormat::new(&text.value) {
            Ok(_) => dates.push(text.value),
            Err(message) => section.findings.error(text.offset, message),
        }
    }
    dates
}

fn history(section: &mut Section<'_, '_, '_>) -> (Option<HistoryShape>, usize) {
    let Some((table, offset)) = section.table("history") else { return (None, section.offset) };
    let mut history = Section::new("history", offset, table, section.findings);
    let shape = choice(&mut history, "shape", true, |word| {
        Some(word.to_owned()).filter(|word| SHAPES.contains(&word.as_str()))
    });
    let shape = shape.and_then(|shape| match shape.as_str() {
        "wide" => wide(&mut history),
        "slots" => {
            let map = choice(&mut history, "map", true, |word| {
                FileKind::ALL.into_iter().find(|kind| kind.as_str() == word)
            });
            map.map(|map| HistoryShape::Slots { map })
        }
        "pairs" => Some(HistoryShape::Pairs),
        "packed" => {
            let separator = history.required_text("separator")?;
            let mut letters = separator.value.chars();
            match (letters.next(), letters.next()) {
                (Some(separator), None) => Some(HistoryShape::Packed { separator }),
                _ => {
                    history.findings.error(separator.offset, "`separator` must be one character");
                    None
                }
            }
        }
        _ => Some(HistoryShape::Rows),
    });
    history.finish();
    (shape, offset)
}

const SHAPES: [&str; 5] = ["rows", "wide", "slots", "pairs", "packed"];

fn wide(history: &mut Section<'_, '_, '_>) -> Option<HistoryShape> {
    let regex = history.required_text("regex");
    let date = history.required_text("date");
    let value = choice(history, "value", true, |word| {
        [WideValue::Party, WideValue::Method, WideValue::MethodParty]
            .into_iter()
            .find(|value| value.as_str() == word)
    });
    let mut month_days = BTreeMap::new();
    for (month, rule) in history.pairs("month_days") {
        let number = month.value.parse::<i8>().ok().filter(|month| (1..=12).contains(month));
        let Some(number) = number else {
            history.findings.error(month.offset, format!("`{}` is no month: expected 1 to 12", month.value));
            continue;
        };
        match month_day(&rule.value) {
            Some(day) => {
                month_days.insert(number, day);
            }
            None => history.findings.error(
                rule.offset,
                format!("`{}` is no day rule: expected `tuesday 1` to `tuesday 5`, or `tuesday after first monday`", rule.value),
            ),
        }
    }
    let (regex, date) = (regex?, date?);
    if let Err(message) = DateFormat::new(&date.value) {
        history.findings.error(date.offset, message);
    }
    match regex::Regex::new(&regex.value) {
        Ok(compiled) if !compiled.capture_names().flatten().any(|name| name == "date") => {
            history.findings.error(regex.offset, "the regex has no group `(?<date>…)`");
        }
        Ok(_) => {}
        Err(error) => {
            let message = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            history.findings.error(regex.offset, format!("the regex cannot be read: {message}"));
        }
    }
    Some(HistoryShape::Wide { regex: regex.value, date: date.value, value: value?, month_days })
}

fn month_day(rule: &str) -> Option<MonthDay> {
    if rule == "tuesday after first monday" {
        return Some(MonthDay::TuesdayAfterFirstMonday);
    }
    let number = rule.strip_prefix("tuesday ")?.parse::<i8>().ok()?;
    (1..=5).contains(&number).then_some(MonthDay::Tuesday(number))
}

fn columns(section: &mut Section<'_, '_, '_>) -> (Vec<LayoutColumn>, Vec<usize>) {
    let tables = section.tables("columns");
    if tables.is_empty() {
        let offset = section.offset;
        section.findings.error(offset, "a [[file]] lacks `columns`");
    }
    tables
        .into_iter()
        .filter_map(|(table, offset)| Some((column(table, offset, section.findings)?, offset)))
        .unzip()
}

fn column(table: &DeTable<'_>, offset: usize, findings: &mut Findings<'_>) -> Option<LayoutColumn> {
    let mut section = Section::new("a column", offset, table, findings);
    let name = section.required_text("name");
    let to = section.required_text("to");
    let width_max = section.number("max").map(|number| number.value);
    let start = section.number("start").map(|number| number.value);
    let length = section.number("len").map(|number| number.value);
    let codes = section.text("codes").map(|text| text.value);
    let optional = section.flag("optional").unwrap_or(false);
    let remark = section.text("remark").map(|text| text.value);
    if start.is_some() != length.is_some() {
        section.findings.error(offset, "a column has `start` without `len`, or `len` without `start`");
    }
    section.finish();
    let position = start.zip(length).map(|(start, length)| start..start + length);
    Some(LayoutColumn { name: name?.value, to: to?.value, width_max, position, codes, optional, remark })
}
