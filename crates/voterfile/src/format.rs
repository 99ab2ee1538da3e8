//! The physical shape of one file, decided before its first record is read: what recognition (`layout::recognize`)
//! hands to the record reader (`record`).

use crate::record::Census;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// How the bytes of a whole file are read as text. Chosen per file: byte-order mark, else strict UTF-8, else cp1252.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TextEncoding {
    /// Every byte of the file forms valid UTF-8 (pure ASCII included), with or without a byte-order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows code page 1252; the five bytes it leaves undefined become control characters, never an error.
    #[serde(rename = "cp1252")]
    Cp1252,
}

/// What ends a physical line. Chosen per file by [`crate::record::Inspector`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// A line feed; carriage returns before it belong to the line end.
    #[default]
    LineFeed,
    /// A carriage return: only for files without a single line feed.
    CarriageReturn,
}

/// Where one record ends and how it falls into fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordShape {
    /// Fields between delimiters.
    Delimited {
        /// One ASCII byte: tab, comma or pipe.
        delimiter: u8,
        /// The quote byte, or none where a quote is data (Florida).
        quote: Option<u8>,
    },
    /// Fields at byte positions; a short line has its trailing fields blank.
    Fixed {
        /// Byte range of each field, in field order.
        fields: Vec<Range<usize>>,
        /// Lengths (without line end) that a full line may have; shorter lines are allowed, longer ones are not.
        line_length_max: usize,
    },
}

/// What a field must look like in a row that is in its right place. Empty is allowed unless `required`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Letters then digits within these lengths, such as NC's `AB123456` (letters 1–3, digits 1–12).
    Id {
        /// Allowed number of leading ASCII letters.
        letters: Range<usize>,
        /// Allowed number of digits (after the letters).
        digits: Range<usize>,
        /// Other bytes allowed among the digits, such as `-` in Pennsylvania.
        punctuation: Vec<u8>,
    },
    /// One of a closed list, compared upper-cased and trimmed.
    OneOf {
        /// What they are, with an article: `a county name`.
        what: &'static str,
        /// All of them.
        words: BTreeSet<String>,
    },
    /// A date in one of these strptime forms, or one of the null dates (`##/##/####`).
    Date {
        /// strptime forms, such as `%m/%d/%Y`.
        formats: Vec<String>,
        /// Masks which mean "no date".
        null_dates: Vec<String>,
    },
    /// Five digits, nine digits, or five-dash-four. Up to two lost leading zeros and a spreadsheet's `.0` still count as
    /// in place: a later stage mends the value.
    Zip,
    /// Two ASCII letters. For residences: a mailing address may rightly name a foreign province there.
    StateAbbreviation,
    /// Four digits, 1800 to 2100; a spreadsheet's `.0` after them is overlooked.
    Year,
    /// Up to three digits; a spreadsheet's `.0` after them is overlooked.
    Age,
    /// A short code: at most `width_max` bytes, and none of the bytes that codes never hold (lower-case words, digits
    /// runs, blanks between words) unless it is one of `known`.
    Code {
        /// Codes in the layout's map.
        known: BTreeSet<String>,
        /// Longest code, in bytes.
        width_max: usize,
    },
    /// At most this many characters, trailing blanks not counted.
    Width(usize),
}

/// A check bound to a field of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCheck {
    /// 0-based field position in the file.
    pub field: usize,
    /// The rule.
    pub check: Check,
    /// An anchor: a row in which it fails is not in its right place (ids, counties). Other checks are weighed together.
    pub anchor: bool,
    /// An empty value fails too (ids).
    pub required: bool,
}

/// Neighboring fields whose values go together, at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRun {
    /// All of them.
    pub fields: Range<usize>,
    /// The first one that tells where a voter lives; those before it (flags) tell something of the person. Within `fields`.
    pub place: usize,
}

/// Where the parts of an address and the phone stand; none for what the file lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactFields {
    /// The residence's city.
    pub res_city: Option<usize>,
    /// The residence's ZIP.
    pub res_zip: Option<usize>,
    /// The first line of the mailing address.
    pub mail_first: Option<usize>,
    /// The last line of the mailing address, of four; city, state and ZIP stand directly behind it.
    pub mail_last: Option<usize>,
    /// The phone, with the flag for confidential voters directly behind it.
    pub phone: Option<usize>,
}

/// All that the record reader needs to know about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFormat {
    /// Delimited or fixed.
    pub shape: RecordShape,
    /// Fields in a right row.
    pub width: usize,
    /// The header's names, normalized (upper case, blanks and quotes removed), when the layout has a header: rows equal
    /// to it are header lines wherever they stand.
    pub header: Option<Vec<String>>,
    /// The encoding chosen for the whole file.
    pub encoding: TextEncoding,
    /// What ends a line in this file.
    pub line_end: LineEnd,
    /// Checks that tell a right row from a shifted one.
    pub checks: Vec<FieldCheck>,
    /// Neighboring fields whose values come again and again in a list and go together: districts and precincts with their
    /// names.
    pub runs: Vec<FieldRun>,
    /// Where the parts of an address and the phone stand.
    pub contact: ContactFields,
    /// The field of a name's suffix, when a first or middle name stands before it.
    pub suffix: Option<usize>,
    /// What stands beside what in those fields; without it they are not weighed.
    pub census: Option<Arc<Census>>,
}

/// A header name as it is compared everywhere: upper case, without blanks, quotes, padding (NUL, 0x1A) and byte-order mark.
///
/// ```
/// assert_eq!(hustings_voterfile::format::normalize_header("\u{feff}\" Voter Id\""), "VOTERID");
/// ```
#[must_use]
pub fn normalize_header(name: &str) -> String {
    name.chars()
        .filter(|&letter| {
            !letter.is_whitespace() && !matches!(letter, '"' | '\'' | '\u{feff}' | '\u{1a}' | '\0')
        })
        .flat_map(char::to_uppercase)
        .collect()
}
