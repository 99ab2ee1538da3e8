//! What must not stand in a file, and how long a file may be.

use crate::tree::Tree;

/// Words that say "not done". Put together here, so that this file does not break its own rule.
const LEFTOVERS: [&str; 5] = [
    concat!("db", "g!("),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];
/// Places outside the project that nobody else has.
const WORKPLACE: [&str; 2] = [concat!("/wo", "rk/"), concat!("../sha", "red")];
const LINES_MAX: usize = 600;
/// Longer files and their length. Files leave this list; none joins it, and none in it grows.
const LONG_FILES: &[(&str, usize)] = &[];

/// No debugging and no notes to oneself in tracked Rust: what is not done is an issue, not a comment.
pub fn no_leftovers(tree: &Tree) -> Vec<String> {
    lines(tree.texts(".rs"))
        .filter_map(|(path, number, line)| {
            let word = LEFTOVERS.iter().find(|word| line.contains(**word))?;
            Some(format!("{path}:{number}: `{word}`"))
        })
        .collect()
}

/// Nothing that we publish names a path of the machine on which it was written.
pub fn no_workplace(tree: &Tree) -> Vec<String> {
    lines(tree.texts(""))
        .filter_map(|(path, number, line)| {
            let word = WORKPLACE.iter().find(|word| line.contains(**word))?;
            Some(format!("{path}:{number}: `{word}` is no path of this project"))
        })
        .collect()
}

fn lines<'a>(
    texts: impl Iterator<Item = (&'a str, &'a str)>,
) -> impl Iterator<Item = (&'a str, usize, &'a str)> {
    texts.flat_map(|(path, text)| text.lines().zip(1..).map(move |(line, number)| (path, number, line)))
}

/// No Rust file beyond 600 lines: look for the second noun.
pub fn files_are_short(tree: &Tree) -> Vec<String> {
    too_long(tree, LONG_FILES)
}

fn too_long(tree: &Tree, exceptions: &[(&str, usize)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts(".rs") {
        let length = text.lines().count();
        let max = exceptions.iter().find(|(known, _)| *known == path).map_or(LINES_MAX, |(_, max)| *max);
        if length > max {
            problems.push(format!("{path}: expected at most {max} lines, got {length}"));
        }
    }
    for (path, _) in exceptions {
        if tree.text(path).is_none_or(|text| text.lines().count() <= LINES_MAX) {
            problems.push(format!("{path}: no longer an exception: take it from the list"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_to_oneself_are_refused() {
        let text = format!("fn f() {{\n    {}x);\n    // {}: later\n}}\n", LEFTOVERS[0], LEFTOVERS[3]);
        let problems = no_leftovers(&Tree::of(&[("crates/core/src/a.rs", &text), ("docs/a.md", &text)]));
        assert_eq!(
            problems,
            [
                format!("crates/core/src/a.rs:2: `{}`", LEFTOVERS[0]),
                format!("crates/core/src/a.rs:3: `{}`", LEFTOVERS[3])
            ]
        );
    }

    #[test]
    fn a_path_of_this_machine_is_refused_in_any_file() {
        let text = format!("first\nsee {}DESIGN.md\n", WORKPLACE[1]);
        let problems = no_workplace(&Tree::of(&[("docs/a.md", &text), ("README.md", "framework\n")]));
        assert_eq!(problems, [format!("docs/a.md:2: `{}` is no path of this project", WORKPLACE[1])]);
    }

    #[test]
    fn a_long_file_is_refused_and_the_list_of_exceptions_only_shrinks() {
        let long = "//\n".repeat(LINES_MAX + 1);
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", &long), ("c.rs", "//\n")]);
        assert_eq!(
            too_long(&tree, &[("b.rs", LINES_MAX + 1)]),
            ["a.rs: expected at most 600 lines, got 601"]
        );
        assert_eq!(
            too_long(&tree, &[("a.rs", 700), ("b.rs", 700), ("c.rs", 700), ("gone.rs", 700)]),
            [
                "c.rs: no longer an exception: take it from the list",
                "gone.rs: no longer an exception: take it from the list"
            ]
        );
    }
}
