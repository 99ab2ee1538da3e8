//! Files that give an age instead of a birth date: the age becomes a year of birth, as if it had been given in one year; and two
//! files that were made in different years are brought to the same by the rows that name the same people.

use crate::birth;
use crate::plan::Side;
use crate::prepare::Prepared;
use std::collections::{BTreeMap, HashMap};

/// The year from which ages are counted back; any would do.
const YEAR: u32 = 2000;
const AGES: std::ops::RangeInclusive<u32> = 1..=120;
/// So many people of one name must agree on by how much the years differ, and this share of all who have one name.
const AGREEING_MIN: usize = 5;
const AGREEING_SHARE_MIN: f64 = 0.2;

/// The birth of who has an age; 0 for none.
#[must_use]
pub fn birth_of(age: u32) -> u32 {
    if AGES.contains(&age) { birth::of_parts(YEAR - age, 0, 0) } else { 0 }
}

/// Brings the years of both sides to the same; `by_age` says which sides have them from ages. Where nothing says by how
/// much they differ and one side knows births, the ages are left out.
pub fn align(prepared: &mut Prepared, by_age: [bool; 2]) {
    if !prepared.two_sides || by_age == [false, false] {
        return;
    }
    let side = if by_age[1] { Side::Right } else { Side::Left };
    let difference = difference(prepared);
    let rows = match side {
        Side::Left => &mut prepared.left,
        Side::Right => &mut prepared.right,
    };
    for row in rows.iter_mut().filter(|row| row.birth != 0) {
        let (year, month, day) = birth::parts(row.birth);
        let moved = match (difference, side) {
            (Some(years), Side::Right) => year.checked_add_signed(years),
            (Some(years), Side::Left) => year.checked_add_signed(-years),
            (None, _) if by_age == [true, true] => Some(year),
            (None, _) => None,
        };
        row.birth = moved.map_or(0, |year| birth::of_parts(year, month, day));
    }
    prepared.count_births();
}

/// By how many years the left side's births are mostly later, by the people whose name stands once on each side.
fn difference(prepared: &Prepared) -> Option<i32> {
    let once = |rows: &[crate::row::Row]| {
        let mut years: HashMap<[u32; 3], Option<u32>> = HashMap::new();
        for row in rows.iter().filter(|row| row.first != 0 && row.last != 0 && row.birth != 0) {
            let year = birth::parts(row.birth).0;
            years
                .entry([row.first, row.middle, row.last])
                .and_modify(|known| *known = None)
                .or_insert(Some(year));
        }
        years
    };
    let (left, right) = (once(&prepared.left), once(&prepared.right));
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    let mut all = 0;
    for (name, year) in &left {
        if let (Some(year), Some(Some(other))) = (year, right.get(name)) {
            *counts.entry(year.cast_signed() - other.cast_signed()).or_default() += 1;
            all += 1;
        }
    }
    let (years, count) = counts.into_iter().max_by_key(|(years, count)| (*count, -years.abs()))?;
    let share = count as f64 / f64::from(all);
    (count >= AGREEING_MIN && share >= AGREEING_SHARE_MIN).then_some(years)
}
