//! What the program may reach by itself: nothing. Only the command line calls out, to the server or log that its user names.

use crate::tree::Tree;

/// What opens a connection, and the folders or files that may. Put together, so that this file does not break its own rule.
const CALLERS: [(&str, &[&str]); 3] = [
    (concat!("ur", "eq"), &["crates/hustings/src/cli/"]),
    // The simulation asks its own listener, and tests a database of their own, both on this machine.
    (
        concat!("TcpStream", "::connect"),
        &["crates/hustings/src/simulate/client.rs", "crates/testkit/src/postgres/query.rs"],
    ),
    (concat!("UdpSocket", "::bind"), &[]),
];

/// Nothing else names them. A server that fetched an address which somebody typed would fetch it from inside its network.
pub fn only_the_command_line_calls_out(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts(".rs").filter(|(path, _)| is_shipped(path)) {
        for (number, line) in super::callers::shipped_lines(text) {
            for (name, callers) in CALLERS {
                let is_comment = line.trim_start().starts_with("//");
                if !is_comment
                    && line.contains(name)
                    && !callers.iter().any(|caller| path.starts_with(caller))
                {
                    problems
                        .push(format!("{path}:{number}: `{name}` calls out: expected only in {callers:?}"));
                }
            }
        }
    }
    problems
}

/// A file below `src` that is no module of tests.
fn is_shipped(path: &str) -> bool {
    path.contains("/src/") && !path.ends_with("/tests.rs") && !path.contains("/tests/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_calls_out_is_refused() {
        let call = format!("let answer = {}::get(url).call()?;\n", CALLERS[0].0);
        let refused = Tree::of(&[("crates/hustings/src/pages/voter.rs", &call)]);
        assert_eq!(only_the_command_line_calls_out(&refused).len(), 1);
        let fine = Tree::of(&[
            ("crates/hustings/src/cli/witness.rs", call.as_str()),
            ("crates/hustings/tests/it/network.rs", &call),
        ]);
        assert!(only_the_command_line_calls_out(&fine).is_empty());
    }
}
