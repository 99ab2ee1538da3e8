//! Coded columns: the state's code to the canonical word, with a memory of the last code, since neighbours are alike.

use crate::layout::CodeMap;
use crate::report::Counts;
use std::collections::HashMap;

/// One coded column of one file.
#[derive(Debug, Clone)]
pub struct CodedColumn {
    /// 0-based field in the file.
    pub field: usize,
    /// Column of the canonical word.
    pub column: usize,
    /// Column of the state's code, when kept.
    pub raw_column: Option<usize>,
    /// Parquet name of the column, for reports.
    pub name: &'static str,
    /// The word for a code that nobody knows; none leaves the value absent.
    pub unknown: Option<&'static str>,
    /// The layout's map.
    pub map: CodeMap,
}

/// Words already looked up, by column.
#[derive(Debug, Default)]
pub struct CodeMemory {
    /// Short codes, few of them: looking through the list is quicker than hashing.
    short: Vec<(u64, Word)>,
    words: HashMap<Box<str>, Word>,
}

/// What a code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A canonical word.
    Known(Box<str>),
    /// No map has it.
    Unknown,
    /// No code at all, and the map does not say what that means.
    Absent,
}

impl CodeMemory {
    /// The word for a trimmed code.
    pub fn word(&mut self, column: &CodedColumn, code: &str) -> &Word {
        const SHORT_MAX: usize = 24;
        if let Some(packed) = packed(code) {
            let known = self.short.iter().position(|(known, _)| *known == packed);
            if known.is_some() || self.short.len() < SHORT_MAX {
                let place = known.unwrap_or(self.short.len());
                if known.is_none() {
                    self.short.push((packed, look_up(column, code)));
                }
                return &self.short[place].1;
            }
        }
        if !self.words.contains_key(code) {
            self.words.insert(code.into(), look_up(column, code));
        }
        &self.words[code]
    }
}

fn look_up(column: &CodedColumn, code: &str) -> Word {
    match column.map.word(code) {
        Some(word) => Word::Known(word.into()),
        None if code.is_empty() => Word::Absent,
        // A layout that maps no code of a column which needs no map: the state's code is the value.
        None if column.map.is_empty() && column.unknown.is_none() => Word::Known(code.into()),
        None => Word::Unknown,
    }
}

/// A code of up to seven bytes and its length in one number: equal numbers are equal codes.
fn packed(code: &str) -> Option<u64> {
    let mut bytes = [0_u8; 8];
    bytes[..7].get_mut(..code.len())?.copy_from_slice(code.as_bytes());
    bytes[7] = u8::try_from(code.len()).ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// Counts a code that nobody knows; a report never grows beyond some hundred of them.
pub fn count_unknown(counts: &mut Counts, code: &str) {
    const CODES_MAX: usize = 200;
    let key = if counts.len() >= CODES_MAX && !counts.contains_key(code) { "(others)" } else { code };
    *counts.entry(key.to_owned()).or_default() += 1;
}
