//! Vote history: which elections a voter took part in and how, one row a vote.

use super::county::COUNTIES;
use super::geography::Precinct;
use super::row::Row;
use super::voter::{Day, Voter};
use crate::synth::random::Random;
use std::fmt::Write as _;

/// One election as the history file names it.
#[derive(Debug, Clone)]
pub struct Election {
    /// Day.
    pub day: Day,
    /// `MM/DD/YYYY`.
    pub label: String,
    /// Label and kind, such as `11/05/2024 GENERAL`.
    pub description: String,
    /// Share of the registered who vote.
    pub turnout: f64,
    primary: bool,
    special: bool,
}

#[rustfmt::skip]
const ELECTIONS: &[(u16, u8, u8, &str, f64)] = &[
    (2026, 11, 3, "GENERAL", 0.52), (2026, 3, 3, "PRIMARY", 0.14), (2025, 11, 4, "MUNICIPAL", 0.08),
    (2024, 11, 5, "GENERAL", 0.74), (2024, 3, 5, "PRIMARY", 0.22), (2023, 11, 7, "MUNICIPAL", 0.08),
    (2022, 11, 8, "GENERAL", 0.51), (2022, 5, 17, "PRIMARY", 0.17), (2021, 11, 2, "MUNICIPAL", 0.07),
    (2020, 11, 3, "GENERAL", 0.75), (2020, 3, 3, "PRIMARY", 0.26), (2019, 11, 5, "MUNICIPAL", 0.08),
    (2018, 11, 6, "GENERAL", 0.53), (2018, 5, 8, "PRIMARY", 0.12), (2017, 11, 7, "MUNICIPAL", 0.08),
    (2016, 11, 8, "GENERAL", 0.69), (2016, 3, 15, "PRIMARY", 0.30),
];

const HISTORY: u64 = 0x4849_5354;
const LOSS: u64 = 0x4c4f_5353;

/// The elections that a list of some day knows, newest first.
#[derive(Debug, Clone)]
pub struct Elections(Vec<Election>);

impl Elections {
    /// Elections from 2016 to the first list's day, and a special one in some counties shortly before it, whose history
    /// the counties enter in the weeks after.
    #[must_use]
    pub fn until(first_as_of: jiff::civil::Date) -> Self {
        let first: Day = first_as_of.into();
        let special_day = special_date(first_as_of);
        let mut elections = vec![Election::new(special_day.into(), "SPECIAL", 0.15)];
        let past = ELECTIONS.iter().map(|(year, month, day, kind, turnout)| {
            Election::new(Day { year: *year, month: *month, day: *day }, kind, *turnout)
        });
        elections
            .extend(past.filter(|election| election.day < first && election.day != Day::from(special_day)));
        Self(elections)
    }

    /// Calls back with every vote of a voter that stands in the list of this week.
    pub fn votes(&self, seed: u64, base: &Voter, week: u32, mut vote: impl FnMut(&Election, Vote)) {
        let mut random = Random::keyed(seed, &[HISTORY, base.number]);
        // Some always vote, some never do; the inactive and the removed seldom did.
        let habit =
            random.unit() + random.unit() * 0.6 + if base.person.birth_year < 1970 { 0.8 } else { 0.5 };
        let habit = if base.status.code == "A" { habit } else { habit * 0.35 };
        for election in &self.0 {
            let votes = random.chance((election.turnout * habit).min(0.97));
            let method =
                random.weighted(if election.day.year < 2020 { METHODS_BEFORE_2020 } else { METHODS });
            let credited = random.weighted(&[(1_u32, 60), (2, 30), (3, 10)]);
            let ballot = random.weighted(&[("DEM", 50_u32), ("REP", 50)]);
            if !votes || base.registered > election.day {
                continue;
            }
            let week_of_credit = if election.special { credited } else { 0 };
            if week_of_credit > week || (election.special && base.county % 7 != 3) {
                continue;
            }
            let party = if election.primary && base.party == "UNA" { ballot } else { base.party };
            vote(election, Vote { method, party, newly: election.special && week_of_credit == week });
        }
    }

    /// Whether this vote is among those that a history loss swallows.
    #[must_use]
    pub fn lost(seed: u64, base: &Voter, election: &Election, share: f64) -> bool {
        let day = u64::from(election.day.year) * 10_000
            + u64::from(election.day.month) * 100
            + u64::from(election.day.day);
        share > 0.0 && Random::keyed(seed, &[LOSS, base.number, day]).chance(share)
    }
}

/// The Tuesday of the special election.
#[must_use]
pub fn special_date(first_as_of: jiff::civil::Date) -> jiff::civil::Date {
    first_as_of.checked_sub(jiff::Span::new().days(4)).expect("a day in our era")
}

/// How one vote was cast.
#[derive(Debug, Clone, Copy)]
pub struct Vote {
    /// The state's words.
    pub method: &'static str,
    /// Party, in a primary the ballot's.
    pub party: &'static str,
    /// First seen in this week's list.
    pub newly: bool,
}

const METHODS: &[(&str, u32)] = &[
    ("EARLY VOTING", 560),
    ("IN-PERSON", 310),
    ("ABSENTEE BY MAIL", 100),
    ("CURBSIDE", 12),
    ("ABSENTEE CURBSIDE", 8),
    ("PROVISIONAL", 4),
    ("TRANSFER", 6),
];
const METHODS_BEFORE_2020: &[(&str, u32)] = &[
    ("ABSENTEE ONESTOP", 520),
    ("IN-PERSON", 400),
    ("ABSENTEE BY MAIL", 55),
    ("CURBSIDE", 10),
    ("ABSENTEE CURBSIDE", 8),
    ("PROVISIONAL", 3),
    ("TRANSFER", 4),
];

impl Election {
    fn new(day: Day, kind: &str, turnout: f64) -> Self {
        let mut label = String::new();
        write!(label, "{:02}/{:02}/{:04}", day.month, day.day, day.year).expect("a String takes it");
        let description = format!("{label} {kind}");
        Self { day, label, description, turnout, primary: kind == "PRIMARY", special: kind == "SPECIAL" }
    }

    /// The row of one vote. It was cast where the voter lived then; the voter's own columns are today's.
    pub fn write(&self, vote: Vote, now: &Voter, base: &Voter, precinct: &Precinct, row: &mut Row) {
        row.clear();
        row.number(now.county as u64 + 1, 1);
        row.text(COUNTIES[now.county].name);
        row.number(now.registration, 12);
        row.text(&self.label);
        row.text(&self.description);
        row.text(vote.method);
        row.text(vote.party);
        row.text(match vote.party {
            "DEM" => "DEMOCRATIC",
            "REP" => "REPUBLICAN",
            "LIB" => "LIBERTARIAN",
            "GRE" => "GREEN",
            _ => "UNAFFILIATED",
        });
        row.text(&precinct.code);
        row.text(&precinct.name);
        super::render::ncid(now, row);
        row.number(base.county as u64 + 1, 1);
        row.text(COUNTIES[base.county].name);
        row.text(&precinct.vtd);
        row.text(&precinct.vtd);
    }
}
