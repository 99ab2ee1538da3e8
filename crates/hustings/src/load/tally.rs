//! Sums over voter rows, block by block: what the report's parts 3, 4 and 6 are made of.

use super::tables::QuarantineRow;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch, StringArray};
use hustings_core::date::PlaceholderFinder;
use hustings_voterfile::identity::KeyHasher;
use hustings_voterfile::profile::{Profile, add_counts};
use hustings_voterfile::report::Counts;
use hustings_voterfile::voter::{LINEAGE, VoterTally};
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasherDefault;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Sums over voters on the list.
#[derive(Debug, Default)]
pub struct VoterTotals {
    /// Values of all columns.
    pub profile: Profile,
    /// By county.
    pub counties: BTreeMap<String, CountyTotals>,
    /// By birth year; voters without one under none.
    pub birth_years: BTreeMap<Option<i32>, u64>,
    /// Household ids, with repetitions.
    pub households: Vec<i64>,
    /// Voters with a state id that was known.
    pub linked: u64,
    /// Voters not seen before.
    pub new: u64,
    /// Registered before born.
    pub registered_before_born: u64,
    /// Dates by column, for finding placeholders.
    pub placeholders: BTreeMap<&'static str, PlaceholderFinder>,
    /// Voters in streets which the predecessor did not have, by street and county; empty on a first load.
    pub new_streets: BTreeMap<String, u64>,
    /// Examples of quarantined rows by rule: place and reason, no personal data.
    pub quarantine_samples: BTreeMap<String, Vec<String>>,
}

/// Sums of one county.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountyTotals {
    /// Voters on the list.
    pub now: u64,
    /// New ones among them.
    pub new: u64,
    /// Rows held back.
    pub quarantined: u64,
}

const SAMPLES_MAX: usize = 5;

impl VoterTotals {
    /// Adds a batch of voters on the list; `prior_rows` tells which were there before.
    pub fn add(&mut self, batch: &RecordBatch, prior_rows: &[Option<u32>]) {
        self.add_values(batch, |row| prior_rows.get(row).is_some_and(Option::is_none));
        let new = prior_rows.iter().filter(|row| row.is_none()).count();
        self.new += u64::try_from(new).unwrap_or(0);
        self.linked += u64::try_from(prior_rows.len() - new).unwrap_or(0);
    }

    /// Adds a batch of voters who are still on the list although their new row was held back.
    pub fn add_kept(&mut self, batch: &RecordBatch) {
        self.add_values(batch, |_| false);
    }

    fn add_values(&mut self, batch: &RecordBatch, is_new: impl Fn(usize) -> bool) {
        self.profile.add(batch, &LINEAGE);
        if let Some(counties) = text(batch, "county_name") {
            self.add_counties(counties, is_new);
        }
        if let Some(years) = batch.column_by_name("birth_year") {
            for year in years.as_primitive::<Int32Type>() {
                *self.birth_years.entry(year).or_default() += 1;
            }
        }
        if let Some(households) = batch.column_by_name("household_id") {
            self.households.extend(households.as_primitive::<Int64Type>().iter().flatten());
            // Neighbours in the list are often of one household.
            self.households.dedup();
        }
    }

    /// Counts voters in streets that were not there before.
    pub fn add_streets(&mut self, batch: &RecordBatch, before: &Streets) {
        if before.is_empty() {
            return;
        }
        for_each_street(batch, |hash, street, county| {
            if !before.contains(&hash) {
                *self.new_streets.entry(format!("{street}, {county}")).or_default() += 1;
            }
        });
    }

    fn add_counties(&mut self, counties: &StringArray, is_new: impl Fn(usize) -> bool) {
        let mut row = 0;
        while row < counties.len() {
            // Lists come county by county: one look-up a run.
            let name = if counties.is_valid(row) { counties.value(row) } else { "" };
            let totals = self.counties.entry(name.to_owned()).or_default();
            while row < counties.len()
                && name == if counties.is_valid(row) { counties.value(row) } else { "" }
            {
                totals.now += 1;
                totals.new += u64::from(is_new(row));
                row += 1;
            }
        }
    }

    /// Adds what the rows said beyond their values.
    pub fn add_tally(&mut self, tally: VoterTally) {
        for (column, codes) in tally.unknown_codes {
            add_counts(self.profile.unknown_codes.entry(column).or_default(), codes);
        }
        add_counts(&mut self.profile.invalid, tally.invalid);
        self.registered_before_born += tally.registered_before_born;
        let dates = [("birth_date", &tally.birth_dates), ("registration_date", &tally.registration_dates)];
        for (column, finder) in dates {
            self.placeholders.entry(column).or_default().merge(finder);
        }
    }

    /// Counts a row that was held back.
    pub fn add_quarantined(&mut self, row: &QuarantineRow) {
        if let Some(county) = &row.county_name {
            self.counties.entry(county.clone()).or_default().quarantined += 1;
        }
        let samples = self.quarantine_samples.entry(row.rule.to_owned()).or_default();
        if samples.len() < SAMPLES_MAX {
            samples.push(format!("{} line {}: {}", row.source_name, row.line, row.detail));
        }
    }

    /// Adds the sums of another block, which comes later in the list.
    pub fn merge(&mut self, other: Self) {
        self.profile.merge(other.profile);
        for (county, totals) in other.counties {
            let sum = self.counties.entry(county).or_default();
            sum.now += totals.now;
            sum.new += totals.new;
            sum.quarantined += totals.quarantined;
        }
        for (year, count) in other.birth_years {
            *self.birth_years.entry(year).or_default() += count;
        }
        self.households.extend(other.households);
        self.linked += other.linked;
        self.new += other.new;
        self.registered_before_born += other.registered_before_born;
        for (column, finder) in other.placeholders {
            self.placeholders.entry(column).or_default().merge(&finder);
        }
        for (street, count) in other.new_streets {
            *self.new_streets.entry(street).or_default() += count;
        }
        for (rule, more) in other.quarantine_samples {
            let samples = self.quarantine_samples.entry(rule).or_default();
            samples.extend(more);
            samples.truncate(SAMPLES_MAX);
        }
    }

    /// Number of different households.
    pub fn household_count(&mut self) -> u64 {
        self.households.sort_unstable();
        self.households.dedup();
        u64::try_from(self.households.len()).unwrap_or(u64::MAX)
    }

    /// Voters by age band on a date of `year`.
    #[must_use]
    pub fn age_bands(&self, year: i32) -> Counts {
        let mut bands = Counts::new();
        for (birth_year, count) in &self.birth_years {
            *bands.entry(age_band(*birth_year, year).to_owned()).or_default() += count;
        }
        bands
    }
}

/// The age band of somebody born in a year; empty when that is not known.
#[must_use]
pub fn age_band(birth_year: Option<i32>, year: i32) -> &'static str {
    match birth_year.map(|birth_year| year - birth_year) {
        None => "",
        Some(..18) => "under 18",
        Some(18..25) => "18-24",
        Some(25..35) => "25-34",
        Some(35..50) => "35-49",
        Some(50..65) => "50-64",
        Some(65..80) => "65-79",
        Some(80..) => "80+",
    }
}

/// Hashes of the streets of a list.
pub type Streets = HashSet<u64, BuildHasherDefault<KeyHasher>>;

/// Gives the hash, name and county of every row that has a street.
pub fn for_each_street(batch: &RecordBatch, mut each: impl FnMut(u64, &str, &str)) {
    let (Some(streets), Some(counties)) = (text(batch, "res_street_name"), text(batch, "county_name")) else {
        return;
    };
    // Lists come county by county.
    let mut last = ("", xxh3_64(b""));
    for (street, county) in streets.iter().zip(counties) {
        if let (Some(street), Some(county)) = (street, county) {
            if county != last.0 {
                last = (county, xxh3_64(county.as_bytes()));
            }
            each(xxh3_64_with_seed(street.as_bytes(), last.1), street, county);
        }
    }
}

/// A text column.
pub fn text<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    batch.column_by_name(name).and_then(|array| array.as_string_opt::<i32>())
}
