//! Units: apartments, lots, suites, floors. Publication 28, section 213 and appendix C2.

use super::tables::flag;
use super::tokens::Token;
use super::{Line, ParsedAddress, Part};
use std::ops::Range;

/// Whether a word can be a unit's id by itself: it holds a digit or is one letter.
pub(super) fn is_id(token: &Token) -> bool {
    token.has_digit || (token.end - token.start == 1 && token.has_letter)
}

/// Where the units begin among `zone`, whose first word belongs to the street; the zone's end when there are none.
pub(super) fn find(line: &Line<'_>, zone: Range<usize>) -> usize {
    (zone.start + 1..zone.end).find(|index| begins_at(line, &zone, *index)).unwrap_or(zone.end)
}

fn begins_at(line: &Line<'_>, zone: &Range<usize>, index: usize) -> bool {
    let token = &line.tokens[index];
    if !token.is_unit() {
        return reversed_floor(line, index, zone.end) && complete(line, zone, index - 1);
    }
    if line.word(index) == "#" {
        return true;
    }
    let complete = complete(line, zone, index - 1);
    let next = (index + 1 < zone.end).then(|| &line.tokens[index + 1]);
    if token.has(flag::ALONE) {
        let stands = complete || matches!(token.word.unit, "BSMT" | "REAR" | "PH") && next.is_none();
        let before = &line.tokens[index - 1];
        let named = before.is_directional() && index - 1 == zone.start;
        return stands && !named && next.is_none_or(|next| next.is_unit() || is_id(next));
    }
    if token.has(flag::STRONG_UNIT) {
        let short = |next: &Token| next.end - next.start <= 2 && !next.is_suffix() && !next.is_directional();
        return complete
            || next
                .is_some_and(|next| next.is_unit() || is_id(next) || next.is_directional() || short(next));
    }
    complete && next.is_some_and(is_id)
}

/// Whether a street may end with the word at `index`.
fn complete(line: &Line<'_>, zone: &Range<usize>, index: usize) -> bool {
    let token = &line.tokens[index];
    let lettered_road = || line.tokens[index - 1].has(flag::ROAD | flag::ROUTE);
    index > zone.start && (token.is_suffix() || token.is_directional() || is_id(token) || lettered_road())
}

/// `2ND FL`: the id before the designator.
fn reversed_floor(line: &Line<'_>, index: usize, end: usize) -> bool {
    line.tokens[index].has_digit
        && index + 1 < end
        && line.tokens[index + 1].word.unit == "FL"
        && !(index + 2 < end && is_id(&line.tokens[index + 2]))
}

/// A unit before the number or the name (`APT 4 123 MAIN ST`): how many words it takes.
pub(super) fn leading(line: &Line<'_>, zone: Range<usize>, number_follows: bool) -> usize {
    if zone.len() < 3 {
        return 0;
    }
    if !number_follows && line.word(zone.start) == "REAR" {
        return usize::from(!line.tokens[zone.start + 1].is_suffix());
    }
    if !line.tokens[zone.start].has(flag::STRONG_UNIT) {
        return 0;
    }
    let mut id = zone.start + 1;
    if line.word(zone.start) != "#" && line.word(id) == "#" {
        id += 1;
    }
    let street = id + 1;
    let room = if number_follows { 2 } else { 1 };
    if street + room > zone.end || !is_id(&line.tokens[id]) || line.tokens[zone.start].has(flag::ALONE) {
        return 0;
    }
    let next = &line.tokens[street];
    let fits = if number_follows {
        next.has_digit
    } else {
        !next.is_unit() && !next.is_suffix() && !next.is_directional()
    };
    if fits { street - zone.start } else { 0 }
}

/// Whether all of `zone` is one unit (`APT 4`), without a street.
pub(super) fn is_all(line: &Line<'_>, zone: &Range<usize>) -> bool {
    zone.len() > 1
        && line.tokens[zone.start].has(flag::STRONG_UNIT)
        && !line.tokens[zone.start + 1].is_suffix()
        && extent(line, zone).1 == zone.end
}

/// Writes the units of `zone` in normal form and returns where words begin which are not theirs.
pub(super) fn write(line: &Line<'_>, zone: Range<usize>, out: &mut ParsedAddress) -> usize {
    let (last, end) = extent(line, &zone);
    let mut index = zone.start;
    while index < end {
        let part = if last.is_some_and(|last| index <= last) { Part::UnitType } else { Part::Unit };
        if reversed_floor(line, index, end) {
            out.push(Part::UnitType, "FL");
            let id = if last.is_some_and(|last| index + 1 < last) { Part::UnitType } else { Part::Unit };
            out.push(id, without_ordinal(line.word(index)));
            index += 2;
            continue;
        }
        let token = &line.tokens[index];
        if token.is_unit() && is_designator(line, &zone, index) {
            out.push(part, token.word.unit);
            index += 1;
            while index < end && token.word.unit != "#" && is_number_mark(line, index) {
                index += 1;
            }
            if token.word.unit == "FL" && index < end && is_id(&line.tokens[index]) {
                let part = if last.is_some_and(|last| index <= last) { Part::UnitType } else { Part::Unit };
                out.push(part, without_ordinal(line.word(index)));
                index += 1;
            }
            continue;
        }
        out.push(part, line.word(index));
        index += 1;
    }
    end
}

/// Where the last designator stands and where the units end.
fn extent(line: &Line<'_>, zone: &Range<usize>) -> (Option<usize>, usize) {
    let mut last = None;
    let mut index = zone.start;
    while index < zone.end {
        let token = &line.tokens[index];
        if reversed_floor(line, index, zone.end) {
            last = Some(index + 1);
            index += 2;
        } else if token.is_unit() && is_designator(line, zone, index) {
            last = Some(index);
            index += 1;
            while index < zone.end && line.word(index - 1) != "#" && is_number_mark(line, index) {
                index += 1;
            }
            // Whatever stands behind a designator is its id: `APT GARDEN`.
            let takes_word = !token.has(flag::ALONE) && index < zone.end && !line.tokens[index].is_unit();
            if takes_word {
                index += 1;
            }
        } else if is_id(token) {
            index += 1;
        } else {
            break;
        }
    }
    (last, index)
}

/// Inside the units a designator of weak meaning (`KEY`, `SIDE`) counts only with an id, or alone at the end.
fn is_designator(line: &Line<'_>, zone: &Range<usize>, index: usize) -> bool {
    let token = &line.tokens[index];
    if token.has(flag::STRONG_UNIT | flag::ALONE) {
        return true;
    }
    index + 1 < zone.end && is_id(&line.tokens[index + 1])
}

fn is_number_mark(line: &Line<'_>, index: usize) -> bool {
    line.is(index, &["#", "NO", "NUMBER", "NUM"])
}

/// `2` of `2ND`: a floor is written by its number.
fn without_ordinal(word: &str) -> &str {
    let digits = word.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let ending = &word[digits.len()..];
    let ordinal =
        matches!(ending, "ST" | "ND" | "RD" | "TH") && digits.bytes().all(|byte| byte.is_ascii_digit());
    if ordinal && !digits.is_empty() { digits } else { word }
}
