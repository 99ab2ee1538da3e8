//! The load report as its page shows it: made from the report alone, so that it can be tested without a store.

use super::chart::{self, Part, Svg};
use super::format::{Change, Count, Share, day, ratio, sentence};
use super::words::{self, Rule};
use hustings_voterfile::report::{
    AddressReport, ColumnReport, ElectionReport, IdentityReport, LoadReport, LoadSummary, PurgeAlarm,
    RowCounts, ValueCount,
};

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
    rules.sort_by_key(|one| std::cmp::Reverse(one.count.0));
    rules
}

/// How the number of quarantined rows comes together: the gate counts some of them only. Nothing where they are of one sort.
#[must_use]
pub fn quarantined_sum(summary: &LoadSummary) -> String {
    let total: u64 = summary.quarantine.values().sum();
    let twice = summary.duplicate_ids.min(summary.rows.quarantined);
    let damaged = summary.rows.quarantined - twice;
    let votes_twice = summary.quarantine.get("duplicate_vote").copied().unwrap_or(0);
    let votes = summary.votes.quarantined.saturating_sub(votes_twice);
    let others = total.saturating_sub(damaged + twice + votes + votes_twice);
    let parts: Vec<String> = [
        (damaged, "damaged voter row", "damaged voter rows"),
        (twice, "voter row whose id stands twice", "voter rows whose id stands twice"),
        (votes, "damaged row of the vote history", "damaged rows of the vote history"),
        (votes_twice, "vote told twice", "votes told twice"),
        (others, "damaged row of other files", "damaged rows of other files"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| words::plural(count, one, many))
    .collect();
    if parts.len() < 2 {
        return String::new();
    }
    let not_counted = match (twice, votes_twice) {
        (0, 0) => "",
        _ => " The gate does not count what stands twice.",
    };
    format!("{} in all: {}.{not_counted}", words::plural(total, "row", "rows"), parts.join(" + "))
}

/// A breakdown of the voters, such as by party.
#[derive(Debug, Clone)]
pub struct Breakdown {
    /// What it is by.
    pub name: String,
    /// Its values.
    pub values: Vec<BreakdownValue>,
}

/// Those on the list who are registered to vote, and what the others are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligible {
    /// Active and inactive voters.
    pub count: Count,
    /// The others, in words: `12,345 more are removed or denied`.
    pub others: Option<String>,
    /// How many others there are.
    pub others_count: Count,
}

/// Active and inactive voters: states leave those who were removed or denied on their lists for years. None where the
/// state gives no status.
#[must_use]
pub fn eligible(report: &LoadReport) -> Option<Eligible> {
    const OTHERS_SHOWN: usize = 3;
    let values = report.breakdowns.get("status")?;
    let is_eligible = |value: &&ValueCount| matches!(value.value.as_str(), "active" | "inactive");
    let count: u64 = values.iter().filter(is_eligible).map(|value| value.now).sum();
    let others: Vec<&ValueCount> =
        values.iter().filter(|value| !is_eligible(value) && value.now > 0).collect();
    if count == 0 {
        return None;
    }
    let sum: u64 = others.iter().map(|value| value.now).sum();
    let mut names: Vec<String> = others
        .iter()
        .take(OTHERS_SHOWN)
        .map(|value| words::value("status", &value.value).to_lowercase())
        .collect();
    if others.len() > OTHERS_SHOWN {
        names.push("other".to_owned());
    }
    let names = match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    };
    let verb = if sum == 1 { "is" } else { "are" };
    let others = (sum > 0).then(|| format!("{} more {verb} {names}", Count(sum)));
    Some(Eligible { count: Count(count), others, others_count: Count(sum) })
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
            let mut values: Vec<&ValueCount> = values.iter().collect();
            if name == "age_band" {
                // By age, and who has none last; the others stay with the largest first.
                values.sort_by_key(|value| (value.value.is_empty(), value.value.clone()));
            }
            let values = values
                .into_iter()
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
    let codes = unknown_codes(column);
    Column {
        name: column.column.clone(),
        nulls: Share(nulls),
        nulls_before: (before > 0).then_some(Share(nulls_before)),
        distinct: Count(column.distinct),
        invalid: Count(column.invalid),
        unusual: jumped || !codes.is_empty() || column.drift > DRIFT_UNUSUAL,
        unknown_codes: codes,
        drift: format!("{:.2}", column.drift),
    }
}

/// The codes that no map knows, the most frequent first, as far as a line holds them.
fn unknown_codes(column: &ColumnReport) -> String {
    const CODES_SHOWN: usize = 6;
    let mut codes: Vec<(&String, u64)> =
        column.unknown_codes.iter().map(|(code, &count)| (code, count)).collect();
    codes.sort_by_key(|one| std::cmp::Reverse(one.1));
    let mut shown: Vec<String> = codes
        .iter()
        .take(CODES_SHOWN)
        .map(|(code, count)| format!("{} ({})", super::format::visible(code), Count(*count)))
        .collect();
    if codes.len() > CODES_SHOWN {
        shown.push(format!("and {} more", codes.len() - CODES_SHOWN));
    }
    shown.join(", ")
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

/// From this share on an election's missing votes are told apart from the few of voters who left.
const LOSS_UNUSUAL: f64 = 0.001;

/// Elections, the latest first.
#[must_use]
pub fn elections(report: &LoadReport) -> Vec<Election> {
    let most = report.elections.iter().map(|election| election.now.max(election.before)).max().unwrap_or(0);
    let first = report.predecessor.is_none();
    // Who leaves the list takes a few votes along; only when the gate says that history was lost is it an alarm.
    let is_lost = report.summary.gate.failed.iter().any(|failed| failed.rule == "history_loss");
    let mut elections: Vec<&ElectionReport> = report.elections.iter().collect();
    elections.sort_by_key(|one| std::cmp::Reverse(&one.date));
    elections
        .into_iter()
        .map(|election| Election {
            date: super::format::day_short(&election.date),
            name: super::format::visible(&election.name),
            now: Count(election.now),
            before: Count(election.before),
            change: Change::between(election.before, election.now),
            lost: is_lost && Share::change(election.before, election.now).0 < -LOSS_UNUSUAL,
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
        "{}: {} {did}, {} of the county",
        super::format::visible(&alarm.county),
        words::plural(alarm.count, "voter", "voters"),
        Share(alarm.share)
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
        parts.sort_by_key(|one| std::cmp::Reverse(one.1.0));
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
    counts.sort_by_key(|one| std::cmp::Reverse(one.1));
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
        ("Under an id that was somebody else's".to_owned(), identity.id_reused),
        ("Under the same id, but doubtful".to_owned(), identity.id_doubtful),
        ("New, but perhaps somebody who left".to_owned(), identity.possible),
    ])
}

/// The date of a snapshot id `<date>-<digest>` in words.
#[must_use]
pub fn snapshot_day(id: &str) -> String {
    day(id.get(..10).unwrap_or(id))
}
