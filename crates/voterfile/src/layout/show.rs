//! `hustings layouts show STATE`, as text.

use super::{FileFormat, FileLayout, HeaderRule, HistoryShape, Layout};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Everything that a layout says, for a person.
#[must_use]
pub fn show(layout: &Layout) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} ({}): {}", layout.name, layout.state.upper(), layout.title);
    let _ = writeln!(text, "certainty: {}: {}", layout.certainty.as_str(), layout.certainty_note);
    for (label, value) in [("refresh", &layout.refresh), ("access", &layout.access)] {
        if !value.is_empty() {
            let _ = writeln!(text, "{label}: {value}");
        }
    }
    if let Some(id) = &layout.id {
        let _ = write!(text, "voter id: ");
        if id.letters.1 > 0 {
            let _ = write!(text, "{}-{} letters, ", id.letters.0, id.letters.1);
        }
        let _ = writeln!(text, "{}-{} digits", id.digits.0, id.digits.1);
    }
    let _ = match layout.counties.len() {
        0 => writeln!(text, "counties: not listed, so rows are not checked by county"),
        count => writeln!(text, "counties: {count}"),
    };
    for note in &layout.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for file in &layout.files {
        show_file(&mut text, file);
    }
    for (name, map) in layout.codes.iter() {
        let _ = writeln!(text, "\ncodes of {name}");
        for (raw, word) in map.iter() {
            let _ = writeln!(text, "  {:<40} {word}", if raw.is_empty() { "(empty)" } else { raw });
        }
    }
    text
}

/// The same as a JSON document, for `--json`.
#[must_use]
pub fn to_json(layout: &Layout) -> Value {
    let files: Vec<Value> = layout.files.iter().map(file_json).collect();
    let codes: BTreeMap<&str, BTreeMap<&str, &str>> =
        layout.codes.iter().map(|(name, map)| (name, map.iter().collect())).collect();
    let counties: Vec<Value> = layout
        .counties
        .iter()
        .map(|county| {
            json!({ "code": county.code, "name": county.name, "aliases": county.aliases, "fips": county.fips })
        })
        .collect();
    json!({
        "state": layout.state,
        "name": layout.name,
        "layout": layout.title,
        "certainty": layout.certainty.as_str(),
        "certainty_note": layout.certainty_note,
        "refresh": layout.refresh,
        "access": layout.access,
        "sources": layout.sources,
        "notes": layout.notes,
        "placeholders": layout.placeholders.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "id": layout.id.as_ref().map(|id| json!({
            "letters": [id.letters.0, id.letters.1],
            "digits": [id.digits.0, id.digits.1],
            "punctuation": id.punctuation,
            "pad": id.pad,
        })),
        "counties": counties,
        "files": files,
        "codes": codes,
    })
}

fn file_json(file: &FileLayout) -> Value {
    let columns: Vec<Value> = file
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "to": column.to,
                "width_max": column.width_max,
                "start": column.position.as_ref().map(|place| place.start),
                "length": column.position.as_ref().map(|place| place.len()),
                "optional": column.optional,
            })
        })
        .collect();
    json!({
        "kind": file.kind.as_str(),
        "version": file.version,
        "names": file.names,
        "container": file.container,
        "access": file.access,
        "certainty_note": file.certainty_note,
        "format": match file.format { FileFormat::Delimited { .. } => "delimited", FileFormat::Fixed { .. } => "fixed" },
        "header": header_words(file.header),
        "encoding": file.encoding,
        "dates": file.dates,
        "votes": file.history.as_ref().map(HistoryShape::as_str),
        "notes": file.notes,
        "columns": columns,
    })
}

fn show_file(text: &mut String, file: &FileLayout) {
    let _ = writeln!(text, "\n{}, {}", file.kind, file.version);
    if !file.names.is_empty() {
        let _ = writeln!(text, "  names: {}", file.names.join(", "));
    }
    let _ = match &file.format {
        FileFormat::Delimited { delimiters, quote } => {
            let words: Vec<&str> = delimiters.iter().map(|&byte| delimiter_word(byte)).collect();
            let quoted = if quote.is_some() { "quoted" } else { "no quotes" };
            writeln!(
                text,
                "  format: {} between fields, {quoted}, {}",
                words.join(" or "),
                header_words(file.header)
            )
        }
        FileFormat::Fixed { line_length } => {
            writeln!(text, "  format: fixed width, {line_length} bytes a line")
        }
    };
    if let Some(access) = &file.access {
        let _ = writeln!(text, "  access: {access}");
    }
    if let Some(note) = &file.certainty_note {
        let _ = writeln!(text, "  certainty: {note}");
    }
    if let Some(history) = &file.history {
        let _ = writeln!(text, "  votes: {}", history_words(history));
    }
    for note in &file.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    for (at, column) in file.columns.iter().enumerate() {
        let place = column
            .position
            .as_ref()
            .map_or_else(String::new, |place| format!("  {}..{}", place.start, place.end));
        let _ = writeln!(text, "  {:>3}  {:<40} {}{place}", at + 1, column.name, column.to);
    }
}

fn delimiter_word(byte: u8) -> &'static str {
    match byte {
        b'\t' => "tab",
        b',' => "comma",
        b'|' => "pipe",
        _ => "semicolon",
    }
}

fn header_words(rule: HeaderRule) -> &'static str {
    match rule {
        HeaderRule::Always => "with header",
        HeaderRule::Never => "no header",
        HeaderRule::FirstPartOnly => "header in the first part only",
    }
}

fn history_words(history: &HistoryShape) -> String {
    match history {
        HistoryShape::Rows => "one row per vote".to_owned(),
        HistoryShape::Wide { value, .. } => {
            format!("one column per election, holding the {}", value.as_str().replace('_', " and "))
        }
        HistoryShape::Slots { map } => {
            format!("numbered slots, resolved through the {map} file of the county")
        }
        HistoryShape::Pairs => "pairs of date and method".to_owned(),
        HistoryShape::Packed { separator } => {
            format!("all elections in one field, separated by `{separator}`")
        }
    }
}
