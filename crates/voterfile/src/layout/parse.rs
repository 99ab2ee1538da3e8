//! From a layout's text to a [`Layout`], collecting everything that is wrong with it.

use super::codes::{CodeMap, Codes, MAP_NAMES, MapWords, vocabulary_of};
use super::finding::{Finding, Findings, Severity, hint};
use super::parse_file::{FileAt, file};
use super::section::Section;
use super::validate::validate;
use super::{Certainty, County, IdPattern, Layout};
use hustings_core::StateCode;
use jiff::civil::Date;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// What `hustings layouts check FILE` says: everything wrong with a layout, in the order of its lines. A layout without
/// errors can be used.
#[must_use]
pub fn check_text(text: &str, name: &str) -> Vec<Finding> {
    let mut findings = match parse_layout(text, name) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

/// Reads a layout. Gives the warnings with it, or all findings when at least one is an error.
///
/// # Errors
/// The findings, errors and warnings, when the text is no TOML or no usable layout.
pub fn parse_layout(text: &str, name: &str) -> Result<(Layout, Vec<Finding>), Vec<Finding>> {
    let mut findings = Findings::new(text);
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            findings.error(offset, format!("not a TOML file: {}", one_line(error.message())));
            return Err(findings.list);
        }
    };
    let layout = layout(document.get_ref(), name, &mut findings);
    match layout {
        Some(layout) if !findings.has_errors() => Ok((layout, findings.list)),
        _ => Err(findings.list),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn layout(document: &DeTable<'_>, name: &str, findings: &mut Findings<'_>) -> Option<Layout> {
    let mut section = Section::new("the layout", 0, document, findings);
    let state = section.required_text("state").and_then(|text| match text.value.parse::<StateCode>() {
        Ok(state) => Some(state),
        Err(error) => {
            section.findings.error(text.offset, error.to_string());
            None
        }
    });
    let state_name = section.required_text("name").map(|text| text.value).unwrap_or_default();
    let title = section.required_text("layout").map(|text| text.value).unwrap_or_default();
    let (certainty, certainty_note) = certainty(&mut section);
    let refresh = section.text_or_empty("refresh");
    let access = section.text_or_empty("access");
    let sources = section.plain_texts("sources");
    let notes = section.plain_texts("notes");
    let placeholders = placeholders(&mut section);
    let id = id_pattern(&mut section);
    let counties = counties(&mut section);
    let (codes, maps) = codes(&mut section);
    let files = section.tables("file");
    if files.is_empty() {
        section.findings.error(0, format!("{name} describes no file: expected at least one [[file]]"));
    }
    let files: Vec<FileAt> = files
        .into_iter()
        .filter_map(|(table, offset)| file(table, offset, &title, section.findings))
        .collect();
    let custom: BTreeMap<&str, &str> = files.iter().flat_map(FileAt::custom_maps).collect();
    for (map, offset) in &maps {
        if vocabulary_of(map).is_none() && !custom.contains_key(map.as_str()) {
            let hint = hint(map, MAP_NAMES.iter().copied());
            section.findings.error(*offset, format!("no column uses a code map `{map}`{hint}"));
        }
    }
    section.finish();
    let layout = Layout {
        state: state?,
        name: state_name,
        title,
        certainty,
        certainty_note,
        refresh,
        access,
        sources,
        notes,
        id,
        counties,
        placeholders,
        codes,
        files: Vec::new(),
    };
    validate(&layout, &files, document, findings);
    Some(Layout { files: files.into_iter().map(|file| file.layout).collect(), ..layout })
}

fn certainty(section: &mut Section<'_, '_, '_>) -> (Certainty, String) {
    let note = section.text_or_empty("certainty_note");
    let certainty = section.required_text("certainty");
    let Some(certainty) = certainty else { return (Certainty::Unofficial, note) };
    let word = match certainty.value.as_str() {
        "official" => Certainty::Official,
        "unofficial" => Certainty::Unofficial,
        other => {
            let message = format!("`certainty` must be official or unofficial, got `{other}`");
            section.findings.error(certainty.offset, message);
            Certainty::Unofficial
        }
    };
    if word == Certainty::Unofficial && note.is_empty() {
        let message = "an unofficial layout needs a `certainty_note` that says what is not confirmed";
        section.findings.error(certainty.offset, message);
    }
    (word, note)
}

fn placeholders(section: &mut Section<'_, '_, '_>) -> Vec<Date> {
    let mut dates = Vec::new();
    for text in section.texts("placeholders") {
        match text.value.parse::<Date>() {
            Ok(date) => dates.push(date),
            Err(_) => {
                let message = format!("`{}` is not a date: expected a form such as 1900-01-01", text.value);
                section.findings.error(text.offset, message);
            }
        }
    }
    dates
}

fn id_pattern(section: &mut Section<'_, '_, '_>) -> Option<IdPattern> {
    let (table, offset) = section.table("id")?;
    let mut id = Section::new("[id]", offset, table, section.findings);
    let letters = id.range("letters").unwrap_or((0, 0));
    let digits = id.range("digits");
    let punctuation = id.text_or_empty("punctuation");
    let pad = id.number("pad").map(|number| number.value);
    if digits.is_none() {
        id.findings
            .error(offset, "[id] lacks `digits`, the fewest and most digits of an id, such as [1, 12]");
    }
    id.finish();
    Some(IdPattern { letters, digits: digits?, punctuation, pad })
}

fn counties(section: &mut Section<'_, '_, '_>) -> Vec<County> {
    let mut counties: Vec<County> = Vec::new();
    for (code, name) in section.pairs("counties") {
        if name.value.trim().is_empty() || name.value != name.value.to_uppercase() {
            let message = format!("the county name `{}` must be upper case", name.value);
            section.findings.error(name.offset, message);
        }
        if counties.iter().any(|county| county.name == name.value) {
            section.findings.error(name.offset, format!("the county `{}` occurs twice", name.value));
        }
        counties.push(County { code: code.value, name: name.value, aliases: Vec::new(), fips: None });
    }
    counties.sort_by(|left, right| left.name.cmp(&right.name));
    for (alias, name) in section.pairs("county_aliases") {
        match counties.iter_mut().find(|county| county.name == name.value) {
            Some(county) => county.aliases.push(alias.value.to_uppercase()),
            None => unknown_county(section, &name.value, name.offset, &counties),
        }
    }
    for (name, fips) in section.pairs("county_fips") {
        if fips.value.len() != 3 || !fips.value.bytes().all(|byte| byte.is_ascii_digit()) {
            section
                .findings
                .error(fips.offset, format!("`{}` is no county FIPS code of three digits", fips.value));
        }
        match counties.iter_mut().find(|county| county.name == name.value) {
            Some(county) => county.fips = Some(fips.value),
            None => unknown_county(section, &name.value, name.offset, &counties),
        }
    }
    counties
}

fn unknown_county(section: &mut Section<'_, '_, '_>, name: &str, offset: usize, counties: &[County]) {
    let hint = hint(name, counties.iter().map(|county| county.name.as_str()));
    section.findings.error(offset, format!("`{name}` is no county of [counties]{hint}"));
}

/// The code maps, and where each begins.
fn codes(section: &mut Section<'_, '_, '_>) -> (Codes, Vec<(String, usize)>) {
    let (mut codes, mut maps) = (Codes::default(), Vec::new());
    let Some((table, _)) = section.table("codes") else { return (codes, maps) };
    for (name, value) in table {
        let map_name = name.get_ref().to_string();
        maps.push((map_name.clone(), name.span().start));
        let Some(entries) = value.get_ref().as_table() else {
            let message = format!("[codes.{map_name}] must be a table of codes and words");
            section.findings.error(value.span().start, message);
            continue;
        };
        let mut map = CodeMap::default();
        for (raw, value) in entries {
            let offset = value.span().start;
            let Some(word) = code_word(value.get_ref(), offset, section.findings) else { continue };
            word_is_allowed(&map_name, &word, offset, section.findings);
            let raw: &str = raw.get_ref();
            if map.insert(raw, word).is_some() {
                let message = format!(
                    "the code `{raw}` occurs twice in [codes.{map_name}]: codes are compared without case"
                );
                section.findings.error(offset, message);
            }
        }
        codes.insert(map_name, map);
    }
    (codes, maps)
}

/// A word, or a table with `value` and `remark`.
fn code_word(value: &toml::de::DeValue<'_>, offset: usize, findings: &mut Findings<'_>) -> Option<String> {
    if let Some(word) = value.as_str() {
        return Some(word.to_owned());
    }
    let Some(table) = value.as_table() else {
        findings.error(offset, "a code must be a word in quotes or { value = \"…\", remark = \"…\" }");
        return None;
    };
    let mut section = Section::new("a code", offset, table, findings);
    let word = section.required_text("value").map(|text| text.value);
    section.text("remark");
    section.finish();
    word
}

fn word_is_allowed(map: &str, word: &str, offset: usize, findings: &mut Findings<'_>) {
    let snake = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    match vocabulary_of(map) {
        Some(MapWords::Fixed(words)) if !words.contains(&word) => {
            let near = hint(word, words);
            let near = if near.is_empty() { format!(": expected one of {}", words.join(", ")) } else { near };
            findings.error(offset, format!("`{word}` is no word of [codes.{map}]{near}"));
        }
        Some(MapWords::Free) | None if !snake => {
            findings.error(
                offset,
                format!("`{word}` in [codes.{map}] must be one lower-case word with underscores; put the rest into a remark"),
            );
        }
        _ => {}
    }
}

impl Finding {
    /// Whether the layout cannot be used because of this.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
