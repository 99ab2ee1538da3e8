//! The counties of a load report: a table in any order, and all of them as dots on one axis.

use super::chart::{self, Dot, Svg};
use super::format::{Change, Count, Share};
use hustings_voterfile::report::{CountyReport, LoadReport};

/// One county of the report.
#[derive(Debug, Clone)]
pub struct County {
    /// Its name.
    pub name: String,
    /// Voters now.
    pub now: Count,
    /// Voters before.
    pub before: Count,
    /// The difference.
    pub change: Change,
    /// The difference relative to before.
    pub share: String,
    /// New voters.
    pub new: Count,
    /// Dropped ones.
    pub dropped: Count,
    /// Active to inactive.
    pub became_inactive: Count,
    /// Rows kept aside.
    pub quarantined: Count,
    /// Far from what the other counties did.
    pub unusual: bool,
}

/// From this robust z-score on a county is called unusual.
const Z_UNUSUAL: f64 = 6.0;

/// How a table of counties is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CountyOrder {
    /// The most unusual first.
    #[default]
    Unusual,
    /// By name.
    Name,
    /// The largest first.
    Now,
    /// The largest change, up or down, first.
    Change,
    /// The most rows kept aside first.
    Quarantined,
}

impl CountyOrder {
    /// All orders with the word in the address.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Unusual, "unusual"),
        (Self::Name, "name"),
        (Self::Now, "voters"),
        (Self::Change, "change"),
        (Self::Quarantined, "quarantined"),
    ];

    /// The order of a word in an address; the usual one for an unknown word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map_or(Self::default(), |(order, _)| order)
    }
}

/// The counties of a report in an order.
#[must_use]
pub fn counties(report: &LoadReport, order: CountyOrder) -> Vec<County> {
    let mut counties: Vec<&CountyReport> = report.counties.iter().collect();
    counties.sort_by(|a, b| a.county.cmp(&b.county));
    match order {
        CountyOrder::Name => {}
        CountyOrder::Unusual => counties.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs())),
        CountyOrder::Now => counties.sort_by_key(|county| std::cmp::Reverse(county.now)),
        CountyOrder::Change => {
            counties.sort_by_key(|county| std::cmp::Reverse(county.now.abs_diff(county.before)));
        }
        CountyOrder::Quarantined => counties.sort_by_key(|county| std::cmp::Reverse(county.quarantined)),
    }
    counties.into_iter().map(county).collect()
}

fn county(county: &CountyReport) -> County {
    County {
        name: super::format::visible(&county.county),
        now: Count(county.now),
        before: Count(county.before),
        change: Change::between(county.before, county.now),
        share: if county.before == 0 {
            "–".to_owned()
        } else {
            Share::change(county.before, county.now).signed()
        },
        new: Count(county.new),
        dropped: Count(county.dropped),
        became_inactive: Count(county.became_inactive),
        quarantined: Count(county.quarantined),
        unusual: is_unusual(county),
    }
}

/// All counties as dots on one axis, and the words below it.
#[derive(Debug, Clone)]
pub struct Strip {
    /// The drawing.
    pub chart: Svg,
    /// What its left end means.
    pub least: String,
    /// What its right end means.
    pub most: String,
}

/// All counties as dots by how much of their list came or went, on an axis that holds them all, to a tenth at most.
#[must_use]
pub fn county_strip(report: &LoadReport) -> Strip {
    const ENDS: [f64; 7] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
    let known = report.counties.iter().filter(|county| county.before > 0);
    let dots: Vec<Dot> = known
        .map(|county| Dot { at: Share::change(county.before, county.now).0, unusual: is_unusual(county) })
        .collect();
    let farthest = dots.iter().map(|dot| dot.at.abs()).fold(0.0, f64::max);
    let end = ENDS.into_iter().find(|end| farthest <= *end).unwrap_or(ENDS[ENDS.len() - 1]);
    let beyond = |is_beyond: bool| if is_beyond { " or more" } else { "" };
    let unusual = dots.iter().filter(|dot| dot.unusual).count();
    let label =
        format!("{} counties by how much their lists grew or shrank; {unusual} stand out", dots.len());
    Strip {
        chart: chart::strip(&dots, end, &label),
        least: format!("−{}{}", Share(end), beyond(dots.iter().any(|dot| dot.at < -end))),
        most: format!("+{}{}", Share(end), beyond(dots.iter().any(|dot| dot.at > end))),
    }
}

/// Far from what the other counties did, or gone altogether.
fn is_unusual(county: &CountyReport) -> bool {
    county.z.abs() > Z_UNUSUAL || (county.now == 0 && county.before > 0)
}
