//! Goal: a spouse's phone is not handed to the registered voter, and people of one name in two states are not merged.
//! Method: hand-written households among filler rows.

use crate::table::{Table, prepare};
use hustings_matching::decide::{Decision, DecisionOptions, Doubt, OneToOne, Verdict};
use hustings_matching::run::{dedupe, dedupe_apart, link};

const HEADERS: &str =
    "first_name|middle_name|last_name|suffix|dob|sex|house_number|street|city|state|zip|phone";
const FIRST: [&str; 12] = [
    "JAMES", "MARY", "ROBERT", "PATRICIA", "JOHN", "JENNIFER", "MICHAEL", "LINDA", "DAVID", "BARBARA",
    "KEVIN", "SUSAN",
];
const LAST: [&str; 11] = [
    "SMITH", "JOHNSON", "WILLIAMS", "BROWN", "JONES", "GARCIA", "MILLER", "DAVIS", "LOPEZ", "WILSON", "MOORE",
];
const STREET: [&str; 7] = ["OAK ST", "MAIN ST", "ELM AVE", "PARK DR", "LAKE RD", "HILL LN", "CEDAR CT"];

/// Couples at addresses of their own; `person` is 0 or 1.
fn voter(household: usize, person: usize, state: &str) -> String {
    let first = FIRST[(household * 5 + person * 7) % 12];
    let sex = if (household * 5 + person * 7).is_multiple_of(2) { "M" } else { "F" };
    let (year, month, day) = (
        1930 + (household * 37 + person * 2) % 75,
        1 + (household * 7 + person) % 12,
        1 + (household * 13 + person * 5) % 28,
    );
    format!(
        "{first}||{}||{year}-{month:02}-{day:02}|{sex}|{}|{}|RALEIGH|{state}|276{:02}|919555{:04}",
        LAST[household % 11],
        100 + household * 3,
        STREET[household % 7],
        household % 23,
        household,
    )
}

fn table(rows: &[String]) -> Table {
    Table::of(HEADERS, &rows.iter().map(String::as_str).collect::<Vec<_>>())
}

fn decide(list: &[String], base: &[String]) -> Vec<Decision> {
    let options = DecisionOptions { one_to_one: OneToOne::Left, ..DecisionOptions::default() };
    link(&prepare(&table(list), Some(&table(base))), options, 1).decisions
}

fn accepted(decisions: &[Decision], left: u32) -> Option<u32> {
    let found =
        decisions.iter().find(|decision| decision.pair.left == left && decision.verdict == Verdict::Accept);
    found.map(|decision| decision.pair.right)
}

#[test]
fn a_spouse_is_not_the_voter() {
    // Of each household the first person is registered; the list has both.
    let base: Vec<String> = (0..600).map(|household| voter(household, 0, "NC")).collect();
    let list: Vec<String> =
        (0..300).flat_map(|household| [voter(household, 0, "NC"), voter(household, 1, "NC")]).collect();
    let decisions = decide(&list, &base);
    for household in 0..300 {
        assert_eq!(accepted(&decisions, household * 2), Some(household));
        assert_eq!(
            accepted(&decisions, household * 2 + 1),
            None,
            "the spouse shares name, address and phone"
        );
    }
}

#[test]
fn father_and_son_stay_two() {
    let mut rows: Vec<String> = (0..300).map(|household| voter(household, 0, "NC")).collect();
    rows.push("JOHN|A|ABERNATHY|SR|1940-05-06|M|9|OAK ST|RALEIGH|NC|27601|9195559999".to_owned());
    rows.push("JOHN|A|ABERNATHY|JR|1965-07-08|M|9|OAK ST|RALEIGH|NC|27601|9195559999".to_owned());
    rows.push("JOHN|A|ABERNATHY|JR|1965-07-08|M|9|OAK ST|RALEIGH|NC|27601|".to_owned());
    let clusters = dedupe(&prepare(&table(&rows), None), 0.99, 1).cluster_of;
    assert_eq!(clusters[300..], [300, 301, 301]);
}

#[test]
fn rows_that_contradict_each_other_are_not_one_cluster() {
    let mut rows: Vec<String> = (0..300).map(|household| voter(household, 0, "NC")).collect();
    let person = |birth: &str| format!("JOHN|A|ABERNATHY||{birth}|M|9|OAK ST|RALEIGH|NC|27601|9195559999");
    for birth in ["1940-05-06", "1965-07-28", "1940-05-16"] {
        rows.push(person(birth));
    }
    // A file that knows suffixes.
    rows.push("PAUL|B|PETTIGREW|JR|1950-02-03|M|11|ELM AVE|CARY|NC|27511|".to_owned());
    let prepared = prepare(&table(&rows), None);
    let clusters = dedupe(&prepared, 0.99, 1).cluster_of;
    assert_eq!(
        clusters[300..303],
        [300, 301, 300],
        "a father, his namesake a generation later, and a typing error"
    );
    // The first and the third are two active ids of one file.
    let mut apart = vec![0; rows.len()];
    (apart[300], apart[302]) = (7, 7);
    let clusters = dedupe_apart(&prepared, 0.99, 1, &apart).cluster_of;
    assert_eq!(clusters[300..303], [300, 301, 302]);
}

#[test]
fn same_name_and_birth_date_in_two_states_is_for_review() {
    let base: Vec<String> =
        (0..600).map(|household| voter(household, 0, if household % 2 == 0 { "NC" } else { "VA" })).collect();
    // Rows of the other state: nothing but name and birth date is the same.
    let elsewhere = |at: usize| {
        let row = voter(at, 0, "VA");
        let mut cells: Vec<&str> = row.split('|').collect();
        (cells[6], cells[7], cells[8], cells[10], cells[11]) = ("77777", "BAY BLVD", "NORFOLK", "23501", "");
        cells.join("|")
    };
    let mut list: Vec<String> =
        (0..300).map(|household| voter(household, 0, if household % 2 == 0 { "NC" } else { "VA" })).collect();
    list.push(elsewhere(400));
    let decisions = decide(&list, &base);
    let decision =
        decisions.iter().find(|decision| decision.pair.left == 300 && decision.pair.right == 400).unwrap();
    assert_eq!(decision.verdict, Verdict::Review);
    assert!(
        matches!(decision.doubt, Some(Doubt::OtherState(expected)) if expected > 0.0 && expected < 1.0),
        "{decision:?}"
    );
    assert_eq!(accepted(&decisions, 10), Some(10), "within a state the evidence decides");
}

#[test]
fn nicknames_married_names_and_typing_errors_are_found() {
    let base: Vec<String> = (0..600).map(|household| voter(household, 0, "NC")).collect();
    let mut list: Vec<String> = (0..300).map(|household| voter(household, 0, "NC")).collect();
    // Household 406 is a ROBERT's.
    type Change = fn(&mut Vec<String>);
    let changes: [(usize, Change); 4] = [
        (406, |cells| cells[0] = "BOB".to_owned()),
        (410, |cells| cells[4].replace_range(0..4, "1901")),
        (420, |cells| cells[2].push('X')),
        (430, |cells| cells.swap(0, 2)),
    ];
    for (at, change) in changes {
        let mut cells: Vec<String> = voter(at, 0, "NC").split('|').map(str::to_owned).collect();
        change(&mut cells);
        list.push(cells.join("|"));
    }
    assert!(list[300].starts_with("BOB|") && base[406].starts_with("ROBERT|"));
    let decisions = decide(&list, &base);
    for (at, row) in [(406_u32, 300_u32), (410, 301), (420, 302), (430, 303)] {
        assert_eq!(accepted(&decisions, row), Some(at));
    }
}

/// A row without an address, in a state.
fn in_state(name: &str, birth: &str, city: &str, state: &str, zip: &str) -> String {
    format!("{name}||ABERNATHY||{birth}|M|||{city}|{state}|{zip}|")
}

#[test]
fn another_state_is_for_review_however_rare_and_whatever_is_known_of_the_birth() {
    let base: Vec<String> = (0..600).map(|household| voter(household, 0, "NC")).collect();
    let base: Vec<String> = base
        .into_iter()
        .chain(
            ["BENEDICT", "CORNELIUS", "THADDEUS", "ZEBULON"]
                .map(|name| in_state(name, "1957-03-04", "RALEIGH", "NC", "27601")),
        )
        .collect();
    let mut list: Vec<String> = (0..300).map(|household| voter(household, 0, "NC")).collect();
    for (name, birth, state) in [
        ("BENEDICT", "1957-03-04", "GA"),
        ("CORNELIUS", "1957", "GA"),
        ("THADDEUS", "1957-04-03", "Georgia"),
        ("ZEBULON", "1957-03-04", "North Carolina"),
    ] {
        list.push(in_state(name, birth, "MACON", state, "31201"));
    }
    let decisions = decide(&list, &base);
    for at in 0..3 {
        assert_eq!(accepted(&decisions, 300 + at), None, "{:?}", list[300 + at as usize]);
    }
    assert_eq!(accepted(&decisions, 303), Some(603), "the state's name is the state");
}

#[test]
fn two_states_do_not_come_together_by_a_third_row() {
    let mut rows: Vec<String> = (0..600).map(|household| voter(household, 0, "NC")).collect();
    rows.extend((0..600).step_by(20).map(|household| voter(household, 0, "NC")));
    let first = rows.len();
    let person = |state: &str, zip: &str, phone: &str| {
        format!("JOHN|A|ABERNATHY||1957-03-04|M|||DUNN|{state}|{zip}|{phone}")
    };
    rows.push(person("NC", "28334", ""));
    rows.push(person("NC", "28334", "9195550000"));
    rows.push(person("GA", "31201", "").replace("DUNN", "MACON"));
    let clusters = dedupe(&prepare(&table(&rows), None), 0.99, 1).cluster_of;
    let first = u32::try_from(first).unwrap();
    assert_eq!(clusters[first as usize..], [first, first, first + 2]);
}
