//! Absentee, mail and early ballots of a delivery; the predecessor's stay when the delivery has none. Of a confidential
//! voter no ballot tells where it was sent.

use super::LoadError;
use super::blocks::{self, Block};
use super::prepare::PreparedFile;
use super::snapshot::Build;
use super::tables::{self, QuarantineRow, quarantine_batch};
use super::withheld::Withheld;
use hustings_core::date::days_since_epoch;
use hustings_store::snapshot_scan::TableScan;
use hustings_store::snapshot_writer::{EncodedRowGroup, RowGroupEncoder, TableWriter};
use hustings_voterfile::ballot::{BallotBuilder, BallotMeta};
use hustings_voterfile::identity::{IdKey, NewVoters, PriorVoters};
use hustings_voterfile::layout::FileKind;
use hustings_voterfile::record::{BlockCounts, BlockReader, QuarantinedRow, Record, RecordSink};
use hustings_voterfile::schema::Table;
use hustings_voterfile::voter::DatePolicy;

/// What the pass leaves.
#[derive(Debug, Default)]
pub struct BallotOutcome {
    /// Counts by file, in the order of the prepared files.
    pub counts: Vec<BlockCounts>,
    /// Ballots of nobody on the list; kept.
    pub orphans: u64,
}

/// What ballots are joined with.
pub struct BallotJoin<'a> {
    /// The predecessor's voters.
    pub prior: &'a PriorVoters,
    /// Voters not seen before.
    pub new_ids: &'a NewVoters,
    /// The new `voters.parquet`.
    pub now: &'a TableScan,
    /// Where this delivery's files begin in the manifest.
    pub first_file: i32,
}

/// Reads all ballot files.
///
/// # Errors
/// A file cannot be read or a table not be written.
pub fn read(
    build: &Build<'_, '_>,
    join: &BallotJoin<'_>,
    quarantine: &mut TableWriter,
) -> Result<BallotOutcome, LoadError> {
    let mut outcome = BallotOutcome {
        counts: vec![BlockCounts::default(); build.prepared.files.len()],
        ..BallotOutcome::default()
    };
    let files: Vec<_> = build.prepared.of_kind(&[FileKind::Ballots]).collect();
    let before = build.open_before("ballots.parquet")?.filter(|_| files.is_empty());
    let withheld = if files.is_empty() && before.as_ref().is_none_or(|before| before.rows() == 0) {
        Withheld::default()
    } else {
        Withheld::read(join.now)?
    };
    if let Some(before) = before {
        carry_over(build, &before, &withheld)?;
        return Ok(outcome);
    }
    build.progress.stage("Reading ballots", Some(files.iter().map(|(_, file)| file.report.bytes).sum()));
    let mut table =
        tables::create(build.act, build.folder, Table::Ballots, tables::schema_of(Table::Ballots))?;
    let dates = DatePolicy::new(build.layout, build.as_of);
    let id_pad = build.layout.id.as_ref().and_then(|id| id.pad).unwrap_or(0);
    for (index, file) in files {
        let day = super::delivery::date_in_name(&file.input.name).unwrap_or(build.as_of);
        let encoders = (table.encoder(), quarantine.encoder());
        let make = || BallotWorker {
            join,
            withheld: &withheld,
            file,
            index,
            id_pad,
            file_day: days_since_epoch(day),
            encoders: &encoders,
            reader: BlockReader::new(&file.recognized.format),
            builder: BallotBuilder::new(&file.recognized, &dates),
        };
        let size = blocks::block_size(file.report.bytes, file.lines);
        let worker = || {
            let mut worker = make();
            move |block| worker.read(&block)
        };
        blocks::read_file(&file.input, &file.recognized.format, size, worker, |block: BallotBlock| {
            table.append(block.ballots)?;
            quarantine.append(block.quarantine)?;
            outcome.counts[index] += block.counts;
            outcome.orphans += block.orphans;
            build.progress.advance(block.bytes);
            Ok(())
        })?;
    }
    table.finish()?;
    Ok(outcome)
}

/// The predecessor's ballots as they are, or, when they tell where a voter who is confidential now gets mail, without.
fn carry_over(build: &Build<'_, '_>, before: &TableScan, withheld: &Withheld) -> Result<(), LoadError> {
    let failed = hustings_store::ParquetError::from;
    let schema = tables::schema_of(Table::Ballots);
    let mailing: Vec<String> =
        before.columns().into_iter().filter(|name| name.starts_with("mail_")).collect();
    let columns: Vec<&str> = std::iter::once("voter_id").chain(mailing.iter().map(String::as_str)).collect();
    let mut tells = false;
    for batch in before.all(&columns)? {
        let batch = batch.map_err(failed)?;
        tells |= withheld.apply(&batch) != batch;
    }
    if !tells {
        return build.copy_before("ballots.parquet");
    }
    let mut table = tables::create(build.act, build.folder, Table::Ballots, schema)?;
    for batch in before.all(&[])? {
        table.write(&withheld.apply(&batch.map_err(failed)?))?;
    }
    table.finish()?;
    Ok(())
}

struct BallotWorker<'a> {
    join: &'a BallotJoin<'a>,
    withheld: &'a Withheld,
    file: &'a PreparedFile,
    index: usize,
    id_pad: usize,
    file_day: i32,
    encoders: &'a (RowGroupEncoder, RowGroupEncoder),
    reader: BlockReader,
    builder: BallotBuilder,
}

struct BallotBlock {
    bytes: u64,
    counts: BlockCounts,
    ballots: EncodedRowGroup,
    quarantine: EncodedRowGroup,
    orphans: u64,
}

impl BallotWorker<'_> {
    fn read(&mut self, block: &Block) -> Result<BallotBlock, LoadError> {
        let mut reader = self.reader.clone();
        let mut sink = BallotSink { worker: self, quarantined: Vec::new(), orphans: 0 };
        let counts = reader.read(&block.bytes, block.start, &mut sink);
        let BallotSink { quarantined, orphans, .. } = sink;
        let quarantine = quarantine_batch(&quarantined, self.encoders.1.schema());
        Ok(BallotBlock {
            bytes: u64::try_from(block.bytes.len()).unwrap_or(0),
            counts,
            ballots: self.encoders.0.encode(&self.withheld.apply(&self.builder.finish()))?,
            quarantine: self.encoders.1.encode(&quarantine)?,
            orphans,
        })
    }
}

struct BallotSink<'w, 'a> {
    worker: &'w mut BallotWorker<'a>,
    quarantined: Vec<QuarantineRow>,
    orphans: u64,
}

impl RecordSink for BallotSink<'_, '_> {
    fn record(&mut self, record: &Record<'_>) {
        let field = |index: usize| record.field(index);
        let worker = &mut *self.worker;
        let id = worker.file.state_voter_id(worker.id_pad, &field);
        let key = IdKey::new(&id);
        let voter_id = worker
            .join
            .prior
            .find(key)
            .map(|row| worker.join.prior.voter(row).voter_id)
            .or_else(|| worker.join.new_ids.voter_id(key));
        self.orphans += u64::from(voter_id.is_none());
        let repairs = record.repairs.iter().map(|repair| repair.name()).collect::<Vec<_>>().join(" ");
        let meta = BallotMeta {
            voter_id,
            state_voter_id: &id,
            source_file: worker
                .join
                .first_file
                .saturating_add_unsigned(u32::try_from(worker.index).unwrap_or(0)),
            line: i64::try_from(record.line).unwrap_or(i64::MAX),
            offset: i64::try_from(record.offset).unwrap_or(i64::MAX),
            length: i32::try_from(record.length).unwrap_or(i32::MAX),
            repairs: &repairs,
            file_day: worker.file_day,
        };
        worker.builder.push(&field, &meta);
    }

    fn quarantined(&mut self, row: QuarantinedRow<'_>) {
        self.quarantined.push(QuarantineRow::of(&row, "ballots", &self.worker.file.input.name));
    }
}
