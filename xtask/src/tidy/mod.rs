//! The rules, and the tests that hold the project to them.

mod assets;
mod asvs;
mod callers;
mod columns;
mod cryptography;
mod directions;
mod lockfile;
mod manifests;
mod outbound;
mod sources;
mod storage;

use crate::tree::Tree;

/// A rule: from the project's files to what breaks it, one sentence each.
pub type Rule = fn(&Tree) -> Vec<String>;

/// Every rule under its name.
pub const RULES: &[(&str, Rule)] = &[
    ("directions", directions::directions),
    ("exchange-cannot-name-a-contributor", directions::exchange_cannot_name_a_contributor),
    ("a-ballot-cannot-meet-a-voter-record", directions::a_ballot_cannot_meet_a_voter_record),
    ("only-store-has-engines", directions::only_store_has_engines),
    ("domain-is-pure", directions::domain_is_pure),
    ("versions-in-one-place", manifests::versions_in_one_place),
    ("crates-have-readme-and-lints", manifests::crates_have_readme_and_lints),
    ("one-integration-binary", manifests::one_integration_binary),
    ("one-arrow", lockfile::one_arrow),
    ("no-leftovers", sources::no_leftovers),
    ("files-are-short", sources::files_are_short),
    ("no-workplace", sources::no_workplace),
    ("vendored-files-are-as-published", assets::vendored_files_are_as_published),
    ("asvs-tests-exist", asvs::asvs_tests_exist),
    ("columns-have-a-class", columns::columns_have_a_class),
    ("reserved-calls", callers::reserved_calls),
    ("only-the-command-line-calls-out", outbound::only_the_command_line_calls_out),
    ("pages-store-nothing-in-the-browser", storage::pages_store_nothing_in_the_browser),
    ("the-inventory-of-cryptography-is-whole", cryptography::the_inventory_of_cryptography_is_whole),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_project_keeps_the_house_rules() {
        let tree = Tree::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
        assert!(tree.crates().len() >= 6, "the crates are found");
        let problems: Vec<String> = RULES
            .iter()
            .flat_map(|(rule, check)| {
                check(&tree).into_iter().map(move |problem| format!("{rule}: {problem}"))
            })
            .collect();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }
}
