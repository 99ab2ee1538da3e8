//! Receipts of the log: who could write one could read without a record.

use crate::tree::Tree;

/// Put together here, so that this file does not break its own rule.
const CONSTRUCTOR: &str = concat!("of_durable", "_row");
/// Where a row has just been made durable.
const MADE_IN: &str = "crates/store/src/audit/";
/// Where it is defined.
const DEFINED_IN: &str = "crates/access/src/intent.rs";

/// Only the store's audit code makes the receipt that turns a decision into a permit. Tests may: nothing of them is shipped.
pub fn only_the_log_gives_receipts(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts(".rs") {
        if path.starts_with(MADE_IN) || path == DEFINED_IN || is_of_tests(path) {
            continue;
        }
        for (number, line) in shipped_lines(text) {
            if line.contains(CONSTRUCTOR) {
                problems.push(format!("{path}:{number}: only `{MADE_IN}` may call `{CONSTRUCTOR}`"));
            }
        }
    }
    match tree.text(DEFINED_IN) {
        // A rule about a name that is no longer there would hold for ever.
        Some(text) if !text.contains(CONSTRUCTOR) => {
            problems.push(format!("{DEFINED_IN}: `{CONSTRUCTOR}` is not there: has it another name?"));
        }
        _ => {}
    }
    problems
}

/// A file of a crate's `tests` or `benches`, beside its `src`.
fn is_of_tests(path: &str) -> bool {
    let mut folders = path.split('/');
    folders.next() == Some("crates") && matches!(folders.nth(1), Some("tests" | "benches"))
}

/// The lines of a file with their numbers, without its modules of tests.
fn shipped_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut marked, mut in_tests) = (false, false);
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let begins = marked && line.starts_with("mod ") && line.ends_with('{');
        in_tests = begins || in_tests && line != "}";
        marked = line == "#[cfg(test)]";
        (!in_tests).then_some((number, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_from_anywhere_else_is_refused() {
        let call = format!("let receipt = Receipt::{CONSTRUCTOR}(digest, 1);\n");
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n    {call}}}\n\npub fn after_the_tests() {{\n    {call}}}\n"
        );
        let renamed = format!("use hustings_access::Receipt as Ticket;\nlet mint = Ticket::{CONSTRUCTOR};\n");
        let unmarked = format!("mod tests {{\n    {call}}}\n");
        let tree = Tree::of(&[
            (DEFINED_IN, &format!("pub fn {CONSTRUCTOR}() {{}}\n")),
            ("crates/store/src/audit/outbox.rs", &call),
            ("crates/store/src/audit.rs", &call),
            ("crates/access/src/decision.rs", &tests),
            ("crates/access/benches/decide.rs", &call),
            ("crates/hustings/tests/it/support.rs", &call),
            ("crates/hustings/src/pages/tests/world.rs", &call),
            ("crates/hustings/src/pages/permit.rs", &renamed),
            ("crates/store/src/read/mod.rs", &unmarked),
            ("docs/receipts.md", &call),
        ]);
        let refused = |place: &str| format!("{place}: only `{MADE_IN}` may call `{CONSTRUCTOR}`");
        assert_eq!(
            only_the_log_gives_receipts(&tree),
            [
                "crates/access/src/decision.rs:7",
                "crates/hustings/src/pages/permit.rs:2",
                "crates/hustings/src/pages/tests/world.rs:1",
                "crates/store/src/audit.rs:1",
                "crates/store/src/read/mod.rs:2",
            ]
            .map(refused)
        );
        assert_eq!(
            only_the_log_gives_receipts(&Tree::of(&[(DEFINED_IN, "pub fn proved() {}\n")])),
            [format!("{DEFINED_IN}: `{CONSTRUCTOR}` is not there: has it another name?")]
        );
    }
}
