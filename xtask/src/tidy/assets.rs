//! Files of others that we ship.

use crate::tree::Tree;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const LIST: &str = "/assets/vendor/VENDOR.toml";
const KEYS: [&str; 5] = ["name", "version", "license", "license_file", "source"];

/// Each file in a vendor folder is listed in its `VENDOR.toml` with name, version, licence, source and digest, and is as
/// published.
pub fn vendored_files_are_as_published(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    let folders: BTreeSet<&str> = tree
        .files
        .keys()
        .filter_map(|path| Some(&path[..path.find("/assets/vendor/")? + "/assets/vendor/".len()]))
        .collect();
    for folder in folders {
        let list = format!("{}{LIST}", folder.trim_end_matches("/assets/vendor/"));
        let Some(table) = tree.text(&list).and_then(|text| toml::from_str::<toml::Table>(text).ok()) else {
            problems.push(format!("{list}: missing or not TOML"));
            continue;
        };
        let mut listed = BTreeSet::from([list.clone()]);
        for entry in table.get("file").and_then(toml::Value::as_array).into_iter().flatten() {
            let text = |key: &str| entry.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            let path = format!("{folder}{}", text("path"));
            if let Some(key) = KEYS.iter().find(|key| text(key).is_empty()) {
                problems.push(format!("{list}: `{}` has no {key}", text("path")));
            }
            listed.insert(format!("{folder}{}", text("license_file")));
            match tree.files.get(&path).map(|bytes| hex(&Sha256::digest(bytes))) {
                None => problems.push(format!("{path}: listed in VENDOR.toml and missing")),
                Some(digest) if digest != text("sha256") => {
                    problems.push(format!("{path}: expected sha256 {}, got {digest}", text("sha256")));
                }
                Some(_) => {}
            }
            listed.insert(path);
        }
        let unlisted = tree.files.keys().filter(|path| path.starts_with(folder) && !listed.contains(*path));
        problems.extend(unlisted.map(|path| format!("{path}: not listed in VENDOR.toml")));
    }
    problems
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = "crates/hustings/assets/vendor/";

    fn tree(list: &str) -> Tree {
        let path = |name: &str| format!("{FOLDER}{name}");
        Tree::of(&[(&path("VENDOR.toml"), list), (&path("a.js"), "abc"), (&path("a.LICENSE"), "0BSD")])
    }

    #[test]
    fn a_changed_or_unlisted_file_is_refused() {
        // The digest of `abc`, from FIPS 180-2.
        let right = "[[file]]\npath = \"a.js\"\nname = \"a\"\nversion = \"1\"\nlicense = \"0BSD\"\nlicense_file = \
            \"a.LICENSE\"\nsource = \"npm\"\n\
            sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"\n";
        assert!(vendored_files_are_as_published(&tree(right)).is_empty());

        let wrong = right.replace("ba7816", "000000").replace("version = \"1\"\n", "");
        let problems = vendored_files_are_as_published(&tree(&wrong));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(problems[0], format!("{FOLDER}VENDOR.toml: `a.js` has no version"));
        assert!(problems[1].starts_with(&format!("{FOLDER}a.js: expected sha256 000000")), "{problems:?}");

        let problems =
            vendored_files_are_as_published(&tree(&right.replace("path = \"a.js\"", "path = \"b.js\"")));
        assert_eq!(
            problems,
            [
                format!("{FOLDER}b.js: listed in VENDOR.toml and missing"),
                format!("{FOLDER}a.js: not listed in VENDOR.toml")
            ]
        );
        let problems =
            vendored_files_are_as_published(&Tree::of(&[("crates/hustings/assets/vendor/a.js", "abc")]));
        assert_eq!(problems, [format!("{FOLDER}VENDOR.toml: missing or not TOML")]);
    }
}
