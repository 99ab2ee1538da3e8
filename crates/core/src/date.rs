//! Dates as states write them: several forms in one column, masks, placeholders, two-digit years.

mod finder;
mod format;

pub use finder::PlaceholderFinder;
pub use format::{DateFormats, InvalidDateFormatError};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How much of a date is known. The words of `birth_precision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePrecision {
    /// The day.
    Day,
    /// The month; the date is its first day.
    Month,
    /// The year; the date is its first day.
    Year,
    /// Nothing.
    None,
    /// A date that stands for none.
    Placeholder,
}

impl DatePrecision {
    /// All, in the order of the vocabulary.
    pub const ALL: [Self; 5] = [Self::Day, Self::Month, Self::Year, Self::None, Self::Placeholder];

    /// The word as it is written in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
            Self::None => "none",
            Self::Placeholder => "placeholder",
        }
    }
}

/// What was found in a date field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateStatus {
    /// A date.
    Valid,
    /// Blank, zeros, or the state's word for no date.
    Null,
    /// Hidden by the state (`##/##/####`).
    Masked,
    /// A date that stands for none (`01/01/1900`).
    Placeholder,
    /// Text that is no date.
    Invalid,
}

impl DateStatus {
    /// The word as it is written in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Null => "null",
            Self::Masked => "masked",
            Self::Placeholder => "placeholder",
            Self::Invalid => "invalid",
        }
    }
}

/// A date field as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateValue {
    /// The date when the status is valid, else none: no age is ever computed from a placeholder. With month or year
    /// precision the first day of it.
    pub date: Option<Date>,
    /// How much of it is known.
    pub precision: DatePrecision,
    /// What was found.
    pub status: DateStatus,
}

impl DateValue {
    /// Days since 1970-01-01, as Parquet stores dates.
    ///
    /// ```
    /// use hustings_core::date::DateFormats;
    /// let formats = DateFormats::compile(&["%m/%d/%Y"], &[], &[]).unwrap();
    /// assert_eq!(formats.parse("01/02/1970", jiff::civil::date(2026, 11, 22)).days(), Some(1));
    /// ```
    #[must_use]
    pub fn days(&self) -> Option<i32> {
        self.date.map(days_since_epoch)
    }

    const fn without_date(status: DateStatus) -> Self {
        let precision = if matches!(status, DateStatus::Placeholder) {
            DatePrecision::Placeholder
        } else {
            DatePrecision::None
        };
        Self { date: None, precision, status }
    }
}

/// Days since 1970-01-01.
#[must_use]
pub fn days_since_epoch(date: Date) -> i32 {
    // Counted in years that begin in March, so that the leap day comes last.
    let (year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Reads one field; the same as [`DateFormats::parse`].
#[must_use]
pub fn parse_date(text: &str, formats: &DateFormats, two_digit_latest: Date) -> DateValue {
    formats.parse(text, two_digit_latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::BIRTH_PRECISIONS;
    use jiff::civil::date;

    #[test]
    fn days_are_counted_from_1970() {
        for (day, expect) in [
            (date(1970, 1, 1), 0),
            (date(1969, 12, 31), -1),
            (date(2000, 2, 29), 11_016),
            (date(2000, 3, 1), 11_017),
            (date(1900, 1, 1), -25_567),
            (date(2026, 11, 22), 20_779),
        ] {
            assert_eq!(days_since_epoch(day), expect, "{day}");
        }
    }

    #[test]
    fn precisions_are_the_words_of_the_vocabulary() {
        assert_eq!(DatePrecision::ALL.map(DatePrecision::as_str), BIRTH_PRECISIONS);
    }
}
