//! A glance at a pair before it is compared: what cannot be one person in a large base is not looked at any further.

use crate::birth;
use crate::dictionary::Dictionary;
use crate::nickname::{nicknames, share};
use crate::phonetic::sound;
use crate::prepare::Prepared;
use crate::row::Row;
use xxhash_rust::xxh3::xxh3_64;

/// From this many rows on a base is large: agreement on a name or a place alone is then never enough.
const LARGE_ROWS: usize = 100_000;
/// Names whose letters differ by more are not alike.
const LETTERS_APART_MAX: u32 = 4;

/// What a glance needs of a name.
#[derive(Debug, Clone, Copy, Default)]
struct Brief {
    letters: u32,
    hash: u32,
    sound: u64,
    set: &'static [u16],
    initial: u8,
    short: bool,
}

/// Glances at pairs.
#[derive(Debug)]
pub struct Glance<'a> {
    prepared: &'a Prepared,
    first: Vec<Brief>,
    middle: Vec<Brief>,
    last: Vec<Brief>,
    is_large: bool,
}

impl<'a> Glance<'a> {
    /// Prepares what glances need.
    #[must_use]
    pub fn new(prepared: &'a Prepared) -> Self {
        Self::of(prepared, prepared.base().len() >= LARGE_ROWS)
    }

    fn of(prepared: &'a Prepared, is_large: bool) -> Self {
        let briefs = |names: &Dictionary| if is_large { briefs(names) } else { Vec::new() };
        Self {
            prepared,
            first: briefs(&prepared.values.first),
            middle: briefs(&prepared.values.middle),
            last: briefs(&prepared.values.last),
            is_large,
        }
    }

    /// Asks memory for rows of the base that will be looked at, all at once.
    pub fn touch(&self, rows: &[u32]) {
        let base = self.prepared.base();
        let touched = rows.iter().fold(0, |touched, row| {
            let row = &base[*row as usize];
            touched ^ row.first ^ row.email
        });
        std::hint::black_box(touched);
    }

    /// Whether the two agree as those do of whom [`crate::decide::cascade`] says so by the birth date: on it, and on two of
    /// address, sex and name, in letters if not in blanks.
    #[must_use]
    pub fn may_settle(&self, left: usize, right: usize) -> bool {
        let (a, b) = (&self.prepared.left[left], &self.prepared.base()[right]);
        let name =
            |x: u32, y: u32, names: &[Brief]| x == y || names[x as usize].hash == names[y as usize].hash;
        let names = name(a.first, b.first, &self.first) && name(a.last, b.last, &self.last);
        let agree = [a.address == b.address, a.sex == b.sex, names];
        self.is_large && a.birth == b.birth && agree.into_iter().filter(|agrees| *agrees).count() >= 2
    }

    /// Whether a row of the left side and one of the base cannot be one person: two of given name, surname and birth date
    /// are known and unrelated, and nothing that is nearly a person's own is equal; or names agree, the birth dates are
    /// unrelated, and no place is the same.
    #[must_use]
    pub fn is_hopeless(&self, left: usize, right: usize) -> bool {
        if !self.is_large {
            return false;
        }
        let (a, b) = (&self.prepared.left[left], &self.prepared.base()[right]);
        let equal = |x: u32, y: u32| x != 0 && x == y;
        if !self.prepared.values.plain.is_empty() {
            let (x, y) = (self.prepared.left_plain(left), self.prepared.base_plain(right));
            if x.iter().zip(y).any(|(x, y)| equal(*x, *y)) {
                return false;
            }
        }
        let contact = equal(a.phone, b.phone) || equal(a.email, b.email);
        let place = contact || equal(a.address, b.address) || equal(a.zip, b.zip);
        let birth_apart = a.birth != 0 && b.birth != 0 && are_births_apart(a.birth, b.birth);
        let first_apart = self.first_apart(a, b);
        match (first_apart, birth_apart) {
            (true, true) => true,
            (false, false) => !contact && !place && a.birth == 0 && self.last_apart(a, b),
            (true, false) => (!contact || a.birth != b.birth) && self.last_apart(a, b),
            (false, true) => !place || !contact && !equal(a.address, b.address) && self.last_apart(a, b),
        }
    }

    fn first_apart(&self, a: &Row, b: &Row) -> bool {
        if a.first == 0 || b.first == 0 || a.first == b.first {
            return false;
        }
        let (x, y) = (&self.first[a.first as usize], &self.first[b.first as usize]);
        if x.short || y.short {
            return x.initial != y.initial;
        }
        let same = |one: &Brief, other: &Brief| one.hash == other.hash;
        let alike = are_alike(x, y)
            || share(x.set, y.set)
            || b.middle != 0 && same(x, &self.middle[b.middle as usize])
            || a.middle != 0 && same(y, &self.middle[a.middle as usize])
            || same(x, &self.last[b.last as usize])
            || same(y, &self.last[a.last as usize]);
        !alike
    }

    fn last_apart(&self, a: &Row, b: &Row) -> bool {
        if a.last == 0 || b.last == 0 || a.last == b.last {
            return false;
        }
        let (x, y) = (&self.last[a.last as usize], &self.last[b.last as usize]);
        let crossed =
            x.hash == self.first[b.first as usize].hash || y.hash == self.first[a.first as usize].hash;
        // All letters of a double name's part are in it.
        let part = x.letters & y.letters == x.letters || x.letters & y.letters == y.letters;
        !(crossed || part || are_alike(x, y))
    }
}

fn are_alike(x: &Brief, y: &Brief) -> bool {
    x.sound == y.sound || (x.letters ^ y.letters).count_ones() <= LETTERS_APART_MAX
}

/// No two of year, month and day are the same, nor all but one digit.
fn are_births_apart(a: u32, b: u32) -> bool {
    let (x, y) = (birth::parts(a), birth::parts(b));
    if x.1 == 0 || x.2 == 0 || y.1 == 0 || y.2 == 0 {
        return x.0.abs_diff(y.0) > 10;
    }
    let same = u32::from(x.0 == y.0) + u32::from(x.1 == y.1) + u32::from(x.2 == y.2);
    same < 2 && birth::unordered(a) != birth::unordered(b)
}

fn briefs(names: &Dictionary) -> Vec<Brief> {
    let table = nicknames();
    (0..u32::try_from(names.len()).expect("numbers are 32 bits"))
        .map(|number| {
            let text = names.text(number);
            let Some(initial) = text.bytes().next() else { return Brief::default() };
            let joined: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
            let letters = joined.iter().fold(0, |letters, byte| letters | 1_u32 << (byte & 31));
            let word = text.split(' ').next().unwrap_or_default();
            Brief {
                letters,
                hash: u32::try_from(xxh3_64(&joined) >> 32).expect("32 bits") | 1,
                sound: sound(word.as_bytes()),
                set: table.set(text),
                initial,
                short: joined.len() == 1,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ColumnOptions, Plan, Side};
    use crate::prepare::Preparation;
    use arrow_array::StringArray;

    /// Whether two rows, `first|middle|last|dob|zip|phone`, are passed over in a large base.
    fn hopeless(left: &str, right: &str) -> bool {
        let headers = ["first_name", "middle_name", "last_name", "dob", "zip", "phone"].map(str::to_owned);
        let plan = Plan::new(&headers, Some(&headers), &ColumnOptions::default()).unwrap();
        let mut preparation = Preparation::new(plan, true);
        for (side, row) in [(Side::Left, left), (Side::Right, right)] {
            let cells: Vec<StringArray> = row.split('|').map(|cell| StringArray::from(vec![cell])).collect();
            preparation.push(side, &cells.iter().collect::<Vec<_>>());
        }
        Glance::of(&preparation.finish(), true).is_hopeless(0, 0)
    }

    #[test]
    fn what_may_be_one_person_is_looked_at() {
        let voter = "ROBERT|EARL|SMITH|1960-05-06|27601|9195550100";
        for row in [
            voter,
            "BOB||SMITH||27601|",
            "EARL||SMITH|1960-05-06|28202|",
            "ROBERT||SMITH|1960-06-05|28202|",
            "ROBERT||SMITH|1975-11-30|27601|",
            "ROBERT||JONES|1960-05-06|28202|",
            "SMITH||ROBERT|1960-05-06||",
            "R||SMITH|1960-05-06||",
            "ROBRET||SMYTH|1960-05-06||",
            "||SMITH|1960-05-06|27601|",
            "ROBERT|||1960-05-06||9195550100",
        ] {
            assert!(!hopeless(voter, row), "{row}");
        }
    }

    #[test]
    fn namesakes_and_household_mates_are_not() {
        let voter = "ROBERT|EARL|SMITH|1960-05-06|27601|9195550100";
        for row in [
            "LINDA|JEAN|SMITH|1962-11-30|27601|9195550100",
            "ROBERT||SMITH|1975-11-30|28202|",
            "LINDA||JONES|1960-05-06|27601|",
            "ROBERT||JONES|1975-11-30|28202|",
        ] {
            assert!(hopeless(voter, row), "{row}");
        }
    }
}
