//! Goal: columns that repeat what others say do not count twice, and ages of two years name the same birth. Method: hand-made
//! rows whose columns follow from each other.

use crate::table::{Table, prepare};
use hustings_matching::decide::{DecisionOptions, Verdict};
use hustings_matching::level::Kind;
use hustings_matching::run::{Links, link};

const FIRST: [&str; 8] = ["JAMES", "MARY", "ROBERT", "PATRICIA", "JOHN", "JENNIFER", "MICHAEL", "LINDA"];
const LAST: [&str; 7] = ["SMITH", "JOHNSON", "WILLIAMS", "BROWN", "JONES", "GARCIA", "MILLER"];

fn table(headers: &str, rows: &[String]) -> Table {
    Table::of(headers, &rows.iter().map(String::as_str).collect::<Vec<_>>())
}

fn accepted(links: &Links) -> Vec<(u32, u32)> {
    let accepted = links.decisions.iter().filter(|decision| decision.verdict == Verdict::Accept);
    accepted.map(|decision| (decision.pair.left, decision.pair.right)).collect()
}

/// Names that repeat in another order than places do.
fn name(at: usize) -> (&'static str, String) {
    (FIRST[at % 8], format!("{}{}", LAST[at / 8 % 7], ["", "TON", "MAN", "LEY"][at / 56 % 4]))
}

#[test]
fn a_county_that_follows_from_the_zip_counts_once() {
    let headers = "first_name|last_name|zip|county|whole";
    let row = |at: usize| {
        let (first, last) = name(at);
        let zip = 27_500 + at * 37 % 60;
        format!("{first}|{last}|{zip}|COUNTY{}|{first} {last}", zip % 20)
    };
    let base: Vec<String> = (0..1500).map(row).collect();
    let list: Vec<String> = (0..600).map(|at| row(at * 2 + 1)).collect();
    let prepared = prepare(&table(headers, &list), Some(&table(headers, &base)));
    let links = link(&prepared, DecisionOptions::default(), 1);
    let kinds = &links.summary.model.kinds;
    let zip = kinds.iter().position(|kind| *kind == Kind::Zip).unwrap();
    assert!(kinds.contains(&Kind::Dependent { plain: 0, on: zip }), "{kinds:?}");
    let county = kinds.len() - 1;
    let follows = links.summary.model.level_bits(county, 4);
    assert!(follows.abs() < 1.0, "where the ZIP agrees the county tells nothing: {follows}");
    // The column that repeats the name is not compared at all.
    assert!(kinds.iter().all(|kind| kind.plain() != Some(1)), "{kinds:?}");
}

#[test]
fn ages_of_two_years_are_one_birth() {
    let headers = "first_name|last_name|age|zip";
    let row = |at: usize, later: usize| {
        let (first, last) = name(at);
        format!("{first}|{last}|{}|{}", 18 + at * 7 % 60 + later, 27_500 + at * 11 % 40)
    };
    let base: Vec<String> = (0..200).map(|at| row(at, 0)).collect();
    // Four years later, and one who is called as another is but is thirty years older and lives elsewhere.
    let mut list: Vec<String> = (0..150).map(|at| row(at, 4)).collect();
    list.push(row(170, 34).replace("|275", "|288"));
    let links =
        link(&prepare(&table(headers, &list), Some(&table(headers, &base))), DecisionOptions::default(), 1);
    let accepted = accepted(&links);
    assert!((0..150).filter(|at| accepted.contains(&(*at, *at))).count() >= 148, "{accepted:?}");
    assert!(!accepted.contains(&(150, 170)));
}
