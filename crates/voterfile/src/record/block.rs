//! Reading a block of whole records, and cutting a file into such blocks.

use super::clean::{Cleaned, clean};
use super::judge::{Fault, Plain, Plan, Scratch};
use super::line::{LINE_LENGTH_MAX, Line, line_at};
use super::repair::{Reading, Strict};
use super::rule::{QuarantineRule, Repair, RepairSet};
use super::split::SplitError;
use super::{
    BlockCounts, JOINED_LENGTH_MAX, JOINED_LINES_MAX, QuarantinedRow, RECORD_LENGTH_MAX, Record, RecordSink,
};
use crate::encoding::UTF8_MARK;
use crate::format::{RecordFormat, RecordShape};

/// Where a block lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockStart {
    /// Byte offset in the file.
    pub offset: u64,
    /// 1-based number of its first physical line.
    pub line: u64,
}

impl BlockStart {
    /// The start of the file; only there a byte-order mark is expected.
    pub const FILE: BlockStart = BlockStart { offset: 0, line: 1 };

    /// Where the block after this one starts, when this one holds `block`.
    #[must_use]
    pub fn after(self, block: &[u8], format: &RecordFormat) -> Self {
        BlockStart {
            offset: self.offset + u64_from(block.len()),
            line: self.line + super::count_lines(block, format.line_end),
        }
    }
}

/// Reads blocks of one format. Cheap to clone; one for each thread.
///
/// ```
/// use hustings_voterfile::format::{LineEnd, RecordFormat, RecordShape, TextEncoding};
/// use hustings_voterfile::record::{BlockReader, BlockStart, QuarantinedRow, Record, RecordSink};
///
/// #[derive(Default)]
/// struct Names(Vec<String>);
/// impl RecordSink for Names {
///     fn record(&mut self, record: &Record<'_>) {
///         self.0.push(record.field(1).to_owned());
///     }
///     fn quarantined(&mut self, row: QuarantinedRow<'_>) {
///         panic!("line {}: {}", row.line, row.rule.name());
///     }
/// }
///
/// let format = RecordFormat {
///     shape: RecordShape::Delimited { delimiter: b',', quote: Some(b'"') },
///     width: 2,
///     header: Some(vec!["ID".into(), "NAME".into()]),
///     encoding: TextEncoding::Utf8,
///     line_end: LineEnd::LineFeed,
///     checks: vec![],
///     runs: vec![],
///     contact: Default::default(),
///     suffix: None,
///     census: None,
/// };
/// let mut names = Names::default();
/// let counts = BlockReader::new(&format).read(b"id,name\n1,\"DOE, JANE\"\n", BlockStart::FILE, &mut names);
/// assert_eq!(names.0, ["DOE, JANE"]);
/// assert_eq!((counts.lines, counts.header_lines, counts.accepted), (2, 1, 1));
/// ```
#[derive(Debug, Clone)]
pub struct BlockReader {
    plan: Plan,
    scratch: Scratch,
}

/// What the lines from one place on are.
enum Unit {
    Header,
    Blank,
    Plain,
    Mended { reading: Reading, repairs: RepairSet, last: Line, lines: u32 },
    Wrong(Fault),
}

impl BlockReader {
    /// Compiles the format.
    pub fn new(format: &RecordFormat) -> Self {
        BlockReader { plan: Plan::new(format), scratch: Scratch::default() }
    }

    /// How many bytes of `buffer`, which starts where a record starts, form whole records; none when it takes more bytes
    /// to tell. `at_end` says that no more will come; then it is the whole buffer. A buffer of [`LINE_LENGTH_MAX`] bytes
    /// is always enough.
    pub fn cut(&mut self, buffer: &[u8], at_end: bool) -> Option<usize> {
        if at_end {
            return Some(buffer.len());
        }
        // A line that is right by itself is a whole record whatever stands around it: nearly always the last one.
        let mut end = buffer.len();
        while let Some(start) = self.line_start_before(buffer, end) {
            if let Some(line) = line_at(buffer, start, self.plan.line_end, false)
                && let Plain::Right(_) | Plain::Header =
                    self.plan.plain(&buffer[line.start..line.end], &mut self.scratch)
            {
                return Some(line.next);
            }
            end = start;
        }
        // Not one right line: read from the start, as far as lines ahead cannot change what was read.
        let mut cut = 0;
        while let Some(line) = line_at(buffer, cut, self.plan.line_end, false) {
            if !self.sees_far_enough(buffer, line) {
                break;
            }
            cut = match self.unit(buffer, line, false) {
                Unit::Mended { last, .. } => last.next,
                _ => line.next,
            };
        }
        (cut > 0).then_some(cut)
    }

    /// Reads a block that starts where a record starts and ends where one ends.
    pub fn read(&mut self, block: &[u8], start: BlockStart, sink: &mut impl RecordSink) -> BlockCounts {
        let mut counts = BlockCounts::default();
        let mut position = match block.strip_prefix(UTF8_MARK) {
            Some(_) if start.offset == 0 => UTF8_MARK.len(),
            _ => 0,
        };
        while let Some(line) = line_at(block, position, self.plan.line_end, true) {
            position = self.read_unit(block, line, start, &mut counts, sink);
        }
        if counts.lines == 0 && !block.is_empty() {
            // A file of nothing but a byte-order mark.
            counts.lines = 1;
            counts.blank_lines = 1;
        }
        counts
    }

    /// Reads what starts at `line`, and returns where the next line starts.
    fn read_unit(
        &mut self,
        block: &[u8],
        line: Line,
        start: BlockStart,
        counts: &mut BlockCounts,
        sink: &mut impl RecordSink,
    ) -> usize {
        let bytes = &block[line.start..line.end];
        let number = start.line + counts.lines;
        let offset = start.offset + u64_from(line.start);
        if let Plain::Right(fields) = self.plan.plain(bytes, &mut self.scratch) {
            let repairs = RepairSet::NONE;
            counts.add_record(1, repairs);
            sink.record(&Record {
                line: number,
                lines: 1,
                offset,
                length: u32_from(bytes.len()),
                repairs,
                fields,
            });
            return line.next;
        }
        match self.unit(block, line, true) {
            Unit::Plain => {}
            Unit::Header => {
                counts.lines += 1;
                counts.header_lines += 1;
            }
            Unit::Blank => {
                counts.lines += 1;
                counts.blank_lines += 1;
            }
            Unit::Mended { reading, repairs, last, lines } => {
                counts.add_record(lines, repairs);
                let length = u32_from(last.end - line.start);
                sink.record(&Record {
                    line: number,
                    lines,
                    offset,
                    length,
                    repairs,
                    fields: reading.fields(),
                });
                return last.next;
            }
            Unit::Wrong(Fault { rule, detail }) => {
                counts.add_quarantined(rule);
                let length = u32_from(bytes.len());
                sink.quarantined(QuarantinedRow {
                    line: number,
                    lines: 1,
                    offset,
                    length,
                    rule,
                    detail,
                    bytes,
                });
            }
        }
        line.next
    }

    fn unit(&mut self, buffer: &[u8], line: Line, at_end: bool) -> Unit {
        let bytes = &buffer[line.start..line.end];
        match self.plan.plain(bytes, &mut self.scratch) {
            Plain::Right(_) => return Unit::Plain,
            Plain::Header => return Unit::Header,
            Plain::Blank => return Unit::Blank,
            Plain::Broken => {}
        }
        if bytes.len() > RECORD_LENGTH_MAX {
            let detail = format!("expected at most {RECORD_LENGTH_MAX} bytes, got {}", bytes.len());
            return Unit::Wrong(Fault { rule: QuarantineRule::Oversize, detail });
        }
        let cleaned = clean(bytes, self.plan.encoding);
        if let Some(joined) = self.join(buffer, line, &cleaned, at_end) {
            return joined;
        }
        match self.plan.mend(&cleaned) {
            Ok((reading, repairs)) => Unit::Mended { reading, repairs, last: line, lines: 1 },
            Err(fault) => Unit::Wrong(fault),
        }
    }

    /// Joins a line that breaks off with broken lines after it, when together they are a right row.
    fn join(&mut self, buffer: &[u8], first: Line, cleaned: &Cleaned, at_end: bool) -> Option<Unit> {
        let RecordShape::Delimited { delimiter, quote } = self.plan.shape else { return None };
        let mut text = cleaned.text.clone();
        let mut repairs = cleaned.repairs.with(Repair::JoinedLines);
        let mut last = first;
        for lines in 2..=JOINED_LINES_MAX {
            match self.plan.strict(&text, delimiter, quote) {
                // More lines only add fields.
                Strict::Sound(reading) if reading.fields().len() >= self.plan.width => return None,
                // Without quotes or checks nothing tells a joined row from two halves of different ones.
                Strict::Sound(_) if self.plan.checks.is_empty() => return None,
                Strict::Unsound(SplitError::StrayQuote) => return None,
                Strict::Sound(_) | Strict::Unsound(_) => {}
            }
            last = line_at(buffer, last.next, self.plan.line_end, at_end)?;
            if last.next - first.start > JOINED_LENGTH_MAX {
                return None;
            }
            let bytes = &buffer[last.start..last.end];
            match self.plan.plain(bytes, &mut self.scratch) {
                Plain::Right(_) | Plain::Header => return None,
                Plain::Blank | Plain::Broken => {}
            }
            let next = clean(bytes, self.plan.encoding);
            repairs = next.repairs.iter().fold(repairs, RepairSet::with);
            text.push(' ');
            text.push_str(&next.text);
            if let Strict::Sound(reading) = self.plan.strict(&text, delimiter, quote)
                && reading.fields().len() == self.plan.width
                && self.plan.weigh(reading.fields()).is_ok()
            {
                return Some(Unit::Mended { reading, repairs, last, lines: u32_from(lines) });
            }
        }
        None
    }

    /// Whether `buffer` holds every line that a join from `line` on could look at.
    fn sees_far_enough(&self, buffer: &[u8], line: Line) -> bool {
        if buffer.len() - line.start > JOINED_LENGTH_MAX {
            return true;
        }
        let mut last = line;
        (1..JOINED_LINES_MAX).all(|_| match line_at(buffer, last.next, self.plan.line_end, false) {
            Some(next) => {
                last = next;
                true
            }
            None => false,
        })
    }

    /// Where the last line that starts before `end` starts.
    fn line_start_before(&self, buffer: &[u8], end: usize) -> Option<usize> {
        let before = end.checked_sub(1)?;
        Some(memchr::memrchr(self.plan.line_end.byte(), &buffer[..before]).map_or(0, |found| found + 1))
    }
}

fn u64_from(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn u32_from(length: usize) -> u32 {
    debug_assert!(length <= LINE_LENGTH_MAX);
    u32::try_from(length).unwrap_or(u32::MAX)
}
