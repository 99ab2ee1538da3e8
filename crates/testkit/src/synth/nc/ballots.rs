//! The absentee file: one row a ballot, for the special election.

use super::address::Address;
use super::county::COUNTIES;
use super::geography::Precinct;
use super::row::{BALLOT_HEADER, Row};
use super::voter::{Day, Voter};
use crate::synth::random::Random;

const BALLOT: u64 = 0x4241_4c4c;

/// Ballots of one voter: none for most, and for those whose ballot was spoiled, two.
pub fn statuses(seed: u64, voter: &Voter, week: u32) -> &'static [&'static str] {
    let mut random = Random::keyed(seed, &[BALLOT, voter.number]);
    if voter.county % 7 != 3 || voter.status.code != "A" || voter.confidential || !random.chance(0.03) {
        return &[];
    }
    match random.below(100) {
        0..80 => &["ACCEPTED"],
        80..84 => &["SPOILED", "ACCEPTED"],
        84..86 if week == 0 => &["PENDING CURE"],
        84..86 => &["ACCEPTED - CURED"],
        86..88 => &["WITNESS INFO INCOMPLETE"],
        88..89 => &["SIGNATURE DIFFERENT"],
        89..91 => &["RETURNED UNDELIVERABLE"],
        91..93 => &["RETURNED AFTER DEADLINE"],
        _ => &[""],
    }
}

/// Writes the row of one ballot.
pub fn write(
    voter: &Voter,
    address: &Address,
    precinct: &Precinct,
    election: Day,
    status: &str,
    row: &mut Row,
) {
    row.clear();
    row.text(COUNTIES[voter.county].name);
    row.number(voter.registration, 12);
    super::render::ncid(voter, row);
    for text in [voter.person.last, voter.person.first, voter.person.middle] {
        row.text(text);
    }
    row.text(match voter.person.race {
        "A" => "ASIAN",
        "B" => "BLACK or AFRICAN AMERICAN",
        "I" => "INDIAN AMERICAN or ALASKA NATIVE",
        "M" => "TWO or MORE RACES",
        "O" => "OTHER",
        "W" => "WHITE",
        "P" => "NATIVE HAWAIIAN or PACIFIC ISLANDER",
        _ => "UNDESIGNATED",
    });
    row.text(match voter.person.ethnicity {
        "HL" => "HISPANIC or LATINO",
        "NL" => "NOT HISPANIC or NOT LATINO",
        _ => "UNDESIGNATED",
    });
    row.text(voter.person.gender);
    row.number(u64::from(election.year.saturating_sub(voter.person.birth_year)), 1);
    for _ in 0..2 {
        row.text(&address.line); // residence, then where the ballot is mailed
        row.text(address.town);
        row.text("NC");
        row.number(address.zip.into(), 5);
    }
    for _ in 0..8 {
        row.text(""); // other mailing address, request by a relative
    }
    row.date(election);
    row.text(voter.party);
    row.text(&precinct.name);
    row.text(&format!("CONGRESSIONAL DISTRICT {}", precinct.congress));
    row.text(&format!("NC HOUSE DISTRICT {}", precinct.fields[10]));
    row.text(&format!("NC SENATE DISTRICT {}", precinct.fields[9]));
    row.text("MAIL");
    row.text("MAIL");
    row.text("");
    let earlier =
        |months: u8, day: u8| Day { month: election.month.saturating_sub(months).max(1), day, ..election };
    row.date(earlier(2, 12));
    row.date(earlier(2, 20));
    match status {
        "" => row.text(""),
        _ => row.date(earlier(1, 17)),
    }
    row.text(status);
    row.text("");
    row.text("N");
    row.text(if status.is_empty() { "" } else { "VERIFIED" });
    debug_assert_eq!(row.len(), BALLOT_HEADER.len());
}
