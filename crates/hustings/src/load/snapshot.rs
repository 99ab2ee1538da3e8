//! Building one snapshot in the staging folder.

use super::carry::{self, Carried, Carry, Departed};
use super::contested::{self, ContestedOutcome};
use super::follow::{self, Followed};
use super::manifest::{self, Manifest, ManifestFile, TableEntry};
use super::prepare::{Prepared, PreparedFile};
use super::progress::Progress;
use super::report::{Changes, Parts};
use super::tables;
use super::unlink::Parted;
use super::vote_changes::{self, Before, Described, VoteComparison};
use super::vote_keys::CountyKeys;
use super::voters::{self, VoterOutcome, VoterPass, VoterTables};
use super::votes::{self, LastVotes, VoteOutcome, VotePass, VoteSums};
use super::{LoadError, arrivals, ballots, diff, prior};
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::date::days_since_epoch;
use hustings_core::digits::hex;
use hustings_store::snapshot_scan::TableScan;
use hustings_store::{Flagged, SnapshotRecord, Store};
use hustings_voterfile::change::ChangeKind;
use hustings_voterfile::history::MapFiles;
use hustings_voterfile::identity::NewVoters;
use hustings_voterfile::layout::{FileKind, Layout, Recognized};
use hustings_voterfile::report::LoadReport;
use hustings_voterfile::schema::Table;
use hustings_voterfile::voter::{DatePolicy, VoterColumns};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

/// All that a snapshot is built from.
pub struct Build<'a, 'id> {
    pub store: &'a Store,
    pub act: &'a Act<'id, Load>,
    pub layout: &'a Layout,
    pub prepared: &'a Prepared,
    pub as_of: Date,
    pub id: String,
    pub predecessor: Option<&'a SnapshotRecord>,
    pub folder: &'a Path,
    pub accept_held: Option<&'a str>,
    /// Ids of which a person has said that they are two people's.
    pub parted: &'a BTreeSet<Parted>,
    pub started: Instant,
    pub loaded_at: Timestamp,
    pub progress: &'a dyn Progress,
}

/// What the passes left.
struct Passes {
    voters: VoterOutcome,
    settled: ContestedOutcome,
    followed: Followed,
    votes: VoteOutcome,
    comparison: VoteComparison,
    ballots: ballots::BallotOutcome,
    changes: Changes,
    departed: Vec<Departed>,
    kept: u64,
    dates: DatePolicy,
}

impl Build<'_, '_> {
    /// Writes tables, report and manifest.
    ///
    /// # Errors
    /// The delivery cannot be read, or the folder cannot be written.
    pub fn run(
        self,
        earlier: Vec<LoadReport>,
        manifests: Vec<(String, Manifest)>,
    ) -> Result<LoadReport, LoadError> {
        if !self.prepared.files.iter().any(|file| file.report.kind.starts_with("voters")) {
            let kinds: Vec<_> = self
                .prepared
                .files
                .iter()
                .map(|file| format!("{} ({})", file.input.name, file.report.kind))
                .collect();
            return Err(LoadError::NoVoters {
                delivery: "the delivery".to_owned(),
                detail: if kinds.is_empty() {
                    let mut reasons = vec!["no file is known to the layout".to_owned()];
                    reasons.extend(self.prepared.warnings.iter().cloned());
                    reasons.join("; ")
                } else {
                    kinds.join(", ")
                },
            });
        }
        let first_new_id = manifests.iter().map(|(_, manifest)| manifest.voter_id_next).max().unwrap_or(1);
        let before = self
            .predecessor
            .and_then(|predecessor| manifests.iter().find(|(id, _)| *id == predecessor.id))
            .map(|(_, manifest)| manifest);
        let mut dates = DatePolicy::new(self.layout, self.as_of);
        for (column, days) in before.iter().flat_map(|manifest| &manifest.placeholders) {
            let days = days.iter().filter_map(|text| text.parse::<Date>().ok()).map(days_since_epoch);
            dates.add_found(column, days);
        }
        // A placeholder is known only when the whole list has been read; then the list is read again without it. From
        // the next week on it is known beforehand.
        let passes = loop {
            let passes = self.passes(first_new_id, before, dates.clone())?;
            let found = new_placeholders(&passes.voters, &dates);
            if found.is_empty() {
                break passes;
            }
            for (column, days) in found {
                dates.add_found(column, days);
            }
        };
        self.finish(passes, &earlier, before, first_new_id)
    }

    fn passes(
        &self,
        first_new_id: i64,
        before: Option<&Manifest>,
        dates: DatePolicy,
    ) -> Result<Passes, LoadError> {
        self.progress.stage("Opening the previous snapshot", None);
        let prior_table = self.open_before("voters.parquet")?;
        let (prior, streets) = prior_table.as_ref().map(prior::read).transpose()?.unwrap_or_default();
        let columns = self.voter_columns(prior_table.as_ref());
        let pass = VoterPass {
            layout: self.layout,
            columns: &columns,
            prior: &prior,
            streets: &streets,
            contested: &self.prepared.repeated_ids,
            dates: &dates,
            as_of_days: days_since_epoch(self.as_of),
            first_new_id,
            first_file: first_file(before),
        };
        let create = |table, schema| tables::create(self.act, self.folder, table, schema);
        let mut voter_table = create(Table::Voters, columns.schema().clone())?;
        let mut changes = create(Table::Changes, tables::schema_of(Table::Changes))?;
        let mut quarantine = create(Table::Quarantine, tables::schema_of(Table::Quarantine))?;
        let mut arrived = tables::create_arrived(self.act, self.folder, columns.schema().clone())?;
        let mut to = VoterTables {
            voters: &mut voter_table,
            changes: &mut changes,
            quarantine: &mut quarantine,
            arrived: &mut arrived,
        };
        let mut read = voters::read(&pass, self.prepared, &mut to, self.progress)?;
        let settled = contested::settle(&pass, &mut read, &mut to)?;

        self.progress.stage("Following voters", None);
        let mut kinds = Changes::default();
        let kept_rows = kept_rows(&pass, &read);
        let untold = self.prepared.untold();
        let scan = to.arrived.so_far(self.act)?;
        let followed = match &prior_table {
            Some(table) => follow::settle(&pass, table, &scan, &untold, self.parted, &mut read, &mut to)?,
            None => Followed::default(),
        };
        drop(scan);
        for (kind, county) in &followed.alarms {
            kinds.add(*kind, county);
        }
        self.progress.stage("Comparing with the previous snapshot", None);
        let (carried, gone) = match &prior_table {
            Some(table) => self.carry(&pass, &mut read, &kept_rows, table, &mut to)?,
            None => Default::default(),
        };
        let kept = u64::try_from(kept_rows.len()).unwrap_or(0);
        drop(arrived);
        let path = self.folder.join(arrivals::FILE);
        fs::remove_file(&path).map_err(|error| LoadError::unwritable(&path, &error))?;
        let mut departed = carried.departed;
        for county in &carried.withheld {
            kinds.add(ChangeKind::BecameConfidential, county);
        }
        voter_table.finish()?;
        Flagged::write(self.act, self.folder, &read.flagged)?;
        for voter in &departed {
            kinds.add(ChangeKind::Dropped, &voter.county);
        }
        for (county, totals) in &read.totals.counties {
            kinds.add_many(ChangeKind::New, county, totals.new);
        }
        let now_table = TableScan::open(self.act, &self.folder.join("voters.parquet"))?;
        if let Some(table) = &prior_table {
            let mut pairs = std::mem::take(&mut read.changed);
            let year = i32::from(self.as_of.year());
            departed.extend(diff::compare(
                table,
                &now_table,
                &mut pairs,
                year,
                &untold,
                &mut changes,
                |change| {
                    kinds.add(change.kind, &change.county_name);
                    if change.kind == ChangeKind::IdChanged
                        && let Some(reason) = followed.reasons.get(&change.voter_id)
                    {
                        change.reason.clone_from(reason);
                    }
                },
            )?);
        }
        let new_ids = std::mem::take(&mut read.new_ids);
        let is_looked_up = self.prepared.files.iter().any(|file| file.recognized.kind != FileKind::Voters);
        let new_voters = if is_looked_up { NewVoters::of(&new_ids) } else { NewVoters::default() };
        drop(new_ids);
        let (votes, comparison, departed) = self.history(
            &pass,
            &new_voters,
            prior_table.as_ref(),
            &now_table,
            departed,
            &gone,
            &mut changes,
            &mut quarantine,
        )?;
        let join = ballots::BallotJoin {
            prior: &prior,
            new_ids: &new_voters,
            now: &now_table,
            first_file: pass.first_file,
        };
        let ballots = ballots::read(self, &join, &mut quarantine)?;
        changes.finish()?;
        quarantine.finish()?;
        for (kind, counties) in &comparison.changes {
            for (county, count) in counties {
                kinds.add_many(*kind, county, *count);
            }
        }
        Ok(Passes {
            voters: read,
            settled,
            followed,
            votes,
            comparison,
            ballots,
            changes: kinds,
            departed,
            kept,
            dates,
        })
    }

    /// The canonical columns, and the extra ones of this delivery and of the predecessor.
    fn voter_columns(&self, prior_table: Option<&TableScan>) -> VoterColumns {
        let is_extra = |name: &str| name.starts_with("extra_") || name.starts_with("district_");
        let before: Vec<String> = prior_table.map(TableScan::columns).unwrap_or_default();
        let now = self
            .prepared
            .files
            .iter()
            .filter(|file| file.report.kind.starts_with("voters"))
            .flat_map(|file| &file.recognized.columns)
            .filter(|column| column.table == Some(Table::Voters))
            .map(|column| column.parquet.as_str());
        VoterColumns::new(now.chain(before.iter().map(String::as_str)).filter(|name| is_extra(name)))
    }

    /// Keeps the voters who are not on the new list. Returns those who left, and the rows of the predecessor whose voters
    /// are gone.
    fn carry(
        &self,
        pass: &VoterPass<'_>,
        read: &mut VoterOutcome,
        kept: &[u32],
        table: &TableScan,
        to: &mut VoterTables<'_>,
    ) -> Result<(Carried, HashSet<u32>), LoadError> {
        let prior = pass.prior;
        let gone: Vec<u32> = prior.unseen().collect();
        let carry = Carry {
            voters: table,
            prior,
            as_of_days: pass.as_of_days,
            year: i32::from(self.as_of.year()),
            confidential: &read.held_confidential,
        };
        let carried = carry::carry(&carry, &gone, kept, to, &mut read.totals)?;
        Ok((carried, gone.into_iter().collect()))
    }

    #[expect(clippy::too_many_arguments, reason = "the pass joins what all earlier passes left")]
    fn history(
        &self,
        pass: &VoterPass<'_>,
        new_ids: &NewVoters,
        prior_voters: Option<&TableScan>,
        now: &TableScan,
        departed: Vec<Departed>,
        gone: &HashSet<u32>,
        changes: &mut hustings_store::snapshot_writer::TableWriter,
        quarantine: &mut hustings_store::snapshot_writer::TableWriter,
    ) -> Result<(VoteOutcome, VoteComparison, Vec<Departed>), LoadError> {
        let prior_votes = self.open_before("votes.parquet")?;
        let mut last_votes = LastVotes::watching(departed.iter().map(|voter| voter.voter_id));
        let has_history = self.prepared.files.iter().any(|file| file.recognized.history.is_some());
        if let Some(before) = prior_votes.as_ref().filter(|_| !has_history) {
            // No history in the delivery: the predecessor's stays.
            self.copy_before("votes.parquet")?;
            last_votes.look_through(before)?;
            let outcome = VoteOutcome {
                counts: vec![Default::default(); self.prepared.files.len()],
                ..VoteOutcome::default()
            };
            let comparison = VoteComparison { before: before.rows(), ..VoteComparison::default() };
            return Ok((outcome, comparison, votes::with_last_votes(departed, &last_votes)));
        }
        let sums = VoteSums::new(pass.prior.len());
        let maps = MapFiles::default();
        let has_county_keys =
            |file: &PreparedFile| file.report.kind == "history" && file.county_key.is_some();
        let county_keys = match self.prepared.files.iter().any(has_county_keys) {
            true => CountyKeys::read(now)?,
            false => CountyKeys::default(),
        };
        let vote_pass = VotePass {
            prior: pass.prior,
            new_ids,
            sums: &sums,
            maps: &maps,
            id_pad: self.layout.id.as_ref().and_then(|id| id.pad).unwrap_or(0),
            first_file: pass.first_file,
            layout: self.layout,
            county_keys: &county_keys,
        };
        let mut table = tables::create(self.act, self.folder, Table::Votes, tables::schema_of(Table::Votes))?;
        let mut outcome = votes::read(&vote_pass, self.prepared, &mut table, quarantine, self.progress)?;
        let mut comparison = VoteComparison::default();
        if let (Some(votes), Some(voters), Some(predecessor)) = (&prior_votes, prior_voters, self.predecessor)
        {
            let before = Before {
                pass: &vote_pass,
                snapshot: &predecessor.id,
                votes,
                gone: &|row| gone.contains(&row),
                describe: &|rows| describe(voters, rows),
            };
            comparison = vote_changes::compare(&before, &mut table, &mut last_votes)?;
            vote_changes::explain(&before, self.act, &mut outcome, &mut table, changes, &mut comparison)?;
        }
        table.finish()?;
        Ok((outcome, comparison, votes::with_last_votes(departed, &last_votes)))
    }

    fn finish(
        &self,
        mut passes: Passes,
        earlier: &[LoadReport],
        before: Option<&Manifest>,
        first_new_id: i64,
    ) -> Result<LoadReport, LoadError> {
        self.progress.stage("Checking", None);
        let households = passes.voters.totals.household_count();
        let layout_sha256 = manifest::layout_sha256(self.layout);
        let parts = Parts {
            build: self,
            voters: &passes.voters,
            settled: &passes.settled,
            followed: &passes.followed,
            votes: &passes.votes,
            comparison: &passes.comparison,
            ballots: &passes.ballots,
            changes: &passes.changes,
            departed: &passes.departed,
            kept: passes.kept,
            households,
            earlier,
            reading_changed: before
                .and_then(|before| before.reading_changed(&manifest::program(), &layout_sha256)),
        };
        let mut report = parts.report();
        let mut tables = BTreeMap::new();
        for name in
            ["voters.parquet", "votes.parquet", "ballots.parquet", "changes.parquet", "quarantine.parquet"]
        {
            let entry = self.table_entry(name)?;
            report.sizes.insert(name.to_owned(), entry.bytes);
            tables.insert(name.to_owned(), entry);
        }
        let own: Vec<ManifestFile> = self
            .prepared
            .files
            .iter()
            .zip(&report.summary.files)
            .map(|(prepared, file)| ManifestFile {
                file: file.clone(),
                columns: headers(&prepared.recognized),
                header: prepared.recognized.columns.iter().map(|column| column.header.clone()).collect(),
            })
            .collect();
        let lines: u64 = self.prepared.files.iter().map(|file| file.lines + 1).sum();
        let manifest = Manifest {
            version: 1,
            snapshot: self.id.clone(),
            state: self.layout.state.to_string(),
            as_of: self.as_of.to_string(),
            predecessor: self.predecessor.map(|predecessor| predecessor.id.clone()),
            program: manifest::program(),
            layout: report.summary.layout.clone(),
            layout_sha256: layout_sha256.clone(),
            files_delivered: own.len(),
            files: before.iter().flat_map(|before| before.files.clone()).chain(own).collect(),
            left_out: self.prepared.ignored.clone(),
            tables,
            voter_id_next: first_new_id + i64::try_from(lines).unwrap_or(i64::MAX / 2),
            parted: self.parted.iter().cloned().collect(),
            placeholders: passes
                .dates
                .found()
                .iter()
                .map(|(column, days)| {
                    (column.clone(), days.iter().map(|days| votes::date_text(Some(*days))).collect())
                })
                .collect(),
        };
        report.summary.seconds = self.started.elapsed().as_secs_f64();
        report.summary.peak_memory_bytes = peak_memory_bytes();
        self.write_json("manifest.json", &manifest)?;
        self.write_json("report.json", &report)?;
        Ok(report)
    }

    fn table_entry(&self, name: &str) -> Result<TableEntry, LoadError> {
        let path = self.folder.join(name);
        let unreadable = |error: std::io::Error| LoadError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let mut file = File::open(&path).map_err(unreadable)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        let mut bytes = 0;
        loop {
            let count = file.read(&mut buffer).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            bytes += u64::try_from(count).unwrap_or(0);
        }
        let rows = TableScan::open(self.act, &path)?.rows();
        Ok(TableEntry { sha256: hex(&hash.finalize()), bytes, rows })
    }

    fn write_json(&self, name: &str, value: &impl serde::Serialize) -> Result<(), LoadError> {
        let path = self.folder.join(name);
        let unwritable = |error: std::io::Error| LoadError::unwritable(&path, &error);
        let text = serde_json::to_vec_pretty(value).map_err(|error| unwritable(error.into()))?;
        let mut file = File::create(&path).map_err(unwritable)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(unwritable)
    }

    /// A table of the predecessor; none on a first load.
    ///
    /// # Errors
    /// It is damaged.
    pub fn open_before(&self, name: &str) -> Result<Option<TableScan>, LoadError> {
        let Some(predecessor) = self.predecessor else { return Ok(None) };
        Ok(Some(TableScan::open(self.act, &predecessor.folder.join(name))?))
    }

    /// Takes a table over from the predecessor as it is.
    pub fn copy_before(&self, name: &str) -> Result<(), LoadError> {
        let Some(predecessor) = self.predecessor else { return Ok(()) };
        let (from, to) = (predecessor.folder.join(name), self.folder.join(name));
        // A list that is read twice for its placeholders is here twice. What the first time left may be the
        // predecessor's own file: a copy onto it would empty both.
        if let Err(error) = fs::remove_file(&to)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(LoadError::unwritable(&to, &error));
        }
        // Snapshots are immutable, so two may share one file; where links are not possible it is copied.
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(|_| ()))
            .map_err(|error| LoadError::unwritable(&to, &error))
    }
}

/// Rows of the predecessor that stay as they were, because the new row was held back; each is marked as seen.
fn kept_rows(pass: &VoterPass<'_>, read: &VoterOutcome) -> Vec<u32> {
    let prior = pass.prior;
    let held_back = read.held_back.iter().copied();
    let mut kept: Vec<u32> =
        held_back.filter(|row| !prior.voter(*row).dropped && !prior.mark_seen(*row)).collect();
    kept.sort_unstable();
    kept
}

/// The file's own names of its columns by canonical name.
fn headers(recognized: &Recognized) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for column in &recognized.columns {
        headers.entry(column.to.clone()).or_insert_with(|| column.header.clone());
    }
    headers
}

/// Where this delivery's files begin in the manifest: behind those of the predecessor, so that a row that is carried
/// over keeps its file's number.
fn first_file(before: Option<&Manifest>) -> i32 {
    before.map_or(0, |before| i32::try_from(before.files.len()).unwrap_or(i32::MAX))
}

/// Dates that stand for "not known" and were not known to do so.
fn new_placeholders(voters: &VoterOutcome, dates: &DatePolicy) -> Vec<(&'static str, Vec<i32>)> {
    voters
        .totals
        .placeholders
        .iter()
        .map(|(column, finder)| {
            let known = dates.found().get(*column);
            let new = finder
                .placeholders()
                .into_iter()
                .map(|(date, _)| days_since_epoch(date))
                .filter(|days| known.is_none_or(|known| !known.contains(days)))
                .collect::<Vec<_>>();
            (*column, new)
        })
        .filter(|(_, days)| !days.is_empty())
        .collect()
}

/// Ids and county of rows of the predecessor.
fn describe(voters: &TableScan, rows: &[u32]) -> Result<HashMap<u32, Described>, LoadError> {
    use arrow_array::Array;
    let mut described = HashMap::with_capacity(rows.len());
    let mut next = rows.iter();
    for batch in voters.rows_at(rows, &["state_voter_id", "county_voter_id", "county_name"])? {
        let batch = batch.map_err(hustings_store::ParquetError::from)?;
        let value = |column: &str, row: usize| {
            let array = super::tally::text(&batch, column).filter(|array| array.is_valid(row));
            array.map_or("", |array| array.value(row)).to_owned()
        };
        for (row, prior_row) in (0..batch.num_rows()).zip(next.by_ref()) {
            let voter = Described {
                state_voter_id: value("state_voter_id", row),
                county_voter_id: value("county_voter_id", row),
                county_name: value("county_name", row),
            };
            described.insert(*prior_row, voter);
        }
    }
    Ok(described)
}

/// The most memory this process has had, as Linux tells; 0 elsewhere.
pub(crate) fn peak_memory_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes * 1024)
}
