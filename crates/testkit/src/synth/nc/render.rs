//! From a voter to the row that the state would print.

use super::address::{Address, LINE_WIDTH};
use super::county::COUNTIES;
use super::geography::Geography;
use super::row::{HEADER, Row};
use super::voter::{Mail, Mask, Voter};

/// Writes the voter's row.
pub fn voter(voter: &Voter, address: &Address, geography: &Geography, year: u16, row: &mut Row) {
    row.clear();
    row.number(voter.county as u64 + 1, 1);
    row.text(COUNTIES[voter.county].name);
    row.number(voter.registration, 12);
    ncid(voter, row);
    name(voter, row);
    row.text(voter.status.code);
    row.text(voter.status.words);
    row.text(voter.status.reason);
    row.text(voter.status.reason_words);
    residence_and_mail(voter, address, row);
    match voter.phone {
        number if number > 0 && !voter.confidential => row.number(number, 7),
        _ => row.text(""),
    }
    row.text(if voter.confidential { "Y" } else { "N" });
    match voter.mask {
        Mask::None => row.date(voter.registered),
        Mask::Hashes => row.text("##/##/####"),
        Mask::Crosses => row.text("XX-XX-XXXX"),
    }
    row.text(voter.person.race);
    row.text(voter.person.ethnicity);
    row.text(voter.party);
    row.text(voter.person.gender);
    row.number(voter.person.birth_year.into(), 4);
    row.number(u64::from(year.saturating_sub(voter.person.birth_year)), 1);
    row.text(voter.birth_state);
    row.text(if voter.license { "Y" } else { "N" });
    row.text("Y");
    row.text("N");
    row.text(if voter.identification_required { "Y" } else { "N" });
    geography.write(address.precinct, row);
    debug_assert_eq!(row.len(), HEADER.len());
}

/// Letters of the county of first registration, then a number: mostly the same for life, in every county.
pub fn ncid(voter: &Voter, row: &mut Row) {
    let letter =
        |place: usize| char::from(b'A' + u8::try_from(place).expect("a hundred counties make ten letters"));
    let mut letters = [0; 4];
    row.part(letter(voter.home / 26).encode_utf8(&mut letters));
    row.part(letter(voter.home % 26).encode_utf8(&mut letters));
    row.digits(voter.id_number, 1);
    row.end();
}

fn name(voter: &Voter, row: &mut Row) {
    let person = &voter.person;
    if person.mistyped {
        row.part(&person.last[..2]);
        row.part(&person.last[1..]);
    } else {
        row.part(person.last);
    }
    if !person.last_second.is_empty() {
        row.part("-");
        row.part(person.last_second);
    }
    if person.suffix_in_last {
        row.part(" ");
        row.part(person.suffix);
    }
    row.end();
    row.text(person.first);
    row.text(person.middle);
    row.text(if person.suffix_in_last { "" } else { person.suffix });
}

fn residence_and_mail(voter: &Voter, address: &Address, row: &mut Row) {
    if voter.confidential {
        // The address-confidentiality program: the state blanks residence and mail alike.
        for _ in 0..11 {
            row.text("");
        }
        return;
    }
    row.part(&address.line);
    row.pad(LINE_WIDTH);
    row.text(address.town);
    row.text("NC");
    row.number(address.zip.into(), 5);
    let mut lines =
        |first: &str, number: Option<u32>, second: &str, city: &str, state: &str, zip: Option<u32>| {
            row.part(first);
            if let Some(number) = number {
                row.digits(number.into(), 1);
            }
            row.end();
            row.text(second);
            row.text("");
            row.text("");
            row.text(city);
            row.text(state);
            match zip {
                Some(zip) => row.number(zip.into(), 5),
                None => row.text(""),
            }
        };
    match voter.mail {
        Mail::Residence => lines(&address.line, None, "", address.town, "NC", Some(address.zip)),
        Mail::Box(number) => lines("PO BOX ", Some(number), "", address.town, "NC", Some(address.zip)),
        Mail::Away(number) => lines("COLLEGE STATION BOX ", Some(number), "", "ATHENS", "GA", Some(30602)),
        Mail::Military(number) => lines("PSC 802 BOX ", Some(number), "", "FPO", "AE", Some(9499)),
        Mail::Foreign(number) => lines("RUE DE LA PAIX ", Some(number), "75002 PARIS FRANCE", "", "", None),
    }
}
