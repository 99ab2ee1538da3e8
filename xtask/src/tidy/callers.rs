//! Functions that only one place may call: who could write a receipt of the log could read without a record, and who could
//! seed a server's randomness could tell its secrets.

use crate::tree::Tree;

struct Reserved {
    /// Put together where it is named, so that this file does not break its own rule.
    name: &'static str,
    /// The file in which it is defined.
    defined_in: &'static str,
    /// The folder that may call it.
    called_in: &'static str,
}

const RESERVED: [Reserved; 3] = [RECEIPT, SEEDED, DRAWN];

/// Turns a decision into a permit: only where a row has just been made durable.
const RECEIPT: Reserved = Reserved {
    name: concat!("of_durable", "_row"),
    defined_in: "crates/access/src/intent.rs",
    called_in: "crates/store/src/audit/",
};

/// Makes a thread's randomness one that can be foretold.
const SEEDED: Reserved = Reserved {
    name: concat!("simulate_this", "_thread"),
    defined_in: "crates/store/src/entropy.rs",
    called_in: "crates/hustings/src/simulate/",
};

/// Draws random bytes of the system: in one place, so that none is drawn in another way.
const DRAWN: Reserved = Reserved {
    name: concat!("getrandom", "::fill"),
    defined_in: "crates/store/src/entropy.rs",
    called_in: "crates/store/src/entropy.rs",
};

/// Each of them is called from its place alone. Tests may: nothing of them is shipped.
pub fn reserved_calls(tree: &Tree) -> Vec<String> {
    RESERVED.iter().flat_map(|reserved| problems(tree, reserved)).collect()
}

fn problems(tree: &Tree, Reserved { name, defined_in, called_in }: &Reserved) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts(".rs") {
        if path.starts_with(called_in) || path == *defined_in || is_of_tests(path) {
            continue;
        }
        for (number, line) in shipped_lines(text) {
            if line.contains(name) {
                problems.push(format!("{path}:{number}: only `{called_in}` may call `{name}`"));
            }
        }
    }
    match tree.text(defined_in) {
        // A rule about a name that is no longer there would hold for ever.
        Some(text) if !text.contains(name) => {
            problems.push(format!("{defined_in}: `{name}` is not there: has it another name?"));
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
pub(super) fn shipped_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
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
        let Reserved { name, called_in, defined_in } = RECEIPT;
        let call = format!("let receipt = Receipt::{name}(digest, 1);\n");
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n    {call}}}\n\npub fn after_the_tests() {{\n    {call}}}\n"
        );
        let renamed = format!("use hustings_access::Receipt as Ticket;\nlet mint = Ticket::{name};\n");
        let unmarked = format!("mod tests {{\n    {call}}}\n");
        let tree = Tree::of(&[
            (defined_in, &format!("pub fn {name}() {{}}\n")),
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
        let refused = |place: &str| format!("{place}: only `{called_in}` may call `{name}`");
        assert_eq!(
            reserved_calls(&tree),
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
            reserved_calls(&Tree::of(&[(defined_in, "pub fn proved() {}\n")])),
            [format!("{defined_in}: `{name}` is not there: has it another name?")]
        );
    }
}
