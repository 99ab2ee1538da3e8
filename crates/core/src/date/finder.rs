//! Placeholder days that no layout knows yet, found by their numbers.

use super::days_since_epoch;
use jiff::civil::{Date, date};

/// Counts the days of a column over a load and afterwards names those which too many rows hold.
///
/// A day is a placeholder when at least 20 rows hold it, and more than 50 times the mean of its neighbours: the days
/// within ten years that any row holds, without their largest twentieth (at least one), so that a second placeholder
/// nearby does not hide the first. A day without such neighbours is one when the column holds 30 other days. Days that
/// nobody holds do not count, so that in a small file 20 registrations on one busy day are not taken for a placeholder.
///
/// Give it only dates of day precision: first days of years are all too frequent where only the year is known.
#[derive(Debug, Clone)]
pub struct PlaceholderFinder {
    counts: Vec<u64>,
}

const COUNT_MIN: u64 = 20;
const RATIO: u64 = 50;
const DISTINCT_MIN: usize = 30;
const NEIGHBOURS_DAYS: usize = 3_652;
const NEARBY_DAYS: usize = 30;
const FIRST: Date = date(1800, 1, 1);
const LAST: Date = date(2100, 12, 31);

impl Default for PlaceholderFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl PlaceholderFinder {
    /// A finder that has seen nothing. Takes 0.9 MB.
    #[must_use]
    pub fn new() -> Self {
        let days = usize::try_from(days_since_epoch(LAST) - days_since_epoch(FIRST) + 1).unwrap_or(0);
        Self { counts: vec![0; days] }
    }

    /// Counts one row's date. Dates before 1800 and after 2100 are left out.
    pub fn add(&mut self, date: Date) {
        self.add_days(days_since_epoch(date));
    }

    /// Counts one row's date, given as days since 1970-01-01.
    pub fn add_days(&mut self, days: i32) {
        let index = usize::try_from(i64::from(days) - i64::from(days_since_epoch(FIRST)));
        if let Some(count) = index.ok().and_then(|index| self.counts.get_mut(index)) {
            *count += 1;
        }
    }

    /// Takes over what another finder has counted, as after reading in parallel.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// The placeholder days and how many rows hold each, in order of date.
    #[must_use]
    pub fn placeholders(&self) -> Vec<(Date, u64)> {
        let distinct = self.counts.iter().filter(|count| **count > 0).count();
        let mut scratch = Vec::new();
        (0..self.counts.len())
            .filter(|day| self.is_placeholder(*day, distinct, &mut scratch))
            .filter_map(|day| {
                let days = i64::try_from(day).ok()?;
                Some((FIRST.checked_add(jiff::Span::new().days(days)).ok()?, self.counts[day]))
            })
            .collect()
    }

    fn is_placeholder(&self, day: usize, distinct: usize, scratch: &mut Vec<u64>) -> bool {
        let count = self.counts[day];
        if count < COUNT_MIN {
            return false;
        }
        // Most days fail here, which spares the long look around.
        self.neighbours(day, NEARBY_DAYS, scratch);
        let middle = scratch.len() / 2;
        if !scratch.is_empty() && count <= 10 * *scratch.select_nth_unstable(middle).1 {
            return false;
        }
        self.neighbours(day, NEIGHBOURS_DAYS, scratch);
        scratch.sort_unstable();
        scratch.truncate(scratch.len().saturating_sub((scratch.len() / 20).max(1)));
        if scratch.is_empty() {
            return distinct > DISTINCT_MIN;
        }
        let total: u64 = scratch.iter().sum();
        // count > 50 × total / days, without rounding.
        u128::from(count) * scratch.len() as u128 > u128::from(RATIO) * u128::from(total)
    }

    /// The counts around a day, itself and empty days left out.
    fn neighbours(&self, day: usize, reach: usize, into: &mut Vec<u64>) {
        into.clear();
        let end = (day + reach + 1).min(self.counts.len());
        let around = self.counts[day.saturating_sub(reach)..day].iter().chain(&self.counts[day + 1..end]);
        into.extend(around.filter(|count| **count > 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `per_day` rows on every `step`-th day from 1940 to 2008, and the given ones.
    fn finder(step: usize, per_day: u64, more: &[(Date, u64)]) -> PlaceholderFinder {
        let mut finder = PlaceholderFinder::new();
        let (first, last) = (days_since_epoch(date(1940, 1, 1)), days_since_epoch(date(2008, 12, 31)));
        for day in (first..=last).step_by(step) {
            for _ in 0..per_day {
                finder.add_days(day);
            }
        }
        for (day, count) in more {
            for _ in 0..*count {
                finder.add(*day);
            }
        }
        finder
    }

    #[test]
    fn a_day_far_above_its_neighbours_is_named_with_its_count() {
        let found = finder(1, 3, &[(date(1980, 1, 1), 400)]).placeholders();
        assert_eq!(found, [(date(1980, 1, 1), 403)]);
    }

    #[test]
    fn a_day_fifty_times_the_mean_is_not_enough() {
        // 3 neighbours' rows a day: 150 is exactly fifty times.
        assert_eq!(finder(1, 3, &[(date(1980, 1, 1), 147)]).placeholders(), []);
        assert_eq!(finder(1, 3, &[(date(1980, 1, 1), 148)]).placeholders(), [(date(1980, 1, 1), 151)]);
    }

    #[test]
    fn a_day_among_nobody_is_named() {
        let found = finder(1, 3, &[(date(1850, 1, 1), 40), (date(1900, 1, 1), 25)]).placeholders();
        assert_eq!(found, [(date(1850, 1, 1), 40), (date(1900, 1, 1), 25)]);
    }

    #[test]
    fn a_second_placeholder_nearby_hides_nothing() {
        let found = finder(1, 3, &[(date(1900, 1, 1), 90), (date(1901, 1, 1), 4_000)]).placeholders();
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn small_files_name_nothing_on_little_ground() {
        // One voter every forty days; 19 on one day; then 45 who registered at a fair.
        assert_eq!(finder(40, 1, &[(date(1850, 1, 1), 19)]).placeholders(), []);
        assert_eq!(finder(40, 1, &[(date(1980, 1, 1), 45)]).placeholders(), []);
        let mut same_day = PlaceholderFinder::new();
        (0..500).for_each(|_| same_day.add(date(2020, 1, 1)));
        assert_eq!(same_day.placeholders(), []);
    }

    #[test]
    fn merged_counts_are_counted_together() {
        let mut one = finder(1, 1, &[(date(1980, 1, 1), 30)]);
        one.merge(&finder(1, 1, &[(date(1980, 1, 1), 90)]));
        assert_eq!(one.placeholders(), [(date(1980, 1, 1), 122)]);
        one.add(date(1700, 1, 1));
    }
}
