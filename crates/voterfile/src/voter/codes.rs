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
        if !self.words.contains_key(code) {
            let word = match column.map.word(code) {
                Some(word) => Word::Known(word.into()),
                None if code.is_empty() => Word::Absent,
                // A layout that maps no code of a column which needs no map: the state's code is the value.
                None if column.map.is_empty() && column.unknown.is_none() => Word::Known(code.into()),
                None => Word::Unknown,
            };
            self.words.insert(code.into(), word);
        }
        &self.words[code]
    }
}

/// Counts a code that nobody knows; a report never grows beyond some hundred of them.
pub fn count_unknown(counts: &mut Counts, code: &str) {
    const CODES_MAX: usize = 200;
    let key = if counts.len() >= CODES_MAX && !counts.contains_key(code) { "(others)" } else { code };
    *counts.entry(key.to_owned()).or_default() += 1;
}
