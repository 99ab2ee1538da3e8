//! Writing one week's delivery and its truth.

use super::address::{Address, address};
use super::county::COUNTIES;
use super::dirt::{Damage, damage};
use super::geography::Geography;
use super::history::{Elections, special_date};
use super::household::Household;
use super::lines::Lines;
use super::population::{county_index, newcomers, quotas};
use super::row::{BALLOT_HEADER, HEADER, HISTORY_HEADER, Row};
use super::truth::Truth;
use super::voter::{Day, UNKNOWN, Voter};
use super::{NcOptions, TruthFiles, WeekFiles, ballots, render};
use crate::synth::random::Random;
use jiff::civil::Date;
use std::fs;
use std::io;
use std::path::Path;

const NEWCOMERS: u64 = 0x4e45_574e;
const RENAMED: u64 = 0x5245_4e41;
const TROUBLE: u64 = 0x5452_4f55;
const DAMAGE: u64 = 0x4441_4d41;
const ORPHAN: u64 = 0x4f52_5048;
/// The first `ncid` number.
const FIRST_NUMBER: u64 = 100_000;
/// `ncid` numbers from here on are on no list: votes whose voter has gone.
const ORPHAN_NUMBER: u64 = 900_000_000;
/// A voter's second id: the number and so many.
const NEW_ID: u64 = 400_000_000;

/// What all weeks have in common.
pub(super) struct State<'a> {
    options: &'a NcOptions,
    elections: Elections,
    /// Voters of each county on the first list.
    quotas: Vec<u64>,
    /// New voters by week and county; none in week 0.
    newcomers: Vec<Vec<u64>>,
    purged_county: Option<usize>,
    dropped_county: Option<usize>,
}

impl<'a> State<'a> {
    pub(super) fn new(options: &'a NcOptions) -> io::Result<Self> {
        let quotas = quotas(options.voters);
        let newcomers = (0..options.weeks)
            .map(|week| match week {
                0 => vec![0; COUNTIES.len()],
                _ => quotas
                    .iter()
                    .enumerate()
                    .map(|(county, quota)| newcomers(options.seed, week, county, *quota))
                    .collect(),
            })
            .collect();
        let county = |name: Option<&String>| name.map(|name| county_index(name)).transpose();
        Ok(Self {
            options,
            elections: Elections::until(options.first_as_of),
            quotas,
            newcomers,
            purged_county: county(options.trouble.purge.as_ref().map(|(name, _)| name))?,
            dropped_county: county(options.trouble.drop_county.as_ref())?,
        })
    }

    /// Voters visited over all weeks.
    pub(super) fn total(&self) -> u64 {
        (0..self.newcomers.len())
            .map(|week| self.options.voters + self.newcomers[..=week].iter().flatten().sum::<u64>())
            .sum()
    }

    fn as_of(&self, week: u32) -> io::Result<Date> {
        let days = jiff::Span::new().days(7 * i64::from(week));
        self.options.first_as_of.checked_add(days).map_err(io::Error::other)
    }

    fn geography(&self, week: u32) -> Geography {
        let mut geography = Geography::of_first_week();
        for renamed_in in 1..=week {
            let mut random = Random::keyed(self.options.seed, &[RENAMED, u64::from(renamed_in)]);
            geography.rename(random.index(geography.count()));
        }
        geography
    }

    /// Writes the delivery of this week and its truth.
    pub(super) fn write(
        &self,
        week: u32,
        out: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<WeekFiles> {
        let as_of = self.as_of(week)?;
        let (folder, truth_folder) = (out.join(as_of.to_string()), out.join("truth"));
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(&truth_folder)?;
        let special = special_date(self.options.first_as_of);
        let beside = |name: &str| truth_folder.join(format!("{as_of}.{name}"));
        let mut files = WeekFiles {
            as_of,
            voters: folder.join("ncvoter_Statewide.txt"),
            history: folder.join("ncvhis_Statewide.txt"),
            ballots: folder.join(format!("absentee_{}.csv", special.strftime("%Y%m%d"))),
            folder,
            truth: TruthFiles {
                changes: beside("changes.tsv"),
                identity: beside("identity.tsv"),
                dirt: beside("dirt.tsv"),
                duplicates: beside("duplicates.tsv"),
                history_dirt: beside("history-dirt.tsv"),
                summary: beside("summary.json"),
            },
            summary: super::truth::Summary::default(),
        };
        let mut writer = WeekWriter {
            state: self,
            week,
            as_of: as_of.into(),
            special: special.into(),
            last: week > 0 && week + 1 == self.options.weeks,
            geography: self.geography(week),
            geography_before: self.geography(week.saturating_sub(1)),
            first_geography: self.geography(0),
            voters: Lines::create(&files.voters, &HEADER, b'\t')?,
            history: Lines::create(&files.history, &HISTORY_HEADER, b'\t')?,
            ballots: Lines::create(&files.ballots, &BALLOT_HEADER, b',')?,
            truth: Truth::create(&truth_folder, &as_of.to_string(), week)?,
            deferred: Vec::new(),
            unknown_left: self.options.trouble.unknown_status,
            reused_left: self.options.trouble.reused_ids,
            free_ids: Vec::new(),
            rows: Rows::default(),
        };
        writer.everybody(progress)?;
        files.summary = writer.finish(&files.truth.summary)?;
        Ok(files)
    }
}

#[derive(Default)]
struct Rows {
    now: Row,
    before: Row,
    vote: Row,
}

struct WeekWriter<'a> {
    state: &'a State<'a>,
    week: u32,
    as_of: Day,
    special: Day,
    last: bool,
    geography: Geography,
    geography_before: Geography,
    first_geography: Geography,
    voters: Lines,
    history: Lines,
    ballots: Lines,
    truth: Truth,
    /// Second registrations that stand at the end of the file.
    deferred: Vec<(Row, u64, Damage)>,
    unknown_left: u64,
    reused_left: u64,
    /// Ids of voters who have left: letters and number.
    free_ids: Vec<(usize, u64)>,
    rows: Rows,
}

impl WeekWriter<'_> {
    fn everybody(&mut self, progress: &mut dyn FnMut(u64)) -> io::Result<()> {
        let options = self.state.options;
        let listed: Day = options.first_as_of.into();
        let mut number = FIRST_NUMBER;
        for county in 0..COUNTIES.len() {
            let end = number + self.state.quotas[county];
            for household_number in 0.. {
                if number >= end {
                    break;
                }
                let household = Household::new(options.seed, county, household_number, listed.year);
                let home = address(options.seed, &self.geography, county, household.residence);
                let size = u64::from(household.size).min(end - number);
                for member in 0..household.size.min(u32::try_from(size).unwrap_or(u32::MAX)) {
                    let base = Voter::first(options.seed, number, county, &household, member, listed);
                    self.voter(&base, 0, &household, &home)?;
                    number += 1;
                }
                progress(size);
            }
        }
        for (arrived, counties) in
            (0_u32..).zip(&self.state.newcomers).take(usize::try_from(self.week).unwrap_or(0) + 1)
        {
            let as_of: Day = self.state.as_of(arrived)?.into();
            for (county, count) in counties.iter().enumerate() {
                for _ in 0..*count {
                    let household = self.newcomer_household(number, county, listed.year);
                    let home = address(options.seed, &self.geography, county, household.residence);
                    let base = Voter::newcomer(options.seed, number, county, &household, as_of);
                    self.voter(&base, arrived, &household, &home)?;
                    number += 1;
                }
                progress(*count);
            }
        }
        Ok(())
    }

    /// Some move in with people who are on the list already, the others have a door of their own.
    fn newcomer_household(&self, number: u64, county: usize, listed_year: u16) -> Household {
        let seed = self.state.options.seed;
        let own_door = number | 1 << 62;
        let mut household = Household::new(seed, county, own_door, listed_year);
        let mut random = Random::keyed(seed, &[NEWCOMERS, number]);
        if random.chance(0.4) {
            // Households have two voters on average, so all of the first two fifths exist.
            let households = u32::try_from(self.state.quotas[county] * 2 / 5).unwrap_or(u32::MAX);
            household.residence = u64::from(random.below(households));
        }
        household
    }

    fn voter(&mut self, base: &Voter, arrived: u32, household: &Household, home: &Address) -> io::Result<()> {
        let seed = self.state.options.seed;
        let mut now = *base;
        let mut before = *base;
        let mut ever_before = false;
        for week in arrived + 1..=self.week {
            before = now;
            ever_before |= before.present;
            let as_of: Day = if week == self.week { self.as_of } else { self.state.as_of(week)?.into() };
            now.advance(seed, week, as_of, household);
        }
        let present_before = self.week > arrived && before.present;
        if self.last {
            self.trouble(&mut now);
        }
        let was = ncid(base);
        if self.last {
            self.new_id(&mut now, present_before, arrived)?;
        }
        let ncid = || ncid(&now);
        if now.present {
            let elsewhere = self.elsewhere(&now, household);
            render::voter(
                &now,
                elsewhere.as_ref().unwrap_or(home),
                &self.geography,
                self.as_of.year,
                &mut self.rows.now,
            );
            self.truth.summary.voters += 1;
            self.row(&now, elsewhere.as_ref().unwrap_or(home))?;
            self.votes(&now, base, present_before)?;
            self.ballots(&now, elsewhere.as_ref().unwrap_or(home))?;
        }
        match (present_before, now.present) {
            _ if self.week == 0 => *self.truth.summary.changes.entry("new".to_owned()).or_default() += 1,
            (false, true) => {
                self.truth.change(&ncid(), if ever_before { "returned" } else { "new" }, "", "")?
            }
            (true, false) => self.truth.change(&ncid(), "dropped", "", "")?,
            (false, false) => {}
            (true, true) => {
                let elsewhere = self.elsewhere(&before, household);
                let home = elsewhere.as_ref().unwrap_or(home);
                let year = self.state.as_of(self.week - 1)?.year().unsigned_abs();
                render::voter(&before, home, &self.geography_before, year, &mut self.rows.before);
                if was != ncid() {
                    self.truth.change(&ncid(), "id_changed", &was, &ncid())?;
                }
                if self.rows.before != self.rows.now {
                    self.truth.compare(&ncid(), &self.rows.before, &self.rows.now)?;
                }
            }
        }
        Ok(())
    }

    /// Gives the voter another id, or takes down that this one is free.
    fn new_id(&mut self, now: &mut Voter, present_before: bool, arrived: u32) -> io::Result<()> {
        let trouble = &self.state.options.trouble;
        let was = ncid(now);
        if present_before && !now.present && (self.free_ids.len() as u64) < trouble.reused_ids {
            self.free_ids.push((now.home, now.id_number));
        } else if present_before && now.present && trouble.new_ids > 0.0 {
            let mut random = Random::keyed(self.state.options.seed, &[NEW_ID, now.number]);
            if random.chance(trouble.new_ids) {
                now.id_number += NEW_ID;
                self.truth.identity("new_id", &was, &ncid(now))?;
            }
        } else if arrived == self.week
            && self.reused_left > 0
            && let Some((home, number)) = self.free_ids.pop()
        {
            self.reused_left -= 1;
            (now.home, now.id_number) = (home, number);
            self.truth.identity("reused", &ncid(now), &ncid(now))?;
            self.truth.change(&ncid(now), "id_reused", "", "")?;
        }
        Ok(())
    }

    /// The address of a voter who no longer lives at the household's.
    fn elsewhere(&self, voter: &Voter, household: &Household) -> Option<Address> {
        let moved = voter.residence != household.residence || voter.county != household.county;
        moved.then(|| address(self.state.options.seed, &self.geography, voter.county, voter.residence))
    }

    fn trouble(&mut self, voter: &mut Voter) {
        let mut random = Random::keyed(self.state.options.seed, &[TROUBLE, voter.number]);
        if self.state.dropped_county == Some(voter.county) {
            voter.present = false;
        }
        if let Some((_, share)) = &self.state.options.trouble.purge
            && self.state.purged_county == Some(voter.county)
            && random.chance(*share)
        {
            if random.chance(0.5) {
                voter.present = false;
            } else if matches!(voter.status.code, "A" | "I") {
                voter.status = &super::voter::TWO_ELECTIONS;
            }
        }
        if self.unknown_left > 0 && voter.present && random.chance(0.1) {
            voter.status = &UNKNOWN;
            self.unknown_left -= 1;
        }
    }

    fn row(&mut self, voter: &Voter, home: &Address) -> io::Result<()> {
        let options = self.state.options;
        self.truth.summary.records += 1;
        let Some(kind) = Damage::draw(options.seed, options.dirt, voter.number, self.week) else {
            self.voters.row(&self.rows.now)?;
            return Ok(());
        };
        let ncid = self.rows.now.shown(super::row::column::NCID);
        // What the state's database holds is the same text every week.
        let week = if kind.lasting() { 0 } else { self.week };
        let mut random = Random::keyed(options.seed, &[DAMAGE, voter.number, u64::from(week)]);
        let damaged = damage(&self.rows.now, kind, &mut random);
        self.truth.summary.continuation_lines += damaged.continuation_lines;
        match kind {
            Damage::BlankLine => self.truth.summary.blank_lines += 1,
            Damage::RepeatedHeader => self.truth.summary.header_lines += 1,
            _ => {}
        }
        let second = match kind {
            Damage::DuplicateExact => Some(self.rows.now.clone()),
            Damage::DuplicateStatus => Some(self.second_registration(voter, home, &mut random)),
            _ => None,
        };
        let Some(second) = second else {
            let line = self.voters.bytes(&damaged.bytes)?;
            let ncid = if matches!(kind, Damage::BlankLine | Damage::RepeatedHeader) { "" } else { &ncid };
            return self.truth.dirt(ncid, line, kind.as_str(), kind.expected());
        };
        self.truth.summary.records += 1;
        let (kept, losing) = match random.below(4) {
            0 if kind == Damage::DuplicateStatus => {
                let losing = self.voters.row(&second)?;
                (self.voters.row(&self.rows.now)?, losing)
            }
            0 | 1 => (self.voters.row(&self.rows.now)?, self.voters.row(&second)?),
            _ => {
                let kept = self.voters.row(&self.rows.now)?;
                self.deferred.push((second, kept, kind));
                return Ok(());
            }
        };
        self.doubled(&ncid, kept, losing, kind)
    }

    /// Writes down which of two rows with one id stays: of equal ones the later, as a reader that takes the list's last
    /// word keeps it.
    fn doubled(&mut self, ncid: &str, kept: u64, losing: u64, kind: Damage) -> io::Result<()> {
        let (kept, losing) = match kind {
            Damage::DuplicateExact => (kept.max(losing), kept.min(losing)),
            _ => (kept, losing),
        };
        self.truth.dirt(ncid, losing, kind.as_str(), kind.expected())?;
        self.truth.duplicate(ncid, kept, losing, kind.as_str())
    }

    /// An older registration in the next county, long removed.
    fn second_registration(&self, voter: &Voter, home: &Address, random: &mut Random) -> Row {
        let mut other = *voter;
        other.county = (voter.county + 1) % COUNTIES.len();
        other.registration = voter.number + 500_000_000;
        other.registered = Day { year: voter.registered.year.saturating_sub(4).max(1940), month: 2, day: 3 };
        other.status = &super::voter::MOVED_COUNTY;
        let there = match voter.confidential {
            true => home.clone(),
            false => address(self.state.options.seed, &self.geography, other.county, random.bits()),
        };
        let mut row = Row::new();
        render::voter(&other, &there, &self.geography, self.as_of.year, &mut row);
        row
    }

    fn votes(&mut self, now: &Voter, base: &Voter, present_before: bool) -> io::Result<()> {
        let options = self.state.options;
        let place = address(options.seed, &self.first_geography, base.county, base.residence).precinct;
        let precinct = self.first_geography.precinct(place);
        let loss = if self.last { options.trouble.history_loss } else { 0.0 };
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        let mut result = Ok(());
        let (history, truth, row) = (&mut self.history, &mut self.truth, &mut self.rows.vote);
        let mut random = Random::keyed(options.seed, &[ORPHAN, base.number, u64::from(self.week)]);
        let orphaned = Random::keyed(options.seed, &[ORPHAN, base.number]).chance(0.0002);
        self.state.elections.votes(options.seed, base, self.week, |election, vote| {
            if !vote.newly && Elections::lost(options.seed, base, election, loss) {
                lost.push(election.label.clone());
                return;
            }
            if vote.newly {
                gained.push(election.label.clone());
            }
            let mut write = || -> io::Result<()> {
                election.write(vote, now, base, precinct, row);
                truth.summary.votes += 1;
                if options.dirt > 0.0 && random.chance(options.dirt / 10.0) {
                    let mut line = Vec::new();
                    row.write_line(b'\t', &mut line);
                    let cut = line.iter().position(|byte| *byte == b'\t').unwrap_or(0);
                    line.truncate(cut);
                    line.extend_from_slice(b"\r\n");
                    let at = history.bytes(&line)?;
                    truth.summary.votes_truncated += 1;
                    return truth.history_dirt(&row.shown(10), at, "truncated", "quarantined");
                }
                history.row(row)?;
                if orphaned {
                    let gone = Voter { id_number: base.number + ORPHAN_NUMBER, ..*now };
                    election.write(vote, &gone, base, precinct, row);
                    history.row(row)?;
                    truth.summary.votes += 1;
                    truth.summary.votes_orphan += 1;
                }
                Ok(())
            };
            if result.is_ok() {
                result = write();
            }
        });
        result?;
        if present_before {
            let ncid = self.rows.now.shown(super::row::column::NCID);
            if !gained.is_empty() && self.week > 0 {
                self.truth.change(&ncid, "history_gained", "", &gained.join(";"))?;
            }
            if !lost.is_empty() {
                self.truth.change(&ncid, "history_lost", &lost.join(";"), "")?;
            }
        }
        Ok(())
    }

    fn ballots(&mut self, now: &Voter, home: &Address) -> io::Result<()> {
        for status in ballots::statuses(self.state.options.seed, now, self.week) {
            let precinct = self.geography.precinct(home.precinct);
            ballots::write(now, home, precinct, self.special, status, &mut self.rows.vote);
            self.ballots.row(&self.rows.vote)?;
            self.truth.summary.ballots += 1;
        }
        Ok(())
    }

    fn finish(mut self, summary: &Path) -> io::Result<super::truth::Summary> {
        for (row, kept, kind) in std::mem::take(&mut self.deferred) {
            let losing = self.voters.row(&row)?;
            let ncid = row.shown(super::row::column::NCID);
            self.doubled(&ncid, kept, losing, kind)?;
        }
        self.history.finish()?;
        self.ballots.finish()?;
        self.truth.summary.lines = self.voters.finish()?;
        self.truth.summary.header_lines += 1;
        self.truth.finish(summary)
    }
}

/// The id as it is printed.
fn ncid(voter: &Voter) -> String {
    let mut row = Row::new();
    render::ncid(voter, &mut row);
    row.shown(0)
}
