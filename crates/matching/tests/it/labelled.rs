//! Goal: the shipped default is good on files that it has not seen. Method: labelled public files, of which it is told
//! nothing but their rows, against goals that stand above the best tool that was tuned for each.

use crate::table::{Score, Table, prepare};
use hustings_matching::decide::{DecisionOptions, OneToOne, Verdict};
use hustings_matching::run::{Doubles, Links, dedupe, link};
use std::path::{Path, PathBuf};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

/// `rec-17-dup-0` is person 17.
fn febrl(name: &str, without: &[&str]) -> Table {
    let mut table = Table::read(&Path::new(DATA).join(name), "rec_id", without);
    for label in &mut table.labels {
        *label = label.split('-').nth(1).unwrap().to_owned();
    }
    table
}

fn doubles(table: &Table) -> (Score, Doubles) {
    let doubles = dedupe(&prepare(table, None), DecisionOptions::default().precision, 1);
    (Score::of_clusters(&table.labels, &doubles.cluster_of), doubles)
}

fn links(left: &Table, right: &Table, one_to_one: OneToOne) -> (Score, Links) {
    let links =
        link(&prepare(left, Some(right)), DecisionOptions { one_to_one, ..DecisionOptions::default() }, 1);
    let accepted = links
        .decisions
        .iter()
        .filter(|decision| decision.verdict == Verdict::Accept)
        .map(|decision| (decision.pair.left, decision.pair.right));
    (Score::of_links(&left.labels, &right.labels, accepted), links)
}

#[test]
fn febrl3_doubles() {
    let (score, doubles) = doubles(&febrl("dataset3.csv", &[]));
    assert!(score.f1() >= 0.999, "{score:?}");
    assert!(doubles.summary.estimated_precision >= 0.99);
    let (score, _) = self::doubles(&febrl("dataset3.csv", &["soc_sec_id"]));
    assert!(score.f1() >= 0.996, "{score:?}");
}

#[test]
fn febrl4_links() {
    for one_to_one in [OneToOne::None, OneToOne::Left, OneToOne::Both] {
        let (score, _) = links(&febrl("dataset4a.csv", &[]), &febrl("dataset4b.csv", &[]), one_to_one);
        assert!(score.f1() >= 0.9996, "{one_to_one:?} {score:?}");
        let without = |name| febrl(name, &["soc_sec_id"]);
        let (score, links) = links(&without("dataset4a.csv"), &without("dataset4b.csv"), one_to_one);
        assert!(score.f1() >= 0.993, "{one_to_one:?} {score:?}");
        let recall = score.right as f64 / score.all as f64;
        assert!(
            (links.summary.estimated_recall - recall).abs() < 0.01,
            "{:?}",
            links.summary.estimated_recall
        );
    }
}

/// Files that may be used here but not copied; told aloud when they are not there.
fn shared(name: &str) -> Option<PathBuf> {
    let beside_the_project =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).map(|folder| folder.join("shared/data"));
    let folder = std::env::var_os("HUSTINGS_SHARED_DATA").map(PathBuf::from).or_else(beside_the_project)?;
    let path = folder.join("linkage").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("SKIPPED: `{}` is not there; set HUSTINGS_SHARED_DATA", path.display());
    None
}

#[test]
fn rldata500_doubles() {
    let Some(path) = shared("RLdata500.csv") else { return };
    let (score, _) = doubles(&Table::read(&path, "ent_id", &["rec_id"]));
    let (wrong, missed) = (score.found - score.right, score.all - score.right);
    assert!(wrong + missed <= 1, "{score:?}");
}

#[test]
fn fake_1000_doubles() {
    let Some(path) = shared("fake_1000.csv") else { return };
    let (score, doubles) = doubles(&Table::read(&path, "cluster", &["unique_id"]));
    assert!(score.f1() >= 0.90, "{score:?}");
    assert!(score.right as f64 / score.found as f64 >= 0.99, "{score:?}");
    assert!(doubles.summary.estimated_precision >= 0.99);
}
