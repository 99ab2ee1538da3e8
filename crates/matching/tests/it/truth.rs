//! Goal: accepted pairs are right as often as is said, on any list: with many matches, with few, and with none, with and without
//! birth dates, among couples, twins, fathers and sons, and where e-mail addresses are made of names. Method: made people of whom
//! it is known who is who.

use crate::population::{HEADERS, Person, list_and_base, noisy, people, table};
use crate::table::{Score, prepare};
use hustings_matching::decide::{DecisionOptions, Verdict};
use hustings_matching::random::Random;
use hustings_matching::run::{Links, dedupe, link};

const SIZES: [usize; 2] = [1500, 6000];

/// Without these columns; of so many of a thousand rows the person is in the base.
fn linked(without: &[&str], known: usize, seed: u64) -> (Score, Links) {
    let columns: Vec<&str> = HEADERS.into_iter().filter(|name| !without.contains(name)).collect();
    let [list, base] = list_and_base(seed, SIZES, known).map(|rows| table(&rows, &columns));
    let links = link(&prepare(&list, Some(&base)), DecisionOptions::default(), 1);
    let accepted = links.decisions.iter().filter(|decision| decision.verdict == Verdict::Accept);
    let score = Score::of_links(
        &list.labels,
        &base.labels,
        accepted.map(|decision| (decision.pair.left, decision.pair.right)),
    );
    (score, links)
}

const SHAPES: [(&str, &[&str]); 5] = [
    ("all columns", &[]),
    ("no birth date", &["dob"]),
    ("no birth date and no e-mail", &["dob", "email"]),
    ("name, birth date, sex, address", &["middle_name", "suffix", "phone", "email", "precinct"]),
    (
        "name, birth date, ZIP",
        &["middle_name", "suffix", "sex", "house_number", "street", "city", "phone", "email", "precinct"],
    ),
];

#[test]
fn accepted_pairs_are_right_where_many_match() {
    for (name, without) in SHAPES {
        let (score, links) = linked(without, 600, 1);
        assert!(score.right as f64 >= 0.985 * score.found as f64, "{name}: {score:?}");
        assert!(score.right as f64 >= 0.75 * score.all as f64, "{name}: {score:?}");
        let precision = score.right as f64 / score.found as f64;
        assert!((links.summary.estimated_precision - precision).abs() < 0.015, "{name}: {score:?}");
    }
}

#[test]
fn accepted_pairs_are_right_where_few_match() {
    for (name, without) in SHAPES {
        let (score, _) = linked(without, 100, 2);
        let wrong = score.found - score.right;
        assert!(wrong <= 2 + score.found / 50, "{name}: {score:?}");
        assert!(score.right as f64 >= 0.5 * score.all as f64, "{name}: {score:?}");
    }
}

#[test]
fn of_a_list_of_strangers_nobody_is_accepted() {
    for (name, without) in SHAPES {
        let (score, _) = linked(without, 0, 3);
        assert!(score.found <= 1, "{name}: {score:?}");
    }
}

#[test]
fn a_file_without_doubles_has_none() {
    let rows: Vec<(usize, Person)> = people(&mut Random::new(4), 5000).into_iter().enumerate().collect();
    for (name, without) in SHAPES {
        let columns: Vec<&str> = HEADERS.into_iter().filter(|name| !without.contains(name)).collect();
        let doubles = dedupe(&prepare(&table(&rows, &columns), None), 0.99, 1);
        let score = Score::of_clusters(&table(&rows, &columns).labels, &doubles.cluster_of);
        assert!(score.found <= 1, "{name}: {score:?}");
    }
}

#[test]
fn a_file_with_few_doubles_has_these() {
    let mut random = Random::new(5);
    let mut rows: Vec<(usize, Person)> = people(&mut random, 5000).into_iter().enumerate().collect();
    for at in 0..100 {
        let again = noisy(&mut random, &rows[at * 31].1);
        rows.push((at * 31, again));
    }
    let table = table(&rows, &HEADERS);
    let doubles = dedupe(&prepare(&table, None), 0.99, 1);
    let score = Score::of_clusters(&table.labels, &doubles.cluster_of);
    assert!(score.found - score.right <= 2, "{score:?}");
    assert!(score.right >= 85, "{score:?}");
}
