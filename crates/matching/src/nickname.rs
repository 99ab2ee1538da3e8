//! Given names and what they are shortened to.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// Which given names a name may stand for: `BOB` for `ROBERT`. Upper case.
#[derive(Debug)]
pub struct Nicknames {
    /// Numbers of the given names that a name may stand for, itself included where it is one, ascending.
    sets: HashMap<String, Vec<u16>>,
    names: Vec<String>,
}

/// The table of the Python package `nicknames` 1.0.1.
#[must_use]
pub fn nicknames() -> &'static Nicknames {
    static TABLE: OnceLock<Nicknames> = OnceLock::new();
    TABLE.get_or_init(|| Nicknames::read(include_str!("../data/nicknames.csv")))
}

impl Nicknames {
    fn read(table: &str) -> Self {
        let mut numbers: HashMap<String, u16> = HashMap::new();
        let mut sets: HashMap<String, Vec<u16>> = HashMap::new();
        let mut names = Vec::new();
        let both = |line: &str| {
            let mut fields = line.split(',').map(|name| name.trim().to_ascii_uppercase());
            Some((fields.next()?, fields.nth(1)?))
        };
        let lines: HashSet<(String, String)> = table.lines().skip(1).filter_map(both).collect();
        for (given, short) in table.lines().skip(1).filter_map(both) {
            // `bill` for `william` stands there the other way round, too, and for `robert`: the two would be one name.
            if given.len() < short.len() && lines.contains(&(short.clone(), given.clone())) {
                continue;
            }
            let number = *numbers.entry(given.clone()).or_insert_with(|| {
                names.push(given.clone());
                u16::try_from(names.len() - 1).expect("some two thousand names")
            });
            for name in [given, short] {
                let set = sets.entry(name).or_default();
                if let Err(place) = set.binary_search(&number) {
                    set.insert(place, number);
                }
            }
        }
        Self { sets, names }
    }

    /// The numbers of the names that this one may stand for, ascending; empty for a name that is not in the table.
    #[must_use]
    pub fn set(&self, name: &str) -> &[u16] {
        self.sets.get(name).map_or(&[], Vec::as_slice)
    }

    /// The name of a number.
    #[must_use]
    pub fn name(&self, number: u16) -> &str {
        &self.names[usize::from(number)]
    }
}

/// Whether two ascending lists share a number.
#[must_use]
pub fn share(left: &[u16], right: &[u16]) -> bool {
    left.iter().any(|number| right.binary_search(number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stand_for_given_names() {
        let table = nicknames();
        let related = |left: &str, right: &str| share(table.set(left), table.set(right));
        assert!(related("BOB", "ROBERT") && related("BOB", "ROB") && related("PEGGY", "MARGARET"));
        assert!(!related("BOB", "WILLIAM") && !related("XAVIERA", "XAVIERA1"));
        assert!(related("BILL", "WILLIAM") && !related("ROBERT", "WILLIAM"), "both may be called BILL");
    }
}
