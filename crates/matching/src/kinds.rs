//! Which comparisons the data allow.

use crate::compare::COMPARISONS_MAX;
use crate::dictionary::Dictionary;
use crate::level::Kind;
use crate::prepare::Prepared;
use crate::row::Row;

/// The comparisons of which both sides have values that tell rows apart, at most [`COMPARISONS_MAX`].
#[must_use]
pub fn kinds(prepared: &Prepared) -> Vec<Kind> {
    type Has = fn(&Row) -> bool;
    let fields: [(Kind, Has); 13] = [
        (Kind::First, |row| row.first != 0),
        (Kind::Middle, |row| row.middle != 0),
        (Kind::Last, |row| row.last != 0),
        (Kind::Suffix, |row| row.suffix != 0),
        (Kind::Birth, |row| row.birth != 0),
        (Kind::Sex, |row| row.sex != 0),
        (Kind::Address, |row| row.street != 0 || row.house != 0),
        (Kind::Unit, |row| row.unit != 0),
        (Kind::City, |row| row.city != 0),
        (Kind::Zip, |row| row.zip != 0),
        (Kind::State, |row| row.state != 0),
        (Kind::Phone, |row| row.phone != 0),
        (Kind::Email, |row| row.email != 0),
    ];
    let mut kinds: Vec<Kind> = fields
        .into_iter()
        .filter(|(_, has)| {
            prepared.left.iter().any(has) && (!prepared.two_sides || prepared.right.iter().any(has))
        })
        .map(|(kind, _)| kind)
        .collect();
    let mut plain: Vec<(usize, usize)> = prepared
        .values
        .plain
        .iter()
        .enumerate()
        .filter(|(number, values)| {
            tells_apart(prepared, *number, values) && !restates(prepared, *number, values)
        })
        .map(|(number, values)| (values.len(), number))
        .collect();
    plain.sort_unstable_by(|a, b| b.cmp(a));
    plain.truncate(COMPARISONS_MAX - kinds.len());
    kinds.extend(plain.into_iter().map(|(_, number)| Kind::Plain(number)));
    kinds
}

/// Several values, of which some are met more than once (on both sides, when there are two).
fn tells_apart(prepared: &Prepared, number: usize, values: &Dictionary) -> bool {
    if values.len() < 3 {
        return false;
    }
    if !prepared.two_sides {
        return (1..values.len())
            .any(|value| u32::try_from(value).is_ok_and(|value| values.count(value) > 1));
    }
    let width = prepared.values.plain.len();
    let mut on_left = vec![false; values.len()];
    for value in prepared.left_plain.iter().skip(number).step_by(width) {
        on_left[*value as usize] = true;
    }
    prepared
        .right_plain
        .iter()
        .skip(number)
        .step_by(width)
        .any(|value| *value != 0 && on_left[*value as usize])
}

/// So many rows are asked whether a column restates others.
const ASKED_ROWS: usize = 2000;
/// A column restates others when it does in this share of the rows.
const RESTATING_SHARE: f64 = 0.8;

/// Whether a column says again what others say: the whole name beside its parts, or the first line of the address.
fn restates(prepared: &Prepared, number: usize, values: &Dictionary) -> bool {
    let step = prepared.left.len().div_ceil(ASKED_ROWS).max(1);
    let all = &prepared.values;
    let (mut asked, mut names, mut places) = (0.0, 0.0, 0.0);
    for at in (0..prepared.left.len()).step_by(step) {
        let (row, plain) = prepared.left_row(at);
        if plain[number] == 0 {
            continue;
        }
        let value = values.text(plain[number]);
        let has = |part: &str| {
            let letters: String = part.chars().filter(|letter| *letter != ' ').take(12).collect();
            letters.len() > 1 && value.contains(&letters)
        };
        asked += 1.0;
        if row.first != 0 && row.last != 0 {
            names += f64::from(u8::from(has(all.first.text(row.first)) && has(all.last.text(row.last))));
        } else if row.first != 0 || row.last != 0 {
            names += f64::from(u8::from(has(all.first.text(row.first)) || has(all.last.text(row.last))));
        }
        let street: String = all.street.text(row.street).chars().take(4).collect();
        places += f64::from(u8::from(
            row.house != 0 && value.starts_with(all.house.text(row.house)) && has(&street),
        ));
    }
    asked > 0.0 && f64::max(names, places) / asked >= RESTATING_SHARE
}
