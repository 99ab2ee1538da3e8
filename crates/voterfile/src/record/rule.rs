//! The names of what is mended and of what is held back.

/// How a row was mended. The names are a contract: they stand in load reports and in quarantine files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Repair {
    /// NUL bytes taken out.
    NulStripped,
    /// A carriage return inside the line became a blank.
    CarriageReturnBlanked,
    /// DOS end-of-file bytes (0x1A) before the first field or after the last one taken off.
    EndOfFileStripped,
    /// A byte-order mark at the start of a line other than the file's first taken off.
    ByteOrderMarkStripped,
    /// A line that is not UTF-8 in a UTF-8 file, read as cp1252.
    MixedEncoding,
    /// Quotes inside a quoted field which were not doubled, or quotes in an unquoted one.
    EmbeddedQuotes,
    /// One quote of a pair was lost.
    UnbalancedQuote,
    /// A delimiter inside a value which was not quoted: neighbors merged.
    UnquotedDelimiter,
    /// Empty fields beyond the last one cut off.
    TrailingEmptyFields,
    /// A field that the row lacks, put back empty.
    MissingField,
    /// A line end inside a field became a blank.
    JoinedLines,
}

impl Repair {
    /// All of them, in the order of their declaration.
    pub const ALL: [Repair; 11] = [
        Repair::NulStripped,
        Repair::CarriageReturnBlanked,
        Repair::EndOfFileStripped,
        Repair::ByteOrderMarkStripped,
        Repair::MixedEncoding,
        Repair::EmbeddedQuotes,
        Repair::UnbalancedQuote,
        Repair::UnquotedDelimiter,
        Repair::TrailingEmptyFields,
        Repair::MissingField,
        Repair::JoinedLines,
    ];

    /// The rule's name.
    pub fn name(self) -> &'static str {
        match self {
            Repair::NulStripped => "nul_stripped",
            Repair::CarriageReturnBlanked => "carriage_return_blanked",
            Repair::EndOfFileStripped => "end_of_file_stripped",
            Repair::ByteOrderMarkStripped => "byte_order_mark_stripped",
            Repair::MixedEncoding => "mixed_encoding",
            Repair::EmbeddedQuotes => "embedded_quotes",
            Repair::UnbalancedQuote => "unbalanced_quote",
            Repair::UnquotedDelimiter => "unquoted_delimiter",
            Repair::TrailingEmptyFields => "trailing_empty_fields",
            Repair::MissingField => "missing_field",
            Repair::JoinedLines => "joined_lines",
        }
    }
}

/// The repairs of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RepairSet(u16);

impl RepairSet {
    /// No repair.
    pub const NONE: RepairSet = RepairSet(0);

    /// Whether the row stands as it was read.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a repair may have moved fields, so that whoever looked for the id in the raw line may have read another.
    #[must_use]
    pub fn moves_fields(self) -> bool {
        const STAYING: [Repair; 5] = [
            Repair::NulStripped,
            Repair::CarriageReturnBlanked,
            Repair::EndOfFileStripped,
            Repair::MixedEncoding,
            Repair::TrailingEmptyFields,
        ];
        self.iter().any(|repair| !STAYING.contains(&repair))
    }

    /// Whether `repair` was made.
    pub fn contains(self, repair: Repair) -> bool {
        self.0 & (1 << repair as u8) != 0
    }

    /// This set with `repair`.
    #[must_use]
    pub fn with(self, repair: Repair) -> Self {
        RepairSet(self.0 | 1 << repair as u8)
    }

    /// The repairs, in the order of [`Repair::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Repair> {
        Repair::ALL.into_iter().filter(move |repair| self.contains(*repair))
    }
}

/// Why a row was held back. The names are a contract: they stand in load reports and in quarantine files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum QuarantineRule {
    /// Too few fields, or cut inside the last one: data was lost.
    ShortRow,
    /// Too many fields, and no way to merge them.
    LongRow,
    /// As many fields as the layout, but not in their places.
    ShiftedRow,
    /// Everything in its place but the id.
    InvalidId,
    /// Several repairs fit and differ.
    AmbiguousShift,
    /// The quoting cannot be understood.
    BrokenQuotes,
    /// Longer than [`RECORD_LENGTH_MAX`](crate::record::RECORD_LENGTH_MAX).
    Oversize,
    /// A vote whose ids are those of two voters.
    KeyConflict,
    /// A vote that another row has told already, byte for byte.
    DuplicateVote,
}

impl QuarantineRule {
    /// All of them, in the order of their declaration.
    pub const ALL: [QuarantineRule; 9] = [
        QuarantineRule::ShortRow,
        QuarantineRule::LongRow,
        QuarantineRule::ShiftedRow,
        QuarantineRule::InvalidId,
        QuarantineRule::AmbiguousShift,
        QuarantineRule::BrokenQuotes,
        QuarantineRule::Oversize,
        QuarantineRule::KeyConflict,
        QuarantineRule::DuplicateVote,
    ];

    /// The rule's name.
    pub fn name(self) -> &'static str {
        match self {
            QuarantineRule::ShortRow => "short_row",
            QuarantineRule::LongRow => "long_row",
            QuarantineRule::ShiftedRow => "shifted_row",
            QuarantineRule::InvalidId => "invalid_id",
            QuarantineRule::AmbiguousShift => "ambiguous_shift",
            QuarantineRule::BrokenQuotes => "broken_quotes",
            QuarantineRule::Oversize => "oversize",
            QuarantineRule::KeyConflict => "key_conflict",
            QuarantineRule::DuplicateVote => "duplicate_vote",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_lists_are_in_order() {
        for (index, repair) in Repair::ALL.into_iter().enumerate() {
            assert_eq!(repair as usize, index);
        }
        for (index, rule) in QuarantineRule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, index);
        }
        let mut names: Vec<_> = Repair::ALL.map(Repair::name).to_vec();
        names.extend(QuarantineRule::ALL.map(QuarantineRule::name));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Repair::ALL.len() + QuarantineRule::ALL.len());
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = RepairSet::NONE.with(Repair::JoinedLines).with(Repair::NulStripped);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Repair::NulStripped, Repair::JoinedLines]);
        assert!(!set.is_empty() && RepairSet::NONE.is_empty());
    }
}
