//! The first pass: every voter row read, cleaned, linked to its voter and written, in blocks on several threads.
//!
//! Rows whose id may occur twice, repaired rows, and rows that may be known by a legacy id are *contested*: they wait
//! until all files are read (`contested`), because only then is it known who else claims their voter.

use super::LoadError;
use super::arrivals::{self, Arrival, Divided};
use super::blocks::{self, Block};
use super::prepare::{Prepared, PreparedFile};
use super::progress::Progress;
use super::tables::{QuarantineRow, change_batch, quarantine_batch};
use super::tally::{Streets, VoterTotals};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use hustings_store::Flagged;
use hustings_store::snapshot_writer::{EncodedRowGroup, RowGroupEncoder, TableWriter};
use hustings_voterfile::change::{ChangeKind, ChangeRow};
use hustings_voterfile::history::{MapFiles, VotePlan};
use hustings_voterfile::identity::{IdKey, PriorVoters};
use hustings_voterfile::layout::{FileKind, Layout};
use hustings_voterfile::record::{
    BlockCounts, BlockReader, PRESCAN_REACH, QuarantinedRow, Record, RecordSink, key_hash,
};
use hustings_voterfile::voter::{DatePolicy, RowMeta, Says, VoterBuilder, VoterColumns, VoterPlan};
use std::collections::{BTreeSet, HashSet};

/// What all threads of the pass share.
pub struct VoterPass<'a> {
    /// The state's layout.
    pub layout: &'a Layout,
    /// Columns of `voters.parquet`.
    pub columns: &'a VoterColumns,
    /// The predecessor's voters.
    pub prior: &'a PriorVoters,
    /// Streets of the predecessor.
    pub streets: &'a Streets,
    /// Hashes of ids that may occur twice in the delivery.
    pub contested: &'a HashSet<u64>,
    /// Date forms, masks and placeholders.
    pub dates: &'a DatePolicy,
    /// The list's date in days since 1970-01-01.
    pub as_of_days: i32,
    /// First id for voters not seen before.
    pub first_new_id: i64,
    /// Where this delivery's files begin in the manifest.
    pub first_file: i32,
}

/// The three tables that the pass fills.
pub struct VoterTables<'a> {
    /// `voters.parquet`.
    pub voters: &'a mut TableWriter,
    /// `changes.parquet`.
    pub changes: &'a mut TableWriter,
    /// `quarantine.parquet`.
    pub quarantine: &'a mut TableWriter,
    /// Rows that wait until it is known who they are.
    pub arrived: &'a mut TableWriter,
}

/// What the pass leaves for the next ones.
#[derive(Default)]
pub struct VoterOutcome {
    /// Counts by file, in the order of the prepared files.
    pub counts: Vec<BlockCounts>,
    /// Ids not seen before, with ours.
    pub new_ids: Vec<(IdKey, i64)>,
    /// Rows of the predecessor and of the new table that differ.
    pub changed: Vec<(u32, u32)>,
    /// Contested rows.
    pub contested: Vec<ContestedBatch>,
    /// Rows that wait, in the order of their table.
    pub arrivals: Vec<Arrival>,
    /// Rows of the predecessor whose new row was held back.
    pub held_back: Vec<u32>,
    /// Those among them whose new row says that they are confidential.
    pub held_confidential: HashSet<u32>,
    /// Voters of whom a row says confidential that is in no table but the quarantine.
    pub flagged: BTreeSet<Flagged>,
    /// Rows of mixed files that are votes, and how many of them were repaired: no voters.
    pub vote_rows: (u64, u64),
    /// Sums over all rows.
    pub totals: VoterTotals,
}

/// Contested rows of one block, cleaned, without an id of ours.
pub struct ContestedBatch {
    /// The rows.
    pub batch: RecordBatch,
    /// What else is known of each.
    pub rows: Vec<ContestedRow>,
}

/// One contested row.
pub struct ContestedRow {
    /// The state's id.
    pub key: IdKey,
    /// The legacy id, when the row has one.
    pub legacy: Option<IdKey>,
    /// The id of ours it gets when nobody knows it.
    pub new_id: i64,
    /// Whether it was repaired.
    pub repaired: bool,
    /// Index of its file.
    pub file: usize,
    /// The row as it would be quarantined.
    pub source: QuarantineRow,
}

/// Reads all voter files.
///
/// # Errors
/// A file cannot be read or a table not be written.
pub fn read(
    pass: &VoterPass<'_>,
    prepared: &Prepared,
    tables: &mut VoterTables<'_>,
    progress: &dyn Progress,
) -> Result<VoterOutcome, LoadError> {
    let files: Vec<_> = prepared.of_kind(&[FileKind::Voters, FileKind::VotersAndHistory]).collect();
    progress.stage("Reading voters", Some(files.iter().map(|(_, file)| file.report.bytes).sum()));
    let mut outcome = VoterOutcome {
        counts: vec![BlockCounts::default(); prepared.files.len()],
        ..VoterOutcome::default()
    };
    let mut first_new_id = pass.first_new_id;
    for (index, file) in files {
        let plan = VoterPlan::new(
            &file.recognized,
            pass.layout,
            pass.columns,
            pass.dates.for_file(&file.recognized),
        );
        let votes = (file.recognized.kind == FileKind::VotersAndHistory)
            .then(|| VotePlan::new(&file.recognized, &MapFiles::default()));
        let size = blocks::block_size(file.report.bytes, file.lines);
        let encoders = Encoders {
            voters: tables.voters.encoder(),
            changes: tables.changes.encoder(),
            quarantine: tables.quarantine.encoder(),
            arrived: tables.arrived.encoder(),
        };
        let make = || VoterWorker {
            pass,
            plan: &plan,
            votes: votes.as_ref(),
            file,
            index,
            first_new_id,
            encoders: &encoders,
            reader: BlockReader::new(&file.recognized.format),
            accepted: VoterBuilder::new(pass.columns),
            contested: VoterBuilder::new(pass.columns),
        };
        blocks::read_file(
            &file.input,
            &file.recognized.format,
            size,
            || {
                let mut worker = make();
                move |block| worker.read(&block)
            },
            |block| outcome.take(block, index, tables, progress),
        )?;
        first_new_id += i64::try_from(file.lines).unwrap_or(i64::MAX) + 1;
    }
    Ok(outcome)
}

struct Encoders {
    voters: RowGroupEncoder,
    changes: RowGroupEncoder,
    quarantine: RowGroupEncoder,
    arrived: RowGroupEncoder,
}

struct VoterWorker<'a> {
    pass: &'a VoterPass<'a>,
    plan: &'a VoterPlan,
    votes: Option<&'a VotePlan>,
    file: &'a PreparedFile,
    index: usize,
    first_new_id: i64,
    encoders: &'a Encoders,
    reader: BlockReader,
    accepted: VoterBuilder,
    contested: VoterBuilder,
}

struct VoterBlock {
    bytes: u64,
    counts: BlockCounts,
    voters: EncodedRowGroup,
    changes: EncodedRowGroup,
    quarantine: EncodedRowGroup,
    arrived: Option<EncodedRowGroup>,
    arrivals: Vec<Arrival>,
    new_ids: Vec<(IdKey, i64)>,
    changed: Vec<(u32, u32)>,
    contested: Option<ContestedBatch>,
    held_back: Vec<u32>,
    held_confidential: Vec<u32>,
    flagged: BTreeSet<Flagged>,
    vote_rows: (u64, u64),
    totals: VoterTotals,
}

impl VoterOutcome {
    fn take(
        &mut self,
        block: VoterBlock,
        file: usize,
        tables: &mut VoterTables<'_>,
        progress: &dyn Progress,
    ) -> Result<(), LoadError> {
        let first_row = u32::try_from(tables.voters.rows()).unwrap_or(u32::MAX);
        self.changed.extend(block.changed.into_iter().map(|(prior, row)| (prior, first_row + row)));
        tables.voters.append(block.voters)?;
        tables.changes.append(block.changes)?;
        tables.quarantine.append(block.quarantine)?;
        if let Some(arrived) = block.arrived {
            tables.arrived.append(arrived)?;
        }
        self.arrivals.extend(block.arrivals);
        self.counts[file] += block.counts;
        self.new_ids.extend(block.new_ids);
        self.contested.extend(block.contested);
        self.held_back.extend(block.held_back);
        self.held_confidential.extend(block.held_confidential);
        self.flagged.extend(block.flagged);
        self.vote_rows.0 += block.vote_rows.0;
        self.vote_rows.1 += block.vote_rows.1;
        self.totals.merge(block.totals);
        progress.advance(block.bytes);
        Ok(())
    }
}

impl VoterWorker<'_> {
    fn read(&mut self, block: &Block) -> Result<VoterBlock, LoadError> {
        let mut sink = BlockSink {
            pass: self.pass,
            plan: self.plan,
            votes: self.votes,
            vote_rows: (0, 0),
            file: self.file,
            index: self.index,
            first_new_id: self.first_new_id,
            bytes: &block.bytes,
            block_offset: block.start.offset,
            accepted: &mut self.accepted,
            contested: &mut self.contested,
            prior_rows: Vec::with_capacity(block.bytes.len() / ROW_BYTES_USUAL),
            last_prior_row: None,
            ids: Vec::with_capacity(block.bytes.len() / ROW_BYTES_USUAL),
            new_ids: Vec::new(),
            contested_rows: Vec::new(),
            quarantined: Vec::new(),
            held_back: Vec::new(),
            held_confidential: Vec::new(),
            flagged: BTreeSet::new(),
            repairs: String::new(),
        };
        let counts = self.reader.read(&block.bytes, block.start, &mut sink);
        debug_assert!(counts.adds_up(), "lines and records of a block add up");
        let BlockSink { prior_rows, ids, new_ids, contested_rows, quarantined, vote_rows, .. } = sink;
        let (held_back, held_confidential, flagged) = (sink.held_back, sink.held_confidential, sink.flagged);
        let divided = arrivals::divide(self.pass.prior, self.accepted.finish(), prior_rows, &ids)?;
        let Divided { stay: batch, prior_rows, wait, arrivals } = divided;
        let mut totals = VoterTotals::default();
        totals.add(&batch, &prior_rows);
        totals.add_streets(&batch, self.pass.streets);
        totals.add_tally(std::mem::take(&mut self.accepted.tally));
        totals.add_tally(std::mem::take(&mut self.contested.tally));
        let contested = (!contested_rows.is_empty())
            .then(|| ContestedBatch { batch: self.contested.finish(), rows: contested_rows });
        for row in &quarantined {
            totals.add_quarantined(row);
        }
        let changes = change_batch(&new_rows(&batch, &prior_rows), self.encoders.changes.schema());
        let quarantine = quarantine_batch(&quarantined, self.encoders.quarantine.schema());
        Ok(VoterBlock {
            bytes: u64::try_from(block.bytes.len()).unwrap_or(0),
            counts,
            changed: changed_rows(self.pass.prior, &batch, &prior_rows),
            voters: self.encoders.voters.encode(&batch)?,
            changes: self.encoders.changes.encode(&changes)?,
            quarantine: self.encoders.quarantine.encode(&quarantine)?,
            arrived: wait.map(|wait| self.encoders.arrived.encode(&wait)).transpose()?,
            arrivals,
            new_ids,
            contested,
            held_back,
            held_confidential,
            flagged,
            vote_rows,
            totals,
        })
    }
}

/// A state's row with its 70 columns; only for how much room is made beforehand.
const ROW_BYTES_USUAL: usize = 512;

/// Pairs of a row in the predecessor and a row of the batch that differ, or that come back after having been dropped.
pub(super) fn changed_rows(
    prior: &PriorVoters,
    batch: &RecordBatch,
    prior_rows: &[Option<u32>],
) -> Vec<(u32, u32)> {
    if prior.is_empty() {
        return Vec::new();
    }
    let Some(prints) = batch.column_by_name("fingerprint").map(|array| array.as_primitive::<Int64Type>())
    else {
        return Vec::new();
    };
    let mut changed = Vec::new();
    for (row, (prior_row, print)) in prior_rows.iter().zip(prints.values()).enumerate() {
        if let Some(prior_row) = prior_row {
            let voter = prior.voter(*prior_row);
            if voter.fingerprint != *print || voter.dropped {
                changed.push((*prior_row, u32::try_from(row).unwrap_or(u32::MAX)));
            }
        }
    }
    changed
}

/// The change `new` of every row that has no row in the predecessor.
pub(super) fn new_rows(batch: &RecordBatch, prior_rows: &[Option<u32>]) -> Vec<ChangeRow> {
    let voter_ids = batch.column_by_name("voter_id").map(|array| array.as_primitive::<Int64Type>());
    let ids = batch.column_by_name("state_voter_id").map(|array| array.as_string::<i32>());
    let counties = batch.column_by_name("county_name").map(|array| array.as_string::<i32>());
    let (Some(voter_ids), Some(ids), Some(counties)) = (voter_ids, ids, counties) else { return Vec::new() };
    prior_rows
        .iter()
        .enumerate()
        .filter(|(_, prior_row)| prior_row.is_none())
        .map(|(row, _)| ChangeRow {
            voter_id: voter_ids.value(row),
            state_voter_id: ids.value(row).to_owned(),
            kind: ChangeKind::New,
            county_name: if counties.is_valid(row) { counties.value(row).to_owned() } else { String::new() },
            column: "",
            old: String::new(),
            new: String::new(),
            reason: String::new(),
        })
        .collect()
}

struct BlockSink<'a> {
    pass: &'a VoterPass<'a>,
    plan: &'a VoterPlan,
    votes: Option<&'a VotePlan>,
    vote_rows: (u64, u64),
    file: &'a PreparedFile,
    index: usize,
    first_new_id: i64,
    bytes: &'a [u8],
    block_offset: u64,
    accepted: &'a mut VoterBuilder,
    contested: &'a mut VoterBuilder,
    prior_rows: Vec<Option<u32>>,
    last_prior_row: Option<u32>,
    /// Of each accepted row the state's id, and the id of ours that it gets when it is somebody new.
    ids: Vec<(IdKey, i64)>,
    new_ids: Vec<(IdKey, i64)>,
    contested_rows: Vec<ContestedRow>,
    quarantined: Vec<QuarantineRow>,
    held_back: Vec<u32>,
    held_confidential: Vec<u32>,
    flagged: BTreeSet<Flagged>,
    repairs: String,
}

impl RecordSink for BlockSink<'_> {
    fn record(&mut self, record: &Record<'_>) {
        let field = |index: usize| record.field(index);
        if self.votes.is_some_and(|votes| votes.is_vote_row(&field)) {
            self.vote_rows.0 += 1;
            self.vote_rows.1 += u64::from(!record.repairs.is_empty());
            return;
        }
        let id = self.plan.state_voter_id(&field);
        let key = IdKey::new(&id);
        let prior = self.pass.prior;
        let prior_row = prior.find_near(key, self.last_prior_row);
        self.last_prior_row = prior_row.or(self.last_prior_row);
        let legacy = self.plan.legacy_voter_id(&field);
        let legacy =
            (prior_row.is_none() && !prior.is_empty() && !legacy.is_empty()).then(|| IdKey::new(legacy));
        let is_repaired = !record.repairs.is_empty();
        let is_contested = record.repairs.moves_fields()
            || legacy.is_some()
            || record.length > PRESCAN_REACH
            || (!self.pass.contested.is_empty() && self.pass.contested.contains(&key_hash(&id)));
        let new_id = self.first_new_id + i64::try_from(record.line).unwrap_or(i64::MAX);
        self.repairs.clear();
        for repair in record.repairs.iter() {
            if !self.repairs.is_empty() {
                self.repairs.push(' ');
            }
            self.repairs.push_str(repair.name());
        }
        let known = prior_row.filter(|_| !is_contested).map(|row| prior.voter(row));
        let meta = RowMeta {
            voter_id: known.map_or(new_id, |voter| voter.voter_id),
            state_voter_id: &id,
            source_file: self.pass.first_file.saturating_add_unsigned(u32::try_from(self.index).unwrap_or(0)),
            line: i64::try_from(record.line).unwrap_or(i64::MAX),
            offset: i64::try_from(record.offset).unwrap_or(i64::MAX),
            length: i32::try_from(record.length).unwrap_or(i32::MAX),
            repairs: &self.repairs,
            first_seen: known.map_or(self.pass.as_of_days, |voter| voter.first_seen),
            last_seen: self.pass.as_of_days,
        };
        // A claim that somebody else has made already waits, too: two rows never become one voter.
        let is_contested = is_contested || prior_row.is_some_and(|row| prior.mark_seen(row));
        if is_contested {
            self.contested.push(self.plan, &field, &meta);
            let source = self.source(record, &id);
            let row = ContestedRow { key, legacy, new_id, repaired: is_repaired, file: self.index, source };
            self.contested_rows.push(row);
            return;
        }
        if prior_row.is_none() {
            self.new_ids.push((key, new_id));
        }
        self.prior_rows.push(prior_row);
        self.ids.push((key, new_id));
        self.accepted.push(self.plan, &field, &meta);
    }

    fn quarantined(&mut self, row: QuarantinedRow<'_>) {
        let id = self.id_in(row.bytes);
        let prior_row = id.as_deref().and_then(|id| self.pass.prior.find(IdKey::new(id)));
        self.held_back.extend(prior_row);
        let says = self.plan.says_confidential(row.bytes, &self.file.recognized.format);
        if says == Says::Confidential {
            self.held_confidential.extend(prior_row);
            if let Some(id) = &id {
                let voter_id = prior_row.map(|row| self.pass.prior.voter(row).voter_id);
                self.flagged.insert(Flagged { voter_id, state_voter_id: id.clone() });
            }
        }
        let kind = self.file.recognized.kind.as_str();
        self.quarantined.push(QuarantineRow {
            county_name: self.county_in(row.bytes),
            state_voter_id: id,
            withheld: says > Says::Nothing,
            ..QuarantineRow::of(&row, kind, &self.file.input.name)
        });
    }
}

impl BlockSink<'_> {
    /// The row as it would stand in the quarantine, should it lose to another with the same id.
    fn source(&self, record: &Record<'_>, id: &str) -> QuarantineRow {
        let start = usize::try_from(record.offset - self.block_offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(record.length as usize).min(self.bytes.len());
        QuarantineRow {
            kind: self.file.recognized.kind.as_str(),
            source_name: self.file.input.name.clone(),
            line: record.line,
            lines: record.lines,
            offset: record.offset,
            length: record.length,
            rule: hustings_voterfile::gate::DUPLICATE_ID,
            detail: String::new(),
            bytes: self.bytes.get(start..end).unwrap_or_default().to_vec(),
            state_voter_id: Some(id.to_owned()),
            county_name: None,
            withheld: false,
        }
    }

    /// The id in a broken row: the one value in it that some voter of the predecessor has, else none.
    fn id_in(&self, bytes: &[u8]) -> Option<String> {
        let mut found: Option<String> = None;
        for value in values_in(bytes) {
            if self.pass.prior.find(IdKey::new(value)).is_some() && found.as_deref() != Some(value) {
                if found.is_some() {
                    return None;
                }
                found = Some(value.to_owned());
            }
        }
        found.or_else(|| values_in(bytes).find(|value| self.pass.layout.is_id(value)).map(str::to_owned))
    }

    fn county_in(&self, bytes: &[u8]) -> Option<String> {
        values_in(bytes)
            .filter(|value| value.bytes().any(|byte| byte.is_ascii_alphabetic()))
            .map(|value| self.plan.county_name(value))
            .find(|name| !name.is_empty())
            .map(str::to_owned)
    }
}

/// The pieces of a broken row between delimiters and quotes.
fn values_in(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes
        .split(|byte| matches!(byte, b'\t' | b',' | b'|' | b'"' | b'\r' | b'\n'))
        .filter_map(|piece| std::str::from_utf8(piece).ok())
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
}
