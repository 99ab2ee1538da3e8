//! Highways, whose number is part of the name: Publication 28, appendix F, spells the kind of road out
//! (`US HIGHWAY 64 E`, `COUNTY ROAD 12`, `STATE ROUTE 9`).

use super::tables::flag;
use super::tokens::Token;
use super::{Line, ParsedAddress, Part};
use std::ops::Range;

/// What a highway's name is made of.
#[derive(Debug, Clone, Copy)]
struct Highway {
    /// Words before the number: `US`, `HIGHWAY`.
    words: [&'static str; 2],
    /// A state's name or abbreviation before them, as a position.
    state: Option<usize>,
    /// Position of the number.
    number: usize,
    /// First position behind it all.
    end: usize,
}

/// Writes the highway that `zone` begins with, with a name's words before it (`OLD`), and returns where the rest
/// begins; nothing is written when it is none.
pub(super) fn write(line: &Line<'_>, zone: Range<usize>, out: &mut ParsedAddress) -> Option<usize> {
    let start = zone.start + usize::from(leading_directional(line, &zone));
    let (before, highway) = find(line, start, zone.end)?;
    if start > zone.start {
        out.push(Part::Predir, line.tokens[zone.start].word.directional);
    }
    out.push_all(Part::Name, line, start..before);
    if let Some(state) = highway.state {
        out.push(Part::Name, line.word(state));
    }
    for word in highway.words.into_iter().filter(|word| !word.is_empty()) {
        out.push(Part::Name, word);
    }
    out.push(Part::Name, line.word(highway.number));
    Some(write_behind(line, highway.end, zone.end, out))
}

fn leading_directional(line: &Line<'_>, zone: &Range<usize>) -> bool {
    zone.len() > 2 && line.tokens[zone.start].is_directional()
}

/// The first highway whose name is not cut by a street type.
fn find(line: &Line<'_>, start: usize, end: usize) -> Option<(usize, Highway)> {
    for index in start..end.min(start + 4) {
        let first = index == start || line.is(index - 1, &["OLD", "NEW"]);
        if let Some(highway) = match_at(line, index, end, first) {
            return Some((index, highway));
        }
        let token = &line.tokens[index];
        if token.has(flag::PRIMARY) || token.has_digit {
            return None;
        }
    }
    None
}

fn match_at(line: &Line<'_>, index: usize, end: usize, first: bool) -> Option<Highway> {
    let token = &line.tokens[index];
    if !token.has(flag::ROUTE_HEAD | flag::STATE) {
        return None;
    }
    let number = |at: usize| (at < end && is_number(&line.tokens[at])).then_some(at);
    let named = |words: [&'static str; 2], number: usize| {
        Some(Highway { words, state: None, number, end: number + 1 })
    };
    match line.word(index) {
        "US" => us(line, index + 1, end),
        "U" if line.word(index + 1) == "S" => us(line, index + 2, end),
        "INTERSTATE" | "IH" => named(["INTERSTATE", ""], number(skip_route(line, index + 1))?),
        "I" if first => named(["INTERSTATE", ""], number(index + 1)?),
        "STATE" => named(["STATE", road_kind(line, index + 1)?], number(index + 2)?),
        "ST" if first => named(["STATE", road_kind(line, index + 1)?], number(index + 2)?),
        "SR" if first => named(["STATE", "ROAD"], number(index + 1)?),
        "SH" if first => named(["STATE", "HIGHWAY"], number(index + 1)?),
        "COUNTY" | "CNTY" | "CTY" | "CO" => county(line, index, end),
        "CR" if first => named(["COUNTY", "ROAD"], county_id(line, index + 1, end)?),
        "CTH" if first => named(["COUNTY", "HIGHWAY"], county_id(line, index + 1, end)?),
        "FARM" if line.is(index + 1, &["TO"]) && line.is(index + 2, &["MARKET"]) => {
            named(["FM", ""], number(skip_road(line, index + 3))?)
        }
        "FM" if first => named(["FM", ""], number(skip_road(line, index + 1))?),
        "RM" if first => named(["RANCH", "ROAD"], number(skip_road(line, index + 1))?),
        "RANCH" if line.tokens.get(index + 1)?.has(flag::ROAD) => {
            named(["RANCH", "ROAD"], number(index + 2)?)
        }
        "TOWNSHIP" | "TWP" if line.tokens.get(index + 1)?.has(flag::ROAD) => {
            named(["TOWNSHIP", "ROAD"], number(index + 2)?)
        }
        "TSR" | "TR" if first => named(["TOWNSHIP", "ROAD"], number(index + 1)?),
        _ if token.has(flag::ROUTE) => {
            if first && line.word(index + 1) == "FM" {
                return named(["FM", ""], number(index + 2)?);
            }
            named([route_kind(token), ""], number(index + 1)?)
        }
        _ if first => state(line, index, end),
        _ => None,
    }
}

/// `US 1`, `US HWY 1`, `US 421 HWY`.
fn us(line: &Line<'_>, index: usize, end: usize) -> Option<Highway> {
    let token = line.tokens.get(index).filter(|_| index < end)?;
    if token.has(flag::ROUTE) {
        let number = index + 1;
        return (number < end && is_number(&line.tokens[number])).then(|| Highway {
            words: ["US", route_kind(token)],
            state: None,
            number,
            end: number + 1,
        });
    }
    is_number(token).then(|| Highway {
        words: ["US", "HIGHWAY"],
        state: None,
        number: index,
        end: index + 1 + usize::from(highway_behind(line, index + 1, end)),
    })
}

/// `NC HWY 55`, `NC 55 HWY`, `KY STATE HIGHWAY 1`, `NC 55`.
fn state(line: &Line<'_>, index: usize, end: usize) -> Option<Highway> {
    let next = line.tokens.get(index + 1).filter(|_| index + 1 < end)?;
    let (words, number) = if is_number(next) {
        (if highway_behind(line, index + 2, end) { ["HIGHWAY", ""] } else { ["", ""] }, index + 1)
    } else if line.is(index + 1, &["STATE", "ST"]) {
        (["STATE", road_kind(line, index + 2)?], index + 3)
    } else if line.is(index + 1, &["COUNTY", "CO"]) {
        (["COUNTY", road_kind(line, index + 2)?], index + 3)
    } else {
        ([road_kind(line, index + 1)?, ""], index + 2)
    };
    if number >= end || !is_number(&line.tokens[number]) {
        return None;
    }
    let behind = number == index + 1 && words[0] == "HIGHWAY";
    Some(Highway { words, state: Some(index), number, end: number + 1 + usize::from(behind) })
}

fn county(line: &Line<'_>, index: usize, end: usize) -> Option<Highway> {
    let kind = road_kind(line, index + 1)?;
    let number = county_id(line, index + 2, end)?;
    Some(Highway { words: ["COUNTY", kind], state: None, number, end: number + 1 })
}

/// County roads are numbered or lettered (`COUNTY ROAD 12`, `COUNTY ROAD AB`).
fn county_id(line: &Line<'_>, index: usize, end: usize) -> Option<usize> {
    let token = line.tokens.get(index).filter(|_| index < end)?;
    let letters = token.has_letter && !token.has_digit && token.end - token.start <= 2;
    let lettered = letters && !token.is_unit() && !token.is_suffix();
    (is_number(token) || lettered).then_some(index)
}

/// `64`, `5A`, `1150EE`; not `5TH`.
fn is_number(token: &Token) -> bool {
    token.has_digit && !token.has_other && !token.ordinal && token.end - token.start <= 6
}

fn route_kind(token: &Token) -> &'static str {
    if token.word.suffix == "HWY" { "HIGHWAY" } else { "ROUTE" }
}

fn road_kind(line: &Line<'_>, index: usize) -> Option<&'static str> {
    let token = line.tokens.get(index)?;
    if token.has(flag::ROUTE) { Some(route_kind(token)) } else { token.has(flag::ROAD).then_some("ROAD") }
}

fn skip_route(line: &Line<'_>, index: usize) -> usize {
    index + usize::from(line.tokens.get(index).is_some_and(|token| token.has(flag::ROUTE)))
}

fn skip_road(line: &Line<'_>, index: usize) -> usize {
    index + usize::from(line.tokens.get(index).is_some_and(|token| token.has(flag::ROAD)))
}

fn highway_behind(line: &Line<'_>, index: usize, end: usize) -> bool {
    index < end && line.tokens[index].word.suffix == "HWY"
}

/// What may follow the number: `BYPASS`, `FRONTAGE RD`, a directional.
fn write_behind(line: &Line<'_>, mut index: usize, end: usize, out: &mut ParsedAddress) -> usize {
    if index < end && line.tokens[index].has(flag::MODIFIER) {
        let road = index + 1 < end && line.tokens[index + 1].has(flag::ROAD);
        out.push(Part::Name, modifier(line.word(index), road));
        index += 1;
        if road {
            out.push(Part::Type, "RD");
            index += 1;
        }
    } else if index < end && line.tokens[index].has(flag::ROAD) {
        // `FM 1960 RD W`
        out.push(Part::Type, "RD");
        index += 1;
    }
    if index < end && line.tokens[index].is_directional() {
        out.push(Part::Postdir, line.tokens[index].word.directional);
        index += 1;
    }
    index
}

fn modifier(word: &str, before_road: bool) -> &str {
    match (word, before_road) {
        ("BYPASS" | "BYP", false) => "BYP",
        ("BYPASS" | "BYP", true) => "BYPASS",
        ("BUSINESS" | "BUS", _) => "BUS",
        ("ALTERNATE" | "ALT", _) => "ALT",
        ("CONNECTOR" | "CONN", _) => "CONN",
        _ => word,
    }
}
