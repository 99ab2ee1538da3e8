//! What the fields of a file must look like: the checks that tell a right row from a shifted one.

use super::codes::{Codes, MapWords, map_name_of, vocabulary_of};
use super::date_format::DateFormat;
use super::recognize::ColumnUse;
use super::{FileLayout, Layout};
use crate::format::{Check, FieldCheck};
use crate::schema::ColumnType;
use std::collections::BTreeSet;

/// Codes longer than this are words, and words are no evidence that a field stands in its place.
const CODE_WIDTH_MAX: usize = 5;

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
            make(Check::OneOf(county_names(layout)), column.to == "county_name", false)
        }
        "county_code" | "vote.county_code" if !layout.counties.is_empty() => {
            make(Check::OneOf(county_codes(layout)), column.to == "county_code", false)
        }
        "res.zip5" => make(Check::Zip, false, false),
        "res.state" => make(Check::StateAbbreviation, false, false),
        "birth_year" => make(Check::Year, false, false),
        "age" => make(Check::Age, false, false),
        _ if column.kind == Some(ColumnType::Date) && !file.dates.is_empty() => make(
            Check::Date { formats: file.dates.clone(), null_dates: file.null_dates.clone() },
            false,
            false,
        ),
        _ => code_check(&layout.codes, column)
            .or_else(|| column.width_max.map(Check::Width))
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
    let width_max = column.width_max.unwrap_or(longest);
    (longest > 0 && width_max <= CODE_WIDTH_MAX).then_some(Check::Code { known, width_max })
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
        codes.insert(county.code.to_uppercase());
        if let Ok(number) = county.code.parse::<u16>() {
            codes.extend([format!("{number}"), format!("{number:02}"), format!("{number:03}")]);
        }
    }
    codes
}

/// Whether a value passes a check; empty values do. Recognition asks this of sample rows.
pub(super) fn passes(check: &Check, value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() {
        return true;
    }
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match check {
        Check::Id { letters, digits, punctuation } => {
            let head = value.bytes().take_while(u8::is_ascii_alphabetic).count();
            let tail = &value.as_bytes()[head..];
            let numbers = tail.iter().filter(|byte| byte.is_ascii_digit()).count();
            letters.contains(&head)
                && digits.contains(&numbers)
                && tail.iter().all(|byte| byte.is_ascii_digit() || punctuation.contains(byte))
        }
        Check::OneOf(values) => values.contains(&value.to_uppercase()),
        Check::Date { formats, null_dates } => {
            null_dates.iter().any(|mask| mask == value)
                || formats
                    .iter()
                    .any(|form| DateFormat::new(form).is_ok_and(|form| form.parse(value).is_some()))
        }
        Check::Zip => {
            digits(value, 5)
                || digits(value, 9)
                || value
                    .split_once('-')
                    .is_some_and(|(zip5, zip4)| digits(zip5, 5) && (zip4.is_empty() || digits(zip4, 4)))
        }
        Check::StateAbbreviation => value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()),
        Check::Year => digits(value, 4) && ("1800"..="2100").contains(&value),
        Check::Age => value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit()),
        Check::Code { known, width_max } => {
            known.contains(&value.to_uppercase()) || value.len() <= *width_max
        }
        Check::Width(most) => value.chars().count() <= *most,
    }
}

/// Whether a row stands in its place: every anchor holds, and most of the other checks that had something to look at.
pub(super) fn row_stands(checks: &[FieldCheck], fields: &[String]) -> bool {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for check in checks {
        let value = fields.get(check.field).map_or("", String::as_str);
        if value.is_empty() {
            if check.required {
                return false;
            }
            continue;
        }
        match (passes(&check.check, value), check.anchor) {
            (true, _) => right += 1,
            (false, true) => return false,
            (false, false) => wrong += 1,
        }
    }
    right >= 2 * wrong
}
