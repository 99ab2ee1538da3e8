//! The list of security requirements: a test that it names exists.

use crate::tree::Tree;
use std::collections::BTreeSet;

const LIST: &str = "docs/asvs.md";

/// Every item names a test that exists, or says that there is none yet.
pub fn asvs_tests_exist(tree: &Tree) -> Vec<String> {
    let Some(list) = tree.text(LIST) else { return Vec::new() };
    let tests: BTreeSet<&str> = tree.texts(".rs").flat_map(|(_, text)| tests(text)).collect();
    let mut problems = Vec::new();
    let rows = list.lines().enumerate().filter(|(_, line)| line.starts_with("| ") && is_item(line));
    for (number, line) in rows {
        let number = number + 1;
        let proof = line.trim_end_matches([' ', '|']).rsplit('|').next().unwrap_or_default();
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).filter(|name| is_name(name)).collect();
        if names.is_empty() && !proof.contains("**not yet**") && !proof.contains("not offered") {
            problems.push(format!("{LIST}:{number}: names no test: say **not yet** where there is none"));
        }
        problems.extend(
            names
                .iter()
                .filter(|name| !tests.contains(**name))
                .map(|name| format!("{LIST}:{number}: there is no test `{name}`")),
        );
    }
    problems
}

fn is_item(line: &str) -> bool {
    line.trim_start_matches("| ").starts_with(|character: char| character.is_ascii_digit())
}

/// A function's name and not a path or header.
fn is_name(text: &str) -> bool {
    text.contains('_')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Functions of a file that stand below an attribute which makes them tests.
fn tests(text: &str) -> Vec<&str> {
    let mut tests = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(rest) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") {
            tests.extend(rest.split(['(', '<']).next().filter(|_| marked));
            marked = false;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            marked = false;
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_there_is_named() {
        let rows = "| item | asks | test |\n| 1.1 | a | `it_holds` |\n| 1.2 | b | `it_is_gone`, `helper_of_it` |\n\
             | 1.3 | c | **not yet** |\n| 1.4 | d | surely |\n";
        let code = "#[test]\n#[cfg(unix)]\nfn it_holds() {}\n\nfn helper_of_it() {}\n";
        let problems = asvs_tests_exist(&Tree::of(&[(LIST, rows), ("crates/a/src/lib.rs", code)]));
        assert_eq!(
            problems,
            [
                "docs/asvs.md:3: there is no test `it_is_gone`",
                "docs/asvs.md:3: there is no test `helper_of_it`",
                "docs/asvs.md:5: names no test: say **not yet** where there is none",
            ]
        );
    }
}
