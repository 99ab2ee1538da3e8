//! The second pass: vote history. Every vote finds its voter.

use super::LoadError;
use super::blocks::{self, Block};
use super::carry::Departed;
use super::damaged::{DamagedRow, DamagedRows};
use super::prepare::{Prepared, PreparedFile};
use super::progress::Progress;
use super::tables::{QuarantineRow, quarantine_batch};
use super::twins::{Twin, Twins};
use super::vote_keys::CountyKeys;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use hustings_store::snapshot_scan::TableScan;
use hustings_store::snapshot_writer::{EncodedRowGroup, RowGroupEncoder, TableWriter};
use hustings_voterfile::history::{MapFiles, VotePlan};
use hustings_voterfile::identity::{IdKey, IdMap, NewVoters, PriorVoters};
use hustings_voterfile::layout::{FileKind, Layout};
use hustings_voterfile::record::{
    BlockCounts, BlockReader, QuarantineRule, QuarantinedRow, Record, RecordSink,
};
use hustings_voterfile::vote::{VoteBuilder, VoteMeta};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// What all threads of the pass share.
pub struct VotePass<'a> {
    /// The predecessor's voters.
    pub prior: &'a PriorVoters,
    /// Voters not seen before.
    pub new_ids: &'a NewVoters,
    /// By row of the predecessor: a sum over the elections of a voter's votes now. The predecessor's votes are taken
    /// off it later; what is then not zero has changed.
    pub sums: &'a VoteSums,
    /// Map files of the delivery.
    pub maps: &'a MapFiles,
    /// Digits to which ids are padded with zeros.
    pub id_pad: usize,
    /// Where this delivery's files begin in the manifest.
    pub first_file: i32,
    /// Whether a text has the form of the state's ids.
    pub layout: &'a Layout,
    /// Who has which number in which county.
    pub county_keys: &'a CountyKeys,
}

/// One number a voter.
#[derive(Debug, Default)]
pub struct VoteSums(Vec<AtomicU64>);

impl VoteSums {
    /// Zero for every voter.
    #[must_use]
    pub fn new(voters: usize) -> Self {
        Self((0..voters).map(|_| AtomicU64::new(0)).collect())
    }

    fn add(&self, row: u32, value: u64) {
        self.0[row as usize].fetch_add(value, Ordering::Relaxed);
    }

    /// Takes a value off the sum of a row.
    pub fn take_off(&self, row: u32, value: u64) {
        self.0[row as usize].fetch_sub(value, Ordering::Relaxed);
    }

    /// The sum of a row.
    pub fn get(&self, row: u32) -> u64 {
        self.0[row as usize].load(Ordering::Relaxed)
    }
}

/// What the pass leaves.
#[derive(Debug, Default)]
pub struct VoteOutcome {
    /// Counts by file, in the order of the prepared files.
    pub counts: Vec<BlockCounts>,
    /// Votes that stood in voter files.
    pub in_voter_files: u64,
    /// Votes of nobody on the list.
    pub orphans: u64,
    /// Votes by election.
    pub elections: Elections,
    /// Examples of quarantined rows by rule.
    pub quarantined: Vec<QuarantineRow>,
    /// Whether the delivery had history.
    pub delivered: bool,
    /// Rows that told votes and were held back.
    pub damaged: DamagedRows,
}

/// Votes by date and name.
pub type Elections = BTreeMap<(Option<i32>, String), u64>;

/// Reads the history of all files, wherever it stands.
///
/// # Errors
/// A file cannot be read or a table not be written.
pub fn read(
    pass: &VotePass<'_>,
    prepared: &Prepared,
    votes: &mut TableWriter,
    quarantine: &mut TableWriter,
    progress: &dyn Progress,
) -> Result<VoteOutcome, LoadError> {
    let files: Vec<_> =
        prepared.files.iter().enumerate().filter(|(_, file)| file.recognized.history.is_some()).collect();
    progress.stage("Reading vote history", Some(files.iter().map(|(_, file)| file.report.bytes).sum()));
    let mut outcome = VoteOutcome {
        counts: vec![BlockCounts::default(); prepared.files.len()],
        delivered: !files.is_empty(),
        ..VoteOutcome::default()
    };
    let mut twins = Twins::default();
    for (index, file) in files {
        let plan = VotePlan::new(&file.recognized, pass.maps);
        let encoders = (votes.encoder(), quarantine.encoder());
        let only_votes = file.recognized.kind == FileKind::History;
        let nothing = HashSet::new();
        let make = || VoteWorker {
            pass,
            plan: &plan,
            file,
            index,
            encoders: &encoders,
            only_votes,
            repeated: if only_votes { &prepared.repeated_votes } else { &nothing },
            reader: BlockReader::new(&file.recognized.format),
            builder: VoteBuilder::new(),
        };
        blocks::read_file(
            &file.input,
            &file.recognized.format,
            blocks::block_size(file.report.bytes, file.lines),
            || {
                let mut worker = make();
                move |block| worker.read(&block)
            },
            |mut block: VoteBlock| {
                let again = twins.seen_before(std::mem::take(&mut block.twins));
                if !again.is_empty() {
                    block.leave_out(again, &encoders.0, pass.sums, quarantine)?;
                }
                votes.append(block.votes)?;
                quarantine.append(block.quarantine)?;
                if only_votes {
                    outcome.counts[index] += block.counts;
                } else {
                    outcome.in_voter_files += block.votes_read;
                }
                outcome.orphans += block.orphans;
                outcome.quarantined.extend(block.samples);
                outcome.damaged.extend(block.damaged);
                for (election, count) in block.elections {
                    *outcome.elections.entry(election).or_default() += count;
                }
                progress.advance(block.bytes);
                Ok(())
            },
        )?;
    }
    Ok(outcome)
}

struct VoteWorker<'a> {
    pass: &'a VotePass<'a>,
    plan: &'a VotePlan,
    file: &'a PreparedFile,
    index: usize,
    encoders: &'a (RowGroupEncoder, RowGroupEncoder),
    only_votes: bool,
    /// Hashes of lines that may occur twice.
    repeated: &'a HashSet<u64>,
    reader: BlockReader,
    builder: VoteBuilder,
}

struct VoteBlock {
    bytes: u64,
    counts: BlockCounts,
    votes: EncodedRowGroup,
    /// The same rows as they are, where some may be told twice.
    batch: Option<RecordBatch>,
    twins: Vec<Twin>,
    quarantine: EncodedRowGroup,
    samples: Vec<QuarantineRow>,
    damaged: Vec<DamagedRow>,
    orphans: u64,
    votes_read: u64,
    elections: Elections,
}

impl VoteWorker<'_> {
    fn read(&mut self, block: &Block) -> Result<VoteBlock, LoadError> {
        let mut sink = VoteSink {
            pass: self.pass,
            plan: self.plan,
            file: self.file,
            index: self.index,
            only_votes: self.only_votes,
            is_mixed: self.file.recognized.kind == FileKind::VotersAndHistory,
            bytes: &block.bytes,
            block_offset: block.start.offset,
            repeated: self.repeated,
            twins: Vec::new(),
            rejected: Vec::new(),
            last_key: None,
            votes: 0,
            taken: 0,
            builder: &mut self.builder,
            quarantined: Vec::new(),
            damaged: Vec::new(),
            orphans: 0,
            elections: ElectionCounter::default(),
            repairs: String::new(),
        };
        let mut counts = self.reader.read(&block.bytes, block.start, &mut sink);
        let VoteSink {
            mut quarantined, damaged, orphans, elections, votes: votes_read, twins, rejected, ..
        } = sink;
        for is_repaired in rejected {
            counts.reject(QuarantineRule::KeyConflict, is_repaired);
        }
        let batch = self.builder.finish();
        let quarantine = self.encoders.1.encode(&quarantine_batch(&quarantined, self.encoders.1.schema()))?;
        quarantined.truncate(5);
        Ok(VoteBlock {
            bytes: u64::try_from(block.bytes.len()).unwrap_or(0),
            counts,
            votes: self.encoders.0.encode(&batch)?,
            batch: (!twins.is_empty()).then_some(batch),
            twins,
            quarantine,
            samples: quarantined,
            damaged,
            orphans,
            votes_read,
            elections: elections.finish(),
        })
    }
}

struct VoteSink<'a> {
    pass: &'a VotePass<'a>,
    plan: &'a VotePlan,
    file: &'a PreparedFile,
    index: usize,
    only_votes: bool,
    is_mixed: bool,
    bytes: &'a [u8],
    block_offset: u64,
    repeated: &'a HashSet<u64>,
    twins: Vec<Twin>,
    /// Rows taken by the reader and held back here: whether each was repaired.
    rejected: Vec<bool>,
    /// The hash of the last row's county and number, and whose it is.
    last_key: Option<(u64, Option<i64>)>,
    votes: u64,
    /// Rows in the builder.
    taken: usize,
    builder: &'a mut VoteBuilder,
    quarantined: Vec<QuarantineRow>,
    damaged: Vec<DamagedRow>,
    orphans: u64,
    elections: ElectionCounter,
    repairs: String,
}

impl RecordSink for VoteSink<'_> {
    fn record(&mut self, record: &Record<'_>) {
        let field = |index: usize| record.field(index);
        if self.is_mixed && !self.plan.is_vote_row(&field) {
            return;
        }
        let id = self.file.state_voter_id(self.pass.id_pad, &field);
        let key = IdKey::new(&id);
        let prior_row = self.pass.prior.find(key);
        let voter_id = prior_row
            .map(|row| self.pass.prior.voter(row).voter_id)
            .or_else(|| self.pass.new_ids.voter_id(key));
        if self.is_of_another(voter_id, &field) {
            self.reject(record, &id);
            return;
        }
        self.repairs.clear();
        for repair in record.repairs.iter() {
            self.repairs.push_str(if self.repairs.is_empty() { "" } else { " " });
            self.repairs.push_str(repair.name());
        }
        let meta = VoteMeta {
            voter_id,
            state_voter_id: &id,
            source_file: self.pass.first_file.saturating_add_unsigned(u32::try_from(self.index).unwrap_or(0)),
            line: i64::try_from(record.line).unwrap_or(i64::MAX),
            offset: i64::try_from(record.offset).unwrap_or(i64::MAX),
            length: i32::try_from(record.length).unwrap_or(i32::MAX),
            repairs: &self.repairs,
        };
        let (builder, sums, elections) = (&mut *self.builder, self.pass.sums, &mut self.elections);
        let mut votes = 0;
        let raw = raw(self.bytes, self.block_offset, record);
        let may_repeat =
            !self.repeated.is_empty() && self.repeated.contains(&hustings_voterfile::record::line_hash(raw));
        let mut told = Vec::new();
        self.plan.votes(&field, |vote| {
            if may_repeat {
                told.push((vote.election_date, vote.election_name.to_owned()));
            }
            builder.push(&vote, &meta);
            if let Some(row) = prior_row {
                sums.add(row, vote_hash(vote.election_date));
            }
            votes += 1;
            elections.add(vote.election_date, vote.election_name);
        });
        if may_repeat {
            self.twins.push(Twin {
                key: xxhash_rust::xxh3::xxh3_128(raw.trim_ascii()),
                first: self.taken,
                votes: told,
                prior_row,
                is_orphan: voter_id.is_none(),
                is_repaired: !record.repairs.is_empty(),
                source: QuarantineRow {
                    state_voter_id: Some(id.to_string()),
                    ..QuarantineRow::of(
                        &rejected(record, raw, QuarantineRule::DuplicateVote, TWICE),
                        "history",
                        &self.file.input.name,
                    )
                },
            });
        }
        self.taken += usize::try_from(votes).unwrap_or(0);
        self.votes += votes;
        if voter_id.is_none() {
            self.orphans += votes;
        }
    }

    fn quarantined(&mut self, row: QuarantinedRow<'_>) {
        self.damage(&row);
        // Rows of voter files were quarantined in the first pass.
        if !self.only_votes {
            return;
        }
        self.quarantined.push(QuarantineRow::of(&row, "history", &self.file.input.name));
    }
}

const TWICE: &str = "the same row stands in the history before, byte for byte";
const CONFLICT: &str = "the voter's id is one voter's, county and registration number are another's";

/// The bytes of a record in its block.
fn raw<'a>(bytes: &'a [u8], block_offset: u64, record: &Record<'_>) -> &'a [u8] {
    let start = usize::try_from(record.offset - block_offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(record.length as usize).min(bytes.len());
    bytes.get(start..end).unwrap_or_default()
}

/// A row that the reader took, held back.
fn rejected<'a>(
    record: &Record<'_>,
    bytes: &'a [u8],
    rule: QuarantineRule,
    detail: &str,
) -> QuarantinedRow<'a> {
    let Record { line, lines, offset, length, .. } = *record;
    QuarantinedRow { line, lines, offset, length, rule, detail: detail.to_owned(), bytes }
}

impl VoteSink<'_> {
    /// Whether the row's county and number are those of another voter on the list. Numbers that nobody has say nothing:
    /// the votes of who moved keep the old county and the old number.
    fn is_of_another<'f>(&mut self, voter_id: Option<i64>, field: &impl Fn(usize) -> &'f str) -> bool {
        let (Some(voter_id), Some((county, number))) = (voter_id, self.file.county_key) else { return false };
        let keys = self.pass.county_keys;
        if keys.is_empty() || !self.only_votes {
            return false;
        }
        let hash = CountyKeys::hash(field(county), field(number));
        let owner = match self.last_key {
            Some((last, owner)) if last == hash => owner,
            _ => keys.owner(hash),
        };
        self.last_key = Some((hash, owner));
        owner.is_some_and(|owner| owner != voter_id)
    }

    /// Holds a row back whose keys are those of two voters: the vote may be either's.
    fn reject(&mut self, record: &Record<'_>, id: &str) {
        let bytes = raw(self.bytes, self.block_offset, record);
        let row = rejected(record, bytes, QuarantineRule::KeyConflict, CONFLICT);
        self.damage(&row);
        self.rejected.push(!record.repairs.is_empty());
        self.quarantined.push(QuarantineRow {
            state_voter_id: Some(id.to_owned()),
            ..QuarantineRow::of(&row, "history", &self.file.input.name)
        });
    }

    /// What the row told may be on file: it stays.
    fn damage(&mut self, row: &QuarantinedRow<'_>) {
        let pass = self.pass;
        let is_known = |id: &str| {
            let key = IdKey::new(id);
            pass.layout.is_id(id) && (pass.prior.find(key).is_some() || pass.new_ids.voter_id(key).is_some())
        };
        let is_voter = !self.only_votes && !self.is_mixed;
        let format = &self.file.recognized.format;
        self.damaged.push(DamagedRow::read(row, format, self.plan, is_voter, pass.id_pad, is_known));
    }
}

impl VoteBlock {
    /// Takes out what was told before.
    fn leave_out(
        &mut self,
        again: Vec<Twin>,
        encoder: &RowGroupEncoder,
        sums: &VoteSums,
        quarantine: &mut TableWriter,
    ) -> Result<(), LoadError> {
        let Some(batch) = self.batch.take() else { return Ok(()) };
        let mut stays = vec![true; batch.num_rows()];
        let mut rows = Vec::with_capacity(again.len());
        for twin in again {
            self.counts.reject(QuarantineRule::DuplicateVote, twin.is_repaired);
            for (place, (date, name)) in twin.votes.into_iter().enumerate() {
                stays[twin.first + place] = false;
                if let Some(row) = twin.prior_row {
                    sums.take_off(row, vote_hash(date));
                }
                self.orphans -= u64::from(twin.is_orphan);
                self.votes_read -= 1;
                let election = (date, name);
                if let Some(count) = self.elections.get_mut(&election) {
                    *count -= 1;
                    if *count == 0 {
                        self.elections.remove(&election);
                    }
                }
            }
            rows.push(twin.source);
        }
        let batch = arrow_select::filter::filter_record_batch(&batch, &stays.into())
            .map_err(hustings_store::ParquetError::from)?;
        self.votes = encoder.encode(&batch)?;
        let schema = quarantine.encoder().schema().clone();
        quarantine.write(&quarantine_batch(&rows, &schema))?;
        rows.truncate(5);
        self.samples.extend(rows);
        Ok(())
    }
}

/// Counts votes by election, with a memory of the last one: rows of one election often follow each other.
#[derive(Debug, Default)]
struct ElectionCounter {
    counts: HashMap<(Option<i32>, String), u64>,
    last: (Option<i32>, String),
    run: u64,
}

impl ElectionCounter {
    fn add(&mut self, date: Option<i32>, name: &str) {
        if self.run > 0 && self.last.0 == date && self.last.1 == name {
            self.run += 1;
            return;
        }
        self.flush();
        self.last = (date, name.to_owned());
        self.run = 1;
    }

    fn flush(&mut self) {
        if self.run > 0 {
            *self.counts.entry(std::mem::take(&mut self.last)).or_default() += self.run;
            self.run = 0;
        }
    }

    fn finish(mut self) -> Elections {
        self.flush();
        self.counts.into_iter().collect()
    }
}

/// Two voters' votes differ when the sums of their elections' hashes differ.
pub fn vote_hash(election_date: Option<i32>) -> u64 {
    xxhash_rust::xxh3::xxh3_64(&election_date.unwrap_or(0).to_le_bytes())
}

/// The last year in which voters voted, for those that the purge watch asks about.
#[derive(Debug, Default)]
pub struct LastVotes(IdMap<i64, i32>);

impl LastVotes {
    /// Watches these voters.
    #[must_use]
    pub fn watching(voters: impl Iterator<Item = i64>) -> Self {
        Self(voters.map(|voter_id| (voter_id, i32::MIN)).collect())
    }

    /// Looks through all votes of a table.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn look_through(&mut self, table: &TableScan) -> Result<(), LoadError> {
        if self.0.is_empty() {
            return Ok(());
        }
        for batch in table.all(&["voter_id", "election_date"])? {
            let batch = batch.map_err(hustings_store::ParquetError::from)?;
            let Some((voter_ids, dates)) = ids_and_dates(&batch) else { continue };
            for row in (0..batch.num_rows()).filter(|row| voter_ids.is_valid(*row) && dates.is_valid(*row)) {
                self.see(voter_ids.value(row), dates.value(row));
            }
        }
        Ok(())
    }

    /// Looks at one vote.
    pub fn see(&mut self, voter_id: i64, days: i32) {
        if let Some(last) = self.0.get_mut(&voter_id) {
            *last = (*last).max(days);
        }
    }

    /// The year of a voter's last vote.
    #[must_use]
    pub fn year(&self, voter_id: i64) -> Option<i16> {
        let days = self.0.get(&voter_id).copied().filter(|days| *days != i32::MIN)?;
        let epoch = Date::constant(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(i64::from(days))).ok().map(Date::year)
    }
}

/// Voters and days of a batch of votes.
pub fn ids_and_dates(
    batch: &RecordBatch,
) -> Option<(&arrow_array::PrimitiveArray<Int64Type>, &arrow_array::PrimitiveArray<Date32Type>)> {
    let voter_ids = batch.column_by_name("voter_id")?.as_primitive_opt::<Int64Type>()?;
    let dates = batch.column_by_name("election_date")?.as_primitive_opt::<Date32Type>()?;
    Some((voter_ids, dates))
}

/// A date given in days, as ISO text.
pub fn date_text(days: Option<i32>) -> String {
    let epoch = Date::constant(1970, 1, 1);
    days.and_then(|days| epoch.checked_add(jiff::Span::new().days(i64::from(days))).ok())
        .map_or_else(|| "undated".to_owned(), |date| date.to_string())
}

/// Adds the year of their last vote to those who have left.
pub fn with_last_votes(departed: Vec<Departed>, last_votes: &LastVotes) -> Vec<Departed> {
    departed.into_iter().map(|voter| voter.with_last_vote(last_votes)).collect()
}
