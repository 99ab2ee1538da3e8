//! Which neighboring columns the census of a file is taken of: those whose values come again and again,
//! and go together.

use super::recognized::ColumnUse;
use crate::format::{ContactFields, FieldRun};

/// Runs of at least two such columns.
pub(super) fn runs(columns: &[ColumnUse]) -> Vec<FieldRun> {
    columns
        .chunk_by(|left, right| {
            theme(left).is_some() && theme(left) == theme(right) && left.field + 1 == right.field
        })
        .filter(|chunk| chunk.len() > 1)
        .filter_map(|chunk| {
            let fields = chunk.first()?.field..chunk.last()?.field + 1;
            let place =
                chunk.iter().find(|column| !is_flag(column)).map_or(fields.start, |column| column.field);
            Some(FieldRun { fields, place })
        })
        .collect()
}

/// The suffix of a name that stands in its parts: what moves into it is a first or middle name.
pub(super) fn suffix(columns: &[ColumnUse]) -> Option<usize> {
    columns.windows(2).find_map(|pair| {
        let is_name = matches!(pair[0].to.as_str(), "name.first" | "name.middle");
        (is_name && pair[1].to == "name.suffix" && pair[0].field + 1 == pair[1].field)
            .then_some(pair[1].field)
    })
}

/// Where the parts of an address and the phone stand, as far as they stand in the usual order.
pub(super) fn contact(columns: &[ColumnUse]) -> ContactFields {
    let find = |to: &str| columns.iter().find(|column| column.to == to).map(|column| column.field);
    let follow = |names: &[&str]| {
        columns.windows(names.len()).find_map(|window| {
            let is_there = window
                .iter()
                .zip(names)
                .enumerate()
                .all(|(at, (column, name))| column.to == *name && column.field == window[0].field + at);
            is_there.then_some(window[0].field)
        })
    };
    ContactFields {
        res_city: find("res.city"),
        res_zip: follow(&["res.zip5", "mail.line1"]),
        mail_first: find("mail.line1"),
        mail_last: follow(&["mail.line4", "mail.city", "mail.state", "mail.zip5"]),
        phone: follow(&["phone", "confidential"]),
    }
}

#[derive(PartialEq, Eq)]
enum Theme {
    /// Districts and precincts, and the few flags that some states put before them.
    Place,
    /// Year of birth and age: the one goes with the other.
    Age,
    /// How somebody voted, where, and in which election.
    Vote,
}

fn theme(column: &ColumnUse) -> Option<Theme> {
    let to = column.to.as_str();
    if to.starts_with("precinct.") || to.starts_with("district.") || is_flag(column) {
        return Some(Theme::Place);
    }
    if to.starts_with("vote.") && to != "vote.wide" {
        return Some(Theme::Vote);
    }
    matches!(to, "birth_year" | "age").then_some(Theme::Age)
}

fn is_flag(column: &ColumnUse) -> bool {
    const FLAGS: [&str; 5] =
        ["birth_place", "has_drivers_license", "has_ssn_flag", "no_dl_ssn_flag", "id_required"];
    FLAGS.contains(&column.to.as_str())
}
