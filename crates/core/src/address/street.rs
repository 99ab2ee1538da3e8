//! A number and a street: Publication 28, sections 232 to 235 and appendix D.

use super::tables::flag;
use super::tokens::{Token, is_fraction};
use super::{AddressKind, AddressQuality, Line, ParsedAddress, Part, Split, highway, unit};
use std::ops::Range;

/// What was seen on the way, for the kind and the quality.
#[derive(Debug, Default)]
struct Seen {
    grid: bool,
    complete: bool,
    bare_unit: bool,
    moved: bool,
}

/// Reads `zone` as number, street and units. What stands behind `zone` is the caller's.
pub(super) fn read(line: &Line<'_>, zone: Range<usize>, split: Option<Split>, out: &mut ParsedAddress) {
    let mut seen = Seen::default();
    let mut at = zone.start;
    let mut front = at..at;
    if split.is_none() {
        front = at..at + unit::leading(line, at..zone.end, true);
        at = front.end;
        // `NO 12 MAIN ST`
        let marked =
            at + 2 < zone.end && line.is(at, &["#", "NO", "NUMBER"]) && line.tokens[at + 1].has_digit;
        at += usize::from(marked);
    }
    let number_end = split.map_or(zone.end, |split| split.number_end.clamp(at, zone.end));
    at = read_number(line, at..number_end, &mut seen, out);
    if split.is_none() && out.has(Part::Number) && front.is_empty() {
        front = at..at + unit::leading(line, at..zone.end, false);
        at = front.end;
    }
    let street_end = split.map_or(zone.end, |split| split.street_end.clamp(at, zone.end));
    let streetless = split.is_none() && unit::is_all(line, &(at..street_end));
    let units = if streetless { at } else { unit::find(line, at..street_end) };
    let tail = read_street(line, at..units, &mut seen, out);
    let id_tail =
        !tail.is_empty() && tail.len() <= 2 && tail.clone().all(|index| unit::is_id(&line.tokens[index]));
    if id_tail {
        seen.bare_unit = true;
        out.push(Part::UnitType, "#");
        out.push_all(if units < street_end { Part::UnitType } else { Part::Unit }, line, tail.clone());
    }
    let behind = write_units(line, units..street_end, out);
    if street_end < zone.end {
        seen.bare_unit |= write_given_unit(line, street_end..zone.end, out);
    }
    if !front.is_empty() {
        seen.moved = true;
        write_units(line, front, out);
    }
    if !id_tail {
        out.push_all(Part::Rest, line, tail);
    }
    out.push_all(Part::Rest, line, behind..street_end);
    judge(&seen, out);
}

fn write_units(line: &Line<'_>, zone: Range<usize>, out: &mut ParsedAddress) -> usize {
    if zone.is_empty() { zone.start } else { unit::write(line, zone, out) }
}

/// A unit from its own columns: `#` stands for a designator that the state leaves out. Says whether it does.
fn write_given_unit(line: &Line<'_>, zone: Range<usize>, out: &mut ParsedAddress) -> bool {
    let bare = !line.tokens[zone.start].is_unit();
    if bare {
        out.push(Part::UnitType, "#");
    }
    let end = unit::write(line, zone.clone(), out);
    out.push_all(Part::Unit, line, end..zone.end);
    bare || end < zone.end
}

fn judge(seen: &Seen, out: &mut ParsedAddress) {
    let private = out.part(Part::UnitType).split(' ').any(|word| word == "PMB");
    out.kind = if private {
        AddressKind::PrivateMailbox
    } else if seen.grid {
        AddressKind::Grid
    } else {
        AddressKind::Street
    };
    out.quality = if !out.has(Part::Number) || !out.has(Part::Name) {
        AddressQuality::Low
    } else if seen.complete && !seen.bare_unit && !seen.moved && !out.has(Part::Rest) && !nameless_unit(out) {
        AddressQuality::High
    } else {
        AddressQuality::Medium
    };
}

/// A designator that needs an id and has none: `123 MAIN ST APT`.
fn nameless_unit(out: &ParsedAddress) -> bool {
    let alone = ["BSMT", "FRNT", "LBBY", "LOWR", "OFC", "PH", "REAR", "SIDE", "UPPR"];
    let last = out.part(Part::UnitType).rsplit(' ').next().unwrap_or("");
    !last.is_empty() && !out.has(Part::Unit) && !alone.contains(&last)
}

/// Writes the house number and returns where the street begins.
fn read_number(line: &Line<'_>, zone: Range<usize>, seen: &mut Seen, out: &mut ParsedAddress) -> usize {
    let mut at = zone.start;
    if at == zone.end {
        return at;
    }
    let word = line.word(at);
    if is_grid_half(word)
        && at + 1 < zone.end
        && is_grid_half(line.word(at + 1))
        && crosses(word, line.word(at + 1))
    {
        out.push(Part::Number, word);
        out.push_glued(Part::Number, line.word(at + 1));
        seen.grid = true;
        at += 2;
    } else if is_grid(word) || is_grid_half(word) {
        out.push(Part::Number, word);
        seen.grid = true;
        at += 1;
    } else if let Some((prefix, digits, hyphen, suffix)) =
        split_number(&line.tokens[at], word, zone.end - at - 1)
    {
        if !prefix.is_empty() {
            out.push(Part::Prefix, prefix);
            out.push_glued(Part::Number, digits);
        } else {
            out.push(Part::Number, digits);
        }
        if !suffix.is_empty() {
            if hyphen {
                out.line.push('-');
            }
            out.push_glued(Part::Suffix, suffix);
        }
        at += 1;
    } else {
        return at;
    }
    if at < zone.end && is_fraction(line.word(at)) {
        out.push(Part::Fraction, line.word(at));
        at += 1;
    }
    if is_spaced_suffix(line, at, zone.end) && !out.has(Part::Suffix) && !out.has(Part::Fraction) {
        out.push(Part::Suffix, line.word(at));
        at += 1;
    }
    at
}

/// `123 B MAIN ST`: a letter that is neither a directional nor the first of two initials nor the street's name.
fn is_spaced_suffix(line: &Line<'_>, at: usize, end: usize) -> bool {
    let Some(next) = line.tokens.get(at + 1).filter(|_| at + 1 < end) else { return false };
    if !line.is(at, &["A", "B", "C", "D"]) || next.is_suffix() || next.is_unit() {
        return false;
    }
    if next.is_directional() {
        return at + 2 < end && !line.tokens[at + 2].has(flag::PRIMARY);
    }
    next.has_letter && next.end - next.start > 1
}

/// Prefix, number, whether a hyphen stands before the suffix, suffix.
fn split_number<'a>(
    token: &Token,
    word: &'a str,
    street_words: usize,
) -> Option<(&'a str, &'a str, bool, &'a str)> {
    if !token.has_digit || token.ordinal || is_fraction(word) {
        return None;
    }
    let bytes = word.as_bytes();
    let prefix = usize::from(bytes[0].is_ascii_uppercase());
    if prefix == 1 && word.starts_with('I') {
        return None;
    }
    let body = &word[prefix..];
    let number_end = body.rfind(|character: char| character.is_ascii_digit())? + 1;
    let (number, behind) = body.split_at(number_end);
    let number_like = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'/');
    // `39.2 RD` is a street of the grid.
    if number.contains('.') && street_words < 2 {
        return None;
    }
    if !number.as_bytes()[0].is_ascii_digit() || !number.bytes().all(number_like) {
        return None;
    }
    let hyphen = behind.starts_with('-');
    let suffix = &behind[usize::from(hyphen)..];
    let fits = suffix.len() <= 2 && suffix.bytes().all(|byte| byte.is_ascii_uppercase());
    fits.then_some((&word[..prefix], number, hyphen, suffix))
}

/// `N6W23001`: two directions, each with its number.
fn is_grid(word: &str) -> bool {
    let Some(second) = word.rfind(|character: char| character.is_ascii_alphabetic()) else { return false };
    let (first, second) = word.split_at(second);
    is_grid_half(first) && is_grid_half(second) && crosses(first, second)
}

/// `W148`.
fn is_grid_half(word: &str) -> bool {
    let mut bytes = word.bytes();
    matches!(bytes.next(), Some(b'N' | b'S' | b'E' | b'W'))
        && word.len() > 1
        && bytes.all(|byte| byte.is_ascii_digit())
}

fn crosses(first: &str, second: &str) -> bool {
    first.starts_with(['N', 'S']) != second.starts_with(['N', 'S'])
}

/// Writes directionals, name and type, and returns what is left of `zone`.
fn read_street(
    line: &Line<'_>,
    zone: Range<usize>,
    seen: &mut Seen,
    out: &mut ParsedAddress,
) -> Range<usize> {
    if zone.is_empty() {
        return zone;
    }
    if let Some(end) = highway::write(line, zone.clone(), out) {
        seen.complete = true;
        return end..zone.end;
    }
    let predir = predirectional(line, &zone);
    match predir {
        0 => {}
        1 => out.push(Part::Predir, line.tokens[zone.start].word.directional),
        _ => push_combined(line, zone.start, Part::Predir, out),
    }
    read_name(line, zone.start + predir..zone.end, seen, out)
}

/// How many words the directional before the name takes: 0, 1 or 2.
fn predirectional(line: &Line<'_>, zone: &Range<usize>) -> usize {
    let start = zone.start;
    if zone.len() < 2 || !line.tokens[start].is_directional() {
        return 0;
    }
    let next = &line.tokens[start + 1];
    if next.has(flag::PRIMARY) {
        // `E AVENUE`, `N ST NW`: the directional is the name; `N AVENUE RD`, `N ST JAMES ST`: it is not.
        let behind = line.tokens.get(start + 2).filter(|_| start + 2 < zone.end);
        // `E AVENUE J`, `N LOOP 410`: a name of its own behind the directional.
        let first = &line.tokens[start];
        let lettered = match next.word.suffix {
            "AVE" | "RD" => first.end - first.start <= 2,
            suffix => suffix == "LOOP",
        };
        let ends = behind.is_none_or(|token| !lettered && (token.is_directional() || unit::is_id(token)));
        return usize::from(!ends);
    }
    if next.is_directional() && zone.len() > 2 {
        let (first, second) = (&line.tokens[start], next);
        if opposite(first.word.directional, second.word.directional) {
            // `EAST WEST HWY` is a name; `E WEST ST` is West Street, its eastern part.
            let abbreviated = |token: &Token| token.end - token.start <= 2;
            return usize::from(abbreviated(first) && !abbreviated(second));
        }
        let behind = &line.tokens[start + 2];
        let ends = zone.len() == 3 || zone.len() == 4 && line.tokens[start + 3].is_directional();
        let named = behind.has(flag::PRIMARY) && ends;
        if combines(first, second) && !named {
            return 2;
        }
    }
    1
}

fn combines(first: &Token, second: &Token) -> bool {
    matches!(first.word.directional, "N" | "S") && matches!(second.word.directional, "E" | "W")
}

fn opposite(first: &str, second: &str) -> bool {
    matches!((first, second), ("N", "S") | ("S", "N") | ("E", "W") | ("W", "E"))
}

fn push_combined(line: &Line<'_>, at: usize, part: Part, out: &mut ParsedAddress) {
    out.push(part, line.tokens[at].word.directional);
    out.push_glued(part, line.tokens[at + 1].word.directional);
}

/// Where the type stands and how many words the directional behind it takes.
struct Ending {
    suffix: usize,
    postdir: usize,
}

fn read_name(line: &Line<'_>, zone: Range<usize>, seen: &mut Seen, out: &mut ParsedAddress) -> Range<usize> {
    let (start, end) = (zone.start, zone.end);
    let tokens = line.tokens;
    if zone.len() == 1 {
        push_spelled(line, start, out);
        seen.complete |= tokens[start].has(flag::LEADING_TYPE);
        return end..end;
    }
    if let Some(behind) = lettered(line, &zone) {
        push_spelled(line, start, out);
        let letter = &tokens[start + 1];
        let word = if letter.is_directional() { letter.word.directional } else { line.word(start + 1) };
        out.push(Part::Name, word);
        seen.complete = true;
        return write_postdir(line, behind..end, out);
    }
    if let Some(ending) = ending(line, &zone) {
        out.push_all(Part::Name, line, start..ending.suffix - 1);
        push_spelled(line, ending.suffix - 1, out);
        out.push(Part::Type, tokens[ending.suffix].word.suffix);
        let behind = ending.suffix + 1 + ending.postdir;
        match ending.postdir {
            0 => {}
            1 => out.push(Part::Postdir, tokens[ending.suffix + 1].word.directional),
            _ => push_combined(line, ending.suffix + 1, Part::Postdir, out),
        }
        seen.complete = true;
        return behind..end;
    }
    read_typeless(line, zone, seen, out)
}

/// `AVENUE B`, `ROAD 5A`: the type stands before its letter or number and is part of the name. Returns what follows.
fn lettered(line: &Line<'_>, zone: &Range<usize>) -> Option<usize> {
    let (first, second) = (&line.tokens[zone.start], &line.tokens[zone.start + 1]);
    // `AVE NORTH` stands as `AVENUE N`, which nobody can tell from the letter's avenue.
    let direction = zone.len() == 2 && second.word.directional.len() == 1;
    if !first.has(flag::PRIMARY) || second.ordinal || !unit::is_id(second) && !direction {
        return None;
    }
    let behind = zone.start + 2;
    let ends = (behind..zone.end)
        .all(|index| line.tokens[index].is_directional() || unit::is_id(&line.tokens[index]));
    ends.then_some(behind)
}

fn write_postdir(line: &Line<'_>, zone: Range<usize>, out: &mut ParsedAddress) -> Range<usize> {
    if zone.is_empty() || !line.tokens[zone.start].is_directional() {
        return zone;
    }
    out.push(Part::Postdir, line.tokens[zone.start].word.directional);
    zone.start + 1..zone.end
}

/// The last word of a name, or its only one. A suffix there is spelled out: `MAIN STREET EXT`, `AVENUE RD`.
fn push_spelled(line: &Line<'_>, at: usize, out: &mut ParsedAddress) {
    let full = line.tokens[at].word.full;
    out.push(Part::Name, if full.is_empty() { line.word(at) } else { full });
}

/// Finds the street type of a name of two or more words.
fn ending(line: &Line<'_>, zone: &Range<usize>) -> Option<Ending> {
    let tokens = line.tokens;
    let (first, last) = (zone.start, zone.end - 1);
    let leading = tokens[first].has(flag::LEADING_TYPE);
    let fits = |index: usize| {
        index > first && tokens[index].is_suffix() && (!leading || tokens[index].has(flag::PRIMARY))
    };
    let directional = |index: usize| tokens[index].is_directional();
    let inner = (first + 1..last).rev().find(|index| tokens[*index].has(flag::PRIMARY));
    if fits(last) {
        // `MAIN ST CHAPEL HILL`: a place behind a complete street, unless its last word can only be a type.
        let place = inner.filter(|inner| last > inner + 1 && !tokens[last].has(flag::PRIMARY));
        return match place {
            Some(suffix) => Some(Ending { suffix, postdir: postdir_at(line, suffix + 1, zone.end) }),
            None => Some(Ending { suffix: last, postdir: 0 }),
        };
    }
    if directional(last) && fits(last - 1) && last - 1 > first {
        return Some(Ending { suffix: last - 1, postdir: 1 });
    }
    if last >= first + 3 && directional(last) && combines(&tokens[last - 1], &tokens[last]) && fits(last - 2)
    {
        return Some(Ending { suffix: last - 2, postdir: 2 });
    }
    if let Some(suffix) = inner {
        return Some(Ending { suffix, postdir: postdir_at(line, suffix + 1, zone.end) });
    }
    // `SUNSET RIDGE 4B`: a type that is also a name counts when only a unit follows.
    let suffix = (first + 1..last).rev().find(|index| fits(*index))?;
    let postdir = postdir_at(line, suffix + 1, zone.end);
    let behind = suffix + 1 + postdir..zone.end;
    let unit =
        behind.len() <= 2 && behind.clone().all(|index| unit::is_id(&tokens[index]) && !directional(index));
    (unit && !behind.is_empty()).then_some(Ending { suffix, postdir })
}

fn postdir_at(line: &Line<'_>, at: usize, end: usize) -> usize {
    if at >= end || !line.tokens[at].is_directional() {
        0
    } else if at + 1 < end && combines(&line.tokens[at], &line.tokens[at + 1]) {
        2
    } else {
        1
    }
}

/// `BROADWAY E`, `500 W`, `CALLE DEL SOL`, `AVENUE OF THE AMERICAS`.
fn read_typeless(
    line: &Line<'_>,
    zone: Range<usize>,
    seen: &mut Seen,
    out: &mut ParsedAddress,
) -> Range<usize> {
    let (start, end) = (zone.start, zone.end);
    let tokens = line.tokens;
    let leading = tokens[start].has(flag::LEADING_TYPE) || tokens[start].word.suffix == "AVE";
    seen.complete |= leading;
    let leading = leading && line.word(start) != "BROADWAY";
    let last = end - 1;
    let postdir = tokens[last].is_directional();
    let worded = tokens[last - 1].has_letter && !tokens[last - 1].has_digit;
    let unit = tokens[last].has_digit && worded && !leading;
    let name_end = if postdir || unit { last } else { end };
    if postdir && zone.len() == 2 && tokens[start].is_number() {
        seen.complete = true;
        seen.grid = true;
    }
    if tokens[start].word.suffix == "AVE" {
        push_spelled(line, start, out);
    } else {
        out.push(Part::Name, line.word(start));
    }
    out.push_all(Part::Name, line, start + 1..name_end);
    if postdir {
        out.push(Part::Postdir, tokens[last].word.directional);
        return end..end;
    }
    name_end..end
}
