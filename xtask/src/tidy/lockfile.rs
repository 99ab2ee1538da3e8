//! What the lockfile shows of the dependencies' own dependencies.

use crate::tree::Tree;
use std::collections::BTreeMap;

/// One Arrow in the lockfile: two would mean two incompatible `RecordBatch` types, and twice the build time.
pub fn one_arrow(tree: &Tree) -> Vec<String> {
    let Some(lock) = tree.text("Cargo.lock").and_then(|text| toml::from_str::<toml::Table>(text).ok()) else {
        return vec!["Cargo.lock: missing or not TOML".to_owned()];
    };
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        if let (Some(name), Some(version)) = (text("name"), text("version"))
            && (name == "arrow" || name == "parquet" || name.starts_with("arrow-"))
        {
            versions.entry(version).or_default().push(name);
        }
    }
    match versions.len() {
        0 | 1 => Vec::new(),
        _ => vec![format!("Cargo.lock: expected one version of Arrow, got {versions:?}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_arrows_are_refused() {
        let one = "[[package]]\nname = \"arrow-array\"\nversion = \"59.3.2\"\n";
        assert!(one_arrow(&Tree::of(&[("Cargo.lock", one)])).is_empty());
        let two = format!("{one}[[package]]\nname = \"parquet\"\nversion = \"58.0.0\"\n");
        assert_eq!(
            one_arrow(&Tree::of(&[("Cargo.lock", &two)])),
            [
                "Cargo.lock: expected one version of Arrow, got {\"58.0.0\": [\"parquet\"], \"59.3.2\": [\"arrow-array\"]}"
            ]
        );
        assert_eq!(one_arrow(&Tree::default()), ["Cargo.lock: missing or not TOML"]);
    }
}
