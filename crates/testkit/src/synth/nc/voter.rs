//! One synthetic voter: how the voter was when the first list was written, and what happened in the weeks after.

use super::county::COUNTIES;
use super::household::{Household, Person};
use crate::synth::random::Random;

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl From<jiff::civil::Date> for Day {
    fn from(date: jiff::civil::Date) -> Self {
        let small = |number: i8| u8::try_from(number).expect("months and days are positive");
        let year = u16::try_from(date.year()).expect("years of voter lists are positive");
        Self { year, month: small(date.month()), day: small(date.day()) }
    }
}

/// How `registr_dt` is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// As a date.
    None,
    /// `##/##/####`.
    Hashes,
    /// `XX-XX-XXXX`.
    Crosses,
}

/// Status with its reason, codes and words.
#[derive(Debug, PartialEq, Eq)]
pub struct Status {
    /// `A`, `I`, `R`, `D`, `S`.
    pub code: &'static str,
    /// Words of the status.
    pub words: &'static str,
    /// Reason.
    pub reason: &'static str,
    /// Words of the reason.
    pub reason_words: &'static str,
}

macro_rules! statuses {
    ($($name:ident $code:literal $words:literal $reason:literal $reason_words:literal;)*) => {$(
        pub(super) static $name: Status =
            Status { code: $code, words: $words, reason: $reason, reason_words: $reason_words };
    )*};
}
statuses! {
    VERIFIED "A" "ACTIVE" "AV" "VERIFIED";
    LEGACY "A" "ACTIVE" "AL" "LEGACY DATA";
    UNVERIFIED "A" "ACTIVE" "AU" "UNVERIFIED";
    UNVERIFIED_NEW "A" "ACTIVE" "AN" "UNVERIFIED NEW";
    NOT_RETURNED "I" "INACTIVE" "IN" "CONFIRMATION NOT RETURNED";
    UNDELIVERABLE "I" "INACTIVE" "IU" "CONFIRMATION RETURNED UNDELIVERABLE";
    MOVED_COUNTY "R" "REMOVED" "RL" "MOVED FROM COUNTY";
    DECEASED "R" "REMOVED" "RD" "DECEASED";
    TWO_ELECTIONS "R" "REMOVED" "RM" "REMOVED AFTER 2 FED GENERAL ELECTIONS IN INACTIVE STATUS";
    FELONY "R" "REMOVED" "RF" "FELONY CONVICTION";
    MOVED_STATE "R" "REMOVED" "RS" "MOVED FROM STATE";
    REQUESTED "R" "REMOVED" "RQ" "REQUEST FROM VOTER";
    DENIED "D" "DENIED" "DI" "UNAVAILABLE ESSENTIAL INFORMATION";
    TEMPORARY "S" "TEMPORARY" "SO" "OVERSEAS CITIZEN";
    UNKNOWN "Z" "PENDING REVIEW" "ZZ" "SEE NOTICE";
}

/// Where the mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// To the residence.
    Residence,
    /// To a box at the residence's post office.
    Box(u32),
    /// To another state.
    Away(u32),
    /// To a ship or base.
    Military(u32),
    /// Abroad.
    Foreign(u32),
}

/// One voter at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voter {
    /// Unique in the state.
    pub number: u64,
    /// The digits of `ncid`: the number, until the state gives another id.
    pub id_number: u64,
    /// County of the first registration, counted from 0; the letters of `ncid`.
    pub home: usize,
    /// On the list.
    pub present: bool,
    pub county: usize,
    pub registration: u64,
    /// Key of the residence, see [`super::address::address`].
    pub residence: u64,
    pub person: Person,
    pub status: &'static Status,
    pub mail: Mail,
    /// 0: none; below ten million: seven digits; else ten.
    pub phone: u64,
    pub confidential: bool,
    pub registered: Day,
    pub mask: Mask,
    pub party: &'static str,
    pub birth_state: &'static str,
    pub license: bool,
    pub identification_required: bool,
}

const VOTER: u64 = 0x564f;
const WEEK: u64 = 0x5745_454b;
/// Residence keys with this bit belong to movers, the others are numbers of households.
const MOVED: u64 = 1 << 63;

impl Voter {
    /// The voter when first listed.
    #[must_use]
    pub fn first(
        seed: u64,
        number: u64,
        county: usize,
        household: &Household,
        member: u32,
        listed: Day,
    ) -> Self {
        let mut random = Random::keyed(seed, &[VOTER, number]);
        let person = household.person(seed, number, member);
        let mut voter = Self {
            number,
            id_number: number,
            home: county,
            present: true,
            county,
            registration: number,
            residence: household.residence,
            person,
            status: &VERIFIED,
            mail: Mail::Residence,
            phone: 0,
            confidential: random.chance(0.0005),
            registered: registered(&mut random, person.birth_year, listed),
            mask: Mask::None,
            party: party(&mut random, county, person.race),
            birth_state: random.weighted(&[
                ("NC", 60),
                ("", 22),
                ("NY", 5),
                ("VA", 4),
                ("SC", 3),
                ("FL", 3),
                ("OC", 3),
            ]),
            license: random.chance(0.9),
            identification_required: random.chance(0.01),
        };
        voter.status = first_status(&mut random);
        if voter.status.code == "R" || voter.status.code == "I" {
            voter.mask = random.weighted(&[(Mask::None, 985), (Mask::Hashes, 12), (Mask::Crosses, 3)]);
        }
        if random.chance(0.0003) {
            voter.person.birth_year = 1900;
        }
        voter.phone = phone(&mut random, county);
        voter.mail = mail(&mut random);
        voter
    }

    /// A voter who registered in this week.
    #[must_use]
    pub fn newcomer(seed: u64, number: u64, county: usize, household: &Household, as_of: Day) -> Self {
        let mut voter = Self::first(seed, number, county, household, 0, as_of);
        voter.registered = Day { day: as_of.day.saturating_sub(4).max(1), ..as_of };
        voter.status = if number.is_multiple_of(3) { &UNVERIFIED_NEW } else { &VERIFIED };
        voter.mask = Mask::None;
        voter
    }

    /// Lets one week pass.
    pub fn advance(&mut self, seed: u64, week: u32, as_of: Day, household: &Household) {
        let mut random = Random::keyed(seed, &[WEEK, self.number, u64::from(week)]);
        if !self.present {
            self.present = random.chance(0.04);
            return;
        }
        let lives = matches!(self.status.code, "A" | "I" | "S");
        if lives && self.residence == household.residence && household.moves(seed, week) {
            // The same draw for all of its members, so they stay together.
            let mut together = Random::keyed(
                seed,
                &[WEEK, 1, household.county as u64, household.residence, u64::from(week)],
            );
            self.relocate(&mut together, as_of, week);
        }
        if self.person.mistyped && random.chance(0.03) {
            self.person.mistyped = false;
        }
        let draw = random.unit();
        match event(draw) {
            Event::Dropped => self.present = false,
            Event::None => {}
            _ if !lives => {}
            Event::Moved => self.relocate(&mut random, as_of, week),
            Event::Renamed => {
                self.person.rename(&mut random);
                if random.chance(0.05) {
                    self.relocate(&mut random, as_of, week);
                }
            }
            Event::Status => self.status = next_status(&mut random, self.status),
            Event::Party => self.party = other_party(&mut random, self.party),
            Event::Phone => {
                self.phone = 5_550_000
                    + u64::from(random.below(9999))
                    + 10_000_000 * u64::from(COUNTIES[self.county].area_code)
            }
            Event::Mail => {
                self.mail = if self.mail == Mail::Residence {
                    Mail::Box(random.below(3000) + 1)
                } else {
                    Mail::Residence
                }
            }
            Event::Birth => self.person.birth_year -= u16::try_from(random.below(9) + 1).expect("below ten"),
            Event::Confidential => self.confidential = true,
        }
    }

    fn relocate(&mut self, random: &mut Random, as_of: Day, week: u32) {
        self.residence = random.bits() | MOVED;
        if !random.chance(0.35) {
            return;
        }
        let to = super::population::destination(random);
        if to != self.county {
            self.county = to;
            // A registration number is the county's own; the ncid stays.
            self.registration = self.number + 1_000_000_000 * u64::from(week);
            self.registered = Day { day: as_of.day.saturating_sub(3).max(1), ..as_of };
            self.mask = Mask::None;
        }
    }
}

enum Event {
    None,
    Dropped,
    Moved,
    Renamed,
    Status,
    Party,
    Phone,
    Mail,
    Birth,
    Confidential,
}

/// What a week brings, by the shares of the issue: of each 100,000 voters so many.
fn event(draw: f64) -> Event {
    match draw * 100_000.0 {
        x if x < 200.0 => Event::Dropped,
        x if x < 400.0 => Event::Moved,
        x if x < 450.0 => Event::Renamed,
        x if x < 550.0 => Event::Status,
        x if x < 630.0 => Event::Party,
        x if x < 690.0 => Event::Phone,
        x if x < 740.0 => Event::Mail,
        x if x < 746.0 => Event::Birth,
        x if x < 751.0 => Event::Confidential,
        _ => Event::None,
    }
}

fn first_status(random: &mut Random) -> &'static Status {
    random.weighted(&[
        (&VERIFIED, 770_u32),
        (&LEGACY, 12),
        (&UNVERIFIED, 8),
        (&UNVERIFIED_NEW, 5),
        (&NOT_RETURNED, 95),
        (&UNDELIVERABLE, 25),
        (&MOVED_COUNTY, 30),
        (&DECEASED, 26),
        (&TWO_ELECTIONS, 14),
        (&FELONY, 3),
        (&MOVED_STATE, 5),
        (&REQUESTED, 2),
        (&DENIED, 4),
        (&TEMPORARY, 1),
    ])
}

fn next_status(random: &mut Random, status: &'static Status) -> &'static Status {
    if status.code == "A" {
        random.weighted(&[
            (&NOT_RETURNED, 55),
            (&UNDELIVERABLE, 15),
            (&DECEASED, 18),
            (&MOVED_STATE, 6),
            (&REQUESTED, 3),
        ])
    } else {
        random.weighted(&[(&VERIFIED, 60), (&TWO_ELECTIONS, 30), (&DECEASED, 10)])
    }
}

fn party(random: &mut Random, county: usize, race: &str) -> &'static str {
    let county = &COUNTIES[county];
    if race == "B" {
        return random.weighted(&[("DEM", 74), ("UNA", 22), ("REP", 4)]);
    }
    let others = 100 - county.black;
    let democratic = (county.democratic * 100).saturating_sub(74 * county.black) / others;
    let republican = county.republican * 100 / others;
    let unaffiliated = 100_u32.saturating_sub(democratic + republican).max(10);
    random.weighted(&[
        ("DEM", democratic.max(5) * 10),
        ("REP", republican * 10),
        ("UNA", unaffiliated * 10),
        ("LIB", 7),
        ("GRE", 1),
    ])
}

fn other_party(random: &mut Random, party: &str) -> &'static str {
    match party {
        "DEM" => random.weighted(&[("UNA", 70), ("REP", 28), ("GRE", 2)]),
        "REP" => random.weighted(&[("UNA", 75), ("DEM", 22), ("LIB", 3)]),
        _ => random.weighted(&[("REP", 55), ("DEM", 45)]),
    }
}

fn registered(random: &mut Random, birth_year: u16, listed: Day) -> Day {
    match random.below(100_000) {
        0..100 => return Day { year: 1900, month: 1, day: 1 },
        100..103 => return Day { year: birth_year.saturating_sub(2), month: 5, day: 4 },
        _ => {}
    }
    let years = u32::from(listed.year.saturating_sub(birth_year + 18));
    // The later of two draws: registrations of long ago have mostly been replaced.
    let year = birth_year
        + 18
        + u16::try_from(random.below(years + 1).max(random.below(years + 1))).expect("an age");
    let small = |number: u32| u8::try_from(number).expect("a month or a day");
    let day = Day { year, month: small(random.below(12) + 1), day: small(random.below(28) + 1) };
    if day > listed { Day { year: listed.year - 1, ..day } } else { day }
}

/// Numbers of the exchange 555, which is nobody's.
fn phone(random: &mut Random, county: usize) -> u64 {
    let line = 5_550_000 + u64::from(random.below(9999));
    match random.below(100) {
        0..12 => line,
        12..40 => line + 10_000_000 * u64::from(COUNTIES[county].area_code),
        _ => 0,
    }
}

fn mail(random: &mut Random) -> Mail {
    match random.below(1000) {
        0..85 => Mail::Box(random.below(3000) + 1),
        85..100 => Mail::Away(random.below(9000) + 1),
        100..104 => Mail::Military(random.below(3000) + 1),
        104..105 => Mail::Foreign(random.below(90) + 1),
        _ => Mail::Residence,
    }
}
