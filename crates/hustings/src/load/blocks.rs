//! Reading a file on several threads: one thread cuts it into blocks of whole records, workers read them, and the
//! caller takes the results in the order of the file. At most a few blocks are in memory at any time.

use super::LoadError;
use super::delivery::InputFile;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use hustings_voterfile::format::RecordFormat;
use hustings_voterfile::record::{BlockReader, BlockStart, LINE_LENGTH_MAX};
use std::collections::BTreeMap;
use std::io::Read;

/// A block of whole records.
pub struct Block {
    index: u64,
    /// The bytes, raw.
    pub bytes: Vec<u8>,
    /// Where they lie in the file.
    pub start: BlockStart,
    used: Sender<Vec<u8>>,
}

impl Drop for Block {
    /// The bytes' memory is used again: fresh memory costs about as much as reading into it.
    fn drop(&mut self) {
        let _ = self.used.send(std::mem::take(&mut self.bytes));
    }
}

/// How large blocks are: large enough for row groups that compress well, small enough that two threads share a small
/// file. Depends only on the file's size, so that the same file gives the same bytes on every machine.
#[must_use]
pub fn block_size(file_bytes: u64, lines: u64) -> usize {
    const SIZE_MIN: u64 = 4 << 20;
    const SIZE_MAX: u64 = 48 << 20;
    // Every record costs some hundred bytes while it is worked on, however short its line is.
    const LINES_MAX: u64 = 150_000;
    let by_lines = (file_bytes / lines.max(1)).saturating_add(1).saturating_mul(LINES_MAX);
    let size = (file_bytes / 8).clamp(SIZE_MIN, SIZE_MAX).min(by_lines);
    usize::try_from(size).unwrap_or(4 << 20)
}

/// Threads that read and encode.
#[must_use]
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 16)
}

/// Reads `file` in blocks. `worker` makes one worker per thread; `take` gets the results in order, and `bytes` the
/// number of bytes each block had.
///
/// # Errors
/// The file cannot be read, or `take` fails.
pub fn read_file<T, W>(
    file: &InputFile,
    format: &RecordFormat,
    size: usize,
    worker: impl Fn() -> W + Sync,
    mut take: impl FnMut(T) -> Result<(), LoadError>,
) -> Result<(), LoadError>
where
    T: Send,
    W: FnMut(Block) -> Result<T, LoadError>,
{
    let workers = threads();
    let source = file.open()?;
    // One ticket a block in flight: given out here, handed back when the block's result has been taken.
    let (return_ticket, tickets) = bounded::<()>(workers * 2);
    for _ in 0..workers * 2 {
        let _ = return_ticket.send(());
    }
    let (block_sender, blocks) = bounded::<Block>(workers);
    let (result_sender, results) = unbounded::<(u64, Result<T, LoadError>)>();
    std::thread::scope(|scope| {
        let producer = scope.spawn(|| produce(source, &file.name, format, size, tickets, block_sender));
        for _ in 0..workers {
            let (blocks, results) = (blocks.clone(), result_sender.clone());
            let worker = &worker;
            scope.spawn(move || work(&blocks, &results, worker()));
        }
        drop((blocks, result_sender));
        let taken = take_in_order(results, &return_ticket, &mut take);
        // Without tickets the producer stops at its next block.
        drop(return_ticket);
        let produced = producer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.and(produced)
    })
}

fn work<T, W>(blocks: &Receiver<Block>, results: &Sender<(u64, Result<T, LoadError>)>, mut worker: W)
where
    W: FnMut(Block) -> Result<T, LoadError>,
{
    for block in blocks {
        let index = block.index;
        if results.send((index, worker(block))).is_err() {
            return;
        }
    }
}

fn take_in_order<T>(
    results: Receiver<(u64, Result<T, LoadError>)>,
    return_ticket: &Sender<()>,
    take: &mut impl FnMut(T) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (index, result) in results {
        waiting.insert(index, result?);
        while let Some(result) = waiting.remove(&next) {
            take(result)?;
            let _ = return_ticket.try_send(());
            next += 1;
        }
    }
    Ok(())
}

fn produce(
    mut source: Box<dyn Read + Send>,
    name: &str,
    format: &RecordFormat,
    size: usize,
    tickets: Receiver<()>,
    blocks: Sender<Block>,
) -> Result<(), LoadError> {
    let mut reader = BlockReader::new(format);
    let mut start = BlockStart::FILE;
    let mut rest: Vec<u8> = Vec::new();
    let mut index = 0;
    let mut at_end = false;
    let (used, free) = unbounded::<Vec<u8>>();
    while !at_end {
        if tickets.recv().is_err() {
            return Ok(());
        }
        let mut buffer = free.try_recv().unwrap_or_else(|_| Vec::with_capacity(size + (1 << 16)));
        buffer.clear();
        buffer.append(&mut rest);
        let mut wanted = size;
        let cut = loop {
            at_end = fill(&mut source, &mut buffer, wanted).map_err(|error| LoadError::Unreadable {
                path: name.to_owned(),
                reason: error.to_string(),
            })?;
            if let Some(cut) = reader.cut(&buffer, at_end) {
                break cut;
            }
            wanted = buffer.len() + LINE_LENGTH_MAX;
        };
        rest.extend_from_slice(&buffer[cut..]);
        buffer.truncate(cut);
        if buffer.is_empty() {
            continue;
        }
        let block_start = start;
        start = start.after(&buffer, format);
        if blocks.send(Block { index, bytes: buffer, start: block_start, used: used.clone() }).is_err() {
            return Ok(());
        }
        index += 1;
    }
    Ok(())
}

/// Reads until the buffer holds `wanted` bytes. Returns whether the source has ended.
fn fill(source: &mut impl Read, buffer: &mut Vec<u8>, wanted: usize) -> std::io::Result<bool> {
    let missing = wanted.saturating_sub(buffer.len());
    let limit = u64::try_from(missing).unwrap_or(u64::MAX);
    let read = source.take(limit).read_to_end(buffer)?;
    Ok(read < missing)
}
