//! Goal: no file makes the matcher panic, and none loses rows silently. Method: the worst files we can think of.

use crate::table::{Table, prepare};
use hustings_matching::decide::{DecisionOptions, Verdict};
use hustings_matching::run::{dedupe, link};

const HEADERS: &str = "first_name|last_name|dob|zip|party";

fn accepted(left: &Table, right: &Table) -> Vec<(u32, u32)> {
    link(&prepare(left, Some(right)), DecisionOptions::default(), 1)
        .decisions
        .iter()
        .filter(|decision| decision.verdict == Verdict::Accept)
        .map(|decision| (decision.pair.left, decision.pair.right))
        .collect()
}

fn clusters(table: &Table) -> Vec<u32> {
    dedupe(&prepare(table, None), 0.99, 1).cluster_of
}

#[test]
fn a_list_without_doubles_has_no_share_below_zero() {
    let two = Table::of(HEADERS, &["ANNA|ABEL|1980-02-03|27601|DEM", "BERTRAM|QUIGLEY|1951-11-30|28801|REP"]);
    let summary = dedupe(&prepare(&two, None), 0.99, 1).summary;
    assert!(summary.estimated_recall.is_sign_positive(), "{}", summary.estimated_recall);
    assert!((0.0..=1.0).contains(&summary.estimated_precision));
}

#[test]
fn empty_and_tiny_files() {
    let empty = Table::of(HEADERS, &[]);
    let one = Table::of(HEADERS, &["ANNA|ABEL|1980-02-03|27601|DEM"]);
    assert_eq!(accepted(&empty, &empty), []);
    assert_eq!(accepted(&one, &empty), []);
    assert_eq!(accepted(&empty, &one), []);
    assert_eq!(clusters(&empty), Vec::<u32>::new());
    assert_eq!(clusters(&one), [0]);
    assert_eq!(accepted(&one, &one), [(0, 0)], "equal in every field");
}

#[test]
fn columns_without_values_or_with_one_value() {
    let nothing = Table::of(HEADERS, &["||||", "||||", "||||"]);
    assert_eq!(clusters(&nothing), [0, 1, 2], "missing is no evidence");
    assert_eq!(accepted(&nothing, &nothing), []);
    let constant = Table::of("county|source", &["WAKE|A", "WAKE|A", "WAKE|A"]);
    assert_eq!(clusters(&constant), [0, 1, 2], "what all share tells nobody apart");
    let none_known = Table::of("color|shoe", &["RED|41", "BLUE|42", "RED|41"]);
    assert_eq!(clusters(&none_known).len(), 3);
}

#[test]
fn huge_cells_and_other_alphabets() {
    let long = "X".repeat(10_000_000);
    let rows = [
        format!("{long}|ABEL|1980-02-03|27601|DEM"),
        format!("{long}|ABEL|1980-02-03|27601|DEM"),
        "Żółć|Владимир|1980-02-03|27601|\u{0}".to_owned(),
        "安娜|李|31/12/1980|☃|☃".to_owned(),
        "Ünïts' -|--|00/00/0000|00000|N/A".to_owned(),
    ];
    let table = Table::of(HEADERS, &rows.iter().map(String::as_str).collect::<Vec<_>>());
    let clusters = clusters(&table);
    assert_eq!(clusters[..2], [0, 0]);
    assert_eq!(clusters[2..], [2, 3, 4]);
}

#[test]
fn a_list_of_one_row_finds_its_voter_among_namesakes() {
    let base: Vec<String> = (0..400)
        .map(|at| {
            let first = ["JAMES", "MARY", "ROBERT", "LINDA", "JOSE"][at % 5];
            let last = ["SMITH", "JONES", "GARCIA", "LEE"][at / 5 % 4];
            format!(
                "{first}|{last}|19{:02}-{:02}-{:02}|276{:02}|DEM",
                30 + at % 61,
                1 + at % 12,
                1 + at % 28,
                at % 17
            )
        })
        .collect();
    let base = Table::of(HEADERS, &base.iter().map(String::as_str).collect::<Vec<_>>());
    let row = |at: usize| base.columns.iter().map(|column| column[at].clone()).collect::<Vec<_>>().join("|");
    let list = Table::of(HEADERS, &[&row(123)]);
    assert_eq!(accepted(&list, &base), [(0, 123)]);
    let stranger = Table::of(HEADERS, &["JAMES|SMITH|1999-12-31|99999|REP"]);
    assert_eq!(accepted(&stranger, &base), []);
}

#[test]
fn the_answer_does_not_depend_on_blocks() {
    let rows: Vec<String> =
        (0..50).map(|at| format!("N{at}|L{}|1980-01-{:02}|27601|DEM", at / 2, 1 + at / 2)).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert_eq!(clusters(&Table::of(HEADERS, &rows)), clusters(&Table::of(HEADERS, &rows)));
}
