//! Which crate may see which (DESIGN §4).

use crate::tree::{Crate, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Domain crates: they see `core` and not each other.
const DOMAIN: [&str; 8] =
    ["voterfile", "matching", "universe", "access", "audit", "field", "exchange", "caucus"];
/// SQL, and writers of file formats.
const ENGINES: [&str; 12] = [
    "duckdb",
    "diesel",
    "libsqlite3-sys",
    "parquet",
    "postgres",
    "rusqlite",
    "rust_xlsxwriter",
    "sea-orm",
    "sea-orm-migration",
    "sea-query",
    "sqlx",
    "tokio-postgres",
];
/// What a crate without IO has no use for.
const IMPURE: [&str; 9] =
    ["axum", "getrandom", "hyper", "mio", "notify", "rand", "reqwest", "tempfile", "tokio"];
const IMPURE_PATHS: [&str; 4] = ["std::fs", "std::net", "std::process", "std::env"];

/// The crate's word in the design: its package name without `hustings-`.
fn word(package: &str) -> &str {
    package.strip_prefix("hustings-").unwrap_or(package)
}

/// What a crate may depend on, or nothing for a crate that the design does not know.
fn allowed(crate_word: &str) -> Option<BTreeSet<&'static str>> {
    let core = BTreeSet::from(["core"]);
    match crate_word {
        "core" => Some(BTreeSet::new()),
        "store" => Some(DOMAIN.into_iter().chain(core).collect()),
        "hustings" | "sql" => Some(DOMAIN.into_iter().chain(["core", "store", "testkit"]).collect()),
        "testkit" => Some(core),
        "xtask" => Some(BTreeSet::from(["core", "voterfile"])),
        domain if DOMAIN.contains(&domain) => Some(core),
        _ => None,
    }
}

/// Dependencies run `core ← domain crates ← store ← hustings`. Anybody's tests may use `testkit`.
pub fn directions(tree: &Tree) -> Vec<String> {
    let crates = tree.crates();
    let ours: BTreeSet<&str> = crates.iter().map(|known| known.name.as_str()).collect();
    let mut problems = Vec::new();
    for known in &crates {
        let Some(allowed) = allowed(word(&known.name)) else {
            problems.push(format!("`{}` is no crate of DESIGN §4: add it there and here", known.name));
            continue;
        };
        for (kind, name, _) in known.dependencies() {
            let tests = kind == "dev-dependencies" && word(&name) == "testkit";
            if ours.contains(name.as_str()) && !allowed.contains(word(&name)) && !tests {
                problems.push(format!("`{}` must not depend on `{name}` ({kind})", known.name));
            }
        }
    }
    problems
}

/// The exchange knows no organization: nothing that it is built from leads to `access`.
pub fn exchange_cannot_name_a_contributor(tree: &Tree) -> Vec<String> {
    never_reaches(tree, "exchange", "access")
}

/// The caucus knows no voter file: nothing that it is built from leads to `voterfile`.
pub fn a_ballot_cannot_meet_a_voter_record(tree: &Tree) -> Vec<String> {
    never_reaches(tree, "caucus", "voterfile")
}

fn never_reaches(tree: &Tree, from: &str, to: &str) -> Vec<String> {
    let crates = tree.crates();
    let by_name: BTreeMap<&str, &Crate> = crates.iter().map(|known| (word(&known.name), known)).collect();
    let mut ways = vec![vec![from.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let last = way.last().cloned().unwrap_or_default();
        if last == to {
            return vec![format!("`{from}` reaches `{to}`: {}", way.join(" → "))];
        }
        let Some(known) = by_name.get(last.as_str()).filter(|_| seen.insert(last)) else { continue };
        for (_, name, _) in known.dependencies() {
            ways.push(way.iter().cloned().chain([word(&name).to_owned()]).collect());
        }
    }
    Vec::new()
}

/// Only `store` (and the leaf crate `sql`) has SQL and writes Parquet or spreadsheets.
pub fn only_store_has_engines(tree: &Tree) -> Vec<String> {
    let crates = tree.crates();
    let others = crates.iter().filter(|known| !["store", "sql"].contains(&word(&known.name)));
    others
        .flat_map(|known| {
            let found =
                known.dependencies().into_iter().filter(|(_, name, _)| ENGINES.contains(&name.as_str()));
            found.map(|(kind, name, _)| {
                format!("`{}` depends on `{name}` ({kind}): only `store` may", known.name)
            })
        })
        .collect()
}

/// `core` and the domain crates have no IO and no async. Their tests may read files.
pub fn domain_is_pure(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for known in tree.crates() {
        let domain = word(&known.name);
        if domain != "core" && !DOMAIN.contains(&domain) {
            continue;
        }
        for (kind, name, _) in known.dependencies() {
            if kind != "dev-dependencies" && IMPURE.contains(&name.as_str()) {
                problems
                    .push(format!("`{}` depends on `{name}` ({kind}): domain crates are pure", known.name));
            }
        }
        let source = format!("{}/src/", known.folder);
        for (path, text) in tree.texts(".rs").filter(|(path, _)| path.starts_with(&source)) {
            if path.contains("/tests/") || path.ends_with("/tests.rs") {
                continue;
            }
            let code = text.lines().zip(1..).take_while(|(line, _)| line.trim() != "#[cfg(test)]");
            for (line, number) in code.filter(|(line, _)| !line.trim_start().starts_with("//")) {
                if let Some(found) = IMPURE_PATHS.iter().find(|path| line.contains(**path)) {
                    problems.push(format!("{path}:{number}: `{found}`: domain crates are pure"));
                }
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(crates: &[(&str, &str)]) -> Tree {
        let manifests: Vec<_> = crates
            .iter()
            .map(|(name, rest)| {
                let package = if ["hustings", "xtask"].contains(name) {
                    (*name).to_owned()
                } else {
                    format!("hustings-{name}")
                };
                (format!("crates/{name}/Cargo.toml"), format!("[package]\nname = \"{package}\"\n{rest}"))
            })
            .collect();
        let files: Vec<_> = manifests.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Tree::of(&files)
    }

    #[test]
    fn a_domain_crate_that_sees_another_is_refused() {
        let tree = of(&[
            ("core", ""),
            ("voterfile", "[dependencies]\nhustings-core.workspace = true\nserde.workspace = true\n"),
            ("access", "[dependencies]\nhustings-voterfile.workspace = true\n"),
        ]);
        assert_eq!(
            directions(&tree),
            ["`hustings-access` must not depend on `hustings-voterfile` (dependencies)"]
        );
    }

    #[test]
    fn a_dependency_for_one_target_or_for_tests_counts() {
        let tree = of(&[
            ("core", "[target.'cfg(unix)'.dependencies]\nhustings-store = {}\n"),
            ("store", "[dev-dependencies]\nhustings-testkit = {}\nhustings = {}\n"),
            ("testkit", ""),
            ("hustings", ""),
        ]);
        assert_eq!(
            directions(&tree),
            [
                "`hustings-core` must not depend on `hustings-store` (dependencies)",
                "`hustings-store` must not depend on `hustings` (dev-dependencies)"
            ]
        );
    }

    #[test]
    fn a_crate_that_the_design_does_not_know_is_refused() {
        let problems = directions(&of(&[("cloud", "")]));
        assert_eq!(problems, ["`hustings-cloud` is no crate of DESIGN §4: add it there and here"]);
    }

    #[test]
    fn a_way_round_is_a_way() {
        let tree = of(&[
            ("exchange", "[dependencies]\nhustings-core = {}\n"),
            ("core", "[dependencies]\nhustings-audit = {}\n"),
            ("audit", "[dependencies]\nhustings-access = {}\nhustings-core = {}\n"),
            ("access", ""),
            ("caucus", "[dev-dependencies]\nhustings-voterfile = {}\n"),
            ("voterfile", ""),
        ]);
        assert_eq!(
            exchange_cannot_name_a_contributor(&tree),
            ["`exchange` reaches `access`: exchange → core → audit → access"]
        );
        assert_eq!(
            a_ballot_cannot_meet_a_voter_record(&tree),
            ["`caucus` reaches `voterfile`: caucus → voterfile"]
        );
        assert!(a_ballot_cannot_meet_a_voter_record(&of(&[("caucus", "")])).is_empty());
    }

    #[test]
    fn an_engine_outside_store_is_refused() {
        let tree = of(&[
            ("store", "[dependencies]\nparquet = {}\nsea-orm = {}\n"),
            ("hustings", "[dependencies]\nparquet = {}\n[build-dependencies]\nsqlx = {}\n"),
        ]);
        assert_eq!(
            only_store_has_engines(&tree),
            [
                "`hustings` depends on `parquet` (dependencies): only `store` may",
                "`hustings` depends on `sqlx` (build-dependencies): only `store` may"
            ]
        );
    }

    #[test]
    fn io_in_a_domain_crate_is_refused_but_not_in_its_tests() {
        let mut tree =
            of(&[("voterfile", "[dependencies]\ntokio = {}\n[dev-dependencies]\ntempfile = {}\n")]);
        let source =
            "// std::fs is not for us\nuse std::fs::File;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        tree.files.insert("crates/voterfile/src/read.rs".to_owned(), source.into());
        tree.files.insert("crates/voterfile/src/layout/tests/all.rs".to_owned(), "use std::fs;\n".into());
        assert_eq!(
            domain_is_pure(&tree),
            [
                "`hustings-voterfile` depends on `tokio` (dependencies): domain crates are pure",
                "crates/voterfile/src/read.rs:2: `std::fs`: domain crates are pure"
            ]
        );
    }
}
