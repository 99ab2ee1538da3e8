//! Putting the load report together, and asking the gate.

use super::ballots::BallotOutcome;
use super::carry::Departed;
use super::contested::ContestedOutcome;
use super::follow::Followed;
use super::snapshot::Build;
use super::vote_changes::VoteComparison;
use super::voters::VoterOutcome;
use super::votes::{Elections, VoteOutcome, date_text};
use hustings_voterfile::change::ChangeKind;
use hustings_voterfile::gate::{self, DUPLICATE_ID};
use hustings_voterfile::profile::add_counts;
use hustings_voterfile::purge::{self, CountyWatch, Departure, Spread};
use hustings_voterfile::record::BlockCounts;
use hustings_voterfile::report::{
    AddressReport, Counts, CountyReport, ElectionReport, FileReport, Gate, GateStatus, HistoryReport,
    IdentityReport, LoadReport, LoadSummary, RowCounts, ValueCount, VoteCounts,
};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the report's form.
const VERSION: u32 = 1;
const BREAKDOWNS: [&str; 5] = ["status", "party", "race", "ethnicity", "gender"];

/// Changes by kind and county.
#[derive(Debug, Default)]
pub struct Changes(BTreeMap<ChangeKind, Counts>);

impl Changes {
    /// Counts one.
    pub fn add(&mut self, kind: ChangeKind, county: &str) {
        self.add_many(kind, county, 1);
    }

    /// Counts several.
    pub fn add_many(&mut self, kind: ChangeKind, county: &str, count: u64) {
        if count > 0 {
            *self.0.entry(kind).or_default().entry(county.to_owned()).or_default() += count;
        }
    }

    fn total(&self, kind: ChangeKind) -> u64 {
        self.0.get(&kind).map_or(0, |counties| counties.values().sum())
    }
}

/// What the passes left, ready to be reported.
pub struct Parts<'a, 'id> {
    pub build: &'a Build<'a, 'id>,
    pub voters: &'a VoterOutcome,
    pub settled: &'a ContestedOutcome,
    pub followed: &'a Followed,
    pub votes: &'a VoteOutcome,
    pub comparison: &'a VoteComparison,
    pub ballots: &'a BallotOutcome,
    pub changes: &'a Changes,
    pub departed: &'a [Departed],
    pub kept: u64,
    pub households: u64,
    pub earlier: &'a [LoadReport],
    /// What of the program and the layout changed since the predecessor.
    pub reading_changed: Option<String>,
}

impl Parts<'_, '_> {
    /// The report, the gate's answer included; sizes, time and memory come last.
    pub fn report(&self) -> LoadReport {
        let before = self.earlier.first();
        let columns_before = before.map_or(&[][..], |before| &before.columns);
        let departures = self.departures();
        let mut report = LoadReport {
            version: VERSION,
            loaded_at: self.build.loaded_at.to_string(),
            predecessor: self.build.predecessor.map(|predecessor| predecessor.id.clone()),
            reading_changed: self.reading_changed.clone(),
            summary: self.summary(),
            doubts: self.build.prepared.doubts.clone(),
            warnings: self.warnings(),
            quarantine_samples: self.quarantine_samples(),
            counties: self.counties(before, &departures),
            breakdowns: self.breakdowns(before),
            columns: self.voters.totals.profile.report(columns_before),
            changes_by_county: self
                .changes
                .0
                .iter()
                .map(|(kind, counties)| (kind.as_str().to_owned(), counties.clone()))
                .collect(),
            elections: self.elections(before),
            history: HistoryReport {
                delivered: self.votes.delivered,
                votes_before: self.comparison.before,
                votes_gained: self.comparison.gained,
                votes_lost: self.comparison.lost,
                votes_kept: self.comparison.kept,
            },
            addresses: self.addresses(),
            identity: self.identity(),
            ..LoadReport::default()
        };
        let watched = self.watched(&report.counties, departures);
        report.purge_watch = purge::alarms(&watched, self.build.as_of);
        let failed = gate::evaluate(&report, before);
        let status = match (failed.is_empty(), self.build.accept_held) {
            (true, _) => GateStatus::Pass,
            (false, Some(_)) => GateStatus::Accepted,
            (false, None) => GateStatus::Held,
        };
        let accepted_reason =
            self.build.accept_held.filter(|_| status == GateStatus::Accepted).map(str::to_owned);
        report.summary.gate = Gate { status, failed, accepted_reason };
        report
    }

    fn summary(&self) -> LoadSummary {
        let mut rows = self.rows(&self.voters.counts);
        let mut repairs = Counts::new();
        let mut quarantine = Counts::new();
        for counts in self.voters.counts.iter().chain(&self.votes.counts).chain(&self.ballots.counts) {
            add_counts(&mut repairs, named(counts.repairs()));
            add_counts(&mut quarantine, named(counts.quarantine()));
        }
        let lost = u64::try_from(self.settled.lost.len()).unwrap_or(0);
        let lost_repaired =
            u64::try_from(self.settled.lost.iter().filter(|(_, repaired)| *repaired).count()).unwrap_or(0);
        rows.accepted -= lost - lost_repaired;
        rows.repaired -= lost_repaired;
        rows.quarantined += lost;
        if lost > 0 {
            quarantine.insert(DUPLICATE_ID.to_owned(), lost);
        }
        let (vote_rows, vote_rows_repaired) = self.voters.vote_rows;
        rows.read -= vote_rows;
        rows.accepted -= vote_rows - vote_rows_repaired;
        rows.repaired -= vote_rows_repaired;
        let mut votes = self.rows(&self.votes.counts);
        votes.read += self.votes.in_voter_files;
        votes.accepted += self.votes.in_voter_files;
        LoadSummary {
            snapshot: self.build.id.clone(),
            state: self.build.layout.state.to_string(),
            as_of: self.build.as_of.to_string(),
            layout: self.layout_versions(),
            files: self.files(),
            rows,
            duplicate_ids: lost,
            repairs,
            quarantine,
            votes: VoteCounts {
                read: votes.read,
                accepted: votes.accepted,
                repaired: votes.repaired,
                quarantined: votes.quarantined,
                orphan: self.votes.orphans,
            },
            changes: ChangeKind::ALL
                .iter()
                .map(|kind| (kind.as_str().to_owned(), self.changes.total(*kind)))
                .collect(),
            households: self.households,
            ..LoadSummary::default()
        }
    }

    #[expect(clippy::unused_self, reason = "reads as one of the parts")]
    fn rows(&self, counts: &[BlockCounts]) -> RowCounts {
        let mut rows = RowCounts::default();
        for counts in counts {
            rows.read += counts.records;
            rows.accepted += counts.accepted;
            rows.repaired += counts.repaired;
            rows.quarantined += counts.quarantined;
        }
        rows
    }

    /// The versions of the voter files, each once.
    fn layout_versions(&self) -> String {
        let versions: BTreeSet<&str> = self
            .build
            .prepared
            .files
            .iter()
            .filter(|file| file.report.kind.starts_with("voters"))
            .map(|file| file.recognized.version.as_str())
            .collect();
        let versions: Vec<&str> = versions.into_iter().collect();
        format!("{} {}", self.build.layout.state.upper(), versions.join(", "))
    }

    fn files(&self) -> Vec<FileReport> {
        let counted = self.build.prepared.files.iter().enumerate().map(|(index, file)| {
            let mut counts = self.voters.counts.get(index).copied().unwrap_or_default();
            for other in [self.votes.counts.get(index), self.ballots.counts.get(index)].into_iter().flatten()
            {
                counts += *other;
            }
            FileReport {
                lines: counts.lines,
                header_lines: counts.header_lines,
                blank_lines: counts.blank_lines,
                continuation_lines: counts.continuation_lines,
                records: counts.records,
                ..file.report.clone()
            }
        });
        counted.chain(self.build.prepared.ignored.iter().cloned()).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = self.build.prepared.warnings.clone();
        if let Some(changed) = &self.reading_changed {
            warnings.push(format!(
                "{changed}: what differs may come from how the list is read, not from the list"
            ));
        }
        if let Some(note) = self.build.layout.unconfirmed() {
            let state = &self.build.layout.name;
            warnings.push(format!("no official document confirmed the layout of {state}: {note}"));
        }
        for (column, finder) in &self.voters.totals.placeholders {
            for (date, count) in finder.placeholders() {
                let count = gate::thousands(count);
                warnings.push(format!(
                    "{column}: {date} stands for \"not known\" in {count} rows; it was left out, and what the state wrote is kept beside the row"
                ));
            }
        }
        let early = self.voters.totals.registered_before_born;
        if early > 0 {
            warnings.push(format!(
                "{} voters were registered before they were born; kept as they are",
                gate::thousands(early)
            ));
        }
        if self.kept > 0 {
            warnings.push(format!(
                "{} voters stay as they were, because their new row was held back",
                gate::thousands(self.kept)
            ));
        }
        warnings.extend(self.kept_votes());
        warnings.extend(self.identities());
        if self.comparison.carried > 0 {
            warnings.push(format!(
                "{} votes of voters who have left the list were carried over",
                gate::thousands(self.comparison.carried)
            ));
        }
        warnings
    }

    /// What is said of votes that stay for damaged rows.
    fn kept_votes(&self) -> Option<String> {
        let VoteComparison { kept, unnamed, damaged, .. } = *self.comparison;
        if kept == 0 {
            return None;
        }
        let mut sentence = format!(
            "{} stayed on file as before, because {} of the vote history may stand for {}",
            counted(kept, "vote"),
            counted(damaged, "damaged row"),
            if kept == 1 { "it" } else { "them" }
        );
        if unnamed > 0 {
            sentence += &format!(
                "; {} more than so many rows can stand for, which counts as missing, though nobody can say whose",
                counted(unnamed, "vote")
            );
        }
        Some(sentence)
    }

    /// What must be said of ids that do not say who somebody is.
    fn identities(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let Followed { reused, doubtful, possible, .. } = *self.followed;
        if reused > 0 {
            sentences.push(format!(
                "{} now another person than before: who had it before has left, who has it now is a new voter, and nothing of the one goes to the other (`id_reused` among the changes)",
                if reused == 1 { "1 voter id names".to_owned() } else { format!("{} voter ids name", gate::thousands(reused)) }
            ));
        }
        if doubtful > 0 {
            sentences.push(format!(
                "{} changed so much in name and birth date that somebody should look whether the id is still the same person's (`id_doubtful` among the changes)",
                counted(doubtful, "voter")
            ));
        }
        if possible > 0 {
            sentences.push(format!(
                "{} may be somebody who left the list under another id; not taken for the same (`id_doubtful` among the changes)",
                counted(possible, "new voter")
            ));
        }
        sentences
    }

    fn quarantine_samples(&self) -> BTreeMap<String, Vec<String>> {
        let mut samples = self.voters.totals.quarantine_samples.clone();
        for row in &self.votes.quarantined {
            let samples: &mut Vec<String> = samples.entry(row.rule.to_owned()).or_default();
            if samples.len() < 5 {
                samples.push(format!("{} line {}: {}", row.source_name, row.line, row.detail));
            }
        }
        samples
    }

    fn departures(&self) -> BTreeMap<String, BTreeMap<Departure, purge::Departures>> {
        let mut departures: BTreeMap<String, BTreeMap<Departure, purge::Departures>> = BTreeMap::new();
        for voter in self.departed {
            let county = departures.entry(voter.county.clone()).or_default().entry(voter.kind).or_default();
            county.count += 1;
            for group in &voter.groups {
                *county.split.entry(group.clone()).or_default() += 1;
            }
        }
        departures
    }

    fn counties(
        &self,
        before: Option<&LoadReport>,
        departures: &BTreeMap<String, BTreeMap<Departure, purge::Departures>>,
    ) -> Vec<CountyReport> {
        let earlier: BTreeMap<&str, u64> = before
            .iter()
            .flat_map(|before| &before.counties)
            .map(|county| (county.county.as_str(), county.now))
            .collect();
        let names: BTreeSet<&str> =
            self.voters.totals.counties.keys().map(String::as_str).chain(earlier.keys().copied()).collect();
        let mut counties: Vec<CountyReport> = names
            .into_iter()
            .map(|name| {
                let totals = self.voters.totals.counties.get(name).copied().unwrap_or_default();
                let count = |kind| {
                    departures
                        .get(name)
                        .and_then(|county| county.get(&kind))
                        .map_or(0, |departures| departures.count)
                };
                CountyReport {
                    county: name.to_owned(),
                    now: totals.now,
                    before: earlier.get(name).copied().unwrap_or(0),
                    z: 0.0,
                    new: totals.new,
                    dropped: count(Departure::Dropped),
                    became_inactive: count(Departure::BecameInactive),
                    quarantined: totals.quarantined,
                }
            })
            .collect();
        let changes: Vec<f64> =
            counties.iter().filter(|county| county.before > 0).map(relative_change).collect();
        let spread = Spread::of(&changes);
        for county in counties.iter_mut().filter(|county| county.before > 0) {
            county.z = spread.z(relative_change(county), county.before);
        }
        counties
    }

    fn watched(
        &self,
        counties: &[CountyReport],
        mut departures: BTreeMap<String, BTreeMap<Departure, purge::Departures>>,
    ) -> Vec<CountyWatch> {
        counties
            .iter()
            .map(|county| CountyWatch {
                county: county.county.clone(),
                before: county.before,
                departures: departures.remove(&county.county).unwrap_or_default(),
                earlier: self.earlier_shares(&county.county),
            })
            .collect()
    }

    /// What share of a county left or became inactive in earlier weeks.
    fn earlier_shares(&self, name: &str) -> BTreeMap<Departure, Vec<f64>> {
        let mut shares: BTreeMap<Departure, Vec<f64>> = BTreeMap::new();
        for report in self.earlier {
            let Ok(place) = report.counties.binary_search_by(|county| county.county.as_str().cmp(name))
            else {
                continue;
            };
            let county = &report.counties[place];
            if county.before > 0 {
                shares.entry(Departure::Dropped).or_default().push(share(county.dropped, county.before));
                shares
                    .entry(Departure::BecameInactive)
                    .or_default()
                    .push(share(county.became_inactive, county.before));
            }
        }
        shares
    }

    fn breakdowns(&self, before: Option<&LoadReport>) -> BTreeMap<String, Vec<ValueCount>> {
        let totals = &self.voters.totals;
        let year = i32::from(self.build.as_of.year());
        let bands = std::iter::once(("age_band", totals.age_bands(year)));
        let values = BREAKDOWNS.iter().map(|column| (*column, totals.profile.value_counts(column)));
        values
            .chain(bands)
            .map(|(column, now)| {
                let earlier =
                    before.and_then(|before| before.breakdowns.get(column)).map_or(&[][..], Vec::as_slice);
                (column.to_owned(), value_counts(&now, earlier))
            })
            .collect()
    }

    fn elections(&self, before: Option<&LoadReport>) -> Vec<ElectionReport> {
        let earlier = before.map_or(&[][..], |before| &before.elections);
        if !self.votes.delivered {
            return earlier
                .iter()
                .map(|election| ElectionReport { before: election.now, ..election.clone() })
                .collect();
        }
        let mut elections: BTreeMap<(String, String), ElectionReport> = BTreeMap::new();
        let found: &Elections = &self.votes.elections;
        for ((days, name), count) in found {
            let (date, name) = (date_text(*days), name.clone());
            elections
                .insert((date.clone(), name.clone()), ElectionReport { date, name, now: *count, before: 0 });
        }
        for election in earlier {
            let key = (election.date.clone(), election.name.clone());
            let entry = elections.entry(key).or_insert_with(|| ElectionReport { now: 0, ..election.clone() });
            entry.before = election.now;
        }
        elections.into_values().rev().collect()
    }

    fn addresses(&self) -> AddressReport {
        const STREETS_MAX: usize = 100;
        let profile = &self.voters.totals.profile;
        let mut new_streets = value_counts(&self.voters.totals.new_streets, &[]);
        new_streets.truncate(STREETS_MAX);
        AddressReport {
            kinds: profile.value_counts("res_kind"),
            quality: profile.value_counts("res_quality"),
            new_streets,
        }
    }

    fn identity(&self) -> IdentityReport {
        let totals = &self.voters.totals;
        let by_match = self.followed.by_rule.values().sum::<u64>();
        let by_legacy_id = self.settled.id_changed;
        IdentityReport {
            by_state_id: totals.linked - by_legacy_id - by_match,
            by_legacy_id,
            by_match,
            by_match_rules: self.followed.by_rule.clone(),
            possible: self.followed.possible,
            id_reused: self.followed.reused,
            id_doubtful: self.followed.doubtful,
            new: totals.new,
            returned: self.changes.total(ChangeKind::Returned),
            id_changed: by_legacy_id + by_match,
            kept_from_predecessor: self.kept,
        }
    }
}

/// `1 vote`, `2 votes`.
fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", gate::thousands(count), if count == 1 { "" } else { "s" })
}

fn named(counts: impl Iterator<Item = (&'static str, u64)>) -> Counts {
    counts.map(|(name, count)| (name.to_owned(), count)).collect()
}

fn value_counts(now: &Counts, before: &[ValueCount]) -> Vec<ValueCount> {
    let mut values: BTreeMap<&str, ValueCount> = now
        .iter()
        .map(|(value, count)| (value.as_str(), ValueCount { value: value.clone(), now: *count, before: 0 }))
        .collect();
    for value in before.iter().filter(|value| value.now > 0) {
        let entry = values.entry(value.value.as_str()).or_default();
        entry.value.clone_from(&value.value);
        entry.before = value.now;
    }
    let mut values: Vec<_> = values.into_values().collect();
    values.sort_by(|a, b| b.now.cmp(&a.now).then_with(|| a.value.cmp(&b.value)));
    values
}

fn relative_change(county: &CountyReport) -> f64 {
    let rows = share(county.now.abs_diff(county.before), county.before);
    if county.now < county.before { -rows } else { rows }
}

#[expect(clippy::cast_precision_loss, reason = "counts of voters are far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
