//! Goal: who stays, who is somebody else, and what is left to a person. Method: small lists of people who came and who
//! left, each row with a name for what it is.

use crate::table::{Table, prepare};
use hustings_matching::compare::Comparer;
use hustings_matching::follow::{Reason, SameId, follow, same_id, same_id_kinds};

const HEADERS: &str = "first_name|middle_name|last_name|suffix|dob|sex|street|city|zip|phone";

#[track_caller]
fn check(came: &str, left: &str, expected: Option<&str>) {
    // Others, so that names have some frequency.
    let crowd = |year: usize| {
        (0..40).map(move |at| {
            let one_of = |all: &[&'static str], by: usize| all[(at * by + year) % all.len()];
            let first = one_of(&["ANNA", "BETTY", "CAROL", "DIANE", "EVELYN", "GRACE", "HELEN", "IRIS"], 3);
            let last = one_of(&["ABBOTT", "BLACKWELL", "CRANE", "DIXON", "ELLIS", "FERRELL", "GENTRY"], 5);
            let (city, zip) = [("APEX", 27502), ("CARY", 27511), ("DUNN", 28334), ("SANFORD", 27330)][at % 4];
            let middle = one_of(&["A", "B", "C", "D", "E"], 1);
            format!(
                "{first}|{middle}|{last}||{}-03-{:02}|F|{} OAK ST|{city}|{zip}|",
                year + at,
                1 + at % 28,
                at * year
            )
        })
    };
    let rows = |first: &str, year| {
        let rows: Vec<String> = std::iter::once(first.to_owned()).chain(crowd(year)).collect();
        Table::of(HEADERS, &rows.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let following = follow(prepare(&rows(came, 1930), Some(&rows(left, 1955))), 1);
    let found = following.links.iter().find(|link| (link.left, link.right) == (0, 0));
    let word = found.map(|link| match &link.reason {
        Reason::Exact(word) => *word,
        Reason::Likely { .. } => "likely",
    });
    assert_eq!(word, expected, "{came} / {left}: {following:?}");
}

#[test]
fn whoever_agrees_on_enough_is_followed() {
    let left = "MARY|ANN|SMITH||1960-05-06|F|12 ELM ST|CARY|27511|9195550123";
    check("MARY|ANN|SMITH||1960-05-06|F|12 ELM ST|CARY|27511|", left, Some("ADGN"));
    check("MARY|A|SMITH||1960-05-06||12 ELM ST|CARY|27511|", left, Some("ADN"));
    check("MARY|ANN|SMITH||1960-05-06|F|9 FIR RD|DUNN|28334|", left, Some("DGN"));
    check("MARY||JONES||1960-05-06|F|12 ELM ST|CARY|27511|", left, Some("ADG"));
    check("LINDA||SMITH||1962-11-30|F|12 ELM ST|CARY|27511|9195550123", left, None);
    check("MARY|BETH|JONES||1985-11-30|F|9 FIR RD|DUNN|28334|", left, None);
}

#[test]
fn a_birth_year_is_enough_with_the_whole_address_alone() {
    let left = "JOHN|A|SMITH|SR|1950|M|12 ELM ST|CARY|27511|";
    check("JOHN|A|SMITH|SR|1950|M|12 ELM ST|CARY|27511|", left, Some("ADGN"));
    check("JOHN|A|SMITH|JR|1950|M|12 ELM ST|CARY|27511|", left, None);
    check("JOHN|B|SMITH||1950|M|9 FIR RD|DUNN|28334|", left, None);
}

#[test]
fn two_who_agree_are_nobody_certain() {
    let row = "MARY||SMITH||1960|F|12 ELM ST|CARY|27511|";
    let twice = Table::of(HEADERS, &[row, row]);
    let following = follow(prepare(&twice, Some(&Table::of(HEADERS, &[row]))), 1);
    assert!(following.links.iter().all(|link| !matches!(link.reason, Reason::Exact(_))), "{following:?}");
}

#[track_caller]
fn same(one: &str, other: &str, expected: SameId) {
    let prepared = prepare(&Table::of(HEADERS, &[one]), Some(&Table::of(HEADERS, &[other])));
    assert_eq!(same_id(&Comparer::new(&prepared, same_id_kinds()), 0, 0), expected, "{one} / {other}");
}

#[test]
fn an_id_given_to_another_person_is_noticed() {
    let was = "MARY|ANN|SMITH||1960-05-06|F|12 ELM ST|CARY|27511|";
    same("JOSE||LOPEZ||1985-01-22|M|9 FIR RD|DUNN|28334|", was, SameId::Reused);
    same("JOSE||SMITH||1985-01-22|M|9 FIR RD|DUNN|28334|", was, SameId::Reused);
    same("ROBERT||SMITH||1958-01-22|M|12 ELM ST|CARY|27511|", was, SameId::Reused);
    same("MARY||LOPEZ||1985-01-22|F|9 FIR RD|DUNN|28334|", was, SameId::Reused);
    same("JOSE||LOPEZ|||M|9 FIR RD|DUNN|28334|", was, SameId::Reused);
    let year_only = "MARY|ANN|SMITH||1960|F|12 ELM ST|CARY|27511|";
    same("JOSE||LOPEZ||1960|M|9 FIR RD|DUNN|28334|", year_only, SameId::Reused);
    same("JOSE||LOPEZ||1961|M|9 FIR RD|DUNN|28334|", year_only, SameId::Reused);
}

#[test]
fn a_marriage_a_correction_and_a_move_are_no_other_person() {
    let was = "MARY|ANN|SMITH||1960-05-06|F|12 ELM ST|CARY|27511|";
    same("MARY|ANN|JONES||1960-05-06|F|9 FIR RD|DUNN|28334|", was, SameId::Same);
    same("MARY|ANN|SMITH||1960-06-05|F|9 FIR RD|DUNN|28334|", was, SameId::Same);
    same("MARY|ANN|SMITH||1985-11-30|F|9 FIR RD|DUNN|28334|", was, SameId::Same);
    same("POLLY||SMYTH||1960-05-06|F|12 ELM ST|CARY|27511|", was, SameId::Same);
    same("SMITH||MARY||1960-05-16|F|9 FIR RD|DUNN|28334|", was, SameId::Same);
    same("MARK||SMITH||1960-05-06|M|12 ELM ST|CARY|27511|", was, SameId::Same);
}

#[test]
fn what_may_be_either_is_left_to_a_person() {
    let was = "MARY|ANN|SMITH||1960-05-06|F|12 ELM ST|CARY|27511|";

    same("JOSE||LOPEZ||1960-05-06|M|9 FIR RD|DUNN|28334|", was, SameId::Doubtful);
    same("MARY||JONES||1985-11-30|F|12 ELM ST|CARY|27511|", was, SameId::Doubtful);
    same("MARY||JONES||1961-05-06|F|9 FIR RD|DUNN|28334|", was, SameId::Doubtful);
}
