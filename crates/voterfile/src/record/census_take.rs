//! Taking the [`Census`] of a file in the scan before its first record is read.

use super::census::{Census, Draft};
use super::judge::{Plain, Plan, Scratch};
use super::{PRESCAN_REACH, RECORD_LENGTH_MAX};
use crate::format::{RecordFormat, TextEncoding};
use memchr::memchr;
use std::sync::Arc;

/// Lines that are all looked at.
const WHOLE_LINES: u64 = 128 << 10;

/// Of the lines after them, one in this many.
const SAMPLE_STEP: u64 = 32;

/// Takes the census of a file fed to it in chunks of any size. What it finds depends on the file alone.
#[derive(Debug, Clone)]
pub struct CensusTaker {
    plan: Plan,
    scratch: Scratch,
    census: Draft,
    line: u64,
    /// The start of a line that the chunk's end cut.
    carried: Vec<u8>,
}

impl CensusTaker {
    /// None for formats in which no field moves without moving them all (fixed width), and where no columns are known to
    /// repeat.
    pub fn new(format: &RecordFormat) -> Option<Self> {
        // Any bytes are text in cp1252; what lies beyond ASCII does not count in a census.
        let encoding = TextEncoding::Cp1252;
        let plan = Plan::new(&RecordFormat { census: None, encoding, ..format.clone() });
        (!plan.runs.is_empty() || plan.suffix.is_some()).then(|| CensusTaker {
            plan,
            scratch: Scratch::default(),
            census: Draft::default(),
            line: 0,
            carried: Vec::with_capacity(PRESCAN_REACH as usize),
        })
    }

    /// The next bytes of the file.
    pub fn feed(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let end = memchr(self.plan.line_end.byte(), rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            if self.line < WHOLE_LINES || self.line.is_multiple_of(SAMPLE_STEP) {
                if self.carried.is_empty() && end.is_some() {
                    take(&self.plan, &mut self.scratch, &mut self.census, line);
                } else if self.carried.len() <= RECORD_LENGTH_MAX {
                    let room = (RECORD_LENGTH_MAX + 1 - self.carried.len()).min(line.len());
                    self.carried.extend_from_slice(&line[..room]);
                }
            }
            let Some(end) = end else { return };
            self.end_line();
            rest = &rest[end + 1..];
        }
    }

    /// The census.
    pub fn finish(mut self) -> Arc<Census> {
        self.end_line();
        Arc::new(self.census.finish())
    }

    fn end_line(&mut self) {
        if !self.carried.is_empty() {
            take(&self.plan, &mut self.scratch, &mut self.census, &self.carried);
            self.carried.clear();
        }
        self.line += 1;
    }
}

/// Counts a line that no rule finds wrong.
fn take(plan: &Plan, scratch: &mut Scratch, census: &mut Draft, line: &[u8]) {
    let mut line = line;
    while let [head @ .., b'\r'] = line {
        line = head;
    }
    if line.len() <= RECORD_LENGTH_MAX
        && let Plain::Right(fields) = plan.plain(line, scratch)
    {
        census.add(fields, &plan.runs);
        if let (Some(city), Some(last)) = (plan.contact.res_city, plan.contact.mail_last) {
            census.add_city(fields.get(city), last + 1);
        }
        if let Some(suffix) = plan.suffix {
            census.add_suffix(fields, suffix);
        }
    }
}
