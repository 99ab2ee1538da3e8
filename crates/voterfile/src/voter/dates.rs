//! Dates of one file: its forms and masks, the state's placeholders, and those found in the list itself.

use crate::layout::{Layout, Recognized};
use hustings_core::date::{DateFormats, DatePrecision, DateStatus, days_since_epoch};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Nobody on a list is older.
const AGE_MAX: i16 = 120;
/// Nobody on a list is younger (preregistration begins at 16; the age is that at the end of the year).
const AGE_MIN: i16 = 14;

/// How dates of one load are read.
#[derive(Debug, Clone, Default)]
pub struct DatePolicy {
    as_of: Date,
    layout_placeholders: Vec<(i16, i8, i8)>,
    found: BTreeMap<String, BTreeSet<i32>>,
    formats: DateFormats,
}

/// A birth date as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Birth {
    /// The date, when the day is known.
    pub days: Option<i32>,
    /// The year.
    pub year: Option<i32>,
    /// `day`, `year`, `none`, `placeholder`.
    pub precision: &'static str,
    /// Something stands there that is no date and no placeholder either.
    pub invalid: bool,
}

impl Birth {
    /// The same, known to be a placeholder.
    pub(super) fn placeholder() -> Self {
        Self { days: None, year: None, precision: DatePrecision::Placeholder.as_str(), invalid: false }
    }
}

impl DatePolicy {
    /// For a list of `as_of`.
    #[must_use]
    pub fn new(layout: &Layout, as_of: Date) -> Self {
        let layout_placeholders =
            layout.placeholders.iter().map(|date| (date.year(), date.month(), date.day())).collect();
        Self { as_of, layout_placeholders, found: BTreeMap::new(), formats: DateFormats::default() }
    }

    /// Also takes these dates (days since 1970-01-01) of a column for placeholders.
    pub fn add_found(&mut self, column: &str, days: impl IntoIterator<Item = i32>) {
        self.found.entry(column.to_owned()).or_default().extend(days);
    }

    /// Placeholders found in lists of the state, by column.
    #[must_use]
    pub fn found(&self) -> &BTreeMap<String, BTreeSet<i32>> {
        &self.found
    }

    /// With the forms and masks of one file.
    #[must_use]
    pub fn for_file(&self, recognized: &Recognized) -> Self {
        let forms: Vec<&str> = recognized.dates.iter().map(String::as_str).collect();
        let masks: Vec<&str> = recognized.null_dates.iter().map(String::as_str).collect();
        let formats = DateFormats::compile(&forms, &masks, &self.layout_placeholders);
        // A layout's forms were checked when it was parsed; a form unknown here reads no date, and every value shows.
        Self { formats: formats.unwrap_or_default(), ..self.clone() }
    }

    pub(super) fn is_placeholder(&self, column: &str, days: i32) -> bool {
        self.found.get(column).is_some_and(|found| found.contains(&days))
    }

    /// Days since 1970-01-01; none for a mask or placeholder.
    ///
    /// # Errors
    /// The text is no date.
    pub(super) fn date(&self, text: &str) -> Result<Option<i32>, ()> {
        let value = self.formats.parse(text, self.as_of);
        match value.status {
            DateStatus::Valid => Ok(value.days()),
            DateStatus::Invalid => Err(()),
            DateStatus::Null | DateStatus::Masked | DateStatus::Placeholder => Ok(None),
        }
    }

    /// Days since 1970-01-01; none for what is no date.
    pub(crate) fn day(&self, text: &str) -> Option<i32> {
        self.date(text).ok().flatten()
    }

    /// A birth from its date and its year, either of which may be blank.
    pub(super) fn birth(&self, date: &str, year: &str) -> Birth {
        let none = Birth { days: None, year: None, precision: DatePrecision::None.as_str(), invalid: false };
        if !date.is_empty() {
            // A two-digit year is that of somebody old enough to register.
            let latest = self.as_of.checked_sub(jiff::Span::new().years(16)).unwrap_or(self.as_of);
            let value = self.formats.parse(date, latest);
            return match value.status {
                DateStatus::Valid => self.known(value.date, value.precision),
                DateStatus::Placeholder => Birth::placeholder(),
                DateStatus::Invalid => Birth { invalid: true, ..none },
                DateStatus::Null | DateStatus::Masked => none,
            };
        }
        if year.is_empty() {
            return none;
        }
        // A spreadsheet's `1980.0`.
        let digits = year.strip_suffix(".0").unwrap_or(year);
        match digits.parse::<i16>().ok().and_then(|year| Date::new(year, 1, 1).ok()) {
            Some(first) if digits.len() == 4 => self.known(Some(first), DatePrecision::Year),
            _ => Birth { invalid: true, ..none },
        }
    }

    fn known(&self, date: Option<Date>, precision: DatePrecision) -> Birth {
        let Some(date) = date else { return Birth::placeholder() };
        let age = self.as_of.year() - date.year();
        if age >= AGE_MAX {
            return Birth::placeholder();
        }
        if age < AGE_MIN {
            return Birth { days: None, year: None, precision: DatePrecision::None.as_str(), invalid: true };
        }
        let days = (precision == DatePrecision::Day).then(|| days_since_epoch(date));
        Birth { days, year: Some(i32::from(date.year())), precision: precision.as_str(), invalid: false }
    }
}

/// The first day of a year, in days since 1970-01-01.
pub(super) fn first_day(year: i32) -> Option<i32> {
    Date::new(i16::try_from(year).ok()?, 1, 1).ok().map(days_since_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn policy() -> DatePolicy {
        DatePolicy {
            as_of: date(2026, 2, 7),
            formats: DateFormats::compile(&["%m/%d/%Y"], &["##/##/####"], &[(1900, 1, 1)]).unwrap(),
            ..DatePolicy::default()
        }
    }

    #[track_caller]
    fn check_birth(date: &str, year: &str, expected: (Option<i32>, &str, bool)) {
        let birth = policy().birth(date, year);
        assert_eq!((birth.year, birth.precision, birth.invalid), expected);
    }

    #[test]
    fn births() {
        check_birth("07/04/1976", "", (Some(1976), "day", false));
        check_birth("", "1976", (Some(1976), "year", false));
        check_birth("", "1976.0", (Some(1976), "year", false));
        check_birth("", "", (None, "none", false));
        check_birth("01/01/1900", "", (None, "placeholder", false));
        check_birth("", "1800", (None, "placeholder", false));
        check_birth("", "1906", (None, "placeholder", false));
        check_birth("", "1907", (Some(1907), "year", false));
        check_birth("", "2020", (None, "none", true));
        check_birth("", "76", (None, "none", true));
        check_birth("13/45/1976", "", (None, "none", true));
        check_birth("##/##/####", "", (None, "none", false));
    }

    #[test]
    fn masks_and_placeholders_are_no_dates_and_no_errors() {
        let policy = policy();
        assert_eq!(policy.date("01/02/1970"), Ok(Some(1)));
        assert_eq!(policy.date("##/##/####"), Ok(None));
        assert_eq!(policy.date("01/01/1900"), Ok(None));
        assert_eq!(policy.date("soon"), Err(()));
    }

    #[test]
    fn a_date_found_in_the_list_is_a_placeholder_of_its_column_only() {
        let mut policy = policy();
        policy.add_found("registration_date", [1]);
        assert!(policy.is_placeholder("registration_date", 1));
        assert!(!policy.is_placeholder("birth_date", 1));
    }
}
