//! Addresses such as state files hold, made from a seed: plain streets for the most part, with directionals, units,
//! highways, odd numbers and untidy writing in between.

/// Makes `count` addresses.
pub fn generate(seed: u64, count: usize) -> Vec<String> {
    let mut random = Random(seed);
    (0..count).map(|_| address(&mut random)).collect()
}

/// xorshift64*: enough to vary addresses, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let limit = u64::try_from(from.len()).expect("short lists");
        from[usize::try_from(self.below(limit)).expect("below a usize")]
    }
}

const NAMES: &[&str] = &[
    "MAIN",
    "OAK",
    "MAPLE",
    "CEDAR",
    "ELM",
    "PINE",
    "WASHINGTON",
    "JEFFERSON",
    "LINCOLN",
    "JACKSON",
    "CHURCH",
    "SPRING",
    "WALNUT",
    "CHESTNUT",
    "FRANKLIN",
    "MAGNOLIA",
    "DOGWOOD",
    "HICKORY",
    "SYCAMORE",
    "POPLAR",
    "WILLOW",
    "BIRCH",
    "HOLLY",
    "LAUREL",
    "ASPEN",
    "JUNIPER",
    "CYPRESS",
    "SUMMIT",
    "HIGHLAND",
    "SUNSET",
    "RIVERSIDE",
    "LAKEVIEW",
    "FAIRVIEW",
    "PLEASANT",
    "MEADOWBROOK",
    "GLENWOOD",
    "EASTWOOD",
    "WESTOVER",
    "NORTHRIDGE",
    "SOUTHGATE",
    "HARRISON",
    "MADISON",
    "MONROE",
    "ADAMS",
    "TYLER",
    "HAMILTON",
    "DURHAM",
    "RALEIGH",
    "CAROLINA",
    "GEORGIA",
    "PEACHTREE",
    "CARDINAL",
    "BLUEBIRD",
    "ROBIN",
    "FOX",
    "BEAR",
    "EAGLE",
    "HUNTER",
    "COLONIAL",
    "HERITAGE",
    "LIBERTY",
    "UNION",
    "PROVIDENCE",
    "TRINITY",
    "MARTIN LUTHER KING JR",
    "SPRING GARDEN",
    "MILL CREEK",
    "LAKE FOREST",
    "OLD MILL",
    "SAINT ALBANS",
    "SAINT MARYS",
    "RED OAK",
    "WHITE PINE",
    "INDIAN TRAIL",
    "FOX HOLLOW",
    "TURKEY RUN",
    "CEDAR GROVE",
    "GREEN MEADOW",
    "STONE BRIDGE",
    "BROAD RIVER",
    "HUNTERS RIDGE",
    "BEAVER DAM",
    "PINEY GROVE CHURCH",
    "SANDY CROSS",
    "ROCK QUARRY",
    "NEW HOPE",
    "CREEDMOOR",
    "FALLS OF NEUSE",
    "SIX FORKS",
    "TRYON",
    "GORMAN",
    "AVENT FERRY",
    "LEAD MINE",
    "DURALEIGH",
    "MCDOWELL",
    "OBRIEN",
    "VANDERBILT",
    "YADKIN",
    "CATAWBA",
    "5TH",
    "12TH",
    "42ND",
    "3RD",
    "101ST",
    "22ND",
    "FIFTH",
    "SECOND",
];
const TYPES: &[&str] = &[
    "ST",
    "ST",
    "ST",
    "RD",
    "RD",
    "RD",
    "DR",
    "DR",
    "DR",
    "AVE",
    "AVE",
    "LN",
    "LN",
    "CT",
    "CT",
    "CIR",
    "PL",
    "WAY",
    "BLVD",
    "TRL",
    "TER",
    "PKWY",
    "LOOP",
    "CV",
    "SQ",
    "HWY",
    "XING",
    "RUN",
    "TRCE",
    "PT",
    "RDG",
    "EXT",
    "STREET",
    "ROAD",
    "DRIVE",
    "AVENUE",
    "LANE",
    "COURT",
    "CIRCLE",
    "PLACE",
    "BOULEVARD",
    "TERRACE",
    "PARKWAY",
];
const DIRECTIONS: &[&str] =
    &["N", "S", "E", "W", "N", "S", "E", "W", "NE", "NW", "SE", "SW", "NORTH", "SOUTH", "EAST", "WEST"];
const UNITS: &[&str] =
    &["APT", "APT", "APT", "UNIT", "UNIT", "#", "LOT", "STE", "TRLR", "APARTMENT", "SUITE", "RM"];

fn address(random: &mut Random) -> String {
    let mut words = vec![number(random)];
    if random.chance(6) {
        words.push(highway(random));
        if random.chance(30) {
            words.push(random.pick(&DIRECTIONS[..4]).to_owned());
        }
    } else {
        if random.chance(18) {
            words.push(random.pick(DIRECTIONS).to_owned());
        }
        words.push(random.pick(NAMES).to_owned());
        words.push(random.pick(TYPES).to_owned());
        if random.chance(7) {
            words.push(random.pick(DIRECTIONS).to_owned());
        }
    }
    if random.chance(22) {
        words.push(unit(random));
    }
    untidy(random, words.join(" "))
}

fn number(random: &mut Random) -> String {
    let number = 1 + random.below(9_999);
    match random.below(40) {
        0 => format!("{number}-{:02}", random.below(99)),
        1 => format!("{number} 1/2"),
        2 => format!("{number}{}", random.pick(&["A", "B", "C"])),
        _ => number.to_string(),
    }
}

fn highway(random: &mut Random) -> String {
    let number = 1 + random.below(999);
    let kind = random.pick(&[
        "US HWY",
        "US HIGHWAY",
        "NC HWY",
        "HWY",
        "HIGHWAY",
        "COUNTY ROAD",
        "COUNTY RD",
        "STATE ROUTE",
        "STATE ROAD",
        "OLD HWY",
        "OLD US HWY",
        "STATE HWY",
        "US",
        "ROUTE",
        "INTERSTATE",
    ]);
    format!("{kind} {number}")
}

fn unit(random: &mut Random) -> String {
    let number = 1 + random.below(400);
    let letter = random.pick(&["A", "B", "C", "D", "E", "F", "G", "H"]);
    let id = match random.below(4) {
        0 => letter.to_owned(),
        1 => format!("{number}{letter}"),
        _ => number.to_string(),
    };
    match random.below(12) {
        0 => format!("BLDG {letter} APT {number}"),
        1 => format!("#{number}"),
        _ => format!("{} {id}", random.pick(UNITS)),
    }
}

/// Case, padding and points as clerks leave them.
fn untidy(random: &mut Random, address: String) -> String {
    match random.below(20) {
        0 => address.to_lowercase(),
        1 => address.replacen(' ', "  ", 1),
        2 => format!("{address:<45}"),
        3 => address.replace(" ST ", " ST. ").replace(" APT ", ", APT "),
        _ => address,
    }
}
