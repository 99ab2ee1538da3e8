//! Manifests: one place for versions, the same lints everywhere, a page about every crate.

use crate::tree::Tree;

/// A member says `workspace = true`, perhaps with features; versions stand in the root's `[workspace.dependencies]`.
pub fn versions_in_one_place(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for known in tree.crates() {
        for (kind, name, said) in known.dependencies() {
            let inherited = said.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            let own = ["version", "path", "git", "branch", "rev", "tag"]
                .iter()
                .find(|key| said.get(**key).is_some());
            if !inherited || own.is_some() {
                problems.push(format!(
                    "{}/Cargo.toml: `{name}` in [{kind}] must be `workspace = true`",
                    known.folder
                ));
            }
        }
    }
    problems
}

/// Every crate has a README that is its documentation's front page, and the workspace's lints.
pub fn crates_have_readme_and_lints(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for known in tree.crates() {
        let folder = &known.folder;
        if tree.text(&format!("{folder}/README.md")).is_none_or(|text| text.trim().is_empty()) {
            problems.push(format!("{folder}: no README.md"));
        }
        let root = tree
            .text(&format!("{folder}/src/lib.rs"))
            .or_else(|| tree.text(&format!("{folder}/src/main.rs")));
        if !root.is_some_and(|text| text.contains("#![doc = include_str!(\"../README.md\")]")) {
            problems.push(format!("{folder}: README.md is not the front page of its documentation"));
        }
        let lints = known.manifest.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            problems.push(format!("{folder}/Cargo.toml: no `[lints] workspace = true`"));
        }
    }
    problems
}

/// Integration tests link once per binary, so a crate has one: `tests/it/main.rs`.
pub fn one_integration_binary(tree: &Tree) -> Vec<String> {
    let is_binary = |path: &str| {
        let Some((before, inside)) = path.split_once("/tests/") else { return false };
        let own_file = inside.ends_with(".rs") && !inside.contains('/');
        let own_folder =
            inside.strip_suffix("/main.rs").is_some_and(|folder| folder != "it" && !folder.contains('/'));
        !before.contains("/src") && (own_file || own_folder)
    };
    let more = tree.files.keys().filter(|path| is_binary(path));
    more.map(|path| format!("{path}: a second test binary; move it under `tests/it/`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "#![doc = include_str!(\"../README.md\")]\n";

    #[test]
    fn a_version_in_a_member_is_refused() {
        let manifest = "[package]\nname = \"hustings-core\"\n[dependencies]\nserde = \"1\"\njiff.workspace = true\n\
            zip = { workspace = true, features = [\"deflate\"] }\n[dev-dependencies]\ntoml = { path = \"../toml\" }\n";
        let tree = Tree::of(&[("crates/core/Cargo.toml", manifest)]);
        assert_eq!(
            versions_in_one_place(&tree),
            [
                "crates/core/Cargo.toml: `serde` in [dependencies] must be `workspace = true`",
                "crates/core/Cargo.toml: `toml` in [dev-dependencies] must be `workspace = true`"
            ]
        );
    }

    #[test]
    fn a_crate_without_readme_or_lints_is_refused() {
        let manifest = "[package]\nname = \"hustings-core\"\n";
        let tree =
            Tree::of(&[("crates/core/Cargo.toml", manifest), ("crates/core/src/lib.rs", "//! Core.\n")]);
        assert_eq!(
            crates_have_readme_and_lints(&tree),
            [
                "crates/core: no README.md",
                "crates/core: README.md is not the front page of its documentation",
                "crates/core/Cargo.toml: no `[lints] workspace = true`"
            ]
        );
        let manifest = "[package]\nname = \"hustings-core\"\n[lints]\nworkspace = true\n";
        let tree = Tree::of(&[
            ("crates/core/Cargo.toml", manifest),
            ("crates/core/README.md", "# core\n"),
            ("crates/core/src/lib.rs", ROOT),
        ]);
        assert!(crates_have_readme_and_lints(&tree).is_empty());
    }

    #[test]
    fn a_second_test_binary_is_refused() {
        let tree = Tree::of(&[
            ("crates/core/tests/it/main.rs", ""),
            ("crates/core/tests/it/phones.rs", ""),
            ("crates/core/src/layout/tests/all.rs", ""),
            ("crates/core/src/layout/tests.rs", ""),
            ("crates/core/tests/phones.rs", ""),
            ("crates/core/tests/slow/main.rs", ""),
        ]);
        assert_eq!(
            one_integration_binary(&tree),
            [
                "crates/core/tests/phones.rs: a second test binary; move it under `tests/it/`",
                "crates/core/tests/slow/main.rs: a second test binary; move it under `tests/it/`"
            ]
        );
    }
}
