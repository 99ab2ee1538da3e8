//! The residence of a row: parsed, standardized, and the household it makes.

use super::plan::{Slot, VoterPlan};
use super::text::clean;
use hustings_core::address::{AddressKind, AddressParser, AddressParts, ParsedAddress};
use xxhash_rust::xxh3::xxh3_64;

/// Parses the residence of a row, whatever columns the state gives it in.
pub(super) fn parse<'p, 'a>(
    parser: &'p mut AddressParser,
    plan: &VoterPlan,
    field: &impl Fn(usize) -> &'a str,
    scratch: &mut String,
) -> &'p ParsedAddress {
    let number = plan.slot(Slot::HouseNumber, field);
    let street = plan.slot(Slot::StreetName, field);
    if !street.is_empty() {
        return parser.parse_parts(AddressParts {
            house_number_prefix: plan.slot(Slot::HouseNumberPrefix, field),
            house_number: number,
            house_number_suffix: plan.slot(Slot::HouseNumberSuffix, field),
            house_fraction: plan.slot(Slot::HouseFraction, field),
            predir: plan.slot(Slot::Predir, field),
            street_name: street,
            street_type: plan.slot(Slot::StreetType, field),
            postdir: plan.slot(Slot::Postdir, field),
            unit_type: plan.slot(Slot::UnitType, field),
            unit: plan.slot(Slot::Unit, field),
        });
    }
    let line1 = [Slot::ResLine1, Slot::StreetFull, Slot::NonStandard, Slot::ResFull]
        .into_iter()
        .map(|slot| plan.slot(slot, field))
        .find(|line| !line.is_empty())
        .unwrap_or("");
    let line2 = plan.slot(Slot::ResLine2, field);
    let unit = if plan.has(Slot::Unit) { plan.slot(Slot::Unit, field) } else { "" };
    if line2.is_empty() && unit.is_empty() && (number.is_empty() || line1.starts_with(number)) {
        return parser.parse(line1);
    }
    scratch.clear();
    for part in [number, line1, plan.slot(Slot::UnitType, field), unit, line2] {
        let is_repeated = part == number && line1.starts_with(number);
        if !part.is_empty() && !is_repeated {
            scratch.push_str(part);
            scratch.push(' ');
        }
    }
    parser.parse(scratch)
}

/// The household of a standard address: a hash, so that it is the same in every snapshot; none where nobody can dwell
/// or where the line alone does not say where it is.
pub(super) fn household_id(
    address: &ParsedAddress,
    city: &str,
    zip5: &str,
    scratch: &mut String,
) -> Option<i64> {
    let dwelling = matches!(
        address.kind,
        AddressKind::Street
            | AddressKind::Grid
            | AddressKind::RuralRoute
            | AddressKind::HighwayContract
            | AddressKind::Descriptive
    );
    if !dwelling || address.standard_line().is_empty() {
        return None;
    }
    scratch.clear();
    scratch.push_str(address.standard_line());
    scratch.push('\0');
    // The ZIP places a line; where it is missing the city does.
    scratch.push_str(if zip5.is_empty() { city } else { zip5 });
    // Never negative, so that it reads well in every tool.
    i64::try_from(xxh3_64(scratch.as_bytes()) >> 1).ok()
}

/// The digits of a ZIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zip {
    digits: [u8; 9],
    has_four: bool,
}

impl Zip {
    /// The five and the four digits of a ZIP in any writing; lost leading zeros put back. None for what is no ZIP.
    pub fn parse(value: &str, scratch: &mut String) -> Option<Self> {
        let value = clean(value, scratch);
        let mut found = [0_u8; 9];
        let mut count = 0;
        for byte in value.bytes() {
            match byte {
                b'0'..=b'9' => {
                    *found.get_mut(count)? = byte;
                    count += 1;
                }
                b'-' | b' ' => {}
                _ => return None,
            }
        }
        let width = match count {
            3..=5 => 5,
            8 | 9 => 9,
            _ => return None,
        };
        let mut digits = [b'0'; 9];
        digits[width - count..width].copy_from_slice(&found[..count]);
        Some(Self { digits, has_four: width == 9 && digits[5..] != *b"0000" })
    }

    /// The five digits.
    pub fn five(&self) -> &str {
        std::str::from_utf8(&self.digits[..5]).unwrap_or_default()
    }

    /// The four digits behind them, when they are there and say something.
    pub fn four(&self) -> Option<&str> {
        self.has_four.then(|| std::str::from_utf8(&self.digits[5..]).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips() {
        let mut scratch = String::new();
        let mut check = |raw: &str, expected: Option<(&str, Option<&str>)>| {
            let found = Zip::parse(raw, &mut scratch);
            let found = found.as_ref().map(|zip| (zip.five(), zip.four()));
            assert_eq!(found, expected, "{raw}");
        };
        check("27856", Some(("27856", None)));
        check("278561234", Some(("27856", Some("1234"))));
        check("27856-1234", Some(("27856", Some("1234"))));
        check("7030", Some(("07030", None)));
        check("278560000", Some(("27856", None)));
        check("", None);
        check("NC", None);
        check("K1A 0B1", None);
        check("2785612", None);
    }

    #[test]
    fn one_household_per_standard_address_and_none_at_a_post_office() {
        let mut parser = AddressParser::new();
        let mut id =
            |line: &str, zip5: &str| household_id(parser.parse(line), "DURHAM", zip5, &mut String::new());
        let first = id("12  North Elm Street Apartment 4", "27701");
        assert!(first.is_some());
        assert_eq!(first, id("12 N ELM ST APT 4", "27701"));
        assert_ne!(first, id("12 N ELM ST APT 5", "27701"));
        assert_ne!(first, id("12 N ELM ST APT 4", "27702"));
        assert_eq!(id("PO BOX 12", "27701"), None);
        assert_eq!(id("", "27701"), None);
    }
}
