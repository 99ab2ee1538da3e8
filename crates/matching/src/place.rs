//! House number, street and unit of an address, in standard form; streets that come again are not read again.

use crate::dictionary::Dictionary;
use crate::text;
use hustings_core::address::{AddressParser, AddressParts};
use std::ops::Range;

/// At most so many streets are remembered.
const STREETS_MAX: usize = 1 << 20;

/// What an address says.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub house: String,
    pub street: String,
    pub unit: String,
}

/// Reads addresses.
#[derive(Debug)]
pub(crate) struct PlaceReader {
    parser: AddressParser,
    /// Streets behind a number in a column of its own, and behind one in the same line.
    known: [Known; 2],
    pub place: Place,
}

/// What stands behind a number and was read before.
#[derive(Debug, Default)]
struct Known {
    texts: Dictionary,
    /// By number of the text; none where more than the number depends on the number.
    places: Vec<Option<[Range<u32>; 2]>>,
    values: String,
}

impl PlaceReader {
    pub fn new() -> Self {
        Self { parser: AddressParser::new(), known: Default::default(), place: Place::default() }
    }

    /// Reads the columns of house number and street, of which the second may hold the whole line.
    pub fn read(&mut self, house: &str, street: &str) {
        let Place { house: number, street: name, unit } = &mut self.place;
        for text in [&mut *number, name, unit] {
            text.clear();
        }
        if street.is_empty() {
            text::joined(house, number);
            return;
        }
        let (known, digits, rest) = match house {
            "" => {
                let (digits, rest) = street.split_once(' ').unwrap_or((street, ""));
                (&mut self.known[1], digits, rest)
            }
            _ => (&mut self.known[0], house, street),
        };
        // A number of digits alone tells nothing of what is behind it, where that begins with a letter.
        let parted = !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && rest.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if !parted {
            read_anew(&mut self.parser, house, street, &mut self.place);
            return;
        }
        let seen = known.texts.find(rest.as_bytes());
        if seen == 0 {
            let is_street = read_anew(&mut self.parser, house, street, &mut self.place);
            known.add(rest, Some(&self.place).filter(|place| is_street && place.house == digits));
        } else if let Some([street, unit]) = &known.places[seen as usize] {
            let text = |range: &Range<u32>| &known.values[range.start as usize..range.end as usize];
            self.place.house.push_str(digits);
            self.place.street.push_str(text(street));
            self.place.unit.push_str(text(unit));
        } else {
            read_anew(&mut self.parser, house, street, &mut self.place);
        }
    }
}

impl Known {
    fn add(&mut self, rest: &str, place: Option<&Place>) {
        if self.texts.len() > STREETS_MAX {
            return;
        }
        let mut add = |text: &str| {
            let start = u32::try_from(self.values.len()).ok()?;
            self.values.push_str(text);
            Some(start..u32::try_from(self.values.len()).ok()?)
        };
        let known = place.and_then(|place| Some([add(&place.street)?, add(&place.unit)?]));
        let number = self.texts.intern(rest.as_bytes()) as usize;
        self.places.resize(number + 1, None);
        self.places[number] = known;
    }
}

/// Says whether the parser found a street.
fn read_anew(parser: &mut AddressParser, house: &str, street: &str, place: &mut Place) -> bool {
    let parsed = if house.is_empty() {
        parser.parse(street)
    } else {
        let parts = AddressParts { house_number: house, street_name: street, ..AddressParts::default() };
        parser.parse_parts(parts)
    };
    place.house.push_str(parsed.house_number_prefix());
    place.house.push_str(parsed.house_number());
    place.house.push_str(parsed.house_number_suffix());
    for part in [parsed.predir(), parsed.street_name(), parsed.street_type(), parsed.postdir()] {
        place.street.extend(part.chars().filter(|letter| *letter != ' '));
    }
    place.unit.push_str(parsed.unit());
    let is_street = !place.street.is_empty();
    if !is_street {
        // Nothing that the parser knows: as it stands.
        text::joined(street, &mut place.street);
    }
    if place.house.is_empty() {
        text::joined(house, &mut place.house);
    }
    is_street
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_known_is_read_as_one_that_is_not() {
        let streets = [
            "MAIN ST",
            "Main Street Apt 4",
            "N MAIN ST N",
            "NC-55",
            "HIGHWAY 64 E",
            "ST ROUTE 2",
            "RR 3 BOX 9",
            "RT 4",
            "RD",
            "A",
            "B MAIN ST",
            "A ST",
            "PO BOX 12",
            "PO BOX 7 MAIN ST",
            "APT 4",
            "UNIT",
            "MI N OF STORE ON RT 4",
            "GENERAL DELIVERY",
            "XXXX",
            "X",
            "CONFIDENTIAL",
            "ST ST ROUTE 1 RM",
            "AVE OF THE OAKS # 2",
            "TH ST",
            "ND AVE",
            "CALLE PEÑÓN",
            "MAIN ST K1A 0B1",
            "MAIN ST MEXICO",
            "D ST LOT 5 BLDG 2",
            "E",
            "W148 N9748",
            "HALF MOON RD",
            "PSC 7500 BOX 2471 APO AE 09330",
            "CORNER OF 5TH AND MAIN",
            "MAIN ST & ELM ST",
            "AND A HALF ST",
        ];
        for split in [false, true] {
            let mut knowing = PlaceReader::new();
            for number in ["1", "12", "123", "0", "007", "99999", "40000000000"] {
                for street in streets {
                    let line = format!("{number} {street}");
                    let (house, street) = if split { (number, street) } else { ("", line.as_str()) };
                    knowing.read(house, street);
                    let mut place = Place::default();
                    read_anew(&mut AddressParser::new(), house, street, &mut place);
                    let Place { house, street, unit } = &knowing.place;
                    assert_eq!(
                        [house, street, unit],
                        [&place.house, &place.street, &place.unit],
                        "{line} {split}"
                    );
                }
            }
        }
    }
}
