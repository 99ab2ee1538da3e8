//! Residences. An address is a pure function of (seed, county, key): a household's number is its key, whoever moves gets a
//! key of its own, and nothing has to be remembered from week to week.

use super::county::{COUNTIES, County};
use super::geography::Geography;
use crate::synth::random::Random;
use std::fmt::Write as _;

/// Width to which the state pads `res_street_address`.
pub const LINE_WIDTH: usize = 44;

/// A residence as the state prints it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Parts between blanks; a part that is missing leaves its blank, so there are double ones. Not padded.
    pub line: String,
    /// Town.
    pub town: &'static str,
    /// Five digits.
    pub zip: u32,
    /// Place of the precinct in [`Geography`].
    pub precinct: usize,
}

const STREET: u64 = 0x5745;
const HOUSE: u64 = 0x4855;

#[rustfmt::skip]
const NAMES: &[&str] = &[
    "MAIN", "CHURCH", "OAK", "MAPLE", "PINE", "CEDAR", "ELM", "WALNUT", "HOLLY", "DOGWOOD", "MAGNOLIA", "LAUREL",
    "HICKORY", "POPLAR", "WILLOW", "BIRCH", "LAKE", "RIVER", "CREEK", "SPRING", "MEADOW", "FOREST", "RIDGE", "HILL",
    "VALLEY", "PARK", "SUNSET", "HIGHLAND", "MILL", "FARM", "SCHOOL", "CHAPEL", "DEPOT", "RAILROAD", "MARKET",
    "WASHINGTON", "JEFFERSON", "LINCOLN", "JACKSON", "FRANKLIN", "MADISON", "MONROE", "LEE", "DAVIS", "SMITH",
    "JOHNSON", "WILLIAMS", "BROWN", "KING", "QUEEN", "PRINCE", "COLLEGE", "UNIVERSITY", "ACADEMY", "STADIUM",
    "AIRPORT", "INDUSTRIAL", "COMMERCE", "CENTER", "BROAD", "WATER", "FRONT", "BRIDGE", "FERRY", "SHORE", "BEACH",
    "OCEAN", "SOUND", "ISLAND", "HARBOR", "FOX", "DEER", "BEAR", "EAGLE", "HAWK", "QUAIL", "CARDINAL", "ROBIN",
    "WREN", "PARTRIDGE", "SAINT ALBANS", "SAINT MARYS", "OLD MILL", "FIVE POINTS", "BETHEL CHURCH", "MOUNT ZION",
    "PLEASANT GROVE", "ROCKY BRANCH", "LONG BRANCH", "INDIAN TRAIL", "DE LA ROSA", "O'KELLY", "MCCORMICK",
    "AVENT FERRY", "HILLSBORO", "NEW HOPE", "UNION GROVE", "NORTH FORK", "SOUTHGATE", "WESTOVER", "EASTWAY",
    "COUNTRY CLUB", "AVENUE A", "LOVERS", "COURT", "LANE",
];
const SECOND: &[&str] =
    &["RUN", "HOLLOW", "GLEN", "POINT", "CREEK", "GROVE", "VIEW", "CROSSING", "TRACE", "LANDING"];
#[rustfmt::skip]
const TYPES: &[(&str, u32)] = &[
    ("DR", 22), ("RD", 22), ("LN", 11), ("ST", 14), ("CT", 9), ("AVE", 6), ("CIR", 4), ("PL", 4), ("WAY", 3),
    ("TRL", 2), ("BLVD", 1), ("TER", 1), ("PKWY", 1), ("LOOP", 1), ("XING", 1), ("", 1),
];
const ROUTES: &[&str] = &[
    "US 64",
    "US 70",
    "US 1",
    "US 421",
    "NC 55",
    "NC 42",
    "NC 150",
    "OLD US 1",
    "OLD NC 10",
    "I 85 SERVICE",
];
const DIRECTIONS: &[&str] = &["N", "S", "E", "W", "NE", "NW", "SE", "SW"];

struct Street {
    before: &'static str,
    name: String,
    kind: &'static str,
    after: &'static str,
    apartments: bool,
}

pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "TH",
        (_, 1) => "ST",
        (_, 2) => "ND",
        (_, 3) => "RD",
        _ => "TH",
    };
    format!("{number}{ending}")
}

fn street(seed: u64, county: usize, town: usize, number: u32) -> Street {
    let mut random = Random::keyed(seed, &[STREET, county as u64, town as u64, u64::from(number)]);
    let mut street =
        Street { before: "", name: String::new(), kind: "", after: "", apartments: random.chance(0.12) };
    match random.below(100) {
        0..6 => {
            street.name = random.pick(ROUTES).to_owned();
            street.kind = "HWY";
            if random.chance(0.5) {
                street.after = random.pick(&DIRECTIONS[..4]);
            }
        }
        6..14 => {
            street.name = ordinal(random.below(40) + 1);
            street.kind = if random.chance(0.7) { "ST" } else { "AVE" };
            if random.chance(0.4) {
                street.before = random.pick(DIRECTIONS);
            }
        }
        kind => {
            street.name = random.pick(NAMES).to_owned();
            if kind >= 70 {
                street.name.push(' ');
                street.name.push_str(random.pick(SECOND));
            }
            street.kind = random.weighted(TYPES);
            match random.below(100) {
                0..8 => street.before = random.pick(&DIRECTIONS[..4]),
                8..12 => street.after = random.pick(DIRECTIONS),
                _ => {}
            }
        }
    }
    street
}

/// The residence under this key.
#[must_use]
pub fn address(seed: u64, geography: &Geography, county_index: usize, key: u64) -> Address {
    let county: &County = &COUNTIES[county_index];
    let mut random = Random::keyed(seed, &[HOUSE, county_index as u64, key]);
    let town = random.index(county.towns.len()).min(random.index(county.towns.len()));
    // A town's streets grow with its county; half of the houses stand on a quarter of the streets.
    let streets = 12 + county.thousands * 3;
    let on = random.below(streets).min(random.below(streets));
    let street = street(seed, county_index, town, on);
    let precincts = geography.precincts_of(county_index, town);
    let length = u32::try_from(precincts.len()).expect("a county has some hundred precincts at most");
    let precinct = precincts.start + usize::try_from(on % length).expect("32 bits fit");

    let mut line = String::with_capacity(LINE_WIDTH);
    let number = match random.below(10) {
        0 => random.below(100),
        1..5 => random.below(1000),
        5..8 => random.below(5000),
        _ => random.below(13_000),
    } + 1;
    let oddity = random.below(10_000);
    let written = match oddity {
        0..8 => write!(line, "RR {} BOX {}", number % 9 + 1, number),
        8..10 => write!(
            line,
            "{}-{:02} {} {} {} {}",
            number % 99 + 1,
            number % 60,
            street.before,
            street.name,
            street.kind,
            street.after
        ),
        10..12 => write!(line, "HC {} BOX {}", number % 80 + 1, number),
        12..14 => write!(line, "OFF SR {} AT {} BRIDGE", 1000 + number % 900, street.name),
        14..24 => {
            write!(line, "{number} 1/2 {} {} {} {}", street.before, street.name, street.kind, street.after)
        }
        _ => write!(line, "{number} {} {} {} {}", street.before, street.name, street.kind, street.after),
    };
    written.expect("writing into a String does not fail");
    if oddity >= 24 && (street.apartments || random.chance(0.04)) {
        let unit = random.below(400) + 1;
        let written = match random.below(20) {
            0..11 => write!(line, " APT {unit}"),
            11 => write!(
                line,
                " APT {}{}",
                char::from(b'A' + u8::try_from(unit % 8).expect("below 8")),
                unit % 30 + 1
            ),
            12..15 => write!(line, " UNIT {unit}"),
            15..17 => write!(line, " LOT {}", unit % 90 + 1),
            17 => write!(line, " # {unit}"),
            18 => write!(line, " STE {unit}"),
            _ => write!(line, " TRLR {}", unit % 40 + 1),
        };
        written.expect("writing into a String does not fail");
    }
    line.truncate(line.trim_end().len());
    let town_offset = u32::try_from(town).expect("a county has few towns");
    Address { line, town: county.towns[town], zip: county.zip + town_offset, precinct }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_address_depends_on_its_key_alone_and_keeps_the_blank_of_a_missing_direction() {
        let geography = Geography::of_first_week();
        let lines: Vec<_> = (0..2000).map(|key| address(1, &geography, 91, key)).collect();
        assert_eq!(lines[7], address(1, &geography, 91, 7));
        let distinct: BTreeSet<_> = lines.iter().map(|address| &address.line).collect();
        assert!(distinct.len() > 1900, "{}", distinct.len());
        assert!(lines.iter().filter(|address| address.line.contains("  ")).count() > 1500);
        assert!(lines.iter().any(|address| address.line.contains(" HWY")));
        assert!(lines.iter().any(|address| address.line.contains(" APT ")));
        assert!(lines.iter().all(|address| address.line.len() <= 65));
    }

    #[test]
    fn ordinals_read_as_people_write_them() {
        let ordinals: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 22, 33].map(ordinal).into();
        assert_eq!(ordinals, ["1ST", "2ND", "3RD", "4TH", "11TH", "12TH", "13TH", "21ST", "22ND", "33RD"]);
    }
}
