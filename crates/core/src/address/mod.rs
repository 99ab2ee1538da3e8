//! Residence lines in the normal form of USPS Publication 28.
//!
//! One deterministic pass: [`tokens`] settles case and punctuation, [`special`] recognizes what is not a street,
//! [`street`] splits the rest with the tables of [`tables`]. No text is rejected and none is lost: what no rule
//! understands stays in [`ParsedAddress::rest`] and in the standard line.

mod highway;
mod kind;
mod special;
mod street;
mod tables;
mod tokens;
mod unit;

pub use kind::{AddressKind, AddressQuality};

use std::ops::Range;
use tables::Tables;
use tokens::{Token, Tokens};

/// The parser with its buffers. Make one per thread and use it for every line: after the first few lines it allocates
/// nothing.
///
/// ```
/// use hustings_core::address::{AddressKind, AddressParser, AddressQuality};
/// let mut parser = AddressParser::new();
/// let address = parser.parse("8016  Mill Place, Apartment 217   ");
/// assert_eq!(address.standard_line(), "8016 MILL PL APT 217");
/// assert_eq!((address.house_number(), address.street_name(), address.street_type()), ("8016", "MILL", "PL"));
/// assert_eq!((address.unit_type(), address.unit()), ("APT", "217"));
/// assert_eq!((address.kind, address.quality), (AddressKind::Street, AddressQuality::High));
/// ```
#[derive(Debug)]
pub struct AddressParser {
    tables: &'static Tables,
    tokens: Tokens,
    parsed: ParsedAddress,
    again: ParsedAddress,
}

/// Two rounds settle all but a few lines of nonsense.
const SETTLE_ROUNDS_MAX: usize = 6;

/// The columns of a state that delivers its addresses in parts. Absent ones are empty; padding does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AddressParts<'a> {
    /// What stands before the number and belongs to it (`W148` of `W148N9748`).
    pub house_number_prefix: &'a str,
    /// The number, with a suffix, hyphen or fraction where the state does not part them.
    pub house_number: &'a str,
    /// A letter behind the number.
    pub house_number_suffix: &'a str,
    /// `1/2`, also where the state calls it half code.
    pub house_fraction: &'a str,
    /// Directional before the name.
    pub predir: &'a str,
    /// The name, or the whole street where the state does not part it.
    pub street_name: &'a str,
    /// `ST`, `STREET`, ….
    pub street_type: &'a str,
    /// Directional behind the type.
    pub postdir: &'a str,
    /// `APT`, `#`, ….
    pub unit_type: &'a str,
    /// What stands behind the designator.
    pub unit: &'a str,
}

impl Default for AddressParser {
    fn default() -> Self {
        Self::new()
    }
}

impl AddressParser {
    /// A parser with empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tables: tables::tables(),
            tokens: Tokens::default(),
            parsed: ParsedAddress::default(),
            again: ParsedAddress::default(),
        }
    }

    /// Reads one line. Any text is allowed; what is not an address comes out as `descriptive` or `withheld`.
    pub fn parse(&mut self, text: &str) -> &ParsedAddress {
        self.tokens.clear();
        self.parsed.clear();
        self.tokens.read(text, self.tables);
        special::read_line(&Line::new(&self.tokens), None, &mut self.parsed);
        self.settle(false);
        &self.parsed
    }

    /// Whether the columns' line is bound to be read as it is split: one number, then a name that cannot continue it, and
    /// a unit with designator and id, if any. Spares most addresses the second reading.
    fn reads_as_split(&self, split: Split) -> bool {
        let tokens = &self.tokens.list;
        let name = tokens.get(split.number_end);
        let street = &tokens[split.number_end..split.street_end];
        let named = name.is_some_and(|name| !name.has_digit && name.end - name.start > 2)
            && !street.iter().any(Token::is_unit);
        let unit = match &tokens[split.street_end..] {
            [] => true,
            [designator, id] => designator.has(tables::flag::STRONG_UNIT) && unit::is_id(id),
            _ => false,
        };
        split.number_end == 1 && named && unit
    }

    /// Reads an irregular line's standard form again until it gives itself, so that it is a fixed point also for lines
    /// like `1 ST ST ROUTE 1 RM`. Regular lines (`high`) are one by construction; a state's split need not be that of its
    /// line, so those are always read again, and keep the state's split when the line holds.
    fn settle(&mut self, keep_parts: bool) {
        for _ in 0..SETTLE_ROUNDS_MAX {
            let regular = self.parsed.quality == AddressQuality::High && !keep_parts;
            if regular || self.parsed.quality == AddressQuality::None || self.read_again(keep_parts) {
                return;
            }
        }
        // Lines that go round in a circle: the least of the circle, whichever of them came in.
        let mut least = self.parsed.clone();
        for _ in 0..SETTLE_ROUNDS_MAX {
            if self.read_again(keep_parts) {
                return;
            }
            if self.parsed.line < least.line {
                least.clone_from(&self.parsed);
            }
        }
        self.parsed = least;
    }

    /// Reads the standard line in place of the text, and says whether that changed nothing.
    fn read_again(&mut self, keep_parts: bool) -> bool {
        self.tokens.clear();
        self.again.clear();
        self.tokens.read(&self.parsed.line, self.tables);
        special::read_line(&Line::new(&self.tokens), None, &mut self.again);
        let same_parts = self.again.spans == self.parsed.spans && self.again.kind == self.parsed.kind;
        let same = self.again.line == self.parsed.line && (keep_parts || same_parts);
        if !same {
            std::mem::swap(&mut self.parsed, &mut self.again);
        }
        same
    }

    /// Reads the columns of one address. Where the number ends and the unit begins is taken from the columns; the
    /// street between them is read as a line is, so that a state's own split and a plain line give one standard form.
    ///
    /// ```
    /// use hustings_core::address::{AddressParser, AddressParts};
    /// let mut parser = AddressParser::new();
    /// let parts = AddressParts { house_number: "123", house_fraction: "1/2", street_name: "SAINT ALBANS",
    ///     street_type: "STREET", postdir: "NORTH", unit: "4B", ..AddressParts::default() };
    /// assert_eq!(parser.parse_parts(parts).standard_line(), "123 1/2 SAINT ALBANS ST N # 4B");
    /// ```
    pub fn parse_parts(&mut self, parts: AddressParts<'_>) -> &ParsedAddress {
        self.tokens.clear();
        self.parsed.clear();
        let tokens = &mut self.tokens;
        // The number's pieces are one word; a suffix of two or more letters stands apart.
        tokens.read_open(parts.house_number_prefix.trim(), self.tables);
        tokens.read_open(parts.house_number.trim(), self.tables);
        let suffix = parts.house_number_suffix.trim();
        if suffix.len() != 1 {
            tokens.close(self.tables);
        }
        tokens.read(suffix, self.tables);
        tokens.read(parts.house_fraction, self.tables);
        let number_end = tokens.list.len();
        for part in [parts.predir, parts.street_name, parts.street_type, parts.postdir] {
            tokens.read(part, self.tables);
        }
        let street_end = tokens.list.len();
        tokens.read(parts.unit_type, self.tables);
        tokens.read(parts.unit, self.tables);
        let split = Split { number_end, street_end };
        special::read_line(&Line::new(&self.tokens), Some(split), &mut self.parsed);
        if self.parsed.quality != AddressQuality::High || !self.reads_as_split(split) {
            self.settle(true);
        }
        &self.parsed
    }
}

/// Where the columns of an address end, as positions among its words.
#[derive(Debug, Clone, Copy)]
struct Split {
    number_end: usize,
    street_end: usize,
}

/// The words of a line, for reading.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    tokens: &'a [Token],
    flags: u32,
    foreign_letters: bool,
}

impl<'a> Line<'a> {
    fn new(tokens: &'a Tokens) -> Self {
        Self {
            text: &tokens.text,
            tokens: &tokens.list,
            flags: tokens.flags,
            foreign_letters: tokens.foreign_letters,
        }
    }

    fn len(&self) -> usize {
        self.tokens.len()
    }

    fn word(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |token| token.text(self.text))
    }

    fn is(&self, index: usize, words: &[&str]) -> bool {
        words.contains(&self.word(index))
    }
}

/// Parts of an address, in the order of the standard line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Prefix,
    Number,
    Suffix,
    Fraction,
    Predir,
    Name,
    Type,
    Postdir,
    UnitType,
    Unit,
    Rest,
}

const PARTS: usize = 11;

/// One address in normal form. The parts are ranges of the standard line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedAddress {
    /// What kind of address it is.
    pub kind: AddressKind,
    /// How sure the parser is.
    pub quality: AddressQuality,
    line: String,
    spans: [Range<usize>; PARTS],
}

impl Default for ParsedAddress {
    fn default() -> Self {
        Self {
            kind: AddressKind::Withheld,
            quality: AddressQuality::None,
            line: String::with_capacity(64),
            spans: std::array::from_fn(|_| 0..0),
        }
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident => $part:ident),* $(,)?) => {
        $($(#[$doc])* #[must_use] pub fn $name(&self) -> &str { self.part(Part::$part) })*
    };
}

impl ParsedAddress {
    /// The whole address in normal form: `8016 MILL PL APT 217`. Upper case, Publication 28 abbreviations, single
    /// blanks; empty when withheld. Reading it again gives it again.
    #[must_use]
    pub fn standard_line(&self) -> &str {
        &self.line
    }

    parts! {
        /// Letters before the number that belong to it: `A` of `A12`. A grid number (`N6W23001`) is a number whole.
        house_number_prefix => Prefix,
        /// The number, hyphens included: `8016`, `123-45`, `N6W23001`.
        house_number => Number,
        /// Letters behind the number: `A` of `123A`, `D` of `18-D`.
        house_number_suffix => Suffix,
        /// `1/2`.
        house_fraction => Fraction,
        /// `N` … `SW` before the name.
        predir => Predir,
        /// The name without directionals and type; a highway whole (`US HIGHWAY 64`), `RR 3`, `PSC 7500`.
        street_name => Name,
        /// The suffix: `ST`, `AVE`.
        street_type => Type,
        /// `N` … `SW` behind the name.
        postdir => Postdir,
        /// `APT`, `#`, `PMB`, `BOX`, `PO BOX`. Of several designators all but the last one's id: `BLDG A APT`.
        unit_type => UnitType,
        /// What stands behind the (last) designator.
        unit => Unit,
        /// Words which belong to no part: a city, a box beside a street, a description.
        rest => Rest,
    }

    fn part(&self, part: Part) -> &str {
        &self.line[self.spans[part as usize].clone()]
    }

    fn clear(&mut self) {
        self.kind = AddressKind::Withheld;
        self.quality = AddressQuality::None;
        self.line.clear();
        self.spans = std::array::from_fn(|_| 0..0);
    }

    /// Appends a word to the line and to its part.
    fn push(&mut self, part: Part, word: &str) {
        if !self.line.is_empty() {
            self.line.push(' ');
        }
        self.push_glued(part, word);
    }

    /// Appends a word without a blank before it.
    fn push_glued(&mut self, part: Part, word: &str) {
        let start = self.line.len();
        self.line.push_str(word);
        let span = &mut self.spans[part as usize];
        if span.start == span.end {
            span.start = start;
        }
        span.end = self.line.len();
    }

    /// Appends words as they stand.
    fn push_all(&mut self, part: Part, line: &Line<'_>, range: Range<usize>) {
        for index in range {
            self.push(part, line.word(index));
        }
    }

    fn has(&self, part: Part) -> bool {
        let span = &self.spans[part as usize];
        span.start < span.end
    }
}
