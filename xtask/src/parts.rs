//! The list of parts (SBOM): every package of the lockfile in the form of CycloneDX 1.6, which scanners for known
//! vulnerabilities read.

use crate::tree::Tree;
use serde_json::{Value, json};

/// The list as JSON.
///
/// # Errors
/// The lockfile is missing or damaged.
pub fn parts(tree: &Tree) -> Result<String, String> {
    let lock = tree.text("Cargo.lock").ok_or("Cargo.lock: missing")?;
    let lock: toml::Table = toml::from_str(lock).map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let components: Vec<Value> = packages.map(component).collect();
    let list = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "hustings" } },
        "components": components,
    });
    serde_json::to_string_pretty(&list).map_err(|error| error.to_string())
}

fn component(package: &toml::Value) -> Value {
    let text = |key: &str| package.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let (name, version) = (text("name"), text("version"));
    let mut component = json!({
        "type": "library",
        "bom-ref": format!("{name}@{version}"),
        "name": name,
        "version": version,
    });
    // Our own crates come from no registry.
    if !text("checksum").is_empty() {
        component["purl"] = json!(format!("pkg:cargo/{name}@{version}"));
        component["hashes"] = json!([{ "alg": "SHA-256", "content": text("checksum") }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_list_of_parts_names_every_package_of_the_lockfile() {
        let tree = Tree::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
        let list: Value = serde_json::from_str(&parts(&tree).unwrap()).unwrap();
        let components = list["components"].as_array().unwrap();
        let packages = tree.text("Cargo.lock").unwrap().matches("[[package]]").count();
        assert_eq!(components.len(), packages);
        let ring = components.iter().find(|component| component["name"] == "ring").unwrap();
        assert!(ring["purl"].as_str().unwrap().starts_with("pkg:cargo/ring@0."));
        assert_eq!(ring["hashes"][0]["content"].as_str().unwrap().len(), 64);
        let own = components.iter().find(|component| component["name"] == "hustings-store").unwrap();
        assert!(own.get("purl").is_none());
        assert_eq!(parts(&Tree::default()).unwrap_err(), "Cargo.lock: missing");
    }
}
