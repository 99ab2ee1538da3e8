//! The purge watch: counties from which, or in which, an unusual number of voters left the list, became inactive or
//! were removed since the last one.

use crate::gate::ratio;
use crate::report::{Counts, PurgeAlarm};
use jiff::civil::{Date, Weekday};
use std::collections::BTreeMap;

/// How a voter can be taken off the rolls, fully or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Departure {
    /// No longer on the list.
    Dropped,
    /// Active before, inactive now.
    BecameInactive,
    /// On the list as removed, cancelled, purged or denied.
    Removed,
}

impl Departure {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Dropped, Self::BecameInactive, Self::Removed];

    /// The kind as it is written in the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::BecameInactive => "became_inactive",
            Self::Removed => "removed",
        }
    }

    /// The departure that a change of status is, if it is one.
    #[must_use]
    pub fn of_status_change(old: &str, new: &str) -> Option<Self> {
        match (old, new) {
            ("active", "inactive") => Some(Self::BecameInactive),
            (
                "active" | "inactive" | "pending" | "suspense",
                "removed" | "cancelled" | "purged" | "denied",
            ) => Some(Self::Removed),
            _ => None,
        }
    }
}

/// The departures of one county and kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Departures {
    /// Voters concerned.
    pub count: u64,
    /// Who: `party:DEM`, `age_band:18-24`, `race:black`, `last_vote:2024`.
    pub split: Counts,
}

/// One county as the watch sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CountyWatch {
    /// Upper-case name.
    pub county: String,
    /// Voters in the predecessor.
    pub before: u64,
    /// Departures now.
    pub departures: BTreeMap<Departure, Departures>,
    /// Shares of the county's voters in earlier weeks (at most 26), by kind.
    pub earlier: BTreeMap<Departure, Vec<f64>>,
}

/// More than this many rows, with a robust z above [`Z_ALARM`], is an alarm.
const ROWS_ALARM: u64 = 50;
const Z_ALARM: f64 = 6.0;
/// More than this share of a county is an alarm whatever the z, from [`SHARE_ROWS_MIN`] rows on: in a county of three
/// hundred voters four departures are chance.
const SHARE_ALARM: f64 = 0.01;
const SHARE_ROWS_MIN: u64 = 10;
/// Days before a federal election in which the National Voter Registration Act forbids systematic removals
/// (52 U.S.C. 20507(c)(2)(A)).
const QUIET_DAYS: i32 = 90;

/// The alarms, in the order of counties.
#[must_use]
pub fn alarms(counties: &[CountyWatch], as_of: Date) -> Vec<PurgeAlarm> {
    let quiet_period = is_quiet_period(as_of);
    let mut alarms = Vec::new();
    for kind in Departure::ALL {
        let shares: Vec<f64> =
            counties.iter().filter(|county| county.before > 0).map(|county| share(county, kind)).collect();
        let among_counties = Spread::of(&shares);
        for county in counties.iter().filter(|county| county.before > 0) {
            let Some(departures) = county.departures.get(&kind) else { continue };
            let share = share(county, kind);
            let own = county.earlier.get(&kind).map_or(&[][..], Vec::as_slice);
            let mut z = among_counties.z(share, county.before);
            // With few weeks behind it, a county's own spread says nothing.
            if own.len() >= 4 {
                z = z.min(Spread::of(own).z(share, county.before));
            }
            let by_z = z > Z_ALARM && departures.count > ROWS_ALARM;
            let by_share = share > SHARE_ALARM && departures.count >= SHARE_ROWS_MIN;
            if by_z || by_share {
                alarms.push(PurgeAlarm {
                    county: county.county.clone(),
                    kind: kind.as_str().to_owned(),
                    count: departures.count,
                    share,
                    z,
                    quiet_period,
                    split: departures.split.clone(),
                });
            }
        }
    }
    alarms.sort_by(|a, b| (&a.county, &a.kind).cmp(&(&b.county, &b.kind)));
    alarms
}

fn share(county: &CountyWatch, kind: Departure) -> f64 {
    ratio(county.departures.get(&kind).map_or(0, |departures| departures.count), county.before)
}

/// Median and median absolute deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    median: f64,
    deviation: f64,
}

impl Spread {
    /// The spread of some values; of none, zero.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let median = median(values.to_vec());
        // 1.4826 makes the median absolute deviation comparable with a standard deviation.
        let deviation = 1.4826 * median_of(values.iter().map(|value| (value - median).abs()));
        Self { median, deviation }
    }

    /// How many robust standard deviations a share among `rows` rows lies above the median. Chance alone (a Poisson
    /// count of the median's size, at least one row) widens the deviation, so that small counties do not cry wolf.
    #[must_use]
    pub fn z(&self, share: f64, rows: u64) -> f64 {
        let row = ratio(1, rows);
        let chance = self.median.abs().max(row) * row;
        (share - self.median) / (self.deviation * self.deviation + chance).sqrt().max(f64::EPSILON)
    }
}

fn median_of(values: impl Iterator<Item = f64>) -> f64 {
    median(values.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// Inside the 90 days before a federal general election: the Tuesday after the first Monday of November in even years
/// (2 U.S.C. 7).
#[must_use]
pub fn is_quiet_period(date: Date) -> bool {
    if date.year() % 2 != 0 {
        return false;
    }
    let first_monday = (1..=7)
        .map(|day| jiff::civil::date(date.year(), 11, day))
        .find(|day| day.weekday() == Weekday::Monday);
    first_monday.and_then(|monday| monday.tomorrow().ok()).is_some_and(|election| {
        let days = (election - date).get_days();
        (0..=QUIET_DAYS).contains(&days)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn state(purged: (&str, u64, u64)) -> Vec<CountyWatch> {
        let mut counties: Vec<_> = (0..60_u64)
            .map(|index| {
                let before = 2_000 + index * 500;
                let count = before / 500 + index % 3;
                county(&format!("COUNTY {index:02}"), before, count)
            })
            .collect();
        counties.push(county(purged.0, purged.1, purged.2));
        counties
    }

    fn county(name: &str, before: u64, count: u64) -> CountyWatch {
        let departures = Departures { count, split: Counts::new() };
        CountyWatch {
            county: name.to_owned(),
            before,
            departures: [(Departure::Dropped, departures)].into(),
            earlier: BTreeMap::new(),
        }
    }

    #[test]
    fn a_usual_week_rings_no_alarm_not_even_in_the_smallest_county() {
        assert_eq!(alarms(&state(("HYDE", 300, 5)), date(2026, 3, 7)), vec![]);
    }

    #[test]
    fn a_purge_rings_by_share_and_by_z() {
        let by_share = alarms(&state(("HYDE", 3_000, 45)), date(2026, 9, 5));
        assert_eq!(
            (by_share[0].county.as_str(), by_share[0].count, by_share[0].quiet_period),
            ("HYDE", 45, true)
        );
        let by_z = alarms(&state(("WAKE", 800_000, 7_000)), date(2026, 3, 7));
        assert_eq!((by_z.len(), by_z[0].kind.as_str(), by_z[0].quiet_period), (1, "dropped", false));
        assert!(by_z[0].share < 0.01 && by_z[0].z > 6.0);
    }

    #[test]
    fn what_a_county_does_every_week_is_no_alarm_by_z() {
        let mut counties = state(("WAKE", 800_000, 7_000));
        let wake = counties.last_mut().unwrap();
        wake.earlier = [(Departure::Dropped, vec![0.0085, 0.0088, 0.0086, 0.0089])].into();
        assert_eq!(alarms(&counties, date(2026, 3, 7)), vec![]);
    }

    #[test]
    fn the_quiet_period_ends_on_election_day_of_an_even_year() {
        assert!(is_quiet_period(date(2026, 11, 3)));
        assert!(is_quiet_period(date(2026, 8, 5)));
        assert!(!is_quiet_period(date(2026, 8, 4)));
        assert!(!is_quiet_period(date(2026, 11, 4)));
        assert!(!is_quiet_period(date(2025, 10, 4)));
    }

    #[test]
    fn departures_by_status() {
        assert_eq!(Departure::of_status_change("active", "inactive"), Some(Departure::BecameInactive));
        assert_eq!(Departure::of_status_change("inactive", "removed"), Some(Departure::Removed));
        assert_eq!(Departure::of_status_change("inactive", "active"), None);
        assert_eq!(Departure::of_status_change("removed", "purged"), None);
    }
}
