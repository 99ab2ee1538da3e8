//! Households: who lives together, and so who shares an address and mostly a name.

use super::county::COUNTIES;
use super::names;
use crate::synth::random::Random;

/// The people behind one door.
#[derive(Debug, Clone, Copy)]
pub struct Household {
    /// County, counted from 0.
    pub county: usize,
    /// Key of the residence: the household's number, or a newcomer's own.
    pub residence: u64,
    /// Voters in it.
    pub size: u32,
    race: &'static str,
    hispanic: bool,
    last: &'static str,
    birth_year: u16,
    listed_year: u16,
}

/// What a voter is born with or named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub last: &'static str,
    /// Second part of a hyphenated name, else empty.
    pub last_second: &'static str,
    /// A clerk typed the second letter of the last name twice.
    pub mistyped: bool,
    pub first: &'static str,
    /// A name, an initial or nothing.
    pub middle: &'static str,
    pub suffix: &'static str,
    /// Printed inside the last name instead of its own field.
    pub suffix_in_last: bool,
    pub birth_year: u16,
    pub race: &'static str,
    pub ethnicity: &'static str,
    pub gender: &'static str,
}

/// In shorter names one letter makes another name, and not a correction.
const MISTYPED_LENGTH_MIN: usize = 6;
const HOUSEHOLD: u64 = 0x484f_5553;
const MOVE: u64 = 0x4d4f_5645;
const PERSON: u64 = 0x5045_5253;

impl Household {
    /// The household of this number in this county.
    #[must_use]
    pub fn new(seed: u64, county: usize, number: u64, listed_year: u16) -> Self {
        let mut random = Random::keyed(seed, &[HOUSEHOLD, county as u64, number]);
        let size = random.weighted(&[(1_u32, 38), (2, 38), (3, 14), (4, 7), (5, 3)]);
        let race = race(&mut random, county);
        let hispanic = matches!(race, "O" | "U" | "W") && random.chance(if race == "W" { 0.03 } else { 0.2 });
        let age = age(&mut random);
        let last = last_name(&mut random, race, hispanic);
        Self {
            county,
            residence: number,
            size,
            race,
            hispanic,
            last,
            birth_year: listed_year - age,
            listed_year,
        }
    }

    /// Whether the whole household moves in this week.
    #[must_use]
    pub fn moves(&self, seed: u64, week: u32) -> bool {
        let key = [MOVE, self.county as u64, self.residence, u64::from(week)];
        Random::keyed(seed, &key).chance(0.003)
    }

    /// One of its members: the head, a partner, children, or people who share the rent.
    #[must_use]
    pub fn person(&self, seed: u64, voter_number: u64, member: u32) -> Person {
        let mut random = Random::keyed(seed, &[PERSON, voter_number]);
        let (related, birth_year) = match member {
            0 => (true, self.birth_year),
            1 if random.chance(0.75) => {
                (true, self.birth_year + u16::try_from(random.below(9)).expect("below nine") - 4)
            }
            _ if self.birth_year < 1988 && random.chance(0.8) => {
                (true, self.birth_year + 20 + u16::try_from(random.below(18)).expect("below eighteen"))
            }
            _ => (false, self.birth_year - 4 + u16::try_from(random.below(10)).expect("below ten")),
        };
        let (race, hispanic, last) = if related {
            (self.race, self.hispanic, self.last)
        } else {
            let race = race(&mut random, self.county);
            (race, false, last_name(&mut random, race, false))
        };
        // Nobody on the list is younger than eighteen.
        let birth_year = birth_year.min(self.listed_year - 18);
        let gender: &'static str = random.weighted(&[("F", 51_u32), ("M", 44), ("U", 5)]);
        let first = first_name(&mut random, gender, race, hispanic, birth_year);
        let middle = middle_name(&mut random, gender, birth_year);
        let keeps_own_name = member == 1 && random.chance(0.18);
        let own = if keeps_own_name { last_name(&mut random, race, hispanic) } else { last };
        let hyphenated = gender == "F" && random.chance(0.02);
        let last_second = if hyphenated { last_name(&mut random, race, hispanic) } else { "" };
        let suffix = if gender == "M" && random.chance(0.06) { random.pick(names::SUFFIXES) } else { "" };
        let ethnicity: &'static str =
            if hispanic { "HL" } else { random.weighted(&[("NL", 74_u32), ("UN", 26)]) };
        Person {
            last: own,
            last_second: if last_second == own { "" } else { last_second },
            mistyped: random.chance(0.005) && own.len() >= MISTYPED_LENGTH_MIN,
            first,
            middle,
            suffix,
            suffix_in_last: !suffix.is_empty() && random.chance(0.05),
            birth_year,
            race,
            ethnicity,
            gender,
        }
    }
}

impl Person {
    /// A new last name, as after a marriage.
    pub fn rename(&mut self, random: &mut Random) {
        let ends = |name: &str| (name.bytes().next(), name.bytes().last());
        loop {
            let last = last_name(random, self.race, self.ethnicity == "HL");
            let (old, new) = (ends(self.last), ends(last));
            // Other letters at both ends, so that it cannot be taken for the correction of a letter.
            if old.0 != new.0 && old.1 != new.1 {
                self.last = last;
                self.last_second = "";
                self.mistyped = false;
                return;
            }
        }
    }
}

fn race(random: &mut Random, county: usize) -> &'static str {
    let county = &COUNTIES[county];
    let asian = if county.thousands > 200 { 40 } else { 8 };
    let (black, native) = (county.black * 10, county.native * 10);
    let others = 1000_u32.saturating_sub(black + native + asian + 140).max(10);
    random.weighted(&[
        ("W", others),
        ("B", black),
        ("I", native + 2),
        ("A", asian),
        ("M", 10),
        ("O", 35),
        ("U", 94),
        ("P", 1),
    ])
}

fn age(random: &mut Random) -> u16 {
    let (from, to) = random.weighted(&[
        ((18_u16, 25_u16), 11),
        ((25, 35), 17),
        ((35, 45), 16),
        ((45, 55), 16),
        ((55, 65), 17),
        ((65, 75), 14),
        ((75, 85), 7),
        ((85, 102), 2),
    ]);
    from + u16::try_from(random.below(u32::from(to - from))).expect("below a hundred")
}

fn last_name(random: &mut Random, race: &str, hispanic: bool) -> &'static str {
    if hispanic && random.chance(0.85) {
        return random.pick(names::HISPANIC_LAST);
    }
    if race == "A" && random.chance(0.85) {
        return random.pick(names::ASIAN_LAST);
    }
    if random.chance(0.45) {
        return random.pick(names::rarer_last_names());
    }
    // The first names of the list are the most frequent ones, as in life.
    let length = names::LAST.len();
    names::LAST[random.index(length).min(random.index(length))]
}

fn first_name(
    random: &mut Random,
    gender: &str,
    race: &str,
    hispanic: bool,
    birth_year: u16,
) -> &'static str {
    let woman = gender == "F" || (gender == "U" && random.chance(0.5));
    let special = random.chance(0.6);
    let older = birth_year < 1976;
    let list = match (woman, special && hispanic, special && race == "A", older) {
        (true, true, _, _) => names::HISPANIC_WOMEN,
        (false, true, _, _) => names::HISPANIC_MEN,
        (true, _, true, _) => names::ASIAN_WOMEN,
        (false, _, true, _) => names::ASIAN_MEN,
        (true, _, _, true) => names::WOMEN_OLDER,
        (true, _, _, false) => names::WOMEN_YOUNGER,
        (false, _, _, true) => names::MEN_OLDER,
        (false, _, _, false) => names::MEN_YOUNGER,
    };
    random.pick(list)
}

fn middle_name(random: &mut Random, gender: &str, birth_year: u16) -> &'static str {
    const INITIALS: &[&str] =
        &["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "T", "W"];
    match random.below(100) {
        0..8 => "",
        8..28 => random.pick(INITIALS),
        28..40 => random.pick(names::LAST),
        _ => first_name(random, gender, "W", false, birth_year),
    }
}
