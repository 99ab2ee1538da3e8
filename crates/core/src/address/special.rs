//! Lines that are no street: boxes, routes, military mail, corners, descriptions, notices. Publication 28, sections
//! 225, 236, 238, 24, 25, 26 and 28.

use super::tables::flag;
use super::tokens::Token;
use super::{AddressKind, AddressQuality, Line, ParsedAddress, Part, Split, street, unit};
use std::ops::Range;

/// Reads a whole line: the forms that are no street first, then the street.
pub(super) fn read_line(line: &Line<'_>, split: Option<Split>, out: &mut ParsedAddress) {
    if is_withheld(line) {
        out.kind = AddressKind::Withheld;
        out.quality = AddressQuality::None;
        return;
    }
    let odd = flag::FORM | flag::DESCRIPTIVE | flag::MEASURE | flag::COUNTRY;
    let numbered = starts_with_number(line);
    let plain = numbered && line.flags & odd == 0 && !line.foreign_letters && !ends_with_canadian_code(line);
    if plain || !read_special(line, numbered, out) {
        let end = second_box(line);
        if !numbered && !has_street(line, end) && split.is_none_or(|split| split.number_end == 0) {
            all_rest(line, AddressKind::Descriptive, out);
            return;
        }
        street::read(line, 0..end, split.filter(|_| end == line.len()), out);
        if end < line.len() {
            write_box_rest(line, end..line.len(), out);
            out.quality = out.quality.max(AddressQuality::Medium);
        }
    }
}

fn read_special(line: &Line<'_>, numbered: bool, out: &mut ParsedAddress) -> bool {
    read_general_delivery(line, out)
        || read_military(line, out)
        || read_route(line, out)
        || read_box(line, out)
        || read_foreign(line, numbered, out)
        || !numbered && read_intersection(line, out)
        || read_description(line, numbered, out)
}

fn is_withheld(line: &Line<'_>) -> bool {
    if line.len() == 0
        || line.tokens.iter().all(|token| token.text(line.text).bytes().all(|byte| byte == b'X'))
    {
        return true;
    }
    line.flags & flag::WITHHELD != 0
        && line.tokens.iter().all(|token| token.has(flag::NOTICE | flag::WITHHELD))
}

fn starts_with_number(line: &Line<'_>) -> bool {
    let first = &line.tokens[0];
    first.has_digit && !first.ordinal
}

/// Whether a line without a number names a street at all.
fn has_street(line: &Line<'_>, end: usize) -> bool {
    let route = |index: usize| {
        line.tokens[index].has(flag::ROUTE_HEAD | flag::STATE | flag::ROUTE)
            && (index + 1..end.min(index + 3)).any(|next| line.tokens[next].has_digit)
    };
    let unit_first = line.tokens[0].has(flag::STRONG_UNIT) && line.tokens.iter().any(|token| token.has_digit);
    unit_first
        || (0..end).any(|index| {
            let token = &line.tokens[index];
            token.is_suffix() && (index > 0 || end == 1) || token.ordinal || route(index)
        })
        || line.tokens[0].has(flag::LEADING_TYPE | flag::PRIMARY)
}

fn all_rest(line: &Line<'_>, kind: AddressKind, out: &mut ParsedAddress) {
    out.push_all(Part::Rest, line, 0..line.len());
    out.kind = kind;
    out.quality = AddressQuality::Low;
}

fn read_general_delivery(line: &Line<'_>, out: &mut ParsedAddress) -> bool {
    let words = if line.is(0, &["GENERAL", "GEN"]) && line.is(1, &["DELIVERY", "DEL", "DELIV", "DLVRY"]) {
        2
    } else if line.is(0, &["GD"]) && line.len() == 1 {
        1
    } else {
        return false;
    };
    out.push(Part::Name, "GENERAL DELIVERY");
    out.push_all(Part::Rest, line, words..line.len());
    out.kind = AddressKind::GeneralDelivery;
    out.quality = if words == line.len() { AddressQuality::High } else { AddressQuality::Medium };
    true
}

/// `PSC 7500 BOX 2471 APO AE 09330`, `UNIT 2050 BOX 4190`, `USS NIMITZ FPO AP`.
fn read_military(line: &Line<'_>, out: &mut ParsedAddress) -> bool {
    let post = |index: &usize| {
        line.is(*index, &["APO", "FPO", "DPO"])
            && (line.is(index + 1, &["AE", "AP", "AA"]) || index + 1 == line.len())
    };
    let tail = (0..line.len()).find(post);
    let number = |index: usize| line.tokens.get(index).is_some_and(|token| token.has_digit);
    let boxed = line.is(2, &["BOX", "BX"]) && line.len() > 3;
    let unit = line.is(0, &["PSC", "CMR", "UNIT"]) && number(1);
    if tail.is_none() && !(unit && boxed) {
        return false;
    }
    let mut at = 0;
    if unit {
        out.push_all(Part::Name, line, 0..2);
        at = 2;
        if boxed {
            out.push(Part::UnitType, "BOX");
            out.push(Part::Unit, line.word(3));
            at = 4;
        }
    }
    out.push_all(Part::Rest, line, at..line.len());
    out.kind = AddressKind::Military;
    let expected = tail.unwrap_or(line.len());
    out.quality = if unit && boxed && at == expected { AddressQuality::High } else { AddressQuality::Medium };
    true
}

/// Rural and highway contract routes, also behind a house number: `RR 3 BOX 9`, `STAR ROUTE 2 BOX 5`.
fn read_route(line: &Line<'_>, out: &mut ParsedAddress) -> bool {
    if line.flags & flag::FORM == 0 {
        return false;
    }
    // `BOX 9 RR 3` is turned round.
    if line.is(0, &["BOX", "BX"])
        && line.len() > 3
        && let Some((name, number, _)) = route_at(line, 2)
    {
        write_route(line, 0, name, number, Some(1), number + 1..line.len(), out);
        return true;
    }
    let start = usize::from(line.tokens[0].is_number());
    let Some((name, number, certain)) = route_at(line, start) else { return false };
    let mut at = number + 1;
    let boxed = line.is(at, &["BOX", "BX", "#"]);
    while boxed && line.is(at, &["BOX", "BX", "#", "NO", "NUMBER"]) {
        at += 1;
    }
    let box_id = (boxed && at < line.len()).then_some(at);
    // `RT 4` alone may be a highway; `RT 4 BOX 87` is a rural route.
    if !certain && (box_id.is_none() || start != 0 || line.is(number + 1, &["#"])) {
        return false;
    }
    write_route(line, start, name, number, box_id, box_id.map_or(number + 1, |id| id + 1)..line.len(), out);
    true
}

fn write_route(
    line: &Line<'_>,
    start: usize,
    name: &str,
    number: usize,
    box_id: Option<usize>,
    rest: Range<usize>,
    out: &mut ParsedAddress,
) {
    if start == 1 {
        out.push(Part::Number, line.word(0));
    }
    out.push(Part::Name, name);
    let word = line.word(number);
    let number = word.trim_start_matches('0');
    let leading_zeros = number.starts_with(|character: char| character.is_ascii_digit());
    out.push(Part::Name, if leading_zeros { number } else { word });
    if let Some(id) = box_id {
        out.push(Part::UnitType, "BOX");
        out.push(Part::Unit, line.word(id));
    }
    out.push_all(Part::Rest, line, rest.clone());
    out.kind = if name == "RR" { AddressKind::RuralRoute } else { AddressKind::HighwayContract };
    out.quality =
        if box_id.is_some() && rest.is_empty() { AddressQuality::High } else { AddressQuality::Medium };
}

/// The route named at `at`: `RR` or `HC`, the position of its number, and whether the words mean nothing else.
fn route_at(line: &Line<'_>, at: usize) -> Option<(&'static str, usize, bool)> {
    let road = |index: usize| line.is(index, &["ROUTE", "RTE", "RT", "DELIVERY", "RD"]);
    let (name, mut number, certain) = match line.word(at) {
        "RR" => ("RR", at + 1, true),
        "RFD" => ("RR", at + 1 + usize::from(road(at + 1)), true),
        "RURAL" if road(at + 1) => ("RR", at + 2, true),
        "R" if line.is(at + 1, &["R"]) => ("RR", at + 2, true),
        "R" if line.is(at + 1, &["F"]) && line.is(at + 2, &["D"]) => ("RR", at + 3, true),
        "RT" | "RTE" | "ROUTE" | "RD" => ("RR", at + 1, false),
        "HC" | "HCR" => ("HC", at + 1 + usize::from(road(at + 1)), true),
        "HIGHWAY" if line.is(at + 1, &["CONTRACT"]) => ("HC", at + 2 + usize::from(road(at + 2)), true),
        "STAR" if road(at + 1) => ("HC", at + 2, true),
        _ => return None,
    };
    while line.is(number, &["#", "NO", "NUMBER"]) {
        number += 1;
    }
    let numbered = line.tokens.get(number).is_some_and(|token| token.has_digit && !token.ordinal);
    numbered.then_some((name, number, certain))
}

/// Where the id of a post office box named at `at` stands; the position behind the words when there is none.
fn box_id(line: &Line<'_>, at: usize) -> Option<usize> {
    let named = |index: usize| line.is(index, &["BOX", "BX", "DRAWER", "CALLER", "LOCKBOX"]);
    let mut id = match line.word(at) {
        "PO" if named(at + 1) => at + 2,
        "PO" if line.tokens.get(at + 1).is_some_and(Token::is_number) => at + 1,
        "POB" | "POBOX" => at + 1,
        "P" if line.is(at + 1, &["O"]) && (named(at + 2) || line.is(at + 2, &["B"])) => at + 3,
        "POST" if line.is(at + 1, &["OFFICE", "OFC"]) && named(at + 2) => at + 3,
        "FIRM" if at == 0 && line.is(1, &["CALLER"]) => 2,
        "BOX" | "BX" | "CALLER" | "DRAWER" | "LOCKBOX" | "BIN" if at == 0 => {
            line.tokens.get(1).filter(|token| unit::is_id(token) || line.is(1, &["#", "NO", "NUMBER"]))?;
            1
        }
        _ => return None,
    };
    while line.is(id, &["#", "NO", "NUMBER"]) {
        id += 1;
    }
    Some(id)
}

fn read_box(line: &Line<'_>, out: &mut ParsedAddress) -> bool {
    let Some(id) = box_id(line, 0) else { return false };
    let behind = (id + 1).min(line.len());
    // Dual address: where somebody lives is the street; the box is kept behind it.
    let street = line.len() - behind >= 3 && line.tokens[behind].has_digit && !line.tokens[behind].ordinal;
    if street {
        let tail = Line { tokens: &line.tokens[behind..], ..*line };
        if second_box(&tail) == tail.len() && !starts_special(&tail) {
            street::read(&tail, 0..tail.len(), None, out);
            write_box_rest(line, 0..behind, out);
            out.quality = out.quality.max(AddressQuality::Medium);
            return true;
        }
    }
    out.push(Part::UnitType, "PO BOX");
    if id < line.len() {
        out.push(Part::Unit, line.word(id));
    }
    out.push_all(Part::Rest, line, behind..line.len());
    out.kind = AddressKind::PoBox;
    out.quality =
        if id < line.len() && behind == line.len() { AddressQuality::High } else { AddressQuality::Medium };
    true
}

/// Whether the tail of a dual address would be read as something else than a street.
fn starts_special(line: &Line<'_>) -> bool {
    let mut scratch = ParsedAddress::default();
    read_special(line, true, &mut scratch)
}

/// Where a post office box begins behind a street; the line's end when there is none.
fn second_box(line: &Line<'_>) -> usize {
    if line.flags & flag::FORM == 0 {
        return line.len();
    }
    (2..line.len()).find(|index| box_id(line, *index).is_some()).unwrap_or(line.len())
}

/// A box that is not the address itself, in one spelling.
fn write_box_rest(line: &Line<'_>, range: Range<usize>, out: &mut ParsedAddress) {
    let Some(id) = box_id(line, range.start) else {
        out.push_all(Part::Rest, line, range);
        return;
    };
    out.push(Part::Rest, "PO BOX");
    out.push_all(Part::Rest, line, id.min(range.end)..range.end);
}

fn read_foreign(line: &Line<'_>, numbered: bool, out: &mut ParsedAddress) -> bool {
    let last = line.len() - 1;
    let country = line.tokens[last].has(flag::COUNTRY) && line.len() >= if numbered { 4 } else { 3 } && {
        let article = ["OF", "DE", "LA", "DEL", "DU", "LITTLE"];
        let state = line.is(last, &["MEXICO", "ENGLAND"]) && line.is(last - 1, &["NEW"]);
        !state && !line.is(last - 1, &article)
    };
    if !country && !line.foreign_letters && !ends_with_canadian_code(line) {
        return false;
    }
    all_rest(line, AddressKind::Foreign, out);
    true
}

/// `K1A 0B1`.
fn ends_with_canadian_code(line: &Line<'_>) -> bool {
    let [.., first, second] = line.tokens else { return false };
    if second.end - second.start != 3
        || !(first.has_digit && first.has_letter && second.has_digit && second.has_letter)
    {
        return false;
    }
    let shape = |token: &Token, letters: [bool; 3]| {
        let text = token.text(line.text).as_bytes();
        text.len() == 3 && text.iter().zip(letters).all(|(byte, letter)| byte.is_ascii_alphabetic() == letter)
    };
    shape(first, [true, false, true]) && shape(second, [false, true, false])
}

/// `MAIN ST & ELM ST`, `CORNER OF 5TH AND MAIN`.
fn read_intersection(line: &Line<'_>, out: &mut ParsedAddress) -> bool {
    let start = if line.is(0, &["CORNER", "INTERSECTION"]) && line.is(1, &["OF"]) { 2 } else { 0 };
    let ends = |index: usize| {
        let token = &line.tokens[index];
        token.is_suffix() || token.is_directional() || token.has_digit
    };
    let inside = start + 1..line.len().saturating_sub(1);
    let joint = inside.clone().find(|index| line.word(*index) == "&").or_else(|| {
        inside.clone().find(|index| {
            line.is(*index, &["AND", "AT"]) && (start == 2 || ends(index - 1) && ends(line.len() - 1))
        })
    });
    let Some(joint) = joint else { return false };
    if start == 2 {
        out.push_all(Part::Name, line, 0..2);
    }
    write_side(line, start..joint, out);
    out.push(Part::Name, "&");
    write_side(line, joint + 1..line.len(), out);
    out.kind = AddressKind::Intersection;
    out.quality = AddressQuality::Medium;
    true
}

fn write_side(line: &Line<'_>, side: Range<usize>, out: &mut ParsedAddress) {
    let last = side.end - 1;
    for index in side.clone() {
        let token = &line.tokens[index];
        let word = if index == side.start && side.len() > 2 && token.is_directional() {
            token.word.directional
        } else if index == last && index > side.start && token.is_suffix() {
            token.word.suffix
        } else {
            line.word(index)
        };
        out.push(Part::Name, word);
    }
}

/// `1 MI N OF STORE ON RT 4`, `HOUSE BEHIND CHURCH`.
fn read_description(line: &Line<'_>, numbered: bool, out: &mut ParsedAddress) -> bool {
    if line.flags & (flag::DESCRIPTIVE | flag::MEASURE) == 0 {
        return false;
    }
    let first = usize::from(numbered);
    let measure = (first..line.len().min(first + 2)).find(|index| line.tokens[*index].has(flag::MEASURE));
    let measured = numbered
        && measure.is_some_and(|measure| {
            line.tokens.get(measure + 1).is_some_and(|next| {
                next.is_directional()
                    && !line.tokens.get(measure + 2).is_none_or(|third| third.has(flag::PRIMARY))
                    || next.has(flag::DESCRIPTIVE)
                    || line.is(measure + 1, &["OF", "ON", "UP", "DOWN"])
            })
        });
    let words = (first..line.len()).find(|index| line.tokens[*index].has(flag::DESCRIPTIVE));
    let told = words.is_some_and(|told| {
        let street_before = (first + 1..told).any(|index| line.tokens[index].has(flag::PRIMARY));
        let street_at_end = line.tokens[line.len() - 1].has(flag::PRIMARY) && numbered;
        !street_before && !street_at_end
    });
    if !measured && !told {
        return false;
    }
    all_rest(line, AddressKind::Descriptive, out);
    true
}
