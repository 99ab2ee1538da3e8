//! A pair side by side: what the list says, what the voter's record says, and in words how they differ.

use crate::pages::format::{Markup, escaped, visible};
use hustings_matching::compare::Pattern;
use hustings_matching::explain::ModelRecord;
use hustings_store::match_run::{MatchColumn, MatchLook, MatchRow};

/// One line of the two sides.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it is.
    pub label: &'static str,
    /// What the list says, with what differs marked.
    pub list: Markup,
    /// What the voter's record says, marked likewise.
    pub voter: Markup,
    /// The same of further voters whom the row fits.
    pub others: Vec<Markup>,
    /// What was found, in words.
    pub found: String,
    /// `same`, `near`, `differs` or `missing`: a class of the stylesheet.
    pub class: &'static str,
    /// A sign for it, so that color is not needed.
    pub sign: &'static str,
}

struct Shape {
    label: &'static str,
    comparison: &'static str,
    list: &'static [&'static str],
    voter: &'static [&'static str],
}

const SHAPES: [Shape; 13] = [
    Shape { label: "First name", comparison: "first_name", list: &["first_name"], voter: &["first_name"] },
    Shape {
        label: "Middle name",
        comparison: "middle_name",
        list: &["middle_name"],
        voter: &["middle_name"],
    },
    Shape {
        label: "Last name",
        comparison: "last_name",
        list: &["last_name", "second_last_name"],
        voter: &["last_name"],
    },
    Shape { label: "Suffix", comparison: "suffix", list: &["suffix"], voter: &["suffix"] },
    Shape {
        label: "Born",
        comparison: "dob",
        list: &["dob", "birth_month", "birth_day", "birth_year", "age"],
        voter: &["dob", "birth_year"],
    },
    Shape { label: "Sex", comparison: "sex", list: &["sex"], voter: &["sex"] },
    Shape { label: "Address", comparison: "address", list: &["house_number", "street"], voter: &["street"] },
    Shape { label: "Unit", comparison: "unit", list: &["unit"], voter: &[] },
    Shape { label: "City", comparison: "city", list: &["city"], voter: &["city"] },
    Shape { label: "State", comparison: "state", list: &["state"], voter: &["state"] },
    Shape { label: "ZIP", comparison: "zip", list: &["zip"], voter: &["zip"] },
    Shape { label: "Telephone", comparison: "phone", list: &["phone"], voter: &["phone"] },
    Shape { label: "E-mail", comparison: "email", list: &["email"], voter: &["email"] },
];

/// What a row says of something, as the list has it.
pub fn of_list(row: &MatchRow, columns: &[MatchColumn], word: &str) -> String {
    let at = columns.iter().position(|column| column.taken_for == word);
    at.and_then(|at| row.cells.get(at)).cloned().unwrap_or_default()
}

/// The lines of a pair, and beside its voter further ones whom the row fits.
pub fn beside(
    look: &MatchLook,
    rivals: &[MatchLook],
    columns: &[MatchColumn],
    model: Option<&ModelRecord>,
) -> Vec<Line> {
    let mut first = lines(look, columns, model);
    let others: Vec<Vec<Line>> = rivals.iter().map(|rival| lines(rival, columns, model)).collect();
    if others.is_empty() {
        return first;
    }
    let mut all = Vec::new();
    for shape in &SHAPES {
        let of = |lines: &[Line]| lines.iter().find(|line| line.label == shape.label).cloned();
        let found: Vec<Option<Line>> = others.iter().map(|lines| of(lines)).collect();
        let own = first.iter().position(|line| line.label == shape.label).map(|at| first.remove(at));
        // A line that only another voter has.
        let blank = || found.iter().flatten().next().map(|line| Line { voter: plain(""), ..line.clone() });
        let Some(mut line) = own.or_else(blank) else { continue };
        line.others =
            found.into_iter().map(|other| other.map_or_else(|| plain(""), |other| other.voter)).collect();
        all.push(line);
    }
    all
}

/// The lines of a pair.
pub fn lines(look: &MatchLook, columns: &[MatchColumn], model: Option<&ModelRecord>) -> Vec<Line> {
    let of_list = |word: &&str| Some(of_list(&look.row, columns, word)).filter(|cell| !cell.is_empty());
    let of_voter = |word: &&str| look.voter.values.get(*word).map(String::as_str);
    let found = model.map(|model| model.found(Pattern(look.pair.levels))).unwrap_or_default();
    let level =
        |comparison: &str| found.iter().find(|(name, _)| *name == comparison).map_or("", |(_, level)| level);
    let swapped = level("first_name").starts_with("swapped");
    let mut lines = Vec::new();
    let whole = of_list(&"full_name");
    for shape in &SHAPES {
        let list = shape.list.iter().filter_map(of_list).collect::<Vec<_>>().join(" ");
        let mut words = shape.voter.iter().filter_map(of_voter);
        let voter = if shape.comparison == "dob" {
            // A year says nothing beside the whole date.
            words.next().unwrap_or_default().to_owned()
        } else {
            words.collect::<Vec<_>>().join(" ")
        };
        let level = match shape.comparison {
            // The other half of the swap.
            "last_name" if swapped => "swapped with the first name",
            comparison => level(comparison),
        };
        let in_whole = whole.is_some()
            && matches!(shape.comparison, "first_name" | "middle_name" | "last_name" | "suffix");
        if list.is_empty() && voter.is_empty() || in_whole && voter.is_empty() && level.is_empty() {
            continue;
        }
        let list = match &whole {
            Some(whole) if in_whole && list.is_empty() => {
                if shape.comparison == "first_name" {
                    whole.to_owned()
                } else {
                    "(in the whole name)".to_owned()
                }
            }
            _ => list,
        };
        lines.push(line(shape.label, &list, &voter, level, in_whole));
    }
    lines
}

fn line(label: &'static str, list: &str, voter: &str, level: &str, in_whole: bool) -> Line {
    let same_text = bare(list) == bare(voter);
    let (class, sign) = match level {
        "" if list.is_empty() || voter.is_empty() => ("missing", "–"),
        "" if same_text => ("same", "="),
        "" => ("missing", "–"),
        level if level.starts_with("equal") || level == "one missing" => ("same", "="),
        level
            if level.starts_with("different")
                || level.starts_with("conflict")
                || level.starts_with("number different") =>
        {
            ("differs", "≠")
        }
        _ => ("near", "≈"),
    };
    let (marked_list, marked_voter) = match (class, in_whole || same_text) {
        ("near" | "differs", false) => (marked(list, voter), marked(voter, list)),
        _ => (plain(list), plain(voter)),
    };
    let found = match (level, list.is_empty(), voter.is_empty()) {
        ("", true, _) => "not on the list".to_owned(),
        ("", _, true) => "not on the voter's record".to_owned(),
        ("", ..) if same_text => "equal".to_owned(),
        ("", ..) => "not compared".to_owned(),
        // How alike the names are is told in its own line.
        (level, ..) => level.split(", names ").next().unwrap_or(level).to_owned(),
    };
    Line { label, list: marked_list, voter: marked_voter, others: Vec::new(), found, class, sign }
}

/// A text by its letters and digits alone.
pub fn bare(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn plain(text: &str) -> Markup {
    Markup::of_escaped(escaped(&visible(text)))
}

/// The text with what differs from the other marked: what lies between a common beginning and a common end.
fn marked(text: &str, other: &str) -> Markup {
    let (own, others): (Vec<char>, Vec<char>) = (text.chars().collect(), other.chars().collect());
    let alike = |a: &&char, b: &&char| a.to_lowercase().eq(b.to_lowercase());
    let begin = own.iter().zip(&others).take_while(|(a, b)| alike(a, b)).count();
    let end =
        own[begin..].iter().rev().zip(others[begin..].iter().rev()).take_while(|(a, b)| alike(a, b)).count();
    // One letter in common is no likeness.
    let (begin, end) = if (begin + end) * 2 < own.len().max(others.len()) { (0, 0) } else { (begin, end) };
    let part = |from: usize, to: usize| escaped(&visible(&own[from..to].iter().collect::<String>()));
    let middle = part(begin, own.len() - end);
    let middle = if middle.is_empty() { middle } else { format!("<mark>{middle}</mark>") };
    Markup::of_escaped(format!("{}{middle}{}", part(0, begin), part(own.len() - end, own.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_marked_and_nothing_is_obeyed() {
        let check =
            |text: &str, other: &str, expected: &str| assert_eq!(marked(text, other).to_string(), expected);
        check("Jon", "JOHN", "Jon");
        check("JOHN", "Jon", "JO<mark>H</mark>N");
        check("12 Oak St", "21 OAK ST", "<mark>12</mark> Oak St");
        check("<b>", "x", "<mark>&lt;b&gt;</mark>");
        check("aa", "aaa", "aa");
        check("HUNTERSVILLE", "HILLSBOROUGH", "<mark>HUNTERSVILLE</mark>");
    }

    #[test]
    fn a_line_says_in_words_and_by_a_sign_what_was_found() {
        let same = line("First name", "Ann", "ANN", "equal", false);
        assert_eq!((same.class, same.sign, same.found.as_str()), ("same", "=", "equal"));
        let near = line("First name", "Bob", "ROBERT", "nickname", false);
        assert_eq!((near.class, near.sign), ("near", "≈"));
        assert!(near.list.to_string().contains("<mark>"));
        let differs = line("ZIP", "27701", "27513", "different", false);
        assert_eq!((differs.class, differs.sign), ("differs", "≠"));
        assert_eq!(line("ZIP", "", "27513", "", false).found, "not on the list");
    }
}
