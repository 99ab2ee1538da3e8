//! The whole load report of two small fixed weeks, compared with `tests/data/golden/*.json` (`UPDATE=1` rewrites).

use crate::support::{Desk, same_as_file};
use serde_json::Value;
use std::path::Path;

/// What differs from run to run gets a fixed value; everything else is compared.
fn normalize(report: &mut Value) {
    report["loaded_at"] = "…".into();
    // By name: whether a map keeps another order is a choice of other crates.
    report.sort_all_objects();
    report["summary"]["seconds"] = 0.into();
    report["summary"]["peak_memory_bytes"] = 0.into();
    // Bytes on the disk are the Parquet library's business.
    report["sizes"].as_object_mut().unwrap().values_mut().for_each(|bytes| *bytes = 0.into());
}

/// Indented, and whatever fits a line on one line, so that a difference is read as one.
fn write(json: &Value, indent: usize, out: &mut String) {
    let line = json.to_string();
    let (open, close, items): (_, _, Vec<(String, &Value)>) = match json {
        Value::Object(object) if line.len() > 100 => (
            "{",
            "}",
            object.iter().map(|(key, value)| (format!("{}: ", Value::from(key.as_str())), value)).collect(),
        ),
        Value::Array(array) if line.len() > 100 => {
            ("[", "]", array.iter().map(|value| (String::new(), value)).collect())
        }
        _ => return out.push_str(&line),
    };
    out.push_str(open);
    for (at, (key, value)) in items.iter().enumerate() {
        *out += &format!("{}\n{:2$}{key}", if at > 0 { "," } else { "" }, "", indent + 2);
        write(value, indent + 2, out);
    }
    *out += &format!("\n{:1$}{close}", "", indent);
}

#[test]
fn the_reports_of_two_fixed_weeks_are_what_they_were() {
    let desk = Desk::new();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    for week in ["2026-02-07", "2026-02-14"] {
        let delivery = golden.join(week);
        desk.json(&["load", delivery.to_str().unwrap(), "--state", "nc", "--accept-held", "golden"], 0);
        let mut report = desk.json(&["report", "--state", "nc"], 0);
        normalize(&mut report);
        let mut text = String::new();
        write(&report, 0, &mut text);
        same_as_file(&(text + "\n"), &format!("data/golden/{week}.json"));
    }
}
