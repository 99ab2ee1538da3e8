//! Until when: a date, which ends where it ends last, or an instant.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The end of a day counts where it comes last on earth, twelve hours after Greenwich: what is given until election day
/// holds in every state until its polls have closed.
const HOURS_BEHIND_GREENWICH: i64 = 12;

/// The first instant after `text`: a date as 2026-11-03, which counts to its end everywhere in the United States, or an
/// instant as 2026-11-03T20:00:00-05:00.
///
/// # Errors
/// One sentence, when it is neither.
pub fn until(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let date = text.parse::<Date>().ok().filter(|_| text.len() == "2026-11-03".len());
    date.and_then(end_of).or_else(|| text.parse().ok()).ok_or_else(|| {
        format!("expected a date as 2026-11-03 or an instant as 2026-11-03T20:00:00-05:00, got `{text}`")
    })
}

/// The first instant after a day; none beyond the end of the calendar.
fn end_of(date: Date) -> Option<Timestamp> {
    let next = date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    next.timestamp().checked_add(HOURS_BEHIND_GREENWICH.hours()).ok()
}

/// An instant in a question, in words of our own where it is none.
///
/// # Errors
/// One sentence, when it is none, or beyond the end of the calendar.
pub fn instant<'de, D: Deserializer<'de>>(question: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(question)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!(
            "expected an instant such as 2026-11-03T20:00:00-05:00 and before {}, got `{text}`",
            Timestamp::MAX
        ))
    })
}

/// As [`instant`], where there may be none.
///
/// # Errors
/// As [`instant`].
pub fn instant_if_any<'de, D: Deserializer<'de>>(question: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    struct Instant(#[serde(deserialize_with = "instant")] Timestamp);
    Ok(Option::<Instant>::deserialize(question)?.map(|Instant(at)| at))
}

/// The last day of which something holds to its end or in part, when `end` is the first instant at which it no longer does.
#[must_use]
pub fn last_day(end: Timestamp) -> Date {
    let last =
        end.checked_sub(HOURS_BEHIND_GREENWICH.hours()).and_then(|end| end.checked_sub(1.microsecond()));
    last.unwrap_or(end).to_zoned(TimeZone::UTC).date()
}

/// The election days that come next, on `today` or later: that of November, on the Tuesday after its first Monday, and, where
/// that is of an odd year, that of the federal election after it.
#[must_use]
pub fn next_elections(today: Date) -> Vec<Date> {
    let days = (today.year()..).filter_map(election_day).filter(|day| *day >= today);
    let mut next = Vec::new();
    for day in days.take(2) {
        next.push(day);
        if day.year() % 2 == 0 {
            break;
        }
    }
    next
}

fn election_day(year: i16) -> Option<Date> {
    let first = Date::new(year, 11, 1).ok()?;
    let monday = if first.weekday() == Weekday::Monday {
        first
    } else {
        first.nth_weekday(1, Weekday::Monday).ok()?
    };
    monday.tomorrow().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn election_day_counts_until_its_end_in_hawaii() {
        let end = until("2026-11-03").unwrap();
        let hawaii: Timestamp = "2026-11-03T23:59:59-10:00".parse().unwrap();
        assert!(hawaii < end, "{end}");
        assert_eq!(end.to_string(), "2026-11-04T12:00:00Z");
        assert_eq!(last_day(end).to_string(), "2026-11-03");
        assert_eq!(last_day(until("2026-11-03T20:00:00-05:00").unwrap()).to_string(), "2026-11-03");
        assert_eq!(until("2026-11-03T20:00:00-05:00").unwrap().to_string(), "2026-11-04T01:00:00Z");
        for wrong in ["", "tomorrow", "2026-02-30", "2026-11-03T20:00", "11/03/2026"] {
            assert!(until(wrong).unwrap_err().contains(&format!("got `{wrong}`")), "{wrong}");
        }
    }

    #[test]
    fn elections_are_on_the_tuesday_after_the_first_monday_of_november() {
        let next = |today: &str| -> Vec<String> {
            next_elections(today.parse().unwrap()).iter().map(ToString::to_string).collect()
        };
        assert_eq!(next("2026-11-22"), ["2027-11-02", "2028-11-07"]);
        assert_eq!(next("2026-11-03"), ["2026-11-03"], "on the day itself, until its end");
        assert_eq!(next("2026-11-04"), ["2027-11-02", "2028-11-07"]);
        assert_eq!(next("2021-11-02"), ["2021-11-02", "2022-11-08"], "a November that begins on a Monday");
        assert_eq!(next("2024-01-01"), ["2024-11-05"]);
    }
}
