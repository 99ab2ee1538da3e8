//! The words of Publication 28, found by one probe of a hash table.
//!
//! Suffixes, directionals and unit designators come from `data/pub28_*.csv`; what else a residence line may hold
//! (route words, states, words that only descriptions use) is listed here.

use std::sync::LazyLock;

/// What a word can mean. A word can mean several things; its place in the line decides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    /// Abbreviation as a street suffix, or empty.
    pub suffix: &'static str,
    /// The suffix in full, where a suffix that has become part of a name is spelled out (`MAIN STREET EXT`).
    pub full: &'static str,
    /// `N` … `SW`, or empty.
    pub directional: &'static str,
    /// Abbreviation as a unit designator, or empty.
    pub unit: &'static str,
    /// [`flag`] bits.
    pub flags: u32,
}

/// Bits of [`Word::flags`].
pub(super) mod flag {
    /// A suffix that ends a street name wherever it stands (`ST`), unlike `LAKE` or `MILL`.
    pub const PRIMARY: u32 = 1;
    /// A designator that stands alone (`REAR`).
    pub const ALONE: u32 = 1 << 1;
    /// A designator that means nothing else (`APT`).
    pub const STRONG_UNIT: u32 = 1 << 2;
    /// `HIGHWAY`, `ROUTE` and their spellings.
    pub const ROUTE: u32 = 1 << 3;
    /// `ROAD` and its spellings.
    pub const ROAD: u32 = 1 << 4;
    /// Two-letter abbreviation or name of a state.
    pub const STATE: u32 = 1 << 5;
    /// May follow a highway's number (`BYPASS`).
    pub const MODIFIER: u32 = 1 << 6;
    /// Only a description says this (`BEHIND`).
    pub const DESCRIPTIVE: u32 = 1 << 7;
    /// A measure (`MILES`).
    pub const MEASURE: u32 = 1 << 8;
    /// Another country.
    pub const COUNTRY: u32 = 1 << 9;
    /// Part of a notice that the address is withheld.
    pub const NOTICE: u32 = 1 << 10;
    /// Says by itself that the address is withheld.
    pub const WITHHELD: u32 = 1 << 11;
    /// Begins or joins a form other than a street: `PO`, `BOX`, `RR`, `PSC`, `&`, ….
    pub const FORM: u32 = 1 << 12;
    /// Stands before the name and takes the place of a suffix (`CALLE`).
    pub const LEADING_TYPE: u32 = 1 << 13;
    /// Begins a highway's name (`US`, `INTERSTATE`, `COUNTY`, …).
    pub const ROUTE_HEAD: u32 = 1 << 14;
}

static NOTHING: Word = Word { suffix: "", full: "", directional: "", unit: "", flags: 0 };

/// Suffixes which are not part of a name when words follow, with their full spelling.
const PRIMARY: &[(&str, &str)] = &[
    ("ALY", "ALLEY"),
    ("AVE", "AVENUE"),
    ("BLVD", "BOULEVARD"),
    ("CIR", "CIRCLE"),
    ("CSWY", "CAUSEWAY"),
    ("CT", "COURT"),
    ("CV", "COVE"),
    ("DR", "DRIVE"),
    ("EXPY", "EXPRESSWAY"),
    ("FWY", "FREEWAY"),
    ("HWY", "HIGHWAY"),
    ("LN", "LANE"),
    ("LOOP", "LOOP"),
    ("PKWY", "PARKWAY"),
    ("PL", "PLACE"),
    ("RD", "ROAD"),
    ("SQ", "SQUARE"),
    ("ST", "STREET"),
    ("TER", "TERRACE"),
    ("TPKE", "TURNPIKE"),
    ("TRL", "TRAIL"),
    ("WAY", "WAY"),
    ("XING", "CROSSING"),
];

/// Designators which need no id behind them (Publication 28, C2).
const ALONE: &[&str] = &["BSMT", "FRNT", "LBBY", "LOWR", "OFC", "PH", "REAR", "SIDE", "UPPR"];
/// Designators that mean nothing else. The others are also names or suffixes (`KEY`, `FRONT ST`, `SIDE`, `STOP`).
const STRONG_UNITS: &[&str] =
    &["#", "APT", "BLDG", "BSMT", "DEPT", "LOT", "PMB", "RM", "STE", "TRLR", "UNIT"];

const FLAGGED: &[(u32, &[&str])] = &[
    (flag::ROUTE, &["HIGHWAY", "HWY", "HIWAY", "HIWY", "HIGHWY", "HWAY", "ROUTE", "RTE", "RT"]),
    (flag::ROAD, &["ROAD", "RD"]),
    (
        flag::STATE,
        &[
            "AL",
            "AK",
            "AZ",
            "AR",
            "CA",
            "CO",
            "CT",
            "DE",
            "FL",
            "GA",
            "HI",
            "ID",
            "IL",
            "IN",
            "IA",
            "KS",
            "KY",
            "LA",
            "ME",
            "MD",
            "MA",
            "MI",
            "MN",
            "MS",
            "MO",
            "MT",
            "NE",
            "NV",
            "NH",
            "NJ",
            "NM",
            "NY",
            "NC",
            "ND",
            "OH",
            "OK",
            "OR",
            "PA",
            "RI",
            "SC",
            "SD",
            "TN",
            "TX",
            "UT",
            "VT",
            "VA",
            "WA",
            "WV",
            "WI",
            "WY",
            "KENTUCKY",
            "TEXAS",
            "FLORIDA",
            "GEORGIA",
            "OHIO",
            "MICHIGAN",
            "NEVADA",
            "VIRGINIA",
            "ARKANSAS",
            "LOUISIANA",
        ],
    ),
    (
        flag::MODIFIER,
        &[
            "ALT",
            "ALTERNATE",
            "BUS",
            "BUSINESS",
            "BYP",
            "BYPASS",
            "CONN",
            "CONNECTOR",
            "FRONTAGE",
            "SERVICE",
            "SPUR",
            "TRUCK",
        ],
    ),
    (
        flag::DESCRIPTIVE,
        &[
            "BEHIND",
            "NEAR",
            "BETWEEN",
            "ACROSS",
            "BESIDE",
            "BEYOND",
            "FROM",
            "LOCATED",
            "NEXT",
            "PAST",
            "TOWARD",
            "TOWARDS",
            "APPROX",
            "APPROXIMATELY",
            "ADJACENT",
            "HOMELESS",
            "INTERSECTION",
            "OFF",
            "WHERE",
            "OPPOSITE",
        ],
    ),
    (
        flag::MEASURE,
        &["MI", "MILE", "MILES", "FEET", "YARDS", "YDS", "BLOCK", "BLOCKS", "BLK", "BLKS", "KM", "ACRES"],
    ),
    (
        flag::COUNTRY,
        &[
            "ARGENTINA",
            "AUSTRALIA",
            "AUSTRIA",
            "BELGIUM",
            "BRAZIL",
            "CANADA",
            "CHILE",
            "CHINA",
            "COLOMBIA",
            "DENMARK",
            "EGYPT",
            "ENGLAND",
            "FINLAND",
            "FRANCE",
            "GERMANY",
            "GREECE",
            "GUATEMALA",
            "INDIA",
            "IRELAND",
            "ISRAEL",
            "ITALY",
            "JAPAN",
            "KENYA",
            "KOREA",
            "MEXICO",
            "NETHERLANDS",
            "NIGERIA",
            "NORWAY",
            "PAKISTAN",
            "PERU",
            "PHILIPPINES",
            "POLAND",
            "PORTUGAL",
            "SCOTLAND",
            "SINGAPORE",
            "SPAIN",
            "SWEDEN",
            "SWITZERLAND",
            "TAIWAN",
            "THAILAND",
            "TURKEY",
            "UK",
            "UKRAINE",
            "VIETNAM",
            "WALES",
            "DEUTSCHLAND",
            "ESPANA",
            "KINGDOM",
            "ZEALAND",
        ],
    ),
    (
        flag::NOTICE,
        &[
            "ADDRESS",
            "NOT",
            "AVAILABLE",
            "BY",
            "LAW",
            "PER",
            "STATUTE",
            "RECORD",
            "VOTER",
            "IS",
            "ON",
            "FILE",
            "INFORMATION",
            "RESIDENCE",
            "RESIDENTIAL",
            "PROGRAM",
            "NO",
            "THE",
            "THIS",
            "DATA",
            "REQUEST",
            "COURT",
            "ORDER",
            "STREET",
            "DO",
            "PUBLISH",
            "RELEASE",
            "FOR",
            "UNDER",
            "OF",
            "STATE",
            "SECRETARY",
            "HAS",
            "BEEN",
        ],
    ),
    (
        flag::WITHHELD,
        &[
            "REMOVED",
            "CONFIDENTIAL",
            "WITHHELD",
            "PROTECTED",
            "SUPPRESSED",
            "REDACTED",
            "EXEMPT",
            "UNKNOWN",
            "NONE",
            "N/A",
            "NULL",
            "UNAVAILABLE",
            "CONFIDENTIALITY",
            "ACP",
            "UNLISTED",
            "RESTRICTED",
        ],
    ),
    (
        flag::FORM,
        &[
            "PO", "POB", "POBOX", "P", "POST", "BOX", "BX", "CALLER", "DRAWER", "LOCKBOX", "RR", "RFD",
            "RURAL", "R", "RD", "RT", "RTE", "ROUTE", "HC", "HCR", "STAR", "PSC", "CMR", "UNIT", "APO",
            "FPO", "DPO", "USS", "USNS", "GENERAL", "GEN", "GD", "&", "AND", "AT", "CORNER", "HIGHWAY",
            "PMB", "FIRM", "BIN",
        ],
    ),
    (
        flag::LEADING_TYPE,
        &[
            "AVENIDA", "CALLE", "CALLEJON", "CAMINITO", "CAMINO", "CAMPO", "CIRCULO", "PASEO", "PLACITA",
            "RUE", "VEREDA", "VIA", "VISTA", "BROADWAY",
        ],
    ),
    (
        flag::ROUTE_HEAD,
        &[
            "US",
            "U",
            "INTERSTATE",
            "I",
            "IH",
            "STATE",
            "ST",
            "SR",
            "SH",
            "COUNTY",
            "CO",
            "CNTY",
            "CTY",
            "CR",
            "CTH",
            "FARM",
            "FM",
            "RM",
            "RANCH",
            "HIGHWAY",
            "HWY",
            "HIWAY",
            "HIWY",
            "HIGHWY",
            "HWAY",
            "ROUTE",
            "RTE",
            "RT",
            "TOWNSHIP",
            "TWP",
            "TSR",
            "TR",
            "KENTUCKY",
        ],
    ),
];

/// Spellings of unit designators in use beside those of the table.
const MORE_UNITS: &[(&str, &str)] = &[
    ("APMT", "APT"),
    ("APPT", "APT"),
    ("BLD", "BLDG"),
    ("BOX", "BOX"),
    ("FLR", "FL"),
    ("PMB", "PMB"),
    ("PNTHSE", "PH"),
    ("SPACE", "SPC"),
    ("STES", "STE"),
    ("HANGAR", "HNGR"),
    ("UNT", "UNIT"),
    // The table leaves it unabbreviated; Publication 28, C2, says UPPR.
    ("UPPER", "UPPR"),
];

const SLOTS: usize = 4096;

#[derive(Debug)]
/// The hash table. Words are at most 16 bytes and stand in the slot as one integer.
pub(super) struct Tables {
    slots: Vec<(u128, u16)>,
    words: Vec<Word>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::build);

/// The tables, built at first use.
pub(super) fn tables() -> &'static Tables {
    &TABLES
}

fn pack(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    let mut packed = [0_u8; 16];
    packed.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(u128::from_le_bytes(packed))
}

fn slot_of(key: u128) -> usize {
    let mixed = (key ^ (key >> 64)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    usize::try_from((mixed >> 116) & 0xfff).expect("twelve bits fit a usize")
}

impl Tables {
    /// What a word can mean; nothing for a word of no table.
    pub fn get(&self, text: &str) -> &Word {
        let Some(key) = pack(text).filter(|key| *key != 0) else { return &NOTHING };
        let mut slot = slot_of(key);
        loop {
            let (found, index) = self.slots[slot];
            if found == key {
                return &self.words[usize::from(index)];
            }
            if found == 0 {
                return &NOTHING;
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    fn entry(&mut self, text: &str) -> &mut Word {
        let key = pack(text).expect("the tables' words have at most 16 bytes");
        let mut slot = slot_of(key);
        while self.slots[slot].0 != key {
            if self.slots[slot].0 == 0 {
                let index = u16::try_from(self.words.len()).expect("fewer than 65,536 words");
                self.slots[slot] = (key, index);
                self.words.push(NOTHING);
                break;
            }
            slot = (slot + 1) % SLOTS;
        }
        let index = usize::from(self.slots[slot].1);
        &mut self.words[index]
    }

    fn build() -> Self {
        let mut tables = Self { slots: vec![(0, 0); SLOTS], words: Vec::with_capacity(1024) };
        for (variant, abbreviation) in rows(include_str!("../../data/pub28_street_suffix.csv")) {
            // Two-word entries (COUNTY ROAD) are highways, which have their own rules.
            if !variant.contains(' ') {
                tables.suffix(variant, abbreviation);
                tables.suffix(abbreviation, abbreviation);
            }
        }
        for (word, abbreviation) in rows(include_str!("../../data/pub28_directionals.csv")) {
            tables.entry(word).directional = abbreviation;
            tables.entry(abbreviation).directional = abbreviation;
        }
        let designators = rows(include_str!("../../data/pub28_unit_designators.csv"));
        for (variant, abbreviation) in designators.chain(MORE_UNITS.iter().copied()) {
            for spelling in [variant, abbreviation] {
                let word = tables.entry(spelling);
                word.unit = abbreviation;
                if ALONE.contains(&abbreviation) {
                    word.flags |= flag::ALONE;
                }
                if STRONG_UNITS.contains(&abbreviation) {
                    word.flags |= flag::STRONG_UNIT;
                }
            }
        }
        for (bit, words) in FLAGGED {
            for word in *words {
                tables.entry(word).flags |= bit;
            }
        }
        tables
    }

    fn suffix(&mut self, spelling: &str, abbreviation: &'static str) {
        let word = self.entry(spelling);
        word.suffix = abbreviation;
        if let Some((_, full)) = PRIMARY.iter().find(|(primary, _)| *primary == abbreviation) {
            word.full = full;
            word.flags |= flag::PRIMARY;
        }
    }
}

fn rows(csv: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    csv.lines().skip(1).filter_map(|line| line.trim_end().split_once(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_csv_tables_is_found_and_abbreviations_stay() {
        let tables = tables();
        for (variant, abbreviation) in rows(include_str!("../../data/pub28_street_suffix.csv")) {
            if variant.contains(' ') {
                continue;
            }
            assert_eq!(tables.get(variant).suffix, abbreviation, "{variant}");
            assert_eq!(tables.get(abbreviation).suffix, abbreviation, "{abbreviation}");
        }
        for (word, abbreviation) in rows(include_str!("../../data/pub28_directionals.csv")) {
            assert_eq!(tables.get(word).directional, abbreviation);
        }
        for (word, abbreviation) in rows(include_str!("../../data/pub28_unit_designators.csv")) {
            let abbreviation = if word == "UPPER" { "UPPR" } else { abbreviation };
            assert_eq!(tables.get(word).unit, abbreviation);
            assert_eq!(tables.get(abbreviation).unit, abbreviation);
        }
    }

    #[test]
    fn words_of_no_table_mean_nothing() {
        for word in ["", "QUETZAL", "A-WORD-LONGER-THAN-SIXTEEN-BYTES"] {
            assert!(tables().get(word).suffix.is_empty() && tables().get(word).flags == 0);
        }
    }
}
