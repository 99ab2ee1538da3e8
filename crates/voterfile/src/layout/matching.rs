//! How well a header fits a file's layout, and how a file name fits its patterns.

use super::{FileKind, FileLayout, HistoryShape, Layout};
use crate::format::normalize_header;
use std::collections::{BTreeMap, BTreeSet};

/// What one header cell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// A column of the layout, by its index.
    Known(usize),
    /// The column of an election.
    Election,
    /// Nothing that the layout knows.
    Unknown,
    /// No name: a trailing delimiter.
    Blank,
}

/// A header under one file's layout.
#[derive(Debug)]
pub(super) struct HeaderMatch {
    pub(super) cells: Vec<Cell>,
    pub(super) missing: Vec<usize>,
    pub(super) known: usize,
    pub(super) unknown: usize,
}

impl HeaderMatch {
    /// Known columns count twice as much as missing and unknown ones.
    pub(super) fn score(&self) -> i64 {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX / 4);
        2 * count(self.known) - count(self.missing.len()) - count(self.unknown)
    }

    /// Whether this is the layout's header: at least half of its names are known, and what such a file is for is there.
    pub(super) fn fits(&self, file: &FileLayout) -> bool {
        let has = |prefix: &str| {
            let is_there =
                |cell: &Cell| matches!(cell, Cell::Known(at) if file.columns[*at].to.starts_with(prefix));
            self.cells.iter().any(is_there)
        };
        let is_complete = match file.kind {
            FileKind::Voters => has("state_voter_id"),
            FileKind::History | FileKind::VotersAndHistory => has("state_voter_id") && has("vote.election_"),
            FileKind::Ballots => has("state_voter_id") && has("ballot."),
            _ => self.missing.is_empty(),
        };
        is_complete && self.known >= 2 && self.known >= self.unknown
    }
}

/// Header names as they are compared, later copies of a name numbered from 2.
pub(super) fn numbered(header: &[String]) -> Vec<String> {
    let names: Vec<String> = header.iter().map(|name| normalize_header(name)).collect();
    let given: BTreeSet<&String> = names.iter().collect();
    let mut seen: BTreeMap<&String, usize> = BTreeMap::new();
    let mut numbered = Vec::with_capacity(names.len());
    for name in &names {
        let count = seen.entry(name).or_default();
        *count += 1;
        if *count == 1 || name.is_empty() {
            numbered.push(name.clone());
            continue;
        }
        let mut copy = format!("{name}_{count}");
        while given.contains(&copy) {
            copy.push_str("_2");
        }
        numbered.push(copy);
    }
    numbered
}

/// The names as they stand in the file: `CITY_2` is a second `CITY` where there is one.
pub(super) fn unnumbered(names: &[String]) -> Vec<String> {
    let original = |name: &String| {
        let (base, number) = name.rsplit_once('_')?;
        let is_copy =
            number.parse::<u32>().is_ok_and(|number| number >= 2) && names.iter().any(|name| name == base);
        is_copy.then(|| base.to_owned())
    };
    names.iter().map(|name| original(name).unwrap_or_else(|| name.clone())).collect()
}

pub(super) fn match_header(names: &[String], file: &FileLayout) -> HeaderMatch {
    let by_name: BTreeMap<String, usize> =
        file.columns.iter().enumerate().map(|(at, column)| (normalize_header(&column.name), at)).collect();
    let elections = match &file.history {
        Some(HistoryShape::Wide { regex, .. }) => regex::Regex::new(regex).ok(),
        _ => None,
    };
    let mut found = vec![false; file.columns.len()];
    let mut cells: Vec<Cell> = names
        .iter()
        .map(|name| match by_name.get(name) {
            _ if name.is_empty() => Cell::Blank,
            Some(&at) if !std::mem::replace(&mut found[at], true) => Cell::Known(at),
            _ if elections.as_ref().is_some_and(|regex| regex.is_match(name)) => Cell::Election,
            _ => Cell::Unknown,
        })
        .collect();
    // Another name of a column counts only where the column's own name is absent.
    for (cell, name) in cells.iter_mut().zip(names) {
        let target = file.aliases.get(name).and_then(|target| by_name.get(&normalize_header(target)));
        if let (Cell::Unknown, Some(&at)) = (&*cell, target)
            && !std::mem::replace(&mut found[at], true)
        {
            *cell = Cell::Known(at);
        }
    }
    // Last, names that differ in nothing but blanks, underscores and points, where only one column is meant.
    let mut by_letters: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (name, at) in &by_name {
        by_letters.entry(letters(name)).and_modify(|meant| *meant = None).or_insert(Some(*at));
    }
    for (cell, name) in cells.iter_mut().zip(names) {
        if let (Cell::Unknown, Some(&Some(at))) = (&*cell, by_letters.get(&letters(name)))
            && !std::mem::replace(&mut found[at], true)
        {
            *cell = Cell::Known(at);
        }
    }
    let count = |wanted: fn(&Cell) -> bool| cells.iter().filter(|cell| wanted(cell)).count();
    let known = count(|cell| matches!(cell, Cell::Known(_)));
    let unknown = count(|cell| matches!(cell, Cell::Unknown));
    let missing = (0..found.len()).filter(|&at| !found[at]).collect();
    HeaderMatch { cells, missing, known, unknown }
}

/// `COUNTY_ID` and `COUNTY-ID` as `COUNTYID`.
fn letters(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Whether a file's name (without folders) fits one of the patterns; `*` and `{…}` stand for any text, `?` for one
/// character, `[0-9]` for one of a range.
pub(super) fn name_matches(patterns: &[String], name: &str) -> bool {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
    patterns.iter().any(|pattern| {
        let pattern = pattern.to_lowercase();
        glob(pattern.as_bytes(), base.as_bytes())
    })
}

/// Whether a file's name alone says that it is a part of a delivery, whatever packs it: `ncvoter32.txt.bak` is one. Patterns
/// that fit any name, such as `*.txt`, say nothing; nor does the name of a document.
#[must_use]
pub fn is_name_of_part(layout: &Layout, name: &str) -> bool {
    const LETTERS_MIN: usize = 3;
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
    if [".pdf", ".md", ".html", ".doc", ".docx"].iter().any(|extension| base.ends_with(extension)) {
        return false;
    }
    let stem = |text: &str| text.rsplit_once('.').map_or(text, |(stem, _)| stem).to_lowercase();
    layout.files.iter().flat_map(|file| &file.names).any(|pattern| {
        let pattern = stem(pattern);
        let letters = pattern.bytes().filter(u8::is_ascii_alphabetic).count();
        letters >= LETTERS_MIN && glob(pattern.as_bytes(), stem(&base).as_bytes())
    })
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skip| glob(rest, &name[skip..])),
        Some((b'{', rest)) => {
            let close = rest.iter().position(|&byte| byte == b'}').map_or(rest.len(), |at| at + 1);
            (0..=name.len()).any(|skip| glob(&rest[close..], &name[skip..]))
        }
        Some((b'[', rest)) => {
            let Some(close) = rest.iter().position(|&byte| byte == b']') else { return false };
            let Some((first, tail)) = name.split_first() else { return false };
            in_class(&rest[..close], *first) && glob(&rest[close + 1..], tail)
        }
        Some((expected, rest)) => name
            .split_first()
            .is_some_and(|(first, tail)| (*expected == b'?' || expected == first) && glob(rest, tail)),
    }
}

fn in_class(class: &[u8], byte: u8) -> bool {
    match class {
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || in_class(rest, byte),
        [one, rest @ ..] => *one == byte || in_class(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns_without_case() {
        let check = |pattern: &str, name: &str, expected: bool| {
            assert_eq!(name_matches(&[pattern.to_owned()], name), expected, "{pattern} on {name}");
        };
        check("ncvoter*.txt", "folder/NCVOTER32.TXT", true);
        check("ncvoter{county_id}.txt", "ncvoter32.txt", true);
        check("ncvoter*.txt", "ncvhis32.txt", false);
        check("???_*.txt", "ALA_20260101.txt", true);
        check("Voter[0-9]*.txt", "Voter01.txt", true);
        check("Voter[0-9]*.txt", "Voters.txt", false);
        check("[12][0-9][0-9][0-9].txt", "2012.txt", true);
    }

    #[test]
    fn a_name_says_that_a_file_is_a_part() {
        let layouts = crate::layout::Layouts::embedded();
        let check = |state: &str, name: &str, expected: bool| {
            let layout = layouts.get(state.parse().unwrap()).unwrap();
            assert_eq!(is_name_of_part(layout, name), expected, "{name}");
        };
        check("nc", "ncvoter32.txt", true);
        check("nc", "parts/NCVOTER32.TXT.7z", true);
        check("nc", "ncvhis.xlsx", true);
        check("nc", "readme.txt", false);
        check("nc", "layout_ncvoter.txt", false);
        check("nc", "ncvoter_layout.pdf", false);
        check("tx", "readme.txt", false);
    }

    #[test]
    fn later_copies_of_a_header_name_are_numbered() {
        let names = ["CITY", " city ", "STATE", "City", "CITY_2"].map(str::to_owned);
        assert_eq!(numbered(&names), ["CITY", "CITY_2_2", "STATE", "CITY_3", "CITY_2"]);
    }
}
