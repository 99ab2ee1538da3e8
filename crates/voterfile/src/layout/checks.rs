//! What the fields of a file must look like: the checks that tell a right row from a shifted one.

use super::codes::{Codes, MapWords, map_name_of, vocabulary_of};
use super::recognized::ColumnUse;
use super::{FileLayout, Layout};
use crate::format::{Check, FieldCheck};
use crate::record::Checks;
use crate::schema::ColumnType;
use std::collections::BTreeSet;

/// Codes longer than this are words, and words are no evidence that a field stands in its place.
const CODE_WIDTH_MAX: usize = 5;

/// Only short columns are checked by their width: a value that a shift puts into a wide one fits it.
const CHECKED_WIDTH_MAX: usize = 12;

/// The checks of a file's columns.
pub(super) fn field_checks(layout: &Layout, file: &FileLayout, columns: &[ColumnUse]) -> Vec<FieldCheck> {
    columns.iter().filter_map(|column| field_check(layout, file, column)).collect()
}

fn field_check(layout: &Layout, file: &FileLayout, column: &ColumnUse) -> Option<FieldCheck> {
    let make = |check: Check, anchor: bool, required: bool| {
        Some(FieldCheck { field: column.field, check, anchor, required })
    };
    match column.to.as_str() {
        "state_voter_id" => {
            let check = layout.id.as_ref().map(|id| Check::Id {
                letters: id.letters.0..id.letters.1 + 1,
                digits: id.digits.0..id.digits.1 + 1,
                punctuation: id.punctuation.clone().into_bytes(),
            });
            // Without a known form an id must at least be there; no state's id is longer than this.
            make(check.unwrap_or(Check::Width(50)), true, true)
        }
        "county_name" | "vote.county_name" if !layout.counties.is_empty() => {
            let words = county_names(layout);
            make(Check::OneOf { what: "a county name", words }, column.to == "county_name", false)
        }
        "county_code" | "vote.county_code" if !layout.counties.is_empty() => {
            let words = county_codes(layout);
            make(Check::OneOf { what: "a county code", words }, column.to == "county_code", false)
        }
        // Where values are withheld under a mask, a mask is no sign of a shift.
        "res.zip5" | "res.state" | "birth_year" | "age" if !file.masks.is_empty() => {
            column.width_max.and_then(|width| make(Check::Width(width), false, false))
        }
        "res.zip5" => make(Check::Zip, false, false),
        "res.state" => make(Check::StateAbbreviation, false, false),
        "birth_year" => make(Check::Year, false, false),
        "age" => make(Check::Age, false, false),
        _ if column.kind == Some(ColumnType::Date) && !file.dates.is_empty() => {
            let null_dates = file.null_dates.iter().chain(&file.masks).cloned().collect();
            make(Check::Date { formats: file.dates.clone(), null_dates }, false, false)
        }
        _ => code_check(&layout.codes, column)
            .or_else(|| column.width_max.filter(|width| *width <= CHECKED_WIDTH_MAX).map(Check::Width))
            .and_then(|check| make(check, false, false)),
    }
}

/// Short codes of closed lists. Parties are open-ended everywhere: no row is doubted for its party.
fn code_check(codes: &Codes, column: &ColumnUse) -> Option<Check> {
    let name = column.codes.as_deref().unwrap_or_else(|| map_name_of(&column.to));
    let fixed = matches!(vocabulary_of(map_name_of(&column.to)), Some(MapWords::Fixed(_)));
    let map = codes.map(name).filter(|_| fixed && name != "party")?;
    let known: BTreeSet<String> = map.iter().map(|(raw, _)| raw.to_owned()).collect();
    let longest = known.iter().map(String::len).max().unwrap_or(0);
    // Without an official width a code that is not in the map may be longer than those that are.
    let width_max = column.width_max.unwrap_or(CODE_WIDTH_MAX);
    (longest > 0 && longest <= CODE_WIDTH_MAX && width_max <= CODE_WIDTH_MAX)
        .then_some(Check::Code { known, width_max })
}

fn county_names(layout: &Layout) -> BTreeSet<String> {
    layout
        .counties
        .iter()
        .flat_map(|county| std::iter::once(&county.name).chain(&county.aliases))
        .map(|name| name.to_uppercase())
        .collect()
}

/// Codes as given, and numbers with and without leading zeros.
fn county_codes(layout: &Layout) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for county in &layout.counties {
        for code in std::iter::once(&county.code).chain(&county.aliases) {
            codes.insert(code.to_uppercase());
            if let Ok(number) = code.parse::<u16>() {
                codes.extend([format!("{number}"), format!("{number:02}"), format!("{number:03}")]);
            }
        }
    }
    codes
}

/// How many checks hold in a row that stands in its place: every anchor holds, and twice as many of the other checks
/// hold as fail; none for any other row.
pub(super) fn row_evidence(checks: &[FieldCheck], compiled: &Checks, fields: &[String]) -> Option<usize> {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for check in checks {
        let value = fields.get(check.field).map_or("", String::as_str);
        match (compiled.fits(check.field, value), check.anchor) {
            (false, true) => return None,
            (false, false) => wrong += 1,
            (true, _) if value.is_empty() => {}
            (true, _) => right += 1,
        }
    }
    (right >= 2 * wrong).then_some(right)
}
