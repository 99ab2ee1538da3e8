//! The columns of the voter file: what has no class could leave by any export.

use crate::tree::Tree;
use std::collections::BTreeSet;

const COLUMNS: &str = "crates/voterfile/columns.toml";
const CLASSES: [&str; 7] =
    ["base", "appended", "proprietary", "private", "exchange", "restricted", "internal"];

/// Each column has a known class, a description and a name of its own in its table; what it is derived from exists.
pub fn columns_have_a_class(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(COLUMNS) else { return Vec::new() };
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => return vec![format!("{COLUMNS}: {}", error.message())],
    };
    let columns: Vec<_> = table.get("column").and_then(toml::Value::as_array).into_iter().flatten().collect();
    if columns.is_empty() {
        return vec![format!("{COLUMNS}: no column")];
    }
    let text = |column: &toml::Value, key: &str| {
        column.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    };
    let names: BTreeSet<String> = columns.iter().map(|column| text(column, "name")).collect();
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for column in columns {
        let (table, name, class) = (text(column, "table"), text(column, "name"), text(column, "class"));
        if !CLASSES.contains(&class.as_str()) {
            problems.push(format!("{COLUMNS}: `{table}.{name}`: unknown class `{class}`"));
        }
        if text(column, "doc").is_empty() {
            problems.push(format!("{COLUMNS}: `{table}.{name}` has no doc"));
        }
        for source in column.get("derived_from").and_then(toml::Value::as_array).into_iter().flatten() {
            let source = source.as_str().unwrap_or_default();
            if !names.contains(source) {
                problems.push(format!(
                    "{COLUMNS}: `{table}.{name}` is derived from `{source}`, which is no column"
                ));
            }
        }
        if !seen.insert((table.clone(), name.clone())) {
            problems.push(format!("{COLUMNS}: `{table}.{name}` stands there twice"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_without_class_or_source_is_refused() {
        let text = r#"column = [
            { table = "voters", name = "phone", class = "base", doc = "Phone" },
            { table = "voters", name = "phone", class = "base", doc = "Phone" },
            { table = "voters", name = "mood", class = "guess", derived_from = ["voice"] },
        ]"#;
        assert_eq!(
            columns_have_a_class(&Tree::of(&[(COLUMNS, text)])),
            [
                "crates/voterfile/columns.toml: `voters.phone` stands there twice",
                "crates/voterfile/columns.toml: `voters.mood`: unknown class `guess`",
                "crates/voterfile/columns.toml: `voters.mood` has no doc",
                "crates/voterfile/columns.toml: `voters.mood` is derived from `voice`, which is no column",
            ]
        );
        assert_eq!(
            columns_have_a_class(&Tree::of(&[(COLUMNS, "")])),
            ["crates/voterfile/columns.toml: no column"]
        );
    }
}
