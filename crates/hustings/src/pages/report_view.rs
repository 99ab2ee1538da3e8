//! The load report as its page shows it: made from the report alone, so that it can be tested without a store.

use super::chart::{self, Dot, Part, Svg};
use super::format::{Change, Count, Markup, Share, day, message, ratio, sentence};
use super::words::{self, Rule};
use hustings_voterfile::report::{
    AddressReport, ColumnReport, CountyReport, ElectionReport, GateStatus, IdentityReport, LoadReport,
    PurgeAlarm, RowCounts,
};

/// The verdict at the top of the page.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// `held`, `accepted` or `passed`: a class of the stylesheet.
    pub class: &'static str,
    /// The answer in a few words.
    pub title: String,
    /// The rules that failed.
    pub failures: Vec<Failure>,
    /// Why a person accepted it all the same.
    pub accepted_reason: Option<String>,
}

/// One rule of the gate that failed, with the way to its evidence.
#[derive(Debug, Clone)]
pub struct Failure {
    rule: String,
    /// What failed, in a few words.
    pub title: String,
    /// The sentences with the figures: one for every county, column or code that broke the rule.
    pub details: Vec<Markup>,
    /// How many more there are.
    pub more: u64,
    /// What the rule is for.
    pub meaning: &'static str,
    /// The part of the page that shows the evidence.
    pub anchor: &'static str,
    /// What the link says.
    pub link: &'static str,
}

/// Sentences of one rule that the verdict shows; the evidence below shows all.
const DETAILS_SHOWN: usize = 4;

/// The verdict of a report.
#[must_use]
pub fn verdict(report: &LoadReport) -> Verdict {
    let gate = &report.summary.gate;
    let mut failures: Vec<Failure> = Vec::new();
    for failed in &gate.failed {
        let at = failures.iter().position(|known| known.rule == failed.rule).unwrap_or_else(|| {
            failures.push(failure(&failed.rule));
            failures.len() - 1
        });
        let known = &mut failures[at];
        if known.details.len() < DETAILS_SHOWN {
            known.details.push(finished(&failed.detail));
        } else {
            known.more += 1;
        }
    }
    let rules = words::plural_of(failures.len(), "rule failed", "rules failed");
    let (class, title) = match gate.status {
        GateStatus::Pass => ("passed", "Passed: every rule of the gate".to_owned()),
        GateStatus::Held => ("held", format!("Held back: {rules}")),
        GateStatus::Accepted => ("accepted", format!("Accepted by hand: {rules}")),
    };
    Verdict { class, title, failures, accepted_reason: gate.accepted_reason.clone() }
}

fn failure(name: &str) -> Failure {
    let rule = words::gate_rule(name);
    let (anchor, link) = words::gate_evidence(name);
    Failure {
        rule: rule.name,
        title: rule.title,
        details: Vec::new(),
        more: 0,
        meaning: rule.meaning,
        anchor,
        link,
    }
}

/// A sentence with a capital at its start and a full stop at its end.
fn finished(text: &str) -> Markup {
    let mut text = super::format::sentence_case(text);
    if !text.is_empty() && !text.ends_with('.') {
        text.push('.');
    }
    message(&text)
}

/// Rows of one kind of file: a bar and its legend.
#[derive(Debug, Clone)]
pub struct Rows {
    /// `Voters` or `Vote history`.
    pub name: &'static str,
    /// Rows read.
    pub read: Count,
    /// Taken as they stand.
    pub accepted: Count,
    /// Taken after a repair.
    pub repaired: Count,
    /// Kept aside.
    pub quarantined: Count,
    /// Share of those kept aside.
    pub quarantined_share: Share,
    /// Whether the three sum to `read`.
    pub adds_up: bool,
    /// The bar.
    pub chart: Svg,
}

impl Rows {
    fn new(name: &'static str, read: u64, accepted: u64, repaired: u64, quarantined: u64) -> Self {
        let parts = [
            Part { class: "accepted", count: accepted },
            Part { class: "repaired", count: repaired },
            Part { class: "quarantined", count: quarantined },
        ];
        let label = format!(
            "{name}: {} rows read, {} taken as they stand, {} repaired, {} quarantined",
            Count(read),
            Count(accepted),
            Count(repaired),
            Count(quarantined)
        );
        Self {
            name,
            read: Count(read),
            accepted: Count(accepted),
            repaired: Count(repaired),
            quarantined: Count(quarantined),
            quarantined_share: Share::of(quarantined, read),
            adds_up: read == accepted + repaired + quarantined,
            chart: chart::stacked(&parts, &label),
        }
    }
}

/// Voter rows, and vote history where the delivery had some.
#[must_use]
pub fn rows(report: &LoadReport) -> Vec<Rows> {
    let RowCounts { read, accepted, repaired, quarantined } = report.summary.rows;
    let mut rows = vec![Rows::new("Voters", read, accepted, repaired, quarantined)];
    let votes = &report.summary.votes;
    if votes.read > 0 {
        rows.push(Rows::new("Vote history", votes.read, votes.accepted, votes.repaired, votes.quarantined));
    }
    rows
}

/// A rule, a count, and a bar relative to the largest.
#[derive(Debug, Clone)]
pub struct RuleCount {
    /// The rule in words.
    pub rule: Rule,
    /// Its count.
    pub count: Count,
    /// The bar.
    pub chart: Svg,
}

/// Counts by rule, the largest first, without noughts.
#[must_use]
pub fn by_rule(counts: &hustings_voterfile::report::Counts, in_words: fn(&str) -> Rule) -> Vec<RuleCount> {
    let most = counts.values().copied().max().unwrap_or(0);
    let mut rules: Vec<RuleCount> = counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(rule, &count)| RuleCount {
            rule: in_words(rule),
            count: Count(count),
            chart: chart::bar(ratio(count, most)),
        })
        .collect();
    rules.sort_by(|a, b| b.count.0.cmp(&a.count.0));
    rules
}

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
    /// Robust z-score, one decimal.
    pub z: String,
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
        z: signed_decimal(county.z),
        new: Count(county.new),
        dropped: Count(county.dropped),
        became_inactive: Count(county.became_inactive),
        quarantined: Count(county.quarantined),
        unusual: county.z.abs() > Z_UNUSUAL || (county.now == 0 && county.before > 0),
    }
}

fn signed_decimal(value: f64) -> String {
    if value.abs() < 0.05 {
        "0.0".to_owned()
    } else if value < 0.0 {
        format!("−{:.1}", -value)
    } else {
        format!("+{value:.1}")
    }
}

/// All counties as dots on one axis.
#[must_use]
pub fn county_strip(report: &LoadReport) -> Svg {
    const LIMIT: f64 = 12.0;
    let dots: Vec<Dot> = report
        .counties
        .iter()
        .map(|county| Dot { at: county.z, unusual: county.z.abs() > Z_UNUSUAL })
        .collect();
    let unusual = dots.iter().filter(|dot| dot.unusual).count();
    let label = format!("{} counties by how unusual their change is; {unusual} stand out", dots.len());
    chart::strip(&dots, LIMIT, Z_UNUSUAL, &label)
}

/// A breakdown of the voters, such as by party.
#[derive(Debug, Clone)]
pub struct Breakdown {
    /// What it is by.
    pub name: String,
    /// Its values.
    pub values: Vec<BreakdownValue>,
}

/// One value of a breakdown.
#[derive(Debug, Clone)]
pub struct BreakdownValue {
    /// In plain words.
    pub name: String,
    /// Voters now.
    pub now: Count,
    /// Against before; nothing on a first load.
    pub change: Option<Change>,
    /// Its share now, with a mark at its share before.
    pub chart: Svg,
}

/// Breakdowns in the order in which people ask for them.
#[must_use]
pub fn breakdowns(report: &LoadReport) -> Vec<Breakdown> {
    const ORDER: [&str; 6] = ["party", "status", "age_band", "gender", "race", "ethnicity"];
    let first = report.predecessor.is_none();
    let known = ORDER.iter().filter_map(|name| report.breakdowns.get_key_value(*name));
    let others = report.breakdowns.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
    known
        .chain(others)
        .map(|(name, values)| {
            let now_sum: u64 = values.iter().map(|value| value.now).sum();
            let before_sum: u64 = values.iter().map(|value| value.before).sum();
            let values = values
                .iter()
                .map(|value| {
                    let before = (before_sum > 0).then(|| ratio(value.before, before_sum));
                    BreakdownValue {
                        name: words::value(name, &value.value),
                        now: Count(value.now),
                        change: (!first).then(|| Change::between(value.before, value.now)),
                        chart: chart::bar_with_mark(ratio(value.now, now_sum), before),
                    }
                })
                .collect();
            Breakdown { name: words::breakdown(name), values }
        })
        .collect()
}

/// One column of the report.
#[derive(Debug, Clone)]
pub struct Column {
    /// Canonical name.
    pub name: String,
    /// Share of rows without a value.
    pub nulls: Share,
    /// The same before; nothing on a first load.
    pub nulls_before: Option<Share>,
    /// Distinct values.
    pub distinct: Count,
    /// Values that do not fit the type.
    pub invalid: Count,
    /// Codes that no map knows: `Q (12)`.
    pub unknown_codes: String,
    /// Population stability index.
    pub drift: String,
    /// Worth a look.
    pub unusual: bool,
}

/// The columns of a report; those worth a look first.
#[must_use]
pub fn columns(report: &LoadReport) -> Vec<Column> {
    let now: u64 = report.counties.iter().map(|county| county.now).sum();
    let before: u64 = report.counties.iter().map(|county| county.before).sum();
    let mut columns: Vec<Column> = report
        .columns
        .iter()
        .map(|column| column_view(column, now.max(column.nulls), before.max(column.nulls_before)))
        .collect();
    columns.sort_by_key(|column| !column.unusual);
    columns
}

fn column_view(column: &ColumnReport, now: u64, before: u64) -> Column {
    const DRIFT_UNUSUAL: f64 = 0.1;
    let nulls = ratio(column.nulls, now);
    let nulls_before = ratio(column.nulls_before, before);
    let jumped = before > 0 && nulls - nulls_before > 0.02;
    let codes: Vec<String> = column
        .unknown_codes
        .iter()
        .map(|(code, count)| format!("{} ({})", super::format::visible(code), Count(*count)))
        .collect();
    Column {
        name: column.column.clone(),
        nulls: Share(nulls),
        nulls_before: (before > 0).then_some(Share(nulls_before)),
        distinct: Count(column.distinct),
        invalid: Count(column.invalid),
        unusual: jumped || !codes.is_empty() || column.drift > DRIFT_UNUSUAL,
        unknown_codes: codes.join(", "),
        drift: format!("{:.2}", column.drift),
    }
}

/// One election of the report.
#[derive(Debug, Clone)]
pub struct Election {
    /// Its date in words.
    pub date: String,
    /// The state's name of it.
    pub name: String,
    /// Votes now.
    pub now: Count,
    /// Votes before.
    pub before: Count,
    /// The difference.
    pub change: Change,
    /// Votes went missing.
    pub lost: bool,
    /// The bar.
    pub chart: Svg,
}

/// Elections, the latest first.
#[must_use]
pub fn elections(report: &LoadReport) -> Vec<Election> {
    let most = report.elections.iter().map(|election| election.now.max(election.before)).max().unwrap_or(0);
    let first = report.predecessor.is_none();
    let mut elections: Vec<&ElectionReport> = report.elections.iter().collect();
    elections.sort_by(|a, b| b.date.cmp(&a.date));
    elections
        .into_iter()
        .map(|election| Election {
            date: super::format::day_short(&election.date),
            name: super::format::visible(&election.name),
            now: Count(election.now),
            before: Count(election.before),
            change: Change::between(election.before, election.now),
            lost: election.now < election.before,
            chart: chart::bar_with_mark(
                ratio(election.now, most),
                (!first).then(|| ratio(election.before, most)),
            ),
        })
        .collect()
}

/// One alarm of the purge watch.
#[derive(Debug, Clone)]
pub struct Purge {
    /// The sentence.
    pub sentence: String,
    /// Inside the quiet period before a federal election.
    pub quiet_period: bool,
    /// Who: `Party`, and its parts.
    pub split: Vec<(String, Vec<(String, Count)>)>,
}

/// The alarms of the purge watch.
#[must_use]
pub fn purge_watch(report: &LoadReport) -> Vec<Purge> {
    report.purge_watch.iter().map(purge).collect()
}

fn purge(alarm: &PurgeAlarm) -> Purge {
    let did = match alarm.kind.as_str() {
        "dropped" => "left the list",
        "became_inactive" => "became inactive",
        "removed" => "were removed by the state",
        _ => "changed",
    };
    let sentence = format!(
        "{}: {} {did}, {} of the county (z {})",
        super::format::visible(&alarm.county),
        words::plural(alarm.count, "voter", "voters"),
        Share(alarm.share),
        signed_decimal(alarm.z)
    );
    let mut split: Vec<(String, Vec<(String, Count)>)> = Vec::new();
    for (name, count) in &alarm.split {
        let (by, value) = name.split_once(':').unwrap_or(("", name));
        let heading = words::breakdown(by);
        let part = (words::value(by, value), Count(*count));
        match split.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, parts)) => parts.push(part),
            None => split.push((heading, vec![part])),
        }
    }
    for (_, parts) in &mut split {
        parts.sort_by(|a, b| b.1.0.cmp(&a.1.0));
    }
    Purge { sentence, quiet_period: alarm.quiet_period, split }
}

/// Named counts with bars, the largest first.
#[derive(Debug, Clone)]
pub struct NamedCount {
    /// In plain words.
    pub name: String,
    /// The count.
    pub count: Count,
    /// Its share of all.
    pub share: Share,
    /// The bar.
    pub chart: Svg,
}

fn named(counts: impl IntoIterator<Item = (String, u64)>) -> Vec<NamedCount> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1));
    let whole: u64 = counts.iter().map(|(_, count)| count).sum();
    counts
        .into_iter()
        .map(|(name, count)| NamedCount {
            name,
            count: Count(count),
            share: Share::of(count, whole),
            chart: chart::bar(ratio(count, whole)),
        })
        .collect()
}

/// Residence addresses by kind.
#[must_use]
pub fn address_kinds(addresses: &AddressReport) -> Vec<NamedCount> {
    named(addresses.kinds.iter().map(|(kind, &count)| {
        let name = match kind.as_str() {
            "po_box" => "P.O. box".to_owned(),
            "street" => "Street address".to_owned(),
            _ => sentence(kind),
        };
        (name, count)
    }))
}

/// Residence addresses by the parser's confidence.
#[must_use]
pub fn address_quality(addresses: &AddressReport) -> Vec<NamedCount> {
    named(addresses.quality.iter().map(|(quality, &count)| {
        let name = if quality == "none" { "Not understood".to_owned() } else { sentence(quality) };
        (name, count)
    }))
}

/// How rows found their voter.
#[must_use]
pub fn identity(identity: &IdentityReport) -> Vec<NamedCount> {
    named([
        ("By the state's voter id".to_owned(), identity.by_state_id),
        ("By an earlier or county id".to_owned(), identity.by_legacy_id),
        ("By probable match".to_owned(), identity.by_match),
        ("New on the list".to_owned(), identity.new),
        ("Returned to the list".to_owned(), identity.returned),
        ("Under a changed state id".to_owned(), identity.id_changed),
    ])
}

/// The date of a snapshot id `<date>-<digest>` in words.
#[must_use]
pub fn snapshot_day(id: &str) -> String {
    day(id.get(..10).unwrap_or(id))
}
