//! Precincts and the districts that they lie in. A precinct belongs to one town of one county and to one district of each
//! kind, so that districts are consistent with addresses.

use super::county::COUNTIES;
use super::row::{PRECINCT_FIELDS, Row};
use std::ops::Range;

/// One precinct with its fields `precinct_abbrv` to `vtd_desc`, in file order.
#[derive(Debug, Clone)]
pub struct Precinct {
    /// Code, such as `01-07`.
    pub code: String,
    /// Name, such as `PRECINCT 01-07`.
    pub name: String,
    /// Code of the voting tabulation district; stays when the precinct is renamed.
    pub vtd: String,
    /// Congressional district.
    pub congress: u32,
    /// The fields from `precinct_abbrv` on.
    pub fields: Vec<String>,
}

/// All precincts of the state, county by county and town by town.
#[derive(Debug, Clone)]
pub struct Geography {
    precincts: Vec<Precinct>,
    towns: Vec<Vec<Range<usize>>>,
}

impl Geography {
    /// The state as it is before any precinct is renamed.
    #[must_use]
    pub fn of_first_week() -> Self {
        let total: u32 = COUNTIES.iter().map(|county| county.thousands).sum();
        let mut precincts = Vec::new();
        let mut towns = Vec::new();
        let mut before = 0;
        for (county_index, county) in COUNTIES.iter().enumerate() {
            // North Carolina has some 2,650 precincts, 3,000 voters each, and no county has fewer than its towns.
            let town_count = u32::try_from(county.towns.len()).expect("a county has few towns");
            let count = (county.thousands / 3).max(town_count);
            let mut ranges = Vec::new();
            for town in 0..town_count {
                let start = precincts.len();
                for number in count * town / town_count..count * (town + 1) / town_count {
                    let place = Place { county: county_index, town, number, count, before, total };
                    precincts.push(place.precinct());
                }
                ranges.push(start..precincts.len());
            }
            towns.push(ranges);
            before += county.thousands;
        }
        Self { precincts, towns }
    }

    /// Places of the precincts of one town.
    #[must_use]
    pub fn precincts_of(&self, county: usize, town: usize) -> Range<usize> {
        self.towns[county][town].clone()
    }

    /// The precinct at this place.
    #[must_use]
    pub fn precinct(&self, place: usize) -> &Precinct {
        &self.precincts[place]
    }

    /// Precincts in the state.
    #[must_use]
    pub fn count(&self) -> usize {
        self.precincts.len()
    }

    /// A county renames a precinct: new code and name, the same voters, the same tabulation district.
    pub fn rename(&mut self, place: usize) {
        let precinct = &mut self.precincts[place];
        precinct.code.push('X');
        precinct.name.push('X');
        precinct.fields[0].clone_from(&precinct.code);
        precinct.fields[1].clone_from(&precinct.name);
    }

    /// Writes the precinct's fields into a row.
    pub fn write(&self, place: usize, row: &mut Row) {
        for field in &self.precincts[place].fields {
            row.text(field);
        }
    }
}

struct Place {
    county: usize,
    town: u32,
    number: u32,
    count: u32,
    before: u32,
    total: u32,
}

impl Place {
    /// District of a kind with so many districts, numbered from 1 by the share of the state's voters before this precinct.
    fn district(&self, districts: u32) -> u32 {
        let county = &COUNTIES[self.county];
        let at = u64::from(self.before) * 1000
            + u64::from(county.thousands) * 1000 * u64::from(self.number) / u64::from(self.count);
        let district = at * u64::from(districts) / (u64::from(self.total) * 1000);
        u32::try_from(district).expect("less than the number of districts") + 1
    }

    fn code_and_name(&self, town: &str) -> (String, String) {
        match self.county % 4 {
            0 => {
                let code = format!("{:02}-{:02}", self.number / 20 + 1, self.number % 20 + 1);
                let name = format!("PRECINCT {code}");
                (code, name)
            }
            1 => (format!("{:03}", self.number + 1), format!("PCT {:03}", self.number + 1)),
            2 => (format!("P{:02}", self.number + 1), format!("{town} #{}", self.number + 1)),
            _ => {
                let letters: String = town.chars().filter(char::is_ascii_alphabetic).take(2).collect();
                (format!("{letters}{}", self.number + 1), format!("{town} {}", self.number + 1))
            }
        }
    }

    fn precinct(&self) -> Precinct {
        let county = &COUNTIES[self.county];
        let town = county.towns[usize::try_from(self.town).expect("32 bits fit")];
        let (code, name) = self.code_and_name(town);
        let vtd = code.clone();
        // A third of the precincts lie outside the town limits, and have a fire district instead.
        let inside = self.number % 3 != 2;
        let town_code: String = town.chars().filter(char::is_ascii_alphabetic).take(4).collect();
        let commission = self.number % 5 + 1;
        let school = self.number % 7 + 1;
        let ward = self.number % 4 + 1;
        let has_wards = inside && county.thousands > 100;
        let prosecutorial = self.district(43);
        let congress = self.district(14);
        let within = |text: String| if inside { text } else { String::new() };
        let outside = |text: String| if inside { String::new() } else { text };
        let when_wards = |text: String| if has_wards { text } else { String::new() };
        let mut fields = vec![
            code.clone(),
            name.clone(),
            within(town_code.clone()),
            within(town.to_owned()),
            when_wards(ward.to_string()),
            when_wards(format!("{town} WARD {ward}")),
            congress.to_string(),
            format!("{}{}", self.district(48), if self.number.is_multiple_of(2) { 'A' } else { 'B' }),
            self.district(41).to_string(),
            self.district(50).to_string(),
            self.district(120).to_string(),
            commission.to_string(),
            format!("COMMISSIONER DISTRICT #{commission}"),
            format!("T{}", self.town + 1),
            format!("{town} TOWNSHIP"),
            school.to_string(),
            format!("SCHOOL DIST #{school}"),
            outside(format!("F{}", self.number % 9 + 1)),
            outside(format!("{town} RURAL FIRE")),
        ];
        fields.extend(std::iter::repeat_n(String::new(), 8)); // water, sewer, sanitation, rescue
        fields.extend([
            within(town_code),
            within(town.to_owned()),
            prosecutorial.to_string(),
            format!("{} PROSECUTORIAL", super::address::ordinal(prosecutorial)),
            vtd.clone(),
            vtd.clone(),
        ]);
        debug_assert_eq!(fields.len(), PRECINCT_FIELDS);
        Precinct { code, name, vtd, congress, fields }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_in_a_county_and_every_district_has_precincts() {
        let geography = Geography::of_first_week();
        assert!((2500..2800).contains(&geography.count()), "{}", geography.count());
        for towns in &geography.towns {
            let county: Vec<_> =
                towns.iter().cloned().flatten().map(|place| &geography.precincts[place].code).collect();
            assert_eq!(county.iter().collect::<BTreeSet<_>>().len(), county.len());
        }
        let congress: BTreeSet<_> = geography.precincts.iter().map(|p| p.congress).collect();
        assert_eq!(congress, (1..=14).collect());
        let house: BTreeSet<_> = geography.precincts.iter().map(|p| p.fields[10].clone()).collect();
        assert_eq!(house.len(), 120);
    }
}
