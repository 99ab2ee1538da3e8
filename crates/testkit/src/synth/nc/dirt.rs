//! Damage done to rows, each kind as it was seen in states' files, and what a sound reader makes of it.

use super::row::{HEADER, Row, column};
use crate::synth::random::Random;

/// A kind of damage. The first ten carry the numbers of the shared 300-row sample's truth file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// 0: a nickname between quotes inside the quoted last name.
    NestedQuotes,
    /// 1: a tab inside the quoted street address.
    TabInQuotes,
    /// 2: a line break inside the quoted mailing address.
    NewlineInQuotes,
    /// 3: a letter beyond ASCII.
    Cp1252Letter,
    /// 4: a NUL byte inside the first name.
    NulByte,
    /// 5: the row stops after a field.
    Truncated,
    /// 6: two empty fields too many at the end.
    ExtraFields,
    /// 7: birth year 1800.
    BirthYear1800,
    /// 8: registered on 1900-01-01.
    PlaceholderDate,
    /// 9: the last name falls into two fields, so the row has one too many.
    NameSplit,
    /// 10: the county id is missing, so the row has one field too few.
    MissingCounty,
    /// 11: every field stands one place too far left or right, with the right number of fields.
    Shifted,
    /// 12: a blank line before the row.
    BlankLine,
    /// 13: the header once more before the row.
    RepeatedHeader,
    /// 14: the row twice.
    DuplicateExact,
    /// 15: a second registration under the id, removed and in another county.
    DuplicateStatus,
    /// 16: a party code that nobody documented, in lower case.
    UnknownParty,
    /// 17: the row stops within a field, its closing quote lost.
    TruncatedInField,
}

impl Damage {
    /// Every kind, in the order of the numbers.
    pub const ALL: [Self; 18] = [
        Self::NestedQuotes,
        Self::TabInQuotes,
        Self::NewlineInQuotes,
        Self::Cp1252Letter,
        Self::NulByte,
        Self::Truncated,
        Self::ExtraFields,
        Self::BirthYear1800,
        Self::PlaceholderDate,
        Self::NameSplit,
        Self::MissingCounty,
        Self::Shifted,
        Self::BlankLine,
        Self::RepeatedHeader,
        Self::DuplicateExact,
        Self::DuplicateStatus,
        Self::UnknownParty,
        Self::TruncatedInField,
    ];

    /// The word in the truth files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NestedQuotes => "nested_quotes",
            Self::TabInQuotes => "tab_in_quotes",
            Self::NewlineInQuotes => "newline_in_quotes",
            Self::Cp1252Letter => "cp1252_letter",
            Self::NulByte => "nul_byte",
            Self::Truncated => "truncated",
            Self::ExtraFields => "extra_fields",
            Self::BirthYear1800 => "birth_year_1800",
            Self::PlaceholderDate => "placeholder_date",
            Self::NameSplit => "name_split",
            Self::MissingCounty => "missing_county",
            Self::Shifted => "shifted",
            Self::BlankLine => "blank_line",
            Self::RepeatedHeader => "repeated_header",
            Self::DuplicateExact => "duplicate_exact",
            Self::DuplicateStatus => "duplicate_status",
            Self::UnknownParty => "unknown_party",
            Self::TruncatedInField => "truncated_in_field",
        }
    }

    /// What a sound reader does with the row: `accepted`, `repaired`, `quarantined`, several of these divided by `|`
    /// where both are sound, or `blank_line` and `header_line` for lines that are no record.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::TabInQuotes
            | Self::Cp1252Letter
            | Self::BirthYear1800
            | Self::PlaceholderDate
            | Self::UnknownParty => "accepted",
            Self::NestedQuotes | Self::NulByte | Self::ExtraFields => "repaired",
            Self::Truncated | Self::TruncatedInField | Self::DuplicateExact | Self::DuplicateStatus => {
                "quarantined"
            }
            // The quotes are right, so it is a matter of words whether the lines were joined or mended.
            Self::NewlineInQuotes => "accepted|repaired",
            Self::NameSplit | Self::MissingCounty | Self::Shifted => "repaired|quarantined",
            Self::BlankLine => "blank_line",
            Self::RepeatedHeader => "header_line",
        }
    }

    /// Values that are wrong in the state's own database come back every week; accidents of one export do not.
    pub(super) fn lasting(self) -> bool {
        matches!(
            self,
            Self::NestedQuotes
                | Self::TabInQuotes
                | Self::NewlineInQuotes
                | Self::Cp1252Letter
                | Self::NulByte
                | Self::BirthYear1800
                | Self::PlaceholderDate
                | Self::UnknownParty
        )
    }

    /// The damage of this voter's row in this week, if any. Each kind has the same share of `rate`.
    #[must_use]
    pub fn draw(seed: u64, rate: f64, voter_number: u64, week: u32) -> Option<Self> {
        if rate <= 0.0 {
            return None;
        }
        let for_life = Random::keyed(seed, &[DIRT, voter_number]);
        let for_week = Random::keyed(seed, &[DIRT, voter_number, u64::from(week) + 1]);
        [(for_life, true), (for_week, false)].into_iter().find_map(|(mut random, lasting)| {
            let kinds = Self::ALL.into_iter().filter(|kind| kind.lasting() == lasting);
            let count = kinds.clone().count();
            if !random.chance(rate * count as f64 / Self::ALL.len() as f64) {
                return None;
            }
            kinds.clone().nth(random.index(count))
        })
    }
}

const DIRT: u64 = 0x4449_5254;

/// A damaged row as bytes with its line end.
#[derive(Debug, Default)]
pub struct Damaged {
    /// What is written.
    pub bytes: Vec<u8>,
    /// Lines written before the damaged row's own first line (blank line, repeated header): that line is the damage.
    pub continuation_lines: u64,
}

/// Writes the row with this damage. Duplicates are the caller's: the row itself is written whole.
#[must_use]
pub fn damage(row: &Row, damage: Damage, random: &mut Random) -> Damaged {
    let mut fields: Vec<Vec<u8>> = (0..row.len()).map(|index| row.field(index).to_vec()).collect();
    let mut done = Damaged::default();
    let mut lost_tail = 0;
    match damage {
        Damage::NestedQuotes => {
            let nickname = random.pick(super::names::NICKNAMES);
            fields[column::LAST_NAME].extend_from_slice(format!("\"{nickname}\"").as_bytes());
        }
        Damage::TabInQuotes => {
            let street = &mut fields[column::RES_STREET];
            street.truncate(street.trim_ascii_end().len());
            street.extend_from_slice(b"\tLOT 4");
        }
        Damage::NewlineInQuotes => {
            let end: &[u8] = if random.chance(0.5) { b"\r\nREAR" } else { b"\nREAR" };
            fields[column::MAIL_1].extend_from_slice(end);
            done.continuation_lines = 1;
        }
        Damage::Cp1252Letter => {
            let letter = random.pick(&[0xC9_u8, 0xD1, 0xDC, 0xC7, 0x8A, 0x92]);
            fields[column::LAST_NAME].push(letter);
        }
        Damage::NulByte => {
            let middle = fields[column::FIRST_NAME].len() / 2;
            fields[column::FIRST_NAME].insert(middle, 0);
        }
        Damage::Truncated => fields.truncate(8 + random.index(60)),
        Damage::TruncatedInField => {
            // Within the mailing address, so that the row has lost its line end and a quote is left open.
            fields.truncate(column::MAIL_1 + 1);
            fields[column::MAIL_1].truncate(4);
            lost_tail = 1;
        }
        Damage::ExtraFields => fields.extend([Vec::new(), Vec::new()]),
        Damage::BirthYear1800 => {
            fields[column::AGE] = b"226".to_vec();
            fields[column::BIRTH_YEAR] = b"1800".to_vec();
        }
        Damage::PlaceholderDate => fields[column::REGISTERED] = b"01/01/1900".to_vec(),
        Damage::NameSplit => fields.insert(column::LAST_NAME + 1, b"DE LA".to_vec()),
        Damage::MissingCounty => {
            fields.remove(column::COUNTY_ID);
        }
        Damage::Shifted if random.chance(0.5) => {
            fields.remove(column::COUNTY_ID);
            fields.push(Vec::new());
        }
        Damage::Shifted => {
            fields.insert(column::COUNTY_ID, Vec::new());
            fields.pop();
        }
        Damage::UnknownParty => fields[column::PARTY] = b"nlb".to_vec(),
        Damage::BlankLine => done.bytes.extend_from_slice(random.pick(&[b"\r\n".as_slice(), b"  \r\n"])),
        Damage::RepeatedHeader => header_line(&HEADER, &mut done.bytes),
        Damage::DuplicateExact | Damage::DuplicateStatus => {}
    }
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            done.bytes.push(b'\t');
        }
        done.bytes.push(b'"');
        done.bytes.extend_from_slice(field);
        done.bytes.push(b'"');
    }
    done.bytes.truncate(done.bytes.len() - lost_tail);
    done.bytes.extend_from_slice(b"\r\n");
    done
}

/// The header as the state writes it.
pub fn header_line(names: &[&str], line: &mut Vec<u8>) {
    let mut row = Row::new();
    for name in names {
        row.text(name);
    }
    row.write_line(b'\t', line);
}
