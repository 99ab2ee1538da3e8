//! Layouts: how each state's files are laid out, as data. One TOML file a state (`layouts/NC.toml`), embedded in the
//! program and replaceable by the user's own.
//!
//! [`parse`] reads a layout and says with line and column what is wrong with it, [`check_text`] is `hustings layouts
//! check`, [`recognize`] decides which of a layout's files and versions some bytes are.

mod checks;
mod codes;
mod date_format;
mod embedded;
mod finding;
mod matching;
mod parse;
mod parse_file;
mod recognize;
mod recognized;
mod runs;
mod sample;
mod section;
mod show;
mod validate;

pub use codes::{CodeMap, Codes, vocabulary_of};
pub use date_format::DateFormat;
pub use embedded::{LayoutError, Layouts};
pub use finding::{Finding, Severity};
pub use matching::is_name_of_part;
pub use parse::{check_text, parse_layout};
pub use recognize::{HEAD_MAX, recognize};
pub use recognized::{ColumnUse, RecognizeError, Recognized};
pub use show::{show, to_json};

#[cfg(test)]
mod tests;

use hustings_core::StateCode;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// How one state's files are laid out.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Whose files.
    pub state: StateCode,
    /// The state's name.
    pub name: String,
    /// What the layout describes, in words.
    pub title: String,
    /// Whether an official document confirmed it.
    pub certainty: Certainty,
    /// What is and is not known, in words; never empty when [`Certainty::Unofficial`].
    pub certainty_note: String,
    /// How often the state publishes.
    pub refresh: String,
    /// Who may have the files, and for what.
    pub access: String,
    /// Where the facts come from.
    pub sources: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// What the state's voter id looks like.
    pub id: Option<IdPattern>,
    /// The counties by name, when all of them are known; empty means that no county can be checked.
    pub counties: Vec<County>,
    /// Dates that mean "not known".
    pub placeholders: Vec<Date>,
    /// The code maps.
    pub codes: Codes,
    /// The kinds of files and their versions, the newest first.
    pub files: Vec<FileLayout>,
}

impl Layout {
    /// The sentence that a load must show when no official document confirmed this layout.
    #[must_use]
    pub fn unconfirmed(&self) -> Option<&str> {
        (self.certainty == Certainty::Unofficial).then_some(self.certainty_note.as_str())
    }

    /// The file that a name inside a folder or archive stands for, if one of the `names` patterns fits it.
    #[must_use]
    pub fn file_by_name(&self, name: &str) -> Option<&FileLayout> {
        self.files.iter().find(|file| matching::name_matches(&file.names, name))
    }

    /// Whether a text has the form of the state's voter ids; never, when the layout does not tell the form.
    #[must_use]
    pub fn is_id(&self, text: &str) -> bool {
        let Some(id) = &self.id else { return false };
        let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let rest = &text.as_bytes()[letters..];
        let digits = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
        let other = rest.iter().all(|byte| byte.is_ascii_digit() || id.punctuation.as_bytes().contains(byte));
        other
            && (id.letters.0..=id.letters.1).contains(&letters)
            && (id.digits.0..=id.digits.1).contains(&digits)
    }

    /// The county's upper-case name by code (leading zeros ignored), by name or by another spelling of it.
    #[must_use]
    pub fn county(&self, text: &str) -> Option<&County> {
        let wanted = county_key(text);
        self.counties.iter().find(|county| {
            county_key(&county.code) == wanted
                || county_key(&county.name) == wanted
                || county.aliases.iter().any(|alias| county_key(alias) == wanted)
        })
    }
}

/// Upper case, trimmed, leading zeros of a number removed.
fn county_key(text: &str) -> String {
    let upper = text.trim().to_uppercase();
    if !upper.is_empty() && upper.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = upper.trim_start_matches('0');
        return if number.is_empty() { "0".to_owned() } else { number.to_owned() };
    }
    upper
}

/// How sure the facts of a layout are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// An official document lists the columns.
    Official,
    /// Other people's loaders or published headers say so.
    Unofficial,
}

impl Certainty {
    /// The word in a layout.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Unofficial => "unofficial",
        }
    }
}

/// The form of a state's voter ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPattern {
    /// Fewest and most leading letters.
    pub letters: (usize, usize),
    /// Fewest and most digits after them.
    pub digits: (usize, usize),
    /// Other bytes allowed among the digits.
    pub punctuation: String,
    /// Ids shorter than this get leading zeros, because some tool cut them off.
    pub pad: Option<usize>,
}

/// One county or county-equivalent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct County {
    /// The state's code.
    pub code: String,
    /// Upper-case name.
    pub name: String,
    /// Other spellings, upper case.
    pub aliases: Vec<String>,
    /// Three-digit FIPS code, when the layout gives it.
    pub fips: Option<String>,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// One row per voter.
    Voters,
    /// One row per vote.
    History,
    /// One row per absentee, mail or early ballot.
    Ballots,
    /// Both kinds of rows (Texas): a row with an election date is a vote.
    VotersAndHistory,
    /// Which districts a precinct lies in.
    DistrictMap,
    /// Which election an election slot means.
    ElectionMap,
    /// Which district a zone code means.
    ZoneCodes,
    /// Which kind of district a slot means.
    ZoneTypes,
    /// Which date an election code means.
    ElectionCodes,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Voters,
        Self::History,
        Self::Ballots,
        Self::VotersAndHistory,
        Self::DistrictMap,
        Self::ElectionMap,
        Self::ZoneCodes,
        Self::ZoneTypes,
        Self::ElectionCodes,
    ];

    /// The word in layouts and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voters => "voters",
            Self::History => "history",
            Self::Ballots => "ballots",
            Self::VotersAndHistory => "voters_and_history",
            Self::DistrictMap => "district_map",
            Self::ElectionMap => "election_map",
            Self::ZoneCodes => "zone_codes",
            Self::ZoneTypes => "zone_types",
            Self::ElectionCodes => "election_codes",
        }
    }

    /// Whether its rows are about voters, so that they carry the state's id.
    #[must_use]
    pub fn has_voter_id(self) -> bool {
        matches!(self, Self::Voters | Self::History | Self::Ballots | Self::VotersAndHistory)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether a file begins with its column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderRule {
    /// Every file does.
    Always,
    /// No file does: the order of the columns is the fact.
    Never,
    /// Only the first of several parts does.
    FirstPartOnly,
}

/// How lines fall into fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFormat {
    /// Fields between delimiters.
    Delimited {
        /// Delimiters seen; the one that a file uses is found by vote.
        delimiters: Vec<u8>,
        /// The quote, or none where a quote is data.
        quote: Option<u8>,
    },
    /// Fields at byte positions.
    Fixed {
        /// Longest line without its end; trailing fields may be cut off.
        line_length: usize,
    },
}

/// How a file tells in which elections a voter voted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryShape {
    /// One row per vote.
    Rows,
    /// One column per election; the header tells which.
    Wide {
        /// Applied to the header; its group `date` is the election's date, its group `type` the election's type.
        regex: String,
        /// Form of the date in the header.
        date: String,
        /// What the value is.
        value: WideValue,
        /// Where the header gives only a month: the day of elections held in it.
        month_days: BTreeMap<i8, MonthDay>,
    },
    /// Numbered slots, whose election the map file of the same county tells.
    Slots {
        /// The kind of that file.
        map: FileKind,
    },
    /// Pairs of date and method.
    Pairs,
    /// All elections in one field.
    Packed {
        /// What stands between them.
        separator: char,
    },
}

impl HistoryShape {
    /// The word in a layout.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Wide { .. } => "wide",
            Self::Slots { .. } => "slots",
            Self::Pairs => "pairs",
            Self::Packed { .. } => "packed",
        }
    }
}

/// What the value under an election's header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WideValue {
    /// The party of the primary ballot, or a mark without a party.
    Party,
    /// The method.
    Method,
    /// The method, ` - `, the party.
    MethodParty,
}

impl WideValue {
    /// The word in a layout.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Method => "method",
            Self::MethodParty => "method_party",
        }
    }
}

/// A day of a month by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthDay {
    /// The n-th Tuesday, from 1.
    Tuesday(i8),
    /// The Tuesday after the first Monday.
    TuesdayAfterFirstMonday,
}

/// One kind of file in one version.
#[derive(Debug, Clone)]
pub struct FileLayout {
    /// What it holds.
    pub kind: FileKind,
    /// The version in words, such as `2026-02 (70 columns)`.
    pub version: String,
    /// Patterns of file names; `*` and `{anything}` stand for any text, compared without case.
    pub names: Vec<String>,
    /// How it is packed, in words.
    pub container: String,
    /// Who may have this kind of file, when stricter than the layout.
    pub access: Option<String>,
    /// Whether an official document confirmed this file's columns, when different from the layout.
    pub certainty_note: Option<String>,
    /// Delimited or fixed.
    pub format: FileFormat,
    /// Whether it begins with column names.
    pub header: HeaderRule,
    /// The encoding that the state says it uses; the real one is found per file.
    pub encoding: String,
    /// strptime forms of its dates, tried in this order.
    pub dates: Vec<String>,
    /// Masks that mean "no date".
    pub null_dates: Vec<String>,
    /// Values that stand for a withheld one, such as Florida's `*`.
    pub masks: Vec<String>,
    /// Columns that identify a voter.
    pub key: Vec<String>,
    /// Columns that identify a voter when the key is doubted.
    pub secondary_key: Vec<String>,
    /// Columns that lead to the voter.
    pub join: Vec<String>,
    /// Other header names, normalized, and the column each means.
    pub aliases: BTreeMap<String, String>,
    /// Only some of the file's columns are known.
    pub partial: bool,
    /// The order of the columns is sure, so that a file that lost its header can be read by position.
    pub order_known: bool,
    /// How it tells votes, if it does.
    pub history: Option<HistoryShape>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// The columns in the file's order.
    pub columns: Vec<LayoutColumn>,
}

impl FileLayout {
    /// Numbers of fields that a row without header may have: all columns, or all without trailing optional ones.
    #[must_use]
    pub fn widths(&self) -> Range<usize> {
        let optional = self.columns.iter().rev().take_while(|column| column.optional).count();
        self.columns.len() - optional..self.columns.len() + 1
    }
}

/// One column of a state's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutColumn {
    /// Name in the header, or the official name where there is no header.
    pub name: String,
    /// Canonical name.
    pub to: String,
    /// Official greatest width in characters.
    pub width_max: Option<usize>,
    /// Bytes of a fixed-width line.
    pub position: Option<Range<usize>>,
    /// Code map, when not the one of the canonical name.
    pub codes: Option<String>,
    /// May be absent at the end of a row without header.
    pub optional: bool,
    /// What a reader should know.
    pub remark: Option<String>,
}
