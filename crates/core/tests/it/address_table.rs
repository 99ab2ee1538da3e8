//! Goal: every form of Publication 28 comes out as the publication says. Method: a table written by hand,
//! `tests/data/addresses.tsv`, whose first lines explain its columns.

use hustings_core::address::{AddressParser, ParsedAddress};

const TABLE: &str = include_str!("../data/addresses.tsv");

/// A line of the table.
pub struct Case<'a> {
    /// The text of a state.
    pub input: &'a str,
    kind: &'a str,
    quality: &'a str,
    parts: &'a str,
}

/// All lines of the table.
pub fn cases() -> impl Iterator<Item = Case<'static>> {
    TABLE.lines().filter(|line| !line.starts_with('#')).chain(hashes()).map(|line| {
        let mut fields = line.rsplitn(4, '\t');
        let mut next = || fields.next().unwrap_or_else(|| panic!("expected four columns: {line}"));
        let (parts, quality, kind, input) = (next(), next(), next(), next());
        Case { input, kind, quality, parts }
    })
}

/// Inputs that begin with `#` are no comments: they have columns.
fn hashes() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| line.starts_with('#') && line.contains('\t'))
}

fn part<'a>(address: &'a ParsedAddress, code: &str) -> &'a str {
    match code {
        "x" => address.house_number_prefix(),
        "n" => address.house_number(),
        "s" => address.house_number_suffix(),
        "f" => address.house_fraction(),
        "d" => address.predir(),
        "m" => address.street_name(),
        "t" => address.street_type(),
        "p" => address.postdir(),
        "u" => address.unit_type(),
        "i" => address.unit(),
        "r" => address.rest(),
        _ => panic!("unknown part `{code}`"),
    }
}

/// The standard line that the expected parts make.
fn expected_line(parts: &str) -> String {
    let mut line = String::new();
    let mut glued = true;
    for (code, value) in parts.split_whitespace().map(|part| part.split_once('=').expect("code=value")) {
        if !glued && code != "s" {
            line.push(' ');
        }
        line.push_str(&value.replace('_', " "));
        glued = code == "x";
    }
    line
}

#[test]
fn every_line_of_the_table_is_parsed_as_expected() {
    let mut parser = AddressParser::new();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in cases() {
        count += 1;
        let address = parser.parse(case.input);
        let mut wrong = Vec::new();
        let line = expected_line(case.parts);
        if address.standard_line() != line {
            wrong.push(format!("expected line `{line}`, got `{}`", address.standard_line()));
        }
        if (address.kind.as_str(), address.quality.as_str()) != (case.kind, case.quality) {
            wrong.push(format!(
                "expected {} {}, got {} {}",
                case.kind, case.quality, address.kind, address.quality
            ));
        }
        for code in ["x", "n", "s", "f", "d", "m", "t", "p", "u", "i", "r"] {
            let expected =
                case.parts.split_whitespace().find_map(|part| part.strip_prefix(code)?.strip_prefix('='));
            let expected = expected.unwrap_or("").trim_start_matches(['-', '_']).replace('_', " ");
            if part(address, code) != expected {
                wrong.push(format!("expected {code} `{expected}`, got `{}`", part(address, code)));
            }
        }
        if !wrong.is_empty() {
            failures.push(format!("{}: {}", case.input, wrong.join("; ")));
        }
    }
    assert!(failures.is_empty(), "{} of {count} lines differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 250, "expected the whole table, got {count} lines");
}

#[test]
fn spellings_of_one_address_have_one_standard_line() {
    let mut parser = AddressParser::new();
    for (first, second) in [
        ("101 MAIN ST APT 4", "101 Main Street, Apartment #4"),
        ("100 US 64 E", "100 U.S. HIGHWAY 64 EAST"),
        ("100 NC 55 HWY", "100 N.C. HWY 55"),
        ("101 MAIN ST 4B", "101 MAIN STREET #4B"),
        ("101 MAIN ST 2ND FLOOR", "101 MAIN ST FL 2"),
        ("12 CHURCH STREET EXTENSION", "12 CHURCH ST EXT"),
        ("12 AVE B", "12 AVENUE B"),
        ("123½ ELM", "123 1/2 ELM"),
        ("RURAL ROUTE 3, BOX 9", "RR 03 BOX # 9"),
        ("12 N. W. 5TH AVENUE", "12 NORTHWEST 5TH AVE"),
    ] {
        let line = parser.parse(first).standard_line().to_owned();
        assert_eq!(parser.parse(second).standard_line(), line, "{first} | {second}");
    }
}
